"""Watching claims month by month: limits that chance alone seldom passes, and slow drifts."""

from typing import Annotated, Final

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Vector, operation
from engines.errors import N_, InvalidInput

SMALL_EXPECTATION: Final = 1.0
WIDEST_WINDOW: Final = 120


class Watched(Part):
    """One period (1 = first): claims seen and expected, the limits, and the drift statistic."""

    period: int
    observed: float
    expected: float
    ratio: float
    low: float
    high: float
    drift: float
    outside: bool
    drifting: bool


class RatioMonitor(Computed):
    """Control of claims against expectation. `alerts` are the periods outside limits or with a drift.

    `drift` is twice the best log-likelihood ratio of a constant rise over the latest periods;
    `rise` the factor that the claims of the latest drift, if any, bear on expectation, since `since`.
    """

    periods: list[Watched]
    alerts: list[int]
    rise: float | None
    since: int | None
    threshold: float


@operation(
    "Vigilancia mensual de la siniestralidad",
    examples=(
        "Vigila los siniestros de cada mes frente a los esperados y avisa si se salen de los límites",
        "Monthly claims monitor with Poisson control limits and drift alerts",
    ),
)
def ratio_monitor(
    observed: Vector,
    expected: Vector,
    false_alarm: Annotated[float, Field(allow_inf_nan=False, gt=0, le=0.2)] = 0.01,
    threshold: Positive = 10.0,
    window: Annotated[int, Field(ge=2, le=WIDEST_WINDOW)] = 24,
) -> RatioMonitor:
    """Compare numbers of claims with what was expected, month by month, for jumps and for slow rises.

    Args:
        observed: (n,) claims by period, whole and not negative.
        expected: (n,) claims expected by period, positive (exposure by frequency).
        false_alarm: how often chance alone may put a period outside its limits, both sides together.
        threshold: drift statistic that alerts; 10 gives about one false alarm in thirty years of months.
        window: how many periods back a rise may have begun.

    Raises:
        InvalidInput: numbers that are not whole or negative, or expectations that are not positive.
        InsufficientData: no periods.

    Source: Montgomery, Introduction to Statistical Quality Control (7th ed., 2013), section 7.3 (c and u charts,
    with exact Poisson quantiles); Höhle & Paul, Computational Statistics & Data Analysis 52 (2008), section 2,
    generalised likelihood ratio for Poisson counts.
    """
    import numpy as np
    from scipy.stats import poisson

    counts = vector(observed, "observed", low=0.0, high=1e12)
    means = vector(expected, "expected", length=counts.size, high=1e12)
    if (counts != np.round(counts)).any():
        raise InvalidInput("observed", N_("debe tener números enteros de siniestros"))
    if not (means > 0).all():
        raise InvalidInput("expected", N_("debe ser positivo en todos los periodos"))
    low = poisson.ppf(false_alarm / 2, means)
    high = poisson.ppf(1 - false_alarm / 2, means)
    seen, due = np.append(0.0, np.cumsum(counts)), np.append(0.0, np.cumsum(means))
    rows, rise, since = [], None, None
    for t in range(counts.size):
        begins = np.arange(max(0, t + 1 - window), t + 1)
        x, mu = seen[t + 1] - seen[begins], due[t + 1] - due[begins]
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = np.where(x > mu, 2 * (x * np.log(x / mu) - (x - mu)), 0.0)
        best = int(np.argmax(statistic))
        drift = float(statistic[best])
        if drift > threshold:
            rise, since = float(x[best] / mu[best]), int(begins[best]) + 1
        else:
            rise, since = None, None
        rows.append(
            Watched(
                period=t + 1,
                observed=float(counts[t]),
                expected=float(means[t]),
                ratio=float(counts[t] / means[t]),
                low=float(low[t]),
                high=float(high[t]),
                drift=drift,
                outside=bool(counts[t] < low[t] or counts[t] > high[t]),
                drifting=drift > threshold,
            )
        )
    said = []
    if means.min() < SMALL_EXPECTATION:
        said.append(Caution(text=N_("Se espera menos de un siniestro en algún periodo: una los periodos")))
    x_axis = tuple(float(row.period) for row in rows)
    return RatioMonitor(
        method=f"exact Poisson limits, {false_alarm:g}; GLR over {window} periods",
        library="scipy",
        n=int(counts.size),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="line",
                title=N_("Siniestros frente a sus límites"),
                series=(
                    Series(name=N_("Observado"), x=x_axis, y=tuple(row.observed for row in rows)),
                    Series(
                        name=N_("Esperado"),
                        x=x_axis,
                        y=tuple(row.expected for row in rows),
                        low=tuple(row.low for row in rows),
                        high=tuple(row.high for row in rows),
                    ),
                ),
                x_label=N_("Periodo"),
            ),
        ),
        periods=rows,
        alerts=[row.period for row in rows if row.outside or row.drifting],
        rise=rise,
        since=since,
        threshold=threshold,
    )
