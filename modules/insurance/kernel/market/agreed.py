"""Which commission agreement holds (*acuerdo de comisiones*): by line, insurer, product and collaborator, by date.

The most particular agreement that holds on the day wins: one of the insurer before one of
any, one of the product before one of all, one of the collaborator before one of nobody.
Nothing that advises a client imports this.
"""

from datetime import date
from uuid import UUID

from sqlmodel import col, or_, select

from core.context import Context
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.market.records import CommissionAgreement


def agreement_on(
    ctx: Context, line: str, insurer_id: UUID, product: str, collaborator_id: UUID | None, on: date
) -> CommissionAgreement | None:
    """The agreement that holds for a policy on a date, if there is one."""
    found = CommissionAgreement
    query = select(found).where(
        found.line == line, alive(found), col(found.starts_on) <= on,
        or_(col(found.ends_on).is_(None), col(found.ends_on) > on),
        or_(col(found.insurer_id).is_(None), col(found.insurer_id) == insurer_id),
        or_(col(found.product).is_(None), col(found.product) == product),
        or_(col(found.collaborator_id).is_(None), col(found.collaborator_id) == collaborator_id),
    )  # fmt: skip
    return max(ctx.session.exec(query).all(), key=particular, default=None)


def particular(agreement: CommissionAgreement) -> tuple[int, date]:
    """How particular an agreement is, then how new."""
    named = (agreement.insurer_id, agreement.product, agreement.collaborator_id)
    weights = (4, 2, 1)
    weight = sum(weight for weight, part in zip(weights, named, strict=True) if part is not None)
    return weight, agreement.starts_on
