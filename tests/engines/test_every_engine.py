"""The contract of all engines, by discovery: published figures, one clear error, light imports."""

import inspect
import json
import math
import subprocess
import sys
from collections import Counter
from typing import Any, get_type_hints

import pytest

from engines import operations
from engines.contract import Computed, Operation, Shape
from engines.errors import EngineError
from engines.running import arguments_model, compute
from tests.engines.cases import Case, arguments, cases, check

OPERATIONS = list(operations().values())
HEAVY_LIBRARIES = ("numpy", "scipy", "pandas", "sklearn", "statsmodels", "matplotlib")
OWN_AT_LEAST = 3
SLOTS = (Shape.VECTOR, Shape.MATRIX, Shape.TABLE)


def example(operation: Operation) -> dict[str, Any]:
    """Arguments that work: those of the operation's first case."""
    return arguments(next(case for case in cases() if case.name == operation.name))


def shape_of(operation: Operation, name: str) -> Shape | None:
    """Which kind of data an argument takes, if it takes data."""
    hint = get_type_hints(operation.function, include_extras=True)[name]
    options = [hint, *getattr(hint, "__args__", ())]
    marks = [mark for option in options for mark in getattr(option, "__metadata__", ())]
    return next((mark for mark in marks if isinstance(mark, Shape)), None)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_the_published_figure_comes_out(case: Case) -> None:
    assert case.name in operations(), f"no operation {case.name}"
    result = json.loads(compute(case.name, arguments(case)).model_dump_json())
    assert not check(case, result), f"{case.id} ({case.source})"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_says_what_it_takes_and_where_it_comes_from(operation: Operation) -> None:
    doc = inspect.getdoc(operation.function) or ""
    assert doc.partition("\n")[0].endswith("."), operation.name
    assert "Source:" in doc, operation.name
    assert "Raises:" in doc, operation.name
    for name in inspect.signature(operation.function).parameters:
        assert f"{name}:" in doc, f"{operation.name} says nothing of {name}"
    assert len(operation.examples) >= 2, operation.name
    returned = get_type_hints(operation.function)["return"]
    assert issubclass(returned, Computed), operation.name
    assert returned.__doc__, operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_has_a_case(operation: Operation) -> None:
    assert any(case.name == operation.name for case in cases()), operation.name


def test_every_engine_has_cases_of_our_own() -> None:
    own = Counter(case.engine for case in cases() if not case.id.partition("-")[2].startswith("p"))
    few = {op.engine: own[op.engine] for op in OPERATIONS if own[op.engine] < OWN_AT_LEAST}
    assert not few
    assert len({case.id for case in cases()}) == len(cases())


def spoiled(value: Any, shape: Shape | None) -> dict[str, Any]:
    """Hostile versions of a good argument, by what is wrong with them."""
    if shape is Shape.VECTOR and value and all(isinstance(v, int | float) for v in value):
        return {
            "nan": [math.nan, *value[1:]],
            "infinite": [math.inf, *value[1:]],
            "empty": [],
            "one": value[:1],
            "constant": [value[0]] * len(value),
            "huge": [1e308, -1e308, *value[2:]],
            "nested": [value, value],
            "mixed": ["x", *value[1:]],
            "shorter": value[:-1],
        }
    if shape is Shape.MATRIX and value:
        return {
            "nan": [[math.nan] * len(value[0]), *value[1:]],
            "empty": [],
            "one row": value[:1],
            "huge": [[1e308] * len(value[0]), *value[1:]],
            "ragged": [value[0][:-1], *value[1:]],
            "flat": value[0],
            "mixed": [["x"] * len(value[0]), *value[1:]],
            "equal rows": [value[0]] * len(value),
        }
    if shape is Shape.TABLE and isinstance(value, dict):
        first = next(iter(value))
        rows = len(value[first])
        numeric = [n for n, column in value.items() if all(isinstance(v, int | float) for v in column)]
        return {
            "empty": {},
            "no rows": {name: [] for name in value},
            "one row": {name: column[:1] for name, column in value.items()},
            "unequal": {**value, first: value[first][:-1]},
            "missing column": {name: column for name, column in value.items() if name != first},
            "huge": {**value, **{name: [1e308] * rows for name in numeric}},
            "nan": {**value, **{name: [math.nan] * rows for name in numeric}},
            "constant": {**value, **{name: [1.0] * rows for name in numeric}},
            "mixed": {**value, **{name: ["x", *value[name][1:]] for name in numeric}},
        }
    if isinstance(value, float | int) and not isinstance(value, bool):
        return {"nan": math.nan, "infinite": math.inf, "huge": 1e308, "negative": -abs(value) - 1, "text": "x"}
    return {}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_hostile_numbers_give_one_clear_error_that_names_the_argument(operation: Operation) -> None:
    good = example(operation)
    aliases = {f.alias or name for name, f in arguments_model(operation.name).model_fields.items()}
    names = {f.alias or name: name for name, f in arguments_model(operation.name).model_fields.items()}
    for name, value in good.items():
        for what, bad in spoiled(value, shape_of(operation, names[name])).items():
            try:
                result = compute(operation.name, {**good, name: bad})
            except EngineError as error:
                assert error.argument.partition(".")[0] in aliases, f"{name} {what}: {error}"
                assert str(error), f"{name} {what}"
            else:
                # What a method can take it may take; but then the result is sound.
                json.loads(result.model_dump_json())
                assert what not in ("nan", "mixed", "empty", "nested", "ragged", "unequal"), f"{name} {what} was taken"


def test_importing_engines_brings_no_library() -> None:
    code = f"import sys, engines; engines.operations(); print([m for m in {HEAVY_LIBRARIES} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
