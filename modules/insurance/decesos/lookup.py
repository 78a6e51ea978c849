"""Finding an insured life of a funeral policy, and what the policy agreed with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias

from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_
from modules.insurance.decesos.line import LINE
from modules.insurance.decesos.records import InsuredLife
from modules.insurance.decesos.risk import DecesosRisk
from modules.insurance.decesos.risk import InsuredLife as Agreed
from modules.insurance.kernel.entries import agreed, policy_of
from modules.insurance.kernel.lookup import alive, words_of
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.terms import term_on
from tools import Slot

InsuredName: TypeAlias = Annotated[
    str,
    Slot(ask=N_("¿Qué asegurado? Indique su nombre o su número en la póliza."), cues=("asegurado", "insured person")),
]


class LifeNotFound(NotFound):
    """Nobody insured by the policy answers to the name."""

    text = N_("En la póliza {policy} no hay ningún asegurado «{ref}».")


@dataclass(frozen=True)
class Life:
    """One insured life: the row, and what was agreed with it."""

    policy: Policy
    risk: DecesosRisk
    agreed: Agreed
    row: InsuredLife

    @property
    def since(self) -> date:
        """The life's own start."""
        return self.agreed.insured_since or self.policy.started_on

    @property
    def name(self) -> str:
        """How people call it."""
        return self.agreed.full_name or f"nº {self.row.position}"


def lives_of(ctx: Context, policy_ref: str) -> Sequence[Life]:
    """All insured lives of a funeral policy.

    Raises:
        BadArguments: the policy is of another line.
        NoRisk: its risk was never entered.
    """
    policy = policy_of(ctx, LINE, policy_ref)
    risk, _ = agreed(ctx, LINE, policy)
    query = select(InsuredLife).where(InsuredLife.policy_id == policy.id, alive(InsuredLife))
    rows = {row.position: row for row in ctx.session.exec(query.order_by(col(InsuredLife.position)))}
    return [Life(policy, risk, one, rows[one.position or at]) for at, one in enumerate(risk.insureds, 1)]


def life_of(ctx: Context, policy_ref: str, wanted: str | None) -> Life:
    """The one life that `wanted` names by number or words of its name; the only one if nothing is said.

    Raises:
        LifeNotFound: nobody is called so.
        BadArguments: several are, or nobody was named among several.
    """
    lives = lives_of(ctx, policy_ref)
    found = [life for life in lives if wanted is None or _called(life, wanted)]
    if len(found) == 1:
        return found[0]
    if wanted is not None and not found:
        raise LifeNotFound(policy=lives[0].policy.policy_number, ref=wanted)
    names = ", ".join(f"{life.row.position} {life.agreed.full_name or ''}".strip() for life in found)
    raise BadArguments(N_("¿Qué asegurado («{field}»)? Hay varios: {names}."), field="insured", names=names)


def _called(life: Life, wanted: str) -> bool:
    if wanted.strip().isdigit():
        return life.row.position == int(wanted)
    return bool(wanted.strip()) and set(words_of(wanted)) <= set(words_of(life.agreed.full_name or ""))


def value_on(ctx: Context, life: Life, on: date) -> Decimal:
    """The service value that was in force on a day; before the first term that is on file, that term's."""
    term = term_on(ctx, life.policy, on)
    return Decimal(str(term.risk["service_value"])) if term else life.risk.service_value
