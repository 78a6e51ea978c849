"""Sending: an effect goes from its row to the other side, once.

    pending ─claim─> sending ─act─> sent
       ^                ├─ did not leave, again later ─> pending (failed, after so many tries)
       │                ├─ refused ─> failed
       │                └─ cannot tell, or the sender died ─> unknown
       └──────────── not there, or may be asked again ────────┘

The claim is committed before the act, so that a crash leaves a trace of it, and no
transaction stays open while the other side thinks. Who claimed is known by an advisory
lock that its connection holds: PostgreSQL gives it back when that process dies, and its
rows are then nobody's, with an unknown outcome.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import structlog

from core.effects.performer import NotSent, Order, Performer, Refused, Standing
from core.errors import AitError
from core.i18n import N_, translate

MOST_ATTEMPTS: Final = 8
FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 3600.0
PASS_SECONDS: Final = 5.0  # events must not wait for ever behind a mail server that is slow
SENDERS: Final = 0x41495404  # class of the senders' advisory locks
UNKNOWN_KIND: Final = N_("nadie sabe realizar efectos de tipo «{kind}»")
SENDER_LOST: Final = N_("el proceso que lo enviaba se interrumpió")
UNKNOWN: Final = N_("No se sabe si salió: {reason}")

WAITING_KINDS: Final = """
SELECT DISTINCT type FROM soriano_platform.outbox WHERE kind = 'effect' AND state IN ('pending', 'unknown')
"""
EXPLAIN: Final = """
UPDATE soriano_platform.outbox SET error = %s
WHERE kind = 'effect' AND state = 'pending' AND type = %s AND error IS DISTINCT FROM %s
"""
# Effects of one kind about one record leave in order: whoever is behind one that has not ended waits.
NEXT: Final = """
SELECT o.tenant_id, o.id, o.type, o.payload, o.attempts FROM soriano_platform.outbox o
WHERE o.kind = 'effect' AND o.state = 'pending' AND o.next_at <= clock_timestamp() AND o.type = ANY(%s)
  AND NOT EXISTS (
    SELECT 1 FROM soriano_platform.outbox e
    WHERE e.tenant_id = o.tenant_id AND e.key = o.key AND e.kind = 'effect' AND e.type = o.type
      AND e.agg_seq < o.agg_seq AND e.state IN ('pending', 'sending', 'unknown', 'held'))
ORDER BY o.agg_seq LIMIT 1 FOR UPDATE OF o SKIP LOCKED
"""
CLAIM: Final = """
UPDATE soriano_platform.outbox SET state = 'sending', attempts = attempts + 1, sender = %(sender)s, error = NULL,
  provider_ref = %(ref)s WHERE tenant_id = %(tenant_id)s AND id = %(id)s
"""
# What this very attempt found out: nothing is overwritten that somebody else has settled meanwhile.
MARK: Final = """
UPDATE soriano_platform.outbox SET state = %(state)s, error = %(error)s, provider_ref = coalesce(%(ref)s, provider_ref),
  published_at = CASE WHEN %(state)s = 'sent' THEN clock_timestamp() END,
  next_at = clock_timestamp() + make_interval(secs => %(wait)s), attempts = attempts - %(uncounted)s
WHERE tenant_id = %(tenant_id)s AND id = %(id)s AND attempts = %(attempts)s AND sender = %(sender)s
  AND state IN ('sending', 'unknown')
"""
LOST: Final = """
UPDATE soriano_platform.outbox o SET state = 'unknown', error = %s, next_at = clock_timestamp()
WHERE o.kind = 'effect' AND o.state = 'sending' AND NOT EXISTS (
  SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.classid = %s::bigint::oid
    AND l.objid = o.sender::bigint::oid AND l.granted)
