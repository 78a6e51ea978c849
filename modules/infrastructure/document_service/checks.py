"""Checking a table before anybody imports it (*revisión de un CSV*): which cells do not fit, and why.

A cell is only looked at. `-12,50` is a number and `@lopez.abogados` a text, whatever a
spreadsheet would make of them; what would run as a formula there is pointed out.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from core.i18n import N_
from core.identifiers import parse_iban, parse_id_number
from core.text import clean_foreign
from tools.words import plain

MOST_ERRORS: Final = 200
LONGEST_CELL: Final = 1_000
SAMPLE: Final = 5  # filled cells that a column needs before its type is guessed
NUMBER: Final = re.compile(
    r"[-+−]?(?:\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d{1,15})(?:[.,]\d{1,6})?\s?(?:€|%|EUR)?", re.ASCII
)
DATE: Final = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:[ T][\d:.Z+-]+)?|(?P<d2>\d\d?)[/.-](?P<m2>\d\d?)[/.-](?P<y2>\d{4})",
    re.ASCII,
)
EMAIL: Final = re.compile(r"[^\s@<>\"]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
FORMULA: Final = re.compile(r"\s*(?:[=＝]|[+\-@＋－＠]\s*[A-Za-z_.]{1,40}\(|[+\-@＋－＠].{0,40}\|)")


class ColumnType(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    DATE = "date"
    ID_NUMBER = "id_number"
    IBAN = "iban"
    EMAIL = "email"
    TEXT = "text"


class Fault(StrEnum):
    """What is the matter with a cell or a row."""

    NO_TITLE = "no_title"
    SAME_TITLE = "same_title"
    EMPTY_ROW = "empty_row"
    SAME_ROW = "same_row"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    BAD_ID_NUMBER = "bad_id_number"
    BAD_IBAN = "bad_iban"
    BAD_EMAIL = "bad_email"
    FORMULA = "formula"
    HIDDEN_SIGNS = "hidden_signs"
    LINE_BREAK = "line_break"
    TOO_LONG = "too_long"


LABELS: Final[dict[str, str]] = {
    "no_title": N_("la columna no tiene título"),
    "same_title": N_("el título está repetido"),
    "empty_row": N_("la fila está vacía"),
    "same_row": N_("la fila repite otra anterior"),
    "too_few": N_("faltan celdas en la fila"),
    "too_many": N_("sobran celdas en la fila"),
    "not_a_number": N_("no es un número"),
    "not_a_date": N_("no es una fecha"),
    "bad_id_number": N_("no es un NIF, NIE o CIF válido"),
    "bad_iban": N_("no es un IBAN válido"),
    "bad_email": N_("no es una dirección de correo"),
    "formula": N_("en una hoja de cálculo actuaría como fórmula"),
    "hidden_signs": N_("contiene caracteres invisibles"),
    "line_break": N_("contiene un salto de línea"),
    "too_long": N_("pasa de 1.000 caracteres"),
}
BY_TITLE: Final = (
    (ColumnType.IBAN, re.compile(r"\b(?:iban|cuenta(?: bancaria)?|ccc)\b")),
    (ColumnType.ID_NUMBER, re.compile(r"\b(?:nif|nie|cif|dni|id number)\b")),
    (ColumnType.EMAIL, re.compile(r"\b(?:e mail|email|correo(?: electronico)?)\b")),
    (ColumnType.DATE, re.compile(r"\b(?:fecha|date|vencimiento|nacimiento)\b")),
    (ColumnType.NUMBER, re.compile(r"\b(?:importe|prima|total|amount|premium|comision|saldo|tipo|rate|precio)\b")),
)


@dataclass(frozen=True)
class CellFault:
    """One fault; `row` counts from 1 with the titles, `column` from 1, 0 for the whole row."""

    row: int
    column: int
    fault: Fault
    cell: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its title, what it holds, and how many of its cells are filled."""

    title: str
    type: ColumnType
    filled: int


@dataclass(frozen=True)
class Checked:
    """A table that was looked through; `faults` holds the first ones of `fault_count`."""

    row_count: int
    columns: tuple[Column, ...]
    faults: tuple[CellFault, ...]
    fault_count: int


