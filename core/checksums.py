"""Checksums verified on demand: does every record still say what was sealed when it was written?

The checksum is computed by the session as it flushes (`core.stamping`), so a row that anything
but the session changed does not fit its own any more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import psycopg
from sqlmodel import Session, select

from core.database import Database
from core.history import record_types
from core.records import Record
from core.stamping import checksum

ROWS: Final = 500  # at a time: a table of any size goes through little memory


@dataclass(frozen=True)
class Unfit:
    """A record whose checksum does not fit what it says."""

    table: str
    id: UUID
    tenant_id: UUID

    def __str__(self) -> str:
        """As it is told to the person who looks after the installation."""
        return f"{self.table} {self.id} ({self.tenant_id})"


@dataclass
class Checked:
    """How many records were looked at so far."""

    records: int = 0


def tenants(database: Database) -> list[UUID]:
    """All tenants there are; asked as the role that sets the database up, which alone sees them all."""
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        return [row[0] for row in admin.execute("SELECT id FROM soriano_auth.tenant ORDER BY id")]


def unfit(database: Database, checked: Checked | None = None) -> Iterator[Unfit]:
    """Every record of every table and tenant that does not fit its checksum, as it is found."""
    counted = checked or Checked()
    for tenant_id in tenants(database):
        for table, kind in sorted(record_types().items()):
            # A transaction of its own for each table: a tenant's context does not last for ever.
            with database.transaction(tenant_id) as session:
                yield from _of_table(session, table, kind, counted)


def _of_table(session: Session, table: str, kind: type[Record], counted: Checked) -> Iterator[Unfit]:
    for row in session.exec(select(kind).execution_options(yield_per=ROWS)):
        counted.records += 1
        if checksum(row) != row.checksum:
            yield Unfit(table, row.id, row.tenant_id)
        session.expunge(row)
