"""Files of separated values (CSV), as RFC 4180 or as Spanish spreadsheets write them."""

import csv
import io
import re
from typing import Annotated, Final, Literal

from pydantic import Field

from engines.contract import Caution, operation
from engines.data.contents import Base64, DateFormat, Encoding, Text, text_given
from engines.data.etl.cells import DecimalMark, Named, Style, Thousands, Wanted, column_of, misfits, style_of
from engines.data.tables import MOST_ROWS, SMALLER, Cell, Tabular
from engines.errors import N_, InvalidInput, LimitExceeded

UNEQUAL_ROW: Final = N_("tiene un número de campos distinto del de la primera fila")
BROKEN: Final = N_("no está bien entrecomillado")
REPEATED: Final = N_("repite el nombre de una columna")
RENAMED: Final = N_("Varias columnas se llaman {column}: las siguientes a la primera llevan un número detrás.")
UNKNOWN_COLUMN: Final = N_("nombra una columna que no está en el fichero")
NEARLY: Final = N_(
    "La columna {column} queda como texto: {n} de sus {of} valores no son como los demás "
    "(el primero, en la fila {row})."
)
POINTS: Final = N_("La columna {column} parece de números con punto decimal y queda como texto: indíquelo en decimal.")
ONE_COLUMN: Final = N_("Solo se ve una columna, y su cabecera lleva otro separador: indique cuál separa los campos.")
POINTED: Final = re.compile(r"\s*[+-]?\d+\.\d{1,2}\s*")
OTHER_MARKS: Final = ",;\t|"
DECLARED: Final = re.compile(r'"?sep=(.)"?\r?\n', re.I)
MOST_FIELDS: Final = 1_000
LONGEST_FIELD: Final = 1_000_000


class ReadFile(Tabular):
    """A file that has been read: `rows` are its records in order, `table` the same by columns."""

    columns: list[str]
    rows: list[list[Cell]]


@operation(
    "Leer un CSV",
    examples=(
        "Lee este fichero CSV separado por punto y coma con importes como 1.234,56 y fechas dd/mm/aaaa",
        "Parse this CSV text into rows and columns",
    ),
)
def parse_csv(
    text: Text | None = None,
    content_base64: Base64 | None = None,
    dialect: Literal["rfc4180", "es"] = "es",
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None,
    decimal: DecimalMark | None = None,
    thousands: Thousands | None = None,
    date_format: DateFormat | None = None,
    header: bool | None = None,
    kinds: dict[Named, Wanted] = {},  # noqa: B006 (never written to)
    encoding: Encoding | None = None,
) -> ReadFile:
    """Read separated values into a table whose columns are numbers, dates or texts.

    A column becomes numbers or dates only if every cell of it is one; codes with a leading zero (postcodes) and
    numbers of more than 15 digits (accounts) stay text. All records have as many fields as the first. In the Spanish
    dialect, records without any value and fields without name or value at the end of all records are left out, and a
    first line `sep=;` says what separates fields; a column without a name is column_2, by its place. A name that comes
    again gets a number.

    Args:
        text: the content, or
        content_base64: the file itself, up to 20 MB.
        dialect: rfc4180 (comma, cells as text, no header) or es (semicolon, 1.234,56, dd/mm/yyyy, a header).
        delimiter: what separates fields, if not as the dialect has it.
        decimal: mark of decimals.
        thousands: mark of thousands; "" for none.
        date_format: how dates are written, as %d/%m/%Y.
        header: whether the first record names the columns.
        kinds: what columns must hold, by name; one that does not is refused.
        encoding: of the file; by default UTF-8, else Windows-1252.

    Raises:
        InvalidInput: broken quotes, records of unequal length (text.3 is the third), a cell of another kind.
        LimitExceeded: more than 20 MB, 200,000 records or 1,000 fields.

    Source: RFC 4180 (2005), section 2; Unicode CLDR, locale es-ES, number and date patterns.
    """
    spanish = dialect == "es"
    body, argument, said = text_given(text, content_base64, encoding)
    style = style_of(
        decimal if decimal is not None else ("," if spanish else None),
        thousands if thousands is not None else ("." if spanish and decimal in (None, ",") else ""),
        date_format if date_format is not None else ("%d/%m/%Y" if spanish else None),
    )
    declared = DECLARED.match(body) if spanish else None
    if declared:
        body, delimiter = body[declared.end() :], delimiter or declared[1]
    mark = delimiter or (";" if spanish else ",")
    records = _records(body, mark, argument, spanish)
    named = spanish if header is None else header
    unnamed = [f"column_{i}" for i in range(1, len(records[0]) + 1)]
    names = [name.strip() or other for name, other in zip(records[0], unnamed, strict=True)] if named else unnamed
    if named and len(names) == 1 and any(other in names[0] for other in OTHER_MARKS if other != mark):
        said += (Caution(text=ONE_COLUMN),)
    return table_of(names, records[1:] if named else records, style, kinds, argument, spanish or bool(kinds), said)


