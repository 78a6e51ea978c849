"""Lent authority (*delegación de poder*): a role that one person lends to another until a date.

A loan holds from the moment it is made until its date, as long as the lender has the role
himself and an open account. It cannot be lent on, and it makes no second person of the
lender: `tools.approvals.power` says what a borrower may not decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import and_
from sqlmodel import Session, col, or_, select

from core.context import Actor, Loan, Origin
from core.errors import BadArguments, Denied, NotFound
from core.i18n import N_
from core.identifiers import new_id
from core.people import User
from core.stamping import TenantSession
from tools.approvals.fresh import require_fresh
from tools.gate.call import Call, Work
from tools.gate.policies import PoliciesInForce
from tools.gate.record import Recorder
from tools.gate.records import Delegation
from tools.gate.transact import Transactions

LONGEST: Final = timedelta(days=90)
LONGEST_REASON: Final = 500
HIGHEST: Final = frozenset({"owner", "admin"})  # lent only by who has just shown who he is
FRESH_SECONDS: Final = 300


class LoanState(StrEnum):
    """Where a loan stands."""

    ACTIVE = "active"
    ENDED = "ended"
    REVOKED = "revoked"


class LoanView(BaseModel):
    """A loan as every face shows it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    lender: str
    borrower: str
    role: str
    since: datetime
    until: datetime
    reason: str
    state: LoanState


def loans_of(session: Session, user: User) -> tuple[Loan, ...]:
    """The roles that others lend to `user` at this moment; see `People.loans`."""
    now: datetime = session.info["now"]
    lender = and_(col(User.tenant_id) == Delegation.tenant_id, col(User.username) == Delegation.from_user)
    query = (
        select(Delegation, User)
        .join(User, lender)
        .where(
            Delegation.to_user == user.username,
            Delegation.from_at <= now,
            Delegation.until > now,
            col(Delegation.deleted_at).is_(None),
            col(User.disabled).is_(False),
            col(User.deleted_at).is_(None),
        )
        .order_by(col(Delegation.id))
    )
    found = session.exec(query).all()
    return tuple(Loan(d.role, u.id, u.username, d.until) for d, u in found if d.role in u.roles)


@dataclass(frozen=True)
class Delegations:
    """The service of loans."""

    transactions: Transactions
    recorder: Recorder
    policies: PoliciesInForce
    actor_of: Callable[[str, UUID], Actor]  # by name, within a tenant

    def lend(
        self, actor: Actor, to: str, role: str, until: datetime, reason: str, origin: Origin | None = None
    ) -> LoanView:
        """Lend one of one's own roles to another person until `until`, for at most 90 days.

        Raises:
            BadArguments: the date, the reason, the person or the role does not do.
            Denied: the role is none of one's own, or an agent asks.
            NotFound: there is no such person here.
            StepUpRequired: administration is lent only by who has just shown who he is.
        """
        reason = reason.strip()
        if not 0 < len(reason) <= LONGEST_REASON:
            raise BadArguments(field="reason", problem=N_("falta, o pasa de 500 caracteres"))
        if actor.agent is not None or role not in actor.own_roles:
            raise Denied(rule="own-role", reason=N_("solo se presta un papel propio, no uno prestado"))
        other = self.actor_of(to, actor.tenant_id)
        if other.user_id == actor.user_id or role in other.roles:
            raise BadArguments(field="to", problem=N_("esa persona ya tiene ese papel"))
        with self.transactions.open(actor, origin or Origin("web", new_id())) as session:
            if role in HIGHEST:
                require_fresh(actor, FRESH_SECONDS, session.now)
            if until.tzinfo is None or not session.now < until <= session.now + LONGEST:
                raise BadArguments(field="until", problem=N_("debe caer dentro de los próximos 90 días"))
            loan = Delegation(
                from_user=actor.user, to_user=other.user, role=role, from_at=session.now, until=until, reason=reason
            )
            session.add(loan)
            self._write(session, actor, loan, "lent")
            return _view(loan, session.now)

    def revoke(self, actor: Actor, id: UUID, origin: Origin | None = None) -> LoanView:
        """End a loan now: by who lent it, by who has it, or by administration.

        Raises:
            NotFound: there is none such here that `actor` may end.
        """
        with self.transactions.open(actor, origin or Origin("web", new_id())) as session:
            found = session.exec(select(Delegation).where(Delegation.id == id).with_for_update()).one_or_none()
            ours = found is not None and actor.user in (found.from_user, found.to_user)
            governs = self.policies.house.permits(actor, "governance:revoke")
            if found is None or actor.agent is not None or not (ours or governs):
                raise NotFound(what=N_("la delegación"), ref=id)
            if found.deleted_at is None:
                found.deleted_at = session.now
                self._write(session, actor, found, "revoked")
            return _view(found, session.now)

    def list(self, actor: Actor, *, everything: bool = False) -> list[LoanView]:
        """Loans from or to `actor`, or all of the tenant for who reads the audit; the last first.

        Those that are over are left out unless `everything` is asked for.
        """
        with self.transactions.open(actor, Origin("web", new_id())) as session:
            query = select(Delegation).order_by(col(Delegation.from_at).desc(), col(Delegation.id))
            if not self.policies.house.permits(actor, "audit:read"):
                query = query.where(or_(Delegation.from_user == actor.user, Delegation.to_user == actor.user))
            found = [_view(loan, session.now) for loan in session.exec(query)]
        return [loan for loan in found if everything or loan.state is LoanState.ACTIVE]

    def _write(self, session: TenantSession, actor: Actor, loan: Delegation, done: str) -> None:
        session.add(loan)
        session.flush()
        work = Work(Call("", {}, actor, session.origin))
        ctx = work.restart(session)
        ctx.emit(f"authority.{done}", loan.id, role=loan.role, lender=loan.from_user, borrower=loan.to_user)
        work.args = {
            "loan": str(loan.id), "lender": loan.from_user, "borrower": loan.to_user, "role": loan.role,
            "until": loan.until.isoformat(), "reason": loan.reason,
        }  # fmt: skip
        self.recorder.write(work, f"admin.authority_{done}")


def _view(loan: Delegation, now: datetime) -> LoanView:
    state = LoanState.REVOKED if loan.deleted_at else LoanState.ENDED if loan.until <= now else LoanState.ACTIVE
    return LoanView(
        id=loan.id,
        lender=loan.from_user,
        borrower=loan.to_user,
        role=loan.role,
        since=loan.from_at,
        until=loan.until,
        reason=loan.reason,
        state=state,
    )
