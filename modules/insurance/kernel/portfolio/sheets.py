"""Files of rows (*ficheros CSV y XLSX*): read as they are written; nothing in them is ever run.

A formula, a macro, an external link or an entity is refused, not evaluated: what a cell says
must be what somebody wrote there. Only an administrator gives such a file, to take a book over.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm.spreadsheets import RUNS, cell, table
from modules.insurance.kernel.portfolio.values import Cell

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 120
LONGEST_CELL: Final = 2000
LARGEST: Final = 400 * 1024 * 1024  # of a workbook, unpacked
DELIMITERS: Final = ";,\t|"
ZIP: Final = b"PK\x03\x04"
FORBIDDEN: Final = re.compile(r"vbaProject|externalLinks/|activeX/|embeddings/|macrosheets/", re.I)
ENTITIES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
WRITTEN_AT: Final = re.compile(rb">\d{4}-\d\d-\d\dT[\d:.]+Z<")
SIGNED: Final = re.compile(r"[+\-\N{MINUS SIGN}][\d\s.,()€%]+")
REMARK: Final = "#"  # begins a line that is no row: who exported the file, and what for
HARMLESS: Final = frozenset("|%")  # that begin a text of ours, and are escaped when it leaves


class Formula(str):
    """A cell that would be run; it is shown to whoever imports, and refused."""

    __slots__ = ()


class BadFile(BadArguments):
    """The file cannot be read as a table."""

    text = N_("No puedo leer el fichero: {problem}.")


@dataclass(frozen=True)
class Sheet:
    """A table: its headings, and rows of as many cells."""

    headings: tuple[str, ...]
    rows: list[list[Cell]]


def read(content: bytes, title: str = "") -> Sheet:
    """The table in `content`, a CSV or an Excel workbook: its first sheet, or that of the `title`.

    Raises:
        BadFile: it is neither, holds macros, is too large, has no such sheet, or its first row is no heading.
    """
    rows = _workbook(content, title) if content.startswith(ZIP) else _text(content)
    kept = [row for row in rows if any(value not in ("", None) for value in row) and not _remark(row)]
    if len(kept) < 2:
        raise BadFile(field="content", problem=N_("no hay filas bajo un encabezado"))
    if len(kept) > MOST_ROWS + 1:
        raise BadFile(field="content", problem=N_("tiene demasiadas filas; divídalo"))
    headings = tuple(" ".join(str(value or "").split()) for value in kept[0])
    width = max((at for at, heading in enumerate(headings, 1) if heading), default=0)
    headings = headings[:width]
    if not width or width > MOST_COLUMNS or "" in headings or len(set(headings)) < width:
        raise BadFile(field="content", problem=N_("cada columna necesita un encabezado, y uno distinto"))
    return Sheet(headings, [(row + [None] * width)[:width] for row in kept[1:]])


def _remark(row: Sequence[Cell]) -> bool:
    return str(row[0]).startswith(REMARK) and not any(value not in ("", None) for value in row[1:])


def _text(content: bytes) -> Iterable[list[Cell]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise BadFile(field="content", problem=N_("no es un CSV ni un libro de Excel"))
    csv.field_size_limit(1_000_000)
    delimiter = _delimiter(text)
    return [[_cell(value) for value in row] for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter)]


def _delimiter(text: str) -> str:
    """What separates the columns: what the first lines agree on."""
    lines = text[:100_000].splitlines()[:20]
    best = (1, ";")
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width = max(widths, key=lambda found: widths[found], default=0)
        if width > best[0]:
            best = (width, delimiter)
    return best[1]


def _cell(value: str) -> Cell:
    """A cell of a CSV: an escaped text without its apostrophe, a formula marked as such."""
    first = value[:1]
    if first not in RUNS and first != "'":
        return value
    if first == "'":
        return value[1:] if cell(value[1:]) == value else value
    return value if first in HARMLESS or SIGNED.fullmatch(value.strip()) else Formula(value)


def _workbook(content: bytes, title: str) -> Iterable[list[Cell]]:
    import openpyxl  # type: ignore[import-untyped]

    try:
        with ZipFile(BytesIO(content)) as archive:
            if any(FORBIDDEN.search(name) for name in archive.namelist()):
                raise BadFile(
                    field="content", problem=N_("lleva macros, enlaces u objetos; guárdelo como .xlsx simple")
                )
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise BadFile(field="content", problem=N_("es demasiado grande"))
            for name in archive.namelist():
                with archive.open(name) as part:
                    if ENTITIES.search(part.read(4096)):
                        raise BadFile(
                            field="content", problem=N_("lleva definiciones que no son de una hoja de cálculo")
                        )
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, keep_links=False)
        sheet = next((found for found in book.worksheets if title in ("", found.title)), None)
        if sheet is None:
            raise BadFile(field="sheet", problem=N_("no hay ninguna hoja con ese nombre"))
        sheet.reset_dimensions()  # what the file claims of its size is not believed
        rows: list[list[Cell]] = []
        for found in sheet.iter_rows():
            rows.append([_typed(one) for one in found[: MOST_COLUMNS + 1]])
            if len(rows) > MOST_ROWS + 2:
                break
        return rows
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, BadZipFile, SyntaxError) as error:
        raise BadFile(field="content", problem=N_("está dañado")) from error


def _typed(one: Any) -> Cell:
    """A cell of a workbook as what it is; a number as people see it, not as a binary fraction."""
    value = one.value
    if one.data_type == "f":
        return Formula(value if isinstance(value, str) else "=")
    if value is None or isinstance(value, bool | int | date):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    text = str(value)
    return text[1:] if text[:1] == "'" and cell(text[1:]) == text else text


@dataclass(frozen=True)
class Table:
    """What is written: rows under headings."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def write_csv(found: Table, footer: str) -> bytes:
    """A CSV with Spanish numbers and dates that no spreadsheet runs; `footer` is a remark under it."""
    rows = ([_spanish(value) for value in row] for row in found.rows)
    return table(found.headings, rows, f"{REMARK} {footer}")


