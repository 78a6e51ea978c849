"""Exponential smoothing (*alisado exponencial*): of a form that is given, or found."""

import warnings
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.contract import Caution, Computed, Part, Seed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.running import report
from engines.statistical.time_series.forecasts import (
    Forecast,
    Horizon,
    Interval,
    Levels,
    fan,
    floats,
    positive,
    series,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST_SEASON: Final = 24  # of a smoothing model: each season is a coefficient
PATHS: Final = 2000
SEARCHED: Final = 5_000  # values that a search over forms may take
DECOMPOSE: Final = N_("use un ARIMA con términos de Fourier, o descomponga antes la serie")
NARROW: Final = N_("los intervalos son simulados con {n} trayectorias")

Season = Annotated[int, Field(ge=1, le=10**6)]


class Smoothing(Computed):
    """A fitted exponential smoothing with its forecast, in the unit of the series.

    Args:
        beta: of the trend, as in the state equation (that of Holt's recursion times alpha); None without trend.
        seasonal0: the season before the first value, the oldest first.
        forecast1: the first step ahead.
    """

    alpha: float
    beta: float | None
    gamma: float | None
    phi: float | None
    level0: float
    trend0: float | None
    seasonal0: list[float]
    sse: float
    loglik: float
    aic: float
    forecast1: float
    forecast: Forecast


@operation(
    "Alisado exponencial (Holt-Winters)",
    examples=(
        "Prevé los recibos de los próximos 12 meses con alisado exponencial Holt-Winters",
        "Holt-Winters exponential smoothing with damped trend and seasonality, forecast with intervals",
    ),
    heavy=True,
)
def exp_smoothing(
    y: Vector,
    trend: Literal["add"] | None = None,
    seasonal: Literal["add", "mul"] | None = None,
    season_length: Season = 12,
    damped: bool = False,
    error: Literal["add", "mul"] = "add",
    horizon: Horizon = 12,
    levels: Levels = (0.8, 0.95),
    seed: Seed = 0,
) -> Smoothing:
    """Fit simple, Holt's or Holt-Winters' smoothing by maximum likelihood, and forecast.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit; positive under `mul`.
        trend: `add` for a straight trend.
        seasonal: `add` or `mul` for a season added to, or multiplying, the level.
        season_length: periods in a season, 2 to 24; not used without a season.
        damped: whether the trend fades out.
        error: whether the error is added to the level or a share of it.
        horizon: periods to forecast.
        levels: probabilities of the prediction intervals.
        seed: of the simulated intervals, which multiplicative models need.

    Raises:
        InsufficientData: fewer values than the model has coefficients, or than two seasons.
        InvalidInput: `damped` without trend; values that are not positive under `mul`; no variation.
        LimitExceeded: a season over 24 periods, or more than 100000 values.
        NotConverged: no maximum of the likelihood was found.

    Source: Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential Smoothing: The State Space Approach
    (2008), chapters 2, 5 and 6; Hyndman & Athanasopoulos, Forecasting: Principles and Practice (2018), chapter 7.
    """
    import numpy as np

    if damped and trend is None:
        raise InvalidInput("damped", N_("solo tiene sentido con tendencia (trend)"))
    m = _season(season_length, seasonal)
    values = series(y, max(4 + (2 if trend else 0) + damped, 2 * m + 3 if m > 1 else 0))
    multiplies = "mul" in (seasonal, error)
    if multiplies:
        positive(values)
    scale = float(values.std())
    fitted = fit(values / scale, error, trend, damped, seasonal, m)
    named = dict(zip(fitted.model.param_names, floats(fitted.params), strict=True))
    forecast = predicted(fitted, values.size, horizon, levels, scale, seed)
    unit = 1.0 if seasonal == "mul" else scale
    # The library counts the seasons backwards from the first value.
    season0 = [unit * named[f"initial_seasonal.{i}"] for i in reversed(range(m))] if seasonal else []
    exact = fitted.model.short_name in EXACT
    return Smoothing(
        method=f"ETS({fitted.model.short_name}), maximum likelihood",
        library="statsmodels",
        n=values.size,
        seed=None if exact else seed,
        alpha=named["smoothing_level"],
        beta=named.get("smoothing_trend"),
        gamma=named.get("smoothing_seasonal"),
        phi=named.get("damping_trend"),
        level0=scale * named["initial_level"],
        trend0=scale * named["initial_trend"] if trend else None,
        seasonal0=season0,
        sse=float(np.sum((values - scale * np.asarray(fitted.fittedvalues)) ** 2)),
        loglik=float(fitted.llf) - values.size * float(np.log(scale)),
        aic=float(fitted.aic) + 2 * values.size * float(np.log(scale)),
        forecast1=forecast.point[0],
        forecast=forecast,
        warnings=() if exact else (Caution(text=NARROW, values={"n": PATHS}),),
        charts=(fan(values, forecast),),
    )


EXACT: Final = ("ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA")


def fit(values: "Floats", error: str, trend: str | None, damped: bool, seasonal: str | None, m: int) -> Any:
    """A converged ETS model of `values`, which must be in units of one.

    Raises:
        NotConverged: no maximum of the likelihood was found.
    """
    import numpy as np
    import pandas as pd
    from numpy.linalg import LinAlgError
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is looked at below
        try:
            model = ETSModel(
                pd.Series(values), error=error, trend=trend, damped_trend=damped, seasonal=seasonal,
                seasonal_periods=m if seasonal else None,
            )  # fmt: skip
            found = model.fit(disp=False, maxiter=3000)
        except (LinAlgError, ValueError, FloatingPointError) as problem:
            raise NotConverged("y", type(problem).__name__) from problem
    if not found.mle_retvals["converged"] or not np.isfinite(found.llf):
        raise NotConverged("y", "ETS")
    return found


def predicted(fitted: Any, n: int, horizon: int, levels: Levels, scale: float, seed: int) -> Forecast:
    """What an ETS model expects, with exact intervals where there is a formula, else simulated ones."""
    import numpy as np

    point = np.asarray(fitted.forecast(horizon), dtype=float)
    found = []
    if fitted.model.short_name in EXACT:
        ahead = fitted.get_prediction(start=n, end=n + horizon - 1)
        for level in sorted(levels):
            frame = ahead.summary_frame(alpha=1 - level)
            low, high = (scale * frame[name].to_numpy() for name in ("pi_lower", "pi_upper"))
            found.append(Interval(level=level, low=floats(low), high=floats(high)))
    else:
        paths = fitted.simulate(horizon, anchor="end", repetitions=PATHS, rng=np.random.default_rng(seed))
        paths = np.asarray(paths, dtype=float).reshape(horizon, PATHS)
        for level in sorted(levels):
            low, high = scale * np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=1)
            found.append(Interval(level=level, low=floats(low), high=floats(high)))
    return Forecast(point=floats(scale * point), intervals=found)


