"""How good would the forecasts have been? Each model is made to forecast what is already known."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, NotConverged
from engines.running import report
from engines.statistical.time_series import sarimax, smoothing
from engines.statistical.time_series.forecasts import Forecast, floats, normal, positive, series
from engines.statistical.time_series.sarimax import Order, Seasonal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Model = Literal["naive", "seasonal_naive", "drift", "mean", "ses", "holt", "holt_winters", "arima"]
LONGEST: Final = 10_000
WORSE: Final = N_("el modelo no mejora al ingenuo (MASE de {mase}): use el último valor, o el de hace un año")


class StepError(Part):
    """Errors of the forecasts so many steps ahead, over all folds."""

    step: int
    mae: float
    rmse: float
    bias: float
    coverage: float


class Evaluation(Computed):
    """Errors of rolling forecasts; `mae`, `rmse` and `bias` in the unit of the series, the rest without one.

    Args:
        bias: mean of forecast minus value: positive if it forecasts too much.
        mape: mean absolute error as a share of the value; None if a value is zero.
        mase: mean absolute error over that of the (seasonal) naive forecast in the past of each fold.
        coverage: share of values inside the prediction interval; should be near `level`.
    """

    model: str
    folds: int
    mae: float
    rmse: float
    bias: float
    mape: float | None
    mase: float | None
    coverage: float
    level: float
    by_step: list[StepError]


@operation(
    "Evaluación de previsiones con origen móvil",
    examples=(
        "¿Qué error habría tenido el modelo Holt-Winters al prever los últimos seis meses? Calcula MAE y MASE",
        "Backtest a forecasting model by rolling origin: MAE, RMSE, MASE and interval coverage",
    ),
    heavy=True,
)
def forecast_evaluate(
    y: Vector,
    model: Model = "naive",
    horizon: Annotated[int, Field(ge=1, le=100)] = 1,
    folds: Annotated[int, Field(ge=1, le=500)] = 10,
    season_length: Annotated[int, Field(ge=1, le=52)] = 1,
    order: Order = (0, 1, 1),
    seasonal_order: Seasonal | None = None,
    seasonal: Literal["add", "mul"] = "add",
    level: Level = 0.95,
) -> Evaluation:
    """Let a model forecast the last values of a series from what came before, and compare.

    The origin moves one value at a time; the last fold ends at the last value. Every fold fits the model anew.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit.
        model: `naive` last value; `seasonal_naive` that of a season before; `drift` last value and mean change;
            `mean`; `ses`, `holt`, `holt_winters` exponential smoothing; `arima` of the orders given.
        horizon: steps ahead of each forecast.
        folds: how many origins.
        season_length: periods in a season; also of the naive forecast that MASE compares with.
        order: p, d, q of `arima`.
        seasonal_order: P, D, Q and period of `arima`.
        seasonal: whether the season of `holt_winters` adds or multiplies.
        level: probability of the prediction interval whose coverage is measured.

    Raises:
        InsufficientData: the first fold would have too little past.
        InvalidInput: a model with a season and `season_length` of 1, or values it cannot take.
        NotConverged: a fold could not be fitted.

    Source: Tashman, Out-of-sample tests of forecasting accuracy, International Journal of Forecasting 16
    (2000); MASE: Hyndman & Koehler, International Journal of Forecasting 22 (2006), eq. 3; naive intervals:
    Hyndman & Athanasopoulos, Forecasting: Principles and Practice (2018), section 3.5.
    """
    import numpy as np

    if model in ("seasonal_naive", "holt_winters") and season_length < 2:
        raise InvalidInput("season_length", N_("este modelo necesita el periodo estacional (2 o más)"))
    values = series(y, 3, longest=LONGEST)
    if model == "holt_winters" and seasonal == "mul":
        positive(values)
    first = values.size - horizon - folds + 1
    need = {"naive": 3, "drift": 3, "mean": 3, "ses": 4, "holt": 6, "arima": 3}.get(model, 2 * season_length + 3)
    need = max(need, season_length + 1)
    if first < need:
        raise InsufficientData("y", need + horizon + folds - 1, int(values.size))
    forecaster = _forecaster(model, season_length, order, seasonal_order, seasonal)
    errors, inside, scaled = [], [], []
    for fold in range(folds):
        past, future = values[: first + fold], values[first + fold : first + fold + horizon]
        forecast = forecaster(past, horizon, level)
        interval = forecast.intervals[0]
        errors.append(np.asarray(forecast.point) - future)
        inside.append((future >= np.asarray(interval.low)) & (future <= np.asarray(interval.high)))
        naive = float(np.abs(past[season_length:] - past[:-season_length]).mean())
        scaled.append(np.abs(errors[-1]) / naive if naive > 0 else None)
        report(fold + 1, folds)
    wrong, hit = np.array(errors), np.array(inside)
    truth = np.array([values[first + f : first + f + horizon] for f in range(folds)])
    there = [s for s in scaled if s is not None]
    mase = float(np.mean(there)) if len(there) == len(scaled) else None
    cautions = (
        (Caution(text=WORSE, values={"mase": round(mase, 3)}),)
        if mase is not None and mase > 1 and horizon == 1
        else ()
    )
    at = tuple(float(i) for i in range(first, first + folds))
    return Evaluation(
        method=f"rolling origin, {folds} folds",
        library="statsmodels" if model in ("ses", "holt", "holt_winters", "arima") else "",
        n=values.size,
        model=model,
        folds=folds,
        mae=float(np.abs(wrong).mean()),
        rmse=float(np.sqrt((wrong**2).mean())),
        bias=float(wrong.mean()),
        mape=float(np.mean(np.abs(wrong) / np.abs(truth))) if (np.abs(truth) > 0).all() else None,
        mase=mase,
        coverage=float(hit.mean()),
        level=level,
        by_step=[
            StepError(
                step=h + 1,
                mae=float(np.abs(wrong[:, h]).mean()),
                rmse=float(np.sqrt((wrong[:, h] ** 2).mean())),
                bias=float(wrong[:, h].mean()),
                coverage=float(hit[:, h].mean()),
            )
            for h in range(horizon)
        ],
        warnings=cautions,
        charts=(
            Chart(
                kind="line",
                title=N_("Valor y previsión a un paso"),
                x_label=N_("Periodo"),
                series=(
                    Series(name=N_("Observado"), x=at, y=tuple(floats(truth[:, 0]))),
                    Series(name=N_("Previsión"), x=at, y=tuple(floats((truth + wrong)[:, 0]))),
                ),
            ),
        ),
    )


Forecaster = Callable[["Floats", int, float], Forecast]


def _forecaster(
    model: Model, m: int, order: Order, seasonal_order: Seasonal | None, seasonal: Literal["add", "mul"]
) -> Forecaster:
    """The model as a function of the past."""
    import numpy as np

    def arima(past: "Floats", horizon: int, level: float) -> Forecast:
        still = order[1] == 0 and (seasonal_order is None or seasonal_order[1] == 0)
        design, names = (np.ones((past.size, 1)), ["const"]) if still else (np.zeros((past.size, 0)), [])
        if np.ptp(past) == 0:
            raise NotConverged("y", "y[t] = y[t-1]")
        ahead = np.ones((horizon, design.shape[1]))
        found: Forecast = sarimax.fit(past, order, seasonal_order, design, names).predict(horizon, ahead, (level,))
        return found

    def smooth(trend: str | None, season: str | None) -> Forecaster:
        def forecast(past: "Floats", horizon: int, level: float) -> Forecast:
            scale = float(past.std())
            if scale == 0:
                raise NotConverged("y", "y[t] = y[t-1]")
            fitted = smoothing.fit(past / scale, "add", trend, False, season, m)
            return smoothing.predicted(fitted, past.size, horizon, (level,), scale, 0)

        return forecast

    def simple(past: "Floats", horizon: int, level: float) -> Forecast:
        return _simple(model, m, past, horizon, level)

    table: dict[str, Forecaster] = {
        "arima": arima,
        "ses": smooth(None, None),
        "holt": smooth("add", None),
        "holt_winters": smooth("add", seasonal),
    }
    return table.get(model, simple)


def _simple(model: Model, m: int, past: "Floats", horizon: int, level: float) -> Forecast:
    """The benchmark forecasts and their errors, of section 3.5 of the source."""
    import numpy as np

    steps = np.arange(1, horizon + 1)
    n = past.size
    residuals: Any
    if model == "mean":
        residuals = past - past.mean()
        point, growth = np.full(horizon, past.mean()), np.full(horizon, np.sqrt(1 + 1 / n))
        return normal(point, growth * np.sqrt((residuals**2).sum() / (n - 1)), (level,))
    if model == "seasonal_naive":
        residuals = past[m:] - past[:-m]
        point, growth = past[n - m + (steps - 1) % m], np.sqrt((steps - 1) // m + 1)
    elif model == "drift":
        slope = (past[-1] - past[0]) / (n - 1)
        residuals = np.diff(past) - slope
        point, growth = past[-1] + slope * steps, np.sqrt(steps * (1 + steps / (n - 1)))
        return normal(point, growth * np.sqrt((residuals**2).sum() / max(n - 2, 1)), (level,))
    else:
        residuals = np.diff(past)
        point, growth = np.full(horizon, past[-1]), np.sqrt(steps)
    return normal(point, growth * np.sqrt((residuals**2).mean()), (level,))
