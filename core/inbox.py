"""The inbox (*bandeja de entrada*): an event is handled once, in order by the record it is about.

Streams deliver at least once, and after a loss of memory in any order. A consumer notes each
event in the same transaction as what it does with it, so a second delivery finds it done,
and leaves one alone that comes before its turn. An event that keeps failing becomes a
dead letter, and later events about the same record wait behind it; others go on.

Run one consumer a group: two would share the work, but not keep the order.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import redis
import structlog
from sqlalchemy import text
from sqlmodel import Session

from core.database import Database
from core.errors import AitError, OutsideUnavailable, TooManyRequests
from core.outbox import Topic

HOUSE: Final = UUID(int=0)
READER: Final = "reader"  # one name a group, so that a new process finds what an old one left
MOST_ATTEMPTS: Final = 5
BATCH: Final = 100

REGISTER: Final = text(
    "INSERT INTO soriano_platform.consumer (name, topic) VALUES (:name, :topic) ON CONFLICT DO NOTHING"
)
SINCE: Final = text("SELECT since FROM soriano_platform.consumer WHERE name = :name AND topic = :topic")
NOTE: Final = text(
    "INSERT INTO soriano_platform.inbox (tenant_id, consumer, event_id) VALUES (:tenant_id, :consumer, :id)"
    " ON CONFLICT DO NOTHING"
)
BEHIND: Final = text(
    "SELECT event_id FROM soriano_platform.dead_letter WHERE tenant_id = :tenant_id AND consumer = :consumer"
    " AND (event_id = :id OR (key = :key AND (event ->> 'agg_seq')::bigint < :agg_seq)) LIMIT 1"
)
# However a stream was shuffled: what came before about the same record, and is not handled yet.
EARLIER: Final = text(
    "SELECT EXISTS (SELECT 1 FROM soriano_platform.outbox o WHERE o.tenant_id = :tenant_id AND o.key = :key"
    " AND o.agg_seq < :agg_seq AND o.kind = 'event' AND o.topic = :topic AND o.created_at >= :since"
    " AND NOT EXISTS (SELECT 1 FROM soriano_platform.inbox i"
    "   WHERE i.tenant_id = o.tenant_id AND i.consumer = :consumer AND i.event_id = o.id)"
    " AND NOT EXISTS (SELECT 1 FROM soriano_platform.dead_letter d"
    "   WHERE d.tenant_id = o.tenant_id AND d.consumer = :consumer AND d.event_id = o.id))"
)
BURY: Final = text(
    "INSERT INTO soriano_platform.dead_letter"
    " (tenant_id, consumer, event_id, topic, key, event, error, attempts)"
    " VALUES (:tenant_id, :consumer, :id, :topic, :key, CAST(:event AS jsonb), :error, :attempts)"
    " ON CONFLICT (tenant_id, consumer, event_id) DO UPDATE SET error = excluded.error,"
    " attempts = dead_letter.attempts + 1, last_at = clock_timestamp()"
)
DEAD: Final = text(
    "SELECT event FROM soriano_platform.dead_letter WHERE tenant_id = :tenant_id AND consumer = :consumer"
    " AND (event_id = :id OR key = (SELECT key FROM soriano_platform.dead_letter"
    "   WHERE tenant_id = :tenant_id AND consumer = :consumer AND event_id = :id))"
    " ORDER BY (event ->> 'agg_seq')::bigint"
)
RAISE: Final = text(
    "DELETE FROM soriano_platform.dead_letter WHERE tenant_id = :tenant_id AND consumer = :consumer AND event_id = :id"
)
log = structlog.get_logger("inbox")


@dataclass(frozen=True)
class Message:
    """An event as a consumer gets it; `agg_seq` rises with each event about `key`."""

    id: UUID
    tenant_id: UUID
    topic: str
    type: str
    key: UUID | None
    agg_seq: int
    payload: Mapping[str, Any]
    labels: Mapping[str, Any]
    created_at: datetime

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> "Message":
        """The message in an outbox row's JSON."""
        return cls(
            UUID(event["id"]),
            UUID(event["tenant_id"]),
            event["topic"],
            event["type"],
            UUID(event["key"]) if event["key"] else None,
            event["agg_seq"],
            event["payload"],
            event["labels"],
            datetime.fromisoformat(event["created_at"]),
        )


Handler = Callable[[Session, Message], None]


