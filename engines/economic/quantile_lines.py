"""One quantile regression, for the engines of this family that need it."""

from typing import TYPE_CHECKING, Final

from engines.errors import NotConverged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ITERATIONS: Final = 5000
TOLERANCES: Final = (1e-8, 1e-6, 1e-5)  # of the coefficients; near a vertex the reweighting may cycle at the finest


def quantile_fit(y: "Floats", design: "Floats", tau: float) -> "tuple[Floats, Floats, float]":
    """Coefficients, standard errors and pseudo R² of quantile `tau` of `y` on the columns of `design`.

    Raises:
        NotConverged: the iterations did not settle.
    """
    import warnings

    import numpy as np
    from statsmodels.regression.quantile_regression import QuantReg
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", IterationLimitWarning)
        warnings.simplefilter("error", ConvergenceWarning)
        for tolerance in TOLERANCES:
            try:
                fit = QuantReg(y, design).fit(q=tau, max_iter=ITERATIONS, p_tol=tolerance)
            except (IterationLimitWarning, ConvergenceWarning):
                continue
            except np.linalg.LinAlgError as error:
                raise NotConverged("tau", f"q={tau}") from error
            return np.asarray(fit.params), np.asarray(fit.bse), float(fit.prsquared)
    raise NotConverged("tau", f"q={tau}")
