"""Agricultural insurance (*seguro agrario*): crops and livestock of the combined scheme, and farms."""

from core.i18n import N_
from modules.insurance.agrario.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-agrario",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_agrario",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Agrario: cultivos y ganado del seguro combinado, con parcelas y subvenciones, y explotaciones"),
)

__all__ = ["LINE", "MODULE"]
