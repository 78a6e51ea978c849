"""What is remembered of files of policies: how they are read, what was taken in, and what left the house."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from core.records import INSTANT, Record, index, table, unique
from modules.insurance.kernel.records import SCHEMA, facts, instant


class PortfolioMapping(Record, table=True):
    """How the columns of one source's files are read (*mapeo*), as a person confirmed it: our field → its heading."""

    __table_args__ = table(SCHEMA, unique("source", "target"))

    source: str
    target: str
    columns: dict[str, Any] = facts()
    decimal_mark: str = ","


class PortfolioFile(Record, table=True):
    """A file of a former system, kept encrypted, with the reading proposed or confirmed for it.

    `outcome` says what its import did; its digest binds the checksums of all rows that were
    copied in at once, so that the audit entry of the import vouches for each of them.
    """

    __table_args__ = table(SCHEMA)

    source: str
    target: str
    name: str
    address: str
    sheet: str = ""  # its title in a workbook; the first if empty
    row_count: int
    columns: dict[str, Any] = facts()
    decimal_mark: str = ","
    imported_at: datetime | None = instant()
    outcome: dict[str, Any] = facts()


class PortfolioExport(Record, table=True):
    """A file of policies that left the house (*exportación*): who asked, why, and for how long it is there."""

    __table_args__ = table(SCHEMA, index("requested_by"))

    requested_by: UUID
    purpose: str
    scope: str
    name: str
    count: int
    address: str
    watermark: str
    expires_at: datetime = Field(sa_type=INSTANT)
