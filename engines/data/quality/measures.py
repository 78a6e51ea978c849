"""Measures of a table: its profile, gaps, repetitions, age, and one score of them all."""

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import ConfigDict, Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Share, Table, operation
from engines.data.etl.cells import Named
from engines.data.recognition import MEANINGS, Meaning
from engines.data.tables import Cell, Kind, blanked, kind_of, plain, tabled
from engines.data.validation.schemas import meaning_of
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    import pandas as pd

FREQUENT: Final = 5
SHOWN: Final = 1_000
CHARTED: Final = 40
NOTHING: Final = frozenset({"n/a", "na", "n.a.", "n/d", "nd", "n.d.", "n/c", "nc", "n.c.", "null", "none", "nan", "s/n",
                            "s/d", "sin datos", "sin dato", "desconocido", "desconocida", "pendiente", "no consta",
                            "no tiene", "no facilita", "no disponible", "no aplica", "0000", "0000-00-00",
                            "00/00/0000"})  # fmt: skip
MARKS: Final = re.compile(r"[-–—_.,*?/\s]+|x+", re.I)
NO_COLUMN: Final = N_("nombra una columna que no está en la tabla")
FILLED: Final = N_("Proporción de filas con dato, por columna")
BY_DIMENSION: Final = N_("Puntuación por dimensión")
DISGUISED: Final = N_("{n} celdas llevan texto de relleno (como «-» o «n/d») y cuentan como vacías.")
FUTURE: Final = N_("{n} fechas son posteriores al día de cálculo; se cuentan aparte.")


class Frequent(Part):
    """A value and how often it occurs."""

    value: str
    times: int


class ColumnProfile(Part):
    """What a column holds. `meaning` is what at least 95 % of its texts prove to be; `invalid` are the others.

    Bounds of texts are those of their alphabetical order; `repeated` counts rows whose value occurs before.
    """

    name: str
    kind: Kind
    missing: int
    completeness: float | None
    distinct: int
    repeated: int
    minimum: Cell
    maximum: Cell
    mean: float | None
    deviation: float | None
    zeros: int | None
    negative: int | None
    shortest: int | None
    longest: int | None
    meaning: Meaning | None
    invalid: int | None
    frequent: list[Frequent]


class Profile(Computed):
    """A table, column by column; `repeated_rows` are rows equal to an earlier one in all columns."""

    columns: list[ColumnProfile]
    cells: int
    missing: int
    completeness: float
    repeated_rows: int


class ColumnGaps(Part):
    """How many rows of a column hold something."""

    name: str
    there: int
    missing: int
    share: float


class Completeness(Computed):
    """How complete a table is, by column and by row; `rows` are the first with a gap where none may be."""

    columns: list[ColumnGaps]
    share: float
    complete_rows: int
    rows: list[int]


class Repetition(Part):
    """A key that occurs more than once, and in which rows (from 0)."""

    key: list[Cell]
    rows: list[int]


class Uniqueness(Computed):
    """How single the rows are by their key; rows without a whole key are counted apart."""

    unique: bool
    share: float | None
    keys: int
    repeated: int
    empty: int
    repetitions: list[Repetition]


class Freshness(Computed):
    """How old data are, in days; `late` are older than admitted, `rows` the first of them."""

    share: float | None
    newest: date | None
    oldest: date | None
    median_age: float | None
    late: int
    future: int
    missing: int
    rows: list[int]


class Dimension(Part):
    """A dimension of quality: its score between 0 and 1, and what it weighs."""

    model_config = ConfigDict(extra="forbid")

    name: Named
    score: Share
    weight: Positive = 1.0


class Scored(Computed):
    """One score of all dimensions, between 0 and 1, and the dimension that is worst."""

    score: float
    worst: str
    worst_score: float
    shares: dict[str, float]


@operation(
    "Perfil de una tabla",
    examples=(
        "Hazme el perfil de esta tabla: huecos, valores distintos, mínimos, máximos y valores frecuentes por columna",
        "Profile this table column by column",
    ),
)
def profile(data: Table) -> Profile:
    """Describe every column of a table: kind, gaps, distinct values, bounds, frequent values, what its texts mean.

    A blank text is a gap.

    Args:
        data: the table.

    Raises:
        InvalidInput: no table, or a column of mixed kinds.

    Source: Abedjan, Golab & Naumann, "Profiling relational data: a survey", VLDB Journal 24 (2015), section 3;
    ISO/IEC 25012 (2008).
    """
    rows = blanked(tabled(data, "data"))
    columns = [_column(str(name), rows[name]) for name in rows.columns]
    missing = sum(c.missing for c in columns)
    return Profile(
        n=len(rows), columns=columns, cells=int(rows.size), missing=missing, completeness=1 - missing / rows.size,
        repeated_rows=int(rows.duplicated().sum()),
        charts=(_bars(FILLED, [(c.name, c.completeness or 0.0) for c in columns]),),
    )  # fmt: skip


