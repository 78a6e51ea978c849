"""Owners' communities (*comunidades de propietarios*): the building, its water and its liability."""

from core.i18n import N_
from modules.insurance.comunidades.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-comunidades",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_comunidades",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Comunidades de propietarios: incendio, agua, responsabilidad civil y averías del edificio"),
)

__all__ = ["LINE", "MODULE"]
