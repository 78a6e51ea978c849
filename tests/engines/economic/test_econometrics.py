"""Econometrics: identities that hold whatever the data, and what is refused."""

import math
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.errors import EngineError, InsufficientData, InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.running import compute, listening

Floats = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def sample(seed: int, n: int = 60) -> dict[str, list[float]]:
    """Y = 1 + 2a - b + noise."""
    rng = np.random.default_rng(seed)
    a, b, e = rng.normal(size=(3, n))
    return {"y": (1 + 2 * a - b + e).tolist(), "a": a.tolist(), "b": b.tolist()}


def ask(tool: str, **arguments: Any) -> dict[str, Any]:
    return compute(f"econometrics_{tool}", arguments).model_dump()


@given(seed=SEEDS, unit=st.floats(1e-6, 1e6))
@settings(max_examples=20, deadline=None)
def test_ols_does_not_depend_on_the_unit_nor_the_order_of_the_rows(seed: int, unit: float) -> None:
    data = sample(seed)
    first = ask("ols", data=data, y="y", x=["a", "b"])
    order = np.random.default_rng(seed).permutation(60)
    moved = {name: np.asarray(column)[order] for name, column in data.items()}
    moved["a"] = moved["a"] * unit
    second = ask("ols", data={k: v.tolist() for k, v in moved.items()}, y="y", x=["b", "a"])
    assert second["params"]["a"] * unit == pytest.approx(first["params"]["a"], rel=1e-8)
    assert second["t"]["a"] == pytest.approx(first["t"]["a"], rel=1e-7)
    half = (first["high"]["a"] - first["low"]["a"]) / 2
    assert half / first["se"]["a"] == pytest.approx(2.002465, abs=1e-5)  # Student's t with 60 - 3 degrees of freedom
    assert second["rss"] == pytest.approx(first["rss"], rel=1e-9)


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_errors_are_the_sandwich(cov: str) -> None:
    data = sample(3)
    fit = ask("ols", data=data, y="y", x=["a", "b"], cov=cov)
    x = np.column_stack([np.ones(60), data["a"], data["b"]])
    e = np.asarray(data["y"]) - x @ [fit["params"][k] for k in ("const", "a", "b")]
    bread = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    weights = {"HC0": 1, "HC1": 60 / 57, "HC2": 1 / (1 - leverage), "HC3": 1 / (1 - leverage) ** 2}[cov]
    sandwich = bread @ ((x * (weights * e**2)[:, None]).T @ x) @ bread
    assert list(fit["se"].values()) == pytest.approx(np.sqrt(np.diag(sandwich)), rel=1e-9)


def test_newey_west_without_lags_is_white_with_the_small_sample_factor() -> None:
    data = sample(4)
    white = ask("ols", data=data, y="y", x=["a", "b"], cov="HC1")
    hac = ask("ols", data=data, y="y", x=["a", "b"], cov="HAC", lags=0)
    assert list(hac["se"].values()) == pytest.approx(list(white["se"].values()))


def test_clusters_have_the_degrees_of_freedom_of_the_groups_and_few_of_them_are_told() -> None:
    data = {**sample(5), "office": [f"o{i % 6}" for i in range(60)]}
    fit = ask("ols", data=data, y="y", x=["a", "b"], cov="cluster", cluster="office")
    assert fit["df"] == 5
    assert any(w["values"].get("groups") == 6 for w in fit["warnings"])
    with pytest.raises(InvalidInput, match="cluster"):
        ask("ols", data=data, y="y", x=["a"], cov="cluster")


def test_a_repeated_column_is_named() -> None:
    data = sample(6)
    data["twice"] = [2 * v + 1 for v in data["a"]]
    with pytest.raises(SingularMatrix, match="twice"):
        ask("ols", data=data, y="y", x=["a", "b", "twice"])


