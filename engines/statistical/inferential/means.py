"""Tests about means: Student's and Welch's t, one-way analysis of variance."""

from typing import TYPE_CHECKING, Final

from engines.arrays import CONSTANT, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Real, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.statistical.inferential.samples import NEEDED, Alternative, Groups, near_zero, samples

if TYPE_CHECKING:
    from engines.arrays import Floats

FEW: Final = 10  # values in a group, below which the t test leans on normality
UNEVEN: Final = 4.0  # ratio of variances that troubles the F test
MOST_COMPARED: Final = 30  # groups, for pairwise comparisons


class TTest(Computed):
    """A t test. `estimate` is the mean, or the difference of means (first less second), with its interval.

    `p` is that of the alternative asked for; `cohen_d` the estimate over the standard deviation (pooled
    for two samples, of the differences for pairs). A bound is None where the interval is open.
    """

    t: float
    df: float
    p: float
    p_two_sided: float
    estimate: float
    ci_low: float | None
    ci_high: float | None
    cohen_d: float
    level: float


@operation(
    "Prueba t",
    examples=(
        "¿Es distinto el coste medio de los siniestros de estas dos provincias? Prueba t de Welch",
        "Paired t test of premiums before and after the renewal",
    ),
)
def ttest(
    x: Vector,
    y: Vector | None = None,
    paired: bool = False,
    equal_var: bool = False,
    mu0: Real = 0.0,
    alternative: Alternative = "two-sided",
    level: Level = 0.95,
) -> TTest:
    """Test a mean, the difference of two means, or the mean of paired differences.

    Args:
        x: (n,) first sample, any unit, at least two values.
        y: (m,) second sample in the same unit; None tests the mean of `x` alone.
        paired: whether `x` and `y` measure the same things in the same order.
        equal_var: whether to pool the variances (Student); else Welch's test.
        mu0: the mean, or the difference, under the null hypothesis, in the unit of `x`.
        alternative: `two-sided`, or that the estimate is `less` or `greater` than `mu0`.
        level: confidence of the interval, as a share.

    Raises:
        InsufficientData: fewer than two values in a sample.
        InvalidInput: values that do not vary, pairs of different length, `paired` without `y`.

    Source: Student, Biometrika 6 (1908); Welch, Biometrika 34 (1947); d, Cohen, Statistical Power Analysis (1988), 2.2.
    """
    import numpy as np
    from scipy import stats

    first = vector(x, "x", least=2)
    if y is None:
        if paired:
            raise InvalidInput("y", NEEDED)
        second = None
    else:
        second = vector(y, "y", least=2, length=first.size if paired else None)
    if second is not None and paired:
        first, second = first - second, None
    if second is None:
        _varies(first)
        result = stats.ttest_1samp(first, mu0, alternative=alternative)
        estimate, spread, offset = first.mean(), first.std(ddof=1), 0.0
        smallest = first.size
        name = "paired" if paired else "one sample"
    else:
        _varies(first, second)
        # The shift keeps digits where both lie far from zero, and brings mu0 in.
        origin = first.mean()
        result = stats.ttest_ind(first - origin - mu0, second - origin, equal_var=equal_var, alternative=alternative)
        estimate, offset = first.mean() - second.mean(), mu0
        squares = ((first - origin) ** 2).sum() + ((second - second.mean()) ** 2).sum()
        spread = np.sqrt(squares / (first.size + second.size - 2))
        smallest = min(first.size, second.size)
        name = "Student, pooled variance" if equal_var else "Welch"
    interval = result.confidence_interval(level)
    warnings: tuple[Caution, ...] = ()
    if smallest < FEW:
        said = N_("Con {n} valores la prueba t depende de que sean normales; compárela con una de rangos.")
        warnings = (Caution(text=said, values={"n": int(smallest)}),)
    return TTest(
        method=name,
        library="scipy",
        n=first.size + (second.size if second is not None else 0),
        warnings=warnings,
        t=float(result.statistic),
        df=float(result.df),
        p=float(result.pvalue),
        p_two_sided=float(2 * stats.t.sf(abs(result.statistic), result.df)),
        estimate=float(estimate),
        ci_low=_bound(interval.low + offset),
        ci_high=_bound(interval.high + offset),
        cohen_d=float((estimate - mu0) / spread),
        level=level,
    )


def _varies(*given: "Floats") -> None:
    # A sample of 1e-300 varies, but its variance is zero all the same.
    if all(v.min() == v.max() or v.var() == 0 for v in given):
        raise InvalidInput("x", CONSTANT)


def _bound(value: float) -> float | None:
    import math

    return float(value) if math.isfinite(value) else None


