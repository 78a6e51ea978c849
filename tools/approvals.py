"""Approvals (*decisiones*): the queue, the decision, and the run of what was granted.

A decision is bound to the preview hash that the approver saw. The granted call runs for
whoever asked, with that person's rights of now, never as the approver, and exactly once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from core.context import Actor, Origin
from core.errors import AitError, ApprovalRequired, BadArguments, Conflict, Denied, NotFound, StepUpRequired
from core.i18n import N_
from core.identifiers import new_id
from core.stamping import TenantSession
from tools.gate import Gate
from tools.gate.authorise import ADVISED
from tools.gate.call import Call, Outcome, Work
from tools.gate.hold import Stale
from tools.gate.policies import PoliciesInForce
from tools.gate.record import Recorder
from tools.gate.records import Approval, ApprovalState
from tools.gate.rehearsal import Rehearsal
from tools.gate.transact import Transactions
from tools.policy.facts import REQUESTER
from tools.preview import Preview
from tools.provenance import Evidence

LONGEST_TEXT = 2000


class ApprovalView(BaseModel):
    """One approval as every face shows it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    state: ApprovalState
    tool: str
    risk: str
    title: str
    args: dict[str, Any]
    labels: dict[str, Any]
    preview: Preview
    preview_hash: str
    ids: tuple[UUID, ...]
    rule: str
    rules: list[str]
    why: str
    approver: str
    needed: int
    grants: list[dict[str, Any]]
    step_up: int | None
    foreign_sources: list[str]
    requester: str
    requested_at: datetime
    agent: str | None
    reason: str
    advice: dict[str, Any]
    thread_id: UUID | None
    turn_id: UUID | None
    expires_at: datetime
    postponed_until: datetime | None
    delegated_to: str | None
    decision: str | None
    decider: str | None
    decided_at: datetime | None
    comment: str
    messages: list[dict[str, Any]]
    supersedes_id: UUID | None
    superseded_by_id: UUID | None
    executed_at: datetime | None
    result: dict[str, Any] | None
    entry_id: UUID | None
    error: str | None
    may_decide: bool


