"""Microeconomics: identities of choice, demand and markets, and what is refused."""

import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InvalidInput, LimitExceeded, NotConverged, SingularMatrix
from engines.running import compute

SEEDS = st.integers(0, 2**32 - 1)
POSITIVE = st.floats(0.1, 100)


def ask(tool: str, **arguments: Any) -> dict[str, Any]:
    return compute(f"micro_models_{tool}", arguments).model_dump()


def choices(seed: int, n: int = 200) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    chosen = rng.random(n) < 1 / (1 + np.exp(-(0.3 + a - 0.5 * b)))
    return {"y": chosen.astype(int).tolist(), "a": a.tolist(), "b": b.tolist()}


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_two_categories_make_all_logits_the_same(seed: int) -> None:
    data = choices(seed)
    logit = ask("discrete_choice", data=data, y="y", x=["a", "b"])
    many = ask("discrete_choice", data=data, y="y", x=["a", "b"], model="mnlogit")
    ordered = ask("discrete_choice", data=data, y="y", x=["a", "b"], model="ordered")
    for name in ("a", "b"):
        assert many["params"][f"1:{name}"] == pytest.approx(logit["params"][name], rel=1e-5)
        assert ordered["params"][name] == pytest.approx(logit["params"][name], rel=1e-3, abs=1e-4)
        assert ordered["se"][name] == pytest.approx(logit["se"][name], rel=1e-2)
        assert many["marginal_effects"][f"1:{name}"] == pytest.approx(logit["marginal_effects"][name], rel=1e-5)
        assert ordered["marginal_effects"][f"1:{name}"] == pytest.approx(
            logit["marginal_effects"][name], rel=1e-2, abs=1e-5
        )
    assert ordered["params"]["0|1"] == pytest.approx(-logit["params"]["const"], rel=1e-2, abs=1e-3)


@given(seed=SEEDS, unit=st.floats(1e-5, 1e5))
@settings(max_examples=10, deadline=None)
def test_a_choice_model_does_not_depend_on_units(seed: int, unit: float) -> None:
    data = choices(seed)
    first = ask("discrete_choice", data=data, y="y", x=["a", "b"], model="probit")
    data["a"] = [v * unit for v in data["a"]]
    second = ask("discrete_choice", data=data, y="y", x=["a", "b"], model="probit")
    assert second["params"]["a"] * unit == pytest.approx(first["params"]["a"], rel=1e-6)
    assert second["loglik"] == pytest.approx(first["loglik"])
    assert second["marginal_effects"]["a"] * unit == pytest.approx(first["marginal_effects"]["a"], rel=1e-6)


def test_effects_on_all_categories_cancel_out() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=400)
    kind = np.where(a + rng.normal(size=400) > 0.5, "oro", np.where(rng.random(400) < 0.4, "bronce", "plata"))
    data = {"y": kind.tolist(), "a": a.tolist()}
    for model in ("mnlogit", "ordered"):
        effects = ask("discrete_choice", data=data, y="y", x=["a"], model=model)["marginal_effects"]
        assert sum(effects.values()) == pytest.approx(0, abs=1e-9)
        assert set(effects) == {"bronce:a", "oro:a", "plata:a"}


def test_the_order_of_alternatives_and_what_is_the_same_for_all_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    price = rng.normal(size=(150, 3))
    chosen = (-price + rng.gumbel(size=(150, 3))).argmax(axis=1)
    data: dict[str, list[Any]] = {
        "person": np.repeat(np.arange(150), 3).tolist(),
        "offer": ["a", "b", "c"] * 150,
        "price": price.ravel().tolist(),
        "chosen": (np.arange(3) == chosen[:, None]).astype(int).ravel().tolist(),
    }
    said = {"y": "chosen", "x": ["price"], "model": "conditional_logit", "group": "person", "alternative": "offer"}
    first = ask("discrete_choice", data=data, alt_constants=["a", "b"], **said)
    order = rng.permutation(450)
    level = rng.normal(size=150)[np.asarray(data["person"])]
    moved = {k: [v[i] for i in order] for k, v in data.items()}
    moved["price"] = [float(v + level[i]) for v, i in zip(moved["price"], order, strict=True)]
    second = ask("discrete_choice", data=moved, alt_constants=["a", "b"], **said)
    assert second["params"] == pytest.approx(first["params"], rel=1e-5, abs=1e-7)
    assert first["params"]["price"] == pytest.approx(-1, abs=0.4)
    with pytest.raises(SingularMatrix):
        ask("discrete_choice", data=data, alt_constants=["a", "b", "c"], **said)
    data["chosen"][:3] = [1, 1, 0]
    with pytest.raises(InvalidInput, match=r"data\.chosen"):
        ask("discrete_choice", data=data, alt_constants=["a"], **said)


