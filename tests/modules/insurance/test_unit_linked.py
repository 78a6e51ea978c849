"""Unit-linked policies: price, quote, and the ledger of units to the cent and the sixth decimal."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments, Conflict
from core.money import to_cents
from modules.insurance.kernel.accounts import Lot, lots_of, total, valued
from modules.insurance.kernel.records import Policy
from modules.insurance.unit_linked.account import (
    NotPriced,
    StalePrice,
    death_benefit,
    entry_charge,
    moved,
    split,
    switch_fee,
)
from modules.insurance.unit_linked.line import LINE, OldTest, Unsuitable
from modules.insurance.unit_linked.records import UnitMovement
from tests.modules.insurance.taken_over import (
    approved,
    as_json,
    cases_of,
    check_demo_risks,
    inputs_of,
    refused,
    take_over,
)

TODAY = datetime.now(ZoneInfo("Europe/Madrid")).date()
BALANCED = inputs_of("unit-linked-C01")
MONEY_MARKET, BONDS, MIXED, EQUITY = "ZZ0000000117", "ZZ0000000125", "ZZ0000000216", "ZZ0000000315"
HALVES = [{"isin": BONDS, "pct": "50"}, {"isin": MIXED, "pct": "50"}]
DETAILS = {"fund_allocation": HALVES, "suitability_on": TODAY.isoformat(), "beneficiaries": "Herederos legales",
           "source_of_funds": "Ahorros"}  # fmt: skip


def days_ago(count):
    """A day so long ago."""
    return (TODAY - timedelta(days=count)).isoformat()


@pytest.fixture(scope="module")
def market(book):
    """Prices of four funds: one of 300 days ago, and of the last days."""
    past = {MONEY_MARKET: "10.000000", BONDS: "9.500000", MIXED: "123.456789", EQUITY: "55.5"}
    now = {MONEY_MARKET: "10.1", BONDS: "9.8765", MIXED: "130.25", EQUITY: "50"}
    rows = [{"isin": isin, "priced_on": days_ago(n), "nav": nav} for n, navs in ((200, past), (1, now))
            for isin, nav in navs.items()]  # fmt: skip
    report = book("unit_linked_import_prices", "admin", rows=rows)
    assert (report.created, report.unchanged) == (8, 0)
    again = book("unit_linked_import_prices", "admin", rows=rows[:4] + [{**rows[4], "nav": "10.100001"}, rows[5]])
    assert (again.created, again.updated, again.unchanged) == (0, 1, 5)
    return book


def invested(run, at, **changed):
    """A policy whose premium was invested 200 days ago."""
    number = take_over(run, at, "unit-linked", BALANCED, DETAILS, **changed)
    run("unit_linked_record_investment", policy=number, ordered_on=days_ago(201))
    return number


@pytest.mark.parametrize("case", cases_of("unit-linked"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("unit_linked_rate", **case["inputs"])) == case["expected"]


def test_from_the_quote_to_the_policy(book, installation, actor, call):
    """Who failed the test is declined; an old test or too risky a fund is not issued; no renewal."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", **BALANCED}
    assert book("unit_linked_quote_policy", **asked | {"suitability_result": "no_idoneo"}).decision == "decline"
    old = book("unit_linked_quote_policy", **asked, **DETAILS | {"suitability_on": days_ago(400)})
    refused(OldTest, book, "kernel_issue_policy", quote=old.quote_number)
    risky = [{"isin": EQUITY, "pct": "100"}]
    bold = book("unit_linked_quote_policy", **asked, **DETAILS | {"fund_allocation": risky})
    refused(Unsuitable, book, "kernel_issue_policy", quote=bold.quote_number)
    quote = book("unit_linked_quote_policy", **asked, **DETAILS)
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert issued.expires_on.year - issued.effective_on.year == 8
    assert issued.total_premium == Decimal("25000.00")
    assert not LINE.duration(LINE.risk.model_validate(BALANCED)).renewable


