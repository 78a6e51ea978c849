"""The database: who logs in, and the one way to a session.

A session exists only inside `transaction(tenant_id)`, which tells PostgreSQL the tenant by
a signed token that holds for this transaction and this backend. Row-level security reads
it (`sec.tenant_id()`); without it there are no rows, never all rows (ADR 0003).
"""

import hmac
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

CONTEXT_SECONDS: Final = 60  # how long one transaction's tenant token holds
ROLES: Final = ("ait_app", "ait_audit", "ait_graph", "ait_relay")
ENTER: Final = "SELECT set_config('app.ctx', %(token)s, true) AS token, clock_timestamp() AS now"
UNHURRIED: Final = ", set_config('synchronous_commit', 'off', true) AS unhurried"


def login_password(secret: bytes, role: str) -> str:
    """The password of `role`, derived from the installation's secret; never stored."""
    return hmac.digest(secret, f"login:{role}".encode(), "sha256").hex()


def context_key(secret: bytes) -> bytes:
    """The key that signs tenant tokens; the database holds it where no role can read it."""
    return hmac.digest(secret, b"tenant-context", "sha256")


@dataclass(frozen=True)
class Database:
    """One PostgreSQL database and the logins of its least-privileged roles.

    Args:
        admin_url: URL of a role that may create roles; used by setup and backup alone.
        secret: the installation's secret, from which logins and the context key derive.
        pool_size: connections kept open for the application.
    """

    admin_url: str
    secret: bytes
    pool_size: int = 8

    def url(self, role: str) -> str:
        """The URL that logs in as `role`."""
        parts = urlsplit(self.admin_url)
        place = parts.netloc.rpartition("@")[2]
        login = f"{role}:{quote(login_password(self.secret, role))}"
        return urlunsplit(parts._replace(netloc=f"{login}@{place}"))

    @property
    def app_url(self) -> str:
        """Login of the application: rows of one tenant at a time."""
        return self.url("ait_app")

    @property
    def graph_url(self) -> str:
        """Login of LangGraph's checkpointer: its own tables alone."""
        return self.url("ait_graph")

    @property
    def audit_url(self) -> str:
        """Login of the audit's sequencer and readers."""
        return self.url("ait_audit")

    @property
    def relay_url(self) -> str:
        """Login of the relay: the outbox and the jobs of all tenants, nothing else."""
        return self.url("ait_relay")

    def engine_of(self, role: str, pool_size: int = 2) -> Engine:
        """A new engine for `role`; the caller disposes of it."""
        url = self.url(role).replace("postgresql:", "postgresql+psycopg:", 1)
        return create_engine(url, pool_size=pool_size, max_overflow=24, pool_timeout=20)

    @cached_property
    def engine(self) -> Engine:
        """The application's own engine."""
        return self.engine_of("ait_app", self.pool_size)

    def close(self) -> None:
        """Close the application's connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    def token(self, tenant_id: UUID, backend_pid: int) -> str:
        """A tenant token for one backend: `tenant|pid|expiry|mac`."""
        body = f"{tenant_id}|{backend_pid}|{int(time.time()) + CONTEXT_SECONDS}"
        mac = hmac.digest(context_key(self.secret), body.encode(), "sha256").hex()
        return f"{body}|{mac}"

    def enter(self, session: Session, tenant_id: UUID | None, *, to_read: bool = False) -> datetime:
        """Bind the session's transaction to `tenant_id`; give the database's clock (UTC).

        With `to_read` its commit does not wait for the disk: only the record that something
        was read can be lost, and only by a power cut within the same second (ADR 0009).
        """
        now: datetime = self.entered(session, tenant_id, to_read=to_read).now
        return now

    def entered(self, session: Session, tenant_id: UUID | None, also: str = "", *, to_read: bool = False) -> Any:
        """As `enter`, in one statement with `also`: more columns, which may use `%(tenant)s`."""
        connection = session.connection()
        token = "" if tenant_id is None else self.token(tenant_id, driver(connection).info.backend_pid)
        statement = f"{ENTER}{UNHURRIED if to_read else ''}{also}"
        return driven(connection, statement, {"token": token, "tenant": tenant_id}).fetchone()

    @contextmanager
    def transaction(self, tenant_id: UUID | None) -> Iterator[Session]:
        """A session in one transaction of `tenant_id`: committed at the end, rolled back on error.

        With None the transaction has no tenant and sees no tenant's rows.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            session.info["now"] = self.enter(session, tenant_id)
            session.info["tenant_id"] = tenant_id
            yield session
            session.commit()


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's own connection beneath SQLAlchemy's."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def driven(connection: Connection, statement: str, values: Mapping[str, Any]) -> psycopg.Cursor[Any]:
    """Run `statement` in the open transaction straight on the driver, which halves what it costs us.

    Rows are named tuples. An error is the one that SQLAlchemy would raise; a connection that
    was lost is not given out again.
    """
    raw = driver(connection)
    try:
        return raw.cursor(row_factory=namedtuple_row).execute(statement, values)
    except psycopg.Error as error:
        if raw.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, dict(values), error, psycopg.Error, dialect=connection.dialect, connection_invalidated=raw.closed
        ) from error
