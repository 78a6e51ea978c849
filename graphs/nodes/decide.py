"""Decide (*decidir*): the business rules on the proposal, with the advice in hand."""

import json
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime

from graphs.context import TurnContext
from graphs.nodes.run import refused
from graphs.payloads import Note
from graphs.rules import Facts, Violation, evaluate
from graphs.state import ProposedCall, TurnState


async def decide(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Refuse what a rule forbids; note what makes a person necessary; else go on to the gate."""
    ctx = runtime.context
    call = state["proposal"]
    assert call is not None
    found = evaluate(facts(state, ctx, call))
    rows = [violation.row() for violation in found]
    for violation in found:
        level: Any = "info" if violation.severity == "warn" else "warning"
        ctx.narration.say(Note(level=level, text=violation.told(ctx.actor.locale)))
    blocking = [violation for violation in found if violation.severity == "block"]
    if not blocking:
        return {"violations": rows}
    update = refused(ctx, call, len(state.get("calls", {})), _error(blocking[0], ctx))
    update["messages"].append(advice_message(ctx, state["advice"].get(call["id"], {}), call["id"]))
    return {**update, "violations": rows, "proposal": None}


def facts(state: TurnState, ctx: TurnContext, call: ProposedCall) -> Facts:
    """What the rules look at, read from the state."""
    tool = ctx.house.catalogue().get(call["name"])
    advice = state.get("advice", {}).get(call["id"], {})
    return Facts(
        tool=tool.name,
        risk=tool.risk,
        authority=ctx.house.roster.executors[state["executor"]].authority,
        statuses={id: row["status"] for id, row in state.get("recommendations", {}).items()},
        required=tuple(brief["specialist"] for brief in state.get("briefs", ()) if brief["required"]),
        vetoes=tuple(advice.get("vetoes", ())),
        support=advice.get("support"),
        rejections=sum(
            1
            for row in state.get("calls", {}).values()
            if row["status"] == "rejected" and row["name"] == call["name"] and row["args"] == call["args"]
        ),
    )


def advice_message(ctx: TurnContext, advice: dict[str, Any], call_id: str) -> HumanMessage:
    """The advice as the executor's model gets it, after the call's result."""
    text = f"<consejo>{json.dumps(advice, ensure_ascii=False)}</consejo>"
    return HumanMessage(text, id=f"{ctx.ref.turn_id}:advice:{call_id}")


def _error(violation: Violation, ctx: TurnContext) -> dict[str, Any]:
    return {
        "code": "ait.rule",
        "message": violation.told(ctx.actor.locale),
        "rule": violation.rule_id,
    }
