"""The service of decisions: see, decide, and run what was granted.

A decision is bound to the preview hash that the approver saw. The granted call runs for
whoever asked, with that person's rights of now, never as the approver, and exactly once.
What is refused is recorded too.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from sqlmodel import col, select

from core.context import Actor, Origin
from core.errors import AitError, ApprovalRequired, BadArguments, Conflict, Denied, NotFound
from core.i18n import N_
from core.identifiers import new_id
from core.stamping import TenantSession
from tools.approvals.fatigue import DAYS, Habit, habits
from tools.approvals.fresh import require_fresh
from tools.approvals.journal import Journal, clockwork
from tools.approvals.power import Power, may_decide, power_of, roles_of
from tools.approvals.timers import Timers, expired
from tools.approvals.view import ApprovalView, Eyes
from tools.gate import Gate
from tools.gate.call import Call, Outcome
from tools.gate.hold import Stale
from tools.gate.policies import PoliciesInForce
from tools.gate.quorum import Grant, grants_of, persons
from tools.gate.record import Recorder
from tools.gate.records import Approval, ApprovalState
from tools.gate.rehearsal import Rehearsal
from tools.gate.transact import GateSession, Transactions
from tools.policy.facts import REQUESTER
from tools.preview import Preview
from tools.provenance import Evidence

LONGEST_TEXT: Final = 2000
MOST_AT_ONCE: Final = 50
ONE_BY_ONE: Final = frozenset("MIB")  # classes that are looked at singly: money, irreversible, bulk data
READER: Final = "audit:read"
Bulk: TypeAlias = Literal["approve", "reject"]


@dataclass(frozen=True)
class Decided:
    """What became of one of many: the approval as it stands, or why it was not decided."""

    id: UUID
    view: ApprovalView | None = None
    error: AitError | None = None


@dataclass(frozen=True)
class Approvals:
    """The service of decisions, over the gate's transactions."""

    gate: Gate
    transactions: Transactions
    recorder: Recorder
    policies: PoliciesInForce
    actor_of: Callable[[str, UUID], Actor]  # by name, within a tenant

    @property
    def journal(self) -> Journal:
        """Where everything is written down."""
        return Journal(self.transactions, self.recorder)

    def timers(self, url: str = "", *, mails: bool = False) -> Timers:
        """What attends to the time of approvals; see `Timers`."""
        return Timers(self.transactions, self.journal, url, mails)

    # --- Seeing ---------------------------------------------------------------------------

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
            eyes = self._eyes(actor, session)
            return [eyes.see(a) for a in session.exec(query) if self._sees(actor, a)]

    def show(self, actor: Actor, id: UUID, rehearsal: Rehearsal | None = None) -> ApprovalView:
        """One approval that `actor` may see.

        Raises:
            NotFound: none such here, or not for this person's eyes.
        """
        with self.transactions.open(actor, Origin("web", new_id()), rehearsal) as session:
            return self._view(actor, self._load(session, actor, id), session)

    def fatigue(self, actor: Actor) -> Sequence[Habit]:
        """How people of the tenant have decided in the last 90 days; those to worry about first.

        Raises:
            Denied: `actor` does not read the audit.
        """
        self.policies.house.require(actor, READER)
        with self.transactions.open(actor, Origin("web", new_id())) as session:
            recent = select(Approval).where(Approval.created_at >= session.now - timedelta(days=DAYS))
            return habits(session.exec(recent))

    # --- Deciding -------------------------------------------------------------------------

    def approve(
        self, actor: Actor, id: UUID, preview_hash: str, comment: str = "", origin: Origin | None = None
    ) -> ApprovalView:
        """Grant exactly what `preview_hash` stands for. Once enough persons have, `execute` runs it.

        Raises:
            Stale, Conflict: the preview is another one by now, or the approval is decided.
            Denied: this person may not decide it, or has done so already.
            StepUpRequired: the person must show once more who is there.
        """
        if len(comment) > LONGEST_TEXT:
            raise BadArguments(field="comment", problem=N_("pasa de 2.000 caracteres"))
        with self._deciding(actor, id, origin, "approve") as (session, approval, power):
            self._same(approval, preview_hash)
            require_fresh(actor, approval.step_up, session.now)
            loan = power.loan
            grant = Grant(
                by=actor.user_id,
                user=actor.user,
                at=session.now,
                comment=comment,
                lender_id=loan.lender_id if loan else None,
                lender=loan.lender if loan else "",
            )
            approval.grants = [*approval.grants, grant.model_dump(mode="json")]
            facts = {"comment": comment, "lender": grant.lender} if loan else {"comment": comment}
            if persons(grants_of(approval)) < approval.needed:
                self.journal.write(session, actor, approval, "grant", facts)
            else:
                self._decide(session, approval, actor, ApprovalState.APPROVED, "approve", facts)
            return self._view(actor, approval, session)

    def reject(self, actor: Actor, id: UUID, reason: str, origin: Origin | None = None) -> ApprovalView:
        """Refuse it; the reason goes back to whoever asked."""
        reason = _text("reason", reason)
        with self._deciding(actor, id, origin, "reject") as (session, approval, _):
            self._decide(session, approval, actor, ApprovalState.REJECTED, "reject", {"comment": reason})
            return self._view(actor, approval, session)

    def decide_many(
        self,
        actor: Actor,
        seen: Sequence[tuple[UUID, str]],
        decision: Bulk,
        reason: str = "",
        origin: Origin | None = None,
    ) -> Sequence[Decided]:
        """Decide many that are alike: each by its own hash, with an entry of its own, one after another.

        Args:
            actor: who decides.
            seen: approvals of one tool and one rule, each with the hash of the preview that was seen.
            decision: the same for all.
            reason: goes with each; a rejection needs it.
            origin: where it was decided.

        Raises:
            BadArguments: none, too many, or one of them twice; a rejection without its reason.
            Denied: one of them has to be looked at singly, or they are not alike; none is decided.
            NotFound: one of them is not there.
        """
        if decision == "reject":
            reason = _text("reason", reason)
        if not 0 < len(seen) <= MOST_AT_ONCE or len({id for id, _ in seen}) < len(seen):
            raise BadArguments(field="ids", problem=N_("elija entre una y cincuenta decisiones distintas"))
        views = [self.show(actor, id) for id, _ in seen]
        if why := not_together(views):
            raise Denied(rule="bulk", reason=why)
        return [self._one_of_many(actor, id, hash, decision, reason, origin) for id, hash in seen]

    def _one_of_many(
        self, actor: Actor, id: UUID, hash: str, decision: Bulk, reason: str, origin: Origin | None
    ) -> Decided:
        try:
            if decision == "approve":
                return Decided(id, self.approve(actor, id, hash, reason, origin))
            with self._deciding(actor, id, origin, decision) as (session, approval, _):
                self._same(approval, hash)
                self._decide(session, approval, actor, ApprovalState.REJECTED, decision, {"comment": reason})
                return Decided(id, self._view(actor, approval, session))
        except AitError as error:
            return Decided(id, error=error)

    def edit(self, actor: Actor, id: UUID, args: dict[str, Any], origin: Origin | None = None) -> ApprovalView:
        """Ask for the same act with other arguments: validated, previewed, a new approval.

        The old one is superseded; the new one is decided like any other, by its own hash. An
        edited act always waits, even where the policy would let it pass.
        """
        with self._deciding(actor, id, origin, "edit") as (_, approval, _):
            old = approval.model_copy()
        edited = self._edited(old, actor, args, origin or Origin("web", new_id()))
        try:
            self.gate.call(edited)
        except ApprovalRequired as held:
            fresh = UUID(str(held.detail["approval_id"]))
        else:  # pragma: no cover — `must_ask` and the evidence see to it
            raise Conflict(reason=N_("el acto editado ya no necesita aprobación y se ha ejecutado"))
        try:
            with self._deciding(actor, id, origin, "edit") as (session, approval, _):
                approval.superseded_by_id = fresh
                self._decide(session, approval, actor, ApprovalState.SUPERSEDED, "edit", {})
                successor = self._locked(session, fresh)
                successor.supersedes_id = id
                session.add(successor)
                session.flush()
                return self._view(actor, successor, session)
        except AitError:
            self._void(actor, fresh)  # somebody else decided meanwhile: nothing must stay behind
            raise

    def _edited(self, old: Approval, actor: Actor, args: dict[str, Any], origin: Origin) -> Call:
        requester = _as_agent(self.actor_of(old.requester, actor.tenant_id), old.agent)
        # Who asked confirms for himself only what he has seen: the edited act is asked about like the first.
        own = old.approver == REQUESTER
        evidence = Evidence(foreign=tuple(old.foreign_sources)) if own else Evidence(confirmed=actor.user)
        return Call(
            old.tool,
            args,
            requester,
            origin,
            evidence=evidence,
            reason=old.reason,
            advice=old.advice,
            thread_id=old.thread_id,
            turn_id=old.turn_id,
            idempotency_key=f"edit:{old.id}:{new_id()}",
            must_ask="" if own else old.why,
        )

    def ask(self, actor: Actor, id: UUID, text: str, origin: Origin | None = None) -> ApprovalView:
        """Put a question to whoever asked; the approval stays open."""
        return self._note(actor, id, "ask", _text("text", text), origin)

    def answer(self, actor: Actor, id: UUID, text: str, origin: Origin | None = None) -> ApprovalView:
        """Answer an approver's question, as the requester or for the agent."""
        return self._note(actor, id, "answer", _text("text", text), origin)

    def delegate(self, actor: Actor, id: UUID, to: str, origin: Origin | None = None) -> ApprovalView:
        """Hand it to another person who could decide it."""
        other = self.actor_of(to, actor.tenant_id)
        with self._deciding(actor, id, origin, "delegate") as (session, approval, _):
            if not may_decide(other, approval):
                raise BadArguments(field="to", problem=N_("esa persona no puede decidirla"))
            approval.delegated_to = other.user
            self.journal.write(session, actor, approval, "delegate", {"to": other.user})
            return self._view(actor, approval, session)

    def postpone(self, actor: Actor, id: UUID, until: datetime, origin: Origin | None = None) -> ApprovalView:
        """Leave the top of the queue until then; the expiry keeps running."""
        with self._deciding(actor, id, origin, "postpone") as (session, approval, _):
            if until.tzinfo is None or not session.now < until < approval.expires_at:
                raise BadArguments(field="until", problem=N_("debe caer entre ahora y el vencimiento"))
            approval.postponed_until = until
            self.journal.write(session, actor, approval, "postpone", {"until": until.isoformat()})
            return self._view(actor, approval, session)

    # --- Running --------------------------------------------------------------------------

    def execute(self, actor: Actor, id: UUID, origin: Origin | None = None) -> Outcome:
        """Run a granted call, for whoever asked for it. Called again, it gives the same outcome.

        Args:
            actor: anyone of the tenant who may see it; it never runs with this person's rights.
            id: the approval.
            origin: where the execution was asked for.

        Raises:
            Stale: what it would do has changed; a new approval is pending, named in `detail`.
            Denied: whoever asked, or who granted it, may no longer; the approval has failed.
            AitError: the tool refused; the approval has failed.
        """
        origin = origin or Origin("job", new_id())
        shown, requester = self._to_run(actor, id, origin)
        call = Call(
            shown.tool,
            shown.args,
            requester,
            origin,
            approval_id=id,
            ids=shown.ids,
            evidence=Evidence(confirmed=", ".join(grant.user for grant in shown.grants)),
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

    def _to_run(self, actor: Actor, id: UUID, origin: Origin) -> tuple[ApprovalView, Actor]:
        try:
            shown = self.show(actor, id)
        except NotFound as error:
            self.journal.refused(actor, origin, id, "execute", error)
            raise
        try:
            return shown, _as_agent(self.actor_of(shown.requester, actor.tenant_id), shown.agent)
        except NotFound as gone:
            closed = Denied(rule="requester", reason=N_("la cuenta de quien lo pidió ya no está abierta"))
            self._fail(clockwork(actor.tenant_id), id, closed.told("es"))
            raise closed from gone

    def expire(self, actor: Actor) -> int:
        """Close the tenant's approvals whose time is over; how many they were."""
        clock = clockwork(actor.tenant_id)
        with self.transactions.open(clock, Origin("job", new_id())) as session:
            due = expired(session)
            for approval in due:
                approval.state = ApprovalState.EXPIRED
                self.journal.write(session, clock, approval, "expire", {})
        return len(due)

    # --- Parts ----------------------------------------------------------------------------

    @contextmanager
    def _deciding(
        self, actor: Actor, id: UUID, origin: Origin | None, act: str
    ) -> Iterator[tuple[GateSession, Approval, Power]]:
        """The locked, pending approval that `actor` may decide; a refusal is recorded."""
        origin = origin or Origin("web", new_id())
        try:
            with self.transactions.open(actor, origin) as session:
                approval = self._load(session, actor, id, lock=True)
                self._require_open(approval, session)
                power = power_of(actor, approval)
                if isinstance(power, str):
                    raise Denied(rule="four-eyes", reason=power)
                yield session, approval, power
        except AitError as error:
            self.journal.refused(actor, origin, id, act, error)
            raise

    def _require_open(self, approval: Approval, session: TenantSession) -> None:
        if approval.state is not ApprovalState.PENDING or approval.expires_at <= session.now:
            raise Conflict(
                reason=N_("la decisión ya no está pendiente"), state=approval.state, decider=approval.decider
            )

    def _same(self, approval: Approval, preview_hash: str) -> None:
        if preview_hash != approval.preview_hash:
            raise Stale(preview=approval.preview)

    def _load(self, session: TenantSession, actor: Actor, id: UUID, *, lock: bool = False) -> Approval:
        found = self._locked(session, id) if lock else self._found(session, id)
        if not self._sees(actor, found):
            raise NotFound(what=N_("la decisión"), ref=id)
        return found

    def _locked(self, session: TenantSession, id: UUID) -> Approval:
        return self._found(session, id, lock=True)

    def _found(self, session: TenantSession, id: UUID, *, lock: bool = False) -> Approval:
        query = select(Approval).where(Approval.id == id)
        found = session.exec(query.with_for_update() if lock else query).one_or_none()
        if found is None:
            raise NotFound(what=N_("la decisión"), ref=id)
        return found

    def _sees(self, actor: Actor, approval: Approval) -> bool:
        ours = approval.requested_by == actor.user_id or not actor.roles.isdisjoint(roles_of(approval))
        spoke = actor.user_id in {grant.by for grant in grants_of(approval)} or approval.decided_by == actor.user_id
        handed = approval.delegated_to == actor.user
        return ours or spoke or handed or self.policies.house.permits(actor, READER)

    def _decide(
        self,
        session: TenantSession,
        approval: Approval,
        actor: Actor,
        state: ApprovalState,
        decision: str,
        facts: dict[str, str],
    ) -> None:
        approval.state, approval.decision, approval.comment = state, decision, facts.get("comment", "")
        approval.decided_by, approval.decider, approval.decided_at = actor.user_id, actor.user, session.now
        self.journal.write(session, actor, approval, decision, facts)

    def _note(self, actor: Actor, id: UUID, kind: str, text: str, origin: Origin | None) -> ApprovalView:
        with self.transactions.open(actor, origin or Origin("web", new_id())) as session:
            approval = self._load(session, actor, id, lock=True)
            self._require_open(approval, session)
            if kind == "ask" and not may_decide(actor, approval):
                raise Denied(rule="approver", reason=N_("solo pregunta quien puede decidirla"))
            note = {"kind": kind, "by": actor.user, "text": text, "at": session.now.isoformat()}
            approval.messages = [*approval.messages, note]
            self.journal.write(session, actor, approval, kind, {"text": text})
            return self._view(actor, approval, session)

    def _supersede(self, requester: Actor, id: UUID, stale: Stale) -> UUID:
        preview, ids, conflicted = (stale.detail[name] for name in ("preview", "ids", "conflicted"))
        assert isinstance(preview, Preview)
        assert isinstance(ids, tuple)
        assert isinstance(conflicted, tuple)
        with self.transactions.open(requester, Origin("job", new_id())) as session:
            old = self._load(session, requester, id, lock=True)
            if old.superseded_by_id is not None:
                return old.superseded_by_id
            facts = old.model_dump(exclude=KEPT_OUT)
            fresh = Approval(**{**facts, "preview": preview.model_dump(mode="json"), "preview_hash": preview.hash})
            fresh.ids, fresh.supersedes_id, fresh.state = list(ids), old.id, ApprovalState.PENDING
            fresh.conflicted = list(dict.fromkeys((*old.conflicted, *conflicted)))
            fresh.expires_at = session.now + (old.expires_at - old.created_at)
            session.add(fresh)
            old.superseded_by_id, old.state = fresh.id, ApprovalState.STALE
            self.journal.write(session, requester, old, "stale", {})
            return fresh.id

    def _fail(self, actor: Actor, id: UUID, error: str) -> None:
        with self.transactions.open(actor, Origin("job", new_id())) as session:
            approval = self._locked(session, id)
            if approval.state is ApprovalState.APPROVED:
                approval.error, approval.state = error, ApprovalState.FAILED
                self.journal.write(session, actor, approval, "fail", {"error": error})

    def _void(self, actor: Actor, id: UUID) -> None:
        clock = clockwork(actor.tenant_id)
        with self.transactions.open(clock, Origin("job", new_id())) as session:
            approval = self._locked(session, id)
            if approval.state is ApprovalState.PENDING:
                approval.state = ApprovalState.VOIDED
                self.journal.write(session, clock, approval, "void", {})

    def _view(self, actor: Actor, approval: Approval, session: GateSession) -> ApprovalView:
        return self._eyes(actor, session).see(approval)

    def _eyes(self, actor: Actor, session: GateSession) -> Eyes:
        policy = self.policies(session.standing.policy, session)
        rules = {rule.id: rule.why for rule in policy.engine.declared}
        return Eyes(actor, session.now, self.gate.catalogue(), rules)


def not_together(views: Sequence[ApprovalView]) -> str:
    """Why these cannot be decided together (catalogued); "" if they can."""
    if any(view.risk[:1] in ONE_BY_ONE or view.step_up is not None or view.needed > 1 for view in views):
        return N_("una de ellas exige decidirla por separado")
    if any(view.foreign_sources for view in views):
        return N_("una de ellas nace de contenido externo: mírela por separado")
    if any(view.advice.get("dissent") for view in views):
        return N_("en una de ellas discrepa un especialista: mírela por separado")
    if len({(view.tool, view.rule) for view in views}) > 1:
        return N_("solo se deciden juntas las de un mismo acto y una misma regla")
    return ""


KEPT_OUT: Final = {
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
    "conflicted",
    "postponed_until",
    "delegated_to",
}


def _text(field: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise BadArguments(field=field, problem=N_("falta; es obligatorio"))
    if len(text) > LONGEST_TEXT:
        raise BadArguments(field=field, problem=N_("pasa de 2.000 caracteres"))
    return text


def _as_agent(actor: Actor, agent: str | None) -> Actor:
    return replace(actor, agent=agent)
