"""Linear regression by Bayes: exact posteriors, and how much a set of columns is worth."""

from typing import TYPE_CHECKING, Final

from pydantic import ConfigDict

from engines.arrays import frame, matrix, require_independent, vector
from engines.contract import Caution, Computed, Level, Matrix, Part, Positive, Real, Table, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_COLUMNS: Final = 500
MEDIUM: Final = 0.3535533905932738  # sqrt(2) / 4
LARGEST_LOG: Final = 700.0  # whose exponential is still a double


class NIGPrior(Part):
    """Normal-inverse-gamma prior: coefficients normal about `m0` with variance sigma2 `V0`, sigma2 inverse gamma."""

    model_config = ConfigDict(extra="forbid")

    m0: list[Real]
    V0: list[list[Real]]
    a0: Positive
    b0: Positive


class Prediction(Part):
    """What a new observation may be: a t distribution of so many degrees of freedom."""

    mean: float
    scale: float
    low: float
    high: float


class LinearPosterior(Computed):
    """Coefficients and noise after the data, by name (the intercept is `const`).

    `params` are the means and `se` the scales of the coefficients' marginal t distributions, of `df` degrees of
    freedom; `ci` their central intervals. `a` and `b` are those of the inverse gamma of the noise's variance, whose
    mean is `sigma2`.
    """

    params: dict[str, float]
    se: dict[str, float]
    ci: dict[str, tuple[float, float]]
    prob_positive: dict[str, float]
    df: float
    a: float
    b: float
    sigma2: float | None
    covariance: tuple[tuple[float, ...], ...]
    predictions: tuple[Prediction, ...]
    level: float


@operation(
    "Regresión lineal bayesiana conjugada",
    examples=(
        "Regresión lineal bayesiana con distribución a priori normal-gamma inversa y predicción",
        "Conjugate Bayesian linear regression, posterior of the coefficients and predictive t",
    ),
)
def linear_nig(
    X: Matrix,
    y: Vector,
    prior: NIGPrior | None = None,
    names: list[str] | None = None,
    intercept: bool = True,
    x_new: Matrix | None = None,
    level: Level = 0.95,
) -> LinearPosterior:
    """Fit a linear regression by Bayes, exactly.

    Args:
        X: (n, k) regressors without the column of ones.
        y: (n,) response.
        prior: belief before (its `m0` and `V0` begin with the intercept, if there is one); without it the
            reference prior 1/sigma2, under which the figures are those of least squares.
        names: (k,) names of the regressors; x1, x2… if none are given.
        intercept: whether to add the column of ones, `const`.
        x_new: (m, k) regressors whose response is predicted.
        level: probability of the intervals, as a share.

    Raises:
        InsufficientData: no more rows than coefficients, without a prior.
        InvalidInput: shapes that do not match, or a prior covariance that is not positive definite.
        SingularMatrix: regressors that depend on each other, without a prior; it names them.
        LimitExceeded: more than 500 regressors.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), sections 14.2 and 14.8; O'Hagan & Forster, Kendall's
    Advanced Theory of Statistics 2B (2004), section 11.6.
    """
    import numpy as np
    from scipy import stats

    response = vector(y, "y", least=2)
    columns = matrix(X, "X", least=2)
    if columns.shape[0] != response.size:
        raise InvalidInput("X", N_("debe tener tantas filas como valores tiene la respuesta"))
    if columns.shape[1] > MOST_COLUMNS:
        raise LimitExceeded("X", MOST_COLUMNS, columns.shape[1], N_("elija las que importan"))
    called = list(names) if names is not None else [f"x{i + 1}" for i in range(columns.shape[1])]
    if len(called) != columns.shape[1] or len(set(called)) != len(called) or "const" in called:
        raise InvalidInput("names", N_("debe haber un nombre distinto por columna, y ninguno puede ser const"))
    design = np.column_stack([np.ones(response.size), columns]) if intercept else columns
    called = ["const", *called] if intercept else called
    mean, cov, a, b = _reference(design, response, called) if prior is None else _updated(design, response, prior)
    df, noise = 2 * a, b / a
    scales = np.sqrt(noise * np.diag(cov))
    reach = float(stats.t.isf((1 - level) / 2, df))
    predictions: tuple[Prediction, ...] = ()
    if x_new is not None:
        new = matrix(x_new, "x_new", columns=columns.shape[1])
        new = np.column_stack([np.ones(new.shape[0]), new]) if intercept else new
        centre = new @ mean
        wide = np.sqrt(noise * (1 + np.einsum("ij,jk,ik->i", new, cov, new)))
        predictions = tuple(
            Prediction(mean=float(c), scale=float(s), low=float(c - reach * s), high=float(c + reach * s))
            for c, s in zip(centre, wide, strict=True)
        )
    return LinearPosterior(
        method="reference prior 1/sigma2" if prior is None else "normal-inverse-gamma prior",
        library="scipy",
        n=response.size,
        params=dict(zip(called, mean.tolist(), strict=True)),
        se=dict(zip(called, scales.tolist(), strict=True)),
        ci={
            name: (float(m - reach * s), float(m + reach * s)) for name, m, s in zip(called, mean, scales, strict=True)
        },
        prob_positive={name: float(stats.t.cdf(m / s, df)) for name, m, s in zip(called, mean, scales, strict=True)},
        df=float(df),
        a=float(a),
        b=float(b),
        sigma2=float(b / (a - 1)) if a > 1 else None,
        covariance=tuple(tuple(row) for row in cov.tolist()),
        predictions=predictions,
        level=level,
    )


