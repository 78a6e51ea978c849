"""Finding an insured life of a policy (*asegurado*), for lines that insure persons by `insureds`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, Protocol, TypeAlias, TypeVar

from sqlmodel import select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_
from modules.insurance.kernel.entries import agreed, policy_of
from modules.insurance.kernel.line import InsuredRisk, Line
from modules.insurance.kernel.lookup import alive, words_of
from modules.insurance.kernel.records import PersonRecord, Policy
from tools import Slot

InsuredName: TypeAlias = Annotated[
    str,
    Slot(ask=N_("¿Qué asegurado? Indique su nombre o su número en la póliza."), cues=("asegurado", "insured person")),
]


class Agreed(Protocol):
    """What every line says of a person in its risk."""

    @property
    def position(self) -> int | None:
        """The number in the policy."""

    @property
    def full_name(self) -> str | None:
        """As people call it."""

    @property
    def insured_since(self) -> date | None:
        """The own start, if it is not the policy's."""


RiskT = TypeVar("RiskT", bound=InsuredRisk)
PersonT = TypeVar("PersonT", bound=Agreed)


class InsuredNotFound(NotFound):
    """Nobody insured by the policy answers to the name."""

    text = N_("En la póliza {policy} no hay ningún asegurado «{ref}».")


@dataclass(frozen=True)
class Life(Generic[RiskT, PersonT]):
    """One insured life: the row, and what was agreed with it."""

    policy: Policy
    risk: RiskT
    person: PersonT
    row: PersonRecord

    @property
    def since(self) -> date:
        """The life's own start."""
        return self.person.insured_since or self.policy.started_on

    @property
    def name(self) -> str:
        """How people call it."""
        return self.person.full_name or f"nº {self.row.position}"


def lives_of(ctx: Context, line: Line, policy_ref: str) -> Sequence[Life[Any, Any]]:
    """All insured lives of a policy of `line`.

    Raises:
        BadArguments: the policy is of another line.
        RiskUnknown: its risk was never entered.
    """
    policy = policy_of(ctx, line, policy_ref)
    risk: Any
    risk, _ = agreed(ctx, line, policy)
    assert line.people is not None
    query = select(line.people).where(line.people.policy_id == policy.id, alive(line.people))
    rows = {row.position: row for row in ctx.session.exec(query)}
    return [Life(policy, risk, one, rows[one.position or at]) for at, one in enumerate(risk.insureds, 1)]


def life_of(ctx: Context, line: Line, policy_ref: str, wanted: str | None) -> Life[Any, Any]:
    """The one life that `wanted` names by number or words of its name; the only one if nothing is said.

    Raises:
        InsuredNotFound: nobody is called so.
        BadArguments: several are, or nobody was named among several.
    """
    lives = lives_of(ctx, line, policy_ref)
    found = [life for life in lives if wanted is None or _called(life, wanted)]
    if len(found) == 1:
        return found[0]
    if wanted is not None and not found:
        raise InsuredNotFound(policy=lives[0].policy.policy_number, ref=wanted)
    names = ", ".join(f"{life.row.position} {life.person.full_name or ''}".strip() for life in found)
    raise BadArguments(N_("¿Qué asegurado («{field}»)? Hay varios: {names}."), field="insured", names=names)


def _called(life: Life[Any, Any], wanted: str) -> bool:
    if wanted.strip().isdigit():
        return life.row.position == int(wanted)
    return bool(wanted.strip()) and set(words_of(wanted)) <= set(words_of(life.person.full_name or ""))
