"""Cells as people write them in Spain (*formatos*): each read in one way only, or not at all; pure.

A date is day, month, year, or ISO. An amount has one decimal mark, which the file's reading
says: «1.234» is a thousand and more where the comma is the mark, and no amount where the
point is. What could be two things is refused with what to write instead.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from core.i18n import N_
from modules.insurance.kernel.portfolio.phrases import folded

Cell: TypeAlias = str | int | Decimal | bool | date | None
Mark: TypeAlias = Literal[",", "."]

COMMA: Final = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+|\d{1,15})(?:,\d{1,6})?", re.ASCII)
POINT: Final = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,6})?", re.ASCII)
DATE: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", re.ASCII)
ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?", re.ASCII)
YES: Final = frozenset(("s", "si", "yes", "y", "true", "verdadero", "1", "x"))
NO: Final = frozenset(("n", "no", "false", "falso", "0"))
UNIT: Final = re.compile(r"\s*(?:€|EUR|euros?)$", re.I)


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    MONEY = "money"
    RATE = "rate"  # per cent
    NUMBER = "number"  # an input of a tariff
    WHOLE = "whole"
    DAY = "day"
    FLAG = "flag"
    CODE = "code"


class Unclear(ValueError):
    """A cell cannot be read, or could be read in two ways: why, and what to do."""

    def __init__(self, problem: str, todo: str) -> None:
        """Both in Spanish (catalogued)."""
        super().__init__(problem)
        self.problem, self.todo = problem, todo


def amount(cell: Cell, mark: Mark) -> Decimal:
    """An amount or number with `mark` before its decimals; the unit € may follow.

    Raises:
        Unclear: it is none, or its marks stand as the other format has them.
    """
    if isinstance(cell, Decimal | int) and not isinstance(cell, bool):
        return Decimal(cell)
    text = UNIT.sub("", str(cell).strip()).replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", "")
    own, other = (COMMA, POINT) if mark == "," else (POINT, COMMA)
    if own.fullmatch(text):
        thousands = "." if mark == "," else ","
        return Decimal(text.replace(thousands, "").replace(",", "."))
    if other.fullmatch(text):
        raise Unclear(
            N_("las comas y los puntos no están como en el resto del fichero"),
            N_("escriba los decimales tras la marca del fichero, o elija la otra marca decimal"),
        )
    raise Unclear(N_("no es un importe"), N_("escriba solo cifras, como 1.234,56"))


def money(cell: Cell, mark: Mark) -> str:
    """An amount to the cent, as rows take it.

    Raises:
        Unclear: it has more than two decimals, or is none.
    """
    value = amount(cell, mark)
    if value != value.quantize(Decimal("0.01")):
        raise Unclear(N_("tiene más de dos decimales"), N_("redondee el importe al céntimo"))
    return f"{value:.2f}"


def rate(cell: Cell, mark: Mark) -> str:
    """A percentage, as rows take it: «11,00 %» is 11.00."""
    value = amount(cell.rstrip().removesuffix("%").rstrip() if isinstance(cell, str) else cell, mark)
    return f"{value.normalize():f}"


def whole(cell: Cell) -> int:
    """A whole number."""
    value = amount(cell, ",")
    if value != int(value):
        raise Unclear(N_("no es un número entero"), N_("escriba un número sin decimales"))
    return int(value)


def day(cell: Cell) -> date:
    """A date: day, month and year of four figures, or ISO.

    Raises:
        Unclear: the year has two figures, the month comes first, or there is no such day.
    """
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise Unclear(N_("lleva una hora"), N_("deje solo la fecha"))
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    found = DATE.fullmatch(text)
    parts = (found[3], found[2], found[1]) if found else ISO.fullmatch(text)
    if parts is None:
        raise Unclear(N_("no es una fecha completa"), N_("escriba día, mes y año, como 31/12/2026"))
    year, month, number = parts if isinstance(parts, tuple) else parts.groups()
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise Unclear(N_("ese día no existe"), N_("escriba primero el día y luego el mes")) from None


def flag(cell: Cell) -> bool:
    """Yes or no."""
    said = folded(str(cell))
    if said not in YES | NO:
        raise Unclear(N_("no es sí ni no"), N_("escriba S o N"))
    return said in YES


def code(cell: Cell, codes: Mapping[str, str]) -> str:
    """The code that a cell says, with or without accents, capitals and underscores."""
    said = folded(str(cell))
    if said not in codes:
        raise Unclear(N_("no es un código conocido"), N_("use uno de los valores admitidos"))
    return codes[said]


def mark_of(cells: Sequence[str]) -> Mark | None:
    """The decimal mark that most amounts of a file are written with; None if they do not tell it."""
    bare = [UNIT.sub("", cell.strip()) for cell in cells]
    commas = sum(bool(COMMA.fullmatch(cell)) and not POINT.fullmatch(cell) for cell in bare)
    points = sum(bool(POINT.fullmatch(cell)) and not COMMA.fullmatch(cell) for cell in bare)
    return None if commas == points == 0 else "," if commas >= points else "."