@pytest.mark.parametrize("model", ["logit", "probit", "mnlogit", "ordered"])
def test_a_column_that_tells_the_answer_is_named(model: str) -> None:
    data = choices(2, 60)
    data["sold"] = [float(v) * 3 + 0.01 * i for i, v in enumerate(data["y"])]
    with pytest.raises(NotConverged, match="sold"):
        ask("discrete_choice", data=data, y="y", x=["a", "sold"], model=model)


def test_columns_that_separate_only_together_are_named() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 80))
    data = {"y": (a + b > 0).astype(int).tolist(), "a": a.tolist(), "b": b.tolist()}
    with pytest.raises(NotConverged) as caught:
        ask("discrete_choice", data=data, y="y", x=["a", "b"])
    assert caught.value.detail["columns"] == "a, b"


def test_roles_of_the_choice_model_are_checked() -> None:
    data = choices(4)
    with pytest.raises(InvalidInput, match="group"):
        ask("discrete_choice", data=data, y="y", x=["a"], model="conditional_logit")
    with pytest.raises(InvalidInput, match="alternative"):
        ask("discrete_choice", data=data, y="y", x=["a"], alt_constants=["z"])
    with pytest.raises(LimitExceeded):
        ask("discrete_choice", data={"y": list(range(60)), "a": data["a"][:60]}, y="y", x=["a"], model="mnlogit")


