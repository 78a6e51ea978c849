"""Any sequence of lawful acts: no unlawful state, and the money adds up to the cent.

Two machines: the pure core with many lives, and a short one through the gate on the real
database.
"""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.dates import add_months
from core.errors import AitError
from core.money import ZERO
from modules.insurance.kernel.amounts import Amounts, plus
from modules.insurance.kernel.policies.endings import part_of_annuity
from modules.insurance.kernel.policies.ledger import OUTSTANDING, Annuity, Step
from modules.insurance.kernel.policies.proration import Annual, Period, Share, part_of
from modules.insurance.kernel.policies.reasons import Refund, ending_on
from modules.insurance.kernel.policies.unpaid import Standing, standing
from modules.insurance.kernel.rating import instalments
from modules.insurance.kernel.records import CommissionLine, Policy, Receipt
from modules.insurance.kernel.states import MOVES, PolicyState, ReceiptState, UnlawfulMove, move
from modules.insurance.kernel.tariff import charges_on

BEGINS = date(2026, 3, 31)
PERIOD = Period(begins=BEGINS, ends=date(2027, 3, 31))
CHARGES = charges_on(BEGINS)
EUROS = st.integers(1_00, 2_000_00).map(lambda cents: Decimal(cents) / 100)
LIVE = {"in_force", "suspended"}
ENDS = (
    "mutual",
    "policyholder_midterm",
    "misstatement_rescission",
    "total_loss",
    "withdrawal_14d",
    "no_risk",
    "unpaid",
)
TAX = CHARGES.ips


def annual(premiums, ccs):
    """An annuity of some coverages, all taxed."""
    shares = tuple(Share(code=str(n), premium=p, taxed=p) for n, p in enumerate(premiums))
    return Annual(shares=shares, surcharges={"ccs_re": ccs})


