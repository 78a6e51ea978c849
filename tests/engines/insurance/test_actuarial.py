"""Identities of life contingencies, of the collective risk and of survival."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engines.errors import InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.running import compute

MAKEHAM = {"law": "makeham", "A": 0.00022, "B": 2.7e-06, "c": 1.124}
ages = st.integers(0, 90)
rates = st.sampled_from([-0.01, 0.0, 0.01, 0.03, 0.07])
few = settings(max_examples=20, deadline=None)


def run(tool: str, **arguments: Any) -> Any:
    return compute(f"actuarial_{tool}", arguments)


@few
@given(ages, rates, st.integers(1, 40))
def test_insurance_and_annuity_say_the_same(age: int, interest: float, term: int) -> None:
    found = run("life_contingency", mortality=MAKEHAM, interest=interest, age=age, term=term)
    d = interest / (1 + interest)
    assert found.A == pytest.approx(1 - d * found.annuity_due, abs=1e-12)
    assert found.endowment == pytest.approx(1 - d * found.temporary_annuity_due, abs=1e-12)
    assert found.endowment == pytest.approx(found.term + found.pure_endowment, abs=1e-12)
    assert found.annuity_due == pytest.approx(found.temporary_annuity_due + found.deferred_annuity_due)


def test_one_year_of_life_recurs() -> None:
    young = run("life_contingency", mortality=MAKEHAM, interest=0.05, age=60)
    old = run("life_contingency", mortality=MAKEHAM, interest=0.05, age=61)
    assert young.A == pytest.approx((young.q_x + (1 - young.q_x) * old.A) / 1.05, rel=1e-12)


def test_a_table_of_the_law_values_as_the_law() -> None:
    law = {"law": "gompertz", "B": 2.7e-05, "c": 1.1}
    q = [run("life_contingency", mortality=law, interest=0.0, age=age).q_x for age in range(60, 131)]
    table = {"age": list(range(60, 131)), "q": q}
    by_law = run("life_contingency", mortality=law, interest=0.04, age=60)
    by_table = run("life_contingency", mortality=table, interest=0.04, age=60)
    assert by_table.A == pytest.approx(by_law.A, rel=1e-9)
    assert by_table.warnings[0].text.startswith("La tabla acaba")


def test_payments_in_the_year_cost_less_than_in_advance_and_monthly_near_the_middle() -> None:
    found = run("life_contingency", mortality=MAKEHAM, interest=0.05, age=60, payments_per_year=12)
    assert found.annuity_due_mthly == pytest.approx(found.annuity_due - 11 / 24, abs=0.01)
    assert found.annuity_due_mthly < found.annuity_due - 11 / 24


def test_an_improving_table_lengthens_life_by_its_year() -> None:
    ages_ = list(range(60, 121))
    table: dict[str, Any] = {"age": ages_, "q": [min(0.01 * 1.1 ** (a - 60), 1.0) for a in ages_]}
    improving = {**table, "lambda": [0.02] * len(ages_), "base_year": 2012}
    still = run("life_contingency", mortality=table, interest=0.02, age=65)
    later = [
        run("life_contingency", mortality={**improving, "year": year}, interest=0.02, age=65) for year in (2012, 2026)
    ]
    assert still.annuity_due < later[0].annuity_due < later[1].annuity_due
    assert later[1].q_x == pytest.approx(still.q_x * math.exp(-0.02 * 14), rel=1e-12)
    with pytest.raises(InvalidInput):
        run("life_contingency", mortality={**table, "base_year": 2012}, interest=0.02, age=65)


@pytest.mark.parametrize(
    "mortality",
    [
        {"age": [60, 62], "q": [0.1, 1.0]},
        {"age": [60], "q": [0.1, 1.0]},
        {"age": [], "q": []},
        {"law": "de_moivre", "omega": 50.0},
        {"law": "gompertz", "B": 1e-300, "c": 1.0001},
    ],
)
def test_a_mortality_that_is_none_is_refused(mortality: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        run("life_contingency", mortality=mortality, interest=0.03, age=60)


@few
@given(
    ages,
    rates,
    st.integers(2, 30),
    st.sampled_from(["term", "endowment", "pure_endowment", "whole_life"]),
    st.integers(0, 30),
)
def test_the_prospective_value_is_the_recursive_one(age: int, interest: float, term: int, cover: str, at: int) -> None:
    at = min(at, term)
    arguments = dict(mortality=MAKEHAM, interest=interest, age=age, benefit=cover, sum_insured=1000.0, term=term)
    found = run("policy_value", **arguments, at=at)
    assert found.recursive == pytest.approx(found.prospective, rel=1e-6, abs=1e-6)
    assert run("policy_value", **arguments, at=0).prospective == pytest.approx(0.0, abs=1e-8)


def test_the_sum_at_risk_is_what_a_death_costs_or_sets_free() -> None:
    policy = {"mortality": MAKEHAM, "interest": 0.02, "age": 40, "sum_insured": 1000.0, "term": 15}
    pure = run("policy_value", **policy, benefit="pure_endowment", at=5)
    assert pure.sum_at_risk == pytest.approx(-run("policy_value", **policy, benefit="pure_endowment", at=6).prospective)
    assert run("policy_value", **policy, benefit="term", at=14).sum_at_risk == pytest.approx(1000.0)
    assert run("policy_value", **policy, benefit="term", at=15).sum_at_risk == 0.0


def test_an_endowment_is_worth_its_sum_at_the_end() -> None:
    found = run("policy_value", mortality=MAKEHAM, interest=0.03, age=40, benefit="endowment", sum_insured=500.0,
                at=10, term=10)  # fmt: skip
    assert found.prospective == 500.0


@few
@given(ages, rates, st.integers(1, 30))
def test_premiums_pay_for_benefits_expenses_and_profit(age: int, interest: float, term: int) -> None:
    expenses = {"initial": 50.0, "initial_share": 0.3, "renewal": 5.0, "renewal_share": 0.02, "claim": 0.1}
    found = run("gross_premium", mortality=MAKEHAM, interest=interest, age=age, benefit="term", sum_insured=1e4,
                term=term, expenses=expenses, profit=0.05)  # fmt: skip
    paid = found.benefits_value + found.expenses_value + found.profit_value
    assert found.premiums_value == pytest.approx(paid, rel=1e-10)
    net = run("net_premium", mortality=MAKEHAM, interest=interest, age=age, benefit="term", sum_insured=1e4, term=term)
    assert net.premium == pytest.approx(found.net_premium, rel=1e-10)
    assert found.premium > net.premium


def test_expenses_that_eat_the_premium_are_refused() -> None:
    with pytest.raises(InvalidInput, match="expenses"):
        run("gross_premium", mortality=MAKEHAM, interest=0.03, age=40, benefit="term", sum_insured=1e4, term=1,
            expenses={"initial_share": 1.2})  # fmt: skip


@few
@given(ages, ages, rates, st.sampled_from([0.0, 0.01]))
def test_the_first_and_the_last_death_share_both_lives(x: int, y: int, interest: float, shock: float) -> None:
    arguments = dict(mortality_x=MAKEHAM, mortality_y=MAKEHAM, interest=interest, common_shock=shock)
    found = run("joint_life", age_x=x, age_y=y, **arguments)
    assert found.a_xy + found.a_last == pytest.approx(found.a_x + found.a_y, rel=1e-10)
    assert found.A_xy == pytest.approx(1 - interest / (1 + interest) * found.a_xy, abs=1e-10)
    assert run("joint_life", age_x=y, age_y=x, **arguments).a_xy == pytest.approx(found.a_xy)


def test_a_shock_takes_both_lives_at_once() -> None:
    arguments = dict(mortality_x=MAKEHAM, mortality_y=MAKEHAM, interest=0.03, age_x=60, age_y=55, term=10)
    calm, shaken = run("joint_life", **arguments), run("joint_life", common_shock=0.02, **arguments)
    assert shaken.both_survive == pytest.approx(calm.both_survive * math.exp(-0.2), rel=1e-12)
    # Each life dies of the shock too: at least one lives iff it did without the shock, and the shock has not come.
    assert shaken.either_survives == pytest.approx(calm.either_survives * math.exp(-0.2), rel=1e-12)


def test_the_oldest_get_no_monthly_annuity() -> None:
    found = run("life_contingency", mortality=MAKEHAM, interest=0.03, age=130, payments_per_year=12)
    assert found.annuity_due_mthly is None
    assert "Woolhouse" in found.warnings[0].text


def test_natural_premiums_need_no_reserve_and_grow_while_level_ones_do() -> None:
    arguments = dict(mortality=MAKEHAM, interest=0.02, age=40, sum_insured=4000.0, at=10, growth=0.01)
    natural = run("decesos_reserve", premium="natural", **arguments)
    level = run("decesos_reserve", premium="level", **arguments)
    assert natural.reserve == 0.0
    assert natural.benefits_value == pytest.approx(natural.premiums_value)
    assert natural.schedule[30].premium > natural.schedule[0].premium
    assert level.schedule[0].reserve == pytest.approx(0.0, abs=1e-8)
    assert level.reserve == pytest.approx(level.benefits_value - level.premiums_value)
    assert (
        run("decesos_reserve", **{**arguments, "premium_growth": 0.2}).warnings[0].text.startswith("La provisión sale")
    )


def test_saving_without_interest_is_what_was_paid_in() -> None:
    found = run("pension_projection", age=60, retirement_age=65, contribution=100.0, return_rate=0.0, pot=50.0,
                inflation=0.02, mortality=MAKEHAM)  # fmt: skip
    assert found.pot == pytest.approx(550.0)
    assert found.earnings == pytest.approx(0.0)
    assert found.real_pot == pytest.approx(550 / 1.02**5)
    assert found.annual_pension * found.annuity_factor == pytest.approx(found.pot)


COUNTS = [
    {"dist": "poisson", "mean": 3.0},
    {"dist": "negative_binomial", "r": 1.5, "beta": 2.0},
    {"dist": "binomial", "m": 12, "q": 0.3},
]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(COUNTS), st.lists(st.floats(0.01, 1), min_size=2, max_size=6))
def test_the_recursion_is_the_fourier_transform_and_keeps_the_moments(
    count: dict[str, Any], weights: list[float]
) -> None:  # fmt: skip
    severity = list(np.array(weights) / sum(weights))
    found = run("aggregate_loss", frequency=count, severity=severity, step=10.0)
    assert found.method == "Panjer"
    assert found.check < 1e-12
    pmf = np.array(found.pmf)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-9)
    assert 10 * pmf @ np.arange(pmf.size) == pytest.approx(found.mean, rel=1e-8)
    assert all(point.var <= point.tvar for point in found.tail)


def test_many_claims_are_summed_by_fourier_and_near_normal() -> None:
    found = run("aggregate_loss", frequency={"dist": "poisson", "mean": 2000.0}, severity=[0.0, 0.5, 0.5], step=1.0)
    assert found.method == "FFT"
    assert found.var == pytest.approx(found.mean + 1.645 * found.sd, rel=0.001)
    with pytest.raises(LimitExceeded):
        run("aggregate_loss", frequency={"dist": "poisson", "mean": 1e7}, severity=[0.0, 0.5, 0.5], step=1.0)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.05, 2), st.floats(0, 20))
def test_exponential_claims_are_gamma_claims_of_shape_one(loading: float, surplus: float) -> None:
    exact = run(
        "ruin_probability", claims={"law": "exponential", "mean": 2.0}, loading=loading, initial_surplus=surplus
    )
    near = run("ruin_probability", claims={"law": "gamma", "shape": 1.0, "mean": 2.0}, loading=loading,
               initial_surplus=surplus)  # fmt: skip
    assert near.adjustment_coefficient == pytest.approx(exact.adjustment_coefficient, rel=1e-8)
    assert near.psi == pytest.approx(exact.psi, rel=1e-4, abs=1e-7)
    assert near.psi_low - 1e-12 <= exact.psi <= near.psi_high + 1e-12
    assert near.psi <= near.lundberg_bound + 1e-12


def test_fixed_claims_are_ruined_at_zero_surplus_as_all_are() -> None:
    found = run("ruin_probability", claims={"law": "fixed", "mean": 5.0}, loading=0.25, initial_surplus=0.0)
    assert found.psi == pytest.approx(1 / 1.25)


def test_severity_scales_with_the_unit_and_sees_truncation() -> None:
    losses = np.random.default_rng(0).gamma(2.0, 500.0, 4000)
    euros = run("severity_fit", losses=losses.tolist(), laws=["gamma", "lognormal"])
    cents = run("severity_fit", losses=(100 * losses).tolist(), laws=["gamma", "lognormal"])
    assert euros.best == "gamma"
    assert cents.params["alpha"] == pytest.approx(euros.params["alpha"], rel=1e-4)
    assert cents.params["theta"] == pytest.approx(100 * euros.params["theta"], rel=1e-4)
    assert cents.loglik == pytest.approx(euros.loglik - 4000 * math.log(100), rel=1e-9)
    seen = losses[losses > 400]
    cut = np.minimum(seen, 3000.0)
    known = run("severity_fit", losses=cut.tolist(), deductibles=[400.0] * len(seen), limits=[3000.0] * len(seen),
                laws=["gamma"])  # fmt: skip
    assert known.truncated
    assert known.censored == int((seen >= 3000).sum())
    assert known.params["alpha"] == pytest.approx(2.0, abs=0.35)


def test_a_law_that_runs_to_its_limit_is_said_to_fail() -> None:
    even = list(np.linspace(90.0, 110.0, 50))
    found = run("severity_fit", losses=even, laws=["pareto", "gamma"])
    assert found.failed == ("pareto",)
    with pytest.raises(NotConverged):
        run("severity_fit", losses=even, laws=["pareto"])


@pytest.mark.parametrize("law", ["gamma", "lognormal", "weibull", "inverse_gaussian"])
def test_whole_samples_are_fitted_as_scipy_does(law: str) -> None:
    known = {"gamma": stats.gamma, "lognormal": stats.lognorm, "weibull": stats.weibull_min}
    theirs = known.get(law, stats.invgauss)
    for x in (np.linspace(90.0, 110.0, 50), np.random.default_rng(0).pareto(2.0, 200) * 1e4 + 1):
        (ours,) = run("severity_fit", losses=x.tolist(), laws=[law]).laws
        assert ours.loglik == pytest.approx(theirs.logpdf(x, *theirs.fit(x, floc=0)).sum(), abs=1e-4)


def survivors(n: int = 300) -> dict[str, list[Any]]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    time = rng.exponential(np.exp(-0.7 * x))
    return {"t": np.minimum(time, 2.0).tolist(), "e": (time < 2).astype(int).tolist(), "x": x.tolist()}


def test_cox_knows_only_the_order_of_time_and_scales_with_its_columns() -> None:
    data = survivors()
    found = run("cox_regression", data=data, time="t", event="e", x=["x"])
    assert found.params["x"] == pytest.approx(0.7, abs=0.2)
    assert found.ph_test["x"] > 0.01
    moved = {**data, "t": [t**3 for t in data["t"]], "x": [1000 * x + 5 for x in data["x"]]}
    again = run("cox_regression", data=moved, time="t", event="e", x=["x"])
    assert again.params["x"] == pytest.approx(found.params["x"] / 1000, rel=1e-5)
    assert again.loglik == pytest.approx(found.loglik, rel=1e-8)
    breslow = run("cox_regression", data=data, time="t", event="e", x=["x"], ties="breslow")
    assert breslow.params["x"] == pytest.approx(found.params["x"], rel=1e-6)  # no ties, no difference


def test_cox_names_the_column_that_repeats_another_and_refuses_separation() -> None:
    data = survivors()
    with pytest.raises(SingularMatrix, match="double"):
        run("cox_regression", data={**data, "double": [2 * x for x in data["x"]]}, time="t", event="e",
            x=["x", "double"])  # fmt: skip
    split = {"t": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "e": [1, 1, 1, 0, 0, 0], "x": [1, 1, 1, 0, 0, 0]}
    with pytest.raises(NotConverged):
        run("cox_regression", data=split, time="t", event="e", x=["x"])


def test_groups_may_come_in_any_order_and_expected_events_add_up() -> None:
    data = survivors(60)
    groups = ["young" if x < 0 else "old" for x in data["x"]]
    found = run("survival_compare", data={**data, "g": groups}, time="t", event="e", group="g")
    back = {name: list(reversed(column)) for name, column in {**data, "g": groups}.items()}
    assert run("survival_compare", data=back, time="t", event="e", group="g").chi2 == pytest.approx(found.chi2)
    assert sum(g.expected for g in found.groups) == pytest.approx(sum(g.events for g in found.groups))
    one = run("survival_compare", data=data, time="t", event="e")
    assert one.chi2 is None
    assert one.groups[0].n == 60


def test_experience_is_that_of_its_cells_together() -> None:
    data = {"band": ["b", "a", "b"], "e": [100.0, 50.0, 300.0], "d": [3, 0, 5], "q": [0.02, 0.01, 0.03]}
    found = run("experience_study", data=data, exposure="e", observed="d", rate="q", cell="band")
    assert [cell.cell for cell in found.cells] == ["a", "b"]
    assert found.cells[0].low == 0.0
    assert found.expected == pytest.approx(11.5)
    assert sum(cell.expected * cell.ratio for cell in found.cells) == pytest.approx(found.observed)
    assert found.low < found.ratio < found.high


def test_an_improving_table_that_is_closed_needs_no_caution() -> None:
    ages = list(range(60, 111))
    table = {"age": ages, "q": [min(0.01 * 1.1 ** (x - 60), 1.0) for x in ages[:-1]] + [1.0],
             "lambda": [0.01] * len(ages), "base_year": 2012, "year": 2026}  # fmt: skip
    assert run("life_contingency", mortality=table, interest=0.02, age=65).warnings == ()


def test_ages_are_cells_in_their_own_order() -> None:
    data = {"edad": [99, 100, 101], "e": [50.0, 30.0, 10.0], "d": [12, 10, 4], "q": [0.3, 0.35, 0.4]}
    found = run("experience_study", data=data, exposure="e", observed="d", rate="q", cell="edad")
    assert [cell.cell for cell in found.cells] == ["99", "100", "101"]


def test_who_leaves_on_the_first_day_counts() -> None:
    """The order of times is all that matters: a day added to all moves the curve and tells nothing else."""
    rng = np.random.default_rng(0)
    days = np.floor(rng.exponential(20, 80))
    data = {"d": days.tolist(), "e": rng.integers(0, 2, 80).tolist(), "x": rng.normal(size=80).tolist(),
            "g": rng.choice(["web", "agente"], 80).tolist()}  # fmt: skip
    assert days.min() == 0
    later = {**data, "d": (days + 1).tolist()}
    for tool, more in (("survival_compare", {"group": "g"}), ("cox_regression", {"x": ["x"]})):
        one, other = (run(tool, data=rows, time="d", event="e", **more) for rows in (data, later))
        if tool == "cox_regression":
            assert one.params["x"] == pytest.approx(other.params["x"], rel=1e-6)
        else:
            assert one.chi2 == pytest.approx(other.chi2)
            assert one.groups[0].median == other.groups[0].median - 1
    with pytest.raises(InvalidInput):
        run("survival_compare", data={**data, "d": (days - 1).tolist()}, time="d", event="e")
