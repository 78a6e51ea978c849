"""The adversarial suite (*suite adversaria*): a model under an attacker's full control, and what it could do.

Every injection of the corpus goes in through its real channel, and a scripted model obeys it
to the letter; other attempts are the model's own idea. Nothing that does harm may happen
without a person who saw where it came from, and what was tried must stand in the audit log
with the rule that stopped it. Benign content and ordinary requests run beside them: a house
that refuses everything is not safe, it is closed.
"""
