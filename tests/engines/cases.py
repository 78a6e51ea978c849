"""The cases of the engines: those of the reference, and our own, each with its published source.

`tests/data/engines/reference.json` is the reference as it is. `tests/data/engines/<engine>.json` holds

    {"translations": {case id: {"input": {...}, "rename": {key: "path.in.result"}}},
     "datasets": {name: {"source": ..., "data": ...}},
     "cases": [{"id", "tool", "input", "expected", "rel_tol", "abs_tol", "source", "note"}]}

A translation replaces what the reference says in prose by the typed arguments that mean the same, or says
where in the result a figure stands; tolerances and figures are never translated.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "engines"


@dataclass(frozen=True)
class Case:
    """One published figure, and how to reproduce it."""

    id: str
    engine: str
    tool: str
    input: dict[str, Any]
    expected: dict[str, Any]
    source: str
    rel_tol: float = 0.0
    abs_tol: float = 0.0
    rename: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.engine}_{self.tool}"


@cache
def datasets() -> dict[str, Any]:
    found = {name: held["data"] for name, held in _read("reference")["datasets"].items()}
    for path in sorted(DATA.glob("*.json")):
        if path.stem != "reference":
            found |= {name: held["data"] for name, held in _read(path.stem).get("datasets", {}).items()}
    return found


@cache
def cases() -> tuple[Case, ...]:
    own = {path.stem: _read(path.stem) for path in sorted(DATA.glob("*.json")) if path.stem != "reference"}
    translated = {id: said for held in own.values() for id, said in held.get("translations", {}).items()}
    rows = list(_read("reference")["cases"])
    rows += [{"engine": engine, **row} for engine, held in own.items() for row in held.get("cases", ())]
    return tuple(_case(row, translated.get(row["id"], {})) for row in rows)


def of(engine: str) -> list[Case]:
    """The cases of one engine."""
    return [case for case in cases() if case.engine == engine]


def arguments(case: Case) -> dict[str, Any]:
    """The case's input with every data set written out."""
    return {name: resolved(value) for name, value in case.input.items()}


def resolved(value: Any) -> Any:
    if isinstance(value, dict) and "dataset" in value:
        found = datasets()[value["dataset"]]
        if "column" in value:
            found = found[value["column"]]
        if "columns" in value:
            found = {name: found[name] for name in value["columns"]}
        return found[value.get("skip_first", 0) :] if isinstance(found, list) else found
    if isinstance(value, dict) and "builtin" in value:
        return builtin(value["builtin"])
    if isinstance(value, dict):
        return {name: resolved(item) for name, item in value.items()}
    return value


@cache
def builtin(name: str) -> dict[str, list[Any]]:
    """A data set that scikit-learn bundles, as a table with the column `target`."""
    from sklearn import datasets as bundled

    loaded = getattr(bundled, name.removeprefix("sklearn."))(as_frame=True)
    found: dict[str, list[Any]] = loaded.frame.to_dict(orient="list")
    return found


def check(case: Case, result: dict[str, Any]) -> list[str]:
    """What of `result` differs from what the source prints; nothing if it agrees."""
    wrong = []
    for key, expected in case.expected.items():
        got = found(result, case.rename.get(key, key))
        if not agrees(got, expected, case):
            wrong.append(f"{key}: got {got}, source has {expected}")
    return wrong


def found(result: dict[str, Any], path: str) -> Any:
    """The value at a dotted path (`a.0`, `a.-5:`); a bare name is also looked up among the coefficients."""
    value: Any = result
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part[:-1]) :] if part.endswith(":") else value[int(part)]
        elif part in value:
            value = value[part]
        elif value is result and part.startswith("se_") and part[3:] in result.get("se", {}):
            value = result["se"][part[3:]]
        elif value is result and part in (result.get("params") or {}):
            value = result["params"][part]
        else:
            raise KeyError(f"{path} is not in the result, which has {sorted(result)}")
    return value


def agrees(got: Any, expected: Any, case: Case) -> bool:
    if isinstance(expected, dict) and expected.keys() <= {"min", "max"}:
        return expected.get("min", got) <= got <= expected.get("max", got)
    if isinstance(expected, dict):
        return all(agrees(got[name], item, case) for name, item in expected.items())
    if isinstance(expected, list):
        values = list(got.values()) if isinstance(got, dict) else got
        return len(values) >= len(expected) and all(agrees(g, e, case) for g, e in zip(values, expected, strict=False))
    if isinstance(expected, bool | str) or expected is None:
        return bool(got == expected)
    return bool(abs(float(got) - expected) <= max(case.rel_tol * abs(expected), case.abs_tol))


def _case(row: dict[str, Any], said: dict[str, Any]) -> Case:
    return Case(
        id=row["id"],
        engine=row["engine"],
        tool=row["tool"],
        input=said.get("input", row["input"]),
        expected=row["expected"],
        source=row["source"],
        rel_tol=row.get("rel_tol", 0.0),
        abs_tol=row.get("abs_tol", 0.0),
        rename=said.get("rename", {}),
    )


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found
