"""Exact maximum likelihood of a regression whose errors are a seasonal ARIMA: shared by several operations.

Estimation differences the series itself (`simple_differencing`): the approximate diffuse start of the
library else moves the estimates away from the exact ones. Forecasts then come from the whole model
with an exact diffuse start, at the same parameters. Everything is computed in units of the
differenced series, so that the optimiser and the start see numbers of order one.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.arrays import require_independent
from engines.contract import Caution
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged
from engines.statistical.time_series.forecasts import Forecast, normal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Lags = Annotated[int, Field(ge=0, le=10)]
Order = tuple[Lags, Annotated[int, Field(ge=0, le=2)], Lags]
SeasonalLags = Annotated[int, Field(ge=0, le=3)]
Seasonal = tuple[SeasonalLags, Annotated[int, Field(ge=0, le=1)], SeasonalLags, Annotated[int, Field(ge=1, le=10**6)]]
LONGEST_SEASON: Final = 52
FOURIER: Final = N_("use términos de Fourier (fourier_period y fourier_terms) en vez de un orden estacional")
UNVARIED: Final = N_("una vez diferenciada no varía: no queda nada que ajustar")
LEFT_OVER: Final = N_("los residuos siguen correlacionados (Ljung-Box, p = {p}): el orden no recoge toda la serie")
STEPS: Final = 1000


@dataclass(frozen=True)
class Fitted:
    """A converged fit, in the units of the series."""

    names: list[str]
    params: "Floats"
    covariance: "Floats"
    sigma2: float
    loglik: float
    n_used: int
    residuals: "Floats"
    predict: Any

    def value(self, name: str) -> float:
        """The coefficient called `name`."""
        return float(self.params[self.names.index(name)])

    def se(self) -> dict[str, float | None]:
        """Standard errors by name; None where the likelihood is flat."""
        import numpy as np

        found = np.diag(self.covariance)
        return {
            name: float(np.sqrt(v)) if np.isfinite(v) and v > 0 else None
            for name, v in zip(self.names, found, strict=True)
        }


def check_season(seasonal: Seasonal | None, argument: str = "seasonal_order") -> None:
    """Refuse seasons that a seasonal ARIMA cannot carry.

    Raises:
        InvalidInput: seasonal terms with a period of one.
        LimitExceeded: a period over 52, whose state takes gigabytes.
    """
    if seasonal is None:
        return
    if seasonal[3] > LONGEST_SEASON:
        raise LimitExceeded(argument, LONGEST_SEASON, seasonal[3], FOURIER)
    if seasonal[3] < 2:
        raise InvalidInput(argument, N_("el periodo estacional debe ser 2 o más"))


def differenced(values: "Floats", d: int, seasonal: Seasonal | None) -> "Floats":
    """`values` (by rows) after `d` differences and the seasonal one."""
    import numpy as np

    if seasonal is not None and seasonal[1]:
        values = values[seasonal[3] :] - values[: -seasonal[3]]
    return np.diff(values, n=d, axis=0)


def fit(values: "Floats", order: Order, seasonal: Seasonal | None, design: "Floats", names: list[str]) -> Fitted:
    """Fit by exact maximum likelihood.

    Args:
        values: (n,) series, already transformed.
        order: autoregressive lags, differences, moving average lags.
        seasonal: the same for the season, and its period.
        design: (n, k) regressors, among them `const` if the mean is estimated.
        names: their names.

    Raises:
        InsufficientData: fewer values than coefficients and what differences lose.
        InvalidInput: nothing varies after differencing.
        NotConverged: the likelihood has no maximum that was found.
        SingularMatrix: regressors that repeat each other, or that differencing removes.
    """
    import numpy as np
    from numpy.linalg import LinAlgError
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    check_season(seasonal)
    p, d, q = order
    seasons = seasonal or (0, 0, 0, 0)
    lost = d + seasons[1] * seasons[3]
    coefficients = p + q + seasons[0] + seasons[2] + design.shape[1]
    # A seasonal lag needs its season at least once in what is left.
    need = lost + max(coefficients + 3, (seasons[0] + seasons[2]) * seasons[3] + 2)
    if values.size < need:
        raise InsufficientData("y", need, int(values.size))
    left = differenced(values, d, seasonal)
    scale = float(left.std())
    if scale <= 1e-12 * float(np.abs(values).max()) or scale == 0:
        raise InvalidInput("y", UNVARIED)
    if design.shape[1]:
        require_independent(differenced(design, d, seasonal), "xreg", names)
    centred, widths, middle, middles = _standard(values, design, names, scale)
    both: dict[str, Any] = {"order": (p, d, q), "seasonal_order": seasons}
    exog = centred if design.shape[1] else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starting values and line searches: convergence is looked at below
        model = SARIMAX((values - middle) / scale, exog, simple_differencing=True, concentrate_scale=True, **both)
        try:
            found = _maximum(model)
            covariance = _covariance(model, found.params)
        except (LinAlgError, ValueError) as error:
            raise NotConverged("y", type(error).__name__) from error
        whole = SARIMAX((values - middle) / scale, exog, use_exact_diffuse=True, **both)
        filtered = whole.filter(np.append(found.params, found.scale))
    turn, shift = _units(found.params.size, design.shape[1], names, scale, widths, middle, middles)

    def predict(steps: int, future: "Floats", levels: tuple[float, ...]) -> Forecast:
        ahead = (future - middles) / widths if design.shape[1] else None
        expected = filtered.get_forecast(steps, exog=ahead)
        return normal(middle + scale * expected.predicted_mean, scale * expected.se_mean, levels)

    return Fitted(
        names=[*names, *_names(order, seasons)],
        params=turn @ found.params + shift,
        covariance=turn @ covariance @ turn.T,
        sigma2=float(found.scale) * scale**2,
        loglik=float(found.llf) - left.shape[0] * float(np.log(scale)),
        n_used=int(left.shape[0]),
        residuals=np.asarray(found.resid, dtype=float) * scale,
        predict=predict,
    )


def ljung_box(found: Fitted, order: Order, seasonal: Seasonal | None) -> float | None:
    """The probability of residuals as correlated as these if the model holds; None of short series."""
    from statsmodels.stats.diagnostic import acorr_ljungbox

    seasons = seasonal or (0, 0, 0, 1)
    dynamic = order[0] + order[2] + seasons[0] + seasons[2]
    lags = min(2 * seasons[3] if seasons[3] > 1 else 10, found.residuals.size // 5)
    if lags <= dynamic:
        return None
    p = float(acorr_ljungbox(found.residuals, lags=[lags], model_df=dynamic)["lb_pvalue"].iloc[0])
    return p if p == p else None


def left_over(p: float | None) -> tuple[Caution, ...]:
    """A caution where `ljung_box` says that the model leaves something in its residuals."""
    return (Caution(text=LEFT_OVER, values={"p": round(p, 4)}),) if p is not None and p < 0.05 else ()


def _maximum(model: Any) -> Any:
    """The maximum, looked for twice: the simplex goes on where the gradient stops."""
    if not model.k_params:
        return model.smooth([])
    found = model.fit(disp=False, maxiter=STEPS, cov_type="none", pgtol=1e-8, factr=1e3)
    if not found.mle_retvals["converged"]:
        found = model.fit(found.params, method="nm", disp=False, maxiter=20 * STEPS, maxfun=20 * STEPS, cov_type="none")
    if not found.mle_retvals["converged"]:
        raise NotConverged("y", f"{found.mle_retvals.get('iterations', STEPS)} iter.")
    return found


def _covariance(model: Any, params: "Floats") -> "Floats":
    """The inverse of the likelihood's curvature at its maximum, by differences of the likelihood itself.

    The library's own differences, complex or of differences, lose it near a unit root of the season. A coefficient
    at the end of its range, where a difference steps outside, has none: it is held, and its row is zero.
    """
    import numpy as np
    from statsmodels.tools.numdiff import approx_hess3

    covariance = np.zeros((params.size, params.size))
    if params.size:
        curvature = -np.nan_to_num(approx_hess3(params, model.loglike), posinf=0.0, neginf=0.0)
        inside = np.flatnonzero(np.diag(curvature) > 0)
        block = np.ix_(inside, inside)
        covariance[block] = np.linalg.pinv(curvature[block])
    return covariance


def _standard(
    values: "Floats", design: "Floats", names: list[str], scale: float
) -> "tuple[Floats, Floats, float, Floats]":
    """The design in standard units; with a mean to estimate, everything is centred on it."""
    import numpy as np

    has_mean = "const" in names
    constant = np.array([name == "const" for name in names], dtype=bool)
    middles = np.where(constant, 0.0, design.mean(axis=0)) if has_mean else np.zeros(design.shape[1])
    spread = design.std(axis=0) if design.shape[1] else np.zeros(0)
    widths = np.where(constant | (spread == 0), 1.0, spread)
    middle = float(values.mean()) if has_mean else 0.0
    return (design - middles) / widths, widths, middle, middles


def _units(
    size: int, k: int, names: list[str], scale: float, widths: "Floats", middle: float, middles: "Floats"
) -> "tuple[Floats, Floats]":
    """The linear map from standard coefficients to those in the units of the series."""
    import numpy as np

    turn, shift = np.eye(size), np.zeros(size)
    for j in range(k):
        turn[j, j] = scale / widths[j]
    if "const" in names:
        at = names.index("const")
        shift[at] = middle
        for j in range(k):
            if j != at:
                turn[at, j] = -turn[j, j] * middles[j]
    return turn, shift


def _names(order: Order, seasons: tuple[int, ...]) -> list[str]:
    return [
        *(f"ar{i + 1}" for i in range(order[0])),
        *(f"ma{i + 1}" for i in range(order[2])),
        *(f"sar{i + 1}" for i in range(seasons[0])),
        *(f"sma{i + 1}" for i in range(seasons[2])),
    ]
