"""Motor insurance (*seguros de autos*): vehicles, drivers, bonus-malus, and their policies."""

from core.i18n import N_
from modules.insurance.autos.line import LINE
from modules.insurance.autos.records import Vehicle
from modules.manifest import Module

MODULE = Module(
    id="seguros-autos",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_autos",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Autos: tarificación, cotización y emisión"),
)

__all__ = ["LINE", "MODULE", "Vehicle"]
