"""A conversation as the offline model reads it (*diálogo*): turns, calls, results, tags.

Text inside tags is data. What looks like an instruction in a result or in a record changes
nothing here: only what the person wrote outside any tag is ever read as a request.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agents.language.reading import Mention
from core.clock import utc_now

TAG: Final = re.compile(r"<(registros|consejo|hoy|propuesta|evidencia|pasajes|peticion)>(.*?)</\1>", re.DOTALL)

AGENT: Final = re.compile(r"<agente>((?:executor|specialist)/[a-z]+)</agente>")  # in the system prompt


@dataclass
class Step:
    """One tool call and, once it has run, its result."""

    tool: str
    args: Mapping[str, Any]
    id: str
    result: Mapping[str, Any] | None = None

    @property
    def error(self) -> Mapping[str, Any] | None:
        """What went wrong, if something did."""
        found = (self.result or {}).get("error")
        return found if isinstance(found, Mapping) else None

    @property
    def approval(self) -> Mapping[str, Any] | None:
        """The decision that the call waits for, if it does."""
        for name in ("pending", "approval"):
            found = (self.result or {}).get(name)
            if isinstance(found, Mapping) and ("id" in found or "approval_id" in found):
                return found
        return None

    @property
    def refs(self) -> dict[str, list[str]]:
        """Records that the result names, by kind."""
        found = (self.result or {}).get("_refs")
        if not isinstance(found, Mapping):
            return {}
        return {str(k): [str(x) for x in (v if isinstance(v, list) else [v])] for k, v in found.items()}


@dataclass
class Turn:
    """One turn: what the person said, what was called, what was answered."""

    said: str
    mentions: tuple[Mention, ...] = ()
    steps: list[Step] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    advice: Mapping[str, Any] | None = None

    @property
    def answer(self) -> str:
        """The last thing that was said to the person."""
        return self.answers[-1] if self.answers else ""


@dataclass
class Dialogue:
    """The whole conversation; the last turn is the one to continue."""

    agent: str
    today: date
    turns: list[Turn]

    @property
    def current(self) -> Turn:
        """The turn that waits for an answer."""
        return self.turns[-1]


def text_of(message: BaseMessage) -> str:
    """The text of `message`, whatever form its content has."""
    if isinstance(message.content, str):
        return message.content
    return "".join(block if isinstance(block, str) else str(block.get("text", "")) for block in message.content)


def tags(text: str) -> dict[str, str]:
    """The contents of the tags in `text`, by name; the last of each."""
    return {match.group(1): match.group(2).strip() for match in TAG.finditer(text)}


def untagged(text: str) -> str:
    """`text` without tags and what is in them."""
    return TAG.sub(" ", text).strip()


def parsed(text: str | None) -> Any:
    """`text` as JSON; None if it is none."""
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def read(messages: Sequence[BaseMessage]) -> Dialogue:
    """The conversation of `messages`; without any request of a person the turn is empty."""
    turns: list[Turn] = []
    agent, today = "", utc_now().date()
    for message in messages:
        if isinstance(message, SystemMessage):
            named = AGENT.search(text_of(message))
            agent = named.group(1) if named else agent
        elif isinstance(message, HumanMessage):
            found = tags(text_of(message))
            today = _date(found.get("hoy")) or today
            said = untagged(text_of(message))
            if "consejo" in found and turns:
                turns[-1].advice = parsed(found["consejo"]) or turns[-1].advice
            if said or "consejo" not in found:
                turns.append(Turn(said, tuple(_mentions(found.get("registros")))))
        elif turns:
            _add(turns[-1], message)
    return Dialogue(agent, today, turns or [Turn("")])


def _add(turn: Turn, message: BaseMessage) -> None:
    if isinstance(message, ToolMessage):
        for step in turn.steps:
            if step.id == message.tool_call_id:
                step.result = _result(message)
    elif isinstance(message, AIMessage):
        turn.steps += [Step(c["name"], c["args"], str(c["id"])) for c in message.tool_calls]
        said = text_of(message).strip()
        if said:
            turn.answers.append(said)


def _result(message: ToolMessage) -> Mapping[str, Any]:
    found = parsed(text_of(message))
    if isinstance(found, Mapping):
        return found
    if found is not None:
        return {"result": found}
    text = text_of(message)
    return {"error": {"code": "", "message": text}} if message.status == "error" else {"_told": text}


def _mentions(text: str | None) -> Iterator[Mention]:
    for item in parsed(text) or ():
        if isinstance(item, Mapping) and {"kind", "id"} <= set(item):
            yield Mention(
                str(item["kind"]),
                str(item["id"]),
                str(item.get("label", item["id"])),
                str(item.get("words", item.get("label", ""))),
            )


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
