"""The policy (*política*): who may call what, and what a person must approve first.

It is data (`default.toml`) that an auditor can read; this module only evaluates it. What is
not permitted is refused, a refusal wins over a permission, and every decision names the
rule that made it, so that "why can't I?" always has an answer.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.context import Actor
from core.errors import Denied
from core.i18n import N_
from tools.provenance import Integrity, Label
from tools.risk import Risk
from tools.tool import Tool

DEFAULT: Final = Path(__file__).parent / "default.toml"
Verdict: TypeAlias = Literal["allow", "deny", "hold"]


class Role(BaseModel):
    """What a role may do; `refused` wins over `permissions`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    permissions: tuple[str, ...]
    refused: tuple[str, ...] = ()

    def allows(self, permission: str) -> bool:
        """Whether the role holds `permission`."""
        return _fits(permission, self.permissions) and not _fits(permission, self.refused)


class Hold(BaseModel):
    """A rule that asks a person first: it fits by permission or by risk class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    approver: str
    hours: int
    why: str
    permission: str | None = None
    classes: tuple[Risk, ...] = ()
    untrusted: bool = False

    def fits(self, tool: Tool, labels: Mapping[str, Label]) -> bool:
        """Whether a call of `tool` with arguments of these `labels` must wait."""
        by_permission = self.permission is not None and fnmatchcase(tool.permission, self.permission)
        tainted = any(
            label.source not in ("typed", "model") and label.integrity < Integrity.INTERNAL for label in labels.values()
        )
        return by_permission or (tool.risk in self.classes and (tainted or not self.untrusted))


@dataclass(frozen=True)
class Decision:
    """What the policy says of one call, and why."""

    verdict: Verdict
    rule: str
    why: str
    approver: str | None = None
    hours: int = 24
    approver_title: str = ""


class Policy(BaseModel):
    """A version of the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    roles: Mapping[str, Role]
    agents: Mapping[str, frozenset[Risk]]
    hold: tuple[Hold, ...]

    @classmethod
    def load(cls, path: Path = DEFAULT) -> "Policy":
        """Read and check a policy file."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))

    def authority(self, agent: str) -> frozenset[Risk]:
        """The classes that `agent` (`executor/cfo`) may use at most; none if it is unknown."""
        found = [classes for pattern, classes in self.agents.items() if fnmatchcase(agent, pattern)]
        return found[0] if found else frozenset()

    def decide(self, actor: Actor, tool: Tool, labels: Mapping[str, Label] | None = None) -> Decision:
        """What the policy says of `actor` calling `tool` with arguments of these `labels`."""
        if actor.agent and tool.risk in (Risk.ADMINISTRATION, Risk.SECRET):
            return Decision("deny", "people-only", N_("un agente no administra ni usa secretos"))
        if not self.permits(actor, tool.permission):
            return Decision("deny", "role-permission", N_("ninguno de sus roles tiene ese permiso"))
        if actor.agent and tool.risk not in self.authority(actor.agent):
            return Decision("deny", "agent-authority", N_("queda fuera de la autoridad de ese agente"))
        for hold in self.hold:
            if hold.fits(tool, labels or {}):
                return Decision("hold", hold.id, hold.why, hold.approver, hold.hours, self.title(hold.approver))
        return Decision("allow", "role-permission", N_("lo permite uno de sus roles"))

    def title(self, role: str) -> str:
        """How people call `role`, in Spanish (catalogued)."""
        return self.roles[role].title if role in self.roles else role

    def permits(self, actor: Actor, permission: str) -> bool:
        """Whether one of the actor's roles holds `permission`."""
        return any(self.roles[r].allows(permission) for r in actor.roles if r in self.roles)

    def require(self, actor: Actor, permission: str) -> None:
        """Go on only if the actor holds `permission`: for reading what is no tool, as the audit.

        Raises:
            Denied: no role holds it.
        """
        if not self.permits(actor, permission):
            raise Denied(rule="role-permission", reason=N_("ninguno de sus roles tiene ese permiso"))

    def facts(self) -> dict[str, Any]:
        """The policy as data, for display."""
        return self.model_dump(mode="json")


def _fits(permission: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(permission, pattern) for pattern in patterns)
