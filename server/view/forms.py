"""Forms out of a tool's JSON schema, and arguments out of a form: no second description.

Empty optional fields are left out of the call. Figures are read as people here write them:
`1.234,56` and `1234,56` are the same; a lone group of three after a dot, as in `1.234`, is
refused rather than guessed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from server.view.labels import field_label, own_labels, state_label

GROUPED: Final = re.compile(r"^-?\d{1,3}(\.\d{3})+,\d+$")
AMBIGUOUS: Final = re.compile(r"^-?\d{1,3}\.\d{3}$")


@dataclass(frozen=True)
class FormField:
    """One control: what it is called, what it holds, what is wrong with it."""

    id: str
    name: str
    label: str
    kind: str
    value: Any = ""
    required: bool = False
    help: str = ""
    error: str = ""
    inputmode: str = ""
    options: tuple[tuple[str, str], ...] = ()
    fields: tuple["FormField", ...] = field(default=())


@dataclass(frozen=True)
class Shape:
    """What a property's schema comes down to, once references and `null` are resolved."""

    schema: Mapping[str, Any]
    nullable: bool


def shape_of(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
    """The one meaning of a property: its `$ref` followed, its `anyOf` without `null`."""
    nullable = False
    for _ in range(8):
        if "$ref" in schema:
            found = definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
            schema = {**found, **{k: v for k, v in schema.items() if k != "$ref"}}
        elif len(schema.get("allOf", ())) == 1:
            schema = {**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}}
        elif "anyOf" in schema:
            kinds = [s for s in schema["anyOf"] if s.get("type") != "null"]
            nullable = nullable or len(kinds) < len(schema["anyOf"])
            chosen = next((s for s in kinds if s.get("type") == "string" or "$ref" in s), kinds[0] if kinds else {})
            schema = {**chosen, **{k: v for k, v in schema.items() if k != "anyOf"}}
        else:
            break
    return Shape(schema, nullable)


def form_of(
    schema: Mapping[str, Any],
    values: Mapping[str, Any],
    locale: Locale,
    *,
    prefix: str = "",
    error: tuple[str, str] = ("", ""),
) -> tuple[FormField, ...]:
    """The controls of an object schema, filled with `values`; `error` is (field, sentence)."""
    definitions = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    found = []
    for name, raw in schema.get("properties", {}).items():
        shape = shape_of(raw, definitions)
        value = values.get(name, raw.get("default"))
        inner = {**shape.schema, "$defs": definitions}
        found.append(_control(name, inner, value, locale, prefix, name in required, error, shape.nullable))
    return tuple(found)


def _control(
    name: str,
    schema: Mapping[str, Any],
    value: Any,
    locale: Locale,
    prefix: str,
    required: bool,
    error: tuple[str, str],
    nullable: bool,
) -> FormField:
    full = f"{prefix}{name}"
    slot = schema.get("x-slot", {})
    facts: dict[str, Any] = {
        "id": "f-" + full.replace(".", "-"),
        "name": full,
        "required": required,
        "label": own_labels({"properties": {name: schema}}, locale).get(name)
        or field_label(name, locale, _own_title(name, schema)),
        "error": error[1] if error[0] == full else "",
        "help": translate(slot["ask"], locale) if slot.get("ask") else "",
    }
    said = str(schema.get("description", ""))
    if not facts["help"] and said.rstrip(".") != facts["label"]:
        facts["help"] = said
    kind = schema.get("type")
    if kind == "object" and schema.get("properties"):
        inner = form_of(schema, value or {}, locale, prefix=f"{full}.", error=error)
        return FormField(**facts, kind="group", fields=inner)
    options = _options(schema, slot, locale)
    if options:
        return FormField(**facts, kind="select", value="" if value is None else str(value), options=options)
    if kind == "boolean" and nullable:
        yes_no = (("true", translate(N_("Sí"), locale)), ("false", translate(N_("No"), locale)))
        chosen = "" if value is None else str(value).lower()
        return FormField(**facts, kind="select", value=chosen, options=yes_no)
    if kind == "boolean":
        return FormField(**facts, kind="checkbox", value=bool(value))
    if kind in ("array", "object"):
        shown = json.dumps(value, ensure_ascii=False) if value else ""
        return FormField(**facts, kind="textarea", value=shown)
    form = schema.get("format")
    if form == "date":
        return FormField(**facts, kind="date", value=value or "")
    mode = "decimal" if kind == "number" or _is_money(schema) else "numeric" if kind == "integer" else ""
    shown = str(value) if value is not None else ""
    if mode == "decimal":
        shown = shown.replace(".", ",")
    if name in ("text", "body", "notes", "comment") and not mode:
        return FormField(**facts, kind="textarea", value=shown)
    return FormField(**facts, kind="text", value=shown, inputmode=mode)


