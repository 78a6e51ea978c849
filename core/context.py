"""What a tool is given: the open session, who acts, when, and where effects go.

A tool never commits and never reaches the outside: it reads and writes records through
`ctx.session`, says what happened with `ctx.emit`, and asks for external acts with
`ctx.effect`. The gate does the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from core.errors import NotFound
from core.i18n import Locale
from core.records import Record

Face: TypeAlias = Literal["cli", "rest", "web", "chat", "mcp", "openai", "job", "eval"]
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Loan:
    """A role that somebody lends to a person until a date (*delegación*); it cannot be lent on."""

    role: str
    lender_id: UUID
    lender: str
    until: datetime


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, or an agent on a user's behalf (`agent` is then `executor/cfo`).

    `roles` are all that hold now; those that others lend stand in `lent` too.
    """

    tenant_id: UUID
    user_id: UUID
    user: str
    roles: frozenset[str]
    name: str = ""
    organization_id: UUID | None = None
    agent: str | None = None
    locale: Locale = "es"
    zone: str = "Europe/Madrid"
    factor_at: datetime | None = None  # when the person last showed a factor; None if not in this session
    lent: tuple[Loan, ...] = ()

    @property
    def own_roles(self) -> frozenset[str]:
        """The roles that the person holds by himself."""
        return self.roles - {loan.role for loan in self.lent}

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
class Later:
    """A call that goes on after this one (*trabajo*): a worker makes it as the same actor, once.

    The same `key` again is the same job. It runs after the commit, and not before `not_before`.
    """

    tool: str
    args: Mapping[str, Any]
    key: str
    not_before: datetime | None = None


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


@dataclass(frozen=True)
class Weight:
    """What a call weighs (*lo que pesa*): facts that only the tool knows and the policy asks for.

    Args:
        amount: euros that leave the house, or that are promised to.
        line: the line of business (`autos`), where authority differs by line.
        subjects: how many persons' data leave the house, or how many it writes to.
        registered: whether what it goes to stands in a register, verified and past its
            cooling-off; None where it goes nowhere.
        templated: whether all that leaves is a template of the house without a free word, so
            that no model's text goes out.
        special: whether it concerns special categories of data (GDPR art. 9).
        conflicted: persons who may not decide on it: who registered the payee, who gains by it.
        reason: why a person must look although no general rule says so, in Spanish
            (catalogued): the sender's address is not the registered one.
    """

    amount: Decimal = Decimal(0)
    line: str = ""
    subjects: int = 0
    registered: bool | None = None
    templated: bool = False
    special: bool = False
    conflicted: tuple[UUID, ...] = ()
    reason: str = ""


class Files(Protocol):
    """The tenant's part of the object store; an address is made of the content itself."""

    def address(self, content: bytes) -> str:
        """Where `content` lies, or would."""

    def put(self, content: bytes) -> str:
        """Keep `content` encrypted; its address. The same content again is the same object."""

    def get(self, address: str) -> bytes:
        """The content at `address`, or NotFound."""


@dataclass
class HeldFiles:
    """Files as a tool sees them: what it puts is stored only if its call is really done."""

    files: Files
    held: dict[str, bytes] = field(default_factory=dict)

    def address(self, content: bytes) -> str:
        """Where `content` lies, or would."""
        return self.files.address(content)

    def put(self, content: bytes) -> str:
        """Hold `content` until `store`; its address."""
        address = self.files.address(content)
        self.held[address] = content
        return address

    def get(self, address: str) -> bytes:
        """The content at `address`, or NotFound."""
        return self.held[address] if address in self.held else self.files.get(address)

    def store(self) -> None:
        """Keep all that was put. The same content again does no harm if the commit then fails."""
        for content in self.held.values():
            self.files.put(content)


@dataclass(frozen=True)
class Asking:
    """How a page is asked for, beyond its address.

    Args:
        contact: an e-mail address or web page of whoever reads, told in `User-Agent`.
        etag: of the copy that we hold; a page that is still the same answers 304.
        last_modified: of that copy.
        follow: whether redirects are followed; else they are the answer.
    """

    contact: str = ""
    etag: str = ""
    last_modified: str = ""
    follow: bool = True


PLAINLY: Final = Asking()


@dataclass(frozen=True)
class Fetched:
    """What the outside answered: always untrusted.

    `headers` are those that say how to ask again: etag, last-modified, retry-after, cache-control,
    location; names in lower case.
    """

    url: str  # after redirects
    status: int
    media_type: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Doors(Protocol):
    """The ways out for reading (*puertas*): guarded against the inside network and strange hosts."""

    def fetch(self, url: str, asking: Asking = PLAINLY) -> Fetched:
        """GET `url`, if its host is allowed.

        Raises:
            Denied: the host is not on the list, or lies inside.
            OutsideUnavailable: it does not answer, or too much or too slowly.
        """


@dataclass
class Context:
    """The world of one tool call, inside the gate's transaction."""

    session: Session
    actor: Actor
    origin: Origin
    now: datetime  # UTC, the database's clock at the start of the transaction
    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    jobs: list[Later] = field(default_factory=list)
    panels: Mapping[str, tuple[Callable[..., Any], ...]] = field(default_factory=dict)
    weight: Weight = Weight()
    outside: "Outside | None" = None

    @cached_property
    def files(self) -> HeldFiles:
        """The tenant's files; what a call puts there is stored if it is really done."""
        assert self.outside is not None
        return HeldFiles(self.outside.files(self.actor.tenant_id))

    def store(self) -> None:
        """Store the files that the call put; the gate's business, just before it commits."""
        if "files" in self.__dict__:
            self.files.store()

    @property
    def doors(self) -> Doors:
        """The ways out for reading; a tool that uses them declares `Risk.NETWORK`."""
        assert self.outside is not None
        return self.outside.doors(self.session)

    def weigh(self, **facts: Any) -> None:
        """Tell the policy what this call weighs (fields of `Weight`), before or after writing."""
        self.weight = replace(self.weight, **facts)

    @property
    def today(self) -> date:
        """The date in the tenant's zone."""
        return self.now.astimezone(ZoneInfo(self.actor.zone)).date()

    def emit(self, type: str, key: UUID | None = None, **payload: object) -> None:
        """Say that `type` (noun.past_participle) happened to record `key`."""
        self.events.append(Event(type, key, payload))

    def later(self, tool: str, key: str, *, not_before: datetime | None = None, **args: Any) -> None:
        """Go on with a call of `tool` once this one is committed; for work that takes many transactions."""
        self.jobs.append(Later(tool, args, key, not_before))

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


class Outside(Protocol):
    """What lies beyond the database, as the gate hands it to tools."""

    def doors(self, session: Session) -> Doors:
        """The ways out for reading, as far as the tenant and the actor of `session` may."""

    def files(self, tenant_id: UUID) -> Files:
        """The files of one tenant."""
