"""Rules between columns, and references between tables."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from engines.contract import Computed, NonNegative, Part, Table, operation
from engines.data.etl.cells import Named
from engines.data.recognition import MEANINGS
from engines.data.tables import Cell, blanked, kind_of, plain, tabled
from engines.economic.expressions import read
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    import pandas as pd

    from engines.arrays import Floats

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Side = Annotated[str, Field(min_length=1, max_length=500)]
SHOWN: Final = 100
NOT_NUMERIC: Final = N_("usa una columna que no es de números ni de fechas (las fechas, como 2026-11-23)")
NO_COLUMN: Final = N_("usa una columna que no está en la tabla")
AS_MANY: Final = N_("debe nombrar tantas columnas como columns")


class Condition(Part):
    """Two formulas of columns, compared; dates count as days, so `ends - starts` is a number of days."""

    model_config = ConfigDict(extra="forbid")

    left: Side
    compare: Comparison
    right: Side
    tolerance: NonNegative = 0.0


class Rule(Condition):
    """A condition under a name that every row must meet, or every row that meets `when`."""

    name: Named
    when: Condition | None = None


class RuleReport(Part):
    """How many rows meet a rule, break it, or cannot tell (a gap); `rows` are the first that break it, from 0."""

    name: str
    passed: int
    failed: int
    skipped: int
    share: float | None
    rows: list[int]


class Rules(Computed):
    """How the rules fare, worst first."""

    valid: bool
    rules: list[RuleReport]
    failed_rows: int


class Orphan(Part):
    """A key that the other table lacks: how often, and in which row first."""

    key: list[Cell]
    times: int
    row: int


class References(Computed):
    """Whether every row points to one of the other table; gaps point nowhere and are counted apart."""

    valid: bool
    matched: int
    missing: int
    empty: int
    orphans: list[Orphan]
    repeated_keys: int


@operation(
    "Comprobar reglas entre columnas",
    examples=(
        "Comprueba que neta + impuestos = total en cada recibo y que la fecha de vencimiento es posterior al efecto",
        "Check these rules between columns on every row: net + tax = gross",
    ),
)
def check_rules(data: Table, rules: Annotated[list[Rule], Field(min_length=1, max_length=100)]) -> Rules:
    """Check rules of arithmetic and order between the columns of each row.

    Args:
        data: the table.
        rules: formulas of columns (+ - * / ** and exp, log, sqrt, sin, cos), how they compare, a tolerance, and
            optionally when they apply. Columns of dates (or texts of ISO dates) count as days.

    Raises:
        InvalidInput: a formula that is none, or that uses a column not there, or text (rules.1 is the second).

    Source: Fellegi & Holt, "A Systematic Approach to Automatic Edit and Imputation", JASA 71 (1976).
    """
    import numpy as np

    rows = blanked(tabled(data, "data"))
    broken = np.zeros(len(rows), dtype=bool)
    found = []
    for place, rule in enumerate(rules):
        holds, known = _holds(rule, rows, f"rules.{place}")
        if rule.when is not None:
            applies, sure = _holds(rule.when, rows, f"rules.{place}.when")
            known &= sure & applies
        wrong = known & ~holds
        broken |= wrong
        tried = int(known.sum())
        found.append(
            RuleReport(
                name=rule.name, passed=int((known & holds).sum()), failed=int(wrong.sum()),
                skipped=len(rows) - tried, share=float((known & holds).sum() / tried) if tried else None,
                rows=[int(i) for i in np.flatnonzero(wrong)[:SHOWN]],
            )
        )  # fmt: skip
    found.sort(key=lambda r: -r.failed)
    return Rules(n=len(rows), valid=not broken.any(), rules=found, failed_rows=int(broken.sum()))


@operation(
    "Comprobar referencias entre tablas",
    examples=(
        "¿Hay recibos cuya póliza no existe? Comprueba las referencias entre las dos tablas",
        "Find orphan rows whose key is missing in the reference table",
    ),
)
def check_reference(
    data: Table,
    columns: Annotated[list[Named], Field(min_length=1, max_length=10)],
    table: Table,
    key: Annotated[list[Named], Field(min_length=1, max_length=10)] | None = None,
) -> References:
    """Check that every key of one table exists in another (a foreign key).

    Args:
        data: the table that refers.
        columns: its key columns.
        table: the table that is referred to.
        key: its key columns, if they are named otherwise; in the order of `columns`.

    Raises:
        InvalidInput: a column is missing, or the keys are of different kinds.

    Source: Codd, "A Relational Model of Data for Large Shared Data Banks", CACM 13 (1970), section 1.4 (foreign keys).
    """
    there = key or columns
    if len(there) != len(columns):
        raise InvalidInput("key", AS_MANY)
    left, right = blanked(tabled(data, "data", columns), columns), blanked(tabled(table, "table", there), there)
    for mine, theirs in zip(columns, there, strict=True):
        kinds = {kind_of(left[mine]), kind_of(right[theirs])} - {"empty"}
        if len({"number" if kind == "integer" else kind for kind in kinds}) > 1:
            raise InvalidInput("table", N_("tiene claves de otra clase; conviértalas antes"))
    known = _keys(right, there)
    held = set(known)
    whole = [key for key in known if None not in key]
    orphans: dict[tuple[Cell, ...], tuple[int, int]] = {}
    empty = matched = 0
    for row, wanted in enumerate(_keys(left, columns)):
        if any(part is None for part in wanted):
            empty += 1
        elif wanted in held:
            matched += 1
        else:
            times, first = orphans.get(wanted, (0, row))
            orphans[wanted] = (times + 1, first)
    listed = [Orphan(key=list(k), times=times, row=row) for k, (times, row) in orphans.items()]
    missing = sum(orphan.times for orphan in listed)
    return References(
        n=len(left), valid=not listed, matched=matched, missing=missing, empty=empty, orphans=listed[:1_000],
        repeated_keys=len(whole) - len(set(whole)),
    )  # fmt: skip


def _keys(rows: "pd.DataFrame", columns: list[str]) -> list[tuple[Cell, ...]]:
    return list(zip(*([plain(value) for value in rows[name].array] for name in columns), strict=True))


def _holds(condition: Condition, rows: "pd.DataFrame", argument: str) -> tuple[Any, Any]:
    """Where the condition holds, and where that can be told."""
    import numpy as np

    left, right = (_values(side, rows, argument) for side in (condition.left, condition.right))
    known = np.isfinite(left) & np.isfinite(right)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = left - right
        slack = condition.tolerance
        # Sums of cents carry rounding of binary fractions: one part in 10^12 is never a difference.
        near = np.abs(apart) <= np.maximum(slack, 1e-12 * np.maximum(np.abs(left), np.abs(right)))
    compared = {
        "eq": near, "ne": ~near, "lt": (apart < 0) & ~near, "le": (apart < 0) | near,
        "gt": (apart > 0) & ~near, "ge": (apart > 0) | near,
    }  # fmt: skip
    return compared[condition.compare], known


def _values(formula: str, rows: "pd.DataFrame", argument: str) -> "Floats":
    """A formula for each row; NaN where a column has a gap."""
    import numpy as np

    tree = read(formula, argument)
    lacking = [name for name in tree.names if name not in rows.columns]
    if lacking:
        raise InvalidInput(f"{argument}.{lacking[0]}", NO_COLUMN)
    values = tree({name: _column(rows[name], argument) for name in tree.names})
    return np.broadcast_to(values.astype(float), (len(rows),))


def _column(column: "pd.Series[Any]", argument: str) -> "Floats":
    import numpy as np
    import pandas as pd

    kind = kind_of(column)
    if kind == "text" and all(MEANINGS["date"](str(text)) for text in column.dropna()):
        column, kind = pd.to_datetime(column, format="%Y-%m-%d"), "date"
    if kind == "date":
        days = (column - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
        return np.asarray(days, dtype=float)
    if kind == "text":
        raise InvalidInput(f"{argument}.{column.name}", NOT_NUMERIC)
    return np.array([np.nan if plain(value) is None else float(value) for value in column.array])
