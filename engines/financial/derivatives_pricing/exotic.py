"""Exotic options (*opciones exóticas*): on an average, a barrier, an extreme, a fixed sum, or a later choice."""

import math
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.contract import Computed, NonNegative, operation
from engines.errors import N_, InvalidInput
from engines.financial.derivatives_pricing.market import (
    DAYS,
    Price,
    Rate,
    Right,
    Volatility,
    Years,
    dated,
    european,
    process,
    right,
    sound,
)  # fmt: skip

Average: TypeAlias = Literal[
    "geometric_continuous", "geometric_discrete", "arithmetic_continuous", "arithmetic_discrete"
]
BarrierKind: TypeAlias = Literal["down_in", "down_out", "up_in", "up_out"]
DigitalKind: TypeAlias = Literal["cash_or_nothing", "asset_or_nothing", "gap", "one_touch"]
NUDGE: Final = 1e-5  # of the carry over the contract's life, where a formula divides by it
NEEDED: Final = N_("hace falta para esta clase de contrato")


class ExoticPrice(Computed):
    """Value today, in the currency of the spot; `call` or `put` repeats it by its type."""

    price: float
    call: float | None = None
    put: float | None = None


class ChooserPrice(Computed):
    """Value today, and its two parts: the call, and the put that turns it into a choice."""

    price: float
    call: float
    put: float


def _priced(price: float, type: Right, method: str) -> ExoticPrice:
    return ExoticPrice(
        method=method, library="QuantLib", price=price,
        call=price if type == "call" else None, put=price if type == "put" else None,
    )  # fmt: skip


def _carried(value: Callable[[float], float], carry: float, years: float) -> float:
    """`value` at `carry`, or its limit where the carry is nought and the formula divides by it."""
    if abs(carry * years) >= NUDGE:
        return value(carry)
    step = NUDGE / years
    above = (carry / step + 1) / 2
    return (1 - above) * value(-step) + above * value(step)


@operation(
    "Precio de una opción asiática",
    examples=(
        "Valora una opción asiática de venta sobre la media geométrica del precio",
        "Price an Asian average-price option with Kemna-Vorst or Turnbull-Wakeman",
    ),
    heavy=True,
)
def price_asian(
    spot: Price, strike: Price, T: Years, rate: Rate, vol: Volatility, type: Right, average: Average,
    fixings: Annotated[int, Field(ge=1, le=5000)] | None = None, cost_of_carry: Rate | None = None,
) -> ExoticPrice:  # fmt: skip
    """Price an option on the average price over its life, newly issued.

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        T: years to expiry, over all of which the average runs.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        type: call or put.
        average: geometric (exact) or arithmetic (lognormal with the average's two moments), of a
            continuous price or of equally spaced fixings.
        fixings: how many, equally spaced with the last at expiry; for the discrete averages.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: a discrete average without `fixings`; data for which the formula is not defined.

    Source: Kemna & Vorst, Journal of Banking and Finance 14 (1990); Levy, Journal of International
    Money and Finance 11 (1992); Turnbull & Wakeman, JFQA 26 (1991); Haug, 2nd ed. (2007), section 4.20.
    """
    import QuantLib as ql

    carry = rate if cost_of_carry is None else cost_of_carry
    if average.endswith("discrete") and fixings is None:
        raise InvalidInput("fixings", NEEDED)
    payoff = ql.PlainVanillaPayoff(right(type), strike)
    kind = ql.Average.Geometric if average.startswith("geometric") else ql.Average.Arithmetic

    def value(b: float) -> float:
        with dated("vol") as today:
            if average.endswith("discrete"):
                dates = [today + i for i in range(1, (fixings or 1) + 1)]
                world = process(today, spot, rate, b, vol, T, days=len(dates))
                option = ql.DiscreteAveragingAsianOption(kind, dates, payoff, ql.EuropeanExercise(dates[-1]))
                engine = (
                    ql.AnalyticDiscreteGeometricAveragePriceAsianEngine(world)
                    if average.startswith("geometric")
                    else ql.TurnbullWakemanAsianEngine(world)
                )
            else:
                world = process(today, spot, rate, b, vol, T)
                option = ql.ContinuousAveragingAsianOption(kind, payoff, ql.EuropeanExercise(today + DAYS))
                engine = (
                    ql.AnalyticContinuousGeometricAveragePriceAsianEngine(world)
                    if average.startswith("geometric")
                    else ql.ContinuousArithmeticAsianLevyEngine(world, ql.QuoteHandle(ql.SimpleQuote(0.0)), today)
                )
            option.setPricingEngine(engine)
            return sound(option.NPV(), "vol")

    price = _carried(value, carry, T) if average == "arithmetic_continuous" else value(carry)
    return _priced(price, type, average)


