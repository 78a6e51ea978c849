"""Shops and offices: one place, its trade, its till, and the days that it is closed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments
from modules.insurance.kernel.business import activities, activity_of
from modules.insurance.kernel.line import Renewing
from modules.insurance.multirriesgo import LINE
from modules.insurance.multirriesgo.interruption import indemnity
from modules.insurance.multirriesgo.records import Premises
from modules.insurance.multirriesgo.risk import CNAE, Trade
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.taken_over import as_json, inputs_of, take_over

__all__ = ["issue"]
GROCERY = inputs_of("multirriesgo-C01")
OFFICE = inputs_of("multirriesgo-C02")


@pytest.mark.parametrize("case", cases("multirriesgo"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("multirriesgo_rate", **case["inputs"])) == case["expected"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"trade": "circo"}, "trade"), ({"surface_m2": 0}, "surface_m2"), ({"surface_m2": "1.5"}, "surface_m2"),
     ({"contents_sum": "-1"}, "contents_sum"), ({"security": None}, "security"), ({"cash_sum": "0"}, "cash_sum"),
     ({"liability_limit": 1}, "liability_limit"), ({"product": "oficina"}, "with_cash"),
     ({"daily_indemnity_eur": 0}, "daily_indemnity_eur"), ({"claims_3y": 1.5}, "claims_3y")],
)  # fmt: skip
def test_a_bad_field_is_named(run, change, field):
    risk = {name: value for name, value in (GROCERY | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("multirriesgo_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_a_shop_from_the_quote_to_the_policy(book, issue, installation, tenant):
    """A jeweller without security is declined, with grilles referred; the grocery is issued."""
    asked = GROCERY | {"customer": "Javier Rubio", "insurer": "C0901"}
    bare = book("multirriesgo_quote_policy", **asked | {"trade": "joyeria", "security": "ninguna"})
    assert (bare.state, bare.rules_hit) == ("declined", ("MUL-D1", "MUL-R1"))
    quote = book("multirriesgo_quote_policy", **asked, address="Calle Real, 73", tenure="alquiler")
    issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        [kept] = session.exec(select(Premises)).all()
    assert (kept.trade, kept.tenure, kept.surface_m2) == ("alimentacion", "alquiler", 95)


def test_the_trade_follows_from_the_cnae_where_the_table_knows_it():
    assert [activity_of(code, CNAE) for code in ("4711", "4777", "5630", "6910", "4321")] == [
        "alimentacion", "joyeria", "restaurante", "despacho", None]  # fmt: skip
    assert set(activities(CNAE).values()) <= set(Trade)


def test_days_lost_are_paid_from_the_second_up_to_those_agreed(book):
    number = take_over(book, 41, "multirriesgo", GROCERY, {"interruption_days": 30})
    paid = book("multirriesgo_estimate_interruption", policy=number, days=20)
    assert (paid.paid_days, paid.payable) == (19, Decimal(2850))
    assert book("multirriesgo_estimate_interruption", policy=number, days=1).payable == 0
    assert book("multirriesgo_estimate_interruption", policy=number, days=400).payable == Decimal(4500)
    office = take_over(book, 42, "multirriesgo", OFFICE, {})
    with pytest.raises(BadArguments) as raised:
        book("multirriesgo_estimate_interruption", policy=office, days=5)
    assert raised.value.detail["field"] == "policy"


@given(days=st.integers(0, 4000), daily=st.integers(0, 10_000), most=st.sampled_from((30, 60, 90)))
def test_a_longer_stop_never_pays_less_nor_more_than_the_days_agreed(days, daily, most):
    paid = indemnity(days, Decimal(daily), most)
    assert 0 <= paid <= indemnity(days + 1, Decimal(daily), most) <= daily * most


@pytest.mark.parametrize(("loss", "borne"), [("100", "100"), ("1000", "150"), ("5000", "500")])
def test_the_insured_bears_a_tenth_of_a_theft_and_at_least_150(loss, borne):
    own = LINE.claim_types["robo"].deductible_of(GROCERY)
    assert own is not None
    assert own.borne(Decimal(loss)) == Decimal(borne)


def test_a_renewal_follows_prices():
    renewing = Renewing(on=date(2026, 11, 1), since=date(2025, 11, 1), years=5, index=Decimal("0.015"))
    after = LINE.renewed(GROCERY | {"claims_3y": 2}, renewing)
    assert (after["building_sum"], after["contents_sum"], after["claims_3y"]) == ("91350.00", "45675.00", 0)


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "multirriesgo")
