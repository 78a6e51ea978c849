"""What a series is made of: level, trend, season and noise."""

import warnings
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Computed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.statistical.time_series.forecasts import Forecast, Levels, fan, floats, normal, series
from engines.statistical.time_series.sarimax import LONGEST_SEASON

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEPS: Final = 4000
GRID: Final = {  # variances to begin from, of a series whose own is one
    "sigma2.irregular": (1e-4, 0.05, 0.5),
    "sigma2.level": (1e-6, 0.005, 0.1, 0.5),
    "sigma2.trend": (1e-8, 1e-4, 0.01),
    "sigma2.seasonal": (1e-8, 1e-3, 0.1),
}
LONGEST: Final = 10_000  # the simplex filters the series hundreds of times
DECOMPOSE_FIRST: Final = N_("descomponga antes la serie (STL)")


class Structural(Computed):
    """Variances of the disturbances (units squared), and the smoothed components, in the unit of the series.

    Args:
        level_se: standard error of the smoothed level; zero at a start that the model knows exactly.
    """

    sigma2_irregular: float
    sigma2_level: float
    sigma2_trend: float | None
    sigma2_seasonal: float | None
    loglik: float
    level: list[float]
    level_se: list[float]
    trend: list[float]
    seasonal: list[float]
    forecast: Forecast | None


@operation(
    "Modelo estructural de nivel local",
    examples=(
        "Estima un modelo estructural de nivel local y suaviza el nivel de esta serie anual",
        "Local level or basic structural model: variances and smoothed level by the Kalman smoother",
    ),
    heavy=True,
)
def structural_level(
    y: Vector,
    model: Literal["local_level", "local_linear", "bsm"] = "local_level",
    period: Annotated[int, Field(ge=2, le=10**6)] = 12,
    horizon: Annotated[int, Field(ge=0, le=1000)] = 0,
    levels: Levels = (0.8, 0.95),
) -> Structural:
    """Estimate a structural model by maximum likelihood with exact diffuse start, and smooth its components.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit.
        model: `local_level`; `local_linear` with a slope that moves; `bsm` with a season besides.
        period: periods in the season of `bsm`, at most 52.
        horizon: periods to forecast.
        levels: probabilities of the prediction intervals.

    Raises:
        InsufficientData: fewer values than the diffuse start takes up, and five more.
        InvalidInput: values that do not vary.
        LimitExceeded: a season over 52 periods, or more than 10000 values.
        NotConverged: no maximum of the likelihood was found.

    Source: Durbin & Koopman, Time Series Analysis by State Space Methods (2012), sections 2.10, 3.2 and 5.2.
    """
    import numpy as np
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    if model == "bsm" and period > LONGEST_SEASON:
        raise LimitExceeded("period", LONGEST_SEASON, period, DECOMPOSE_FIRST)
    diffuse = {"local_level": 1, "local_linear": 2, "bsm": 1 + period}[model]
    values = series(y, diffuse + 5, longest=LONGEST)
    middle, scale = float(values.mean()), float(values.std())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is looked at below
        built = UnobservedComponents(
            (values - middle) / scale,
            level="local level" if model == "local_level" else "local linear trend",
            seasonal=period if model == "bsm" else None,
            use_exact_diffuse=True,
        )
        found = _maximum(built)
    if not found.mle_retvals["converged"] or not np.isfinite(found.llf):
        raise NotConverged("y", f"{STEPS} iter.")
    variances = dict(zip(built.param_names, floats(found.params * scale**2), strict=True))
    forecast = None
    if horizon:
        ahead = found.get_forecast(horizon)
        forecast = normal(middle + scale * ahead.predicted_mean, scale * ahead.se_mean, levels)
    level = floats(middle + scale * found.level.smoothed)
    se = floats(scale * np.sqrt(np.maximum(found.level.smoothed_cov, 0)))
    at = tuple(float(i) for i in range(values.size))
    chart = Chart(
        kind="line",
        title=N_("Nivel suavizado"),
        x_label=N_("Periodo"),
        series=(
            Series(name=N_("Observado"), x=at, y=tuple(floats(values))),
            Series(
                name=N_("Nivel"),
                x=at,
                y=tuple(level),
                low=tuple(v - 1.96 * s for v, s in zip(level, se, strict=True)),
                high=tuple(v + 1.96 * s for v, s in zip(level, se, strict=True)),
            ),
        ),
    )
    return Structural(
        method=f"{model}, exact diffuse start, Nelder-Mead",
        library="statsmodels",
        n=values.size,
        sigma2_irregular=variances["sigma2.irregular"],
        sigma2_level=variances["sigma2.level"],
        sigma2_trend=variances.get("sigma2.trend"),
        sigma2_seasonal=variances.get("sigma2.seasonal"),
        loglik=float(found.llf) - (values.size - diffuse) * float(np.log(scale)),
        level=level,
        level_se=se,
        trend=_part(found.trend, scale),
        seasonal=_part(found.seasonal, scale),
        forecast=forecast,
        charts=(chart, fan(values, forecast)) if forecast is not None else (chart,),
    )


