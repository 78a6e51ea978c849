"""Look-ups of a tariff (*tablas*): a base or factor as a function of the inputs.

Compiled once when the tariff is loaded, so that a look-up of a quote is a dictionary
access or a bisection. Tables are checked here: a band that overlaps another, a hole
between bands, or a hole in a run of whole numbers refuses the tariff and is named.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final, TypeAlias

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.inputs import Inputs, Number, key, missing, number, plain, refuse

Lookup: TypeAlias = Callable[[Inputs], Decimal]
Absent: TypeAlias = Callable[[str], Decimal]

ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)
THOUSAND: Final = Decimal(1000)
MONTHS: Final = Decimal(12)
SHORTEST_TERM: Final = 3  # months: a shorter term pays three


class BadTariff(BadArguments):
    """The tariff cannot be loaded; `field` is the path of the table at fault."""

    code = "ait.bad_tariff"


def neutral(_: str) -> Decimal:
    """What a missing loading or discount counts: nothing."""
    return ONE


def required(field: str) -> Decimal:
    """What a missing factor or base is: an error that names the field."""
    missing(field)


def lookup(spec: Any, path: str, absent: Absent = required) -> Lookup:
    """The function that a base, factor, loading or discount `spec` stands for."""
    if isinstance(spec, str):
        value = decimal(spec, path)
        return lambda inputs: value
    field = spec["input"]
    if "map" in spec:
        return by_map(field, spec["map"], path, absent)
    if "steps" in spec:
        return by_steps(field, spec["steps"], path, absent)
    for kind, formula in FORMULAS.items():
        if kind in spec:
            return by_formula(field, formula, absent)
    raise BadTariff(N_("La tarifa no se puede cargar: «{field}» no tiene tabla."), field=path)


def by_map(field: str, table: Mapping[str, str], path: str, absent: Absent) -> Lookup:
    """Look `field` up by its text."""
    values = {plain_key(k): decimal(v, f"{path}.{k}") for k, v in table.items()}
    if len(values) != len(table) or not values:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» repite una clave o está vacía."), field=path)
    check_run(values, path)

    def find(inputs: Inputs) -> Decimal:
        text = key(inputs, field)
        if text is None:
            return absent(field)
        found = values.get(text)
        return refuse(field, text) if found is None else found

    return find


def by_steps(field: str, rows: Sequence[Mapping[str, Any]], path: str, absent: Absent) -> Lookup:
    """Look `field` up in bands: the last row whose `from` is not above it."""
    check_bands(rows, path)
    starts = [whole(decimal(row["from"], path)) for row in rows]
    values = [decimal(row["value"], path) for row in rows]
    last = rows[-1].get("to")
    end = None if last is None else decimal(last, path)

    def find(inputs: Inputs) -> Decimal:
        value = number(inputs, field)
        if value is None:
            return absent(field)
        at = bisect_right(starts, value)
        if at == 0 or (end is not None and value >= end):
            refuse(field, value)
        return values[at - 1]

    return find


def by_formula(field: str, formula: Callable[[Number], Decimal], absent: Absent) -> Lookup:
    """Compute from the number in `field`."""

    def find(inputs: Inputs) -> Decimal:
        value = number(inputs, field)
        if value is None:
            return absent(field)
        found = formula(value)
        return refuse(field, value) if found < 0 else found

    return find


FORMULAS: Final[Mapping[str, Callable[[Number], Decimal]]] = {
    "percent_on": lambda v: ONE + v / HUNDRED,
    "percent_off": lambda v: ONE - v / HUNDRED,
    "fraction_of_year": lambda v: Decimal(max(v, SHORTEST_TERM)) / MONTHS,
}


def check_bands(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """Refuse bands that overlap, are out of order, or leave a hole. `to` is exclusive."""
    if not rows:
        raise BadTariff(N_("La tarifa no se puede cargar: «{field}» no tiene tramos."), field=path)
    for row, after in pairwise(rows):
        start, following = decimal(row["from"], path), decimal(after["from"], path)
        end = decimal(row["to"], path) if row.get("to") is not None else following
        if following <= start or end > following:
            raise BadTariff(
                N_("La tarifa no se puede cargar: en «{field}» se solapan los tramos desde {a} y desde {b}."),
                field=path,
                a=plain(start),
                b=plain(following),
            )
        if end < following:
            raise BadTariff(
                N_("La tarifa no se puede cargar: en «{field}» hay un hueco entre {a} y {b}."),
                field=path,
                a=plain(end),
                b=plain(following),
            )


def check_run(values: Mapping[str, Decimal], path: str) -> None:
    """Refuse a hole in a map that otherwise counts one by one (ages, bonus levels)."""
    if not all(k.isascii() and k.isdigit() for k in values):
        return
    numbers = sorted(int(k) for k in values)
    gaps = [(a, b) for a, b in pairwise(numbers) if b - a > 1]
    if gaps and len(gaps) * 2 < len(numbers) - 1:
        a, b = gaps[0]
        raise BadTariff(
            N_("La tarifa no se puede cargar: en «{field}» hay un hueco entre {a} y {b}."), field=path, a=a, b=b
        )


def plain_key(text: str) -> str:
    """A map's key as inputs are compared with it: numbers without trailing zeros."""
    return key({"": text}, "") or ""


def decimal(value: Any, path: str) -> Decimal:
    """A figure of the tariff; `path` names it when it is not a finite number."""
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite() or figure < 0:
        raise BadTariff(
            N_("La tarifa no se puede cargar: «{field}» no es una cifra válida ({value})."), field=path, value=value
        )
    return figure


def whole(value: Decimal) -> Number:
    """`value` as an int where it is one: whole numbers compare faster."""
    return int(value) if value == value.to_integral_value() else value
