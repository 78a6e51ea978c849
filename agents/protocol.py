"""What agents say to each other: messages on the wire, advice, and the advice put together.

`AgentMessage` has exactly the published wire form; the rest are the typed payloads. All
are plain data: they pass through checkpoints, the audit log and the event stream as JSON.
"""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agents.spec import SpecialistId
from core.clock import utc_now
from core.identifiers import new_id

Position: TypeAlias = Literal["support", "oppose", "conditional", "abstain"]
Status: TypeAlias = Literal["ok", "degraded", "timeout", "error", "skipped", "over_budget"]
Verdict: TypeAlias = Literal["support", "oppose", "conditional", "split", "none"]
Urgency: TypeAlias = Literal["low", "normal", "high"]


def _agent(name: str) -> str:
    tier, _, id = name.partition("/")
    if tier not in ("executor", "specialist", "user", "system") or not id:
        raise ValueError("an agent is named tier/id, such as executor/cfo")
    return name


AgentName = Annotated[str, AfterValidator(_agent)]


class Payload(BaseModel):
    """What is asked or answered, what it rests on, and how soon it matters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    context: dict[str, Any] = Field(default_factory=dict)
    urgency: Urgency = "normal"


class AgentMessage(BaseModel):
    """One message between agents, exactly as it is audited and published on `agent-events`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    message_id: str = Field(default_factory=lambda: str(new_id()), alias="messageId")
    sender: AgentName = Field(alias="from")
    to: AgentName
    type: Literal["consultation", "recommendation", "decision", "notice", "error"]
    payload: Payload
    timestamp: AwareDatetime = Field(default_factory=utc_now)
    metadata: dict[str, Any] = Field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        """The published form: `messageId, from, to, type, payload, timestamp, metadata`."""
        return self.model_dump(mode="json", by_alias=True)


class Citation(BaseModel):
    """Where a statement comes from: `ref` names evidence or a passage of this turn, `title` is its name."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["tool", "document", "rule", "engine"]
    ref: str
    title: str = ""
    quote: str = ""
    value: str | None = None


def _object(value: object) -> object:
    return {} if value is None else value


class ProposedAction(BaseModel):
    """A tool call that somebody suggests; only the gate can run it."""

    model_config = ConfigDict(frozen=True)

    tool: str
    args: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)
    why: str = ""


class Recommendation(BaseModel):
    """A specialist's advice; it cites what it rests on, unless it abstains."""

    model_config = ConfigDict(frozen=True)

    specialist: SpecialistId
    position: Position
    reasons: str = Field(max_length=600)
    actions: list[ProposedAction] = Field(default_factory=list, max_length=5)
    risks: list[str] = Field(default_factory=list)
    confidence: float = Field(ge=0, le=1)
    citations: list[Citation] = Field(default_factory=list)
    dissent: str | None = None
    missing_data: list[str] = Field(default_factory=list)
    valid_until: str | None = None

    @model_validator(mode="after")
    def _cited(self) -> Self:
        if self.position != "abstain" and not self.citations:
            raise ValueError("a position other than abstain needs at least one citation")
        return self


class Advice(BaseModel):
    """How a consultation ended: the recommendation, or why there is none."""

    model_config = ConfigDict(frozen=True)

    specialist: SpecialistId
    status: Status = "ok"
    recommendation: Recommendation | None = None
    cause: str = ""
    seconds: float = 0.0


class Voice(BaseModel):
    """One specialist inside an aggregate: its position and what its voice weighed."""

    model_config = ConfigDict(frozen=True)

    specialist: SpecialistId
    position: Position
    weight: float
    confidence: float
    reasons: str
    verified: int
    dropped: int


class Dissent(BaseModel):
    """What one specialist wants the decider to read although others disagree."""

    model_config = ConfigDict(frozen=True)

    specialist: SpecialistId
    text: str


class Missing(BaseModel):
    """A specialist who was asked and did not answer, and why."""

    model_config = ConfigDict(frozen=True)

    specialist: SpecialistId
    status: Status
    cause: str = ""
    required: bool = False


class Aggregate(BaseModel):
    """The advice of all, put together without a model, so that "why" has an answer.

    `support` is the weighted share in favour, 0…1 (None if nobody took a side);
    `needs_human` says that a person must decide whatever the policy's own rules say.
    """

    model_config = ConfigDict(frozen=True)

    action: ProposedAction | None = None
    verdict: Verdict
    support: float | None = None
    conflict: bool = False
    needs_human: bool = False
    vetoes: list[SpecialistId] = Field(default_factory=list)
    voices: list[Voice] = Field(default_factory=list)
    dissent: list[Dissent] = Field(default_factory=list)
    missing: list[Missing] = Field(default_factory=list)
    conditions: list[str] = Field(default_factory=list)
    risks: list[str] = Field(default_factory=list)
    missing_data: list[str] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    alternatives: list[ProposedAction] = Field(default_factory=list)
