"""How policies end: by the law's reasons and days, with what is refunded, cancelled or clawed back."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.dates import add_months
from core.errors import BadArguments, Conflict
from core.money import to_cents
from modules.insurance.kernel.lines import announce
from modules.insurance.kernel.policies.reasons import LABELS, EndReason, Void, endings


def test_every_reason_has_a_row_and_a_word():
    """No code without data, no data without a word."""
    assert set(endings()) == set(LABELS) == {*EndReason, *Void, "replaced", "unpaid"}


def test_agreement_refunds_the_days_that_are_left(office):
    """The premium by coverage and by days, the tax and the surcharge on it; what is kept adds up to the cent."""
    number = office.pet()
    begins = office.today
    office.travel(begins + timedelta(146))
    shown = office.run("kernel_preview_cancellation", policy=number, reason="mutual")
    assert office.policy(number).state == "in_force"
    days = (office.policy(number).expires_on - begins).days
    paid = office.receipts(number)[0]
    assert shown.premium == -sum(shown.coverages.values())
    assert abs(-shown.premium - paid.premium * (days - 146) / days) <= Decimal("0.02")
    assert shown.ips == -(-shown.premium * Decimal("0.08")).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert shown.surcharges["lea"] == -(-shown.premium * Decimal("0.0015")).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    done = office.done("kernel_cancel_policy", policy=number, reason="mutual")
    assert done.total == shown.total == shown.premium + shown.ips + sum(shown.surcharges.values())
    assert f"219/{days}" in " ".join(shown.arithmetic) or f"{days - 146}/{days}" in " ".join(shown.arithmetic)
    policy = office.policy(number)
    assert (policy.state, policy.ended_on, policy.end_reason) == ("cancelled", office.today, "mutual")
    refund = office.receipts(number)[-1]
    assert (refund.kind, refund.state, refund.total) == ("refund", "pending", done.total)
    assert refund.premium + refund.surcharges + refund.ips == refund.total
    office.done("kernel_record_refund", receipt=refund.receipt_number)
    assert office.receipts(number)[-1].state == "refunded"
    earned = sum(line.amount for line in office.commissions(number))
    assert {line.state for line in office.commissions(number)} == {"accrued"}
    assert earned == sum(receipt.commission for receipt in office.receipts(number))
    with pytest.raises(Conflict):
        office.done("kernel_cancel_policy", policy=number, reason="mutual")


def test_a_policyholder_who_leaves_owes_the_whole_year(office):
    """The premium is indivisible: nothing back, the instalments stay due."""
    number = office.pet(payment_frequency="quarterly")
    office.travel(office.today + timedelta(30))
    done = office.done("kernel_cancel_policy", policy=number, reason="policyholder_midterm")
    assert (done.total, len(done.still_due), done.cancelled) == (0, 3, ())
    assert [receipt.state for receipt in office.receipts(number)] == ["paid", "pending", "pending", "pending"]


def test_instalments_that_are_not_owed_are_cancelled(office):
    """One of four is paid: three are cancelled, and the part of the first that was not used is given back."""
    number = office.pet(payment_frequency="quarterly")
    begins = office.today
    office.travel(begins + timedelta(30))
    done = office.done("kernel_cancel_policy", policy=number, reason="mutual")
    assert len(done.cancelled) == 3
    paid, *gone, refund = office.receipts(number)
    assert {receipt.state for receipt in gone} == {"cancelled"}
    assert refund.total < 0 < paid.total + refund.total
    annual = office.policy(number)
    days = (annual.expires_on - begins).days
    used = (annual.net_premium + annual.fractioning_surcharge) * 30 / days
    assert abs(paid.premium + refund.premium - used) <= Decimal("0.03")
    states = {line.state for line in office.commissions(number) if line.receipt_id in {r.id for r in gone}}
    assert states == {"cancelled"}


def test_before_it_begins_all_is_given_back(office):
    """No cover, no premium."""
    number = office.pet(force=False)
    office.done("kernel_record_signature", policy=number, signed_on=office.today.isoformat(), evidence="papel")
    office.run("encashment_collect_receipt", receipt=f"{number}-01", medium="card")
    done = office.done("kernel_cancel_policy", policy=number, reason="withdrawal_14d")
    assert office.balance(number) == 0
    assert done.total == -office.receipts(number)[0].total
    assert office.policy(number).state == "cancelled"


def test_withdrawal_has_its_days(office):
    """Fourteen days from the signature, and not one more; the refund has its own deadline."""
    number = office.pet()
    signed = office.today - timedelta(1)
    office.travel(signed + timedelta(15))
    with pytest.raises(Conflict, match="10 y 11"):
        office.run("kernel_preview_cancellation", policy=number, reason="withdrawal_14d")
    office.travel(signed + timedelta(14))
    with pytest.raises(Conflict, match="83"):
        office.run("kernel_preview_cancellation", policy=number, reason="withdrawal_30d_life")
    done = office.done("kernel_cancel_policy", policy=number, reason="withdrawal_14d")
    assert done.total < 0
    [refund] = [row for row in office.run("kernel_show_deadlines", policy=number).deadlines if "refund" in row.code]
    assert refund.due_on == office.today + timedelta(30)
    office.done("kernel_record_refund", receipt=done.receipt)
    [met] = [row for row in office.run("kernel_show_deadlines", policy=number).deadlines if "refund" in row.code]
    assert met.state == "met"


@pytest.mark.parametrize(("reason", "months"), [("non_renewal_policyholder", 1), ("non_renewal_insurer", 2)])
def test_opposition_is_by_calendar_months_back(office, reason, months):
    """The last day is in time, the next is not; the cover runs to its end and the policy ends then."""
    number = office.pet()
    expires = office.policy(number).expires_on
    last = add_months(expires, -months)
    office.travel(last + timedelta(1))
    with pytest.raises(Conflict, match="22"):
        office.run("kernel_preview_cancellation", policy=number, reason=reason)
    office.travel(last)
    done = office.done("kernel_cancel_policy", policy=number, reason=reason)
    assert (done.state, done.ends_on, done.total) == ("in_force", expires, 0)
    office.travel(expires)
    assert office.run("kernel_update_policies", "admin").ended >= 1
    assert office.policy(number).state == "cancelled"


def test_a_notice_not_to_renew_can_be_taken_back(office):
    """While the cover runs."""
    number = office.pet()
    office.done("kernel_cancel_policy", policy=number, reason="non_renewal_policyholder")
    assert office.done("kernel_reinstate_policy", policy=number).state == "in_force"
    assert office.policy(number).ended_on is None
    with pytest.raises(Conflict):
        office.done("kernel_reinstate_policy", policy=number)


def test_rescission_counts_from_knowledge(office):
    """A month from when the insurer knew; without that day it is asked for."""
    number = office.pet()
    known = office.today
    office.travel(add_months(known, 1))
    asked = {"policy": number, "reason": "misstatement_rescission"}
    with pytest.raises(BadArguments) as raised:
        office.run("kernel_preview_cancellation", **asked)
    assert raised.value.detail["field"] == "known_on"
    shown = office.run("kernel_preview_cancellation", **asked, known_on=known.isoformat())
    assert (shown.total, shown.last_day, shown.article) == (0, office.today, "LCS art. 10")
    office.travel(office.today + timedelta(1))
    with pytest.raises(Conflict):
        office.run("kernel_preview_cancellation", **asked, known_on=known.isoformat())


def test_a_void_contract_gives_everything_back(office):
    """As if it had never been."""
    number = office.pet()
    done = office.done("kernel_annul_policy", policy=number, ground="no_risk")
    assert (office.policy(number).state, office.balance(number)) == ("annulled", 0)
    assert done.article == "LCS art. 4"
    assert sum(line.amount for line in office.commissions(number)) == 0


def test_an_agreed_refund_may_only_be_kinder(office):
    """The scale for a short time instead of nothing; never less than the law's."""
    number = office.pet()
    office.travel(office.today + timedelta(40))
    asked = {"policy": number, "agreed_refund": "short_period"}
    shown = office.run("kernel_preview_cancellation", reason="risk_disappeared", **asked)
    kept = office.receipts(number)[0].premium + shown.premium
    assert abs(kept / office.receipts(number)[0].premium - Decimal("0.35")) < Decimal("0.001")
    with pytest.raises(BadArguments) as raised:
        office.run("kernel_preview_cancellation", reason="risk_reduction", policy=number, agreed_refund="nothing")
    assert raised.value.detail["field"] == "agreed_refund"


