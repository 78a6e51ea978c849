"""The market of one contract: typed quantities, and QuantLib's process in which exactly T years pass.

QuantLib counts days. Every contract here lasts one year of 365 days of a market whose rates,
carry and variance are those of T years: the scaling is exact, so no T is rounded to days.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.errors import N_, InvalidInput

DAYS: Final = 365
UNDEFINED: Final = N_("el modelo no está definido para estos datos; revise precios, plazo y volatilidad")
ARBITRAGE: Final = N_(
    "el método numérico no da un precio sin arbitraje con estos datos; suba los pasos o acérquelos a lo usual"
)
NOT_SOUND: Final = N_("el precio no es un número finito con estos datos; revise su escala")

Rate: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=-1, le=1)]
"""A decimal rate a year, continuously compounded: -100 % to 100 %."""
Volatility: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=1e-6, le=10)]
Years: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=1e-6, le=100)]
Price: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=1e-12, le=1e15)]
"""A price that divides or enters a logarithm."""
Right: TypeAlias = Literal["call", "put"]


@contextmanager
def defined(argument: str) -> Iterator[None]:
    """Turn QuantLib's refusal into an error about `argument`."""
    try:
        yield
    except (RuntimeError, OverflowError) as error:
        raise InvalidInput(argument, UNDEFINED) from error


@contextmanager
def dated(argument: str, today: Any = None) -> Iterator[Any]:
    """QuantLib at a date of its own, put back afterwards; gives that date.

    The date is of the whole process: only one operation at a time may be inside.
    """
    import QuantLib as ql

    with defined(argument), ql.SavedSettings():
        today = today or ql.Date(1, 1, 2001)
        ql.Settings.instance().evaluationDate = today
        yield today


def right(kind: Right) -> Any:
    """QuantLib's name of a call or a put."""
    import QuantLib as ql

    return ql.Option.Call if kind == "call" else ql.Option.Put


def flat(today: Any, rate: float) -> Any:
    """A flat, continuously compounded curve."""
    import QuantLib as ql

    return ql.YieldTermStructureHandle(ql.FlatForward(today, rate, ql.Actual365Fixed()))


def process(today: Any, spot: float, rate: float, carry: float, vol: float, years: float, days: int = DAYS) -> Any:
    """The price in a world where `years` pass in `days` days."""
    import QuantLib as ql

    unit = years * DAYS / days
    return ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        flat(today, (rate - carry) * unit),
        flat(today, rate * unit),
        ql.BlackVolTermStructureHandle(
            ql.BlackConstantVol(today, ql.NullCalendar(), vol * math.sqrt(unit), ql.Actual365Fixed())
        ),
    )


def black(
    spot: float, strike: float, years: float, rate: float, carry: float, vol: float, kind: Right, argument: str = "spot"
) -> Any:
    """The generalised Black-Scholes calculator, which needs no dates."""
    import QuantLib as ql

    with defined(argument):
        return ql.BlackCalculator(
            ql.PlainVanillaPayoff(right(kind), strike),
            spot * math.exp(carry * years),
            vol * math.sqrt(years),
            math.exp(-rate * years),
        )


def european(spot: float, strike: float, years: float, rate: float, carry: float, vol: float, kind: Right) -> float:
    """The generalised Black-Scholes value of one option."""
    return sound(black(spot, strike, years, rate, carry, vol, kind).value(), "spot")


def plausible(price: float, low: float, high: float, tolerance: float, argument: str) -> float:
    """A numerical price brought to its no-arbitrage bounds; an error where it misses them by over `tolerance`."""
    if not low - tolerance <= price <= high + tolerance:
        raise InvalidInput(argument, ARBITRAGE)
    return float(min(max(price, low), high))


def sound(value: float, argument: str) -> float:
    """`value` as a plain float, or an error about `argument` where it is not finite."""
    if not math.isfinite(value):
        raise InvalidInput(argument, NOT_SOUND)
    return float(value)
