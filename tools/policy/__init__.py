"""The policy (*política*): who may call what, and what people must approve first.

It is data that an auditor can read: roles and agents in `default.toml`, rules in
`default.cedar`; Cedar evaluates both. What is not permitted is refused, a refusal wins over
a permission, and every decision names the rule that made it, so that "why can't I?" always
has an answer.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from core.context import Actor
from core.errors import BadArguments, Denied
from core.i18n import N_
from tools.policy.bold import BOLD, NEVER
from tools.policy.facts import REQUESTER, Decision, Facts, Verdict
from tools.policy.roles import Authority, Role, unknown_agents
from tools.policy.rules import NOT_PERMITTED, Rule, Rules
from tools.risk import Risk
from tools.tool import Tool

HERE: Final = Path(__file__).parent
DEFAULT: Final = HERE / "default.toml"
SCHEMA: Final = (HERE / "schema.cedarschema").read_text(encoding="utf-8")
ENOUGH: Final = 2  # no rule asks for more persons
NO_ROLE: Final = N_("ninguno de sus roles tiene ese permiso")
BY_ROLE: Final = N_("lo permite uno de sus roles")
WHO_ASKED: Final = N_("quien lo pidió")


class Policy(BaseModel):
    """A version of the policy; `rules` is the Cedar text beside the tables of who may do what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    roles: Mapping[str, Role]
    agents: Mapping[str, Authority]
    rules: str

    @classmethod
    def load(cls, path: Path = DEFAULT) -> "Policy":
        """Read and check a policy: its tables, and the rules beside them (`.cedar`)."""
        tables = path.read_text(encoding="utf-8")
        return cls.parse(tables, path.with_suffix(".cedar").read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, tables: str, rules: str) -> "Policy":
        """The policy of these two texts.

        Raises:
            BadArguments: a rule does not fit the schema.
            ValueError: the tables are none.
        """
        found = cls.model_validate({**tomllib.loads(tables), "rules": rules})
        digest = hashlib.sha256(f"{tables}\0{rules}".encode()).hexdigest()[:12]
        versioned = found.model_copy(update={"version": f"{found.version}+{digest}"})
        assert versioned.engine
        return versioned

    @cached_property
    def engine(self) -> Rules:
        """Tables and rules as one validated set."""
        roles = [role.rule(name) for name, role in self.roles.items()]
        agents = [authority.rule(pattern) for pattern, authority in self.agents.items()]
        # The house's rules stand before the agents': of several that fire, the first is the one that is told.
        return Rules("\n\n".join([*roles, self.rules, *agents, unknown_agents(tuple(self.agents))]), SCHEMA)

    def authority(self, agent: str) -> frozenset[Risk]:
        """The classes that `agent` (`executor/cfo`) may use at most; none if it is unknown."""
        found = [authority.classes for pattern, authority in self.agents.items() if fnmatchcase(agent, pattern)]
        return found[0] if found else frozenset()

    def judge(self, facts: Facts) -> Decision:
        """What the policy says of a call of these facts.

        Asked once with the approvals that there are, and once as if enough had been given:
        what is refused even then is refused; what is not, waits for people.
        """
        answer = self.engine.ask(facts)
        if answer.allowed:
            return Decision("allow", answer.rules[0].id, BY_ROLE, rules=tuple(rule.id for rule in answer.rules))
        granted = {n: self.engine.ask(replace(facts, approvals=n)) for n in range(facts.approvals + 1, ENOUGH + 1)}
        needed = next((n for n, said in granted.items() if said.allowed), None)
        if needed is None:
            return self._refusal(answer.rules if not granted else granted[ENOUGH].rules)
        return self._hold(answer.rules, needed)

    def decide(self, actor: Actor, tool: Tool) -> Decision:
        """What the policy says of `actor` calling `tool` with nothing untrusted and of no weight."""
        return self.judge(facts_of(actor, tool))

    def _refusal(self, rules: tuple[Rule, ...]) -> Decision:
        if not rules:
            return Decision("deny", NOT_PERMITTED, NO_ROLE)
        return Decision("deny", rules[0].id, rules[0].why, rules=tuple(rule.id for rule in rules))

    def _hold(self, rules: tuple[Rule, ...], needed: int) -> Decision:
        # Whoever asked may confirm only if no rule wants somebody else.
        first = next((rule for rule in rules if rule.approver != REQUESTER), rules[0])
        approver = first.approver or "owner"
        return Decision(
            "hold",
            first.id,
            first.why,
            approver,
            first.hours,
            self.title(approver),
            tuple(rule.id for rule in rules),
            needed,
            min((rule.step_up for rule in rules if rule.step_up is not None), default=None),
        )

    def require_bold(self) -> None:
        """Go on only if the policy keeps what no house may loosen.

        Raises:
            BadArguments: it allows more than one of `BOLD` permits.
        """
        for demand in BOLD:
            decision = self.judge(demand.facts)
            needed = 0 if decision.verdict == "allow" else decision.needed if decision.verdict == "hold" else NEVER
            if needed < demand.needed:
                raise BadArguments(field="rules", problem=demand.why)

    def title(self, approver: str) -> str:
        """How people call the roles in `approver`, in Spanish; one alone is catalogued."""
        names = [WHO_ASKED if role == REQUESTER else self._title(role) for role in approver.split(",")]
        return " / ".join(names)

    def _title(self, role: str) -> str:
        return self.roles[role].title if role in self.roles else role

    def permits(self, actor: Actor, permission: str) -> bool:
        """Whether one of the actor's roles holds `permission`, for a mere reading."""
        facts = Facts(actor.user, actor.roles, Risk.READ.value, "", "", permission)
        return self.engine.ask(facts).allowed

    def require(self, actor: Actor, permission: str) -> None:
        """Go on only if the actor holds `permission`: for reading what is no tool, as the audit.

        Raises:
            Denied: no role holds it.
        """
        if not self.permits(actor, permission):
            raise Denied(rule=NOT_PERMITTED, reason=NO_ROLE)

    def facts(self) -> dict[str, Any]:
        """The policy as data, for display."""
        return self.model_dump(mode="json")


def facts_of(actor: Actor, tool: Tool) -> Facts:
    """What is known of a call before its arguments are."""
    return Facts(
        user=actor.user,
        roles=actor.roles,
        agent=actor.agent or "",
        cls=tool.risk.value,
        tool=tool.name,
        module=tool.module,
        permission=tool.permission,
    )


__all__ = ["REQUESTER", "Decision", "Facts", "Policy", "Rule", "Rules", "Verdict", "facts_of"]
