"""Every operation of the engines as a tool: found, wrapped, and given to the catalogue.

The wrapper does three things: data that are named are read, the nerve computes, and the result is
said in the caller's language. The function's own signature is the tool's; where it takes data it
also takes the name of a data set.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, Field

from core.context import Context
from engines import operations
from engines.contract import Computed, Operation, Shape
from modules.integration_automation.engines.argument_labels import ARGUMENTS
from modules.integration_automation.engines.references import DataRef, OrStored, numbered, resolved
from modules.integration_automation.engines.saying import said
from modules.integration_automation.nerve import NERVE
from tools import Risk, tool

PERMISSION: Final = "engines:read"


def shape_of(hint: Any) -> Shape | None:
    """Which kind of data an argument of this type takes; None if it takes none."""
    marks = getattr(hint, "__metadata__", ())
    own = next((mark for mark in marks if isinstance(mark, Shape)), None)
    if own is not None:
        return own
    inner = get_args(hint) if get_origin(hint) is not None else ()
    return next((shape for shape in map(shape_of, inner) if shape is not None), None)


@cache
def shapes(operation: Operation) -> Mapping[str, Shape]:
    """The arguments of `operation` that take data."""
    hints = get_type_hints(operation.function, include_extras=True)
    return {name: shape for name, hint in hints.items() if name != "return" and (shape := shape_of(hint)) is not None}


def resolved_arguments(ctx: Context, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with every data set read."""
    return {
        name: resolved(ctx, value, shapes(operation)[name], name) if isinstance(value, DataRef) else value
        for name, value in given.items()
    }


def parameters(operation: Operation) -> dict[str, tuple[Any, Any]]:
    """The operation's arguments as fields: type and default, data also by name."""
    hints = get_type_hints(operation.function, include_extras=True)
    fields = {}
    for name, parameter in inspect.signature(operation.function).parameters.items():
        mark = OrStored() if name in shapes(operation) else BeforeValidator(numbered)
        hint: Any = Annotated[hints[name], mark]
        label = ARGUMENTS.get(f"{operation.engine}.{name}", ARGUMENTS.get(name))
        if label:
            hint = Annotated[hint, Field(title=label)]
        fields[name] = (hint, ... if parameter.default is inspect.Parameter.empty else parameter.default)
    return fields


def as_tool(operation: Operation) -> Callable[..., Computed]:
    """The tool of `operation`."""

    def call(ctx: Context, **given: Any) -> Computed:
        found = NERVE.compute(operation, resolved_arguments(ctx, operation, given))
        return said(found, ctx.actor.locale)

    fields = parameters(operation)
    own = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=inspect.Parameter.empty if default is ... else default
        )
        for name, (_, default) in fields.items()
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    returned = get_type_hints(operation.function)["return"]
    call.__name__ = call.__qualname__ = operation.function.__name__
    call.__doc__ = operation.function.__doc__
    call.__annotations__ = {"ctx": Context, **{name: hint for name, (hint, _) in fields.items()}, "return": returned}
    call.__signature__ = inspect.Signature([context, *own])  # type: ignore[attr-defined]
    declare = tool(
        Risk.READ,
        permission=PERMISSION,
        title=operation.title,
        examples=operation.examples,
        engine=operation.engine,
    )
    return declare(call)


# The loader takes a module's tools from its file: these are made, not written.
globals().update({name: as_tool(found) for name, found in operations().items()})
