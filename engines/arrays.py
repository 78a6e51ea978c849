"""Arguments become arrays and frames, or one error that names the argument and what is wrong with it."""

import math
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from engines.contract import Gappy, GappyMatrix, Labels, Matrix, Table, Vector
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, SingularMatrix

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LARGEST: Final = 1e100  # its square still fits in a double
MOST_VALUES: Final = 10_000_000
BY_REFERENCE: Final = N_("agréguelos antes, o muestréelos")
NUMBERS: Final = N_("debe ser una lista de números")
FINITE: Final = N_("contiene valores no finitos o vacíos")
MIXED: Final = N_("mezcla textos y números")
HUGE: Final = N_("contiene números mayores que 1e100; cambie de unidad")
TABULAR: Final = N_("debe ser una tabla de filas igual de largas")
UNEQUAL: Final = N_("tiene columnas de longitudes distintas")
CONSTANT: Final = N_("no varía: todos los valores son iguales")
LONGER: Final = N_("debe tener tantos valores como los demás datos")
OUTSIDE: Final = N_("contiene valores fuera del intervalo admitido")
TOLERANCE: Final = 1e-10  # of the largest singular value, under which a column adds nothing


def vector(
    values: Vector, argument: str, *, least: int = 1, length: int | None = None, varies: bool = False,
    low: float = -LARGEST, high: float = LARGEST,
) -> "Floats":  # fmt: skip
    """`values` as a one-dimensional array of finite doubles.

    Args:
        values: what was given.
        argument: its name, for the error.
        least: how many the method needs.
        length: how many there must be, to match others.
        varies: whether they may not all be equal.
        low: the least value admitted.
        high: the greatest value admitted.

    Raises:
        InvalidInput: not numbers, not finite, too large, constant, of another length, or outside low…high.
        InsufficientData: fewer than `least`.
        LimitExceeded: more than ten million.
    """
    found = _finite(_numbers(values, argument, 1), argument)
    _count(found.size, argument, least, length)
    if found.size and (found.min() < low or found.max() > high):
        raise InvalidInput(argument, OUTSIDE)
    if varies and found.size and found.min() == found.max():
        raise InvalidInput(argument, CONSTANT)
    return found


def gappy(values: Gappy, argument: str, *, least: int = 1, length: int | None = None) -> "Floats":
    """`values` as an array in which None is NaN; `least` counts those that are there."""
    import numpy as np

    given = values if isinstance(values, np.ndarray) else [np.nan if v is None else v for v in values]
    found = _numbers(given, argument, 1)
    there = found[~np.isnan(found)]
    _finite(there, argument)
    _count(there.size, argument, least, None)
    _count(found.size, argument, 0, length)
    return found


def matrix(
    rows: Matrix, argument: str, *, least: int = 1, columns: int | None = None, square: bool = False
) -> "Floats":
    """`rows` as a two-dimensional array of finite doubles, at least `least` rows long."""
    found = _finite(_numbers(rows, argument, 2), argument)
    _count(found.shape[0], argument, least, None)
    if (columns is not None and found.shape[1] != columns) or (square and found.shape[0] != found.shape[1]):
        raise InvalidInput(argument, TABULAR)
    return found


def gappy_matrix(rows: GappyMatrix, argument: str, *, least: int = 1) -> "Floats":
    """`rows` as a two-dimensional array in which None is NaN."""
    import numpy as np

    given = rows if isinstance(rows, np.ndarray) else [[np.nan if v is None else v for v in row] for row in rows]
    found = _numbers(given, argument, 2)
    _finite(found[~np.isnan(found)], argument)
    _count(found.shape[0], argument, least, None)
    return found


def correlations(rows: Matrix, argument: str, size: int) -> "Floats":
    """A correlation matrix of `size` variables: symmetric, ones on the diagonal, positive semi-definite to 1e-8."""
    import numpy as np

    found = matrix(rows, argument, least=size, columns=size, square=True)
    if not np.allclose(found, found.T, atol=1e-8) or not np.allclose(np.diag(found), 1.0, atol=1e-8):
        raise InvalidInput(argument, N_("debe ser simétrica y tener unos en la diagonal"))
    if np.linalg.eigvalsh(found)[0] < -1e-8:
        raise InvalidInput(argument, N_("no es semidefinida positiva: esas correlaciones no pueden darse a la vez"))
    return found


def covariances(rows: Matrix, argument: str, size: int) -> "Floats":
    """A covariance matrix of `size` variables: symmetric, positive semi-definite relative to its scale."""
    import numpy as np

    found = matrix(rows, argument, least=size, columns=size, square=True)
    scale = max(float(np.abs(found).max()), 1e-300)
    if not np.allclose(found, found.T, atol=1e-8 * scale) or (np.diag(found) < 0).any():
        raise InvalidInput(argument, N_("debe ser simétrica y tener varianzas no negativas"))
    if np.linalg.eigvalsh(found)[0] < -1e-8 * scale:
        raise InvalidInput(argument, N_("no es semidefinida positiva: esas covarianzas no pueden darse a la vez"))
    return found


