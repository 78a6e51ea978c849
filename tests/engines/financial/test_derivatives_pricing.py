"""What must hold of prices whatever the market: parities, limits, bounds, and exact terms."""

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engines import operations
from engines.contract import Computed
from engines.errors import EngineError, InsufficientData, InvalidInput
from engines.running import compute

FEW = settings(max_examples=20, deadline=None)
MARKET: dict[str, Any] = {"spot": 100.0, "strike": 95.0, "T": 0.7, "rate": 0.03, "cost_of_carry": 0.01, "vol": 0.25}
LIVES: dict[str, Any] = {"law": "makeham", "a": 0.00022, "b": 2.7e-6, "c": 1.124}
markets = st.fixed_dictionaries(
    {
        "spot": st.floats(20, 200),
        "strike": st.floats(20, 200),
        "T": st.floats(0.01, 10),
        "rate": st.floats(-0.02, 0.15),
        "cost_of_carry": st.floats(-0.1, 0.15),
        "vol": st.floats(0.05, 0.8),
    }
)


def ask(tool: str, **arguments: Any) -> Any:
    return compute(f"derivatives_pricing_{tool}", arguments)


def price(tool: str, **arguments: Any) -> float:
    return float(ask(tool, **arguments).price)


@FEW
@given(markets)
def test_call_less_put_is_the_discounted_forward_less_the_strike(market: dict[str, float]) -> None:
    found = ask("price_european", **market)
    forward = market["spot"] * math.exp((market["cost_of_carry"] - market["rate"]) * market["T"])
    due = forward - market["strike"] * math.exp(-market["rate"] * market["T"])
    assert found.call - found.put == pytest.approx(due, abs=1e-9)


@FEW
@given(markets, st.sampled_from(["call", "put"]))
def test_greeks_are_the_slopes_of_the_price(market: dict[str, float], kind: str) -> None:
    market = market | {"vol": max(market["vol"], 0.15), "strike": market["spot"] * 1.05}
    found = ask("greeks", type=kind, **market)

    def slope(name: str, step: float, **also: float) -> float:
        other = {k: 2 * market[k] - v for k, v in also.items()}
        up = price("greeks", type=kind, **{**market, name: market[name] + step, **also})
        down = price("greeks", type=kind, **{**market, name: market[name] - step, **other})
        return (up - down) / (2 * step)

    step = 1e-4
    assert found.delta == pytest.approx(slope("spot", step), abs=1e-5)
    assert found.vega == pytest.approx(slope("vol", step), rel=1e-4, abs=1e-3)
    assert found.theta_per_year == pytest.approx(-slope("T", market["T"] * 1e-4), rel=1e-3, abs=1e-3)
    # The dividend yield is held: the carry moves with the rate.
    if market["cost_of_carry"] != 0:
        moved = market["cost_of_carry"] + step
        assert found.rho == pytest.approx(slope("rate", step, cost_of_carry=moved), rel=1e-4, abs=1e-3)


def test_the_rho_of_a_future_holds_the_forward() -> None:
    found = ask("greeks", type="call", **{**MARKET, "cost_of_carry": 0.0})
    assert found.rho == pytest.approx(-MARKET["T"] * found.price)


@FEW
@given(markets, st.sampled_from(["call", "put"]))
def test_the_implied_volatility_gives_the_price_back(market: dict[str, float], kind: str) -> None:
    market = market | {"strike": market["spot"]}
    vol = market.pop("vol")
    # Where drift has decided already whether it pays, the price hardly tells one volatility from another.
    assume(ask("greeks", vol=vol, type=kind, **market).vega > 1e-6 * market["spot"])
    worth = ask("price_european", vol=vol, types=[kind], **market)
    found = ask("implied_vol", price=getattr(worth, kind), type=kind, **market)
    assert found.vol == pytest.approx(vol, abs=1e-6)


