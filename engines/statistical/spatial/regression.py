"""Regression over a map: what neighbours add to a linear model."""

import warnings
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import frame, require_independent
from engines.contract import Caution, Computed, Part, Table, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged
from engines.statistical.spatial.places import BY_ZONE, MOST_PLACES, Neighbours, links

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_LIKELY: Final = 5_000  # units by maximum likelihood: its information matrix inverts a dense matrix of them
MOMENTS: Final = N_("use el método de momentos (gm_lag o gm_error)")
# By sparse factors. The library's `ord` is no faster here, and its standard errors are wrong: it goes on to
# the information matrix with the weights it made symmetric for the eigenvalues.
LIKELIHOOD: Final = "LU"
MOST_COLUMNS: Final = 200

Model = Literal["ols", "ml_lag", "ml_error", "gm_lag", "gm_error"]


class Diagnostic(Part):
    """A Lagrange multiplier test on the least squares fit: what kind of neighbourhood is missing."""

    test: Literal["lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error", "sarma"]
    stat: float
    df: int
    p: float


class SpatialFit(Computed):
    """Coefficients by column, the intercept as `const`.

    Args:
        rho: of the neighbours' outcome, in lag models.
        lambda_error: of the neighbours' errors, in error models; without a standard error under `gm_error`.
        sigma2: variance of the errors, in the unit of y squared.
        r2: of least squares; of other models the squared correlation of fitted and observed.
        diagnostics: of `ols` with neighbours.
    """

    params: dict[str, float]
    se: dict[str, float]
    z: dict[str, float]
    p: dict[str, float]
    rho: float | None
    rho_se: float | None
    lambda_error: float | None
    lambda_error_se: float | None
    sigma2: float
    r2: float
    loglik: float | None
    aic: float | None
    bic: float | None
    diagnostics: list[Diagnostic]


@operation(
    "Regresión espacial",
    examples=(
        "Explica la siniestralidad por municipio con la renta y la densidad teniendo en cuenta los municipios vecinos",
        "Spatial lag or spatial error regression by maximum likelihood or GMM, with LM tests",
    ),
    heavy=True,
)
def spatial_regression(
    data: Table,
    y: str,
    x: Annotated[list[str], Field(min_length=1, max_length=MOST_COLUMNS)],
    model: Model = "ols",
    neighbours: Neighbours | None = None,
    w_lags: Annotated[int, Field(ge=1, le=5)] = 1,
    allow_islands: bool = False,
) -> SpatialFit:
    """Regress a column of a map on others, with the neighbours' outcome or errors.

    Args:
        data: (n) rows, one a unit, in the order of `neighbours`.
        y: the column to explain.
        x: the columns that explain it, without the intercept.
        model: `ols`; `ml_lag`, `ml_error` by maximum likelihood; `gm_lag` by spatial two-stage least squares,
            `gm_error` by generalised moments, for many units or errors that are not normal.
        neighbours: the neighbours of each unit by id, as `weights` gives them; all models but `ols` need them,
            and `ols` tests with them which model is missing. Weights add up to one for each unit.
        w_lags: orders of the neighbours' columns that serve as instruments in `gm_lag`.
        allow_islands: whether units without neighbours are admitted.

    Raises:
        InsufficientData: fewer rows than coefficients and three more.
        InvalidInput: a column missing or not numeric, neighbours missing or not matching, or islands.
        LimitExceeded: more than 100000 units, or than 5000 by maximum likelihood.
        NotConverged: the neighbours' coefficient goes to the end of its range.
        SingularMatrix: columns that repeat each other.

    Source: Anselin, Spatial Econometrics: Methods and Models (1988), chapters 6 and 12; Kelejian & Prucha,
    Journal of Real Estate Finance and Economics 17 (1998) and International Economic Review 40 (1999).
    """
    import numpy as np

    if y in x or len(set(x)) < len(x):
        raise InvalidInput("x", N_("nombra dos veces una columna, o la que se quiere explicar"))
    table = frame(data, "data", numeric=[y, *x])
    n = len(table)
    if n > MOST_PLACES:
        raise LimitExceeded("data", MOST_PLACES, n, BY_ZONE)
    if n < len(x) + 4:
        raise InsufficientData("data", len(x) + 4, n)
    if neighbours is None and model != "ols":
        raise InvalidInput("neighbours", N_("este modelo necesita los vecinos de cada unidad"))
    outcome = table[[y]].to_numpy(dtype=float)
    columns = table[x].to_numpy(dtype=float)
    if np.ptp(outcome) == 0:
        raise InvalidInput(f"data.{y}", N_("no varía: todos los valores son iguales"))
    require_independent(np.column_stack([np.ones(n), columns]), "data", ["const", *x])
    graph = None if neighbours is None else links(neighbours, n, "row", allow_islands=allow_islands)
    # In units of one: the optimiser has absolute tolerances, and products of large columns lose digits.
    unit = float(outcome.std()) or 1.0
    units = np.where(columns.std(axis=0) > 0, columns.std(axis=0), 1.0)
    found = _fitted(model, outcome / unit, columns / units, graph, w_lags)
    return _read(model, found, x, unit, units, outcome.ravel(), graph)


