"""Data subjects (*interesados*): whom a change is about, read off the tables' own references.

A table is marked once (`table(…, subject=True)`); every column that refers to it names a
data subject, so that no tool has to say whom its rows are about.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from sqlmodel import SQLModel

from core.stamping import RowChange

MOST: Final = 8  # an act about more persons than this is sealed under the tenant's key


def subjects_of(changes: Iterable[RowChange]) -> tuple[str, ...]:
    """The ids of the data subjects that `changes` are about; none if there are too many.

    An entry that is about several can be read only as long as all their keys stand. For an
    import of thousands that would let one erasure close the whole, so such an entry is the
    house's own (ADR 0010).
    """
    found: dict[str, None] = {}
    for change in changes:
        itself, columns = _marks(change.table)
        if itself:
            found[str(change.id)] = None
        for side in (change.before, change.after):
            found.update({str(side[name]): None for name in columns if side.get(name)})
    return tuple(found) if len(found) <= MOST else ()


@cache
def _marks(name: str) -> tuple[bool, tuple[str, ...]]:
    """Whether rows of a table are data subjects, and which of its columns refer to one."""
    table = SQLModel.metadata.tables.get(name)
    if table is None:
        return False, ()
    columns = [
        element.parent.name
        for constraint in table.foreign_key_constraints
        for element in constraint.elements
        if not element.parent.primary_key and _is_subject(element.target_fullname.rpartition(".")[0])
    ]
    return _is_subject(name), tuple(dict.fromkeys(columns))


def _is_subject(name: str) -> bool:
    table = SQLModel.metadata.tables.get(name)
    return table is not None and bool(table.info.get("subject"))
