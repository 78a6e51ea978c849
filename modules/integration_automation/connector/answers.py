"""Answers of services (*respuestas de servicios*): strict JSON, taken apart into named texts.

Every value becomes text, numbers as they were written: nothing of another house's answer is
computed with, and nothing of it is an instruction.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from core.context import Fetched
from core.i18n import N_
from core.places import Unreadable
from core.text import clean_foreign

LARGEST: Final = 1024 * 1024
DEEPEST: Final = 32
MOST: Final = 300  # values
LONGEST: Final = 1_000  # characters of a value

NOT_JSON: Final = N_("no envía JSON válido")
TOO_DEEP: Final = N_("su JSON está anidado a más de 32 niveles")
OVER_SIZE: Final = N_("envía más de 1 MiB")


class Value(NamedTuple):
    """One value of an answer: where it stands (`poliza.estado`, `items[0]`), and what it says."""

    name: str
    text: str


class Values(NamedTuple):
    """The values of an answer; `cut` if there were more."""

    values: tuple[Value, ...]
    cut: bool


def read_json(fetched: Fetched, host: str) -> Values:
    """The values of a JSON answer, in its order.

    Raises:
        Unreadable: it is no strict JSON (UTF-8, no name twice, no NaN), too large or too deep.
    """
    if len(fetched.content) > LARGEST:
        raise Unreadable(what=host, reason=OVER_SIZE)
    try:
        found = json.loads(
            fetched.content.decode("utf-8"),
            object_pairs_hook=_once, parse_constant=_no_constant, parse_float=str, parse_int=str,
        )  # fmt: skip
    except RecursionError as error:
        raise Unreadable(what=host, reason=TOO_DEEP) from error
    except ValueError as error:
        raise Unreadable(what=host, reason=NOT_JSON) from error
    if _depth(found) > DEEPEST:
        raise Unreadable(what=host, reason=TOO_DEEP)
    values: list[Value] = []
    for value in _flat("", found):
        if len(values) == MOST:
            return Values(tuple(values), cut=True)
        values.append(value)
    return Values(tuple(values), cut=any(len(value.text) == LONGEST for value in values))


def _depth(value: Any) -> int:
    """How deep `value` is nested, counted without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level = inner
    return depth


def _flat(name: str, value: Any) -> Iterator[Value]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{name}.{_short(key)}" if name else _short(key), item)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _flat(f"{name}[{at}]", item)
    else:
        yield Value(name, _said(value))


def _short(key: str) -> str:
    return " ".join(clean_foreign(key).split())[:60]


def _said(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return clean_foreign(str(value))[:LONGEST]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
