"""What is odd in numbers: first digits, outliers, distributions that drift, rows unlike the rest."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Seed, Share, Table, Vector, operation
from engines.data.etl.cells import Named
from engines.data.recognition import MEANINGS
from engines.data.tables import blanked, columnar, kind_of, tabled
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

FEW_DIGITS: Final = 300
NIGRINI: Final = ((0.006, "close"), (0.012, "acceptable"), (0.015, "marginal"))
"""Mean absolute deviation of first digits up to which the law is followed so well (Nigrini 2012, table 7.1)."""
BANDS: Final = ((0.10, "stable"), (0.25, "moderate"))
FLOOR: Final = 1e-4
MOST_ROWS: Final = 200_000
LEAST_ROWS: Final = 20
MOST_GROWN: Final = 4_096
"""Rows that a tree grows on: of the 256 that are usual, one gross error among thousands is in too few trees to show."""
ROBUST: Final = 1.4826
"""Makes the median absolute deviation a standard deviation where data are normal."""
RARE: Final = 5.643856189774724
"""Bits of a text that is one in fifty."""
NARROW: Final = N_(
    "Los importes abarcan menos de dos órdenes de magnitud (de {low} a {high}): la ley de Benford no tiene por qué "
    "cumplirse, y apartarse de ella no dice nada."
)
WIDE: Final = 100.0  # times the 99th percentile over the first
BROAD: Final = N_("Con {n} valores la ley de Benford no se puede juzgar con seguridad.")
EMPTY_BINS: Final = N_("{n} intervalos vacíos se han tomado como {floor} para poder calcular el índice.")
NOT_NORMAL: Final = N_("La prueba supone datos normales; sin ellos señala demasiados valores.")
FIRST_DIGITS: Final = N_("Primeras cifras frente a la ley de Benford")
SPREAD: Final = N_("Distribución esperada y observada")
UNLIKE: Final = N_("Una fila rara no es un error: revísela antes de corregir nada.")


class Benford(Computed):
    """First digits by Benford's law, and as they are if values are given: chi-square test and mean deviation."""

    digits: list[int]
    expected: list[float]
    observed: list[float] | None
    counts: list[int] | None
    chi2: float | None
    p: float | None
    mad: float | None
    conformity: Literal["close", "acceptable", "marginal", "none"] | None


class Grubbs(Computed):
    """The most extreme value, its statistic and critical values; `outlier` is None if it does not pass its own."""

    G: float
    critical_one_sided: float
    critical_two_sided: float
    suspect: float
    suspect_index: int
    outlier: float | None
    p: float


class Stability(Computed):
    """How far a distribution has moved: under 0.10 stable, under 0.25 moderate, else a shift."""

    psi: float
    band: Literal["stable", "moderate", "shift"]
    contributions: list[float]


class OddColumn(Part):
    """A column that makes a row stand out: its value, and by how much (robust deviations, or rarity in bits)."""

    column: str
    value: str
    strength: float


class OddRow(Part):
    """A row unlike the rest (from 0), its score, and the columns that make it so."""

    row: int
    score: float
    reasons: list[OddColumn]


class OddRows(Computed):
    """The rows that stand out most, oddest first; scores are those of the forest, 0.5 ordinary, near 1 alone."""

    rows: list[OddRow]
    columns: list[str]


