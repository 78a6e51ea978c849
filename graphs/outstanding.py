"""What the model has proposed and nobody has answered yet (*pendientes*): pure readings of the state."""

from langchain_core.messages import AIMessage

from graphs.state import CallRow, ProposedCall, TurnState
from tools.catalogue import Catalogue


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
    """`[value, source]` of each record that this turn looked up: what vouches for an argument."""
    found = [[str(m["id"]), f"{m['kind']}:{m['label']}"] for m in state.get("mentions", ())]
    found += [[str(m["label"]), f"{m['kind']}:{m['label']}"] for m in state.get("mentions", ())]
    for row in sorted(state.get("calls", {}).values(), key=lambda r: r["order"]):
        for kind, values in row.get("refs", {}).items():
            found += [[value, f"{kind}:{row['name']}"] for value in values]
    return found
