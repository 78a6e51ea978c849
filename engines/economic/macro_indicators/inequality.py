"""How unequally something is spread."""

from typing import Annotated, Final

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Vector, operation
from engines.errors import N_, InvalidInput

DRAWN: Final = 100  # points of the Lorenz curve


class Inequality(Computed):
    """Inequality of a sample: 0 when all have the same; `theil` and `atkinson` have no unit.

    Args:
        gini: of the sample, at most (n - 1) / n.
        gini_corrected: times n / (n - 1); None of fewer than two.
    """

    gini: float
    gini_corrected: float | None
    theil: float
    atkinson: float
    top_decile_share: float


@operation(
    "Desigualdad: Gini, Theil y Atkinson",
    examples=(
        "Calcula el índice de Gini de las primas por cliente y dibuja la curva de Lorenz",
        "Gini, Theil and Atkinson inequality indices of incomes with the Lorenz curve",
    ),
)
def inequality(x: Vector, epsilon: Annotated[float, Field(gt=0, le=50)] = 0.5) -> Inequality:
    """Measure how unequally a positive quantity is spread.

    Args:
        x: (n,) amounts of each unit, not negative, in one unit, not all zero.
        epsilon: aversion to inequality of the Atkinson index, above 0.

    Raises:
        InvalidInput: negative amounts, or all of them zero.

    Source: Gini, Variabilità e mutabilità (1912); Theil, Economics and Information Theory (1967), index T;
    Atkinson, Journal of Economic Theory 2 (1970); in Cowell, Measuring Inequality (2011), chapters 2 and 3.
    """
    import numpy as np
    from scipy.special import logsumexp, xlogy

    values = np.sort(vector(x, "x", low=0.0))
    n = values.size
    total = values.sum()
    if total <= 0:
        raise InvalidInput("x", N_("son todos cero: no hay nada que repartir"))
    relative = values / (total / n)
    # Differences from the middle rank, so that equal values give zero and not a rounding error.
    gini = max(float((2 * np.arange(1, n + 1) - n - 1) @ relative) / n**2, 0.0)
    with np.errstate(divide="ignore"):
        logs = np.log(relative)
    if epsilon == 1:
        equal = float(np.exp(logs.mean()))
    elif epsilon > 1 and values[0] == 0:
        equal = 0.0
    else:
        equal = float(np.exp((logsumexp((1 - epsilon) * logs) - np.log(n)) / (1 - epsilon)))
    shares = np.concatenate([[0.0], np.cumsum(values) / total])
    people = np.arange(n + 1) / n
    drawn = np.unique(np.linspace(0, n, min(n, DRAWN) + 1).astype(int))
    cautions = (
        (Caution(text=N_("con valores cero y epsilon de 1 o más el índice de Atkinson vale siempre 1")),)
        if epsilon >= 1 and values[0] == 0
        else ()
    )
    return Inequality(
        method=f"discrete, Atkinson with epsilon {epsilon:g}",
        n=n,
        gini=gini,
        gini_corrected=gini * n / (n - 1) if n > 1 else None,
        theil=max(float(xlogy(relative, relative).mean()), 0.0),
        atkinson=min(max(1 - equal, 0.0), 1.0),
        top_decile_share=float(1 - np.interp(0.9, people, shares)),
        warnings=cautions,
        charts=(
            Chart(
                kind="line",
                title=N_("Curva de Lorenz"),
                x_label=N_("Parte de las unidades"),
                y_label=N_("Parte del total"),
                series=(
                    Series(name=N_("Lorenz"), x=tuple(map(float, people[drawn])), y=tuple(map(float, shares[drawn]))),
                    Series(name=N_("Reparto igual"), x=(0.0, 1.0), y=(0.0, 1.0)),
                ),
            ),
        ),
    )