class PureLives(RuleBasedStateMachine):
    """One policy and its receipts, without a database."""

    @initialize(
        premiums=st.lists(EUROS, min_size=1, max_size=4), ccs=EUROS, parts=st.sampled_from((1, 2, 4, 12)),
    )  # fmt: skip
    def issue(self, premiums, ccs, parts):
        """Bill an annuity in its instalments."""
        first = annual(premiums, ccs)
        self.numbers, self.day, self.ended = count(1), BEGINS, None
        self.policy = Policy(state="in_force", started_on=BEGINS, effective_on=BEGINS, expires_on=PERIOD.ends)
        lea = (first.premium * CHARGES.lea).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        self.steps, self.receipts = [Step(BEGINS, first)], []
        plan = instalments(first.premium, ZERO, ccs + lea, parts, TAX)
        assert sum(part.premium for part in plan) == first.premium
        assert sum(part.total for part in plan) == first.premium + ccs + lea + sum(part.ips for part in plan)
        months = 12 // parts
        for part in plan:
            begins = add_months(BEGINS, months * (part.no - 1))
            ends = PERIOD.ends if part.no == parts else add_months(BEGINS, months * part.no)
            surcharges = {"ccs_re": ccs, "lea": lea} if part.no == 1 else {}
            amounts = Amounts(premium=part.premium, taxed=part.premium, surcharges=surcharges, ips=part.ips)
            self.bill(amounts, "new" if part.no == 1 else "instalment", begins, ends, part.no)
        self.billed = first.premium

    def bill(self, amounts, kind, begins, ends, no=1):
        """One more receipt."""
        kind = "refund" if amounts.total < 0 else kind
        receipt = Receipt(
            receipt_number=f"{next(self.numbers):03}", kind=kind, state="issued", instalment_no=no, period_from=begins,
            period_to=ends, due_on=begins, premium=amounts.premium, surcharges=amounts.surcharge, ips=amounts.ips,
            surcharge_parts={name: str(amount) for name, amount in amounts.surcharges.items()}, total=amounts.total,
        )  # fmt: skip
        move(receipt, ReceiptState.PENDING)
        self.receipts.append(receipt)

    def annuity(self):
        """The account as the kernel reads it."""
        live = tuple(r for r in self.receipts if r.state != "cancelled")
        return Annuity(PERIOD, tuple(self.steps), live, CHARGES)

    @rule(days=st.integers(0, 60))
    def pass_days(self, days):
        """Time goes by, up to the end of the annuity."""
        self.day = min(self.day + timedelta(days), PERIOD.ends - timedelta(1))

    @rule(at=st.integers(0, 30), to=st.sampled_from(ReceiptState))
    def move_a_receipt(self, at, to):
        """Somebody wants a receipt in some state; only lawful wishes come true, and none to cancel it."""
        receipt = self.receipts[at % len(self.receipts)]
        if to in (ReceiptState.CANCELLED, ReceiptState.REFUNDED) or receipt.total < 0:
            return
        before = receipt.state
        try:
            move(receipt, to)
        except UnlawfulMove:
            assert receipt.state == before
        else:
            receipt.paid_on = self.day if to is ReceiptState.PAID else receipt.paid_on

    @precondition(lambda self: self.policy.state == "in_force" and not self.ended)
    @rule(premiums=st.lists(EUROS, min_size=1, max_size=4), ccs=EUROS)
    def endorse(self, premiums, ccs):
        """Coverages come, go and change."""
        new, old = annual(premiums, ccs), self.steps[-1].annual
        difference = part_of(new, PERIOD.left(self.day), PERIOD.days, CHARGES, base=old)
        self.steps.append(Step(self.day, new))
        self.billed += difference.premium
        if difference.total:
            self.bill(difference, "endorsement", self.day, PERIOD.ends)

    @precondition(lambda self: not self.ended)
    @rule()
    def follow_unpaid(self):
        """The daily update."""
        stands, _ = standing(self.receipts, self.day)
        if stands is not Standing.COVERED and self.policy.state == "in_force":
            move(self.policy, PolicyState.SUSPENDED)
        if stands is Standing.EXTINCT:
            self.end("unpaid")
        elif stands is Standing.COVERED and self.policy.state == "suspended":
            move(self.policy, PolicyState.IN_FORCE)

    @precondition(lambda self: not self.ended)
    @rule(code=st.sampled_from(ENDS), agreed=st.sampled_from((None, Refund.SHORT_PERIOD, Refund.PRO_RATA)))
    def end(self, code, agreed=None):
        """It ends, by one of the law's reasons, if its state allows."""
        ending = ending_on(code, self.day)
        if ending.state not in MOVES[PolicyState][self.policy.state]:
            return
        refund = agreed if agreed and ending.refund is Refund.NOTHING else ending.refund
        before = self.annuity()
        ends_on = BEGINS if refund is Refund.ALL else self.day
        part = part_of_annuity(before, refund, ends_on, ending)
        for receipt in part.cancelled:
            move(receipt, ReceiptState.CANCELLED)
        if part.balance.total:
            self.bill(part.balance, "regularisation", self.day, PERIOD.ends)
        move(self.policy, ending.state)
        self.ended = (part, before, ends_on)

    @invariant()
    def every_receipt_adds_up(self):
        """Premium, surcharges and tax are its total; the tax is that of its premium."""
        for receipt in self.receipts:
            assert receipt.total == receipt.premium + receipt.surcharges + receipt.ips
            assert abs(receipt.ips - receipt.premium * TAX) <= Decimal("0.13")
            assert receipt.surcharges == sum((Decimal(a) for a in receipt.surcharge_parts.values()), ZERO)

    @invariant()
    def the_account_is_what_was_agreed(self):
        """What is billed and not cancelled is the premium agreed, or what the end left of it, to the cent."""
        live = sum((r.premium for r in self.receipts if r.state != "cancelled"), ZERO)
        if not self.ended:
            assert live == self.billed
            return
        part, before, ends_on = self.ended
        billed = reduce(plus, (before.amounts([r]) for r in before.receipts), Amounts()).premium
        if part.refund is Refund.NOTHING:
            gone = sum((r.premium for r in part.cancelled), ZERO)
            assert live == billed - gone
            return
        assert live == billed - part.unearned.premium - (
            sum((r.premium for r in part.cancelled), ZERO) if part.refund is Refund.ALL else ZERO
        )
        if part.refund is Refund.ALL:
            assert live == ZERO
        elif part.refund is not Refund.SHORT_PERIOD:
            assert abs(live - self.earned(ends_on)) <= Decimal("0.01") * 5 * len(self.steps)

    def earned(self, on):
        """The premium of the days that were covered, counted another way: day by day."""
        found = Decimal(0)
        for at, step in enumerate(self.steps):
            until = self.steps[at + 1].from_on if at + 1 < len(self.steps) else PERIOD.ends
            days = (min(until, on) - min(step.from_on, on)).days
            found += step.annual.premium * days / PERIOD.days
        return found

    @invariant()
    def nobody_gets_back_more_than_he_paid(self):
        """Refunds of an end never exceed what came in."""
        if self.ended and len(self.steps) == 1:
            came = sum((r.total for r in self.receipts if r.state in ("paid", "settled", "sent_to_bank")), ZERO)
            back = sum((r.total for r in self.receipts if r.kind == "refund"), ZERO)
            part, before, _ = self.ended
            if all(r.state == "cancelled" or r in before.receipts or r is self.receipts[-1] for r in self.receipts):
                returned = sum((r.total for r in before.receipts if r.state in ("returned", "claimed")), ZERO)
                assert came + returned + back >= -Decimal("0.15")

    @invariant()
    def states_are_lawful(self):
        """An ended policy has nothing outstanding but what the law leaves due."""
        assert self.policy.state in set(PolicyState)
        assert bool(self.ended) == (self.policy.state not in LIVE)
        if self.ended and self.ended[0].refund is not Refund.NOTHING:
            for receipt in self.ended[0].cancelled:
                assert receipt.state == "cancelled"


