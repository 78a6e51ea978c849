"""Tables: the rows of a CSV or of one sheet, for checking; as text, nothing is interpreted."""

import csv
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Final

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.detect import decoded, delimiter_of
from modules.infrastructure.document_service.readers.found import Refused
from modules.infrastructure.document_service.readers.media import Media
from modules.infrastructure.document_service.readers.sheet import sheets

MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 2_000


@dataclass(frozen=True)
class Table:
    """Rows of cells; `title` is the sheet's, `more` says that further rows were left out."""

    title: str
    rows: list[list[str]]
    more: bool


def table_of(content: bytes, media: Media) -> Table:
    """The first table in the file.

    Raises:
        Refused: there is none.
    """
    csv.field_size_limit(10_000_000)
    if media is Media.XLSX:
        for title, rows in sheets(content):
            found = _bounded(title, rows)
            if len(found.rows) > 1:
                return found
    elif media in (Media.CSV, Media.TEXT):
        text = decoded(content)
        delimiter = delimiter_of(text)
        if delimiter:
            return _bounded("", csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    raise Refused(Problem.NO_TABLE)


def _bounded(title: str, rows: object) -> Table:
    assert hasattr(rows, "__iter__")
    cut = [[str(cell)[: LONGEST_CELL + 1] for cell in row[: MOST_COLUMNS + 1]] for row in islice(rows, MOST_ROWS + 1)]
    return Table(title, cut[:MOST_ROWS], len(cut) > MOST_ROWS)
