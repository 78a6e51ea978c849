"""Fewer levels: what of a rating factor the claims do not tell apart becomes one."""

from typing import TYPE_CHECKING, Any, Final

from engines.contract import Computed, Level, Part, Table, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.insurance.rating import (
    EMPTY_LEVEL,
    Coded,
    coded_factor,
    design_of,
    fit_glm,
    refuse_empty_levels,
    response_and_exposure,
)

if TYPE_CHECKING:
    import pandas as pd

    from engines.arrays import Floats


class Grouped(Part):
    """Levels that are one now: their weight, claims and relativity to the first group."""

    name: str
    levels: tuple[str, ...]
    exposure: float
    claims: float
    relativity: float


class Fusion(Part):
    """Two groups made one, and what it cost in deviance (one degree of freedom)."""

    left: str
    right: str
    deviance: float
    p: float


class RatingFactors(Computed):
    """A factor with fewer levels: `groups` by their order, and the `fusions` that led there."""

    factor: str
    groups: tuple[Grouped, ...]
    fusions: tuple[Fusion, ...]
    levels_before: int
    levels_after: int
    deviance_increase: float


MOST_LEVELS: Final = 500


@operation(
    "Agrupación de niveles de un factor",
    examples=(
        "Agrupa los niveles del factor provincia que no difieren en frecuencia y dame la tabla de relatividades",
        "Fuse the levels of the vehicle group factor that do not differ, by deviance test",
    ),
    heavy=True,
)
def rating_factors(
    data: Table,
    y: str,
    factor: str,
    exposure: str | None = None,
    others: tuple[str, ...] = (),
    ordered: bool = False,
    level: Level = 0.05,
) -> RatingFactors:
    """Fuse the levels of a rating factor that the claims do not tell apart.

    The two neighbouring groups whose fusion costs least are made one, again and again, until the cost is
    significant. The effects of the `others` stay as the full model has them.

    Args:
        data: one row a risk or a cell.
        y: column with the number of claims.
        factor: categorical column whose levels are fused.
        exposure: column with policy-years, positive; 1 each without it.
        others: categorical columns that are held constant.
        ordered: fuse only levels that follow each other in their own order (age bands); else in order of rate.
        level: significance of the likelihood-ratio test from which two groups stay apart.

    Raises:
        InvalidInput: gaps, exposure not positive, a level of the others without claims.
        LimitExceeded: more than 500 levels.
        SingularMatrix: factors that repeat each other.
        NotConverged: the full model has no finite estimate.

    Source: deviance test of nested Poisson models, McCullagh & Nelder, 1989, section 2.3 and ch. 6; successive
    fusion of levels as in Ohlsson & Johansson, Non-Life Insurance Pricing with GLMs, 2010, section 3.3.
    """
    import numpy as np
    from scipy import stats
    from scipy.special import xlogy

    checked, claims, weights = response_and_exposure(data, y, exposure)
    coded = coded_factor(checked, factor, weights)
    size = len(coded.levels)
    if size > MOST_LEVELS:
        raise LimitExceeded(f"data.{factor}", MOST_LEVELS, size, N_("agrupe antes por una clasificación más gruesa"))
    seen = np.bincount(coded.codes, weights=claims, minlength=size)
    expected = weights * _effects(checked, coded, others, claims, weights, seen) if others else weights
    due = np.bincount(coded.codes, weights=expected, minlength=size)
    worn = np.bincount(coded.codes, weights=weights, minlength=size)
    order = range(size) if ordered else np.argsort(seen / due, kind="stable")
    groups: list[list[int]] = [[int(place)] for place in order]

    def cost(left: list[int], right: list[int]) -> float:
        a, b, m, n = seen[left].sum(), seen[right].sum(), due[left].sum(), due[right].sum()
        return float(2 * (xlogy(a, a / m) + xlogy(b, b / n) - xlogy(a + b, (a + b) / (m + n))))

    def name(group: list[int]) -> str:
        return " + ".join(coded.levels[place] for place in group)

    fusions = []
    while len(groups) > 1:
        costs = [cost(left, right) for left, right in zip(groups, groups[1:], strict=False)]
        cheapest = int(np.argmin(costs))
        deviance = max(costs[cheapest], 0.0)
        p = float(stats.chi2(1).sf(deviance))
        if p < level:
            break
        left, right = groups[cheapest], groups[cheapest + 1]
        fusions.append(Fusion(left=name(left), right=name(right), deviance=deviance, p=p))
        groups[cheapest : cheapest + 2] = [left + right]
    rates = [seen[group].sum() / due[group].sum() for group in groups]
    first = rates[0] if rates[0] > 0 else float(claims.sum() / expected.sum())
    grouped = tuple(
        Grouped(
            name=name(group),
            levels=tuple(coded.levels[place] for place in group),
            exposure=float(worn[group].sum()),
            claims=float(seen[group].sum()),
            relativity=float(rate / first),
        )
        for group, rate in zip(groups, rates, strict=True)
    )
    return RatingFactors(
        method="likelihood ratio of neighbouring groups, other effects held",
        library="statsmodels" if others else "scipy",
        n=len(checked),
        factor=factor,
        groups=grouped,
        fusions=tuple(fusions),
        levels_before=size,
        levels_after=len(groups),
        deviance_increase=float(sum(fusion.deviance for fusion in fusions)),
    )


def _effects(
    data: "pd.DataFrame", coded: Coded, others: tuple[str, ...], claims: "Floats", weights: "Floats", seen: Any
) -> Any:
    """What the `others` multiply each row's rate by, in the full model.

    Rows of levels without claims are left out: in the limit of greatest likelihood they say nothing of the others.
    """
    import numpy as np
    from statsmodels.genmod import families

    kept = seen[coded.codes] > 0
    several = np.count_nonzero(seen) > 1
    rows = data[kept]
    design = design_of(rows, (coded.name, *others) if several else others, (), weights[kept], "first")
    refuse_empty_levels(design, claims[kept])
    fit = fit_glm(claims[kept], design.dense(), families.Poisson(), offset=np.log(weights[kept]))
    params = dict(zip(design.names, fit.params, strict=True))
    logs = np.zeros(len(data))
    for name in others:
        known = next(factor for factor in design.factors if factor.name == name).levels
        whole = coded_factor(data, name, weights)
        strange = next((level for level in whole.levels if level not in known), None)
        if strange is not None:
            raise InvalidInput(f"data.{name}.{strange}", EMPTY_LEVEL)
        logs += np.array([params.get(f"{name}[{level}]", 0.0) for level in whole.levels])[whole.codes]
    return np.exp(logs)
