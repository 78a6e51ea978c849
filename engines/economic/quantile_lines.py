"""One quantile regression, for the engines of this family that need it."""

from typing import TYPE_CHECKING, Final

from engines.contract import Caution
from engines.economic.regression import basis
from engines.errors import N_, NotConverged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ITERATIONS: Final = 5000
TOLERANCES: Final = (1e-8, 1e-6, 1e-5)  # of the coefficients; near a vertex the reweighting may cycle at the finest
BEYOND: Final = 15  # observations beyond a quantile, under which the normal law of its line is far from true
NEAR: Final = 1e-5  # of the unit, within which an observation may lie on the line
MOST_NEAR: Final = 5000
TIED: Final = 0.05  # share of observations on the line, over which there is no density to measure there
TAIL: Final = N_("Más allá del cuantil {tau} quedan {n} observaciones: son pocas, y su error típico es poco fiable.")
REPEATED: Final = N_(
    "El {share} % de las observaciones cae justo en la línea del cuantil {tau} (valores repetidos): su error típico no"
    " vale."
)


def quantile_fit(y: "Floats", design: "Floats", tau: float) -> "tuple[Floats, Floats, float]":
    """Coefficients, standard errors and pseudo R² of quantile `tau` of `y` on the columns of `design`.

    Raises:
        NotConverged: the iterations did not settle.
    """
    import warnings

    import numpy as np
    from statsmodels.regression.quantile_regression import QuantReg
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

    # The library tells residuals from zero at 1e-6, so one huge claim must not set the unit.
    unit = float(np.subtract(*np.quantile(y, [0.75, 0.25]))) or float(y.std())
    spanning = basis(design)
    with warnings.catch_warnings():
        warnings.simplefilter("error", IterationLimitWarning)
        warnings.simplefilter("error", ConvergenceWarning)
        for tolerance in TOLERANCES:
            try:
                fit = QuantReg(y / unit, spanning.columns).fit(q=tau, max_iter=ITERATIONS, p_tol=tolerance)
            except (IterationLimitWarning, ConvergenceWarning):
                continue
            except np.linalg.LinAlgError as error:
                raise NotConverged("tau", f"q={tau}") from error
            theta = _vertex(y / unit, spanning.columns, np.asarray(fit.params), tau)
            covariance = _covariance(y / unit, spanning.columns, theta, tau)
            params, covariance = spanning.coefficients(theta, covariance)
            return params * unit, np.sqrt(np.diag(covariance)) * unit, float(fit.prsquared)
    raise NotConverged("tau", f"q={tau}")


def doubts(y: "Floats", design: "Floats", params: "Floats", tau: float) -> tuple[Caution, ...]:
    """Cautions about the standard errors: few observations in the tail, or many on the line.

    Source: Chernozhukov & Fernández-Val, Review of Economic Studies 78 (2011), section 3 (extremal quantiles).
    """
    import numpy as np

    n = len(y)
    beyond = n * min(tau, 1 - tau)
    residuals = y - design @ params
    tied = int((np.abs(residuals) <= 1e-9 * np.abs(y).max()).sum())
    found: tuple[Caution, ...] = ()
    if beyond < BEYOND:
        found += (Caution(text=TAIL, values={"n": round(beyond), "tau": tau}),)
    if tied > max(TIED * n, 2 * design.shape[1]):
        found += (Caution(text=REPEATED, values={"share": round(100 * tied / n, 1), "tau": tau}),)
    return found


def _vertex(y: "Floats", design: "Floats", params: "Floats", tau: float) -> "Floats":
    """The line through as many of the nearest observations as it has coefficients, if it costs no more.

    The optimum is such a line; reweighting only comes near it (Koenker & Bassett, theorem 3.1).
    """
    import numpy as np
    from scipy.linalg import qr

    def cost(b: "Floats") -> float:
        left = y - design @ b
        return float(np.maximum(tau * left, (tau - 1) * left).sum())

    k = design.shape[1]
    distance = np.abs(y - design @ params)
    near = np.argsort(distance, kind="stable")[: max(k, int((distance <= NEAR).sum()))]
    near = near[:: 1 + near.size // MOST_NEAR]
    _, triangle, order = qr(design[near].T, mode="economic", pivoting=True)
    if abs(triangle[k - 1, k - 1]) < 1e-10 * abs(triangle[0, 0]):
        return params
    exact: Floats = np.linalg.solve(design[near[order[:k]]], y[near[order[:k]]]) + 0.0  # no -0.0
    return exact if cost(exact) <= cost(params) * (1 + 1e-9) else params


def _covariance(y: "Floats", design: "Floats", params: "Floats", tau: float) -> "Floats":
    """Kernel covariance; a bandwidth that would leave (0, 1), in a tail of few rows, is halved as quantreg does.

    Source: Greene, Econometric Analysis, 6th ed., section 14.3.2; Koenker, package quantreg, summary.rq.
    """
    import numpy as np
    from scipy.stats import norm
    from statsmodels.regression.quantile_regression import hall_sheather, kernels

    left = y - design @ params
    band = float(hall_sheather(len(y), tau))
    while tau - band <= 0 or tau + band >= 1:
        band /= 2
    middle = float(np.subtract(*np.quantile(left, [0.75, 0.25]))) / 1.34
    spread = min(float(y.std()), middle) if middle > NEAR else float(y.std())
    width = spread * float(norm.ppf(tau + band) - norm.ppf(tau - band))
    density = float(kernels["epa"](left / width).mean()) / width
    bread = np.linalg.pinv(design.T @ design)
    # On the line itself the sign is that of a rounding error: such rows count by what is expected.
    score = np.where(left > 0, tau**2, (1 - tau) ** 2)
    score[np.abs(left) <= 1e-9 * np.abs(y).max()] = tau * (1 - tau)
    found: Floats = bread @ (design.T * score) @ design @ bread / density**2
    return found
