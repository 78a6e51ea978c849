"""Intake (*entrada*): which records the text names, and how much of the past the model sees."""

import asyncio
import json
from typing import Any, Final, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage, trim_messages
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.runtime import Runtime

from core.errors import AitError
from graphs.context import TurnContext
from graphs.outstanding import is_advice
from graphs.references import result_type
from graphs.state import RESET, TurnState
from tools.results import Mentions
from tools.tool import Tool

HISTORY_TOKENS: Final = 6_000
WHOLE_TURNS: Final = 2  # earlier turns that keep their tool calls; older ones keep only what was said


async def intake(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Begin the turn: nothing of an earlier one is left but what was said."""
    ctx = runtime.context
    text = state["text"]
    mentions = await find_mentions(ctx, text)
    asked = HumanMessage(question(text, mentions, ctx.today.isoformat()), id=str(ctx.ref.turn_id))
    return {
        "messages": [*trimmed(state.get("history", [])), asked],
        "history": [],
        "mentions": mentions,
        "recommendations": {RESET: True},
        "advice": {RESET: True},
        "calls": {RESET: True},
        "bound": [],
        "proposal": None,
        "violations": [],
        "consulted": [],
        "answer": "",
        "citations": [],
        "stopped": "",
    }


def question(text: str, mentions: list[dict[str, Any]], today: str) -> str:
    """What the person wrote, the records it names, and today's date, as models get it."""
    parts = [text]
    if mentions:
        parts.append(f"<registros>{json.dumps(mentions, ensure_ascii=False)}</registros>")
    return "\n\n".join(parts) + f"\n<hoy>{today}</hoy>"


def mention_tools(tools: list[Tool]) -> list[Tool]:
    """The tools that recognise records in a text; a turn asks them all before it begins."""
    return [t for t in tools if result_type(t) is Mentions and "text" in t.arguments.model_fields]


async def find_mentions(ctx: TurnContext, text: str) -> list[dict[str, Any]]:
    """All records that `text` names, each once; a module that fails to look names none."""
    tools = mention_tools(list(ctx.house.catalogue().tools.values()))
    answers = await asyncio.gather(*(_ask(ctx, tool.name, text) for tool in tools))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for mention in (mention for answer in answers for mention in answer):
        found.setdefault((mention["kind"], mention["id"]), mention)
    return list(found.values())


async def _ask(ctx: TurnContext, tool: str, text: str) -> list[dict[str, Any]]:
    try:
        outcome = await ctx.call(tool, {"text": text})
    except AitError:
        return []  # the refusal is audited by the gate; the turn goes on without these names
    return list(outcome.json["mentions"])


def trimmed(messages: list[AnyMessage]) -> list[AnyMessage]:
    """The past that fits: whole turns, the newest with their tool calls, older ones as text."""
    turns = _turns(messages)
    kept = [_as_text(turn) for turn in turns[:-WHOLE_TURNS]] + turns[-WHOLE_TURNS:]
    flat = [message for turn in kept for message in turn]
    fitting = trim_messages(
        flat, max_tokens=HISTORY_TOKENS, token_counter=count_tokens_approximately, strategy="last", start_on="human"
    )
    return cast(list[AnyMessage], fitting)


def _turns(messages: list[AnyMessage]) -> list[list[AnyMessage]]:
    """Messages by turn: each begins with what the person wrote (advice is not that)."""
    turns: list[list[AnyMessage]] = []
    for message in messages:
        begins = isinstance(message, HumanMessage) and not is_advice(message)
        if begins or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _as_text(turn: list[AnyMessage]) -> list[AnyMessage]:
    said = [m for m in turn if not isinstance(m, ToolMessage) and not (isinstance(m, AIMessage) and m.tool_calls)]
    return [m for m in said if not is_advice(m)]
