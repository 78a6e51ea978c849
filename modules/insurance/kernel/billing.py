"""Receipts (*facturación de la prima*): those of an annuity, and the commission that each will earn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import col, func, select

from core.context import Context
from core.dates import add_months
from core.identifiers import new_id
from core.money import CENT
from modules.insurance.kernel.amounts import Amounts
from modules.insurance.kernel.commissions import Terms, commission_lines
from modules.insurance.kernel.numbering import receipt_number
from modules.insurance.kernel.rating import Instalment, Rating
from modules.insurance.kernel.records import CommissionLine, Policy, Receipt
from modules.insurance.kernel.states import ReceiptState, move

YEAR: Final = 12  # months


@dataclass(frozen=True)
class Billed:
    """Receipts with the commission that each will earn; the lines refer to the receipts."""

    receipts: list[Receipt]
    lines: list[CommissionLine]


def bill_annuity(ctx: Context, policy: Policy, rating: Rating, terms: Terms, kind: str) -> list[Receipt]:
    """Enter the receipts of the annuity that begins on the policy's `effective_on`, and their commission."""
    billed = annuity_bill(ctx, policy, rating, terms, kind, receipt_count(ctx, policy))
    ctx.session.add_all(billed.receipts)
    ctx.session.flush()  # the lines refer to them
    ctx.session.add_all(billed.lines)
    return billed.receipts


def annuity_bill(ctx: Context, policy: Policy, rating: Rating, terms: Terms, kind: str, billed: int) -> Billed:
    """The receipts of the annuity that begins on the policy's `effective_on`, as the rating divides it.

    Each is due when its period begins; the last one's period ends with the annuity.

    Args:
        ctx: of the call.
        policy: with the dates and premiums of that annuity.
        rating: its breakdown.
        terms: of the commission.
        kind: of the first receipt: `new` or `renewal`; the others are instalments.
        billed: how many receipts the policy ever had.
    """
    plan: Sequence[Instalment] = rating.instalments or ()
    months = YEAR // len(plan)
    surcharges = {name: f"{amount:.2f}" for name, amount in (rating.public_surcharges or {}).items()}
    nets = shares(policy.net_premium, len(plan))
    fractions = shares(policy.fractioning_surcharge, len(plan))
    receipts: list[Receipt] = []
    lines: list[CommissionLine] = []
    for part, net, fractioning in zip(plan, nets, fractions, strict=True):
        begins = add_months(policy.effective_on, months * (part.no - 1))
        ends = policy.expires_on if part.no == len(plan) else add_months(policy.effective_on, months * part.no)
        receipt = Receipt(
            id=new_id(), receipt_number=receipt_number(policy.policy_number, billed + part.no), policy_id=policy.id,
            insurer_id=policy.insurer_id, kind=kind if part.no == 1 else "instalment",
            state=ReceiptState.ISSUED.value, instalment_no=part.no, instalment_count=len(plan), issued_on=ctx.today,
            period_from=begins, period_to=ends, due_on=begins, premium=part.premium,
            fractioning_surcharge=fractioning, surcharges=part.surcharges,
            surcharge_parts=surcharges if part.no == 1 else {}, ips=part.ips, total=part.total,
            collected_by=policy.collected_by,
        )  # fmt: skip
        move(receipt, ReceiptState.PENDING)
        receipts.append(receipt)
        lines += commission_lines(receipt, net, terms)
        ctx.emit("receipt.issued", receipt.id, policy=str(policy.id), total=f"{receipt.total:.2f}")
    return Billed(receipts, lines)


def policy_terms(policy: Policy) -> Terms:
    """What a running policy pays in commission."""
    return Terms(policy.commission_rate, policy.collaborator_id, policy.cession_rate)


def bill_difference(
    ctx: Context, policy: Policy, amounts: Amounts, kind: str, period: tuple[date, date], due_on: date
) -> Receipt:
    """One receipt for a difference of premium, and its commission; below zero it is a refund (*extorno*).

    A refund waits to be paid to the client; `kernel_record_refund` notes that it was.

    Args:
        ctx: of the call.
        policy: whose difference it is; its commission holds for the difference too.
        amounts: what is paid or given back, rounded already.
        kind: `endorsement`, `regularisation`; a negative total makes it `refund`.
        period: the days that the difference is for, the last one exclusive.
        due_on: when it is due.
    """
    receipt = Receipt(
        id=new_id(), receipt_number=receipt_number(policy.policy_number, receipt_count(ctx, policy) + 1),
        policy_id=policy.id, insurer_id=policy.insurer_id, kind="refund" if amounts.total < 0 else kind,
        state=ReceiptState.ISSUED.value, issued_on=ctx.today, period_from=period[0], period_to=period[1],
        due_on=due_on, premium=amounts.premium, fractioning_surcharge=amounts.fractioning,
        surcharges=amounts.surcharge, surcharge_parts={n: f"{a:.2f}" for n, a in amounts.surcharges.items()},
        ips=amounts.ips, total=amounts.total, collected_by=policy.collected_by,
    )  # fmt: skip
    move(receipt, ReceiptState.PENDING)
    lines = commission_lines(receipt, amounts.net, policy_terms(policy))
    ctx.session.add(receipt)
    ctx.session.flush()  # the lines refer to it
    ctx.session.add_all(lines)
    ctx.emit("receipt.issued", receipt.id, policy=str(policy.id), total=f"{receipt.total:.2f}")
    return receipt


def cancel_receipt(ctx: Context, receipt: Receipt) -> None:
    """Cancel a receipt that nobody will pay, and the commission that was expected of it.

    Raises:
        UnlawfulMove: it is paid, settled or at the bank.
    """
    move(receipt, ReceiptState.CANCELLED)
    ctx.session.add(receipt)
    for line in ctx.session.exec(select(CommissionLine).where(CommissionLine.receipt_id == receipt.id)):
        if line.state == "expected":
            line.state = "cancelled"
            ctx.session.add(line)
    ctx.emit("receipt.cancelled", receipt.id, policy=str(receipt.policy_id))


def receipt_count(ctx: Context, policy: Policy) -> int:
    """How many receipts the policy ever had: the next one's number follows."""
    return ctx.session.exec(select(func.count()).select_from(Receipt).where(Receipt.policy_id == policy.id)).one()


def receipt_counts(ctx: Context, ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many receipts each of many policies ever had; none is left out."""
    query = select(Receipt.policy_id, func.count()).where(col(Receipt.policy_id).in_(list(ids)))
    return dict(ctx.session.exec(query.group_by(col(Receipt.policy_id))).all())


def shares(amount: Decimal, count: int) -> list[Decimal]:
    """`amount` in `count` parts to the cent; what is left over is in the first."""
    cents, left = divmod(int(amount / CENT), count)
    return [CENT * (cents + (left if at == 0 else 0)) for at in range(count)]
