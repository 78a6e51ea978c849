"""A book with a car and a dog that are insured, and a hand that gets things done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from core.errors import ApprovalRequired
from tests.modules.insurance.conftest import policy

TODAY: Final = datetime.now(ZoneInfo("Europe/Madrid")).date()
YESTERDAY: Final = TODAY - timedelta(days=1)
CAR, UNPAID, DOG = "0903-92550001", "0903-92550002", "0903-92550009"
RISK: Final = {
    "product": "completo", "species": "perro", "pet_age": 3, "dangerous_breed": False, "microchip": True,
    "previous_bites": 0, "liability_limit": 150_000, "breed_risk": "bajo", "animal_value": "900.00",
    "vet_annual_limit": 1500, "reimbursement_pct": 80, "payment_frequency": "annual",
}  # fmt: skip


@pytest.fixture(scope="module")
def insured(garage: Callable[..., Any]) -> Callable[..., Any]:
    """The small book with its vehicles and Javier's dog; gives `run`."""
    dog = policy(
        9, "CL00003", line="mascotas", risk_description="Perro Toby", original_start_date="2026-03-19",
        net_premium_annual="140.00", ips="11.20", consorcio="0.00", total_premium_annual="151.20", sum_insured="",
    )  # fmt: skip
    garage("kernel_import_policies", "admin", rows=[dog])
    details = {"chip_no": "941000012345678", "animal_name": "Toby"}
    garage("kernel_import_risks", "admin", rows=[{"policy_id": "PO00009", "risk": RISK, "details": details}])
    return garage


@pytest.fixture(scope="module")
def done(installation: Any, actor: Any, call: Any) -> Callable[..., Any]:
    """Get an act done as a broker, with an executive's decision where the policy wants one; its result."""

    def act(tool: str, /, **args: Any) -> Any:
        try:
            return call(tool, **args).value
        except ApprovalRequired as held:
            shown = installation.approvals.show(actor("executive"), held.detail["approval_id"])
            installation.approvals.approve(actor("executive"), shown.id, shown.preview_hash)
            return installation.approvals.execute(actor("broker"), shown.id).value

    return act
