"""Limits (*límites*): what the limited classes have used up, counted where no parallel call can slip by.

A lock of the tenant's class (messages and readings: of the person's) is held to the end of
the transaction, so that a hundred payments at once are counted one after another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from core.context import Context
from tools.risk import Risk

OF_THE_HOUSE: Final = frozenset({Risk.MONEY, Risk.BANK_DETAILS, Risk.EXPORT, Risk.EXPORT_SENSITIVE, Risk.IRREVERSIBLE})
OF_THE_PERSON: Final = frozenset({Risk.MESSAGE, Risk.NETWORK})
LIMITED: Final = OF_THE_HOUSE | OF_THE_PERSON
LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
SO_FAR: Final = text(
    "SELECT count(*) FILTER (WHERE at >= :day) AS day_count, count(*) FILTER (WHERE at >= :hour) AS hour_count, "
    "coalesce(sum(cents) FILTER (WHERE at >= :day), 0)::bigint AS day_cents "
    "FROM soriano_platform.spent WHERE cls = :cls AND at >= least(:day, :hour) "
    "AND (cast(:user_id AS uuid) IS NULL OR user_id = :user_id)"
)
NOTE: Final = text("INSERT INTO soriano_platform.spent VALUES (:tenant, :entry, :cls, :user, :at, :cents)")


@dataclass(frozen=True)
class SoFar:
    """Calls since midnight and within the hour, and the cents since midnight."""

    day_count: int
    hour_count: int
    day_cents: int


@dataclass(frozen=True)
class Spent:
    """What one class has used up, in the transaction of `ctx`."""

    ctx: Context

    def so_far(self, cls: Risk) -> "SoFar":
        """What is used up; others of the class wait meanwhile."""
        actor, now = self.ctx.actor, self.ctx.now
        user = actor.user_id if cls in OF_THE_PERSON else None
        connection = self.ctx.session.connection()
        connection.execute(LOCK, {"lock": f"spent:{actor.tenant_id}:{cls.value}:{user or ''}"})
        where: dict[str, Any] = {
            "cls": cls.value,
            "day": midnight(now, actor.zone),
            "hour": now - timedelta(hours=1),
            "user_id": user,
        }
        return SoFar(*connection.execute(SO_FAR, where).one())

    def note(self, entry_id: UUID, cls: Risk, cents: int) -> None:
        """One more call of the class, of `cents`."""
        actor = self.ctx.actor
        values = {"tenant": actor.tenant_id, "entry": entry_id, "cls": cls.value, "user": actor.user_id}
        self.ctx.session.connection().execute(NOTE, {**values, "at": self.ctx.now, "cents": cents})


def midnight(now: datetime, zone: str) -> datetime:
    """When the day of `now` began in `zone`."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
