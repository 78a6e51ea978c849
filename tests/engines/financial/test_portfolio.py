"""Portfolios: what must hold whatever the numbers are."""

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.financial.portfolio.allocation import hrp, risk_parity, shrink_cov
from engines.financial.portfolio.balance import Payment, asset_liability
from engines.financial.portfolio.bonds import Curve, bond_analytics
from engines.financial.portfolio.optimise import frontier, optimise
from engines.financial.portfolio.performance import CashFlow, performance
from engines.financial.portfolio.programme import Group
from engines.financial.portfolio.views import black_litterman, implied_returns

FEW = settings(max_examples=15, deadline=None)
SEEDS = st.integers(0, 10_000)


def some_market(seed: int, size: int = 4) -> tuple[Any, Any]:
    """Expected returns and covariances of a plausible market."""
    chance = np.random.default_rng(seed)
    factors = chance.normal(size=(size, 2))
    sd = chance.uniform(0.05, 0.3, size)
    related = factors @ factors.T + np.diag(chance.uniform(0.3, 1.0, size))
    scale = np.sqrt(np.diag(related))
    return chance.uniform(0.01, 0.12, size), related / np.outer(scale, scale) * np.outer(sd, sd)


def weights_of(found: Any) -> Any:
    return np.array(list(found.weights.values()))


@FEW
@given(SEEDS, st.integers(2, 7))
def test_weights_sum_to_one_and_keep_their_bounds(seed: int, size: int) -> None:
    mean, cov = some_market(seed, size)
    found = optimise(
        ("max_sharpe", "min_variance", "max_diversification"), mean=mean, cov=cov, bounds=np.array([[0.05, 0.6]])
    )
    for one in found.portfolios:
        weights = weights_of(one)
        assert weights.sum() == pytest.approx(1, abs=1e-8)
        assert weights.min() >= 0.05
        assert weights.max() <= 0.6


@FEW
@given(SEEDS)
def test_each_objective_beats_every_other_portfolio_at_its_own_game(seed: int) -> None:
    mean, cov = some_market(seed)
    found = optimise(("max_sharpe", "min_variance", "max_diversification"), mean=mean, cov=cov, risk_free=0.005)
    sharpe, smallest, diverse = found.portfolios
    for weights in np.random.default_rng(seed).dirichlet(np.ones(4), 200):
        sd = float(np.sqrt(weights @ cov @ weights))
        assert (weights @ mean - 0.005) / sd <= sharpe.sharpe + 1e-7  # type: ignore[operator]
        assert sd >= smallest.sd - 1e-9
        assert weights @ np.sqrt(np.diag(cov)) / sd <= diverse.diversification + 1e-7  # type: ignore[operator]


@FEW
@given(SEEDS)
def test_with_short_sales_the_least_variance_is_the_closed_form(seed: int) -> None:
    _, cov = some_market(seed)
    exact = np.linalg.solve(cov, np.ones(4))
    found = optimise("min_variance", cov=cov, bounds=[[-50, 50]])
    assert weights_of(found) == pytest.approx(exact / exact.sum(), abs=1e-5)
    assert found.mean is None


@FEW
@given(SEEDS, st.floats(1e-3, 1e3))
def test_units_and_order_do_not_matter(seed: int, unit: float) -> None:
    mean, cov = some_market(seed)
    base = weights_of(optimise("max_sharpe", mean=mean, cov=cov))
    scaled = weights_of(optimise("max_sharpe", mean=mean * unit, cov=cov * unit**2))
    turned = weights_of(optimise("max_sharpe", mean=mean[::-1], cov=cov[::-1, ::-1].copy()))
    assert scaled == pytest.approx(base, abs=1e-5)
    assert turned[::-1] == pytest.approx(base, abs=1e-5)


