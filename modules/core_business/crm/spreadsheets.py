"""CSV that a spreadsheet opens and never runs (*exportación segura*); pure.

A text that begins like a formula gets an apostrophe before it, which spreadsheets show as
text. Numbers are not texts: −5.20 stays a number.
"""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | Decimal | date | None
RUNS: Final = frozenset("=+-@\t\r\n|%")
BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it a Spanish Excel reads UTF-8 as Latin-1
INVISIBLE: Final = frozenset(("Cf", "Zs"))


def cell(value: Cell) -> str:
    """`value` as a cell: a text that a spreadsheet might run is escaped, a number stays one.

    Full-width and small forms of the signs count as the signs, and so does a sign behind
    blanks or characters that nobody sees.
    """
    if not isinstance(value, str):
        return "" if value is None else str(value)
    seen = next((c for c in value if unicodedata.category(c) not in INVISIBLE), "")
    first = unicodedata.normalize("NFKC", seen)[:1] or seen
    return f"'{value}" if first in RUNS or first == "\N{MINUS SIGN}" else value


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]], footer: str) -> bytes:
    """A file of `rows` under `header`, with `footer` as its last line; semicolons, UTF-8."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([cell(name) for name in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    writer.writerow([cell(footer)])
    return (BOM + text.getvalue()).encode()