@pytest.mark.parametrize("quoted", [0.5, 200.0, 99.99])
def test_a_price_beyond_arbitrage_or_the_search_has_no_volatility(quoted: float) -> None:
    with pytest.raises(InvalidInput, match="price"):
        ask("implied_vol", price=quoted, spot=100, strike=95, T=0.5, rate=0.0, type="call")


@pytest.mark.parametrize("method", ["crr", "fd", "baw", "bjerksund_stensland_1993"])
@pytest.mark.parametrize("kind", ["call", "put"])
def test_an_american_option_is_worth_no_less_than_a_european_nor_than_exercise(method: str, kind: str) -> None:
    found = ask("price_american", type=kind, method=method, steps=[200], **{**MARKET, "rate": 0.08})
    now = max((MARKET["spot"] - MARKET["strike"]) * (1 if kind == "call" else -1), 0)
    assert found.price >= max(found.european, now) - 0.02
    assert found.early_exercise_premium == pytest.approx(found.price - found.european)


def test_the_ways_to_price_an_american_put_agree() -> None:
    market = {**MARKET, "rate": 0.08, "cost_of_carry": 0.08}
    tree = price("price_american", type="put", method="crr", steps=[1000], **market)
    assert price("price_american", type="put", method="fd", steps=[200], **market) == pytest.approx(tree, abs=0.01)
    assert price("price_american", type="put", method="baw", **market) == pytest.approx(tree, abs=0.1)
    assert price("price_american", type="put", method="bjerksund_stensland_1993", **market) == pytest.approx(
        tree, abs=0.1
    )


def test_a_grid_that_breaks_arbitrage_is_no_price_and_few_steps_are_told() -> None:
    wild = {"spot": 0.001, "strike": 90, "T": 100, "rate": 0.05, "cost_of_carry": 1.0, "vol": 10.0}
    with pytest.raises(InvalidInput, match="steps"):
        ask("price_american", type="call", method="fd", steps=[2], **wild)
    assert ask("price_american", type="put", steps=[10], **MARKET).warnings
    assert not ask("price_american", type="put", steps=[10, 100], **MARKET).warnings


def test_a_call_on_what_pays_nothing_is_never_exercised_early() -> None:
    market = {**MARKET, "cost_of_carry": MARKET["rate"]}
    found = ask("price_american", type="call", method="bjerksund_stensland_1993", **market)
    assert found.price == pytest.approx(found.european)


@pytest.mark.parametrize("years", [1 / 365.25, 0.123456, math.pi])
def test_the_exact_term_is_priced_not_its_days(years: float) -> None:
    market = {**MARKET, "T": years, "cost_of_carry": 0.02}
    both = ask("price_european", **market)
    near_european = ask("price_barrier", type="call", barrier=1e-6, rebate=0, barrier_type="down_out", **market)
    assert near_european.price == pytest.approx(both.call, rel=1e-9)


