"""The most that an annuity pays (*límite agregado por anualidad*), and what claims have left of it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.claims_made import trigger_of
from modules.insurance.kernel.insured import Insured, insured
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.records import Claim
from modules.insurance.kernel.states import ClaimState
from modules.insurance.kernel.views import PolicyNumber
from tools import Risk, tool
from tools.results import Result

SETTLED: Final = frozenset((ClaimState.PAID, ClaimState.REJECTED, ClaimState.CLOSED))
LOW: Final = Decimal("0.5")  # of the limit: below it the house advises to reinstate


def left_of(limit: Decimal, paid: Iterable[Decimal]) -> Decimal:
    """What is left of `limit` after all that was paid; never below zero."""
    return max(limit - sum(paid, ZERO), ZERO)


def payable(
    losses: Iterable[Decimal], *, per_victim: Decimal | None, per_claim: Decimal, left: Decimal | None
) -> Decimal:
    """What one claim pays: each victim up to the sub-limit, all up to the claim's limit, and that up to what is left.

    Args:
        losses: what each victim is owed, EUR.
        per_victim: the sub-limit of each (*sublímite por víctima*); None: none.
        per_claim: the limit of the claim.
        left: of the annuity's limit; None: the line has none.
    """
    owed = sum((loss if per_victim is None else min(loss, per_victim) for loss in losses), ZERO)
    return min(owed, per_claim, per_claim if left is None else left)


class Aggregate(Result):
    """The yearly limit of a policy, and what its claims have left."""

    policy: PolicyNumber
    from_on: date
    to_on: date
    limit: Money
    paid: Money
    left: Money
    reserved: Money
    claims: int

    def told(self, locale: Locale) -> str:
        """What is left, and whether to reinstate it."""
        amounts = {
            "limit": format_money(self.limit, locale), "paid": format_money(self.paid, locale),
            "left": format_money(self.left, locale), "reserved": format_money(self.reserved, locale),
        }  # fmt: skip
        text = N_("Póliza {policy}: quedan {left} del límite anual de {limit} (pagado {paid}, reservado {reserved}).")
        said = translate(text, locale, policy=self.policy, **amounts)
        if self.left - self.reserved >= self.limit * LOW:
            return said
        advice = translate(N_("Conviene pedir a la aseguradora que lo reponga por suplemento."), locale)
        return f"{said} {advice}"


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver el límite agregado que queda"),
    examples=(
        "¿Cuánto queda del límite agregado de la póliza 0903-36406521?",
        "¿Qué parte del límite anual han consumido los siniestros?",
        "How much of the aggregate limit is left on the policy?",
    ),
)
def show_aggregate(ctx: Context, policy: PolicyRef) -> Aggregate:
    """What the claims of the running annuity have left of the yearly limit of a policy.

    Claims count by the date of the claim in claims-made covers, by that of the event in others.
    What is reserved is not deducted yet, and told apart.
    """
    return aggregate_of(ctx, insured(ctx, policy))


def aggregate_of(ctx: Context, found: Insured) -> Aggregate:
    """The yearly limit of a policy with what is paid and reserved of it.

    Raises:
        BadArguments: its line has no yearly limit.
    """
    policy, term = found
    limit = line_of(policy.line).aggregate(term.risk, term.details)
    if limit is None:
        text = N_("La póliza {policy} («{field}») no tiene límite por anualidad.")
        raise BadArguments(text, field="policy", policy=policy.policy_number)
    when = Claim.occurred_on if trigger_of(policy, term) is None else Claim.known_on
    within = (col(when) >= policy.effective_on, col(when) < policy.expires_on)
    claims = ctx.session.exec(select(Claim).where(Claim.policy_id == policy.id, alive(Claim), *within)).all()
    paid = [claim.paid_amount for claim in claims]
    return Aggregate(
        policy=policy.policy_number, from_on=policy.effective_on, to_on=policy.expires_on, limit=limit,
        paid=sum(paid, ZERO), left=left_of(limit, paid),
        reserved=sum((claim.reserve for claim in claims if claim.state not in SETTLED), ZERO), claims=len(claims),
    )  # fmt: skip