@operation(
    "Ley de Benford",
    examples=(
        "¿Siguen estos importes la ley de Benford en su primera cifra?",
        "Benford's law first digit test of these amounts",
    ),
)
def benford(
    values: Vector | None = None,
    digits: Annotated[list[Annotated[int, Field(ge=1, le=9)]], Field(min_length=1, max_length=9)] = [  # noqa: B006
        1, 2, 3, 4, 5, 6, 7, 8, 9,
    ],
) -> Benford:  # fmt: skip
    """Compare the first digits of amounts with those that Benford's law expects.

    Args:
        values: amounts; zeros say nothing and the sign does not count. Without them the law alone is told.
        digits: the first digits whose expected share is told.

    Raises:
        InvalidInput: values that are no numbers.
        InsufficientData: fewer than ten values other than zero.

    Source: Benford, Proceedings of the American Philosophical Society 78 (1938); Nigrini, Benford's Law (2012),
    table 7.1 (bounds of the mean absolute deviation).
    """
    import math

    law = {d: math.log10(1 + 1 / d) for d in range(1, 10)}
    told = [law[d] for d in digits]
    if values is None:
        return Benford(
            digits=digits, expected=told, observed=None, counts=None, chi2=None, p=None, mad=None, conformity=None
        )
    import numpy as np
    from scipy.stats import chisquare

    given = np.abs(vector(values, "values", least=1))
    given = given[given > 0]
    if given.size < 10:
        raise InsufficientData("values", 10, int(given.size))
    first = np.array([int(f"{v:.14e}"[0]) for v in given])
    counts = np.array([(first == d).sum() for d in range(1, 10)])
    shares = counts / counts.sum()
    test = chisquare(counts, np.array(list(law.values())) * counts.sum())
    mad = float(np.abs(shares - np.array(list(law.values()))).mean())
    series = (
        Series(name=N_("Observado"), x=tuple(range(1, 10)), y=tuple(float(s) * 100 for s in shares)),
        Series(name=N_("Ley de Benford"), x=tuple(range(1, 10)), y=tuple(s * 100 for s in law.values())),
    )
    said: tuple[Caution, ...] = (Caution(text=BROAD, values={"n": int(given.size)}),) if given.size < FEW_DIGITS else ()
    low, high = (float(q) for q in np.quantile(given, (0.01, 0.99), method="inverted_cdf"))
    if high / low < WIDE:
        said += (Caution(text=NARROW, values={"low": float(f"{low:.6g}"), "high": float(f"{high:.6g}")}),)
    return Benford(
        method="first digit, chi-square with 8 degrees of freedom", library="scipy", n=int(given.size), digits=digits,
        expected=told, observed=[float(shares[d - 1]) for d in digits], counts=[int(counts[d - 1]) for d in digits],
        chi2=float(test.statistic), p=float(test.pvalue), mad=mad, warnings=said,
        conformity=next((name for bound, name in NIGRINI if mad <= bound), "none"),
        charts=(Chart(kind="bar", title=FIRST_DIGITS, unit="%", series=series),),
    )  # fmt: skip


@operation(
    "Prueba de Grubbs para atípicos",
    examples=(
        "¿Es un valor atípico el mayor de estos importes según la prueba de Grubbs?",
        "Grubbs test for one outlier in these measurements",
    ),
)
def outlier_grubbs(
    x: Vector, alpha: Level = 0.05, side: Literal["max", "min", "both"] = "both"
) -> Grubbs:  # fmt: skip
    """Test whether the most extreme of normal data is an outlier.

    Args:
        x: the data, at least seven.
        alpha: level of the test.
        side: whether the greatest, the least, or the farthest from the mean is under suspicion.

    Raises:
        InsufficientData: fewer than seven values.
        InvalidInput: all values are equal.

    Source: Grubbs, "Procedures for Detecting Outlying Observations in Samples", Technometrics 11 (1969);
    NIST/SEMATECH e-Handbook, section 1.3.5.17.1.
    """
    import numpy as np
    from scipy.stats import t

    given = vector(x, "x", least=7, varies=True)
    n = given.size
    scale = float(np.abs(given).max())
    z = (given / scale - (given / scale).mean()) / (given / scale).std(ddof=1)
    if not np.isfinite(z).all():
        raise InvalidInput("x", N_("no varía: todos los valores son iguales"))
    at = int({"max": z.argmax, "min": z.argmin, "both": np.abs(z).argmax}[side]())
    statistic = float(abs(z[at]))

    def critical(level: float) -> float:
        q = t.isf(level / n, n - 2)
        return float((n - 1) / np.sqrt(n) * np.sqrt(q**2 / (n - 2 + q**2)))

    one, two = critical(alpha), critical(alpha / 2)
    inner = (n - 1) ** 2 / n - statistic**2
    # G² = (n-1)²/n · t²/(n-2+t²), solved for t.
    tail = float(t.sf(statistic * np.sqrt((n - 2) / inner), n - 2)) if inner > 0 else 0.0
    p = min(1.0, float(n * tail * (2 if side == "both" else 1)))
    is_out = statistic > (two if side == "both" else one)
    return Grubbs(
        method=f"Grubbs, {side}", library="scipy", n=int(n), G=statistic, critical_one_sided=one,
        critical_two_sided=two,
        suspect=float(given[at]), suspect_index=at, outlier=float(given[at]) if is_out else None, p=p,
        warnings=(Caution(text=NOT_NORMAL),),
    )  # fmt: skip


