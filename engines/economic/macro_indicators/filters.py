"""What of a series is trend, and what is cycle."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from engines.arrays import require_independent, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Positive, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from numpy.typing import NDArray

REVISED = N_("los valores de los extremos cambian cuando llegan datos nuevos: no decida por el último ciclo solo")
MOST_LOST = 10**6
MOST_CF = 10_000  # its work grows with the square of the length


class Cycle(Computed):
    """The cycle and the trend of a series, both in its unit; `first` is the position of their first value."""

    cycle: list[float]
    trend: list[float]
    first: int


@operation(
    "Tendencia y ciclo de una serie",
    examples=(
        "Separa la tendencia y el ciclo del PIB trimestral con el filtro de Hodrick-Prescott (lambda 1600)",
        "Extract the business cycle of quarterly GDP with the Baxter-King or the Hamilton filter",
    ),
)
def filter_cycle(
    y: Vector,
    method: Literal["hp", "bk", "cf", "hamilton"] = "hp",
    lambda_: Annotated[Positive, Field(alias="lambda")] = 1600.0,
    low: Annotated[float, Field(ge=2, le=MOST_LOST)] = 6.0,
    high: Annotated[float, Field(gt=2, le=MOST_LOST)] = 32.0,
    k: Annotated[int, Field(ge=1, le=MOST_LOST)] = 12,
    horizon: Annotated[int, Field(ge=1, le=MOST_LOST)] = 8,
    lags: Annotated[int, Field(ge=1, le=100)] = 4,
) -> Cycle:
    """Separate a series into its trend and its cycle.

    Args:
        y: (n,) values in the order of time, any unit, without gaps.
        method: `hp` Hodrick-Prescott; `bk` Baxter-King; `cf` Christiano-Fitzgerald with drift; `hamilton` regression.
        lambda_: penalty of the trend's curvature in `hp`: 1600 quarterly, 6.25 yearly, 129600 monthly.
        low: shortest period of the cycle, in observations (`bk`, `cf`).
        high: longest period of the cycle, in observations (`bk`, `cf`).
        k: observations that `bk` loses at each end.
        horizon: how many observations ahead `hamilton` looks: 8 quarterly.
        lags: how many values `hamilton` regresses on: 4 quarterly.

    Raises:
        InsufficientData: too few values for what the filter loses.
        InvalidInput: values that are no finite numbers, or `high` not above `low`.
        LimitExceeded: more than ten thousand values in `cf`.
        SingularMatrix: `hamilton` on a series whose lags repeat each other.

    Source: Hodrick & Prescott, Journal of Money, Credit and Banking 29 (1997); Baxter & King, Review of
    Economics and Statistics 81 (1999); Christiano & Fitzgerald, International Economic Review 44 (2003);
    Hamilton, Review of Economics and Statistics 100 (2018), eq. 20.
    """
    values = vector(y, "y", least=4)
    if method in ("bk", "cf") and high <= low:
        raise InvalidInput("high", N_("debe ser mayor que el periodo más corto (low)"))
    first = 0
    cautions: tuple[Caution, ...] = (Caution(text=REVISED),)
    if method == "hp":
        from statsmodels.tsa.filters.hp_filter import hpfilter

        cycle, trend = hpfilter(values, lambda_)
    elif method == "bk":
        from statsmodels.tsa.filters.bk_filter import bkfilter

        _enough(values.size, 2 * k + 2)
        cycle, cautions, first = bkfilter(values, low, high, k), (), k
        trend = values[k:-k] - cycle
    elif method == "cf":
        from statsmodels.tsa.filters.cf_filter import cffilter

        if values.size > MOST_CF:
            raise LimitExceeded("y", MOST_CF, values.size, N_("agregue la serie (por meses) o use hp"))
        cycle = cffilter(values, low, high, drift=True)[0]
        trend = values - cycle  # the library's own trend lacks the drift
    else:
        cycle, trend = _hamilton(values, horizon, lags)
        cautions, first = (), values.size - cycle.size
    at = tuple(float(i) for i in range(first, first + cycle.size))
    found = [float(v) for v in cycle], [float(v) for v in trend]
    return Cycle(
        method={
            "hp": f"hp, lambda {lambda_:g}",
            "bk": f"bk, {low:g}-{high:g}, k {k}",
            "cf": f"cf, {low:g}-{high:g}",
        }.get(method, f"hamilton, h {horizon}, p {lags}"),
        library="statsmodels",
        n=values.size,
        cycle=found[0],
        trend=found[1],
        first=first,
        warnings=cautions,
        charts=(
            Chart(
                kind="line",
                title=N_("Serie y tendencia"),
                x_label=N_("Periodo"),
                series=(
                    Series(name=N_("Serie"), x=at, y=tuple(c + t for c, t in zip(*found, strict=True))),
                    Series(name=N_("Tendencia"), x=at, y=tuple(found[1])),
                ),
            ),
            Chart(
                kind="line",
                title=N_("Ciclo"),
                x_label=N_("Periodo"),
                series=(Series(name=N_("Ciclo"), x=at, y=tuple(found[0])),),
            ),
        ),
    )


def _hamilton(values: "NDArray[Any]", horizon: int, lags: int) -> "tuple[NDArray[Any], NDArray[Any]]":
    from statsmodels.tsa.filters.hamilton_filter import hamilton_filter

    _enough(values.size, horizon + 2 * lags + 1)
    import numpy as np

    rows = values.size - horizon - lags + 1
    past = np.column_stack([np.ones(rows), *(values[lags - 1 - j : lags - 1 - j + rows] for j in range(lags))])
    require_independent(past, "y", ["const", *(f"y[t-{horizon + j}]" for j in range(lags))])
    found = hamilton_filter(values, h=horizon, p=lags)
    cycle, trend = np.asarray(found[0], dtype=float), np.asarray(found[1], dtype=float)
    there = ~np.isnan(cycle)
    return cycle[there], trend[there]


def _enough(got: int, need: int) -> None:
    if got < need:
        raise InsufficientData("y", need, got)
