"""Funeral insurance (*seguro de decesos*): a service for each of many lives, priced by age, for life."""

from core.i18n import N_
from modules.insurance.decesos.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-decesos",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_decesos",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Decesos: modalidades, capas de capital, senda de primas hasta los 90 años y servicio funerario"),
)

__all__ = ["LINE", "MODULE"]
