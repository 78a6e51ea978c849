"""Market simulation: what chance must keep, what closed forms say, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.economic.market_simulation.gbm import Plan, block
from engines.errors import InvalidInput, LimitExceeded, NotConverged
from engines.running import compute, listening

SEEDS = st.integers(0, 2**32 - 1)


def ask(tool: str, **arguments: Any) -> dict[str, Any]:
    return compute(f"market_simulation_{tool}", arguments).model_dump()


GBM: dict[str, Any] = {"s0": 100, "mu": 0.03, "sigma": 0.2, "T": 2.0, "paths": 20_000}


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_call_less_put_is_the_forward_on_the_same_paths(seed: int) -> None:
    price = {
        kind: ask("gbm_paths", **GBM, seed=seed, payoff={"kind": kind, "strike": 95, "discount_rate": 0.03})["price"]
        for kind in ("call", "put", "forward")
    }
    assert price["call"] - price["put"] == pytest.approx(price["forward"], abs=1e-8)
    found = ask("gbm_paths", **GBM, seed=seed)
    assert abs(found["mean"] - found["exact_mean"]) < 5 * found["mean_error"]
    values = [q["value"] for q in found["quantiles"]]
    assert values == sorted(values)


def test_the_same_seed_gives_the_same_numbers_and_blocks_may_come_in_any_order() -> None:
    first, second = ask("gbm_paths", **GBM, seed=7), ask("gbm_paths", **GBM, seed=7)
    assert first == second
    assert ask("gbm_paths", **GBM, seed=8)["mean"] != first["mean"]
    # A longer run begins with the blocks of the shorter one: each has its own child of the seed.
    short, long = (Plan(100, 0.03, 0.2, 1.0, 4, paths, False, 7) for paths in (16_384, 100_000))
    assert (block(long, 0) == block(short, 0)).all()
    assert (block(long, 3) != block(long, 0)).any()
    assert sum(len(block(long, i)) for i in range(long.blocks)) == 100_000


def test_antithetic_paths_cut_the_error_and_progress_is_told() -> None:
    call = {"kind": "call", "strike": 100, "discount_rate": 0.03}
    heard: list[tuple[int, int]] = []
    with listening(lambda done, of: heard.append((done, of))):
        paired = ask("gbm_paths", **GBM, steps=100, payoff=call)
    plain = ask("gbm_paths", **GBM, steps=100, payoff=call, antithetic=False)
    assert paired["mc_error"] < plain["mc_error"]
    assert heard
    assert heard[-1][0] == heard[-1][1] == len(heard)
    assert abs(plain["price"] - black_scholes()) < 4 * plain["mc_error"]
    assert abs(paired["price"] - black_scholes()) < 4 * paired["mc_error"]


def black_scholes() -> float:
    from scipy.stats import norm

    d1 = (0.03 + 0.02) * 2 / (0.2 * math.sqrt(2))
    return float(100 * norm.cdf(d1) - 100 * math.exp(-0.06) * norm.cdf(d1 - 0.2 * math.sqrt(2)))


def test_an_average_is_worth_less_than_the_end_and_a_drift_off_the_rate_is_told() -> None:
    end, mean = (
        ask("gbm_paths", **GBM, steps=24, payoff={"kind": kind, "strike": 100, "discount_rate": 0.03})
        for kind in ("call", "asian_call")
    )
    assert mean["price"] < end["price"]
    assert not end["warnings"]
    biased = ask("gbm_paths", **GBM, payoff={"kind": "put", "strike": 100, "discount_rate": 0.01})
    assert biased["warnings"]


def test_without_volatility_all_paths_are_one_and_limits_hold() -> None:
    still = ask("gbm_paths", s0=100, mu=0.05, sigma=0, T=1, paths=10)
    assert still["mean"] == pytest.approx(100 * math.exp(0.05))
    assert still["sd"] == pytest.approx(0, abs=1e-9)
    with pytest.raises(InvalidInput, match="paths"):
        ask("gbm_paths", **{**GBM, "paths": 11})
    with pytest.raises(LimitExceeded, match="paths"):
        ask("gbm_paths", **{**GBM, "paths": 10_000_000}, steps=1000)


@given(p=st.floats(0.001, 0.05), q=st.floats(0.1, 0.8), m=st.floats(10, 1e6))
@settings(max_examples=25, deadline=None)
def test_a_diffusion_never_passes_its_market_and_peaks_where_it_says(p: float, q: float, m: float) -> None:
    found = ask("bass_diffusion", p=p, q=q, m=m, periods=60)
    adopted = [row["cumulative"] for row in found["path"]]
    assert adopted == sorted(adopted)
    assert adopted[-1] <= m * (1 + 1e-12)
    assert sum(row["sales"] for row in found["path"]) == pytest.approx(adopted[-1])
    highest = max(found["path"], key=lambda row: row["sales"])
    assert abs(highest["period"] - 0.5 - found["t_peak"]) <= 1
    assert highest["sales"] <= found["peak_sales"] * (1 + 1e-9)
    again = ask("bass_diffusion", sales=[row["sales"] for row in found["path"][:40]])
    assert again["m"] == pytest.approx(m, rel=1e-4)
    assert again["q"] == pytest.approx(q, rel=1e-3)


def test_sales_that_do_not_spread_are_no_diffusion() -> None:
    with pytest.raises(NotConverged, match="sales"):
        ask("bass_diffusion", sales=[1.0, 2, 4, 8, 16, 32])
    with pytest.raises(InvalidInput, match="sales"):
        ask("bass_diffusion", p=0.1, q=0.4)


@given(seed=SEEDS, rule=st.sampled_from(["give_unit", "reshuffle", "saving"]))
@settings(max_examples=10, deadline=None)
def test_wealth_is_exchanged_never_made(seed: int, rule: str) -> None:
    found = ask("wealth_exchange", agents=200, initial_wealth=5, steps=50, rule=rule, seed=seed)
    assert found["total"] == pytest.approx(1000)
    assert sum(b["agents"] for b in found["histogram"]) == 200
    assert 0 <= found["gini"] <= 1
    assert found["gini_path"][-1] == found["gini"]


def test_who_saves_ends_more_equal() -> None:
    said = {"agents": 1000, "initial_wealth": 10, "steps": 200}
    free, saving = (ask("wealth_exchange", **said, rule=rule)["gini"] for rule in ("reshuffle", "saving"))
    assert free == pytest.approx(0.5, abs=0.04)
    assert saving < free - 0.1
    with pytest.raises(InvalidInput, match="agents"):
        ask("wealth_exchange", agents=3, initial_wealth=1, rule="reshuffle")


@given(arrivals=st.floats(0.1, 50), used=st.floats(0.05, 0.95), servers=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_littles_law_and_one_more_server_never_lengthens_the_wait(arrivals: float, used: float, servers: int) -> None:
    rate = arrivals / (used * servers)
    found = ask("queue", arrival_rate=arrivals, service_rate=rate, servers=servers, target_wait=0.1)
    assert found["L"] == pytest.approx(arrivals * found["W"])
    assert found["Lq"] == pytest.approx(arrivals * found["Wq"])
    assert 0 <= found["p_wait_over"] <= found["p_wait"] <= 1
    load = arrivals / rate
    terms = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(servers + 1)]
    empty = 1 / (sum(terms[:-1]) + terms[-1] / (1 - used))
    assert found["p_empty"] == pytest.approx(empty, rel=1e-7)
    assert found["p_wait"] == pytest.approx(empty * terms[-1] / (1 - used), rel=1e-7)
    more = ask("queue", arrival_rate=arrivals, service_rate=rate, servers=servers + 1)
    assert more["Wq"] <= found["Wq"]


def test_a_queue_that_grows_without_end_is_refused() -> None:
    with pytest.raises(InvalidInput, match="arrival_rate"):
        ask("queue", arrival_rate=6, service_rate=3, servers=2)


def test_the_cycle_comes_of_reacting_late() -> None:
    calm = ask("insurance_cycle", years=100, response=0, price_sensitivity=0, credibility=0, customers=100_000)
    late = ask("insurance_cycle", years=100, response=2.5, lag=3, customers=100_000)
    assert late["sd_combined_ratio"] > 2 * calm["sd_combined_ratio"]
    assert late["period_years"] is not None
    assert 3 < late["period_years"] < 20
    assert sum(late["shares"]) == pytest.approx(1)
    assert late == ask("insurance_cycle", years=100, response=2.5, lag=3, customers=100_000)
    assert all(row["low"] <= row["high"] for row in late["years"])


@given(change=st.floats(-0.3, 0.5), elasticity=st.floats(-4, 0))
@settings(max_examples=8, deadline=None)
def test_simulated_lapses_agree_with_their_exact_mean(change: float, elasticity: float) -> None:
    rng = np.random.default_rng(0)
    portfolio = {"premium": rng.uniform(100, 900, 80).tolist(), "renewal": rng.uniform(0.4, 0.95, 80).tolist()}
    found = ask("lapse_simulation", portfolio=portfolio, price_change=change, elasticity=elasticity, simulations=400)
    assert found["p05"] <= found["p50"] <= found["p95"]
    assert abs(found["p50"] - found["expected"]) <= 1.2 * found["sd"] + 1e-9
    assert 0 <= found["retention"] <= 1
    usual = ask("lapse_simulation", portfolio=portfolio, price_change=0.1, elasticity=-1.5, simulations=400)
    assert usual["p50"] == pytest.approx(usual["expected"], abs=0.25 * usual["sd"])
    assert usual["p95"] - usual["p05"] == pytest.approx(3.29 * usual["sd"], rel=0.2)
    still = ask("lapse_simulation", portfolio=portfolio, simulations=10)
    assert still["expected"] == pytest.approx(still["unchanged"])


def test_each_policy_may_have_its_own_change_and_a_chance_over_one_is_told() -> None:
    portfolio = {"premium": [100.0, 100], "renewal": [0.9, 0.5], "change": [-0.5, 0.0], "elasticity": [-2.0, -1.0]}
    found = ask("lapse_simulation", portfolio=portfolio, simulations=10)
    assert found["expected"] == pytest.approx(50 + 50)
    assert found["warnings"][0]["values"] == {"n": 1}
    with pytest.raises(InvalidInput, match=r"portfolio\.renewal"):
        ask("lapse_simulation", portfolio={**portfolio, "renewal": [1.2, 0.5]})


@given(seed=SEEDS, coefficient=st.floats(-0.2, 0))
@settings(max_examples=20, deadline=None)
def test_shares_add_up_and_a_rise_for_all_moves_nobody(seed: int, coefficient: float) -> None:
    rng = np.random.default_rng(seed)
    tariffs = rng.uniform(100, 300, (4, 3))
    sizes = rng.uniform(1, 1000, 3)
    said = {"segment_sizes": sizes.tolist(), "price_coefficient": coefficient}
    first = ask("renewal_competition", tariffs=tariffs.tolist(), **said)
    second = ask("renewal_competition", tariffs=(tariffs + 50).tolist(), **said)
    assert sum(i["share"] for i in first["insurers"]) == pytest.approx(1)
    assert [i["share"] for i in second["insurers"]] == pytest.approx([i["share"] for i in first["insurers"]])
    assert second["average_price"] == pytest.approx(first["average_price"] + 50)


def test_loyalty_keeps_customers_and_without_it_history_does_not_matter() -> None:
    said: dict[str, Any] = {
        "tariffs": [[100], [90]], "segment_sizes": [1000], "price_coefficient": -0.1, "insurers": ["Uno", "Dos"],
    }  # fmt: skip
    now = [[0.8], [0.2]]
    fresh = ask("renewal_competition", **said)
    free = ask("renewal_competition", **said, current_shares=now)
    loyal = ask("renewal_competition", **said, current_shares=now, loyalty=3, costs=[70])
    still = ask("renewal_competition", **said, current_shares=now, market_participation=0)
    assert free["insurers"][0]["share"] == pytest.approx(fresh["insurers"][0]["share"])
    assert loyal["insurers"][0]["share"] > free["insurers"][0]["share"]
    assert loyal["switching"] < free["switching"]
    assert still["insurers"][0]["share"] == pytest.approx(0.8)
    assert still["switching"] == pytest.approx(0)
    assert loyal["insurers"][1]["result"] == pytest.approx(20 * loyal["insurers"][1]["customers"])
    with pytest.raises(InvalidInput, match="current_shares"):
        ask("renewal_competition", **said, loyalty=1)


BROKERAGE = {"premium": 1e6, "retention": 0.85, "new_business": 1e5, "commission_rate": 0.15, "costs": 1e5}


def test_a_scenario_that_changes_nothing_gives_the_base_and_several_rows_add_up() -> None:
    shocks = {
        "scenario": ["same", "worse", "worse"],
        "parameter": ["retention", "retention", "costs"],
        "kind": ["multiply", "add", "set"],
        "value": [1.0, -0.05, 120_000.0],
    }
    found = ask("scenario_run", base=BROKERAGE, shocks=shocks)
    same, worse = found["scenarios"]
    assert same["outputs"] == found["base"]
    assert found["base"]["margin"] == pytest.approx((850_000 + 100_000) * 0.15 - 100_000)
    assert worse["change"]["margin"] == pytest.approx(-50_000 * 0.15 - 20_000)


def test_formulas_of_ones_own_may_build_on_each_other_but_not_run_code() -> None:
    shocks = {"scenario": ["up"], "parameter": ["x"], "value": [4.0]}
    said: dict[str, Any] = {"base": {"x": 1.0}, "shocks": shocks, "model": "formulas"}
    found = ask("scenario_run", **said, formulas={"y": "x**2 + 1", "z": "sqrt(y)"})
    assert found["scenarios"][0]["outputs"] == {"y": 17.0, "z": pytest.approx(math.sqrt(17))}
    for wrong in ("open('x')", "x.real", "z + 1", "1/(x-1)", "log(0-x)"):
        with pytest.raises(InvalidInput):
            ask("scenario_run", **said, formulas={"y": wrong})
    with pytest.raises(InvalidInput, match="shocks"):
        ask("scenario_run", base=BROKERAGE, shocks=shocks)


@pytest.mark.parametrize(("p", "q", "m", "n"), [(0.001, 0.6, 9000, 12), (0.0005, 0.7, 5000, 12)])
def test_a_product_that_begins_slowly_has_a_diffusion_though_bass_regression_has_none(
    p: float, q: float, m: float, n: int
) -> None:
    path = ask("bass_diffusion", p=p, q=q, m=m, periods=n)["path"]
    noise = np.exp(0.1 * np.random.default_rng(3).normal(size=n))
    sales = np.round([row["sales"] for row in path] * noise).tolist()
    with pytest.raises(NotConverged, match="difusión"):
        ask("bass_diffusion", sales=sales, method="ols")
    fit = ask("bass_diffusion", sales=sales)
    assert fit["m"] == pytest.approx(m, rel=0.2)
    assert fit["r2"] > 0.9


def test_sales_that_only_fall_are_all_innovation_and_sales_like_no_diffusion_are_told() -> None:
    falling = [98.0, 84, 71, 60, 51, 43, 37, 31, 26, 22]
    fit = ask("bass_diffusion", sales=falling)
    assert fit["q"] < 0.01
    assert fit["t_peak"] == 0
    assert any("caen desde el principio" in w["text"] for w in fit["warnings"])
    seasons = [60 * (1 + 0.5 * math.sin(t * math.pi / 6)) for t in range(24)]
    assert any("no parecen una difusión" in w["text"] for w in ask("bass_diffusion", sales=seasons)["warnings"])
    with pytest.raises(NotConverged, match="espere a más períodos"):
        ask("bass_diffusion", sales=[10 * 1.4**t for t in range(8)])


def test_an_exchange_that_has_not_settled_says_so() -> None:
    short, long = (ask("wealth_exchange", agents=1000, initial_wealth=20, steps=n) for n in (200, 5000))
    assert any("más pasos" in w["text"] for w in short["warnings"])
    assert not long["warnings"]
    assert long["gini"] == pytest.approx(0.5, abs=0.04)


def test_the_bars_of_a_queue_show_the_posts_asked_for_and_none_dwarfs_the_others() -> None:
    def bars(**rates: float) -> dict[float, float]:
        series = ask("queue", **rates)["charts"][0]["series"][0]
        return dict(zip(series["x"], series["y"], strict=True))

    assert 40.0 in bars(arrival_rate=40, service_rate=10, servers=40)
    shown = bars(arrival_rate=40, service_rate=10.0001, servers=5)
    assert min(shown) == 5.0  # four posts, full to a hundred thousandth, would wait 2,500 times as long
    assert 4.0 in bars(arrival_rate=40, service_rate=10.0001, servers=4)


def test_an_empty_kind_of_shock_sets_the_value_and_what_is_unknown_is_named() -> None:
    base = {"premium": 2e6, "retention": 0.88, "new_business": 2e5, "commission_rate": 0.12, "costs": 2e5}
    shocks: dict[str, list[Any]] = {
        "scenario": ["Caída", "Caída", "Guerra de precios"],
        "parameter": ["retention", "costs", "commission_rate"],
        "value": [-0.05, 1.1, 0.1],
        "kind": ["add", "multiply", None],
    }
    found = ask("scenario_run", base=base, shocks=shocks)
    assert found["scenarios"][1]["outputs"]["income"] == pytest.approx((2e6 * 0.88 + 2e5) * 0.1)
    with pytest.raises(InvalidInput, match="kind"):
        ask("scenario_run", base=base, shocks={**shocks, "kind": ["suma", "add", "add"]})
    with pytest.raises(InvalidInput, match="parameter"):
        ask("scenario_run", base=base, shocks={**shocks, "parameter": ["retencion", "costs", "costs"]})


def test_a_rise_given_in_per_cent_is_suspected() -> None:
    portfolio = {"premium": [300.0] * 20, "renewal": [0.9] * 20}
    found = ask("lapse_simulation", portfolio=portfolio, price_change=6, elasticity=-0.5)
    assert any(w["values"] == {"share": 600.0, "less": 6.0} for w in found["warnings"])
    assert not ask("lapse_simulation", portfolio=portfolio, price_change=0.06, elasticity=-0.5)["warnings"]