@dataclass(frozen=True)
class Approvals:
    """The service of decisions, over the gate's transactions."""

    gate: Gate
    transactions: Transactions
    recorder: Recorder
    policies: PoliciesInForce
    actor_of: Callable[[str, UUID], Actor]  # by name, within a tenant

    def list(
        self, actor: Actor, state: str | None = "pending", rehearsal: Rehearsal | None = None
    ) -> list[ApprovalView]:
        """Approvals that `actor` may see, those that end first at the top; all states if None.

        Those whose time is over are closed first.
        """
        self.expire(actor)
        with self.transactions.open(actor, Origin("web", new_id()), rehearsal) as session:
            query = select(Approval).order_by(col(Approval.expires_at), col(Approval.id))
            if state is not None:
                query = query.where(Approval.state == ApprovalState(state))
            found = [a for a in session.exec(query) if self._sees(actor, a)]
            return [self._view(actor, a, session.now) for a in found]

    def show(self, actor: Actor, id: UUID, rehearsal: Rehearsal | None = None) -> ApprovalView:
        """One approval that `actor` may see.

        Raises:
            NotFound: none such here, or not for this person's eyes.
        """
        with self.transactions.open(actor, Origin("web", new_id()), rehearsal) as session:
            return self._view(actor, self._load(session, actor, id), session.now)

    def approve(
        self, actor: Actor, id: UUID, preview_hash: str, comment: str = "", origin: Origin | None = None
    ) -> ApprovalView:
        """Grant exactly what `preview_hash` stands for. Once enough persons have, `execute` runs it.

        Raises:
            Stale, Conflict: the preview is another one by now, or the approval is decided.
            Denied: this person may not decide it, or has done so already.
            StepUpRequired: the person must show once more who is there.
        """
        with self._deciding(actor, id, origin) as (session, approval):
            if preview_hash != approval.preview_hash:
                raise Stale(preview=approval.preview)
            require_fresh(actor, approval.step_up, session.now)
            grant = {"by": str(actor.user_id), "user": actor.user, "at": session.now.isoformat(), "comment": comment}
            approval.grants = [*approval.grants, grant]
            if len(approval.grants) < approval.needed:
                self._write(session, actor, approval, "grant", {"comment": comment})
            else:
                self._decide(session, approval, actor, ApprovalState.APPROVED, "approve", comment)
            return self._view(actor, approval, session.now)

    def reject(self, actor: Actor, id: UUID, reason: str, origin: Origin | None = None) -> ApprovalView:
        """Refuse it; the reason goes back to whoever asked."""
        reason = _text("reason", reason)
        with self._deciding(actor, id, origin) as (session, approval):
            self._decide(session, approval, actor, ApprovalState.REJECTED, "reject", reason)
            return self._view(actor, approval, session.now)

    def edit(self, actor: Actor, id: UUID, args: dict[str, Any], origin: Origin | None = None) -> ApprovalView:
        """Ask for the same act with other arguments: validated, previewed, a new approval.

        The old one is superseded; the new one is decided like any other, by its own hash.
        """
        with self._deciding(actor, id, origin) as (session, approval):
            old = approval.model_copy()
        requester = self.actor_of(old.requester, actor.tenant_id)
        edited = Call(
            old.tool,
            args,
            _as_agent(requester, old.agent),
            origin or Origin("web", new_id()),
            evidence=Evidence(confirmed=actor.user),
            reason=old.reason,
            advice=old.advice,
            thread_id=old.thread_id,
            turn_id=old.turn_id,
            idempotency_key=f"edit:{id}:{new_id()}",
            must_ask=old.why if old.rule == ADVISED else "",
        )
        try:
            self.gate.call(edited)
        except ApprovalRequired as held:
            fresh = UUID(str(held.detail["approval_id"]))
        else:
            raise Conflict(reason=N_("el acto editado ya no necesita aprobación y se ha ejecutado"))
        with self._deciding(actor, id, origin) as (session, approval):
            approval.superseded_by_id = fresh
            self._decide(session, approval, actor, ApprovalState.SUPERSEDED, "edit", "")
            successor = self._load(session, actor, fresh)
            successor.supersedes_id = id
            session.add(successor)
            session.flush()
            return self._view(actor, successor, session.now)

    def ask(self, actor: Actor, id: UUID, text: str, origin: Origin | None = None) -> ApprovalView:
        """Put a question to whoever asked; the approval stays open."""
        return self._note(actor, id, "ask", _text("text", text), origin)

    def answer(self, actor: Actor, id: UUID, text: str, origin: Origin | None = None) -> ApprovalView:
        """Answer an approver's question, as the requester or for the agent."""
        return self._note(actor, id, "answer", _text("text", text), origin)

    def delegate(self, actor: Actor, id: UUID, to: str, origin: Origin | None = None) -> ApprovalView:
        """Hand it to another person who could decide it."""
        other = self.actor_of(to, actor.tenant_id)
        with self._deciding(actor, id, origin) as (session, approval):
            if not self._may_decide(other, approval):
                raise BadArguments(field="to", problem=N_("esa persona no puede decidirla"))
            approval.delegated_to = other.user
            self._write(session, actor, approval, "delegate", {"to": other.user})
            return self._view(actor, approval, session.now)

    def postpone(self, actor: Actor, id: UUID, until: datetime, origin: Origin | None = None) -> ApprovalView:
        """Leave the top of the queue until then; the expiry keeps running."""
        with self._deciding(actor, id, origin) as (session, approval):
            if until.tzinfo is None or not session.now < until < approval.expires_at:
                raise BadArguments(field="until", problem=N_("debe caer entre ahora y el vencimiento"))
            approval.postponed_until = until
            self._write(session, actor, approval, "postpone", {"until": until.isoformat()})
            return self._view(actor, approval, session.now)

    def execute(self, actor: Actor, id: UUID, origin: Origin | None = None) -> Outcome:
        """Run a granted call, for whoever asked for it. Called again, it gives the same outcome.

        Args:
            actor: anyone of the tenant who may see it; it never runs with this person's rights.
            id: the approval.
            origin: where the execution was asked for.

        Raises:
            Stale: what it would do has changed; a new approval is pending, named in `detail`.
            AitError: the tool refused; the approval has failed.
        """
        shown = self.show(actor, id)
        requester = _as_agent(self.actor_of(shown.requester, actor.tenant_id), shown.agent)
        call = Call(
            shown.tool,
            shown.args,
            requester,
            origin or Origin("job", new_id()),
            approval_id=id,
            ids=shown.ids,
            evidence=Evidence(confirmed=", ".join(str(grant["user"]) for grant in shown.grants)),
            thread_id=shown.thread_id,
            turn_id=shown.turn_id,
        )
        try:
            return self.gate.call(call)
        except Stale as stale:
            fresh = self._supersede(requester, id, stale)
            raise Stale(approval_id=fresh, preview=stale.detail["preview"]) from stale
        except AitError as error:
            self._fail(requester, id, error.told("es"))
            raise
        except Exception as fault:
            # A fault of the tool's own: it was rolled back, and must not be tried for ever.
            self._fail(requester, id, type(fault).__name__)
            raise

    def expire(self, actor: Actor) -> int:
        """Close the tenant's approvals whose time is over; how many they were."""
        count = 0
        with self.transactions.open(actor, Origin("job", new_id())) as session:
            due = session.exec(
                select(Approval).where(Approval.state == ApprovalState.PENDING, Approval.expires_at <= session.now)
            )
            for approval in due:
                self._finish(session, actor, approval, ApprovalState.EXPIRED, "expire")
                count += 1
        return count

    def _deciding(self, actor: Actor, id: UUID, origin: Origin | None) -> "_Deciding":
        return _Deciding(self, actor, id, origin or Origin("web", new_id()))

    def _load(self, session: TenantSession, actor: Actor, id: UUID, *, lock: bool = False) -> Approval:
        query = select(Approval).where(Approval.id == id)
        found = session.exec(query.with_for_update() if lock else query).one_or_none()
        if found is None or not self._sees(actor, found):
            raise NotFound(what=N_("la decisión"), ref=id)
        return found

    def _sees(self, actor: Actor, approval: Approval) -> bool:
        ours = approval.requested_by == actor.user_id or _holds(actor, approval)
        return ours or approval.delegated_to == actor.user or self.policies.house.permits(actor, "audit:read")

    def _may_decide(self, actor: Actor, approval: Approval) -> bool:
        """Four eyes: who holds the power, has no stake in it, and has not decided it yet."""
        if actor.agent is not None or str(actor.user_id) in {grant["by"] for grant in approval.grants}:
            return False
        if approval.requested_by == actor.user_id:
            return approval.approver == REQUESTER
        if actor.user_id in approval.conflicted:
            return False
        return _holds(actor, approval) or approval.approver == REQUESTER and EXECUTIVE in actor.roles

    def _decide(
        self,
        session: TenantSession,
        approval: Approval,
        actor: Actor,
        state: ApprovalState,
        decision: str,
        comment: str,
    ) -> None:
        approval.decision, approval.comment = decision, comment
        approval.decided_by, approval.decider, approval.decided_at = actor.user_id, actor.user, session.now
        self._finish(session, actor, approval, state, decision)

    def _finish(
        self, session: TenantSession, actor: Actor, approval: Approval, state: ApprovalState, decision: str
    ) -> None:
        approval.state = state
        self._write(session, actor, approval, decision, {"comment": approval.comment})

    def _write(
        self, session: TenantSession, actor: Actor, approval: Approval, decision: str, facts: dict[str, str]
    ) -> None:
        session.add(approval)
        session.flush()
        work = Work(Call(approval.tool, {}, actor, session.origin, turn_id=approval.turn_id))
        ctx = work.restart(session)
        ctx.emit(f"approval.{DONE[decision]}", approval.id, tool=approval.tool, state=approval.state.value)
        work.args = {"approval_id": str(approval.id), "preview_hash": approval.preview_hash, **facts}
        self.recorder.write(work, f"approval.{DONE[decision]}", approval_id=approval.id)

    def _note(self, actor: Actor, id: UUID, kind: str, text: str, origin: Origin | None) -> ApprovalView:
        with self.transactions.open(actor, origin or Origin("web", new_id())) as session:
            approval = self._load(session, actor, id, lock=True)
            if approval.state is not ApprovalState.PENDING:
                raise Conflict(reason=N_("la decisión ya no está pendiente"))
            if kind == "ask" and not self._may_decide(actor, approval):
                raise Denied(rule="approver", reason=N_("solo pregunta quien puede decidirla"))
            note = {"kind": kind, "by": actor.user, "text": text, "at": session.now.isoformat()}
            approval.messages = [*approval.messages, note]
            self._write(session, actor, approval, kind, {"text": text})
            return self._view(actor, approval, session.now)

    def _supersede(self, requester: Actor, id: UUID, stale: Stale) -> UUID:
        preview, ids = stale.detail["preview"], stale.detail["ids"]
        assert isinstance(preview, Preview)
        assert isinstance(ids, tuple)
        with self.transactions.open(requester, Origin("job", new_id())) as session:
            old = self._load(session, requester, id, lock=True)
            if old.superseded_by_id is not None:
                return old.superseded_by_id
            facts = old.model_dump(exclude=KEPT_OUT)
            fresh = Approval(**{**facts, "preview": preview.model_dump(mode="json"), "preview_hash": preview.hash})
            fresh.ids, fresh.supersedes_id, fresh.state = list(ids), old.id, ApprovalState.PENDING
            fresh.expires_at = session.now + (old.expires_at - old.created_at)
            session.add(fresh)
            old.superseded_by_id = fresh.id
            self._finish(session, requester, old, ApprovalState.STALE, "stale")
            return fresh.id

    def _fail(self, requester: Actor, id: UUID, error: str) -> None:
        with self.transactions.open(requester, Origin("job", new_id())) as session:
            approval = self._load(session, requester, id, lock=True)
            if approval.state is ApprovalState.APPROVED:
                approval.error = error
                self._finish(session, requester, approval, ApprovalState.FAILED, "fail")

    def _view(self, actor: Actor, approval: Approval, now: datetime) -> ApprovalView:
        facts = approval.model_dump(include=set(ApprovalView.model_fields) - {"title", "requested_at", "may_decide"})
        tool = self.gate.catalogue().tools.get(approval.tool)
        pending = approval.state is ApprovalState.PENDING and approval.expires_at > now
        return ApprovalView(
            **facts,
            title=(tool.title or tool.summary) if tool else approval.tool,
            requested_at=approval.created_at,
            may_decide=pending and self._may_decide(actor, approval),
        )


