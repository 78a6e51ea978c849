"""Market risk: what must hold whatever the numbers are."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engines.errors import InsufficientData, InvalidInput, NotConverged
from engines.financial.risk.backtest import basel_traffic_light, var_backtest
from engines.financial.risk.extremes import evt_gpd
from engines.financial.risk.historical import var_historical
from engines.financial.risk.parametric import expected_shortfall, var_parametric
from engines.financial.risk.scenarios import Marginal, Scenario, copula_aggregate, stress
from engines.financial.risk.solvency import RiskModules, scr_aggregate
from engines.financial.risk.volatility import ewma_vol, garch_fit, garch_update
from engines.running import compute

FEW = settings(max_examples=20, deadline=None)
SEEDS = st.integers(0, 10_000)
MONEY = st.floats(0, 1e9)


def correlation(seed: int, size: int) -> Any:
    rows = np.random.default_rng(seed).normal(size=(size, size + 1))
    return np.corrcoef(rows)


@FEW
@given(SEEDS, st.integers(1, 6), st.floats(0.51, 0.999))
def test_parts_of_the_var_sum_to_it_and_never_pass_the_undiversified(seed: int, size: int, level: float) -> None:
    chance = np.random.default_rng(seed)
    held, vols = chance.normal(size=size) * 1e6, chance.uniform(0.001, 0.05, size)
    related = correlation(seed, size) if size > 1 else np.eye(1)
    found = var_parametric(held, vols, related, level, (1, 4))
    assert sum(found.component.values()) == pytest.approx(found.var[0], rel=1e-9)
    assert found.var[0] <= found.undiversified * (1 + 1e-12)
    assert found.var[1] == pytest.approx(2 * found.var[0])
    assert found.es[0] > found.var[0]


def test_perfectly_correlated_positions_diversify_nothing() -> None:
    found = var_parametric([100.0, 300.0], [0.01, 0.02], [[1, 1], [1, 1]])
    assert found.diversification == pytest.approx(0, abs=1e-9)
    hedged = var_parametric([200.0, -100.0], [0.01, 0.02], [[1, 1], [1, 1]])
    assert hedged.var[0] == pytest.approx(0, abs=1e-9)
    with pytest.raises(InvalidInput) as caught:
        var_parametric([1.0, 2.0], [0.01, 0.02])
    assert caught.value.argument == "corr"


ROWS = st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=80)
LEVELS = st.floats(0.5, 0.99)


@FEW
@given(ROWS, LEVELS, SEEDS)
def test_historical_measures_are_ordered_and_forget_the_order_of_days(
    rows: list[float], level: float, seed: int
) -> None:
    found = var_historical(rows, level)
    assert found.var <= found.es + 1e-6
    assert found.es <= found.worst + 1e-6
    if found.var_low is not None:
        assert found.var_low <= found.var
    if found.var_high is not None:
        assert found.var <= found.var_high
    shuffled = np.random.default_rng(seed).permutation(rows)
    assert var_historical(shuffled, level).model_copy(update={"charts": ()}) == found.model_copy(update={"charts": ()})


@FEW
@given(ROWS, LEVELS, st.floats(0.1, 100), st.floats(-1e3, 1e3))
def test_historical_measures_follow_scale_and_shift(rows: list[float], level: float, unit: float, shift: float) -> None:
    base = var_historical(rows, level)
    moved = var_historical([value * unit + shift for value in rows], level)
    assert moved.var == pytest.approx(base.var * unit - shift, rel=1e-9, abs=1e-6)
    assert moved.es == pytest.approx(base.es * unit - shift, rel=1e-9, abs=1e-6)


@FEW
@given(ROWS, st.integers(1, 40))
def test_the_var_is_the_greatest_loss_that_weighs_enough(rows: list[float], per_mille: int) -> None:
    level = 1 - per_mille / 100
    if level < 0.5:
        return
    losses = sorted((-value for value in rows), reverse=True)
    enough = [v for v in losses if sum(w >= v for w in losses) >= len(rows) * per_mille / 100 - 1e-9]
    assert var_historical(rows, level).var == max(enough)
    # A decay of almost one weighs all days alike.
    slow = var_historical(rows, level, weights="exp", lambda_=1 - 1e-13)
    assert slow.es == pytest.approx(var_historical(rows, level).es, rel=1e-6, abs=1e-3)


@FEW
@given(SEEDS, LEVELS)
def test_expected_shortfall_of_a_sum_is_at_most_the_sum(seed: int, level: float) -> None:
    one, other = np.random.default_rng(seed).standard_t(2.5, (2, 60))
    together = expected_shortfall(losses=one + other, confidence=level, distribution="empirical").es
    apart = [expected_shortfall(losses=v, confidence=level, distribution="empirical").es for v in (one, other)]
    assert together <= sum(apart) + 1e-9


def test_the_interval_covers_the_true_quantile_as_often_as_it_says() -> None:
    chance = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        found = var_historical(chance.uniform(-1, 0, 300), 0.9)
        assert found.var_low is not None
        assert found.var_high is not None
        covered += found.var_low <= 0.9 <= found.var_high
    assert found.ci_coverage is not None
    assert found.ci_coverage >= 0.95
    assert covered / 400 == pytest.approx(found.ci_coverage, abs=0.035)


def test_a_thin_tail_is_said_and_drawn() -> None:
    found = var_historical(np.arange(20.0) - 15, 0.99)
    said = " ".join(caution.text for caution in found.warnings)
    assert found.var_high is None
    assert "extremo superior" in said
    assert "poco documentada" in said
    spread, tail = found.charts
    assert [series.name for series in spread.series[1:]] == ["VaR", "pérdida esperada en la cola (ES)"]
    assert spread.series[1].x == (found.var, found.var)
    assert dict(tail.marks) == {"VaR": found.var, "pérdida esperada en la cola (ES)": found.es}
    assert sum(y for y in spread.series[0].y if y) == 20


def test_filtering_brings_old_calm_days_to_todays_unrest() -> None:
    chance = np.random.default_rng(0)
    calm, wild = chance.normal(0, 1, 500), chance.normal(0, 5, 100)
    plain = var_historical(np.concatenate([calm, wild]), 0.95)
    filtered = var_historical(np.concatenate([calm, wild]), 0.95, filtered=True)
    assert filtered.var > 1.3 * plain.var
    rows = chance.normal(size=40)
    variances = [float((rows**2).mean())]
    for value in rows:
        variances.append(0.94 * variances[-1] + 0.06 * value**2)
    by_hand = [value * np.sqrt(variances[-1] / before) for value, before in zip(rows, variances, strict=False)]
    assert var_historical(rows, 0.9, filtered=True).var == pytest.approx(var_historical(by_hand, 0.9).var)
    steady = np.tile([1.0, -1.0], 50)
    assert var_historical(steady, filtered=True).var == pytest.approx(1)
    with pytest.raises(InvalidInput):
        var_historical([0.0] * 20, filtered=True)


@FEW
@given(st.floats(-10, 10), st.floats(0.1, 100), st.floats(0.6, 0.999))
def test_student_losses_become_normal_with_many_degrees(mean: float, sd: float, level: float) -> None:
    normal = expected_shortfall(mean, sd, level)
    student = expected_shortfall(mean, sd, level, "t", df=1e6)
    assert student.var == pytest.approx(normal.var, rel=1e-4, abs=1e-4 * sd)
    assert student.es == pytest.approx(normal.es, rel=1e-4, abs=1e-4 * sd)
    # The mean of the quantiles beyond the level, by a fine sum.
    levels = level + (1 - level) * (np.arange(20_000) + 0.5) / 20_000
    beyond = mean + sd * np.sqrt(3 / 5) * stats.t.ppf(levels, 5).mean()
    assert expected_shortfall(mean, sd, level, "t", df=5).es == pytest.approx(beyond, rel=1e-3, abs=1e-3 * sd)
    heavy = expected_shortfall(mean, sd, 0.999, "t", df=3)
    assert heavy.es > expected_shortfall(mean, sd, 0.999).es


def test_a_distribution_names_what_it_lacks() -> None:
    for argument, call in (
        ("mean", lambda: expected_shortfall(sd=1)),
        ("sd", lambda: expected_shortfall(mean=1)),
        ("df", lambda: expected_shortfall(mean=1, sd=1, distribution="t")),
        ("losses", lambda: expected_shortfall(distribution="empirical")),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.argument == argument


@FEW
@given(st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=20), st.floats(0.5, 0.99), st.floats(0.001, 0.1))
def test_ewma_through_a_series_is_its_steps(rows: list[float], decay: float, vol: float) -> None:
    step = vol
    for value in rows:
        step = ewma_vol(decay, vol_prev=step, return_prev=value).vol
    assert ewma_vol(decay, vol_prev=vol, returns=rows).vol == pytest.approx(step)


@FEW
@given(st.floats(1e-7, 1e-4), st.floats(0, 0.3), st.floats(0, 0.69))
def test_garch_stays_at_its_long_run(omega: float, alpha: float, beta: float) -> None:
    lasting = garch_update(omega, alpha, beta, 0.01, 0.0).long_run
    assert lasting is not None
    assert garch_update(omega, alpha, beta, lasting, lasting).vol == pytest.approx(lasting)
    explosive = garch_update(omega, 0.5, 0.5, 0.01, 0.0)
    assert explosive.long_run is None
    assert explosive.warnings


def simulated(seed: int, size: int) -> Any:
    chance = np.random.default_rng(seed)
    rows, variance = np.empty(size), 1.0
    for place in range(size):
        rows[place] = np.sqrt(variance) * chance.standard_normal()
        variance = 0.1 + 0.1 * rows[place] ** 2 + 0.8 * variance
    return rows


def test_garch_finds_what_made_the_series_in_any_unit() -> None:
    rows = simulated(3, 4000)
    found = garch_fit(rows, horizon=250)
    assert found.params["alpha"] == pytest.approx(0.1, abs=3 * found.se["alpha"])
    assert found.params["beta"] == pytest.approx(0.8, abs=3 * found.se["beta"])
    assert found.long_run is not None
    assert found.forecast[-1] == pytest.approx(found.long_run, rel=1e-3)
    small = garch_fit(rows * 1e-4)
    assert small.params["alpha"] == pytest.approx(found.params["alpha"], abs=1e-6)
    assert small.params["omega"] == pytest.approx(found.params["omega"] * 1e-8, rel=1e-5)
    assert small.loglik == pytest.approx(found.loglik + 4000 * np.log(1e4))
    # A step by hand from the last volatility is the first forecast.
    p = found.params
    stepped = garch_update(p["omega"], p["alpha"], p["beta"], found.last_vol, rows[-1] - p["mu"])
    assert found.forecast[0] == pytest.approx(stepped.vol)


def test_more_lags_and_heavier_shocks_never_fit_worse() -> None:
    rows = simulated(5, 1500)
    plain = garch_fit(rows)
    heavy = garch_fit(rows, dist="t")
    longer = garch_fit(rows, p=2)
    assert heavy.loglik >= plain.loglik - 0.5
    assert "nu" in heavy.params
    assert longer.loglik >= plain.loglik - 1e-3
    assert {"alpha1", "alpha2", "beta"} <= longer.params.keys()
    assert "mu" not in garch_fit(rows, mean="zero").params
    with pytest.raises(InsufficientData):
        garch_fit(rows[:99])
    with pytest.raises(InvalidInput):
        garch_fit(np.full(200, 0.3))


@FEW
@given(st.integers(100, 2000), st.sampled_from([0.9, 0.95, 0.99]))
def test_exceptions_as_expected_are_never_rejected(days: int, coverage: float) -> None:
    right = round(days * (1 - coverage))
    found = var_backtest(coverage, days * 100, right * 100) if right == days * (1 - coverage) else None
    if found is not None:
        assert found.lr == pytest.approx(0, abs=1e-6)
    none, all_days = var_backtest(coverage, days, 0), var_backtest(coverage, days, days)
    assert none.lr == pytest.approx(-2 * days * np.log(coverage))
    assert none.binomial_upper_tail == 1
    assert all_days.reject_5pct


def test_exceptions_in_a_row_are_not_independent() -> None:
    row = [0] * 95 + [1] * 5
    together = var_backtest(0.95, hits=row)
    apart = var_backtest(0.95, hits=([0] * 19 + [1]) * 5)
    assert together.lr == apart.lr
    assert together.p_independence is not None
    assert apart.p_independence is not None
    assert together.p_independence < 0.01 < apart.p_independence
    assert together.lr_conditional == pytest.approx(together.lr + (together.lr_independence or 0))
    for argument, call in (
        ("hits", lambda: var_backtest(hits=[0, 2, 0])),
        ("exceptions", lambda: var_backtest(exceptions=4, hits=row)),
        ("observations", lambda: var_backtest(exceptions=4)),
        ("exceptions", lambda: var_backtest(observations=3, exceptions=4)),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.argument == argument


def test_the_traffic_light_only_reddens() -> None:
    found = basel_traffic_light(tuple(range(21)))
    order = ["green", "yellow", "red"]
    assert [order.index(zone) for zone in found.zones] == sorted(order.index(zone) for zone in found.zones)
    assert list(found.plus) == sorted(p for p in found.plus if p is not None)
    assert basel_traffic_light((3,), observations=500).plus == (None,)
    with pytest.raises(InvalidInput):
        basel_traffic_light((300,))


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.floats(0.01, 1000))
def test_the_fitted_tail_follows_the_unit(seed: int, unit: float) -> None:
    rows = np.random.default_rng(seed).pareto(3, 400) + 1
    base, scaled = evt_gpd(rows, 1.5), evt_gpd(rows * unit, 1.5 * unit)
    assert scaled.xi == pytest.approx(base.xi, abs=1e-4)
    assert scaled.beta == pytest.approx(base.beta * unit, rel=1e-4)
    assert scaled.var == pytest.approx(base.var * unit, rel=1e-4)
    assert base.es is not None
    assert base.var > 1.5
    assert base.es > base.var


def test_the_tail_tells_its_weaknesses() -> None:
    chance = np.random.default_rng(1)
    exact = evt_gpd(chance.pareto(2, 20_000) + 1, 1.0, 0.99)
    assert exact.se is not None
    assert exact.xi == pytest.approx(0.5, abs=4 * exact.se["xi"])
    assert exact.var == pytest.approx(10, rel=0.1)
    endless = evt_gpd(chance.pareto(0.6, 500), 0.5)
    assert endless.es is None
    assert any("no existe" in caution.text for caution in endless.warnings)
    few = evt_gpd(chance.exponential(size=200), float(np.log(8)))
    assert any("menos de 30" in caution.text for caution in few.warnings)
    with pytest.raises(InvalidInput) as caught:
        evt_gpd(chance.exponential(size=1000), 4.0, 0.9)
    assert caught.value.argument == "confidence"
    with pytest.raises(InsufficientData):
        evt_gpd([1.0] * 100, 2.0)
    with pytest.raises(NotConverged):
        evt_gpd(1 - np.arange(50) ** 6 / 1e12, -1.0, 0.99)


@FEW
@given(st.lists(MONEY, min_size=5, max_size=5), MONEY)
def test_the_bscr_lies_between_the_greatest_module_and_their_sum(capital: list[float], intangible: float) -> None:
    names = ("market", "default", "life", "health", "non_life")
    found = scr_aggregate(RiskModules(**dict(zip(names, capital, strict=True))), intangible)
    together = found.bscr - intangible
    assert max(capital) - 1e-3 <= together <= sum(capital) + 1e-3
    assert sum(found.contributions.values()) == pytest.approx(together, abs=1e-3)
    assert found.scr is None
    assert found.diversification == pytest.approx(sum(capital) - together, abs=1e-3)
    full = scr_aggregate(RiskModules(**dict(zip(names, capital, strict=True))), intangible, 10.0, -4.0)
    assert full.scr == pytest.approx(full.bscr + 6)


def test_the_table_is_that_of_the_day() -> None:
    modules = RiskModules(market=1, default=0, life=0, health=0, non_life=0)
    assert "2009/138/CE" in scr_aggregate(modules, 0, on=date(2020, 1, 1)).table
    with pytest.raises(InvalidInput) as caught:
        scr_aggregate(modules, 0, on=date(2015, 12, 31))
    assert caught.value.argument == "on"
    with pytest.raises(InvalidInput):
        scr_aggregate(modules, 0, adjustment=5)


@FEW
@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(-1e9, 1e9), min_size=1), st.floats(-1, 1))
def test_stress_is_linear(exposures: dict[str, float], shock: float) -> None:
    line = next(iter(exposures))
    once, twice = (Scenario(name=str(k), shocks={line: shock * k}) for k in (1, 2))
    found = stress(exposures, (once, twice))
    assert found.scenarios[1].loss == pytest.approx(2 * found.scenarios[0].loss)
    assert found.scenarios[0].loss == pytest.approx(-exposures[line] * shock)
    assert found.loss == max(one.loss for one in found.scenarios)
    with pytest.raises(InvalidInput) as caught:
        stress(exposures, (Scenario(name="x", shocks={"oro": -1.0}),))
    assert caught.value.argument == "scenarios"


LINES = (
    Marginal(name="autos", distribution="lognormal", mean=100, sd=40),
    Marginal(name="hogar", distribution="gamma", mean=50, sd=25),
    Marginal(name="decesos", distribution="empirical", sample=[float(v) for v in range(10, 60)]),
)
SOME = [[1, 0.5, 0.3], [0.5, 1, 0.2], [0.3, 0.2, 1]]


def test_the_same_seed_gives_the_same_losses() -> None:
    first, again = (copula_aggregate(LINES, SOME, n=5000, seed=7) for _ in range(2))
    assert first == again
    assert copula_aggregate(LINES, SOME, n=5000, seed=8).var != first.var
    assert first.mean == pytest.approx(100 + 50 + 34.5, abs=4 * first.mean_error)
    assert first.es > first.var


def test_dependence_takes_the_diversification_away() -> None:
    one = np.ones((3, 3)).tolist()
    comonotone = copula_aggregate(LINES, one, confidence=0.95, n=40_000)
    assert comonotone.diversification == pytest.approx(0, abs=0.01 * comonotone.var)
    free = copula_aggregate(LINES, np.eye(3).tolist(), confidence=0.95, n=40_000)
    assert free.diversification > 0.1 * comonotone.var
    gauss = copula_aggregate(LINES, SOME, confidence=0.999, n=50_000)
    student = copula_aggregate(LINES, SOME, copula="t", df=3, confidence=0.999, n=50_000)
    assert student.es > gauss.es


def test_a_line_says_what_it_lacks() -> None:
    for line in (
        Marginal(name="a", distribution="lognormal", mean=1),
        Marginal(name="a", distribution="gamma", mean=-1, sd=1),
        Marginal(name="a", distribution="empirical"),
        Marginal(name="a", distribution="normal", mean=1, sd=0),
    ):
        with pytest.raises(InvalidInput) as caught:
            copula_aggregate((line,), [[1]], n=1000)
        assert caught.value.argument == "marginals"


def test_the_decay_is_called_lambda() -> None:
    found = compute("risk_var_historical", {"pnl": list(range(-50, 50)), "weights": "exp", "lambda": 0.9})
    assert "exp" in found.method
    with pytest.raises(InvalidInput):
        compute("risk_var_historical", {"pnl": list(range(50)), "confidence": 0.4})


def told(found: Any) -> str:
    return " ".join(caution.text.format(**caution.values) for caution in found.warnings)


@pytest.mark.parametrize(("n", "confidence"), [(1000, 0.95), (500, 0.9), (300, 0.85), (2000, 0.99)])
def test_the_threshold_may_be_the_quantile_that_is_asked_for(n: int, confidence: float) -> None:
    losses = np.random.default_rng(3).lognormal(8, 1.2, n)
    threshold = float(np.quantile(losses, confidence))
    found = evt_gpd(losses, threshold, confidence)
    assert found.exceedances == round(n * (1 - confidence))
    assert found.var == pytest.approx(threshold)
    assert found.var >= threshold


def test_a_sample_says_when_its_tail_is_thin() -> None:
    losses = np.random.default_rng(1).lognormal(7, 1.5, 4000)
    assert "Solo 1 " in told(expected_shortfall(losses=losses[:40], distribution="empirical"))
    assert not expected_shortfall(losses=losses, distribution="empirical").warnings


def test_returns_of_constant_volatility_are_fitted_at_the_edge_and_it_is_told() -> None:
    # Independent shocks of Student: most such series put alpha or beta at zero, where the Hessian is often singular.
    found = [
        compute("risk_garch_fit", {"y": (np.random.default_rng(s).standard_t(5, 250) * 0.01).tolist(), "errors": kind})
        for s in (0, 1, 4)
        for kind in ("classic", "robust")
    ]
    assert any("En el borde" in told(one) for one in found)
    without = [one for one in found if None in one.model_dump()["se"].values()]
    assert without
    for one in without:
        row = one.model_dump()
        assert {*row["se"].values(), *row["t"].values(), *row["p_values"].values()} == {None}
        assert "no existen los errores estándar" in told(one)
    assert all("menos de 500" in told(one) for one in found)
    assert not compute("risk_garch_fit", {"y": simulated(3, 2000).tolist()}).warnings


@pytest.mark.parametrize("weights", ["flat", "exp"])
def test_the_drawn_tail_passes_through_the_var(weights: str) -> None:
    # Old days lost ten times as much: by exponential weights they hardly count.
    pnl = np.random.default_rng(2).standard_t(4, 800) * np.repeat([10, 1], 400)
    found = compute("risk_var_historical", {"pnl": pnl.tolist(), "weights": weights, "confidence": 0.95})
    line = found.charts[1].series[0]
    assert max(size for level, size in zip(line.x, line.y, strict=True) if level < 94.99) <= found.var
    assert min(size for level, size in zip(line.x, line.y, strict=True) if level > 95.01) >= found.var


def test_volatilities_in_percent_are_told() -> None:
    assert "tanto por uno" in told(var_parametric([1e6], [1.2]))
    assert not var_parametric([1e6], [0.012]).warnings


def test_each_number_of_exceptions_is_drawn_once() -> None:
    found = basel_traffic_light((6, 3, 6))
    assert found.zones == ("yellow", "green", "yellow")
    assert found.charts[0].series[0].x == (3.0, 6.0)
    assert found.charts[0].series[0].y == (found.cumulative[1], found.cumulative[0])


def test_a_sample_too_short_for_the_confidence_is_told() -> None:
    assert "decesos es corta para el 99.5 %" in told(copula_aggregate(LINES, SOME, n=50_000))
    assert "es corta" not in told(copula_aggregate(LINES, SOME, confidence=0.95, n=50_000))
    assert "es corta" not in told(copula_aggregate(LINES[:2], [[1, 0.5], [0.5, 1]], n=50_000))


def test_an_adjustment_without_operational_risk_is_told_to_be_unused() -> None:
    modules = RiskModules(market=10, default=1, life=0, health=0, non_life=8)
    assert "no se ha usado" in told(scr_aggregate(modules, 0, adjustment=-2))
    assert not scr_aggregate(modules, 0, operational=1, adjustment=-2).warnings
    assert not scr_aggregate(modules, 0).warnings
