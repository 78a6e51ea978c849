"""The audit log (*registro de auditoría*): what happened, by whom, and proof that nobody changed it.

Writers insert an entry in their own transaction and never meet; one sequencer then puts
the entries into a Merkle tree (RFC 9162) and signs its root. `core.audit.verify` recomputes all of it.
"""
