"""What stands for a tenant at the moment of a call (*lo vigente*): its policy, and what is stopped.

Read by the very statement that enters the tenant, so that a switch that was thrown or a
policy that was published holds from the next call on, in every process.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

ALSO: Final = (
    ", (SELECT json_build_array(policy, stopped) FROM soriano_platform.standing WHERE scope = %(tenant)s) AS standing"
)


@dataclass(frozen=True)
class Standing:
    """The version of the policy in force (the house's own if None), and what is stopped."""

    policy: UUID | None = None
    stopped: frozenset[str] = frozenset()

    @classmethod
    def of(cls, row: Any) -> "Standing":
        """From the row of the entering statement; a tenant that never published nor stopped anything has none."""
        if row.standing is None:
            return cls()
        policy, stopped = row.standing
        return cls(UUID(policy) if policy else None, frozenset(stopped))

    def stops(self, agent: str | None, tool: str) -> bool:
        """Whether a switch stops this agent, this tool, or everything."""
        return bool(self.stopped) and not self.stopped.isdisjoint({"all:*", f"agent:{agent or ''}", f"tool:{tool}"})
