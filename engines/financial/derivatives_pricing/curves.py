"""Interest-rate curves (*curvas de tipos*): taken as they come, or built from what the market quotes."""

import math
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Computed, Part, Vector, operation
from engines.errors import N_, InvalidInput
from engines.financial.derivatives_pricing.market import DAYS, Rate, dated, sound

if TYPE_CHECKING:
    from engines.arrays import Floats

SETTLEMENT: Final = 2  # business days, for euro deposits and swaps
LONGEST: Final = 60  # years
SAME_DAY: Final = N_("dos cotizaciones vencen el mismo día: deje una de ellas")
NO_CURVE: Final = N_(
    "ninguna curva da esas cotizaciones; revise los tipos (en tanto por uno: 0,03 es un 3 %) y los plazos"
)


class Curve(Part):
    """Zero-coupon rates by years: continuous decimals, log-linear discounts between, flat rates outside."""

    model_config = ConfigDict(extra="forbid")

    years: Annotated[tuple[float, ...], Field(min_length=1)]
    zero: tuple[float, ...]


class Instrument(Part):
    """What the market quotes: a deposit, a forward rate agreement, or a swap, by its tenor (`6M`, `10Y`)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["deposit", "fra", "swap", "ois"]
    tenor: Annotated[str, Field(pattern=r"^[1-9]\d{0,2}[DWMY]$")]
    rate: Rate
    starts_in_months: Annotated[int, Field(ge=1, le=60)] | None = None


class Node(Part):
    """One pillar of the curve. `zero` and `forward` are continuous decimals a year; `forward` is instantaneous."""

    date: date
    years: float
    discount: float
    zero: float
    forward: float


class BuiltCurve(Computed):
    """The curve at its pillars, and on a grid of years; `years` and `zero` are a curve for swaps and caps."""

    nodes: tuple[Node, ...]
    years: tuple[float, ...]
    discount: tuple[float, ...]
    zero: tuple[float, ...]
    forward: tuple[float, ...]


def discounts(curve: Curve, years: "list[float] | Floats", argument: str = "curve") -> "Floats":
    """Discount factors of `curve` at `years`.

    Raises:
        InvalidInput: years that do not rise from above nought, or rates that are not as many.
    """
    import numpy as np

    knots = vector(list(curve.years), f"{argument}.years", low=0.0, high=200.0)
    rates = vector(list(curve.zero), f"{argument}.zero", length=knots.size, low=-1.0, high=1.0)
    if (np.diff(knots) <= 0).any() or knots[0] <= 0:
        raise InvalidInput(f"{argument}.years", N_("deben crecer desde más de cero"))
    at = np.asarray(years, dtype=float)
    inside = np.interp(at, np.concatenate([[0.0], knots]), np.concatenate([[0.0], rates * knots]))
    found: Floats = np.exp(-np.where(at > knots[-1], rates[-1] * at, inside))
    return found


@operation(
    "Curva de tipos cupón cero",
    examples=(
        "Construye la curva cupón cero a partir de depósitos y swaps del euro (bootstrapping)",
        "Bootstrap a zero, discount and forward curve from deposits, FRAs and swaps",
    ),
    heavy=True,
)
def bootstrap_curve(
    reference_date: date, instruments: Annotated[tuple[Instrument, ...], Field(min_length=1, max_length=200)],
    index: Literal["euribor_3m", "euribor_6m"] = "euribor_6m", output_years: Vector | None = None,
) -> BuiltCurve:  # fmt: skip
    """Find the discount curve that prices every quoted instrument exactly.

    Euro conventions: TARGET calendar, two business days to settle, deposits and forward agreements
    ACT/360, the fixed side of swaps yearly 30/360 against the index, `ois` against the euro
    short-term rate. On a day when TARGET is closed, quotes settle as on the next day it opens. Years are
    counted ACT/365F from the reference date.

    Args:
        reference_date: the day that is worth 1.
        instruments: quotes, rates as decimals (0.03 = 3 %); for a `fra` also the months to its start.
        index: what swaps are paid against.
        output_years: (n,) years at which to give the curve; None for each half year to the last pillar.

    Raises:
        InvalidInput: two quotes of one maturity, quotes that no curve can price, a forward agreement
            without its start, a date outside 1950-2100, or years outside the curve.

    Source: Hagan & West, Applied Mathematical Finance 13 (2006); log-cubic discount factors as
    QuantLib's PiecewiseLogCubicDiscount.
    """
    import QuantLib as ql

    if not 1950 <= reference_date.year <= 2100:
        raise InvalidInput("reference_date", N_("debe estar entre 1950 y 2100"))
    today = ql.Date(reference_date.day, reference_date.month, reference_date.year)
    # Left on a closed day, QuantLib asks what the index was on the open day before.
    with dated("instruments", ql.TARGET().adjust(today, ql.Following)):
        helpers = [_helper(instrument, index) for instrument in instruments]
        if len({helper.pillarDate() for helper in helpers}) < len(helpers):
            raise InvalidInput("instruments", SAME_DAY)
        curve = ql.PiecewiseLogCubicDiscount(today, helpers, ql.Actual365Fixed())
        pillars = _pillars(curve)
        last = curve.maxTime()
        years = (
            vector(output_years, "output_years", low=0.0, high=last).tolist()
            if output_years is not None
            else [half / 2 for half in range(1, math.floor(last * 2) + 1)] or [last]
        )
        nodes = tuple(_node(curve, day) for day in pillars)
        discount = tuple(sound(curve.discount(t), "instruments") for t in years)
        zero = tuple(sound(curve.zeroRate(max(t, 1e-6), ql.Continuous).rate(), "instruments") for t in years)
        forward = tuple(sound(curve.forwardRate(t, t, ql.Continuous).rate(), "instruments") for t in years)
    return BuiltCurve(
        method="piecewise log-cubic discount",
        library="QuantLib",
        n=len(instruments),
        nodes=nodes,
        years=tuple(years),
        discount=discount,
        zero=zero,
        forward=forward,
        charts=(
            Chart(
                kind="line",
                title=N_("Curva de tipos"),
                series=(
                    Series(name=N_("Cupón cero"), x=tuple(years), y=tuple(100 * z for z in zero)),
                    Series(name=N_("A plazo"), x=tuple(years), y=tuple(100 * f for f in forward)),
                ),
                x_label=N_("Años"),
                y_label=N_("Tipo"),
                unit="%",
            ),
        ),
    )


def _pillars(curve: Any) -> list[Any]:
    """The days at which `curve` is fitted, which it is at the first question."""
    try:
        return [day for day, _ in curve.nodes()]
    except RuntimeError as error:
        raise InvalidInput("instruments", NO_CURVE) from error


def _helper(instrument: Instrument, index: str) -> Any:
    import QuantLib as ql

    tenor = ql.Period(instrument.tenor)
    if tenor > ql.Period(LONGEST, ql.Years):
        raise InvalidInput("instruments", N_("el plazo más largo que se admite es de 60 años"))
    calendar, convention = ql.TARGET(), ql.ModifiedFollowing
    ibor = ql.Euribor6M() if index == "euribor_6m" else ql.Euribor3M()
    match instrument.kind:
        case "deposit":
            return ql.DepositRateHelper(instrument.rate, tenor, SETTLEMENT, calendar, convention, False, ql.Actual360())
        case "fra":
            if instrument.starts_in_months is None:
                raise InvalidInput("instruments", N_("un FRA necesita los meses hasta su inicio"))
            if tenor.units() != ql.Months:
                raise InvalidInput("instruments", N_("el plazo de un FRA se da en meses"))
            start = instrument.starts_in_months
            return ql.FraRateHelper(
                instrument.rate, start, start + tenor.length(), SETTLEMENT, calendar, convention, False, ql.Actual360()
            )
        case "ois":
            return ql.OISRateHelper(SETTLEMENT, tenor, instrument.rate, ql.Estr())
        case _:
            yearly = ql.Thirty360(ql.Thirty360.BondBasis)
            return ql.SwapRateHelper(instrument.rate, tenor, calendar, ql.Annual, convention, yearly, ibor)


def _node(curve: Any, day: Any) -> Node:
    import QuantLib as ql

    years = curve.timeFromReference(day)
    return Node(
        date=date(day.year(), day.month(), day.dayOfMonth()),
        years=years,
        discount=sound(curve.discount(day), "instruments"),
        zero=sound(curve.zeroRate(max(years, 1 / DAYS), ql.Continuous).rate(), "instruments"),
        forward=sound(curve.forwardRate(years, years, ql.Continuous).rate(), "instruments"),
    )
