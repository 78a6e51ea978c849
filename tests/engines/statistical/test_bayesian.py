"""Bayesian engines against what they must become in the limit, and against each other."""

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InsufficientData, InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.running import compute
from engines.statistical.bayesian.densities import density

LIGHT = settings(max_examples=15, deadline=None)
SCHOOLS = {"y": [28, 8, -3, 7, -1, 1, 18, 12], "se": [15, 10, 16, 11, 9, 11, 10, 18]}


def result(name: str, **arguments: Any) -> Any:
    return compute(f"bayesian_{name}", arguments)


@LIGHT
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_evidence_may_come_at_once_or_in_turns(s1: int, f1: int, s2: int, f2: int) -> None:
    at_once = result("beta_binomial", successes=s1 + s2, trials=s1 + f1 + s2 + f2)
    first = result("beta_binomial", successes=s1, trials=s1 + f1)
    prior = {"a": first.posterior_a, "b": first.posterior_b}
    then = result("beta_binomial", successes=s2, trials=s2 + f2, prior=prior)
    assert (then.posterior_a, then.posterior_b, then.mean) == (at_once.posterior_a, at_once.posterior_b, at_once.mean)
    # Successes seen are failures not seen.
    mirror = result("beta_binomial", successes=f1, trials=s1 + f1, threshold=0.4)
    whole = result("beta_binomial", successes=s1, trials=s1 + f1, threshold=0.6)
    assert whole.prob_ge_threshold + mirror.prob_ge_threshold == pytest.approx(1)


def test_more_successes_than_trials_are_refused() -> None:
    with pytest.raises(InvalidInput) as error:
        result("beta_binomial", successes=3, trials=2)
    assert error.value.argument == "successes"


@LIGHT
@given(st.integers(0, 200), st.floats(0.1, 100), st.floats(0.1, 20), st.floats(0.1, 20))
def test_a_posterior_rate_lies_between_prior_and_data_by_its_credibility(
    events: int, exposure: float, shape: float, rate: float
) -> None:
    found = result("gamma_poisson", events=events, exposure=exposure, prior={"shape": shape, "rate": rate})
    weighed = found.credibility * events / exposure + (1 - found.credibility) * shape / rate
    assert found.mean == pytest.approx(weighed)
    assert found.ci95[0] < found.mean < found.ci95[1]


def test_pooling_equal_estimates_is_their_mean_and_shrinks_the_error_by_the_root() -> None:
    found = result("normal_pooled", y=[1, 2, 6], se=[2, 2, 2])
    assert found.pooled_mean == pytest.approx(3)
    assert found.pooled_se == pytest.approx(2 / math.sqrt(3))
    assert found.Q == pytest.approx(14 / 4)
    assert found.I2 == pytest.approx(1 - 2 / 3.5)


@settings(max_examples=6, deadline=None)
@given(st.floats(-100, 100), st.floats(0.1, 50))
def test_the_hierarchy_moves_and_stretches_with_its_estimates(shift: float, factor: float) -> None:
    plain = result("hierarchical_normal", **SCHOOLS)
    moved = result(
        "hierarchical_normal",
        y=[shift + factor * v for v in SCHOOLS["y"]],
        se=[factor * v for v in SCHOOLS["se"]],
    )
    assert moved.mu_mean == pytest.approx(shift + factor * plain.mu_mean, abs=1e-6 * (factor + abs(shift)))
    assert moved.tau_median == pytest.approx(factor * plain.tau_median, rel=1e-6)
    assert moved.groups[0].median == pytest.approx(
        shift + factor * plain.groups[0].median, abs=1e-6 * (factor + abs(shift))
    )


