"""What a tool is given: the open session, who acts, when, and where effects go.

A tool never commits and never reaches the outside: it reads and writes records through
`ctx.session`, says what happened with `ctx.emit`, and asks for external acts with
`ctx.effect`. The gate does the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from core.errors import NotFound
from core.i18n import Locale
from core.records import Record

Face: TypeAlias = Literal["cli", "rest", "web", "chat", "mcp", "openai", "job", "eval"]
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, or an agent on a user's behalf (`agent` is then `executor/cfo`)."""

    tenant_id: UUID
    user_id: UUID
    user: str
    roles: frozenset[str]
    name: str = ""
    organization_id: UUID | None = None
    agent: str | None = None
    locale: Locale = "es"
    zone: str = "Europe/Madrid"

    @property
    def label(self) -> str:
        """How the audit names the actor: `executor/cfo for carmen`, or the user alone."""
        return f"{self.agent} for {self.user}" if self.agent else self.user


@dataclass(frozen=True)
class Origin:
    """Where a request came from; fills the record fields of the same names."""

    face: Face
    request_id: UUID
    session_id: UUID | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    geo_location: str | None = None
    device_fingerprint: str | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened, for the outbox: `policy.issued` about record `key`."""

    type: str
    key: UUID | None
    payload: Mapping[str, object]


@dataclass(frozen=True)
class Effect:
    """An act outside, performed by a worker after the commit, at least once.

    `kind` chooses the performer (`email`, `webhook`, `file`); `recipient` and `subject`
    are what an approver sees first, `body` is what would leave the house.
    """

    kind: str
    recipient: str
    subject: str
    body: str
    key: UUID | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Context:
    """The world of one tool call, inside the gate's transaction."""

    session: Session
    actor: Actor
    origin: Origin
    now: datetime  # UTC, the database's clock at the start of the transaction
    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    panels: Mapping[str, tuple[Callable[..., Any], ...]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date in the tenant's zone."""
        return self.now.astimezone(ZoneInfo(self.actor.zone)).date()

    def emit(self, type: str, key: UUID | None = None, **payload: object) -> None:
        """Say that `type` (noun.past_participle) happened to record `key`."""
        self.events.append(Event(type, key, payload))

    def effect(self, effect: Effect) -> None:
        """Ask for an act outside; it is written to the outbox with this transaction."""
        self.effects.append(effect)

    def get(self, kind: type[RecordT], id: UUID, what: str = "") -> RecordT:
        """The live record `id` of this tenant.

        Raises:
            NotFound: there is none here, or it is deleted.
        """
        found = self.session.get(kind, (self.actor.tenant_id, id))
        if found is None or found.deleted_at is not None:
            raise NotFound(what=what or kind.__name__, ref=id)
        return found
