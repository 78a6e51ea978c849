"""What must hold of classes, scorecards, their validation, and capital, whatever the data."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines import operations
from engines.errors import InsufficientData, InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.running import compute, run

FEW = settings(max_examples=20, deadline=None)


def ask(tool: str, **arguments: Any) -> Any:
    return compute(f"credit_scoring_{tool}", arguments)


def said(result: Any) -> str:
    return " ".join(caution.text for caution in result.warnings)


def loans(n: int = 600, seed: int = 3) -> dict[str, list[Any]]:
    """Risks whose chance to fail falls with income and with age, and not with noise."""
    rng = np.random.default_rng(seed)
    income, age, noise = rng.normal(size=n), rng.integers(20, 70, n), rng.normal(size=n)
    chance = 1 / (1 + np.exp(1 + 1.2 * income + 0.05 * (age - 45)))
    bad = (rng.random(n) < chance).astype(int)
    grade = np.where(income > 0.5, "A", np.where(income > -0.5, "B", "C"))
    columns = {"income": income, "age": age, "noise": noise, "grade": grade, "bad": bad}
    return {name: column.tolist() for name, column in columns.items()}


LOANS = loans()


@FEW
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=12, max_size=60), st.randoms())
def test_the_information_value_is_of_the_counts_alone(rows: list[tuple[str, bool]], random: Any) -> None:
    rows = [*rows, ("a", True), ("a", False)]
    shuffled = rows.copy()
    random.shuffle(shuffled)
    first, second = (
        ask("woe_iv", data={"x": [x for x, _ in r], "bad": [b for _, b in r]}, column="x", target="bad")
        for r in (rows, shuffled)
    )
    assert first == second
    assert first.iv >= 0
    assert sum(b.n for b in first.bins) == len(rows)
    for b in first.bins:
        if b.good and b.bad:
            assert (b.woe > 0) == (b.bad_rate < sum(v for _, v in rows) / len(rows)) or abs(b.woe) < 1e-9


def test_an_empty_cell_counts_a_half_and_is_told() -> None:
    data = {"x": ["a"] * 5 + ["b"] * 5, "bad": [0] * 5 + [1, 1, 1, 0, 0]}
    found = ask("woe_iv", data=data, column="x", target="bad")
    assert found.bins[0].woe == pytest.approx(math.log((5 / 7) / (0.5 / 3)))
    assert "0,5" in said(found)
    assert found.warnings[0].values["classes"] == "a"


def test_gaps_are_a_class_of_their_own() -> None:
    data = {"x": [1.0, None, 2.0, None, 3.0, 9.0], "bad": [0, 1, 1, 0, 0, 1]}
    found = ask("woe_iv", data=data, column="x", target="bad", edges=[2.0])
    assert [b.n for b in found.bins] == [2, 2, 2]
    assert found.bins[0].high == 2.0
    assert found.bins[-1].low is None


def test_the_upper_end_belongs_to_its_class() -> None:
    data = {"x": [1, 2, 2, 3], "bad": [0, 1, 0, 1]}
    assert [b.n for b in ask("woe_iv", data=data, column="x", target="bad", edges=[2]).bins] == [3, 1]


@pytest.mark.parametrize(
    ("data", "edges", "error"),
    [
        ({"x": [1, 2, 3], "bad": [0, 1, 2]}, None, InvalidInput),
        ({"x": [1, 2, 3], "bad": [1, 1, 1]}, None, InvalidInput),
        ({"x": [1, 2, 3], "bad": [0, 1, 1]}, [2, 1], InvalidInput),
        ({"x": ["a", "b", "c"], "bad": [0, 1, 1]}, [1], InvalidInput),
        ({"x": list(range(200)), "bad": [0, 1] * 100}, None, LimitExceeded),
    ],
)
def test_what_cannot_be_weighed_is_refused(data: dict[str, Any], edges: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask("woe_iv", data=data, column="x", target="bad", edges=edges)


@FEW
@given(st.integers(0, 10_000), st.sampled_from(["increasing", "decreasing"]), st.integers(2, 8))
def test_classes_go_the_way_asked_and_are_few_and_large(seed: int, way: str, most: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=400)
    bad = rng.random(400) < 0.1 + 0.5 * (np.sin(3 * x) > 0)
    data = {"x": x.tolist(), "bad": bad.tolist()}
    found = ask("bin_optimal", data=data, column="x", target="bad", max_bins=most, monotone=way)
    rates = [b.bad_rate for b in found.bins]
    assert rates == sorted(rates, reverse=way == "decreasing")
    assert len(rates) <= most
    assert min(b.n for b in found.bins) >= 20
    assert len(found.edges) == len(rates) - 1


def test_the_way_must_be_said() -> None:
    with pytest.raises(InvalidInput, match="monotone"):
        ask("bin_optimal", data=LOANS, column="income", target="bad", max_bins=5)


def test_a_way_the_data_do_not_go_leaves_one_class_and_says_so() -> None:
    found = ask("bin_optimal", data=LOANS, column="income", target="bad", max_bins=5, monotone="increasing")
    assert found.edges == ()
    assert "una sola clase" in said(found)
    assert ask("bin_optimal", data=LOANS, column="noise", target="bad", max_bins=5, monotone="none").iv < 0.1


def test_turning_the_variable_round_turns_the_classes_round() -> None:
    there = ask("bin_optimal", data=LOANS, column="income", target="bad", max_bins=5, monotone="decreasing")
    turned = {**LOANS, "income": [-v for v in LOANS["income"]]}
    back = ask("bin_optimal", data=turned, column="income", target="bad", max_bins=5, monotone="increasing")
    assert 0.5 < back.iv / there.iv < 2
    assert len(there.edges) == len(back.edges)


def test_classes_found_are_classes_taken() -> None:
    found = ask("bin_optimal", data=LOANS, column="income", target="bad", max_bins=5, monotone="decreasing")
    again = ask("woe_iv", data=LOANS, column="income", target="bad", edges=list(found.edges))
    assert again.bins == found.bins


def card(**change: Any) -> Any:
    good = {"data": LOANS, "target": "bad", "features": ["grade", "age"], "edges": {"age": [30.0, 45.0, 60.0]}}
    return ask("scorecard_fit", **{**good, **change})


def test_points_add_up_to_the_scaled_odds() -> None:
    found = card()
    points = {(r.feature, r.label): r for r in found.points}
    some, other = points["grade", "A"], points["age", "30 – 45"]
    log_odds_bad = found.params["const"] + found.params["grade"] * some.woe + found.params["age"] * other.woe
    assert some.points + other.points == pytest.approx(found.offset - found.factor * log_odds_bad)
    # The base odds are worth the base score.
    assert found.offset + found.factor * math.log(50) == pytest.approx(600)
    assert not found.warnings
    assert points["grade", "A"].points > points["grade", "C"].points


def test_coefficients_and_errors_are_those_of_maximum_likelihood() -> None:
    import statsmodels.api as sm

    found = card()
    woe = {(r.feature, r.label): r.woe for r in found.points}
    age = pd.cut(pd.Series(LOANS["age"]), [-np.inf, 30, 45, 60, np.inf], labels=["≤ 30", "30 – 45", "45 – 60", "> 60"])
    design = np.column_stack(
        [np.ones(len(age)), [woe["grade", g] for g in LOANS["grade"]], [woe["age", a] for a in age]]
    )
    fitted = sm.Logit(np.array(LOANS["bad"]), design).fit(disp=0, tol=1e-12)
    assert list(found.params.values()) == pytest.approx(fitted.params.tolist(), abs=1e-6)
    assert list(found.se.values()) == pytest.approx(fitted.bse.tolist(), rel=1e-5)
    assert found.loglik == pytest.approx(fitted.llf)


def test_a_feature_twice_or_of_one_class_is_named() -> None:
    with pytest.raises(SingularMatrix, match="copy"):
        card(data={**LOANS, "copy": LOANS["grade"]}, features=["grade", "copy"], edges=None)
    with pytest.raises(SingularMatrix, match="same"):
        card(data={**LOANS, "same": ["x"] * 600}, features=["grade", "same"], edges=None)


def test_features_that_tell_good_from_bad_without_error_have_no_card() -> None:
    data = {**LOANS, "oracle": ["yes" if b else "no" for b in LOANS["bad"]]}
    with pytest.raises(NotConverged):
        card(data=data, features=["oracle"], edges=None)


def test_a_class_told_apart_without_error_is_no_crash() -> None:
    data = {"x": [None, 0.0, 9.0, 0.0, 0.5], "g": ["a", "a", "b", "", ""], "bad": [0, 0, 0, 1, 0]}
    with pytest.raises(NotConverged):
        card(data=data, features=["x", "g"], edges={"x": [0.0, 1.0]})


def test_doubling_the_odds_is_worth_the_points() -> None:
    found = ask("score_scaling", base_score=500, base_odds=20, pdo=40, odds=[20, 40, 80])
    assert found.scores == pytest.approx([500, 540, 580])
    with pytest.raises(InvalidInput, match="odds"):
        ask("score_scaling", base_score=500, base_odds=20, pdo=40, odds=[0.0])


@FEW
@given(st.lists(st.tuples(st.booleans(), st.floats(0.001, 0.999).map(lambda v: round(v, 3))), min_size=4, max_size=80))
def test_only_the_order_of_scores_makes_gini_and_ks(rows: list[tuple[bool, float]]) -> None:
    y = [True, False, *(b for b, _ in rows)]
    score = [0.5, 0.5, *(s for _, s in rows)]
    found = ask("scorecard_validate", y=y, score=score)
    turned = ask("scorecard_validate", y=y, score=[1 - s for s in score])
    points = ask("scorecard_validate", y=y, score=[-20 * math.log(s) for s in score], score_is="points")
    assert found.gini == pytest.approx(2 * found.auc - 1)
    assert turned.gini == pytest.approx(-found.gini)
    assert (points.auc, points.ks) == pytest.approx((found.auc, found.ks))
    assert points.brier is None
    assert 0 <= found.ks <= 1
    assert sum(b.n for b in found.calibration) == len(y)


def test_what_is_seen_in_training_is_not_what_is_measured() -> None:
    crossed = {"data": LOANS, "target": "bad", "features": ["income", "age", "grade"], "folds": 3}
    found = ask("scorecard_validate", **crossed, seed=1)
    assert 0.4 < found.gini < 0.8
    assert found == ask("scorecard_validate", **crossed, seed=1)
    assert found.brier != ask("scorecard_validate", **crossed, seed=2).brier
    assert abs(ask("scorecard_validate", **{**crossed, "features": ["noise"]}).gini) < 0.15
    assert [c.title for c in found.charts] == ["Curva ROC", "Calibración por décimas"]


def test_a_table_by_reference_is_a_table() -> None:
    operation = operations()["credit_scoring_scorecard_validate"]
    held = pd.DataFrame(LOANS)
    found = run(operation, {"data": held, "target": "bad", "features": ("age", "grade"), "folds": 3})
    assert found == ask("scorecard_validate", data=LOANS, target="bad", features=["age", "grade"], folds=3)
    pd.testing.assert_frame_equal(held, pd.DataFrame(LOANS))


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({}, "score"),
        ({"score": [0.1, 0.2]}, "y"),
        ({"y": [0, 1], "score": [0.1, 1.2]}, "score"),
        ({"y": [0, 0], "score": [0.1, 0.2]}, "y"),
        ({"data": LOANS}, "target"),
        ({"data": LOANS, "target": "bad", "features": ["bad"]}, "target"),
        ({"data": LOANS, "target": "bad", "features": ["none"]}, "data"),
    ],
)
def test_a_validation_that_cannot_be_names_what_lacks(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask("scorecard_validate", **arguments)
    assert caught.value.argument == argument


def test_each_part_needs_a_bad_risk() -> None:
    with pytest.raises(InsufficientData):
        ask("scorecard_validate", data={"x": [1, 2, 3, 4], "bad": [0, 1, 0, 1]}, target="bad", folds=3)


def fair(**change: Any) -> Any:
    good = {"score": [0.1, 0.2, 0.8, 0.9], "group": ["m", "f", "m", "f"], "attribute": "sex", "threshold": 0.5}
    return ask("fairness_report", **{**good, **change})


def test_sex_is_for_watching_never_for_pricing() -> None:
    assert "C-236/09" in said(fair())
    assert "C-236/09" not in said(fair(attribute="other"))


def test_groups_treated_alike_have_no_gap_and_scale_does_not_matter() -> None:
    alike = fair(y=[0, 0, 1, 1])
    assert (alike.demographic_parity_gap, alike.demographic_parity_ratio, alike.equal_opportunity_gap) == (0, 1, 0)
    points = fair(score=[90, 80, 20, 10], threshold=50, score_is="points")
    assert [g.approved for g in points.groups] == [g.approved for g in alike.groups]
    unlike = fair(score=[0.1, 0.9, 0.2, 0.9])
    assert (unlike.demographic_parity_gap, unlike.demographic_parity_ratio) == (1, 0)
    assert "cuatro quintos" in said(unlike)
    assert unlike.equal_opportunity_gap is None


def test_one_group_cannot_be_compared() -> None:
    with pytest.raises(InvalidInput, match="group"):
        fair(group=["m"] * 4)


def capital(**change: Any) -> Any:
    return ask(
        "irb_capital",
        **{"pd": [0.01], "lgd": 0.45, "maturity": 2.5, "class": "corporate", "scaling_factor": 1, **change},
    )


def test_capital_grows_with_loss_term_and_scale() -> None:
    base = capital().k[0]
    assert capital(lgd=0.9).k[0] == pytest.approx(2 * base)
    assert capital(maturity=5).k[0] > base
    assert capital(scaling_factor=1.06).k[0] == pytest.approx(1.06 * base)
    assert capital(large_financial=True).correlation[0] == pytest.approx(1.25 * capital().correlation[0])
    assert capital(**{"class": "sme_corporate", "turnover_millions": 50}).k[0] == pytest.approx(base)
    assert capital(**{"class": "retail_other", "maturity": 5}).k == capital(**{"class": "retail_other"}).k
    assert capital().risk_weight_pct[0] == pytest.approx(1250 * base)


def test_the_floor_and_the_factor_are_those_of_the_day() -> None:
    new, old = capital(pd=[1e-4], apply_floor=True), capital(pd=[1e-4], apply_floor=True, on="2024-06-30")
    assert new.k == capital(pd=[0.0005]).k
    assert old.k == capital(pd=[0.0003], on="2024-06-30").k
    assert "suelo" in said(capital(pd=[1e-4]))
    assert "factor de escala" in said(old)
    assert not new.warnings
    with pytest.raises(InvalidInput, match="on"):
        capital(on="1999-01-01")
    with pytest.raises(InvalidInput, match="turnover"):
        capital(**{"class": "sme_corporate"})


@FEW
@given(st.floats(0.05, 0.9), st.floats(0.1, 0.6), st.floats(0.2, 5), st.floats(-0.01, 0.1))
def test_merton_finds_the_firm_that_made_the_equity(leverage: float, vol: float, years: float, rate: float) -> None:
    """Make equity of known assets by the library of options, and find the assets back."""
    terms = {"spot": 100.0, "strike": 100 * leverage * math.exp(rate * years), "T": years, "rate": rate, "vol": vol}
    call = compute("derivatives_pricing_greeks", {**terms, "type": "call"})
    equity_vol = call.delta * vol * 100 / call.price
    found = ask("merton_pd", equity=call.price, equity_vol=equity_vol, debt=terms["strike"], rate=rate, T=years)
    assert found.asset_value == pytest.approx(100, rel=1e-6)
    assert found.asset_vol == pytest.approx(vol, rel=1e-6)
    assert found.debt_value == pytest.approx(100 - call.price, rel=1e-5)
    assert found.credit_spread >= 0
    assert "neutral" in said(found)


def test_merton_scales_with_the_currency_and_drift_lowers_the_chance() -> None:
    firm = {"equity": 3, "equity_vol": 0.8, "debt": 10, "rate": 0.05, "T": 1}
    small, large = ask("merton_pd", **firm), ask("merton_pd", **{**firm, "equity": 3e6, "debt": 1e7})
    assert large.asset_value == pytest.approx(1e6 * small.asset_value)
    assert large.pd == pytest.approx(small.pd)
    assert ask("merton_pd", **firm, drift=0.1).pd < small.pd
    with pytest.raises(InvalidInput, match="debt"):
        ask("merton_pd", **{**firm, "debt": 1e-20})


NAMES = ("working_capital_to_assets", "retained_earnings_to_assets", "ebit_to_assets", "equity_to_liabilities")
RATIOS = dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize(("equity", "zone"), [(1.0, "distress"), (2.0, "grey"), (2.6, "safe")])
def test_zones_of_altman(equity: float, zone: str) -> None:
    found = ask("altman_z", ratios={**RATIOS, "equity_to_liabilities": equity}, variant="z''")
    assert found.z == pytest.approx(1.05 * equity)
    assert found.zone == zone


def test_sales_are_asked_where_they_count() -> None:
    with pytest.raises(InvalidInput, match="sales"):
        ask("altman_z", ratios=RATIOS, variant="z'")


def parcels(**change: Any) -> Any:
    rng = np.random.default_rng(1)
    score = rng.normal(size=300)
    bad = rng.random(300) < 1 / (1 + np.exp(score))
    good = {
        "accepted_score": score.tolist(),
        "accepted_bad": bad.tolist(),
        "rejected_score": (score[:100] - 0.5).tolist(),
    }
    return ask("reject_inference", **{**good, **change})


def test_the_rejected_fail_as_their_band_does_and_prudence_raises_it() -> None:
    found = parcels(assign="weighted")
    assert all(b.rejected_bad_rate == b.accepted_bad_rate for b in found.bands)
    due = sum(b.rejected * b.rejected_bad_rate for b in found.bands) / 100
    assert found.inferred_bad_rate == pytest.approx(due)
    assert sum(found.weight) == pytest.approx(100)
    assert parcels(assign="weighted", prudence=1.5).inferred_bad_rate > due
    assert max(b.rejected_bad_rate for b in parcels(prudence=10).bands) == 1
    assert sum(b.accepted for b in found.bands) == 300


def test_the_same_seed_draws_the_same_and_near_the_rate() -> None:
    first = parcels(seed=7)
    assert first == parcels(seed=7)
    assert first.bad != parcels(seed=8).bad
    assert first.inferred_bad_rate == pytest.approx(parcels(assign="weighted").inferred_bad_rate, abs=0.15)
    assert (first.seed, parcels(assign="weighted").seed) == (7, None)


def test_the_rejected_beyond_the_accepted_are_told() -> None:
    assert "fuera" in said(parcels(rejected_score=[99.0]))
    assert "fuera" not in said(parcels(rejected_score=[0.0]))


def test_the_order_of_rows_does_not_decide_the_calibration() -> None:
    # A coarse score, as a card of few classes gives, on a table sorted by what happened.
    chance = np.random.default_rng(2)
    score = chance.choice([0.03, 0.05, 0.08], 2000, p=[0.6, 0.25, 0.15])
    bad = (chance.random(2000) < score).astype(int)
    plain = ask("scorecard_validate", y=bad.tolist(), score=score.tolist()).calibration
    worst = np.argsort(-bad, kind="stable")
    assert ask("scorecard_validate", y=bad[worst].tolist(), score=score[worst].tolist()).calibration == plain
    assert [round(band.predicted, 12) for band in plain] == [0.03, 0.05, 0.08]
    for band in plain:
        same = np.isclose(score, band.predicted)
        assert (band.n, band.observed) == (same.sum(), pytest.approx(bad[same].mean()))
    apart = ask("scorecard_validate", y=bad.tolist(), score=np.linspace(0.01, 0.2, 2000).tolist()).calibration
    assert [band.n for band in apart] == [200] * 10


def test_classes_of_large_amounts_keep_their_digits() -> None:
    data = {"capital": [250_000.0, 1_250_000.5, 1_250_001.0, 2_750_000.0] * 20, "bad": [0, 1, 0, 0, 1, 0, 0, 1] * 10}
    cut = ask("woe_iv", data=data, column="capital", target="bad", edges=[250_000, 1_250_000.5])
    assert [row.label for row in cut.bins] == ["≤ 250000", "250000 – 1250000.5", "> 1250000.5"]
    each = ask("woe_iv", data=data, column="capital", target="bad")
    assert [row.label for row in each.bins] == ["250000", "1250000.5", "1250001", "2750000"]


def test_few_defaults_are_told_and_empty_cells_by_their_variable() -> None:
    chance = np.random.default_rng(1)
    data = {
        "pago": chance.choice(["anual", "mensual"], 300).tolist(),
        "edad": chance.integers(18, 90, 300).tolist(),
        "bad": [1] * 12 + [0] * 288,
    }
    data["edad"][:12] = [30, 50] * 6
    edges = {"edad": [40, 60]}
    for found in (
        ask("woe_iv", data=data, column="pago", target="bad"),
        ask("bin_optimal", data=data, column="edad", target="bad", max_bins=3, monotone="decreasing"),
        ask("scorecard_fit", data=data, target="bad", features=["pago", "edad"], edges=edges),
    ):
        assert {"n": 12} in [caution.values for caution in found.warnings]
    assert {"classes": "edad: > 60"} in [caution.values for caution in found.warnings]


def test_a_floor_lifts_a_chance_of_nought_and_states_have_none() -> None:
    raised = capital(pd=[0.0, 0.01], apply_floor=True)
    assert raised.k == capital(pd=[0.0005, 0.01]).k
    with pytest.raises(InvalidInput, match="mayor que 0"):
        capital(pd=[0.0, 0.01])
    with pytest.raises(InvalidInput, match="ya ha impagado"):
        capital(pd=[1.0], apply_floor=True)
    assert "suelo legal" in said(capital(pd=[0.0001]))
    state = {"pd": [0.0001], "class": "sovereign"}
    assert "suelo legal" not in said(capital(**state))
    assert capital(**state, apply_floor=True).k == capital(**state).k


def test_points_taken_for_probabilities_and_a_threshold_for_all_are_told() -> None:
    with pytest.raises(InvalidInput, match="score_is"):
        fair(score=[580, 610, 640, 700], threshold=600)
    assert "a todos, o a nadie" in said(fair(score=[0.1, 0.2, 0.3, 0.4], threshold=580))
    assert "a todos, o a nadie" not in said(fair(score=[0.1, 0.2, 0.3, 0.4], threshold=0.2))


def test_separation_is_said_in_words() -> None:
    data = {"x": ["a", "b"] * 30, "bad": [0, 1] * 30}
    with pytest.raises(NotConverged, match="separan buenos y malos"):
        ask("scorecard_fit", data=data, target="bad", features=["x"])


def test_gaps_of_numbers_take_the_median_and_an_indicator() -> None:
    chance = np.random.default_rng(5)
    years = chance.choice([1.0, 2.0, 3.0, 4.0, 5.0], 800, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    lacking = chance.random(800) < 0.1
    bad = (chance.random(800) < 0.25 - 0.04 * years + 0.2 * lacking).astype(int).tolist()
    gappy = [None if gap else float(v) for v, gap in zip(years, lacking, strict=True)]
    filled = [3.0 if gap else float(v) for v, gap in zip(years, lacking, strict=True)]
    found = ask("scorecard_validate", data={"years": gappy, "bad": bad}, target="bad")
    by_hand = ask("scorecard_validate", data={"years": filled, "none": lacking.tolist(), "bad": bad}, target="bad")
    assert (found.auc, found.brier) == (pytest.approx(by_hand.auc), pytest.approx(by_hand.brier))
    assert {"columns": "years"} in [caution.values for caution in found.warnings]
    assert not by_hand.warnings


def test_a_column_of_policy_numbers_is_told_and_takes_no_more_room_than_another() -> None:
    data = {**LOANS, "policy": [f"P-{i:05}" for i in range(600)]}
    found = ask("scorecard_validate", data=data, target="bad")
    assert {"columns": "policy", "most": 100} in [caution.values for caution in found.warnings]
    assert found.auc == pytest.approx(ask("scorecard_validate", data=LOANS, target="bad").auc, abs=0.05)


def test_the_calibration_is_drawn_as_far_as_it_goes() -> None:
    chance = np.random.default_rng(0)
    score = chance.beta(2, 40, 2000)
    bad = (chance.random(2000) < score).astype(int)
    found = ask("scorecard_validate", y=bad.tolist(), score=score.tolist())
    seen, exact = found.charts[1].series
    assert exact.x == exact.y == (0.0, max(*seen.x, *seen.y))
    assert exact.x[1] < 0.3
