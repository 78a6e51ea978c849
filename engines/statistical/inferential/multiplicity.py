"""Many tests at once: which of them still say something."""

from typing import Literal

from engines.arrays import vector
from engines.contract import Computed, Level, Vector, operation


class MultipleTesting(Computed):
    """Adjusted p values and decisions of the method asked for, in the order given; the counts are of all methods."""

    adjusted: tuple[float, ...]
    rejected: tuple[bool, ...]
    rejections_bonferroni: int
    rejections_holm: int
    rejections_bh: int
    rejections_by: int
    alpha: float


@operation(
    "Corrección por comparaciones múltiples",
    examples=(
        "Corrige estos quince valores p por Benjamini-Hochberg y dime cuáles siguen siendo significativos",
        "Adjust p values for multiple testing: Holm, Bonferroni, false discovery rate",
    ),
)
def multiple_testing(
    p_values: Vector, alpha: Level = 0.05, method: Literal["bonferroni", "holm", "bh", "by"] = "bh"
) -> MultipleTesting:
    """Correct the p values of many tests.

    Args:
        p_values: (n,) probabilities, 0 to 1.
        alpha: the family-wise error (`bonferroni`, `holm`) or the false discovery rate (`bh`, `by`), as a share.
        method: whose adjusted values are given; how many each rejects is given for all.

    Raises:
        InsufficientData: no p value.
        InvalidInput: a number outside 0 to 1.

    Source: Holm, Scand. J. Statist. 6 (1979); Benjamini & Hochberg, JRSS B 57 (1995); Benjamini & Yekutieli, Annals
    of Statistics 29 (2001).
    """
    import numpy as np
    from scipy import stats

    given = vector(p_values, "p_values", low=0.0, high=1.0)
    n = given.size
    order = np.argsort(given, kind="stable")
    holm = np.empty(n)
    holm[order] = np.maximum.accumulate((n - np.arange(n)) * given[order])
    adjusted = {
        "bonferroni": np.minimum(n * given, 1.0),
        "holm": np.minimum(holm, 1.0),
        "bh": stats.false_discovery_control(given, method="bh"),
        "by": stats.false_discovery_control(given, method="by"),
    }
    counts = {name: int((values <= alpha).sum()) for name, values in adjusted.items()}
    return MultipleTesting(
        method=method,
        library="scipy",
        n=n,
        adjusted=tuple(adjusted[method].tolist()),
        rejected=tuple((adjusted[method] <= alpha).tolist()),
        rejections_bonferroni=counts["bonferroni"],
        rejections_holm=counts["holm"],
        rejections_bh=counts["bh"],
        rejections_by=counts["by"],
        alpha=alpha,
    )
