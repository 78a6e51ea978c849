"""Policies, receipts and claims written for one test, on days counted from today."""

from datetime import date, timedelta
from typing import Any

from core.dates import add_months
from tests.modules.core_business.people import policy_row, receipt_row, today


def months_back(months: int) -> date:
    """The first day of the month so many months before this one."""
    return add_months(today().replace(day=1), -months)


def policy(ref: str, begins: date, *, line: str = "hogar", **more: str) -> dict[str, str]:
    """A yearly policy from a day on."""
    dates = {"original_start_date": begins, "effective_date": begins, "expiry_date": add_months(begins, 12)}
    said = {name: day.isoformat() for name, day in dates.items()}
    return policy_row(ref, "CL1", line=line, payment_frequency="anual", **said) | more


def receipt(ref: str, of: str, begins: date, premium: str, **more: str) -> dict[str, str]:
    """The receipt of an annuity that begins on a day; no taxes, paid at once."""
    on = begins.isoformat()
    row = receipt_row(ref, of, 0, status="cobrado", net_premium=premium, ips="0", consorcio="0", total=premium)
    return row | {"effective_date": on, "due_date": on, "issue_date": on, "paid_date": on, "commission": "0"} | more


def claim(ref: str, of: str, on: date, paid: str = "0", **more: str) -> dict[str, str]:
    """A claim that was paid on the day after it occurred, or closed without payment."""
    known = (on + timedelta(days=1)).isoformat()
    return {
        "claim_id": ref, "policy_id": of, "occurrence_date": on.isoformat(), "known_by_broker_date": known,
        "cause": "agua", "status": "pagado" if float(paid) else "cerrado_sin_pago", "reserve": "0",
        "paid_amount": paid, "payment_date": known if float(paid) else "", **more,
    }  # fmt: skip


def take_over(run: Any, **files: list[dict[str, Any]]) -> None:
    """Import the files (policies, receipts, claims, risks) as the owner."""
    for name, rows in files.items():
        run(f"kernel_import_{name}", _as="owner", rows=rows)
