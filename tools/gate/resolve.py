"""Resolve: the tool's name becomes a tool of the catalogue's current snapshot."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.catalogue import Catalogue
from tools.gate.call import Outcome, Work
from tools.gate.step import Step


@dataclass(frozen=True)
class Resolved(Step):
    """Find the tool; the snapshot is taken once, so a reload can't change a call in flight."""

    catalogue: Callable[[], Catalogue]

    def __call__(self, work: Work) -> Outcome:
        """Find it, or raise NotFound."""
        work.catalogue = self.catalogue()
        work._tool = work.catalogue.get(work.call.tool)
        return self.inner(work)
