"""Marks on arguments and results that the gate reads (*marcas*): what decides harm, and what is foreign.

A mark stands in the annotation, so that it can't be forgotten beside the type it is about:

    payee: Annotated[PayeeRef, Guard.DESTINATION]
    body: External
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
NOBODY: Final = ""  # no permission has this name


class Guard(StrEnum):
    """What an argument decides. The policy takes none of these from untrusted content."""

    DESTINATION = "destination"  # where money goes: payee, account
    RECIPIENT = "recipient"  # who gets a message or a file
    AMOUNT = "amount"  # how much; a limit
    SCOPE = "scope"  # which set is exported, written to, or deleted
    SUBJECT = "subject"  # the record that is acted upon

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the guard into the schema as `x-guard`."""
        return {**handler(core_schema), "x-guard": self.value}


class Foreign:
    """Marks a text of a result that somebody outside wrote, or that may repeat such a text."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the mark into the schema as `x-external`."""
        return {**handler(core_schema), "x-external": True}


@dataclass(frozen=True)
class Needs:
    """Marks a field of a result that only holders of a permission see; others get nothing there.

    The field must allow None: `account: Annotated[str, Needs("crm:bank")] | None`.
    """

    permission: str

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the permission into the schema as `x-needs`."""
        return {**handler(core_schema), "x-needs": self.permission}


@dataclass(frozen=True)
class NeedsNamed:
    """As `Needs`, where the permission stands in `field` beside it, and in no other place: each row may have its own.

    While that field is empty nobody sees the marked one.
    """

    field: str

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the name of the other field into the schema, within `x-needs`."""
        return {**handler(core_schema), "x-needs": {"field": self.field}}


External: TypeAlias = Annotated[str, Foreign()]


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """`schema` with `$ref` followed; its own keys (such as `x-slot`) win."""
    target = schema.get("$ref")
    if not isinstance(target, str):
        return schema
    found: Any = root
    for name in target.removeprefix("#/").split("/"):
        found = found.get(name, {})
    return {**found, **{k: v for k, v in schema.items() if k != "$ref"}}


def hidden(
    value: Any, part: Mapping[str, Any], root: Mapping[str, Any], holds: Callable[[str], bool],
    beside: Mapping[str, Any] = NOTHING,
) -> Any:  # fmt: skip
    """`value` without the fields that need a permission which `holds` denies: they are None.

    `beside` is the record that `value` is a field of.
    """
    part = resolved(part, root)
    options = [part, *(resolved(o, root) for o in (*part.get("anyOf", ()), *part.get("allOf", ())))]
    needed = next((option["x-needs"] for option in options if "x-needs" in option), None)
    if isinstance(needed, Mapping):
        needed = beside.get(needed["field"]) or NOBODY
    if needed is not None and (needed == NOBODY or not holds(needed)):
        return None
    if isinstance(value, Mapping):
        known = {name: schema for option in options for name, schema in option.get("properties", {}).items()}
        return {name: hidden(item, known.get(name, {}), root, holds, value) for name, item in value.items()}
    if isinstance(value, list):
        items: Mapping[str, Any] = next((o["items"] for o in options if isinstance(o.get("items"), Mapping)), {})
        return [hidden(item, items, root, holds) for item in value]
    return value


def mentions_mark(part: Any, mark: str) -> bool:
    """Whether `mark` stands anywhere in a schema."""
    if isinstance(part, Mapping):
        return mark in part or any(mentions_mark(item, mark) for item in part.values())
    return isinstance(part, list) and any(mentions_mark(item, mark) for item in part)
