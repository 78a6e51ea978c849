"""Counting labels: how often each comes, alone or together with another."""

from collections import Counter
from typing import Any, Final

from engines.arrays import labels
from engines.charts import Chart, Series
from engines.contract import Computed, Labels, Part, operation
from engines.errors import N_, LimitExceeded

MOST_LEVELS: Final = 10_000
SHOWN: Final = 20  # bars of a chart
GROUP_THEM: Final = N_("agrupe los valores poco frecuentes")


class Frequency(Part):
    """How often one value comes; `share` is of its group (`by`), or of all where there are no groups."""

    value: str
    by: str | None
    count: int
    share: float


class FrequencyTable(Computed):
    """Values with their counts, the most frequent first."""

    rows: tuple[Frequency, ...]
    levels: int


@operation(
    "Tabla de frecuencias",
    examples=(
        "Cuántas pólizas hay de cada ramo y qué porcentaje son",
        "Frequency table of claim causes by province",
    ),
)
def frequency_table(values: Labels, by: Labels | None = None) -> FrequencyTable:
    """Count how often each label comes, in all or within each group.

    Args:
        values: (n,) labels: texts, whole numbers or booleans; compared as text.
        by: (n,) group of each label; shares are then of the group.

    Raises:
        InsufficientData: no value.
        InvalidInput: empty labels, or groups of another length.
        LimitExceeded: more than ten thousand different values or groups.

    Source: NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.3.14 (relative frequencies).
    """
    found = [_text(v) for v in labels(values, "values")]
    groups = [None] * len(found) if by is None else [_text(v) for v in labels(by, "by", length=len(found))]
    counts = Counter(zip(groups, found, strict=True))
    sizes = Counter(groups)
    levels = len(set(found))
    for argument, got in (("values", levels), ("by", len(sizes))):
        if got > MOST_LEVELS:
            raise LimitExceeded(argument, MOST_LEVELS, got, GROUP_THEM)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0] or "", -item[1], item[0][1]))
    shown = Counter(found).most_common(SHOWN)
    return FrequencyTable(
        n=len(found),
        rows=tuple(Frequency(value=v, by=g, count=c, share=c / sizes[g]) for (g, v), c in ordered),
        levels=levels,
        charts=(
            Chart(
                kind="bar",
                title=N_("Frecuencias"),
                series=(
                    Series(name=N_("Recuento"), x=tuple(v for v, _ in shown), y=tuple(float(c) for _, c in shown)),
                ),
            ),
        ),
    )


def _text(label: Any) -> str:
    """A label as text; a whole number without decimals, as a column of a table may hold it as 2021.0."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


class Crosstab(Computed):
    """Counts of two classifications at once, with their margins.

    `cramer_v` goes from 0 (none) to 1 (each tells the other); it is None where one of them has a single level.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    row_totals: tuple[int, ...]
    column_totals: tuple[int, ...]
    chi2: float | None
    cramer_v: float | None


@operation(
    "Tabla cruzada",
    examples=(
        "Cruza el ramo con el canal de venta y dime la V de Cramér",
        "Cross-tabulate product by sales channel with Cramér's V",
    ),
)
def crosstab(row: Labels, col: Labels) -> Crosstab:
    """Count two classifications at once, and say how much one tells of the other.

    Args:
        row: (n,) labels of the first classification, compared as text.
        col: (n,) labels of the second one.

    Raises:
        InsufficientData: no value.
        InvalidInput: empty labels, or two lists of different length.
        LimitExceeded: more than ten thousand cells.

    Source: Cramér, Mathematical Methods of Statistics (1946), section 21.9 and p. 282 (V); chi-square without
    correction for continuity.
    """
    import numpy as np
    from scipy.stats import contingency

    first = np.array([_text(v) for v in labels(row, "row")])
    second = np.array([_text(v) for v in labels(col, "col", length=first.size)])
    rows, i = np.unique(first, return_inverse=True)
    columns, j = np.unique(second, return_inverse=True)
    if rows.size * columns.size > MOST_LEVELS:
        raise LimitExceeded("row", MOST_LEVELS, int(rows.size * columns.size), GROUP_THEM)
    table = np.zeros((rows.size, columns.size), dtype=int)
    np.add.at(table, (i, j), 1)
    both = min(table.shape) > 1
    return Crosstab(
        method="Cramér V, uncorrected",
        library="scipy",
        n=first.size,
        rows=tuple(rows.tolist()),
        columns=tuple(columns.tolist()),
        table=tuple(tuple(line) for line in table.tolist()),
        row_totals=tuple(table.sum(axis=1).tolist()),
        column_totals=tuple(table.sum(axis=0).tolist()),
        chi2=float(contingency.chi2_contingency(table, correction=False).statistic) if both else None,
        cramer_v=float(contingency.association(table, method="cramer")) if both else None,
    )