def _reference(design: "Floats", response: "Floats", called: list[str]) -> "tuple[Floats, Floats, float, float]":
    """Posterior under 1/sigma2: least squares, by the QR decomposition."""
    import numpy as np
    from scipy import linalg

    require_independent(design, "X", called)
    n, k = design.shape
    if n <= k:
        raise InsufficientData("y", k + 1, n)
    q, r = linalg.qr(design, mode="economic")
    mean = linalg.solve_triangular(r, q.T @ response)
    left = response - design @ mean
    squares = float(left @ left)
    if squares <= 0:
        raise InvalidInput("y", N_("queda explicada sin error: no hay ruido que estimar"))
    inverse = linalg.solve_triangular(r, np.eye(k))
    return mean, inverse @ inverse.T, (n - k) / 2, squares / 2


def _updated(design: "Floats", response: "Floats", prior: NIGPrior) -> "tuple[Floats, Floats, float, float]":
    """Posterior under a proper prior: its rows are added to the data's."""
    import numpy as np
    from scipy import linalg

    k = design.shape[1]
    before = vector(prior.m0, "prior.m0", length=k)
    cov = matrix(prior.V0, "prior.V0", least=k, columns=k, square=True)
    if not np.allclose(cov, cov.T, rtol=1e-10):
        raise InvalidInput("prior.V0", N_("debe ser simétrica"))
    try:
        whitener = linalg.solve_triangular(linalg.cholesky(cov, lower=True), np.eye(k), lower=True)
    except linalg.LinAlgError as error:
        raise InvalidInput("prior.V0", N_("no es definida positiva")) from error
    rows = np.vstack([design, whitener])
    targets = np.concatenate([response, whitener @ before])
    q, r = linalg.qr(rows, mode="economic")
    mean = linalg.solve_triangular(r, q.T @ targets)
    left = targets - rows @ mean
    inverse = linalg.solve_triangular(r, np.eye(k))
    return mean, inverse @ inverse.T, prior.a0 + response.size / 2, prior.b0 + float(left @ left) / 2


class BayesFactor(Computed):
    """How many times likelier the data are under the larger model than under the smaller one.

    `bf10` is None where it does not fit a number; its natural logarithm always does.
    `r_squared` and `r_squared_null` are those of both models by least squares.
    """

    bf10: float | None
    log_bf10: float
    r_squared: float
    r_squared_null: float
    scale: float


