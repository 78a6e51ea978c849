"""What stands for a tenant at the moment of a call (*lo vigente*): its policy, and what is stopped.

Read by the very statement that enters the tenant, so that a switch that was thrown or a
policy that was published holds from the next call on, in every process.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

ALSO: Final = (
    ", (SELECT policy FROM soriano_platform.in_force WHERE scope = :tenant) AS policy"
    ", ARRAY(SELECT kind || ':' || name FROM soriano_platform.stopped WHERE scope = :tenant) AS stopped"
)


@dataclass(frozen=True)
class Standing:
    """The version of the policy in force (the house's own if None), and what is stopped."""

    policy: UUID | None = None
    stopped: frozenset[str] = frozenset()

    @classmethod
    def of(cls, row: Any) -> "Standing":
        """From the row of the entering statement."""
        return cls(row.policy, frozenset(row.stopped))

    def stops(self, agent: str | None, tool: str) -> bool:
        """Whether a switch stops this agent, this tool, or everything."""
        return bool(self.stopped) and not self.stopped.isdisjoint({"all:*", f"agent:{agent or ''}", f"tool:{tool}"})