def test_a_new_policy_takes_the_old_one_s_place(office):
    """Same hour, no gap, the old premium back."""
    old = office.pet()
    office.travel(office.today + timedelta(60))
    with pytest.raises(Conflict, match="objeto"):
        office.done("kernel_replace_policy", policy=old, new_policy=office.pet())
    chip = office.policy(old).object_ref
    new = office.pet(chip_no=chip)
    done = office.done("kernel_replace_policy", policy=old, new_policy=new)
    assert (office.policy(old).state, done.ends_on) == ("replaced", office.policy(new).effective_on)
    assert done.total < 0


def test_an_ending_is_of_the_policy_s_days(office):
    """No notice of tomorrow, no end outside."""
    number = office.pet()
    for given, field in (
        ({"noticed_on": (office.today + timedelta(1)).isoformat()}, "noticed_on"),
        ({"effective_on": date(2020, 1, 1).isoformat()}, "effective_on"),
    ):
        with pytest.raises(BadArguments) as raised:
            office.run("kernel_preview_cancellation", policy=number, reason="mutual", **given)
        assert raised.value.detail["field"] == field
        assert raised.value.told("en") != raised.value.told("es")


@pytest.fixture
def line_with():
    """The line of pets with another value in its declaration, for one test."""
    from modules.insurance.mascotas import LINE

    yield lambda **changed: replace(LINE, **changed)  # a line announces itself
    announce(LINE)


