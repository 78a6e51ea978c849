"""Validate: raw arguments become the tool's typed ones, or one message that names the field."""

import json
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from core.errors import BadArguments
from core.i18n import N_
from tools.gate.call import Outcome, Work
from tools.gate.problems import problem_of
from tools.gate.step import Step

LARGEST_BODY: Final = 5 * 1024 * 1024
DEEPEST: Final = 32
BODY: Final = N_("(cuerpo)")


@dataclass(frozen=True)
class Validated(Step):
    """Parse strictly and check every argument before anything is opened or read."""

    def __call__(self, work: Work) -> Outcome:
        """Fill `arguments` and their canonical JSON form `args`, or raise BadArguments."""
        raw = work.call.args
        given = parse(raw) if isinstance(raw, bytes) else dict(raw)
        refuse_unstorable(given)
        try:
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
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise BadArguments(field=BODY, problem=N_("no es JSON válido")) from error
    if not isinstance(found, dict):
        raise BadArguments(field=BODY, problem=N_("debe ser un objeto JSON con los argumentos"))
    return found


def refuse_unstorable(value: Any, depth: int = 0) -> None:
    """Refuse what PostgreSQL or a reader can't hold: NUL, lone surrogates, controls, deep nesting."""
    if depth > DEEPEST:
        raise BadArguments(field=BODY, problem=N_("está anidado a más de 32 niveles"))
    if isinstance(value, str):
        if any(c in value for c in "\0") or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise BadArguments(field=BODY, problem=N_("contiene caracteres que no se pueden guardar"))
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key, depth + 1)
            refuse_unstorable(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_unstorable(item, depth + 1)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
