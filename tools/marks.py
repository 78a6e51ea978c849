"""Marks on arguments and results that the gate reads (*marcas*): what decides harm, and what is foreign.

A mark stands in the annotation, so that it can't be forgotten beside the type it is about:

    payee: Annotated[PayeeRef, Guard.DESTINATION]
    body: External
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


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
