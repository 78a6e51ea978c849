"""What the policy is told of a call (*hechos*), and what it answers.

All facts come from the gate: the signed-in person, the tool's declaration, the labels, the
rows and the weight of the call as it was really run. None comes from the request's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter

Verdict: TypeAlias = Literal["allow", "deny", "hold"]
MOST_CENTS: Final = 10**12  # beyond this a number saturates, lest Cedar's 64 bits overflow
REQUESTER: Final = "requester"  # an approver's role: whoever asked may confirm it himself


@dataclass(frozen=True)
class Facts:
    """One call as the policy sees it; names and units are those of `schema.cedarschema`."""

    user: str
    roles: frozenset[str]
    cls: str
    tool: str
    module: str
    permission: str
    agent: str = ""
    line: str = ""
    tables: frozenset[str] = frozenset()
    own_organization: bool = True
    amount_cents: int = 0
    day_cents: int = 0
    day_count: int = 0
    hour_count: int = 0
    subjects: int = 0
    special: bool = False
    templated: bool = False
    outward: bool = False
    registered: bool = False
    control: int = 3
    arguments: int = 3
    tainted: bool = False
    flagged: bool = False
    approvals: int = 0
    business_day: bool = True
    minute: int = 720
    stopped: bool = False

    def told(self) -> dict[str, Any]:
        """The facts that differ from the usual, as JSON holds them; `of` gives them back."""
        said = {name: value for name, value in vars(self).items() if value != USUAL[name]}
        return {name: sorted(v) if isinstance(v, frozenset) else v for name, v in said.items()}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Facts":
        """The facts that `told` said."""
        return FACTS.validate_python(dict(told))

    def context(self) -> dict[str, Any]:
        """The facts as Cedar's context."""
        said = {name: value for name, value in vars(self).items() if name != "roles"}
        return said | {
            "tables": sorted(self.tables),
            "amount_cents": bounded(self.amount_cents),
            "day_cents": bounded(self.day_cents),
            "subjects": bounded(self.subjects),
        }


FACTS: Final = TypeAdapter(Facts)
USUAL: Final = {field.name: field.default for field in fields(Facts)}


def bounded(number: int) -> int:
    """`number`, at most 10¹²: sums of two still fit, and still exceed every limit."""
    return max(-MOST_CENTS, min(MOST_CENTS, number))


@dataclass(frozen=True)
class Decision:
    """What the policy says of one call, and why.

    Args:
        verdict: allowed, refused, or held until people have decided.
        rule: the rule that decided; `rules` are all that fired.
        why: the rule's sentence, in Spanish (catalogued).
        approver: roles that may decide, separated by commas; `requester` for whoever asked.
        needed: how many distinct persons must grant it.
        hours: how long it waits for them.
        approver_title: how people call the approver's roles.
        step_up: how many seconds old their sign-in may be; None for any.
    """

    verdict: Verdict
    rule: str
    why: str
    approver: str | None = None
    hours: int = 24
    approver_title: str = ""
    rules: tuple[str, ...] = ()
    needed: int = 1
    step_up: int | None = None
