"""What a survey asks for (*recomendaciones de la inspección*), by when, and whether it was done.

A recommendation is open until it is met with its evidence, or waived because the insurer no
longer asks for it. What is met or waived stays so; a new survey asks anew.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from sqlmodel import col, func, select

from core.context import Context
from core.errors import NotFound
from core.i18n import N_
from core.identifiers import new_id
from modules.insurance.industrial.records import Recommendation
from modules.insurance.kernel.entries import hold, of_policy
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import allow_moves, move


class RecommendationState(StrEnum):
    """What became of a recommendation."""

    OPEN = "open"
    MET = "met"
    WAIVED = "waived"


R = RecommendationState
MOVES: Final[Mapping[str, frozenset[str]]] = {R.OPEN: frozenset((R.MET, R.WAIVED))}
allow_moves(RecommendationState, MOVES, {"open": N_("abierto"), "met": N_("cumplido"), "waived": N_("dispensado")})


class RecommendationNotFound(NotFound):
    """The policy has no recommendation of that number."""

    text = N_("La póliza {policy} no tiene la recomendación {ref}.")


def add(ctx: Context, policy: Policy, text: str, due_on: date) -> Recommendation:
    """Enter a recommendation of `policy` under the next number."""
    hold(ctx, "recommendation", policy.id)
    query = select(func.max(Recommendation.number)).where(Recommendation.policy_id == policy.id)
    number = (ctx.session.exec(query).one() or 0) + 1
    found = Recommendation(
        id=new_id(), policy_id=policy.id, customer_id=policy.policyholder_id, number=number, text=text, due_on=due_on,
        asked_on=ctx.today, state=R.OPEN.value,
    )  # fmt: skip
    ctx.session.add(found)
    ctx.emit("recommendation.added", found.id, policy=str(policy.id), due=due_on.isoformat())
    return found


def close(ctx: Context, policy: Policy, number: int, state: RecommendationState, evidence: str) -> Recommendation:
    """Mark a recommendation as met or waived, with what shows it.

    Raises:
        RecommendationNotFound: there is none of that number.
        UnlawfulMove: it is closed already.
    """
    found = next(iter(of_policy(ctx, Recommendation, policy, Recommendation.number == number)), None)
    if found is None:
        raise RecommendationNotFound(policy=policy.policy_number, ref=number)
    move(found, state)
    found.closed_on, found.evidence = ctx.today, evidence
    ctx.session.add(found)
    ctx.emit(f"recommendation.{found.state}", found.id, policy=str(policy.id))
    return found


def open_ones(ctx: Context, until: date, policy: Policy | None) -> Sequence[tuple[Recommendation, Policy]]:
    """Open recommendations that fall due by `until`, of one policy or of all, the first due first."""
    where = [Recommendation.state == R.OPEN, col(Recommendation.due_on) <= until, alive(Recommendation), alive(Policy)]
    if policy is not None:
        where.append(col(Recommendation.policy_id) == policy.id)
    query = (
        select(Recommendation, Policy)
        .join(Policy, col(Policy.id) == Recommendation.policy_id)
        .where(*where)
        .order_by(col(Recommendation.due_on), Policy.policy_number, col(Recommendation.number))
    )
    return ctx.session.exec(query).all()
