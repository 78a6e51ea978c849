"""Route (*encaminar*): which executor takes the turn."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from agents.routing import RouteDecision, route_with_model
from agents.routing import route as routed
from graphs.context import TurnContext
from graphs.payloads import Alternative, Routed
from graphs.state import TurnState


async def route(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Choose by words and likeness; ask a model only if that is unsure and a real one is there."""
    ctx = runtime.context
    tools = tuple(ctx.house.catalogue().tools.values())
    previous = state.get("previous") or None
    names = {str(m["words"]) for m in state.get("mentions", ())}
    decision = await asyncio.to_thread(
        lambda: routed(
            state["text"], tools, previous=previous, open_question=state.get("open_question", False), names=names
        )
    )
    if not decision.sure and ctx.house.models.routes:
        decision = await route_with_model(ctx.house.models.router(), state["text"], decision)
    _tell(ctx, decision)
    return {"route": decision.model_dump(mode="json"), "executor": decision.executor}


def _tell(ctx: TurnContext, decision: RouteDecision) -> None:
    executor = ctx.house.roster.executors[decision.executor]
    ctx.narration.say(
        Routed(
            executor=executor.id, title=executor.title, score=decision.confidence, why=decision.why,
            alternatives=tuple(
                Alternative(executor=other.executor, score=other.score) for other in decision.alternatives
            ),
        )
    )