def table_of(
    names: list[str], records: list[list[str]], style: Style, kinds: dict[str, Wanted], argument: str,
    converting: bool, said: tuple[Caution, ...] = (),
) -> ReadFile:  # fmt: skip
    """The records as a table; without `converting` and without a style every cell stays as it is written."""
    names, renamed = told_apart([name.strip() for name in names])
    if not all(names):
        raise InvalidInput(argument, REPEATED)
    said += renamed
    if set(kinds) - set(names):
        raise InvalidInput("kinds", UNKNOWN_COLUMN)
    table: dict[str, list[Cell]] = {}
    held = {}
    for place, name in enumerate(names):
        cells = [record[place] for record in records]
        if converting or style.decimal or style.date_format:
            table[name], held[name] = column_of(cells, style, kinds.get(name), f"{argument}.{name}")
            if held[name] == "text" and name not in kinds:
                said += _doubts(name, cells, style)
        else:
            table[name], held[name] = list(cells), "text" if cells else "empty"
    rows = [list(row) for row in zip(*table.values(), strict=True)]
    return ReadFile(n=len(rows), table=table, kinds=held, columns=names, rows=rows, warnings=said)


def told_apart(names: list[str]) -> tuple[list[str], tuple[Caution, ...]]:
    """`names`, each once: of several columns called Teléfono the second is Teléfono_2; and what must be said of it."""
    found: list[str] = []
    for place, name in enumerate(names):
        number, new = 1, name
        while new in found or (number > 1 and new in names[place + 1 :]):
            number += 1
            new = f"{name}_{number}"
        found.append(new)
    twice = dict.fromkeys(name for name, new in zip(names, found, strict=True) if name != new)
    return found, tuple(Caution(text=RENAMED, values={"column": name}) for name in twice)


def _doubts(name: str, cells: list[str], style: Style) -> tuple[Caution, ...]:
    """What must be said of a column that became text and seems to be something else."""
    there = [cell for cell in cells if cell.strip()]
    if style.decimal == "," and all(POINTED.fullmatch(cell) for cell in there):
        return (Caution(text=POINTS, values={"column": name}),)
    wrong = misfits(cells, style)
    told = {"column": name, "n": len(wrong), "of": len(there), "row": wrong[0] + 1} if wrong else {}
    return (Caution(text=NEARLY, values=told),) if told else ()


def _records(body: str, delimiter: str, argument: str, spreadsheet: bool) -> list[list[str]]:
    """The records, as long as the first; of a spreadsheet, those and the fields that it adds empty left out."""
    found: list[tuple[int, list[str]]] = []
    number = 0
    csv.field_size_limit(LONGEST_FIELD)
    try:
        for record in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True):
            if not record:
                continue  # an empty line between records
            number += 1
            if spreadsheet and not any(field.strip() for field in record):
                continue
            found.append((number, record))
            if len(found) > MOST_ROWS:
                raise LimitExceeded(argument, MOST_ROWS, len(found), SMALLER)
            if len(record) > MOST_FIELDS:
                raise LimitExceeded(argument, MOST_FIELDS, len(record), SMALLER)
    except (csv.Error, TypeError) as error:
        raise InvalidInput(f"{argument}.{number + 1}", BROKEN) from error
    if not found:
        raise InvalidInput(argument, BROKEN)
    width = len(found[0][1])
    if spreadsheet:
        filled = max((i for _, record in found for i, field in enumerate(record, start=1) if field.strip()), default=0)
        width = min(width, filled)
        found = [(at, record[:width] if not any(f.strip() for f in record[width:]) else record) for at, record in found]
    for at, record in found:
        if len(record) != width:
            raise InvalidInput(f"{argument}.{at}", UNEQUAL_ROW)
    return [record for _, record in found]
