"""The graph of a turn (*turno*), drawn in `docs/graphs.md`.

    intake ▸ route ▸ think ⇄ run
                       think ▸ plan ▸ consult ▸ specialist × n ▸ aggregate ▸ decide ▸ act ▸ think
                       think ▸ answer

One graph serves all executors: an executor is data. It is compiled twice: without
checkpoints for the part that only reads (which may simply be read again after a crash), and
with them from the first plan on.
"""

from typing import Any, Final

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy, Send, TimeoutPolicy

from graphs.context import TurnContext
from graphs.nodes.act import act
from graphs.nodes.aggregate import aggregate
from graphs.nodes.answer import answer
from graphs.nodes.consult import consult
from graphs.nodes.decide import decide
from graphs.nodes.intake import intake
from graphs.nodes.plan import plan
from graphs.nodes.route import route
from graphs.nodes.run import run
from graphs.nodes.specialist import specialist, specialist_failed
from graphs.nodes.think import think
from graphs.outstanding import bound_calls, foreign, is_free, only_reads, open_calls, own_rows, own_text, registers
from graphs.state import Brief, RunInput, TurnState
from graphs.transient import is_transient

STEPS: Final = 60  # the library's own limit is 10,007 steps: a looping model would take them all
ONCE_MORE: Final = RetryPolicy(max_attempts=2, initial_interval=0.2, retry_on=is_transient)
IDLE_SECONDS: Final = 20.0


def build() -> "StateGraph[TurnState, TurnContext, TurnState, TurnState]":
    """The graph, not yet compiled."""
    graph = StateGraph(TurnState, context_schema=TurnContext)
    graph.add_node("intake", intake).add_node("route", route).add_node("think", think, retry_policy=ONCE_MORE)
    graph.add_node("run", run, input_schema=RunInput)
    graph.add_node("plan", plan).add_node("consult", consult)
    graph.add_node(
        "specialist",
        specialist,
        input_schema=Brief,
        timeout=TimeoutPolicy(run_timeout=IDLE_SECONDS),
        retry_policy=ONCE_MORE,
        error_handler=specialist_failed,
    )
    graph.add_node("aggregate", aggregate).add_node("decide", decide)
    graph.add_node("act", act).add_node("answer", answer)
    graph.add_conditional_edges(START, first, ["intake", "think", "plan"])
    graph.add_edge("intake", "route").add_edge("route", "think")
    graph.add_conditional_edges("think", after_think, ["run", "plan", "answer", END])
    graph.add_conditional_edges("plan", after_plan, ["run", "consult"])
    graph.add_conditional_edges("run", next_call, ["consult", "think"])
    graph.add_conditional_edges("consult", after_consult, ["specialist", "consult", "think", "aggregate"])
    graph.add_edge("specialist", "aggregate").add_edge("aggregate", "decide")
    graph.add_conditional_edges("decide", after_decide, ["act", "consult", "think"])
    graph.add_conditional_edges("act", next_call, ["consult", "think"])
    graph.add_edge("answer", END)
    return graph


def compiled(checkpointer: BaseCheckpointSaver[str] | None) -> "CompiledStateGraph[Any, TurnContext, Any, Any]":
    """The graph ready to run, once a process and saver."""
    return build().compile(checkpointer)


def first(state: TurnState) -> str:
    """Where a run begins: at the front, at the plan it paused before, or at what a decision brought."""
    if not state.get("executor"):
        return "intake"
    return "plan" if open_calls(state) else "think"


def after_think(state: TurnState, runtime: Runtime[TurnContext]) -> str | list[Send]:
    """Reads run at once; anything else is planned first, in a run that keeps checkpoints."""
    waiting = [] if state.get("stopped") else open_calls(state)
    if not waiting:
        return "answer"
    catalogue = runtime.context.house.catalogue()
    if all(only_reads(catalogue, call["name"]) for call in waiting):
        return sends(state, runtime)
    return "plan" if runtime.context.durable else END


def after_plan(state: TurnState, runtime: Runtime[TurnContext]) -> str | list[Send]:
    """The free calls first, side by side; then each other call in its turn."""
    return sends(state, runtime) or "consult"


def sends(state: TurnState, runtime: Runtime[TurnContext]) -> list[Send]:
    """One task a free call: two calls in one task would both run again after a crash."""
    catalogue = runtime.context.house.catalogue()
    order, vouched, read = len(state.get("calls", {})), registers(state), foreign(state)
    room = max(runtime.context.budget.tool_calls - len(own_rows(state)), 0)
    free = [call for call in open_calls(state) if is_free(catalogue, call["name"])]
    return [
        Send(
            "run",
            RunInput(
                call=call,
                order=order + place,
                executor=state["executor"],
                said=own_text(state),
                registers=vouched,
                foreign=read,
                over_budget=place >= room,
            ),
        )
        for place, call in enumerate(free)
    ]


def next_call(state: TurnState, runtime: Runtime[TurnContext]) -> str:
    """To the next call that is not free, or back to the model.

    Side by side each `run` sees its own result alone, so free calls that seem open are not.
    """
    return "consult" if bound_calls(state, runtime.context.house.catalogue()) else "think"


def after_consult(state: TurnState, runtime: Runtime[TurnContext]) -> str | list[Send]:
    """Everybody at once, each with his own time; a proposal that fell goes back."""
    if state.get("proposal") is None:
        return next_call(state, runtime)
    roster, left = runtime.context.house.roster, runtime.context.seconds_left
    return [
        Send("specialist", brief, timeout=min(roster.specialists[brief["specialist"]].timeout_seconds, max(left, 0.1)))
        for brief in state["briefs"]
    ] or "aggregate"


def after_decide(state: TurnState, runtime: Runtime[TurnContext]) -> str:
    """To the gate unless a rule forbade it."""
    return "act" if state.get("proposal") else next_call(state, runtime)
