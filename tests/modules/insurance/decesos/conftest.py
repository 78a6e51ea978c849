"""Funeral policies in a small book: a family at a level premium, and one life at a natural premium."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.dates import add_months
from tests.modules.insurance.conftest import policy

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
STARTED = add_months(TODAY, -5)


def life(age: Any, **more: Any) -> dict[str, Any]:
    """One insured life."""
    return {"age": age, "kinship": "titular"} | more


FAMILY = [
    life(45, full_name="Raquel Gómez Gil", born_on="1980-10-23", accident_sum="6000.00"),
    life(43, kinship="conyuge", full_name="Pau Ficticio", born_on="1983-01-01", accident_sum="6000.00"),
    life(15, kinship="hijo", full_name="Lía Ficticia", born_on="2011-01-01", accident_sum="3000.00"),
    life(11, kinship="hijo", full_name="Leo Ficticio", born_on="2015-01-01", accident_sum="3000.00"),
]
LEVEL = {"product": "nivelada", "service_value": "4200.00", "payment_frequency": "annual", "with_accident": True}


@pytest.fixture(scope="module")
def running(book: Callable[..., Any]) -> Callable[..., Any]:
    """Policies that have run for five months; gives `run`."""
    dates = {"original_start_date": STARTED.isoformat(), "effective_date": STARTED.isoformat(),
             "expiry_date": add_months(STARTED, 12).isoformat(), "line": "decesos", "sum_insured": ""}  # fmt: skip
    rows = [policy(201, "CL00002", **dates), policy(202, "CL00003", **dates),
            policy(203, "CL00003", **dates, status="suspendida")]  # fmt: skip
    book("kernel_import_policies", "admin", rows=rows)
    natural = {"product": "natural", "service_value": "5000.00", "payment_frequency": "annual"}
    book("kernel_import_risks", "admin", rows=[
        {"policy_id": "PO00201", "risk": {**LEVEL, "insureds": FAMILY}, "details": {"free_provider_choice": True}},
        {"policy_id": "PO00202",
         "risk": {**natural, "insureds": [life(58, full_name="Javier Rubio Gutiérrez")]}, "details": {}},
        {"policy_id": "PO00203", "risk": {**natural, "insureds": [life(40)]}, "details": {}},
    ])  # fmt: skip
    return book


YESTERDAY = (TODAY - timedelta(days=1)).isoformat()