@dataclass
class Consumer:
    """One group that reads a topic and handles each event once.

    Args:
        database: the handler works in a transaction of the event's tenant.
        valkey: where the streams are.
        topic: what it reads.
        name: the group; its inbox bears it.
        handler: does the work through the session it gets, and nothing outside it.
    """

    database: Database
    valkey: redis.Redis
    topic: Topic
    name: str
    handler: Handler
    _since: datetime | None = field(default=None, init=False)

    def run_once(self, block_ms: int | None = None) -> int:
        """Handle what was left and what is new; how many events were handled for the first time."""
        self._register()
        failed: set[tuple[UUID, UUID | None]] = set()
        return sum(self._take(ref, event, failed) for ref, event in self._deliveries(block_ms))

    def _register(self) -> None:
        if self._since is None:
            place = {"name": self.name, "topic": self.topic}
            with self.database.transaction(None) as session:
                session.connection().execute(REGISTER, place)
                self._since = session.connection().execute(SINCE, place).scalar_one()
        try:
            self.valkey.xgroup_create(self.topic, self.name, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _deliveries(self, block_ms: int | None) -> Iterator[tuple[bytes, bytes]]:
        """What this group was given before and never confirmed, in order; then what is new."""
        last: bytes | str = "0"
        while last != ">":
            entries = self._read(last, None)
            yield from entries
            last = entries[-1][0] if entries else ">"
        yield from self._read(">", block_ms)

    def _read(self, last: bytes | str, block_ms: int | None) -> list[tuple[bytes, bytes]]:
        found: Any = self.valkey.xreadgroup(self.name, READER, {self.topic: last}, count=BATCH, block=block_ms)
        entries = [entry for _, stream in found or () for entry in stream]
        gone = [ref for ref, fields in entries if not fields]  # trimmed from the stream meanwhile
        if gone:
            self.valkey.xack(self.topic, self.name, *gone)
        return [(ref, fields.get(b"event", b"")) for ref, fields in entries if fields]

    def _take(self, ref: bytes, event: bytes, failed: set[tuple[UUID, UUID | None]]) -> int:
        if not event:  # told to people who look on, such as audit.integrated; there is nothing to handle
            self.valkey.xack(self.topic, self.name, ref)
            return 0
        message = Message.read(json.loads(event))
        about = (message.tenant_id, message.key)
        if message.key is not None and about in failed:
            return 0  # waits for its turn behind one that failed in this pass
        done: int | None = 0
        if self._since is None or message.created_at >= self._since:
            try:
                done = self._handle(message, json.loads(event))
            except Exception as error:  # noqa: BLE001 — any fault of a handler is retried, then buried with its cause
                attempts = self._attempts(ref)
                if attempts < MOST_ATTEMPTS and not _hopeless(error):
                    failed.add(about)
                    log.warning("event_failed", consumer=self.name, id=str(message.id), error=repr(error))
                    return 0
                self._bury(message, json.loads(event), repr(error), attempts)
        if done is None:
            return 0  # it stays pending; the one before it may come later in this very pass
        self.valkey.xack(self.topic, self.name, ref)
        return done

    def _attempts(self, ref: bytes) -> int:
        found: Any = self.valkey.xpending_range(self.topic, self.name, ref, ref, 1)
        return int(found[0]["times_delivered"]) if found else 1

    def _handle(self, message: Message, event: Mapping[str, Any]) -> int | None:
        """Handle it in its transaction: 1, or 0 if there was nothing to do; None if it is not its turn yet."""
        place = self._place(message)
        with self._transaction(message.tenant_id) as session:
            behind = (
                session.connection().execute(BEHIND, {**place, "key": message.key, "agg_seq": message.agg_seq}).scalar()
            )
            if behind is not None and behind != message.id:
                self._bury(message, event, f"behind {behind}", 0)
                return 0
            if behind is not None or not session.connection().execute(NOTE, place).rowcount:
                return 0
            if message.key is not None:
                about = {"key": message.key, "agg_seq": message.agg_seq, "topic": message.topic, "since": self._since}
                if session.connection().execute(EARLIER, {**place, **about}).scalar():
                    session.rollback()
                    return None
            self.handler(session, message)
        return 1

    def _bury(self, message: Message, event: Mapping[str, Any], error: str, attempts: int) -> None:
        log.error("dead_letter", consumer=self.name, id=str(message.id), type=message.type, error=error)
        values = {
            **self._place(message),
            "topic": message.topic,
            "key": message.key,
            "event": json.dumps(event),
            "error": error[:500],
            "attempts": attempts,
        }
        with self._transaction(message.tenant_id) as session:
            session.connection().execute(BURY, values)

    def replay(self, tenant_id: UUID, event_id: UUID) -> int:
        """Handle a dead letter again, then those that wait behind it; how many were handled.

        It stops, and raises what the handler raised, at the first that fails again.
        """
        place = {"tenant_id": tenant_id, "consumer": self.name, "id": event_id}
        with self._transaction(tenant_id) as session:
            events = [row[0] for row in session.connection().execute(DEAD, place)]
        for event in events:
            message = Message.read(event)
            with self._transaction(tenant_id) as session:
                session.connection().execute(RAISE, self._place(message))
                if session.connection().execute(NOTE, self._place(message)).rowcount:
                    self.handler(session, message)
        return len(events)

    def _place(self, message: Message) -> dict[str, Any]:
        return {"tenant_id": message.tenant_id, "consumer": self.name, "id": message.id}

    def _transaction(self, tenant_id: UUID) -> Any:
        return self.database.transaction(None if tenant_id == HOUSE else tenant_id)


def _hopeless(error: Exception) -> bool:
    """Whether trying again can't help: a refusal of ours that is not about being unavailable."""
    return isinstance(error, AitError) and not isinstance(error, OutsideUnavailable | TooManyRequests)


def trim(valkey: redis.Redis, topic: Topic, keep: int = 10_000) -> int:
    """Drop what every group of `topic` has confirmed, but for the last `keep`; how many entries."""
    if not valkey.exists(topic):
        return 0
    groups: Any = valkey.xinfo_groups(topic)
    last = valkey.xinfo_stream(topic)["last-generated-id"]
    if any(group["pending"] or group["last-delivered-id"] != last for group in groups):
        return 0
    return int(valkey.xtrim(topic, maxlen=keep, approximate=True))