def test_the_hierarchy_agrees_with_simulation_of_its_own_definition() -> None:
    # BDA3 section 5.4 by a plain grid over tau and draws of mu and theta.
    y, se = SCHOOLS["y"], SCHOOLS["se"]
    chance = random.Random(3)

    def conditional(tau: float) -> tuple[float, float, float]:
        w = [1 / (s * s + tau * tau) for s in se]
        v = 1 / sum(w)
        m = v * sum(a * b for a, b in zip(w, y, strict=True))
        log = 0.5 * math.log(v) + sum(0.5 * math.log(a) - 0.5 * a * (b - m) ** 2 for a, b in zip(w, y, strict=True))
        return log, m, v

    taus = [0.05 * (i + 0.5) for i in range(2000)]
    weights = [math.exp(conditional(t)[0]) for t in taus]
    draws = []
    for tau in chance.choices(taus, weights, k=20_000):
        _, m, v = conditional(tau)
        mu = chance.gauss(m, math.sqrt(v))
        b = se[0] ** 2 / (se[0] ** 2 + tau * tau)
        draws.append(chance.gauss(b * mu + (1 - b) * y[0], math.sqrt((1 - b) * se[0] ** 2)))
    draws.sort()
    found = result("hierarchical_normal", **SCHOOLS).groups[0]
    assert found.mean == pytest.approx(sum(draws) / len(draws), abs=0.3)
    assert found.ci95[0] == pytest.approx(draws[500], abs=0.7)
    assert found.ci95[1] == pytest.approx(draws[19_500], abs=1.0)


def test_a_narrow_prior_pools_and_a_wide_gap_does_not() -> None:
    pooled = result("normal_pooled", **SCHOOLS)
    tight = result("hierarchical_normal", **SCHOOLS, prior="half_cauchy", prior_scale=1e-4)
    assert tight.mu_mean == pytest.approx(pooled.pooled_mean, abs=0.05)
    assert tight.groups[0].shrinkage > 0.99
    apart = result("hierarchical_normal", y=[0, 1000, -1000, 500, -500], se=[1, 1, 1, 1, 1])
    assert [g.mean for g in apart.groups] == pytest.approx([0, 1000, -1000, 500, -500], abs=0.1)
    assert apart.groups[1].shrinkage < 0.01


def test_few_groups_have_no_moments_and_say_so() -> None:
    found = result("hierarchical_normal", y=[1, 2, 4], se=[1, 1, 1])
    assert (found.mu_sd, found.tau_mean) == (None, None)
    assert found.warnings[0].values == {"n": 3}
    with pytest.raises(InsufficientData):
        result("hierarchical_normal", y=[1, 2], se=[1, 1])


def test_a_vague_prior_gives_least_squares_and_a_sure_one_gives_itself() -> None:
    x, y = [[1.0], [2.0], [3.0], [4.0], [6.0]], [2.1, 3.9, 6.2, 7.8, 12.1]
    flat = result("linear_nig", X=x, y=y, x_new=[[5.0]])
    vague = {"m0": [0, 0], "V0": [[1e8, 0], [0, 1e8]], "a0": 1e-6, "b0": 1e-6}
    loose = result("linear_nig", X=x, y=y, prior=vague)
    assert loose.params == pytest.approx(flat.params, rel=1e-5)
    sure = {"m0": [7, -1], "V0": [[1e-12, 0], [0, 1e-12]], "a0": 2, "b0": 1}
    assert result("linear_nig", X=x, y=y, prior=sure).params == pytest.approx({"const": 7, "x1": -1}, abs=1e-6)
    predicted = flat.predictions[0]
    assert predicted.mean == pytest.approx(flat.params["const"] + 5 * flat.params["x1"])
    assert predicted.scale**2 > flat.b / flat.a
    assert flat.prob_positive["x1"] > 0.999


def test_conjugate_updates_may_come_in_turns() -> None:
    x, y = [[1.0], [2.0], [3.0], [5.0]], [1.0, 2.5, 2.0, 6.0]
    prior = {"m0": [0, 1], "V0": [[4, 0.5], [0.5, 2]], "a0": 3, "b0": 2}
    at_once = result("linear_nig", X=x, y=y, prior=prior)
    first = result("linear_nig", X=x[:2], y=y[:2], prior=prior)
    between = {"m0": list(first.params.values()), "V0": first.covariance, "a0": first.a, "b0": first.b}
    then = result("linear_nig", X=x[2:], y=y[2:], prior=between)
    assert then.params == pytest.approx(at_once.params)
    assert (then.a, then.b) == pytest.approx((at_once.a, at_once.b))
    assert then.covariance[0] == pytest.approx(at_once.covariance[0])


def test_dependent_regressors_are_named_and_a_bad_prior_refused() -> None:
    with pytest.raises(SingularMatrix) as error:
        result("linear_nig", X=[[1, 2], [2, 4], [3, 6], [4, 8]], y=[1, 3, 2, 5], names=["prima", "doble"])
    assert error.value.detail == {"columns": "doble"}
    prior = {"m0": [0, 0], "V0": [[1, 2], [2, 1]], "a0": 1, "b0": 1}
    with pytest.raises(InvalidInput) as wrong:
        result("linear_nig", X=[[1], [2], [3]], y=[1, 3, 2], prior=prior)
    assert wrong.value.argument == "prior.V0"


