"""Tests about the shape: equal variances, normality."""

import math
from typing import Literal

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.statistical.inferential.samples import Groups, near_zero, samples

MOST_SHAPIRO = 5_000
MOST_ANDERSON = 13  # the formula for p ends here
LEAST = {"shapiro": 3, "ad": 8, "jb": 8}
FEW_FOR_JB = 2_000
SHOWN = 500  # points of a chart


class VarianceTest(Computed):
    """A test of equal variances: `K2` Bartlett's, `F` Levene's (with `df_within`), `chi2` Fligner-Killeen's."""

    statistic: float
    K2: float | None = None
    F: float | None = None
    chi2: float | None = None
    df: int
    df_within: int | None = None
    p: float
    variances: tuple[float, ...]


@operation(
    "Igualdad de varianzas",
    examples=(
        "¿Tienen la misma varianza los costes de estos grupos? Bartlett o Levene",
        "Levene test of equal variances between groups",
    ),
)
def variance_test(
    groups: Groups,
    test: Literal["bartlett", "levene", "fligner"] = "levene",
    center: Literal["median", "mean", "trimmed"] = "median",
) -> VarianceTest:
    """Test whether several groups vary equally.

    Args:
        groups: two or more lists of at least two values each, all in one unit.
        test: `bartlett` (for normal data), `levene` or `fligner` (both withstand other shapes).
        center: from what `levene` and `fligner` measure distances; the median is the Brown-Forsythe test.

    Raises:
        InsufficientData: fewer than two groups, or a group of one.
        InvalidInput: a group that does not vary (Bartlett), or none that does.

    Source: Bartlett, Proc. R. Soc. A 160 (1937); Levene (1960) and Brown & Forsythe, JASA 69 (1974); Fligner &
    Killeen, JASA 71 (1976).
    """
    from scipy import stats

    found = samples(groups, 2)
    if test == "bartlett" and min(g.max() - g.min() for g in found) == 0:
        raise InvalidInput("groups", N_("no varían por dentro: la prueba no está definida"))
    if all(g.min() == g.max() for g in found):
        raise InvalidInput("groups", N_("no varían por dentro: la prueba no está definida"))
    n = sum(g.size for g in found)
    if test == "bartlett":
        result = stats.bartlett(*near_zero(found))
    elif test == "levene":
        result = stats.levene(*near_zero(found), center=center)
    else:
        result = stats.fligner(*found, center=center)
    value = float(result.statistic)
    return VarianceTest(
        method=test if test == "bartlett" else f"{test}, distances to the {center}",
        library="scipy",
        n=n,
        statistic=value,
        K2=value if test == "bartlett" else None,
        F=value if test == "levene" else None,
        chi2=value if test == "fligner" else None,
        df=len(found) - 1,
        df_within=n - len(found) if test == "levene" else None,
        p=float(result.pvalue),
        variances=tuple(float(g.var(ddof=1)) for g in near_zero(found)),
    )


class NormalityTest(Computed):
    """A test of normality: `W` of Shapiro and Wilk, `A2` of Anderson and Darling, `JB` of Jarque and Bera."""

    statistic: float
    W: float | None = None
    A2: float | None = None
    JB: float | None = None
    p: float


@operation(
    "Prueba de normalidad",
    examples=(
        "¿Siguen una distribución normal estos residuos? Shapiro-Wilk",
        "Test these residuals for normality: Anderson-Darling, Jarque-Bera",
    ),
)
def normality_test(x: Vector, test: Literal["shapiro", "ad", "jb"] = "shapiro") -> NormalityTest:
    """Test whether a sample may come from a normal distribution of unknown mean and variance.

    Args:
        x: (n,) values, any unit; at least 3 for `shapiro`, 8 for the others.
        test: `shapiro` (Shapiro-Wilk, up to 5,000 values), `ad` (Anderson-Darling) or `jb` (Jarque-Bera).

    Raises:
        InsufficientData: too few values.
        InvalidInput: values that do not vary.
        LimitExceeded: more than 5,000 values for Shapiro-Wilk.

    Source: Shapiro & Wilk, Biometrika 52 (1965), by Royston's AS R94 (1995); Anderson-Darling with p by
    D'Agostino & Stephens, Goodness-of-Fit Techniques (1986), Table 4.9; Jarque & Bera, Economics Letters 6 (1980).
    """
    import numpy as np
    from scipy import stats

    values = vector(x, "x", least=LEAST[test], varies=True)
    if test == "shapiro" and values.size > MOST_SHAPIRO:
        raise LimitExceeded("x", MOST_SHAPIRO, int(values.size), N_("use Anderson-Darling"))
    centred = values - values.mean()
    centred = centred / np.abs(centred).max()
    if test == "shapiro":
        value, p = stats.shapiro(centred)
    elif test == "ad":
        value = stats.anderson(centred, "norm", method="interpolate").statistic
        p = _anderson_p(float(value), values.size)
    else:
        value, p = stats.jarque_bera(centred)
    warnings: tuple[Caution, ...] = ()
    if test == "jb" and values.size < FEW_FOR_JB:
        said = N_("Con menos de {n} valores el valor p de Jarque-Bera es poco fiable; use Shapiro-Wilk.")
        warnings = (Caution(text=said, values={"n": FEW_FOR_JB}),)
    quantiles, ordered = stats.probplot(values, fit=False)
    step = max(1, values.size // SHOWN)
    points = Series(name=N_("Valores"), x=tuple(quantiles[::step].tolist()), y=tuple(ordered[::step].tolist()))
    return NormalityTest(
        method=test,
        library="scipy",
        n=values.size,
        warnings=warnings,
        statistic=float(value),
        W=float(value) if test == "shapiro" else None,
        A2=float(value) if test == "ad" else None,
        JB=float(value) if test == "jb" else None,
        p=float(p),
        charts=(
            Chart(
                kind="scatter",
                title=N_("Cuantiles frente a la normal"),
                series=(points,),
                x_label=N_("Cuantil de la normal"),
                y_label=N_("Valor"),
            ),
        ),
    )


def _anderson_p(statistic: float, n: int) -> float:
    """The p of A2 with mean and variance estimated, by D'Agostino & Stephens, Table 4.9; below 1e-26 it is zero.

    The library that has it finds A2 from probabilities that are zero where a value lies nine deviations out, as
    costs of claims do; SciPy finds A2 from their logarithms, but has p between 1 % and 15 % alone.
    """
    a = statistic * (1 + 0.75 / n + 2.25 / n**2)
    if a < 0.2:
        return 1 - math.exp(-13.436 + 101.14 * a - 223.73 * a**2)
    if a < 0.34:
        return 1 - math.exp(-8.318 + 42.796 * a - 59.938 * a**2)
    if a < 0.6:
        return math.exp(0.9177 - 4.279 * a - 1.38 * a**2)
    return math.exp(1.2937 - 5.709 * a + 0.0186 * a**2) if a <= MOST_ANDERSON else 0.0
