"""What the model has proposed and nobody has answered yet (*pendientes*): pure readings of the state."""

from typing import Any, Final

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agents.language.dialogue import untagged
from graphs.state import CallRow, ProposedCall, TurnState
from tools.catalogue import Catalogue
from tools.provenance import Evidence

FOREIGN: Final = "foreign"  # where a message keeps the sources of untrusted content


def proposed(state: TurnState) -> list[ProposedCall]:
    """All calls of the model's last message that proposes any."""
    for message in reversed(state["messages"]):
        if isinstance(message, AIMessage):
            return [
                {"id": str(call["id"]), "name": call["name"], "args": dict(call["args"])} for call in message.tool_calls
            ]
    return []


def open_calls(state: TurnState) -> list[ProposedCall]:
    """Those among them that have no result yet, in the model's order."""
    done = state.get("calls", {})
    return [call for call in proposed(state) if call["id"] not in done]


def bound_calls(state: TurnState, catalogue: Catalogue) -> list[ProposedCall]:
    """The open calls that are not free: they are consulted on and go through `act`, one by one."""
    return [call for call in open_calls(state) if not is_free(catalogue, call["name"])]


def own_rows(state: TurnState) -> list[CallRow]:
    """The calls of this turn in their order, without those of the turn that it continues."""
    rows = [row for row in state.get("calls", {}).values() if not row.get("earlier")]
    return sorted(rows, key=lambda row: row["order"])


def is_free(catalogue: Catalogue, name: str) -> bool:
    """Whether an agent may make the call without consulting anybody; an unknown tool is only refused."""
    tool = catalogue.tools.get(name)
    return tool is None or tool.risk.free


def only_reads(catalogue: Catalogue, name: str) -> bool:
    """Whether the call changes nothing at all."""
    tool = catalogue.tools.get(name)
    return tool is None or tool.risk.reads_only


def registers(state: TurnState) -> list[list[str]]:
    """`[value, source]` of each record that the person's own words led to: what vouches for an argument.

    A name vouches for the one record that it finds, never for one of several; a look-up for
    its only record, and only if what it was asked for was vouched for itself.
    """
    named: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for mention in state.get("mentions", ()):
        named.setdefault((mention["kind"], mention["words"]), []).append(mention)
    only = [found[0] for found in named.values() if len({m["id"] for m in found}) == 1]
    found = [[str(m[part]), f"{m['kind']}:{m['label']}"] for m in only for part in ("id", "label")]
    for row in sorted(state.get("calls", {}).values(), key=lambda r: r["order"]):
        if row.get("vouched"):
            for kind, values in row.get("refs", {}).items():
                found += [[value, f"{kind}:{row['name']}"] for value in values] if len(values) == 1 else []
    return found


def foreign(state: TurnState) -> list[str]:
    """Sources of untrusted content in what the model has been given, without repeats."""
    return list(dict.fromkeys(source for message in state.get("messages", ()) for source in sources_of(message)))


def sources_of(message: AnyMessage) -> list[str]:
    """Sources of untrusted content that a message repeats, or was written after reading."""
    return list(message.additional_kwargs.get(FOREIGN, ()))


def evidence(state: TurnState) -> Evidence:
    """What this turn knows that can vouch for a call."""
    known = tuple((value, source) for value, source in registers(state))
    return Evidence(own_text(state), known, tuple(foreign(state)))


def own_text(state: TurnState) -> str:
    """What the person wrote: in this turn, and before it if this only answers the question that it led to."""
    spoken = [m for m in state["messages"] if not isinstance(m, ToolMessage) and m.text]
    now = max((n for n, m in enumerate(spoken) if isinstance(m, HumanMessage) and not is_advice(m)), default=0)
    asked = (
        isinstance(spoken[now - 1], AIMessage) and str(spoken[now - 1].text).rstrip().endswith("?") if now else False
    )
    if not asked:
        return state["text"]
    earlier = [untagged(str(m.text)) for m in spoken[:now] if isinstance(m, HumanMessage) and not is_advice(m)]
    return "\n".join([*earlier[-1:], state["text"]])


def is_advice(message: AnyMessage) -> bool:
    """Whether a message in the person's place is what specialists said."""
    return str(message.content).startswith("<consejo>")