def _season(length: int, seasonal: str | None, argument: str = "season_length") -> int:
    if seasonal is None:
        return 1
    if length > LONGEST_SEASON:
        raise LimitExceeded(argument, LONGEST_SEASON, length, DECOMPOSE)
    if length < 2:
        raise InvalidInput(argument, N_("el periodo estacional debe ser 2 o más"))
    return length


class Candidate(Part):
    """A form that was tried, with its criterion."""

    model: str
    aicc: float


class AutoSmoothing(Computed):
    """The exponential smoothing that a search chose, with its forecast in the unit of the series.

    Args:
        candidates: all forms that could be fitted, the best first.
    """

    model: str
    alpha: float
    beta: float | None
    gamma: float | None
    phi: float | None
    loglik: float
    aic: float
    aicc: float
    bic: float
    candidates: list[Candidate]
    forecast: Forecast


@operation(
    "Alisado exponencial automático (ETS)",
    examples=(
        "Elige automáticamente el modelo ETS de alisado exponencial para los siniestros mensuales y prevé un año",
        "Automatic ETS model selection and forecast with prediction intervals",
    ),
    heavy=True,
)
def auto_ets(
    y: Vector, season_length: Season = 1, horizon: Horizon = 12, levels: Levels = (0.8, 0.95), seed: Seed = 0
) -> AutoSmoothing:
    """Choose among the exponential smoothing models by AICc, and forecast.

    Fitted are all forms with an additive trend, damped or not, or none, a season that adds or multiplies,
    and an error that adds or multiplies, but for an error that adds to a season that multiplies, which is
    unstable; forms that multiply need positive values.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit; at least 10, and two seasons.
        season_length: periods in a season, at most 24: 12 for months, 4 for quarters, 1 without a season.
        horizon: periods to forecast.
        levels: probabilities of the prediction intervals.
        seed: of the simulated intervals, which models with multiplicative errors need.

    Raises:
        InsufficientData: fewer than ten values, or than two seasons.
        InvalidInput: values that do not vary.
        LimitExceeded: a season over 24 periods, or more than 5000 values.
        NotConverged: no form could be fitted.

    Source: Hyndman & Khandakar, Automatic Time Series Forecasting: the forecast package for R,
    Journal of Statistical Software 27(3) (2008), section 2; Hyndman, Koehler, Ord & Snyder, Forecasting with
    Exponential Smoothing (2008), section 7.2.
    """
    import numpy as np

    m = _season(season_length, "any" if season_length > 1 else None)
    values = series(y, max(10, 2 * m + 5), longest=SEARCHED)
    scale = float(values.std())
    if scale <= 1e-13 * float(np.abs(values).max()):
        raise InvalidInput("y", N_("apenas varía frente a su nivel: réstele una constante"))
    tried: list[tuple[float, Any]] = []
    forms = _forms(m > 1, bool(values.min() > 0))
    for done, (error, trend, damped, seasonal) in enumerate(forms):
        try:
            found = fit(values / scale, error, trend, damped, seasonal, m)
        except NotConverged:
            continue
        finally:
            report(done + 1, len(forms))
        if np.isfinite(found.aicc):
            tried.append((float(found.aicc), found))
    if not tried:
        raise NotConverged("y", "ETS")
    tried.sort(key=lambda pair: pair[0])
    best = tried[0][1]
    named = dict(zip(best.model.param_names, floats(best.params), strict=True))
    shift = 2 * values.size * float(np.log(scale))
    forecast = predicted(best, values.size, horizon, levels, scale, seed)
    exact = best.model.short_name in EXACT
    return AutoSmoothing(
        method=f"least AICc of {len(forms)} forms",
        library="statsmodels",
        n=values.size,
        seed=None if exact else seed,
        model=f"ETS({best.model.short_name})",
        alpha=named["smoothing_level"],
        beta=named.get("smoothing_trend"),
        gamma=named.get("smoothing_seasonal"),
        phi=named.get("damping_trend"),
        loglik=float(best.llf) - shift / 2,
        aic=float(best.aic) + shift,
        aicc=float(best.aicc) + shift,
        bic=float(best.bic) + shift,
        candidates=[Candidate(model=f"ETS({f.model.short_name})", aicc=aicc + shift) for aicc, f in tried],
        forecast=forecast,
        warnings=() if exact else (Caution(text=NARROW, values={"n": PATHS}),),
        charts=(fan(values, forecast),),
    )


def _forms(season: bool, positive_values: bool) -> list[tuple[str, str | None, bool, str | None]]:
    """Error, trend, damping and season of each form to try."""
    return [
        (error, trend, damped, seasonal)
        for error in (("add", "mul") if positive_values else ("add",))
        for trend, damped in ((None, False), ("add", False), ("add", True))
        for seasonal in ((None, "add", "mul") if season else (None,))
        if not (seasonal == "mul" and error == "add")
    ]