@LIGHT
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=4))
def test_chances_of_being_best_are_shares_and_arms_have_no_order(counts: list[tuple[int, int]]) -> None:
    arms = [{"successes": s, "trials": s + f} for s, f in counts]
    found, turned = result("ab_test", arms=arms), result("ab_test", arms=arms[::-1])
    assert sum(a.prob_best for a in found.arms) == pytest.approx(1)
    assert [a.prob_best for a in turned.arms[::-1]] == pytest.approx([a.prob_best for a in found.arms], abs=1e-9)
    assert [a.expected_loss for a in turned.arms[::-1]] == pytest.approx(
        [a.expected_loss for a in found.arms], abs=1e-9
    )
    assert found.arms[found.best].expected_loss == min(a.expected_loss for a in found.arms)


def test_equal_arms_are_equally_likely_and_lose_what_integration_by_hand_says() -> None:
    found = result("ab_test", arms=[{"successes": 0, "trials": 0}] * 2)
    assert [a.prob_best for a in found.arms] == pytest.approx([0.5, 0.5])
    # The larger of two uniforms has mean 2/3.
    assert [a.expected_loss for a in found.arms] == pytest.approx([1 / 6, 1 / 6])


def test_arms_of_any_size_and_jeffreys_prior_are_compared() -> None:
    for a in (0.05, 0.5):
        equal = result("ab_test", arms=[{"successes": 0, "trials": 0}] * 3, prior={"a": a, "b": a})
        assert [arm.prob_best for arm in equal.arms] == pytest.approx([1 / 3] * 3)
    half = 5 * 10**8
    huge = result(
        "ab_test", arms=[{"successes": half, "trials": 2 * half}, {"successes": half + 10_000, "trials": 10**9}]
    )
    # Normal by then: the difference is 1e-5 and its standard error sqrt(0.5 / 1e9).
    assert huge.prob_best == pytest.approx(0.5 * math.erfc(-1e-5 / math.sqrt(0.5 / 1e9) / math.sqrt(2)), rel=1e-5)
    with pytest.raises(InvalidInput) as error:
        result("ab_test", arms=[{"successes": 0, "trials": 0}] * 2, prior={"a": 1e-6, "b": 1})
    assert error.value.argument == "prior"


def test_a_bayes_factor_is_transitive_and_has_no_unit() -> None:
    chance = random.Random(1)
    a = [chance.gauss(0, 1) for _ in range(40)]
    b = [chance.gauss(0, 1) for _ in range(40)]
    y = [2 + 0.8 * v + chance.gauss(0, 1) for v in a]
    data = {"y": y, "a": a, "b": b}
    both = result("bayes_factor", data=data, y="y", predictors=["a", "b"])
    one = result("bayes_factor", data=data, y="y", predictors=["a"])
    nested = result("bayes_factor", data=data, y="y", predictors=["a", "b"], null_predictors=["a"])
    assert nested.log_bf10 == pytest.approx(both.log_bf10 - one.log_bf10)
    assert one.bf10 > 100
    assert nested.bf10 < 1
    scaled = {"y": [1000 * v + 5 for v in y], "a": [v / 7 - 3 for v in a], "b": b}
    assert result("bayes_factor", data=scaled, y="y", predictors=["a"]).log_bf10 == pytest.approx(one.log_bf10)


def test_a_bayes_factor_of_two_equal_groups_is_that_of_the_jzs_t_test() -> None:
    # Rouder et al. 2009: integral over g for t with n1 = n2 = 10 and scale sqrt(2)/2, here by Simpson's rule.
    y = [5.1, 6.3, 4.8, 7.2, 5.5, 6.1, 5.9, 4.4, 6.6, 5.0, 6.9, 7.4, 6.0, 8.1, 7.7, 6.4, 7.0, 5.8, 8.3, 7.2]
    group = [0] * 10 + [1] * 10
    t2 = compute("inferential_ttest", {"x": y[:10], "y": y[10:], "equal_var": True}).t ** 2  # type: ignore[attr-defined]
    n, v, r2 = 5, 18, 0.5

    def integrand(s: float) -> float:
        g = math.exp(s)
        k = 1 + n * g * r2
        prior = (2 * math.pi) ** -0.5 * g**-1.5 * math.exp(-1 / (2 * g))
        return k**-0.5 * (1 + t2 / (k * v)) ** (-(v + 1) / 2) * prior * g

    steps, low, high = 4000, -8.0, 40.0
    h = (high - low) / steps
    area = sum(integrand(low + i * h) * (1 if i in (0, steps) else 4 if i % 2 else 2) for i in range(steps + 1)) * h / 3
    expected = area / (1 + t2 / v) ** (-(v + 1) / 2)
    assert result("bayes_factor", data={"y": y, "g": group}, y="y", predictors=["g"]).bf10 == pytest.approx(
        expected, rel=1e-6
    )


