"""Workbooks (*hojas de cálculo*) in XLSX, read as values; formulas are never computed."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Annotated, Any, Final

from pydantic import Field

from engines.contract import Caution, operation
from engines.data.contents import Base64, bytes_of
from engines.data.etl.separated import ReadFile, told_apart
from engines.data.tables import MOST_ROWS, SMALLER, Cell, Kind, plain
from engines.errors import N_, EngineError, InvalidInput, LimitExceeded

NOT_XLSX: Final = N_("no es un libro de Excel (XLSX) que se pueda leer")
NO_SHEET: Final = N_("no hay una hoja con ese nombre")
BLANK: Final = N_("la hoja está vacía")
FAILED: Final = N_("La columna {column} tiene {n} errores de fórmula (como #N/A), que se leen como vacíos.")
UNNAMED: Final = N_("Casi ninguna columna tiene nombre: quizá la cabecera no está en la fila {row}.")
ERRORS: Final = frozenset({"#N/A", "#N/D", "#REF!", "#¡REF!", "#VALUE!", "#¡VALOR!", "#DIV/0!", "#¡DIV/0!", "#NAME?",
                           "#¿NOMBRE?", "#NUM!", "#¡NUM!", "#NULL!", "#¡NULO!"})  # fmt: skip
AS_TEXT: Final = N_("La columna {column} mezcla valores de distinta clase y se ha leído como texto.")
MOST_UNPACKED: Final = 200_000_000
MOST_PARTS: Final = 2_000
MOST_COLUMNS: Final = 500
SQUEEZED: Final = 200  # times smaller packed than unpacked: more is an attack


@operation(
    "Leer un libro de Excel",
    examples=(
        "Lee la hoja Clientes de este libro de Excel xlsx",
        "Read the sheet of this Excel workbook (xlsx) as a table",
    ),
    heavy=True,
)
def read_xlsx(
    content_base64: Base64,
    sheet: Annotated[str, Field(min_length=1, max_length=31)] | None = None,
    header_row: Annotated[int, Field(ge=0, le=10_000)] = 1,
) -> ReadFile:
    """Read a sheet of a workbook: what cells show, not their formulas; columns that mix kinds become text.

    Args:
        content_base64: the XLSX file, up to 20 MB.
        sheet: its name; by default the first.
        header_row: the row that names the columns, counted from 1; 0 if none does.

    Raises:
        InvalidInput: no workbook, no such sheet, or one that is empty.
        LimitExceeded: it unpacks to more than 200 MB, or holds more than 200,000 rows or 500 columns.

    Source: ECMA-376 (Office Open XML), part 1, section 18 (SpreadsheetML); read by openpyxl.
    """
    import openpyxl  # type: ignore[import-untyped]
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

    raw = bytes_of(content_base64)
    _inspect(raw)
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        found = book.worksheets[0] if sheet is None else next(w for w in book.worksheets if w.title == sheet)
        found.reset_dimensions()
        rows = _rows(found)
    except StopIteration as error:
        raise InvalidInput("sheet", NO_SHEET) from error
    except (
        InvalidFileException,
        OSError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        SyntaxError,
    ) as error:
        if isinstance(error, EngineError):
            raise
        raise InvalidInput("content_base64", NOT_XLSX) from error
    width = max((len(row) for row in rows), default=0)
    body = [[_shown(cell) for cell in row] + [None] * (width - len(row)) for row in rows[header_row:]]
    failed = [sum(row[i] in ERRORS for row in body if isinstance(row[i], str)) for i in range(width)]
    body = [[None if isinstance(cell, str) and cell in ERRORS else cell for cell in row] for row in body]
    body = [row for row in body if any(cell is not None for cell in row)]
    if not body:
        raise InvalidInput("content_base64", BLANK)
    head = [_shown(plain(cell)) for cell in rows[header_row - 1]] if header_row else []
    head += [None] * (width - len(head))
    given = [str(cell).strip() if cell is not None else f"column_{i}" for i, cell in enumerate(head, start=1)]
    used = [i for i in range(width) if head[i] is not None or any(row[i] is not None for row in body)]
    apart, renamed = told_apart([given[i] for i in used])
    names = dict(zip(used, apart, strict=True))
    told = list(renamed)
    if header_row and sum(head[i] is None for i in used) * 2 > len(used):
        told.append(Caution(text=UNNAMED, values={"row": header_row}))
    table: dict[str, list[Cell]] = {}
    kinds: dict[str, Kind] = {}
    for i in used:
        table[names[i]], kinds[names[i]], mixed = _column([row[i] for row in body])
        if mixed:
            told.append(Caution(text=AS_TEXT, values={"column": names[i]}))
        if failed[i]:
            told.append(Caution(text=FAILED, values={"column": names[i], "n": failed[i]}))
    by_row = [list(row) for row in zip(*table.values(), strict=True)]
    return ReadFile(
        library="openpyxl", n=len(by_row), table=table, kinds=kinds, columns=list(table), rows=by_row,
        warnings=tuple(told),
    )  # fmt: skip


def _inspect(raw: bytes) -> None:
    """Refuse what unpacks to too much, or declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            parts = packed.infolist()
            size = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or size > MOST_UNPACKED or size > SQUEEZED * max(len(raw), 100_000):
                raise LimitExceeded("content_base64", MOST_UNPACKED, size, SMALLER)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with packed.open(part) as opened:
                        if b"<!DOCTYPE" in opened.read(4096).upper():
                            raise InvalidInput("content_base64", NOT_XLSX)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise InvalidInput("content_base64", NOT_XLSX) from error


def _rows(sheet: Any) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1):
        rows.append(list(row))
        if len(rows) > MOST_ROWS:
            raise LimitExceeded("content_base64", MOST_ROWS, len(rows), SMALLER)
        if len(row) > MOST_COLUMNS and row[MOST_COLUMNS] is not None:
            raise LimitExceeded("content_base64", MOST_COLUMNS, len(row), SMALLER)
    return rows


def _shown(cell: Any) -> Any:
    """The cell, or None for one that shows nothing but blanks."""
    return None if isinstance(cell, str) and not cell.strip() else cell


def _column(cells: list[Any]) -> tuple[list[Cell], Kind, bool]:
    there = [cell for cell in cells if cell is not None]
    kinds: set[Kind] = {_kind(cell) for cell in there}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) <= 1:
        kind: Kind = next(iter(kinds), "empty")
        return [_value(cell, kind) for cell in cells], kind, False
    return [None if cell is None else str(_value(cell, "text")) for cell in cells], "text", True


def _kind(cell: Any) -> Kind:
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int):
        return "integer" if abs(cell) < 2**53 else "text"
    if isinstance(cell, float):
        return "number"
    return "date" if isinstance(cell, datetime | date) else "text"


def _value(cell: Any, kind: Kind) -> Cell:
    if isinstance(cell, float) and kind == "text" and cell.is_integer():
        return int(cell)
    if kind == "number":
        return None if cell is None else float(cell)
    if isinstance(cell, datetime | date):
        return plain(cell)
    if isinstance(cell, time):
        return cell.isoformat()
    return cell if cell is None or isinstance(cell, bool | int | float | str) else str(cell)