@FEW
@given(markets, st.sampled_from(["call", "put"]), st.sampled_from(["down", "up"]))
def test_in_and_out_make_the_option_without_a_barrier(market: dict[str, float], kind: str, side: str) -> None:
    barrier = market["spot"] * (0.9 if side == "down" else 1.1)
    parts = [
        price("price_barrier", type=kind, barrier=barrier, rebate=0, barrier_type=f"{side}_{way}", **market)
        for way in ("in", "out")
    ]
    assert sum(parts) == pytest.approx(getattr(ask("price_european", **market), kind), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize(
    ("barrier", "kind"), [(100.0, "down_out"), (105.0, "down_in"), (95.0, "up_out"), (100.0, "up_in")]
)
def test_a_barrier_that_is_touched_is_refused(barrier: float, kind: str) -> None:
    with pytest.raises(InvalidInput, match="barrier"):
        ask("price_barrier", type="call", barrier=barrier, rebate=0, barrier_type=kind, **MARKET)


@pytest.mark.parametrize("average", ["geometric", "arithmetic"])
def test_an_average_of_one_fixing_is_a_european_option(average: str) -> None:
    found = price("price_asian", type="put", average=f"{average}_discrete", fixings=1, **MARKET)
    assert found == pytest.approx(ask("price_european", **MARKET).put, rel=1e-9)


@pytest.mark.parametrize("average", ["geometric", "arithmetic"])
def test_many_fixings_come_to_the_continuous_average(average: str) -> None:
    many = price("price_asian", type="call", average=f"{average}_discrete", fixings=2000, **MARKET)
    assert many == pytest.approx(price("price_asian", type="call", average=f"{average}_continuous", **MARKET), rel=2e-3)


@pytest.mark.parametrize("tool", ["price_asian", "price_lookback"])
def test_no_carry_is_the_limit_of_little_carry(tool: str) -> None:
    also = {"type": "call"} | ({"average": "arithmetic_continuous"} if tool == "price_asian" else {})
    market = {**MARKET, **also}
    if tool == "price_lookback":
        del market["strike"]
    near = [price(tool, **{**market, "cost_of_carry": b}) for b in (-1e-3, 1e-3)]
    assert price(tool, **{**market, "cost_of_carry": 0.0}) == pytest.approx(sum(near) / 2, rel=1e-5)
    for b in (1e-6, -3e-6, 1.3e-5):
        assert near[0] < price(tool, **{**market, "cost_of_carry": b}) < near[1]


def test_a_discrete_average_asks_for_its_fixings() -> None:
    with pytest.raises(InvalidInput, match="fixings"):
        ask("price_asian", type="call", average="arithmetic_discrete", **MARKET)


def test_a_lookback_is_worth_more_than_the_option_without_hindsight() -> None:
    market = {k: v for k, v in MARKET.items() if k != "strike"}
    floating = price("price_lookback", type="call", **market)
    assert floating > ask("price_european", **{**MARKET, "strike": MARKET["spot"]}).call
    assert price("price_lookback", type="call", strike=95, **market) > ask("price_european", **MARKET).call
    with pytest.raises(InvalidInput, match="extreme"):
        ask("price_lookback", type="call", extreme=101, **market)


@FEW
@given(markets)
def test_digital_options_make_the_plain_one(market: dict[str, float]) -> None:
    assets = price("price_digital", type="call", kind="asset_or_nothing", **market)
    cash = price("price_digital", type="call", kind="cash_or_nothing", cash=market["strike"], **market)
    call = ask("price_european", **market).call
    assert assets - cash == pytest.approx(call, abs=1e-8)
    gap = price("price_digital", type="call", kind="gap", payoff_strike=market["strike"], **market)
    assert gap == pytest.approx(call, abs=1e-8)
    both = [price("price_digital", type=t, kind="cash_or_nothing", cash=1, **market) for t in ("call", "put")]
    assert sum(both) == pytest.approx(math.exp(-market["rate"] * market["T"]))


@pytest.mark.parametrize(
    ("kind", "argument"), [("cash_or_nothing", "cash"), ("one_touch", "cash"), ("gap", "payoff_strike")]
)
def test_a_digital_option_asks_for_what_it_pays(kind: str, argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        ask("price_digital", type="put", kind=kind, **MARKET)


def test_a_choice_at_once_is_the_dearer_and_at_expiry_both() -> None:
    both = ask("price_european", **MARKET)
    late = price("price_chooser", choice=MARKET["T"], **MARKET)
    soon = price("price_chooser", choice=1e-6, **MARKET)
    assert late == pytest.approx(both.call + both.put)
    assert soon == pytest.approx(max(both.call, both.put), abs=1e-3)
    assert soon < price("price_chooser", choice=0.3, **MARKET) < late
    with pytest.raises(InvalidInput, match="choice"):
        ask("price_chooser", choice=0.8, **MARKET)


@FEW
@given(markets, st.floats(0.1, 0.9))
def test_a_choice_is_also_a_put_and_what_turns_it_into_a_call(market: dict[str, float], part: float) -> None:
    choice, rest = part * market["T"], (1 - part) * market["T"]
    carry = market["cost_of_carry"]
    later = market["strike"] * math.exp(-carry * rest)
    calls = ask("price_european", **{**market, "T": choice, "strike": later}).call
    due = ask("price_european", **market).put + math.exp((carry - market["rate"]) * rest) * calls
    assert price("price_chooser", choice=choice, **market) == pytest.approx(due, abs=1e-8)


def test_heston_without_volatility_of_variance_is_black_scholes() -> None:
    steady = {"dividend": 0.02, "v0": 0.0625, "kappa": 2.0, "theta": 0.0625, "sigma": 1e-4, "rho": 0.0}
    market = {k: v for k, v in MARKET.items() if k not in ("vol", "cost_of_carry")}
    found = ask("price_heston", type="put", **market, **steady)
    assert found.price == pytest.approx(ask("price_european", **MARKET).put, rel=1e-5)
    assert not found.warnings
    assert ask("price_heston", type="put", **market, **{**steady, "sigma": 1.0}).warnings


def test_an_integral_that_breaks_arbitrage_is_no_price() -> None:
    unstable = {"v0": 1e-8, "kappa": 1.0, "theta": 0.04, "sigma": 0.5, "rho": 0.999}
    with pytest.raises(InvalidInput, match="sigma"):
        ask("price_heston", spot=1e15, strike=1e15, T=1e-6, rate=1.0, dividend=0.0, type="put", **unstable)


def test_the_curve_prices_its_swaps_at_par_and_begins_at_one() -> None:
    quotes = [{"kind": "swap", "tenor": f"{n}Y", "rate": 0.02 + 0.001 * n} for n in range(1, 11)]
    quotes.append({"kind": "deposit", "tenor": "6M", "rate": 0.019})
    found = ask("bootstrap_curve", reference_date="2026-01-15", instruments=quotes)
    assert found.nodes[0].discount == 1
    assert len(found.nodes) == len(quotes) + 1
    factors = [node.discount for node in found.nodes]
    assert factors == sorted(factors, reverse=True)
    grid = [float(t) for t in range(1, 11)]
    yearly = ask("bootstrap_curve", reference_date="2026-01-15", instruments=quotes, output_years=grid)
    curve = {"years": yearly.years, "zero": yearly.zero}
    swap = ask("price_swap", curve=curve, notional=1, fixed_rate=0.03, maturity=10, payments_per_year=1, side="payer")
    assert swap.par_rate == pytest.approx(0.03, abs=2e-4)  # its dates are not exact years


@pytest.mark.parametrize(
    "quotes",
    [
        [{"kind": "fra", "tenor": "3M", "rate": 0.02}],
        [{"kind": "deposit", "tenor": "3M", "rate": 0.02}, {"kind": "deposit", "tenor": "3M", "rate": 0.03}],
        [{"kind": "swap", "tenor": "99Y", "rate": 0.02}],
        [{"kind": "fra", "tenor": "1Y", "rate": 0.02, "starts_in_months": 3}],
    ],
)
def test_quotes_that_make_no_curve_are_refused(quotes: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidInput, match="instruments"):
        ask("bootstrap_curve", reference_date="2026-01-15", instruments=quotes)


def test_forward_agreements_and_overnight_swaps_are_quotes_too() -> None:
    quotes = [
        {"kind": "deposit", "tenor": "3M", "rate": 0.02},
        {"kind": "fra", "tenor": "3M", "rate": 0.021, "starts_in_months": 3},
        {"kind": "ois", "tenor": "2Y", "rate": 0.022},
    ]
    found = ask("bootstrap_curve", reference_date="2026-01-15", instruments=quotes, index="euribor_3m")
    assert [round(node.years, 1) for node in found.nodes] == [0.0, 0.3, 0.5, 2.0]


CURVE = {"years": [1.0, 5.0, 10.0], "zero": [0.02, 0.025, 0.03]}


@FEW
@given(st.floats(-0.01, 0.1), st.sampled_from([1, 2, 4, 12]), st.floats(0, 3).map(round))
def test_one_side_of_a_swap_is_the_other_with_its_sign_and_par_is_worth_nothing(
    rate: float, often: int, start: int
) -> None:
    swap = {"curve": CURVE, "notional": 1e6, "maturity": 5.0, "payments_per_year": often, "start": start}
    paid = ask("price_swap", fixed_rate=rate, side="payer", **swap)
    assert paid.npv == pytest.approx(-ask("price_swap", fixed_rate=rate, side="receiver", **swap).npv)
    assert ask("price_swap", fixed_rate=paid.par_rate, side="payer", **swap).npv == pytest.approx(0, abs=1e-6)
    assert paid.npv == pytest.approx((paid.par_rate - rate) * paid.annuity, abs=1e-6)


@pytest.mark.parametrize("model", ["black", "bachelier"])
def test_cap_less_floor_is_the_forward_swap(model: str) -> None:
    terms = {"curve": CURVE, "notional": 1e6, "maturity": 5.0, "payments_per_year": 2, "start": 1.0}
    cap = ask("price_cap", type="cap", strike=0.028, vol=0.2, model=model, **terms)
    floor = ask("price_cap", type="floor", strike=0.028, vol=0.2, model=model, **terms)
    swap = ask("price_swap", fixed_rate=0.028, side="payer", **terms)
    assert cap.price - floor.price == pytest.approx(swap.npv, abs=1e-6)
    assert cap.forward_swap_rate == pytest.approx(swap.par_rate)


def test_a_cap_from_today_leaves_out_the_rate_that_is_fixed() -> None:
    terms = {"curve": CURVE, "notional": 1e6, "maturity": 2.0, "payments_per_year": 2, "strike": 0.02, "vol": 0.2}
    assert len(ask("price_cap", type="cap", **terms).caplets) == 3


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"curve": {"years": [2.0, 1.0], "zero": [0.02, 0.02]}}, "curve.years"),
        ({"curve": {"years": [1.0], "zero": [0.02, 0.02]}}, "curve.zero"),
        ({"maturity": 1.25}, "fixing"),
        ({"maturity": 1.25, "start": 0.1}, "start"),
        ({"maturity": 1.0, "start": 2.0}, "maturity"),
    ],
)
def test_a_swap_that_cannot_be_is_told_by_its_argument(change: dict[str, Any], argument: str) -> None:
    good = {"curve": CURVE, "notional": 1, "fixed_rate": 0.02, "maturity": 2, "payments_per_year": 2, "side": "payer"}
    with pytest.raises(InvalidInput) as caught:
        ask("price_swap", **{**good, **change})
    assert caught.value.argument == argument


