"""Answer (*respuesta*): the model's text with its numbers checked and its sources named."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.runtime import Runtime

from agents.language.dialogue import untagged
from agents.language.schemas import arguments_of
from core.i18n import LOCALES, N_, translate
from graphs.context import TurnContext
from graphs.figures import MARK, known_figures, mark_unsourced, said_figures
from graphs.nodes.run import title_of
from graphs.outstanding import FOREIGN, foreign, own_rows
from graphs.payloads import Note, TextDone
from graphs.state import TurnState

EMPTY = N_("No he podido formular una respuesta. Inténtelo de nuevo o dígalo de otra forma.")


async def answer(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """The whole text once more, which replaces what was streamed."""
    ctx = runtime.context
    last = state["messages"][-1]
    text = str(last.text).strip() if isinstance(last, AIMessage) else ""
    text = text or translate(EMPTY, ctx.actor.locale)
    known = known_figures(_backing(state))
    for message in state["messages"]:
        known |= said_figures(untagged(str(message.text))) if isinstance(message, HumanMessage) else set()
    text, unsourced = mark_unsourced(text, known, translate(MARK, ctx.actor.locale), quotable(state, ctx))
    if unsourced:
        ctx.narration.say(
            Note(
                level="warning",
                text=translate(
                    N_("Cifras que no constan en ningún resultado: {figures}."),
                    ctx.actor.locale,
                    figures=", ".join(unsourced),
                ),
            )
        )
    found = citations(state, ctx)
    ctx.narration.say(TextDone(span=state.get("span", "answer"), text=text, citations=tuple(found)))
    # What later turns remember is what was said, checks included.
    said = AIMessage(
        text,
        id=last.id,
        usage_metadata=getattr(last, "usage_metadata", None),
        # What was written after reading untrusted content may repeat it: a later turn must know.
        additional_kwargs={FOREIGN: read} if (read := foreign(state)) else {},
    )
    return {"answer": text, "citations": found, "messages": [said] if isinstance(last, AIMessage) else []}


def quotable(state: TurnState, ctx: TurnContext) -> list[str]:
    """What the house itself says of its tools: example requests and the questions for arguments."""
    catalogue = ctx.house.catalogue()
    tools = [catalogue.tools[name] for name in state.get("bound", ()) if name in catalogue.tools]
    asks = [argument.ask for tool in tools for argument in arguments_of(tool.schema) if argument.ask]
    return [
        *(example for tool in tools for example in tool.examples),
        *(translate(ask, locale) for ask in dict.fromkeys(asks) for locale in LOCALES),
    ]


def citations(state: TurnState, ctx: TurnContext) -> list[dict[str, Any]]:
    """What the answer rests on: the turn's results with their audit entries, then what advisers cited."""
    found: list[dict[str, Any]] = []
    for row in own_rows(state):
        if row["status"] == "done":
            found.append(
                {
                    "kind": "tool",
                    "ref": row["id"],
                    "title": title_of(ctx, row["name"]),
                    "quote": row.get("told", ""),
                    "audit_entry": row["audit_entry"],
                }
            )
    seen = {item["ref"] for item in found}
    for advice in state.get("advice", {}).values():
        for cited in advice.get("citations", ()):
            if cited["kind"] == "document" and cited["ref"] not in seen:
                seen.add(cited["ref"])
                found.append({**cited, "title": cited.get("title") or cited["ref"]})
    return [{"n": number, **item} for number, item in enumerate(found, start=1)]


def _backing(state: TurnState) -> list[Any]:
    """Everything of the turn that a number may come from."""
    said = [str(m.content) for m in state["messages"] if isinstance(m, HumanMessage)]
    earlier = [str(m.content) for m in state["messages"][:-1] if isinstance(m, AIMessage)]
    calls = state.get("calls", {}).values()
    results = [row.get("result") for row in calls if row.get("result") is not None]
    told = [row.get("told", "") for row in calls] + [str(row.get("error", "")) for row in calls]
    return [*said, *earlier, *results, *told, state.get("mentions", []), *state.get("advice", {}).values()]
