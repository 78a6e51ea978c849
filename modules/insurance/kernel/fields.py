"""Types of the fields of a risk: exact numbers in, or one message that names the field.

A whole number may come as `42`, `"42"` or `"42.00"`, an amount as `18500` or
`"18500.00"`. A float amount, a boolean, digits of other scripts and separators of
thousands are refused: what cannot be read in one way only is not read.
"""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from core.i18n import N_
from tools import Slot

NUMBER: Final = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", re.ASCII)
WHOLE: Final = re.compile(r"(0|[1-9][0-9]{0,8})(\.0{1,6})?", re.ASCII)


def _whole(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(N_("debe ser un número entero"))
    if isinstance(value, str):
        match = WHOLE.fullmatch(value.strip())
        if not match:
            raise ValueError(N_("debe ser un número entero"))
        return int(match.group(1))
    return value


def _exact(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError(N_("debe ser un número exacto, como «1234.56»"))
    if isinstance(value, str):
        text = value.strip()
        if not NUMBER.fullmatch(text):
            raise ValueError(N_("debe ser un número exacto, como «1234.56»"))
        return text
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError(N_("contiene caracteres que no se ven"))
    return value


Words = Annotated[str, Field(max_length=80), AfterValidator(_one_line)]
"""A few visible words on one line."""


def _plain(value: Decimal) -> str:
    return f"{value:f}"


Whole = Annotated[int, BeforeValidator(_whole), Field(ge=0, lt=10**9)]
"""A whole number, 0 or more."""

ReadWhole: Final = BeforeValidator(_whole)
"""Before a `Literal` of whole numbers: `"300"` and `"300.00"` are 300."""


def one_of(*choices: int) -> AfterValidator:
    """After `Whole`: only these; unlike a `Literal` a number still, for whoever reads it out of a sentence."""

    def check(value: int) -> int:
        if value not in choices:
            raise ValueError(N_("no es uno de los valores admitidos"))
        return value

    return AfterValidator(check)


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, le=10**12, decimal_places=2),
    PlainSerializer(_plain, return_type=str, when_used="json"),
]
"""EUR, 0 or more, at most two decimals."""

Exact = Annotated[
    Decimal, BeforeValidator(_exact), Field(ge=0), PlainSerializer(_plain, return_type=str, when_used="json")
]
"""An exact number, 0 or more, of another unit than EUR."""

Percent = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, le=100, decimal_places=4),
    PlainSerializer(_plain, return_type=str, when_used="json"),
]
"""A percentage from 0 to 100 (10 is 10 %)."""

CommercialDiscount = Annotated[
    Percent,
    Field(description=N_("Descuento comercial, %")),
    Slot(cues=("descuento", "dto", "discount"), units=("%", "por ciento", "percent")),
]
MultiPolicy = Annotated[
    bool,
    Field(description=N_("Tiene otra póliza en la correduría")),
    Slot(words={"true": ("multipóliza", "otra póliza", "multi-policy"), "false": ("sin otra póliza",)}),
]