def test_black_refuses_negative_rates_and_bachelier_takes_them() -> None:
    terms = {"curve": {"years": [5.0], "zero": [-0.005]}, "notional": 1e6, "maturity": 3.0, "payments_per_year": 1}
    with pytest.raises(InvalidInput, match="model"):
        ask("price_cap", type="floor", strike=0.01, vol=0.2, **terms)
    assert price("price_cap", type="floor", strike=0.0, vol=0.005, model="bachelier", **terms) > 0


def guarantee(**change: Any) -> Any:
    good = {
        "fund": 100,
        "guarantee": 100,
        "term": 10,
        "age": 60,
        "mortality": LIVES,
        "fee": 0.01,
        "rate": 0.03,
        "vol": 0.2,
    }
    return ask("unit_linked_guarantee", **{**good, **change})


def test_a_guarantee_costs_its_parts_and_fees_pay_for_some() -> None:
    found = guarantee()
    assert found.cost == pytest.approx(found.gmmb + found.gmdb)
    assert found.gmmb == pytest.approx(guarantee(benefits="maturity").cost)
    assert found.gmdb == pytest.approx(guarantee(benefits="death").cost)
    assert found.net_cost == pytest.approx(found.cost - found.fee_income)
    assert math.fsum(y.death_probability for y in found.years) + found.survival == pytest.approx(1)
    assert guarantee(roll_up=0.02).cost > found.cost
    assert guarantee(fee=0).fee_income == 0


