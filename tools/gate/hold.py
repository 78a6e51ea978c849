"""Hold: what the policy wants a person to see first is previewed and waits.

Inside the transaction `Held` lets the tool run and then leaves by `RolledBack`, so that
nothing of the preview remains; `Asked`, outside it, writes the approval in a transaction of
its own. `Granted` runs a call that an approval granted: once, while the row is locked, and
only if it would do exactly what was approved.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel import select

from core.errors import ApprovalRequired, BadArguments, Conflict, Denied, NotFound
from core.i18n import N_
from core.identifiers import TAPE
from tools.gate.call import Outcome, Work
from tools.gate.forget import forget_seen
from tools.gate.idempotent import USED, key_of
from tools.gate.quorum import grants_of, persons, standing, voices
from tools.gate.record import Recorder
from tools.gate.records import Approval, ApprovalState
from tools.gate.step import Step
from tools.gate.transact import Transactions
from tools.preview import Preview

GRANTED_FOR: Final = timedelta(hours=24)  # how long a granted call may wait to be run


class RolledBack(Exception):
    """Leaves the transaction without a trace, once the preview is taken down."""


class Stale(Conflict):
    """What the approver saw is no longer what would happen; `preview` is the new one."""

    code = "ait.stale"
    text = N_("Los datos han cambiado desde la aprobación: revise la nueva vista previa.")


@dataclass(frozen=True)
class Held(Step):
    """Leave without a trace where the policy, having seen all, wants people to decide first."""

    def __call__(self, work: Work) -> Outcome:
        """Run; what was held or only previewed is rolled back."""
        outcome = self.inner(work)
        if work.call.dry_run or work.decision.verdict == "hold":
            raise RolledBack
        work.ctx.store()
        return outcome


@dataclass(frozen=True)
class Granted(Step):
    """Run what an approval granted: once, while its row is locked, and only if nothing has changed."""

    def __call__(self, work: Work) -> Outcome:
        """Go on, as itself or as the granted call."""
        if work.call.approval_id is None:
            return self.inner(work)
        session = work.ctx.session
        tenant = work.call.actor.tenant_id
        found = session.exec(
            select(Approval).where(Approval.tenant_id == tenant, Approval.id == work.call.approval_id).with_for_update()
        ).one_or_none()
        if found is None or found.requested_by != work.call.actor.user_id or found.tool != work.tool.name:
            raise NotFound(what=N_("la decisión"), ref=work.call.approval_id)
        if found.state is ApprovalState.EXECUTED:
            assert found.entry_id is not None
            stored = (found.result or {}).get("value")
            return Outcome(work.tool.name, stored, stored, found.entry_id, replayed=True)
        if found.state is not ApprovalState.APPROVED:
            raise Conflict(reason=N_("la decisión no está aprobada"))
        if found.decided_at is not None and work.ctx.now > found.decided_at + GRANTED_FOR:
            raise Conflict(reason=N_("la aprobación ha caducado sin ejecutarse"))
        grants = standing(session, grants_of(found))
        work.grants = persons(grants)
        try:
            outcome = self.inner(work)
        except RolledBack as more:
            # The rules or the facts have changed since: more people are needed than have granted it.
            raise Denied(rule=work.decision.rule, reason=work.decision.why) from more
        if not voices(grants).isdisjoint(work.ctx.weight.conflicted):
            raise Denied(rule="four-eyes", reason=N_("quien la aprobó tiene ahora interés en el acto"))
        assert work.preview is not None
        if work.preview.hash != found.preview_hash or work.args_digest != found.args_digest:
            raise Stale(preview=work.preview, ids=_drawn(), conflicted=work.ctx.weight.conflicted)
        found.state, found.executed_at = ApprovalState.EXECUTED, work.ctx.now
        found.result, found.entry_id = {"value": outcome.json}, work.entry_id
        session.add(found)
        forget_seen(session, work.preview)
        return outcome


@dataclass(frozen=True)
class Asked(Step):
    """Write the approval for a call that was held, or give the preview of a dry run."""

    transactions: Transactions
    recorder: Recorder

    def __call__(self, work: Work) -> Outcome:
        """Run the rest; turn a roll-back into a preview or an approval."""
        try:
            return self.inner(work)
        except RolledBack:
            weight = work.ctx.weight
            with self.transactions.open(work.call.actor, work.call.origin, work.call.rehearsal) as session:
                work.restart(session).weight = weight
                if work.call.dry_run:
                    self.recorder.write(work, "call.previewed")
                    return work.outcome()
                approval = self._ask(work)
                self.recorder.write(work, "call.held", approval_id=approval.id)
                raised = ApprovalRequired(
                    approval_id=approval.id, approver=work.decision.approver_title, rule=approval.rule
                )  # fmt: skip
        raise raised

    def _ask(self, work: Work) -> Approval:
        session, key = work.ctx.session, key_of(work)
        if key is not None:
            again = session.exec(
                select(Approval).where(
                    Approval.requested_by == work.call.actor.user_id,
                    Approval.tool == work.tool.name,
                    Approval.idempotency_key == key,
                )
            ).one_or_none()
            if again is not None:
                if again.args_digest != work.args_digest:
                    raise BadArguments(field="Idempotency-Key", problem=USED)
                return again
        assert work.preview is not None
        approval = new_approval(work, work.preview, key)
        session.add(approval)
        session.flush()
        work.ctx.emit("approval.requested", approval.id, tool=approval.tool, approver=approval.approver)
        return approval


def _drawn() -> tuple[UUID, ...]:
    tape = TAPE.get()
    return tuple(tape.ids) if tape else ()


def new_approval(work: Work, preview: Preview, key: str | None) -> Approval:
    """The pending approval of a held call."""
    call, decision = work.call, work.decision
    assert decision.approver is not None
    return Approval(
        tool=work.tool.name,
        risk=work.tool.risk.value,
        args=work.args,
        args_digest=work.args_digest,
        labels={k: {"integrity": int(v.integrity), "source": v.source} for k, v in work.labels.items()},
        foreign_sources=list(work.provenance.foreign),
        preview=preview.model_dump(mode="json"),
        preview_hash=preview.hash,
        ids=work.ids,
        rule=decision.rule,
        rules=list(decision.rules),
        why=decision.why,
        needed=decision.needed,
        step_up=decision.step_up,
        conflicted=list(work.ctx.weight.conflicted),
        approver=decision.approver,
        requested_by=call.actor.user_id,
        requester=call.actor.user,
        agent=call.actor.agent,
        face=call.origin.face,
        reason=call.reason,
        advice=dict(call.advice),
        thread_id=call.thread_id,
        turn_id=call.turn_id,
        idempotency_key=key,
        expires_at=work.ctx.now + timedelta(hours=decision.hours),
    )
