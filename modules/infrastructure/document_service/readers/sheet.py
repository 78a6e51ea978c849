"""Excel workbooks: the values that were stored, hidden sheets and rows included; formulas never run."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.found import MOST_SIGNS, Found, Page, Refused, flowing


def read(content: bytes) -> Found:
    """Every sheet as lines of cells, under its name."""
    pages: list[Page] = []
    for title, rows in sheets(content):
        lines, size = [], 0
        for row in rows:
            line = "\t".join(row).rstrip()
            size += len(line)
            if line:
                lines.append(line)
            if size > MOST_SIGNS:
                break
        pages += flowing("\n".join(lines), title)
    return Found(pages)


def sheets(content: bytes) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """The sheets by name, each with its rows of cells as text.

    Raises:
        Refused: the workbook is damaged.
    """
    import openpyxl  # type: ignore[import-untyped]

    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what the file claims of its size is not believed
            yield sheet.title, ([cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, BadZipFile, SyntaxError) as error:
        raise Refused(Problem.DAMAGED) from error


def cell_text(value: Any) -> str:
    """A cell's value as text: numbers in plain digits with a point, dates as ISO writes them."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{Decimal(repr(value)):f}"
    return str(value)
