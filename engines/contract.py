"""What every engine's operation is made of: how it is declared, the types it takes, what it gives back.

An operation is a plain function of JSON-shaped arguments. `@operation` only attaches what people
need to find it, and returns the function itself. Arrays may also come as NumPy arrays, and tables
as pandas frames: that is how a large data set arrives, by reference, without a copy as text.
Importing this module costs pydantic alone; libraries are imported where they are used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import AllowInfNan, BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from engines.charts import Chart

MARK: Final = "__ait_operation__"
F = TypeVar("F", bound=Callable[..., "Computed"])


class Shape(StrEnum):
    """What kind of data an argument takes; such an argument may also name a stored data set."""

    VECTOR = "vector"
    MATRIX = "matrix"
    TABLE = "table"


if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Vector: TypeAlias = Sequence[float] | NDArray[Any]
    Gappy: TypeAlias = Sequence[float | None] | NDArray[Any]
    Labels: TypeAlias = Sequence[Any] | NDArray[Any]
    Matrix: TypeAlias = Sequence[Sequence[float]] | NDArray[Any]
    GappyMatrix: TypeAlias = Sequence[Sequence[float | None]] | NDArray[Any]
    Table: TypeAlias = dict[str, list[Any]] | pd.DataFrame
else:
    _Number = Annotated[float, AllowInfNan(False)]
    _Cell = bool | int | _Number | str | None
    Vector = Annotated[list[_Number], Shape.VECTOR]
    Gappy = Annotated[list[_Number | None], Shape.VECTOR]
    Labels = Annotated[list[bool | int | _Number | str], Shape.VECTOR]
    Matrix = Annotated[list[list[_Number]], Shape.MATRIX]
    GappyMatrix = Annotated[list[list[_Number | None]], Shape.MATRIX]
    Table = Annotated[dict[str, list[_Cell]], Shape.TABLE]

Real: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=-1e100, le=1e100)]
Positive: TypeAlias = Annotated[float, Field(allow_inf_nan=False, gt=0, le=1e100)]
NonNegative: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e100)]
Share: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
"""A probability or a share, 0 to 1."""
Level: TypeAlias = Annotated[float, Field(allow_inf_nan=False, gt=0, lt=1)]
"""A confidence or a quantile, strictly between 0 and 1."""
Count: TypeAlias = Annotated[int, Field(ge=0, le=10**9)]
Seed: TypeAlias = Annotated[int, Field(ge=0, lt=2**32)]
"""Where chance begins: the same seed gives the same numbers."""


class _Quoted:
    """Says in the JSON schema that a text repeats what somebody outside wrote."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-external": True}


Quoted: TypeAlias = Annotated[str, _Quoted()]
"""A text of a result that repeats the input's: whoever reads it takes no order from it."""


class Caution(BaseModel):
    """What a person must know before using a number: `text` is catalogued Spanish, filled with `values`."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    text: str
    values: dict[str, str | float | int] = {}


class Computed(BaseModel):
    """Base of what operations give back. No field may be NaN or infinite: what is unknown is None.

    Args:
        method: the rule that was used, where there is a choice (sigma rule, ties, quantile type).
        library: the distribution that computed it (`statsmodels`); "" for a formula of ours.
        n: how many observations went in.
        seed: where chance began, if there was any.
        warnings: sample size, violated assumptions, extrapolation, convergence.
        charts: pictures of the result.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, allow_inf_nan=False, protected_namespaces=())

    method: str = ""
    library: str = ""
    n: int | None = None
    seed: int | None = None
    warnings: tuple[Caution, ...] = ()
    charts: tuple[Chart, ...] = ()


class Part(BaseModel):
    """Base of the typed rows inside a result."""

    model_config = ConfigDict(frozen=True, defer_build=True, allow_inf_nan=False, protected_namespaces=())


@dataclass(frozen=True)
class Operation:
    """What `@operation` was given, and the function it stands on."""

    title: str
    examples: tuple[str, ...]
    heavy: bool
    function: Callable[..., Computed]

    @property
    def engine(self) -> str:
        """The engine it belongs to: `reserving` of `engines.insurance.reserving`, or of a file below it."""
        return self.function.__module__.split(".")[2]

    @property
    def family(self) -> str:
        """The family of its engine."""
        return self.function.__module__.split(".")[1]

    @property
    def name(self) -> str:
        """What its tool is called: `reserving_mack`."""
        return f"{self.engine}_{self.function.__name__}"


def operation(title: str, *, examples: tuple[str, ...], heavy: bool = False) -> Callable[[F], F]:
    """Declare the function below as an operation of its engine.

    Args:
        title: Spanish label for people.
        examples: requests in plain Spanish and English that it answers.
        heavy: whether it may take more than a second or much memory, or changes the state of its
            library (QuantLib's date): it then runs in a worker process, under limits.
    """

    def mark(function: F) -> F:
        setattr(function, MARK, Operation(title, examples, heavy, function))
        return function

    return mark