def test_an_exact_fit_says_so_and_gives_no_tests_of_zero_error() -> None:
    fit = ask("ols", data={"y": [1.0, 2, 3, 4], "x": [1, 2, 3, 4]}, y="y", x=["x"])
    assert fit["params"]["x"] == pytest.approx(1)
    assert any("exactamente" in w["text"] for w in fit["warnings"])
    assert fit["f"] is None


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_a_share_tau_of_the_points_lies_below_the_quantile_line(seed: int) -> None:
    data = sample(seed, 101)
    fit = ask("quantile", data=data, y="y", x=["a", "b"], tau=[0.25, 0.75])
    for line in fit["lines"]:
        c = line["params"]
        below = np.asarray(data["y"]) < c["const"] + c["a"] * np.asarray(data["a"]) + c["b"] * np.asarray(data["b"])
        assert below.sum() == pytest.approx(line["tau"] * 101, abs=4)


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_a_linear_formula_gives_the_linear_regression(seed: int) -> None:
    data = sample(seed)
    line = ask("ols", data=data, y="y", x=["a", "b"])
    curve = ask("nonlinear_fit", data=data, model="b1 + b2*a + b3*b", start=[0.1, 0.1, 0.1])
    assert list(curve["params"].values()) == pytest.approx(list(line["params"].values()), rel=1e-6, abs=1e-8)
    assert list(curve["se"].values()) == pytest.approx(list(line["se"].values()), rel=1e-6)
    assert curve["rss"] == pytest.approx(line["rss"])


@pytest.mark.parametrize(
    "model",
    [
        "__import__('os').system('true')",
        "b1*x.__class__",
        "b1*(lambda: 1)()",
        "b1*[1][0]",
        "b1*x if x else 0",
        "b1*x > 1",
        "b1*'x'",
        "b1*True",
        "b1*tan(x)",
        "b1*exp(x, 1)",
        "b1*exp(x=1)",
        "b1*exp(*x)",
        "b1*1j",
        "b1*x; b1",
        "b1*(x:=1)",
        "b1*",
        "b1*unknown",
        "b1*y",
        "b1*b2",
        "x+1",
        "b1*x//2",
        "b1*x%2",
        "b1*1e200",
        "(" * 240 + "b1" + ")" * 240,
    ],
)
def test_only_the_grammar_of_formulas_is_read(model: str) -> None:
    with pytest.raises(InvalidInput):
        ask("nonlinear_fit", data={"y": [1.0, 2, 3], "x": [1, 2, 3]}, model=model, start=[1.0])


def test_a_long_or_deep_formula_is_refused_before_it_is_worked_out() -> None:
    data = {"y": [1.0, 2, 3], "x": [1, 2, 3]}
    with pytest.raises(LimitExceeded):
        ask("nonlinear_fit", data=data, model="b1*x" + "+x" * 230, start=[1.0])
    with pytest.raises(LimitExceeded):
        ask("nonlinear_fit", data=data, model="b1*" + "-" * 60 + "x", start=[1.0])
    with pytest.raises(EngineError):
        ask("nonlinear_fit", data=data, model="b1*x**9**9**9**9", start=[1.0])


def test_parameters_that_the_data_cannot_tell_apart_are_named_and_no_minimum_is_no_result() -> None:
    data = {"y": [1.0, 2.1, 2.9, 4.2], "x": [1.0, 2, 3, 4]}
    with pytest.raises(SingularMatrix, match="b1"):
        ask("nonlinear_fit", data=data, model="(b1+b2)*x", start=[1.0, 1.0])
    with pytest.raises((NotConverged, SingularMatrix)):  # the sum falls for ever as b1 goes to minus infinity
        ask("nonlinear_fit", data={**data, "y": [-1.0, -1, -1, -2]}, model="exp(b1*x)", start=[0.1])
    with pytest.raises(InvalidInput, match="start"):
        ask("nonlinear_fit", data=data, model="log(b1*x)", start=[-1.0])


@pytest.mark.parametrize("method", ["2sls", "liml", "gmm"])
def test_a_column_that_is_its_own_instrument_gives_ols(method: str) -> None:
    data = sample(7)
    data["z"] = [3 * v for v in data["a"]]
    line = ask("ols", data=data, y="y", x=["b", "a"])
    fit = ask("iv", data=data, y="y", endog=["a"], exog=["b"], instruments=["z"], method=method)
    assert fit["params"] == pytest.approx(line["params"], rel=1e-6)
    assert fit["first_stage_f"] == {"a": None}
    if method == "2sls":
        assert fit["se"] == pytest.approx(line["se"], rel=1e-6)


