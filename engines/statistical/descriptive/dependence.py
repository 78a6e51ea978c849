"""Correlation (*correlación*): how far two measures go together."""

from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Table, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

LEAST: Final = 4  # the standard error of Fisher's z needs n > 3
MOST_COLUMNS: Final = 100
EXACT_UP_TO: Final = 60
SHOWN: Final = 500  # points of a chart

Method = Literal["pearson", "spearman", "kendall"]


class Pair(Part):
    """The correlation of two columns; the interval is None where the sample is too small for one."""

    first: str
    second: str
    coefficient: float
    p_two_sided: float
    ci_low: float | None
    ci_high: float | None


class Correlation(Computed):
    """Correlation of each pair; of the only pair also at the top (`r` Pearson, `rho` Spearman, `tau` Kendall)."""

    pairs: tuple[Pair, ...]
    level: float
    r: float | None = None
    rho: float | None = None
    tau: float | None = None
    p_two_sided: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


@operation(
    "Correlación",
    examples=(
        "Qué correlación hay entre la antigüedad del vehículo y el coste del siniestro",
        "Kendall or Spearman correlation of these two columns with its confidence interval",
    ),
)
def correlation(
    x: Vector | None = None,
    y: Vector | None = None,
    data: Table | None = None,
    columns: list[str] | None = None,
    method: Method = "pearson",
    level: Level = 0.95,
) -> Correlation:
    """Measure how far two lists, or each two columns of a table, go together.

    Args:
        x: (n,) first measure; with `y`, instead of `data`.
        y: (n,) second measure, in the same order.
        data: table with a row an observation; with `columns`, instead of `x` and `y`.
        columns: names of two or more numeric columns of `data`.
        method: `pearson` (straight line), `spearman` (ranks) or `kendall` (tau-b of ranks; its p is exact up
            to 60 observations without ties).
        level: confidence of the intervals, as a share.

    Raises:
        InsufficientData: fewer than four observations.
        InvalidInput: neither two lists nor a table, a column that does not vary, lists of different length.
        LimitExceeded: more than a hundred columns.

    Source: Fisher, Metron 1 (1921) (z and its interval for r); Kendall, Biometrika 30 (1938); intervals for rho
    and tau, Bonett & Wright, Psychometrika 65 (2000), equations 3 and 4 (Fieller's variances).
    """
    measured = _measures(x, y, data, columns)
    names = list(measured)
    n = measured[names[0]].size
    pairs = tuple(_pair(a, b, measured[a], measured[b], method, level) for a, b in combinations(names, 2))
    only = pairs[0]
    if len(pairs) > 1:
        said = N_("Son {pairs} correlaciones a la vez: corrija los valores p por comparaciones múltiples.")
        return Correlation(
            method=method,
            library="scipy",
            n=n,
            warnings=(Caution(text=said, values={"pairs": len(pairs)}),),
            level=level,
            pairs=pairs,
        )
    step = max(1, n // SHOWN)
    cloud = Series(
        name=only.second,
        x=tuple(measured[only.first][::step].tolist()),
        y=tuple(measured[only.second][::step].tolist()),
    )
    return Correlation(
        method=method,
        library="scipy",
        n=n,
        level=level,
        pairs=pairs,
        r=only.coefficient if method == "pearson" else None,
        rho=only.coefficient if method == "spearman" else None,
        tau=only.coefficient if method == "kendall" else None,
        p_two_sided=only.p_two_sided,
        ci_low=only.ci_low,
        ci_high=only.ci_high,
        charts=(
            Chart(kind="scatter", title=N_("Correlación"), series=(cloud,), x_label=only.first, y_label=only.second),
        ),
    )


def _measures(x: Vector | None, y: Vector | None, data: Table | None, columns: list[str] | None) -> dict[str, "Floats"]:
    if data is None:
        if x is None or y is None:
            raise InvalidInput("x", N_("hacen falta dos listas (x, y), o una tabla y sus columnas"))
        first = vector(x, "x", least=LEAST, varies=True)
        return {"x": first, "y": vector(y, "y", length=first.size, varies=True)}
    if x is not None or y is not None:
        raise InvalidInput("data", N_("no puede darse a la vez que las listas x, y"))
    if not columns or len(set(columns)) < 2 or len(set(columns)) != len(columns):
        raise InvalidInput("columns", N_("deben ser al menos dos columnas distintas"))
    if len(columns) > MOST_COLUMNS:
        raise LimitExceeded("columns", MOST_COLUMNS, len(columns), N_("elija las que importan"))
    table = frame(data, "data", numeric=columns, least=LEAST)
    return {name: vector(table[name].to_numpy(), f"data.{name}", varies=True) for name in columns}


def _pair(first: str, second: str, a: "Floats", b: "Floats", method: Method, level: float) -> Pair:
    import numpy as np
    from scipy import stats

    n = a.size
    # Scaled first, lest squares of large offsets eat the digits; a correlation has no unit.
    a, b = ((v - v.mean()) / np.abs(v - v.mean()).max() for v in (a, b))
    if method == "pearson":
        coefficient, p = stats.pearsonr(a, b)
        variance = 1 / (n - 3)
    elif method == "spearman":
        coefficient, p = stats.spearmanr(a, b)
        variance = (1 + coefficient**2 / 2) / (n - 3)
    else:
        ties = np.unique(a).size < n or np.unique(b).size < n
        rule = "asymptotic" if ties or n > EXACT_UP_TO else "exact"
        coefficient, p = stats.kendalltau(a, b, method=rule)
        variance = 0.437 / (n - 4) if n > 4 else np.inf
    low = high = None
    if abs(coefficient) < 1 and np.isfinite(variance):
        reach = stats.norm.isf((1 - level) / 2) * np.sqrt(variance)
        low, high = np.tanh(np.arctanh(coefficient) + np.array([-reach, reach])).tolist()
    return Pair(
        first=first,
        second=second,
        coefficient=float(coefficient),
        p_two_sided=float(p),
        ci_low=low,
        ci_high=high,
    )
