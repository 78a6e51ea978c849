"""The relay (*repartidor*): publishes events, performs effects, keeps jobs and audit going.

It publishes after the commit and at least once: a crash between publishing and marking makes
a duplicate, which consumers' inboxes absorb; `core.effects.sending` says how effects leave.
Valkey is a cache of the outbox and never the record: when it has lost its memory, what
consumers have not confirmed is published again.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event
from typing import Any, Final

import psycopg
import redis
import structlog
from psycopg.rows import dict_row
from sqlalchemy.exc import SQLAlchemyError

from core.audit.log import AuditLog
from core.database import Database
from core.effects import Performer
from core.effects.sending import Sender, enlist
from core.errors import AitError
from core.identifiers import new_id
from core.inbox import trim
from core.jobs import Jobs
from core.outbox import TOPICS

TICK_SECONDS: Final = 0.2
PAUSE_SECONDS: Final = 2.0  # after a failure
TIDY_SECONDS: Final = 60.0
BATCH: Final = 200
PUBLISHING: Final = 0x41495403  # one relay publishes at a time, so that order holds
MEMORY: Final = "ait:relay:memory"  # gone when Valkey has forgotten

EVENTS: Final = """
SELECT tenant_id, id, topic, type, key, agg_seq, payload, labels, entry_id, created_at
FROM soriano_platform.outbox WHERE kind = 'event' AND state = 'pending'
ORDER BY agg_seq LIMIT %s FOR UPDATE SKIP LOCKED
"""
PUBLISHED: Final = """
UPDATE soriano_platform.outbox o SET state = 'sent', published_at = clock_timestamp(), attempts = attempts + 1,
  error = NULL, provider_ref = s.ref
FROM unnest(%s::uuid[], %s::text[]) AS s (id, ref) WHERE o.id = s.id
"""
FORGOTTEN: Final = """
UPDATE soriano_platform.outbox o SET state = 'pending' WHERE o.kind = 'event' AND o.state = 'sent' AND EXISTS (
  SELECT 1 FROM soriano_platform.consumer c WHERE c.topic = o.topic AND c.since <= o.created_at
  AND NOT EXISTS (SELECT 1 FROM soriano_platform.inbox i
                  WHERE i.tenant_id = o.tenant_id AND i.consumer = c.name AND i.event_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM soriano_platform.dead_letter d
                  WHERE d.tenant_id = o.tenant_id AND d.consumer = c.name AND d.event_id = o.id))
"""
LAG: Final = """
SELECT kind || '_' || state AS name, count(*) AS many FROM soriano_platform.outbox WHERE state <> 'sent' GROUP BY 1
"""
FAILURES: Final = (psycopg.Error, SQLAlchemyError, redis.RedisError, AitError)
log = structlog.get_logger("relay")


@dataclass
class Relay:
    """One relay. Several may run: each row is taken by one of them.

    Args:
        database: its `ait_relay` login sees the outbox and the jobs, nothing else.
        valkey_url: where streams and queues live.
        performers: who performs which kind of effect.
        audit: the log whose waiting entries it has integrated.
        jobs: the queue that it sweeps.
    """

    database: Database
    valkey_url: str
    performers: Mapping[str, Performer]
    audit: AuditLog
    jobs: Jobs
    _tidy_at: float = field(default=0.0, init=False)
    _opened: "psycopg.Connection[dict[str, Any]] | None" = field(default=None, init=False)
    _number: int = field(default=0, init=False)

    @cached_property
    def _valkey(self) -> redis.Redis:
        return redis.Redis.from_url(self.valkey_url)

    @property
    def _connection(self) -> "psycopg.Connection[dict[str, Any]]":
        if self._opened is None or self._opened.closed or self._opened.broken:
            self._opened = psycopg.connect(self.database.relay_url, autocommit=True, row_factory=dict_row)
            self._number = enlist(self._opened)
        return self._opened

    def close(self) -> None:
        """Close its connections."""
        if self._opened is not None:
            self._opened.close()
        if "_valkey" in self.__dict__:
            self._valkey.close()

    def run_forever(self, stop: Event) -> None:
        """Work until `stop` is set. What fails is logged and tried again."""
        while not stop.is_set():
            try:
                pause = 0.0 if self.run_once() >= BATCH else TICK_SECONDS
            except FAILURES:
                pause = PAUSE_SECONDS
            stop.wait(pause)
        self.close()

    def run_once(self) -> int:
        """One pass over everything; how many rows went out, into the tree or into the queue.

        A part that fails does not keep the others from their work; the first failure is
        raised in the end.
        """
        done, failed = 0, None
        for part in (self.integrate, self.remember, self.publish, self.perform, self.sweep, self.tidy):
            try:
                done += part()
            except FAILURES as error:
                log.warning("relay_failed", part=part.__name__, error=str(error))
                failed = failed or error
        if failed:
            raise failed
        return done

    def sweep(self) -> int:
        """Give jobs that are due their place in the queue; how many."""
        return self.jobs.sweep(self._connection)

    def tidy(self) -> int:
        """Now and then, drop from the streams what everybody has handled; never counted as work."""
        if time.monotonic() > self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_SECONDS
            for topic in TOPICS:
                trim(self._valkey, topic)
        return 0

    def integrate(self) -> int:
        """A pass of the audit's sequencer, told on `audit-events` if it found something."""
        count = self.audit.integrate()
        if count:
            self._valkey.xadd("audit-events", {"type": "audit.integrated", "entries": count}, maxlen=10000)
        return count

    def remember(self) -> int:
        """If Valkey has lost its memory, put back jobs and what consumers never confirmed; how many."""
        if not self._valkey.set(MEMORY, str(new_id()), nx=True):
            return 0
        with self._connection.transaction():
            count = self._connection.execute(FORGOTTEN).rowcount
        count += self.jobs.sweep(self._connection, everything=True)
        if count:
            log.warning("put_back", rows=count)
        return count

    def publish(self) -> int:
        """Put waiting events on their streams, in order; how many."""
        connection = self._connection
        with connection.transaction():
            row = connection.execute("SELECT pg_try_advisory_xact_lock(%s) AS mine", (PUBLISHING,)).fetchone()
            if row is None or not row["mine"]:
                return 0
            events = connection.execute(EVENTS, (BATCH,)).fetchall()
            if not events:
                return 0
            pipeline = self._valkey.pipeline(transaction=False)
            for event in events:
                pipeline.xadd(event["topic"], {"event": json.dumps(event, default=str, ensure_ascii=False)})
            refs = [ref.decode() for ref in pipeline.execute()]
            connection.execute(PUBLISHED, ([event["id"] for event in events], refs))
            return len(events)

    def perform(self) -> int:
        """Send the effects that are due, and settle those whose outcome is unknown; how many left."""
        connection = self._connection
        return Sender(self.performers, connection, self._number).run()

    def lag(self) -> Mapping[str, int]:
        """How many rows wait, by kind and state: what health pages and metrics show."""
        rows = self._connection.execute(LAG).fetchall()
        return {row["name"]: row["many"] for row in rows}