def test_methods_agree_where_the_equation_is_just_identified() -> None:
    rng = np.random.default_rng(1)
    z, u, e = rng.normal(size=(3, 400))
    d = z + u
    data = {"y": (2 * d + u + e).tolist(), "d": d.tolist(), "z": z.tolist(), "w": rng.normal(size=400).tolist()}
    fits = [ask("iv", data=data, y="y", endog=["d"], instruments=["z"], method=m) for m in ("2sls", "liml", "gmm")]
    assert fits[1]["params"] == pytest.approx(fits[0]["params"], rel=1e-6)
    assert fits[2]["params"] == pytest.approx(fits[0]["params"], rel=1e-6)
    assert fits[0]["sargan"] is None
    assert fits[2]["j"] is None
    biased = ask("ols", data=data, y="y", x=["d"])
    assert abs(fits[0]["params"]["d"] - 2) < abs(biased["params"]["d"] - 2)
    weak = ask("iv", data=data, y="y", endog=["d"], instruments=["w"])
    assert any(w["values"].get("column") == "d" for w in weak["warnings"])
    with pytest.raises(InsufficientData, match="instruments"):
        ask("iv", data=data, y="y", endog=["d", "w"], instruments=["z"])


def panel_data(seed: int) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(12), 5), np.tile(np.arange(5), 12)
    x = rng.normal(size=60)
    y = 1.5 * x + rng.normal(size=12)[unit] + rng.normal(size=60)
    return {"y": y.tolist(), "x": x.tolist(), "unit": [f"u{u}" for u in unit], "year": time.tolist()}


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_fixed_effects_are_a_dummy_for_each_unit(seed: int) -> None:
    data = panel_data(seed)
    fixed = ask("panel", data=data, y="y", x=["x"], entity="unit", time="year")
    dummies = {f"d{u}": [float(v == f"u{u}") for v in data["unit"]] for u in range(1, 12)}
    lsdv = ask("ols", data={**data, **dummies}, y="y", x=["x", *dummies])
    assert fixed["params"]["x"] == pytest.approx(lsdv["params"]["x"], rel=1e-8)
    assert fixed["se"]["x"] == pytest.approx(lsdv["se"]["x"], rel=1e-8)


def test_two_periods_make_first_differences_and_two_way_effects_equal() -> None:
    data = panel_data(2)
    keep = [i for i, t in enumerate(data["year"]) if t < 2]
    two: dict[str, list[Any]] = {k: [v[i] for i in keep] for k, v in data.items()}
    # A trend that first differences without intercept would not take out is none here: y and x are centred by year.
    for name in ("y", "x"):
        means = [np.mean([v for v, t in zip(two[name], two["year"], strict=True) if t == year]) for year in (0, 1)]
        two[name] = [float(v - means[t]) for v, t in zip(two[name], two["year"], strict=True)]
    both = [
        ask("panel", data=two, y="y", x=["x"], entity="unit", time="year", effects=effects)["params"]["x"]
        for effects in ("twoway", "first_diff")
    ]
    assert both[0] == pytest.approx(both[1], rel=1e-8)


def test_a_unit_twice_in_a_period_and_an_absorbed_column_are_refused() -> None:
    data = panel_data(3)
    data["year"][1] = data["year"][0]
    with pytest.raises(InvalidInput, match="data"):
        ask("panel", data=data, y="y", x=["x"], entity="unit", time="year")
    data = panel_data(3)
    data["size"] = [float(int(u[1:]) % 4) for u in data["unit"]]
    with pytest.raises(SingularMatrix):
        ask("panel", data=data, y="y", x=["size"], entity="unit", time="year")


def test_equal_regressors_make_sur_the_same_as_ols_one_by_one() -> None:
    data = sample(9)
    data["w"] = (np.asarray(data["a"]) - np.asarray(data["y"]) / 2 + np.random.default_rng(90).normal(size=60)).tolist()
    equations = [{"name": "one", "y": "y", "x": ["a", "b"]}, {"name": "two", "y": "w", "x": ["a", "b"]}]
    joint = ask("system", data=data, equations=equations)
    alone = ask("ols", data=data, y="w", x=["a", "b"])
    assert joint["equations"][1]["params"] == pytest.approx(alone["params"], rel=1e-8)
    with pytest.raises(InvalidInput, match="equations"):
        ask("system", data=data, equations=[equations[0], equations[0]])


def did_data(seed: int, effect: float) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(30):
        level, treated = rng.normal(), unit % 2
        for time in (0, 1):
            rows.append((unit, time, treated, time, level + 0.3 * time + effect * treated * time + rng.normal() / 4))
    return {k: list(v) for k, v in zip(("unit", "time", "treat", "post", "y"), zip(*rows, strict=True), strict=True)}