@operation(
    "Estabilidad de la población (PSI)",
    examples=(
        "¿Ha cambiado el perfil de la cartera? Calcula el PSI entre lo esperado y lo actual por tramos",
        "Population stability index between expected and actual bins",
    ),
)
def population_stability(expected: Vector, actual: Vector) -> Stability:
    """Measure how far the distribution over classes has moved from one time to another (PSI).

    Args:
        expected: counts or shares by class, at the first time.
        actual: the same at the second.

    Raises:
        InvalidInput: negative values, none positive, or of unequal length.
        InsufficientData: fewer than two classes.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 8 (index and its bands 0.10 and 0.25); the index is
    Jeffreys' divergence, Kullback & Leibler (1951).
    """
    import numpy as np

    before = vector(expected, "expected", least=2, low=0.0)
    after = vector(actual, "actual", least=2, length=before.size, low=0.0)
    for name, values in (("expected", before), ("actual", after)):
        if not values.max() > 0:
            raise InvalidInput(name, N_("debe tener algún valor positivo"))
    one, two = (v / v.max() / (v / v.max()).sum() for v in (before, after))
    # A class that is empty in both says nothing; one that is empty at one time would make the index infinite.
    empty = int(((one == 0) ^ (two == 0)).sum())
    p, q = np.maximum(one, FLOOR), np.maximum(two, FLOOR)
    parts = (q - p) * np.log(q / p)
    psi = float(parts.sum())
    names = tuple(str(i) for i in range(1, before.size + 1))
    series = (
        Series(name=N_("Esperada"), x=names, y=tuple(float(v) * 100 for v in one)),
        Series(name=N_("Observada"), x=names, y=tuple(float(v) * 100 for v in two)),
    )
    return Stability(
        n=int(before.size), psi=psi, contributions=[float(v) for v in parts],
        band=next((name for bound, name in BANDS if psi < bound), "shift"),
        warnings=(Caution(text=EMPTY_BINS, values={"n": empty, "floor": FLOOR}),) if empty else (),
        charts=(Chart(kind="bar", title=SPREAD, unit="%", series=series),),
    )  # fmt: skip


