"""Forecasts that add up: of branches and the company, of provinces and the country."""

from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import matrix, require_independent
from engines.contract import Caution, Computed, Matrix, operation
from engines.errors import N_, InvalidInput, LimitExceeded, SingularMatrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_SERIES: Final = 2_000
BY_PARTS: Final = N_("reconcilie cada rama de la jerarquía por separado")


class Reconciled(Computed):
    """Forecasts of every series that add up, in their unit: one row a series, one column a step ahead.

    Args:
        bottom: those of the bottom series.
        adjustment: how much each forecast was changed.
        shrinkage: share of the diagonal in the covariance of `mint_shrink`; None otherwise.
    """

    coherent: list[list[float]]
    bottom: list[list[float]]
    adjustment: list[list[float]]
    shrinkage: float | None


@operation(
    "Reconciliación de previsiones jerárquicas",
    examples=(
        "Reconcilia las previsiones por ramo y oficina para que sumen la previsión total (MinT)",
        "Reconcile hierarchical forecasts so that they add up, by MinT shrinkage or OLS",
    ),
)
def reconcile(
    summing: Matrix,
    base: Matrix,
    method: Literal["bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink"] = "ols",
    residuals: Matrix | None = None,
) -> Reconciled:
    """Adjust forecasts of all series of a hierarchy so that they add up, with the least variance.

    Args:
        summing: (m, b) summing matrix S: each of the m series as a sum of the b bottom ones.
        base: (m, h) forecasts of each series, one column a step ahead, in one unit.
        method: `bottom_up` sums the bottom forecasts; the others project with weights: `ols` equal, `wls_struct`
            by how many bottom series each sums, `wls_var` by the variance of its residuals, `mint_shrink` by
            their covariance, shrunk to its diagonal.
        residuals: (m, t) one-step errors of each series' model, for `wls_var` and `mint_shrink`.

    Raises:
        InsufficientData: fewer than three errors of each series.
        InvalidInput: matrices of other shapes, errors missing or constant, or no bottom rows in S.
        LimitExceeded: more than 2000 series.
        SingularMatrix: bottom series that S does not tell apart.

    Source: Wickramasuriya, Athanasopoulos & Hyndman, Journal of the American Statistical Association 114
    (2019), eq. 2 and section 2.4; shrinkage: Schäfer & Strimmer, Statistical Applications in Genetics and
    Molecular Biology 4 (2005), table 1.
    """
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve

    sums = matrix(summing, "summing")
    m, bottoms = sums.shape
    if m > MOST_SERIES:
        raise LimitExceeded("summing", MOST_SERIES, m, BY_PARTS)
    given = matrix(base, "base", least=m)
    if given.shape[0] != m or not given.shape[1]:
        raise InvalidInput("base", N_("debe tener una fila por serie, como summing, y una columna por paso"))
    require_independent(sums, "summing", [f"b{j + 1}" for j in range(bottoms)])
    shrinkage = None
    if method == "bottom_up":
        found = given[_bottom_rows(sums)]
    else:
        weight, shrinkage = _covariance(sums, method, residuals)
        try:
            factor = cho_factor(weight)
        except np.linalg.LinAlgError as error:
            raise SingularMatrix("residuals", "residuals") from error
        inverse = cho_solve(factor, np.column_stack([sums, given]))
        found = np.linalg.solve(sums.T @ inverse[:, :bottoms], sums.T @ inverse[:, bottoms:])
    coherent = sums @ found
    cautions: tuple[Caution, ...] = ()
    if (coherent < 0).any() and (given >= 0).all():
        cautions = (Caution(text=N_("alguna previsión reconciliada es negativa y ninguna de partida lo era")),)
    return Reconciled(
        method=method,
        n=m,
        coherent=coherent.tolist(),
        bottom=found.tolist(),
        adjustment=(coherent - given).tolist(),
        shrinkage=shrinkage,
        warnings=cautions,
    )


def _bottom_rows(sums: "Floats") -> list[int]:
    """For each bottom series, the row of S that is that series alone."""
    import numpy as np

    found = []
    for unit in np.eye(sums.shape[1]):
        rows = np.flatnonzero((sums == unit).all(axis=1))
        if not rows.size:
            raise InvalidInput("summing", N_("debe contener una fila por cada serie del nivel inferior sola"))
        found.append(int(rows[0]))
    return found


def _covariance(sums: "Floats", method: str, residuals: Matrix | None) -> "tuple[Floats, float | None]":
    import numpy as np

    m = sums.shape[0]
    if method == "ols":
        return np.eye(m), None
    if method == "wls_struct":
        counts = sums.sum(axis=1)
        if (counts <= 0).any():
            raise InvalidInput("summing", N_("tiene filas que no suman nada"))
        return np.diag(counts), None
    if residuals is None:
        raise InvalidInput("residuals", N_("este método necesita los errores de cada serie"))
    errors = matrix(residuals, "residuals", least=m)
    if errors.shape[0] != m:
        raise InvalidInput("residuals", N_("debe tener una fila por serie, como summing"))
    t = errors.shape[1]
    if t < 3:
        raise InvalidInput("residuals", N_("hacen falta al menos tres errores de cada serie"))
    # As in the source, errors are taken about zero: those of an unbiased model.
    whole = errors @ errors.T / t
    variances = np.diag(whole)
    if (variances <= 0).any():
        raise InvalidInput("residuals", N_("alguna serie no tiene errores: su varianza es cero"))
    # Units of a typical error, so that the factorisation sees numbers of order one.
    whole = whole / variances.mean()
    if method == "wls_var":
        return np.diag(np.diag(whole)), None
    standard = errors / np.sqrt(variances)[:, None]
    correlation = standard @ standard.T / t
    spread = ((standard**2) @ (standard**2).T - (standard @ standard.T) ** 2 / t) / (t * (t - 1))
    off = ~np.eye(m, dtype=bool)
    below = float((correlation[off] ** 2).sum())
    share = min(1.0, max(0.0, float(spread[off].sum()) / below)) if below > 0 else 1.0
    return np.where(off, (1 - share) * whole, whole), share