@given(seed=SEEDS, effect=st.floats(-3, 3), shift=st.floats(-100, 100))
@settings(max_examples=10, deadline=None)
def test_did_is_the_difference_of_the_differences_and_agrees_with_group_time_effects(
    seed: int, effect: float, shift: float
) -> None:
    data = did_data(seed, effect)
    first = ask("did", data=data, y="y", unit="unit", time="time", treat="treat", post="post")
    moved = {**data, "y": [v + shift for v in data["y"]], "first": [float(t) for t in data["treat"]]}
    second = ask("did", data=moved, y="y", unit="unit", time="time", first_treated="first")
    cell = {
        (g, p): np.mean([y for y, t, q in zip(data["y"], data["treat"], data["post"], strict=True) if (t, q) == (g, p)])
        for g in (0, 1)
        for p in (0, 1)
    }
    by_hand = (cell[1, 1] - cell[1, 0]) - (cell[0, 1] - cell[0, 0])
    assert first["att"] == pytest.approx(by_hand, abs=1e-9)
    assert second["att"] == pytest.approx(by_hand, abs=1e-9)
    assert second["se"] == pytest.approx(first["se"], rel=0.1)


def test_staggered_adoption_finds_each_cohort_and_tells_a_trend_from_before() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for unit in range(120):
        first = (0, 3, 5)[unit % 3]
        for time in range(1, 7):
            rise = 2.0 * (first > 0 and time >= first)
            rows.append(
                (unit, time, first, rise + 0.1 * time + rng.normal() / 3, 0.5 * time * (first > 0) + rng.normal() / 3)
            )
    data = {k: list(v) for k, v in zip(("unit", "time", "first", "y", "bad"), zip(*rows, strict=True), strict=True)}
    for control in ("never", "not_yet"):
        fit = ask("did", data=data, y="y", unit="unit", time="time", first_treated="first", control=control)
        assert abs(fit["att"] - 2) < 4 * fit["se"]
        assert fit["pre_trend_p"] > 0.001
        assert {e["cohort"] for e in fit["effects"]} == {3.0, 5.0}
    bad = ask("did", data=data, y="bad", unit="unit", time="time", first_treated="first")
    assert any("se separaban" in w["text"] for w in bad["warnings"])
    holed = {k: v[1:] for k, v in data.items()}
    with pytest.raises(InvalidInput, match="todas las unidades"):
        ask("did", data=holed, y="y", unit="unit", time="time", first_treated="first")


def test_diagnostics_see_what_was_put_in() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    clean = ask("diagnostics", data={"y": (1 + x + rng.normal(size=300)).tolist(), "x": x.tolist()}, y="y", x=["x"])
    assert clean["breusch_pagan"]["p"] > 0.01
    assert clean["durbin_watson"] == pytest.approx(2, abs=0.4)
    spread = ask(
        "diagnostics", data={"y": (x + rng.normal(size=300) * np.exp(x)).tolist(), "x": x.tolist()}, y="y", x=["x"]
    )
    assert spread["breusch_pagan"]["p"] < 1e-4
    bent = ask("diagnostics", data={"y": (x**2 + rng.normal(size=300)).tolist(), "x": x.tolist()}, y="y", x=["x"])
    assert bent["reset"]["p"] < 1e-4
    noise = np.zeros(300)
    for i in range(1, 300):
        noise[i] = 0.8 * noise[i - 1] + rng.normal()
    drift = ask("diagnostics", data={"y": (x + noise).tolist(), "x": x.tolist()}, y="y", x=["x"])
    assert drift["breusch_godfrey"]["p"] < 1e-4
    assert drift["durbin_watson"] < 1
    assert any("HAC" in w["text"] for w in drift["warnings"])


def test_white_counts_only_the_squares_that_do_not_repeat_a_column() -> None:
    from scipy import stats

    data = sample(8)
    data["flag"] = [float(i % 2) for i in range(60)]
    white = ask("diagnostics", data=data, y="y", x=["a", "flag"])["white"]
    # a, flag, a², a·flag; flag² is flag.
    assert white["p"] == pytest.approx(stats.chi2(4).sf(white["statistic"]))
    assert ask("diagnostics", data={k: v[:8] for k, v in data.items()}, y="y", x=["a"])["white"] is not None
    assert ask("diagnostics", data={k: v[:9] for k, v in data.items()}, y="y", x=["a", "b", "flag"])["white"] is None


