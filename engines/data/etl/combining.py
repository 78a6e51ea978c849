"""Two tables into one (join), and long tables into wide ones (pivot)."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.contract import Caution, Table, operation
from engines.data.etl.cells import Named
from engines.data.tables import (
    MOST_ROWS,
    SMALLER,
    Cell,
    Kind,
    Tabular,
    alphabetical,
    blanked,
    columnar,
    database,
    fetched,
    kind_of,
    plain,
    tabled,
    tabular,
)
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import pandas as pd

Keys = Annotated[list[Named], Field(min_length=1, max_length=10)]
MULTIPLIED: Final = N_("Las claves se repiten en ambas tablas: cada repetición multiplica filas ({rows} en total).")
NOT_ALIKE: Final = N_("tiene claves de otra clase que la tabla izquierda; conviértalas antes")
AS_MANY: Final = N_("debe nombrar tantas columnas como on")
MOST_WIDE: Final = 200
FUNCTIONS: Final = {
    "sum": "sum({0})", "mean": "favg({0})", "min": "min({0})", "max": "max({0})", "median": "median({0})",
    "count": "count({0})", "count_distinct": "count(DISTINCT {0})", "first": "first({0})",
}  # fmt: skip
"""How a measure is written; `{0}` is a quoted column."""
How = Literal["sum", "mean", "min", "max", "median", "count", "count_distinct", "first"]
OF_NUMBERS: Final = frozenset({"sum", "mean", "median"})
NO_VALUE: Final = "(vacío)"


def figure(how: How, column: str, kind: Kind) -> str:
    """The measure of a column as SQL; amounts are added with compensation, so that the order of rows says nothing."""
    sure = "fsum({0})" if how == "sum" and kind == "number" else FUNCTIONS[how]
    return sure.format(column)


class Joined(Tabular):
    """Both tables side by side; the unmatched are counted, whether they are kept or not."""

    matched_left: int
    unmatched_left: int
    unmatched_right: int


@operation(
    "Cruzar dos tablas",
    examples=(
        "Cruza la tabla de pólizas con la de recibos por número de póliza y dime cuántas quedan sin pareja",
        "Left join these two tables on the customer number",
    ),
    heavy=True,
)
def join(
    left: Table,
    right: Table,
    on: Keys,
    right_on: Keys | None = None,
    how: Literal["inner", "left", "right", "full", "semi", "anti"] = "inner",
    null_equal: bool = False,
) -> Joined:
    """Put the rows of two tables together that agree in their keys.

    Columns of the right table that the left one has too get `_right` after their name; keys appear once.

    Args:
        left: a table.
        right: the other.
        on: key columns of the left table, and of the right one too if `right_on` does not say otherwise.
        right_on: key columns of the right table, in the order of `on`.
        how: inner (pairs), left or right (all rows of that side), full (all rows), semi (left rows that have a
            pair), anti (left rows that have none).
        null_equal: whether two gaps count as equal; in SQL they do not.

    Raises:
        InvalidInput: a key is missing, or of another kind on the other side.
        LimitExceeded: more than 200,000 rows would come out.

    Source: ISO/IEC 9075-2 (SQL), section 7.10 <joined table>; IS NOT DISTINCT FROM, section 8.15.
    """
    keys = right_on or on
    if len(keys) != len(on):
        raise InvalidInput("right_on", AS_MANY)
    one, two = tabled(left, "left", on), tabled(right, "right", keys)
    for mine, theirs in zip(on, keys, strict=True):
        if {kind_of(one[mine]), kind_of(two[theirs])} not in ({"integer", "number"}, {"number"}) and not (
            kind_of(one[mine]) == kind_of(two[theirs]) or "empty" in (kind_of(one[mine]), kind_of(two[theirs]))
        ):
            raise InvalidInput("right", NOT_ALIKE)
    equal = "IS NOT DISTINCT FROM" if null_equal else "="
    l_of = {name: f"l.c{i}" for i, name in enumerate(one.columns)}
    r_of = {name: f"r.c{i}" for i, name in enumerate(two.columns)}
    where = " AND ".join(f"{l_of[a]} {equal} {r_of[b]}" for a, b in zip(on, keys, strict=True))
    pairs = {mine: theirs for mine, theirs in zip(on, keys, strict=True)}
    shown = [
        f"coalesce({l_of[n]}, {r_of[pairs[n]]})" if n in pairs and how in ("right", "full") else l_of[n]
        for n in one.columns
    ]
    names = [str(name) for name in one.columns]
    if how not in ("semi", "anti"):
        shown += [r_of[n] for n in two.columns if n not in keys]
        names += [_free(f"{n}_right" if n in one.columns else str(n), one, two) for n in two.columns if n not in keys]
    told = ", ".join(shown)
    with database(l_table=_numbered(one), r_table=_numbered(two)) as held:
        inner = _one(held, f"SELECT count(*) FROM l_table l JOIN r_table r ON {where}")
        matched = _one(held, f"SELECT count(*) FROM l_table l WHERE EXISTS (SELECT 1 FROM r_table r WHERE {where})")
        used = _one(held, f"SELECT count(*) FROM r_table r WHERE EXISTS (SELECT 1 FROM l_table l WHERE {where})")
        alone, unused = len(one) - matched, len(two) - used
        sizes = {"inner": inner, "left": inner + alone, "right": inner + unused, "full": inner + alone + unused,
                 "semi": matched, "anti": alone}  # fmt: skip
        if sizes[how] > MOST_ROWS:
            raise LimitExceeded("right", MOST_ROWS, sizes[how], SMALLER)
        if how in ("semi", "anti"):
            exists = "EXISTS" if how == "semi" else "NOT EXISTS"
            sql = (
                f"SELECT {told} FROM l_table l WHERE {exists} (SELECT 1 FROM r_table r WHERE {where}) ORDER BY l.rowid"
            )
        else:
            sql = (
                f"SELECT {told} FROM l_table l {how.upper()} JOIN r_table r ON {where}"
                " ORDER BY l.rowid NULLS LAST, r.rowid"
            )
        rows = fetched(held, sql, names=names)
    said = (Caution(text=MULTIPLIED, values={"rows": inner}),) if inner > max(len(one), len(two)) else ()
    return Joined(
        method=how, library="duckdb", n=len(rows), table=columnar(rows), warnings=said,
        kinds={str(name): kind_of(rows[name]) for name in rows.columns},
        matched_left=matched, unmatched_left=alone, unmatched_right=unused,
    )  # fmt: skip


@operation(
    "Tabla dinámica",
    examples=(
        "Haz una tabla dinámica de primas por compañía en filas y ramo en columnas",
        "Pivot this table: premium by insurer in rows and by year in columns",
    ),
    heavy=True,
)
def pivot(
    data: Table, index: Keys, columns: Named, values: Named, how: How = "sum", fill: float | None = None
) -> Tabular:
    """Turn the values of one column into columns of their own, one row for each index.

    Args:
        data: the long table.
        index: columns that stay as rows.
        columns: the column whose values become columns, up to 200; gaps and blanks become `(vacío)`.
        values: what is added up in each cell.
        how: sum, mean, min, max, median, count, count_distinct or first.
        fill: what an empty cell holds; by default nothing.

    Raises:
        InvalidInput: no such column, or texts where numbers are to be added.
        LimitExceeded: more than 200 columns, or 200,000 rows.

    Source: Codd, Codd & Salley, "Providing OLAP to User-Analysts" (1993), rules 6 and 12; SQL aggregate FILTER clause,
    ISO/IEC 9075-2, section 10.9.
    """
    rows = tabled(data, "data", [*index, columns, values])
    if how in OF_NUMBERS and kind_of(rows[values]) not in ("integer", "number", "empty"):
        raise InvalidInput("values", N_("debe ser una columna de números para esa medida"))
    if columns in index or values in index:
        raise InvalidInput("index", N_("repite una columna que ya está en otro papel"))
    used = dict.fromkeys([*index, columns, values])
    place = {name: f"c{i}" for i, name in enumerate(used)}
    long = _numbered(blanked(rows[list(used)], [columns]))
    across = place[columns]
    with database(long=long) as held:
        order = alphabetical(across, kind_of(rows[columns]))
        wide = [row[0] for row in held.execute(
            f"SELECT {across} FROM long GROUP BY {across} ORDER BY {order} NULLS LAST, {across}"
        ).fetchall()]  # fmt: skip
        if len(wide) > MOST_WIDE:
            raise LimitExceeded("columns", MOST_WIDE, len(wide), SMALLER)
        names = [_heading(value) for value in wide]
        if set(names) & set(index) or len(set(names)) != len(names):
            raise InvalidInput("columns", N_("tiene un valor que se llama como una columna"))
        cell = figure(how, place[values], kind_of(rows[values]))
        part = f"{cell} FILTER (WHERE {across} IS NOT DISTINCT FROM ?)"
        if fill is not None and how != "first":
            part = f"coalesce({part}, CAST(? AS DOUBLE))"
        told: list[Cell] = []
        for value in wide:
            told += [value, fill] if fill is not None and how != "first" else [value]
        by = ", ".join(place[name] for name in index)
        order = ", ".join(f"{alphabetical(place[n], kind_of(rows[n]))} NULLS LAST, {place[n]}" for n in index)
        sql = f"SELECT {by}, {', '.join([part] * len(wide))} FROM long GROUP BY {by} ORDER BY {order}"
        found = fetched(held, sql, told, names=[*index, *names])
    return tabular(found, "data", method=how, library="duckdb")


def _numbered(rows: "pd.DataFrame") -> "pd.DataFrame":
    """The same columns as c0, c1…: for a database `NIF` and `nif` are one name, and "" is none."""
    return rows.set_axis([f"c{i}" for i in range(rows.shape[1])], axis=1)


def _heading(value: object) -> str:
    """A value as the name of a column: 2024 and 2024.0 alike, a day without its midnight."""
    shown = plain(value)
    if isinstance(shown, float):
        return f"{shown:.15g}"
    return NO_VALUE if shown is None else str(shown)


def _one(held: object, sql: str) -> int:
    found: int = held.execute(sql).fetchone()[0]  # type: ignore[attr-defined]
    return found


def _free(name: str, one: "pd.DataFrame", two: "pd.DataFrame") -> str:
    """`name`, with more of `_right` if that is taken too."""
    while name in one.columns or (name.endswith("_right") and name in two.columns):
        name += "_right"
    return name
