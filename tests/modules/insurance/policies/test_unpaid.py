"""Unpaid premiums by date (LCS art. 15): suspension, extinction, cover back at 24 hours of the day of payment."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import add_months
from core.errors import Conflict
from modules.installation import Installation
from modules.insurance.kernel.policies.records import Deadline
from modules.insurance.kernel.policies.unpaid import (
    Standing,
    cover_back_at,
    extinct_from,
    gaps,
    standing,
    suspended_from,
)
from modules.insurance.kernel.records import Receipt

DUE = date(2026, 1, 31)


def receipt(state="pending", due_on=DUE, **more):
    values = {"receipt_number": f"R{due_on}", "kind": "instalment", "instalment_no": 2, "total": Decimal(10)}
    return Receipt(**{**values, "state": state, "due_on": due_on, **more})


@pytest.mark.parametrize(
    ("on", "stands"),
    [(date(2026, 2, 28), Standing.COVERED), (date(2026, 3, 1), Standing.SUSPENDED),
     (date(2026, 7, 31), Standing.SUSPENDED), (date(2026, 8, 1), Standing.EXTINCT)],
)  # fmt: skip
def test_months_are_those_of_the_calendar(on, stands):
    """Due on 31 January: cover to 28 February, the contract to 31 July; the last days count."""
    assert standing([receipt()], on)[0] is stands
    assert standing([receipt("paid")], on)[0] is Standing.COVERED
    assert standing([receipt(kind="new", instalment_no=1)], on)[0] is Standing.COVERED


def test_a_claim_for_payment_keeps_the_contract():
    """What the insurer has claimed in time does not end it."""
    assert standing([receipt("claimed")], date(2027, 1, 1))[0] is Standing.SUSPENDED


def test_cover_is_back_at_midnight():
    """24 hours of the day of payment, in the house's zone, summer and winter: an instant."""
    assert cover_back_at(date(2026, 1, 10), "Europe/Madrid") == datetime(2026, 1, 10, 23, tzinfo=UTC)
    assert cover_back_at(date(2026, 7, 10), "Europe/Madrid") == datetime(2026, 7, 10, 22, tzinfo=UTC)


def test_the_days_without_cover_are_told():
    """From the day after the month of grace to the instant of the payment; open while nobody pays."""
    late, open_ = receipt("paid", paid_on=date(2026, 3, 5)), receipt(due_on=date(2026, 6, 1))
    in_time = receipt("paid", due_on=date(2026, 9, 1), paid_on=date(2026, 10, 1))
    found = gaps([open_, late, in_time], "Europe/Madrid")
    assert [(gap.from_on, gap.until) for gap in found] == [
        (date(2026, 3, 1), cover_back_at(date(2026, 3, 5), "Europe/Madrid")), (date(2026, 7, 2), None),
    ]  # fmt: skip


@given(due=st.dates(date(2020, 1, 1), date(2030, 1, 1)), after=st.integers(0, 400))
def test_time_only_makes_it_worse(due, after):
    """No later day brings cover back by itself."""
    order = list(Standing)
    today, tomorrow = (due + timedelta(after + n) for n in (0, 1))
    one, other = (standing([receipt(due_on=due)], day)[0] for day in (today, tomorrow))
    assert order.index(one) <= order.index(other)
    assert due < suspended_from(due) < extinct_from(due)


def update(office):
    return office.run("kernel_update_policies", "admin")


def test_a_year_without_paying(office):
    """Suspended after a month, extinct after six: receipts and commission follow; a second run changes nothing."""
    number = office.pet(payment_frequency="quarterly")
    due = office.receipts(number)[1].due_on
    office.travel(add_months(due, 1))
    update(office)
    assert office.policy(number).state == "in_force"
    office.travel(office.today + timedelta(1))
    assert update(office).suspended >= 1
    assert office.policy(number).state == "suspended"
    again = update(office)
    assert (again.suspended, again.warnings, again.breaches, again.quotes_expired) == (0, 0, 0, 0)
    with pytest.raises(Conflict, match="sin pagar"):
        office.done("kernel_reinstate_policy", policy=number)
    office.travel(add_months(due, 6) + timedelta(1))
    assert update(office).lapsed >= 1
    policy = office.policy(number)
    assert (policy.state, policy.end_reason, policy.ended_on) == ("lapsed", "unpaid", office.today)
    assert [r.state for r in office.receipts(number)] == ["paid", "cancelled", "cancelled", "cancelled"]
    assert {line.state for line in office.commissions(number)} == {"accrued", "cancelled"}


def test_who_pays_late_is_covered_from_midnight(office):
    """Paid today: suspended until tomorrow; paid yesterday and told today: at once."""
    for ago, state in ((0, "suspended"), (1, "in_force")):
        number = office.pet(payment_frequency="quarterly")
        late = office.receipts(number)[1]
        office.travel(late.due_on + timedelta(45))
        update(office)
        paid_on = (office.today - timedelta(ago)).isoformat()
        office.run("encashment_collect_receipt", receipt=late.receipt_number, medium="card", paid_on=paid_on)
        assert office.policy(number).state == state
        if state == "suspended":
            with pytest.raises(Conflict, match="24 horas"):
                office.done("kernel_reinstate_policy", policy=number)
        office.travel(office.today + timedelta(1))
        update(office)
        assert office.policy(number).state == "in_force"


