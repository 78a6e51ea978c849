"""Which commission agreement holds (*acuerdo de comisiones*): by line, insurer, product and collaborator, by date.

The most particular agreement that holds on the day wins: one of the insurer before one of
any, one of the product before one of all, one of the collaborator before one of nobody.
Nothing that advises a client imports this.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import select

from core.context import Context
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.market_records import CommissionAgreement


@dataclass(frozen=True)
class Scope:
    """What a commission is asked for."""

    line: str
    insurer_id: UUID
    product: str
    collaborator_id: UUID | None


def all_agreements(ctx: Context) -> Sequence[CommissionAgreement]:
    """All agreements of the house; a few hundred at most."""
    return ctx.session.exec(select(CommissionAgreement).where(alive(CommissionAgreement))).all()


def agreement_on(agreements: Iterable[CommissionAgreement], scope: Scope, on: date) -> CommissionAgreement | None:
    """The one of `agreements` that holds for a policy on a date, if any does."""
    return max((one for one in agreements if fits(one, scope, on)), key=particular, default=None)


def fits(agreement: CommissionAgreement, scope: Scope, on: date) -> bool:
    """Whether an agreement holds on a date and names nothing else than the scope."""
    return (
        agreement.line == scope.line
        and agreement.starts_on <= on
        and (agreement.ends_on is None or agreement.ends_on > on)
        and agreement.insurer_id in (None, scope.insurer_id)
        and agreement.product in (None, scope.product)
        and agreement.collaborator_id in (None, scope.collaborator_id)
    )


def particular(agreement: CommissionAgreement) -> tuple[int, date]:
    """How particular an agreement is, then how new."""
    named = (agreement.insurer_id, agreement.product, agreement.collaborator_id)
    weights = (4, 2, 1)
    weight = sum(weight for weight, part in zip(weights, named, strict=True) if part is not None)
    return weight, agreement.starts_on
