"""The preview (*vista previa*): exactly what a call changes and sends, row by row.

It is no guess: the gate runs the tool, takes down what the session would write, and rolls
back. Its hash covers the arguments, the rows with the versions they had, and the effects;
instants are left out, since the approved run happens later.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.context import Context
from core.stamping import Operation, RowChange

INSTANT: Final = re.compile(r"(?:^|_)at$")  # how fields that hold one are called, every one of them


class RowView(BaseModel):
    """One row of the preview; `before` and `after` hold the business fields that differ."""

    model_config = ConfigDict(frozen=True)

    table: str
    id: UUID
    op: Operation
    version: int
    before: dict[str, Any]
    after: dict[str, Any]


class EffectView(BaseModel):
    """One act outside that would follow, in full."""

    model_config = ConfigDict(frozen=True)

    kind: str
    recipient: str
    subject: str
    body: str


class EventView(BaseModel):
    """One event that would be said."""

    model_config = ConfigDict(frozen=True)

    type: str
    key: UUID | None


class Preview(BaseModel):
    """All that a call would do."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[RowView, ...]
    effects: tuple[EffectView, ...]
    events: tuple[EventView, ...]
    hash: str


def preview_of(args_digest: str, changes: Sequence[RowChange], ctx: Context) -> Preview:
    """The preview of a run that made `changes` and left its effects and events in `ctx`."""
    rows = tuple(
        RowView(table=c.table, id=c.id, op=c.op, version=c.version, before=c.before, after=c.after)
        for c in merged(changes)
    )
    effects = tuple(EffectView(kind=e.kind, recipient=e.recipient, subject=e.subject, body=e.body) for e in ctx.effects)
    events = tuple(EventView(type=e.type, key=e.key) for e in ctx.events)
    # A session flushes the rows that it changed in no order: the hash must not depend on it.
    lasting = sorted((_lasting(row) for row in rows), key=lambda facts: (facts["table"], facts["id"], facts["op"]))
    facts = [args_digest, lasting, [e.model_dump() for e in effects]]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return Preview(rows=rows, effects=effects, events=events, hash=digest)


def merged(changes: Sequence[RowChange]) -> list[RowChange]:
    """Changes with those of one row joined: a row that was flushed twice is one change."""
    found: dict[tuple[str, UUID], RowChange] = {}
    for change in changes:
        key = (change.table, change.id)
        first = found.get(key)
        found[key] = change if first is None else _join(first, change)
    return [c for c in found.values() if c.op != "update" or c.before != c.after]


def _join(first: RowChange, then: RowChange) -> RowChange:
    made = (
        first.op == "insert"
        or (first.op == "delete" and not first.before)
        or (then.op == "insert" and "deleted_at" in first.before)
    )
    gone = then.op == "delete" or (first.op == "delete" and then.op == "update")
    op: Operation = "delete" if gone else "insert" if made else "update"
    before = {} if made else first.before if first.op == "delete" else {**then.before, **first.before}
    after = {} if gone else then.after if then.op == "insert" else {**first.after, **then.after}
    return replace(first, op=op, before=before, after=after)


def _lasting(row: RowView) -> dict[str, Any]:
    facts = row.model_dump(mode="json")
    for side in ("before", "after"):
        facts[side] = {k: v for k, v in facts[side].items() if not INSTANT.search(k)}
    return facts
