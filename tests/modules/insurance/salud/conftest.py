"""Health policies in a small book: a family that is issued, and two policies that run already."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.dates import add_months
from core.errors import ApprovalRequired
from tests.modules.insurance.conftest import policy

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()


def person(age: Any, **more: Any) -> dict[str, Any]:
    """One insured life."""
    return {"age": age, "kinship": "titular"} | more


@dataclass(frozen=True)
class Family:
    """An issued policy of three."""

    run: Callable[..., Any]
    policy: str
    quote: Any
    since: date


@pytest.fixture(scope="module")
def family(book: Callable[..., Any], installation: Any, actor: Any) -> Family:
    """Álvaro's family, issued through the gate."""
    people = [person(46, full_name="Álvaro Ramos Soriano", born_on="1980-01-21"),
              person(44, kinship="conyuge", full_name="Rosa Ficticia", born_on="1982-05-05"),
              person(8, kinship="hijo", full_name="Iván Ficticio", born_on="2018-02-02")]  # fmt: skip
    quote = book("salud_quote_policy", customer="Álvaro Ramos", insurer="C0901", product="cuadro_medico_sin_copago",
                 zone="B", with_dental=True, with_travel=True, insureds=people)  # fmt: skip
    with pytest.raises(ApprovalRequired) as held:
        book("kernel_issue_policy", quote=quote.quote_number)
    shown = installation.approvals.show(actor("executive"), held.value.detail["approval_id"])
    installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
    issued = installation.approvals.execute(actor("broker"), shown.id).value
    return Family(book, issued.policy, quote, TODAY + timedelta(days=1))


@pytest.fixture(scope="module")
def running(book: Callable[..., Any]) -> Callable[..., Any]:
    """Two policies that have run for five months: a couple with copay, a child with reimbursement; gives `run`."""
    started = add_months(TODAY, -5)
    dates = {"original_start_date": started.isoformat(), "effective_date": started.isoformat(),
             "expiry_date": add_months(started, 12).isoformat(), "line": "salud", "sum_insured": ""}  # fmt: skip
    book("kernel_import_policies", "admin", rows=[policy(101, "CL00002", **dates), policy(102, "CL00003", **dates)])
    common = {"zone": "B", "payment_frequency": "annual"}
    couple = [person(36, full_name="Ana Ficticia", born_on="1990-02-01"),
              person(34, kinship="conyuge", full_name="Luis Ficticio", born_on="1992-03-01",
                     previous_insurer="Otra Ficticia, S.A.", previous_since=add_months(started, -12).isoformat(),
                     previous_until=started.isoformat(), previous_proved=True)]  # fmt: skip
    child = person(9, kinship="hijo", full_name="Niño Ficticio", born_on="2017-01-01")
    book("kernel_import_risks", "admin", rows=[
        {"policy_id": "PO00101", "risk": {**common, "product": "cuadro_medico_copago", "insureds": couple}},
        {"policy_id": "PO00102",
         "risk": {**common, "product": "reembolso", "annual_limit": "1000.00", "insureds": [child]}},
    ])  # fmt: skip
    return book
