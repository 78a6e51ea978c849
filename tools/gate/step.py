"""A step of the gate: one concern around the rest of the call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tools.gate.call import Outcome, Work

Next: TypeAlias = Callable[[Work], Outcome]


@dataclass(frozen=True)
class Step:
    """Base: called with the work, does its one thing, and calls `inner`."""

    inner: Next

    def __call__(self, work: Work) -> Outcome:
        """Do this step's one thing around the rest."""
        return self.inner(work)
