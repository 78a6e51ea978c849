"""What an argument means to a reader of plain language (*huecos*).

A tool's argument may carry a `Slot` in its annotation. The JSON schema that every model
sees then holds an `x-slot`, and the offline model fills the argument from it: a reference
to a record (`ref="customer"` accepts a name, a NIF or an id, which the tool resolves), a
number with its unit («110 CV»), or a choice with the words people use for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Slot:
    """How people write this argument.

    Args:
        ref: kind of record it names: customer, quote, policy, receipt, …. A result field
            with the same `ref` can be piped into it.
        ask: the question to the user when it is missing, in Spanish (catalogued).
        units: words that follow the number («CV», «caballos»); for numbers.
        cues: words that stand near the value («franquicia», «bonus»).
        words: value → the ways people say it, Spanish and English, lower case.
        pattern: regular expression of the value itself, for codes.
        whole: the value is all that the person said: what happened, in his own words.
        ahead: the date lies ahead where people leave out the year («las renovaciones de enero»).
    """

    ref: str | None = None
    ask: str | None = None
    units: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    pattern: str | None = None
    whole: bool = False
    ahead: bool = False

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the slot into the schema as `x-slot`; a type's own slot gives what this one leaves out."""
        schema = handler(core_schema)
        parts: dict[str, Any] = {
            "ref": self.ref,
            "ask": self.ask,
            "units": list(self.units),
            "cues": list(self.cues),
            "words": {k: list(v) for k, v in self.words.items()},
            "pattern": self.pattern,
            "whole": self.whole,
            "ahead": self.ahead,
        }
        schema["x-slot"] = schema.get("x-slot", {}) | {k: v for k, v in parts.items() if v}
        return schema
