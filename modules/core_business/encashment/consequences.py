"""What a payment, or its coming back, means for commissions and for the policy.

A commission is earned with the receipt's payment and lost with its return; lines that were
settled with the insurer or the collaborator stay as they are and are set off later. The
first premium brings the policy into force, a late one gives its cover back (LCS art. 15).
"""

from typing import Final

from sqlmodel import col, select

from core.context import Context
from modules.core_business.encashment.debts import Debt
from modules.insurance.kernel.policies.unpaid import after_payment
from modules.insurance.kernel.records import CommissionLine
from modules.insurance.kernel.states import ReceiptState

COMMISSION: Final = {ReceiptState.PAID: "accrued", ReceiptState.RETURNED: "expected"}
OPEN: Final = ("expected", "accrued")


def follow(ctx: Context, debt: Debt) -> None:
    """Bring commissions and policy in line with the receipt's new state."""
    state = ReceiptState(debt.receipt.state)
    lines = select(CommissionLine).where(
        CommissionLine.receipt_id == debt.receipt.id, col(CommissionLine.state).in_(OPEN)
    )
    for line in ctx.session.exec(lines):
        line.state = COMMISSION[state]
        ctx.session.add(line)
    if state is ReceiptState.PAID:
        after_payment(ctx, debt.policy, debt.receipt)