def check(rows: Sequence[Sequence[str]]) -> Checked:
    """Look through a table whose first row holds the titles."""
    titles, body = list(rows[0]), rows[1:]
    columns = [_column(title, [row[n] for row in body if n < len(row)]) for n, title in enumerate(titles)]
    faults = [*_of_titles(titles), *_of_body(body, columns)]
    return Checked(len(body), tuple(columns), tuple(faults[:MOST_ERRORS]), len(faults))


def _column(title: str, cells: Sequence[str]) -> Column:
    filled = [cell.strip() for cell in cells if cell.strip()]
    words = re.sub(r"[^\wñ]+|_", " ", plain(title))
    named = next((type for type, pattern in BY_TITLE if pattern.search(words)), None)
    return Column(title, named or _guessed(filled), len(filled))


def _guessed(filled: Sequence[str]) -> ColumnType:
    """What at least four of five cells are."""
    for type in (ColumnType.DATE, ColumnType.NUMBER):
        fitting = sum(TESTS[type][0](cell) for cell in filled)
        if len(filled) >= SAMPLE and fitting * 5 >= len(filled) * 4:
            return type
    return ColumnType.TEXT


def _of_titles(titles: Sequence[str]) -> Iterator[CellFault]:
    seen: set[str] = set()
    for number, title in enumerate(titles, 1):
        key = plain(title).strip()
        if not key:
            yield CellFault(1, number, Fault.NO_TITLE)
        elif key in seen:
            yield CellFault(1, number, Fault.SAME_TITLE, title)
        seen.add(key)
        yield from (CellFault(1, number, fault, title) for fault in _of_form(title))


def _of_body(body: Sequence[Sequence[str]], columns: Sequence[Column]) -> Iterator[CellFault]:
    seen: set[tuple[str, ...]] = set()
    for number, row in enumerate(body, 2):
        if not any(cell.strip() for cell in row):
            yield CellFault(number, 0, Fault.EMPTY_ROW)
            continue
        if tuple(row) in seen:
            yield CellFault(number, 0, Fault.SAME_ROW)
        seen.add(tuple(row))
        if len(row) != len(columns):
            yield CellFault(number, 0, Fault.TOO_FEW if len(row) < len(columns) else Fault.TOO_MANY)
        for place, (cell, column) in enumerate(zip(row, columns, strict=False), 1):
            yield from (CellFault(number, place, fault, cell) for fault in _of_cell(cell, column.type))


def _of_cell(cell: str, type: ColumnType) -> Iterator[Fault]:
    yield from _of_form(cell)
    value = clean_foreign(cell).strip()
    if value and type in TESTS:
        passes, fault = TESTS[type]
        if not passes(value):
            yield fault


def _of_form(cell: str) -> Iterator[Fault]:
    if clean_foreign(cell) != unicodedata.normalize("NFC", cell.replace("\r\n", "\n").replace("\r", "\n")):
        yield Fault.HIDDEN_SIGNS
    if re.search(r"[\r\n]", cell.strip()):
        yield Fault.LINE_BREAK
    if len(cell) > LONGEST_CELL:
        yield Fault.TOO_LONG
    if FORMULA.match(cell):
        yield Fault.FORMULA


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


def _is_date(cell: str) -> bool:
    match = DATE.fullmatch(cell)
    if match is None:
        return False
    try:
        date(int(match["y"] or match["y2"]), int(match["m"] or match["m2"]), int(match["d"] or match["d2"]))
    except ValueError:
        return False
    return True


def _is_email(cell: str) -> bool:
    return EMAIL.fullmatch(cell) is not None


def _parses(parse: Callable[[str], str]) -> Callable[[str], bool]:
    def passes(cell: str) -> bool:
        try:
            parse(cell)
        except ValueError:
            return False
        return True

    return passes


TESTS: Final[dict[ColumnType, tuple[Callable[[str], bool], Fault]]] = {
    ColumnType.NUMBER: (_is_number, Fault.NOT_A_NUMBER),
    ColumnType.DATE: (_is_date, Fault.NOT_A_DATE),
    ColumnType.ID_NUMBER: (_parses(parse_id_number), Fault.BAD_ID_NUMBER),
    ColumnType.IBAN: (_parses(parse_iban), Fault.BAD_IBAN),
    ColumnType.EMAIL: (_is_email, Fault.BAD_EMAIL),
}
