"""What the models share: the design of a regression, its checks, and coefficients by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engines.arrays import FINITE, frame, require_independent
from engines.contract import Caution, Computed, Table
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CONST: Final = "const"
MOST_CELLS: Final = 50_000_000  # rows times columns of a dense design: 400 MB
MOST_COLUMNS: Final = 200
AGGREGATE: Final = N_("use menos columnas, o agregue las filas antes")
FEW: Final = N_("Hay {n} observaciones para {k} coeficientes: los errores típicos son poco fiables.")

FEW_CLUSTERS: Final = N_("Solo hay {groups} grupos: con menos de 30 el error típico agrupado queda corto.")


class Coefficients(Computed):
    """Coefficients by name (`const` is the intercept), standard errors, t and p values, and 95 % bounds.

    A coefficient has the unit of `y` per unit of its column. t and p are None where the fit is exact.
    """

    params: dict[str, float]
    se: dict[str, float]
    t: dict[str, float | None]
    p: dict[str, float | None]
    low: dict[str, float]
    high: dict[str, float]


def regression_frame(
    data: Table, y: str, x: Sequence[str], columns: Sequence[str] = (), *, spare: int = 1
) -> "pd.DataFrame":
    """`data` with a numeric varying `y` and numeric `x`, at least `spare` rows more than coefficients.

    Raises:
        InvalidInput: a column is missing, asked twice, not numeric, or `y` does not vary.
        InsufficientData: too few rows.
        LimitExceeded: more than 200 columns or fifty million cells.
    """
    if len({y, *x}) != len(x) + 1 or CONST in x:
        raise InvalidInput("x", N_("repite una columna, incluye la que se explica o se llama «const»"))
    if len(x) > MOST_COLUMNS:
        raise LimitExceeded("x", MOST_COLUMNS, len(x), AGGREGATE)
    table = frame(data, "data", columns, numeric=(y, *x), least=len(x) + 1 + spare)
    if len(table) * max(len(x), 1) > MOST_CELLS:
        raise LimitExceeded("data", MOST_CELLS, len(table) * len(x), AGGREGATE)
    if table[y].min() == table[y].max():
        raise InvalidInput(f"data.{y}", N_("no varía: no hay nada que explicar"))
    return table


def design(table: "pd.DataFrame", x: Sequence[str], *, intercept: bool = True) -> "tuple[Floats, list[str]]":
    """The columns `x` of `table`, after a column of ones if there is an intercept, and their names.

    Raises:
        InvalidInput: there would be no column at all.
        SingularMatrix: columns depend on each other; they are named.
    """
    import numpy as np

    names = [CONST, *x] if intercept else list(x)
    if not names:
        raise InvalidInput("x", N_("indique al menos una columna"))
    columns = [np.ones(len(table)) if name == CONST else table[name].to_numpy(dtype=float) for name in names]
    found = np.column_stack(columns)
    require_independent(found, "data", names)
    return found, names


@dataclass(frozen=True)
class Basis:
    """Columns of unit size at right angles that span what those of a design do.

    A year and its square are one column to six digits: methods that solve normal equations lose them. With
    these columns nothing is lost, and `back` turns their coefficients into those of the design.
    """

    columns: "Floats"
    back: "Floats"

    def coefficients(self, theta: "Floats", covariance: "Floats") -> "tuple[Floats, Floats]":
        """Coefficients of the design, and their covariance, from those of the basis."""
        return self.back @ theta, self.back @ covariance @ self.back.T


def basis(columns: "Floats") -> Basis:
    """The basis of a design by QR: column j spans, with those before it, what the first j columns do."""
    import numpy as np

    size = np.sqrt(len(columns))
    scale = np.linalg.norm(columns, axis=0) / size
    orthogonal, triangle = np.linalg.qr(columns / scale)
    sign = np.where(np.diag(triangle) < 0, -1.0, 1.0)
    back = np.linalg.inv(triangle * sign[:, None]) * size / scale[:, None]
    return Basis(orthogonal * sign * size, back)


def named(names: Sequence[str], values: Any) -> dict[str, float]:
    """Values by name, as plain numbers."""
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def inference(
    names: Sequence[str], params: "Floats", covariance: "Floats", df: float | None
) -> dict[str, dict[str, float] | dict[str, float | None]]:
    """The fields of `Coefficients`; Student's t with `df` degrees of freedom, the normal if None."""
    import numpy as np
    from scipy import stats

    se = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    law = stats.norm if df is None else stats.t(df)
    exact = se <= np.finfo(float).tiny
    t = np.divide(params, se, out=np.zeros_like(se), where=~exact)
    p = 2 * law.sf(np.abs(t))
    half = law.ppf(0.975) * se
    return {
        "params": named(names, params),
        "se": named(names, se),
        "t": {name: None if none else float(v) for name, v, none in zip(names, t, exact, strict=True)},
        "p": {name: None if none else float(v) for name, v, none in zip(names, p, exact, strict=True)},
        "low": named(names, params - half),
        "high": named(names, params + half),
    }


def small_sample(n: int, k: int) -> tuple[Caution, ...]:
    """A caution where there are fewer than ten observations a coefficient."""
    return (Caution(text=FEW, values={"n": n, "k": k}),) if n < 10 * k else ()


def few_clusters(count: int) -> tuple[Caution, ...]:
    """A caution where errors grouped by `count` labels are too small: fewer than thirty."""
    return (Caution(text=FEW_CLUSTERS, values={"groups": count}),) if count < 30 else ()


def groups(table: "pd.DataFrame", column: str, argument: str, *, least: int = 2) -> "NDArray[np.int64]":
    """The codes 0, 1, … of the labels in `column`, in sorted order.

    Raises:
        InvalidInput: a label is missing.
        InsufficientData: fewer than `least` different labels.
    """
    import pandas as pd

    codes, found = pd.factorize(table[column], sort=False)
    if (codes < 0).any():
        raise InvalidInput(f"data.{column}", FINITE)
    if len(found) < least:
        raise InsufficientData(argument, least, len(found))
    result: NDArray[np.int64] = codes
    return result