@pytest.mark.parametrize("method", ["engle_granger", "johansen"])
def test_two_series_on_one_walk_are_cointegrated_and_two_walks_are_not(method: str) -> None:
    rng = np.random.default_rng(1)
    walk, other = rng.normal(size=(2, 300)).cumsum(axis=1)
    together = np.column_stack([2 * walk + rng.normal(size=300), walk])
    found = ask("cointegration", y=together.tolist(), method=method)
    assert found["relations"] == 1
    if method == "engle_granger":
        assert found["vector"] == pytest.approx((2.0,), abs=0.2)
    else:
        assert found["vector"][0] / found["vector"][1] == pytest.approx(-0.5, abs=0.05)
    apart = ask("cointegration", y=np.column_stack([walk, other]).tolist(), method=method)
    assert apart["relations"] == 0
    with pytest.raises(SingularMatrix):
        ask("cointegration", y=np.column_stack([walk, 2 * walk]).tolist(), method=method)


def test_double_ml_takes_out_a_confounder_that_ols_alone_would_miss_and_repeats_itself() -> None:
    rng = np.random.default_rng(2)
    x, v, e = rng.normal(size=(3, 400))
    d = x + v
    data = {"y": (0.5 * d + 2 * x + e).tolist(), "d": d.tolist(), "x": x.tolist()}
    naive = ask("ols", data=data, y="y", x=["d"])["params"]["d"]
    said: dict[str, Any] = {"data": data, "y": "y", "d": "d", "x": ["x"]}
    lasso = ask("double_ml", **said, seed=4)
    assert abs(lasso["theta"] - 0.5) < 3 * lasso["se"] < abs(naive - 0.5)
    heard: list[tuple[int, int]] = []
    with listening(lambda done, of: heard.append((done, of))):
        fit = ask("double_ml", **said, learner="linear", repetitions=3, seed=4)
    assert heard[-1] == (3, 3)
    assert fit["theta"] == sorted(fit["thetas"])[1]
    assert ask("double_ml", **said, learner="linear", repetitions=3, seed=4)["thetas"] == fit["thetas"]
    scaled = ask("double_ml", data={**data, "y": [3 * w for w in data["y"]]}, y="y", d="d", x=["x"], learner="linear")
    plain = ask("double_ml", data=data, y="y", d="d", x=["x"], learner="linear")
    assert scaled["theta"] == pytest.approx(3 * plain["theta"])
    with pytest.raises(InvalidInput, match="determinan"):
        ask("double_ml", data={**data, "d": [2 * w + 1 for w in x]}, y="y", d="d", x=["x"], learner="linear")


def test_a_column_called_like_the_intercept_is_refused() -> None:
    with pytest.raises(InvalidInput, match="const"):
        ask("ols", data={"y": [1.0, 2, 4], "const": [1.0, 2, 3]}, y="y", x=["const"])


def test_results_hold_no_number_that_is_not_finite() -> None:
    fit = ask("ols", data={"y": [0.0, 1, 0, 1], "x": [1e90, 2e90, 3e90, 5e90]}, y="y", x=["x"])
    assert all(math.isfinite(v) for v in fit["se"].values())


def check_loss(y: Floats, line: Floats, tau: float) -> float:
    """What a line of quantile `tau` costs."""
    left = y - line
    return float(np.maximum(tau * left, (tau - 1) * left).sum())


@pytest.mark.parametrize("tau", [0.01, 0.05, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [40, 120])
def test_a_quantile_in_the_tail_of_few_claims_has_a_line_an_error_and_a_caution(n: int, tau: float) -> None:
    rng = np.random.default_rng(n)
    insured = rng.gamma(2, 50_000, n)
    cost = 500 + 0.01 * insured * rng.gamma(2, 0.5, n)
    fit = ask("quantile", data={"y": cost.tolist(), "x": insured.tolist()}, y="y", x=["x"], tau=[tau])
    assert all(v > 0 for v in fit["lines"][0]["se"].values())
    assert any(w["values"].get("tau") == tau and "Más allá" in w["text"] for w in fit["warnings"])
    usual = ask("quantile", data={"y": cost.tolist(), "x": insured.tolist()}, y="y", x=["x"], tau=[0.5])
    assert not usual["warnings"]


def test_the_error_of_a_median_line_is_the_spread_of_its_estimates() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 400)
    fits = [
        ask("quantile", data={"y": (5 + x + rng.normal(size=400)).tolist(), "x": x.tolist()}, y="y", x=["x"], tau=[0.5])
        for _ in range(200)
    ]
    slopes = [f["lines"][0]["params"]["x"] for f in fits]
    assert np.mean([f["lines"][0]["se"]["x"] for f in fits]) == pytest.approx(np.std(slopes, ddof=1), rel=0.15)


