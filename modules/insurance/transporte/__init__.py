"""Transport insurance (*seguro de transportes*): goods by trip or floating, carriers, and pleasure boats."""

from core.i18n import N_
from modules.insurance.transporte.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-transporte",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_transporte",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Transporte: mercancías por viaje o flotante, porteadores y embarcaciones de recreo"),
)

__all__ = ["LINE", "MODULE"]
