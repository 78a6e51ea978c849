"""Aggregate (*reunir*): all advice as one value, by arithmetic, so that "why" has an answer."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from agents.aggregation import aggregate as put_together
from agents.protocol import Advice, ProposedAction
from graphs.context import TurnContext
from graphs.messages import exchange
from graphs.state import TurnState


async def aggregate(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Weigh the advice on the proposal; citations of what nobody was shown are dropped."""
    ctx = runtime.context
    call, briefs = state["proposal"], state["briefs"]
    assert call is not None
    known = {item["ref"] for brief in briefs for item in (*brief["evidence"], *brief["passages"])}
    known |= set(state.get("calls", {}))
    advices = [Advice.model_validate(row) for _, row in sorted(state["recommendations"].items())]
    await asyncio.to_thread(
        ctx.house.post,
        ctx.actor,
        ctx.origin,
        ctx.ref.turn_id,
        exchange(state["executor"], briefs, advices, str(ctx.ref.turn_id)),
        ctx.rehearsal,
    )
    total = put_together(
        advices,
        intent=state.get("route", {}).get("intent", "action"),
        action=ProposedAction(tool=call["name"], args=call["args"]),
        known_refs=known,
        required=[brief["specialist"] for brief in briefs if brief["required"]],
    )
    return {"advice": {call["id"]: total.model_dump(mode="json")}}
