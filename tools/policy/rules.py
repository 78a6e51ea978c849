"""The engine (*motor de reglas*): Cedar, wrapped so that no fault of a rule can open a door.

A Cedar policy that errors is skipped, a `forbid` too. Hence four wrappers (`security.md`
4.1): an answer with errors is a refusal; the schema is always checked; numbers are bounded
before they are asked about; and rules that do not validate are never loaded.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import cedarpy

from core.errors import BadArguments
from core.i18n import N_
from tools.policy.facts import Facts

ANNOTATION: Final = re.compile(r'@(\w+)\("((?:[^"\\]|\\.)*)"\)')
STATEMENT: Final = re.compile(r"^((?:@\w+\(\"(?:[^\"\\]|\\.)*\"\)\s*)*)(permit|forbid)\s*\(", re.MULTILINE)
REMEMBERED: Final = 8192
FAULT: Final = "policy-fault"
NOT_PERMITTED: Final = "role-permission"


@dataclass(frozen=True)
class Rule:
    """One rule's annotations; its place in the text is how Cedar names it."""

    id: str
    effect: str
    why: str = ""
    approver: str | None = None
    hours: int = 24
    step_up: int | None = None


@dataclass(frozen=True)
class Answer:
    """What the engine says for one number of approvals: allowed, and the rules that made it so."""

    allowed: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Rules:
    """Validated Cedar rules, ready to be asked.

    Raises:
        BadArguments: the text does not parse, does not fit the schema, or names a rule twice.
    """

    text: str
    schema_text: str

    def __post_init__(self) -> None:
        """Refuse what could fail later."""
        result = cedarpy.validate_policies(self.text, self.schema_text)
        if not result.validation_passed:
            first = str(result.errors[0].error) if result.errors else "?"
            raise BadArguments(field="rules", problem=first)
        ids = [rule.id for rule in self.declared]
        twice = {id for id in ids if ids.count(id) > 1} | {id for id in ids if not id}
        if twice:
            raise BadArguments(field="rules", problem=N_("cada regla necesita un @id propio"))
        # Cedar names rules by their place; the annotations were read in the same order.
        if len(ids) != len(json.loads(cedarpy.policies_to_json_str(self.text))["staticPolicies"]):
            raise BadArguments(field="rules", problem=N_("hay una regla que no se ha podido leer"))

    @cached_property
    def declared(self) -> tuple[Rule, ...]:
        """The rules in their order, with what their annotations say."""
        bare = re.sub(r"^\s*//.*$", "", self.text, flags=re.MULTILINE)
        return tuple(_rule(dict(ANNOTATION.findall(m[1])), m[2]) for m in STATEMENT.finditer(bare))

    @cached_property
    def _policies(self) -> cedarpy.PolicySet:
        return cedarpy.PolicySet.from_str(self.text)

    @cached_property
    def _schema(self) -> cedarpy.Schema:
        return cedarpy.Schema.from_str(self.schema_text)

    def ask(self, facts: Facts) -> Answer:
        """Cedar's word on `facts`: allowed only by a permission, without a forbid and without a fault."""
        answer: Answer = self._remembered(facts)
        return answer

    @cached_property
    def _remembered(self) -> Any:
        # The same facts give the same answer; a turn asks about the same few a hundred times.
        return lru_cache(maxsize=REMEMBERED)(self._ask)

    def _ask(self, facts: Facts) -> Answer:
        request = {
            "principal": {"type": "AIT::User", "id": facts.user},
            "action": {"type": "AIT::Action", "id": "call"},
            "resource": {"type": "AIT::RiskClass", "id": facts.cls},
            "context": facts.context(),
        }
        found = cedarpy.is_authorized(request, self._policies, entities(facts.user, facts.roles), self._schema)
        if found.diagnostics.errors:
            return Answer(False, (Rule(FAULT, "forbid", N_("Una regla de la política ha fallado.")),))
        fired = sorted(int(name.removeprefix("policy")) for name in found.diagnostics.reasons)
        rules = tuple(self.declared[place] for place in fired)
        return Answer(found.decision == cedarpy.Decision.Allow, rules)


@lru_cache(maxsize=REMEMBERED)
def entities(user: str, roles: frozenset[str]) -> cedarpy.Entities:
    """The person and his roles, as Cedar wants them."""
    names = [{"type": "AIT::Role", "id": role} for role in sorted(roles)]
    people: Sequence[Mapping[str, Any]] = [
        {"uid": {"type": "AIT::User", "id": user}, "attrs": {}, "parents": names},
        *({"uid": name, "attrs": {}, "parents": []} for name in names),
    ]
    return cedarpy.Entities.from_json_str(json.dumps(people))


def _rule(said: Mapping[str, str], effect: str) -> Rule:
    return Rule(
        id=said.get("id", ""),
        effect=effect,
        why=said.get("why", ""),
        approver=said.get("approver"),
        hours=int(said.get("hours", "24")),
        step_up=int(said["step_up"]) if "step_up" in said else None,
    )