EXECUTIVE = "executive"
DONE = {
    "approve": "approved",
    "grant": "granted",
    "reject": "rejected",
    "edit": "edited",
    "ask": "asked",
    "answer": "answered",
    "delegate": "delegated",
    "postpone": "postponed",
    "expire": "expired",
    "stale": "stale",
    "fail": "failed",
}
KEPT_OUT = {
    "id",
    "version",
    "checksum",
    "created_at",
    "updated_at",
    "decision",
    "decided_by",
    "decider",
    "decided_at",
    "comment",
    "executed_at",
    "result",
    "entry_id",
    "error",
    "superseded_by_id",
    "state",
    "idempotency_key",
    "preview",
    "preview_hash",
    "ids",
    "supersedes_id",
    "expires_at",
    "messages",
    "grants",
    "reminders",
    "escalated_at",
}


class _Deciding:
    """`with` gives the locked, pending approval that `actor` may decide."""

    def __init__(self, approvals: Approvals, actor: Actor, id: UUID, origin: Origin) -> None:
        self.approvals, self.actor, self.id = approvals, actor, id
        self._opened = approvals.transactions.open(actor, origin)

    def __enter__(self) -> tuple[TenantSession, Approval]:
        session = self._opened.__enter__()
        try:
            approval = self.approvals._load(session, self.actor, self.id, lock=True)
            if approval.state is not ApprovalState.PENDING or approval.expires_at <= session.now:
                raise Conflict(
                    reason=N_("la decisión ya no está pendiente"), state=approval.state, decider=approval.decider
                )
            if not self.approvals._may_decide(self.actor, approval):
                raise Denied(rule="four-eyes", reason=N_("debe decidir otra persona con ese poder"))
        except BaseException as error:
            self._opened.__exit__(type(error), error, error.__traceback__)
            raise
        return session, approval

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._opened.__exit__(kind, error, trace)


def _holds(actor: Actor, approval: Approval) -> bool:
    return not actor.roles.isdisjoint(approval.approver.split(","))


def require_fresh(actor: Actor, seconds: int | None, now: datetime) -> None:
    """Go on only if the person showed who is there at most `seconds` ago (RFC 9470).

    Raises:
        StepUpRequired: it was longer ago, or is not known.
    """
    if seconds is None:
        return
    if actor.factor_at is None or (now - actor.factor_at).total_seconds() > seconds:
        raise StepUpRequired(minutes=seconds // 60, seconds=seconds)


def _text(field: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise BadArguments(field=field, problem=N_("falta; es obligatorio"))
    if len(text) > LONGEST_TEXT:
        raise BadArguments(field=field, problem=N_("pasa de 2.000 caracteres"))
    return text


def _as_agent(actor: Actor, agent: str | None) -> Actor:
    return replace(actor, agent=agent)
