"""ARIMA: of an order that is given, or found."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import matrix
from engines.contract import Caution, Computed, Matrix, Positive, Vector, operation
from engines.errors import N_, EngineError, InvalidInput, LimitExceeded, NotConverged
from engines.statistical.time_series.forecasts import (
    Forecast,
    Horizon,
    Interval,
    Levels,
    exponentiated,
    fan,
    floats,
    positive,
    series,
    widened,
)
from engines.statistical.time_series.sarimax import (
    FOURIER,
    LONGEST_SEASON,
    Fitted,
    Order,
    Seasonal,
    check_season,
    fit,
    left_over,
    ljung_box,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEARCHED: Final = 5_000  # values that a search over orders may take
ROUGH: Final = N_("hay pocos valores para este orden: los coeficientes son aproximados y no tienen error estándar")
MEDIAN: Final = N_("la previsión de una serie en logaritmos es la mediana, no la media")


class Arima(Computed):
    """A fitted ARIMA with its forecast, in the units of the series (of its logarithm under `log`).

    Args:
        mean: of the series, if it was estimated; also `const` among the coefficients.
        sigma2: variance of the innovations.
        ljung_box_p: probability of residuals as correlated as these if the model holds; None of short series.
    """

    params: dict[str, float]
    se: dict[str, float | None]
    ar: list[float]
    ma: list[float]
    sar: list[float]
    sma: list[float]
    mean: float | None
    sigma2: float
    loglik: float
    aic: float
    aicc: float | None
    bic: float
    ljung_box_p: float | None
    forecast: Forecast | None


@operation(
    "Modelo ARIMA",
    examples=(
        "Ajusta un ARIMA(0,1,1)(0,1,1)12 al logaritmo de los siniestros mensuales y prevé 12 meses",
        "Fit a seasonal ARIMA (Box-Jenkins airline model) with regressors and forecast with prediction intervals",
    ),
    heavy=True,
)
def fit_arima(
    y: Vector,
    order: Order,
    seasonal_order: Seasonal | None = None,
    xreg: Matrix | None = None,
    xreg_future: Matrix | None = None,
    include_mean: bool = True,
    include_drift: bool = False,
    transform: Literal["none", "log"] = "none",
    fourier_period: Positive | None = None,
    fourier_terms: Annotated[int, Field(ge=0, le=20)] = 0,
    horizon: Annotated[int, Field(ge=0, le=1000)] = 0,
    levels: Levels = (0.8, 0.95),
) -> Arima:
    """Fit a regression with seasonal ARIMA errors by exact maximum likelihood, and forecast it.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit.
        order: p, d, q: autoregressive lags, differences, moving average lags.
        seasonal_order: P, D, Q and the period of the season, at most 52; longer seasons take Fourier terms.
        xreg: (n, k) regressors, one row a period.
        xreg_future: (horizon, k) their values in the periods to forecast.
        include_mean: whether the mean is estimated; ignored with differences, as it vanishes.
        include_drift: whether a straight trend is estimated; with differences this is the drift.
        transform: `log` fits the logarithm; coefficients, sigma2 and likelihood are then of the logarithm.
        fourier_period: length of a long season in periods, such as 365.25 for days.
        fourier_terms: pairs of sine and cosine of that season.
        horizon: periods to forecast.
        levels: probabilities of the prediction intervals.

    Raises:
        InsufficientData: fewer values than the orders need.
        InvalidInput: values that the transformation or the differences cannot take; regressors of another length.
        LimitExceeded: a seasonal period over 52, or more than 100000 values.
        NotConverged: no maximum of the likelihood was found.
        SingularMatrix: regressors that repeat each other.

    Source: Box & Jenkins, Time Series Analysis: Forecasting and Control (1970), chapters 6, 7 and 9; exact
    likelihood by the Kalman filter, Gardner, Harvey & Phillips, Applied Statistics 29 (1980), AS 154; Fourier
    terms, Hyndman & Athanasopoulos, Forecasting: Principles and Practice (2018), section 9.5.
    """
    import numpy as np

    check_season(seasonal_order)
    values = series(y, 3)
    worked = np.log(positive(values)) if transform == "log" else values
    undifferenced = order[1] == 0 and (seasonal_order is None or seasonal_order[1] == 0)
    columns, names = _regressors(
        values.size, xreg, xreg_future, horizon, include_mean and undifferenced, include_drift, fourier_period,
        fourier_terms,
    )  # fmt: skip
    found = fit(worked, order, seasonal_order, columns[: values.size], names)
    forecast = found.predict(horizon, columns[values.size :], levels) if horizon else None
    cautions = []
    if forecast is not None and transform == "log":
        forecast = exponentiated(forecast)
        cautions.append(Caution(text=MEDIAN))
    p = ljung_box(found, order, seasonal_order)
    cautions += left_over(p)
    return Arima(
        method="exact maximum likelihood, series differenced first",
        library="statsmodels",
        n=values.size,
        **_figures(found, p),
        forecast=forecast,
        warnings=tuple(cautions),
        charts=(fan(values, forecast),) if forecast is not None else (),
    )


def _figures(found: Fitted, ljung_box_p: float | None) -> dict[str, Any]:
    """The fields of `Arima` that say what was fitted; the innovations' variance counts as a coefficient."""
    import numpy as np

    k = found.params.size + 1
    n = found.n_used
    params = dict(zip(found.names, floats(found.params), strict=True))
    aic = 2 * k - 2 * found.loglik

    def of(kind: str) -> list[float]:
        return [v for name, v in params.items() if name.startswith(kind) and name[len(kind) :].isdigit()]

    return {
        "params": params,
        "se": found.se(),
        "ar": of("ar"),
        "ma": of("ma"),
        "sar": of("sar"),
        "sma": of("sma"),
        "mean": params.get("const"),
        "sigma2": found.sigma2,
        "loglik": found.loglik,
        "aic": aic,
        "aicc": aic + 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else None,
        "bic": k * float(np.log(n)) - 2 * found.loglik,
        "ljung_box_p": ljung_box_p,
    }


