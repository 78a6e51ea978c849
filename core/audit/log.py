"""The log as the rest of the system uses it: append, integrate, verify, search, prove."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from core import outbox
from core.audit import proof, receipt, search, sequencer, verify
from core.audit.canonical import instant
from core.audit.entry import AuditEntry
from core.audit.proof import Proof
from core.audit.search import Found, Wanted
from core.audit.vault import Vault
from core.audit.verify import Verification
from core.context import Actor
from core.database import Database
from core.keys import Keys
from core.outbox import OutboxRow

# Entry, its place in the sequencer's queue and the outbox: one statement, one round trip.
APPEND: Final = f"""
WITH entry AS (
  INSERT INTO soriano_audit.entry (id, tenant_id, body, body_hash, receipt)
  VALUES (%(entry)s, %(tenant)s, %(body)s, %(body_hash)s, %(receipt)s)
), pending AS (
  INSERT INTO soriano_audit.pending (entry_id) VALUES (%(entry)s)
)
{outbox.INSERT}
"""


@dataclass(frozen=True)
class AuditLog:
    """The audit log of one installation."""

    database: Database
    keys: Keys

    @cached_property
    def vault(self) -> Vault:
        """The data keys of the tenants."""
        return Vault(self.database, self.keys)

    @cached_property
    def engine(self) -> Engine:
        """Connections of the role `ait_audit`: sequencer and verifier."""
        return self.database.engine_of("ait_audit")

    def close(self) -> None:
        """Close the log's own connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    def append(self, connection: Connection | Session, entry: AuditEntry, rows: Sequence[OutboxRow] = ()) -> UUID:
        """Insert `entry`, queue it for the sequencer, and write the outbox `rows`, in the open transaction.

        Writers never wait for each other here: the entry's place in the tree comes later.
        """
        if isinstance(connection, Session):
            connection = connection.connection()
        body = entry.body(self.keys.origin, self.keys.epoch, self.vault.secrets(entry.tenant))
        signed = receipt.sign(self.keys.receipts, self.keys.origin, str(entry.id), body, instant(entry.at))
        values: dict[str, Any] = outbox.parameters(entry.tenant, entry.id, rows)
        values |= {"body": body, "body_hash": receipt.body_hash_of(body), "receipt": signed}
        connection.exec_driver_sql(APPEND, values)
        return entry.id

    def integrate(self) -> int:
        """One sequencer pass: put all waiting entries into the tree and sign it; how many there were.

        Raises:
            TreeAltered: the stored tree is not the one that was signed last.
        """
        with self.connection() as connection:
            return sequencer.integrate(connection, self.keys)

    def verify(self) -> Verification:
        """Recompute everything, after a sequencer pass; the first thing that is wrong, if any."""
        with self.connection() as connection:
            try:
                sequencer.integrate(connection, self.keys)
            except sequencer.TreeAltered:
                connection.rollback()  # the verification below says what and where
            return verify.verify(connection, self.keys, self.vault)

    def search(self, actor: Actor, wanted: Wanted = Wanted()) -> list[Found]:  # noqa: B008 — frozen
        """Entries of the actor's tenant that fit, newest first, their sealed parts opened."""
        return search.search(self.database, self.vault, actor.tenant_id, wanted)

    def show(self, actor: Actor, entry_id: UUID) -> Found:
        """One entry of the actor's tenant.

        Raises:
            NotFound: this tenant has none of that id.
        """
        return search.show(self.database, self.vault, actor.tenant_id, entry_id)

    def prove(self, actor: Actor, entry_id: UUID) -> Proof:
        """The proof that one entry stands in the signed tree, after a sequencer pass.

        Raises:
            NotFound: this tenant has none of that id.
        """
        self.integrate()
        found = self.show(actor, entry_id)
        with self.connection() as connection:
            return proof.prove(connection, self.keys, found)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the role `ait_audit`; what was not committed is rolled back."""
        with self.engine.connect() as pooled:
            raw = pooled.connection.driver_connection
            assert isinstance(raw, psycopg.Connection)
            try:
                yield raw
            except psycopg.OperationalError:
                pooled.invalidate()
                raise