def test_for_who_cannot_die_the_guarantee_is_one_put() -> None:
    table = {"age": list(range(60, 70)), "q": [0.0] * 10}
    put = ask("price_european", spot=100, strike=100, T=10, rate=0.03, cost_of_carry=0.02, vol=0.2).put
    found = guarantee(mortality=table)
    assert found.cost == pytest.approx(put)
    assert found.fee_income == pytest.approx(100 * (1 - math.exp(-0.1)))


def test_a_law_and_the_table_of_its_probabilities_cost_the_same() -> None:
    law = guarantee()
    alive = [1.0, *(1 - math.fsum(y.death_probability for y in law.years[: t + 1]) for t in range(10))]
    q = [1 - b / a for a, b in zip(alive[:-1], alive[1:], strict=True)]
    assert guarantee(mortality={"age": list(range(60, 70)), "q": q}).cost == pytest.approx(law.cost)


@pytest.mark.parametrize(
    "mortality",
    [
        {"law": "makeham"},
        {"law": "de_moivre"},
        {"law": "de_moivre", "limiting_age": 65},
        {"age": [60, 61], "q": [0.1]},
        {"age": [60, 60], "q": [0.1, 0.1]},
    ],
)
def test_mortality_that_is_not_whole_is_refused(mortality: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="mortality"):
        guarantee(mortality=mortality)


