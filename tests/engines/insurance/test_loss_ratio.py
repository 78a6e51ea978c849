"""What loss ratios must satisfy: premium is neither made nor lost, levels meet their ends, alarms ring late enough."""

import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import EngineError, InvalidInput
from engines.running import compute
from tests.engines.cases import datasets

CHANGES = [
    {"date": "2010-07-01", "change": 0.05},
    {"date": "2011-01-01", "change": 0.1},
    {"date": "2012-04-01", "change": -0.01},
]


def loss_ratio(tool: str, **arguments: Any) -> Any:
    return compute(f"loss_ratio_{tool}", arguments)


def test_the_combined_ratio_splits_one_into_cost_and_margin() -> None:
    found = loss_ratio(
        "combined_ratio",
        incurred_losses=650,
        loss_adjustment_expenses=50,
        underwriting_expenses=250,
        earned_premium=1000,
        written_premium=1250,
    )
    assert found.combined_ratio == pytest.approx(0.7 + 0.2)
    earned = loss_ratio(
        "combined_ratio",
        incurred_losses=650,
        loss_adjustment_expenses=50,
        underwriting_expenses=250,
        earned_premium=1000,
        written_premium=1250,
        expense_base="earned",
    )
    assert earned.combined_ratio == pytest.approx(1 - earned.underwriting_result / 1000)


POLICIES = st.lists(
    st.tuples(st.dates(date(2020, 1, 1), date(2025, 12, 31)), st.integers(1, 800), st.integers(0, 5000)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(POLICIES, st.sampled_from(["month", "quarter", "year"]))
def test_premium_is_earned_whole(policies: list[tuple[date, int, int]], grain: str) -> None:
    table: dict[str, list[Any]] = {
        "start": [start.isoformat() for start, _, _ in policies],
        "end": [(start + timedelta(days=length)).isoformat() for start, length, _ in policies],
        "premium": [premium for _, _, premium in policies],
    }
    found = loss_ratio("earned_premium", policies=table, grain=grain)
    total = sum(table["premium"])
    assert found.earned == pytest.approx(total)
    assert found.unearned == pytest.approx(0, abs=1e-9)
    written = 0.0
    earned = 0.0
    for row in found.periods:
        written, earned = written + row.written, earned + row.earned
        assert row.earned >= -1e-9
        assert written - earned == pytest.approx(row.unearned, abs=1e-6)


def test_what_runs_beyond_the_close_stays_unearned() -> None:
    table = {"start": ["2025-10-01"], "end": ["2026-10-01"], "premium": [365.0]}
    found = loss_ratio("earned_premium", policies=table, grain="quarter", until="2025-12-31")
    assert [row.period for row in found.periods] == ["2025Q4"]
    assert found.earned == pytest.approx(92)
    assert found.unearned == pytest.approx(273)


def test_a_policy_without_effect_does_not_stop_the_others() -> None:
    table = {"start": ["2025-01-01", "2025-03-01"], "end": ["2026-01-01", "2025-03-01"], "premium": [365.0, 20.0]}
    found = loss_ratio("earned_premium", policies=table, grain="month")
    earned = {row.period: row.earned for row in found.periods}
    assert earned["2025-02"] == pytest.approx(28)
    assert earned["2025-03"] == pytest.approx(31 + 20)
    assert found.earned == pytest.approx(385)
    assert found.warnings[0].values == {"n": 1}


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"end": ["2025-10-01"]}, "policies"),
        ({"end": ["mañana"]}, "policies"),
        ({"start": [20251001]}, "policies"),
        ({"start": ["0001-01-01"], "end": ["9999-01-01"]}, "policies"),
    ],
)
def test_policies_that_make_no_sense_are_refused(change: dict[str, Any], argument: str) -> None:
    table: dict[str, list[Any]] = {"start": ["2025-10-01"], "end": ["2026-10-01"], "premium": [365.0]}
    with pytest.raises(EngineError) as refused:
        loss_ratio("earned_premium", policies=table | change)
    assert refused.value.argument in (argument, "until")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(date(2015, 1, 1), date(2024, 12, 28)), st.floats(-0.3, 0.5)),
        min_size=1,
        max_size=6,
        unique_by=lambda change: change[0],
    ),
    st.integers(2014, 2026),
    st.sampled_from([6, 12, 24]),
)
def test_the_average_level_lies_between_the_lowest_and_the_highest(
    changes: list[tuple[date, float]], year: int, term: int
) -> None:
    given_changes = [{"date": at.isoformat(), "change": change} for at, change in changes]
    found = loss_ratio("on_level_factor", rate_changes=given_changes, calendar_year=year, policy_term_months=term)
    levels = [group.rate_index for group in found.groups]
    assert sum(group.share for group in found.groups) == pytest.approx(1)
    assert all(group.share >= -1e-12 for group in found.groups)
    assert min(levels) - 1e-9 <= found.average_rate_level <= max(levels) + 1e-9
    assert found.on_level_factor * found.average_rate_level == pytest.approx(found.current_rate_level)