PureLives.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestPureLives = PureLives.TestCase

ACTS = ("endorse", "pay", "travel", "update", "return", "reinstate", "refund", "travel", "pay", "endorse", "cancel")


def test_a_few_lives_through_the_gate(office):  # noqa: C901 — one rule an act; the machine needs the fixture
    """On the real database: whatever is allowed leaves states lawful and every account even."""
    seen: set[str] = set()

    class Lives(RuleBasedStateMachine):
        @initialize(rhythm=st.sampled_from(("annual", "quarterly", "monthly")))
        def issue(self, rhythm):
            office.shift = timedelta(0)
            self.number = office.pet("Álvaro Ramos", payment_frequency=rhythm)
            seen.add("issue")

        @rule(act=st.sampled_from(ACTS), much=st.integers(1, 90))
        def act(self, act, much):
            with suppress(AitError):  # what is not lawful is refused, and the invariants say that nothing broke
                getattr(self, f"do_{act}")(much)
                seen.add(act)

        def open_receipts(self):
            return [r for r in office.receipts(self.number) if r.state in OUTSTANDING and r.total > 0]

        def do_travel(self, much):
            office.travel(office.today + timedelta(much))

        def do_pay(self, much):
            number = self.open_receipts()[0].receipt_number if self.open_receipts() else "-"
            office.run("encashment_collect_receipt", receipt=number, medium="card")

        def do_return(self, much):
            paid = [r for r in office.receipts(self.number) if r.state == "paid"]
            number = paid[much % len(paid)].receipt_number if paid else "-"
            office.run("encashment_return_receipt", receipt=number, reason_code="AM04")

        def do_endorse(self, much):
            changes = {"vet_annual_limit": 1500 + 10 * much}
            quoted = office.run("kernel_quote_endorsement", policy=self.number, changes=changes)
            office.done("kernel_issue_endorsement", endorsement=quoted.endorsement, consent="correo")

        def do_update(self, much):
            office.run("kernel_update_policies", "admin")

        def do_cancel(self, much):
            reason = "policyholder_midterm" if much > 80 else "mutual"
            office.done("kernel_cancel_policy", policy=self.number, reason=reason)

        def do_reinstate(self, much):
            office.done("kernel_reinstate_policy", policy=self.number)

        def do_refund(self, much):
            owed = [r for r in office.receipts(self.number) if r.kind == "refund" and r.state == "pending"]
            office.done("kernel_record_refund", receipt=owed[0].receipt_number if owed else "-")

        @invariant()
        def money_adds_up(self):
            policy, receipts = office.policy(self.number), office.receipts(self.number)
            live = [r for r in receipts if r.state != "cancelled"]
            lines = office.rows(CommissionLine, CommissionLine.policy_id == policy.id)
            for r in receipts:
                assert r.total == r.premium + r.surcharges + r.ips
            earned = {r.id: r.commission for r in receipts}
            ceded = {r.id: r.cession for r in receipts}
            for line in lines:
                if line.kind == "earned":
                    assert earned[line.receipt_id] == line.amount
                if line.kind == "ceded":
                    assert ceded[line.receipt_id] == line.amount
            gone = {r.id for r in receipts if r.state == "cancelled"}
            assert {line.state for line in lines if line.receipt_id in gone} <= {"cancelled"}
            base = sum((line.base for line in lines if line.kind == "earned" and line.state != "cancelled"), ZERO)
            assert base == sum((r.premium - r.fractioning_surcharge for r in live), ZERO)
            assert policy.state in set(PolicyState)
            assert (policy.ended_on is not None) == (policy.end_reason is not None)
            if policy.state in ("cancelled", "lapsed") and policy.end_reason != "policyholder_midterm":
                assert all(r.kind in ("refund", "regularisation") or r.state not in OUTSTANDING or r.state == "returned"
                           for r in receipts)  # fmt: skip

    Lives.TestCase.settings = settings(
        max_examples=6, stateful_step_count=12, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    Lives.TestCase().runTest()
    assert len(seen) >= 6
