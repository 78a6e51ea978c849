"""The graph of one approval (*hilo de acción*): approve ▸ act ▸ report, on a thread of its own.

A new message on a conversation would drop an interrupt that waited there; so each approval
waits on its own thread `act:<approval id>`, and the conversation holds only the link. The
approval's row decides, this graph follows: `act` runs what the row grants, once, by
`Approvals.execute`, and every node may run again after a crash.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict
from uuid import UUID

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict

from graphs.nodes.act import unbroken

# Makes a late or repeated answer an error instead of silence. The key is the library's own;
# a test guards that it still works.
STRICT: Final = "__pregel_strict_resume"


class Decision(BaseModel):
    """What a person decided, read from the approval's row."""

    model_config = ConfigDict(frozen=True)

    type: Literal["approve", "edit", "reject", "expire", "void"]
    by: str = ""
    comment: str = ""


class Acted(TypedDict, total=False):
    """What became of the call."""

    ok: bool
    result: Any
    audit_entry: str
    error: dict[str, Any]
    next: str  # the approval that took this one's place


class ActionState(TypedDict, total=False):
    """One approval's way."""

    approval_id: str
    tool: str
    decision: dict[str, Any]
    acted: Acted


@dataclass(frozen=True)
class ActionContext:
    """What the action acts through; checked anew at each run, never stored."""

    execute: Callable[[UUID], Awaitable[Acted]]
    report: Callable[[UUID, Decision, Acted], Awaitable[None]]


async def approve(state: ActionState) -> ActionState:
    """Wait for the decision."""
    # The node runs again from here on resume: nothing that changes the world above this line.
    answer = interrupt(
        {"type": "tool_approval", "approval_id": state["approval_id"], "tool": state["tool"]},
        response_schema=Decision,
    )
    return {"decision": Decision.model_validate(answer).model_dump()}


async def act(state: ActionState, runtime: Runtime[ActionContext]) -> ActionState:
    """Run what was granted; a refusal at this late moment is an outcome too."""
    if state["decision"]["type"] != "approve":
        return {"acted": {}}
    return {"acted": await unbroken(runtime.context.execute(UUID(state["approval_id"])))}


async def report(state: ActionState, runtime: Runtime[ActionContext]) -> ActionState:
    """Tell the conversation, which goes on from there."""
    decision = Decision.model_validate(state["decision"])
    await runtime.context.report(UUID(state["approval_id"]), decision, state["acted"])
    return {}


def build() -> "StateGraph[ActionState, ActionContext, ActionState, ActionState]":
    """The graph, not yet compiled."""
    graph = StateGraph(ActionState, context_schema=ActionContext)
    graph.add_node("approve", approve).add_node("act", act).add_node("report", report)
    graph.add_edge(START, "approve").add_edge("approve", "act").add_edge("act", "report")
    graph.add_edge("report", END)
    return graph


def compiled(checkpointer: BaseCheckpointSaver[str]) -> "CompiledStateGraph[Any, ActionContext, Any, Any]":
    """The graph ready to run."""
    return build().compile(checkpointer)
