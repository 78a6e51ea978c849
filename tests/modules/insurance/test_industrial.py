"""Industrial property: hazard, capacity by PML, average with a margin, and what surveys ask for."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.clock import utc_now
from core.errors import BadArguments, Conflict, NotFound
from modules.insurance.industrial import LINE
from modules.insurance.industrial.capacity import Placing, capacity_on, placing_of
from modules.insurance.industrial.records import Plant
from modules.insurance.industrial.risk import HAZARD
from modules.insurance.kernel.business import activities
from modules.insurance.kernel.line import Renewing
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.taken_over import as_json, inputs_of, take_over

MADRID = ZoneInfo("Europe/Madrid")

__all__ = ["issue"]
FACTORY = inputs_of("industrial-C01")  # 2,800,000 EUR of property
SPRINKLED = inputs_of("industrial-C03")  # 3,950,000 EUR
NAMED = {"cnae": "2511", "address": "Polígono Norte, 8", "pml_pct": "45"}
EUROS = st.decimals(1, 10**9, places=2)


@pytest.mark.parametrize("case", cases("industrial"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("industrial_rate", **case["inputs"])) == case["expected"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"hazard_class": 6}, "hazard_class"), ({"hazard_class": None}, "hazard_class"),
     ({"first_loss_pct": 50}, "first_loss_pct"), ({"loss_ratio_3y_pct": "-1"}, "loss_ratio_3y_pct"),
     ({"loss_ratio_3y_pct": "1000.01"}, "loss_ratio_3y_pct"), ({"indemnity_months": None}, "indemnity_months"),
     ({"annual_gross_profit": "5200000.01"}, "annual_gross_profit"), ({"stock_sum": True}, "stock_sum"),
     ({"liability_limit": 100000}, "liability_limit")],
)  # fmt: skip
def test_a_bad_field_is_named(run, change, field):
    risk = {name: value for name, value in (FACTORY | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("industrial_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_a_loss_ratio_of_twice_the_premium_is_declined(run):
    assert run("industrial_rate", **FACTORY | {"loss_ratio_3y_pct": "200"}).rules_hit == ("IND-D2", "IND-R4")


def test_a_warehouse_from_the_quote_to_the_policy(book, issue, installation, tenant):
    """More than three millions ask for a survey, and sprinklers for their certificate."""
    asked = SPRINKLED | NAMED | {"customer": "Javier Rubio", "insurer": "C0901"}
    for missing, given_ in (("survey_on", {}), ("sprinkler_certified_on", {"survey_on": "2026-05-01"})):
        quote = book("industrial_quote_policy", **asked, **given_)
        with pytest.raises(BadArguments) as raised:
            book("kernel_issue_policy", quote=quote.quote_number)
        assert raised.value.detail["field"] == missing
    quote = book("industrial_quote_policy", **asked, survey_on="2026-05-01", sprinkler_certified_on="2026-04-01")
    issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        [kept] = session.exec(select(Plant)).all()
    assert (kept.hazard_class, kept.pml_pct, kept.survey_on) == (1, Decimal(45), date(2026, 5, 1))


@pytest.mark.parametrize(
    ("pml", "placing", "share"),
    [("45", Placing.COINSURANCE, Decimal("20.00")), ("90", Placing.FACULTATIVE, Decimal("20.00"))],
)
def test_a_risk_beyond_the_capacity_is_shared(pml, placing, share):
    """12,500,000 EUR against the 10,000,000 that one insurer writes."""
    found = placing_of(Decimal(12_500_000), Decimal(pml), Decimal(10_000_000))
    assert (found.placing, found.share_pct) == (placing, share)
    assert found.probable_loss == Decimal(12_500_000) * Decimal(pml) / 100


@given(total=EUROS, pml=st.decimals("0.01", 100, places=2), capacity=EUROS)
def test_what_is_left_after_the_share_fits_the_capacity(total, pml, capacity):
    found = placing_of(total, pml, capacity)
    assert 0 <= found.share_pct <= 100
    assert total * (100 - found.share_pct) / 100 <= capacity
    assert (found.placing is Placing.ALONE) == (total <= capacity)


def test_the_capacity_of_a_policy_is_told(book):
    number = take_over(book, 21, "industrial", FACTORY, NAMED)
    alone = book("industrial_assess_capacity", policy=number)
    assert (alone.total, alone.probable_loss, alone.placing) == (2_800_000, 1_260_000, "alone")
    assert alone.capacity == capacity_on(utc_now().astimezone(MADRID).date()) == 10_000_000
    big = take_over(book, 22, "industrial", FACTORY | {"building_sum": "11100000"}, {"cnae": "2511"})
    with pytest.raises(BadArguments) as raised:
        book("industrial_assess_capacity", policy=big)
    assert raised.value.detail["field"] == "pml_pct"
    shared = book("industrial_assess_capacity", policy=big, pml_pct="85")
    assert (shared.placing, shared.share_pct) == ("facultative", Decimal("20.00"))
    assert "20,00 %" in shared.told("es")


def test_recommendations_are_followed_until_they_are_met(book):
    """Numbered by policy, due by date, closed once."""
    number = take_over(book, 23, "industrial", FACTORY, NAMED)
    today = utc_now().astimezone(MADRID).date()
    first = book("industrial_add_recommendation", policy=number, text="Instalar detección", due_on=str(today))
    later = str(today + timedelta(days=100))
    second = book("industrial_add_recommendation", policy=number, text="Retirar palés", due_on=later)
    assert (first.number, second.number, first.state, first.overdue) == (1, 2, "open", False)
    for bad in (today - timedelta(days=1), today + timedelta(days=2000)):
        with pytest.raises(BadArguments) as raised:
            book("industrial_add_recommendation", policy=number, text="Tarde", due_on=str(bad))
        assert raised.value.detail["field"] == "due_on"
    assert [row.number for row in book("industrial_list_recommendations", policy=number).recommendations] == [1, 2]
    assert book("industrial_list_recommendations", policy=number, days=50).count == 1
    met = book("industrial_close_recommendation", policy=number, number=1, evidence="Factura 33")
    assert (met.state, met.evidence) == ("met", "Factura 33")
    assert "Factura" not in met.told("es")
    with pytest.raises(Conflict):
        book("industrial_close_recommendation", policy=number, number=1, evidence="Otra vez")
    with pytest.raises(NotFound):
        book("industrial_close_recommendation", policy=number, number=9, evidence="Nada de eso")
    book("industrial_close_recommendation", policy=number, number=2, evidence="La compañía la retira", waived=True)
    assert book("industrial_list_recommendations", policy=number).count == 0


def test_average_has_a_margin_of_fifteen_per_cent():
    kinds = LINE.claim_types
    assert {kinds[code].margin for code in ("incendio", "averia", "perdida_beneficios")} == {Decimal("0.15")}
    assert (kinds["robo"].basis, kinds["robo"].margin) == ("first_loss", Decimal(0))


def test_the_hazard_table_knows_only_the_tariffs_classes():
    assert set(activities(HAZARD).values()) <= set("12345")


def test_a_renewal_follows_prices_but_for_the_stock():
    renewing = Renewing(on=date(2026, 11, 1), since=date(2025, 11, 1), years=1, index=Decimal("0.03"))
    after = LINE.renewed(FACTORY, renewing)
    assert (after["building_sum"], after["machinery_sum"], after["stock_sum"]) == ("1442000.00", "927000.00", "500000")


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "industrial")
