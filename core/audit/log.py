"""The log as the rest of the system uses it: append, integrate, verify, search, prove, export, erase."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine
from sqlmodel import Session

from core import outbox
from core.audit import checkpoint, erasure, export, months, proof, receipt, search, sequencer, standalone, verify
from core.audit.canonical import instant
from core.audit.entry import AuditEntry
from core.audit.erasure import Erased
from core.audit.export import Exported
from core.audit.months import Months
from core.audit.proof import Proof
from core.audit.search import Found, Wanted
from core.audit.vault import HOUSE, DataSecrets, Vault
from core.audit.verify import Verification
from core.clock import utc_now
from core.context import Actor, Origin
from core.database import Database, driven
from core.errors import NotFound
from core.i18n import N_
from core.identifiers import new_id
from core.keys import Keys, Rotation
from core.outbox import OutboxRow

WITNESS: Final = "witness.jsonl"
LOOK_SECONDS: Final = 0.5
# Entry, its place in the sequencer's queue and the outbox: one statement, one round trip.
ENTRY: Final = """
WITH entry AS (
  INSERT INTO soriano_audit.entry (id, tenant_id, body, body_hash, receipt)
  VALUES (%(entry)s, %(tenant)s, %(body)s, %(body_hash)s, %(receipt)s)
)"""
PENDING: Final = "INSERT INTO soriano_audit.pending (entry_id) VALUES (%(entry)s)"
APPEND: Final = f"{ENTRY}, pending AS ({PENDING}) {outbox.INSERT}"
APPEND_ALONE: Final = f"{ENTRY} {PENDING}"  # nothing to tell anybody: the outbox is not even looked at
# The same for an entry about data subjects, whose keys must still stand. If one does not, the
# entry is left out and sealed again; the outbox does not depend on it.
APPEND_ABOUT: Final = f"""
WITH standing AS (
  SELECT count(*) AS many FROM soriano_audit.data_key WHERE tenant_id = %(tenant)s AND id = ANY(%(subjects)s)
), entry AS (
  INSERT INTO soriano_audit.entry (id, tenant_id, body, body_hash, receipt)
  SELECT %(entry)s, %(tenant)s, %(body)s, %(body_hash)s, %(receipt)s
  FROM standing WHERE many = cardinality(%(subjects)s)
), pending AS (
  INSERT INTO soriano_audit.pending (entry_id) SELECT %(entry)s FROM standing WHERE many = cardinality(%(subjects)s)
), sent AS ({outbox.INSERT})
SELECT many FROM standing
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
    def partitions(self) -> Months:
        """The partitions, made ahead."""
        return Months()

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
        if not entry.subjects:
            driven(connection, APPEND if rows else APPEND_ALONE, self._values(entry, rows))
            return entry.id
        about = self.vault.about(entry.tenant, entry.subjects, entry.id)
        standing = driven(connection, APPEND_ABOUT, self._values(entry, rows, about)).fetchone()
        if standing is None or tuple(standing) != (len(about.subjects),):
            # A key was destroyed since it was remembered (or is too new for this transaction to see).
            self.vault.forget(entry.tenant, entry.subjects)
            about = self.vault.about(entry.tenant, entry.subjects, entry.id)
            driven(connection, APPEND_ALONE, self._values(entry, (), about))
        return entry.id

    def _values(self, entry: AuditEntry, rows: Sequence[OutboxRow], about: DataSecrets | None = None) -> dict[str, Any]:
        body = entry.body(self.keys.origin, self.keys.epoch, self.vault.secrets(entry.tenant), about)
        hash = receipt.body_hash_of(body)
        signed = receipt.sign(self.keys.receipts, self.keys.origin, str(entry.id), hash, entry.at)
        values: dict[str, Any] = outbox.parameters(entry.tenant, entry.id, rows)
        values |= {"body": body, "body_hash": hash, "receipt": signed}
        return values | ({"subjects": list(about.subjects)} if about else {})

    def integrate(self) -> int:
        """One sequencer pass: put all waiting entries into the tree and sign it; how many there were.

        Raises:
            TreeAltered: the stored tree is not the one that was signed last.
        """
        with self.connection() as connection:
            self.partitions.prepare(connection)
            return sequencer.integrate(connection, self.keys)

    def verify(self, *, receipts: bool = False) -> Verification:
        """Recompute everything, after a sequencer pass; the first thing that is wrong, if any.

        With `receipts` the signature of every receipt is checked too, not only that they are
        those that the checkpoints signed over.
        """
        with self.connection() as connection:
            try:
                sequencer.integrate(connection, self.keys)
            except sequencer.TreeAltered:
                connection.rollback()  # the verification below says what and where
            return verify.verify(connection, self.keys, self.vault, receipts=receipts)

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

    def export(self, actor: Actor, origin: Origin, since: datetime, until: datetime, out: Path) -> Exported:
        """Write what the actor's tenant may show of these days to `out`, a folder or a zip, and record that.

        The bundle proves itself by the `verify.py` in it.

        Raises:
            Conflict: `out` is there already, or nothing was ever logged.
        """
        self.integrate()
        with self.connection() as connection:
            found = export.export(connection, self.keys, actor.tenant_id, since, until, out)
        details = {"from": since, "to": until, "entries": found.entries, "bundle": found.digest}
        self._record(AuditEntry(kind="data.exported", at=utc_now(), actor=actor, origin=origin, details=details))
        return found

    def witness(self, folder: Path) -> int:
        """Show the log's checkpoints to the witness who keeps what it saw in `folder`; the size it accepted.

        Raises:
            Tampered: the log does not continue what the witness saw.
        """
        self.integrate()
        with TemporaryDirectory(prefix="ait-witness-") as made, self.connection() as connection:
            nothing = datetime.fromtimestamp(0, UTC)
            bundle = export.export(connection, self.keys, HOUSE, nothing, nothing, Path(made) / "bundle").path
            seen = standalone.verify(bundle, witness_at=folder / WITNESS)
        assert seen.newest is not None  # an empty log is not exported
        return seen.newest.size

    def rotate_keys(self, actor: Actor, origin: Origin) -> Rotation:
        """New keys for checkpoints and receipts, signed over by those before, from the next checkpoint on.

        Raises:
            TreeAltered: the log is not whole; the keys stay.
        """
        self.integrate()
        with self.connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (sequencer.LOCK,))
            last, _ = sequencer.signed_tree(connection, self.keys)
            now = connection.execute("SELECT clock_timestamp()").fetchone()
            assert now is not None
            made = self.keys.rotate(instant(now[0]), last.size if last else 0)
        said = {"number": made.number, "key": checkpoint.verifier_key(self.keys)}
        self._record(AuditEntry(kind="key.rotated", at=utc_now(), actor=actor, origin=origin, details=said))
        return made

    def hold(self, actor: Actor, origin: Origin, subject: str, reason: str) -> UUID:
        """Forbid the erasure of `subject`, because of a duty to keep (GDPR art. 17.3); the hold's id."""
        held = new_id()
        with self.database.transaction(actor.tenant_id) as session:
            session.connection().execute(
                erasure.HOLD, {"tenant": actor.tenant_id, "id": held, "subject": subject, "reason": reason}
            )
            entry = AuditEntry(
                kind="key.held", at=session.info["now"], actor=actor, origin=origin, records=[held],
                details={"subject": subject, "reason": reason},
            )  # fmt: skip
            self.append(session, entry)
        return held

    def release(self, actor: Actor, origin: Origin, hold_id: UUID) -> None:
        """Lift a hold.

        Raises:
            NotFound: the tenant has no such hold standing.
        """
        with self.database.transaction(actor.tenant_id) as session:
            lifted = session.connection().execute(erasure.LIFT, {"tenant": actor.tenant_id, "id": hold_id})
            if not lifted.rowcount:
                raise NotFound(what=N_("la retención legal"), ref=hold_id)
            self.append(
                session,
                AuditEntry(kind="key.released", at=session.info["now"], actor=actor, origin=origin, records=[hold_id]),
            )

    def erase(
        self, actor: Actor, origin: Origin, subject: str, legal_basis: str, approvals: Sequence[UUID] = ()
    ) -> Erased:
        """Destroy the data key of `subject`: what entries say of the subject can be read by nobody, ever.

        The entries stay, and so do their proofs; an entry `key.destroyed` says so in the same
        transaction. A key that another process remembers is not used again.

        Args:
            actor: who orders it.
            origin: from where.
            subject: the customer's id, as entries were given it.
            legal_basis: the article that asks for it, for instance GDPR art. 17.1.b.
            approvals: ids of the decisions that allow it.

        Raises:
            OnHold: a legal hold stands for the subject.
            NotFound: no entry was ever sealed for the subject.
        """
        with self.database.transaction(actor.tenant_id) as session:
            keys = erasure.destroy(session.connection(), actor.tenant_id, subject)
            entry = AuditEntry(
                kind="key.destroyed", at=session.info["now"], actor=actor, origin=origin, destroyed=keys,
                approvals=approvals, records=erasure.record_of(subject), details={"legal_basis": legal_basis},
            )  # fmt: skip
            self.append(session, entry)
        self.vault.forget(actor.tenant_id, [subject])
        with self.connection() as connection:
            erasure.overwrite(connection)
        return Erased(subject, keys, entry.id)

    def follow(self, actor: Actor, after: int | None = None, stop: Event | None = None) -> Iterator[Found]:
        """Entries of the actor's tenant as they come into the tree, in their order, until `stop` is set.

        Args:
            actor: whose tenant.
            after: the number of the last entry that is known; None begins with the next one.
            stop: ends it at the next look, twice a second; None never does.
        """
        stop = stop or Event()
        after = self.newest(actor) if after is None else after
        while not stop.is_set():
            found = self.since(actor, after)
            yield from found
            if found:
                after = found[-1].tenant_seq or after
            else:
                stop.wait(LOOK_SECONDS)

    def newest(self, actor: Actor) -> int:
        """The number of the newest entry of the actor's tenant that is in the tree; 0 if there is none."""
        return max((one.tenant_seq or 0 for one in self.search(actor, Wanted(limit=1))), default=0)

    def since(self, actor: Actor, after: int) -> list[Found]:
        """The next entries of the actor's tenant above the number `after`, at most a hundred."""
        return search.following(self.database, self.vault, actor.tenant_id, after)

    def expired_months(self, years: int = months.KEPT_YEARS) -> list[date]:
        """The months whose entries are all older than `years`; nothing of them is deleted.

        Raises:
            Conflict: fewer years than the log must be kept.
        """
        with self.connection() as connection:
            return months.expired(connection, utc_now().date(), years)

    def _record(self, entry: AuditEntry) -> None:
        with self.database.transaction(entry.tenant) as session:
            self.append(session, replace(entry, at=session.info["now"]))

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
