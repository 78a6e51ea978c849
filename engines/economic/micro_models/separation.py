"""Perfect separation: a column that tells the answer alone, so that no finite coefficient is best."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from engines.errors import N_, EngineError, NotConverged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_ROWS: Final = 20_000  # of the linear programme that looks for separating combinations


class PerfectSeparation(NotConverged):
    """Columns predict the answer without error: their coefficients have no finite estimate."""

    text = N_("«{columns}» predice el resultado sin ningún fallo y el modelo no tiene solución; quite esa columna")

    def __init__(self, argument: str, columns: str) -> None:
        """Name the columns of `argument` that separate."""
        EngineError.__init__(self, argument, columns=columns)


def separating(answer: "Floats", columns: "Floats", names: Sequence[str]) -> list[str]:
    """The columns that separate the zeros from the ones of `answer`, alone or together; empty if none do.

    Together: Konis, Linear programming algorithms for detecting separated data (2007), section 4.
    """
    import numpy as np
    from scipy.optimize import linprog

    zeros, ones = columns[answer == 0], columns[answer == 1]
    alone = [
        name
        for i, name in enumerate(names)
        if (zeros[:, i].max() <= ones[:, i].min() or ones[:, i].max() <= zeros[:, i].min())
    ]
    if alone or len(answer) > MOST_ROWS:
        return alone
    centred = columns - columns.mean(axis=0)
    spread = np.abs(centred).max(axis=0)
    design = np.column_stack([np.ones(len(answer)), centred / np.where(spread > 0, spread, 1.0)])
    signed = design * (2 * answer - 1)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(answer)), bounds=(-1, 1), method="highs")
    if not found.success or -found.fun < 1e-6:
        return []
    return [name for name, weight in zip(names, found.x[1:], strict=True) if abs(weight) > 1e-6]


def refuse_separation(answer: "Floats", columns: "Floats", names: Sequence[str], *, why: str) -> NotConverged:
    """The error for a binary fit that did not converge: the separating columns if that is the cause, else `why`."""
    found = separating(answer, columns, names)
    return PerfectSeparation("data", ", ".join(found)) if found else NotConverged("data", why)
