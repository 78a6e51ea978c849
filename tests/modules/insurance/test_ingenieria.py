"""Engineering: a period by product, works that are prolonged, a final value that puts the price right."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.errors import BadArguments
from modules.insurance.ingenieria import LINE
from modules.insurance.ingenieria.extension import extension
from modules.insurance.ingenieria.records import EngineeringRisk
from modules.insurance.kernel import Policy
from modules.insurance.kernel.line import Duration, Renewing
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.taken_over import as_json, inputs_of, take_over

__all__ = ["issue"]
WORKS = inputs_of("ingenieria-C01")  # 1,350,000 EUR, 14 months
CRANE = inputs_of("ingenieria-C02")
BUILDING = inputs_of("ingenieria-C03")
PARTIES = {"address": "Solar 4, Bilbao", "principal": "Promotora Ficticia", "contractor": "Obras Ficticia"}


@pytest.mark.parametrize("case", cases("ingenieria"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("ingenieria_rate", **case["inputs"])) == case["expected"]


@pytest.mark.parametrize(
    ("base", "change", "field"),
    [(WORKS, {"duration_months": 0}, "duration_months"), (WORKS, {"ground": "marte"}, "ground"),
     (WORKS, {"ground": None}, "ground"), (WORKS, {"contract_value": None}, "contract_value"),
     (WORKS, {"work_started": None}, "work_started"), (WORKS, {"maintenance_months": None}, "maintenance_months"),
     (CRANE, {"deductible": 100}, "deductible"), (CRANE, {"machine_age": None}, "machine_age"),
     (BUILDING, {"oct_report": None}, "oct_report"), (BUILDING, {"building_definitive_value": "-1"},
                                                     "building_definitive_value")],
)  # fmt: skip
def test_a_bad_field_is_named(run, base, change, field):
    risk = {name: value for name, value in (base | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("ingenieria_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_works_from_the_quote_to_the_policy(book, issue, installation, tenant):
    """Begun works are declined; parties must be named; the policy runs as long as the works."""
    asked = WORKS | {"customer": "Javier Rubio", "insurer": "C0901", "effective_on": "2027-01-15"}
    assert book("ingenieria_quote_policy", **asked | {"work_started": True}).rules_hit == ("ING-D1",)
    nameless = book("ingenieria_quote_policy", **asked, address="Solar 4, Bilbao")
    with pytest.raises(BadArguments) as raised:
        book("kernel_issue_policy", quote=nameless.quote_number)
    assert raised.value.detail["field"] == "principal"
    quote = book("ingenieria_quote_policy", **asked, **PARTIES, subcontractors=["Ferralla Ficticia"])
    issued = issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        policy = session.exec(select(Policy).where(Policy.policy_number == issued.policy)).one()
        [kept] = session.exec(select(EngineeringRisk)).all()
    assert policy.expires_on == date(2028, 3, 15)
    assert (policy.sum_insured, policy.total_premium) == (Decimal(1_350_000), quote.total)
    assert (kept.contractor, kept.duration_months, kept.machine_type) == ("Obras Ficticia", 14, None)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [(WORKS, Duration(months=14, renewable=False)), (BUILDING, Duration(months=120, renewable=False)),
     (CRANE, Duration(months=12, renewable=True))],
)  # fmt: skip
def test_the_period_hangs_on_the_product(inputs, expected):
    assert LINE.duration(LINE.risk.model_validate(inputs)) == expected


def test_works_are_prolonged_by_the_day(book):
    """C01 for a year of 365 days, 73 days more: a fifth of the net premium."""
    number = take_over(book, 31, "ingenieria", WORKS, PARTIES, net_premium_annual="5000.00", ips="400.00",
                        consorcio="7.50", total_premium_annual="5407.50")  # fmt: skip
    more = book("ingenieria_price_extension", policy=number, until="2027-05-31")
    assert (more.days, more.premium, more.lea, more.ips) == (
        73, Decimal("1000.00"), Decimal("1.50"), Decimal("80.00"))  # fmt: skip
    assert more.total == Decimal("1081.50")
    with pytest.raises(BadArguments) as raised:
        book("ingenieria_price_extension", policy=number, until="2027-03-19")
    assert raised.value.detail["field"] == "until"
    crane = take_over(book, 32, "ingenieria", CRANE, {"serial_no": "GR-100/7"})
    with pytest.raises(BadArguments) as raised:
        book("ingenieria_price_extension", policy=crane, until="2027-05-31")
    assert raised.value.detail["field"] == "policy"
    assert book("kernel_show_policy", policy="GR-100/7").policy == crane


@given(net=st.decimals(0, 1_000_000, places=2), days=st.integers(1, 2000))
def test_a_longer_extension_never_costs_less(net, days):
    first, last = date(2026, 1, 1), date(2027, 1, 1)
    until = date.fromordinal(last.toordinal() + days)
    later = date.fromordinal(until.toordinal() + 1)
    assert 0 <= extension(net, first, last, until) <= extension(net, first, last, later)
    assert extension(net, first, last, date(2028, 1, 1)) == net  # as long again


def test_the_final_value_puts_the_premium_right(book):
    """All coverages of the works are priced on their value: the difference is in proportion."""
    number = take_over(book, 33, "ingenieria", WORKS, PARTIES)
    priced = book("ingenieria_rate", **WORKS)
    more = book("ingenieria_regularise_value", policy=number, final_value="1485000")
    assert (more.figure, more.declared) == ("contract_value", Decimal(1_350_000))
    assert more.premium == (priced.net_premium / 10).quantize(Decimal("0.01"))
    crane = take_over(book, 34, "ingenieria", CRANE, {})
    with pytest.raises(BadArguments):
        book("ingenieria_regularise_value", policy=crane, final_value="1")


def test_a_renewal_of_a_machine_follows_prices_and_age():
    renewing = Renewing(on=date(2026, 11, 1), since=date(2025, 11, 1), years=1, index=Decimal("0.02"))
    after = LINE.renewed(CRANE, renewing)
    assert (after["machinery_sum"], after["machine_age"]) == ("183600.00", 8)


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "ingenieria")
