"""A turn as a page shows it: frames folded into parts, one after the other.

The same fold serves the first view, the live stream and a reload, so all three show the
same parts in the same order. A frame either opens a part, changes one, or adds text to one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from core.i18n import Locale
from server.view.charts import chart_of
from server.view.labels import field_label, in_order, own_labels
from server.view.markdown import to_html
from server.view.tables import Table, order_of, table_of
from tools.tool import Tool

PartKind = Literal["work", "advice", "tool", "text", "block", "approval", "note", "end"]
MAX_ROWS: Final = 10


class FrameLike(Protocol):
    """What the fold reads of a frame."""

    @property
    def seq(self) -> int:
        """Its number in the turn, from 1."""

    @property
    def type(self) -> str:
        """The frame's name, such as `tool.call`."""

    @property
    def payload(self) -> dict[str, Any]:
        """What it says."""


@dataclass
class Part:
    """One card or paragraph of a turn; `key` is its stable element id within the page."""

    key: str
    kind: PartKind
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a frame did: opened or replaced `part`, or added `text` to it."""

    part: Part
    opened: bool = False
    text: str | None = None


class TurnView:
    """One turn, folded as far as its frames have come."""

    def __init__(
        self, turn: str, text: str = "", locale: Locale = "es", tool_of: Callable[[str], Tool | None] = lambda _: None
    ) -> None:
        """An empty turn whose user asked `text`; `tool_of` gives the order of results' fields."""
        self.turn, self.text, self.locale, self.tool_of = turn, text, locale, tool_of
        self.parts: dict[str, Part] = {}
        self.seq = 0
        self.state: Literal["running", "done", "interrupted", "cancelled", "failed"] = "running"
        self.model = ""
        self.continues: str | None = None
        self._titles: dict[str, str] = {}

    def fold(self, frames: Iterable[FrameLike]) -> "TurnView":
        """Apply all of `frames`; gives the view itself."""
        for frame in frames:
            self.apply(frame)
        return self

    def apply(self, frame: FrameLike) -> list[Change]:
        """What `frame` changes; a frame already seen changes nothing."""
        if frame.seq <= self.seq:
            return []
        self.seq = frame.seq
        step = getattr(self, "_on_" + frame.type.replace(".", "_"), None)
        return step(frame.payload) if step else []

    @property
    def finished(self) -> bool:
        """Whether the last frame has come."""
        return self.state != "running"

    def _part(self, name: str, kind: PartKind) -> tuple[Part, bool]:
        key = f"p-{self.turn}-{name}"
        opened = key not in self.parts
        part = self.parts.setdefault(key, Part(key, kind))
        return part, opened

    def _on_turn_started(self, payload: dict[str, Any]) -> list[Change]:
        self.text = payload.get("text") or self.text
        self.model, self.continues = payload.get("model", ""), payload.get("continues")
        return []

    def _on_route(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part("work", "work")
        part.data |= {"route": payload, "steps": part.data.get("steps", [])}
        return [Change(part, opened)]

    def _on_plan(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part("work", "work")
        known = {step["id"]: step for step in part.data.get("steps", [])}
        for step in payload.get("steps", []):
            known[step["id"]] = dict(step)
        part.data["steps"] = list(known.values())
        return [Change(part, opened)]

    def _on_plan_step(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part("work", "work")
        steps = part.data.setdefault("steps", [])
        found = next((step for step in steps if step["id"] == payload["id"]), None)
        if found is None:
            steps.append(dict(payload))
        else:
            found |= payload
        return [Change(part, opened)]

    def _on_consult(self, payload: dict[str, Any]) -> list[Change]:
        return self._advised(payload)

    def _on_recommendation(self, payload: dict[str, Any]) -> list[Change]:
        return self._advised(payload)

    def _advised(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part("advice", "advice")
        voices = part.data.setdefault("voices", {})
        voices[payload["specialist"]] = voices.get(payload["specialist"], {}) | payload
        return [Change(part, opened)]

    def _on_tool_call(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"tool-{payload['call']}", "tool")
        self._titles[payload["call"]] = payload.get("title") or payload["tool"]
        tool = self.tool_of(payload["tool"])
        args = payload.get("args") or {}
        ordered = {name: args[name] for name in in_order(args, order_of(tool.schema) if tool else ())}
        labels = own_labels(tool.schema, self.locale) if tool else {}
        part.data |= payload | {"state": "running", "args": ordered, "labels": labels}
        return [Change(part, opened)]

    def _on_tool_result(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"tool-{payload['call']}", "tool")
        state = "pending" if payload.get("approval") else "done" if payload.get("ok") else "failed"
        tool = self.tool_of(payload["tool"])
        order = order_of(tool.result_schema) if tool else ()
        part.data |= payload | {"state": state, "output": payload.get("result"), "order": order}
        return [Change(part, opened)]

    def _on_text_delta(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"text-{payload.get('span', '')}", "text")
        if part.data.get("done"):
            return []
        part.data["live"] = part.data.get("live", "") + payload["text"]
        return [Change(part, opened, None if opened else payload["text"])]

    def _on_text_done(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"text-{payload.get('span', '')}", "text")
        part.data |= {
            "done": True,
            "html": to_html(payload["text"]),
            "text": payload["text"],
            "citations": payload.get("citations") or (),
        }
        return [Change(part, opened)]

    def _on_block(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"block-{payload.get('call', '')}-{payload.get('path', '')}", "block")
        if payload.get("kind") == "chart":
            call = self.parts.get(f"p-{self.turn}-tool-{payload.get('call', '')}")
            part.data |= payload | {"chart": chart_of(_at(call.data.get("output"), payload["path"]) if call else None)}
        else:
            part.data |= payload | {"chart": None, "table": self._table(payload)}
        return [Change(part, opened)]

    def _table(self, payload: dict[str, Any]) -> Table | None:
        data = payload.get("data")
        call = self.parts.get(f"p-{self.turn}-tool-{payload.get('call', '')}")
        if data is None and call is not None:
            data = _at(call.data.get("output"), payload.get("path", ""))
        order = call.data.get("order", ()) if call else ()
        title = payload.get("title", "")
        part = field_label(str(payload.get("path", "")).rpartition(".")[2], self.locale)
        caption = title if not part or part.casefold() in title.casefold() else f"{title} · {part.lower()}"
        columns = tuple(payload.get("columns") or ()) or None
        return table_of(data, self.locale, columns=columns, limit=MAX_ROWS, caption=caption, order=order)

    def _on_approval(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"approval-{payload['id']}", "approval")
        part.data |= payload
        return [Change(part, opened)]

    def _on_approval_decided(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"approval-{payload['id']}", "approval")
        part.data |= {"id": payload["id"], "decided": payload}
        return [Change(part, opened)]

    def _on_note(self, payload: dict[str, Any]) -> list[Change]:
        part, opened = self._part(f"note-{self.seq}", "note")
        part.data |= payload
        return [Change(part, opened)]

    def _on_turn_finished(self, payload: dict[str, Any]) -> list[Change]:
        self.state = payload.get("outcome", "done")
        return self._ended(payload)

    def _on_turn_failed(self, payload: dict[str, Any]) -> list[Change]:
        self.state = "failed"
        return self._ended(payload)

    def _ended(self, payload: dict[str, Any]) -> list[Change]:
        changes = [Change(part) for part in self.parts.values() if _left_open(part)]
        part, opened = self._part("end", "end")
        part.data |= payload | {"state": self.state, "model": self.model}
        return [*changes, Change(part, opened)]


def _left_open(part: Part) -> bool:
    """Close what a stopped turn left running; says whether that changed the part."""
    if part.kind == "tool" and part.data.get("state") == "running":
        part.data["state"] = "stopped"
        return True
    if part.kind == "text" and not part.data.get("done") and part.data.get("live"):
        part.data |= {"done": True, "html": to_html(part.data["live"]), "citations": ()}
        return True
    return False


def _at(value: Any, path: str) -> Any:
    """The value at a dotted `path` inside a result; the whole of it for ""."""
    for name in filter(None, path.split(".")):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
