"""The package for firms: activity by CNAE, places that add up, and loss of profits with its clock and average."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments
from core.money import to_cents
from modules.insurance.empresas import LINE
from modules.insurance.empresas.records import Firm
from modules.insurance.empresas.risk import CNAE, ActivityClass
from modules.insurance.kernel.business import activities, activity_of
from modules.insurance.kernel.line import PastClaim, Renewing
from modules.insurance.kernel.profits import Stop, indemnity
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.taken_over import as_json, inputs_of, take_over

__all__ = ["issue"]
SHOP = inputs_of("empresas-C01")
HOTEL = inputs_of("empresas-C02")  # with loss of profits for 18 months
EUROS = st.decimals(0, 5_000_000, places=2)
PLACES = [
    {"address": "Calle Nueva, 1", "tenure": "propiedad", "year": 1998, "building_sum": "250000",
     "contents_sum": "50000", "stock_sum": "20000"},
    {"address": "Polígono Sur, 4", "tenure": "alquiler", "year": 2010, "contents_sum": "30000", "stock_sum": "40000"},
]  # fmt: skip


@pytest.mark.parametrize("case", cases("empresas"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("empresas_rate", **case["inputs"])) == case["expected"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"activity_class": "banca"}, "activity_class"), ({"employees": -1}, "employees"),
     ({"building_sum": "abc"}, "building_sum"), ({"deductible": 10}, "deductible"),
     ({"stock_sum": None}, "stock_sum"), ({"with_loss_of_profits": True, "indemnity_months": None}, "indemnity_months"),
     ({"with_loss_of_profits": True, "annual_gross_profit": "0"}, "annual_gross_profit"),
     ({"with_loss_of_profits": True, "annual_gross_profit": "650000.01"}, "annual_gross_profit"),
     ({"with_equipment_breakdown": True, "equipment_sum": None}, "equipment_sum")],
)  # fmt: skip
def test_a_bad_field_is_named(run, change, field):
    risk = {name: value for name, value in (SHOP | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("empresas_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_a_firm_from_the_quote_to_the_policy(book, issue, installation, tenant):
    """Places must add up to the sums of the policy."""
    asked = SHOP | {"customer": "Javier Rubio", "insurer": "C0901", "cnae": "4711", "address": "Calle Nueva, 1"}
    short = book("empresas_quote_policy", **asked, locations=PLACES[:1])
    with pytest.raises(BadArguments) as raised:
        book("kernel_issue_policy", quote=short.quote_number)
    assert raised.value.detail["field"] == "locations"
    with pytest.raises(BadArguments) as raised:
        book("empresas_quote_policy", **asked, locations=[PLACES[0] | {"tenure": "cesión"}])
    assert "tenure" in raised.value.detail["field"]
    quote = book("empresas_quote_policy", **asked, locations=PLACES)
    issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        [kept] = session.exec(select(Firm)).all()
    assert (kept.cnae, kept.stock_sum, kept.employees) == ("4711", Decimal(60000), 6)


def test_the_activity_follows_from_the_customers_cnae(book, run):
    """Longest beginning wins; the file of the customer answers the question."""
    assert run("empresas_classify_activity", cnae="4520").activity_class == "taller"
    assert run("empresas_classify_activity", cnae="4511").activity_class == "comercio"
    assert run("empresas_classify_activity", cnae="5610").activity_class == "hosteleria"
    for unknown in ("0000", "561"):
        with pytest.raises(BadArguments) as raised:
            run("empresas_classify_activity", cnae=unknown)
        assert raised.value.detail["field"] == "cnae"
    assert set(activities(CNAE).values()) <= set(ActivityClass)
    assert activity_of(None, CNAE) is None


def test_a_stop_is_paid_by_the_months_agreed_and_in_proportion(book):
    """C02 insures 180,000 of gross profit on 650,000 of turnover for 18 months."""
    number = take_over(book, 61, "empresas", HOTEL, {"cnae": "5510", "address": "Playa, 1"})
    asked = {"policy": number, "occurred_on": "2026-05-10", "lost_turnover": "130000"}
    whole = book("kernel_estimate_lost_profits", **asked, extra_costs="4000", saved_costs="1000")
    # 130,000 × 180,000 / 650,000 + 4,000 − 1,000
    assert (whole.payable, whole.average, whole.paid_until) == (Decimal("39000.00"), False, date(2027, 11, 9))
    short = book("kernel_estimate_lost_profits", **asked, real_profit="240000")
    # 130,000 × 240,000 / 650,000 × 180,000 / 240,000
    assert (short.payable, short.average) == (Decimal("36000.00"), True)
    assert "proporcional" in short.told("es")
    without = take_over(book, 62, "empresas", SHOP, {"cnae": "4711", "address": "Playa, 2"})
    with pytest.raises(BadArguments) as raised:
        book("kernel_estimate_lost_profits", policy=without, occurred_on="2026-05-10", lost_turnover="1")
    assert raised.value.detail["field"] == "policy"


@given(
    lost=EUROS, extra=EUROS, saved=EUROS, insured=st.decimals(1, 5_000_000, places=2),
    real=st.decimals(1, 5_000_000, places=2), months=st.sampled_from((6, 12, 18, 24)),
)  # fmt: skip
def test_a_stop_is_never_paid_below_zero_nor_above_what_is_insured(lost, extra, saved, insured, real, months):
    terms = {"insured_profit": insured, "real_profit": real, "turnover": Decimal(5_000_000), "months": months}
    paid = indemnity(Stop(lost, extra, saved), **terms)
    assert 0 <= paid <= to_cents(insured * max(months, 12) / 12)
    assert paid <= indemnity(Stop(lost + 1, extra, saved), **terms)
    assert paid <= indemnity(Stop(lost, extra, saved), **terms, margin=Decimal("0.15"))


def test_a_renewal_follows_prices_and_counts_claims_anew():
    claim = PastClaim(kind="agua", occurred_on=date(2026, 1, 1), paid=Decimal(500), at_fault=False)
    renewing = Renewing(
        on=date(2026, 11, 1), since=date(2025, 11, 1), years=3, claims=(claim,), index=Decimal("0.02")
    )  # fmt: skip
    after = LINE.renewed(SHOP, renewing)
    assert (after["building_sum"], after["contents_sum"], after["stock_sum"]) == ("255000.00", "81600.00", "61200.00")
    assert (after["claims_3y"], after["annual_turnover"]) == (1, "650000")


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "empresas")
