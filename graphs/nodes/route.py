"""Route (*encaminar*): which executor takes the turn."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.runtime import Runtime

from agents.language.dialogue import untagged
from agents.routing import RouteDecision, route_with_model
from agents.routing import route as routed
from graphs.context import TurnContext
from graphs.payloads import Alternative, Routed
from graphs.state import TurnState
from tools.tool import Tool

REMEMBERED: Final = 12  # messages of a past without routes that are read again


async def route(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Choose by words and likeness; ask a model only if that is unsure and a real one is there."""
    ctx = runtime.context
    tools = tuple(ctx.house.catalogue().tools.values())
    previous, asked = state.get("previous") or None, state.get("open_question", False)
    names = {str(m["words"]) for m in state.get("mentions", ())}
    if previous is None:  # a past that is only text does not say who took it
        previous, asked = await asyncio.to_thread(led_before, state["messages"][:-1], tools)
    decision = await asyncio.to_thread(
        lambda: routed(state["text"], tools, previous=previous, open_question=asked, names=names)
    )
    if not decision.sure and ctx.house.models.routes:
        decision = await route_with_model(ctx.house.models.router(), state["text"], decision)
    _tell(ctx, decision)
    return {"route": decision.model_dump(mode="json"), "executor": decision.executor}


def led_before(earlier: Sequence[AnyMessage], tools: tuple[Tool, ...]) -> tuple[str | None, bool]:
    """Who will have taken the last of `earlier` turns, by the same words; whether it ended with a question."""
    previous: str | None = None
    asked = False
    for message in earlier[-REMEMBERED:]:
        text = untagged(str(message.text))
        if isinstance(message, AIMessage):
            asked = text.rstrip().endswith("?")
        elif isinstance(message, HumanMessage) and text:
            previous = routed(text, tools, previous=previous, open_question=asked).executor
    return previous, asked


def _tell(ctx: TurnContext, decision: RouteDecision) -> None:
    executor = ctx.house.roster.executors[decision.executor]
    ctx.narration.say(
        Routed(
            executor=executor.id,
            title=executor.title,
            score=decision.confidence,
            why=decision.why,
            alternatives=tuple(
                Alternative(executor=other.executor, score=other.score) for other in decision.alternatives
            ),
        )
    )
