"""A house whose day can be moved on, so that a policy's life passes in one test."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from core.clock import utc_now
from core.context import Actor, Origin
from core.errors import ApprovalRequired
from core.identifiers import new_id
from core.money import ZERO
from modules.installation import Installation
from modules.insurance.kernel.records import CommissionLine, Policy, Receipt
from tools.approvals import Approvals
from tools.gate import Call, Gate
from tools.gate.transact import Transactions

ZONE = ZoneInfo("Europe/Madrid")
TODAY = datetime.now(ZONE).date()
PET = {
    "product": "completo", "species": "perro", "pet_age": 3, "dangerous_breed": False, "microchip": True,
    "previous_bites": 0, "liability_limit": 150_000, "breed_risk": "medio", "animal_value": "900.00",
    "vet_annual_limit": 1500, "reimbursement_pct": 80, "payment_frequency": "annual", "insurer": "C0901",
}  # fmt: skip


@dataclass
class Office:
    """Calls through the gate, on a day of one's choice, with decisions where the policy wants them."""

    house: Installation
    actor: Callable[[str], Actor]
    shift: timedelta = timedelta(0)
    chips: int = 0
    opened: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        own = self.house.gate
        self.transactions = Transactions(self.house.database, clock=self.at_noon)
        self.gate = Gate.build(self.transactions, own.recorder, own.catalogue, own.policies, own.outside)
        self.approvals: Approvals = replace(self.house.approvals, gate=self.gate, transactions=self.transactions)

    def at_noon(self, now: datetime) -> datetime:
        """The instant `now` of the day that the office has: after noon, so that no change of the hour moves it."""
        noon = datetime.combine(self.today, time(12), ZONE)
        return noon.astimezone(UTC) + (now - self.opened)

    @property
    def today(self) -> date:
        return TODAY + self.shift

    def travel(self, on: date) -> None:
        self.shift = on - TODAY

    def run(self, tool: str, /, _as: str = "broker", **args: Any) -> Any:
        return self.gate.call(Call(tool, args, self.actor(_as), Origin("cli", new_id()))).value

    def done(self, tool: str, /, **args: Any) -> Any:
        try:
            return self.run(tool, **args)
        except ApprovalRequired as held:
            shown = self.approvals.show(self.actor("executive"), held.detail["approval_id"])
            self.approvals.approve(self.actor("executive"), shown.id, shown.preview_hash)
            return self.approvals.execute(self.actor("broker"), shown.id).value

    def pet(self, customer: str = "Javier Rubio", *, force: bool = True, **changed: Any) -> str:
        """A signed policy of a pet of its own; `force`: with its first receipt paid, on its first day."""
        self.chips += 1
        asked = {**PET, "chip_no": f"{self.chips:015d}", "effective_on": (self.today + timedelta(1)).isoformat()}
        quote = self.run("mascotas_quote_policy", customer=customer, **{**asked, **changed})
        issued = self.done("kernel_issue_policy", quote=quote.quote_number)
        if force:
            signed = {"signed_on": self.today.isoformat(), "evidence": "firma digital"}
            self.done("kernel_record_signature", policy=issued.policy, **signed)
            self.run("encashment_collect_receipt", receipt=f"{issued.policy}-01", medium="card")
            self.travel(quote.effective_on)
        return str(issued.policy)

    def rows(self, kind: Any, *where: Any) -> list[Any]:
        with self.house.database.transaction(self.actor("owner").tenant_id) as session:
            return list(session.exec(select(kind).where(*where)).all())

    def policy(self, number: str) -> Policy:
        [found] = self.rows(Policy, Policy.policy_number == number)
        return found  # type: ignore[no-any-return]

    def receipts(self, number: str) -> list[Receipt]:
        found = self.rows(Receipt, Receipt.policy_id == self.policy(number).id)
        return sorted(found, key=lambda receipt: receipt.receipt_number)

    def commissions(self, number: str) -> list[CommissionLine]:
        return self.rows(CommissionLine, CommissionLine.policy_id == self.policy(number).id)

    def balance(self, number: str) -> Decimal:
        """What the client has paid, and what was given or is promised back to him."""
        paid = [r.total for r in self.receipts(number) if r.state in ("paid", "settled") or r.kind == "refund"]
        return sum(paid, ZERO)


@pytest.fixture
def office(book: Any, installation: Installation, actor: Callable[[str], Actor]) -> Office:
    """The house with the small book, today."""
    return Office(installation, actor)
