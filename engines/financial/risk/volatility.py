"""Volatility that changes (*volatilidad condicional*): EWMA, one GARCH step, and fitting GARCH."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged

if TYPE_CHECKING:
    from engines.arrays import Floats

Vol = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Return = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Shocks = Literal["normal", "t", "skewt", "ged"]
Errors = Literal["robust", "classic"]
MOST_POINTS: Final = 100_000
NOUGHT: Final = 1e-6  # a coefficient under it sits on its bound
TOLERANCES: Final = (1e-12, 1e-9, 1e-6)
SHOWN: Final = 1000  # points of a line that a chart draws


class Volatility(Computed):
    """Per period, in the unit of the returns: the variance that is expected next, and its root."""

    variance: float
    vol: float
    long_run: float | None = None
    long_run_variance: float | None = None


@operation(
    "Volatilidad EWMA",
    examples=(
        "Actualiza la volatilidad EWMA con lambda 0,94 y la rentabilidad de ayer",
        "EWMA RiskMetrics volatility update from yesterday's volatility and return",
    ),
)
def ewma_vol(
    lambda_: Annotated[float, Field(alias="lambda", gt=0, lt=1, allow_inf_nan=False)] = 0.94,
    vol_prev: Vol | None = None,
    return_prev: Return | None = None,
    returns: Vector | None = None,
) -> Volatility:
    """Update a volatility by the last return, or follow it through a series of returns.

    Args:
        lambda_: decay (called `lambda`): weight of the previous variance; RiskMetrics has 0.94 for days.
        vol_prev: volatility of the last period; with `returns`, that before the first of them (else its
            mean square is taken).
        return_prev: return of the last period; not together with `returns`.
        returns: (n,) successive returns, oldest first.

    Raises:
        InvalidInput: neither a return with its volatility nor a series, or both.
        InsufficientData: an empty series.

    Source: J.P. Morgan/Reuters, RiskMetrics Technical Document (1996), equation 5.3; Hull, Options,
    Futures and Other Derivatives, chapter on estimating volatilities (EWMA).
    """
    from scipy import signal

    if returns is not None:
        if return_prev is not None:
            raise InvalidInput("return_prev", N_("ya está en la serie: dé una u otra"))
        rows = vector(returns, "returns", low=-1e6, high=1e6)
        start = vol_prev**2 if vol_prev is not None else float((rows**2).mean())
        path, _ = signal.lfilter([1 - lambda_], [1, -lambda_], rows**2, zi=[lambda_ * start])
        return Volatility(
            method=f"EWMA, lambda {lambda_:g}",
            library="scipy",
            n=rows.size,
            variance=float(path[-1]),
            vol=math.sqrt(float(path[-1])),
            charts=(_path(path**0.5),),
        )
    if vol_prev is None or return_prev is None:
        missing = "vol_prev" if vol_prev is None else "return_prev"
        raise InvalidInput(missing, N_("dé la volatilidad y la rentabilidad anteriores, o la serie"))
    variance = lambda_ * vol_prev**2 + (1 - lambda_) * return_prev**2
    return Volatility(method=f"EWMA, lambda {lambda_:g}", variance=variance, vol=math.sqrt(variance))


UNSTABLE = N_("Alfa más beta llega a uno: no hay varianza a largo plazo.")
SHORT: Final = 500  # returns, under which the coefficients are biased (Hwang & Valls Pereira 2006)
FEW = N_("Con {n} rentabilidades (menos de {least}) los coeficientes del GARCH son inseguros.")
EDGE = N_(
    "En el borde de lo posible, cero, quedan {names}: sus errores estándar no son de fiar, "
    "y quizá los datos no dan indicios de que la volatilidad cambie."
)
NO_ERRORS = N_("En ese punto no existen los errores estándar ni, con ellos, t y p.")
STOPPED = N_("la búsqueda se detuvo antes de llegar al máximo")


@operation(
    "Actualización GARCH(1,1)",
    examples=(
        "Actualiza la volatilidad GARCH(1,1) de hoy con omega, alfa y beta",
        "GARCH(1,1) volatility update and long-run volatility from omega, alpha, beta",
    ),
)
def garch_update(
    omega: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)],
    alpha: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)],
    beta: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)],
    vol_prev: Vol,
    return_prev: Return,
) -> Volatility:
    """Move a GARCH(1,1) variance one period on, and find the level it returns to.

    Args:
        omega: constant, squared units of the return.
        alpha: weight of the last squared return.
        beta: weight of the last variance.
        vol_prev: volatility of the last period.
        return_prev: return (or residual) of the last period.

    Raises:
        InvalidInput: negative weights, values that are no finite numbers.

    Source: Bollerslev, Journal of Econometrics 31 (1986), equation 3 and theorem 1; Hull, Options, Futures
    and Other Derivatives, chapter on estimating volatilities (GARCH).
    """
    variance = omega + alpha * return_prev**2 + beta * vol_prev**2
    rest = 1 - alpha - beta
    lasting = omega / rest if rest > 1e-12 else None
    return Volatility(
        method="GARCH(1,1)",
        variance=variance,
        vol=math.sqrt(variance),
        long_run=math.sqrt(lasting) if lasting is not None else None,
        long_run_variance=lasting,
        warnings=() if lasting is not None else (Caution(text=UNSTABLE),),
    )


class GarchFit(Computed):
    """Coefficients (`mu`, `omega`, `alpha`, `beta`, `nu`…; numbered from the second order on), their errors.

    Errors are None where the information is not positive, as at the edge of what the coefficients may be.
    `last_vol` is that of the last period, `forecast` the volatilities of the next, `long_run` where they go.
    """

    params: dict[str, float]
    se: dict[str, float | None]
    t: dict[str, float | None]
    p_values: dict[str, float | None]
    loglik: float
    aic: float
    bic: float
    persistence: float
    long_run: float | None
    last_vol: float
    forecast: tuple[float, ...]
    start: float


@operation(
    "Ajuste GARCH",
    examples=(
        "Ajusta un GARCH(1,1) a las rentabilidades diarias en porcentaje y predice la volatilidad",
        "Fit a GARCH(1,1) model with Student t errors to percentage returns",
    ),
    heavy=True,
)
def garch_fit(
    y: Vector,
    mean: Literal["constant", "zero"] = "constant",
    p: Annotated[int, Field(ge=1, le=5)] = 1,
    q: Annotated[int, Field(ge=0, le=5)] = 1,
    dist: Shocks = "normal",
    h0: Literal["sample", "exponential"] = "sample",
    errors: Errors = "robust",
    horizon: Annotated[int, Field(ge=1, le=260)] = 1,
) -> GarchFit:
    """Estimate how the variance of returns depends on past shocks and variances, by maximum likelihood.

    Args:
        y: (n,) returns in their order (percent is usual), n at least 100.
        mean: constant, or zero.
        p: lags of the squared shock (ARCH order).
        q: lags of the variance (GARCH order); 0 for pure ARCH.
        dist: of the shocks: normal, t, skewt or ged.
        h0: where the variance begins: sample (mean squared residual of the fit itself, as in the FCP
            benchmark) or exponential (weighted, the library's own rule).
        errors: robust (Bollerslev-Wooldridge) or classic (inverse Hessian) standard errors.
        horizon: periods ahead to forecast.

    Raises:
        InvalidInput: returns that do not vary.
        InsufficientData: fewer than 100 returns.
        NotConverged: the likelihood has no maximum that the search finds.
        LimitExceeded: more than 100,000 returns.

    Source: Bollerslev, Journal of Econometrics 31 (1986); start value and benchmark, Fiorentini, Calzolari
    & Panattoni, Journal of Applied Econometrics 11 (1996), and McCullough & Renfro, Journal of Economic
    and Social Measurement 25 (1999).
    """
    import numpy as np

    rows = vector(y, "y", least=100, varies=True)
    if rows.size > MOST_POINTS:
        raise LimitExceeded("y", MOST_POINTS, rows.size, N_("use un tramo más corto"))
    # In units of their own deviation the optimiser's tolerances mean the same for every series.
    unit = float(rows.std())
    if not unit > 1e-12 * float(np.abs(rows).max()):
        raise InvalidInput("y", N_("no varía lo bastante para medir su volatilidad"))
    fitted, start = _fit(rows / unit, mean, p, q, dist, h0, errors)
    power = {name: _power(name) for name in fitted.params.index}
    called = {name: _called(name, p, q) for name in fitted.params.index}
    params = {called[name]: float(value) * unit ** power[name] for name, value in fitted.params.items()}
    if not all(math.isfinite(value) for value in params.values()):
        raise NotConverged("y", STOPPED)
    # One variance that is none says that the information is not positive: the others mean nothing either.
    sure = bool(np.isfinite(fitted.std_err).all())
    se = {called[name]: float(v) * unit ** power[name] if sure else None for name, v in fitted.std_err.items()}
    persistence = float(sum(fitted.params[name] for name in fitted.params.index if name.startswith(("alpha", "beta"))))
    lasting = math.sqrt(params["omega"] / (1 - persistence)) if persistence < 1 - 1e-9 else None
    path = np.asarray(fitted.conditional_volatility) * unit
    ahead = np.sqrt(np.asarray(fitted.forecast(horizon=horizon, reindex=False).variance)[-1]) * unit
    loglik = float(fitted.loglikelihood) - rows.size * math.log(unit)
    many = len(params)
    return GarchFit(
        method=f"maximum likelihood, {mean} mean, {dist}; start: {h0}; {errors} errors",
        library="arch",
        n=rows.size,
        params=params,
        se=se,
        t={called[name]: float(value) if sure else None for name, value in fitted.tvalues.items()},
        p_values={called[name]: float(value) if sure else None for name, value in fitted.pvalues.items()},
        loglik=loglik,
        aic=2 * many - 2 * loglik,
        bic=many * math.log(rows.size) - 2 * loglik,
        persistence=persistence,
        long_run=lasting,
        last_vol=float(path[-1]),
        forecast=tuple(float(v) for v in ahead),
        start=start * unit**2,
        warnings=_weaknesses(rows.size, params, sure, lasting),
        charts=(_path(path),),
    )


def _weaknesses(n: int, params: dict[str, float], sure: bool, lasting: float | None) -> tuple[Caution, ...]:
    said = []
    if lasting is None:
        said.append(Caution(text=UNSTABLE))
    if n < SHORT:
        said.append(Caution(text=FEW, values={"n": n, "least": SHORT}))
    edge = [name for name, value in params.items() if name.startswith(("alpha", "beta")) and value < NOUGHT]
    if edge:
        said.append(Caution(text=EDGE, values={"names": ", ".join(edge)}))
    if not sure:
        said.append(Caution(text=NO_ERRORS))
    return tuple(said)


def _fit(rows: "Floats", mean: str, p: int, q: int, dist: Shocks, h0: str, errors: Errors) -> tuple[Any, float]:
    model = _model(rows, mean, p, q, dist, h0)
    residuals = rows - rows.mean() if mean == "constant" else rows
    start = float((residuals**2).mean()) if h0 == "sample" else None
    # The finest tolerance that the line search can meet; a stop for want of digits is tried again more coarsely.
    for tolerance in TOLERANCES:
        fitted = _search(model, start, errors, tolerance)
        if fitted.convergence_flag == 0:
            own = float(model.volatility.backcast(fitted.resid)) if start is None else float((fitted.resid**2).mean())
            return fitted, own
    raise NotConverged("y", STOPPED)


def _search(model: Any, start: float | None, errors: Errors, tolerance: float) -> Any:
    import warnings

    from arch.utility.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Said by NotConverged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(
            disp="off",
            backcast=start,
            cov_type=errors,
            show_warning=False,
            options={"ftol": tolerance, "maxiter": 2000},
        )


def _model(rows: "Floats", mean: str, p: int, q: int, dist: Shocks, h0: str) -> Any:
    """The library's model; with the start `sample`, one whose likelihood takes the start from its own residuals.

    The library holds the start fixed while the mean moves (arch issue 452), which shifts mu in the third digit.
    """
    from arch import univariate

    kinds: dict[Shocks, Any] = {
        "normal": univariate.Normal,
        "t": univariate.StudentsT,
        "skewt": univariate.SkewStudent,
        "ged": univariate.GeneralizedError,
    }
    base: Any = univariate.ConstantMean if mean == "constant" else univariate.ZeroMean

    class Begun(base):  # type: ignore[misc]
        def _loglikelihood(
            self, parameters: Any, sigma2: Any, backcast: Any, var_bounds: Any, individual: bool = False
        ) -> Any:
            residuals = self.resids(self._parse_parameters(parameters)[0])
            start = float((residuals**2).mean())
            return super()._loglikelihood(parameters, sigma2, start, var_bounds, individual)

    made = (Begun if h0 == "sample" else base)(rows, rescale=False)
    made.volatility = univariate.GARCH(p=p, q=q)
    made.distribution = kinds[dist]()
    return made


def _power(name: str) -> int:
    """How a coefficient scales with the unit of the returns."""
    return {"mu": 1, "omega": 2}.get(name, 0)


def _called(name: str, p: int, q: int) -> str:
    """`alpha[1]` is alpha where there is but one lag, alpha1 elsewhere."""
    bare = name.replace("[", "").replace("]", "")
    single = (p == 1 and name.startswith("alpha[")) or (q == 1 and name.startswith("beta["))
    return bare[:-1] if single else bare


def _path(vols: "Floats") -> Chart:
    """The volatilities through time; of a long series, every so many."""
    step = max(1, -(-vols.size // SHOWN))
    places = range(vols.size - 1, -1, -step)
    shown = sorted(places)
    return Chart(
        kind="line",
        title=N_("Volatilidad condicional"),
        series=(
            Series(name=N_("volatilidad"), x=tuple(float(i) for i in shown), y=tuple(float(vols[i]) for i in shown)),
        ),
        x_label=N_("periodo"),
        y_label=N_("volatilidad"),
    )
