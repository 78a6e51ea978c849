"""Assets against liabilities (*casamiento de activos y pasivos*): duration gap and the interest rate requirement."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.financial.cautions import beyond, unusual
from engines.financial.portfolio.bonds import Curve, interpolated
from engines.financial.tables import InterestShock, in_force

if TYPE_CHECKING:
    from engines.arrays import Floats


class Payment(Part):
    """Money `years` from now, EUR, 0 or more."""

    model_config = ConfigDict(extra="forbid")

    years: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    amount: NonNegative


Payments = Annotated[tuple[Payment, ...], Field(max_length=100_000)]


class AssetLiability(Computed):
    """EUR, years. `duration_gap` is the assets' duration minus the liabilities', weighed by their ratio.

    `own_funds_up` and `own_funds_down` are the changes of the surplus after each movement of the curve (a loss is
    negative); `scr_up` and `scr_down` are the losses, never under zero; `scr_interest` is the greater of them.
    """

    assets_value: float
    liabilities_value: float
    surplus: float
    assets_duration: float
    liabilities_duration: float | None
    duration_gap: float
    own_funds_up: float
    own_funds_down: float
    scr_up: float
    scr_down: float
    scr_interest: float
    table: str


@operation(
    "Casamiento de activos y pasivos",
    examples=(
        "Compara la duración de activos y pasivos y calcula el SCR de tipo de interés al alza y a la baja",
        "Asset liability duration gap and Solvency II interest rate SCR up and down",
    ),
)
def asset_liability(
    assets: Payments,
    liabilities: Payments,
    curve: Curve,
    on: date | None = None,
) -> AssetLiability:
    """Value both sides on one curve, compare durations, and move the curve as the standard formula does.

    Args:
        assets: {years, amount} collections of the assets.
        liabilities: {years, amount} payments of the liabilities.
        curve: basic risk-free zero rates {times, rates}, continuously compounded.
        on: the day whose rules apply; without it, the latest rules on file.

    Raises:
        InvalidInput: negative payments, times out of order, a day for which no table is on file.
        InsufficientData: no asset at all.

    Source: Commission Delegated Regulation (EU) 2015/35, arts. 165 (the greater of both losses), 166 (rise,
    one percentage point at least) and 167 (fall, none for negative rates), on annually compounded rates;
    duration gap D_A - (L/A) D_L, Saunders & Cornett, Financial Institutions Management, chapter 9.
    """
    import numpy as np

    if not assets:
        raise InsufficientData("assets", 1, 0)
    shock = in_force(InterestShock, on)
    owned, owed = _sorted(assets), _sorted(liabilities)
    every = np.concatenate([owned[0], owed[0]])
    rates = np.expm1(interpolated(curve, every, "curve"))
    base = _discounts(rates, every)
    value, owing = float(owned[1] @ base[: owned[0].size]), float(owed[1] @ base[owned[0].size :])
    if value <= 0:
        raise InvalidInput("assets", N_("deben valer algo: todos los cobros son cero"))
    rise, fall = np.array(shock.up), np.array(shock.down)
    times = np.array(shock.years)
    upward = rates + np.maximum(rates * np.interp(every, times, rise), shock.least_rise)
    downward = np.where(rates > 0, rates * (1 - np.interp(every, times, fall)), rates)
    changes = []
    for moved in (upward, downward):
        after = _discounts(moved, every) - base
        changes.append(float(owned[1] @ after[: owned[0].size]) - float(owed[1] @ after[owned[0].size :]))
    long = float(owned[0] * owned[1] @ base[: owned[0].size]) / value
    far = float(owed[0] * owed[1] @ base[owned[0].size :]) / owing if owing > 0 else None
    losses = [max(-change, 0.0) + 0.0 for change in changes]
    return AssetLiability(
        method="standard formula, rise and fall of the curve",
        library="numpy",
        n=every.size,
        assets_value=value,
        liabilities_value=owing,
        surplus=value - owing,
        assets_duration=long,
        liabilities_duration=far,
        duration_gap=long - owing / value * (far or 0.0),
        own_funds_up=changes[0],
        own_funds_down=changes[1],
        scr_up=losses[0],
        scr_down=losses[1],
        scr_interest=max(losses),
        table=shock.source,
        warnings=_cautions(shock, on)
        + unusual("curve.rates", max(curve.rates))
        + beyond(float(every.max()), max(curve.times)),
        charts=(_chart(owned, owed),),
    )


ENDS = N_("Estas tablas rigen hasta el {until}; después cambian las de tipo de interés ({by}).")


def _cautions(shock: InterestShock, on: date | None) -> tuple[Caution, ...]:
    if on is not None or shock.until is None:
        return ()
    return (Caution(text=ENDS, values={"until": shock.until.isoformat(), "by": shock.replaced_by}),)


def _sorted(payments: tuple[Payment, ...]) -> "tuple[Floats, Floats]":
    import numpy as np

    times = np.array([payment.years for payment in payments])
    amounts = np.array([payment.amount for payment in payments])
    order = np.argsort(times, kind="stable")
    return times[order], amounts[order]


def _discounts(rates: "Floats", times: "Floats") -> "Floats":
    found: Floats = (1 + rates) ** -times
    return found


def _chart(owned: "tuple[Floats, Floats]", owed: "tuple[Floats, Floats]") -> Chart:
    """What comes in and goes out in each year."""
    import numpy as np

    def bars(name: str, side: "tuple[Floats, Floats]") -> Series:
        years, place = np.unique(np.ceil(side[0]), return_inverse=True)
        sums = np.bincount(place, weights=side[1], minlength=years.size)
        return Series(name=name, x=tuple(float(y) for y in years), y=tuple(float(v) for v in sums))

    return Chart(
        kind="bar",
        title=N_("Cobros y pagos por plazo"),
        series=(bars(N_("cobros"), owned), bars(N_("pagos"), owed)),
        x_label=N_("años"),
        unit="EUR",
    )