def test_what_never_began_is_given_back_whatever_the_reason(office):
    """Even who leaves without a right owes nothing for an annuity without a day of cover."""
    number = office.pet(force=False)
    office.done("kernel_record_signature", policy=number, signed_on=office.today.isoformat(), evidence="papel")
    office.run("encashment_collect_receipt", receipt=f"{number}-01", medium="card")
    assert office.policy(number).state == "in_force"
    done = office.done("kernel_cancel_policy", policy=number, reason="policyholder_midterm")
    assert done.ends_on == office.policy(number).started_on
    assert (done.total, office.balance(number)) == (-office.receipts(number)[0].total, 0)


def test_the_mortgagee_is_told_first(office, line_with):
    """Its name and the day are asked for; against it the end counts a month later (LCS art. 41)."""
    line_with(to_be_told=lambda risk, details: ("Banco Ficticio",))
    number = office.pet()
    with pytest.raises(BadArguments, match="Banco Ficticio") as raised:
        office.run("kernel_preview_cancellation", policy=number, reason="mutual")
    assert raised.value.detail["field"] == "creditor_told_on"
    told = office.today.isoformat()
    shown = office.run("kernel_preview_cancellation", policy=number, reason="mutual", creditor_told_on=told)
    assert (shown.creditor, shown.opposable_on) == ("Banco Ficticio", add_months(office.today, 1))


def test_what_a_line_forbids_its_insurer(office, line_with):
    """No opposition to renewal where the line says so (decesos, LCS art. 106 bis)."""
    line_with(insurer_may_oppose=False)
    number = office.pet()
    with pytest.raises(Conflict, match="106 bis"):
        office.run("kernel_preview_cancellation", policy=number, reason="non_renewal_insurer")
    codes = {row.code for row in office.run("kernel_show_deadlines", policy=number).deadlines}
    assert "oppose_policyholder" in codes
    assert "oppose_insurer" not in codes


def test_thirty_days_where_the_line_gives_them(office, line_with):
    """Life insurance: thirty days, and not the fourteen of a distance sale."""
    line_with(withdrawal_days=30)
    number = office.pet()
    office.travel(office.today + timedelta(28))
    with pytest.raises(Conflict):
        office.run("kernel_preview_cancellation", policy=number, reason="withdrawal_14d")
    assert office.run("kernel_preview_cancellation", policy=number, reason="withdrawal_30d_life").total < 0


@pytest.mark.parametrize(
    ("declared", "state"),
    [({}, "suspended"), ({"unpaid_suspends": False}, "in_force"), ({"unpaid_reduces": lambda risk: True}, "reduced")],
)
def test_what_an_unpaid_premium_does_is_the_line_s(office, line_with, declared, state):
    """It suspends, runs on (surety), or reduces (life, LCS art. 95), and a reduced one is rehabilitated."""
    line_with(**declared)
    number = office.pet(payment_frequency="quarterly")
    late = office.receipts(number)[1]
    office.travel(late.due_on + timedelta(40))
    office.run("kernel_update_policies", "admin")
    assert office.policy(number).state == state
    office.run("encashment_collect_receipt", receipt=late.receipt_number, medium="card")
    if state == "reduced":
        assert office.done("kernel_reinstate_policy", policy=number).state == "in_force"


def test_a_line_that_pays_up_front_takes_its_commission_back(office, monkeypatch):
    """Fifteen of twenty-four months, the house's and the collaborator's; lines are added, never changed."""
    from modules.insurance.kernel.policies import endings as module
    from modules.insurance.kernel.policies.clawback import Rule

    monkeypatch.setattr(module, "rule_of", lambda line, on: Rule(0, 24))
    number = office.pet("Álvaro Ramos")
    begins = office.today
    before = {line.id: line.amount for line in office.commissions(number)}
    office.travel(add_months(begins, 9))
    office.done("kernel_cancel_policy", policy=number, reason="policyholder_midterm")
    after = office.commissions(number)
    assert {line.id: line.amount for line in after if line.id in before} == before
    back = {line.kind: -line.amount for line in after if line.id not in before}
    paid = {line.kind: line.amount for line in after if line.id in before}
    share = Decimal(15) / 24
    assert set(paid) == {"earned", "ceded"}
    assert back == {
        "clawback": to_cents(paid["earned"] * share), "clawback_ceded": to_cents(paid["ceded"] * share),
    }  # fmt: skip
