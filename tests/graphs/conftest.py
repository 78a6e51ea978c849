"""A house with a test desk, turns over it, and one customer to talk about."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from core.context import Actor, Origin
from core.identifiers import new_id
from graphs.checkpoints import Work
from graphs.payloads import Budget, Frame
from graphs.result import TurnResult
from graphs.turns import Turns
from modules.core_business.crm.records import Interaction
from modules.installation import Installation
from tests.graphs.desk import DESK
from tests.graphs.scripted import Cast, call, steps
from tools.approvals import Approvals
from tools.catalogue import Catalogue
from tools.gate import Call, Gate
from tools.gate.policies import PoliciesInForce

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """Modules that are loaded, and the desk's tools."""

    whole: Catalogue

    def catalogue(self) -> Catalogue:
        return self.whole


def with_desk(installation: Installation) -> Installation:
    """The installation with the desk's tools in its catalogue."""
    whole = Catalogue.of([*installation.catalogue.tools.values(), *DESK], dict(installation.catalogue.panels))
    policy = installation.policy
    policies = PoliciesInForce(policy)
    gate = Gate.build(installation.gate.transactions, installation.gate.recorder, lambda: whole, policies)
    approvals = Approvals(gate, gate.transactions, gate.recorder, policies, installation.people.actor)
    return replace(installation, gate=gate, approvals=approvals, modules=Desk(whole))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def desk(installation: Installation) -> Installation:
    return with_desk(installation)


@pytest.fixture(scope="module")
def ana(desk: Installation, actor: Callable[[str], Actor]) -> str:
    """A customer called Ana Ruiz Prado."""
    person = {"first_name": "Ana", "last_name": "Ruiz Prado", "id_number": "12345678Z", "email": "ana@example.com"}
    made = desk.gate.call(Call("crm_create_person", person, actor("broker"), web()))
    return str(made.json["customer"])


def web() -> Origin:
    return Origin("web", new_id())


@asynccontextmanager
async def turns_of(desk: Installation, cast: Cast, budget: Budget | None = None) -> AsyncIterator[Turns]:
    turns = Turns(desk, models=cast, budget=budget)
    await turns.open()
    try:
        yield turns
    finally:
        await turns.close()


@pytest.fixture
def loop() -> Iterator[Callable[[Coroutine[Any, Any, T]], T]]:
    """Run a coroutine to its end, as a process would."""
    with asyncio.Runner() as runner:
        yield runner.run


ASKED = "Oferta un seguro a Ana Ruiz Prado y emítelo"


def told(done: list[ToolMessage]) -> AIMessage:
    said = [json.loads(str(m.content)) for m in done]
    return AIMessage(" ".join(s.get("_told") or s.get("error", {}).get("message", "") for s in said))


OFFER_AND_ISSUE = steps(
    call("desk_offer_cover", customer="Ana Ruiz Prado"),
    lambda done: call("desk_issue_cover", quote=json.loads(str(done[0].content))["_refs"]["quote"][0]),
    told,
)


def approve(desk: Installation, by: Actor, result: TurnResult) -> None:
    """Grant the first approval that `result` waits for."""
    waiting = desk.approvals.show(by, UUID(result.approvals[0]["id"]))
    desk.approvals.approve(by, waiting.id, waiting.preview_hash)


def touch(desk: Installation, by: Actor, interaction: str) -> None:
    """Change a row behind the back of whoever approves."""
    with desk.gate.transactions.open(by, web()) as session:
        found = session.get(Interaction, (by.tenant_id, UUID(interaction)))
        assert found is not None
        found.summary = "changed"
        session.add(found)


async def unfinished(turns: Turns, actor: Callable[[str], Actor]) -> list[Work]:
    """What the tenant has not finished, once cleaning is over."""
    if turns._cleaning:
        await asyncio.wait(turns._cleaning)
    tenant = actor("broker").tenant_id
    return [work for work in await turns.checkpoints.unfinished() if work.tenant_id == tenant]


def types(frames: list[Frame]) -> list[str]:
    return [frame.type for frame in frames]
