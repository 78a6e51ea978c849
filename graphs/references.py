"""References inside results (*referencias*): which values name records, by the schema's slots.

A result field that bears `Slot(ref="quote")` may be piped into an argument with the same
`ref`; so «cotiza y emite» needs no model to copy a number from one call to the next.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias, get_type_hints

from tools.marks import resolved
from tools.tool import Tool

Schema: TypeAlias = Mapping[str, Any]
DEEPEST: Final = 8
MOST: Final = 20  # references kept of one kind: a list of 2,000 rows names no one record


def references(value: Any, schema: Schema) -> dict[str, list[str]]:
    """Values of `value` that name records, by kind, in the order of the result, without repeats."""
    found: dict[str, dict[str, None]] = {}
    for kind, text in _walk(value, schema, schema, 0):
        names = found.setdefault(kind, {})
        if len(names) < MOST:
            names[text] = None
    return {kind: list(names) for kind, names in found.items()}


def argument_kinds(schema: Schema) -> dict[str, str]:
    """Arguments that name records: argument → kind, from the tool's own schema."""
    kinds: dict[str, str] = {}
    for name, part in schema.get("properties", {}).items():
        kind = _kind(resolved(part, schema))
        if kind:
            kinds[name] = kind
    return kinds


@lru_cache(maxsize=2048)
def result_type(tool: Tool) -> Any:
    """The type that the tool declares to return."""
    return get_type_hints(tool.function).get("return")


def _walk(value: Any, schema: Schema, root: Schema, depth: int) -> Iterator[tuple[str, str]]:
    if value is None or depth > DEEPEST:
        return
    part = resolved(schema, root)
    kind = _kind(part)
    if kind and isinstance(value, str | int) and not isinstance(value, bool):
        yield kind, str(value)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            inner = _property(part, name, root)
            if inner is not None:
                yield from _walk(item, inner, root, depth + 1)
    elif isinstance(value, list):
        inner = _items(part, root)
        for item in value if inner is not None else ():
            yield from _walk(item, inner or {}, root, depth + 1)


def _kind(part: Schema) -> str | None:
    for option in (part, *part.get("anyOf", ())):
        kind = option.get("x-slot", {}).get("ref")
        if kind:
            return str(kind)
    return None


def _options(part: Schema, root: Schema) -> list[Schema]:
    return [part, *(resolved(o, root) for o in (*part.get("anyOf", ()), *part.get("allOf", ())))]


def _property(part: Schema, name: str, root: Schema) -> Schema | None:
    for option in _options(part, root):
        inner = option.get("properties", {}).get(name)
        if inner is None and isinstance(option.get("additionalProperties"), Mapping):
            inner = option["additionalProperties"]
        if inner is not None:
            return dict(inner)
    return None


def _items(part: Schema, root: Schema) -> Schema | None:
    for option in _options(part, root):
        inner = option.get("items")
        if isinstance(inner, Mapping):
            return inner
    return None
