"""Cyber insurance (*seguro de ciberriesgos*): response, data liability, interruption, extortion, fraud."""

from core.i18n import N_
from modules.insurance.ciber.line import LINE
from modules.manifest import Module

MODULE = Module(
    id="seguros-ciber",
    category="insurance",
    version="1.0.0",
    schema="soriano_insurance_ciber",
    depends=("seguros-kernel", "ai-crm"),
    summary=N_("Ciberriesgo: respuesta a incidentes, datos personales, interrupción, extorsión y fraude"),
)

__all__ = ["LINE", "MODULE"]
