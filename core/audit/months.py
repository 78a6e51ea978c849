"""Months (*particiones mensuales*): the log by months, made ahead, and kept for as long as the law asks.

An entry's id is a uuid v7, so a month of entries is a range of ids. Nothing deletes entries.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from core.clock import utc_now
from core.errors import Conflict
from core.i18n import N_

AHEAD: Final = 2  # months that stand ready besides the present one
KEPT_YEARS: Final = 7  # Código de Comercio art. 30 asks for six from the last entry; ours is the longer
PREPARE: Final = "SELECT soriano_audit.prepare_month(%s)"
PARTITIONS: Final = """
SELECT to_date(right(c.relname, 7), 'YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'soriano_audit.entry'::regclass AND c.relname ~ '^entry_\\d{4}_\\d{2}$' ORDER BY 1
"""


def month_after(month: date, count: int) -> date:
    """The first day of the month `count` months after `month`'s."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


@dataclass
class Months:
    """Makes the partitions of this month and the next ones, once a process and month."""

    ready: date | None = None

    def prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Make those that are missing, by the database's clock the first time."""
        today = utc_now().date().replace(day=1)
        if self.ready == today:
            return
        with connection.transaction():
            for count in range(AHEAD + 1):
                connection.execute(PREPARE, (month_after(today, count),))
        self.ready = today


def expired(connection: psycopg.Connection[Any], today: date, years: int = KEPT_YEARS) -> list[date]:
    """The months whose entries are all older than `years`: what may leave for an archive.

    Raises:
        Conflict: fewer years than the log must be kept.
    """
    if years < KEPT_YEARS:
        raise Conflict(reason=N_("los asientos de auditoría se conservan al menos siete años"))
    limit = date(today.year - years, today.month, 1)
    return [month for (month,) in connection.execute(PARTITIONS) if month_after(month, 1) <= limit]
