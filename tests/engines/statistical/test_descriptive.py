"""What description must keep, whatever the data: invariance, order, and the limits where formulas meet."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InsufficientData, InvalidInput, LimitExceeded
from engines.running import compute

VALUES = st.lists(st.integers(-1000, 1000).map(lambda v: v / 8), min_size=3, max_size=30)
LIGHT = settings(max_examples=20, deadline=None)


def result(name: str, **arguments: Any) -> Any:
    return compute(f"descriptive_{name}", arguments)


@LIGHT
@given(VALUES)
def test_a_summary_moves_and_stretches_with_the_values(x: list[float]) -> None:
    plain, moved = result("summarize", x=x), result("summarize", x=[3 * v - 7 for v in x])
    assert moved.mean == pytest.approx(3 * plain.mean - 7, abs=1e-9)
    assert moved.sd == pytest.approx(3 * plain.sd, abs=1e-9)
    assert moved.q1 <= moved.median <= moved.q3
    if plain.skew is not None:
        assert moved.skew == pytest.approx(plain.skew, abs=1e-6)
        assert moved.kurtosis == pytest.approx(plain.kurtosis, abs=1e-6)


@pytest.mark.parametrize("unit", [1e-300, 1e-90, 1e98])
def test_a_summary_keeps_its_shape_at_any_scale(unit: float) -> None:
    plain = result("summarize", x=[1, 2, 4, 8])
    scaled = result("summarize", x=[v * unit for v in (1, 2, 4, 8)])
    assert scaled.sd == pytest.approx(unit * plain.sd, rel=1e-9, abs=0)
    assert (scaled.skew, scaled.kurtosis) == pytest.approx((plain.skew, plain.kurtosis))


@LIGHT
@given(VALUES, st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9]))
def test_quantiles_of_every_type_rise_within_the_range_and_ignore_the_order(x: list[float], kind: int) -> None:
    probs = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
    q = result("quantiles", x=x, probs=probs, type=kind).q
    assert list(q) == sorted(q)
    assert (q[0], q[-1]) == (min(x), max(x))
    assert result("quantiles", x=x[::-1], probs=probs, type=kind).q == q


def test_the_types_of_quantile_differ_as_their_authors_say() -> None:
    # Hyndman & Fan's definitions worked by hand for 1..10 at 0.25.
    by_hand = {1: 3, 2: 3, 3: 2, 4: 2.5, 5: 3, 6: 2.75, 7: 3.25, 8: 2 + 11 / 12, 9: 2.9375}
    for kind, expected in by_hand.items():
        q = result("quantiles", x=list(range(1, 11)), probs=[0.25], type=kind).q
        assert q[0] == pytest.approx(expected), kind


@LIGHT
@given(VALUES, st.lists(st.integers(0, 5), min_size=30, max_size=30))
def test_weights_are_relative_and_equal_ones_change_nothing(x: list[float], w: list[int]) -> None:
    equal = result("weighted_summary", x=x, w=[4.0] * len(x))
    assert equal.sd == pytest.approx(result("summarize", x=x).sd, abs=1e-9)
    assert equal.effective_n == pytest.approx(len(x))
    weights = [float(v) for v in w[: len(x)]]
    if sum(v > 0 for v in weights) < 2:
        return
    once, thrice = (result("weighted_summary", x=x, w=[k * v for v in weights]) for k in (1, 3))
    assert (once.mean, once.median) == (pytest.approx(thrice.mean), thrice.median)
    assert once.sd == pytest.approx(thrice.sd, abs=1e-9)
    assert thrice.total_weight == 3 * once.total_weight


def test_weights_may_not_be_negative_nor_all_but_one_zero() -> None:
    with pytest.raises(InvalidInput) as negative:
        result("weighted_summary", x=[1, 2, 3], w=[1, -1, 1])
    assert negative.value.argument == "w"
    with pytest.raises(InsufficientData):
        result("weighted_summary", x=[1, 2, 3], w=[0, 0, 1])


@LIGHT
@given(VALUES, st.sampled_from(["pearson", "spearman", "kendall"]))
def test_a_correlation_has_no_unit_knows_no_order_and_changes_sign_with_one_of_them(
    x: list[float], method: str
) -> None:
    x = [*x, 11.25, -3.5]
    y = [v * v + i for i, v in enumerate(x)]
    if len(set(x)) == 1 or len(set(y)) == 1:
        return
    plain = result("correlation", x=x, y=y, method=method).pairs[0]
    scaled = result("correlation", x=[5 * v + 2 for v in x], y=y, method=method).pairs[0]
    turned = result("correlation", x=y, y=x, method=method).pairs[0]
    mirrored = result("correlation", x=x, y=[-v for v in y], method=method).pairs[0]
    assert -1 <= plain.coefficient <= 1
    assert scaled.coefficient == pytest.approx(plain.coefficient, abs=1e-9)
    assert turned.coefficient == pytest.approx(plain.coefficient, abs=1e-12)
    assert mirrored.coefficient == pytest.approx(-plain.coefficient, abs=1e-12)
    if plain.ci_low is not None:
        assert plain.ci_low <= plain.coefficient <= plain.ci_high


def test_all_pairs_of_columns_are_correlated_and_said_to_be_many() -> None:
    data = {"a": [1, 2, 3, 4, 5], "b": [2, 1, 4, 3, 5], "c": [5, 4, 3, 2, 1]}
    found = result("correlation", data=data, columns=["a", "b", "c"])
    assert [(p.first, p.second) for p in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found.pairs[1].coefficient == pytest.approx(-1)
    assert found.r is None
    assert found.warnings[0].values == {"pairs": 3}


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"x": [1, 2, 3, 4]}, "x"),
        ({"data": {"a": [1, 2, 3, 4]}, "columns": ["a"]}, "columns"),
        ({"data": {"a": [1, 2, 3, 4]}, "columns": ["a", "b"]}, "data"),
        ({"data": {"a": [1, 2, 3, 4], "b": [1, 1, 1, 1]}, "columns": ["a", "b"]}, "data.b"),
    ],
)
def test_a_correlation_says_which_argument_is_missing(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInput) as error:
        result("correlation", **arguments)
    assert error.value.argument == argument


@LIGHT
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=40))
def test_counts_add_up_in_tables_and_crossings(pairs: list[tuple[str, str]]) -> None:
    values, groups = [a for a, _ in pairs], [b for _, b in pairs]
    table = result("frequency_table", values=values, by=groups)
    assert sum(row.count for row in table.rows) == len(pairs)
    for group in set(groups):
        assert sum(row.share for row in table.rows if row.by == group) == pytest.approx(1)
    crossed = result("crosstab", row=values, col=groups)
    assert sum(crossed.row_totals) == sum(crossed.column_totals) == len(pairs)
    turned = result("crosstab", row=groups, col=values)
    assert turned.table == tuple(zip(*crossed.table, strict=True))
    if crossed.cramer_v is not None:
        assert 0 <= crossed.cramer_v <= 1 + 1e-12
        assert turned.cramer_v == pytest.approx(crossed.cramer_v)


def test_cramer_v_is_one_where_each_tells_the_other_and_nothing_where_there_is_one_level() -> None:
    assert result("crosstab", row=["a", "b", "c"], col=["x", "y", "z"]).cramer_v == pytest.approx(1)
    assert result("crosstab", row=["a", "a"], col=["x", "y"]).cramer_v is None


def test_too_many_different_values_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        result("frequency_table", values=[str(i) for i in range(10_001)])


@LIGHT
@given(VALUES)
def test_robust_location_moves_with_the_values_and_hardly_with_an_outlier(x: list[float]) -> None:
    plain = result("robust_location", x=x, trim=0.2)
    moved = result("robust_location", x=[2 * v + 1 for v in x], trim=0.2)
    assert moved.trimmed_mean == pytest.approx(2 * plain.trimmed_mean + 1)
    assert moved.mad == pytest.approx(2 * plain.mad)
    if plain.huber is not None:
        assert moved.huber == pytest.approx(2 * plain.huber + 1, abs=1e-6)
        assert min(x) <= plain.huber <= max(x)


def test_hubers_estimate_is_the_mean_for_a_large_constant_and_missing_where_the_mad_is_zero() -> None:
    x = [1.0, 2.0, 4.0, 7.0, 11.0]
    assert result("robust_location", x=x, k=1000).huber == pytest.approx(5)
    flat = result("robust_location", x=[1, 1, 1, 1, 9])
    assert flat.huber is None
    assert flat.warnings


@LIGHT
@given(st.lists(st.lists(st.integers(1, 4), min_size=6, max_size=6), min_size=2, max_size=4), st.permutations(range(6)))
def test_agreement_knows_no_order_of_coders_or_units(ratings: list[list[int]], order: list[int]) -> None:
    plain = result("agreement", ratings=ratings)
    other = result("agreement", ratings=[[row[i] for i in order] for row in reversed(ratings)])
    for scale in ("nominal", "ordinal", "interval", "ratio"):
        assert getattr(other, scale) == pytest.approx(getattr(plain, scale)), scale
    if plain.nominal is not None:
        assert plain.nominal <= 1


def test_full_agreement_is_one_and_codes_may_be_swapped_for_nominal_alpha_only() -> None:
    rated = [[1, 2, 3, 3, 2], [1, 2, 3, 3, 2]]
    full = result("agreement", ratings=rated)
    assert (full.nominal, full.ordinal, full.interval, full.ratio) == pytest.approx((1, 1, 1, 1))
    some = result("agreement", ratings=[[1, 2, 3, 3, 2], [1, 2, 3, 1, 2]])
    swapped = result("agreement", ratings=[[3, 2, 1, 1, 2], [3, 2, 1, 3, 2]])
    coded = result("agreement", ratings=[[1, 30, 2, 2, 30], [1, 30, 2, 1, 30]])
    assert swapped.nominal == pytest.approx(some.nominal)
    assert coded.nominal == pytest.approx(some.nominal)
    assert coded.interval != pytest.approx(some.interval)


def test_agreement_needs_two_coders_of_one_unit() -> None:
    with pytest.raises(InsufficientData):
        result("agreement", ratings=[[1, 2, 3]])
    with pytest.raises(InsufficientData):
        result("agreement", ratings=[[1, None], [None, 2]])


def test_exposures_in_tenths_of_a_year_weigh_like_whole_numbers() -> None:
    x = [300.0, 100.0, 400.0, 200.0]
    for weights in ([1, 3, 3, 5], [1, 2, 7, 4], [1, 1, 6, 4], [7, 3, 3, 7], [2, 1, 6, 3]):
        whole = result("weighted_summary", x=x, w=weights)
        for parts in (10, 12, 365):
            shares = result("weighted_summary", x=x, w=[w / parts for w in weights])
            assert (shares.q1, shares.median, shares.q3) == (whole.q1, whole.median, whole.q3)


def test_a_year_is_the_same_label_with_and_without_decimals() -> None:
    found = result("frequency_table", values=[2020, 2021, 2021.0, 2021.0])
    assert [(row.value, row.count) for row in found.rows] == [("2021", 3), ("2020", 1)]
    assert result("crosstab", row=[2020.0, 2021.0], col=["sí", "no"]).rows == ("2020", "2021")