def test_quotes_that_nobody_takes_expire(office):
    """On the day after their last."""
    office.pet(force=False)
    quote = office.run("mascotas_quote_policy", customer="Raquel Gómez", **{
        "product": "rc_obligatoria", "species": "gato", "pet_age": 2, "dangerous_breed": False, "microchip": True,
        "previous_bites": 0, "liability_limit": 120_000, "insurer": "C0901", "chip_no": "9" * 15,
    })  # fmt: skip
    office.travel(quote.valid_until)
    update(office)
    assert office.run("kernel_show_quote", quote=quote.quote_number).state == "priced"
    office.travel(quote.valid_until + timedelta(1))
    assert update(office).quotes_expired >= 1
    assert office.run("kernel_show_quote", quote=quote.quote_number).state == "expired"


def test_only_an_administrator_updates(office):
    """It touches all policies."""
    from core.errors import Denied

    with pytest.raises(Denied):
        office.run("kernel_update_policies")


def test_deadlines_are_watched_warned_of_and_missed(office):
    """Opposition by calendar months back from the expiry: open, warned, passed; told with article and consequence."""
    number = office.pet()
    expires = office.policy(number).expires_on
    shown = {row.code: row for row in office.run("kernel_show_deadlines", policy=number).deadlines}
    assert shown["oppose_policyholder"].due_on == add_months(expires, -1)
    assert shown["oppose_insurer"].due_on == add_months(expires, -2)
    assert shown["withdrawal"].due_on == office.policy(number).signed_on + timedelta(14)
    assert "free_look_life" not in shown
    assert "LCS art. 22.2" in shown["oppose_policyholder"].told("es")

    def state(code):
        id = office.policy(number).id
        return [row.state for row in office.rows(Deadline, Deadline.policy_id == id, Deadline.code == code)]

    assert state("oppose_insurer") == []
    office.travel(add_months(expires, -4))
    update(office)
    assert state("oppose_insurer") == ["open"]
    office.travel(add_months(expires, -2) - timedelta(15))
    assert update(office).warnings >= 1
    assert state("oppose_insurer") == ["warned"]
    listed = office.run("kernel_list_deadlines", days=20)
    assert "oppose_insurer" in {row.code for row in listed.deadlines}
    assert listed.told("en") != listed.told("es")
    office.travel(add_months(expires, -2))
    update(office)
    assert state("oppose_insurer") == ["warned"]
    office.travel(add_months(expires, -2) + timedelta(1))
    assert update(office).breaches >= 1
    assert state("oppose_insurer") == ["missed"]


def test_a_fact_of_the_risk_starts_its_deadlines(office):
    """An aggravation: two months to propose, one to rescind, each from the day it was known."""
    number = office.pet()
    known = office.today
    office.travel(known + timedelta(3))
    noted = office.done("kernel_record_risk_fact", policy=number, fact="aggravation", known_on=known.isoformat())
    assert {row.code: row.due_on for row in noted.deadlines} == {
        "aggravation_proposal": add_months(known, 2), "aggravation_rescission": add_months(known, 1),
    }  # fmt: skip
    office.done("kernel_cancel_policy", policy=number, reason="aggravation_rescission", known_on=known.isoformat())
    [row] = [r for r in office.run("kernel_show_deadlines", policy=number).deadlines if "rescission" in r.code]
    assert row.state == "met"


def test_events_of_every_step(office, installation: Installation):
    """Each transition is told, with its article."""
    from sqlalchemy import text

    number = office.pet(payment_frequency="quarterly")
    office.travel(office.receipts(number)[1].due_on + timedelta(45))
    update(office)
    key = office.policy(number).id
    with installation.database.transaction(office.actor("owner").tenant_id) as session:
        rows = session.connection().execute(
            text("SELECT type, payload ->> 'article' FROM soriano_platform.outbox WHERE key = :key ORDER BY id"),
            {"key": key},
        )
        told = dict(tuple(row) for row in rows)
    assert ["policy.issued", "policy.signed", "policy.activated", "policy.suspended"] == [
        name for name in told if name.startswith("policy.")
    ]
    assert told["policy.suspended"] == "LCS art. 15.2"


def test_a_policy_that_does_not_go_on_expires(office):
    """At its end, by the daily update; one that is renewed by itself waits for its renewal."""
    from dataclasses import replace

    from modules.insurance.kernel.line import Duration
    from modules.insurance.kernel.lines import announce
    from modules.insurance.mascotas import LINE

    numbers = [office.pet() for _ in range(2)]
    expires = office.policy(numbers[0]).expires_on
    office.travel(expires)
    assert office.run("kernel_update_policies", "admin").expired == 0
    try:
        replace(LINE, duration=lambda risk: Duration(renewable=False))
        assert office.run("kernel_update_policies", "admin").expired >= 1
        assert office.run("kernel_update_policies", "admin").expired == 0
    finally:
        announce(LINE)
    assert office.policy(numbers[0]).state == "expired"
