"""The book's customers, policies, receipts and claims as tables whose quality is measured."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, cast, func
from sqlmodel import col, select

from core.context import Context
from modules.core_business.crm.lookup import alive as customers_alive
from modules.core_business.crm.records import Customer, CustomerKind
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, Policy, Receipt, Term
from modules.insurance.kernel.states import ClaimState, ReceiptState

if TYPE_CHECKING:
    import pandas as pd

MOST: Final = 200_000  # rows of a table
EARLY_DAYS: Final = 10
VOID: Final = (ReceiptState.CANCELLED.value, ReceiptState.REFUNDED.value)
ENDED: Final = (ClaimState.PAID.value, ClaimState.CLOSED.value, ClaimState.REJECTED.value)
BILLED: Final = ("new", "renewal", "instalment")


def customers(ctx: Context) -> "pd.DataFrame":
    """Customers with how they are reached, and whether they are persons."""
    wanted = select(Customer).where(customers_alive()).order_by(col(Customer.id)).limit(MOST)
    return _frame(
        [
            {
                "ref": str(c.id), "label": c.name, "person": c.birth_date is not None or c.kind == CustomerKind.PERSON,
                "id_number": c.id_number, "search_name": c.search_name, "birth_date": c.birth_date, "email": c.email,
                "phone": c.phone, "street": c.street, "postal_code": c.postal_code, "city": c.city,
                "province_code": c.province_code, "iban": c.iban, "updated_on": c.updated_at,
            }
            for c in ctx.session.exec(wanted)
        ],
        days=("birth_date", "updated_on"),
    )  # fmt: skip


def policies(ctx: Context) -> "pd.DataFrame":
    """Policies with whether their risk is known, and what the receipts of the running annuity add up to."""
    risks = set(ctx.session.exec(select(Term.policy_id).where(alive(Term), cast(col(Term.risk), Text) != "{}")))
    billed = select(Receipt.policy_id, func.sum(Receipt.total)).join(Policy, col(Policy.id) == Receipt.policy_id)
    billed = billed.where(
        alive(Receipt),
        col(Receipt.state).not_in(VOID),
        col(Receipt.kind).in_(BILLED),
        # A receipt may begin some days before its annuity: insurers round to a day of theirs.
        col(Receipt.period_from) >= col(Policy.effective_on) - EARLY_DAYS,
        col(Receipt.period_from) < col(Policy.expires_on) - EARLY_DAYS,
    ).group_by(col(Receipt.policy_id))
    sums = {policy: total for policy, total in ctx.session.exec(billed)}
    wanted = select(Policy).where(alive(Policy)).order_by(col(Policy.id)).limit(MOST)
    return _frame(
        [
            {
                "ref": p.policy_number, "label": p.policy_number, "insurer": str(p.insurer_id), "state": p.state,
                "frequency": p.payment_frequency, "collected_by": p.collected_by, "effective_on": p.effective_on,
                "expires_on": p.expires_on, "net": float(p.net_premium),
                "fractioning": float(p.fractioning_surcharge), "surcharges": float(p.surcharges), "ips": float(p.ips),
                "total": float(p.total_premium), "risk": "known" if p.id in risks or p.object_ref else None,
                "billed": float(sums[p.id]) if p.id in sums else None,
            }
            for p in ctx.session.exec(wanted)
        ],
        days=("effective_on", "expires_on"),
    )  # fmt: skip


def receipts(ctx: Context) -> "pd.DataFrame":
    """Receipts with the parts of their total (EUR) and the period they pay for, the latest first."""
    wanted = select(Receipt).where(alive(Receipt)).order_by(col(Receipt.id).desc()).limit(MOST)
    return _frame(
        [
            {
                "ref": r.receipt_number, "label": r.receipt_number, "policy": str(r.policy_id),
                "premium": float(r.premium), "surcharges": float(r.surcharges), "ips": float(r.ips),
                "total": float(r.total), "period_from": r.period_from, "period_to": r.period_to,
            }
            for r in ctx.session.exec(wanted)
        ],
        days=("period_from", "period_to"),
    )  # fmt: skip


def claims(ctx: Context) -> "pd.DataFrame":
    """Claims with when their policy began and ended, the latest first."""
    wanted = (
        select(Claim, Policy)
        .join(Policy, col(Policy.id) == Claim.policy_id)
        .where(alive(Claim))
        .order_by(col(Claim.id).desc())
        .limit(MOST)
    )
    return _frame(
        [
            {
                "ref": c.claim_number, "label": c.claim_number, "policy": str(c.policy_id), "cause": c.cause,
                "occurred_on": c.occurred_on, "known_on": c.known_on, "started_on": p.started_on,
                "ended_on": p.ended_on, "open": c.state not in ENDED, "updated_on": c.updated_at,
            }
            for c, p in ctx.session.exec(wanted)
        ],
        days=("occurred_on", "known_on", "started_on", "ended_on", "updated_on"),
    )  # fmt: skip


def _frame(rows: list[dict[str, Any]], days: Sequence[str]) -> "pd.DataFrame":
    """Rows as a frame: empty texts are gaps, days are dates without a zone."""
    import pandas as pd

    found = pd.DataFrame(rows)
    for name in found.columns:
        if name in days:
            found[name] = pd.to_datetime(found[name], utc=True).dt.tz_localize(None)
        elif found[name].dtype.kind == "O" or str(found[name].dtype) == "str":
            texts = [None if value is None or value != value or value == "" else value for value in found[name]]
            found[name] = pd.Series(texts, dtype=object)
    return found
