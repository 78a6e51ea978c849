"""Unit-linked life insurance: a single premium in funds, whose risk the policyholder bears."""

from core.i18n import N_
from modules.insurance.unit_linked.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-unit-linked",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_unit_linked",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Unit linked: participaciones en fondos, su valoración, cambios y rescates"),
)

__all__ = ["LINE", "MODULE"]
