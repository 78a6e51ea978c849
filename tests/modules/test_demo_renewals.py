"""The demonstration's book a year on: every policy rated again, and every one that goes on renewed, month by month."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from core.clock import utc_now
from core.context import Origin
from core.dates import add_months
from core.errors import ApprovalRequired
from core.identifiers import new_id
from core.money import ZERO
from core.settings import Settings
from modules.demo import load
from modules.installation import Installation
from modules.insurance.kernel.lines import LABELS, line_of
from modules.insurance.kernel.records import Policy, Receipt, Term
from modules.insurance.kernel.terms import typed_risk
from tools.gate import Call

MADRID = ZoneInfo("Europe/Madrid")


class Book:
    """The demonstration, and a gate whose clock goes on month by month."""

    def __init__(self, house: Installation) -> None:
        self.house, self.owner = house, house.people.owner()
        self.operations = house.people.actor("operations")
        self.executive = house.people.actor("executive")
        self.now = utc_now()

    def call(self, tool, **args):
        gate = self.house.gate.at(lambda _: self.now)
        return gate.call(Call(tool, args, self.operations, Origin("cli", new_id()))).value

    def rows(self, kind, *where):
        with self.house.database.transaction(self.owner.tenant_id) as session:
            return session.exec(select(kind).where(*where)).all()


@pytest.fixture(scope="module")
def book():
    """The demonstration in an installation of its own."""
    with TemporaryDirectory(prefix="ait-demo-") as folder:
        house = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3996))
        load(house)
        yield Book(house)
        house.close()


def test_every_policy_says_what_it_insures_and_is_rated_again(book):
    terms = {term.policy_id: term for term in book.rows(Term)}
    policies = book.rows(Policy)
    assert len(policies) == len(terms) == 300
    decided = Counter()
    for policy in policies:
        line, term = line_of(policy.line), terms[policy.id]
        rating = line.rate_again(term.risk, book.now.date())
        assert rating.total is not None, policy.policy_number
        assert rating.total > ZERO, policy.policy_number
        assert sum(part.total for part in rating.instalments) == rating.total
        decided[rating.decision.value] += 1
    assert {policy.line for policy in policies} == set(LABELS)
    assert decided["accept"] > decided["refer"]


def test_the_whole_book_is_renewed_over_a_year(book):
    begun = {policy.id: policy for policy in book.rows(Policy)}
    terms = {term.policy_id: term for term in book.rows(Term)}
    expected = {
        policy.id for policy in begun.values()
        if policy.state == "in_force" and line_of(policy.line).duration(
            typed_risk(line_of(policy.line), terms[policy.id].risk)
        ).renewable
    }  # fmt: skip
    first = min(policy.expires_on for policy in begun.values() if policy.id in expected).replace(day=1)
    for month in range(14):
        begins = add_months(first, month)
        book.now = max(book.now, datetime.combine(begins, datetime.min.time(), MADRID) + timedelta(hours=10))
        run = book.call(
            "kernel_plan_renewals", from_on=begins.isoformat(),
            to_on=(add_months(begins, 1) - timedelta(days=1)).isoformat(),
        ).run  # fmt: skip
        while book.call("kernel_show_renewals", run=run).state == "pricing":
            book.call("kernel_price_renewals", run=run)
        renew(book, run)
    now = {policy.id: policy for policy in book.rows(Policy)}
    renewed = {id for id in begun if now[id].expires_on > begun[id].expires_on}
    left = sorted(f"{begun[id].line} {begun[id].policy_number}" for id in expected - renewed)
    assert not left
    assert renewed == expected
    for id in renewed:
        after = now[id]
        assert after.started_on == begun[id].started_on
        billed = book.rows(Receipt, Receipt.policy_id == id, Receipt.period_from >= after.effective_on)
        assert sum((receipt.total for receipt in billed), ZERO) == after.total_premium, after.policy_number


def renew(book, run):
    """Start a run with the executive's yes, and go on until it is done."""
    gate = book.house.gate.at(lambda _: book.now)
    with pytest.raises(ApprovalRequired) as held:
        gate.call(Call("kernel_start_renewals", {"run": run}, book.operations, Origin("cli", new_id())))
    approvals = replace(book.house.approvals, gate=gate, transactions=gate.transactions)
    shown = approvals.show(book.executive, held.value.detail["approval_id"])
    approvals.approve(book.executive, shown.id, shown.preview_hash)
    approvals.execute(book.operations, shown.id)
    while book.call("kernel_show_renewals", run=run).state == "running":
        book.call("kernel_continue_renewals", run=run)
