"""What models of series must satisfy whatever the data."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engines.errors import InsufficientData, InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.running import compute

FEW = settings(max_examples=15, deadline=None)


def walk(seed: int, n: int = 60, drift: float = 0.3) -> list[float]:
    found: list[float] = (100 + np.cumsum(np.random.default_rng(seed).normal(drift, 1, n))).tolist()
    return found


def seasonal(seed: int, years: int = 6, period: int = 12) -> list[float]:
    rng = np.random.default_rng(seed)
    t = np.arange(period * years)
    found: list[float] = (100 + 0.5 * t + 10 * np.sin(2 * np.pi * t / period) + rng.normal(0, 2, t.size)).tolist()
    return found


def call(name: str, **arguments: Any) -> Any:
    return compute(f"time_series_{name}", arguments)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1e-6, 1.0, 1e6]))
def test_an_arima_follows_the_unit_of_the_series(seed: int, unit: float) -> None:
    y = np.array(walk(seed))
    one = call("fit_arima", y=y.tolist(), order=[1, 1, 0], horizon=3)
    other = call("fit_arima", y=(unit * y).tolist(), order=[1, 1, 0], horizon=3)
    assert other.ar == pytest.approx(one.ar, abs=1e-5)
    assert other.sigma2 == pytest.approx(unit**2 * one.sigma2, rel=1e-5)
    assert other.forecast.point == pytest.approx([unit * v for v in one.forecast.point], rel=1e-6)
    # The density changes with the unit by its power of the number of differences.
    assert other.loglik == pytest.approx(one.loglik - 59 * np.log(unit), abs=1e-3)


def test_a_random_walk_forecasts_its_last_value_with_error_of_root_h() -> None:
    y = walk(3, drift=0.0)
    found = call("fit_arima", y=y, order=[0, 1, 0], horizon=4, levels=[0.95])
    assert found.forecast.point == pytest.approx([y[-1]] * 4)
    band = found.forecast.intervals[0]
    half = [(h - low) / 2 for low, h in zip(band.low, band.high, strict=True)]
    assert half == pytest.approx([1.959963985 * np.sqrt(found.sigma2 * h) for h in (1, 2, 3, 4)])
    assert found.sigma2 == pytest.approx(float(np.mean(np.diff(y) ** 2)), rel=1e-6)


def test_the_mean_of_white_noise_is_the_mean_and_its_standard_error_the_usual_one() -> None:
    y = np.random.default_rng(5).normal(1e6, 1, 80)
    found = call("fit_arima", y=y.tolist(), order=[0, 0, 0])
    assert found.mean == pytest.approx(y.mean(), rel=1e-9)
    assert found.se["const"] == pytest.approx(y.std() / np.sqrt(80), rel=1e-3)


def test_a_regressor_is_told_in_its_own_unit_wherever_it_lies() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(5000, 10, 60)
    y = 3 + 0.25 * x + rng.normal(0, 1, 60)
    found = call("fit_arima", y=y.tolist(), order=[0, 0, 0], xreg=[[v] for v in x])
    slope, constant = np.polyfit(x, y, 1)
    assert found.params["x1"] == pytest.approx(slope, rel=1e-5)
    assert found.params["const"] == pytest.approx(constant, rel=1e-4)
    errors = np.sqrt(np.diag(np.linalg.inv(np.column_stack([np.ones(60), x]).T @ np.column_stack([np.ones(60), x]))))
    assert found.se["const"] == pytest.approx(errors[0] * np.sqrt(found.sigma2), rel=1e-2)


def test_a_long_season_is_refused_and_fourier_terms_do_it() -> None:
    t = np.arange(800)
    y = 50 + 8 * np.sin(2 * np.pi * t / 365.25) + np.random.default_rng(1).normal(0, 1, 800)
    with pytest.raises(LimitExceeded, match="Fourier") as refused:
        call("fit_arima", y=y.tolist(), order=[1, 0, 0], seasonal_order=[1, 0, 0, 365])
    assert refused.value.argument == "seasonal_order"
    found = call("fit_arima", y=y.tolist(), order=[1, 0, 0], fourier_period=365.25, fourier_terms=1, horizon=30)
    assert np.hypot(found.params["sin1"], found.params["cos1"]) == pytest.approx(8, abs=0.3)
    truth = 50 + 8 * np.sin(2 * np.pi * np.arange(800, 830) / 365.25)
    assert np.abs(np.array(found.forecast.point) - truth).max() < 1


def test_regressors_that_differencing_removes_are_named() -> None:
    with pytest.raises(SingularMatrix, match="x1"):
        call("fit_arima", y=walk(1), order=[0, 1, 1], xreg=[[1.0]] * 60)


def test_future_regressors_must_be_given_to_forecast() -> None:
    with pytest.raises(InsufficientData) as short:
        call("fit_arima", y=walk(1), order=[1, 0, 0], xreg=[[float(i % 5)] for i in range(60)], horizon=2)
    assert short.value.argument == "xreg_future"


def test_a_forecast_in_logarithms_is_positive_and_says_that_it_is_the_median() -> None:
    y = np.exp(np.array(walk(4)) / 50).tolist()
    found = call("fit_arima", y=y, order=[0, 1, 1], transform="log", horizon=5)
    assert min(found.forecast.intervals[-1].low) > 0
    assert any("mediana" in caution.text for caution in found.warnings)
    with pytest.raises(InvalidInput):
        call("fit_arima", y=[*y, 0.0], order=[0, 1, 1], transform="log")


def test_an_order_that_leaves_correlation_is_cautioned() -> None:
    y = walk(8, n=120)
    assert any("Ljung-Box" in c.text for c in call("fit_arima", y=y, order=[0, 0, 0]).warnings)


def test_a_straight_line_leaves_nothing_to_an_arima() -> None:
    with pytest.raises(InvalidInput, match="diferenciada"):
        call("fit_arima", y=list(range(40)), order=[1, 1, 0])


@pytest.mark.parametrize("name", ["auto_arima", "auto_ets"])
def test_a_search_finds_the_season(name: str) -> None:
    found = call(name, y=seasonal(2, years=12, period=4), season_length=4, horizon=4)
    truth = 100 + 0.5 * np.arange(48, 52) + 10 * np.sin(2 * np.pi * np.arange(48, 52) / 4)
    assert np.abs(np.array(found.forecast.point) - truth).mean() < 3
    wide = found.forecast.intervals
    assert all(a < b for a, b in zip(wide[1].low, wide[0].low, strict=True))


@pytest.mark.parametrize("name", ["auto_arima", "auto_ets"])
def test_a_search_follows_the_unit(name: str) -> None:
    y = np.array(walk(5, n=40))
    found, other = call(name, y=y.tolist(), horizon=4), call(name, y=(1000 * y).tolist(), horizon=4)
    used = found.n - found.order[1] if name == "auto_arima" else found.n
    # Forms that fit alike may change places by a rounding error.
    assert other.aic == pytest.approx(found.aic + 2 * used * np.log(1000), abs=2)
    assert other.forecast.point == pytest.approx([1000 * v for v in found.forecast.point], rel=0.02)


def test_the_forms_tried_are_ordered_and_those_that_multiply_need_positive_values() -> None:
    y = walk(6, n=40)
    tried = call("auto_ets", y=y).candidates
    assert [c.aicc for c in tried] == sorted(c.aicc for c in tried)
    assert any("M" in c.model for c in tried)
    below = call("auto_ets", y=[v - 200 for v in y]).candidates
    assert not any("M" in c.model for c in below)


def test_simple_smoothing_forecasts_flat_and_holt_straight() -> None:
    y = walk(7)
    flat = call("exp_smoothing", y=y, horizon=4).forecast.point
    assert flat == pytest.approx([flat[0]] * 4)
    line = np.diff(call("exp_smoothing", y=y, trend="add", horizon=5).forecast.point)
    assert line == pytest.approx([line[0]] * 4)
    fading = np.diff(call("exp_smoothing", y=y, trend="add", damped=True, horizon=5).forecast.point)
    ratios = fading[1:] / fading[:-1]
    assert ratios == pytest.approx([ratios[0]] * 3)
    assert ratios[0] < 1


def test_smoothing_gives_the_same_simulated_intervals_for_the_same_seed() -> None:
    y = seasonal(4)
    arguments = {"y": y, "trend": "add", "seasonal": "mul", "season_length": 12}
    one, again = call("exp_smoothing", **arguments, seed=5), call("exp_smoothing", **arguments, seed=5)
    other = call("exp_smoothing", **arguments, seed=6)
    assert one.forecast == again.forecast
    assert one.seed == 5
    assert one.forecast.intervals != other.forecast.intervals
    assert one.forecast.point == other.forecast.point


def test_a_structural_season_adds_up_to_nothing_over_a_year() -> None:
    found = call("structural_level", y=seasonal(5), model="bsm", period=12, horizon=6)
    sums = np.convolve(found.seasonal, np.ones(12), "valid")
    assert np.abs(sums).max() < 3
    assert min(found.sigma2_irregular, found.sigma2_level, found.sigma2_trend, found.sigma2_seasonal) >= 0
    with pytest.raises(LimitExceeded):
        call("structural_level", y=seasonal(5), model="bsm", period=60)


@FEW
@given(st.integers(0, 10_000), st.booleans())
def test_a_decomposition_adds_up(seed: int, robust: bool) -> None:
    y = seasonal(seed, years=4)
    found = call("decompose", y=y, period=12, robust=robust)
    parts = np.array(found.trend) + found.seasonal + found.remainder
    assert parts == pytest.approx(y)
    assert 0 <= found.trend_strength <= 1
    assert 0 <= found.seasonal_strength <= 1


def test_tests_of_unit_roots_agree_on_clear_series() -> None:
    wanders, stays = walk(9, n=200, drift=0.0), np.random.default_rng(9).normal(0, 1, 200).tolist()
    for test in ("adf", "pp", "zivot_andrews"):
        assert call("stationarity_test", y=stays, test=test).rejected
        assert not call("stationarity_test", y=wanders, test=test).rejected
    assert not call("stationarity_test", y=stays, test="kpss").rejected
    said = call("stationarity_test", y=wanders, test="kpss")
    assert said.rejected
    assert said.null == "stationary"
    assert any("tabla" in caution.text for caution in said.warnings)


@FEW
@given(st.integers(0, 10_000), st.sampled_from([1e-5, 1e5]), st.sampled_from(["adf", "kpss", "pp"]))
def test_unit_root_statistics_ignore_unit_and_level(seed: int, unit: float, test: str) -> None:
    y = np.array(walk(seed, n=50))
    one = call("stationarity_test", y=y.tolist(), test=test)
    assert call("stationarity_test", y=(unit * (y - 40)).tolist(), test=test).stat == pytest.approx(one.stat, rel=1e-5)


def test_evaluation_forecasts_a_fixed_season_without_error() -> None:
    y = [5.0, 8.0, 2.0, 11.0] * 8
    found = call("forecast_evaluate", y=y, model="seasonal_naive", season_length=4, horizon=4, folds=5)
    assert found.mae == 0
    assert found.mase is None
    assert found.coverage == 1


def test_evaluation_of_a_drift_is_exact_on_a_line_and_never_sees_the_future() -> None:
    line = [3 + 2.0 * t for t in range(20)]
    assert call("forecast_evaluate", y=line, model="drift", horizon=3, folds=6).mae == pytest.approx(0, abs=1e-9)
    # A jump after the last origin must not change what was forecast before it: the error is the jump.
    jumped = [*line[:-1], line[-1] + 100]
    assert call("forecast_evaluate", y=jumped, model="drift", horizon=1, folds=1).mae == pytest.approx(100)


@pytest.mark.parametrize("model", ["ses", "holt", "holt_winters", "arima", "mean"])
def test_intervals_of_every_model_cover_about_what_they_say(model: str) -> None:
    y = np.random.default_rng(12).normal(100, 5, 96).tolist()
    season = 4 if model == "holt_winters" else 1
    arguments = {"order": [1, 0, 0]} if model == "arima" else {}
    found = call(
        "forecast_evaluate", y=y, model=model, horizon=2, folds=12, season_length=season, level=0.9, **arguments
    )
    assert found.coverage > 0.6
    assert found.rmse >= found.mae
    assert [step.step for step in found.by_step] == [1, 2]


def test_an_intervention_finds_a_gradual_effect_and_its_end() -> None:
    rng = np.random.default_rng(3)
    response = np.zeros(120)
    for t in range(60, 120):
        response[t] = 0.5 * response[t - 1] + 10
    y = 100 + response + rng.normal(0, 1, 120)
    dates = [f"p{t}" for t in range(120)]
    found = call("intervention", y=y.tolist(), dates=dates, events=[{"at": "p60", "decay": 0.5}])
    effect = found.effects[0]
    assert effect.low < 10 < effect.high
    assert effect.long_run == pytest.approx(2 * effect.effect)
    assert np.array(found.without) == pytest.approx(y - response * effect.effect / 10)
    with pytest.raises(InvalidInput) as outside:
        call("intervention", y=y.tolist(), dates=dates, events=[{"at": "p999"}])
    assert outside.value.argument == "events"


def test_a_relative_effect_is_that_of_the_logarithm() -> None:
    rng = np.random.default_rng(3)
    y = 100 * np.exp(rng.normal(0, 0.01, 60))
    y[30:] *= 0.8
    effect = call("intervention", y=y.tolist(), events=[{"at": 30}], transform="log").effects[0]
    assert effect.relative == pytest.approx(-0.2, abs=0.02)


def _best_by_trying(y: list[float], penalty: float, least: int, changes: int) -> float:
    """Least penalised Poisson cost over every set of at most so many changes."""
    x = np.array(y)

    def cost(a: int, b: int) -> float:
        total = x[a:b].sum()
        return float(2 * (total - (total * np.log(total / (b - a)) if total else 0.0)))

    best = np.inf
    for k in range(changes + 1):
        for points in combinations(range(1, x.size), k):
            edges = [0, *points, x.size]
            if min(np.diff(edges)) >= least:
                best = min(best, sum(cost(a, b) for a, b in zip(edges, edges[1:], strict=False)) + k * penalty)
    return float(best)


@FEW
@example([1, 2, 5, 2, 0, 5, 1, 9, 2, 5, 0], 2.0, 2)
@example([0, 9, 1, 2, 2, 0, 1, 1, 2, 9, 1], 2.0, 4)
@given(st.lists(st.integers(0, 12), min_size=8, max_size=11), st.floats(0.5, 8), st.integers(1, 3))
def test_pruning_never_loses_the_best_partition(y: list[int], penalty: float, least: int) -> None:
    found = call("changepoint", y=y, kind="poisson", penalty=penalty, least_length=least)
    assert found.cost == pytest.approx(_best_by_trying([float(v) for v in y], penalty, least, 11 // least), abs=1e-9)
    assert all(s.end - s.start >= least for s in found.segments)


@FEW
@given(st.integers(0, 10_000), st.sampled_from(["mean", "mean_variance"]))
def test_changes_do_not_depend_on_unit_or_level(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    y = np.concatenate([rng.normal(0, 1, 30), rng.normal(6, 2, 30)])
    points = call("changepoint", y=y.tolist(), kind=kind).points
    assert call("changepoint", y=(1e4 * y - 7).tolist(), kind=kind).points == points
    assert any(abs(p - 30) <= 2 for p in points)


@FEW
@given(st.integers(0, 10_000), st.sampled_from(["bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink"]))
def test_reconciled_forecasts_add_up_and_coherent_ones_stay(seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    summing = [[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    s = np.array(summing)
    errors = rng.normal(0, 1, (5, 20)).tolist()
    base = rng.uniform(1, 10, (5, 2))
    found = call("reconcile", summing=summing, base=base.tolist(), method=method, residuals=errors)
    assert np.array(found.coherent) == pytest.approx(s @ np.array(found.bottom))
    coherent = s @ base[2:]
    again = call("reconcile", summing=summing, base=coherent.tolist(), method=method, residuals=errors)
    assert np.array(again.coherent) == pytest.approx(coherent)


def test_shrinkage_lies_between_the_covariance_and_its_diagonal() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(0, 1, 200)
    errors = np.array([2 * common, common, common]) + 0.1 * rng.normal(0, 1, (3, 200))
    arguments: dict[str, Any] = {"summing": [[1, 1], [1, 0], [0, 1]], "base": [[10], [4], [5]]}
    alike = call("reconcile", **arguments, method="mint_shrink", residuals=errors.tolist())
    apart = call("reconcile", **arguments, method="mint_shrink", residuals=rng.normal(0, 1, (3, 10)).tolist())
    assert 0 <= alike.shrinkage < 0.05 < apart.shrinkage <= 1
    with pytest.raises(InvalidInput) as none:
        call("reconcile", **arguments, method="mint_shrink")
    assert none.value.argument == "residuals"


def test_a_flat_stretch_in_a_fold_is_no_result() -> None:
    with pytest.raises(NotConverged):
        call("forecast_evaluate", y=[5.0] * 20 + [6.0], model="ses", horizon=1, folds=1)


def test_the_search_tells_the_standard_errors_of_its_model_fitted_alone() -> None:
    for seed in (2, 4):
        y = walk(seed, n=80)
        found = call("auto_arima", y=y, horizon=3)
        mean, drift = "const" in found.params, "drift" in found.params
        alone = call("fit_arima", y=y, order=found.order, include_mean=mean, include_drift=drift, horizon=3)
        assert found.params == pytest.approx(alone.params, rel=1e-3, abs=1e-4)
        assert found.se == pytest.approx(alone.se, rel=0.02)
        assert found.aicc == pytest.approx(alone.aicc, abs=1e-3)
        assert found.forecast.point == pytest.approx(alone.forecast.point)


def test_the_drift_that_a_search_finds_has_the_error_of_a_mean() -> None:
    y = walk(3, n=200, drift=1.0)
    found = call("auto_arima", y=y, horizon=1)
    assert found.order == [0, 1, 0]
    assert found.se["drift"] == pytest.approx(np.diff(y).std() / np.sqrt(199), rel=0.01)


@pytest.mark.parametrize("regression", ["c", "ct"])
def test_a_break_may_be_looked_for_in_a_few_years(regression: str) -> None:
    rng = np.random.default_rng(0)
    for n in (18, 25, 33, 36, 44, 57):
        found = call("stationarity_test", y=walk(n, n=n), test="zivot_andrews", regression=regression)
        assert found.lags < 0.15 * n
        broken = np.concatenate([rng.normal(0, 1, n // 2), rng.normal(8, 1, n - n // 2)])
        at = call("stationarity_test", y=broken.tolist(), test="zivot_andrews", regression=regression).break_at
        assert abs(at - n // 2) <= 3


def test_too_many_lags_ask_for_more_values_than_there_are() -> None:
    with pytest.raises(InsufficientData) as error:
        call("stationarity_test", y=walk(1, n=40), test="zivot_andrews", regression="ct", lags=5)
    assert error.value.detail["need"] > 40


def test_the_structural_model_finds_the_higher_of_two_maxima() -> None:
    # A random walk with drift is among what the model may be; its diffuse likelihood has a closed form.
    for seed in (6, 10, 19):
        rng = np.random.default_rng(seed)
        t = np.arange(60)
        wandering = rng.uniform(-1, 2) * t + np.cumsum(rng.normal(0, rng.uniform(0, 3), 60))
        season = rng.uniform(0, 30) * np.sin(2 * np.pi * t / 12)
        y = 100 + wandering + season + rng.normal(0, rng.uniform(2, 15), 60)
        steps = np.diff(y)
        variance = float(((steps - steps.mean()) ** 2).sum() / 58)
        walking = -29 * (np.log(2 * np.pi * variance) + 1) - np.log(59) / 2 - np.log(2 * np.pi)
        assert call("structural_level", y=y.tolist(), model="local_linear").loglik > walking - 0.01


def test_the_season_before_the_first_value_begins_with_the_oldest() -> None:
    y = seasonal(3)
    found = call("exp_smoothing", y=y, trend="add", seasonal="add")
    level, slope, season = found.level0, found.trend0, list(found.seasonal0)
    sse = 0.0
    for t, value in enumerate(y):
        ahead = level + slope
        error = value - ahead - season[t % 12]
        sse += error**2
        level, slope = ahead + found.alpha * error, slope + found.beta * error
        season[t % 12] += found.gamma * error
    assert found.sse == pytest.approx(sse)
    assert found.forecast1 == pytest.approx(level + slope + season[0])


def test_an_effect_measured_against_correlated_noise_is_doubted() -> None:
    y = np.array(walk(8, n=120))
    y[78:] -= 5
    assert call("intervention", y=y.tolist(), events=[{"at": 78}]).warnings
    assert not call("intervention", y=y.tolist(), events=[{"at": 78}], order=[0, 1, 0]).warnings


def test_errors_near_a_unit_root_of_the_season_are_those_of_the_likelihood() -> None:
    rng = np.random.default_rng(61)
    t = np.arange(60)
    december, january = 0.3 * (t % 12 == 11), 0.15 * (t % 12 == 0)
    y = np.round((80_000 + 300 * t) * (1 + december + january) * np.exp(rng.normal(0, 0.04, 60)), 2)
    found = call("fit_arima", y=y.tolist(), order=[1, 1, 1], seasonal_order=[1, 0, 1, 12])
    # Second differences of the library's likelihood, of step 1e-4.
    expected = {"ar1": 0.1427, "ma1": 0.0573, "sar1": 0.0274, "sma1": 0.3074}
    assert found.se == pytest.approx(expected, rel=0.05)


def test_an_event_is_measured_on_a_series_that_hardly_errs() -> None:
    rng = np.random.default_rng(5)
    y = 100 + 5 * np.arange(48.0) + rng.normal(0, 0.5, 48)
    y[36:] -= 20
    found = call("intervention", y=y.tolist(), events=[{"at": 36}], order=[1, 0, 0], seasonal_order=[0, 1, 1, 12])
    assert found.effects[0].effect == pytest.approx(-20, abs=2)
    assert 0.1 < found.effects[0].se < 2