@operation(
    "Precio de una opción barrera",
    examples=(
        "Valora una opción de compra con barrera de salida a la baja (down and out) y reembolso",
        "Price a knock-in or knock-out barrier option with rebate",
    ),
    heavy=True,
)
def price_barrier(
    spot: Price, strike: Price, barrier: Price, rebate: NonNegative, T: Years, rate: Rate, vol: Volatility, type: Right,
    barrier_type: BarrierKind, cost_of_carry: Rate | None = None,
) -> ExoticPrice:  # fmt: skip
    """Price an option that begins or ends when a barrier, watched continuously, is touched.

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        barrier: the level watched, currency.
        rebate: paid when an `out` option dies, or at expiry if an `in` option never lived, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        type: call or put.
        barrier_type: `down` is a barrier below the spot, `up` above; `in` begins the option, `out` ends it.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: a barrier that the spot has touched already, or on its wrong side.

    Source: Reiner & Rubinstein, Risk 4 (1991); Haug, 2nd ed. (2007), section 4.17.1.
    """
    import QuantLib as ql

    carry = rate if cost_of_carry is None else cost_of_carry
    if (spot <= barrier) == barrier_type.startswith("down") or spot == barrier:
        raise InvalidInput("barrier", N_("ya está tocada por el precio de hoy, o queda al otro lado"))
    kinds = {
        "down_in": ql.Barrier.DownIn, "down_out": ql.Barrier.DownOut,
        "up_in": ql.Barrier.UpIn, "up_out": ql.Barrier.UpOut,
    }  # fmt: skip
    with dated("barrier") as today:
        option = ql.BarrierOption(
            kinds[barrier_type], barrier, rebate, ql.PlainVanillaPayoff(right(type), strike),
            ql.EuropeanExercise(today + DAYS),
        )  # fmt: skip
        option.setPricingEngine(ql.AnalyticBarrierEngine(process(today, spot, rate, carry, vol, T)))
        price = sound(option.NPV(), "barrier")
    return _priced(price, type, barrier_type)


@operation(
    "Precio de una opción lookback",
    examples=(
        "Valora una opción lookback flotante sobre el mínimo alcanzado",
        "Price a floating or fixed strike lookback option on the maximum or minimum",
    ),
    heavy=True,
)
def price_lookback(
    spot: Price, T: Years, rate: Rate, vol: Volatility, type: Right, strike: Price | None = None,
    extreme: Price | None = None, cost_of_carry: Rate | None = None,
) -> ExoticPrice:  # fmt: skip
    """Price an option on the best price over its life (*opción lookback*).

    Args:
        spot: price of the underlying today, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        type: call or put.
        strike: a fixed exercise price against the maximum (call) or minimum (put), currency; None makes the
            minimum (call) or maximum (put) itself the exercise price (*flotante*).
        extreme: that maximum or minimum so far, currency; None for a newly issued option: the spot.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: a minimum above the spot or a maximum below it; data for which the formula is not defined.

    Source: Goldman, Sosin & Gatto, Journal of Finance 34 (1979); Conze & Viswanathan, Journal of
    Finance 46 (1991); Haug, 2nd ed. (2007), section 4.15.
    """
    import QuantLib as ql

    carry = rate if cost_of_carry is None else cost_of_carry
    reached = spot if extreme is None else extreme
    watches_maximum = (type == "call") != (strike is None)
    if (reached < spot) if watches_maximum else (reached > spot):
        raise InvalidInput("extreme", N_("un máximo no puede ser menor que el precio de hoy, ni un mínimo mayor"))

    def value(b: float) -> float:
        with dated("vol") as today:
            world = process(today, spot, rate, b, vol, T)
            end = ql.EuropeanExercise(today + DAYS)
            option: Any
            if strike is None:
                option = ql.ContinuousFloatingLookbackOption(reached, ql.FloatingTypePayoff(right(type)), end)
                option.setPricingEngine(ql.AnalyticContinuousFloatingLookbackEngine(world))
            else:
                option = ql.ContinuousFixedLookbackOption(reached, ql.PlainVanillaPayoff(right(type), strike), end)
                option.setPricingEngine(ql.AnalyticContinuousFixedLookbackEngine(world))
            return sound(option.NPV(), "vol")

    return _priced(_carried(value, carry, T), type, "floating strike" if strike is None else "fixed strike")


