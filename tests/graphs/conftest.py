"""A house with a test desk, turns over it, and one customer to talk about."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from core.context import Actor, Origin
from core.identifiers import new_id
from graphs.payloads import Budget, Frame
from graphs.turns import Turns
from modules.installation import Installation
from tests.graphs.desk import DESK
from tests.graphs.scripted import Cast
from tools.approvals import Approvals
from tools.catalogue import Catalogue
from tools.gate import Call, Gate

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
    gate = Gate.build(installation.database, installation.gate.recorder, lambda: whole, lambda: policy)
    approvals = Approvals(gate, gate.transactions, gate.recorder, lambda: policy, installation.people.actor)
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


def types(frames: list[Frame]) -> list[str]:
    return [frame.type for frame in frames]


async def frames_of(turns: Turns, actor: Actor, turn_id: Any) -> list[Frame]:
    return await turns.read(actor, turn_id)