@operation(
    "Completitud de una tabla",
    examples=(
        "¿Qué porcentaje de filas tiene teléfono y correo? Mide la completitud de la tabla",
        "Completeness of this table: missing values by column and by row",
    ),
)
def completeness(
    data: Table, required: Annotated[list[Named], Field(max_length=200)] = [], fillers: bool = True  # noqa: B006
) -> Completeness:  # fmt: skip
    """Count what is there, by column and by row.

    Args:
        data: the table.
        required: the columns that must be filled for a row to be complete; by default all.
        fillers: whether texts that stand for nothing ("-", "n/d", "no consta") count as missing, as blanks always do.

    Raises:
        InvalidInput: a column is not there, or of mixed kinds.

    Source: ISO/IEC 25012 (2008), completeness; Pipino, Lee & Wang, "Data Quality Assessment", CACM 45 (2002).
    """
    given = tabled(data, "data")
    rows = blanked(given)
    if set(required) - set(rows.columns):
        raise InvalidInput("required", NO_COLUMN)
    there = rows.notna()
    disguised = int((given.notna() & ~there).to_numpy().sum()) if fillers else 0
    if fillers:
        for name in rows.columns:
            if kind_of(rows[name]) == "text":
                empty = rows[name].map(lambda v: isinstance(v, str) and _says_nothing(v)).astype(bool)
                disguised += int((empty & there[name]).sum())
                there[name] &= ~empty
    whole = there[list(required) or list(rows.columns)].all(axis=1)
    gaps = [
        ColumnGaps(name=str(n), there=int(there[n].sum()), missing=int((~there[n]).sum()), share=float(there[n].mean()))
        for n in rows.columns
    ]
    return Completeness(
        n=len(rows), columns=gaps, share=float(there.to_numpy().mean()), complete_rows=int(whole.sum()),
        rows=[int(i) for i in (~whole).to_numpy().nonzero()[0][:SHOWN]],
        warnings=(Caution(text=DISGUISED, values={"n": disguised}),) if disguised else (),
        charts=(_bars(FILLED, [(g.name, g.share) for g in gaps]),),
    )  # fmt: skip


@operation(
    "Unicidad de una clave",
    examples=(
        "¿Se repite algún NIF en esta tabla? Mide la unicidad de la clave y dime en qué filas",
        "Which rows repeat this key? Measure uniqueness",
    ),
)
def uniqueness(data: Table, key: Annotated[list[Named], Field(min_length=1, max_length=10)]) -> Uniqueness:
    """Find rows that share a key that should be theirs alone; equal means equal as written, and a blank is no key.

    Args:
        data: the table.
        key: the columns that together should not repeat.

    Raises:
        InvalidInput: a column is not there, or of mixed kinds.

    Source: ISO/IEC 25024 (2015), measures of consistency and uniqueness; Codd, CACM 13 (1970) (primary keys).
    """
    rows = blanked(tabled(data, "data", key), key)
    at: dict[tuple[Cell, ...], list[int]] = {}
    empty = 0
    for row, values in enumerate(zip(*([plain(v) for v in rows[name].array] for name in key), strict=True)):
        if any(value is None for value in values):
            empty += 1
        else:
            at.setdefault(values, []).append(row)
    twice = sorted(((k, r) for k, r in at.items() if len(r) > 1), key=lambda found: (-len(found[1]), found[1]))
    whole = len(rows) - empty
    return Uniqueness(
        n=len(rows), unique=not twice, share=len(at) / whole if whole else None, keys=len(at),
        repeated=whole - len(at), empty=empty,
        repetitions=[Repetition(key=list(k), rows=r[:SHOWN]) for k, r in twice[:SHOWN]],
    )  # fmt: skip


@operation(
    "Actualidad de los datos",
    examples=(
        "¿Cuántas fichas llevan más de 365 días sin actualizarse a 23/11/2026? Mide la actualidad de los datos",
        "Freshness of these records: share updated within the last 90 days",
    ),
)
def freshness(
    dates: list[date | None], as_of: date, admitted_days: Annotated[int, Field(ge=0, le=36_525)]
) -> Freshness:
    """Measure how long ago records were last touched.

    Args:
        dates: the day of each record; null where it is not known.
        as_of: the day of the measure.
        admitted_days: the age up to which a record is fresh.

    Raises:
        InvalidInput: no dates at all.

    Source: ISO/IEC 25012 (2008), currentness; Ballou, Wang, Pazer & Tayi, Management Science 44 (1998) (timeliness).
    """
    from statistics import median

    if not dates:
        raise InvalidInput("dates", N_("no contiene nada"))
    known = [(row, (as_of - day).days) for row, day in enumerate(dates) if day is not None]
    future = sum(age < 0 for _, age in known)
    past = [(row, age) for row, age in known if age >= 0]
    late = [row for row, age in past if age > admitted_days]
    days = [day for day in dates if day is not None]
    return Freshness(
        n=len(dates), share=(len(past) - len(late)) / len(past) if past else None,
        newest=max(days, default=None), oldest=min(days, default=None),
        median_age=float(median(age for _, age in past)) if past else None, late=len(late), future=future,
        missing=len(dates) - len(known), rows=late[:SHOWN],
        warnings=(Caution(text=FUTURE, values={"n": future}),) if future else (),
    )  # fmt: skip