def test_models_must_be_nested_and_leave_something_unexplained() -> None:
    data = {"y": [1, 2, 3, 4, 5.5], "a": [1, 2, 3, 4, 5.5], "b": [2, 1, 4, 3, 5]}
    with pytest.raises(InvalidInput) as nested:
        result("bayes_factor", data=data, y="y", predictors=["a"], null_predictors=["b"])
    assert nested.value.argument == "null_predictors"
    with pytest.raises(InvalidInput):
        result("bayes_factor", data=data, y="y", predictors=["a"])


SAMPLED = {"steps": 1800, "warm_up": 300}


def test_sampling_finds_the_posterior_that_is_known_exactly() -> None:
    # Flat prior on mu and log sigma: mu is t, and one regressorless Poisson rate is gamma.
    y = [4.0, 7.0, 1.0, 9.0, 3.0, 6.0, 5.0, 8.0, 2.0, 5.0, 6.0, 4.0]
    found = result("posterior_sample", model="normal", y=y, **SAMPLED)
    n, mean = len(y), sum(y) / len(y)
    s2 = sum((v - mean) ** 2 for v in y) / (n - 1)
    assert found.params["mu"] == pytest.approx(mean, abs=0.1)
    assert found.se["mu"] == pytest.approx(math.sqrt(s2 / n * (n - 1) / (n - 3)), rel=0.08)
    assert max(found.rhat.values()) <= 1.01
    assert min(found.ess.values()) >= 400
    assert len(found.chain["mu"]) == 500
    assert result("posterior_sample", model="normal", y=y, **SAMPLED).chain == found.chain


def test_a_sampled_regression_comes_back_in_the_units_of_its_columns() -> None:
    y, ages = [0, 0, 0, 1, 0, 1, 1, 1, 1, 0], [[1000 + 100 * i] for i in range(10)]
    found = result(
        "posterior_sample", model="logistic_regression", y=y, X=ages, names=["edad"], prior_sd=2.5, **SAMPLED
    )
    assert 0.0005 < found.params["edad"] < 0.015
    even = -found.params["const"] / found.params["edad"]
    assert 1000 < even < 1900


AMOUNTS = [900.0, 1500.0, 2500.0, 700.0, 4000.0, 1200.0]
COUNTS = [2.0, 0.0, 3.0, 9.0, 5.0, 6.0]
EXPOSURE = [1.0, 2.0, 2.0, 4.0, 2.0, 3.0]
COLUMN = [10.0, 20.0, 25.0, 40.0, 42.0, 60.0]


def by_definition(model: str, at: list[float]) -> float:
    """The log posterior of `model`, from SciPy's distributions and the priors that its documentation names."""
    from scipy import stats

    y = np.array(AMOUNTS)
    if model == "normal":
        return float(stats.norm(at[0], at[1]).logpdf(y).sum())
    if model == "student_t":
        prior = stats.gamma(2, scale=10).logpdf(at[2]) + math.log(at[2])
        return float(stats.t(at[2], at[0], at[1]).logpdf(y).sum() + prior)
    if model == "lognormal":
        return float(stats.lognorm(at[1], scale=math.exp(at[0])).logpdf(y).sum())
    if model == "gamma":
        return float(stats.gamma(at[0], scale=at[1] / at[0]).logpdf(y).sum())
    if model == "weibull":
        return float(stats.weibull_min(at[0], scale=at[1]).logpdf(y).sum())
    counts, exposure, column = np.array(COUNTS), np.array(EXPOSURE), np.array(COLUMN)
    if model == "negative_binomial":
        size = 1 / at[1]
        likelihood = stats.nbinom(size, size / (size + at[0] * exposure)).logpmf(counts).sum()
        return float(likelihood + stats.halfcauchy.logpdf(at[1]) + math.log(at[1]))
    linear = at[0] + at[1] * column
    intercept, slope = at[0] + at[1] * column.mean(), at[1] * column.std()
    if model == "poisson_regression":
        likelihood = stats.poisson(exposure * np.exp(linear)).logpmf(counts).sum()
        centre = math.log(counts.sum() / exposure.sum())
    else:
        zeros = (counts > 4).astype(float)
        likelihood = stats.bernoulli(1 / (1 + np.exp(-linear))).logpmf(zeros).sum()
        centre = math.log((zeros.sum() + 0.5) / (zeros.size - zeros.sum() + 0.5))
    return float(likelihood + stats.norm(centre, 2).logpdf(intercept) + stats.norm(0, 2).logpdf(slope))