@operation(
    "Filas anómalas",
    examples=(
        "¿Qué filas de esta tabla de recibos son anómalas y por qué columnas?",
        "Which rows of this table are anomalous, and because of which columns?",
    ),
    heavy=True,
)
def anomaly_rows(
    data: Table,
    columns: Annotated[list[Named], Field(max_length=100)] = [],  # noqa: B006 (never written to)
    share: Annotated[Share, Field(gt=0, le=0.5)] = 0.01,
    seed: Seed = 0,
) -> OddRows:
    """Find the rows that are most unlike the rest, and the columns that make them so.

    An isolation forest scores the rows; numbers and dates (texts of ISO dates too) enter as robust deviations, texts
    as their rarity. Reasons are the
    columns in which a row lies three robust deviations out, or whose value is rarer than one in fifty.

    Args:
        data: the table.
        columns: which columns count; by default all but those whose ordinary texts are rare, as names and codes.
        share: how many rows to give back, as a share of all; one at least.
        seed: of the forest.

    Raises:
        InsufficientData: fewer than twenty rows.
        InvalidInput: a column is not there or of mixed kinds, or no column varies.
        LimitExceeded: more than 200,000 rows.

    Source: Liu, Ting & Zhou, "Isolation Forest", ICDM (2008); Rousseeuw & Croux, JASA 88 (1993) (MAD).
    """
    import numpy as np
    from sklearn.ensemble import IsolationForest

    rows = _dated(blanked(tabled(data, "data", columns, least=LEAST_ROWS)))
    if len(rows) > MOST_ROWS:
        raise LimitExceeded("data", MOST_ROWS, len(rows), N_("use una muestra"))
    names = [str(n) for n in (columns or rows.columns)]
    strengths = {name: s for name in names if (s := _strength(rows[name], bool(columns))) is not None}
    if not strengths:
        raise InvalidInput("data", N_("no tiene ninguna columna que varíe"))
    design = np.column_stack([np.clip(s, -1e6, 1e6) for s in strengths.values()])
    grown = min(len(rows), MOST_GROWN)
    forest = IsolationForest(n_estimators=200, max_samples=grown, random_state=seed).fit(design)
    scores = -forest.score_samples(design)
    worst = np.argsort(-scores, kind="stable")[: max(1, int(np.ceil(share * len(rows))))]
    cells = columnar(rows[list(strengths)])
    found = []
    for row in worst:
        reasons = [
            OddColumn(column=name, value=str(cells[name][row])[:200], strength=float(values[row]))
            for name, values in strengths.items()
            if abs(values[row]) >= (3.0 if kind_of(rows[name]) != "text" else RARE)
        ]
        reasons.sort(key=lambda r: -abs(r.strength))
        found.append(OddRow(row=int(row), score=float(scores[row]), reasons=reasons[:10]))
    return OddRows(
        method="isolation forest, 200 trees", library="scikit-learn", n=len(rows), seed=seed, rows=found,
        columns=list(strengths), warnings=(Caution(text=UNLIKE),),
    )  # fmt: skip


def _dated(rows: "pd.DataFrame") -> "pd.DataFrame":
    """`rows` whose texts of ISO dates are dates: as texts each day would be a rarity."""
    import pandas as pd

    held = rows.copy(deep=False)
    for name in rows.columns:
        there = rows[name].dropna()
        if kind_of(rows[name]) == "text" and all(MEANINGS["date"](str(text)) for text in there.unique()):
            held[name] = pd.to_datetime(rows[name], format="%Y-%m-%d")
    return held


def _strength(column: "pd.Series[Any]", asked: bool) -> "NDArray[np.float64] | None":
    """How odd each value of a column is; None if the column says nothing."""
    import numpy as np

    kind = kind_of(column)
    there = column.dropna()
    if kind == "empty" or there.nunique() < 2:
        return None
    if kind in ("text", "boolean"):
        shares = column.map(there.value_counts(normalize=True)).astype(float)
        rarity: NDArray[np.float64] = np.nan_to_num(-np.log2(shares.to_numpy()), nan=0.0)
        if not asked and float(np.median(rarity[column.notna().to_numpy()])) > RARE:
            return None  # names and numbers of documents: each is nearly alone of its kind
        return rarity
    if kind == "date":
        there = (there - there.min()).dt.days.astype(float)
    values = there.astype(float)
    scale = float(values.abs().max())
    values = values / scale if scale else values
    middle = float(values.median())
    spread = ROBUST * float((values - middle).abs().median()) or float(values.std())
    out = np.zeros(len(column))
    if spread:
        out[column.notna().to_numpy()] = ((values - middle) / spread).to_numpy()
    return out
