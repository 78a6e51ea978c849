"""Engines (*motores de cálculo*): each operation of `engines/` as a tool, and the work that is done with them.

A tool of an engine bears the engine's name (`reserving_mack`). Data come as arguments, or by
reference to a stored data set; long computations run as jobs that can be watched and stopped.
"""

from core.i18n import N_
from modules.manifest import Module

MODULE = Module(
    id="ait-engines",
    category="integration_automation",
    version="1.0.0",
    schema="soriano_analytics",
    depends=(
        "ait-nerve",
        "seguros-kernel",
        "ai-crm",
        "ai-encashment",
        "ai-treasury",
        "ait-connector",
        "ait-document-service",
    ),
    summary=N_("Motores de cálculo: estadística, finanzas, actuarial, aprendizaje y datos, y su uso en la correduría"),
)
