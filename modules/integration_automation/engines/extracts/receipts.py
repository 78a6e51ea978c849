"""Receipts and how they were paid, as it was known on the last day of the window."""

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_
from core.money import ZERO
from modules.core_business.encashment.records import ReturnNotice
from modules.insurance.kernel.records import Policy, Receipt
from modules.insurance.kernel.states import ReceiptState
from modules.integration_automation.engines.extracts import Window, extract

if TYPE_CHECKING:
    import pandas as pd

VOID: Final = (ReceiptState.CANCELLED.value, ReceiptState.REFUNDED.value)
RETURN_DAYS: Final = 56
"""A direct debit comes back within eight weeks: where nobody wrote the day down, it was known by then."""
RECEIPTS: Final = (
    "receipt", "policy", "customer", "line", "kind", "frequency", "collected_by", "state", "issued_on", "due_on",
    "paid_on", "returned_on", "return_reason", "total",
)  # fmt: skip
PAYMENTS: Final = (
    "receipt", "policy", "customer", "line", "kind", "frequency", "collected_by", "due_on", "total", "paid", "days",
    "returned",
)  # fmt: skip


def receipt_rows(ctx: Context, line: str | None = None) -> "pd.DataFrame":
    """Every receipt that the customer pays, as it stands; cancelled and refunded ones are left out.

    `returned_on` is the last return; of one whose day is unknown, the latest day on which it was known.
    """
    import pandas as pd

    wanted = (
        select(  # type: ignore[call-overload]
            col(Receipt.id), col(Receipt.policy_id), col(Policy.policyholder_id), col(Policy.line), col(Receipt.kind),
            col(Policy.payment_frequency), col(Receipt.collected_by), col(Receipt.state), col(Receipt.issued_on),
            col(Receipt.due_on), col(Receipt.paid_on), col(Receipt.returned_on), col(Receipt.returned_reason),
            col(Receipt.total),
        )
        .join(Policy, col(Policy.id) == Receipt.policy_id)
        .where(
            col(Receipt.deleted_at).is_(None),
            col(Receipt.state).not_in(VOID),
            col(Receipt.total) > ZERO,
            *([Policy.line == line] if line else []),
        )
    )  # fmt: skip
    found = pd.DataFrame([tuple(row) for row in ctx.session.exec(wanted)], columns=list(RECEIPTS))
    for name in ("receipt", "policy", "customer"):
        found[name] = found[name].astype(str)
    for name in ("issued_on", "due_on", "paid_on", "returned_on"):
        found[name] = pd.to_datetime(found[name])
    found["total"] = found["total"].astype(float)
    notices = select(col(ReturnNotice.receipt_id), col(ReturnNotice.returned_on), col(ReturnNotice.reason_code))
    noticed = pd.DataFrame([tuple(row) for row in ctx.session.exec(notices)], columns=["receipt", "noticed", "code"])
    noticed["receipt"] = noticed["receipt"].astype(str)
    noticed["noticed"] = pd.to_datetime(noticed["noticed"])
    latest = noticed.sort_values("noticed").drop_duplicates("receipt", keep="last")
    found = found.merge(latest, on="receipt", how="left")
    found["return_reason"] = found["return_reason"].fillna(found["code"])
    known_by = (found["due_on"] + pd.Timedelta(days=RETURN_DAYS)).clip(upper=pd.Timestamp(ctx.today))
    supposed = known_by.where(found["return_reason"].notna())
    found["returned_on"] = found["returned_on"].fillna(found["noticed"]).fillna(supposed)
    return found[list(RECEIPTS)]


@extract(N_("Recibos: cuánto tardan en cobrarse y cuáles se devuelven"), permission="encashment:read")
def receipt_payments(ctx: Context, window: Window) -> "pd.DataFrame":
    """One row a receipt that fell due in the window, as it was known on its last day.

    Columns: ids of receipt, policy and customer; `total` in EUR; `paid`, 1 if it had been; `days` from the
    due date to the payment, or to the last day if it had not (0 if before it was due); `returned`, 1 if
    a debit of it had come back.
    """
    import pandas as pd

    last = pd.Timestamp(window.to_on)
    found = receipt_rows(ctx, window.line)
    found = found[found["due_on"].between(pd.Timestamp(window.from_on), last) & (found["issued_on"] <= last)]
    paid = found["paid_on"] <= last
    until = found["paid_on"].where(paid, last)
    return (
        found.assign(
            paid=paid.astype(int),
            days=(until - found["due_on"]).dt.days.clip(lower=0),
            returned=(found["returned_on"] <= last).astype(int),
        )
        .sort_values(["due_on", "receipt"], ignore_index=True)[list(PAYMENTS)]
        .copy()
    )