def test_one_huge_claim_does_not_blur_the_line_of_the_others() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 10, 500)
    y = np.round(300 * x * (rng.pareto(1, 500) + 0.1), 2)
    assert y.max() > 1000 * np.median(y)
    params = ask("quantile", data={"y": y.tolist(), "x": x.tolist()}, y="y", x=["x"], tau=[0.5])["lines"][0]["params"]
    best = check_loss(y, params["const"] + params["x"] * x, 0.5)
    on_the_line = np.abs(y - params["const"] - params["x"] * x) < 1e-6
    assert on_the_line.sum() == 2  # the optimum passes through as many claims as it has coefficients
    for move in ((1e-3, 0), (-1e-3, 0), (0, 1e-4), (0, -1e-4)):
        assert check_loss(y, params["const"] + move[0] + (params["x"] + move[1]) * x, 0.5) >= best


def test_a_quantile_line_of_many_zeros_is_flat_and_says_that_its_error_is_none() -> None:
    rng = np.random.default_rng(1)
    cost = np.where(rng.random(400) < 0.85, 0, np.round(rng.lognormal(6, 1, 400), 2))
    age = rng.integers(18, 85, 400)
    fit = ask("quantile", data={"y": cost.tolist(), "x": age.tolist()}, y="y", x=["x"], tau=[0.5])
    assert fit["lines"][0]["params"] == {"const": 0.0, "x": 0.0}
    assert any("valores repetidos" in w["text"] for w in fit["warnings"])


def test_a_refusal_of_the_panel_keeps_its_own_reason() -> None:
    with pytest.raises(InvalidInput, match="entre unidades"):
        ask("panel", data=panel_data(1), y="y", x=["x"], entity="unit", time="year", effects="between", cov="cluster")


def test_few_units_make_grouped_errors_doubtful_and_are_told() -> None:
    fit = ask("panel", data=panel_data(1), y="y", x=["x"], entity="unit", time="year", cov="cluster")
    assert any(w["values"].get("groups") == 12 for w in fit["warnings"])


def test_a_province_with_a_single_policy_has_no_hc3_error_and_no_robust_one_to_trust() -> None:
    rng = np.random.default_rng(2)
    data = {"y": rng.normal(300, 50, 80).tolist(), "age": rng.integers(18, 80, 80).tolist(), "ceuta": [0.0] * 80}
    data["ceuta"][7] = 1.0
    for cov in ("HC2", "HC3"):
        with pytest.raises(InvalidInput, match="HC1"):
            ask("ols", data=data, y="y", x=["age", "ceuta"], cov=cov)
    fit = ask("ols", data=data, y="y", x=["age", "ceuta"], cov="HC1")
    assert any(w["values"].get("row") == 8 for w in fit["warnings"])
    assert not ask("ols", data=data, y="y", x=["age", "ceuta"])["warnings"]
    assert not ask("ols", data=data, y="y", x=["age"], cov="HC3")["warnings"]


def test_diagnostics_of_a_yes_or_no_column_pass_no_library_note_on() -> None:
    rng = np.random.default_rng(3)
    urban = rng.integers(0, 2, 150)
    data = {"y": (200 + 50 * urban + rng.normal(size=150)).tolist(), "urban": urban.tolist()}
    data["age"] = rng.integers(18, 85, 150).tolist()
    found = ask("diagnostics", data=data, y="y", x=["urban", "age"])
    assert found["white"] is not None
    assert not any("biblioteca" in w["text"] for w in found["warnings"])


def test_engle_granger_refuses_more_series_than_its_tables_have() -> None:
    walks = np.random.default_rng(0).normal(size=(200, 7)).cumsum(axis=0)
    with pytest.raises(LimitExceeded, match="series"):
        ask("cointegration", y=walks.tolist(), method="engle_granger")
    assert ask("cointegration", y=walks[:, :6].tolist(), method="engle_granger")["p"] >= 0
    assert len(ask("cointegration", y=walks.tolist())["ranks"]) == 7


