"""Agreement between those who judge the same cases: kappa of two, kappa of many, intraclass correlation."""

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engines.arrays import matrix
from engines.contract import Caution, Computed, Level, Matrix, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_COUNTED: Final = 10**9
MOST_CLASSES: Final = 200
SQUARE: Final = N_("debe ser una tabla cuadrada de recuentos: una fila y una columna por clase")
WHOLE: Final = N_("debe contener recuentos enteros no negativos")
ONE_CLASS: Final = N_("todas las respuestas caen en una sola clase: no hay nada que pueda discrepar")
RATERS: Final = N_("cada fila debe sumar el mismo número de evaluadores, dos al menos")
NO_SPREAD: Final = N_("no varía: todos los casos reciben la misma puntuación")
SMALL: Final = N_("Con solo {n} casos el intervalo es muy ancho.")
FEW: Final = 30
Strength: TypeAlias = Literal["poor", "slight", "fair", "moderate", "substantial", "almost_perfect"]
BANDS: Final[tuple[tuple[float, Strength], ...]] = (
    (0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"),
)  # fmt: skip


class Kappa(Computed):
    """Agreement beyond chance of two who judge: observed and expected share, kappa, its error and interval."""

    po: float
    pe: float
    kappa: float
    se: float
    ci: tuple[float, float]
    p: float
    strength: Strength


class FleissKappa(Computed):
    """Agreement beyond chance of several who judge; each class has its own share."""

    po: float
    pe: float
    kappa: float
    raters: int
    shares: list[float]
    strength: Strength


class IntraclassCorrelation(Computed):
    """Shrout and Fleiss' six forms: 1 each case has other judges, 2 judges drawn by chance, 3 these judges; k of means.

    `ci` are the intervals of 1, 2 and 3; the mean squares are those of the two-way table.
    """

    icc1: float
    icc2: float
    icc3: float
    icc1k: float
    icc2k: float
    icc3k: float
    ci: dict[str, tuple[float, float]]
    F: float | None
    p: float
    between: float
    judges: float
    residual: float


@operation(
    "Kappa de Cohen",
    examples=(
        "¿Coinciden los dos tramitadores al clasificar siniestros? Kappa de Cohen de esta tabla cruzada",
        "Cohen's kappa agreement of two raters from this table of counts",
    ),
)
def agreement_kappa(
    table: Matrix, weights: Literal["none", "linear", "quadratic"] = "none", level: Level = 0.95
) -> Kappa:
    """Measure how far two who judge agree beyond chance.

    Args:
        table: (classes, classes) counts; rows by one judge, columns by the other.
        weights: whether all disagreements count alike, or by their distance (linear, quadratic).
        level: of the interval.

    Raises:
        InvalidInput: no square table of counts, or everything in one class.
        InsufficientData: fewer than two classes, or no case at all.

    Source: Cohen, Educational and Psychological Measurement 20 (1960); weights, Psychological Bulletin 70 (1968);
    error by Fleiss, Cohen & Everitt, Psychological Bulletin 72 (1969); words by Landis & Koch, Biometrics 33 (1977).
    """
    import numpy as np
    from scipy.stats import norm
    from statsmodels.stats.inter_rater import cohens_kappa

    counts = _counts(table, "table")
    if counts.shape[0] != counts.shape[1]:
        raise InvalidInput("table", SQUARE)
    total = counts.sum()
    if total < 2:
        raise InsufficientData("table", 2, int(total))
    share = counts / total
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    apart = np.abs(np.subtract.outer(np.arange(len(rows)), np.arange(len(rows)))) / (len(rows) - 1)
    alike = {"none": np.eye(len(rows)), "linear": 1 - apart, "quadratic": 1 - apart**2}[weights]
    observed, expected = float((alike * share).sum()), float((alike * np.outer(rows, columns)).sum())
    if expected >= 1 - 1e-12:
        raise InvalidInput("table", ONE_CLASS)
    wt = None if weights == "none" else {"linear": "linear", "quadratic": "quadratic"}[weights]
    with np.errstate(invalid="ignore"):  # full agreement has a variance of nought, or a hair below it
        found = cohens_kappa(counts, wt=wt)
    kappa = float(found.kappa)
    se = float(np.sqrt(max(float(found.var_kappa), 0.0)))
    half = float(norm.isf((1 - level) / 2)) * se
    null = float(np.sqrt(max(float(found.var_kappa0), 0.0)))
    p = float(2 * norm.sf(abs(kappa) / null)) if null else (0.0 if kappa else 1.0)
    said = (Caution(text=SMALL, values={"n": int(total)}),) if total < FEW else ()
    return Kappa(
        method=f"Cohen, weights {weights}", library="statsmodels", n=int(total), po=observed, pe=expected, kappa=kappa,
        se=se, ci=(max(-1.0, kappa - half), min(1.0, kappa + half)), p=p, strength=_strength(kappa), warnings=said,
    )  # fmt: skip


@operation(
    "Kappa de Fleiss",
    examples=(
        "Kappa de Fleiss: seis peritos clasifican los mismos siniestros en cuatro clases",
        "Fleiss kappa of several raters from counts by category",
    ),
)
def agreement_fleiss(table: Matrix) -> FleissKappa:
    """Measure how far several who judge agree beyond chance; they need not be the same ones for each case.

    Args:
        table: (cases, classes) how many judges put each case into each class; each row adds up to the same number.

    Raises:
        InvalidInput: no counts, rows of unequal sum, or everything in one class.
        InsufficientData: fewer than two cases.

    Source: Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971).
    """
    import numpy as np
    from statsmodels.stats.inter_rater import fleiss_kappa

    counts = _counts(table, "table")
    sums = counts.sum(axis=1)
    raters = int(sums[0])
    if raters < 2 or (sums != raters).any():
        raise InvalidInput("table", RATERS)
    shares = counts.sum(axis=0) / counts.sum()
    expected = float((shares**2).sum())
    if expected >= 1 - 1e-12:
        raise InvalidInput("table", ONE_CLASS)
    observed = float(((counts**2).sum(axis=1) - raters).mean() / (raters * (raters - 1)))
    kappa = float(fleiss_kappa(counts, method="fleiss"))
    said = (Caution(text=SMALL, values={"n": len(counts)}),) if len(counts) < FEW else ()
    return FleissKappa(
        method="Fleiss", library="statsmodels", n=len(counts), po=observed, pe=expected, kappa=kappa, raters=raters,
        shares=[float(np.float64(s)) for s in shares], strength=_strength(kappa), warnings=said,
    )  # fmt: skip


@operation(
    "Correlación intraclase (ICC)",
    examples=(
        "Correlación intraclase ICC de cuatro peritos que valoran los mismos seis daños",
        "Intraclass correlation, all six Shrout-Fleiss forms, of these ratings",
    ),
)
def agreement_icc(ratings: Matrix, level: Level = 0.95) -> IntraclassCorrelation:
    """Measure how much of what judges say is of the cases, not of the judges.

    Args:
        ratings: (cases, judges) scores, without gaps.
        level: of the intervals.

    Raises:
        InsufficientData: fewer than two cases or two judges.
        InvalidInput: no table of numbers, or one that does not vary.

    Source: Shrout & Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological Bulletin 86
    (1979), tables 2 to 4; intervals by McGraw & Wong, Psychological Methods 1 (1996), table 7.
    """
    import numpy as np
    from scipy.stats import f as fisher

    given = matrix(ratings, "ratings", least=2)
    n, k = given.shape
    if k < 2:
        raise InsufficientData("ratings", 2, k)
    scale = float(np.abs(given - given.mean()).max())
    if not scale > 1e-12 * float(np.abs(given).max()):
        raise InvalidInput("ratings", NO_SPREAD)
    x = (given - given.mean()) / scale
    cases, judges = x.mean(axis=1), x.mean(axis=0)
    bms = float(k * (cases**2).sum() / (n - 1))
    jms = float(n * (judges**2).sum() / (k - 1))
    ems = float(((x - cases[:, None] - judges[None, :] + x.mean()) ** 2).sum() / ((n - 1) * (k - 1)))
    wms = float(((x - cases[:, None]) ** 2).sum() / (n * (k - 1)))
    if bms + (k - 1) * wms <= 0 or bms <= 1e-24:
        raise InvalidInput("ratings", NO_SPREAD)
    ems = 0.0 if ems < 1e-24 else ems
    wms = 0.0 if wms < 1e-24 else wms
    one = (bms - wms) / (bms + (k - 1) * wms)
    two = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    three = (bms - ems) / (bms + (k - 1) * ems)
    ratio = bms / ems if ems else None
    a = (1 - level) / 2
    said = (Caution(text=SMALL, values={"n": int(n)}),) if n < FEW else ()
    return IntraclassCorrelation(
        method="Shrout-Fleiss", library="scipy", n=int(n), icc1=one, icc2=two, icc3=three, icc1k=(bms - wms) / bms,
        icc2k=(bms - ems) / (bms + (jms - ems) / n), icc3k=(bms - ems) / bms,
        ci={
            "icc1": _bounds(bms, wms, k, fisher.isf(a, n - 1, n * (k - 1)), fisher.isf(a, n * (k - 1), n - 1)),
            "icc2": _bounds_of_drawn(bms, jms, ems, n, k, two, a),
            "icc3": _bounds(bms, ems, k, fisher.isf(a, n - 1, (n - 1) * (k - 1)),
                            fisher.isf(a, (n - 1) * (k - 1), n - 1)),
        },
        F=ratio, p=float(fisher.sf(ratio, n - 1, (n - 1) * (k - 1))) if ratio is not None else 0.0,
        between=bms * scale**2, judges=jms * scale**2, residual=ems * scale**2, warnings=said,
    )  # fmt: skip


def _bounds(between: float, within: float, k: int, low: float, high: float) -> tuple[float, float]:
    """Exact bounds from the ratio of mean squares (Shrout & Fleiss, p. 424)."""
    if within == 0:
        return 1.0, 1.0
    lower, upper = between / within / low, between / within * high
    return float((lower - 1) / (lower + k - 1)), float((upper - 1) / (upper + k - 1))


def _bounds_of_drawn(bms: float, jms: float, ems: float, n: int, k: int, icc: float, a: float) -> tuple[float, float]:
    """Bounds where judges are a sample: Satterthwaite's degrees of freedom (Shrout & Fleiss, p. 424)."""
    from scipy.stats import f as fisher

    if ems == 0 and jms == 0:
        return 1.0, 1.0
    fj = jms / ems if ems else 1e12
    up = (k - 1) * (n - 1) * (k * icc * fj + n * (1 + (k - 1) * icc) - k * icc) ** 2
    down = (n - 1) * k**2 * icc**2 * fj**2 + (n * (1 + (k - 1) * icc) - k * icc) ** 2
    v = max(up / down, 1e-6) if down > 0 else 1.0
    low, high = fisher.isf(a, n - 1, v), fisher.isf(a, v, n - 1)
    lower = n * (bms - low * ems) / (low * (k * jms + (k * n - k - n) * ems) + n * bms)
    upper = n * (high * bms - ems) / (k * jms + (k * n - k - n) * ems + n * high * bms)
    return float(lower), float(upper)


def _counts(table: Matrix, argument: str) -> "Floats":
    given = matrix(table, argument, least=2)
    if given.shape[1] < 2:
        raise InsufficientData(argument, 2, given.shape[1])
    if given.shape[1] > MOST_CLASSES:
        raise LimitExceeded(argument, MOST_CLASSES, given.shape[1], N_("agrupe clases"))
    if (given < 0).any() or (given > MOST_COUNTED).any() or (given % 1 != 0).any():
        raise InvalidInput(argument, WHOLE)
    return given


def _strength(kappa: float) -> Strength:
    """Landis and Koch's word for a kappa."""
    if kappa < 0:
        return "poor"
    return next((name for bound, name in BANDS if kappa <= bound), "almost_perfect")
