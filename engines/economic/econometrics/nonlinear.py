"""Non-linear regression: a model that the user writes as a formula."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.arrays import frame, vector
from engines.contract import Table, Vector, operation
from engines.economic.expressions import Formula, read
from engines.economic.regression import Coefficients, inference, small_sample
from engines.errors import N_, InsufficientData, InvalidInput, NotConverged, SingularMatrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_PARAMETERS: Final = 20
PARAMETER: Final = re.compile(r"b[1-9][0-9]?")
STEP: Final = 1e-30  # an imaginary step: the derivative is exact, nothing is subtracted
EVALUATIONS: Final = 20_000
OFFSET: Final = 1e-3


class Indistinct(SingularMatrix):
    """The data cannot tell parameters apart where the search ended."""

    text = N_("los datos no distinguen los parámetros {columns}; parta de otros valores o simplifique la fórmula")


class NonlinearFit(Coefficients):
    """A least squares fit of a formula; coefficients b1, b2, … in the units that the formula gives them."""

    rss: float
    residual_sd: float
    df: int
    evaluations: int


@operation(
    "Ajuste no lineal",
    examples=(
        "Ajusta la curva b1*(1-exp(-b2*x)) a estos datos por mínimos cuadrados no lineales",
        "Fit the formula b1*(1-exp(-b2*x)) to this data by non-linear least squares",
    ),
    heavy=True,
)
def nonlinear_fit(
    data: Table, model: Annotated[str, Field(min_length=2, max_length=500)], start: Vector, y: str = "y"
) -> NonlinearFit:
    """Fit a formula to data by non-linear least squares (Levenberg-Marquardt).

    Args:
        data: table with the column explained and the columns that the formula names, numeric, n rows.
        model: formula of parameters b1, b2, … and columns, with + - * / ** exp log sqrt sin cos.
        start: (p,) where the search begins, one value a parameter, p at most 20.
        y: column explained.

    Raises:
        InvalidInput: the formula holds anything else, names unknown columns, or is undefined at `start`.
        InsufficientData: no more rows than parameters.
        SingularMatrix: the data cannot tell some parameters apart.
        NotConverged: the search stopped before the least sum of squares.
        LimitExceeded: the formula is too long.

    Source: Moré, The Levenberg-Marquardt algorithm (1978), as in MINPACK; NIST Statistical Reference
    Datasets, nonlinear regression; Jacobian by complex step, Squire & Trapp, SIAM Review 40 (1998);
    convergence by the relative offset, Bates & Watts, Technometrics 23 (1981).
    """
    import numpy as np
    from scipy.optimize import least_squares

    begin = vector(start, "start", least=1)
    if begin.size > MOST_PARAMETERS:
        raise InvalidInput("start", N_("admite como mucho 20 parámetros"))
    formula = read(model, "model")
    names = [f"b{i + 1}" for i in range(begin.size)]
    columns = _columns(formula, names, y)
    table = frame(data, "data", numeric=(y, *columns), least=begin.size + 1)
    observed = table[y].to_numpy(dtype=float)
    given = {name: table[name].to_numpy(dtype=float) for name in columns}
    n, p = observed.size, begin.size

    def predicted(b: "Floats", step: dict[str, complex] | None = None) -> Any:
        values = given | {name: complex(v) if step else v for name, v in zip(names, b, strict=True)}
        for name, by in (step or {}).items():
            values[name] += by
        return np.broadcast_to(formula(values), (n,))

    def residuals(b: "Floats") -> "Floats":
        found: Floats = predicted(b) - observed
        if not np.isfinite(found).all():  # MINPACK steps back from a large value, not from NaN
            return np.full(n, 1e150)
        return found

    def jacobian(b: "Floats") -> "Floats":
        columns = [np.imag(predicted(b, {name: STEP * 1j})) / STEP for name in names]
        found: Floats = np.nan_to_num(np.column_stack(columns), nan=0.0, posinf=0.0, neginf=0.0)
        return found

    if not np.isfinite(predicted(begin)).all():
        raise InvalidInput("start", N_("la fórmula no está definida en esos valores de partida"))
    with np.errstate(all="ignore"):
        fit = least_squares(
            residuals, begin, jac=jacobian, method="lm", x_scale="jac",
            ftol=1e-14, xtol=1e-14, gtol=1e-14, max_nfev=EVALUATIONS,
        )  # fmt: skip
    rss = float(fit.fun @ fit.fun)
    if not fit.success or not np.isfinite(rss) or rss >= 1e200:
        raise NotConverged("start", str(fit.message))
    covariance = _inverse(fit.jac, names)
    _require_minimum(fit.jac, fit.fun, float(observed @ observed))
    variance = rss / (n - p)
    return NonlinearFit(
        method="Levenberg-Marquardt, complex-step Jacobian",
        library="scipy",
        n=n,
        warnings=small_sample(n, p) if n < 3 * p else (),
        rss=rss,
        residual_sd=float(np.sqrt(variance)),
        df=n - p,
        evaluations=int(fit.nfev),
        **inference(names, fit.x, covariance * variance, n - p),
    )


def _columns(formula: Formula, parameters: list[str], y: str) -> list[str]:
    """The data columns that the formula names; every parameter must appear, and no other."""
    used = set(formula.names)
    if not set(parameters) <= used:
        raise InvalidInput("start", N_("debe tener un valor por cada parámetro b1, b2… de la fórmula"))
    columns = [name for name in formula.names if name not in parameters]
    if any(PARAMETER.fullmatch(name) for name in columns):
        raise InvalidInput("start", N_("debe tener un valor por cada parámetro b1, b2… de la fórmula"))
    if y in columns:
        raise InvalidInput("model", N_("no puede usar la columna que se explica"))
    return columns


def _inverse(jacobian: "Floats", names: list[str]) -> "Floats":
    """(J'J)^-1 by singular values, of columns scaled to one."""
    import numpy as np

    n, p = jacobian.shape
    if n < p:
        raise InsufficientData("data", p, n)
    norms = np.linalg.norm(jacobian, axis=0)
    if not (norms > 0).all():
        raise Indistinct("model", ", ".join(name for name, v in zip(names, norms, strict=True) if not v > 0))
    _, singular, right = np.linalg.svd(jacobian / norms, full_matrices=False)
    if singular[-1] < 1e-12 * singular[0]:
        worst = np.abs(right[-1])
        raise Indistinct("model", ", ".join(n for n, v in zip(names, worst, strict=True) if v > 0.1 * worst.max()))
    found: Floats = (right.T / singular**2) @ right / np.outer(norms, norms)
    return found


def _require_minimum(jacobian: "Floats", residuals: "Floats", scale: float) -> None:
    """Refuse a point where the residuals still have a share along the tangent plane."""
    import numpy as np

    n, p = jacobian.shape
    size = float(residuals @ residuals)
    if size <= 1e-20 * scale:
        return
    basis = np.linalg.qr(jacobian / np.linalg.norm(jacobian, axis=0))[0]
    along = basis.T @ residuals
    offset = float(np.sqrt((along @ along / p) / (max(size - along @ along, 0.0) / (n - p) + 1e-300)))
    if offset > OFFSET:
        raise NotConverged("start", f"offset {offset:.2g}")
