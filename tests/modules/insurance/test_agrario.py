"""Agricultural insurance: price, quote, parcels, campaigns and subsidies."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadArguments
from modules.insurance.agrario.keeping import shared
from modules.insurance.agrario.line import LINE, WrongParcels
from modules.insurance.agrario.parcels import OutOfSeason, Parcel, is_open, parse_sigpac, production_value
from tests.modules.insurance.taken_over import (
    approved,
    as_json,
    cases_of,
    check_demo_risks,
    inputs_of,
    refused,
    take_over,
)

VINES = inputs_of("agrario-C01")
FARM = inputs_of("agrario-C03")
PARCELS = [
    {"sigpac": "06:015:0:0:12:345:1", "ha": "10.5", "yield_kg_ha": 8000, "price_eur_kg": "0.5"},
    {"sigpac": "6:15:0:0:12:346:2", "ha": "8", "yield_kg_ha": 8000, "price_eur_kg": "0.5"},
]  # 42,000 and 32,000
OPEN, SHUT = "2027-03-20", "2027-04-20"  # the vineyard's campaign ends on 25 March


@pytest.mark.parametrize("case", cases_of("agrario"), ids=lambda c: c["id"])
def test_every_case_through_the_tool(run, case):
    """Each amount of each case, and no key more or less."""
    assert as_json(run("agrario_rate", **case["inputs"])) == case["expected"]


def test_from_the_quote_to_the_policy(book, installation, actor, call):
    """Only in season and with all parcels; then parcels and subsidy are kept, and the farmer pays the rest."""
    asked = {"customer": "Raquel Gómez", "insurer": "C0902", **VINES}
    late = book("agrario_quote_policy", **asked, effective_on=SHUT, parcels=PARCELS)
    refused(OutOfSeason, book, "kernel_issue_policy", quote=late.quote_number)
    bare = book("agrario_quote_policy", **asked, effective_on=OPEN)
    refused(WrongParcels, book, "kernel_issue_policy", quote=bare.quote_number)
    some = book("agrario_quote_policy", **asked, effective_on=OPEN, parcels=PARCELS[:1])
    refused(WrongParcels, book, "kernel_issue_policy", quote=some.quote_number)
    rich = [PARCELS[0], {**PARCELS[1], "price_eur_kg": "2.6"}]
    dear = book("agrario_quote_policy", **asked, effective_on=OPEN, parcels=rich)
    refused(BadArguments, book, "kernel_issue_policy", "parcels", quote=dear.quote_number)
    quote = book("agrario_quote_policy", **asked, effective_on=OPEN, parcels=PARCELS)
    issued = approved(installation, actor, call, "kernel_issue_policy", quote=quote.quote_number)
    assert (issued.total_premium, len(issued.receipts)) == (Decimal("3527.68"), 1)
    held = book("agrario_show_holding", policy=issued.policy)
    assert [(p.sigpac, p.production_value) for p in held.parcels] == [
        ("6:15:0:0:12:345:1", Decimal("42000.00")), ("6:15:0:0:12:346:2", Decimal("32000.00")),
    ]  # fmt: skip
    assert (held.subsidy, held.payable) == (Decimal("1091.94"), Decimal("2435.74"))  # as case C01
    assert {s.component: s.pct for s in held.subsidies} == {"base": 20, "collective_contract": 5, "renewal": 6}
    assert "agricultor" in held.told("es")
    assert [LINE.duration(LINE.risk.model_validate(r)).renewable for r in (VINES, FARM)] == [False, True]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"crop": "arroz"}, "crop"), ({"zone": "E"}, "zone"), ({"production_value": "0"}, "production_value"),
     ({"agro_deductible_pct": 15}, "agro_deductible_pct"), ({"agro_bonus_malus_pct": "-61"}, "agro_bonus_malus_pct"),
     ({"agro_bonus_malus_pct": 0.5}, "agro_bonus_malus_pct"), ({"payment_frequency": "monthly"}, "payment_frequency"),
     ({"subsidies": ["base", "base"]}, "subsidies"), ({"subsidies": ["otra"]}, "subsidies"), ({"crop": None}, "crop"),
     ({"parcels": [{**PARCELS[0], "sigpac": "60:1:0:0:1:1:1"}]}, "parcels"),
     ({"parcels": [PARCELS[0], PARCELS[0]]}, "parcels"), ({"parcels": [{**PARCELS[0], "ha": "0"}]}, "parcels")],
)  # fmt: skip
def test_a_bad_field_is_named(book, change, field):
    """One message that names the field, in both languages; it is paid at once alone."""
    changed = {"customer": "Javier Rubio", "insurer": "C0902", **VINES, **change}
    args = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(BadArguments) as raised:
        book("agrario_quote_policy", **args)
    assert str(raised.value.detail["field"]).partition(".")[0] == field
    assert raised.value.told("en")


def test_a_bonus_lowers_the_premium(run):
    """Negative is bonus."""
    plain, bonus = (run("agrario_rate", **VINES | {"agro_bonus_malus_pct": pct}) for pct in ("0", "-10"))
    assert bonus.net_premium == plain.net_premium * Decimal("0.9")


def test_the_value_of_parcels(book):
    """Hectares by kilos by price, and when the crop may be insured."""
    found = book("agrario_calculate_production", crop="vinedo", parcels=PARCELS, on=SHUT)
    assert (found.production_value, found.ha, found.open) == (Decimal("74000.00"), Decimal("18.5"), False)
    assert (found.opens, found.closes) == ("01/10", "25/03")
    many = [{**PARCELS[0], "yield_kg_ha": 25_001}]
    refused(BadArguments, book, "agrario_calculate_production", "parcels", crop="vinedo", parcels=many)


def test_a_farm_has_neither_parcels_nor_subsidy(book):
    """Outside the combined scheme."""
    number = take_over(book, 71, "agrario", FARM)
    held = book("agrario_show_holding", policy=number)
    assert (held.parcels, held.subsidy) == ((), Decimal("0.00"))
    refused(BadArguments, book, "agrario_show_holding", "policy", policy="0903-92550001")


def test_the_demonstration_is_taken_over(book):
    """Every row, consistent with its policy."""
    assert check_demo_risks(book, "agrario", "CL00001") == 8


def test_campaigns_and_references():
    """A campaign may end in the next year; a reference has one form."""
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2027, 3, 25), date(2027, 3, 26)]
    assert [is_open("vinedo", day) for day in days] == [False, True, True, False]
    assert [is_open("hortalizas", day) for day in days] == [True, True, True, True]
    refused(BadArguments, lambda _: is_open("arroz", days[0]), "", "crop")
    assert parse_sigpac(" 30:016:0:0:012:345:01 ") == "30:16:0:0:12:345:1"
    for wrong in ("30-16-0-0-12-345-1", "30:16:0:0:12:345", "0:1:0:0:1:1:1", "30:16:0:0:12:0:1", "30:x:0:0:1:1:1"):
        with pytest.raises(ValueError, match="SIGPAC"):
            parse_sigpac(wrong)


PARTS = st.builds(
    Parcel, sigpac=st.just("30:16:0:0:12:345:1"), ha=st.integers(1, 10**7).map(lambda n: Decimal(n) / 10_000),
    yield_kg_ha=st.integers(1, 10**5), price_eur_kg=st.integers(1, 10**7).map(lambda n: Decimal(n) / 10**6),
)  # fmt: skip


@given(st.lists(PARTS, max_size=5))
def test_more_parcels_are_never_worth_less(parcels):
    """The value is the sum of the parcels', whatever their order, and never falls."""
    assert production_value(parcels) == production_value(reversed(parcels))
    assert production_value(parcels) >= production_value(parcels[:-1])


@given(st.integers(0, 10**8), st.sets(st.sampled_from(("base", "young_farmer", "renewal")), min_size=1))
def test_the_components_add_up_to_the_subsidy(cents, codes):
    """Nothing is lost between the components."""
    table = {"base": Decimal(20), "young_farmer": Decimal(20), "renewal": Decimal(6)}
    parts = shared(Decimal(cents) / 100, {code: table[code] for code in sorted(codes)})
    assert sum(parts.values()) == Decimal(cents) / 100
    assert all(part >= 0 for part in parts.values())