def test_johansen_says_when_few_rows_or_stationary_series_make_relations() -> None:
    excess = []
    for seed in range(40):  # unrelated walks: any relation is one too many
        walks = np.random.default_rng(seed).normal(size=(40, 4)).cumsum(axis=0)
        found = ask("cointegration", y=walks.tolist(), lags=2)
        if found["relations"]:
            excess.append(any("Reimers" in w["text"] for w in found["warnings"]))
    assert len(excess) > 10
    assert np.mean(excess) > 0.7
    still = ask("cointegration", y=np.random.default_rng(1).normal(size=(300, 2)).tolist())
    assert still["relations"] == 2
    assert any("estacionaria" in w["text"] for w in still["warnings"])


def adopters(seed: int, sizes: dict[int, int], periods: int = 8) -> dict[str, list[float]]:
    """Units with levels of their own and noise, first treated as told, and no effect."""
    rng = np.random.default_rng(seed)
    firsts = [first for first, size in sizes.items() for _ in range(size)]
    y = rng.normal(size=(len(firsts), 1)) * 5 + rng.normal(size=(len(firsts), periods))
    return {
        "unit": np.repeat(np.arange(len(firsts)), periods).tolist(),
        "time": np.tile(np.arange(1, periods + 1), len(firsts)).tolist(),
        "first": np.repeat(firsts, periods).tolist(),
        "y": y.ravel().tolist(),
    }


def test_parallel_offices_are_not_accused_of_a_trend_because_they_are_few() -> None:
    said = {"y": "y", "unit": "unit", "time": "time", "first_treated": "first"}
    p = [ask("did", data=adopters(s, {0: 20, 4: 10, 6: 10}), **said)["pre_trend_p"] for s in range(80)]
    assert np.mean(np.array(p) < 0.05) < 0.1
    few = ask("did", data=adopters(0, {0: 4, 5: 4, 7: 4}), **said)
    assert few["pre_trend_p"] is None  # eight effects before, twelve offices
    assert len(few["effects"]) == 14


def test_did_tells_how_few_units_there_are_and_which_were_left_out() -> None:
    said = {"y": "y", "unit": "unit", "time": "time", "first_treated": "first"}
    fit = ask("did", data=adopters(1, {0: 40, 1: 3, 5: 1}), **said)
    assert fit["units"] == 41
    assert any(w["values"].get("least") == 1 for w in fit["warnings"])
    assert any("dejado fuera" in w["text"] and w["values"] == {"n": 3} for w in fit["warnings"])
    assert not ask("did", data=adopters(1, {0: 40, 5: 30}), **said)["warnings"]
    with pytest.raises(InvalidInput, match="not_yet"):
        ask("did", data=adopters(1, {4: 10, 6: 10}), **said)
    pair = {**did_data(1, 1.0)}
    fit = ask("did", data=pair, y="y", unit="unit", time="time", treat="treat", post="post")
    assert not fit["warnings"]
    few = {k: v[:24] for k, v in pair.items()}
    fit = ask("did", data=few, y="y", unit="unit", time="time", treat="treat", post="post")
    assert [w["values"] for w in fit["warnings"]] == [{"units": 12, "least": 6}]


def test_a_search_that_ends_where_parameters_are_one_says_to_start_elsewhere() -> None:
    month = np.linspace(0, 24, 40)
    sold = 1000 / (1 + np.exp(-0.35 * (month - 12)))
    said: dict[str, Any] = {"data": {"y": sold.tolist(), "mes": month.tolist()}, "model": "b1/(1+exp(-b2*(mes-b3)))"}
    with pytest.raises(SingularMatrix, match="parta de otros valores"):
        ask("nonlinear_fit", **said, start=[1.0, 1.0, 1.0])
    assert ask("nonlinear_fit", **said, start=[800, 0.2, 10])["params"]["b3"] == pytest.approx(12)


def test_controls_that_predict_worse_than_nothing_are_told() -> None:
    rng = np.random.default_rng(5)
    data = {name: rng.normal(size=60).tolist() for name in ("y", "d", "a", "b", "c")}
    fit = ask("double_ml", data=data, y="y", d="d", x=["a", "b", "c"], learner="boosting")
    assert fit["treatment_r2"] < -0.05
    assert {w["values"].get("column") for w in fit["warnings"]} >= {"d"}