@given(seed=SEEDS, unit=st.floats(0.01, 100))
@settings(max_examples=10, deadline=None)
def test_the_engel_curve_keeps_its_elasticity_in_any_currency(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    income = rng.uniform(500, 5000, 80)
    spend = 50 + 0.3 * income + rng.normal(size=80) * 30
    first = ask("engel_curve", income=income.tolist(), spend=spend.tolist())
    second = ask("engel_curve", income=(income * unit).tolist(), spend=(spend * unit).tolist())
    assert second["ols_slope"] == pytest.approx(first["ols_slope"])
    assert second["quantile_slope"] == pytest.approx(first["quantile_slope"], rel=1e-5)
    assert second["quantile_elasticity"] == pytest.approx(first["quantile_elasticity"], rel=1e-5)


@given(slope=st.floats(-4, -0.1), scale=POSITIVE)
@settings(max_examples=20, deadline=None)
def test_elasticity_finds_a_constant_one_whatever_the_units(slope: float, scale: float) -> None:
    p = np.array([1.0, 2, 3, 5, 8, 13])
    q = scale * p**slope
    assert ask("elasticity", q=q.tolist(), p=p.tolist())["elasticity"] == pytest.approx(slope)
    own = ask("elasticity", q=q.tolist(), p=p.tolist(), method="iv", instrument=np.log(p).tolist())
    assert own["elasticity"] == pytest.approx(slope)


def test_elasticity_warns_of_a_rising_demand_and_a_weak_instrument() -> None:
    rising = ask("elasticity", q=[1.0, 2, 3, 4], p=[1.0, 2, 3, 5])
    assert any("positiva" in w["text"] for w in rising["warnings"])
    rng = np.random.default_rng(0)
    p = np.exp(rng.normal(size=40))
    weak = ask("elasticity", q=(1 / p).tolist(), p=p.tolist(), method="iv", instrument=rng.normal(size=40).tolist())
    assert any("instrumento" in w["text"] for w in weak["warnings"])
    with pytest.raises(InvalidInput, match="q"):
        ask("elasticity", q=[1.0, -2, 3], p=[1.0, 2, 3])


@given(shares=st.lists(st.floats(0.5, 20), min_size=3, max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_merger_adds_what_the_new_market_has_more(shares: list[float]) -> None:
    merged = ask("concentration", shares_pct=shares, merging=[0, 2])
    rest = [v for i, v in enumerate(shares) if i not in (0, 2)]
    after = ask("concentration", shares_pct=[*rest, shares[0] + shares[2]])
    assert merged["hhi_after"] == pytest.approx(after["hhi"])
    assert merged["delta"] == pytest.approx(2 * shares[0] * shares[2])
    assert merged["cr"] <= sum(shares) + 1e-9


@given(a=st.floats(20, 100), b=POSITIVE, cost=st.floats(0, 19), firms=st.integers(2, 50))
@settings(max_examples=30, deadline=None)
def test_more_competition_lowers_the_price(a: float, b: float, cost: float, firms: int) -> None:
    market = {"demand": {"a": a, "b": b}, "marginal_cost": cost}
    monopoly, cournot, leader, bertrand = (
        ask("oligopoly", **market, firms=n, model=m)
        for n, m in ((1, "cournot"), (firms, "cournot"), (firms, "stackelberg"), (firms, "bertrand"))
    )
    assert monopoly["price"] > cournot["price"] > leader["price"] > bertrand["price"] == cost
    for found in (monopoly, cournot, leader, bertrand):
        profit = (found["price"] - cost) * found["q_total"]
        welfare = found["consumer_surplus"] + profit + found["deadweight_loss"]
        assert welfare == pytest.approx((a - cost) ** 2 / (2 * b))
    assert leader["profit_leader"] > leader["profit_firm"]
    assert bertrand["deadweight_loss"] == pytest.approx(0)


@given(
    kind=st.sampled_from(["linear", "constant_elasticity", "logit"]),
    b=st.floats(1.1, 5),
    c=st.floats(0, 5),
    cost=st.floats(0.5, 5),
)
@settings(max_examples=40, deadline=None)
def test_no_other_price_earns_more_and_the_margin_is_lerners(kind: str, b: float, c: float, cost: float) -> None:
    demand = {"kind": kind, "a": 100.0, "b": b, "c": c}
    best = ask("price_optimum", demand=demand, marginal_cost=cost, low=0.1, high=80)

    def profit(p: float) -> float:
        q = {
            "linear": max(100 - b * p, 0),
            "constant_elasticity": 100 * p**-b,
            "logit": 100 / (1 + math.exp(b * (p - c))),
        }
        return (p - cost) * q[kind]

    assert best["profit"] == pytest.approx(profit(best["price"]))
    assert all(profit(p) <= best["profit"] * (1 + 1e-9) for p in np.linspace(0.1, 80, 400))
    if not best["at_bound"]:
        assert best["lerner"] == pytest.approx(-1 / best["elasticity"], rel=1e-6)


def test_an_inelastic_demand_goes_to_the_bound_and_says_so() -> None:
    best = ask(
        "price_optimum", demand={"kind": "constant_elasticity", "a": 10, "b": 0.5}, marginal_cost=1, low=1, high=9
    )
    assert best["price"] == 9
    assert best["at_bound"]
    assert best["warnings"]
    with pytest.raises(InvalidInput, match="high"):
        ask("price_optimum", demand={"kind": "linear", "a": 10, "b": 1}, marginal_cost=20, low=1, high=9)


@given(rise=st.floats(-50, 50), price=st.floats(100, 500))
@settings(max_examples=30, deadline=None)
def test_a_rise_for_all_costs_everybody_that_rise(rise: float, price: float) -> None:
    before = {"price": [price, price + 40, price - 30], "brand": [1.0, 2.0, 0.0]}
    after = {**before, "price": [v + rise for v in before["price"]]}
    found = ask(
        "consumer_surplus", coefficients={"price": -0.03, "brand": 0.4}, price="price", before=before, after=after
    )
    assert found["per_person"] == pytest.approx(-rise, abs=1e-9)
    assert found["shares_after"] == pytest.approx(found["shares_before"])
    assert sum(found["shares_after"]) == pytest.approx(1)
    with pytest.raises(InvalidInput, match="coefficients"):
        ask("consumer_surplus", coefficients={"price": 0.1}, price="price", before=before, after=after)


@given(seed=SEEDS, slope=st.floats(-10, 10))
@settings(max_examples=15, deadline=None)
def test_retention_never_rises_with_the_price(seed: int, slope: float) -> None:
    rng = np.random.default_rng(seed)
    change = rng.uniform(-0.1, 0.2, 400)
    stays = rng.random(400) < 1 / (1 + np.exp(-(1 + slope * change)))
    data = {"renewed": stays.astype(int).tolist(), "change": change.tolist()}
    found = ask("retention_model", data=data, renewed="renewed", price_change="change", changes=[0.1, -0.1, 0.0])
    chances = [row["probability"] for row in found["curve"]]
    assert chances == sorted(chances, reverse=True)
    assert all(row["elasticity"] <= 0 and row["low"] <= row["probability"] <= row["high"] for row in found["curve"])
    free = ask("discrete_choice", data=data, y="renewed", x=["change"])["params"]["change"]
    assert found["bounded"] == (free > 0)
    assert found["params"]["change"] == pytest.approx(min(free, 0.0), rel=1e-6, abs=1e-9)


def test_a_price_never_tried_is_called_extrapolation() -> None:
    data = {"renewed": [1, 0, 1, 1, 0, 1, 0, 1], "change": [0.0, 0.1, 0.0, 0.05, 0.1, 0.02, 0.0, 0.1]}
    found = ask("retention_model", data=data, renewed="renewed", price_change="change", changes=[0.05, 0.5])
    assert any(w["values"].get("change") == 0.5 for w in found["warnings"])


@pytest.mark.parametrize("share", [0.01, 0.03, 0.1])
def test_a_rare_town_where_nobody_answers_otherwise_separates_ordered_answers_too(share: float) -> None:
    rng = np.random.default_rng(1)
    n = 300
    town = np.zeros(n)
    town[: int(n * share)] = 1
    note = np.where(town == 1, 0, rng.integers(0, 3, n))
    data = {"note": note.tolist(), "age": rng.integers(18, 85, n).tolist(), "town": town.tolist()}
    for model in ("ordered", "mnlogit"):
        with pytest.raises(NotConverged, match="town"):
            ask("discrete_choice", data=data, y="note", x=["age", "town"], model=model)


def test_ordered_texts_say_in_which_order_they_were_taken() -> None:
    rng = np.random.default_rng(2)
    data: dict[str, list[Any]] = {"x": rng.normal(size=200).tolist()}
    data["risk"] = [("bajo", "medio", "alto")[v] for v in rng.integers(0, 3, 200)]
    fit = ask("discrete_choice", data=data, y="risk", x=["x"], model="ordered")
    assert any(w["values"].get("order") == "alto < bajo < medio" for w in fit["warnings"])
    data["level"] = [{"bajo": 1, "medio": 2, "alto": 3}[v] for v in data["risk"]]
    assert not ask("discrete_choice", data=data, y="level", x=["x"], model="ordered")["warnings"]


def quotes(people: int) -> dict[str, list[Any]]:
    """Four offers a person; who chooses weighs price and insurer."""
    rng = np.random.default_rng(people)
    price = rng.uniform(200, 500, (people, 4))
    utility = np.array([0.0, 0.4, 0.8, 1.2]) - 0.01 * price + rng.gumbel(size=(people, 4))
    return {
        "person": np.repeat(np.arange(people), 4).tolist(),
        "price": price.ravel().tolist(),
        "insurer": [1.0, 2.0, 3.0, 4.0] * people,
        "chosen": (utility == utility.max(axis=1, keepdims=True)).astype(int).ravel().tolist(),
    }


def test_ten_thousand_choosers_take_no_longer_than_a_few_steps() -> None:
    said: dict[str, Any] = {"y": "chosen", "x": ["price"], "model": "conditional_logit", "group": "person"}
    data = quotes(10_000)
    begun = time.perf_counter()
    fit = ask("discrete_choice", data=data, **said, alternative="insurer", alt_constants=["2", "3", "4"])
    assert time.perf_counter() - begun < 5
    assert fit["params"]["price"] == pytest.approx(-0.01, abs=4 * fit["se"]["price"])
    order = np.random.default_rng(0).permutation(40_000)
    moved = {k: [v[i] for i in order] for k, v in data.items()}
    again = ask("discrete_choice", data=moved, **said, alternative="insurer", alt_constants=["2", "3", "4"])
    assert again["params"] == pytest.approx(fit["params"], rel=1e-9)
    with pytest.raises(InvalidInput, match="alt_constants"):
        ask("discrete_choice", data=data, **said, alternative="insurer", alt_constants=["Mapfre"])


def test_an_insurer_that_nobody_chose_has_no_weight_and_is_named() -> None:
    data = quotes(200)
    best = np.asarray(data["price"]).reshape(200, 4)[:, :3].argmin(axis=1)
    data["chosen"] = (np.arange(4) == best[:, None]).astype(int).ravel().tolist()
    data["chosen"][:2] = [0, 1] if data["chosen"][0] else [1, 0]
    data["chosen"][2:4] = [0, 0]
    with pytest.raises(NotConverged, match="4"):
        ask(
            "discrete_choice", data=data, y="chosen", x=["price"], model="conditional_logit", group="person",
            alternative="insurer", alt_constants=["2", "3", "4"],
        )  # fmt: skip


def test_every_price_never_tried_is_told_once_and_few_lapses_are_called_lapses() -> None:
    rng = np.random.default_rng(4)
    change = np.round(rng.uniform(-0.02, 0.1, 2000), 3)
    stays = rng.random(2000) < 0.99
    found = ask("retention_model", data={"stays": stays.astype(int).tolist(), "c": change.tolist()}, renewed="stays",
                price_change="c")  # fmt: skip
    beyond = [w["values"]["changes"] for w in found["warnings"] if "changes" in w["values"]]
    assert beyond == ["-0.1, -0.05, 0.15, 0.2"]  # 0.1 was tried, or nearly
    lapses = int((~stays).sum())
    assert lapses < 40
    few = ask(
        "retention_model", data={"stays": stays.astype(int).tolist(), "c": change.tolist(), "a": change[::-1].tolist()},
        renewed="stays", price_change="c", x=["a"], changes=[0.0],
    )  # fmt: skip
    assert [w["values"] for w in few["warnings"]] == [{"events": lapses, "k": 3}]


def test_shares_given_as_parts_of_one_are_suspected() -> None:
    found = ask("concentration", shares_pct=[0.3, 0.25, 0.2, 0.15, 0.1])
    assert any("por cien" in w["text"] for w in found["warnings"])
    assert not ask("concentration", shares_pct=[30, 25, 20, 15, 10])["warnings"]


def test_a_best_price_below_the_least_admitted_says_so() -> None:
    demand = {"kind": "logit", "a": 1000, "b": 0.02, "c": 400}
    held = ask("price_optimum", demand=demand, marginal_cost=250, low=450, high=600)
    assert held["at_bound"]
    assert held["warnings"]
    assert not ask("price_optimum", demand=demand, marginal_cost=250, low=100, high=600)["warnings"]


def test_an_elasticity_of_few_prices_or_of_prices_that_hardly_move_is_told() -> None:
    few = ask("elasticity", q=[10, 8, 7], p=[100, 110, 120])
    assert few["warnings"]
    still = ask("elasticity", q=[10, 8, 9, 7], p=[100, 100.1, 110, 120], method="midpoint")
    assert any(w["values"] == {"n": 1} for w in still["warnings"])
    assert not ask("elasticity", q=[10, 8, 7], p=[100, 110, 120], method="midpoint")["warnings"]


def test_spending_of_which_much_is_zero_has_a_median_line_and_a_caution() -> None:
    rng = np.random.default_rng(0)
    income = np.round(rng.lognormal(10, 0.4, 200))
    spend = np.where(rng.random(200) < 0.8, 0, 0.02 * income)
    found = ask("engel_curve", income=income.tolist(), spend=spend.tolist())
    assert found["quantile_slope"] == 0
    assert any("valores repetidos" in w["text"] for w in found["warnings"])


def test_a_period_without_sales_has_an_arc_but_no_logarithm() -> None:
    with pytest.raises(InvalidInput, match="midpoint"):
        ask("elasticity", q=[10, 8, 0], p=[100, 110, 150])
    arcs = ask("elasticity", q=[10, 8, 0, 0], p=[100, 110, 150, 160], method="midpoint")
    by_hand = [(-2 / 18) / (10 / 210), (-8 / 8) / (40 / 260)]
    assert arcs["elasticity"] == pytest.approx(sum(by_hand) / 2)
    with pytest.raises(InvalidInput, match="cero en todos"):
        ask("elasticity", q=[0, 0], p=[100, 110], method="midpoint")


@pytest.mark.parametrize("model", ["logit", "probit", "mnlogit", "ordered"])
def test_a_year_and_its_square_keep_their_digits_in_every_model_of_choice(model: str) -> None:
    rng = np.random.default_rng(0)
    year = rng.integers(2000, 2020, 300).astype(float)
    latent = 0.1 * (year - 2010) + rng.logistic(size=300)
    taken = (latent > 0).astype(int) + (latent > 1) * (model in ("mnlogit", "ordered"))
    fits = [
        ask("discrete_choice", data={"y": taken.tolist(), "t": t.tolist(), "t2": (t**2).tolist()}, y="y",
            x=["t", "t2"], model=model)
        for t in (year, year - 2010)
    ]  # fmt: skip
    for name in ("1:t2", "2:t2") if model == "mnlogit" else ("t2",):
        assert fits[0]["params"][name] == pytest.approx(fits[1]["params"][name], rel=1e-4, abs=1e-7)
        assert fits[0]["se"][name] == pytest.approx(fits[1]["se"][name], rel=1e-5)
    assert fits[0]["loglik"] == pytest.approx(fits[1]["loglik"])


def test_one_rise_for_all_cannot_tell_what_a_rise_does() -> None:
    data = {"stays": [1, 0, 1, 1, 0, 1, 1, 1], "c": [0.03] * 8}
    with pytest.raises(InvalidInput, match="a todos se les cambió"):
        ask("retention_model", data=data, renewed="stays", price_change="c")
