"""Language models (*modelos*) behind one interface: Anthropic, OpenAI-compatible, offline.

`model_for` gives the model of a purpose with its whole fallback chain; nothing else in the
system knows which provider answers.
"""

from agents.models.choice import Models, Purpose, model_for
from agents.models.fallback import Switch, switches_of
from agents.models.prices import cost_micro_eur

__all__ = ["Models", "Purpose", "Switch", "cost_micro_eur", "model_for", "switches_of"]
