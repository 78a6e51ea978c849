"""The outbox (*bandeja de salida*): events to tell and effects to perform, as rows.

They are written in the transaction of the call that caused them, so that both happen or
neither does. The relay (`core.relay`) publishes and performs them after the commit.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Connection

from core.context import Effect, Event
from core.identifiers import new_id

Topic: TypeAlias = Literal["module-events", "agent-events", "system-events", "audit-events", "analytics-events"]
TOPICS: Final[tuple[Topic, ...]] = (
    "module-events",
    "agent-events",
    "system-events",
    "audit-events",
    "analytics-events",
)
EFFECTS: Final = "effects"

# All rows in one JSON text, so that the statement is the same for any number of rows and
# PostgreSQL plans it once; with none it inserts nothing.
INSERT: Final = """
INSERT INTO soriano_platform.outbox (tenant_id, id, kind, topic, type, key, payload, labels, entry_id)
SELECT %(tenant)s, o.id, o.kind, o.topic, o.type, o.key, o.payload, o.labels, %(entry)s
FROM ROWS FROM (jsonb_to_recordset(%(rows)s::jsonb)
                AS (id uuid, kind text, topic text, type text, key uuid, payload jsonb, labels jsonb))
     WITH ORDINALITY AS o (id, kind, topic, type, key, payload, labels, place)
ORDER BY o.place
"""


@dataclass(frozen=True)
class OutboxRow:
    """One event or effect on its way out. `key` is the record it is about: order holds by key."""

    kind: Literal["event", "effect"]
    topic: str
    type: str
    key: UUID | None
    payload: Mapping[str, Any]
    labels: Mapping[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=new_id)


def topic_of(type: str) -> Topic:
    """The topic of an event by the noun it begins with: `agent.…`, `system.…`, else a module's."""
    name = f"{type.partition('.')[0]}-events"
    return next((topic for topic in TOPICS if topic == name), "module-events")


def of_event(event: Event, labels: Mapping[str, Any] | None = None) -> OutboxRow:
    """The row that tells `event`."""
    return OutboxRow("event", topic_of(event.type), event.type, event.key, event.payload, labels or {})


def of_effect(effect: Effect, labels: Mapping[str, Any] | None = None) -> OutboxRow:
    """The row that asks for `effect`."""
    payload = {
        "recipient": effect.recipient,
        "subject": effect.subject,
        "body": effect.body,
        "extra": dict(effect.extra),
    }
    return OutboxRow("effect", EFFECTS, effect.kind, effect.key, payload, labels or {})


def parameters(tenant_id: UUID, entry_id: UUID | None, rows: Sequence[OutboxRow]) -> dict[str, Any]:
    """The parameters of `INSERT`."""
    # Dates, decimals and ids become the text that they print as.
    said = json.dumps([vars(row) for row in rows], default=str, ensure_ascii=False) if rows else "[]"
    return {"tenant": tenant_id, "entry": entry_id, "rows": said}


def write(connection: Connection, tenant_id: UUID, rows: Sequence[OutboxRow]) -> None:
    """Put `rows` into the outbox of the transaction; the gate does it with the audit entry at once."""
    if rows:
        connection.exec_driver_sql(INSERT, parameters(tenant_id, None, rows))