@FEW
@given(SEEDS)
def test_the_least_cvar_is_least(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = chance.standard_t(3, (60, 3)) * [0.01, 0.02, 0.03] + 0.002
    best, other = optimise(("min_cvar", "min_variance"), returns=rows, confidence=0.9).portfolios
    assert best.cvar is not None
    assert other.cvar is not None
    assert best.cvar <= other.cvar + 1e-9
    for weights in chance.dirichlet(np.ones(3), 50):
        losses = np.sort(-(rows @ weights))[::-1]
        assert losses[:6].mean() >= best.cvar - 1e-9


def test_groups_turnover_and_costs_bind() -> None:
    mean, cov = np.array([0.02, 0.05, 0.09]), np.diag([0.01, 0.04, 0.09])
    names = ["deuda", "inmuebles", "acciones"]
    risky = Group(name="riesgo", assets=("inmuebles", "acciones"), high=0.2)
    grouped = optimise("max_sharpe", mean=mean, cov=cov, assets=names, groups=(risky,))
    assert grouped.weights["inmuebles"] + grouped.weights["acciones"] == pytest.approx(0.2, abs=1e-6)
    held = [1.0, 0.0, 0.0]
    slow = optimise("max_sharpe", mean=mean, cov=cov, previous=held, turnover=0.1).portfolios[0]
    assert slow.traded == pytest.approx(0.1, abs=1e-6)
    dear = optimise("max_sharpe", mean=mean, cov=cov, previous=held, cost=0.5).portfolios[0]
    assert dear.traded == pytest.approx(0, abs=1e-6)
    dear_cvar = optimise("min_cvar", returns=[[0.1, 0], [-0.1, 0]], previous=[1, 0], cost=9.0).portfolios[0]
    assert dear_cvar.traded == pytest.approx(0, abs=1e-9)


def test_impossible_rules_never_give_weights() -> None:
    mean, cov = some_market(1)
    with pytest.raises(NotConverged) as caught:
        optimise("min_variance", mean=mean, cov=cov, bounds=[[0, 0.2]])
    assert caught.value.argument == "bounds"
    with pytest.raises(NotConverged):
        optimise("target_return", mean=mean, cov=cov, target_return=0.5)
    with pytest.raises(NotConverged):
        optimise("min_cvar", returns=np.random.default_rng(0).normal(size=(20, 2)), bounds=[[0, 0.2]])
    with pytest.raises(InvalidInput) as poor:
        optimise("max_sharpe", mean=mean, cov=cov, risk_free=0.5)
    assert poor.value.argument == "mean"
    with pytest.raises(InvalidInput) as unknown:
        optimise("min_variance", cov=cov, groups=(Group(name="g", assets=("oro",)),))
    assert unknown.value.argument == "groups"


def test_what_is_missing_or_given_twice_is_named() -> None:
    mean, cov = some_market(2)
    for argument, call in (
        ("cov", lambda: optimise("min_variance", mean=mean)),
        ("sd", lambda: optimise("min_variance", sd=[0.1] * 4, cov=cov)),
        ("mean", lambda: optimise("max_sharpe", cov=cov)),
        ("returns", lambda: optimise("min_cvar", cov=cov)),
        ("target_return", lambda: optimise("target_return", mean=mean, cov=cov)),
        ("previous", lambda: optimise("min_variance", cov=cov, turnover=0.1)),
        ("bounds", lambda: optimise("min_variance", cov=cov, bounds=[[0.5, 0.1]])),
        ("assets", lambda: optimise("min_variance", cov=cov, assets=["a", "a", "b", "c"])),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.argument == argument


def test_five_hundred_assets_are_one_call_and_more_are_refused() -> None:
    chance = np.random.default_rng(0)
    factors = np.abs(chance.normal(size=(500, 8))) * 0.02
    cov = factors @ factors.T + np.diag(chance.uniform(1e-4, 4e-4, 500))
    weights = weights_of(optimise("min_variance", cov=(cov + cov.T) / 2))
    assert weights.sum() == pytest.approx(1, abs=1e-7)
    slopes = cov @ weights
    held = weights > 1e-5
    # At the optimum all that is held has the same marginal risk, and nothing left out has less.
    assert slopes[held] == pytest.approx(float(weights @ slopes), rel=1e-3)
    assert slopes[~held].min() >= float(weights @ slopes) * (1 - 1e-3)
    with pytest.raises(LimitExceeded):
        optimise("min_variance", sd=np.full(501, 0.1))


@FEW
@given(SEEDS)
def test_the_frontier_rises_and_begins_at_the_least_variance(seed: int) -> None:
    mean, cov = some_market(seed)
    found = frontier(mean=mean, cov=cov, points=6)
    assert found.sd[0] == pytest.approx(optimise("min_variance", cov=cov).sd, rel=1e-6)
    assert found.mean[-1] == pytest.approx(mean.max(), abs=1e-7)
    for (low, high), (near, far) in zip(pairwise(found.mean), pairwise(found.sd), strict=True):
        assert high >= low - 1e-9
        assert far >= near - 1e-9
    # Convex: no point lies above the chord of its neighbours (risk is convex in the mean).
    assert (np.diff(found.sd, 2) >= -1e-7).all()


@FEW
@given(SEEDS)
def test_implied_returns_lead_back_to_the_market(seed: int) -> None:
    _, cov = some_market(seed)
    held = np.random.default_rng(seed).dirichlet(np.ones(4) * 5)
    pi = implied_returns(held, 2.5, cov=cov).pi
    if min(pi) > 1e-4:
        assert weights_of(optimise("max_sharpe", mean=pi, cov=cov)) == pytest.approx(held, abs=1e-4)
    full = optimise("max_sharpe", mean=pi, cov=cov, bounds=[[-1, 1]])
    assert weights_of(full) == pytest.approx(held, abs=1e-4)


@FEW
@given(SEEDS, st.floats(-0.2, 0.2))
def test_views_count_as_much_as_they_are_sure(seed: int, view: float) -> None:
    _, cov = some_market(seed)
    held = [0.4, 0.3, 0.2, 0.1]
    picks = [[1.0, -1.0, 0.0, 0.0]]
    prior = implied_returns(held, 2.5, cov=cov).pi
    doubtful = black_litterman(held, 2.5, picks, [view], cov=cov, omega=[1e9])
    certain = black_litterman(held, 2.5, picks, [view], cov=cov, omega=[1e-14])
    assert doubtful.mu == pytest.approx(prior, abs=1e-6)
    assert certain.mu[0] - certain.mu[1] == pytest.approx(view, abs=1e-6)
    assert certain.prior == pytest.approx(prior)
    # Without views the means are still uncertain: all covariances grow by tau, and all weights shrink.
    assert np.array(doubtful.cov) == pytest.approx(cov * 1.05, rel=1e-6)
    assert doubtful.weights == pytest.approx(np.array(held) / 1.05, abs=1e-4)
    assert (np.array(certain.mu_sd) <= np.array(doubtful.mu_sd) + 1e-12).all()


def test_views_on_a_riskless_mix_are_refused() -> None:
    with pytest.raises(SingularMatrix) as caught:
        black_litterman([0.5, 0.5], 2.5, [[1, 0]], [0.05], vol=[0.1, 0.2], corr=[[1, 1], [1, 1]])
    assert caught.value.argument == "corr"
    with pytest.raises(InvalidInput) as empty:
        black_litterman([0.5, 0.5], 2.5, [[0, 0]], [0.05], vol=[0.1, 0.2], corr=[[1, 0], [0, 1]])
    assert empty.value.argument == "picks"


@FEW
@given(SEEDS, st.integers(2, 8))
def test_risk_is_shared_out_as_budgeted(seed: int, size: int) -> None:
    _, cov = some_market(seed, size)
    budgets = np.random.default_rng(seed).uniform(0.001, 1, size)
    found = risk_parity(cov=cov, budgets=budgets)
    assert found.contributions == pytest.approx(budgets / budgets.sum(), abs=1e-9)
    assert sum(found.weights) == pytest.approx(1)
    assert min(found.weights) > 0


def test_parity_of_uncorrelated_assets_is_inverse_deviation() -> None:
    assert risk_parity(vol=[0.1, 0.2, 0.4]).weights == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    with pytest.raises(NotConverged):
        risk_parity(vol=[0.1, 0.2], corr=[[1, -1], [-1, 1]])
    with pytest.raises(InvalidInput):
        risk_parity(vol=[0.1, 0.0])


@FEW
@given(SEEDS)
def test_hierarchical_weights_are_shares_that_scale_does_not_change(seed: int) -> None:
    rows = np.random.default_rng(seed).multivariate_normal(np.zeros(5), some_market(seed, 5)[1], 60)
    found = hrp(rows)
    assert sum(found.weights) == pytest.approx(1)
    assert min(found.weights) > 0
    assert hrp(rows * 1000).weights == pytest.approx(found.weights)
    assert sorted(found.order) == sorted(found.assets)
    assert found.tree[-1].size == 5


@FEW
@given(SEEDS, st.integers(3, 40))
def test_shrinking_keeps_the_total_variance_and_makes_it_invertible(seed: int, periods: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(periods, 6)) * 1e-3
    found = shrink_cov(rows)
    sample = np.cov(rows, rowvar=False, bias=True)
    assert 0 <= found.intensity <= 1
    assert np.trace(found.cov) == pytest.approx(np.trace(sample))
    assert np.linalg.eigvalsh(found.cov)[0] > 0
    assert bool(found.warnings) == (periods < 6)
    assert shrink_cov(rows * 1e6).intensity == pytest.approx(found.intensity)


@FEW
@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=30))
def test_time_weighting_links_and_the_fall_is_the_deepest(rows: list[float]) -> None:
    found = performance(rows, frequency=12)
    wealth = np.concatenate([[1.0], np.cumprod(1 + np.array(rows))])
    falls = [1 - wealth[j] / wealth[i] for i in range(len(wealth)) for j in range(i, len(wealth))]
    assert found.twr == pytest.approx(wealth[-1] - 1, abs=1e-9)
    assert found.max_drawdown == pytest.approx(max(falls), abs=1e-9)
    assert found.drawdown_from is not None
    assert found.drawdown_to is not None
    assert wealth[found.drawdown_to] / wealth[found.drawdown_from] == pytest.approx(1 - max(falls), abs=1e-9)


