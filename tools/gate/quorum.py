"""Who has granted an approval, and how many persons that makes (*quórum*).

A person counts once. Lent authority makes no further person of whoever lent it: a grant by
loan, the lender's own grant and another loan of the same lender are one voice (`security.md`
4.2, SOD: delegation chains do not count as persons).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, select

from core.people import User
from tools.gate.records import Approval


class Grant(BaseModel):
    """One person's yes; `lender_id` is whose authority it was, if it was lent."""

    model_config = ConfigDict(frozen=True)

    by: UUID
    user: str
    at: datetime
    comment: str = ""
    lender_id: UUID | None = None
    lender: str = ""


def grants_of(approval: Approval) -> list[Grant]:
    """What has been granted so far, the first first."""
    return [Grant.model_validate(said) for said in approval.grants]


def voices(grants: Iterable[Grant]) -> frozenset[UUID]:
    """Everybody who has spoken, by himself or through a loan."""
    found = [(grant.by, grant.lender_id) for grant in grants]
    return frozenset(id for pair in found for id in pair if id is not None)


def persons(grants: Iterable[Grant]) -> int:
    """How many distinct persons `grants` make."""
    heard: set[UUID] = set()
    count = 0
    for grant in grants:
        mine = {grant.by} | ({grant.lender_id} if grant.lender_id else set())
        count += heard.isdisjoint(mine)
        heard |= mine
    return count


def standing(session: Session, grants: Sequence[Grant]) -> list[Grant]:
    """The grants of people whose account is still open."""
    ids = [grant.by for grant in grants]
    query = select(User.id).where(User.id.in_(ids), User.disabled == False, User.deleted_at == None)  # type: ignore[attr-defined]  # noqa: E711, E712 — SQL
    here = frozenset(session.exec(query))
    return [grant for grant in grants if grant.by in here]