def test_white_is_left_out_where_its_products_would_take_a_minute() -> None:
    rng = np.random.default_rng(0)
    names = [f"x{i}" for i in range(30)]
    data = {name: rng.normal(size=6000).tolist() for name in [*names, "y"]}
    begun = perf_counter()
    found = ask("diagnostics", data=data, y="y", x=names)
    assert perf_counter() - begun < 5
    assert found["white"] is None
    assert found["white_fitted"]["p"] > 0.001
    assert ask("diagnostics", data=data, y="y", x=names[:10])["white"] is not None


def test_quarters_named_so_that_the_alphabet_mixes_the_years_are_told_before_differences_are_taken() -> None:
    data = panel_data(4)
    said: dict[str, Any] = {"y": "y", "x": ["x"], "entity": "unit", "time": "quarter", "effects": "first_diff"}
    names = ["T3 2023", "T4 2023", "T1 2024", "T2 2024", "T3 2024"]
    mixed = ask("panel", data={**data, "quarter": [names[t] for t in data["year"]]}, **said)
    assert any("T1 2024, T2 2024, T3 2023" in str(w["values"].get("order")) for w in mixed["warnings"])
    clear = ask("panel", data={**data, "quarter": [f"2024-{t}" for t in data["year"]]}, **said)
    assert not clear["warnings"]
    assert clear["params"] == ask("panel", data={**data, "quarter": data["year"]}, **said)["params"]


def test_a_year_and_its_square_keep_their_digits_in_every_method() -> None:
    """With 2004…2015 they are one column to six digits; from the mean they are two."""
    rng = np.random.default_rng(0)
    year = np.repeat(np.arange(2004.0, 2016.0), 5)
    z, u = rng.normal(size=(2, 60))
    p = z + u
    y = 100 + 2 * (year - 2000) + 0.1 * (year - 2010) ** 2 + 1.5 * p + 2 * u + rng.normal(size=60)
    data: dict[str, Any] = {"y": y.tolist(), "z": z.tolist(), "p": p.tolist(), "w": (y / 2 + z).tolist()}
    data |= {"unit": list("abcde") * 12, "period": np.repeat(np.arange(12), 5).tolist()}
    far = {**data, "t": year.tolist(), "t2": (year**2).tolist()}
    near = {**data, "t": (year - 2010).tolist(), "t2": ((year - 2010) ** 2).tolist()}

    def same(tool: str, **said: Any) -> None:
        one, other = (ask(tool, data=given, **said) for given in (far, near))
        for found in (one, other):
            found.update(found["equations"][0] if tool == "system" else found.get("lines", [{}])[0])
        for name in ("t2", "p"):
            assert one["params"][name] == pytest.approx(other["params"][name], rel=1e-6)
            assert one["se"][name] == pytest.approx(other["se"][name], rel=1e-6)

    for method in ("2sls", "liml", "gmm"):
        same("iv", y="y", endog=["p"], instruments=["z"], exog=["t", "t2"], method=method)
    for effects in ("pooled", "fixed", "random", "first_diff"):
        same("panel", y="y", x=["t", "t2", "p"], entity="unit", time="period", effects=effects)
    equations = [{"name": "one", "y": "y", "x": ["t", "t2", "p"]}, {"name": "two", "y": "w", "x": ["t"]}]
    same("system", equations=equations)
    same("quantile", y="y", x=["t", "t2", "p"], tau=[0.5])
    size = [float(ord(v)) for v in data["unit"]]
    with pytest.raises(SingularMatrix, match="columnas size repiten"):
        ask("panel", data={**far, "size": size}, y="y", x=["p", "size"], entity="unit", time="period")


def test_three_offices_have_fixed_effects_though_too_few_for_random_ones() -> None:
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {name: rng.normal(size=30).tolist() for name in ("y", "a", "b", "c")}
    data |= {"office": ["Norte", "Sur", "Este"] * 10, "year": np.repeat(np.arange(2014, 2024), 3).tolist()}
    said: dict[str, Any] = {"data": data, "y": "y", "x": ["a", "b", "c"], "entity": "office", "time": "year"}
    fixed = ask("panel", **said)
    assert fixed["hausman"] is None
    assert any("pocas unidades" in w["text"] for w in fixed["warnings"])
    with pytest.raises(InsufficientData, match="entity"):
        ask("panel", **said, effects="random")
