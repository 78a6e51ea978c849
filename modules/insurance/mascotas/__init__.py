"""Pet insurance (*seguro de mascotas*): liability of dogs and cats, vets, death and loss."""

from core.i18n import N_
from modules.insurance.mascotas.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-mascotas",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_mascotas",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Mascotas: responsabilidad civil, gastos veterinarios, muerte y extravío"),
)

__all__ = ["LINE", "MODULE"]