def test_a_table_too_short_is_told() -> None:
    with pytest.raises(InsufficientData, match="mortality"):
        guarantee(mortality={"age": [60, 61], "q": [0.1, 0.1]})


def test_uniform_deaths_are_uniform() -> None:
    found = guarantee(mortality={"law": "de_moivre", "limiting_age": 100})
    assert [y.death_probability for y in found.years] == pytest.approx([1 / 40] * 10)


def test_pricing_leaves_the_date_of_the_library_as_it_was() -> None:
    import QuantLib as ql

    before = ql.Date(3, 3, 2020)
    ql.Settings.instance().evaluationDate = before
    ask("price_barrier", type="call", barrier=90, rebate=0, barrier_type="down_out", **MARKET)
    ask("bootstrap_curve", reference_date="2026-01-15", instruments=[{"kind": "deposit", "tenor": "3M", "rate": 0.02}])
    assert ql.Settings.instance().evaluationDate == before


def test_what_touches_the_date_of_the_library_runs_apart() -> None:
    heavy = {op.function.__name__ for op in operations().values() if op.engine == "derivatives_pricing" and op.heavy}
    priced = {"american", "asian", "barrier", "lookback", "digital", "heston"}
    assert heavy == {f"price_{name}" for name in priced} | {"bootstrap_curve"}


wild = st.fixed_dictionaries(
    {
        "spot": st.sampled_from([1e-12, 1e-3, 1.0, 1e6, 1e15]),
        "strike": st.sampled_from([1e-12, 1.0, 1e15]),
        "T": st.sampled_from([1e-6, 0.5, 100.0]),
        "rate": st.sampled_from([-1.0, -1e-9, 0.0, 1.0]),
        "cost_of_carry": st.sampled_from([-1.0, 0.0, 1e-9, 1.0]),
        "vol": st.sampled_from([1e-6, 0.2, 10.0]),
        "type": st.sampled_from(["call", "put"]),
    }
)
WILD: dict[str, dict[str, Any]] = {
    "greeks": {},
    "price_american": {"method": "baw", "steps": [5]},
    "price_asian": {"average": "arithmetic_continuous"},
    "price_barrier": {"barrier": 0.5, "rebate": 1e9, "barrier_type": "down_in"},
    "price_lookback": {},
    "price_digital": {"kind": "one_touch", "cash": 1e9},
}


