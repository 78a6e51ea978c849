"""What changed between two readings of a page: record by record, or line by line."""

from difflib import SequenceMatcher
from typing import Annotated, Final

from pydantic import Field

from engines.contract import Computed, Part, Quoted, operation
from engines.errors import N_, InvalidInput, LimitExceeded

Cell = Quoted | float | int | bool | None | list[Quoted | float | int | bool | None]
Record = dict[str, Cell]
MOST_RECORDS: Final = 100_000
MOST_LINES: Final = 5_000  # the comparison's time may grow with the square
IN_PARTS: Final = N_("compárelo por partes")


class FieldChange(Part):
    """A field of a record that is there both times, with another value."""

    key: Quoted
    field: str
    before: Cell
    after: Cell


class RecordChanges(Computed):
    """Records that came, went and changed, by their key; keys of several fields are joined by ` | `."""

    changed: bool
    added: list[Record]
    removed: list[Record]
    changes: list[FieldChange]
    unchanged: int


class LineChange(Part):
    """Lines that were put in the place of others; `line` is where in the old text, from 1."""

    line: int
    removed: list[Quoted]
    added: list[Quoted]


class TextChanges(Computed):
    """Where two texts differ, and how alike they are, 0 to 1."""

    changed: bool
    similarity: float
    changes: list[LineChange]


@operation(
    "Comparar registros",
    examples=(
        "¿Qué registros son nuevos, han desaparecido o han cambiado entre estas dos lecturas de tarifas?",
        "Compare two extractions: which records were added, removed or changed?",
    ),
)
def diff_records(
    before: Annotated[list[Record], Field(max_length=MOST_RECORDS)],
    after: Annotated[list[Record], Field(max_length=MOST_RECORDS)],
    key: Annotated[list[str], Field(min_length=1, max_length=10)],
) -> RecordChanges:
    """Compare two lists of records by a key: what came, what went, and which fields changed.

    Args:
        before: the records of the earlier reading.
        after: the records of the later reading.
        key: the fields that name a record; no two records of a list share them.

    Raises:
        InvalidInput: a record lacks the key, or two share it.

    Source: relational difference on a candidate key (Codd, CACM 13(6), 1970); a field that is missing counts as None.
    """
    old, new = _by_key(before, key, "before"), _by_key(after, key, "after")
    changes = [
        FieldChange(key=" | ".join(map(str, name)), field=field, before=old[name].get(field), after=record.get(field))
        for name, record in new.items()
        if name in old
        for field in dict.fromkeys([*old[name], *record])
        if not _same(old[name].get(field), record.get(field))
    ]
    added = [record for name, record in new.items() if name not in old]
    removed = [record for name, record in old.items() if name not in new]
    kept = len(new) - len(added)
    return RecordChanges(
        n=len(after), changed=bool(added or removed or changes), added=added, removed=removed, changes=changes,
        unchanged=kept - len({change.key for change in changes}),
    )  # fmt: skip


@operation(
    "Comparar textos por líneas",
    examples=(
        "¿Qué líneas han cambiado entre estas dos versiones de las condiciones?",
        "Which lines changed between these two versions of the terms?",
    ),
)
def diff_text(before: str, after: str) -> TextChanges:
    """Compare two texts line by line, blanks at the ends of lines aside.

    Args:
        before: the earlier text.
        after: the later text.

    Raises:
        LimitExceeded: one of more than 5,000 lines.

    Source: Ratcliff and Obershelp, "Pattern matching: the gestalt approach", Dr. Dobb's Journal (July 1988).
    """
    old, new = ([line.strip() for line in text.splitlines()] for text in (before, after))
    for argument, lines in (("before", old), ("after", new)):
        if len(lines) > MOST_LINES:
            raise LimitExceeded(argument, MOST_LINES, len(lines), IN_PARTS)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changes = [
        LineChange(line=start + 1, removed=old[start:end], added=new[first:last])
        for what, start, end, first, last in matcher.get_opcodes()
        if what != "equal"
    ]
    return TextChanges(
        library="difflib", n=len(new), changed=bool(changes), similarity=matcher.ratio(), changes=changes
    )


def _by_key(records: list[Record], key: list[str], argument: str) -> dict[tuple[str, ...], Record]:
    found: dict[tuple[str, ...], Record] = {}
    for record in records:
        if any(record.get(field) is None for field in key):
            raise InvalidInput(argument, N_("tiene registros sin la clave"))
        name = tuple(str(record[field]) for field in key)
        if name in found:
            raise InvalidInput(argument, N_("tiene dos registros con la misma clave"))
        found[name] = record
    return found


def _same(before: Cell, after: Cell) -> bool:
    # True == 1 for Python; a flag that became a number has changed.
    return before == after and isinstance(before, bool) == isinstance(after, bool)
