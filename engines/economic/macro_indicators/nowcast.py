"""The quarter that is not published yet, from the months that are."""

from typing import TYPE_CHECKING, Any, Final, Literal

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Vector, operation
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

MONTHS: Final = 3
SMALL: Final = 12  # quarters, under which the interval is hardly worth its name


class Nowcast(Computed):
    """The estimate of the quarter after the last published, in the unit of `y`, with its prediction interval.

    Args:
        indicator: the monthly indicator of that quarter.
        months_known: how many of its three months were given; the others were forecast.
    """

    estimate: float
    se: float
    low: float
    high: float
    indicator: float
    months_known: int
    params: dict[str, float]
    r2: float


@operation(
    "Estimación anticipada de un trimestre",
    examples=(
        "Estima el dato trimestral aún no publicado con el indicador mensual mediante una ecuación puente",
        "Nowcast the current quarter from a monthly indicator with a bridge equation",
    ),
)
def nowcast_bridge(
    x: Vector, y: Vector, aggregate: Literal["mean", "sum", "last"] = "mean", level: Level = 0.95
) -> Nowcast:
    """Estimate a quarter that is not published yet from a monthly indicator.

    Months of that quarter that are missing are forecast by a first-order autoregression of the
    indicator; the quarterly series is then regressed on the indicator's quarterly aggregate. The interval
    holds the error of the regression and that of the months forecast, not that of the autoregression's coefficients.

    Args:
        x: monthly indicator: three values for each quarter of `y` and one to three of the next, any unit.
        y: (m,) quarterly series, at least 4 quarters, any unit.
        aggregate: how three months make a quarter: their mean, their sum, or the last of them.
        level: probability of the prediction interval.

    Raises:
        InsufficientData: fewer than four quarters.
        InvalidInput: months that do not match the quarters, or an indicator that does not vary.

    Source: Baffigi, Golinelli & Parigi, International Journal of Forecasting 20 (2004), bridge models;
    interval of a new observation: Greene, Econometric Analysis (2018), section 4.8.
    """
    import numpy as np
    from scipy.stats import t
    from statsmodels.regression.linear_model import OLS

    quarters = vector(y, "y", least=4)
    m = quarters.size
    months = vector(x, "x", least=MONTHS * m + 1, varies=True)
    known = months.size - MONTHS * m
    if known > MONTHS:
        raise InvalidInput("x", N_("debe tener tres meses por cada trimestre publicado y de uno a tres del siguiente"))
    missing = MONTHS - known
    further, doubt = _ahead(months, missing)
    filled = np.concatenate([months, further])
    blocks = filled.reshape(m + 1, MONTHS)
    joined = {"mean": blocks.mean(axis=1), "sum": blocks.sum(axis=1), "last": blocks[:, -1]}[aggregate]
    if np.ptp(joined[:-1]) <= 1e-12 * np.abs(joined).max():
        raise InvalidInput("x", N_("no varía de un trimestre a otro"))
    design = np.column_stack([np.ones(m), joined[:-1]])
    fit = OLS(quarters, design).fit()
    ahead = np.array([1.0, joined[-1]])
    centre = float(ahead @ fit.params)
    weights = {"mean": np.full(MONTHS, 1 / MONTHS), "sum": np.ones(MONTHS), "last": np.eye(MONTHS)[-1]}[aggregate]
    forecast = float(fit.params[1]) ** 2 * float(weights[known:] @ doubt @ weights[known:])
    se = float(np.sqrt(max(fit.scale + ahead @ fit.cov_params() @ ahead, 0.0) + forecast))
    wide = float(t.ppf((1 + level) / 2, m - 2)) * se
    cautions = []
    if m < SMALL:
        cautions.append(Caution(text=N_("hay solo {n} trimestres: el intervalo es orientativo"), values={"n": m}))
    if known < MONTHS:
        cautions.append(
            Caution(
                text=N_("faltan {n} meses del trimestre: se han previsto, y el intervalo es más ancho por ello"),
                values={"n": missing},
            )
        )
    spread = float(((quarters - quarters.mean()) ** 2).sum())
    at = tuple(float(i) for i in range(m + 1))
    return Nowcast(
        method=f"bridge OLS, {aggregate} of months, AR(1) for missing months",
        library="statsmodels",
        n=m,
        estimate=centre,
        se=se,
        low=centre - wide,
        high=centre + wide,
        indicator=float(joined[-1]),
        months_known=known,
        params={"const": float(fit.params[0]), "x": float(fit.params[1])},
        r2=1 - float(fit.ssr) / spread if spread > 0 else 1.0,
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="line",
                title=N_("Estimación anticipada del trimestre"),
                x_label=N_("Trimestre"),
                series=(
                    Series(name=N_("Publicado"), x=at, y=(*(float(v) for v in quarters), None)),
                    Series(
                        name=N_("Estimación"),
                        x=at,
                        y=(*(float(v) for v in fit.fittedvalues), centre),
                        low=(*([None] * m), centre - wide),
                        high=(*([None] * m), centre + wide),
                    ),
                ),
            ),
        ),
    )


def _ahead(months: "NDArray[Any]", steps: int) -> "tuple[NDArray[Any], NDArray[Any]]":
    """The next months by an AR(1) with a constant, and the covariance of their errors.

    A unit root or worse goes on at the last value.
    """
    import numpy as np

    before, after = months[:-1], months[1:]
    spread = float(((before - before.mean()) ** 2).sum())
    slope = float((before - before.mean()) @ (after - after.mean())) / spread if spread > 0 else 1.0
    wanders = abs(slope) >= 1
    slope, constant = (1.0, 0.0) if wanders else (slope, float(after.mean() - slope * before.mean()))
    shocks = after - constant - slope * before
    found = [float(months[-1])]
    for _ in range(steps):
        found.append(constant + slope * found[-1])
    lag = np.subtract.outer(np.arange(steps), np.arange(steps))
    carried = np.where(lag >= 0, slope ** np.maximum(lag, 0), 0.0)  # of the shock of each month, into each
    variance = float(shocks @ shocks) / (shocks.size - (0 if wanders else 2))
    return np.array(found[1:]), variance * carried @ carried.T
