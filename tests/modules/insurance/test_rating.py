"""The rating engine against the reference cases, and against itself."""

import copy
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadArguments
from modules import insurance
from modules.insurance.autos import LINE
from modules.insurance.autos.risk import AutosRisk
from modules.insurance.kernel.lookups import BadTariff
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.rating import rate as rate_by
from modules.insurance.kernel.tariff import Tariff, charges_on, compile_tariff, load_tariff

DATA = Path(__file__).parents[2] / "data" / "rating_cases.json"
CASES = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
HOME = Path(insurance.__file__).parent
AUTOS = HOME / "autos" / "data" / "tariff.json"
BOOK = {"autos": json.loads(AUTOS.read_text(encoding="utf-8"))}
BASE = next(case["inputs"] for case in CASES if case["id"] == "autos-C02")


def tariff(line: str) -> Tariff:
    """The reference tariff of a line."""
    return load_tariff(HOME / line.replace("-", "_") / "data" / "tariff.json")


def rate(tariff: Tariff, inputs: dict[str, Any]) -> Rating:
    """Priced with the statutory rates of the cases."""
    return rate_by(tariff, inputs, charges_on(date(2026, 11, 1)))


def as_json(rating: Rating) -> dict[str, Any]:
    """The rating as a face shows it."""
    return json.loads(json.dumps(rating.model_dump(mode="json")))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_every_case_to_the_cent(case):
    """Each amount of each case, and no key more or less."""
    assert as_json(rate(tariff(case["line"]), case["inputs"])) == case["expected"]


@pytest.mark.parametrize("case", [c for c in CASES if c["line"] == "autos"], ids=lambda c: c["id"])
def test_autos_cases_through_the_typed_risk(case):
    """The risk record takes nothing from the inputs and adds nothing."""
    assert as_json(LINE.rate(AutosRisk(**case["inputs"]))) == case["expected"]


def risks() -> st.SearchStrategy[dict[str, Any]]:
    """Autos risks of all kinds, contradictions excepted."""
    auto = BOOK["autos"]
    return st.fixed_dictionaries({
        "product": st.sampled_from(sorted(auto["products"])),
        "vehicle_class": st.sampled_from(sorted(auto["coverages"]["soa"]["base"]["map"])),
        "vehicle_value": st.integers(100, 12_000_000).map(lambda c: str(Decimal(c) / 100)),
        "vehicle_age": st.integers(0, 30), "power_cv": st.integers(1, 700),
        "use": st.sampled_from(sorted(auto["factors"]["use"]["map"])), "zone": st.sampled_from("ABCD"),
        "parking": st.sampled_from(sorted(auto["factors"]["parking"]["map"])),
        "driver_age": st.integers(16, 95), "licence_years": st.integers(0, 60), "bm_level": st.integers(1, 18),
        "at_fault_claims_5y": st.integers(0, 5), "driver_accident_sum": st.integers(0, 60_000),
        "young_second_driver": st.booleans(), "multi_policy": st.booleans(),
        "commercial_discount_pct": st.integers(0, 40).map(str),
        "payment_frequency": st.sampled_from(sorted(auto["fractioning"])),
        "deductible": st.sampled_from([0, 150, 300, 600, 1000]),
    })  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(risks())
def test_instalments_add_up_and_every_premium_holds_its_minimum(risk):
    """Receipts, parts and surcharges all add up to the total, to the cent."""
    rating = rate(tariff("autos"), risk)
    if rating.decision == "decline":
        assert rating.model_dump(mode="json").keys() == {"decision", "rules_hit", "net_premium", "total"}
        return
    plan = rating.instalments
    assert sum(r.total for r in plan) == rating.total
    assert sum(r.premium for r in plan) == rating.premium == rating.net_premium + rating.fractioning_surcharge
    assert sum(r.ips for r in plan) == rating.ips
    assert sum(r.surcharges for r in plan) == sum(rating.public_surcharges.values()) == plan[0].surcharges
    assert sum(rating.coverage_premiums.values()) == rating.net_premium
    assert rating.net_premium >= tariff("autos").products[risk["product"]].minimum
    assert max(r.premium for r in plan) - min(r.premium for r in plan) < Decimal("0.12")


@settings(max_examples=100, deadline=None)
@given(risks(), st.integers(1, 20_000))
def test_a_dearer_vehicle_never_costs_less(risk, more):
    """Raising the vehicle's value never lowers the premium."""
    dearer = {**risk, "vehicle_value": str(Decimal(risk["vehicle_value"]) + more)}
    before, after = (rate(tariff("autos"), inputs) for inputs in (risk, dearer))
    if before.total is not None:
        assert after.net_premium >= before.net_premium


