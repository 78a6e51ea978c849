"""American options (*opciones americanas*): exercise at any time to expiry."""

import math
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, operation
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
    plausible,
    process,
    right,
    sound,
)  # fmt: skip
from engines.running import report

Method: TypeAlias = Literal["crr", "bjerksund_stensland_1993", "baw", "fd"]
Steps: TypeAlias = Annotated[int, Field(ge=2, le=5000)]
FINE: Final = 50
COARSE: Final = 0.001  # of the upper bound: what few steps may miss by
STEPPED: Final = ("crr", "fd")
SHORT: Final = 1.0  # years to which the analytic approximations were tried by their authors
NEGATIVE: Final = N_("esa aproximación no está definida con tipos negativos; use crr o fd")
LONG: Final = N_("A {years} años esta aproximación puede desviarse más de un 1 %; compare con crr o fd.")


class AmericanPrice(Computed):
    """Value today: `price` is that of the last step count; `prices` has one for each."""

    price: float
    prices: tuple[float, ...]
    european: float
    early_exercise_premium: float


@operation(
    "Precio de una opción americana",
    examples=(
        "Valora una opción de venta americana con un árbol binomial de Cox-Ross-Rubinstein de 500 pasos",
        "Price an American put with a CRR binomial tree, Barone-Adesi-Whaley or Bjerksund-Stensland",
    ),
    heavy=True,
)
def price_american(
    spot: Price, strike: Price, T: Years, rate: Rate, vol: Volatility, type: Right, method: Method = "crr",
    steps: Annotated[tuple[Steps, ...], Field(min_length=1, max_length=20)] = (500,), cost_of_carry: Rate | None = None,
) -> AmericanPrice:  # fmt: skip
    """Price an American option by a tree, a finite-difference grid or an analytic approximation.

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        type: call or put.
        method: `crr` (binomial tree, with QuantLib's first-order probability of an upward jump: it differs
            from the exponential one of 1979 in the third decimal at few steps, and has the same limit),
            `bjerksund_stensland_1993`, `baw` (Barone-Adesi-Whaley), `fd` (finite differences, twice as
            many points in price as steps in time).
        steps: how many time steps, for `crr` and `fd`; a price for each.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: data for which the method is not defined (negative rates, for the approximations), or its
            price misses the no-arbitrage bounds.

    Source: Cox, Ross & Rubinstein, Journal of Financial Economics 7 (1979); Bjerksund & Stensland,
    Scandinavian Journal of Management 9 (1993); Barone-Adesi & Whaley, Journal of Finance 42 (1987).
    """
    import QuantLib as ql

    carry = rate if cost_of_carry is None else cost_of_carry

    def engine(world: Any, count: int) -> Any:
        match method:
            case "crr":
                return ql.BinomialVanillaEngine(world, "crr", count)
            case "fd":
                return ql.FdBlackScholesVanillaEngine(world, count, 2 * count)
            case "baw":
                return ql.BaroneAdesiWhaleyApproximationEngine(world)
            case _:
                return ql.BjerksundStenslandApproximationEngine(world)

    counts = steps if method in STEPPED else steps[:1]
    plain = european(spot, strike, T, rate, carry, vol, type)
    prices = []
    # At any time the right is worth no less than its exercise, and no more than all that it may give.
    if type == "call":
        low, high = max(spot - strike, 0.0), spot * math.exp(max((carry - rate) * T, 0.0))
    else:
        low, high = max(strike - spot, 0.0), strike * math.exp(max(-rate * T, 0.0))
    with dated("vol") as today:
        world = process(today, spot, rate, carry, vol, T)
        option = ql.VanillaOption(ql.PlainVanillaPayoff(right(type), strike), ql.AmericanExercise(today, today + DAYS))
        for done, count in enumerate(counts):
            option.setPricingEngine(engine(world, count))
            found = plausible(_value(option, method, rate), low, high, COARSE * high, "steps")
            # Who may exercise early has no less than who may not; a tree misses the European price by its steps.
            prices.append(max(found, plain))
            report(done + 1, len(counts))
    return AmericanPrice(
        method=method,
        library="QuantLib",
        price=prices[-1],
        prices=tuple(prices),
        european=plain,
        early_exercise_premium=prices[-1] - plain,
        warnings=_rough(counts[-1]) if method in STEPPED else _far(T),
        charts=_convergence(counts, prices, plain) if len(prices) > 1 else (),
    )


def _value(option: Any, method: Method, rate: float) -> float:
    try:
        return sound(option.NPV(), "vol")
    except RuntimeError as error:
        if rate < 0 and method not in STEPPED:
            raise InvalidInput("method", NEGATIVE) from error
        raise


def _far(years: float) -> tuple[Caution, ...]:
    return (Caution(text=LONG, values={"years": round(years, 2)}),) if years > SHORT else ()


def _rough(count: int) -> tuple[Caution, ...]:
    text = N_("Con {steps} pasos el precio es solo aproximado.")
    return (Caution(text=text, values={"steps": count}),) if count < FINE else ()


def _convergence(counts: tuple[int, ...], prices: list[float], plain: float) -> tuple[Chart, ...]:
    return (
        Chart(
            kind="line",
            title=N_("Precio de la opción americana según los pasos"),
            series=(Series(name=N_("Precio"), x=tuple(float(c) for c in counts), y=tuple(prices)),),
            x_label=N_("Pasos"),
            y_label=N_("Precio"),
            marks=((N_("Opción europea"), plain),),
        ),
    )
