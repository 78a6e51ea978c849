"""Tables of unknown origin: each column of one kind, gaps as gaps, and their way into a shut-in database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from engines.arrays import FINITE, HUGE, LARGEST, UNEQUAL, frame
from engines.contract import Computed, Table
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

Cell: TypeAlias = bool | int | float | str | None
Kind: TypeAlias = Literal["integer", "number", "text", "boolean", "date", "empty"]

MOST_CELLS: Final = 20_000_000  # of a table that is read
MOST_ROWS: Final = 200_000  # of a table that is given back
MOST_COLUMNS: Final = 1_000
LONGEST_NAME: Final = 200
MIXED: Final = N_("mezcla valores de distinta clase; páselos todos a texto, o corrija los que sobran")
NAMES: Final = N_("tiene una columna sin nombre o con un nombre demasiado largo")
SMALLER: Final = N_("fíltrela o agréguela antes")
DATABASE_MEMORY: Final = "512MB"


class Tabular(Computed):
    """A table by columns, which other operations take as it is; `kinds` says what each column holds."""

    table: dict[str, list[Cell]]
    kinds: dict[str, Kind]


def tabled(data: Table, argument: str, columns: Sequence[str] = (), *, least: int = 1) -> "pd.DataFrame":
    """`data` as a frame in which each column holds one kind of value; `columns` must be there.

    Whole numbers come as Int64, other numbers as float64, yes or no as boolean, dates as datetime64, texts as
    objects; what is missing is NA.

    Raises:
        InvalidInput: columns unequal in length, of mixed kinds, without a name, or missing.
        InsufficientData: fewer rows than `least`.
        LimitExceeded: more than twenty million cells, or a thousand columns.
    """
    import pandas as pd

    if isinstance(data, dict):
        if not data or len({len(values) for values in data.values()}) != 1:
            raise InvalidInput(argument, UNEQUAL)
        data = pd.DataFrame({name: pd.Series(list(values), dtype=object) for name, values in data.items()})
    if data.shape[1] > MOST_COLUMNS:
        raise LimitExceeded(argument, MOST_COLUMNS, data.shape[1], SMALLER)
    if data.size > MOST_CELLS:
        raise LimitExceeded(argument, MOST_CELLS, int(data.size), SMALLER)
    if not all(isinstance(n, str) and 0 < len(n) <= LONGEST_NAME for n in data.columns):
        raise InvalidInput(argument, NAMES)
    checked = frame(data, argument, columns, least=least)
    return pd.DataFrame({name: _uniform(checked[name], f"{argument}.{name}") for name in checked.columns})


def kind_of(column: "pd.Series[Any]") -> Kind:
    """What a column of `tabled` holds."""
    if column.isna().all():
        return "empty"
    kinds: dict[str, Kind] = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "M": "date"}
    return kinds.get(column.dtype.kind, "text")


def columnar(rows: "pd.DataFrame") -> dict[str, list[Cell]]:
    """A frame of `tabled` as lists of plain values, dates as ISO 8601."""
    return {str(name): [plain(value) for value in rows[name].array] for name in rows.columns}


def plain(value: Any) -> Cell:
    """A cell as a plain value; None for a gap."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    found: Cell = value.item() if hasattr(value, "item") else value
    return found


def tabular(rows: "pd.DataFrame", argument: str, **told: Any) -> Tabular:
    """`rows` as a result, unless they are too many."""
    if len(rows) > MOST_ROWS:
        raise LimitExceeded(argument, MOST_ROWS, len(rows), SMALLER)
    kinds = {str(name): kind_of(rows[name]) for name in rows.columns}
    return Tabular(n=len(rows), table=columnar(rows), kinds=kinds, **told)


@contextmanager
def database(**tables: "pd.DataFrame") -> "Iterator[duckdb.DuckDBPyConnection]":
    """A database in memory that holds `tables` and reaches no file and no network."""
    import duckdb
    import pyarrow as pa

    shut: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": DATABASE_MEMORY, "threads": "1", "enable_external_access": "false",
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "temp_directory": "",
    }  # fmt: skip
    connection = duckdb.connect(":memory:", config=shut)
    try:
        connection.execute("SET lock_configuration = true")
        for name, rows in tables.items():
            connection.register(f"{name}_given", pa.Table.from_pandas(rows, preserve_index=False))
            connection.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM {quoted(name + '_given')}")
        yield connection
    finally:
        connection.close()


def fetched(
    connection: "duckdb.DuckDBPyConnection", sql: str, parameters: Sequence[Cell] = (), names: Sequence[str] = ()
) -> "pd.DataFrame":
    """The rows of a query, as a frame of `tabled`, its columns called `names` if those are given."""
    import pandas as pd

    found = connection.execute(sql, list(parameters))
    names = names or [column[0] for column in found.description or ()]
    rows = found.fetchall()
    given = {n: pd.Series([plain(row[i]) for row in rows], dtype=object) for i, n in enumerate(names)}
    return pd.DataFrame({name: _uniform(values, name) for name, values in given.items()})


def blanked(rows: "pd.DataFrame", columns: Sequence[str] | None = None) -> "pd.DataFrame":
    """`rows` in which a text of nothing but blanks is a gap, as it is for whoever reads the table."""
    held = rows.copy(deep=False)
    for name in columns if columns is not None else rows.columns:
        if kind_of(rows[name]) == "text":
            held[name] = rows[name].where(rows[name].map(lambda v: not isinstance(v, str) or bool(v.strip())), None)
    return held


def alphabetical(name: str, kind: Kind) -> str:
    """What the column `name` (quoted) is ordered by in SQL: texts as a Spanish dictionary has them, ñ after n."""
    return f"strip_accents(replace(lower({name}), 'ñ', 'n~'))" if kind == "text" else name


def quoted(name: str) -> str:
    """`name` as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _uniform(column: "pd.Series[Any]", argument: str) -> "pd.Series[Any]":
    """The column as one kind, or a refusal."""
    import numpy as np
    import pandas as pd

    if column.dtype.kind == "M":
        return column
    if column.dtype.kind in "iub":
        return column.astype("boolean" if column.dtype.kind == "b" else "Int64")
    if column.dtype.kind == "f":
        return _sound(column.astype("float64"), argument)
    there = [value for value in column.array if plain(value) is not None]
    kinds = {_sort_of(value, argument) for value in there}
    if len(kinds) > 1:
        raise InvalidInput(argument, MIXED)
    sort = next(iter(kinds), "text")
    if sort == "text":
        return pd.Series([plain(v) for v in column.array], dtype=object, index=column.index)
    if sort == "date":
        return pd.to_datetime(column, errors="coerce")
    if sort == "boolean":
        return pd.Series([plain(v) for v in column.array], dtype="boolean", index=column.index)
    if all(isinstance(value, int | np.integer) for value in there):
        if any(abs(int(value)) > 2**62 for value in there):
            raise InvalidInput(argument, HUGE)
        return pd.Series([plain(v) for v in column.array], dtype="Int64", index=column.index)
    values = [np.nan if plain(v) is None else float(v) for v in column.array]
    return _sound(pd.Series(values, dtype="float64", index=column.index), argument)


def _sort_of(value: Any, argument: str) -> str:
    import numpy as np

    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, int | float | Decimal | np.number):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, date):
        return "date"
    raise InvalidInput(argument, MIXED)


def _sound(column: "pd.Series[Any]", argument: str) -> "pd.Series[Any]":
    import numpy as np

    there = column.dropna().abs()
    if np.isinf(there).any():
        raise InvalidInput(argument, FINITE)
    if (there > LARGEST).any():
        raise InvalidInput(argument, HUGE)
    return column
