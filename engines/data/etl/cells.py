"""What is written in a cell becomes a number, a date or a truth value, or stays text."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from engines.contract import Part
from engines.data.contents import date_format_of, iso_date
from engines.data.tables import Cell, Kind
from engines.errors import N_, InvalidInput

Wanted: TypeAlias = Literal["integer", "number", "text", "boolean", "date"]
DecimalMark: TypeAlias = Literal[",", "."]
Thousands: TypeAlias = Literal[".", ",", " ", "'", ""]
LONGEST_NUMBER: Final = 15  # digits that a double holds
UNITS: Final = re.compile(r"^(?:€|EUR)\s*|\s*(?:€|EUR)$")
BEHIND: Final = re.compile(r"(\d.*?)\s?-")
NO_DAY: Final = re.compile(r"[0\s]{0,4}[/.-][0\s]{0,4}[/.-][0\s]{0,4}")
"""What programs write where there is no date: `  /  /    `, 00/00/0000."""
CODE: Final = re.compile(r"[\d\s()+-]+")
"""A postcode with its zero, a telephone with spaces: beside such the numbers of a column are codes too."""
ENOUGH: Final = 10  # cells, under which no column is told to be nearly of a kind
NEARLY: Final = 0.9
ZERO_FIRST: Final = re.compile(r"[+-]?0\d")
YES: Final = frozenset({"true", "yes", "y", "sí", "si", "s", "verdadero", "1", "x"})
NO: Final = frozenset({"false", "no", "n", "falso", "0", ""})
NO_NUMBER: Final = N_("contiene un valor que no es un número en el formato indicado")
NO_DATE: Final = N_("contiene un valor que no es una fecha en el formato indicado")
NO_TRUTH: Final = N_("contiene un valor que no es ni sí ni no")
ALIKE: Final = N_("el separador de miles no puede ser el mismo que el decimal")
Named = Annotated[str, Field(min_length=1, max_length=200)]


class Style(Part):
    """How numbers and dates are written; without a decimal mark nothing is read as a number."""

    decimal: DecimalMark | None
    thousands: Thousands
    date_format: str | None

    def number(self, text: str) -> float | int | None:
        """The number that `text` writes; None if it writes none, or a code such as 08001."""
        if self.decimal is None:
            return None
        digits = UNITS.sub("", text.strip().replace("\u2212", "-"))
        # Accounting programs put the sign behind: 1.234,50-.
        if found := BEHIND.fullmatch(digits):
            digits = f"-{found[1]}"
        written, mark = _written(self.decimal, self.thousands)
        if not written.fullmatch(digits):
            return None
        bare = mark.sub("", digits) if mark else digits
        if ZERO_FIRST.match(bare) or len(bare.lstrip("+-").replace(self.decimal, "")) > LONGEST_NUMBER:
            return None
        return float(bare.replace(self.decimal, ".")) if self.decimal in bare else int(bare)


def style_of(decimal: DecimalMark | None, thousands: Thousands, date_format: str | None) -> Style:
    """The style of these marks.

    Raises:
        InvalidInput: thousands and decimals marked alike, or a format that is not of a date.
    """
    if decimal is not None and decimal == thousands:
        raise InvalidInput("thousands", ALIKE)
    told = date_format_of(date_format, "date_format") if date_format else None
    return Style(decimal=decimal, thousands=thousands, date_format=told)


def column_of(texts: Sequence[str], style: Style, wanted: Wanted | None, argument: str) -> tuple[list[Cell], Kind]:
    """A column of cells as values of one kind: as asked, or numbers or dates if every cell is one.

    Raises:
        InvalidInput: a cell is not of the kind that is asked for; the argument names the column.
    """
    there = [text.strip() for text in texts if text.strip()]
    if not there:
        return [None] * len(texts), "empty"
    if wanted is None:
        wanted = _guess(there, style)
    if wanted == "date":
        texts = ["" if NO_DAY.fullmatch(text) else text for text in texts]
    if wanted == "text":
        return [text if text != "" else None for text in texts], "text"
    if wanted == "date":
        dates: list[Cell] = [iso_date(t, style.date_format or "%Y-%m-%d") if t.strip() else None for t in texts]
        _whole(dates, texts, argument, NO_DATE)
        return dates, "date"
    if wanted == "boolean":
        lowered = [text.strip().lower() for text in texts]
        if not all(text in YES or text in NO for text in lowered):
            raise InvalidInput(argument, NO_TRUTH)
        return [None if text == "" else text in YES for text in lowered], "boolean"
    reading = style if style.decimal else style.model_copy(update={"decimal": "."})
    numbers = [reading.number(t) if t.strip() else None for t in texts]
    _whole(numbers, texts, argument, NO_NUMBER)
    if wanted == "integer" and any(isinstance(v, float) and v != int(v) for v in numbers):
        raise InvalidInput(argument, NO_NUMBER)
    if wanted == "integer":
        return [None if v is None else int(v) for v in numbers], "integer"
    return [None if v is None else float(v) for v in numbers], "number"


def misfits(texts: Sequence[str], style: Style) -> list[int]:
    """Where the few cells stand that keep a column from being numbers or dates; nowhere if it is of texts or codes."""
    there = [(row, text.strip()) for row, text in enumerate(texts) if text.strip()]
    tests: tuple[Callable[[str], bool], ...] = (lambda t: style.number(t) is not None, lambda t: _is_day(t, style))
    for holds in tests:
        # A column of texts shows at its head what it is: most are not read to their end.
        if len(there) < ENOUGH or sum(holds(text) for _, text in there[:ENOUGH]) < ENOUGH // 2:
            continue
        wrong = [(row, text) for row, text in there if not holds(text)]
        if 0 < len(wrong) <= (1 - NEARLY) * len(there) and not any(CODE.fullmatch(text) for _, text in wrong):
            return [row for row, _ in wrong]
    return []


def _is_day(text: str, style: Style) -> bool:
    return style.date_format is not None and (
        NO_DAY.fullmatch(text) is not None or iso_date(text, style.date_format) is not None
    )


def _guess(there: Sequence[str], style: Style) -> Wanted:
    if all(_is_day(text, style) for text in there) and not all(NO_DAY.fullmatch(text) for text in there):
        return "date"
    whole = True
    for text in there:
        value = style.number(text)
        if value is None:
            return "text"
        whole = whole and isinstance(value, int)
    return "integer" if whole else "number"


@cache
def _written(decimal: DecimalMark, thousands: Thousands) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """How a number of that style is written, and its mark of thousands."""
    mark = "[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)
    whole = rf"(?:\d{{1,3}}(?:{mark}\d{{3}})+|\d+)" if thousands else r"\d+"
    written = re.compile(rf"[+-]?{whole}(?:{re.escape(decimal)}\d+)?", re.ASCII)
    return written, re.compile(mark) if thousands else None


def _whole(values: Sequence[Cell], texts: Sequence[str], argument: str, problem: str) -> None:
    if any(value is None and text.strip() for value, text in zip(values, texts, strict=True)):
        raise InvalidInput(argument, problem)
