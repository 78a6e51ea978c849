"""The vault (*bóveda*): data keys that seal the personal parts of audit entries.

One key a tenant today; a data subject's own key is one more row with its `subject`.
Keys lie wrapped by the tenant's key, which is not in the database: a dump alone opens
nothing, and destroying a wrapped key erases all that it sealed.
"""

import hmac
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_bytes
from typing import Final
from uuid import UUID

from sqlalchemy import text

from core.audit.canonical import shaped
from core.database import Database
from core.identifiers import new_id
from core.keys import DataKey, Keys

READ: Final = text("SELECT id, wrapped FROM soriano_audit.data_key WHERE tenant_id = :tenant AND subject = :subject")
WRITE: Final = text(
    "INSERT INTO soriano_audit.data_key (tenant_id, id, subject, wrapped)"
    " VALUES (:tenant, :id, :subject, :wrapped) ON CONFLICT DO NOTHING"
)
HOUSE: Final = UUID(int=0)  # the tenant of what concerns none: an unknown name signing in


@dataclass(frozen=True)
class DataSecrets:
    """A data key, and the commitments that only its holder can check."""

    key: DataKey

    @cached_property
    def _committing(self) -> bytes:
        return self.key.derive("ait/commitment")

    def commitment(self, value: object) -> str:
        """HMAC-SHA-256 of `value` in canonical form: equal for equal values, and never guessed."""
        return hmac.digest(self._committing, shaped(value), "sha256").hex()


def place_of(tenant_id: UUID, key_id: UUID, subject: str) -> bytes:
    """Where a wrapped key lies; it opens nowhere else."""
    return f"v1|{tenant_id}|soriano_audit.data_key|wrapped|{key_id}|{subject}".encode()


@dataclass(frozen=True)
class Vault:
    """Data keys by tenant, made on first use and then kept in memory."""

    database: Database
    keys: Keys
    known: dict[UUID, DataSecrets] = field(default_factory=dict, repr=False)

    def secrets(self, tenant_id: UUID) -> DataSecrets:
        """The tenant's data key. Made in a transaction of its own, so that no roll-back loses it."""
        found = self.known.get(tenant_id)
        if found is None:
            found = self.known[tenant_id] = DataSecrets(self._read(tenant_id))
        return found

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
