"""Pension plans: projection, adhesion, and the limits of a person over all plans."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadArguments, Conflict
from modules.insurance.kernel.line import ProductDocument
from modules.insurance.pensiones.limits import Limits, Year, excess_until, liquid_on, saving
from modules.insurance.pensiones.line import LINE
from modules.insurance.pensiones.tools import OverLimit
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
INDIVIDUAL = inputs_of("pensiones-C01")
SELF_EMPLOYED = inputs_of("pensiones-C04")


@pytest.mark.parametrize("case", cases_of("pensiones"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("pensiones_rate", **case["inputs"])) == case["expected"]


def test_from_the_proposal_to_the_adhesion(book, installation, actor, call):
    """No receipts with taxes, no free look, no suspension; the fundamental data are of a plan."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", **INDIVIDUAL}
    bare = book("pensiones_quote_policy", **asked)
    refused(Conflict, book, "kernel_issue_policy", quote=bare.quote_number)
    quote = book("pensiones_quote_policy", **asked, retires_on="2056-10-23", beneficiaries="Cónyuge")
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert {(r.surcharges, r.ips) for r in issued.receipts} == {(Decimal("0.00"), Decimal("0.00"))}
    assert (LINE.withdrawal_days, LINE.unpaid_suspends, LINE.information.document) == (0, False, ProductDocument.DFI)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"irpf_marginal_rate": "37"}, "irpf_marginal_rate"), ({"retirement_marginal_rate": "1.1"},
     "retirement_marginal_rate"), ({"product": "epsv"}, "product"), ({"profile": "oro"}, "profile"),
     ({"horizon_years": 0}, "horizon_years"), ({"net_income": "mucho"}, "net_income"),
     ({"other_plans_year": "-1"}, "other_plans_year"), ({"retires_on": "pronto"}, "retires_on")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages."""
    args = {"customer": "Raquel Gómez", "insurer": "C0902", **INDIVIDUAL, **change}
    refused(BadArguments, book, "pensiones_quote_policy", field, **args)


def test_one_limit_over_all_plans_of_a_person(book):
    """1,500 over two individual plans, what another manager had included; 4,250 more for the self-employed."""
    first = take_over(book, 31, "pensiones", INDIVIDUAL, {"other_plans_year": "200"})
    second = take_over(book, 32, "pensiones", INDIVIDUAL, {"other_plans_year": "200"})
    work = take_over(book, 33, "pensiones", SELF_EMPLOYED)
    assert book("pensiones_record_contribution", policy=first, amount="1000").room == Decimal("300.00")
    refused(OverLimit, book, "pensiones_record_contribution", policy=second, amount="300.01")
    assert book("pensiones_record_contribution", policy=second, amount="300").room == Decimal("0.00")
    assert book("pensiones_record_contribution", policy=work, amount="4250").room == Decimal("0.00")
    refused(OverLimit, book, "pensiones_record_contribution", policy=work, amount="0.01")
    found = book("pensiones_show_limits", customer="Álvaro Ramos", net_income="15000", marginal_rate="0.30")
    assert (found.contributed, found.excess, found.excess_until) == (Decimal("5750.00"), 0, None)
    assert (found.deductible, found.saving) == (Decimal("4500.00"), Decimal("1350.00"))
    assert found.room["plan_empleo"] == Decimal("4250.00")


def test_an_excess_with_other_managers_is_told(book):
    """What others have had may be too much already: it is taken back by 30 June."""
    take_over(book, 34, "pensiones", INDIVIDUAL, {"other_plans_year": "1800"}, customer="CL00002")
    found = book("pensiones_show_limits", customer="Raquel Gómez")
    assert (found.excess, found.excess_until) == (Decimal("300.00"), date(TODAY.year + 1, 6, 30))
    assert found.room["plan_individual"] == 0


def test_contributions_keep_their_seniority_and_leave_with_it(book, installation, actor, call):
    """What comes from another plan counts against no limit; ten years make it liquid."""
    number = take_over(book, 35, "pensiones", INDIVIDUAL, customer="CL00003")
    ask = {"policy": number, "amount": "12000"}
    refused(BadArguments, book, "pensiones_record_contribution", "since", **ask, since="2031-01-01")
    assert book("pensiones_record_contribution", **ask, since="2012-05-01").room == Decimal("1500.00")
    book("pensiones_record_contribution", policy=number, amount="500", paid_on="2024-06-01")
    plan = book("pensiones_show_plan", policy=number)
    assert (plan.total, plan.liquid) == (Decimal("12500.00"), Decimal("12000.00"))
    assert [row.liquid_on for row in plan.contributions] == [date(2025, 1, 1), date(2034, 6, 1)]
    moved = approved(installation, actor, call, "pensiones_transfer_plan", policy=number, to="Gestora Ficticia")
    assert moved.value == Decimal("12500.00")
    refused(Conflict, book, "pensiones_record_contribution", policy=number, amount="1")


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "pensiones", "CL00001") == 4


def test_figures_by_date():
    """Each year has its own; before the first none is known."""
    assert [Limits.on(date(y, 6, 1)).personal for y in (2020, 2021, 2022, 2026)] == [8000, 2000, 1500, 1500]
    refused(BadArguments, lambda _: Limits.on(date(2001, 1, 1)), "", "paid_on")
    assert (excess_until(2026), liquid_on(date(2020, 2, 29))) == (date(2027, 6, 30), date(2030, 2, 28))
    assert saving(Decimal("1500.00"), Decimal("0.37")) == Decimal("555.00")


MONEY = st.integers(0, 1_500_000).map(lambda cents: Decimal(cents) / 100)
YEARS = st.builds(Year, MONEY, MONEY, MONEY)


@given(YEARS, st.sampled_from(tuple(LINE.products)))
def test_no_limit_is_exceeded(year, product):
    """What fits is never more than the law lets in; what still fits makes no excess, and a cent more does."""
    limits = Limits.on(date(2026, 1, 1))
    assert limits.accepted(year) <= limits.personal + limits.work
    assert limits.accepted(Year(personal=year.personal)) <= limits.personal
    assert limits.accepted(year) + limits.excess(year) == year.total
    room = limits.room(year, product)
    if not limits.excess(year):
        assert not limits.excess(year.plus(product, room))
        assert limits.excess(year.plus(product, room + Decimal("0.01"))) == Decimal("0.01")
    assert limits.deductible(year, Decimal(10_000)) <= 3000