def labels(values: Labels, argument: str, *, least: int = 1, length: int | None = None) -> "NDArray[Any]":
    """`values` as an array of labels (texts, whole numbers, booleans)."""
    import numpy as np

    if isinstance(values, str | bytes | dict) or not hasattr(values, "__len__"):
        raise InvalidInput(argument, N_("debe ser una lista"))
    found = np.asarray(values) if isinstance(values, np.ndarray) else np.array(list(values), dtype=object)
    if found.ndim != 1 or any(v is None or v != v for v in found):
        raise InvalidInput(argument, FINITE)
    _count(found.size, argument, least, length)
    return found


def names(values: Labels, argument: str, *, least: int = 1, length: int | None = None) -> list[str]:
    """`labels` as texts, 2 and 2.0 alike.

    Raises:
        InvalidInput: texts among numbers, or a number that is not finite.
    """
    found = labels(values, argument, least=least, length=length)
    if len({isinstance(v, str) for v in found}) > 1:
        raise InvalidInput(argument, MIXED)
    if any(not isinstance(v, str) and not math.isfinite(v) for v in found):
        raise InvalidInput(argument, FINITE)
    return [v if isinstance(v, str) else f"{float(v):.15g}" for v in found]


def frame(
    data: Table, argument: str, columns: Sequence[str] = (), *, numeric: Sequence[str] = (), least: int = 1
) -> "pd.DataFrame":
    """`data` as a pandas frame that has `columns` and `numeric`, the latter of finite numbers without gaps.

    Raises:
        InvalidInput: a column is missing (named), unequal in length, or not numeric where it must be.
        InsufficientData: fewer rows than `least`.
    """
    import pandas as pd

    if not isinstance(data, pd.DataFrame):
        lengths = {len(v) for v in data.values()}
        if not data or len(lengths) != 1:
            raise InvalidInput(argument, UNEQUAL)
        data = pd.DataFrame(data)
    _count(len(data), argument, least, None)
    for name in (*columns, *numeric):
        if name not in data.columns:
            raise InvalidInput(argument, N_("no tiene todas las columnas que se piden; revise sus nombres"))
    checked = data.copy(deep=False)
    for name in numeric:
        checked[name] = vector(data[name].to_numpy(), f"{argument}.{name}")
    return checked


def require_independent(design: "Floats", argument: str, names: Sequence[str]) -> None:
    """Refuse a design whose columns depend on each other.

    Columns are scaled first, so that units do not matter. The names told are those that add nothing
    to the ones before them.

    Raises:
        InsufficientData: fewer rows than columns.
        SingularMatrix: some columns are one too many.
    """
    import numpy as np

    if design.shape[0] < design.shape[1]:
        raise InsufficientData(argument, design.shape[1], design.shape[0])
    norms = np.linalg.norm(design, axis=0)
    scaled = design / np.where(norms > 0, norms, 1.0)
    diagonal = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    superfluous = [name for name, left in zip(names, diagonal, strict=True) if left < TOLERANCE]
    if superfluous:
        raise SingularMatrix(argument, ", ".join(superfluous))


def _numbers(values: Any, argument: str, dimensions: int) -> "Floats":
    import numpy as np

    if isinstance(values, np.ndarray):
        # A table's column of mixed kinds of numbers comes as objects.
        plain = values.dtype.kind in "iufb" or all(isinstance(v, Real | Decimal) for v in values.flat)
    else:
        rows = values if dimensions == 2 else [values]
        plain = isinstance(values, list | tuple) and all(
            isinstance(row, list | tuple | np.ndarray)
            and all(isinstance(v, int | float | np.number) and not isinstance(v, str) for v in row)
            for row in rows
        )
    if not plain:
        raise InvalidInput(argument, NUMBERS)
    try:
        found = np.asarray(values, dtype=np.float64)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(argument, TABULAR) from error
    if found.ndim != dimensions:
        # An empty list of rows has no second dimension.
        if found.size == 0:
            return found.reshape((0,) * dimensions)
        raise InvalidInput(argument, TABULAR if dimensions == 2 else NUMBERS)
    return found


def _finite(found: "Floats", argument: str) -> "Floats":
    import numpy as np

    if found.size > MOST_VALUES:
        raise LimitExceeded(argument, MOST_VALUES, int(found.size), BY_REFERENCE)
    if not np.isfinite(found).all():
        raise InvalidInput(argument, FINITE)
    if found.size and np.abs(found).max() > LARGEST:
        raise InvalidInput(argument, HUGE)
    return found


def _count(got: int, argument: str, least: int, length: int | None) -> None:
    if got < least:
        raise InsufficientData(argument, least, got)
    if length is not None and got != length:
        raise InvalidInput(argument, LONGER)
