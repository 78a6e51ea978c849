"""Pension plans (*planes de pensiones*), which are no insurance: the house distributes them for their managers."""

from core.i18n import N_
from modules.insurance.pensiones.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-pensiones",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_pensiones",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Pensiones: planes y PPA de cada partícipe, sus aportaciones, límites y movilizaciones"),
)

__all__ = ["LINE", "MODULE"]