@FEW
@given(st.floats(-0.9, 5), st.integers(30, 3000))
def test_the_internal_rate_of_one_payment_is_its_growth(rate: float, days: int) -> None:
    start = date(2020, 1, 1)
    end = date.fromordinal(start.toordinal() + days)
    flows = (CashFlow(on=start, amount=-1000), CashFlow(on=end, amount=1000 * (1 + rate) ** (days / 365)))
    found = performance(flows=flows)
    assert found.mwr == pytest.approx(rate, abs=1e-8)
    assert found.twr is None


def test_what_has_no_ratio_has_none() -> None:
    flat = performance([0.01] * 24)
    assert flat.sharpe is None
    assert flat.sortino is None
    assert flat.max_drawdown == 0
    lost = performance([0.1, -1.0, 0.5])
    assert lost.twr == -1
    assert lost.max_drawdown == 1
    assert lost.warnings[0].text.startswith("Menos de un año")
    with pytest.raises(InvalidInput) as caught:
        performance(flows=(CashFlow(on=date(2020, 1, 1), amount=1), CashFlow(on=date(2021, 1, 1), amount=1)))
    assert caught.value.argument == "flows"
    with pytest.raises(InvalidInput):
        performance()


RATES = st.floats(-0.02, 0.2)


@FEW
@given(RATES, st.floats(0, 0.2), st.integers(1, 30), st.sampled_from([1, 2, 4, 12]))
def test_price_and_yield_lead_to_each_other(rate: float, coupon: float, years: int, frequency: Any) -> None:
    priced = bond_analytics(1000, coupon, years, frequency, yield_continuous=rate)
    back = bond_analytics(1000, coupon, years, frequency, price=priced.price)
    assert back.yield_continuous == pytest.approx(rate, abs=1e-9)
    step = 1e-5
    up = bond_analytics(1000, coupon, years, frequency, yield_continuous=rate + step).price
    down = bond_analytics(1000, coupon, years, frequency, yield_continuous=rate - step).price
    assert priced.duration == pytest.approx((down - up) / (2 * step) / priced.price, rel=1e-5)
    assert priced.convexity == pytest.approx((up - 2 * priced.price + down) / step**2 / priced.price, rel=1e-3)
    compounded = bond_analytics(1000, coupon, years, frequency, yield_compounded=priced.yield_compounded)
    assert compounded.price == pytest.approx(priced.price)