@pytest.mark.parametrize(
    ("change", "field"),
    [({"single_premium": "0"}, "single_premium"), ({"profile": "agresivo"}, "profile"),
     ({"suitability_result": "quizá"}, "suitability_result"), ({"horizon_years": 81}, "horizon_years"),
     ({"fund_allocation": [{"isin": BONDS, "pct": "99"}]}, "fund_allocation"),
     ({"fund_allocation": [{"isin": "ZZ0000000999", "pct": "100"}]}, "fund_allocation"),
     ({"fund_allocation": [{"isin": BONDS, "pct": "50"}] * 2}, "fund_allocation")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages."""
    args = {"customer": "Raquel Gómez", "insurer": "C0902", **BALANCED, **change}
    refused(BadArguments, book, "unit_linked_quote_policy", field, **args)


def test_the_premium_buys_units_at_the_next_value(market):
    """25,000 less 2 %: two halves, units to the sixth decimal, once."""
    number = take_over(market, 21, "unit-linked", BALANCED, DETAILS)
    refused(NotPriced, market, "unit_linked_record_investment", policy=number)
    refused(BadArguments, market, "unit_linked_record_investment", "ordered_on", policy=number, ordered_on="2020-01-01")
    done = market("unit_linked_record_investment", policy=number, ordered_on=days_ago(201))
    assert (done.charge, done.done_on.isoformat()) == (Decimal("500.00"), days_ago(200))
    account = market("unit_linked_show_account", policy=number)
    units = {row.isin: row.units for row in account.holdings}
    assert units == {BONDS: Decimal("1289.473684"), MIXED: Decimal("99.225001")}
    assert account.value == to_cents(units[BONDS] * Decimal("9.8765")) + to_cents(units[MIXED] * Decimal("130.25"))
    assert account.invested == Decimal("25000.00")
    assert account.death_benefit == to_cents(account.value * Decimal("1.1"))
    refused(Conflict, market, "unit_linked_record_investment", policy=number, ordered_on=days_ago(201))


def test_an_old_price_values_nothing(market):
    """Ten days after the first prices the account has no value; on the fifth it still had."""
    number = invested(market, 22)
    refused(StalePrice, market, "unit_linked_show_account", policy=number, on=days_ago(190))
    assert market("unit_linked_show_account", policy=number, on=days_ago(195)).value == Decimal("24500.00")


def test_switches_keep_value_cost_and_date(market, installation, actor, call, tenant):
    """Four are free, the fifth costs 0.5 %; a riskier fund is refused."""
    number = invested(market, 23)
    before = market("unit_linked_show_account", policy=number)
    ask = {"policy": number, "from_fund": BONDS}
    refused(Unsuitable, market, "unit_linked_switch_funds", **ask, to_fund=EQUITY)
    refused(BadArguments, market, "unit_linked_switch_funds", "to_fund", **ask, to_fund=BONDS)
    refused(BadArguments, market, "unit_linked_switch_funds", "to_fund", **ask, to_fund="ZZ0000000999")
    refused(BadArguments, market, "unit_linked_switch_funds", "from_fund", policy=number, from_fund=MONEY_MARKET,
            to_fund=BONDS)  # fmt: skip
    legs = [(BONDS, MONEY_MARKET), (MONEY_MARKET, BONDS), (BONDS, MIXED), (MIXED, MONEY_MARKET)]
    for source, target in legs:
        done = approved(installation, actor, call, "unit_linked_switch_funds", policy=number, from_fund=source,
                        to_fund=target)  # fmt: skip
        assert done.charge == 0
    after = market("unit_linked_show_account", policy=number)
    assert (after.value, after.invested, after.switches_left) == (before.value, Decimal("25000.00"), 0)
    half = approved(installation, actor, call, "unit_linked_switch_funds", policy=number, from_fund=MONEY_MARKET,
                    to_fund=BONDS, share_pct="50")  # fmt: skip
    assert half.charge == to_cents(half.amount * Decimal("0.005"))
    last = market("unit_linked_show_account", policy=number)
    assert last.value == before.value - half.charge
    with installation.database.transaction(tenant.tenant_id) as session:
        policy = session.exec(select(Policy).where(Policy.policy_number == number)).one()
        rows = session.exec(select(UnitMovement).where(UnitMovement.policy_id == policy.id)).all()
    assert {row.lot_on.isoformat() for row in rows} == {days_ago(200)}
    assert sum(lot.cost for lot in lots_of(rows)) == Decimal("25000.00")


def test_a_loss_is_not_taxed_and_a_whole_surrender_ends(market, installation, actor, call):
    """Part first; then all of it, and nothing after."""
    number = invested(market, 24)
    account = market("unit_linked_show_account", policy=number)
    part = approved(installation, actor, call, "unit_linked_surrender_policy", policy=number, amount="2000")
    penalty = {0: "0.03", 1: "0.02", 2: "0.01"}
    rate = Decimal(penalty[(TODAY - date(2024, 3, 19)).days // 365])  # of the conftest's policy
    assert part.penalty == to_cents(2000 * rate)
    assert market("unit_linked_show_account", policy=number).value == account.value - 2000
    rest = approved(installation, actor, call, "unit_linked_surrender_policy", policy=number)
    assert part.cost + rest.cost == Decimal("25000.00")
    assert rest.gain == max(0, rest.surrender_value - rest.cost)
    assert rest.withholding == to_cents(rest.gain * Decimal("0.19"))
    refused(Conflict, market, "unit_linked_surrender_policy", policy=number)


def test_the_yearly_charge_cancels_units_once(market):
    """1.25 % of what is held, at no cost of the lots; a second time there is none."""
    number = invested(market, 25)
    before = market("unit_linked_show_account", policy=number)
    done = market("unit_linked_record_charge", policy=number)
    after = market("unit_linked_show_account", policy=number)
    assert abs(done.amount - before.value * Decimal("0.0125")) < Decimal("0.02")
    assert after.invested == before.invested
    assert abs(before.value - done.amount - after.value) <= Decimal("0.02")
    refused(Conflict, market, "unit_linked_record_charge", policy=number)


def test_prices_and_funds(market):
    """Unknown funds and repeated days are refused; the list tells the latest value."""
    row = {"isin": MIXED, "priced_on": "2026-01-01", "nav": "1"}
    refused(BadArguments, market, "unit_linked_import_prices", "rows", _as="admin", rows=[row, row])
    strange = {**row, "isin": "ZZ0000000999"}
    refused(BadArguments, market, "unit_linked_import_prices", "isin", _as="admin", rows=[strange])
    found = {one.isin: one for one in market("unit_linked_list_funds").funds}
    assert (found[MIXED].nav, found[MIXED].basket, len(found)) == (Decimal("130.25"), "equilibrado", 6)


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "unit-linked", "CL00001") == 4


def test_charges_and_benefits():
    """By the step that the whole premium reaches; the extra is capped; four switches free."""
    assert [entry_charge(Decimal(n)) for n in (29_999, 30_000, 100_000)] == [Decimal("599.98"), 450, 750]
    assert [death_benefit(Decimal(n)) for n in (1000, 500_000)] == [1100, 512_000]
    assert [switch_fee(Decimal(1000), n) for n in (0, 3, 4)] == [0, 0, 5]


NAVS = st.integers(1, 8_999_000_000).map(lambda n: Decimal(n) / 1_000_000)
UNITS = st.integers(1, 10**10).map(lambda n: Decimal(n) / 1_000_000)


@given(st.lists(st.tuples(UNITS, st.integers(0, 10**8)), min_size=1, max_size=5), NAVS, NAVS)
def test_a_free_switch_conserves_value_and_cost(held, old, new):
    """What was worth x in one fund is worth x in the other, lot by lot, to the cent."""
    day = date(2026, 1, 1)
    lots = [Lot(UUID(int=n), day, units, Decimal(cost) / 100, BONDS) for n, (units, cost) in enumerate(held)]
    parts = valued(lots, lambda lot: old)
    there = moved(parts, MIXED, new, Decimal(0)) if total(parts) else parts
    again = valued([part.lot for part in there], lambda lot: new if total(parts) else old)
    assert [part.amount for part in again] == [part.amount for part in parts]
    assert [part.lot.cost for part in there] == [lot.cost for lot in lots]


@given(st.integers(1, 10**9), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_a_split_loses_nothing(cents, weights):
    """All shares together are the amount, to the cent."""
    pcts = [Decimal(w) * 100 / sum(weights) for w in weights]
    pcts[0] += 100 - sum(pcts)
    assert sum(split(Decimal(cents) / 100, pcts)) == Decimal(cents) / 100