class Comparison(Part):
    """Difference of the means of two groups (counted from 0), first less second, by Tukey's method."""

    first: int
    second: int
    difference: float
    ci_low: float
    ci_high: float
    p: float


class Anova(Computed):
    """One-way analysis of variance; sums of squares in the square of the values' unit."""

    F: float
    df_between: int
    df_within: int
    p: float
    ss_between: float
    ss_within: float
    eta2: float
    omega2: float
    means: tuple[float, ...]
    sds: tuple[float, ...]
    comparisons: tuple[Comparison, ...]


@operation(
    "Análisis de la varianza de un factor",
    examples=(
        "ANOVA del coste medio entre cinco talleres, con comparaciones de Tukey",
        "One-way ANOVA: do these groups have the same mean?",
    ),
    heavy=True,
)
def anova_oneway(groups: Groups, post_hoc: bool = False, level: Level = 0.95) -> Anova:
    """Test whether several groups have the same mean.

    Args:
        groups: two or more lists of at least two values each, all in one unit.
        post_hoc: whether to compare each two groups by Tukey's honest significance (at most 30 groups).
        level: simultaneous confidence of those comparisons, as a share.

    Raises:
        InsufficientData: fewer than two groups, or a group of one.
        InvalidInput: groups within which nothing varies.
        LimitExceeded: more than a thousand groups, or than thirty with `post_hoc`.

    Source: NIST/SEMATECH, Statistical Reference Datasets, analysis of variance; eta and omega squared, Hays,
    Statistics (1994), section 10.16; Tukey-Kramer, Kramer, Biometrics 12 (1956).
    """
    import numpy as np
    from scipy import stats

    found = near_zero(samples(groups, 2))
    if post_hoc and len(found) > MOST_COMPARED:
        raise LimitExceeded("groups", MOST_COMPARED, len(found), N_("quite las comparaciones dos a dos"))
    sizes = np.array([g.size for g in found])
    means = np.array([g.mean() for g in found])
    within = sum(float(((g - g.mean()) ** 2).sum()) for g in found)
    if within == 0:
        raise InvalidInput("groups", N_("no varían por dentro: la prueba no está definida"))
    between = float(sizes @ (means - sizes @ means / sizes.sum()) ** 2)
    df_between, df_within = len(found) - 1, int(sizes.sum()) - len(found)
    noise = within / df_within
    ratio = (
        between / df_between / noise
    )  # SciPy's f_oneway subtracts sums of squares, and so loses digits that this keeps
    sds = np.array([g.std(ddof=1) for g in found])
    warnings: tuple[Caution, ...] = ()
    if sds.max() ** 2 > UNEVEN * sds.min() ** 2:
        said = N_("Las varianzas de los grupos son muy distintas: contraste con Welch o con Kruskal-Wallis.")
        warnings = (Caution(text=said),)
    real = [float(np.mean(np.asarray(g, dtype=float))) for g in groups]
    reach = stats.t.isf(0.025, sizes - 1) * sds / np.sqrt(sizes)
    return Anova(
        method="fixed effects, equal variances",
        library="scipy",
        n=int(sizes.sum()),
        warnings=warnings,
        F=ratio,
        df_between=df_between,
        df_within=df_within,
        p=float(stats.f.sf(ratio, df_between, df_within)),
        ss_between=between,
        ss_within=within,
        eta2=between / (between + within),
        omega2=max(0.0, (between - df_between * noise) / (between + within + noise)),
        means=tuple(real),
        sds=tuple(sds.tolist()),
        comparisons=_tukey(found, level) if post_hoc else (),
        charts=(
            Chart(
                kind="scatter",
                title=N_("Medias de los grupos, con su intervalo del 95 %"),
                series=(
                    Series(
                        name=N_("Media"),
                        x=tuple(str(i + 1) for i in range(len(real))),
                        y=tuple(real),
                        low=tuple((np.array(real) - reach).tolist()),
                        high=tuple((np.array(real) + reach).tolist()),
                    ),
                ),
                x_label=N_("Grupo"),
            ),
        ),
    )


def _tukey(found: list["Floats"], level: float) -> tuple[Comparison, ...]:
    from itertools import combinations

    from scipy import stats

    result = stats.tukey_hsd(*found)
    interval = result.confidence_interval(level)
    return tuple(
        Comparison(
            first=i,
            second=j,
            difference=float(result.statistic[i, j]),
            ci_low=float(interval.low[i, j]),
            ci_high=float(interval.high[i, j]),
            p=float(result.pvalue[i, j]),
        )
        for i, j in combinations(range(len(found)), 2)
    )
