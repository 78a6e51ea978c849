"""Act (*actuar*): the proposal goes to the gate; what a person must decide waits on its own thread."""

import asyncio
import json
import time
from collections.abc import Awaitable
from typing import Any, TypeVar
from uuid import UUID

from langgraph.runtime import Runtime

from core.errors import AitError, ApprovalRequired
from graphs.context import TurnContext
from graphs.nodes.decide import advice_message
from graphs.nodes.run import done, refused, reply, step
from graphs.outstanding import evidence
from graphs.payloads import ApprovalAsked, ToolResult
from graphs.results import error_row
from graphs.state import CallRow, ProposedCall, TurnState

T = TypeVar("T")
DECISIONS = ("approve", "edit", "reject", "ask", "delegate", "postpone")


async def act(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Call the gate; once begun it is not cancelled, whatever happens to the turn."""
    ctx = runtime.context
    ctx.acting = True
    try:
        return await unbroken(_act(state, ctx))
    finally:
        ctx.acting = False


async def unbroken(work: Awaitable[T]) -> T:
    """Await `work` to its end even if the caller is cancelled, and only then pass that on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _act(state: TurnState, ctx: TurnContext) -> dict[str, Any]:
    call = state["proposal"]
    assert call is not None
    order, began = len(state.get("calls", {})), time.monotonic()
    advice = state.get("advice", {}).get(call["id"], {})
    try:
        outcome = await ctx.call(
            call["name"],
            call["args"],
            agent=f"executor/{state['executor']}",
            evidence=evidence(state),
            reason=_reason(state),
            advice={**advice, "violations": state.get("violations", [])},
            must_ask=must_ask(state),
        )
    except ApprovalRequired as held:
        update = await _pending(ctx, call, order, held)
    except AitError as error:
        update = refused(ctx, call, order, error_row(error, ctx.actor.locale), _ms(began))
    else:
        update = done(ctx, call, order, outcome, _ms(began))
    update["messages"].append(advice_message(ctx, advice, call["id"]))
    return {**update, "proposal": None}


def must_ask(state: TurnState) -> str:
    """Why a person must decide whatever the policy says; "" if no rule asks for it."""
    asking = [row["message_es"] for row in state.get("violations", ()) if row["severity"] == "approve"]
    return " ".join(asking)


async def _pending(ctx: TurnContext, call: ProposedCall, order: int, held: ApprovalRequired) -> dict[str, Any]:
    """The update for a call that waits: linked first, told afterwards."""
    approval_id = UUID(str(held.detail["approval_id"]))
    await ctx.house.ask(ctx, approval_id, call["id"], call["name"])
    tool = ctx.house.catalogue().get(call["name"])
    shown = await asyncio.to_thread(ctx.house.approval, ctx.actor, approval_id, ctx.rehearsal)
    sentence = held.told(ctx.actor.locale)
    ctx.narration.say(
        ApprovalAsked(
            id=str(approval_id),
            tool=call["name"],
            title=shown.title,
            preview_hash=shown.preview_hash,
            approvers=shown.approver,
            expires_at=shown.expires_at.isoformat(),
            decisions=DECISIONS,
        )
    )
    ctx.narration.say(
        ToolResult(
            call=call["id"],
            tool=call["name"],
            ok=True,
            told=sentence,
            approval=str(approval_id),
            preview=shown.preview.model_dump(mode="json"),
        )
    )
    step(ctx, call, "pending")
    body = {
        "pending": {
            "approval_id": str(approval_id),
            "approver": shown.approver,
            "rule": shown.rule,
            "expires_at": shown.expires_at.isoformat(),
        },
        "_told": sentence,
    }
    row: CallRow = {
        "order": order,
        "id": call["id"],
        "name": call["name"],
        "args": call["args"],
        "risk_class": tool.risk.value,
        "status": "pending",
        "approval_id": str(approval_id),
        "told": sentence,
    }
    return {
        "calls": {call["id"]: row},
        "messages": [reply(ctx, call, json.dumps(body, ensure_ascii=False))],
    }


def _reason(state: TurnState) -> str:
    """The agent's own words for the approver: what it said with the call, else why it was routed here."""
    for message in reversed(state["messages"]):
        if getattr(message, "tool_calls", None) and message.text:
            return str(message.text)[:280]
    return state["text"][:280]


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
