"""Data by reference (*por referencia*): an argument names a stored data set instead of carrying the numbers.

So a million rows go from the object store to the engine without passing through a model's prompt.
The published data sets of the reference cases are there under their own names (`iris`, `raa`), for
trying an operation.
"""

import json
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from pydantic_core.core_schema import ValidatorFunctionWrapHandler
from sqlmodel import select

from core.context import Context
from core.errors import BadArguments, NotFound
from core.i18n import N_
from engines.contract import Shape
from modules.integration_automation.engines.records import DataSet
from tools.written import Written

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED: Final = Path(__file__).parent / "reference" / "data_sets.json"


class DataRef(BaseModel):
    """A stored data set, or part of one."""

    model_config = ConfigDict(extra="forbid")

    dataset: str = Field(min_length=1, max_length=120, description="Name of a stored or published data set")
    column: str | None = Field(default=None, max_length=120, description="The one column that is meant")
    columns: list[str] | None = Field(default=None, max_length=500, description="Only these columns, in this order")
    skip_first: int = Field(default=0, ge=0, description="Rows to leave out at the beginning")


class OrStored:
    """Marks an argument that takes data: it may also name a stored data set, `{"dataset": "…"}`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a reference as such, and anything else as the type says."""
        return core_schema.no_info_wrap_validator_function(
            _read, handler(source), serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say both forms."""
        return {"anyOf": [handler(schema["schema"]), DataRef.model_json_schema()]}


def _read(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, DataRef):
        return value
    if isinstance(value, dict) and isinstance(value.get("dataset"), str):
        return DataRef.model_validate(value)
    return inner(numbered(value))


def _written(value: Any) -> Any:
    return value.model_dump(exclude_defaults=True) if isinstance(value, DataRef) else value


def numbered(value: Any) -> Any:
    """`value` with decimals of JSON as numbers: a table's cell takes texts too, and would take them for one."""
    if isinstance(value, Written):
        return float(value)
    if isinstance(value, list):
        return [numbered(item) for item in value]
    if isinstance(value, dict):
        return {name: numbered(item) for name, item in value.items()}
    return value


@cache
def published() -> dict[str, dict[str, Any]]:
    """The published data sets: name → `source` and `data`."""
    found: dict[str, dict[str, Any]] = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    return found


def resolved(ctx: Context, ref: DataRef, shape: Shape, argument: str) -> Any:
    """What `ref` stands for, as an argument of `shape`.

    Raises:
        NotFound: there is no such data set.
        BadArguments: it lacks the column, or is not of that shape.
    """
    if ref.dataset in published():
        return _published(ref, shape, argument)
    found = frame_of(ctx, stored(ctx, ref.dataset))
    names = [ref.column] if ref.column else ref.columns or list(found.columns)
    lacking = [name for name in names if name not in found.columns]
    if lacking:
        raise BadArguments(field=argument, problem=N_("el conjunto de datos no tiene esa columna"))
    part = found[names].iloc[ref.skip_first :]
    if shape is Shape.TABLE:
        return part
    if shape is Shape.MATRIX:
        return part.to_numpy()
    if len(names) != 1:
        raise BadArguments(field=argument, problem=N_("diga qué columna del conjunto de datos, con «column»"))
    return part[names[0]].to_numpy()


def stored(ctx: Context, name: str) -> DataSet:
    """The stored data set of that name.

    Raises:
        NotFound: there is none.
    """
    found = ctx.session.exec(select(DataSet).where(DataSet.name == name, DataSet.deleted_at == None)).first()  # noqa: E711
    if found is None:
        raise NotFound(what=N_("el conjunto de datos"), ref=name)
    return found


def frame_of(ctx: Context, found: DataSet) -> "pd.DataFrame":
    """A stored data set as a frame, without times-of-storage columns of its own."""
    import pandas as pd

    return pd.read_parquet(BytesIO(ctx.files.get(found.address)))


def _published(ref: DataRef, shape: Shape, argument: str) -> Any:
    data = published()[ref.dataset]["data"]
    if ref.column is not None:
        data = data.get(ref.column) if isinstance(data, dict) else None
    if ref.columns is not None:
        data = {name: data[name] for name in ref.columns if name in data} if isinstance(data, dict) else None
    wanted = dict if shape is Shape.TABLE else list
    if not isinstance(data, wanted):
        raise BadArguments(field=argument, problem=N_("el conjunto de datos no tiene esa columna"))
    return data[ref.skip_first :] if isinstance(data, list) else data