@settings(max_examples=60, deadline=None)
@given(wild, st.sampled_from(sorted(WILD)))
def test_the_ends_of_what_is_admitted_give_a_number_or_one_error(market: dict[str, Any], tool: str) -> None:
    found: Computed | EngineError
    try:
        found = ask(tool, **market, **WILD[tool])
    except EngineError as error:
        found = error
    if isinstance(found, EngineError):
        assert found.argument in operations()[f"derivatives_pricing_{tool}"].function.__annotations__
    else:
        found.model_dump_json()


def test_a_curve_of_a_closed_day_is_that_of_the_quotes_of_the_next_open_one() -> None:
    quotes = [
        {"kind": "deposit", "tenor": "6M", "rate": 0.021},
        {"kind": "fra", "tenor": "6M", "rate": 0.0215, "starts_in_months": 6},
        {"kind": "ois", "tenor": "2Y", "rate": 0.0205},
        {"kind": "swap", "tenor": "5Y", "rate": 0.0238},
    ]
    closed = ("2025-01-01", "2025-04-18", "2025-05-31", "2025-08-31", "2025-12-25", "2026-02-28")
    for day in (*closed, "2024-12-31", "2025-06-30"):
        found = ask("bootstrap_curve", reference_date=day, instruments=quotes)
        assert found.nodes[0].date.isoformat() == day
        assert found.nodes[0].discount == 1
    # Saturday, 31 May 2025: quoted on Monday the 2nd, settled on Wednesday the 4th, due on 4 December.
    grid = [4 / 365, 187 / 365]
    begin, end = ask("bootstrap_curve", reference_date="2025-05-31", instruments=quotes, output_years=grid).discount
    assert (begin / end - 1) / (183 / 360) == pytest.approx(0.021, abs=1e-9)


@pytest.mark.parametrize(
    ("quotes", "text"),
    [
        ([("deposit", "12M", 0.02), ("swap", "1Y", 0.021)], "vencen el mismo día"),
        ([("deposit", "6M", 0.02), ("swap", "2Y", -0.9)], "tanto por uno"),
    ],
)
def test_quotes_are_refused_with_what_is_wrong_with_them(quotes: list[tuple[str, str, float]], text: str) -> None:
    instruments = [{"kind": kind, "tenor": tenor, "rate": rate} for kind, tenor, rate in quotes]
    with pytest.raises(InvalidInput, match=text):
        ask("bootstrap_curve", reference_date="2026-01-15", instruments=instruments)


@pytest.mark.parametrize("method", ["crr", "fd", "baw", "bjerksund_stensland_1993"])
def test_early_exercise_never_costs_its_holder(method: str) -> None:
    euro = {"spot": 100, "strike": 100, "vol": 0.18, "rate": -0.005, "type": "put", "method": method}
    for years in (0.5, 1.0, 10.0):
        assert ask("price_american", T=years, **euro).early_exercise_premium >= 0


def test_an_approximation_says_what_it_does_not_reach() -> None:
    option = {"spot": 100, "strike": 100, "vol": 0.18, "type": "call"}
    with pytest.raises(InvalidInput, match="tipos negativos") as caught:
        ask("price_american", method="baw", rate=-0.005, T=1.0, **option)
    assert caught.value.argument == "method"
    futures = {**option, "rate": 0.02, "cost_of_carry": 0.0}
    for method in ("baw", "bjerksund_stensland_1993"):
        assert not ask("price_american", method=method, T=0.5, **futures).warnings
        assert "10.0 años" in ask("price_american", method=method, T=10.0, **futures).warnings[0].text.format(
            years=10.0
        )


@pytest.mark.parametrize("tool", ["price_swap", "price_cap"])
def test_payments_beyond_the_curve_are_told(tool: str) -> None:
    contract: dict[str, Any] = {"curve": CURVE, "notional": 1e6, "payments_per_year": 1}
    if tool == "price_swap":
        contract |= {"fixed_rate": 0.03, "side": "payer"}
    else:
        contract |= {"strike": 0.03, "vol": 0.2, "type": "cap"}
    assert not ask(tool, maturity=10.0, **contract).warnings
    assert "último tipo se ha dejado fijo" in ask(tool, maturity=30.0, **contract).warnings[0].text