def _maximum(model: Any) -> Any:
    """The best of two climbs: from the library's start, and from the likeliest of a grid of variances.

    The likelihood often has a second maximum, where one of the variances vanishes.
    """
    import numpy as np

    grid = [np.array(point) for point in product(*(GRID[name] for name in model.param_names))]
    starts = (model.start_params, max(grid, key=model.loglike))
    climbs = [
        model.fit(start, method="nm", maxiter=STEPS, maxfun=STEPS, xtol=1e-8, ftol=1e-10, disp=False, cov_type="none")
        for start in starts
    ]
    return max(climbs, key=lambda climb: (climb.mle_retvals["converged"], climb.llf))


def _part(component: Any, scale: float) -> list[float]:
    return [] if component is None else floats(scale * component.smoothed)


class Decomposition(Computed):
    """Trend, season and remainder that add up to the series, in its unit.

    Args:
        trend_strength: 0 none, 1 all; None if nothing but the trend's complement varies.
        seasonal_strength: the same of the season.
        weights: of each value under `robust`: near 0 for outliers.
    """

    trend: list[float]
    seasonal: list[float]
    remainder: list[float]
    trend_strength: float | None
    seasonal_strength: float | None
    weights: list[float]


@operation(
    "Descomposición STL en tendencia y estacionalidad",
    examples=(
        "Descompón los siniestros mensuales en tendencia, estacionalidad y resto con STL robusta",
        "STL seasonal decomposition of a monthly series: trend, seasonal, remainder",
    ),
)
def decompose(
    y: Vector,
    period: Annotated[int, Field(ge=2, le=10**6)],
    robust: bool = False,
    seasonal_window: Annotated[int, Field(ge=7, le=10_001)] = 7,
    trend_window: Annotated[int, Field(ge=3, le=1_000_001)] | None = None,
) -> Decomposition:
    """Decompose a series by loess into trend, season and remainder.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit, at least two periods.
        period: periods in a season: 12 for months, 7 for days.
        robust: whether outliers are weighed down.
        seasonal_window: odd number of seasons over which each month's season is smoothed; the larger, the more fixed.
        trend_window: odd number of periods over which the trend is smoothed; None for the source's least.

    Raises:
        InsufficientData: fewer values than two periods.
        InvalidInput: a window that is even, or not over the period for the trend; no variation.
        LimitExceeded: more than 100000 values.

    Source: Cleveland, Cleveland, McRae & Terpenning, STL, Journal of Official Statistics 6 (1990), section 3;
    strengths: Wang, Smith & Hyndman, Data Mining and Knowledge Discovery 13 (2006).
    """
    from statsmodels.tsa.seasonal import STL

    for name, window in (("seasonal_window", seasonal_window), ("trend_window", trend_window)):
        if window is not None and window % 2 == 0:
            raise InvalidInput(name, N_("debe ser impar"))
    if trend_window is not None and trend_window <= period:
        raise InvalidInput("trend_window", N_("debe ser mayor que el periodo"))
    values = series(y, 2 * period)
    scale = float(values.std())
    found = STL(values / scale, period=period, seasonal=seasonal_window, trend=trend_window, robust=robust).fit()
    trend, season, rest = scale * found.trend, scale * found.seasonal, scale * found.resid
    at = tuple(float(i) for i in range(values.size))

    def line(title: str, part: "NDArray[np.float64]") -> Chart:
        shown = (Series(name=title, x=at, y=tuple(floats(part))),)
        return Chart(kind="line", title=title, x_label=N_("Periodo"), series=shown)

    return Decomposition(
        method=f"STL, seasonal window {seasonal_window}" + (", robust" if robust else ""),
        library="statsmodels",
        n=values.size,
        trend=floats(trend),
        seasonal=floats(season),
        remainder=floats(rest),
        trend_strength=_strength(rest, trend),
        seasonal_strength=_strength(rest, season),
        weights=floats(found.weights),
        charts=(
            line(N_("Serie"), values),
            line(N_("Tendencia"), trend),
            line(N_("Estacionalidad"), season),
            line(N_("Resto"), rest),
        ),
    )


def _strength(rest: "NDArray[np.float64]", part: "NDArray[np.float64]") -> float | None:
    both = float((part + rest).var())
    return max(0.0, 1 - float(rest.var()) / both) if both > 0 else None
