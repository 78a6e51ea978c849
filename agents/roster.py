"""Who there is: all agents, found by looking into `executors/` and `specialists/`.

A new agent is one value in one file beside its prompt; nothing lists it.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from agents.spec import Agent, Executor, Specialist

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNCLAIMED: Final = "operations"  # takes the tools of modules that are in nobody's tool sets
A = TypeVar("A", Executor, Specialist)


@dataclass(frozen=True)
class Roster:
    """Executors and specialists by id, in the order of their ids."""

    executors: "Mapping[str, Executor]"
    specialists: "Mapping[str, Specialist]"

    def advisers(self, executor: str) -> tuple[Specialist, ...]:
        """The specialists that `executor` consults, in its order of preference."""
        return tuple(self.specialists[id] for id in self.executors[executor].specialists)

    def modules_of(self, executor: str, installed: "Iterable[str]") -> tuple[str, ...]:
        """The modules whose tools `executor` may use; what no agent claims (a plug-in) is Operations' work."""
        own = self.executors[executor].toolsets
        if executor != UNCLAIMED:
            return own
        claimed = {module for agent in self.executors.values() for module in agent.toolsets}
        return (*own, *sorted(set(installed) - claimed))

    def agent(self, name: str) -> Agent:
        """The agent called `executor/cfo` or `specialist/legal`.

        Raises:
            KeyError: there is none of that name.
        """
        tier, _, id = name.partition("/")
        found: Mapping[str, Agent] = self.executors if tier == "executor" else self.specialists
        return found[id]


def _found(package: str, kind: type[A]) -> dict[str, A]:
    home = importlib.import_module(package)
    values: dict[str, A] = {}
    for entry in pkgutil.iter_modules(home.__path__):
        module = importlib.import_module(f"{package}.{entry.name}")
        values |= {v.id: v for v in vars(module).values() if isinstance(v, kind)}
    return dict(sorted(values.items()))


@cache
def roster() -> Roster:
    """All agents that the source tree declares."""
    return Roster(
        MappingProxyType(_found("agents.executors", Executor)),
        MappingProxyType(_found("agents.specialists", Specialist)),
    )


ROSTER: Final = roster()