@operation(
    "Factor de Bayes entre modelos lineales",
    examples=(
        "¿Aporta algo la antigüedad del carné a esta regresión? Factor de Bayes JZS",
        "JZS Bayes factor of two nested linear regressions",
    ),
)
def bayes_factor(
    data: Table, y: str, predictors: list[str], null_predictors: list[str] | None = None, scale: Positive = MEDIUM
) -> BayesFactor:
    """Weigh two nested linear regressions against each other by the Jeffreys-Zellner-Siow Bayes factor.

    Args:
        data: table with a row an observation.
        y: name of the response.
        predictors: names of the larger model's numeric regressors.
        null_predictors: names of the smaller model's, some of `predictors`; none for the intercept alone.
        scale: of the Cauchy prior of standardised effects; sqrt(2)/4 is "medium".

    Raises:
        InsufficientData: fewer rows than coefficients plus two.
        InvalidInput: models that are not nested, a response or a column that does not vary, a perfect fit.
        SingularMatrix: regressors that depend on each other; it names them.

    Source: Liang et al., JASA 103 (2008), equation 13 and Zellner-Siow prior; Rouder & Morey, Multivariate
    Behavioral Research 47 (2012), equation 11; the t test of Rouder et al., Psychonomic Bulletin & Review 16 (2009),
    is its case of a single two-valued column of two equal groups.
    """
    import math

    import numpy as np

    smaller = null_predictors or []
    if not predictors or len(set(predictors)) != len(predictors) or y in predictors:
        raise InvalidInput("predictors", N_("deben ser columnas distintas, y no la respuesta"))
    if not set(smaller) < set(predictors) or len(set(smaller)) != len(smaller):
        raise InvalidInput("null_predictors", N_("deben ser solo una parte de las del modelo mayor"))
    if len(predictors) > MOST_COLUMNS:
        raise LimitExceeded("predictors", MOST_COLUMNS, len(predictors), N_("elija las que importan"))
    table = frame(data, "data", numeric=[y, *predictors], least=len(predictors) + 2)
    response = vector(table[y].to_numpy(), f"data.{y}", varies=True)
    columns = {name: vector(table[name].to_numpy(), f"data.{name}", varies=True) for name in predictors}
    n = response.size

    def explained(names: list[str]) -> float:
        if not names:
            return 0.0
        design = np.column_stack([columns[name] - columns[name].mean() for name in names])
        design = design / np.abs(design).max(axis=0)
        require_independent(design, "data", names)
        centred = (response - response.mean()) / np.abs(response - response.mean()).max()
        fitted, *_ = np.linalg.lstsq(design, centred, rcond=None)
        left = centred - design @ fitted
        return float(1 - left @ left / (centred @ centred))

    full, null = explained(predictors), explained(smaller)
    if 1 - full < 1e-12:
        raise InvalidInput(f"data.{y}", N_("queda explicada sin error: no hay ruido que estimar"))
    larger = _log_evidence(full, n, len(predictors), scale)
    found = larger - (_log_evidence(null, n, len(smaller), scale) if smaller else 0.0)
    warnings: tuple[Caution, ...] = ()
    if abs(found) < math.log(3):
        warnings = (Caution(text=N_("El factor está entre 1/3 y 3: los datos apenas distinguen los dos modelos.")),)
    return BayesFactor(
        method="JZS, Zellner-Siow prior",
        library="scipy",
        n=n,
        warnings=warnings,
        bf10=math.exp(found) if found < LARGEST_LOG else None,
        log_bf10=found,
        r_squared=full,
        r_squared_null=null,
        scale=scale,
    )


def _log_evidence(r_squared: float, n: int, k: int, scale: float) -> float:
    """Log Bayes factor of k regressors against the intercept alone, integrated over log g."""
    import math

    import numpy as np
    from scipy import integrate, optimize

    half = n * scale**2 / 2  # g is inverse gamma with shape 1/2 and this rate

    def log_integrand(t: float) -> float:
        # log(1 + g) and log(1 + g (1 - R2)) for g = exp(t), whatever t is.
        whole = float(np.logaddexp(0.0, t))
        left = float(np.logaddexp(0.0, t + math.log1p(-r_squared)))
        prior = 0.5 * math.log(half) - math.lgamma(0.5) - 0.5 * t - half * math.exp(min(-t, LARGEST_LOG))
        return 0.5 * (n - k - 1) * whole - 0.5 * (n - 1) * left + prior

    scan = np.linspace(-50, 100, 601)
    top = float(scan[int(np.argmax([log_integrand(t) for t in scan]))])
    peak = optimize.minimize_scalar(lambda t: -log_integrand(t), bounds=(top - 0.5, top + 0.5), method="bounded").x
    highest = log_integrand(peak)
    area = sum(
        integrate.quad(lambda t: math.exp(log_integrand(t) - highest), low, high, epsabs=0, epsrel=1e-10, limit=200)[0]
        for low, high in ((peak - 40, peak - 3), (peak - 3, peak), (peak, peak + 3), (peak + 3, peak + 80))
    )
    return highest + math.log(area)
