"""The lines of business (*ramos*) that are installed, and what people call each.

Codes come from data and stay as they are. A `Line` announces itself when its module is
loaded; nobody lists them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from core.errors import NotFound
from core.i18n import N_, translate

if TYPE_CHECKING:
    from modules.insurance.kernel.line import Line

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


_ANNOUNCED: Final[dict[str, "Line"]] = {}


class LineNotInstalled(NotFound):
    """A policy or a file names a line of which no module is loaded."""

    text = N_("El ramo «{ref}» no está instalado.")


def announce(line: "Line") -> None:
    """Make `line` known; a module that is read again replaces its own."""
    _ANNOUNCED[line.code] = line


def line_of(code: str) -> "Line":
    """The line whose code is `code`.

    Raises:
        LineNotInstalled: none is.
    """
    if code not in _ANNOUNCED:
        raise LineNotInstalled(ref=code)
    return _ANNOUNCED[code]


def installed_lines() -> tuple["Line", ...]:
    """All lines, by code."""
    return tuple(_ANNOUNCED[code] for code in sorted(_ANNOUNCED))
