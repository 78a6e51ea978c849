"""Identities of the models that classify risks, and the errors that they owe."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InvalidInput, NotConverged, SingularMatrix
from engines.running import compute

few = settings(max_examples=15, deadline=None)


def run(tool: str, **arguments: Any) -> Any:
    return compute(f"risk_classification_{tool}", arguments)


def portfolio(n: int = 600, seed: int = 0) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, n)
    zone = rng.choice(list("ABC"), n)
    years = rng.uniform(0.3, 1.0, n)
    rate = 0.5 * np.exp(-(age - 45) / 45 + 0.7 * (zone == "B"))
    return {
        "age": age.tolist(),
        "zone": zone.tolist(),
        "years": years.tolist(),
        "claims": rng.poisson(years * rate).tolist(),
    }


def test_a_poisson_model_returns_the_claims_of_each_level() -> None:
    data = portfolio()
    found = run("frequency_glm", data=data, y="claims", exposure="years", factors=["zone"])
    frame = pd.DataFrame(data).groupby("zone")[["claims", "years"]].sum()
    rates = (frame.claims / frame.years).to_dict()
    assert math.exp(found.params["const"]) == pytest.approx(rates["A"], rel=1e-8)
    for level in found.factors[0].levels:
        assert level.relativity == pytest.approx(rates[level.level] / rates["A"], rel=1e-8)
    assert found.factors[0].levels[0].se is None


def test_the_base_level_moves_relativities_and_not_the_fit() -> None:
    data = portfolio()
    first = run("frequency_glm", data=data, y="claims", exposure="years", factors=["zone"], covariates=["age"])
    largest = run("frequency_glm", data=data, y="claims", exposure="years", factors=["zone"], covariates=["age"],
                  base="largest")  # fmt: skip
    assert largest.deviance == pytest.approx(first.deviance, rel=1e-10)
    table = {row.level: row.relativity for row in first.factors[0].levels}
    for row in largest.factors[0].levels:
        assert row.relativity == pytest.approx(table[row.level] / table[largest.factors[0].base], rel=1e-6)


def test_quasi_widens_the_errors_of_poisson_by_the_dispersion() -> None:
    data = portfolio()
    poisson = run("frequency_glm", data=data, y="claims", exposure="years", factors=["zone"])
    quasi = run("frequency_glm", data=data, y="claims", exposure="years", factors=["zone"], family="quasi")
    ratio = quasi.se["zone[B]"] / poisson.se["zone[B]"]
    assert ratio == pytest.approx(math.sqrt(quasi.dispersion), rel=1e-6)
    assert quasi.loglik is None
    assert poisson.aic == pytest.approx(2 * 3 - 2 * poisson.loglik)


def test_zero_inflation_and_a_negative_binomial_are_found_where_they_are() -> None:
    rng = np.random.default_rng(0)
    n = 3000
    group = rng.choice(["a", "b"], n)
    alive = rng.random(n) > 0.4
    zip_ = np.where(alive, rng.poisson(2.0, n), 0)
    found = run("frequency_glm", data={"g": group.tolist(), "y": zip_.tolist()}, y="y", factors=["g"], family="zip")
    assert found.zero_inflation == pytest.approx(0.4, abs=0.05)
    assert math.exp(found.params["const"]) == pytest.approx(2.0, abs=0.2)
    mixed = rng.poisson(rng.gamma(2.0, 0.5, n))
    nb = run("frequency_glm", data={"g": group.tolist(), "y": mixed.tolist()}, y="y", factors=["g"],
             family="negative_binomial")  # fmt: skip
    assert nb.theta == pytest.approx(2.0, abs=0.5)
    even = [k % 2 for k in range(400)]
    flat = run("frequency_glm", data={"y": even}, y="y", family="negative_binomial")
    assert flat.theta is None
    assert "degenera" in flat.warnings[-1].text


def test_what_cannot_be_estimated_is_named() -> None:
    data = {"a": ["x", "y"] * 20, "b": ["u", "v"] * 20, "y": [1, 2] * 20, "z": [0, 3] * 20}
    with pytest.raises(SingularMatrix, match=r"b\[v\]"):
        run("frequency_glm", data=data, y="y", factors=["a", "b"])
    with pytest.raises(InvalidInput, match=r"data\.a\.x"):
        run("frequency_glm", data=data, y="z", factors=["a"])
    with pytest.raises(InvalidInput, match="enteros"):
        run("frequency_glm", data={**data, "y": [0.5, 1.0] * 20}, y="y", factors=["a"])
    with pytest.raises(InvalidInput, match=r"data\.c"):
        run("frequency_glm", data=data, y="y", factors=["c"])
    with pytest.raises(InvalidInput, match=r"data\.a"):
        run("frequency_glm", data={**data, "a": [None, "y"] * 20}, y="y", factors=["a"])


def test_overdispersion_is_told_from_poisson() -> None:
    rng = np.random.default_rng(3)
    poisson = rng.poisson(2.0, 800).tolist()
    mixed = rng.poisson(rng.gamma(1.0, 2.0, 800)).tolist()
    assert not run("overdispersion", data={"y": poisson}, y="y").overdispersed
    found = run("overdispersion", data={"y": mixed}, y="y")
    assert found.overdispersed
    assert found.p < 0.001
    assert found.alpha == pytest.approx(1.0, abs=0.3)


def test_levels_that_do_not_differ_become_one() -> None:
    data = {"f": ["a", "b", "c", "d"], "e": [1000.0] * 4, "n": [100, 100, 200, 0]}
    found = run("rating_factors", data=data, y="n", factor="f", exposure="e")
    assert [group.levels for group in found.groups] == [("d",), ("a", "b"), ("c",)]
    assert found.fusions[0].deviance == pytest.approx(0.0, abs=1e-12)
    ordered = run("rating_factors", data=data, y="n", factor="f", exposure="e", ordered=True, level=1e-300)
    assert ordered.levels_after == 1
    # Deviance of one mean for all, whatever the order of the fusions.
    expected = 2 * sum(n * math.log(n / 100) for n in (100, 100, 200))
    assert ordered.deviance_increase == pytest.approx(expected)


def test_other_factors_are_held_and_empty_levels_do_not_stop_it() -> None:
    rows = [(f, g, 50.0) for f in "abcd" for g in "uv"]
    rate = {"a": 0.2, "b": 0.2, "c": 0.6, "d": 0.0}
    data = {
        "f": [r[0] for r in rows],
        "g": [r[1] for r in rows],
        "e": [r[2] for r in rows],
        "n": [round(r[2] * rate[r[0]] * (2 if r[1] == "v" else 1)) for r in rows],
    }
    found = run("rating_factors", data=data, y="n", factor="f", exposure="e", others=["g"])
    assert [set(group.levels) for group in found.groups] == [{"d"}, {"a", "b"}, {"c"}]


def test_learned_shapes_only_go_the_way_they_may() -> None:
    data = portfolio(800)
    rules = [{"feature": "age", "direction": "decreasing"}]
    found = run("ebm_model", data=data, y="claims", features=["age", "zone"], exposure="years", monotone=rules, bags=2)
    shape = next(s for s in found.shapes if s.feature == "age")
    values = [point.contribution for point in shape.points]
    assert all(a >= b - 1e-9 for a, b in zip(values, values[1:], strict=False))
    assert values[0] > values[-1] + 0.1  # a rule the wrong way round would leave it flat
    assert found.deviance < found.null_deviance
    assert found.mean_predicted == pytest.approx(found.mean_observed, rel=0.1)
    zone = next(s for s in found.shapes if s.feature == "zone")
    assert max(zone.points, key=lambda point: point.contribution).label == "B"
    with pytest.raises(InvalidInput, match="monotone"):
        run(
            "ebm_model",
            data=data,
            y="claims",
            features=["zone"],
            monotone=[{"feature": "zone", "direction": "increasing"}],
        )


def test_a_pair_of_features_gets_its_surface() -> None:
    found = run("ebm_model", data=portfolio(400), y="claims", features=["age", "zone"], interactions=1, bags=1,
                rounds=300)  # fmt: skip
    (pair,) = found.interactions
    assert len(pair.contributions) == len(pair.first_labels)
    assert {len(row) for row in pair.contributions} == {len(pair.second_labels)}


def test_trees_repeat_with_their_seed_and_their_text_predicts_again() -> None:
    import lightgbm

    data = portfolio(500)
    arguments = dict(data=data, y="claims", features=["age", "zone"], exposure="years", trees=30, seed=5)
    first, again = run("gbm_model", **arguments), run("gbm_model", **arguments)
    assert first.model == again.model
    assert sum(row.gain_share for row in first.importance) == pytest.approx(1.0)
    assert first.cv_deviance < first.cv_null_deviance
    frame = pd.DataFrame({
        "age": np.array(data["age"], dtype=float),
        "zone": pd.Categorical(data["zone"], categories=list(first.levels["zone"])),
    })  # fmt: skip
    rates = lightgbm.Booster(model_str=first.model).predict(frame)
    years = np.array(data["years"])
    assert float(rates @ years / years.sum()) == pytest.approx(first.mean_predicted, rel=1e-9)


@pytest.mark.parametrize("model", ["ebm", "gbm"])
def test_contributions_add_up_to_the_prediction(model: str) -> None:
    data = portfolio(300)
    found = run("explain", data=data, y="claims", features=["age", "zone"], exposure="years", model=model,
                row={"age": 30, "zone": "B"})  # fmt: skip
    assert found.log_prediction == pytest.approx(math.log(found.prediction), abs=1e-9)
    assert {part.feature for part in found.contributions} == {"age", "zone"}
    with pytest.raises(InvalidInput, match=r"row\.zone"):
        run("explain", data=data, y="claims", features=["age", "zone"], model=model, row={"age": 30, "zone": "Q"})


scores = st.lists(st.floats(0.1, 10), min_size=12, max_size=30)


@few
@given(scores, st.integers(0, 2**16))
def test_gini_sees_order_alone_and_no_order_beats_the_losses_own(values: list[float], seed: int) -> None:
    losses = np.random.default_rng(seed).poisson(1.0, len(values)).astype(float)
    losses[0] += 1
    found = run("lift", y=losses.tolist(), score=values, bands=3)
    cubed = run("lift", y=losses.tolist(), score=[v**3 for v in values], bands=3)
    assert cubed.gini == pytest.approx(found.gini, abs=1e-12)
    assert found.gini <= found.gini_best + 1e-12
    assert run("lift", y=losses.tolist(), score=[1.0] * len(values), bands=3).gini == pytest.approx(0.0, abs=1e-12)
    assert sum(b.exposure * b.observed for b in found.bands) == pytest.approx(losses.sum())
    own = run("lift", y=losses.tolist(), score=values, benchmark=values, bands=3)
    assert own.gini_relativity == pytest.approx(0.0, abs=1e-12)


def test_smoothing_lies_between_the_effects_and_their_mean() -> None:
    names = [f"{k:05d}" for k in range(20)]
    effects = np.random.default_rng(2).normal(size=20)
    weights = [float(k + 1) for k in range(20)]
    borders = [{"a": names[k], "b": names[k + 1]} for k in range(19)]
    arguments = dict(places=names, effects=effects.tolist(), weights=weights, neighbours=borders, zones=3)
    free = run("zone_build", smoothing=1e-9, **arguments)
    stiff = run("zone_build", smoothing=1e9, **arguments)
    assert [p.smoothed for p in free.places] == pytest.approx(effects.tolist(), abs=1e-6)
    mean = float(np.average(effects, weights=weights))
    assert [p.smoothed for p in stiff.places] == pytest.approx([mean] * 20, abs=1e-4)
    found = run("zone_build", **arguments)
    assert found.smoothing > 0
    assert [z.effect for z in found.zones] == sorted(z.effect for z in found.zones)
    assert np.average([p.smoothed for p in found.places], weights=weights) == pytest.approx(mean)
    for place in found.places:  # zones are intervals
        assert place.zone == 1 + sum(
            place.smoothed > max(p.smoothed for p in found.places if p.zone == z.zone) for z in found.zones[:-1]
        )


def test_without_neighbours_credibility_draws_small_places_most() -> None:
    found = run("zone_build", places=["a", "b", "c", "d"], effects=[0.5, -0.5, 0.5, -0.5],
                weights=[1.0, 1.0, 99.0, 99.0], within_variance=1.0, zones=2)  # fmt: skip
    small, large = found.places[0], found.places[2]
    assert 0 < small.smoothed < large.smoothed < 0.5
    with pytest.raises(InvalidInput, match="neighbours"):
        run("zone_build", places=["a", "b"], effects=[0.0, 1.0], weights=[1.0, 1.0], zones=2)


def test_classes_that_do_not_order_the_losses_are_said_so() -> None:
    found = run("bucket_risk", score=[1.0, 2.0, 3.0], cut_points=[2.0, 9.0], losses=[5.0, 1.0, 1.0])
    assert found.assigned == ("A", "B", "B")
    assert not found.monotone
    assert {caution.text[:8] for caution in found.warnings} == {"La clase", "La sinie"}


def test_independent_columns_are_no_proxies_and_sex_is_always_said() -> None:
    rng = np.random.default_rng(0)
    sex = rng.choice(["M", "F"], 2000)
    data = {
        "sexo": sex.tolist(),
        "colour": rng.choice(["red", "blue"], 2000).tolist(),
        "height": np.where(sex == "M", rng.normal(178, 6, 2000), rng.normal(165, 6, 2000)).tolist(),
        "premium": [300.0] * 2000,
    }
    found = run("bias_check", data=data, protected=["sexo"], columns=["colour", "height"], score="premium")
    assert [row.column for row in found.proxies] == ["height", "colour"]
    assert [row.proxy for row in found.proxies] == [True, False]
    assert found.disparate_impact["sexo"] == 1.0
    assert any("C-236/09" in caution.text for caution in found.warnings)


def test_separated_data_do_not_converge() -> None:
    # Without claims below 5 and more and more above, the slope has no bound.
    data = {"x": [1.0, 2.0, 3.0, 4.0, 1e6], "y": [0, 0, 0, 0, 3]}
    with pytest.raises((NotConverged, InvalidInput)):
        run("frequency_glm", data=data, y="y", covariates=["x"])


@pytest.mark.parametrize("reverse", [False, True])
def test_bands_do_not_know_the_order_of_rows_that_tie(reverse: bool) -> None:
    """A tariff of two zones, on rows sorted by claims: their order made worst and best bands of one score."""
    rng = np.random.default_rng(0)
    score = np.where(rng.random(2000) < 0.4, 1.3, 1.0)
    claims = rng.poisson(0.1 * score).astype(float)
    order = np.argsort(-claims if reverse else claims, kind="stable")
    found = run("lift", y=claims[order].tolist(), score=score[order].tolist())
    assert [band.exposure for band in found.bands] == [float((score == s).sum()) for s in (1.0, 1.3)]
    assert found.top_to_bottom == pytest.approx(claims[score > 1].mean() / claims[score == 1].mean())
    assert "pocos valores" in found.warnings[0].text


def test_pure_poisson_claims_with_short_exposures_are_seldom_called_overdispersed() -> None:
    """Pearson's statistic strays far from chi-squared where a row expects a hundredth of a claim."""
    called = said = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        years = rng.uniform(0.005, 1.0, 800)
        data = {"y": rng.poisson(0.06 * years).tolist(), "years": years.tolist()}
        called += run("overdispersion", data=data, y="y", exposure="years").overdispersed
        found = run("frequency_glm", data=data, y="y", exposure="years")
        said += any("sobredispersión" in caution.text for caution in found.warnings)
    assert called <= 2
    assert said == 0


