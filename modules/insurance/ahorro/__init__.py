"""Savings life insurance (*seguro de ahorro*): PIAS, SIALP and guaranteed savings, as accounts."""

from core.i18n import N_
from modules.insurance.ahorro.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-ahorro",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_ahorro",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Ahorro: PIAS, SIALP y ahorro garantizado, con su cuenta, sus rescates y sus límites"),
)

__all__ = ["LINE", "MODULE"]