@FEW
@given(st.lists(RATES, min_size=3, max_size=3), st.integers(1, 20), st.sampled_from([1, 2, 4]))
def test_a_bond_that_pays_the_par_yield_is_worth_its_face(rates: list[float], years: int, frequency: Any) -> None:
    curve = Curve(times=[1, 5, 15], rates=rates)
    par = bond_analytics(100, 0.03, years, frequency, zero_curve=curve).par_yield_pct
    if par >= 0:
        assert bond_analytics(100, par / 100, years, frequency, zero_curve=curve).price == pytest.approx(100)
    bullet = bond_analytics(100, 0, years, frequency, zero_curve=curve)
    assert bullet.duration == pytest.approx(years)


def test_a_bond_needs_one_way_to_its_price() -> None:
    for given_ways in ({}, {"yield_continuous": 0.1, "price": 90.0}):
        with pytest.raises(InvalidInput):
            bond_analytics(100, 0.1, 3, **given_ways)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as caught:
        bond_analytics(100, 0.1, 3, zero_curve=Curve(times=[2, 1], rates=[0.1, 0.1]))
    assert caught.value.argument == "zero_curve"
    with pytest.raises(NotConverged):
        bond_analytics(100, 0.1, 3, price=1e12)


@FEW
@given(st.sampled_from([-0.01, 0.0, 0.001, 0.03, 0.08]), st.floats(1, 30), st.floats(1, 1e7))
def test_matched_flows_need_no_capital(rate: float, years: float, amount: float) -> None:
    curve = Curve(times=[1, 40], rates=[rate, rate])
    same = (Payment(years=years, amount=amount),)
    matched = asset_liability(same, same, curve)
    assert matched.scr_interest == 0
    assert matched.duration_gap == pytest.approx(0, abs=1e-9)
    short = asset_liability((Payment(years=0.5, amount=amount),), same, curve)
    # Liabilities that last longer than the assets suffer when rates fall (none fall below zero).
    assert short.scr_up == 0
    assert (short.scr_down > 0) == (rate > 1e-6)
    assert (short.own_funds_down == 0) == (rate <= 0)