def _regressors(
    n: int, xreg: Matrix | None, future: Matrix | None, horizon: int, mean: bool, drift: bool,
    period: float | None, terms: int,
) -> "tuple[Floats, list[str]]":  # fmt: skip
    """All regressors of the past and of the periods ahead, with their names."""
    import numpy as np

    time = np.arange(1.0, n + horizon + 1)
    columns: list[Any] = []
    names: list[str] = []
    if mean:
        columns.append(np.ones_like(time))
        names.append("const")
    if drift:
        columns.append(time)
        names.append("drift")
    if terms:
        if period is None or period < 2 * terms:
            raise InvalidInput("fourier_period", N_("debe ser al menos el doble de los términos (fourier_terms)"))
        for j in range(1, terms + 1):
            angle = 2 * np.pi * j * time / period
            columns += [np.sin(angle)] if period == 2 * j else [np.sin(angle), np.cos(angle)]
            names += [f"sin{j}"] if period == 2 * j else [f"sin{j}", f"cos{j}"]
    if xreg is not None:
        past = matrix(xreg, "xreg", least=1)
        if past.shape[0] != n:
            raise InvalidInput("xreg", N_("debe tener una fila por cada valor de la serie"))
        ahead = np.zeros((0, past.shape[1]))
        if horizon:
            ahead = matrix(future if future is not None else [], "xreg_future", least=horizon, columns=past.shape[1])
        columns += list(np.vstack([past, ahead[:horizon]]).T)
        names += [f"x{j + 1}" for j in range(past.shape[1])]
    return (np.column_stack(columns) if columns else np.zeros((n + horizon, 0))), names


class AutoArima(Computed):
    """The ARIMA that a search chose, with its forecast in the unit of the series.

    Args:
        se: by the curvature of the exact likelihood; None where it is flat, or the values too few for it.
        sigma2: variance of the innovations, for the coefficients that were estimated.
        order: p, d, q.
        seasonal_order: P, D, Q and the period.
    """

    model: str
    order: list[int]
    seasonal_order: list[int]
    params: dict[str, float]
    se: dict[str, float | None]
    sigma2: float
    loglik: float
    aic: float
    aicc: float
    bic: float
    forecast: Forecast


