"""Validate: raw arguments become the tool's typed ones, or one message that names the field."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from core.errors import BadArguments
from core.i18n import N_
from tools.gate.call import Outcome, Work
from tools.gate.problems import DATES, problem_of
from tools.gate.step import Step
from tools.marks import resolved
from tools.written import Written

LARGEST_BODY: Final = 5 * 1024 * 1024
DEEPEST: Final = 32
BODY: Final = N_("(cuerpo)")
LARGEST_INTEGER: Final = 2**53  # beyond it a browser's number is another one
UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
NUMERIC: Final = frozenset({"integer", "number"})
DATED: Final = frozenset({"date", "date-time"})
NUMBER: Final = re.compile(r"\s{0,9}[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\s{0,9}", re.ASCII)


@dataclass(frozen=True)
class Validated(Step):
    """Parse strictly and check every argument before anything is opened or read."""

    def __call__(self, work: Work) -> Outcome:
        """Fill `arguments` and their canonical JSON form `args`, or raise BadArguments."""
        raw = work.call.args
        given = parse(raw) if isinstance(raw, bytes) else dict(raw)
        refuse_unstorable(given)
        refuse_loose_numbers(given, work.tool.schema, work.tool.schema)
        try:
            # One form of every letter: a name is found again, and unique once, however it was typed.
            given = {name: composed(value) for name, value in given.items()}
            work._arguments = work.tool.arguments.model_validate(given)
        except ValidationError as error:
            raise problem_of(error) from error
        work.args = work.arguments.model_dump(mode="json", exclude_unset=True)
        return self.inner(work)


def parse(body: bytes) -> dict[str, Any]:
    """Strict JSON object: no duplicate keys, no NaN, bounded size and depth; decimals stay exact.

    Raises:
        BadArguments: it is none.
    """
    if len(body) > LARGEST_BODY:
        raise BadArguments(field=BODY, problem=N_("pasa de 5 MiB"))
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=Written
        )
    except (ValueError, RecursionError) as error:
        raise BadArguments(field=BODY, problem=N_("no es JSON válido")) from error
    if not isinstance(found, dict):
        raise BadArguments(field=BODY, problem=N_("debe ser un objeto JSON con los argumentos"))
    return found


def refuse_unstorable(value: Any, depth: int = 0) -> None:
    """Refuse what PostgreSQL or a reader can't hold: controls, lone surrogates, huge numbers, deep nesting."""
    if depth > DEEPEST:
        raise BadArguments(field=BODY, problem=N_("está anidado a más de 32 niveles"))
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            raise BadArguments(field=BODY, problem=N_("contiene caracteres que no se pueden guardar"))
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise BadArguments(field=BODY, problem=N_("tiene demasiadas cifras"))
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key, depth + 1)
            refuse_unstorable(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_unstorable(item, depth + 1)


def refuse_loose_numbers(value: Any, part: Mapping[str, Any], root: Mapping[str, Any], field: str = "") -> None:
    """Refuse what Python alone takes for a number: `true`, `1_000`, figures of other scripts; and numbers as dates.

    Args:
        value: an argument, or all of them.
        part: its JSON schema, within the tool's.
        root: the schema that `part` refers into.
        field: its name, for the message.
    """
    part = resolved(part, root)
    options = [part, *(resolved(option, root) for option in part.get("anyOf", ()))]
    kinds = {option.get("type") for option in options}
    if kinds & NUMERIC and "boolean" not in kinds:
        written = isinstance(value, str) and value.strip() != ""  # an empty cell is judged by its own type
        loose = written and kinds != {None, "integer", "string"} and not NUMBER.fullmatch(value)
        if isinstance(value, bool) or loose:
            raise BadArguments(field=field, problem=N_("debe ser un número, en cifras corrientes"))
    elif DATED & {option.get("format") for option in options}:
        if isinstance(value, int | float) or (isinstance(value, str) and NUMBER.fullmatch(value)):
            raise BadArguments(field=field, problem=DATES)
    elif isinstance(value, Mapping):
        known = {name: schema for option in options for name, schema in option.get("properties", {}).items()}
        for name, item in value.items():
            if name in known:
                refuse_loose_numbers(item, known[name], root, f"{field}.{name}" if field else name)
    elif isinstance(value, list | tuple):
        items: Mapping[str, Any] = next((o["items"] for o in options if isinstance(o.get("items"), Mapping)), {})
        for at, item in enumerate(value):
            refuse_loose_numbers(item, items, root, f"{field}.{at}")


def composed(value: Any) -> Any:
    """`value` with every text in Unicode's normal form C."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {name: composed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [composed(item) for item in value]
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
