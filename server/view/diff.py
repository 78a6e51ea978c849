"""The exact changes of a preview, field by field, as an approver reads them.

Insert shows only the new, a deletion is struck through, money shows its difference.
Nothing is left out: ids and audit fields stand folded under each row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.i18n import N_, Locale, translate
from core.records import AUDIT_FIELDS
from server.view.formats import delta_of, is_technical, say
from server.view.labels import field_label, in_order, table_label

NAMING: Final = (
    "policy_number",
    "quote_number",
    "receipt_number",
    "claim_number",
    "number",
    "name",
    "full_name",
    "id_number",
    "plate",
    "subject",
    "label",
    "code",
)
LIMIT: Final = 20  # rows shown one by one; more are grouped by table


@dataclass(frozen=True)
class FieldChange:
    """One field: what it was and what it will be (None where there was or will be no row)."""

    name: str
    label: str
    old: str | None
    new: str | None
    delta: str
    sentence: str
    changed: bool = False  # differs from the preview that an approver saw before


@dataclass(frozen=True)
class RowDiff:
    """One row: the table, what identifies it, its fields, and the technical ones apart."""

    op: str
    table: str
    name: str
    fields: tuple[FieldChange, ...]
    technical: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Group:
    """How many rows of a table are inserted, updated or deleted, when there are many."""

    table: str
    op: str
    count: int


@dataclass(frozen=True)
class Diff:
    """The whole preview for the eye; `rest` are the rows that stand folded below the first ones."""

    rows: tuple[RowDiff, ...]
    groups: tuple[Group, ...]
    count: int
    rest: tuple[RowDiff, ...] = ()


def _naming(row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in NAMING if row.get(name)), "")


def _sentence(label: str, old: str | None, new: str | None, delta: str, locale: Locale) -> str:
    if old is None:
        return translate(N_("{label}, nuevo: {new}"), locale, label=label, new=new)
    if new is None:
        return translate(N_("{label}, antes {old}, se elimina"), locale, label=label, old=old)
    said = translate(N_("{label}, antes {old}, después {new}"), locale, label=label, old=old, new=new)
    return f"{said}, {delta}" if delta else said


def _field(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, locale: Locale) -> FieldChange:
    label = field_label(name, locale)
    old = None if before is None else say(name, before.get(name), locale)
    new = None if after is None else say(name, after.get(name), locale)
    both = before is not None and after is not None
    delta = delta_of(name, (before or {}).get(name), (after or {}).get(name), locale) if both else ""
    return FieldChange(name, label, old, new, delta, _sentence(label, old, new, delta, locale))


def _touched(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    if before is not None and after is not None:
        return in_order(name for name in {**before, **after} if before.get(name) != after.get(name))
    whole = (after if before is None else before) or {}
    return in_order(name for name, value in whole.items() if value not in (None, "", [], {}))


def row_diff(row: Mapping[str, Any], locale: Locale) -> RowDiff:
    """The diff of one row change `{table, op, before, after}`."""
    before = row.get("before") if row["op"] != "insert" else None
    after = row.get("after") if row["op"] != "delete" else None
    fields: list[FieldChange] = []
    technical: list[FieldChange] = []
    for name in _touched(before, after):
        change = _field(name, before, after, locale)
        value = {**(before or {}), **(after or {})}.get(name)
        (technical if name in AUDIT_FIELDS or is_technical(value) else fields).append(change)
    return RowDiff(
        row["op"],
        table_label(row["table"], locale),
        _naming({**(before or {}), **(after or {})}),
        tuple(fields),
        tuple(technical),
    )


def diff_of(rows: Sequence[Mapping[str, Any]], locale: Locale) -> Diff:
    """The diff of all rows; beyond twenty they are counted by table, and the rest is folded."""
    groups: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (table_label(row["table"], locale), row["op"])
        groups[key] = groups.get(key, 0) + 1
    counted = tuple(Group(table, op, count) for (table, op), count in groups.items())
    return Diff(
        tuple(row_diff(row, locale) for row in rows[:LIMIT]),
        counted if len(rows) > LIMIT else (),
        len(rows),
        tuple(row_diff(row, locale) for row in rows[LIMIT:]),
    )


def marked(new: Diff, old: Diff) -> Diff:
    """`new` with the fields marked that the former preview `old` showed otherwise."""
    seen = {
        (row.table, row.op, change.name, change.new, change.old)
        for row in (*old.rows, *old.rest)
        for change in row.fields
    }

    def mark(row: RowDiff) -> RowDiff:
        fields = tuple(
            FieldChange(
                c.name,
                c.label,
                c.old,
                c.new,
                c.delta,
                c.sentence,
                (row.table, row.op, c.name, c.new, c.old) not in seen,
            )
            for c in row.fields
        )
        return RowDiff(row.op, row.table, row.name, fields, row.technical)

    return Diff(tuple(map(mark, new.rows)), new.groups, new.count, tuple(map(mark, new.rest)))
