"""Compliance (*cumplimiento*): the rules of the house, who may change them, and the emergency stop.

The policy itself is the kernel's (`tools/policy`). This module is how people draft a version
of it, publish it and stop what has to stop; each of these is a tool call like any other.
"""

from core.i18n import N_
from modules.manifest import Module

MODULE = Module(
    id="ai-compliance",
    category="security_compliance",
    version="1.0.0",
    summary=N_("Cumplimiento: versiones de la política, quién puede qué y por qué, e interruptor de emergencia"),
)

__all__ = ["MODULE"]
