"""What a turn begins with (*antecedentes*): the thread's earlier turns, or what a decision brought."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from core.errors import BadArguments
from core.i18n import N_
from graphs.outstanding import FOREIGN
from graphs.records import Turn
from graphs.state import CallRow, TurnState

CLIENT: Final = "client:history"  # a past that a client tells: nothing vouches for it


def opening(text: str, earlier: Sequence[Turn]) -> TurnState:
    """The first state of a turn that asks `text` after `earlier` ones."""
    history: list[AnyMessage] = []
    continued = {turn.continues for turn in earlier}
    for turn in earlier:
        if turn.id not in continued:  # what follows a decision tells the whole again
            history += sound(saved(turn))
    last = earlier[-1] if earlier else None
    state: TurnState = {"text": text, "history": history}
    if last is not None and last.executor:
        state["previous"] = last.executor
        state["open_question"] = (last.answer or "").rstrip().endswith("?")
    return state


def told_opening(text: str, history: Sequence[Mapping[str, str]]) -> TurnState:
    """The first state of a turn whose past is given as `{"from", "text"}` lines.

    Raises:
        BadArguments: a line is neither the user's nor the assistant's.
    """
    messages: list[AnyMessage] = []
    for line in history:
        if line.get("from") == "user":
            messages.append(HumanMessage(line.get("text", "")))
        elif line.get("from") in ("assistant", "agent"):
            messages.append(AIMessage(line.get("text", ""), additional_kwargs={FOREIGN: [CLIENT]}))
        else:
            raise BadArguments(field="history.from", problem=N_("debe ser user o assistant"))
    return {"text": text, "history": messages}


def saved(turn: Turn) -> list[AnyMessage]:
    """The model's messages of a stored turn; what was said, if it broke off before any."""
    if turn.messages:
        return list(messages_from_dict(turn.messages))  # type: ignore[arg-type]
    messages: list[AnyMessage] = [HumanMessage(turn.text)]
    if turn.answer:
        messages.append(AIMessage(turn.answer))
    return messages


def in_order(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """`messages` with each call's result right behind the message that made it, as models demand."""
    results: dict[str, list[AnyMessage]] = {}
    for message in messages:
        if isinstance(message, ToolMessage):
            results.setdefault(message.tool_call_id, []).append(message)
    ordered: list[AnyMessage] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            continue
        ordered.append(message)
        if isinstance(message, AIMessage):
            ordered += [results[id].pop(0) for id in (str(c["id"]) for c in message.tool_calls) if results.get(id)]
    return ordered


def sound(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """`messages` without calls that never got a result: a turn that broke off may hold some."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    broken = [m for m in messages if isinstance(m, AIMessage) and any(c["id"] not in answered for c in m.tool_calls)]
    lost = {call["id"] for message in broken for call in message.tool_calls}
    return [m for m in messages if m not in broken and not (isinstance(m, ToolMessage) and m.tool_call_id in lost)]


def own_messages(state: TurnState, turn_id: str) -> list[dict[str, Any]]:
    """This turn's messages as stored: from what the person wrote on."""
    messages = state.get("messages", [])
    start = next((n for n, m in enumerate(messages) if m.id == turn_id), 0)
    return messages_to_dict(messages[start:])


def continuation(turn: Turn, decided: Mapping[str, CallRow], contents: Mapping[str, str]) -> TurnState:
    """The state in which `turn` goes on after decisions.

    Args:
        turn: the turn that asked, finished with open approvals.
        decided: call id → what became of the call.
        contents: call id → what the model is told of it.
    """
    rows: dict[str, CallRow] = {}
    for stored in turn.result.get("tool_calls", ()):
        rows[stored["id"]] = cast(CallRow, {**stored, "earlier": True})
    for call_id, row in decided.items():
        rows[call_id] = {**row, "order": rows.get(call_id, row).get("order", len(rows))}
    messages = [_answered(message, contents) for message in saved(turn)]
    if messages and isinstance(messages[-1], AIMessage) and not messages[-1].tool_calls:
        messages.pop()  # «queda pendiente…» no longer holds
    return {
        "text": turn.text,
        "messages": messages,
        "executor": turn.executor or "ceo",
        "calls": rows,
        "mentions": turn.result.get("mentions", []),
        "route": turn.result.get("route", {}),
        "advice": turn.result.get("advice", {}),
        "bound": [],
    }


def _answered(message: AnyMessage, contents: Mapping[str, str]) -> AnyMessage:
    if isinstance(message, ToolMessage) and message.tool_call_id in contents:
        text = contents[message.tool_call_id]
        status: Any = "error" if "error" in json.loads(text) else "success"
        return message.model_copy(update={"content": text, "status": status})
    return message
