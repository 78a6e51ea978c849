"""What people call each line of business (*ramo*); codes come from data and stay as they are."""

from collections.abc import Mapping
from typing import Final

from core.i18n import N_, translate

LABELS: Final[Mapping[str, str]] = {
    "vida": N_("vida"),
    "salud": N_("salud"),
    "hogar": N_("hogar"),
    "autos": N_("autos"),
    "empresas": N_("empresas"),
    "rc": N_("responsabilidad civil"),
    "multirriesgo": N_("multirriesgo"),
    "decesos": N_("decesos"),
    "ahorro": N_("ahorro"),
    "pensiones": N_("pensiones"),
    "unit-linked": N_("unit linked"),
    "ciber": N_("ciberriesgo"),
    "transporte": N_("transporte"),
    "mascotas": N_("mascotas"),
    "comunidades": N_("comunidades"),
    "agrario": N_("agrario"),
    "credito": N_("crédito"),
    "caucion": N_("caución"),
    "ingenieria": N_("ingeniería"),
    "industrial": N_("industrial"),
}


def line_label(code: str, locale: str) -> str:
    """The line's name; a line that the house does not know yet keeps its code."""
    return translate(LABELS.get(code, code), locale)
