"""Finding receipts and adding up what is owed, by queries that the kernel's indexes answer.

Owed is what the customer still has to pay: receipts issued, pending, returned or claimed.
A receipt in a batch at the bank is pending, but not overdue: the bank is about to answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import case
from sqlmodel import col, func, select

from core.context import Context
from core.errors import Ambiguous
from core.money import ZERO
from modules.core_business.crm.lookup import CustomerNotFound, resolve_customer
from modules.core_business.crm.records import Customer
from modules.core_business.encashment.rules import UPPER_BOUNDS, Age, LegalClock, legal_clock
from modules.insurance.kernel.lookup import ReceiptNotFound, resolve_receipt
from modules.insurance.kernel.records import Insurer, Policy, Receipt
from modules.insurance.kernel.states import ReceiptState

PENDING: Final = (ReceiptState.ISSUED, ReceiptState.PENDING, ReceiptState.SENT_TO_BANK)
RETURNED: Final = (ReceiptState.RETURNED, ReceiptState.CLAIMED)
OWED: Final = (ReceiptState.ISSUED, ReceiptState.PENDING, *RETURNED)
RETURNABLE: Final = (ReceiptState.PENDING, ReceiptState.SENT_TO_BANK, ReceiptState.PAID, ReceiptState.SETTLED)
FIRST_PREMIUM: Final = "new"  # its later instalments are following premiums
CHOICES: Final = 10


class Debt(NamedTuple):
    """A receipt with its policy, policyholder and insurer."""

    receipt: Receipt
    policy: Policy
    customer: Customer
    insurer: Insurer

    def clock(self, today: date) -> LegalClock:
        """Where the receipt stands under LCS art. 15, as long as it is owed."""
        first = self.receipt.kind == FIRST_PREMIUM and self.receipt.instalment_no == 1
        return legal_clock(self.receipt.due_on, today, first=first, claimed=self.receipt.state == ReceiptState.CLAIMED)


@dataclass(frozen=True)
class Sum:
    """How many receipts, and what they come to in EUR."""

    count: int
    total: Decimal


def resolve_debt(ctx: Context, text: str, states: Sequence[ReceiptState] = OWED) -> Debt:
    """The one receipt that `text` names: id, number or import reference.

    A customer's name will do where that customer has exactly one receipt in `states`.

    Raises:
        ReceiptNotFound: there is none.
        Ambiguous: the customer has several; `options` holds them.
    """
    try:
        receipt = resolve_receipt(ctx, text)
    except ReceiptNotFound:
        found = _of_named_customer(ctx, text.strip(), states)
    else:
        found = debts(ctx, col(Receipt.id) == receipt.id)
    if not found:
        raise ReceiptNotFound(ref=text.strip())
    if len(found) > 1:
        raise _several(text.strip(), found)
    return found[0]


def _of_named_customer(ctx: Context, name: str, states: Sequence[ReceiptState]) -> Sequence[Debt]:
    try:
        customer = resolve_customer(ctx, name)
    except CustomerNotFound as error:
        raise ReceiptNotFound(ref=name) from error
    return debts(ctx, in_states(states), of_customer(customer), limit=CHOICES)


def _several(ref: str, found: Sequence[Debt]) -> Ambiguous:
    labels = [f"{d.receipt.receipt_number} ({d.receipt.due_on:%d/%m/%Y}, {d.receipt.total} €)" for d in found]
    options = [{"id": str(d.receipt.id), "label": label} for d, label in zip(found, labels, strict=True)]
    return Ambiguous(field="receipt", ref=ref, choices="; ".join(labels), options=options)


def in_states(states: Sequence[ReceiptState]) -> Any:
    """Live receipts in `states` that the customer pays: refunds run the other way."""
    return (
        col(Receipt.state).in_([state.value for state in states])
        & (col(Receipt.total) > ZERO)
        & col(Receipt.deleted_at).is_(None)
    )


def of_customer(customer: Customer | None) -> Any:
    """Receipts of the policies that `customer` holds; all if there is none."""
    return col(Policy.policyholder_id) == customer.id if customer else True


def due_before(day: date) -> Any:
    """Receipts whose due date had passed on `day`."""
    return col(Receipt.due_on) < day


def debts(ctx: Context, *conditions: Any, limit: int | None = None) -> list[Debt]:
    """Receipts that meet the conditions, the oldest debt first."""
    query = (
        select(Receipt, Policy, Customer, Insurer)
        .join(Policy, col(Policy.id) == Receipt.policy_id)
        .join(Customer, col(Customer.id) == Policy.policyholder_id)
        .join(Insurer, col(Insurer.id) == Receipt.insurer_id)
        .where(*conditions)
        .order_by(col(Receipt.due_on), col(Receipt.receipt_number))
        .limit(limit)
    )
    return [Debt(*row) for row in ctx.session.exec(query)]


def sums(ctx: Context, *conditions: Any) -> dict[Age, Sum]:
    """Count and total of the receipts that meet the conditions, by age; every age is there."""
    due = col(Receipt.due_on)
    bounds = [(due >= ctx.today - timedelta(days=days), age.value) for days, age in UPPER_BOUNDS]
    age = case(*bounds, else_=Age.OVER_90.value).label("age")
    query = (
        select(age, func.count(), func.sum(Receipt.total))
        .select_from(Receipt)
        .join(Policy, col(Policy.id) == Receipt.policy_id)
        .where(*conditions)
        .group_by(age)
    )
    found = {Age(bucket): Sum(count, total) for bucket, count, total in ctx.session.exec(query)}
    return {bucket: found.get(bucket, Sum(0, ZERO)) for bucket in Age}


def whole(parts: dict[Age, Sum]) -> Sum:
    """The sum of all ages."""
    return Sum(sum(part.count for part in parts.values()), sum((part.total for part in parts.values()), ZERO))
