"""Running an operation: arguments checked, the library's warnings kept, its chatter silenced.

`run` is what the tool, a worker process and the tests call. In one process it computes one
operation at a time: what Python and the libraries keep for the whole process (warning filters,
standard output, QuantLib's date) would else be shared. Worker processes compute at once.
"""

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from functools import cache
from threading import RLock
from typing import Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from engines import operations
from engines.contract import Caution, Computed, Operation
from engines.errors import N_, InvalidInput

ONE_AT_A_TIME: Final = RLock()
SAID: Final = N_("La biblioteca avisa: {message}")
UNSOUND: Final = N_("da un resultado que no es un número finito; revise la escala de los datos")
# What `math` says of an argument it has no result for; the last begins what Python 3.14 says.
NO_NUMBER: Final = ("math domain error", "math range error", "expected a ")
# What says nothing to a person: notes to developers, and arithmetic on the way to a result that is finite in the end.
QUIET: Final = (
    DeprecationWarning,
    PendingDeprecationWarning,
    ResourceWarning,
    FutureWarning,
    ImportWarning,
    RuntimeWarning,
)
TOLD: Final = 10  # library warnings passed on

Progress = Callable[[int, int], None]
LISTENER: ContextVar[Progress | None] = ContextVar("LISTENER", default=None)


def report(done: int, of: int) -> None:
    """Say how far a long operation has come; heard if somebody listens (`listening`)."""
    listener = LISTENER.get()
    if listener is not None:
        listener(done, of)


@contextmanager
def listening(progress: Progress) -> Any:
    """Hear `report` while an operation runs in this context."""
    token = LISTENER.set(progress)
    try:
        yield
    finally:
        LISTENER.reset(token)


@cache
def arguments_model(name: str) -> type[BaseModel]:
    """The arguments of the operation called `name`, as a strict model."""
    function = operations()[name].function
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {
        p.name: (hints[p.name], ... if p.default is inspect.Parameter.empty else p.default)
        for p in inspect.signature(function).parameters.values()
    }
    return create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields)


def compute(name: str, arguments: Mapping[str, Any]) -> Computed:
    """Check JSON-shaped `arguments` and run the operation called `name`.

    Raises:
        EngineError: whatever is wrong with them, by the argument's name.
    """
    try:
        checked = arguments_model(name).model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(place or "arguments", first["msg"]) from error
    return run(operations()[name], {field: getattr(checked, field) for field in type(checked).model_fields})


def run(operation: Operation, arguments: Mapping[str, Any]) -> Computed:
    """Run `operation` on arguments that are checked already.

    Raises:
        EngineError: the method is not defined for them.
    """
    with ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught, redirect_stdout(sys.stderr):
        warnings.simplefilter("always")
        try:
            found = operation.function(**arguments)
        except ValidationError as error:
            if any(problem["type"] == "finite_number" for problem in error.errors()):
                raise InvalidInput(_suspect(arguments), UNSOUND) from error
            raise
        except ArithmeticError as error:  # division by zero, overflow: numbers that the method cannot hold
            raise InvalidInput(_suspect(arguments), UNSOUND) from error
        except ValueError as error:
            if not str(error).startswith(NO_NUMBER):
                raise
            raise InvalidInput(_suspect(arguments), UNSOUND) from error
    heard = dict.fromkeys(str(w.message).strip() for w in caught if not issubclass(w.category, QUIET))
    if not heard:
        return found
    told = tuple(Caution(text=SAID, values={"message": message}) for message in list(heard)[:TOLD])
    return found.model_copy(update={"warnings": found.warnings + told})


def _suspect(arguments: Mapping[str, Any]) -> str:
    """The argument most likely to blame for what is no number: the one with the largest or the smallest figures."""
    import numpy as np

    def extreme(value: Any) -> float:
        if isinstance(value, Mapping):
            return max((extreme(v) for v in value.values()), default=0.0)
        try:
            found = np.abs(np.asarray(value, dtype=float))
        except (TypeError, ValueError):
            return 0.0
        told = found[np.isfinite(found) & (found > 0)]
        return float(np.abs(np.log(told)).max()) if told.size else 0.0

    return max(arguments, key=lambda name: extreme(arguments[name]), default="arguments")