def _own_title(name: str, schema: Mapping[str, Any]) -> str | None:
    """The schema's title, unless pydantic made it up from the name."""
    title = schema.get("title")
    return title if title and title.lower().replace(" ", "_") != name else None


def _options(schema: Mapping[str, Any], slot: Mapping[str, Any], locale: Locale) -> tuple[tuple[str, str], ...]:
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    words = slot.get("words", {})
    said = {str(v): state_label(str(v), locale) for v in values}
    for value, label in said.items():
        if label == value.replace("_", " ") and words.get(value):
            said[value] = words[value][0]
    return tuple(said.items())


def _is_money(schema: Mapping[str, Any]) -> bool:
    kinds = {s.get("type") for s in schema.get("anyOf", ())}
    return "number" in kinds or (
        "pattern" in schema
        and "\\d" in schema["pattern"]
        and schema.get("type") == "string"
        and "decimal" in schema["pattern"]
    )


def read_form(schema: Mapping[str, Any], given: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """The arguments that a filled form means.

    Raises:
        BadArguments: a list is no JSON, or a figure could mean two things.
    """
    definitions = schema.get("$defs", {})
    found: dict[str, Any] = {}
    for name, raw in schema.get("properties", {}).items():
        shape = shape_of(raw, definitions).schema
        full = f"{prefix}{name}"
        if shape.get("type") == "object" and shape.get("properties"):
            inner = read_form({**shape, "$defs": definitions}, given, f"{full}.")
            if inner:
                found[name] = inner
        elif shape.get("type") == "boolean" and shape_of(raw, definitions).nullable:
            if given.get(full) in ("true", "false"):
                found[name] = given[full] == "true"
        elif shape.get("type") == "boolean":
            if full in given or name in schema.get("required", ()):
                found[name] = given.get(full) == "true"
            elif raw.get("default"):
                found[name] = False
        elif given.get(full, "").strip():
            found[name] = _read(full, shape, raw, given[full].strip())
    return found


def _read(name: str, shape: Mapping[str, Any], raw: Mapping[str, Any], text: str) -> Any:
    kind = shape.get("type")
    kinds = {s.get("type") for s in raw.get("anyOf", ())} | {kind}
    if kind in ("array", "object"):
        try:
            return json.loads(text)
        except ValueError as error:
            if kind == "array":
                return [part.strip() for part in re.split(r"[\n,;]", text) if part.strip()]
            raise BadArguments(field=name, problem=N_("no es JSON válido")) from error
    if kinds & {"number", "integer"}:
        return _figure(name, text, integer="integer" in kinds and "number" not in kinds)
    return text


def _figure(name: str, text: str, *, integer: bool) -> Any:
    plain = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "").removesuffix("€").replace("\N{MINUS SIGN}", "-")
    if AMBIGUOUS.match(plain) and not integer:
        raise BadArguments(field=name, problem=N_("«1.234» puede leerse de dos maneras: escriba 1234 o 1,234"))
    if GROUPED.match(plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif "," in plain:
        plain = plain.replace(",", ".")
    return int(plain) if integer and re.fullmatch(r"-?\d{1,18}", plain) else plain