def test_long_after_the_last_change_nothing_is_left_to_adjust() -> None:
    assert loss_ratio("on_level_factor", rate_changes=CHANGES, calendar_year=2014).on_level_factor == pytest.approx(1)
    before = loss_ratio("on_level_factor", rate_changes=CHANGES, calendar_year=2009)
    assert before.on_level_factor == pytest.approx(1.05 * 1.1 * 0.99)


def test_re_rating_evenly_written_policies_is_the_parallelogram() -> None:
    starts = [(date(2009, 1, 1) + timedelta(days=3 * i)) for i in range(400)]
    index = [
        (1.05 if d >= date(2010, 7, 1) else 1)
        * (1.1 if d >= date(2011, 1, 1) else 1)
        * (0.99 if d >= date(2012, 4, 1) else 1)
        for d in starts
    ]
    policies = {"start": [d.isoformat() for d in starts], "premium": [100 * i for i in index]}
    one = loss_ratio("on_level_factor", rate_changes=CHANGES, calendar_year=2011, method="extension", policies=policies)
    two = loss_ratio("on_level_factor", rate_changes=CHANGES, calendar_year=2011)
    assert one.on_level_factor == pytest.approx(two.on_level_factor, rel=2e-3)


def test_extension_needs_its_policies() -> None:
    with pytest.raises(InvalidInput) as refused:
        loss_ratio("on_level_factor", rate_changes=CHANGES, calendar_year=2011, method="extension")
    assert refused.value.argument == "policies"
    with pytest.raises(InvalidInput, match="mismo día"):
        loss_ratio("on_level_factor", rate_changes=[CHANGES[0], CHANGES[0]], calendar_year=2011)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.2, 0.3), st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_a_trend_there_and_back_is_none(trend: float, one: date, two: date) -> None:
    there = loss_ratio("trend_factor", annual_trend=trend, from_date=one.isoformat(), to_date=two.isoformat())
    back = loss_ratio("trend_factor", annual_trend=trend, from_date=two.isoformat(), to_date=one.isoformat())
    assert there.factor * back.factor == pytest.approx(1)
    assert there.years == pytest.approx((two - one).days / 365.25, abs=0.03)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.3, 0.5), st.sampled_from([1, 4, 12]), st.integers(3, 20), st.floats(1, 1e6))
def test_an_exact_trend_is_found_in_any_unit(trend: float, periods: int, n: int, unit: float) -> None:
    if abs(trend) < 1e-3:
        return
    series = [unit * (1 + trend) ** (i / periods) for i in range(n)]
    found = loss_ratio("fit_trend", series=series, periods_per_year=periods)
    assert found.annual_trend == pytest.approx(trend, abs=1e-6)
    assert found.fitted == pytest.approx(series)


def test_the_interval_of_a_trend_is_student_s() -> None:
    """Logarithms 0, 1, 0: slope 0, standard error sqrt(1/3); Student's third quartile with one degree is 1."""
    found = loss_ratio("fit_trend", series=[1, math.e, 1], level=0.5)
    assert found.high == pytest.approx(math.exp(math.sqrt(1 / 3)) - 1)
    assert found.low == pytest.approx(math.exp(-math.sqrt(1 / 3)) - 1)


def test_a_trend_in_noise_is_told_as_such() -> None:
    found = loss_ratio("fit_trend", series=[100, 120, 90, 115, 95, 118, 99], periods_per_year=4)
    assert found.low < 0 < found.high
    assert any("no se distingue" in caution.text for caution in found.warnings)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=30), st.floats(1, 1e6))
