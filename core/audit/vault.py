"""The vault (*bóveda*): data keys that seal the personal parts of audit entries.

A tenant has one key of its own, and one for each data subject that an entry concerned.
Keys lie wrapped by the tenant's key, which is not in the database: a dump alone opens
nothing, and destroying a subject's wrapped key erases all that it sealed (ADR 0010).
"""

import hmac
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_bytes
from threading import Lock
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, text

from core.audit.canonical import shaped
from core.database import Database
from core.identifiers import new_id
from core.keys import DataKey, Keys

READ: Final = text("SELECT id, wrapped FROM soriano_audit.data_key WHERE tenant_id = :tenant AND subject = :subject")
READ_ALL: Final = text(
    "SELECT id, wrapped, subject FROM soriano_audit.data_key WHERE tenant_id = :tenant AND id = ANY(:ids)"
)
WRITE: Final = text(
    "INSERT INTO soriano_audit.data_key (tenant_id, id, subject, wrapped)"
    " VALUES (:tenant, :id, :subject, :wrapped) ON CONFLICT DO NOTHING"
)
HOUSE: Final = UUID(int=0)  # the tenant of what concerns none: an unknown name signing in
MOST: Final = 4096  # subjects' keys that a process remembers
SECONDS: Final = 60.0  # and for how long


@dataclass(frozen=True)
class DataSecrets:
    """A data key, and the commitments that only its holder can check.

    `subjects` are the ids of the data subjects' keys that it stands on, in their order; none
    if it is the tenant's own. `committing` derives the commitments where they must be equal
    across entries and the key itself is one entry's alone.
    """

    key: DataKey
    subjects: tuple[UUID, ...] = ()
    committing: DataKey | None = None

    @cached_property
    def _secret(self) -> bytes:
        return (self.committing or self.key).derive("ait/commitment")

    def commitment(self, value: object) -> str:
        """HMAC-SHA-256 of `value` in canonical form: equal for equal values, and never guessed."""
        return hmac.digest(self._secret, shaped(value), "sha256").hex()


def joint(keys: Collection[DataKey], entry_id: UUID) -> DataSecrets:
    """What seals the entry `entry_id` that concerns the holders of all `keys`.

    One holder's own key, or a key derived from all of them (HKDF-SHA-256, RFC 5869): it is
    kept nowhere, and without any one of them it cannot be made again.
    """
    ordered = sorted(keys, key=lambda key: key.id)
    ids = tuple(key.id for key in ordered)
    if len(ordered) == 1:
        return DataSecrets(ordered[0], ids)
    material = b"".join(key.id.bytes + key.key for key in ordered)
    sealing = HKDF(SHA256(), 32, salt=entry_id.bytes, info=b"ait/joint").derive(material)
    committing = HKDF(SHA256(), 32, salt=None, info=b"ait/joint/commitments").derive(material)
    return DataSecrets(DataKey(entry_id, sealing), ids, DataKey(entry_id, committing))


def place_of(tenant_id: UUID, key_id: UUID, subject: str) -> bytes:
    """Where a wrapped key lies; it opens nowhere else."""
    return f"v1|{tenant_id}|soriano_audit.data_key|wrapped|{key_id}|{subject}".encode()


class Recent:
    """Subjects' keys used of late: the `MOST` latest, none for longer than `SECONDS`.

    Who appends asks the database in the same statement whether a key still stands, so a
    remembered key never outlives its destruction in use; and after `SECONDS`, not in memory
    either, as long as the process uses its vault at all.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self._kept: OrderedDict[tuple[UUID, str], tuple[float, DataSecrets]] = OrderedDict()
        self._lock = Lock()

    def get(self, tenant_id: UUID, subject: str) -> DataSecrets | None:
        """The subject's secrets, if remembered."""
        now = time.monotonic()
        with self._lock:
            while self._kept and next(iter(self._kept.values()))[0] < now - SECONDS:
                self._kept.popitem(last=False)
            found = self._kept.get((tenant_id, subject))
        return found[1] if found else None

    def put(self, tenant_id: UUID, subject: str, secrets: DataSecrets) -> None:
        """Remember them from now on; the order is that of age."""
        with self._lock:
            self._kept[tenant_id, subject] = (time.monotonic(), secrets)
            self._kept.move_to_end((tenant_id, subject))
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def forget(self, tenant_id: UUID, subject: str) -> None:
        """Remember them no more."""
        with self._lock:
            self._kept.pop((tenant_id, subject), None)


@dataclass(frozen=True)
class Vault:
    """Data keys, made on first use: the tenants' kept in memory, the subjects' for a while."""

    database: Database
    keys: Keys
    known: dict[UUID, DataSecrets] = field(default_factory=dict, repr=False)
    recent: Recent = field(default_factory=Recent, repr=False)

    def secrets(self, tenant_id: UUID) -> DataSecrets:
        """The tenant's data key. Made in a transaction of its own, so that no roll-back loses it."""
        found = self.known.get(tenant_id)
        if found is None:
            found = self.known[tenant_id] = DataSecrets(self._read(tenant_id))
        return found

    def about(self, tenant_id: UUID, subjects: Sequence[str], entry_id: UUID) -> DataSecrets:
        """What seals an entry about the data `subjects` (at least one), their keys made on first use."""
        found = [self._of(tenant_id, subject) for subject in sorted(set(subjects))]
        return found[0] if len(found) == 1 else joint([one.key for one in found], entry_id)

    def forget(self, tenant_id: UUID, subjects: Sequence[str]) -> None:
        """Remember the keys of `subjects` no more."""
        for subject in subjects:
            self.recent.forget(tenant_id, subject)

    def _of(self, tenant_id: UUID, subject: str) -> DataSecrets:
        if not subject:
            raise ValueError("a data subject has a name")
        found = self.recent.get(tenant_id, subject)
        if found is None:
            key = self._read(tenant_id, subject)
            found = DataSecrets(key, (key.id,))
            self.recent.put(tenant_id, subject, found)
        return found

    def standing(self, connection: Connection, tenant_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, DataKey]:
        """Those of the subjects' keys `ids` that were not destroyed, as the open transaction sees them.

        What is read is opened by these and by no remembered key.
        """
        if not ids:
            return {}
        rows = connection.execute(READ_ALL, {"tenant": tenant_id, "ids": list(ids)})
        return {row.id: self.unwrap(tenant_id, row.id, bytes(row.wrapped), row.subject) for row in rows}

    def _read(self, tenant_id: UUID, subject: str = "") -> DataKey:
        place = {"tenant": tenant_id, "subject": subject}
        with self.database.transaction(None if tenant_id == HOUSE else tenant_id) as session:
            connection = session.connection()
            row = connection.execute(READ, place).one_or_none()
            if row is None:
                fresh = new_id()
                wrapped = self.keys.seal(tenant_id, token_bytes(32), place_of(tenant_id, fresh, subject))
                connection.execute(WRITE, {**place, "id": fresh, "wrapped": wrapped})
                # Another process may have been quicker: the row that is there counts.
                row = connection.execute(READ, place).one()
        return self.unwrap(tenant_id, row.id, bytes(row.wrapped), subject)

    def unwrap(self, tenant_id: UUID, key_id: UUID, wrapped: bytes, subject: str = "") -> DataKey:
        """The key in `wrapped`.

        Raises:
            Unsealable: the row was altered or moved.
        """
        return DataKey(key_id, self.keys.unseal(tenant_id, wrapped, place_of(tenant_id, key_id, subject)))
