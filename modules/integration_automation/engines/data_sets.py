"""Data sets (*conjuntos de datos*): tables kept as Parquet, for engines to read by name."""

import hashlib
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BeforeValidator, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, translate
from engines.arrays import frame
from engines.contract import Table
from engines.errors import EngineError
from modules.integration_automation.engines.extracts import Window, extracts
from modules.integration_automation.engines.records import DataSet
from modules.integration_automation.engines.references import frame_of, numbered, published, stored
from modules.integration_automation.nerve.problems import refusal
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

SHOWN: Final = 10  # rows that a look shows
LARGEST: Final = 50_000_000  # cells of a stored table
NAME: Final = r"^[a-z][a-z0-9_]{1,59}$"
DataSetName = Annotated[str, Field(pattern=NAME), Slot(ref="data_set", ask=N_("¿Cómo se llama el conjunto de datos?"))]
KINDS: Final = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "M": "date", "O": "text"}


class ColumnView(Result):
    """One column and what it holds."""

    name: External
    kind: str
    missing: int


class DataSetView(Result):
    """A data set as it is listed."""

    name: Annotated[str, Slot(ref="data_set")]
    rows: int
    columns: tuple[ColumnView, ...]
    source: str
    sha256: str


class DataSetLook(DataSetView):
    """A data set with its first rows."""

    first_rows: list[dict[str, External | float | bool | None]]


class QueryView(Result):
    """A saved query that a data set can be made of."""

    query: str
    title: str


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Conjuntos de datos"),
    examples=("¿Qué conjuntos de datos hay guardados?", "List the stored data sets"),
)
def list_data_sets(ctx: Context) -> list[DataSetView]:
    """All stored data sets, newest first."""
    found = ctx.session.exec(select(DataSet).where(col(DataSet.deleted_at).is_(None)).order_by(col(DataSet.id).desc()))
    return [_view(data_set) for data_set in found]


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Consultas guardadas"),
    examples=(
        "¿De qué consultas guardadas se puede extraer un conjunto de datos?",
        "List the saved queries for data sets",
    ),
)
def list_queries(ctx: Context) -> list[QueryView]:
    """The saved queries over the ERP that a data set can be extracted with."""
    return [QueryView(query=q.name, title=translate(q.title, ctx.actor.locale)) for q in extracts().values()]


@tool(
    Risk.READ,
    permission="engines:read",
    title=N_("Ver un conjunto de datos"),
    examples=("Enséñame las columnas del conjunto de datos clientes", "Show the columns of the data set customers"),
)
def show_data_set(ctx: Context, name: DataSetName) -> DataSetLook:
    """The columns of a data set and its first ten rows."""
    found = stored(ctx, name)
    rows = frame_of(ctx, found).head(SHOWN)
    cells = rows.astype(object).where(rows.notna(), None).to_dict(orient="records")
    shown = [{str(k): _cell(v) for k, v in row.items()} for row in cells]
    return DataSetLook(**_view(found).model_dump(), first_rows=shown)


@tool(
    Risk.DRAFT,
    permission="engines:run",
    title=N_("Guardar un conjunto de datos"),
    examples=("Guarda esta tabla como conjunto de datos exposicion", "Keep this table as the data set exposure"),
)
def keep_data_set(ctx: Context, name: DataSetName, table: Annotated[Table, BeforeValidator(numbered)]) -> DataSetView:
    """Keep a table under a name, as Parquet, encrypted, its columns by name; the same name again is refused."""
    try:
        rows = frame(table, "table")
    except EngineError as error:
        raise refusal(error) from error
    # A JSON object has no order: what was approved and what is kept must be the same bytes.
    return _view(keep(ctx, name, rows[sorted(rows.columns)], "upload"))


@tool(
    Risk.DRAFT,
    permission="engines:write",
    title=N_("Extraer un conjunto de datos"),
    examples=(
        "Extrae los movimientos de siniestros de autos desde 2020 como conjunto de datos siniestros_autos",
        "Extract the claim movements since 2020 as the data set motor_claims",
    ),
)
def extract_data_set(
    ctx: Context,
    name: DataSetName,
    query: Annotated[str, Field(max_length=60), Slot(ask=N_("¿Qué consulta guardada?"))],
    from_on: date,
    to_on: date,
    line: Annotated[str | None, Field(max_length=40)] = None,
) -> DataSetView:
    """Run a saved query over the ERP and keep its rows as a data set.

    `engines_list_queries` names the queries. Persons appear by record id, not by name.
    """
    wanted = extracts().get(query)
    if wanted is None:
        raise NotFound(what=N_("la consulta guardada"), ref=query)
    if from_on > to_on:
        raise BadArguments(field="to_on", problem=N_("debe ser posterior a la primera fecha"))
    rows = wanted.read(ctx, Window(from_on, to_on, line))
    said = f"{query} {from_on.isoformat()}…{to_on.isoformat()}" + (f" {line}" if line else "")
    return _view(keep(ctx, name, rows, said))


@tool(
    Risk.WRITE,
    permission="engines:write",
    title=N_("Borrar un conjunto de datos"),
    examples=("Borra el conjunto de datos siniestros_autos", "Delete the data set motor_claims"),
)
def delete_data_set(ctx: Context, name: DataSetName) -> DataSetView:
    """Forget a data set; results that were computed from it keep its digest."""
    found = stored(ctx, name)
    found.deleted_at = ctx.now
    # The name is free again: what is deleted is told apart by its id.
    found.name = f"{found.name} {found.id}"
    ctx.session.add(found)
    return _view(found)


def keep(ctx: Context, name: str, rows: "pd.DataFrame", source: str) -> DataSet:
    """Store `rows` as the data set `name`.

    Raises:
        Conflict: there is one of that name.
        BadArguments: it is empty, or larger than 50 million cells.
    """
    taken = ctx.session.exec(select(DataSet).where(DataSet.name == name)).first()
    if taken is not None or name in published():
        raise Conflict(reason=N_("ya hay un conjunto de datos con ese nombre; bórrelo antes o elija otro"))
    if rows.empty:
        raise BadArguments(field="table", problem=N_("no tiene filas"))
    if rows.size > LARGEST:
        raise BadArguments(field="table", problem=N_("pasa de 50 millones de celdas"))
    out = BytesIO()
    rows.to_parquet(out, index=False)
    content = out.getvalue()
    found = DataSet(
        name=name, source=source, rows=len(rows), address=ctx.files.put(content),
        columns=[_column(str(c), rows[c]) for c in rows.columns], sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    ctx.session.add(found)
    ctx.emit("data_set.kept", found.id, rows=found.rows, source=source)
    return found


def _column(name: str, values: "pd.Series[Any]") -> dict[str, Any]:
    return {"name": name, "kind": KINDS.get(values.dtype.kind, "text"), "missing": int(values.isna().sum())}


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _view(found: DataSet) -> DataSetView:
    columns = tuple(ColumnView(**column) for column in found.columns)
    return DataSetView(name=found.name, rows=found.rows, columns=columns, source=found.source, sha256=found.sha256)
