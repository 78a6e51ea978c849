"""What time does to approvals: reminders at 50 % and 90 %, escalation, and the safe end.

The database keeps the next moment of each pending approval (`soriano_platform.deadline`, by
trigger); the relay asks for what is due. Each row is taken by one of the processes that look
at the same time, and says itself how many reminders it has had, so that none is sent twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from core.context import Actor, Effect, Origin
from core.i18n import N_, translate
from core.identifiers import new_id
from core.people import User
from core.stamping import TenantSession
from tools.approvals.journal import Journal, clockwork
from tools.approvals.power import EXECUTIVE, may_decide
from tools.gate.records import Approval, ApprovalState
from tools.gate.transact import Transactions
from tools.policy.facts import REQUESTER

LADDER: Final = (EXECUTIVE, "owner")  # who is asked in the end, one step further than now
FIRST, SECOND = 0.5, 0.9
DUE: Final = text("SELECT scope, approval FROM soriano_platform.due_approvals(:now)")
SUBJECT: Final = N_("Una decisión espera y vence el {when}")
ONE: Final = N_("Espera su respuesta una decisión que vence el {when}. Véala en {url}")


@dataclass(frozen=True)
class Timers:
    """Attends to what is due, in all tenants.

    Args:
        transactions: whose clock counts.
        journal: where it is written down.
        url: how links to the web app begin.
        mails: whether reminders go out by e-mail too.
    """

    transactions: Transactions
    journal: Journal
    url: str = ""
    mails: bool = False

    def run(self) -> int:
        """Attend to everything that is due; how many approvals it touched."""
        with self.transactions.database.transaction(None) as session:
            now = self.transactions.clock(session.info["now"])
            due = session.connection().execute(DUE, {"now": now}).all()
        return sum(self.attend(row.scope, row.approval) for row in due)

    def attend(self, tenant_id: UUID, id: UUID) -> bool:
        """Do what one approval is due for; whether there was anything."""
        clock = clockwork(tenant_id)
        with self.transactions.open(clock, Origin("job", new_id())) as session:
            query = select(Approval).where(Approval.id == id, Approval.state == ApprovalState.PENDING)
            approval = session.exec(query.with_for_update(skip_locked=True)).one_or_none()
            if approval is None:
                return False  # decided, or another process is at it
            lived = (session.now - approval.created_at) / (approval.expires_at - approval.created_at)
            if lived >= 1:
                approval.state = ApprovalState.EXPIRED
                self.journal.write(session, clock, approval, "expire", {})
            elif lived >= SECOND and approval.reminders < 2:
                self._escalate(session, clock, approval)
                self._remind(session, clock, approval, 2)
            elif lived >= FIRST and approval.reminders < 1:
                self._remind(session, clock, approval, 1)
            else:
                return False
        return True

    def _remind(self, session: TenantSession, clock: Actor, approval: Approval, number: int) -> None:
        approval.reminders = number
        mails = self._mails(session, approval) if self.mails else []
        facts: dict[str, str | int] = {
            "reminder": number,
            "approver": approval.approver,
            "expires_at": approval.expires_at.isoformat(),
        }
        self.journal.write(session, clock, approval, "remind", facts, mails)

    def _escalate(self, session: TenantSession, clock: Actor, approval: Approval) -> None:
        """Widen the circle by the next rung; what only who asked may confirm stays with him."""
        roles = approval.approver.split(",")
        rung = next((role for role in LADDER if role not in roles), None)
        if rung is None or REQUESTER in roles:
            return
        approval.approver, approval.escalated_at = ",".join([*roles, rung]), session.now
        self.journal.write(session, clock, approval, "escalate", {"to": rung})

    def _mails(self, session: TenantSession, approval: Approval) -> list[Effect]:
        """One message to each approver who has an address; it names nobody and no amount."""
        query = select(User).where(col(User.email).is_not(None), col(User.disabled).is_(False))
        people = session.exec(query.where(col(User.deleted_at).is_(None)).order_by(User.username))
        return [self._mail(user, approval) for user in people if may_decide(_as_actor(user), approval)]

    def _mail(self, user: User, approval: Approval) -> Effect:
        assert user.email is not None
        told = {"when": _when(approval.expires_at), "url": f"{self.url}/approvals/{approval.id}"}
        subject = translate(SUBJECT, user.locale, when=told["when"])
        return Effect("email", user.email, subject, translate(ONE, user.locale, **told), approval.id)


def expired(session: TenantSession) -> Sequence[Approval]:
    """The tenant's pending approvals whose time is over, each locked, if nobody else is at it."""
    query = select(Approval).where(Approval.state == ApprovalState.PENDING, Approval.expires_at <= session.now)
    return session.exec(query.with_for_update(skip_locked=True)).all()


def _as_actor(user: User) -> Actor:
    return Actor(user.tenant_id, user.id, user.username, frozenset(user.roles))


def _when(instant: datetime) -> str:
    return f"{instant:%d/%m/%Y %H:%M} UTC"
