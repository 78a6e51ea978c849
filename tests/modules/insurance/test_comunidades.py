"""Owners' communities: one building, its administrator, its inspection and its claims for every ten units."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from core.clock import utc_now
from core.errors import Ambiguous, BadArguments, Conflict, NotFound
from modules.insurance.comunidades import LINE
from modules.insurance.comunidades.records import Building
from modules.insurance.comunidades.risk import per_ten_units
from modules.insurance.kernel.line import PastClaim, Renewing
from tests.modules.insurance.commercial import all_taken_over, cases, issue
from tests.modules.insurance.conftest import CLAIMS
from tests.modules.insurance.taken_over import as_json, inputs_of, take_over

MADRID = ZoneInfo("Europe/Madrid")

__all__ = ["issue"]
BLOCK = inputs_of("comunidades-C01")
NAMED = {
    "address": "Calle Mayor, 3, 06001 Badajoz", "administrator_name": "Fincas Levante Ficticia",
    "president_name": "Elena Marín", "ite_result": "favorable",
}  # fmt: skip


@pytest.mark.parametrize("case", cases("comunidades"))
def test_every_case_to_the_cent(run, case):
    assert as_json(run("comunidades_rate", **case["inputs"])) == case["expected"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"units_count": 0}, "units_count"), ({"floors": -1}, "floors"), ({"pipe_age": 39}, "pipe_age"),
     ({"liability_limit": 100}, "liability_limit"), ({"deductible": 150}, "deductible"),
     ({"building_sum": None}, "building_sum"), ({"building_sum": "-1"}, "building_sum"),
     ({"claims_per_10_units_3y": -1}, "claims_per_10_units_3y"), ({"lifts": None}, "lifts")],
)  # fmt: skip
def test_a_bad_field_is_named(run, change, field):
    risk = {name: value for name, value in (BLOCK | change).items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        run("comunidades_rate", **risk)
    assert raised.value.detail["field"].rpartition(".")[2] == field


def test_a_community_from_the_quote_to_the_policy(book, issue, installation, tenant):
    """The policy names the administrator and the president; a wrong cadastral reference is refused."""
    asked = BLOCK | {"customer": "Javier Rubio", "insurer": "C0901"}
    bare = book("comunidades_quote_policy", **asked)
    with pytest.raises(Conflict, match="(?i)administrador"):
        book("kernel_issue_policy", quote=bare.quote_number)
    with pytest.raises(BadArguments) as raised:
        book("comunidades_quote_policy", **asked, cadastral_ref="7837301VG8173B0001TS")
    assert raised.value.detail["field"] == "cadastral_ref"
    quote = book("comunidades_quote_policy", **asked, **NAMED, cadastral_ref="7837301VG8173B0001TT")
    issued = issue(quote.quote_number)
    with installation.database.transaction(tenant.tenant_id) as session:
        [kept] = session.exec(select(Building)).all()
    assert (kept.units_count, kept.administrator_name) == (24, "Fincas Levante Ficticia")
    shown = book("kernel_show_policy", policy="7837301VG8173B0001TT")
    assert shown.policy == issued.policy


def test_an_old_building_is_referred_and_a_ruin_declined(run):
    old = run("comunidades_rate", **BLOCK | {"building_age": 61})
    assert (old.decision, old.rules_hit) == ("refer", ("COM-R1",))
    ruin = run("comunidades_rate", **BLOCK | {"ruin_declared": True})
    assert (ruin.decision, ruin.total) == ("decline", None)


def test_the_book_of_an_administrator_and_the_inspections_due(book):
    """By the words of the name; inspections by date, and all that failed."""
    soon = (utc_now().astimezone(MADRID).date() + timedelta(days=60)).isoformat()
    first = take_over(book, 51, "comunidades", BLOCK, NAMED | {
        "administrator_name": "Administraciones Duero", "ite_next_on": soon})  # fmt: skip
    second = take_over(book, 52, "comunidades", BLOCK | {"units_count": 10}, NAMED | {
        "administrator_name": "Administraciones Duero", "ite_result": "desfavorable"})  # fmt: skip
    take_over(book, 53, "comunidades", BLOCK, NAMED | {"administrator_name": "Administraciones Tajo"})
    book_of = book("comunidades_list_by_administrator", administrator="duero")
    assert (book_of.administrator, book_of.count, book_of.units) == ("Administraciones Duero", 2, 34)
    assert book_of.total_premium == sum(row.total_premium for row in book_of.buildings) > 0
    assert {row.policy for row in book_of.buildings} == {first, second}
    assert "Administraciones Duero: 2" in book_of.told("es")
    with pytest.raises(Ambiguous):
        book("comunidades_list_by_administrator", administrator="administraciones")
    with pytest.raises(NotFound):
        book("comunidades_list_by_administrator", administrator="Guadiana")
    with pytest.raises(BadArguments):
        book("comunidades_list_by_administrator", administrator="...")
    assert {row.policy for row in book("comunidades_list_inspections", days=90).buildings} == {first, second}
    assert {row.policy for row in book("comunidades_list_inspections", days=30).buildings} == {second}


def test_claims_are_counted_for_every_ten_units(book):
    """Three years back from today, and no further."""
    number = take_over(book, 54, "comunidades", BLOCK, NAMED)
    today = utc_now().astimezone(MADRID).date()
    rows = [
        CLAIMS[0] | {"claim_id": f"SI2026-054{at}", "insurer_claim_number": f"S8606554{at}", "policy_id": "PO00054",
                     "occurrence_date": on.isoformat(), "known_by_broker_date": on.isoformat(),
                     "declared_to_insurer_date": on.isoformat()}
        for at, on in enumerate((today, today - timedelta(days=1000), today - timedelta(days=1100)))
    ]  # fmt: skip
    book("kernel_import_claims", "admin", rows=rows)
    found = book("comunidades_measure_claims", policy=number)
    assert (found.claims, found.units, found.per_10_units) == (2, 24, Decimal("0.83"))
    with pytest.raises(BadArguments):
        book("comunidades_measure_claims", policy="0903-92550001")


@given(claims=st.integers(0, 500), units=st.integers(1, 5000))
def test_the_frequency_is_never_negative_and_grows_with_claims(claims, units):
    assert 0 <= per_ten_units(claims, units) <= per_ten_units(claims + 1, units)


def test_a_renewal_grows_ages_follows_prices_and_counts_claims_anew():
    claims = tuple(
        PastClaim(kind="agua_comunitaria", occurred_on=date(2026, month, 1), paid=Decimal(500), at_fault=False)
        for month in (1, 5, 9)
    )
    renewing = Renewing(
        on=date(2026, 11, 1), since=date(2025, 11, 1), years=4, claims=claims, index=Decimal("0.03")
    )  # fmt: skip
    after = LINE.renewed(BLOCK, renewing)
    assert (after["building_age"], after["pipe_age"]) == (39, 16)
    assert (after["building_sum"], after["claims_per_10_units_3y"]) == ("3296000.00", "1.25")
    assert LINE.renewed(BLOCK, Renewing(on=renewing.on, since=renewing.since, years=1))["building_sum"] == "3200000"


def test_the_demonstrations_risks_are_taken_over(book):
    """Every row of the file, with a policy for each."""
    all_taken_over(book, "comunidades")
