"""Approvals that turns wait for: their action threads, and how a decision gets back to the chat."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.types import Command

from core.clock import utc_now
from core.context import Actor, Origin
from core.errors import AitError, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from graphs import action as action_graph
from graphs.action import STRICT, Acted, ActionContext, Decision
from graphs.checkpoints import Work
from graphs.context import ToolBroken, TurnContext
from graphs.frames import TurnRef, frame
from graphs.locks import BUSY
from graphs.nodes.act import DECISIONS
from graphs.past import continuation
from graphs.payloads import (
    ApprovalAsked,
    ApprovalDecided,
    Frame,
    Payload,
    TextDone,
    ToolCalled,
    ToolResult,
    TurnFinished,
    Usage,
)
from graphs.records import Turn, TurnApproval
from graphs.references import references
from graphs.result import TurnResult
from graphs.results import content, error_content, error_row, told
from graphs.state import CallRow, TurnState
from graphs.store import new_turn, origin_of, ref_of
from tools.approvals import ApprovalView
from tools.gate.hold import Stale
from tools.gate.records import ApprovalState

if TYPE_CHECKING:
    from graphs.turns import Turns

STEPS: Final = 10
POLL_SECONDS: Final = 0.1
REPLACED: Final = N_("La propuesta se ha sustituido por otra ({reason}) y espera decisión.")
EDITED: Final = N_("una persona la ha cambiado")
CHANGED: Final = N_("los datos cambiaron entretanto")
REFUSED: Final = N_("{who} ha rechazado la propuesta: {comment}")
EXPIRED: Final = N_("La propuesta ha vencido sin decisión y no se ejecuta.")
log = structlog.get_logger("turns")


class Actions:
    """The action threads of one process; part of `Turns`."""

    def __init__(self, turns: "Turns") -> None:
        """Serve `turns`."""
        self.turns = turns

    def open(self, savers: Sequence[AsyncPostgresSaver]) -> None:
        """Compile the graph over the savers."""
        self._graphs = [action_graph.compiled(saver) for saver in savers]

    async def ask(self, ctx: TurnContext, approval_id: UUID, call_id: str, tool: str) -> None:
        """Link the approval to its turn and let its action thread wait; safe to call again."""
        await self._wait_for(ctx.ref, approval_id, call_id, tool)

    async def _wait_for(self, ref: TurnRef, approval_id: UUID, call_id: str, tool: str) -> None:
        link = TurnApproval(
            tenant_id=ref.tenant_id,
            approval_id=approval_id,
            turn_id=ref.turn_id,
            thread_id=ref.thread_id,
            call_id=call_id,
            tool=tool,
        )
        await self.turns.checkpoints.begin(work_of(ref.tenant_id, approval_id))
        await asyncio.to_thread(self.turns.store.link, link)
        # Outside the node's own context: the graph would take it for a subgraph of the turn.
        await self.turns.background(self._park(link))

    async def _park(self, link: TurnApproval) -> None:
        graph, config = self._graph(link.approval_id)
        if (await graph.aget_state(config)).values:
            return
        begin = {"approval_id": str(link.approval_id), "tool": link.tool}
        output = await graph.ainvoke(begin, config, context=self._context(link), durability="sync", version="v2")
        interrupt_id = output.interrupts[0].id
        await asyncio.to_thread(self.turns.store.mark, link.tenant_id, link.approval_id, interrupt_id=interrupt_id)

    def _graph(self, approval_id: UUID) -> tuple[Any, Any]:
        key = f"act:{approval_id}"
        config = {"configurable": {"thread_id": key, STRICT: True}, "recursion_limit": STEPS}
        return self._graphs[self.turns.checkpoints.slot(key)], config

    def _context(self, link: TurnApproval) -> ActionContext:
        async def execute(approval_id: UUID) -> Acted:
            return await asyncio.to_thread(self._execute, link, approval_id)

        async def report(approval_id: UUID, decision: Decision, acted: Acted) -> None:
            await self.turns.background(self._report(link, decision, acted))

        return ActionContext(execute, report)

    async def resume(self, tenant_id: UUID, approval_id: UUID, actor: Actor | None = None) -> UUID | None:
        """Carry out what the approval's row says; the turn that tells of it, if any.

        Raises:
            Conflict: somebody else is resuming it this moment.
        """
        link = await asyncio.to_thread(self.turns.store.linked, tenant_id, approval_id)
        if link is None:
            await self._without_turn(tenant_id, approval_id, actor)
            return None
        await self.turns.settled(link.turn_id)
        view = await asyncio.to_thread(self._view, link)
        row = await asyncio.to_thread(self.turns.store.turn, tenant_id, link.turn_id)
        if view.state is ApprovalState.PENDING or row is None or row.state == "running":
            return None  # not decided; or the turn that asked has to end first, and the watcher comes again
        async with self.turns.locks.hold(f"act:{approval_id}"):
            await self.turns.background(self._resume(link, view))
        await self.turns.checkpoints.end(work_of(tenant_id, approval_id))
        return await asyncio.to_thread(self.turns.store.continuing, tenant_id, approval_id)

    async def reported(self, tenant_id: UUID, approval_id: UUID, seconds: float) -> UUID | None:
        """Wait until somebody else has carried out the decision; the turn that tells of it.

        Raises:
            Conflict: it took longer than `seconds`.
        """
        for _ in range(round(seconds / POLL_SECONDS)):
            link = await asyncio.to_thread(self.turns.store.linked, tenant_id, approval_id)
            if link is None or link.reported:
                return await asyncio.to_thread(self.turns.store.continuing, tenant_id, approval_id)
            await asyncio.sleep(POLL_SECONDS)
        raise Conflict(reason=BUSY)

    async def _resume(self, link: TurnApproval, view: ApprovalView) -> None:
        again = await asyncio.to_thread(self.turns.store.linked, link.tenant_id, link.approval_id)
        if again is None or again.reported:
            return
        await self._park(link)  # it never began if the process died between asking and parking
        graph, config = self._graph(link.approval_id)
        snapshot = await graph.aget_state(config)
        answer: Any = None  # it died after the decision: go on from the last checkpoint
        if snapshot.interrupts:
            answer = Command(resume={snapshot.interrupts[0].id: decision_of(view).model_dump()})
        await graph.ainvoke(answer, config, context=self._context(link), durability="sync", version="v2")

    async def _without_turn(self, tenant_id: UUID, approval_id: UUID, actor: Actor | None) -> None:
        """An approval that no chat asked for: run what it grants; there is nobody to tell."""
        await self.turns.checkpoints.end(work_of(tenant_id, approval_id))
        if actor is None:
            return
        view = await asyncio.to_thread(self.turns.installation.approvals.show, actor, approval_id)
        if view.state is ApprovalState.APPROVED:
            await asyncio.to_thread(self.turns.installation.approvals.execute, actor, approval_id)

    async def decided_among(self, works: Sequence[Work]) -> list[Work]:
        """Those of the waiting approvals that are no longer pending."""
        found: list[Work] = []
        for tenant_id in {work.tenant_id for work in works}:
            ours = {work.id: work for work in works if work.tenant_id == tenant_id}
            open_ones = await asyncio.to_thread(self.turns.store.pending, tenant_id, list(ours))
            found += [work for id, work in ours.items() if id not in open_ones]
        return found

    def _requester(self, link: TurnApproval) -> tuple[Turn, Actor]:
        """The turn that asked, and its person; one whose account is gone still sees his approval."""
        row = self.turns.store.turn(link.tenant_id, link.turn_id)
        assert row is not None
        try:
            return row, self.turns.installation.people.actor(row.username, row.tenant_id)
        except NotFound:
            return row, Actor(link.tenant_id, row.user_id, row.username, frozenset())

    def _view(self, link: TurnApproval) -> ApprovalView:
        _, person = self._requester(link)
        return self.turns.installation.approvals.show(person, link.approval_id)

    def _execute(self, link: TurnApproval, approval_id: UUID) -> Acted:
        _, person = self._requester(link)
        approvals = self.turns.installation.approvals
        view = approvals.show(person, approval_id)
        if view.state is ApprovalState.STALE:
            return {"ok": False, "next": str(view.superseded_by_id)}
        try:
            outcome = approvals.execute(person, approval_id, Origin("job", new_id()))
        except Stale as stale:
            return {"ok": False, "error": error_row(stale, person.locale), "next": str(stale.detail["approval_id"])}
        except AitError as error:
            return {"ok": False, "error": error_row(error, person.locale)}
        except Exception as error:
            log.exception("approval.broken", approval=str(approval_id), error=type(error).__name__)
            broken = ToolBroken(tool=link.tool, reference=approval_id)
            return {"ok": False, "error": error_row(broken, person.locale)}
        return {"ok": True, "result": outcome.json, "audit_entry": str(outcome.entry_id)}

    async def _report(self, link: TurnApproval, decision: Decision, acted: Acted) -> None:
        """Begin the turn that tells of the decision; once, however often this runs."""
        row, person = await asyncio.to_thread(self._requester, link)
        view = await asyncio.to_thread(self._view, link)
        successor = acted.get("next") or (str(view.superseded_by_id) if decision.type == "edit" else "")
        if successor:
            await self._replaced(link, row, view, decision, UUID(successor))
        else:
            await self._continued(link, row, person, view, decision, acted)
        await asyncio.to_thread(self.turns.store.mark, link.tenant_id, link.approval_id, reported=True)

    async def _continued(
        self, link: TurnApproval, row: Turn, person: Actor, view: ApprovalView, decision: Decision, acted: Acted
    ) -> None:
        turn = _following(row, link)
        first = [
            self.turns.started(turn, person),
            ApprovalDecided(
                id=str(link.approval_id), who=decision.by, decision=view.state.value, comment=decision.comment
            ),
            self._called(link, view),
            self._settled(link, view, decision, acted, person),
        ]
        ref = ref_of(turn)
        frames = [frame(ref, number, payload) for number, payload in enumerate(first, start=1)]
        await self.turns.checkpoints.begin(Work(f"turn:{turn.id}", turn.tenant_id))
        id = await asyncio.to_thread(self.turns.store.continue_once, turn, frames)
        if id != turn.id:
            return  # an earlier run of this node has begun it; the sweeper sees to it if need be
        await self.turns.frames.publish(frames)
        self.turns.spawn(turn, person, fresh=False)

    async def _replaced(
        self, link: TurnApproval, row: Turn, view: ApprovalView, decision: Decision, successor: UUID
    ) -> None:
        """Tell that another approval took the place of this one, and wait for that."""
        _, person = await asyncio.to_thread(self._requester, link)
        fresh = await asyncio.to_thread(self.turns.installation.approvals.show, person, successor)
        turn = _following(row, link)
        ref = ref_of(turn)
        why = translate(EDITED if decision.type == "edit" else CHANGED, person.locale)
        text = translate(REPLACED, person.locale, reason=why)
        said: list[Payload] = [
            self.turns.started(turn, person),
            ApprovalDecided(
                id=str(link.approval_id), who=decision.by, decision=view.state.value, comment=decision.comment
            ),
            ApprovalAsked(
                id=str(successor),
                tool=fresh.tool,
                title=fresh.title,
                preview_hash=fresh.preview_hash,
                approvers=fresh.approver,
                expires_at=fresh.expires_at.isoformat(),
                decisions=DECISIONS,
            ),
            TextDone(span="replaced", text=text, citations=()),
            TurnFinished(turn=str(turn.id), usage=Usage(), outcome="interrupted"),
        ]
        frames: list[Frame] = [frame(ref, number, payload) for number, payload in enumerate(said, start=1)]
        carried = dict(row.result)
        carried["tool_calls"] = [_moved(call, link.call_id, successor) for call in row.result.get("tool_calls", ())]
        approval = {
            "id": str(successor),
            "state": "pending",
            "tool": fresh.tool,
            "args": fresh.args,
            "call": link.call_id,
        }
        result = {**carried, "turn_id": str(turn.id), "answer": text, "outcome": "interrupted", "approvals": [approval]}
        turn.state, turn.answer, turn.executor, turn.messages = "interrupted", text, row.executor, row.messages
        turn.result = TurnResult.model_validate(result).model_dump(mode="json")
        turn.finished_at = utc_now()
        if await asyncio.to_thread(self.turns.store.continue_once, turn, frames) == turn.id:
            await self.turns.frames.publish(frames)
            await self._wait_for(ref, successor, link.call_id, link.tool)

    def _called(self, link: TurnApproval, view: ApprovalView) -> ToolCalled:
        return ToolCalled(
            call=link.call_id,
            tool=link.tool,
            title=view.title,
            risk_class=view.risk,
            args=view.args,
            provenance={name: str(label.get("source", "")) for name, label in view.labels.items()},
        )

    def _settled(
        self, link: TurnApproval, view: ApprovalView, decision: Decision, acted: Acted, person: Actor
    ) -> ToolResult:
        error = error_of(view, decision, acted, person.locale)
        sentence = error["message"] if error else self._sentence(link.tool, acted, person)
        return ToolResult(
            call=link.call_id,
            tool=link.tool,
            ok=error is None,
            told=sentence,
            result=acted.get("result"),
            error=error,
            preview=view.preview.model_dump(mode="json"),
            audit_entry=acted.get("audit_entry"),
        )

    def _sentence(self, name: str, acted: Acted, person: Actor) -> str:
        tool = self.turns.installation.catalogue.get(name)
        return told(tool, acted.get("result"), person.locale)

    async def opening(self, turn: Turn) -> TurnState:
        """The state in which the turn that follows a decision begins."""
        return await asyncio.to_thread(self._opening, turn)

    def _opening(self, turn: Turn) -> TurnState:
        store = self.turns.store
        assert turn.continues is not None
        asked = store.turn(turn.tenant_id, turn.continues)
        assert asked is not None
        decided: dict[str, CallRow] = {}
        contents: dict[str, str] = {}
        for link in store.links(turn.tenant_id, turn.continues):
            locale, view = self._requester(link)[1].locale, self._view(link)
            if view.state in (ApprovalState.PENDING, ApprovalState.SUPERSEDED, ApprovalState.STALE):
                continue
            row, text = self._decided(link, view, locale)
            row["earlier"] = link.approval_id != turn.approval_id
            decided[link.call_id], contents[link.call_id] = row, text
        return continuation(asked, decided, contents)

    def _decided(self, link: TurnApproval, view: ApprovalView, locale: Locale) -> tuple[CallRow, str]:
        """What became of a call, as the state keeps it and as the model is told."""
        tool = self.turns.installation.catalogue.get(link.tool)
        result = (view.result or {}).get("value")
        acted: Acted = {"ok": view.state is ApprovalState.EXECUTED, "result": result}
        row: CallRow = {
            "id": link.call_id,
            "name": link.tool,
            "args": view.args,
            "risk_class": view.risk,
            "approval_id": str(view.id),
        }
        error = error_of(view, decision_of(view), acted, locale)
        if error:
            row |= {"status": "rejected" if view.state is ApprovalState.REJECTED else "error", "error": error}
            return row, error_content(error)
        sentence = told(tool, result, locale)
        row |= {
            "status": "done",
            "result": result,
            "told": sentence,
            "audit_entry": str(view.entry_id),
            "refs": references(result, tool.result_schema),
        }
        edited = view.args if view.supersedes_id else None
        return row, content(tool, result, sentence, approved_by=view.decider, edited=edited)


def _following(row: Turn, link: TurnApproval) -> Turn:
    """The turn that goes on from `row` once this approval is decided."""
    person = Actor(row.tenant_id, row.user_id, row.username, frozenset())
    return new_turn(person, origin_of(row), row.text, row.thread_id, continues=row.id, approval_id=link.approval_id)


def _moved(call: dict[str, Any], call_id: str, successor: UUID) -> dict[str, Any]:
    return {**call, "approval_id": str(successor)} if call["id"] == call_id else call


def decision_of(view: ApprovalView) -> Decision:
    """What the approval's row says, as the action thread takes it."""
    types: dict[ApprovalState, Any] = {
        ApprovalState.REJECTED: "reject",
        ApprovalState.EXPIRED: "expire",
        ApprovalState.VOIDED: "void",
        ApprovalState.SUPERSEDED: "edit",
    }
    return Decision(type=types.get(view.state, "approve"), by=view.decider or "", comment=view.comment)


def error_of(view: ApprovalView, decision: Decision, acted: Acted, locale: str) -> dict[str, Any] | None:
    """Why the call did not happen; None if it did."""
    if decision.type == "reject":
        text = translate(REFUSED, locale, who=decision.by, comment=decision.comment)
        return {"code": "ait.rejected", "message": text, "by": decision.by, "reason": decision.comment}
    if decision.type in ("expire", "void"):
        return {"code": "ait.expired", "message": translate(EXPIRED, locale)}
    if acted.get("ok"):
        return None
    return acted.get("error") or {"code": "ait.failed", "message": view.error or ""}


def work_of(tenant_id: UUID, approval_id: UUID) -> Work:
    """The entry of the work list for an approval."""
    return Work(f"act:{approval_id}", tenant_id)