@operation(
    "Puntuación de calidad",
    examples=(
        "Combina la completitud, la unicidad y la validez en una sola puntuación de calidad con sus pesos",
        "Weighted data quality score of these dimensions",
    ),
)
def score(dimensions: Annotated[list[Dimension], Field(min_length=1, max_length=50)]) -> Scored:
    """Weigh the scores of dimensions into one; the worst one is named, since a mean hides it.

    Args:
        dimensions: names, scores between 0 and 1, and weights.

    Raises:
        InvalidInput: two dimensions of one name, a score outside 0 to 1, a weight that is not positive.

    Source: Pipino, Lee & Wang, "Data Quality Assessment", CACM 45 (2002), weighted average and minimum.
    """
    import math

    if len({d.name for d in dimensions}) != len(dimensions):
        raise InvalidInput("dimensions", N_("nombra dos veces la misma dimensión"))
    greatest = max(d.weight for d in dimensions)
    weights = [d.weight / greatest for d in dimensions]
    total = math.fsum(weights)
    worst = min(dimensions, key=lambda d: d.score)
    return Scored(
        n=len(dimensions), worst=worst.name, worst_score=worst.score,
        score=min(1.0, math.fsum(d.score * w for d, w in zip(dimensions, weights, strict=True)) / total),
        shares={d.name: w / total for d, w in zip(dimensions, weights, strict=True)},
        charts=(_bars(BY_DIMENSION, [(d.name, d.score) for d in dimensions]),),
    )  # fmt: skip


def _column(name: str, column: "pd.Series[Any]") -> ColumnProfile:
    kind = kind_of(column)
    there = column.dropna()
    numeric = kind in ("integer", "number")
    texts = [str(value) for value in there] if kind == "text" else []
    meaning = meaning_of(texts)
    # The mean is taken of the column over its largest value, so that no sum overflows.
    largest = float(there.abs().max()) if numeric and len(there) else 0.0
    scaled = there.astype(float) / largest if largest else there
    ordered = numeric or kind in ("text", "date")
    counts = there.value_counts()
    return ColumnProfile(
        name=name, kind=kind, missing=int(column.isna().sum()), completeness=float(column.notna().mean()),
        distinct=int(there.nunique()), repeated=int(there.duplicated().sum()),
        minimum=plain(there.min()) if ordered and len(there) else None,
        maximum=plain(there.max()) if ordered and len(there) else None,
        mean=(float(scaled.mean()) * largest if largest else 0.0) if numeric else None,
        deviation=(float(scaled.std()) * largest if largest else 0.0) if numeric and len(there) > 1 else None,
        zeros=int((there == 0).sum()) if numeric else None, negative=int((there < 0).sum()) if numeric else None,
        shortest=min(map(len, texts)) if texts else None, longest=max(map(len, texts)) if texts else None,
        meaning=meaning, invalid=sum(not MEANINGS[meaning](text) for text in texts) if meaning else None,
        frequent=[Frequent(value=shown[:100], times=times) for times, shown in _most(counts)],
    )  # fmt: skip


def _most(counts: "pd.Series[Any]") -> list[tuple[int, str]]:
    """The most frequent values with their counts; of equal ones the first by name, wherever they stand in the table."""
    least = int(counts.iloc[:FREQUENT].min()) if len(counts) else 0
    told = [(int(times), str(plain(value))) for value, times in counts[counts >= least].items()]
    return sorted(told, key=lambda pair: (-pair[0], pair[1]))[:FREQUENT]


def _says_nothing(text: str) -> bool:
    """Whether a text only fills the place of one that is not there."""
    said = text.strip().lower()
    return said in NOTHING or MARKS.fullmatch(said) is not None


def _bars(title: str, shares: list[tuple[str, float]]) -> Chart:
    """Shares as bars in per cent, worst first."""
    shown = sorted(shares, key=lambda pair: pair[1])[:CHARTED]
    x, y = tuple(name for name, _ in shown), tuple(100 * share for _, share in shown)
    return Chart(kind="bar", title=title, unit="%", series=(Series(name=title, x=x, y=y),))
