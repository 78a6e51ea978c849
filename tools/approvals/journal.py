"""What becomes of an approval is written down (*acta*): one audit entry and one event each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.context import Actor, Effect, Origin
from core.errors import AitError
from core.stamping import TenantSession
from tools.gate.call import Call, Work
from tools.gate.record import Recorder
from tools.gate.records import Approval
from tools.gate.transact import Transactions

DONE: Final = {
    "approve": "approved",
    "grant": "granted",
    "reject": "rejected",
    "edit": "edited",
    "ask": "asked",
    "answer": "answered",
    "delegate": "delegated",
    "postpone": "postponed",
    "remind": "reminded",
    "escalate": "escalated",
    "expire": "expired",
    "stale": "stale",
    "void": "voided",
    "fail": "failed",
}


def clockwork(tenant_id: UUID) -> Actor:
    """Who acts when time does: nobody, with no rights at all."""
    return Actor(tenant_id, UUID(int=0), "reloj", frozenset())


@dataclass(frozen=True)
class Journal:
    """Writes the entries, in the transaction of what happened."""

    transactions: Transactions
    recorder: Recorder

    def write(
        self,
        session: TenantSession,
        actor: Actor,
        approval: Approval,
        act: str,
        facts: Mapping[str, str | int],
        effects: Sequence[Effect] = (),
    ) -> None:
        """Keep the approval as it is now, with the entry and the event that tell of `act`."""
        session.add(approval)
        session.flush()
        work = Work(Call(approval.tool, {}, actor, session.origin, turn_id=approval.turn_id))
        ctx = work.restart(session)
        ctx.emit(f"approval.{DONE[act]}", approval.id, tool=approval.tool, state=approval.state.value)
        ctx.effects.extend(effects)
        work.args = {"approval_id": str(approval.id), "preview_hash": approval.preview_hash, **facts}
        self.recorder.write(work, f"approval.{DONE[act]}", approval_id=approval.id)

    def refused(self, actor: Actor, origin: Origin, id: UUID, act: str, error: AitError) -> None:
        """Record, in a transaction of its own, that somebody was not let decide."""
        with self.transactions.open(actor, origin) as session:
            work = Work(Call("", {}, actor, origin))
            work.restart(session)
            work.args = {"approval_id": str(id), "act": act}
            self.recorder.write(work, "approval.refused", approval_id=id, error=error)