def test_a_portfolio_in_which_some_never_claim_is_called_overdispersed() -> None:
    """Pearson's ratio is near one, or under it, and says nothing against Poisson."""
    rng = np.random.default_rng(12)
    years = rng.uniform(0.02, 1.0, 20_000)
    claims = rng.poisson(0.2 * years) * (rng.random(20_000) > 0.4)
    found = run("overdispersion", data={"y": claims.tolist(), "years": years.tolist()}, y="y", exposure="years")
    assert found.dispersion < 1
    assert found.p < 0.001
    assert found.overdispersed


def test_an_inflated_law_without_inflation_is_said_to_be_none() -> None:
    rng = np.random.default_rng(1)
    even = {"y": rng.binomial(2, 0.3, 800).tolist()}
    found = run("frequency_glm", data=even, y="y", family="zip")
    assert found.zero_inflation < 1e-3
    assert any("degenera" in caution.text for caution in found.warnings)


def test_names_that_lightgbm_does_not_admit_are_admitted() -> None:
    data = portfolio()
    renamed = {
        "edad: años, [t]": data["age"],
        "zona {a}": data["zone"],
        "years": data["years"],
        "claims": data["claims"],
    }
    odd = run("gbm_model", data=renamed, y="claims", exposure="years", features=list(renamed)[:2], trees=20)
    plain = run("gbm_model", data=data, y="claims", exposure="years", features=["age", "zone"], trees=20)
    assert odd.deviance == plain.deviance
    assert {row.feature for row in odd.importance} == {"edad: años, [t]", "zona {a}"}


