"""What indicators must satisfy whatever the figures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InsufficientData, InvalidInput, LimitExceeded, SingularMatrix
from engines.running import compute

FEW = settings(max_examples=20, deadline=None)
PRICES = st.lists(st.floats(0.1, 1000), min_size=4, max_size=4)


def call(name: str, **arguments: Any) -> Any:
    return compute(f"macro_indicators_{name}", arguments)


def series(seed: int, n: int = 80) -> list[float]:
    found: list[float] = (100 + np.cumsum(np.random.default_rng(seed).normal(0.5, 1, n))).tolist()
    return found


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["hp", "bk", "cf", "hamilton"]))
def test_trend_and_cycle_add_up_to_the_series_from_where_they_start(seed: int, method: str) -> None:
    y = series(seed)
    found = call("filter_cycle", y=y, method=method)
    n = len(found.cycle)
    both = [c + t for c, t in zip(found.cycle, found.trend, strict=True)]
    assert both == pytest.approx(y[found.first : found.first + n])
    assert {"hp": 80, "bk": 56, "cf": 80, "hamilton": 69}[method] == n


def test_a_straight_line_has_no_cycle() -> None:
    line = [3 + 0.5 * t for t in range(60)]
    for method in ("hp", "bk", "cf"):
        assert np.abs(call("filter_cycle", y=line, method=method).cycle).max() < 1e-6
    with pytest.raises(SingularMatrix):
        call("filter_cycle", y=line, method="hamilton")


def test_a_stiffer_trend_bends_less_and_the_ends_are_cautioned() -> None:
    y = series(1)
    stiff, soft = (call("filter_cycle", y=y, **{"lambda": v}) for v in (1e6, 10.0))
    assert np.abs(np.diff(stiff.trend, 2)).sum() < np.abs(np.diff(soft.trend, 2)).sum()
    assert any("extremos" in caution.text for caution in stiff.warnings)


def test_filters_ask_for_enough_values_and_periods_in_order() -> None:
    with pytest.raises(InsufficientData):
        call("filter_cycle", y=series(1, 20), method="bk")
    with pytest.raises(InvalidInput) as wrong:
        call("filter_cycle", y=series(1), method="cf", low=32, high=6)
    assert wrong.value.argument == "high"


@FEW
@given(PRICES, PRICES, PRICES, PRICES, st.floats(0.5, 2))
def test_price_indices_keep_the_axioms(
    p0: list[float], p1: list[float], q0: list[float], q1: list[float], factor: float
) -> None:
    found = call("price_index", p0=p0, p1=p1, q0=q0, q1=q1)
    ratios = [b / a for a, b in zip(p0, p1, strict=True)]
    for figure in ("laspeyres", "paasche", "fisher", "tornqvist"):
        value = getattr(found, figure)
        assert min(ratios) * (1 - 1e-9) <= value <= max(ratios) * (1 + 1e-9)
        # Proportional prices: the index is their factor.
        same = call("price_index", p0=p0, p1=[factor * p for p in p0], q0=q0, q1=q1)
        assert getattr(same, figure) == pytest.approx(factor)
    back = call("price_index", p0=p1, p1=p0, q0=q1, q1=q0)
    assert found.fisher * back.fisher == pytest.approx(1)
    assert found.tornqvist * back.tornqvist == pytest.approx(1)
    assert found.laspeyres * back.paasche == pytest.approx(1)


@FEW
@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=20), st.floats(-0.5, 0.5))
def test_what_grows_with_prices_is_constant_in_real_terms(index: list[float], rate: float) -> None:
    nominal = [1000 * i / index[0] for i in index]
    assert call("deflate", nominal=nominal, index=index).real == pytest.approx([1000] * len(index))
    with pytest.raises(InvalidInput):
        call("deflate", nominal=nominal, index=index, base=len(index))


@FEW
@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=20))
def test_growth_compounds_to_the_whole(y: list[float]) -> None:
    monthly = call("growth", y=y).rates
    assert np.prod([1 + r for r in monthly]) == pytest.approx(y[-1] / y[0])
    yearly = call("growth", y=y, kind="cagr", per_year=1).rates[0]
    assert (1 + yearly) ** (len(y) - 1) == pytest.approx(y[-1] / y[0])


def test_yearly_growth_compares_with_the_same_month() -> None:
    y = [float(v) for v in range(100, 130)]
    found = call("growth", y=y, kind="yoy", per_year=12)
    assert found.first == 12
    assert found.rates[0] == pytest.approx(112 / 100 - 1)
    assert len(found.rates) == 18
    with pytest.raises(InsufficientData):
        call("growth", y=y[:12], kind="yoy", per_year=12)


def test_a_rent_rises_by_share_and_cap_and_a_fall_is_cautioned() -> None:
    plain = {"amount": 1000, "index_from": 100, "index_to": 110}
    assert call("rent_update", **plain).updated == pytest.approx(1100)
    assert call("rent_update", **plain, share=0.85).updated == pytest.approx(1085)
    capped = call("rent_update", **plain, cap=0.03)
    assert capped.updated == pytest.approx(1030)
    assert any("tope" in caution.text for caution in capped.warnings)
    assert not call("rent_update", **plain, cap=0.2).warnings
    fallen = call("rent_update", amount=1000, index_from=110, index_to=100)
    assert fallen.updated == pytest.approx(1000 * 100 / 110)
    assert any("ha bajado" in caution.text for caution in fallen.warnings)
    # 3.25 % is published as 3.3 %: halves go up.
    assert call("rent_update", amount=1000, index_from=100, index_to=103.25, published_rate=True).rate == 0.033


@FEW
@given(st.floats(-0.9, 5), st.floats(-0.9, 5))
def test_a_real_rate_and_inflation_give_the_nominal_back(nominal: float, inflation: float) -> None:
    found = call("real_rate", nominal=nominal, inflation=inflation)
    assert (1 + found.real) * (1 + inflation) == pytest.approx(1 + nominal)


@FEW
@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30), st.floats(0.1, 5), st.floats(0.01, 1e4))
def test_inequality_ignores_unit_order_and_copies_and_lies_in_its_range(
    x: list[float], epsilon: float, unit: float
) -> None:
    found = call("inequality", x=x, epsilon=epsilon)
    again = call("inequality", x=[unit * v for v in reversed(x)] * 2, epsilon=epsilon)
    for figure in ("gini", "theil", "atkinson"):
        assert getattr(again, figure) == pytest.approx(getattr(found, figure), abs=1e-9)
    assert 0 <= found.gini <= 1 - 1 / len(x) + 1e-12
    assert 0 <= found.theil <= np.log(len(x)) + 1e-12
    assert 0 <= found.atkinson <= 1


def test_inequality_at_its_ends() -> None:
    equal = call("inequality", x=[5.0] * 7)
    assert (equal.gini, equal.theil, equal.atkinson) == pytest.approx((0, 0, 0), abs=1e-12)
    alone = call("inequality", x=[0, 0, 0, 8], epsilon=1)
    assert alone.gini == pytest.approx(0.75)
    assert alone.gini_corrected == pytest.approx(1)
    assert alone.theil == pytest.approx(np.log(4))
    assert alone.atkinson == 1
    assert alone.warnings
    # A transfer from rich to poor lowers all.
    before, after = call("inequality", x=[1, 5, 9]), call("inequality", x=[2, 5, 8])
    assert after.gini < before.gini
    assert after.theil < before.theil
    assert after.atkinson < before.atkinson


def test_a_nowcast_of_an_exact_relation_is_exact_and_missing_months_are_told() -> None:
    rng = np.random.default_rng(2)
    months = rng.normal(50, 5, 42)
    quarters = 3 + 2 * months.reshape(-1, 3).mean(axis=1)
    found = call("nowcast_bridge", x=months.tolist(), y=quarters[:-1].tolist())
    assert found.estimate == pytest.approx(quarters[-1])
    assert found.se == pytest.approx(0, abs=1e-6)
    assert found.months_known == 3
    partly = call("nowcast_bridge", x=months[:-1].tolist(), y=quarters[:-1].tolist())
    assert partly.months_known == 2
    assert any("faltan" in caution.text for caution in partly.warnings)
    assert partly.indicator != found.indicator
    with pytest.raises(InvalidInput) as wrong:
        call("nowcast_bridge", x=months.tolist(), y=quarters[:-2].tolist())
    assert wrong.value.argument == "x"


def test_a_wider_interval_for_a_higher_level_and_a_farther_indicator() -> None:
    rng = np.random.default_rng(4)
    months = rng.normal(50, 5, 63)
    quarters = (3 + 2 * months.reshape(-1, 3).mean(axis=1) + rng.normal(0, 1, 21))[:-1].tolist()
    near = call("nowcast_bridge", x=[*months[:-3], 50, 50, 50], y=quarters)
    far = call("nowcast_bridge", x=[*months[:-3], 90, 90, 90], y=quarters)
    wide = call("nowcast_bridge", x=[*months[:-3], 50, 50, 50], y=quarters, level=0.99)
    assert far.se > near.se
    assert wide.high - wide.low > near.high - near.low


def test_a_month_without_sales_is_a_fall_of_all_and_no_rate_starts_from_it() -> None:
    assert call("growth", y=[100.0, 50.0, 0.0]).rates == pytest.approx([-0.5, -1.0])
    with pytest.raises(InvalidInput, match="desde cero"):
        call("growth", y=[100.0, 0.0, 50.0])
    assert call("growth", y=[100.0, 0.0, 50.0], kind="cagr", per_year=2).rates == pytest.approx([-0.5])


def test_a_filter_whose_work_grows_with_the_square_refuses_what_would_take_minutes() -> None:
    with pytest.raises(LimitExceeded, match="hp"):
        call("filter_cycle", y=series(1, 10_001), method="cf")
    assert len(call("filter_cycle", y=series(1, 10_001), method="hp").cycle) == 10_001


@pytest.mark.parametrize("aggregate", ["mean", "sum", "last"])
def test_the_interval_of_a_quarter_with_months_to_come_holds_it_as_often_as_it_says(aggregate: str) -> None:
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        months = np.zeros(93)
        for i in range(1, 93):
            months[i] = 0.7 * months[i - 1] + 3 * rng.normal()
        blocks = months.reshape(31, 3)
        made = {"mean": blocks.mean(axis=1), "sum": blocks.sum(axis=1), "last": blocks[:, -1]}[aggregate]
        quarters = 100 + 2 * made + rng.normal(size=31)
        found = call("nowcast_bridge", x=months[:91].tolist(), y=quarters[:-1].tolist(), aggregate=aggregate)
        held.append(found.low < quarters[-1] < found.high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.05)
