"""Quality: measures that must hold whatever the data, and the limits of the agreement coefficients."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.data.quality.agreement import agreement_fleiss, agreement_icc, agreement_kappa
from engines.data.quality.measures import Dimension, completeness, freshness, profile, score, uniqueness
from engines.data.quality.oddities import anomaly_rows, benford, outlier_grubbs, population_stability
from engines.errors import InvalidInput

CELL = st.one_of(st.integers(-100, 100), st.none())
COUNTS = st.lists(st.integers(1, 50), min_size=2, max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=30))
def test_gaps_repetitions_and_profile_tell_the_same(rows: list[tuple[int | None, int | None]]) -> None:
    data = {"a": [a for a, _ in rows], "b": [b for _, b in rows]}
    told, filled, single = profile(data), completeness(data), uniqueness(data, ["a", "b"])
    gaps = sum(v is None for row in rows for v in row)
    assert told.missing == gaps
    assert filled.share == pytest.approx(told.completeness) == pytest.approx(1 - gaps / (2 * len(rows)))
    assert filled.complete_rows + len(filled.rows) == len(rows)
    assert single.keys + single.repeated + single.empty == len(rows)
    assert told.repeated_rows >= single.repeated


def test_fillers_count_as_gaps_unless_told_otherwise() -> None:
    data = {"phone": ["-", "N/D", "600111222"]}
    assert completeness(data).complete_rows == 1
    assert completeness(data, fillers=False).complete_rows == 3


def test_a_meaning_shows_the_values_that_have_it_not() -> None:
    data = {"nif": ["12345678Z"] * 39 + ["12345678A"]}
    column = profile(data).columns[0]
    assert (column.meaning, column.invalid, column.repeated) == ("nif", 1, 38)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=20), st.integers(0, 1_000))
def test_freshness_grows_with_what_is_admitted(ages: list[int], admitted: int) -> None:
    today = date(2026, 11, 23)
    days: list[date | None] = [today - timedelta(days=age) for age in ages]
    found = freshness(days, today, admitted)
    assert found.share == pytest.approx(sum(age <= admitted for age in ages) / len(ages))
    assert freshness(days, today, 1_000).share == 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 100)), min_size=1, max_size=6))
def test_a_score_lies_between_its_dimensions(parts: list[tuple[float, float]]) -> None:
    dimensions = [Dimension(name=str(i), score=s, weight=w) for i, (s, w) in enumerate(parts)]
    found = score(dimensions)
    assert min(s for s, _ in parts) - 1e-12 <= found.score <= max(s for s, _ in parts) + 1e-12
    assert found.worst_score == min(s for s, _ in parts)


def test_benford_tells_powers_from_uniform_digits() -> None:
    assert benford([1.1**n for n in range(1, 1_500)]).conformity == "close"
    assert benford([float(n) for n in range(100, 1_000)]).conformity == "none"
    assert sum(benford().expected) == pytest.approx(1)


def test_benford_does_not_mind_sign_or_unit_of_ten() -> None:
    values = [1.3**n for n in range(1, 60)]
    assert benford(values).counts == benford([-1000 * v for v in values]).counts


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-1000, 1000), min_size=7, max_size=30, unique=True), st.floats(0.1, 50), st.floats(-100, 100)
)
def test_grubbs_does_not_mind_the_unit(x: list[int], by: float, plus: float) -> None:
    one, two = outlier_grubbs(x), outlier_grubbs([by * v + plus for v in x])
    assert one.G == pytest.approx(two.G, rel=1e-6)
    assert one.critical_two_sided >= one.critical_one_sided
    # The p-value and the critical value say the same.
    if 1e-6 < one.p < 0.5:
        assert outlier_grubbs(x, alpha=one.p).critical_two_sided == pytest.approx(one.G, rel=1e-6)
    assert (one.outlier is not None) == (one.p < 0.05)


@settings(max_examples=30, deadline=None)
@given(COUNTS, st.integers(1, 9))
def test_psi_is_nought_for_equal_shares_and_symmetric(counts: list[int], times: int) -> None:
    assert population_stability(counts, [times * c for c in counts]).psi == pytest.approx(0, abs=1e-12)
    other = counts[::-1]
    assert population_stability(counts, other).psi == pytest.approx(population_stability(other, counts).psi)
    assert population_stability(counts, other).psi >= 0


def test_an_empty_class_is_told() -> None:
    found = population_stability([10, 0], [5, 5])
    assert found.band == "shift"
    assert found.warnings


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=3, max_size=3))
def test_kappa_is_one_on_the_diagonal_and_at_most_one(table: list[list[int]]) -> None:
    diagonal = [[table[i][i] + 1 if i == j else 0 for j in range(3)] for i in range(3)]
    assert agreement_kappa(diagonal).kappa == pytest.approx(1)
    filled = [[cell + 1 for cell in row] for row in table]
    for weights in ("none", "linear", "quadratic"):
        found = agreement_kappa(filled, weights)
        assert found.kappa == pytest.approx((found.po - found.pe) / (1 - found.pe))
        swapped = agreement_kappa([list(row) for row in zip(*filled, strict=True)], weights)
        assert swapped.kappa == pytest.approx(found.kappa)


def test_fleiss_is_one_if_all_say_the_same_and_needs_equal_rows() -> None:
    assert agreement_fleiss([[3, 0], [0, 3]]).kappa == pytest.approx(1)
    with pytest.raises(InvalidInput):
        agreement_fleiss([[3, 0], [0, 2]])
    with pytest.raises(InvalidInput):
        agreement_fleiss([[3, 0], [3, 0]])


RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_icc_of_consistency_does_not_mind_a_severe_judge() -> None:
    severe = [[a - 1, b, c, d + 3] for a, b, c, d in RATINGS]
    assert agreement_icc(severe).icc3 == pytest.approx(agreement_icc(RATINGS).icc3)
    assert agreement_icc(severe).icc2 != pytest.approx(agreement_icc(RATINGS).icc2)
    same = [[float(row[0])] * 3 for row in RATINGS]
    assert agreement_icc(same).icc1 == pytest.approx(1)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=4, max_size=10))
def test_the_mean_of_judges_is_surer_than_one(ratings: list[list[int]]) -> None:
    try:
        found = agreement_icc(ratings)
    except InvalidInput:
        return  # nothing varies
    # Spearman-Brown: the mean of k judges, from one.
    for one, many in ((found.icc1, found.icc1k), (found.icc3, found.icc3k)):
        if one > -0.49:
            assert many == pytest.approx(3 * one / (1 + 2 * one), rel=1e-6, abs=1e-9)
    low, high = found.ci["icc3"]
    assert low - 1e-9 <= found.icc3 <= high + 1e-9


def test_the_odd_row_is_found_with_its_reason() -> None:
    data: dict[str, list[Any]] = {
        "premium": [100.0 + i % 7 for i in range(60)],
        "line": ["autos"] * 59 + ["barcos"],
        "ref": [str(i) for i in range(60)],
    }
    data["premium"][10] = 5_000.0
    found = anomaly_rows(data, share=0.04)
    assert {row.row: row.reasons[0].column for row in found.rows[:2]} == {10: "premium", 59: "line"}
    assert found.columns == ["premium", "line"]
    assert anomaly_rows(data, share=0.04).rows == found.rows


def test_blank_cells_are_gaps_and_no_duplicates_of_each_other() -> None:
    data = {"nif": ["1Z", "", None, "  "], "obs": [""] * 4}
    found = profile(data)
    assert [(c.kind, c.missing) for c in found.columns] == [("text", 3), ("empty", 4)]
    keys = uniqueness(data, ["nif"])
    assert (keys.unique, keys.empty, keys.repetitions) == (True, 3, [])
    assert [g.missing for g in completeness(data, fillers=False).columns] == [3, 4]


@pytest.mark.parametrize("filler", ["NO CONSTA", "-----", "n/c", "Sin dato", "xxxx", "00/00/0000", "..."])
def test_what_people_write_for_nothing_counts_as_missing(filler: str) -> None:
    found = completeness({"a": [filler, "Xoel", "Sindo"]})
    assert (found.columns[0].missing, [c.values for c in found.warnings]) == (1, [{"n": 1}])


def receipts(count: int) -> dict[str, list[object]]:
    chance = random.Random(1)
    premiums = [round(chance.lognormvariate(5.5, 0.5), 2) for _ in range(count)]
    return {
        "receipt": [f"R{i % (count // 3):06d}" for i in range(count)],
        "line": [chance.choice(["Autos", "Hogar", "Vida"]) for _ in range(count)],
        "premium": premiums,  # type: ignore[dict-item]
        "starts": [
            f"20{chance.randrange(10, 26)}-0{chance.randrange(1, 9)}-1{chance.randrange(9)}" for _ in range(count)
        ],
    }


def test_one_gross_error_among_thousands_comes_first() -> None:
    data = receipts(2_000)
    data["premium"][9], data["line"][13], data["starts"][21] = 1_000_000.0, "Autoss", "1899-12-30"
    found = anomaly_rows(data, share=0.005)
    assert {9, 13, 21} <= {odd.row for odd in found.rows}
    # A day, or the number of a receipt, is no rarity, though each is seldom.
    assert "receipt" not in found.columns
    reasons = {reason.column for odd in found.rows if odd.row not in (9, 13, 21) for reason in odd.reasons}
    assert reasons <= {"premium"}


def test_premiums_of_one_magnitude_are_not_judged_by_benford() -> None:
    chance = random.Random(2)
    narrow = benford([round(chance.uniform(250, 700), 2) for _ in range(1_000)])
    assert [set(c.values) for c in narrow.warnings] == [{"low", "high"}]
    assert not benford([round(chance.lognormvariate(6, 2), 2) for _ in range(1_000)]).warnings


def test_the_frequent_values_do_not_depend_on_the_order_of_rows() -> None:
    cells = ["b", "a", "e", "d", "c", "f", "f"]
    for order in (cells, cells[::-1]):
        assert [f.value for f in profile({"x": order}).columns[0].frequent] == ["f", "a", "b", "c", "d"]
