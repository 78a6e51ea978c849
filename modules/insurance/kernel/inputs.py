"""Inputs of a tariff (*datos del riesgo*): read exactly, or refused by the name of the field.

A number may come as a number or as a decimal string; `10`, `"10"` and `"10.00"` are one
value. A missing input is `None`; what that means (neutral, zero, an error) is for the
reader to say: rules, factors and sums differ.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeAlias

from core.errors import BadArguments
from core.i18n import N_

Inputs: TypeAlias = Mapping[str, Any]
Number: TypeAlias = int | Decimal

DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
INSURED: Final = "insured."
INSUREDS_LIMIT: Final = 1000
PROPERTY_SUMS: Final = ("building_sum", "contents_sum", "stock_sum", "machinery_sum")


def refuse(field: str, value: object) -> NoReturn:
    """Say that `value` is not one that `field` admits."""
    raise BadArguments(N_("El campo «{field}» no admite el valor «{value}»."), field=field, value=str(value)[:60])


def missing(field: str) -> NoReturn:
    """Say that the tariff cannot price without `field`."""
    raise BadArguments(N_("Falta el campo «{field}», necesario para calcular la prima."), field=field)


def number(inputs: Inputs, field: str) -> Number | None:
    """The number in `field`, exact; None if it is missing."""
    value: Any = inputs.get(field)
    kind = type(value)
    if value is None:
        return None
    if kind is int or kind is Decimal:
        exact: Number = value
        return exact
    text = repr(value) if kind is float else value
    if isinstance(text, str) and DECIMAL.fullmatch(text):
        return Decimal(text)
    refuse(field, value)


def key(inputs: Inputs, field: str) -> str | None:
    """The value of `field` as the keys of a tariff's maps are written; None if missing."""
    value: Any = inputs.get(field)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return plain(Decimal(value)) if DECIMAL.fullmatch(value) else str(value)
    exact = number(inputs, field)
    return None if exact is None else plain(Decimal(exact))


def plain(value: Decimal) -> str:
    """`value` without exponent or trailing zeros: `10.00` → `10`."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def flagged(inputs: Inputs, field: str | None) -> bool:
    """Whether what hangs on flag `field` enters: no flag always does, an absent one never."""
    if field is None:
        return True
    text = key(inputs, field)
    if text in (None, "false"):
        return False
    return text == "true" or refuse(field, text)


def derive(inputs: Inputs) -> dict[str, Any]:
    """`inputs` with what follows from them: how many insured, the sum of all property."""
    derived = dict(inputs)
    insureds = inputs.get("insureds")
    if insureds is not None:
        if not isinstance(insureds, list | tuple) or not 1 <= len(insureds) <= INSUREDS_LIMIT:
            refuse("insureds", insureds)
        derived["insured_count"] = len(insureds)
    sums = [number(inputs, field) for field in PROPERTY_SUMS if inputs.get(field) is not None]
    if sums:
        derived["total_property_sum"] = sum(Decimal(s) for s in sums if s is not None)
    return derived


def insureds(inputs: Inputs) -> list[dict[str, Any]]:
    """One set of inputs per insured, whose own fields are called `insured.*`."""
    people = inputs.get("insureds")
    if people is None:
        missing("insureds")
    return [{**inputs, **{INSURED + field: value for field, value in person.items()}} for person in people]