def test_capped_and_excess_make_the_losses(losses: list[float], threshold: float) -> None:
    found = loss_ratio(
        "large_loss_load", losses=losses, threshold=threshold, years=[2020 + i % 3 for i in range(len(losses))]
    )
    assert found.capped_total + found.excess_total == pytest.approx(sum(losses))
    assert found.load * found.capped_total == pytest.approx(sum(losses))
    assert found.load >= 1
    higher = loss_ratio("large_loss_load", losses=losses, threshold=2 * threshold, years=[2020] * len(losses))
    assert higher.load <= found.load + 1e-9


def test_a_slow_rise_alerts_though_no_month_is_outside() -> None:
    found = loss_ratio("ratio_monitor", observed=[20] * 6 + [27] * 9, expected=[20] * 15)
    assert not any(row.outside for row in found.periods)
    assert found.alerts
    assert found.since == 7
    assert found.rise == pytest.approx(27 / 20)
    quiet = loss_ratio("ratio_monitor", observed=[20, 18, 23, 19, 21, 17], expected=[20] * 6)
    assert quiet.alerts == []
    assert quiet.rise is None


def test_limits_keep_their_false_alarm_rate() -> None:
    from scipy.stats import poisson

    row = loss_ratio("ratio_monitor", observed=[5], expected=[5], false_alarm=0.02).periods[0]
    assert poisson.cdf(row.low - 1, 5) + poisson.sf(row.high, 5) <= 0.02


def test_half_a_claim_is_refused() -> None:
    with pytest.raises(InvalidInput, match="enteros"):
        loss_ratio("ratio_monitor", observed=[1.5], expected=[1])


SCALE = [
    {"loss_ratio": 0.4, "commission": 0.2},
    {"loss_ratio": 0.6, "commission": 0.15},
    {"loss_ratio": 0.8, "commission": 0.05},
]


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 2), st.floats(0, 2), st.sampled_from(["slide", "step"]))
def test_worse_results_never_pay_more(one: float, two: float, between: str) -> None:
    low, high = sorted((one, two))
    better = loss_ratio("commission_sliding", loss_ratio=low, scale=SCALE, between=between)
    worse = loss_ratio("commission_sliding", loss_ratio=high, scale=SCALE, between=between)
    assert 0.05 <= worse.commission_rate <= better.commission_rate <= 0.2


def test_a_stepped_scale_holds_until_the_next_step() -> None:
    rates = [
        loss_ratio("commission_sliding", loss_ratio=at, scale=SCALE, between="step").commission_rate
        for at in (0.1, 0.4, 0.599, 0.6, 0.9)
    ]
    assert rates == [0.2, 0.2, 0.2, 0.15, 0.05]


def test_a_scale_that_rewards_bad_results_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        loss_ratio("commission_sliding", loss_ratio=0.5, scale=SCALE[::-1])
    assert refused.value.argument == "scale"


def test_segments_keep_the_whole_and_move_towards_it() -> None:
    data = {
        "ramo": ["autos", "autos", "hogar", "rc"],
        "provincia": ["Madrid", "Madrid", "Madrid", "Lugo"],
        "premium": [1000, 3000, 2000, 0],
        "losses": [900, 2100, 500, 100],
        "claims": [400, 800, 50, 1],
    }
    found = loss_ratio("by_segment", data=data, dimensions=["ramo", "provincia"])
    assert found.loss_ratio == pytest.approx(3600 / 6000)
    assert sum(row.losses for row in found.segments) == 3600
    assert {row.segment["ramo"]: row.credibility for row in found.segments}["autos"] == 1
    for row in found.segments:
        if row.loss_ratio is not None:
            low, high = sorted((row.loss_ratio, found.loss_ratio))
            assert low - 1e-12 <= row.blended <= high + 1e-12
        else:
            assert row.blended == pytest.approx(found.loss_ratio)
    assert [row.blended for row in found.segments] == sorted((r.blended for r in found.segments), reverse=True)
    assert any("segmentos" in caution.text for caution in found.warnings)


def test_both_engines_say_the_same_of_cape_cod() -> None:
    arguments = {"triangle": datasets()["raa"], "premium": [20_000.0] * 10, "decay": 0.8, "trend": 0.02}
    one, two = compute("loss_ratio_cape_cod", arguments), compute("reserving_cape_cod", arguments)
    assert one == two
