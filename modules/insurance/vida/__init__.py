"""Life insurance, risk products (*seguro de vida riesgo*): renewable and level term."""

from core.i18n import N_
from modules.insurance.vida.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-vida",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_vida",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Vida riesgo: fallecimiento, invalidez, enfermedades graves, beneficiarios y cuestionario de salud"),
)

__all__ = ["LINE", "MODULE"]
