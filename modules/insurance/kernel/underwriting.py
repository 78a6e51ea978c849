"""Underwriting rules (*normas de contratación*): accept, refer or decline a risk.

Every rule is evaluated and the worst decision wins; all codes that fired are returned.
A missing input never fires a rule, whatever the operator.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from core.i18n import N_
from modules.insurance.kernel.inputs import INSURED, Inputs, insureds, key, number
from modules.insurance.kernel.lookups import BadTariff, plain_key

Condition: TypeAlias = Callable[[Inputs, Mapping[str, Any]], bool]

ORDERINGS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Decision(StrEnum):
    """What underwriting says; `refer` prices as indicative only."""

    ACCEPT = "accept"
    REFER = "refer"
    DECLINE = "decline"


SEVERITY: Final = {Decision.ACCEPT: 0, Decision.REFER: 1, Decision.DECLINE: 2}


class Verdict(NamedTuple):
    """The worst decision, and the codes of all rules that fired, in the tariff's order."""

    decision: Decision
    rules_hit: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One underwriting rule: all `conditions` on the same risk (and the same insured)."""

    code: str
    decision: Decision
    conditions: tuple[Condition, ...]
    fields: tuple[str, ...]
    text: str  # as the tariff writes it, for people
    note: str = ""

    @property
    def per_insured(self) -> bool:
        """Whether it is tested for each insured."""
        return any(field.startswith(INSURED) for field in self.fields)

    def fires(self, inputs: Inputs, product: Mapping[str, Any]) -> bool:
        """Whether every condition holds."""
        risks: Sequence[Inputs] = (inputs,)
        if self.per_insured:
            risks = insureds(inputs) if inputs.get("insureds") is not None else ()
        return any(all(holds(risk, product) for holds in self.conditions) for risk in risks)


def rule(spec: Mapping[str, Any], path: str) -> Rule:
    """The rule that `spec` of the tariff declares."""
    parts = spec["all"]
    return Rule(
        code=spec["code"],
        decision=Decision(spec["decision"]),
        conditions=tuple(condition(part, path) for part in parts),
        fields=tuple(part[0] for part in parts),
        text=" and ".join(f"{field} {sign} {value}" for field, sign, value in parts),
        note=spec.get("note", ""),
    )


def condition(spec: Sequence[Any], path: str) -> Condition:
    """One comparison, written `[field, sign, value]`."""
    field, sign, value = spec
    if sign in ORDERINGS:
        return ordering(field, ORDERINGS[sign], value)
    if sign == "in":
        keys = frozenset(plain_key(str(v)) for v in value)
        return lambda inputs, product: key(inputs, field) in keys
    wanted = key({"": value}, "")
    if sign == "==":
        return lambda inputs, product: key(inputs, field) == wanted
    if sign == "!=":
        return lambda inputs, product: key(inputs, field) not in (None, wanted)
    raise BadTariff(N_("La tarifa no se puede cargar: «{field}» usa un operador desconocido."), field=path)


def ordering(field: str, holds: Callable[[Any, Any], bool], value: Any) -> Condition:
    """A comparison by size; a text `value` names a limit of the product, null meaning none."""
    if not isinstance(value, str):
        limit = value if isinstance(value, int) else Decimal(str(value))

        def compare(inputs: Inputs, product: Mapping[str, Any]) -> bool:
            found = number(inputs, field)
            return found is not None and holds(found, limit)

        return compare

    def compare_with_product(inputs: Inputs, product: Mapping[str, Any]) -> bool:
        found, bound = number(inputs, field), product.get(value)
        return found is not None and bound is not None and holds(found, Decimal(str(bound)))

    return compare_with_product


def judge(rules: Sequence[Rule], inputs: Inputs, product: Mapping[str, Any]) -> Verdict:
    """The verdict of all `rules` on the risk."""
    fired = [rule for rule in rules if rule.fires(inputs, product)]
    worst = max((rule.decision for rule in fired), key=SEVERITY.__getitem__, default=Decision.ACCEPT)
    return Verdict(worst, tuple(rule.code for rule in fired))
