"""Surety insurance (*seguro de caución*): bonds to a beneficiary, with recourse to the policyholder."""

from core.i18n import N_
from modules.insurance.caucion.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-caucion",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_caucion",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Caución: fianzas y avales, sus certificados, el riesgo vivo de cada cliente y la repetición"),
)

__all__ = ["LINE", "MODULE"]
