"""The columns that distances and projections are taken of: numbers without gaps, scaled if asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from engines.arrays import MIXED, frame, vector
from engines.contract import Caution, Table
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_ROWS: Final = 1_000_000
MOST_COLUMNS: Final = 200
NOISE: Final = 1e-12
SAMPLE: Final = N_("muestree filas")


@dataclass(frozen=True)
class Numbers:
    """`values` as given, `scaled` as they enter the method."""

    names: tuple[str, ...]
    values: "Floats"
    scaled: "Floats"
    cautions: tuple[Caution, ...]

    @property
    def n(self) -> int:
        """How many rows."""
        return int(self.values.shape[0])


def numbers(
    data: Table, columns: Sequence[str], scale: bool, *, least: int = 2, most: int = MOST_ROWS, exclude: str = "target"
) -> Numbers:
    """The numeric columns of `data`, or those named.

    Args:
        data: the table.
        columns: which to take; by default all of numbers but `exclude`.
        scale: whether to standardise them (sd with n - 1).
        least: how many rows the method needs.
        most: how many it takes.
        exclude: the column that bundled data sets call their answer.

    Raises:
        InvalidInput: no numeric column varies, gaps, or texts among numbers.
        InsufficientData: fewer rows than `least`.
        LimitExceeded: too many rows or columns.
    """
    import numpy as np
    import pandas as pd

    table = frame(data, "data", columns, least=least)
    if len(table) > most:
        raise LimitExceeded("data", most, len(table), SAMPLE)
    wanted = list(columns) or [n for n in table.columns if n != exclude and not _no_number(table[n])]
    if len(wanted) > MOST_COLUMNS:
        raise LimitExceeded("data", MOST_COLUMNS, len(wanted), N_("elija columnas"))
    held: dict[str, Any] = {}
    for name in wanted:
        if table[name].isna().any():
            raise InvalidInput("data", N_("tiene huecos en columnas numéricas; complételos o quite esas filas"))
        held[name] = vector(pd.Series(table[name]).to_numpy(), f"data.{name}")
    # Less than what a sum of doubles loses is no variation.
    constant = [name for name, values in held.items() if np.ptp(values) <= NOISE * np.abs(values).max()]
    kept = [name for name in held if name not in constant]
    if not kept:
        raise InvalidInput("data", N_("no tiene columnas numéricas que varíen"))
    values = np.column_stack([held[name] for name in kept])
    scaled = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1) if scale else values
    if not np.isfinite(scaled).all():
        raise InvalidInput("data", N_("tiene columnas que apenas varían para su magnitud; cambie de unidad"))
    said: tuple[Caution, ...] = ()
    left = [*constant, *(str(n) for n in table.columns if n not in held and n != exclude and not columns)]
    if left:
        said = (
            Caution(
                text=N_("Quedan fuera {columns}: no varían, o no son números"), values={"columns": ", ".join(left)}
            ),
        )
    return Numbers(tuple(map(str, kept)), values, scaled, said)


def _no_number(column: Any) -> bool:
    """Whether a column holds texts or days."""
    there = column.dropna()
    if column.dtype.kind in "mM" or (len(there) and all(isinstance(v, date) for v in there)):
        return True
    texts = [isinstance(v, str) for v in there]
    if any(texts) and not all(texts):
        raise InvalidInput(f"data.{column.name}", MIXED)
    return bool(texts) and all(texts)
