"""Finding an insured life of a health policy, and what the policy agreed with it."""

from collections.abc import Sequence
from typing import TypeAlias

from core.context import Context
from modules.insurance.kernel import members
from modules.insurance.kernel.members import InsuredName, InsuredNotFound
from modules.insurance.salud.line import LINE
from modules.insurance.salud.risk import InsuredPerson, SaludRisk

__all__ = ["InsuredName", "InsuredNotFound", "Life", "life_of", "lives_of"]

Life: TypeAlias = members.Life[SaludRisk, InsuredPerson]


def lives_of(ctx: Context, policy_ref: str) -> Sequence[Life]:
    """All insured lives of a health policy."""
    return members.lives_of(ctx, LINE, policy_ref)


def life_of(ctx: Context, policy_ref: str, wanted: str | None) -> Life:
    """The one life of a health policy that `wanted` names; the only one if nothing is said."""
    return members.life_of(ctx, LINE, policy_ref, wanted)
