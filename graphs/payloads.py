"""What each frame of a turn says (*tramas*): one small value per frame type.

The web page, the JSON stream, the command line and the eval viewer all render this list,
and nothing else, so a frame holds what a reader needs without asking the server again.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

FrameType: TypeAlias = Literal[
    "turn.started",
    "turn.finished",
    "turn.failed",
    "route",
    "plan",
    "plan.step",
    "consult",
    "recommendation",
    "tool.call",
    "tool.result",
    "text.delta",
    "text.done",
    "block",
    "approval",
    "approval.decided",
    "note",
]
StepState: TypeAlias = Literal["waiting", "running", "done", "failed", "pending"]
Outcome: TypeAlias = Literal["done", "interrupted", "cancelled"]


class Payload(BaseModel):
    """Base of what a frame says; `type` is the frame's name on the wire."""

    model_config = ConfigDict(frozen=True)
    type: ClassVar[FrameType]


class Frame(BaseModel):
    """One stored frame: `seq` counts from 1 within its turn."""

    model_config = ConfigDict(frozen=True)

    thread: str
    turn: str
    seq: int
    type: FrameType
    payload: dict[str, Any]
    at: datetime

    @property
    def last(self) -> bool:
        """Whether the turn ends with this frame; every turn has exactly one such frame."""
        return self.type in ("turn.finished", "turn.failed")


class Budget(BaseModel):
    """What a turn may use at most."""

    model_config = ConfigDict(frozen=True)

    model_calls: int = 12  # specialists apart
    tool_calls: int = 30
    seconds: float = 120.0


class TurnStarted(Payload):
    """A turn began; `continues` names the turn whose approval was decided."""

    type = "turn.started"
    turn: str
    actor: str
    model: str
    budget: Budget
    text: str
    continues: str | None = None


class Usage(BaseModel):
    """What a turn used: calls, tokens (input includes cached ones), euros and seconds."""

    model_config = ConfigDict(frozen=True)

    model_calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_eur: str = "0.000000"
    seconds: float = 0.0
    models: tuple[str, ...] = ()


class TurnFinished(Payload):
    """The turn ended; `interrupted` means that a person has to decide an approval."""

    type = "turn.finished"
    turn: str
    usage: Usage
    outcome: Outcome


class TurnFailed(Payload):
    """The turn broke: what to tell people, what was undone, and the reference for support."""

    type = "turn.failed"
    turn: str
    code: str
    said: str
    undone: str
    reference: str


class Alternative(BaseModel):
    """An executor that was not chosen, with its score."""

    executor: str
    score: float


class Routed(Payload):
    """Which executor took the request, how surely, and who else might have."""

    type = "route"
    executor: str
    title: str
    score: float
    alternatives: tuple[Alternative, ...]
    why: str


class Step(BaseModel):
    """One step of a plan."""

    id: str
    label: str
    tool: str | None = None
    state: StepState = "waiting"


class Planned(Payload):
    """The calls that the executor wants to make, in order."""

    type = "plan"
    steps: tuple[Step, ...]


class PlanStep(Payload):
    """One step changed its state."""

    type = "plan.step"
    id: str
    label: str
    tool: str | None
    state: StepState


class Consulted(Payload):
    """A specialist is asked, or could not answer (`state`)."""

    type = "consult"
    specialist: str
    title: str
    state: str
    cause: str = ""


class Recommended(Payload):
    """A specialist's advice on a proposed call."""

    type = "recommendation"
    specialist: str
    title: str
    state: str
    position: str
    reasons: str
    risks: tuple[str, ...]
    confidence: float
    citations: tuple[dict[str, Any], ...]
    dissent: str | None
    missing_data: tuple[str, ...] = ()


class ToolCalled(Payload):
    """A tool is called with these arguments; `provenance` says where each came from."""

    type = "tool.call"
    call: str
    tool: str
    title: str
    risk_class: str
    args: dict[str, Any]
    provenance: dict[str, str]


class ToolResult(Payload):
    """A call ended: its result, or the error that was told."""

    type = "tool.result"
    call: str
    tool: str
    ok: bool
    told: str
    result: Any = None
    error: dict[str, Any] | None = None
    preview: dict[str, Any] | None = None
    approval: str | None = None
    ms: int = 0
    cost: str = "0.00"
    audit_entry: str | None = None


class TextDelta(Payload):
    """A piece of the text being written in `span`."""

    type = "text.delta"
    span: str
    text: str


class TextDone(Payload):
    """The whole answer in Markdown; it replaces all streamed pieces."""

    type = "text.done"
    span: str
    text: str
    citations: tuple[dict[str, Any], ...]


class Block(Payload):
    """Typed data to show beside the text; `call` names the result that holds it."""

    type = "block"
    kind: Literal["table", "chart", "record", "document", "form", "choice", "map", "diagram"]
    title: str
    call: str
    path: str
    columns: tuple[str, ...] = ()
    data: Any = None


class ApprovalAsked(Payload):
    """A person has to decide this call before it runs."""

    type = "approval"
    id: str
    tool: str
    title: str
    preview_hash: str
    approvers: str
    expires_at: str | None
    decisions: tuple[str, ...]


class ApprovalDecided(Payload):
    """A person decided; `decision` is the approval's state after it."""

    type = "approval.decided"
    id: str
    who: str
    decision: str
    comment: str


class Note(Payload):
    """A one-line notice: a budget, a fallback model, a retry."""

    type = "note"
    level: Literal["info", "warning", "error"]
    text: str
    link: str | None = None