def _spanish(value: Cell) -> str | int | Decimal | date | None:
    if isinstance(value, bool):
        return "S" if value else "N"
    if isinstance(value, Decimal):
        # A minus sign would be escaped as a formula's: the number is written as Excel reads it.
        return _Number(f"{value:f}".replace(".", ","))
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


class _Number(int):
    """A number that prints as Spaniards write it: `spreadsheets.cell` leaves numbers alone."""

    said: str

    def __new__(cls, said: str) -> "_Number":
        """The number that reads `said`."""
        made = super().__new__(cls, 0)
        made.said = said
        return made

    def __str__(self) -> str:
        """As it was said."""
        return self.said


def write_xlsx(tables: Mapping[str, Table], footer: str) -> bytes:
    """A workbook of a sheet a table: amounts are numbers, dates dates, no text is a formula; `footer` under each."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]

    book, out = openpyxl.Workbook(write_only=True), BytesIO()
    for title, found in tables.items():
        sheet = book.create_sheet(title)
        for row in (found.headings, *found.rows, (f"{REMARK} {footer}",)):
            sheet.append([_written(WriteOnlyCell(sheet), value) for value in row])
    book.save(out)
    return _timeless(out.getvalue())


def _timeless(content: bytes) -> bytes:
    """The workbook without the moment at which it was written: what was previewed is what is granted."""
    out = BytesIO()
    with ZipFile(BytesIO(content)) as made, ZipFile(out, "w", ZIP_DEFLATED) as kept:
        for name in made.namelist():
            part = made.read(name)
            if name == "docProps/core.xml":
                part = WRITTEN_AT.sub(rb">1980-01-01T00:00:00Z<", part)
            kept.writestr(ZipInfo(name), part, ZIP_DEFLATED)  # its date is 1980, the first there is
    return out.getvalue()


def _written(made: Any, value: Cell) -> Any:
    """A cell that holds `value` as what it is."""
    if isinstance(value, bool):
        return "S" if value else "N"
    if not isinstance(value, str):
        return value
    made.value = cell(value)
    made.data_type = "s"
    return made
