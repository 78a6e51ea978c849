"""A plan of steps over one table, carried out one after the other."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.contract import Caution, Part, Table, operation
from engines.data.etl.steps import AnyStep, Before, Cast, Query
from engines.data.tables import MOST_ROWS, SMALLER, Kind, Tabular, columnar, database, fetched, kind_of, quoted, tabled
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.running import report

if TYPE_CHECKING:
    import duckdb

LOST: Final = N_("El paso {step} deja vacías {n} celdas de {column} que no se podían convertir.")
DOES_NOT_FIT: Final = N_("no se puede hacer con los valores de esa columna")


class DoneStep(Part):
    """A step that was taken, and how many rows it left."""

    op: str
    rows: int


class Transformed(Tabular):
    """The table after the plan, and the rows that each step left."""

    rows_before: int
    steps: list[DoneStep]


@operation(
    "Transformar una tabla",
    examples=(
        "Transforma esta tabla: filtra las filas de autos, renombra columnas y agrega la prima por compañía",
        "Transform this table with a plan: filter rows, compute a column, aggregate and sort",
    ),
    heavy=True,
)
def transform(data: Table, plan: Annotated[list[AnyStep], Field(min_length=1, max_length=100)]) -> Transformed:
    """Carry out a plan of steps over a table: filter, compute, cast, clean, aggregate, sort and the like.

    Args:
        data: the table.
        plan: the steps in order: select, drop, rename, filter, cast, compute, fill, clean, replace, sort, distinct,
            limit, aggregate; each has its own fields.

    Raises:
        InvalidInput: a step names what is not there, or does not fit the values (plan.2 is the third step).
        LimitExceeded: more than 200,000 rows would come out.

    Source: Codd, "A Relational Model of Data for Large Shared Data Banks", CACM 13 (1970); ISO/IEC 9075-2 (SQL).
    """
    import duckdb

    given = tabled(data, "data")
    kinds = {str(name): kind_of(given[name]) for name in given.columns}
    if len({name.lower() for name in kinds}) != len(kinds):
        raise InvalidInput("data", N_("tiene columnas que solo se distinguen por las mayúsculas"))
    done = []
    said: list[Caution] = []
    with database(before=given) as held:
        for place, step in enumerate(plan):
            report(place, len(plan))
            query: Query = step.query(Before(kinds, f"plan.{place}"))
            try:
                held.execute(f"CREATE TABLE after_step AS {query.sql}", list(query.parameters))
            except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException,
                    duckdb.BinderException, duckdb.NotImplementedException) as error:  # fmt: skip
                raise InvalidInput(f"plan.{place}", DOES_NOT_FIT) from error
            except duckdb.OutOfMemoryException as error:
                raise LimitExceeded(f"plan.{place}", MOST_ROWS, len(given), SMALLER) from error
            if isinstance(step, Cast) and step.lenient and (lost := _lost(held, step.column)):
                said.append(Caution(text=LOST, values={"step": place + 1, "n": lost, "column": step.column}))
            held.execute("DROP TABLE before")
            held.execute("ALTER TABLE after_step RENAME TO before")
            kinds = {name: _kind(sort) for name, sort, *_ in held.execute("DESCRIBE before").fetchall()}
            done.append(DoneStep(op=step.op, rows=held.execute("SELECT count(*) FROM before").fetchall()[0][0]))
        if done[-1].rows > MOST_ROWS:
            raise LimitExceeded("plan", MOST_ROWS, done[-1].rows, SMALLER)
        rows = fetched(held, "SELECT * FROM before ORDER BY rowid")
    return Transformed(
        library="duckdb", n=len(rows), table=columnar(rows), rows_before=len(given), steps=done,
        warnings=tuple(said),
        kinds={name: kind_of(rows[name]) if kinds[name] != "date" else "date" for name in rows.columns},
    )  # fmt: skip


def _lost(held: "duckdb.DuckDBPyConnection", column: str) -> int:
    """How many cells of a column held something that the step has left out; a blank held nothing."""
    name = quoted(column)
    filled = f"SELECT count(*) FROM before WHERE trim(CAST({name} AS VARCHAR)) <> ''"
    sql = f"SELECT ({filled}) - (SELECT count({name}) FROM after_step)"
    return int(held.execute(sql).fetchall()[0][0])


def _kind(sort: str) -> Kind:
    if sort in ("BIGINT", "HUGEINT", "INTEGER", "UBIGINT"):
        return "integer"
    if sort in ("DOUBLE", "FLOAT") or sort.startswith("DECIMAL"):
        return "number"
    if sort == "BOOLEAN":
        return "boolean"
    return "date" if sort.startswith(("TIMESTAMP", "DATE")) else "text"
