"""Tests on counts: contingency tables, Fisher's exact test, proportions."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.arrays import OUTSIDE, matrix
from engines.contract import Caution, Computed, Level, Matrix, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.statistical.inferential.samples import SMALL, Alternative

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_COUNTED: Final = 10**12
MOST_FOR_FISHER: Final = 20_000  # in all four cells
FEW_DISCORDANT: Final = 25
FOURFOLD: Final = N_("debe ser una tabla de 2 x 2")


class ContingencyTest(Computed):
    """A test on a table of counts: `chi2` is its statistic, G itself for the G test.

    `expected` holds the counts under the null hypothesis; `cramer_v` is None for McNemar's test.
    """

    chi2: float
    df: int
    p: float
    expected: tuple[tuple[float, ...], ...]
    cramer_v: float | None


@operation(
    "Prueba de independencia en tablas",
    examples=(
        "Chi cuadrado: ¿depende la anulación de la póliza del canal de venta?",
        "Chi-square, G or McNemar test of this contingency table",
    ),
)
def contingency_test(
    table: Matrix, test: Literal["chi2", "g", "mcnemar"] = "chi2", correction: bool = True
) -> ContingencyTest:
    """Test whether the rows and columns of a table of counts are independent, or (McNemar) whether its margins agree.

    Args:
        table: (r, c) counts, whole numbers, r and c at least 2; 2 x 2 for `mcnemar` (before by after).
        test: `chi2` (Pearson), `g` (likelihood ratio) or `mcnemar` (pairs).
        correction: whether a 2 x 2 table is corrected for continuity (Yates; Edwards for McNemar).

    Raises:
        InsufficientData: fewer than two rows.
        InvalidInput: no whole counts, an empty row or column, a shape that the test does not take.

    Source: Agresti, Categorical Data Analysis, 2nd ed. (2002), sections 3.2 and 10.1; McNemar, Psychometrika 12
    (1947), with Edwards' correction (1948).
    """
    import numpy as np
    from scipy.stats import contingency

    counts = _counts(table)
    if test == "mcnemar":
        return _mcnemar(counts, correction)
    if (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any():
        raise InvalidInput("table", N_("tiene una fila o una columna sin casos"))
    result = contingency.chi2_contingency(
        counts, correction=correction, lambda_="log-likelihood" if test == "g" else None
    )
    warnings: tuple[Caution, ...] = ()
    if (result.expected_freq < SMALL).mean() > 0.2 or result.expected_freq.min() < 1:
        said = N_("Hay frecuencias esperadas menores que {least}: el valor p es poco fiable; use Fisher o una niveles.")
        warnings = (Caution(text=said, values={"least": SMALL}),)
    if (counts == 0).any():
        warnings += (Caution(text=N_("Hay celdas sin ningún caso.")),)
    corrected = ", continuity correction" if correction and counts.shape == (2, 2) else ""
    return ContingencyTest(
        method=f"{'G' if test == 'g' else 'Pearson chi-square'}{corrected}",
        library="scipy",
        n=int(counts.sum()),
        warnings=warnings,
        chi2=float(result.statistic),
        df=int(result.dof),
        p=float(result.pvalue),
        expected=tuple(tuple(row) for row in result.expected_freq.tolist()),
        cramer_v=float(contingency.association(counts.astype(np.int64), method="cramer")),
    )


def _counts(table: Matrix) -> "Floats":
    counts = matrix(table, "table", least=2)
    if counts.shape[1] < 2:
        raise InvalidInput("table", N_("debe tener al menos dos columnas"))
    if counts.min() < 0 or counts.max() > MOST_COUNTED or (counts != counts.round()).any():
        raise InvalidInput("table", N_("debe tener recuentos: números enteros no negativos"))
    return counts


def _mcnemar(counts: "Floats", correction: bool) -> ContingencyTest:
    from statsmodels.stats.contingency_tables import mcnemar

    if counts.shape != (2, 2):
        raise InvalidInput("table", FOURFOLD)
    discordant = float(counts[0, 1] + counts[1, 0])
    if discordant == 0:
        raise InvalidInput("table", N_("no tiene casos que cambien de una vez a otra"))
    result = mcnemar(counts, exact=False, correction=correction)
    warnings: tuple[Caution, ...] = ()
    if discordant < FEW_DISCORDANT:
        said = N_("Solo {n} casos cambian: el valor p es poco fiable.")
        warnings = (Caution(text=said, values={"n": int(discordant)}),)
    half = discordant / 2
    return ContingencyTest(
        method="McNemar, continuity correction" if correction else "McNemar",
        library="statsmodels",
        n=int(counts.sum()),
        warnings=warnings,
        chi2=float(result.statistic),
        df=1,
        p=float(result.pvalue),
        expected=((float(counts[0, 0]), half), (half, float(counts[1, 1]))),
        cramer_v=None,
    )


class FisherExact(Computed):
    """Fisher's exact test. The odds ratio given is the conditional estimate, with its exact interval.

    `odds_ratio_sample` is the plain cross product. None stands for an infinite or undefined figure.
    """

    p: float
    odds_ratio_conditional_mle: float | None
    odds_ratio_sample: float | None
    ci_low: float | None
    ci_high: float | None
    level: float


@operation(
    "Prueba exacta de Fisher",
    examples=(
        "Prueba exacta de Fisher de esta tabla de 2 x 2 con pocos casos",
        "Fisher exact test and odds ratio of fraud by inspected or not",
    ),
    heavy=True,
)
def fisher_exact(table: Matrix, alternative: Alternative = "two-sided", level: Level = 0.95) -> FisherExact:
    """Test a 2 x 2 table of counts exactly, given its margins.

    Args:
        table: (2, 2) counts, whole numbers, 20,000 in all at most.
        alternative: `two-sided`, or that the odds ratio is `less` or `greater` than one; the interval goes with it.
        level: confidence of the interval, as a share.

    Raises:
        InsufficientData: fewer than two rows.
        InvalidInput: no whole counts, another shape, or an empty row or column.
        LimitExceeded: more than 20,000 cases.

    Source: Fisher, The Design of Experiments (1935), ch. 2; conditional estimate and interval, Cornfield (1956) as
    in Agresti, Categorical Data Analysis (2002), section 3.5.
    """
    import math

    from scipy import stats
    from scipy.stats import contingency

    counts = _counts(table)
    if counts.shape != (2, 2):
        raise InvalidInput("table", FOURFOLD)
    if (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any():
        raise InvalidInput("table", N_("tiene una fila o una columna sin casos"))
    if counts.sum() > MOST_FOR_FISHER:
        raise LimitExceeded("table", MOST_FOR_FISHER, int(counts.sum()), N_("use la prueba de chi cuadrado"))
    whole = counts.astype(int)
    ratio = contingency.odds_ratio(whole, kind="conditional")
    interval = ratio.confidence_interval(level, alternative)

    def known(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    crossed = float(counts[0, 1] * counts[1, 0])
    return FisherExact(
        method="conditional on the margins",
        library="scipy",
        n=int(counts.sum()),
        p=float(stats.fisher_exact(whole, alternative=alternative).pvalue),
        odds_ratio_conditional_mle=known(ratio.statistic),
        odds_ratio_sample=float(counts[0, 0] * counts[1, 1]) / crossed if crossed else None,
        ci_low=known(interval.low),
        ci_high=known(interval.high),
        level=level,
    )


class ProportionTest(Computed):
    """A proportion with its interval, and the test of whether it is `p0`."""

    estimate: float
    ci_low: float
    ci_high: float
    p: float
    p0: float
    level: float


@operation(
    "Intervalo y prueba de una proporción",
    examples=(
        "De 263 pólizas se anularon 81: intervalo de Wilson de la tasa de anulación",
        "Clopper-Pearson confidence interval and binomial test of a proportion",
    ),
)
def proportion_test(
    successes: Annotated[int, Field(ge=0, le=10**9)],
    trials: Annotated[int, Field(ge=1, le=10**9)],
    method: Literal["wilson", "exact", "score"] = "wilson",
    p0: Level = 0.5,
    alternative: Alternative = "two-sided",
    level: Level = 0.95,
) -> ProportionTest:
    """Give the interval of a proportion, and test it against a value.

    Args:
        successes: how many had the property, up to `trials`.
        trials: how many were looked at.
        method: `exact` (binomial test, Clopper-Pearson interval), `wilson` (score test and Wilson's interval)
            or `score` (both with the continuity correction, what R's prop.test gives).
        p0: the proportion under the null hypothesis, strictly between 0 and 1.
        alternative: `two-sided`, or that the proportion is `less` or `greater` than `p0`; the interval goes with it.
        level: confidence of the interval, as a share.

    Raises:
        InvalidInput: more successes than trials.

    Source: Wilson, JASA 22 (1927); Clopper & Pearson, Biometrika 26 (1934); Newcombe, Statistics in Medicine 17
    (1998), methods 3, 4 and 5.
    """
    import numpy as np
    from scipy import stats

    if successes > trials:
        raise InvalidInput("successes", OUTSIDE)
    result = stats.binomtest(successes, trials, p0, alternative=alternative)
    kind = {"wilson": "wilson", "exact": "exact", "score": "wilsoncc"}[method]
    interval = result.proportion_ci(level, method=kind)
    if method == "exact":
        p = float(result.pvalue)
    else:
        distance = successes - trials * p0
        shift = min(0.5, abs(distance)) if method == "score" else 0.0
        z = np.sign(distance) * (abs(distance) - shift) / np.sqrt(trials * p0 * (1 - p0))
        tails = {"two-sided": 2 * stats.norm.sf(abs(z)), "less": stats.norm.cdf(z), "greater": stats.norm.sf(z)}
        p = float(tails[alternative])
    warnings: tuple[Caution, ...] = ()
    if method != "exact" and trials * min(p0, 1 - p0) < SMALL:
        said = N_("Con {n} casos y una proporción de {p0} el valor p es poco fiable; use el método exacto.")
        warnings = (Caution(text=said, values={"n": trials, "p0": p0}),)
    return ProportionTest(
        method={"wilson": "Wilson score", "exact": "Clopper-Pearson", "score": "score with continuity correction"}[
            method
        ],
        library="scipy",
        n=trials,
        warnings=warnings,
        estimate=successes / trials,
        ci_low=float(interval.low),
        ci_high=float(interval.high),
        p=p,
        p0=p0,
        level=level,
    )
