"""Nerve (*sistema nervioso*): where an engine computes, for how long, with how much memory, and how that went.

A small computation runs here; a heavy one in a worker process that is stopped when its time
is over and cannot take more memory than it was given; where the installation names a Dask
scheduler, heavy ones go there. The caller sees the same numbers from each.
"""

from core.i18n import N_
from modules.integration_automation.nerve.dispatch import NERVE, Nerve, Running
from modules.manifest import Module

MODULE = Module(
    id="ait-nerve",
    category="integration_automation",
    version="1.0.0",
    summary=N_("Motores de cálculo: dónde se ejecutan, su estado, sus límites y sus tiempos"),
)

__all__ = ["MODULE", "NERVE", "Nerve", "Running"]
