"""Identities of tariffs, credibility, layers and quotes."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engines import operations
from engines.errors import InsufficientData, InvalidInput, NotConverged
from engines.running import compute
from engines.running import run as run_checked

few = settings(max_examples=20, deadline=None)


def run(tool: str, **arguments: Any) -> Any:
    return compute(f"premium_pricing_{tool}", arguments)


def policies(n: int = 400) -> dict[str, list[Any]]:
    rng = np.random.default_rng(0)
    zone, use = rng.choice(list("ABC"), n), rng.choice(["private", "taxi"], n)
    years = rng.uniform(0.2, 1.0, n)
    rate = 0.4 * np.exp(0.5 * (zone == "C") + 0.9 * (use == "taxi"))
    claims = rng.poisson(years * rate)
    cost = np.array([rng.gamma(2.0, 400.0, k).sum() for k in claims])
    return {
        "zone": zone.tolist(),
        "use": use.tolist(),
        "years": years.tolist(),
        "claims": claims.tolist(),
        "cost": cost.tolist(),
    }


@pytest.mark.parametrize(("family", "y"), [("poisson", "claims"), ("tweedie", "cost")])
def test_both_backends_make_the_same_tariff(family: str, y: str) -> None:
    arguments = dict(data=policies(), y=y, exposure="years", factors=["zone", "use"], family=family)
    glum, other = (run("tariff_glm", backend=backend, **arguments) for backend in ("glum", "statsmodels"))
    for name, value in glum.params.items():
        assert value == pytest.approx(other.params[name], abs=1e-6)
        assert glum.se[name] == pytest.approx(other.se[name], rel=1e-5)
    assert glum.deviance == pytest.approx(other.deviance, rel=1e-9)


def test_the_weighted_rate_is_the_offset_model() -> None:
    arguments = dict(data=policies(), y="claims", exposure="years", factors=["zone", "use"])
    tariff = run("tariff_glm", family="poisson", **arguments)
    offset = compute("risk_classification_frequency_glm", arguments)
    assert tariff.deviance == pytest.approx(offset.deviance, rel=1e-9)  # type: ignore[attr-defined]
    for name, value in offset.params.items():  # type: ignore[attr-defined]
        assert tariff.params[name] == pytest.approx(value, abs=1e-7)
        assert tariff.se[name] == pytest.approx(offset.se[name], rel=1e-5)  # type: ignore[attr-defined]
    assert tariff.balance == pytest.approx(1.0, abs=1e-8)
    assert tariff.loglik == pytest.approx(
        offset.loglik,
        rel=1e-9,  # type: ignore[attr-defined]
    )


def test_a_tariff_of_money_scales_with_its_unit() -> None:
    data = policies()
    euros = run("tariff_glm", data=data, y="cost", exposure="years", factors=["zone", "use"])
    cents = run("tariff_glm", data={**data, "cost": [100 * c for c in data["cost"]]}, y="cost", exposure="years",
                factors=["zone", "use"])  # fmt: skip
    assert cents.base_premium == pytest.approx(100 * euros.base_premium, rel=1e-6)
    assert cents.factors[1].levels[1].relativity == pytest.approx(euros.factors[1].levels[1].relativity, rel=1e-6)


def test_a_frame_of_categories_is_taken_as_it_is() -> None:
    frame = pd.DataFrame(policies())
    frame["zone"] = pd.Categorical(frame["zone"], categories=["C", "unused", "B", "A"])
    before = frame.copy()
    found: Any = run_checked(
        operations()["premium_pricing_tariff_glm"],
        {"data": frame, "y": "cost", "factors": ("zone",), "exposure": "years"},
    )
    assert [level.level for level in found.factors[0].levels] == ["C", "B", "A"]
    pd.testing.assert_frame_equal(frame, before)


def test_a_level_without_claims_is_named() -> None:
    data = {"z": ["a", "b"] * 10, "y": [0.0, 5.0] * 10}
    with pytest.raises(InvalidInput, match=r"data\.z\.a"):
        run("tariff_glm", data=data, y="y", factors=["z"])


def test_severity_returns_the_mean_cost_of_each_level_and_refuses_zero() -> None:
    data = {"g": ["a"] * 3 + ["b"] * 2, "c": [100.0, 200.0, 300.0, 500.0, 700.0], "n": [1, 2, 1, 4, 1]}
    found = run("severity_glm", data=data, y="c", factors=["g"], weight="n")
    means = [np.average([100, 200, 300], weights=[1, 2, 1]), np.average([500, 700], weights=[4, 1])]
    assert math.exp(found.params["const"]) == pytest.approx(means[0], rel=1e-8)
    assert found.factors[0].levels[1].relativity == pytest.approx(means[1] / means[0], rel=1e-8)
    with pytest.raises(InvalidInput, match=r"data\.c"):
        run("severity_glm", data={**data, "c": [0.0, 1.0, 2.0, 3.0, 4.0]}, y="c", factors=["g"])


def test_means_below_zero_do_not_converge() -> None:
    data = {"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "c": [1000.0, 1.0, 1.0, 1.0, 1.0, 900.0]}
    with pytest.raises(NotConverged):
        run("severity_glm", data=data, y="c", x=["x"], family="inverse_gaussian", link="identity")


table = st.lists(st.lists(st.floats(0, 1000), min_size=3, max_size=3), min_size=2, max_size=5)


@few
@given(table, st.floats(0.1, 100))
def test_credibility_lies_between_and_goes_with_scale(ratio: list[list[float]], unit: float) -> None:
    found = run("credibility_buhlmann", ratio=ratio)
    assert all(0 <= z <= 1 for z in found.credibility)
    for own, premium in zip(found.own_means, found.premiums, strict=True):
        low, high = sorted((own, found.collective))
        assert low - 1e-6 <= premium <= high + 1e-6
    weighted = run("credibility_buhlmann_straub", ratio=ratio, weight=[[unit] * 3 for _ in ratio])
    assert weighted.premiums == pytest.approx(found.premiums, rel=1e-6, abs=1e-6)
    shifted = run("credibility_buhlmann", ratio=[[x + 50 for x in row] for row in ratio])
    assert shifted.within_variance == pytest.approx(found.within_variance, rel=1e-6, abs=1e-6)


def test_a_negative_variance_is_floored_and_said() -> None:
    found = run("credibility_buhlmann", ratio=[[1.0, 9.0], [9.0, 1.0]])
    assert found.between_variance == 0.0
    assert found.between_variance_raw < 0
    assert found.premiums == (5.0, 5.0)
    assert "se toma 0" in found.warnings[0].text
    with pytest.raises(InsufficientData, match="weight"):
        run("credibility_buhlmann_straub", ratio=[[1.0, 2.0], [3.0, 4.0]], weight=[[1.0, 1.0], [1.0, 0.0]])


def test_a_year_without_volume_counts_for_nothing() -> None:
    weights = [[1.0, 2.0, 0.0], [3.0, 1.0, 2.0]]
    one = run("credibility_buhlmann_straub", ratio=[[1.0, 2.0, 0.0], [3.0, 5.0, 4.0]], weight=weights)
    other = run("credibility_buhlmann_straub", ratio=[[1.0, 2.0, 999.0], [3.0, 5.0, 4.0]], weight=weights)
    assert one.premiums == other.premiums


LAWS: list[dict[str, Any]] = [
    {"dist": "pareto_II", "alpha": 2.5, "theta": 1500.0},
    {"dist": "pareto_II", "alpha": 1.0, "theta": 1500.0},
    {"dist": "exponential", "theta": 800.0},
    {"dist": "gamma", "alpha": 0.7, "theta": 900.0},
    {"dist": "lognormal", "mu": 6.0, "sigma": 1.4},
    {"dist": "weibull", "tau": 0.8, "theta": 700.0},
    {"dist": "empirical", "losses": [100.0, 700.0, 5000.0]},
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law['dist']}-{law.get('alpha', '')}")
def test_layers_add_up_and_are_the_area_under_survival(law: dict[str, Any]) -> None:
    whole = run("layer_cost", severity=law, attachment=200.0, limit=1800.0)
    parts = [run("layer_cost", severity=law, attachment=a, limit=900.0) for a in (200.0, 1100.0)]
    assert sum(p.expected_layer for p in parts) == pytest.approx(whole.expected_layer, rel=1e-9)
    edges = np.linspace(200.0, 2000.0, 4001)
    middles = (edges[1:] + edges[:-1]) / 2
    pick = middles[::400]
    steps = [run("layer_cost", severity=law, attachment=float(x), limit=1.0).probability_attached for x in pick]
    assert all(a >= b for a, b in zip(steps, steps[1:], strict=False))
    assert 1800 * steps[-1] <= whole.expected_layer <= 1800 * whole.probability_attached + 1e-9
    assert whole.given_attached is None or whole.given_attached <= 1800


@few
@given(st.floats(0.05, 0.9), st.floats(0, 0.3), st.floats(0.05, 0.4), st.floats(-0.1, 0.2))
def test_the_new_rate_needs_no_change(loss: float, fixed: float, variable: float, profit: float) -> None:
    arguments = dict(variable_expense=variable, profit=profit)
    change = run("indicated_rate_change", loss_lae_ratio=loss, fixed_expense_ratio=fixed, **arguments).change
    after = run("indicated_rate_change", loss_lae_ratio=loss / (1 + change), fixed_expense_ratio=fixed / (1 + change),
                **arguments)  # fmt: skip
    assert after.change == pytest.approx(0.0, abs=1e-9)
    premium = run("indicated_average_premium", pure_premium=100 * loss, fixed_expense=100 * fixed, **arguments)
    assert premium.premium == pytest.approx(100 * (1 + change), rel=1e-9)
    assert premium.premium - premium.variable_expenses - premium.profit_amount == pytest.approx(100 * (loss + fixed))


def test_expenses_must_leave_something_for_claims() -> None:
    with pytest.raises(InvalidInput, match="variable_expense"):
        run("indicated_rate_change", loss_lae_ratio=0.6, fixed_expense_ratio=0.1, variable_expense=0.9, profit=0.1)


def test_a_bonus_malus_settles_where_its_years_lead() -> None:
    rules = [[1, 1, 2, 3], [3, 4, 4, 4], [4, 4, 4, 4]]
    found = run("bonus_malus_stationary", transitions=rules, frequency=0.15, levels=[50.0, 70.0, 100.0, 150.0], start=3)
    chances = [math.exp(-0.15), 0.15 * math.exp(-0.15)]
    chances.append(1 - sum(chances))
    law = np.eye(4)[2]
    for _ in range(200):
        after = np.zeros(4)
        for row, chance in zip(rules, chances, strict=True):
            for here, there in enumerate(row):
                after[there - 1] += law[here] * chance
        law = after
    assert found.stationary == pytest.approx(law.tolist(), abs=1e-12)
    assert 0 < found.efficiency < 1
    assert found.years_to_stationary is not None
    flat = run("bonus_malus_stationary", transitions=rules, frequency=0.15, levels=[90.0] * 4)
    assert flat.mean_level == pytest.approx(90.0)
    assert flat.efficiency == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(InvalidInput, match="no se comunican"):
        run("bonus_malus_stationary", transitions=[[1, 2], [1, 2]], claim_probability=0.1)


TARIFF = {
    "base_premium": "199.99",
    "factors": [{"name": "zone", "levels": [{"level": "A", "relativity": "1.335"}, {"level": "B", "relativity": "1"}]}],
}


@few
@given(
    st.decimals("0", "0.25", places=4), st.lists(st.decimals("0", "0.1", places=5), max_size=4), st.sampled_from("AB")
)
def test_a_quote_is_the_sum_of_its_lines_to_the_cent(ips: Decimal, rates: list[Decimal], zone: str) -> None:
    extra = [{"name": f"r{k}", "on": "sum_insured", "rate": rate} for k, rate in enumerate(rates)]
    found = run(
        "price_quote", tariff=TARIFF, risk={"zone": zone}, ips_rate=ips, surcharges=extra, sum_insured="12345.67"
    )
    assert found.total == found.net + found.ips + sum(line.amount for line in found.surcharges)
    for amount in (found.net, found.ips, found.total, *(line.amount for line in found.surcharges)):
        assert amount == amount.quantize(Decimal("0.01"))
    assert abs(found.ips - found.net * ips) <= Decimal("0.005")


def test_half_a_cent_goes_up_and_minimum_and_unknown_levels_are_said() -> None:
    found = run("price_quote", tariff={"base_premium": "100.005"}, risk={"colour": "red"}, ips_rate="0",
                surcharges=[{"name": "fixed", "on": "fixed", "amount": "1.005"}], minimum_premium="150")  # fmt: skip
    assert found.technical == Decimal("100.01")
    assert found.surcharges_total == Decimal("1.01")
    assert found.net == Decimal("150.00")
    assert len(found.warnings) == 2
    with pytest.raises(InvalidInput, match=r"risk\.zone"):
        run("price_quote", tariff=TARIFF, risk={"zone": "Z"}, ips_rate="0.08")
    with pytest.raises(InvalidInput, match="sum_insured"):
        run("price_quote", tariff=TARIFF, risk={"zone": "A"}, ips_rate="0.08",
            surcharges=[{"name": "CCS", "on": "sum_insured", "rate": "0.0001"}])  # fmt: skip


@few
@given(st.lists(st.floats(1, 1000), min_size=1, max_size=10), st.floats(1, 1000))
def test_rank_counts_the_cheaper_and_knows_no_currency(theirs: list[float], own: float) -> None:
    found = run("gap_to_market", own=own, competitors=theirs)
    assert found.rank == 1 + sum(p < own for p in theirs)
    assert found.market_lowest <= found.market_median <= found.market_highest
    other = run("gap_to_market", own=2 * own, competitors=[2 * p for p in theirs])
    assert other.gap_to_median == pytest.approx(found.gap_to_median)
    assert own * (1 + found.to_be_first) <= found.market_lowest + 1e-9 or found.rank == 1


def test_shocks_move_what_they_touch_and_the_offset_undoes_them() -> None:
    portfolio = {"zone": ["A", "A", "B"], "years": [1.0, 0.5, 1.0]}
    shocks = [{"factor": "zone", "level": "A", "change": 0.1}, {"factor": "zone", "change": -0.05}]
    found = run("sensitivity", tariff=TARIFF, portfolio=portfolio, shocks=shocks, exposure="years")
    a, b = 199.99 * 1.335 * 1.5, 199.99
    assert found.premium == pytest.approx(a + b)
    assert found.effects[0].difference == pytest.approx(0.1 * a)
    assert found.effects[0].affected == pytest.approx(0.6)
    assert found.effects[1].relative == pytest.approx(-0.05)
    assert found.premium_after == pytest.approx((1.1 * a + b) * 0.95)
    assert found.premium_after * (1 + found.base_offset) == pytest.approx(found.premium)
    assert found.largest_rise == pytest.approx(1.1 * 0.95 - 1)


@pytest.mark.parametrize("family", ["gamma", "inverse_gaussian"])
def test_the_square_root_links_severities(family: str) -> None:
    """With factors alone every link fits the mean of each level."""
    data = policies()
    rows = {
        name: [v for v, cost in zip(column, data["cost"], strict=True) if cost > 0] for name, column in data.items()
    }
    root = run("severity_glm", data=rows, y="cost", factors=["use"], family=family, link="sqrt")
    log = run("severity_glm", data=rows, y="cost", factors=["use"], family=family)
    assert root.params["const"] ** 2 == pytest.approx(math.exp(log.params["const"]), rel=1e-6)
    assert root.deviance == pytest.approx(log.deviance, rel=1e-9)


def test_the_likelihood_of_mean_costs_is_near_its_greatest() -> None:
    """Cells of many claims each: at deviance by claim, not by cell, it lay hundreds below."""
    rng = np.random.default_rng(0)
    claims = rng.integers(5, 40, 200)
    cost = rng.gamma(1.4 * claims, 1000 / (1.4 * claims))
    data = {"cost": cost.tolist(), "claims": claims.tolist()}
    found = run("severity_glm", data=data, y="cost", weight="claims")
    mu = math.exp(found.params["const"])
    best = max(
        stats.gamma.logpdf(cost, claims / phi, scale=mu * phi / claims).sum() for phi in np.linspace(0.2, 3.0, 300)
    )
    assert best - 1 < found.loglik <= best + 1e-6


def test_the_level_that_a_tariff_lacks_is_named() -> None:
    tariff = {"base_premium": 200, "factors": [{"name": "zona", "levels": [{"level": "A", "relativity": 1}]}]}
    with pytest.raises(InvalidInput) as refused:
        run(
            "sensitivity", tariff=tariff, portfolio={"zona": ["A", "Cádiz"]}, shocks=[{"factor": "zona", "change": 0.1}]
        )
    assert refused.value.argument == "portfolio.zona.Cádiz"
