"""What a turn acts through (*contexto*): doors, identity, time. It is never checkpointed."""

import asyncio
import contextvars
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from langchain_core.language_models import BaseChatModel

from agents.language.tongue import tongue
from agents.models.prices import PriceTable
from agents.protocol import AgentMessage
from agents.roster import ROSTER, Roster
from agents.spec import Agent, Specialist
from core.clock import utc_now
from core.context import Actor, Origin
from core.errors import AitError
from core.i18n import N_
from graphs.frames import TurnRef
from graphs.narration import Narration
from graphs.payloads import Budget
from tools.approvals import ApprovalView
from tools.catalogue import Catalogue
from tools.gate.call import Call, Outcome
from tools.gate.rehearsal import Rehearsal
from tools.provenance import Evidence

log = structlog.get_logger("turns")


class ToolBroken(AitError):
    """A tool of ours has a fault; nothing was changed, and the log has the trace."""

    code = "ait.tool_broken"
    text = N_("La herramienta {tool} ha fallado; no se ha cambiado nada (referencia {reference}).")


class Gate(Protocol):
    """The gate, as graphs use it."""

    def call(self, call: Call) -> Outcome:
        """Run one call; blocks."""


class Models(Protocol):
    """Which model speaks for an agent."""

    @property
    def label(self) -> str:
        """How people are told which model answers."""

    @property
    def routes(self) -> bool:
        """Whether a model should be asked who takes an unclear request."""

    def for_agent(self, agent: Agent) -> BaseChatModel:
        """The model of `agent`, with its limits set."""

    def router(self) -> BaseChatModel:
        """The model that is asked who takes an unclear request."""


class Passages(Protocol):
    """Passages of the knowledge base for a specialist's question: `{ref, title, text}` each."""

    def __call__(self, actor: Actor, question: str, specialist: Specialist) -> Sequence[Mapping[str, str]]:
        """The best few; blocks."""


class Asker(Protocol):
    """Opens the action thread of an approval."""

    async def __call__(self, ctx: "TurnContext", approval_id: UUID, call_id: str, tool: str) -> None:
        """Link the approval to the turn, so that its decision resumes the conversation."""


def everybody(actor: Actor, permission: str) -> bool:
    """A house that offers all its tools to all."""
    return True


class PostBox(Protocol):
    """Keeps and publishes messages between agents."""

    def __call__(
        self,
        actor: Actor,
        origin: Origin,
        turn_id: UUID,
        messages: Sequence[AgentMessage],
        rehearsal: Rehearsal | None,
    ) -> None:
        """Audit and publish them in one transaction; blocks."""


async def ask_nobody(ctx: "TurnContext", approval_id: UUID, call_id: str, tool: str) -> None:
    """In a rehearsal the approval itself is rolled back, so nothing waits for it."""


def no_passages(actor: Actor, question: str, specialist: Specialist) -> Sequence[Mapping[str, str]]:
    """A house without a knowledge base."""
    return ()


def spoken(actor: Actor, text: str) -> Actor:
    """`actor`, addressed in the language that the request is written in."""
    return replace(actor, locale=tongue(text, actor.locale))


@dataclass(frozen=True)
class House:
    """The doors that all turns of a process share."""

    gate: Gate
    catalogue: Callable[[], Catalogue]
    models: Models
    approval: Callable[[Actor, UUID, Rehearsal | None], ApprovalView]
    post: PostBox
    passages: Passages = no_passages
    roster: Roster = ROSTER
    ask: Asker = ask_nobody
    prices: PriceTable | None = None  # the shipped ones if absent
    permits: Callable[[Actor, str], bool] = everybody  # only for what is offered; the gate decides what is done
    clock: Callable[[], datetime] = utc_now
    workers: Executor | None = None  # threads for the gate, lest a slow tool starve the frames


@dataclass
class TurnContext:
    """One run of a turn: for whom, through which doors, until when.

    `durable` says whether this run may go past its plan: until there a turn only reads and
    keeps no checkpoints, since reading again after a crash costs nothing.
    """

    house: House
    actor: Actor
    origin: Origin
    ref: TurnRef
    narration: Narration
    budget: Budget = field(default_factory=Budget)
    durable: bool = True
    acting: bool = False  # a write is on its way: the turn may stop after it, not within
    rehearsal: Rehearsal | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def today(self) -> date:
        """The date where the person is."""
        return self.house.clock().astimezone(ZoneInfo(self.actor.zone)).date()

    @property
    def seconds(self) -> float:
        """How long this run has lasted."""
        return time.monotonic() - self.began

    @property
    def seconds_left(self) -> float:
        """How long it may still last."""
        return self.budget.seconds - self.seconds

    def through(self, agent: str) -> Actor:
        """The person, through `agent` (`executor/cfo`)."""
        return replace(self.actor, agent=agent)

    async def call(
        self,
        tool: str,
        args: Mapping[str, Any],
        *,
        agent: str | None = None,
        evidence: Evidence | None = None,
        dry_run: bool = False,
        reason: str = "",
        advice: Mapping[str, Any] | None = None,
        must_ask: str = "",
    ) -> Outcome:
        """Call a tool through the gate, which is synchronous, in a worker thread.

        Raises:
            ToolBroken: the tool has a fault; the gate rolled its work back.
            AitError: the gate or the tool refused.
        """
        call = Call(
            tool,
            args,
            self.through(agent) if agent else self.actor,
            self.origin,
            evidence=evidence,
            dry_run=dry_run,
            turn_id=self.ref.turn_id,
            thread_id=self.ref.thread_id,
            reason=reason,
            advice=advice or {},
            must_ask=must_ask,
            rehearsal=self.rehearsal,
        )
        try:
            # With the caller's context variables, so that logs keep their request and tenant.
            work = partial(contextvars.copy_context().run, self.house.gate.call, call)
            return await asyncio.get_running_loop().run_in_executor(self.house.workers, work)
        except AitError:
            raise
        except Exception as error:
            # One broken tool must not sink the turn: the fault is logged whole, and told by its reference.
            log.exception("tool.broken", tool=tool, turn=str(self.ref.turn_id), error=type(error).__name__)
            raise ToolBroken(tool=tool, reference=self.ref.turn_id) from error
