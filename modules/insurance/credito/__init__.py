"""Trade credit insurance (*seguro de crédito*): sales on credit against insolvency and default of the debtors."""

from core.i18n import N_
from modules.insurance.credito.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-credito",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_credito",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Crédito: ventas a crédito, deudores con su límite y declaraciones mensuales de ventas"),
)

__all__ = ["LINE", "MODULE"]