def _fitted(model: Model, outcome: "Floats", columns: "Floats", graph: Any, w_lags: int) -> Any:
    from numpy.linalg import LinAlgError
    from scipy.sparse import SparseEfficiencyWarning

    if model.startswith("ml") and len(outcome) > MOST_LIKELY:
        raise LimitExceeded("data", MOST_LIKELY, len(outcome), MOMENTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SparseEfficiencyWarning)  # of the library's own making
        try:
            return _estimated(model, outcome, columns, graph, w_lags)
        except (LinAlgError, ValueError) as error:
            raise NotConverged("data", type(error).__name__) from error


def _estimated(model: Model, outcome: "Floats", columns: "Floats", graph: Any, w_lags: int) -> Any:
    import spreg

    if model == "ols":
        return spreg.OLS(outcome, columns, nonspat_diag=False)
    if model == "ml_lag":
        return spreg.ML_Lag(outcome, columns, w=graph, method=LIKELIHOOD, spat_impacts=None, spat_diag=False)
    if model == "ml_error":
        return spreg.ML_Error(outcome, columns, w=graph, method=LIKELIHOOD)
    if model == "gm_lag":
        return spreg.GM_Lag(outcome, columns, w=graph, w_lags=w_lags, spat_diag=False, spat_impacts=None)
    return spreg.GM_Error(outcome, columns, w=graph)


def _read(
    model: Model, found: Any, names: list[str], unit: float, units: "Floats", outcome: "Floats", graph: Any
) -> SpatialFit:
    import numpy as np
    from scipy.stats import norm, t

    n, k = len(outcome), len(names) + 1
    back = unit / np.concatenate([[1.0], units])
    betas = np.asarray(found.betas, dtype=float).ravel()
    errors = np.asarray(found.std_err, dtype=float).ravel()
    extra = float(betas[k]) if betas.size > k else None
    extra_se = float(errors[k]) if errors.size > k else None
    if extra is not None and model.startswith("ml") and abs(extra) > 0.9999:
        raise NotConverged("data", "rho" if model == "ml_lag" else "lambda")
    labels = ["const", *names]
    estimates, spreads = betas[:k] * back, errors[:k] * back
    if (spreads <= 0).any():
        raise NotConverged("data", "se")
    z = estimates / spreads
    p = 2 * (t.sf(np.abs(z), n - k) if model == "ols" else norm.sf(np.abs(z)))
    sigma2 = float(np.asarray(found.sig2).ravel()[0]) * unit**2
    fitted = np.asarray(found.predy, dtype=float).ravel()
    loglik = _loglik(model, found, unit, n)
    free = k + (1 if model.startswith("ml_lag") else 0)
    lag = model.endswith("lag")
    cautions = []
    if extra is not None and abs(extra) >= 1:
        cautions.append(Caution(text=N_("el efecto de los vecinos sale de -1 a 1: el modelo no es estable")))
    return SpatialFit(
        method=model,
        library="spreg",
        n=n,
        params=_named(labels, estimates),
        se=_named(labels, spreads),
        z=_named(labels, z),
        p=_named(labels, p),
        rho=extra if lag else None,
        rho_se=extra_se if lag else None,
        lambda_error=None if lag else extra,
        lambda_error_se=None if lag else extra_se,
        sigma2=sigma2,
        r2=float(found.r2)
        if model == "ols"
        else float(np.corrcoef(fitted, outcome)[0, 1] ** 2)
        if np.ptp(fitted)
        else 0.0,
        loglik=loglik,
        aic=None if loglik is None else 2 * free - 2 * loglik,
        bic=None if loglik is None else free * float(np.log(n)) - 2 * loglik,
        diagnostics=_diagnostics(found, graph) if model == "ols" and graph is not None else [],
        warnings=tuple(cautions),
    )


def _named(labels: list[str], values: Any) -> dict[str, float]:
    return {name: float(v) for name, v in zip(labels, values, strict=True)}


def _loglik(model: Model, found: Any, unit: float, n: int) -> float | None:
    import numpy as np

    if model.startswith("gm"):
        return None
    if model == "ols":
        errors = np.asarray(found.u, dtype=float).ravel()
        return -n / 2 * float(np.log(2 * np.pi * max((errors**2).mean(), 1e-300)) + 1) - n * float(np.log(unit))
    return float(np.asarray(found.logll).ravel()[0]) - n * float(np.log(unit))


def _diagnostics(found: Any, graph: Any) -> list[Diagnostic]:
    from spreg.diagnostics_sp import LMtests

    tests = LMtests(found, graph)
    rows: tuple[tuple[Literal["lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error", "sarma"], Any, int], ...] = (
        ("lm_lag", tests.lml, 1),
        ("lm_error", tests.lme, 1),
        ("robust_lm_lag", tests.rlml, 1),
        ("robust_lm_error", tests.rlme, 1),
        ("sarma", tests.sarma, 2),
    )
    return [Diagnostic(test=name, stat=float(found[0]), df=df, p=float(found[1])) for name, found, df in rows]
