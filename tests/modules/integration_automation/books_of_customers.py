"""A book of customers with a history, as rows for the import tools."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.modules.core_business.people import INSURER, customer_row, days_ago, policy_row, receipt_row

Run = Callable[..., Any]
LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def ref(number: int) -> str:
    """The key of a customer in the former system."""
    return f"CL{number:05}"


def people(numbers: Sequence[int], **more: str) -> list[dict[str, str]]:
    """Rows of customers."""
    return [
        customer_row(ref(n), f"{30_000_000 + n}{LETTERS[(30_000_000 + n) % 23]}", "Ana", f"Número {n}", **more)
        for n in numbers
    ]


def policy(number: int, customer: int, *, began: int, ends: int, **more: str) -> dict[str, str]:
    """A policy whose annuity began `began` days ago and ends `ends` days ahead (negative: it is over)."""
    dates = {"effective_date": days_ago(began), "expiry_date": days_ago(-ends)}
    return policy_row(f"PO{number:05}", ref(customer), **{**dates, **more})


def receipt(number: int, of: int, overdue: int, *, paid_after: int | None = None, **more: str) -> dict[str, str]:
    """A receipt due `overdue` days ago, paid so many days after if it was."""
    if paid_after is not None:
        more = {"status": "cobrado", "paid_date": days_ago(overdue - paid_after), **more}
    return receipt_row(f"RE{number:06}", f"PO{of:05}", overdue, **more)  # type: ignore[arg-type]


def load(run: Run, customers: list[Any], policies: list[Any], receipts: list[Any]) -> None:
    """Import all of it."""
    run("kernel_import_insurers", _as="owner", rows=[INSURER])
    for tool, rows in (
        ("crm_import_customers", customers),
        ("kernel_import_policies", policies),
        ("kernel_import_receipts", receipts),
    ):
        if rows:
            run(tool, _as="owner", rows=rows)
