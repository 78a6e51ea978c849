"""Jobs (*trabajos*): tool calls to run later. A row first, then a place in RQ's queue.

The row is the job; the queue in Valkey only says whose turn it is. A job that Valkey has
forgotten is put back by the sweep, and one whose worker died is taken again once its lease
is over. Running a job twice is harmless: claiming it is atomic, and the gate knows its
idempotency key.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Event
from typing import Any, Final
from uuid import UUID

import psycopg
import redis
import structlog
from psycopg.rows import dict_row
from rq import Queue, SimpleWorker
from rq.job import Job as QueuedJob
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from sqlalchemy import text
from sqlmodel import Session

from core.context import Actor
from core.database import Database
from core.errors import AitError, ApprovalRequired, OutsideUnavailable, TooManyRequests
from core.later import submit

QUEUE: Final = "ait"
FUNCTION: Final = "core.jobs.perform"
PLACE_SECONDS: Final = 30  # how long a place in the queue is believed in
LEASE_SECONDS: Final = 900  # how long a worker may take
MOST_ATTEMPTS: Final = 5
BATCH: Final = 200

DUE: Final = """
UPDATE soriano_platform.job j SET lease_until = clock_timestamp() + make_interval(secs => %(place)s) FROM (
  SELECT tenant_id, id FROM soriano_platform.job
  WHERE state = 'queued' AND run_at <= clock_timestamp()
    AND (%(all)s OR lease_until IS NULL OR lease_until < clock_timestamp())
  ORDER BY run_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
) due WHERE j.tenant_id = due.tenant_id AND j.id = due.id RETURNING j.tenant_id, j.id, j.attempts
"""
ORPHANED: Final = """
UPDATE soriano_platform.job SET lease_until = NULL, error = 'worker lost',
  state = CASE WHEN attempts < %s THEN 'queued' ELSE 'failed' END
WHERE state = 'running' AND lease_until < clock_timestamp()
"""
CLAIM: Final = text(
    "UPDATE soriano_platform.job SET state = 'running', attempts = attempts + 1, started_at = clock_timestamp(),"
    " lease_until = clock_timestamp() + make_interval(secs => :lease)"
    " WHERE tenant_id = :tenant_id AND id = :id AND state = 'queued' AND run_at <= clock_timestamp()"
    " RETURNING tenant_id, id, tool, args, actor, idempotency_key, attempts, state, error, created_at, finished_at"
)
FINISH: Final = text(
    "UPDATE soriano_platform.job SET state = :state, error = :error, finished_at = clock_timestamp(),"
    " lease_until = NULL WHERE tenant_id = :tenant_id AND id = :id AND state = 'running'"
)
AGAIN: Final = text(
    "UPDATE soriano_platform.job SET state = 'queued', error = :error, lease_until = NULL,"
    " run_at = clock_timestamp() + make_interval(secs => :wait)"
    " WHERE tenant_id = :tenant_id AND id = :id AND state = 'running'"
)
SHOW: Final = text(
    "SELECT tenant_id, id, tool, args, actor, idempotency_key, attempts, state, error, created_at, finished_at"
    " FROM soriano_platform.job WHERE (CAST(:id AS uuid) IS NULL OR id = CAST(:id AS uuid))"
    " ORDER BY id DESC LIMIT :limit"
)
log = structlog.get_logger("jobs")


@dataclass(frozen=True)
class JobRow:
    """A job. `actor` names the user and the agent; who they are today is looked up when it runs."""

    tenant_id: UUID
    id: UUID
    tool: str
    args: Mapping[str, Any]
    actor: Mapping[str, Any]
    idempotency_key: str
    attempts: int
    state: str
    error: str | None
    created_at: datetime
    finished_at: datetime | None


Run = Callable[[JobRow], None]
RUN: ContextVar[tuple["Jobs", Run]] = ContextVar("RUN")


@dataclass(frozen=True)
class Jobs:
    """The jobs of one installation."""

    database: Database
    valkey_url: str

    @cached_property
    def valkey(self) -> redis.Redis:
        """Where RQ's queue lies."""
        return redis.Redis.from_url(self.valkey_url)

    @cached_property
    def queue(self) -> Queue:
        """RQ's queue. JSON, not pickle: what lies in Valkey must never be able to run code."""
        return Queue(QUEUE, connection=self.valkey, serializer=JSONSerializer)

    def close(self) -> None:
        """Close the connection to Valkey."""
        if "valkey" in self.__dict__:
            self.valkey.close()

    def submit(
        self,
        session: Session,
        actor: Actor,
        tool: str,
        args: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        run_at: datetime | None = None,
    ) -> UUID:
        """Write the job in the open transaction; it runs after the commit, not before `run_at`.

        The same `idempotency_key` again gives the job that is there already.
        """
        return submit(session, actor, tool, args, idempotency_key=idempotency_key, run_at=run_at)

    def show(self, tenant_id: UUID, id: UUID) -> JobRow | None:
        """The tenant's job of that id."""
        return next(iter(self._rows(tenant_id, {"id": id, "limit": 1})), None)

    def recent(self, tenant_id: UUID, limit: int = 100) -> list[JobRow]:
        """The tenant's jobs, newest first."""
        return self._rows(tenant_id, {"id": None, "limit": limit})

    def _rows(self, tenant_id: UUID, values: Mapping[str, Any]) -> list[JobRow]:
        with self.database.transaction(tenant_id) as session:
            return [JobRow(*row) for row in session.connection().execute(SHOW, values)]

    def sweep(self, connection: "psycopg.Connection[Any] | None" = None, *, everything: bool = False) -> int:
        """Give jobs that are due a place in RQ's queue, also those whose place or worker was lost.

        Args:
            connection: one of the role `ait_relay`; else one is opened.
            everything: also those that have a place already, since Valkey has forgotten.
        """
        if connection is None:
            with psycopg.connect(self.database.relay_url, autocommit=True) as opened:
                return self.sweep(opened, everything=everything)
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(ORPHANED, (MOST_ATTEMPTS,))
            cursor.execute(DUE, {"place": PLACE_SECONDS, "all": everything, "batch": BATCH})
            due = cursor.fetchall()
        for row in due:
            self.queue.enqueue_call(
                FUNCTION,
                args=[str(row["tenant_id"]), str(row["id"])],
                timeout=-1,
                result_ttl=0,
                failure_ttl=3600,
                description=str(row["id"]),
            )
        return len(due)

    def perform(self, tenant_id: UUID, id: UUID, run: Run) -> bool:
        """Claim one job and run it; False if it was claimed already or is not due.

        A refusal ends it as failed, with the reason; what was unavailable is tried again later.
        """
        place = {"tenant_id": tenant_id, "id": id}
        with self.database.transaction(tenant_id) as session:
            row = session.connection().execute(CLAIM, {**place, "lease": LEASE_SECONDS}).one_or_none()
        if row is None:
            return False
        job = JobRow(*row)
        try:
            run(job)
        except (OutsideUnavailable, TooManyRequests) as error:
            if job.attempts < MOST_ATTEMPTS:
                self._note(AGAIN, {**place, "error": error.told("es"), "wait": 10 * 3**job.attempts})
            else:
                self._note(FINISH, {**place, "state": "failed", "error": error.told("es")})
        except ApprovalRequired as held:
            # The approval has taken the call over: it runs when a person has said yes.
            self._note(FINISH, {**place, "state": "done", "error": held.told("es")})
        except AitError as error:
            self._note(FINISH, {**place, "state": "failed", "error": error.told("es")})
        except Exception as error:
            # Whatever a tool's fault is, its job must not stay "running".
            log.exception("job_failed", id=str(id), tool=job.tool)
            self._note(FINISH, {**place, "state": "failed", "error": type(error).__name__})
        else:
            self._note(FINISH, {**place, "state": "done", "error": None})
        return True

    def _note(self, statement: Any, values: Mapping[str, Any]) -> None:
        with self.database.transaction(values["tenant_id"]) as session:
            session.connection().execute(statement, values)