def test_curves_move_by_the_rules_of_the_day() -> None:
    curve = Curve(times=[1, 10], rates=[0.02, 0.02])
    one = (Payment(years=12, amount=100),)
    told = asset_liability(one, (), curve)
    assert {w.text.split()[0] for w in told.warnings} == {"Estas", "Hay"}
    assert told.liabilities_duration is None
    for day in (date(2015, 12, 31), date(2027, 1, 30)):
        with pytest.raises(InvalidInput) as caught:
            asset_liability(one, (), curve, on=day)
        assert caught.value.argument == "on"


def said(found: Any) -> str:
    return " ".join(caution.text.format(**caution.values) for caution in found.warnings)


def test_a_mean_that_no_portfolio_reaches_is_told_by_its_own_name() -> None:
    returns = np.random.default_rng(4).normal([0.006, 0.002], [0.04, 0.01], (60, 2))
    for objective in ("target_return", "min_cvar"):
        with pytest.raises(NotConverged, match="llega a esa rentabilidad") as caught:
            optimise(objective, returns=returns, target_return=0.05)
        assert caught.value.argument == "target_return"
    most = float(returns.mean(axis=0).max())
    assert optimise("target_return", returns=returns, target_return=most).mean == pytest.approx(most)


def test_correlations_beside_the_covariances_are_not_passed_over() -> None:
    cov, corr = [[0.04, 0.01], [0.01, 0.02]], [[1, 0.9], [0.9, 1]]
    with pytest.raises(InvalidInput) as caught:
        optimise("min_variance", cov=cov, corr=corr)
    assert caught.value.argument == "corr"
    with pytest.raises(InvalidInput, match="vol y corr"):
        risk_parity(cov=cov, corr=corr)
    with pytest.raises(InvalidInput, match="vol y corr"):
        implied_returns([0.5, 0.5], 2.5)