@pytest.mark.parametrize("field", ["vehicle_class", "driver_age", "zone", "driver_accident_sum"])
def test_what_the_tariff_needs_is_asked_for_by_name(field):
    """A missing factor, base or sum is an error that names the field."""
    inputs = {k: v for k, v in BASE.items() if k != field}
    with pytest.raises(BadArguments) as raised:
        rate(tariff("autos"), inputs)
    assert raised.value.detail["field"] == field


@pytest.mark.parametrize("field", ["young_second_driver", "multi_policy", "commercial_discount_pct"])
def test_a_missing_adjustment_is_neutral(field):
    """A loading or discount that is not stated changes nothing."""
    without = {k: v for k, v in BASE.items() if k != field}
    assert rate(tariff("autos"), without).total == rate(tariff("autos"), BASE).total


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "E"),
        ("deductible", 200),
        ("bm_level", 19),
        ("driver_age", "diez"),
        ("power_cv", "NaN"),
        ("vehicle_value", "1e9"),
        ("use", True),
        ("payment_frequency", "weekly"),
        ("product", "flota"),
        ("vehicle_value", "١٢٣"),
    ],
)
def test_a_value_outside_the_tables_is_refused_by_name(field, value):
    """No value is guessed at."""
    inputs = {**BASE, "product": "todo_riesgo", "deductible": 300, field: value}
    with pytest.raises(BadArguments) as raised:
        rate(tariff("autos"), inputs)
    assert raised.value.detail["field"] == field
    assert field in raised.value.told("es")
    assert field in raised.value.told("en")


def test_a_declined_risk_is_never_looked_up():
    """Rules run first: a value that no table holds does not hide the decline."""
    assert rate(tariff("autos"), {**BASE, "driver_age": 16}).rules_hit == ("AUT-D1",)


def test_numbers_and_decimal_strings_are_one_value():
    """`10`, `"10"` and `"10.00"` price alike, in maps and in rules."""
    totals = {
        rate(tariff("autos"), {**BASE, "product": "todo_riesgo", "deductible": d, "driver_age": a}).total
        for d, a in ((300, 23), ("300", "23"), ("300.00", "23.0"))
    }
    assert len(totals) == 1


def broken(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The tariff book with the table at `path` replaced."""
    book = copy.deepcopy(BOOK)
    at: Any = book
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return book["autos"]


AGES = [{"from": 18, "to": 25, "value": "2"}, {"from": 25, "value": "1"}]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("autos", "factors", "driver_age", "steps"), [{**AGES[0], "to": 23}, AGES[1]], "entre 23 y 25"),
        (("autos", "factors", "driver_age", "steps"), [{**AGES[0], "to": 30}, AGES[1]], "solapan"),
        (("autos", "factors", "driver_age", "steps"), [AGES[1], AGES[0]], "solapan"),
        (("autos", "factors", "driver_age", "steps"), [], "no tiene tramos"),
        (("autos", "factors", "zone", "map", "A"), "NaN", "autos.factors.zone.A"),
        (("autos", "factors", "bonus_malus", "map"), {str(k): "1" for k in range(1, 19) if k != 7}, "entre 6 y 8"),
        (("autos", "coverages", "soa", "factors"), ["altura"], "altura"),
        (("autos", "products", "todo_riesgo", "coverages"), ["luna"], "luna"),
        (("autos", "fractioning"), {"weekly": "0"}, "weekly"),
        (("autos", "ips"), "a veces", "autos.ips"),
    ],
)
def test_a_broken_tariff_is_refused_and_the_fault_named(path, value, said):
    """A gap, an overlap or a dangling name never prices anything."""
    with pytest.raises(BadTariff) as raised:
        compile_tariff(broken(path, value))
    assert said in raised.value.told("es")


def test_whole_bands_with_an_end_load_and_close_the_table():
    """A band may state its end; beyond the last one there is no price."""
    book = broken(("autos", "factors", "driver_age", "steps"), [AGES[0], {**AGES[1], "to": 80}])
    closed = compile_tariff(book)
    assert rate(closed, {**BASE, "driver_age": 24}).total > rate(closed, {**BASE, "driver_age": 25}).total
    with pytest.raises(BadArguments, match="driver_age"):
        rate(closed, {**BASE, "driver_age": 80})


def test_a_licence_older_than_its_holder_is_refused():
    """What contradicts itself gets one message that names the field."""
    with pytest.raises(BadArguments) as raised:
        LINE.rate(AutosRisk(**{**BASE, "driver_age": 22, "licence_years": 20}))
    assert raised.value.detail["field"] == "licence_years"
