"""Erasure (*supresión*, GDPR art. 17): a data subject's key is destroyed, and legal holds that forbid it.

What a destroyed key sealed cannot be opened by anybody; hashes, receipts and proofs are over
the sealed form and stay valid.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text

from core.errors import Conflict, NotFound
from core.i18n import N_

HOLD: Final = text(
    "INSERT INTO soriano_audit.hold (tenant_id, id, subject, reason) VALUES (:tenant, :id, :subject, :reason)"
)
LIFT: Final = text(
    "UPDATE soriano_audit.hold SET lifted_at = now() WHERE tenant_id = :tenant AND id = :id AND lifted_at IS NULL"
)
STANDING: Final = text(
    "SELECT reason FROM soriano_audit.hold WHERE tenant_id = :tenant AND subject = :subject AND lifted_at IS NULL"
    " ORDER BY placed_at LIMIT 1"
)
DESTROY: Final = text("SELECT soriano_audit.destroy_keys(:subject)")


class OnHold(Conflict):
    """A legal hold forbids the erasure; `hold` says why it was placed."""

    code = "ait.on_hold"
    text = N_("No se pueden borrar los datos: hay una retención legal ({hold}). Levántela antes, si procede.")


@dataclass(frozen=True)
class Erased:
    """An erasure that was done: whose, which keys, and the entry that says so."""

    subject: str
    keys: Sequence[UUID]
    entry_id: UUID


def destroy(connection: Connection, tenant_id: UUID, subject: str) -> Sequence[UUID]:
    """Destroy the subject's key in the open transaction; the ids of what is gone.

    Raises:
        OnHold: a legal hold stands for the subject; the database refuses it too.
        NotFound: there is no key.
    """
    hold = connection.execute(STANDING, {"tenant": tenant_id, "subject": subject}).scalar()
    if hold is not None:
        raise OnHold(hold=hold)
    keys: Sequence[UUID] = connection.execute(DESTROY, {"subject": subject}).scalar_one()
    if not keys:
        raise NotFound(what=N_("una clave de datos de"), ref=subject)
    return keys


def record_of(subject: str) -> list[UUID]:
    """The subject as a record that entries can be searched by, if its name is an id."""
    with suppress(ValueError):
        return [UUID(subject)]
    return []


def overwrite(connection: psycopg.Connection[Any]) -> None:
    """Have PostgreSQL give back the space where the destroyed key lay."""
    connection.rollback()
    connection.autocommit = True
    try:
        connection.execute("VACUUM soriano_audit.data_key")
    finally:
        connection.autocommit = False