def test_weights_in_percent_are_told() -> None:
    cov = [[0.04, 0.01], [0.01, 0.02]]
    assert "suman 100" in said(implied_returns([60, 40], 2.5, cov=cov))
    assert "suman 100" in said(black_litterman([60, 40], 2.5, [[1, -1]], [0.02], cov=cov))
    assert not implied_returns([0.33, 0.66], 2.5, cov=cov).warnings


def test_flows_of_days_or_of_several_rates_are_told() -> None:
    def flows(*rows: tuple[str, float]) -> tuple[CashFlow, ...]:
        return tuple(CashFlow(on=date.fromisoformat(on), amount=amount) for on, amount in rows)

    quick = performance(flows=flows(("2025-01-15", -10_000), ("2025-01-25", 10_300)))
    assert quick.mwr == pytest.approx(1.03 ** (365 / 10) - 1)
    assert "10 días" in said(quick)
    # -1000 + 2500/1.1 - 1540/1.1² = 0, and the same at 1.4.
    twice = performance(flows=flows(("2021-01-01", -1000), ("2022-01-01", 2500), ("2023-01-01", -1540)))
    assert twice.mwr == pytest.approx(0.1)
    assert "2 tasas" in said(twice)
    even = performance(flows=flows(("2021-01-01", -1000), ("2022-01-01", 1000)))
    assert (even.mwr, even.warnings) == (pytest.approx(0), ())


def test_returns_in_percent_are_named_and_no_fall_is_nought() -> None:
    with pytest.raises(InvalidInput, match="tanto por uno"):
        performance([1.2, -0.8, -1.5, 2.1])
    assert str(performance([0.01, 0.02, 0.0]).max_drawdown) == "0.0"


def test_a_bond_beyond_its_curve_is_told() -> None:
    def priced(maturity: float) -> str:
        return said(bond_analytics(100, 0.02, maturity, zero_curve=Curve(times=[1, 10], rates=[0.01, 0.02])))

    assert "50.0 años" in priced(50.0)
    assert not priced(10.0)


def test_rates_in_percent_are_told() -> None:
    def at(rate: float) -> Curve:
        return Curve(times=[1, 30], rates=[rate, rate])

    flow = (Payment(years=3, amount=1e6),)
    for percent, fraction in (
        (bond_analytics(1000, 3.45, 9.5, price=1021), bond_analytics(1000, 0.0345, 9.5, price=1021)),
        (bond_analytics(1000, 0.03, 9.5, zero_curve=at(2.1)), bond_analytics(1000, 0.03, 9.5, zero_curve=at(0.021))),
        (
            asset_liability(flow, flow, at(2.1), date(2025, 6, 30)),
            asset_liability(flow, flow, at(0.021), date(2025, 6, 30)),
        ),
        (performance([0.01, 0.02] * 6, risk_free=2.5), performance([0.01, 0.02] * 6, risk_free=0.025)),
    ):
        assert "tanto por uno" in said(percent)
        assert not fraction.warnings
