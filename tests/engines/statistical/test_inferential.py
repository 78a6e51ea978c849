"""Tests of hypotheses against each other: where two of them are the same thing, they must say the same."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InsufficientData, InvalidInput, LimitExceeded, NotConverged
from engines.running import compute

NUMBERS = st.lists(st.integers(-500, 500).map(lambda v: v / 4), min_size=4, max_size=15, unique=True)
LIGHT = settings(max_examples=15, deadline=None)
SIDES = ("two-sided", "less", "greater")


def result(name: str, **arguments: Any) -> Any:
    return compute(f"inferential_{name}", arguments)


@LIGHT
@given(NUMBERS, NUMBERS)
def test_the_f_of_two_groups_is_the_square_of_students_t(x: list[float], y: list[float]) -> None:
    t = result("ttest", x=x, y=y, equal_var=True)
    f = result("anova_oneway", groups=[x, y])
    assert f.F == pytest.approx(t.t**2, rel=1e-6, abs=1e-9)
    assert f.p == pytest.approx(t.p_two_sided, rel=1e-6)
    assert f.df_within == t.df


@LIGHT
@given(NUMBERS, st.floats(-20, 20))
def test_the_interval_of_a_mean_holds_the_values_that_the_test_keeps(x: list[float], mu: float) -> None:
    found = result("ttest", x=x, mu0=mu, level=0.9)
    assert (found.ci_low <= mu <= found.ci_high) == (found.p_two_sided >= 0.1)
    left, right = (result("ttest", x=x, mu0=mu, alternative=side) for side in ("less", "greater"))
    assert left.p + right.p == pytest.approx(1)
    assert min(left.p, right.p) * 2 == pytest.approx(found.p_two_sided, abs=1e-12)
    assert left.ci_low is None
    assert right.ci_high is None


def test_a_paired_test_is_that_of_the_differences_and_mu0_shifts_the_second_sample() -> None:
    x, y = [5.0, 7.0, 9.5, 3.0], [4.0, 7.5, 8.0, 1.0]
    paired = result("ttest", x=x, y=y, paired=True)
    alone = result("ttest", x=[a - b for a, b in zip(x, y, strict=True)])
    assert (paired.t, paired.ci_low, paired.cohen_d) == pytest.approx((alone.t, alone.ci_low, alone.cohen_d))
    shifted = result("ttest", x=x, y=y, mu0=2)
    plain = result("ttest", x=x, y=[v + 2 for v in y])
    assert shifted.t == pytest.approx(plain.t)
    assert shifted.ci_low == pytest.approx(plain.ci_low + 2)
    assert shifted.cohen_d == pytest.approx(plain.cohen_d)


def test_effects_of_an_analysis_of_variance_by_hand() -> None:
    # Groups 1,2,3 and 4,5,6: between 13.5, within 4, noise 1.
    found = result("anova_oneway", groups=[[1, 2, 3], [4, 5, 6]])
    assert (found.ss_between, found.ss_within) == pytest.approx((13.5, 4))
    assert found.eta2 == pytest.approx(13.5 / 17.5)
    assert found.omega2 == pytest.approx(12.5 / 18.5)
    assert found.means == (2, 5)


def test_an_offset_does_not_cost_digits() -> None:
    groups = [[0.1, 0.2, 0.3], [0.2, 0.4, 0.3], [0.5, 0.4, 0.6]]
    near = result("anova_oneway", groups=groups)
    far = result("anova_oneway", groups=[[1e9 + v for v in g] for g in groups])
    assert far.F == pytest.approx(near.F, rel=1e-6)


def test_uneven_variances_and_tied_ranks_are_said() -> None:
    assert result("anova_oneway", groups=[[1, 2, 3, 4], [10, 90, 50, 20]]).warnings
    tied = result("rank_test", test="mann_whitney", x=[1, 2, 2, 3], y=[2, 4, 5, 6])
    assert not tied.exact
    assert tied.warnings
    many = result("rank_test", test="wilcoxon_signed_rank", x=list(range(1, 52)))
    assert not many.exact
    assert many.warnings[0].values == {"why": "n > 50"}


@LIGHT
@given(NUMBERS, NUMBERS)
def test_ranks_only_know_the_order(x: list[float], y: list[float]) -> None:
    plain = result("rank_test", test="mann_whitney", x=x, y=y)
    cubed = result("rank_test", test="mann_whitney", x=[v**3 for v in x], y=[v**3 for v in y])
    turned = result("rank_test", test="mann_whitney", x=y, y=x)
    assert (cubed.U, cubed.p) == (plain.U, plain.p)
    assert plain.U + turned.U == len(x) * len(y)
    assert turned.effect == pytest.approx(-plain.effect)
    h = result("rank_test", test="kruskal_wallis", groups=[x, y])
    assert result("rank_test", test="kruskal_wallis", groups=[y, x]).H == pytest.approx(h.H)


@LIGHT
@given(NUMBERS)
def test_positive_and_negative_ranks_add_up_to_all(x: list[float]) -> None:
    x = [v for v in x if v]
    up, down = (result("rank_test", test="wilcoxon_signed_rank", x=[k * v for v in x]) for k in (1, -1))
    assert up.V + down.V == len(x) * (len(x) + 1) / 2
    assert up.p == pytest.approx(down.p)


def test_perfect_order_has_the_exact_chance_of_one_arrangement() -> None:
    found = result("rank_test", test="mann_whitney", x=[1, 2, 3], y=[4, 5, 6, 7], alternative="less")
    assert found.p == pytest.approx(1 / 35)
    assert found.effect == -1
    signed = result("rank_test", test="wilcoxon_signed_rank", x=[1, 2, 3, 4], alternative="greater")
    assert signed.p == pytest.approx(1 / 16)
    agreed = result("rank_test", test="friedman", groups=[[1, 1, 1], [2, 2, 2], [3, 3, 3]])
    assert (agreed.Q, agreed.effect) == pytest.approx((6, 1))


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"test": "mann_whitney", "x": [1, 2]}, "y"),
        ({"test": "kruskal_wallis", "x": [1, 2]}, "groups"),
        ({"test": "friedman", "groups": [[1, 2], [1, 3], [2, 4, 5]]}, "groups"),
        ({"test": "mann_whitney", "x": [1, 1], "y": [1, 2], "exact": True}, "exact"),
        ({"test": "wilcoxon_signed_rank", "x": [0, 0]}, "x"),
    ],
)
def test_a_rank_test_names_what_it_lacks(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInput) as error:
        result("rank_test", **arguments)
    assert error.value.argument == argument


@pytest.mark.parametrize(
    ("name", "more"),
    [("anova_oneway", {}), ("variance_test", {"test": "bartlett"}), ("rank_test", {"test": "kruskal_wallis"})],
)
@pytest.mark.parametrize(
    "groups",
    [
        [],
        [[1, 2]],
        [[1, 2], []],
        [[1, 2], [float("nan"), 1]],
        [[3, 3], [3, 3]],
        [[1, 2], ["x", 1]],
        [[1, 2], [1e308, 1]],
    ],
)
def test_bad_groups_give_one_error_that_names_them(name: str, more: dict[str, str], groups: list[Any]) -> None:
    with pytest.raises((InvalidInput, InsufficientData)) as error:
        result(name, groups=groups, **more)
    assert error.value.argument.startswith("groups")


@LIGHT
@given(st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_independence_does_not_depend_on_what_is_called_row(table: list[list[int]]) -> None:
    turned = [list(column) for column in zip(*table, strict=True)]
    for test in ("chi2", "g"):
        one, two = (result("contingency_test", table=t, test=test) for t in (table, turned))
        assert (one.chi2, one.p, one.df) == pytest.approx((two.chi2, two.p, two.df), abs=1e-9)
    assert sum(map(sum, one.expected)) == pytest.approx(sum(map(sum, table)))


def test_small_and_empty_cells_are_said() -> None:
    said = result("contingency_test", table=[[3, 0], [1, 3]]).warnings
    assert len(said) == 2
    with pytest.raises(InvalidInput):
        result("contingency_test", table=[[1, 0], [2, 0]])
    with pytest.raises(InvalidInput):
        result("contingency_test", table=[[1.5, 2], [2, 3]])


@LIGHT
@given(st.lists(st.integers(1, 12), min_size=4, max_size=4))
def test_fishers_sides_overlap_in_the_table_seen_and_odds_turn_over_with_it(cells: list[int]) -> None:
    a, b, c, d = cells
    less, more = (result("fisher_exact", table=[[a, b], [c, d]], alternative=s).p for s in ("less", "greater"))
    assert less + more > 1
    one = result("fisher_exact", table=[[a, b], [c, d]])
    other = result("fisher_exact", table=[[c, d], [a, b]])
    assert one.p == pytest.approx(other.p)
    assert one.odds_ratio_conditional_mle * other.odds_ratio_conditional_mle == pytest.approx(1, rel=1e-4)
    assert one.ci_low <= one.odds_ratio_conditional_mle <= one.ci_high


@LIGHT
@given(st.integers(0, 60), st.sampled_from(["wilson", "exact", "score"]))
def test_a_proportions_interval_holds_it_and_mirrors_with_failures(successes: int, method: str) -> None:
    one = result("proportion_test", successes=successes, trials=60, method=method, p0=0.3)
    other = result("proportion_test", successes=60 - successes, trials=60, method=method, p0=0.7)
    assert one.ci_low - 1e-12 <= successes / 60 <= one.ci_high + 1e-12
    assert (one.ci_low, one.ci_high) == pytest.approx((1 - other.ci_high, 1 - other.ci_low), abs=1e-9)
    assert one.p == pytest.approx(other.p, rel=1e-6)


def test_the_score_intervals_bound_is_where_the_score_test_stops_keeping() -> None:
    found = result("proportion_test", successes=30, trials=100)
    at_the_bound = result("proportion_test", successes=30, trials=100, p0=found.ci_low)
    assert at_the_bound.p == pytest.approx(0.05)


@LIGHT
@given(NUMBERS, st.sampled_from(["bartlett", "levene", "fligner"]))
def test_variances_do_not_depend_on_where_groups_lie(x: list[float], test: str) -> None:
    y = [2 * v + 1 for v in x[1:]]
    plain = result("variance_test", groups=[x, y], test=test)
    moved = result("variance_test", groups=[[v + 64 for v in x], y], test=test)
    assert moved.statistic == pytest.approx(plain.statistic, rel=1e-6, abs=1e-9)
    assert 0 <= plain.p <= 1


@LIGHT
@given(st.lists(st.integers(-500, 500), min_size=9, max_size=20, unique=True), st.sampled_from(["shapiro", "ad", "jb"]))
def test_normality_has_no_unit(x: list[int], test: str) -> None:
    plain = result("normality_test", x=x, test=test)
    moved = result("normality_test", x=[1000 + 3 * v for v in x], test=test)
    assert moved.statistic == pytest.approx(plain.statistic, rel=1e-6)


def test_shapiro_refuses_more_than_its_tables_hold() -> None:
    with pytest.raises(LimitExceeded):
        result("normality_test", x=list(range(5001)))


@LIGHT
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_corrections_order_as_they_should(p: list[float]) -> None:
    by = {m: result("multiple_testing", p_values=p, method=m).adjusted for m in ("bonferroni", "holm", "bh", "by")}
    for raw, bonferroni, holm, bh, by_ in zip(p, by["bonferroni"], by["holm"], by["bh"], by["by"], strict=True):
        assert raw - 1e-12 <= bh <= holm + 1e-12 <= bonferroni + 2e-12
        assert bh <= by_ + 1e-12
    found = result("multiple_testing", p_values=p)
    assert found.rejections_bonferroni <= found.rejections_holm <= found.rejections_bh
    assert sum(found.rejected) == found.rejections_bh


@pytest.mark.parametrize("test", ["t_two_samples", "t_one_sample", "anova", "two_proportions"])
def test_any_three_of_a_design_give_the_fourth_back(test: str) -> None:
    whole = result("power", effect=0.4, n=60, alpha=0.05, test=test, groups=3)
    design = {"effect": 0.4, "n": 60.0, "alpha": 0.05, "power": whole.power}
    for name, value in design.items():
        found = result("power", **{**design, name: None}, test=test, groups=3)
        got = found.sample_size if name == "n" else getattr(found, name)
        assert got == pytest.approx(value, rel=1e-3), name
        assert found.solved_for == name
    powers = [result("power", effect=0.4, n=n, test=test, groups=3).power for n in (20, 40, 80)]
    assert all(a < b for a, b in pairwise(powers))


def test_a_design_out_of_reach_is_no_result() -> None:
    with pytest.raises(NotConverged):
        result("power", effect=1e-9, power=0.8)
    with pytest.raises(InvalidInput):
        result("power", effect=0.3)


def test_the_same_seed_gives_the_same_interval_and_scale_carries_over() -> None:
    x = [3.0, 9.0, 1.0, 7.0, 20.0, 2.0, 5.0, 4.0]
    for method in ("bca", "percentile", "basic"):
        one = result("bootstrap_ci", x=x, n_resamples=500, method=method, seed=5)
        assert result("bootstrap_ci", x=x, n_resamples=500, method=method, seed=5) == one
        assert result("bootstrap_ci", x=x, n_resamples=500, method=method, seed=6).ci_low != one.ci_low
        wide = result("bootstrap_ci", x=[10 * v for v in x], n_resamples=500, method=method, seed=5)
        assert (wide.ci_low, wide.ci_high) == pytest.approx((10 * one.ci_low, 10 * one.ci_high))
        assert one.ci_low < one.estimate < one.ci_high


def test_the_bootstrap_of_the_mean_has_the_standard_error_of_theory() -> None:
    x = [float(v) for v in range(50)]
    found = result("bootstrap_ci", x=x, method="percentile")
    exact = (sum((v - 24.5) ** 2 for v in x) / 50 / 50) ** 0.5
    assert found.se == pytest.approx(exact, rel=0.03)
    assert abs(found.bias) < 0.1


def test_what_the_bootstrap_cannot_do_it_says() -> None:
    with pytest.raises(LimitExceeded):
        result("bootstrap_ci", x=list(range(40_000)), n_resamples=100)
    assert result("bootstrap_ci", x=[1, 2, 3, 4], n_resamples=100).warnings[0].values == {"n": 4}


def test_costs_of_claims_are_far_from_normal_and_the_anderson_darling_test_says_so() -> None:
    rng = np.random.default_rng(0)
    found = result("normality_test", x=np.round(rng.lognormal(7, 1.2, 1000), 2).tolist(), test="ad")
    assert found.statistic > 50
    assert found.p == 0
    # One value nine deviations out of many that are normal: the probability of the rest still counts.
    nearly = [*rng.normal(size=2000).tolist(), 9.5]
    assert result("normality_test", x=nearly, test="ad").p > 1e-4


def test_a_rise_of_so_many_euros_is_a_tie_whatever_the_premium() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        cents = rng.integers(10_000, 90_000, 25)
        rises = rng.choice([-1000, -500, -250, 250, 500, 1000], 25)
        euros = {"x": (cents / 100).tolist(), "y": ((cents + rises) / 100).tolist()}
        found = result("rank_test", test="wilcoxon_signed_rank", **euros)
        exactly = result("rank_test", test="wilcoxon_signed_rank", x=(-rises).tolist())
        assert (found.V, found.p, found.exact) == (exactly.V, exactly.p, exactly.exact)


def test_many_policies_make_an_effect_sure() -> None:
    for test in ("t_two_samples", "t_one_sample"):
        assert result("power", effect=0.4, n=5000, test=test).power == pytest.approx(1)
    assert result("power", effect=None, n=2, power=0.8, test="anova", groups=3).effect == pytest.approx(2.274, abs=1e-3)


def test_an_effect_that_two_would_show_needs_two() -> None:
    found = result("power", effect=2.5, power=0.8, test="anova", groups=4)
    assert (found.sample_size, found.n_needed) == (2, 2)
    assert found.power > 0.8


def test_the_chart_of_power_rises_up_to_twice_the_sample() -> None:
    found = result("power", effect=0.8, power=0.9)
    line = found.charts[0].series[0]
    assert line.x[0] == 2
    assert line.x[-1] == pytest.approx(2 * found.sample_size)
    assert all(a < b for a, b in pairwise(line.x))


def test_a_proportion_of_few_cases_says_that_its_p_is_rough() -> None:
    assert result("proportion_test", successes=1, trials=6).warnings
    assert not result("proportion_test", successes=1, trials=6, method="exact").warnings
    assert not result("proportion_test", successes=81, trials=263).warnings
