"""Health insurance (*seguro de salud*): one price a person, acts instead of claims, waiting periods by act."""

from core.i18n import N_
from modules.insurance.salud.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-salud",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_salud",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Salud: cuadro médico y reembolso, carencias, autorizaciones, copagos y cuestionarios"),
)

__all__ = ["LINE", "MODULE"]