def test_trees_that_learn_noise_or_lose_the_level_are_told() -> None:
    rng = np.random.default_rng(0)
    n = 1500
    claims = rng.poisson(0.1, n)
    cost = [float(rng.gamma(0.7 * k, 2500.0)) if k else 0.0 for k in claims]
    data = {"x": rng.uniform(0, 1, n).tolist(), "z": rng.choice(list("abc"), n).tolist(), "cost": cost}
    found = run("gbm_model", data=data, y="cost", features=["x", "z"], objective="tweedie")
    assert found.cv_deviance > found.cv_null_deviance
    assert abs(found.mean_predicted / found.mean_observed - 1) > 0.05
    texts = [caution.text for caution in found.warnings]
    assert any("memoriza;" in text for text in texts)
    assert any("se aparta" in text for text in texts)


def test_an_interaction_that_a_monotone_feature_forbids_is_told() -> None:
    data = portfolio(800)
    found = run("ebm_model", data=data, y="claims", exposure="years", features=["age", "zone"], interactions=1,
                rounds=50, monotone=[{"feature": "age", "direction": "decreasing"}])  # fmt: skip
    assert found.interactions == ()
    assert any("interacciones" in caution.text for caution in found.warnings)


def test_a_column_of_many_values_is_no_proxy_by_chance() -> None:
    """Postcodes of a small portfolio: each nearly its own, so that sex can be read off the sample and no more."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        data = {
            "sexo": rng.choice(["H", "M"], 90).tolist(),
            "cp": [f"28{k:03d}" for k in rng.integers(0, 200, 90)],
            "bonus": rng.integers(1, 60, 90).tolist(),
        }
        found = run("bias_check", data=data, protected=["sexo"], columns=["cp", "bonus"])
        assert not any(row.proxy for row in found.proxies)
        assert any(caution.values.get("column") == "cp" and "agrúpela" in caution.text for caution in found.warnings)
    data["copia"] = [f"{s}{k % 3}" for k, s in enumerate(data["sexo"])]
    told = run("bias_check", data=data, protected=["sexo"], columns=["copia"])
    assert told.proxies[0].proxy


def test_effects_that_do_not_differ_make_no_zones() -> None:
    """Noise alone: credibility is zero, and five zones of one effect were five lots of the order of the rows."""
    rng = np.random.default_rng(5)
    found = run("zone_build", places=[str(28000 + k) for k in range(60)], effects=(0.3 * rng.normal(size=60)).tolist(),
                weights=[10.0] * 60, within_variance=2.0)  # fmt: skip
    assert [zone.places for zone in found.zones] == [60]
    assert {place.zone for place in found.places} == {1}
    assert any("zonas en vez" in caution.text for caution in found.warnings)