RETURNING o.id
"""
DOUBTFUL: Final = """
UPDATE soriano_platform.outbox o SET next_at = clock_timestamp() + make_interval(secs => %s) FROM (
  SELECT tenant_id, id FROM soriano_platform.outbox
  WHERE kind = 'effect' AND state = 'unknown' AND next_at <= clock_timestamp() AND type = ANY(%s)
  ORDER BY agg_seq LIMIT 1 FOR UPDATE SKIP LOCKED
) n WHERE o.tenant_id = n.tenant_id AND o.id = n.id
RETURNING o.tenant_id, o.id, o.type, o.payload, o.attempts, o.sender
"""
Connection = psycopg.Connection[dict[str, Any]]
log = structlog.get_logger("effects")


def enlist(connection: Connection) -> int:
    """A sender's number, held by this connection's lock for as long as it lives."""
    while True:
        number = secrets.randbelow(2**31)
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s) AS got", (SENDERS, number)).fetchone()
        if row and row["got"]:
            return number


def backoff(attempts: int) -> float:
    """Seconds until the next try: 5, 20, 80, 320, 1,280, then an hour."""
    return min(LONGEST_WAIT, FIRST_WAIT * 4.0 ** (max(attempts, 1) - 1))


@dataclass(frozen=True)
class Attempt:
    """One try at one effect; who tries and its `number` fence it against another."""

    row: Mapping[str, Any]
    sender: int
    number: int
    performer: Performer
    order: Order

    @property
    def place(self) -> dict[str, Any]:
        """Where its row is."""
        return {
            "tenant_id": self.row["tenant_id"],
            "id": self.row["id"],
            "attempts": self.number,
            "sender": self.sender,
        }


@dataclass(frozen=True)
class Sender:
    """Sends through `performers`, over a connection of the role `ait_relay` that `number` is enlisted on."""

    performers: Mapping[str, Performer]
    connection: Connection
    number: int

    def run(self) -> int:
        """Find lost senders' rows, settle what can be, send what is due; how many were found to have left."""
        deadline = time.monotonic() + PASS_SECONDS
        self.bury_senders()
        ready = self.ready()
        count = sum(self.reconcile(attempt) for attempt in self._until(deadline, self._doubtful(ready)))
        return count + sum(self.send(attempt) for attempt in self._until(deadline, self._due(ready)))

    def bury_senders(self) -> int:
        """Rows whose sender died become unknown; how many."""
        lost = self.connection.execute(LOST, (_unknown(SENDER_LOST), SENDERS)).fetchall()
        for row in lost:
            log.warning("sender_lost", id=str(row["id"]))
        return len(lost)

    def ready(self) -> list[str]:
        """The kinds whose performers are ready; rows of the others are told why they wait."""
        ready: list[str] = []
        for kind in [row["type"] for row in self.connection.execute(WAITING_KINDS).fetchall()]:
            performer = self.performers.get(kind)
            missing = performer.missing if performer else translate(UNKNOWN_KIND, "es", kind=kind)
            if missing:
                self.connection.execute(EXPLAIN, (missing, kind, missing))
            else:
                ready.append(kind)
        return ready

    def send(self, attempt: Attempt) -> int:
        """Perform a claimed effect and mark what came of it; 1 if it left."""
        try:
            ref = attempt.performer.perform(attempt.order)
        except Refused as error:
            self._mark(attempt, "failed", error=error)
        except NotSent as error:
            last = error.counts and attempt.number >= MOST_ATTEMPTS
            wait = error.retry_after if error.retry_after is not None else backoff(attempt.number)
            state = "failed" if last else "pending"
            self._mark(attempt, state, error=error, wait=min(wait, LONGEST_WAIT), uncounted=not error.counts)
        except Exception as error:  # noqa: BLE001 — whatever it was, it may have left before
            self._mark(attempt, "unknown", error=error, wait=backoff(attempt.number))
        else:
            self._mark(attempt, "sent", ref=ref)
            return 1
        return 0

    def reconcile(self, attempt: Attempt) -> int:
        """Settle an unknown outcome: by looking, or by asking again what may be asked twice; 1 if it had left."""
        standing = self._look_up(attempt)
        if standing == "sent":
            self._mark(attempt, "sent")
            return 1
        again = attempt.performer.idempotent and attempt.number < MOST_ATTEMPTS
        if standing == "absent" or again:
            self._mark(attempt, "pending", error=None)
        return 0

    def _look_up(self, attempt: Attempt) -> Standing:
        try:
            return attempt.performer.look_up(attempt.order)
        except Exception as error:  # noqa: BLE001 — who can't be asked now is asked again later
            log.warning("look_up_failed", id=str(attempt.order.id), error=repr(error))
            return "unknown"

    def _due(self, ready: list[str]) -> Iterator[Attempt]:
        """Effects that are due, each claimed in a transaction of its own."""
        while ready:
            with self.connection.transaction():
                row = self.connection.execute(NEXT, (ready,)).fetchone()
                if row is None:
                    return
                attempt = self._attempt(row, self.number, row["attempts"] + 1)
                try:
                    ref = attempt.performer.reference(attempt.order)
                except Refused as error:
                    self.connection.execute(CLAIM, {**attempt.place, "ref": None})
                    self._mark(attempt, "failed", error=error)
                    continue
                self.connection.execute(CLAIM, {**attempt.place, "ref": ref})
            yield attempt

    def _doubtful(self, ready: list[str]) -> Iterator[Attempt]:
        """Effects whose outcome is unknown and that are due for a look."""
        while ready:
            row = self.connection.execute(DOUBTFUL, (LONGEST_WAIT / 12, ready)).fetchone()
            if row is None:
                return
            yield self._attempt(row, row["sender"], row["attempts"])

    def _attempt(self, row: Mapping[str, Any], sender: int, number: int) -> Attempt:
        return Attempt(row, sender, number, self.performers[row["type"]], Order.read(row["id"], row["payload"]))

    @staticmethod
    def _until(deadline: float, attempts: Iterator[Attempt]) -> Iterator[Attempt]:
        for attempt in attempts:
            yield attempt
            if time.monotonic() > deadline:
                return

    def _mark(
        self,
        attempt: Attempt,
        state: str,
        *,
        error: Exception | None = None,
        ref: str | None = None,
        wait: float = 0.0,
        uncounted: bool = False,
    ) -> None:
        told = str(error) if isinstance(error, AitError) else repr(error) if error else None
        if state == "unknown" and told:
            told = _unknown(told)
        values = {
            **attempt.place,
            "state": state,
            "error": told[:500] if told else None,
            "ref": ref,
            "wait": wait,
            "uncounted": int(uncounted),
        }
        self.connection.execute(MARK, values)
        if error is not None:
            kind = type(error).__name__
            log.warning("effect_not_sent", id=str(attempt.order.id), kind=attempt.row["type"], state=state, error=kind)


def _unknown(reason: str) -> str:
    return translate(UNKNOWN, "es", reason=translate(reason, "es"))
