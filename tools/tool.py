"""A tool: a plain typed function, declared once; every face is a view of it.

`@tool` only attaches a declaration and returns the function itself, so that a module's
tools stay plain functions that tests may read. The catalogue turns declarations into
`Tool` values once the module's name is known.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from core.records import AUDIT_FIELDS, Record
from tools.marks import Guard, mentions_mark, resolved
from tools.risk import Risk

MARK: Final = "__ait_tool__"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declaration:
    """What `@tool` was given."""

    risk: Risk
    permission: str
    examples: tuple[str, ...]
    title: str
    engine: str = ""


def tool(
    risk: Risk, *, permission: str, examples: tuple[str, ...], title: str = "", engine: str = ""
) -> Callable[[F], F]:
    """Declare the function below as a tool.

    Args:
        risk: what a call can do.
        permission: `noun:verb` that the actor's roles must hold.
        examples: requests in plain Spanish and English that this tool answers.
        title: Spanish label for people; the first docstring line's subject if empty.
        engine: the engine it belongs to, whose name the tool then bears instead of its module's.
    """

    def mark(function: F) -> F:
        setattr(function, MARK, Declaration(risk, permission, examples, title, engine))
        return function

    return mark


@dataclass(frozen=True)
class Tool:
    """One operation of the system, as every face sees it."""

    name: str
    module: str
    risk: Risk
    permission: str
    examples: tuple[str, ...]
    title: str
    function: Callable[..., Any]

    @cached_property
    def description(self) -> str:
        """The docstring; its first line is what a model reads first."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.description.partition("\n")[0]

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def record_argument(self) -> str | None:
        """The name of the one parameter that is a model, whose fields are the arguments."""
        names = [p for p in inspect.signature(self.function).parameters if p != "ctx"]
        if len(names) != 1:
            return None
        hint = self._hints[names[0]]
        return names[0] if isinstance(hint, type) and issubclass(hint, BaseModel) else None

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a strict model: unknown names are refused."""
        if self.record_argument:
            model: type[BaseModel] = self._hints[self.record_argument]
            return model
        fields: dict[str, Any] = {}
        for name, parameter in inspect.signature(self.function).parameters.items():
            if name == "ctx":
                continue
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[name] = (self._hints[name], default)
        # An argument that Python's grammar keeps from its name (`lambda`) is read by both of its names.
        config = ConfigDict(extra="forbid", str_strip_whitespace=True, validate_by_name=True, validate_by_alias=True)
        return create_model(f"{self.name}_arguments", __config__=config, **fields)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return self.arguments.model_json_schema()

    @cached_property
    def verb(self) -> str:
        """The verb of the function's name: `issue` of `kernel_issue_policy`."""
        return self.function.__name__.partition("_")[0]

    @cached_property
    def guards(self) -> Mapping[str, Guard]:
        """Arguments that decide harm: those marked so, and references to the records acted upon."""
        found: dict[str, Guard] = {}
        for name, part in self.schema.get("properties", {}).items():
            part = resolved(part, self.schema)
            options = [part, *(resolved(option, self.schema) for option in part.get("anyOf", ()))]
            guard = next((option["x-guard"] for option in options if "x-guard" in option), None)
            if guard is not None:
                found[name] = Guard(guard)
            elif any(option.get("x-slot", {}).get("ref") for option in options):
                found[name] = Guard.SUBJECT
        return found

    @cached_property
    def returns(self) -> TypeAdapter[Any]:
        """Adapter of the result's type."""
        result: Any = self._hints.get("return")
        return TypeAdapter(result)

    @cached_property
    def result_schema(self) -> dict[str, Any]:
        """JSON schema of the result."""
        return self.returns.json_schema(mode="serialization")

    @cached_property
    def shows_foreign(self) -> bool:
        """Whether its results may hold text that somebody outside wrote."""
        return mentions_mark(self.result_schema, "x-external")

    @cached_property
    def hides(self) -> bool:
        """Whether some fields of its results are for some people only."""
        return mentions_mark(self.result_schema, "x-needs")

    def run(self, ctx: Any, arguments: BaseModel) -> Any:
        """Call the function with validated `arguments`. Only the gate does this."""
        if self.record_argument:
            return self.function(ctx, **{self.record_argument: arguments})
        return self.function(ctx, **{name: getattr(arguments, name) for name in self.arguments.model_fields})

    def to_json(self, value: Any) -> Any:
        """The result as JSON-shaped data, without a record's audit fields."""
        hidden = set(AUDIT_FIELDS - {"id", "version"})
        if isinstance(value, Record):
            return value.model_dump(mode="json", exclude=hidden)
        if isinstance(value, list) and value and isinstance(value[0], Record):
            return [item.model_dump(mode="json", exclude=hidden) for item in value]
        return self.returns.dump_python(value, mode="json")


def declared(package: ModuleType) -> Iterable[Callable[..., Any]]:
    """Functions of `package` itself that bear a declaration, in order of their lines."""
    found = [
        f
        for f in vars(package).values()
        if inspect.isfunction(f) and hasattr(f, MARK) and f.__module__ == package.__name__
    ]
    return sorted(found, key=lambda f: f.__code__.co_firstlineno)
