"""Finding an insured life of a funeral policy, and what the policy agreed with it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from core.context import Context
from modules.insurance.decesos.line import LINE
from modules.insurance.decesos.risk import DecesosRisk, InsuredLife
from modules.insurance.kernel import members
from modules.insurance.kernel.members import InsuredName, InsuredNotFound
from modules.insurance.kernel.terms import term_on

__all__ = ["InsuredName", "InsuredNotFound", "Life", "life_of", "lives_of", "value_on"]

Life: TypeAlias = members.Life[DecesosRisk, InsuredLife]


def lives_of(ctx: Context, policy_ref: str) -> Sequence[Life]:
    """All insured lives of a funeral policy."""
    return members.lives_of(ctx, LINE, policy_ref)


def life_of(ctx: Context, policy_ref: str, wanted: str | None) -> Life:
    """The one life of a funeral policy that `wanted` names; the only one if nothing is said."""
    return members.life_of(ctx, LINE, policy_ref, wanted)


def value_on(ctx: Context, life: Life, on: date) -> Decimal:
    """The service value that was in force on a day; before the first term that is on file, that term's."""
    term = term_on(ctx, life.policy, on)
    return Decimal(str(term.risk["service_value"])) if term else life.risk.service_value