@pytest.mark.parametrize(
    "model",
    [
        "normal",
        "student_t",
        "lognormal",
        "gamma",
        "weibull",
        "negative_binomial",
        "poisson_regression",
        "logistic_regression",
    ],
)
def test_each_density_of_the_catalogue_is_its_definition_up_to_a_constant(model: Any) -> None:
    y = np.array(AMOUNTS if model in ("normal", "student_t", "lognormal", "gamma", "weibull") else COUNTS)
    if model == "logistic_regression":
        y = (y > 4).astype(float)
    held = density(model, y, np.array(COLUMN)[:, None], ["x"], np.array(EXPOSURE), 2.0)
    at = np.vstack([held.start, held.start + 0.1, held.start - 0.2])
    apart = [
        by_definition(model, row) - float(value) for row, value in zip(held.natural(at), held.log(at), strict=True)
    ]
    assert apart == pytest.approx([apart[0]] * 3, abs=1e-8)


def test_chains_too_short_to_trust_are_no_result() -> None:
    with pytest.raises(NotConverged) as error:
        result("posterior_sample", model="normal", y=[1, 2, 4, 8], steps=100, warm_up=0)
    assert error.value.argument == "steps"


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"model": "gamma", "y": [1, 2, 0, 3]}, "y"),
        ({"model": "negative_binomial", "y": [1, 2.5, 0]}, "y"),
        ({"model": "negative_binomial", "y": [0, 0, 0]}, "y"),
        ({"model": "logistic_regression", "y": [1, 2, 0], "X": [[1], [2], [4]]}, "y"),
        ({"model": "normal", "y": [1, 2, 3], "X": [[1], [2], [4]]}, "X"),
        ({"model": "poisson_regression", "y": [1, 2, 3]}, "X"),
        ({"model": "normal", "y": [1, 2, 3], "exposure": [1, 1, 1]}, "exposure"),
        ({"model": "normal", "y": [1, 2, 3], "walkers": 7}, "walkers"),
    ],
)
def test_a_model_says_what_it_is_not_defined_for(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInput) as error:
        result("posterior_sample", **arguments)
    assert error.value.argument == argument


def test_more_draws_than_one_call_may_take_are_refused_and_code_is_no_argument() -> None:
    with pytest.raises(LimitExceeded):
        result("posterior_sample", model="normal", y=[1, 2, 3], steps=100_000)
    with pytest.raises(InvalidInput):
        result("posterior_sample", model="lambda t: 0", y=[1, 2, 3])
    with pytest.raises(InvalidInput):
        result("posterior_sample", model="normal", y=[1, 2, 3], density="exec('1')")


def test_a_regression_of_many_columns_is_sampled_by_default() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 9))
    y = rng.poisson(np.exp(-0.5 + 0.3 * x[:, 0]))
    found = result("posterior_sample", model="poisson_regression", y=y.tolist(), X=x.tolist(), warm_up=500)
    assert abs(found.params["x1"] - 0.3) < 4 * found.se["x1"]
    assert min(found.ess.values()) > 2000


def test_the_chart_of_a_rate_without_claims_is_not_flattened_by_its_pole() -> None:
    found = result("gamma_poisson", events=0, exposure=12.5, prior={"shape": 0.5, "rate": 10})
    drawn = [v for v in found.charts[0].series[1].y if v is not None]
    middle = drawn[len(drawn) // 2]
    assert max(drawn) < 300 * middle
    assert len(drawn) > 190