@operation(
    "ARIMA automático",
    examples=(
        "Elige automáticamente el mejor modelo ARIMA para las primas mensuales y prevé los próximos 12 meses",
        "Automatic ARIMA order selection (auto.arima) and forecast with 80 % and 95 % intervals",
    ),
    heavy=True,
)
def auto_arima(
    y: Vector,
    season_length: Annotated[int, Field(ge=1, le=10**6)] = 1,
    horizon: Horizon = 12,
    levels: Levels = (0.8, 0.95),
    criterion: Literal["aicc", "aic", "bic"] = "aicc",
) -> AutoArima:
    """Choose the orders of an ARIMA by unit root tests and an information criterion, and forecast it.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit; at least 10, and two seasons.
        season_length: periods in a season, at most 52: 12 for months, 4 for quarters, 1 without a season.
        horizon: periods to forecast.
        levels: probabilities of the prediction intervals.
        criterion: what the search minimises.

    Raises:
        InsufficientData: fewer than ten values, or than two seasons.
        InvalidInput: values that do not vary.
        LimitExceeded: a season over 52 periods, or more than 5000 values.
        NotConverged: no model could be fitted.

    Source: Hyndman & Khandakar, Automatic Time Series Forecasting: the forecast package for R,
    Journal of Statistical Software 27(3) (2008).
    """
    import numpy as np
    from numpy.linalg import LinAlgError
    from statsforecast.models import AutoARIMA

    if season_length > LONGEST_SEASON:
        raise LimitExceeded("season_length", LONGEST_SEASON, season_length, FOURIER)
    values = series(y, max(10, 2 * season_length), longest=SEARCHED)
    middle, scale = float(values.mean()), float(values.std())
    if scale <= 1e-13 * abs(middle):
        raise InvalidInput("y", N_("apenas varía frente a su nivel: réstele una constante"))
    # The search is done in units of one: its optimiser has absolute tolerances.
    exponent = 10.0 ** round(float(np.log10(scale)))
    try:
        with np.errstate(all="ignore"):
            model = AutoARIMA(season_length=season_length, ic=criterion).fit(values / exponent)
            ahead = model.predict(horizon, level=[100 * level for level in levels])
    except (LinAlgError, ValueError, IndexError, ZeroDivisionError) as error:
        raise NotConverged("y", type(error).__name__) from error
    chosen = model.model_
    if not np.isfinite(chosen["loglik"]) or not np.isfinite(ahead["mean"]).all():
        raise NotConverged("y", "AutoARIMA")
    p, q, sp, sq, m, d, sd = (int(v) for v in chosen["arma"])
    kind = f"ARIMA({p},{d},{q})" + (f"({sp},{sd},{sq})[{m}]" if m > 1 else "")
    order, seasonal = (p, d, q), (sp, sd, sq, m) if m > 1 else None
    columns, names = _regressors(
        values.size, None, None, horizon, "intercept" in chosen["coef"], "drift" in chosen["coef"], None, 0
    )
    # The search's own errors are its optimiser's guess of the curvature: often no more than 1/sqrt(n).
    try:
        found = fit(values, order, seasonal, columns[: values.size], names)
    except EngineError:  # an order that so few values carry for the search alone
        figures, forecast = _of_search(chosen, ahead, levels, exponent, values.size - d - sd * m)
        figures["warnings"] = (Caution(text=ROUGH),)
    else:
        figures = _figures(found, ljung_box(found, order, seasonal))
        figures["warnings"] = left_over(figures["ljung_box_p"])
        # As the source prints it, and its intervals have it: for the coefficients that were estimated.
        unbiased = found.n_used / max(found.n_used - found.params.size, 1)
        figures["sigma2"] = found.sigma2 * unbiased
        forecast = widened(found.predict(horizon, columns[values.size :], levels), unbiased**0.5)
    return AutoArima(
        method=f"stepwise search by {criterion}; exact maximum likelihood, series differenced first",
        library="statsforecast, statsmodels",
        n=values.size,
        model=kind,
        order=[p, d, q],
        seasonal_order=[sp, sd, sq, m],
        **{name: figures[name] for name in ("params", "se", "sigma2", "loglik", "aic", "aicc", "bic", "warnings")},
        forecast=forecast,
        charts=(fan(values, forecast),),
    )


def _of_search(
    chosen: Any, ahead: Any, levels: Levels, unit: float, n_used: int
) -> tuple[dict[str, Any], Forecast]:  # fmt: skip
    """What the search's library estimates and predicts, in the unit of the series, without its standard errors."""
    import numpy as np

    def of(key: str) -> list[float]:
        return floats(np.asarray(ahead[key], dtype=float) * unit)

    shift = n_used * float(np.log(unit))
    named = {"const" if name == "intercept" else name: float(v) for name, v in chosen["coef"].items()}
    figures = {
        "params": {name: v * unit if name in ("const", "drift") else v for name, v in named.items()},
        "se": dict.fromkeys(named),
        "sigma2": float(chosen["sigma2"]) * unit**2,
        "loglik": float(chosen["loglik"]) - shift,
        **{name: float(chosen[name]) + 2 * shift for name in ("aic", "aicc", "bic")},
    }
    intervals = [
        Interval(level=level, low=of(f"lo-{100 * level}"), high=of(f"hi-{100 * level}")) for level in sorted(levels)
    ]
    return figures, Forecast(point=of("mean"), intervals=intervals)
