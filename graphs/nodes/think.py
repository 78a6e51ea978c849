"""Think (*pensar*): the executor's model proposes calls or writes the answer, streamed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.runtime import Runtime

from agents.language.dialogue import untagged
from agents.models.fallback import Switch, switches_of
from agents.models.prices import cost_micro_eur
from agents.spec import Executor
from core.i18n import N_, translate
from graphs.context import TurnContext
from graphs.nodes.binding import PER_CLAUSE, choose
from graphs.outstanding import own_rows
from graphs.past import in_order
from graphs.payloads import Note, TextDone
from graphs.state import TurnState, UsageRow
from tools.adapters.langchain import as_function

OVER: Final[Mapping[str, str]] = {
    "model_calls": N_("He parado: el turno ha agotado sus consultas al modelo. Esto es lo que hay hasta aquí."),
    "tool_calls": N_("He parado: el turno ha agotado sus llamadas a herramientas. Esto es lo que hay hasta aquí."),
    "seconds": N_("He parado: se ha agotado el tiempo del turno. Esto es lo que hay hasta aquí."),
}


async def think(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Ask the model once; over budget, stop with what there is."""
    ctx = runtime.context
    over = spent(state, ctx)
    if over:
        return stop(state, ctx, over)
    executor = ctx.house.roster.executors[state["executor"]]
    earlier = [*_called(state["messages"]), *_meant_before(ctx, executor, state["messages"])]
    tools = choose(
        ctx.house.catalogue(),
        executor,
        state["text"],
        state.get("bound", []),
        earlier,
        lambda permission: ctx.house.permits(ctx.actor, permission),
    )
    model = ctx.house.models.for_agent(executor)
    bound = model.bind_tools([as_function(tool) for tool in tools]) if tools else model
    prompt = [SystemMessage(system_prompt(executor, ctx)), *in_order(state["messages"])]
    span = f"{executor.id}-{own_calls(state) + 1}"
    try:
        async with asyncio.timeout(ctx.seconds_left):
            message = await _stream(ctx, bound, prompt, span)
    except TimeoutError:
        return stop(state, ctx, "seconds")
    message = distinct(message, state["messages"])
    for switch in switches_of(message):
        ctx.narration.say(Note(level="warning", text=told_switch(switch, ctx.actor.locale)))
    text = str(message.text)
    if message.tool_calls and text:
        ctx.narration.say(TextDone(span=span, text=text, citations=()))
    return {
        "messages": [message],
        "bound": [tool.name for tool in tools],
        "span": span,
        "usage": [usage_row(executor.name, message, ctx)],
    }


def distinct(message: AIMessage, earlier: Sequence[AnyMessage]) -> AIMessage:
    """`message` with calls whose ids no earlier message bears: some servers number them anew each time."""
    taken = {call["id"] for former in earlier if isinstance(former, AIMessage) for call in former.tool_calls}
    renamed = {call["id"]: f"{call['id']}-{len(earlier)}" for call in message.tool_calls if call["id"] in taken}
    if not renamed:
        return message
    calls = [{**call, "id": renamed.get(call["id"], call["id"])} for call in message.tool_calls]
    content = message.content
    if isinstance(content, list):
        content = [
            {**block, "id": renamed[block["id"]]} if isinstance(block, dict) and block.get("id") in renamed else block
            for block in content
        ]
    return message.model_copy(update={"tool_calls": calls, "content": content})


def system_prompt(executor: Executor, ctx: TurnContext) -> str:
    """The agent's prompt, then what differs by person: who asks, and in which language."""
    return (
        f"{executor.system_prompt()}\n\n<persona>{ctx.actor.name or ctx.actor.user}; "
        f"roles: {', '.join(sorted(ctx.actor.roles))}; idioma: {ctx.actor.locale}</persona>"
    )


def spent(state: TurnState, ctx: TurnContext) -> str:
    """Which budget is used up, or ""."""
    if ctx.seconds_left <= 0:
        return "seconds"
    if own_calls(state) >= ctx.budget.model_calls:
        return "model_calls"
    return "tool_calls" if len(own_rows(state)) >= ctx.budget.tool_calls else ""


def own_calls(state: TurnState) -> int:
    """Model calls of the executor in this turn; specialists' do not count."""
    return sum(1 for row in state.get("usage", ()) if row["agent"].startswith("executor/"))


def stop(state: TurnState, ctx: TurnContext, over: str) -> dict[str, Any]:
    """The update that ends a turn early: a notice, and what the calls so far have told."""
    text = translate(OVER[over], ctx.actor.locale)
    ctx.narration.say(Note(level="warning", text=text))
    found = [row["told"] for row in own_rows(state) if row.get("told")]
    return {"stopped": over, "messages": [AIMessage("\n\n".join([text, *found]))]}


def usage_row(agent: str, message: AIMessage, ctx: TurnContext) -> UsageRow:
    """What one model call used, by the model's own account."""
    used = message.usage_metadata
    model = str(message.response_metadata.get("model_name") or message.response_metadata.get("model") or "")
    details = used.get("input_token_details", {}) if used else {}
    return {
        "agent": agent,
        "model": model,
        "input_tokens": used["input_tokens"] if used else 0,
        "output_tokens": used["output_tokens"] if used else 0,
        "cached_tokens": int(details.get("cache_read") or 0),
        "cost_micro_eur": cost_micro_eur(model, used, ctx.today, ctx.house.prices) or 0,
    }


async def _stream(ctx: TurnContext, model: Any, prompt: list[AnyMessage], span: str) -> AIMessage:
    """The model's whole message; its text is told while it comes."""
    whole: AIMessageChunk | None = None
    async for chunk in model.astream(prompt):
        if chunk.response_metadata.get("restart"):
            # The model broke off in mid-stream and another begins: what was shown no longer holds.
            whole = None
            ctx.narration.say(TextDone(span=span, text="", citations=()))
            continue
        if chunk.text:
            ctx.narration.text(span, str(chunk.text))
        whole = chunk if whole is None else whole + chunk
    if whole is None:
        return AIMessage("")
    return AIMessage(
        content=whole.content,
        tool_calls=whole.tool_calls,
        invalid_tool_calls=whole.invalid_tool_calls,
        usage_metadata=whole.usage_metadata,
        response_metadata=whole.response_metadata,
        id=whole.id,
    )


def told_switch(switch: Switch, locale: str) -> str:
    """One switch of model, as people read it."""
    return translate(
        N_("El modelo {first} no ha respondido ({reason}); contesta {second}."),
        locale,
        first=switch["from"],
        second=switch["to"],
        reason=switch["reason"],
    )


def _meant_before(ctx: TurnContext, executor: Executor, messages: list[AnyMessage]) -> list[str]:
    """Tools that the thread's last requests asked for: the answer to a question does not name them again."""
    said = [untagged(str(m.text)) for m in messages if isinstance(m, HumanMessage)]
    recent = [text for text in said if text][-3:-1]
    return [tool.name for text in recent for tool in choose(ctx.house.catalogue(), executor, text, [])[:PER_CLAUSE]]


def _called(messages: list[AnyMessage]) -> list[str]:
    """Tools called so far in what the model sees, this turn's and the last ones'."""
    return [m.name for m in messages if isinstance(m, ToolMessage) and m.name]