@operation(
    "Precio de una opción digital",
    examples=(
        "Valora una opción digital que paga 10 euros si el precio acaba por debajo de 80",
        "Price a binary (digital) option: cash-or-nothing, asset-or-nothing, gap or one-touch",
    ),
    heavy=True,
)
def price_digital(
    spot: Price, strike: Price, T: Years, rate: Rate, vol: Volatility, type: Right, kind: DigitalKind,
    cash: NonNegative | None = None, payoff_strike: Price | None = None, cost_of_carry: Rate | None = None,
) -> ExoticPrice:  # fmt: skip
    """Price an option that pays all or nothing (*opción binaria*).

    Args:
        spot: price of the underlying today, currency.
        strike: the level that decides whether it pays, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        type: call pays above the strike, put below.
        kind: what is paid: a sum (`cash_or_nothing`), the underlying (`asset_or_nothing`), the difference to
            `payoff_strike` (`gap`), or a sum as soon as the strike is touched (`one_touch`).
        cash: the sum, currency; for `cash_or_nothing` and `one_touch`.
        payoff_strike: the exercise price of what is paid, currency; for `gap`.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: `cash` or `payoff_strike` missing; a one-touch level that is touched already.

    Source: Reiner & Rubinstein, "Unscrambling the binary code", Risk 4 (1991); Haug, 2nd ed. (2007),
    sections 4.19.1, 4.19.3, 4.19.4 and 4.19.5.
    """
    import QuantLib as ql

    carry = rate if cost_of_carry is None else cost_of_carry
    side = right(type)
    payoff: Any
    if kind == "asset_or_nothing":
        payoff = ql.AssetOrNothingPayoff(side, strike)
    elif kind == "gap":
        if payoff_strike is None:
            raise InvalidInput("payoff_strike", NEEDED)
        payoff = ql.GapPayoff(side, strike, payoff_strike)
    else:
        if cash is None:
            raise InvalidInput("cash", NEEDED)
        payoff = ql.CashOrNothingPayoff(side, strike, cash)
    if kind == "one_touch" and (spot >= strike if type == "call" else spot <= strike):
        raise InvalidInput("strike", N_("ya está tocado por el precio de hoy"))
    with dated("strike") as today:
        world = process(today, spot, rate, carry, vol, T)
        if kind == "one_touch":
            option = ql.VanillaOption(payoff, ql.AmericanExercise(today, today + DAYS, False))
            option.setPricingEngine(ql.AnalyticDigitalAmericanEngine(world))
        else:
            option = ql.VanillaOption(payoff, ql.EuropeanExercise(today + DAYS))
            option.setPricingEngine(ql.AnalyticEuropeanEngine(world))
        price = sound(option.NPV(), "strike")
    return _priced(price, type, kind)


@operation(
    "Precio de una opción de elección",
    examples=(
        "Valora una opción chooser: dentro de tres meses se elige si es de compra o de venta",
        "Price a simple chooser option, whose holder decides later between call and put",
    ),
)
def price_chooser(
    spot: Price, strike: Price, T: Years, choice: Years, rate: Rate, vol: Volatility, cost_of_carry: Rate | None = None
) -> ChooserPrice:
    """Price an option whose holder later chooses whether it is a call or a put (*chooser*).

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price of either, currency.
        T: years to expiry.
        choice: years to the choice, at most T.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: a choice after expiry.

    Source: Rubinstein, "Options for the undecided", Risk 4 (1991); Hull, chapter "Exotic Options":
    a call to T and e^{(b-r)(T-t)} puts to t struck at K e^{-b(T-t)}.
    """
    carry = rate if cost_of_carry is None else cost_of_carry
    if choice > T:
        raise InvalidInput("choice", N_("no puede ser posterior al vencimiento"))
    rest = T - choice
    call = european(spot, strike, T, rate, carry, vol, "call")
    put = european(spot, strike * math.exp(-carry * rest), choice, rate, carry, vol, "put")
    put = sound(put * math.exp((carry - rate) * rest), "spot")
    return ChooserPrice(method="call + puts", library="QuantLib", price=call + put, call=call, put=put)
