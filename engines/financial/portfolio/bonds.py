"""Bonds (*renta fija*): price, yield, duration, convexity, par yield."""

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.financial.cautions import beyond, unusual

if TYPE_CHECKING:
    from engines.arrays import Floats

Rate = Annotated[float, Field(ge=-0.5, le=5, allow_inf_nan=False)]
MOST_PAYMENTS = 2400


class Curve(Part):
    """Zero rates at maturities in years, continuously compounded, linear in between and flat beyond."""

    model_config = ConfigDict(extra="forbid")

    times: Vector
    rates: Vector


class Bond(Computed):
    """A bond in the unit of `face`; years and fractions otherwise, but `par_yield_pct` in %.

    `duration` is Macaulay's with continuous compounding (that of the price to the continuous yield);
    `modified_duration` and `yield_compounded` use the bond's own frequency. `dv01` is what is lost when the
    yield rises by a basis point.
    """

    price: float
    price_per_100: float
    yield_continuous: float
    yield_compounded: float
    duration: float
    modified_duration: float
    convexity: float
    dv01: float
    par_yield_pct: float


@operation(
    "Análisis de un bono",
    examples=(
        "Calcula el precio, la duración y la convexidad de este bono al 10 % semestral a 3 años",
        "Bond price, Macaulay duration, convexity, DV01 and par yield from a zero curve",
    ),
)
def bond_analytics(
    face: Positive,
    coupon: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)],
    maturity: Annotated[float, Field(ge=0.0001, le=200, allow_inf_nan=False)],
    frequency: Literal[1, 2, 4, 12] = 1,
    yield_continuous: Rate | None = None,
    yield_compounded: Rate | None = None,
    zero_curve: Curve | None = None,
    price: Positive | None = None,
) -> Bond:
    """Value a bullet bond from a yield, a curve of zero rates, or its price (which then gives the yield).

    Args:
        face: what is repaid at maturity.
        coupon: rate per year on the face, as a fraction.
        maturity: years to the repayment; the first coupon may be nearer than a whole period.
        frequency: coupons a year: 1, 2, 4 or 12.
        yield_continuous: yield per year, continuously compounded.
        yield_compounded: yield per year, compounded `frequency` times.
        zero_curve: {times, rates}: zero rates continuously compounded.
        price: the price with accrued interest, in the unit of face.

    Raises:
        InvalidInput: not exactly one of the yields, the curve and the price; a curve out of order.
        NotConverged: no yield between -95 % and 10,000 % gives that price.
        LimitExceeded: more than 2,400 payments.

    Source: Hull, Options, Futures and Other Derivatives (9th ed.), sections 4.6 (price, yield, par yield),
    4.8 (duration, modified duration) and 4.9 (convexity).
    """
    import numpy as np

    given = {
        "yield_continuous": yield_continuous,
        "yield_compounded": yield_compounded,
        "zero_curve": zero_curve,
        "price": price,
    }
    present = [name for name, value in given.items() if value is not None]
    if len(present) != 1:
        raise InvalidInput(
            present[-1] if present else "yield_continuous", N_("dé exactamente uno: un tipo, una curva o el precio")
        )
    times, amounts = _payments(face, coupon, maturity, frequency)
    if zero_curve is not None:
        discounts = np.exp(-_interpolated(zero_curve, times) * times)
        worth = float(amounts @ discounts)
        force = _yield(times, amounts, worth, "zero_curve")
    elif price is not None:
        worth = price
        force = _yield(times, amounts, worth, "price")
        discounts = np.exp(-force * times)
    else:
        force = yield_continuous if yield_continuous is not None else _force(yield_compounded or 0.0, frequency)
        discounts = np.exp(-force * times)
        worth = float(amounts @ discounts)
    values = amounts * np.exp(-force * times)
    duration = float(times @ values) / worth
    compounded = frequency * math.expm1(force / frequency)
    modified = duration / (1 + compounded / frequency)
    # The annuity of the par yield counts whole periods; a short first one is counted as such.
    lengths = np.diff(np.concatenate([[0.0], times]))
    chart = Chart(
        kind="bar",
        title=N_("Flujos del bono y su valor actual"),
        series=(
            Series(name=N_("flujo"), x=tuple(float(t) for t in times), y=tuple(float(v) for v in amounts)),
            Series(name=N_("valor actual"), x=tuple(float(t) for t in times), y=tuple(float(v) for v in values)),
        ),
        x_label=N_("años"),
    )
    return Bond(
        method="continuous compounding inside; bullet",
        library="numpy, scipy",
        n=times.size,
        price=worth,
        price_per_100=worth / face * 100,
        yield_continuous=force,
        yield_compounded=compounded,
        duration=duration,
        modified_duration=modified,
        convexity=float(times**2 @ values) / worth,
        dv01=modified * worth * 1e-4,
        par_yield_pct=float((1 - discounts[-1]) / (lengths @ discounts)) * 100,
        warnings=unusual("coupon", coupon) + (_curve_cautions(zero_curve, maturity) if zero_curve is not None else ()),
        charts=(chart,),
    )


def _payments(face: float, coupon: float, maturity: float, frequency: int) -> "tuple[Floats, Floats]":
    """Times counted back from maturity, and what is paid then."""
    import numpy as np

    count = max(1, math.ceil(maturity * frequency - 1e-9))
    if count > MOST_PAYMENTS:
        raise LimitExceeded("maturity", MOST_PAYMENTS, count, N_("use cupones menos frecuentes"))
    times = maturity - np.arange(count - 1, -1, -1) / frequency
    amounts = np.full(count, face * coupon / frequency)
    amounts[-1] += face
    return times, amounts


def _force(compounded: float, frequency: int) -> float:
    return frequency * math.log1p(compounded / frequency)


def interpolated(curve: Curve, at: "Floats", argument: str) -> "Floats":
    """The zero rates of `curve` at the times `at`.

    Raises:
        InvalidInput: times that do not rise, another number of rates, rates outside -50 % … 500 %.
    """
    import numpy as np

    times = vector(curve.times, argument, least=1, low=0.0, high=1000.0)
    rates = vector(curve.rates, argument, length=times.size, low=-0.5, high=5.0)
    if (np.diff(times) <= 0).any():
        raise InvalidInput(argument, N_("los plazos deben ir de menor a mayor, sin repetirse"))
    found: Floats = np.interp(at, times, rates)
    return found


def _curve_cautions(curve: Curve, maturity: float) -> tuple[Caution, ...]:
    return unusual("zero_curve.rates", max(curve.rates)) + beyond(maturity, max(curve.times))


def _interpolated(curve: Curve, at: "Floats") -> "Floats":
    return interpolated(curve, at, "zero_curve")


def _yield(times: "Floats", amounts: "Floats", worth: float, argument: str) -> float:
    import numpy as np
    from scipy import optimize

    def excess(force: float) -> float:
        return float(amounts @ np.exp(-force * times)) / worth - 1

    low, high = -3.0, 4.6
    # e^{3t} of a very long bond is no double: start no lower than the exponent bears.
    low = max(low, -600 / float(times[-1]))
    if excess(low) < 0 or excess(high) > 0:
        raise NotConverged(argument, N_("ningún tipo da ese precio"))
    return float(optimize.brentq(excess, low, high, xtol=1e-14))
