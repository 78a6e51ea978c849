"""Interest-rate contracts (*derivados de tipos*): swaps, caps and floors on one curve."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from engines.contract import Computed, Part, operation
from engines.errors import N_, InvalidInput
from engines.financial.cautions import beyond
from engines.financial.derivatives_pricing.curves import Curve, discounts
from engines.financial.derivatives_pricing.market import Price, Rate, Volatility, Years, defined, sound

Frequency: TypeAlias = Literal[1, 2, 4, 12]
Start: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=0, le=100)]
WHOLE: Final = 1e-6  # of a period: schedules closer than this to whole are whole


class SwapValue(Computed):
    """Value to the side asked, and what the legs are made of, in the currency of the notional."""

    npv: float
    par_rate: float
    fixed_leg: float
    floating_leg: float
    annuity: float
    pv01: float


class Caplet(Part):
    """One period: the forward rate, simple and decimal, and what its option is worth."""

    start: float
    end: float
    forward: float
    price: float


class CapValue(Computed):
    """Value of the cap or floor, in the currency of the notional, by period."""

    price: float
    forward_swap_rate: float
    caplets: tuple[Caplet, ...]


def _times(start: float, maturity: float, frequency: int) -> list[float]:
    """Payment times after `start`, whole periods back from `maturity`."""
    count = int((maturity - start) * frequency + WHOLE)
    if count < (maturity - start) * frequency - WHOLE:
        count += 1
    return [maturity - k / frequency for k in range(count - 1, -1, -1)]


@operation(
    "Valor de una permuta de tipos de interés",
    examples=(
        "Valora un swap de tipos de interés: pagamos fijo al 3 % y recibimos Euríbor durante cinco años",
        "Value an interest rate swap and its par rate from a zero curve",
    ),
)
def price_swap(
    curve: Curve, notional: Price, fixed_rate: Rate, maturity: Years, payments_per_year: Frequency,
    side: Literal["payer", "receiver"], start: Start = 0.0, fixing: Rate | None = None,
) -> SwapValue:  # fmt: skip
    """Value a fixed-for-floating swap (*permuta de tipos*) on the curve that also discounts.

    Args:
        curve: zero-coupon rates by years.
        notional: on which interest is reckoned, currency.
        fixed_rate: simple decimal rate a year, paid at `payments_per_year`.
        maturity: years to the last payment.
        payments_per_year: of both legs; periods are equal parts of a year.
        side: who pays the fixed rate: the one asking (`payer`) or the other (`receiver`).
        start: years to the start of the first period; 0 for a swap that starts now or runs already.
        fixing: the floating rate of the period that runs, simple decimal; needed when the swap is under way,
            that is, when a whole number of periods back from maturity does not end at today.

    Raises:
        InvalidInput: a curve that is none; a broken first period without `fixing` or of a later start.

    Source: Hull, Options, Futures, and Other Derivatives, chapter "Swaps", valuation as the
    difference of two bonds.
    """
    times = _times(start, maturity, payments_per_year)
    if not times:
        raise InvalidInput("maturity", N_("debe ser posterior al inicio"))
    factors = discounts(curve, times)
    broken = times[0] - start < (1 - WHOLE) / payments_per_year
    if broken and start > 0:
        raise InvalidInput("start", N_("de ahí al vencimiento debe haber periodos enteros"))
    if broken and fixing is None:
        raise InvalidInput("fixing", N_("hace falta: el periodo en curso ya tiene fijado su tipo variable"))
    beginning = float(discounts(curve, [start])[0])
    if fixing is not None and start == 0:
        beginning = (1 + fixing / payments_per_year) * float(factors[0])
    floating = notional * (beginning - float(factors[-1]))
    annuity = notional * float(factors.sum()) / payments_per_year
    fixed = fixed_rate * annuity
    return SwapValue(
        method="one curve, difference of bonds",
        npv=sound(floating - fixed if side == "payer" else fixed - floating, "curve"),
        par_rate=sound(floating / annuity, "curve"),
        fixed_leg=fixed,
        floating_leg=floating,
        annuity=annuity,
        pv01=annuity / 10_000,
        warnings=beyond(maturity, curve.years[-1]),
    )


@operation(
    "Valor de un cap o un floor",
    examples=(
        "Valora un cap sobre Euríbor a tres meses al 8 % con volatilidad del 20 %",
        "Price an interest rate cap or floor with Black's model",
    ),
)
def price_cap(
    curve: Curve, notional: Price, strike: Rate, vol: Volatility, maturity: Years, payments_per_year: Frequency,
    type: Literal["cap", "floor"], start: Start = 0.0, model: Literal["black", "bachelier"] = "black",
) -> CapValue:  # fmt: skip
    """Price a cap or floor (*techo o suelo de tipos*) as a strip of options on forward rates.

    Args:
        curve: zero-coupon rates by years; it also discounts.
        notional: on which interest is reckoned, currency.
        strike: simple decimal rate a year.
        vol: of the forward rates: a decimal of the rate (`black`) or absolute (`bachelier`, 0.01 = 100 basis points).
        maturity: years to the last payment.
        payments_per_year: periods are equal parts of a year.
        type: cap pays above the strike, floor below.
        start: years to the first period; with 0 the first period, whose rate is fixed already, is left out.
        model: `black` (lognormal, positive rates only) or `bachelier` (normal, for low or negative rates).

    Raises:
        InvalidInput: a curve that is none, a broken period, no period left, or forward rates or a strike that are
            not positive under `black`.

    Source: Black, Journal of Financial Economics 3 (1976); Bachelier (1900); Hull, chapter "Interest
    Rate Derivatives: The Standard Market Models".
    """
    import math

    import QuantLib as ql

    ends = _times(start, maturity, payments_per_year)
    if not ends or ends[0] - start < (1 - WHOLE) / payments_per_year:
        raise InvalidInput("maturity", N_("desde el inicio debe haber periodos enteros"))
    bounds = [ends[0] - 1 / payments_per_year, *ends]
    if start == 0:
        bounds = bounds[1:]
    if len(bounds) < 2:
        raise InvalidInput("maturity", N_("no queda ningún periodo cuyo tipo no esté ya fijado"))
    factors = discounts(curve, bounds)
    forwards = (factors[:-1] / factors[1:] - 1) * payments_per_year
    if model == "black" and (forwards.min() <= 0 or strike <= 0):
        raise InvalidInput("model", N_("el de Black exige tipos positivos; use el de Bachelier"))
    side = ql.Option.Call if type == "cap" else ql.Option.Put
    formula = ql.blackFormula if model == "black" else ql.bachelierBlackFormula
    caplets = []
    for at, end, forward, factor in zip(bounds[:-1], bounds[1:], forwards.tolist(), factors[1:].tolist(), strict=True):
        with defined("vol"):
            unit = formula(side, strike, forward, vol * math.sqrt(at), factor)
        price = sound(unit * notional / payments_per_year, "vol")
        caplets.append(Caplet(start=at, end=end, forward=forward, price=price))
    return CapValue(
        method=model,
        library="QuantLib",
        price=math.fsum(c.price for c in caplets),
        forward_swap_rate=sound(float((factors[0] - factors[-1]) * payments_per_year / factors[1:].sum()), "curve"),
        caplets=tuple(caplets),
        warnings=beyond(maturity, curve.years[-1]),
    )
