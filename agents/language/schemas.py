"""The arguments of a bound tool as we fill them: flat, typed, with their slots (*huecos*)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["enum", "integer", "number", "date", "boolean", "string", "object", "list"]


@dataclass(frozen=True)
class Argument:
    """One argument: what it takes, what it is called by people, whether it must be there.

    `path` leads to it inside nested records; `slot` is the schema's `x-slot`.
    """

    path: tuple[str, ...]
    kind: Kind
    required: bool
    slot: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    description: str = ""
    pattern: str = ""
    decimals: int | None = None
    largest: float | None = None
    has_default: bool = False

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]

    @property
    def ref(self) -> str:
        """The kind of record it names; "" if none."""
        return str(self.slot.get("ref", ""))

    @property
    def cues(self) -> tuple[str, ...]:
        """Words that stand near its value."""
        return tuple(self.slot.get("cues", ()))

    @property
    def units(self) -> tuple[str, ...]:
        """Words that follow its number."""
        return tuple(self.slot.get("units", ()))

    @property
    def whole(self) -> bool:
        """Whether its value is all that the person said."""
        return bool(self.slot.get("whole"))

    @property
    def ahead(self) -> bool:
        """Whether its date lies ahead where people leave out the year."""
        return bool(self.slot.get("ahead"))

    @property
    def words(self) -> Mapping[str, list[str]]:
        """Value → the ways people say it."""
        return dict(self.slot.get("words", {}))

    @property
    def ask(self) -> str:
        """The question to the user when it is missing."""
        return str(self.slot.get("ask", ""))


def arguments_of(schema: Mapping[str, Any]) -> list[Argument]:
    """The arguments of a JSON schema, nested records spread out, in the schema's order."""
    return _spread(schema, schema, (), True)


def _spread(schema: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...], needed: bool) -> list[Argument]:
    found: list[Argument] = []
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        view = _flat(part, root)
        must = needed and name in required
        if view.get("type") == "object" and view.get("properties"):
            found += _spread(view, root, (*path, name), must)
        else:
            found.append(_argument(view, (*path, name), must))
    # What must be there is asked for first.
    return sorted(found, key=lambda argument: not argument.required)


def _flat(part: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """`part` with references followed and optional wrappers taken off."""
    view = dict(part)
    while "$ref" in view:
        target: Any = root
        for step in str(view.pop("$ref")).removeprefix("#/").split("/"):
            target = target[step]
        view = {**target, **view}
    for wrapper in ("anyOf", "oneOf", "allOf"):
        options = [_flat(o, root) for o in view.get(wrapper, ())]
        options = [o for o in options if o.get("type") != "null"]
        if options:
            slot = {k: v for o in options for k, v in o.get("x-slot", {}).items()}
            merged = {**_preferred(options), **{k: v for k, v in view.items() if k != wrapper}}
            if slot or view.get("x-slot"):
                merged["x-slot"] = {**slot, **view.get("x-slot", {})}
            view = merged
    return view


def _preferred(options: list[dict[str, Any]]) -> dict[str, Any]:
    """Of «number or decimal text» the number; otherwise the first."""
    numeric = [o for o in options if o.get("type") in ("integer", "number")]
    return numeric[0] if numeric else options[0]


def _argument(view: Mapping[str, Any], path: tuple[str, ...], required: bool) -> Argument:
    choices = tuple(str(v) for v in view.get("enum", ())) or ((str(view["const"]),) if "const" in view else ())
    return Argument(
        path=path,
        kind=_kind(view, choices),
        required=required,
        slot=view.get("x-slot", {}),
        choices=choices,
        description=str(view.get("description", "")),
        pattern=str(view.get("pattern", "")),
        decimals=_decimals(view),
        largest=view.get("maximum", view.get("le", view.get("lt"))),
        has_default=view.get("default") is not None,
    )


def _kind(view: Mapping[str, Any], choices: tuple[str, ...]) -> Kind:
    type_ = view.get("type")
    if choices and type_ != "array":
        return "enum"
    if type_ == "string" and view.get("format") in ("date", "date-time"):
        return "date"
    if type_ == "string" and _is_decimal(view):
        return "number"
    known: dict[Any, Kind] = {
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "array": "list",
        "object": "object",
    }
    return known.get(type_, "string")


def _decimals(view: Mapping[str, Any]) -> int | None:
    """How many decimals the value may have; euros have two."""
    if "decimal_places" in view:
        return int(view["decimal_places"])
    units = {str(unit) for unit in view.get("x-slot", {}).get("units", ())}
    return 2 if units & {"€", "eur", "euros"} else None


def _is_decimal(view: Mapping[str, Any]) -> bool:
    """Whether a text is pydantic's or our way to write a decimal."""
    if view.get("format") == "decimal":
        return True
    pattern = str(view.get("pattern", ""))
    return bool(pattern) and r"\d" in pattern and r"\." in pattern and "+]?" in pattern
