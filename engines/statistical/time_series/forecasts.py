"""Forecasts: a path with prediction intervals, and their fan chart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Level, Part, Vector
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Horizon = Annotated[int, Field(ge=1, le=1000)]
Levels = Annotated[tuple[Level, ...], Field(min_length=1, max_length=5)]
LONGEST: Final = 100_000
SHOWN: Final = 200  # past values that a fan chart shows
AGGREGATE: Final = N_("agregue la serie a periodos más largos o use solo los últimos años")
NOT_POSITIVE: Final = N_("contiene valores que no son positivos: este modelo los necesita positivos")


class Interval(Part):
    """Prediction interval of each step ahead, at one probability."""

    level: float
    low: list[float]
    high: list[float]


class Forecast(Part):
    """What is expected of the steps ahead, in the unit of the series, with intervals."""

    point: list[float]
    intervals: list[Interval]


def series(y: Vector, least: int, *, argument: str = "y", varies: bool = True, longest: int = LONGEST) -> "Floats":
    """`y` as an array that a model may be fitted to.

    Raises:
        InsufficientData: fewer than `least`.
        InvalidInput: not numbers, or constant.
        LimitExceeded: longer than a model of it may be.
    """
    values = vector(y, argument, least=least, varies=varies)
    if values.size > longest:
        raise LimitExceeded(argument, longest, int(values.size), AGGREGATE)
    return values


def positive(values: "Floats", argument: str = "y") -> "Floats":
    """`values` if all are positive.

    Raises:
        InvalidInput: some are not.
    """
    if values.min() <= 0:
        raise InvalidInput(argument, NOT_POSITIVE)
    return values


def normal(point: "Floats", se: "Floats", levels: Sequence[float]) -> Forecast:
    """A forecast whose errors are normal with standard deviations `se`."""
    from scipy.stats import norm

    found = []
    for level in sorted(levels):
        wide = norm.ppf((1 + level) / 2) * se
        found.append(Interval(level=level, low=floats(point - wide), high=floats(point + wide)))
    return Forecast(point=floats(point), intervals=found)


def exponentiated(forecast: Forecast) -> Forecast:
    """The forecast of a series from that of its logarithm: medians and quantiles carry over."""
    import numpy as np

    def back(values: list[float]) -> list[float]:
        return floats(np.exp(np.asarray(values)))

    return Forecast(
        point=back(forecast.point),
        intervals=[Interval(level=i.level, low=back(i.low), high=back(i.high)) for i in forecast.intervals],
    )


def widened(forecast: Forecast, factor: float) -> Forecast:
    """The forecast with intervals `factor` times as wide about the same path."""
    import numpy as np

    point = np.asarray(forecast.point)

    def moved(bound: list[float]) -> list[float]:
        return floats(point + factor * (np.asarray(bound) - point))

    return Forecast(
        point=forecast.point,
        intervals=[Interval(level=i.level, low=moved(i.low), high=moved(i.high)) for i in forecast.intervals],
    )


def fan(history: "Floats", forecast: Forecast) -> Chart:
    """The last of the past, and the forecast in its intervals, the widest drawn first."""
    n = history.size
    start = max(0, n - SHOWN)
    ahead = tuple(float(n + i) for i in range(len(forecast.point)))
    point = tuple(forecast.point)
    bands = tuple(
        Series(
            name=f"{round(100 * interval.level, 2):g} %",
            x=ahead,
            y=point,
            low=tuple(interval.low),
            high=tuple(interval.high),
        )
        for interval in reversed(forecast.intervals)
    )
    past = Series(name=N_("Observado"), x=tuple(float(i) for i in range(start, n)), y=tuple(floats(history[start:])))
    return Chart(kind="line", title=N_("Previsión con intervalos"), x_label=N_("Periodo"), series=(past, *bands))


def floats(values: Any) -> list[float]:
    """Plain floats of an array."""
    return [float(v) for v in values]