def perform(tenant_id: str, id: str) -> None:
    """What RQ calls, by name; the worker around it says how a job is run."""
    jobs, run = RUN.get()
    jobs.perform(UUID(tenant_id), UUID(id), run)


class Worker(SimpleWorker):
    """RQ's worker, in this process and thread, until `stop` is set.

    RQ's own signal handlers and alarms work in the main thread alone, so they are left out.
    """

    death_penalty_class = TimerDeathPenalty

    def __init__(self, jobs: Jobs, run: Run, stop: Event) -> None:
        """Serve `jobs` by `run`."""
        super().__init__([jobs.queue], connection=jobs.valkey, serializer=JSONSerializer)
        self.jobs, self.run, self.stop = jobs, run, stop

    def _install_signal_handlers(self) -> None:
        pass

    def execute_job(self, job: QueuedJob, queue: Queue) -> None:
        """Run one job with our `run` at hand; a place in the queue that we did not make is dropped."""
        if job.func_name != FUNCTION or _calls_back(job):
            log.error("foreign_job", id=job.id)
            job.delete()
            return
        token = RUN.set((self.jobs, self.run))
        try:
            super().execute_job(job, queue)
        finally:
            RUN.reset(token)

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[QueuedJob, Queue] | None:
        """The next job; None, which ends the worker, once it is to stop (looked at every second)."""
        if timeout is None:  # burst: what is there, and no waiting
            found: tuple[QueuedJob, Queue] | None = super().dequeue_job_and_maintain_ttl(None)
            return found
        while not self.stop.is_set():
            found = super().dequeue_job_and_maintain_ttl(1, 1)
            if found is not None:
                return found
        return None


def _calls_back(job: QueuedJob) -> bool:
    """Whether RQ would call other functions or addresses too, when the job ends."""
    names = (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name)
    return bool(job.webhooks) or any(names)


def work(jobs: Jobs, run: Run, stop: Event, *, burst: bool = False) -> None:
    """Run jobs until `stop` is set, or until none is left if `burst`.

    RQ ends a worker when Valkey does not answer; here it starts again.
    """
    while not stop.is_set():
        try:
            Worker(jobs, run, stop).work(burst=burst, logging_level="WARNING")
        except redis.RedisError as error:
            log.warning("queue_unreachable", error=str(error))
        if burst:
            return
        stop.wait(1)
