"""Plan (*plan*): the calls that the executor wants to make, told before any of them changes anything."""

from typing import Any

from langgraph.runtime import Runtime

from graphs.context import TurnContext
from graphs.nodes.run import title_of
from graphs.outstanding import open_calls
from graphs.payloads import Planned, Step
from graphs.state import TurnState


async def plan(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Tell the plan. From here on every step is a checkpoint."""
    ctx = runtime.context
    steps = tuple(
        Step(id=call["id"], label=title_of(ctx, call["name"]), tool=call["name"]) for call in open_calls(state)
    )
    ctx.narration.say(Planned(steps=steps))
    return {"planned": True}
