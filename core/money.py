"""Money (*importes*): Decimal euros to the cent, rounded half up at named points only."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer

from core.i18n import N_

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal("0.00")
PLAIN: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?", re.ASCII)
LARGEST: Final = Decimal("1000000000000")  # 10¹² EUR: what a policy decision can bound


def to_cents(amount: Decimal) -> Decimal:
    """`amount` rounded half up to the cent (2.345 → 2.35, −2.345 → −2.35)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def cents(value: float) -> Decimal:
    """A computed figure as money: of its shortest decimal form, rounded half up to the cent here and nowhere before."""
    return to_cents(Decimal(repr(value)))


def _exact(value: object) -> object:
    """Only exact amounts in plain digits: no float, no `1_000`, no other script's figures."""
    if isinstance(value, bool | float) or (isinstance(value, str) and not PLAIN.fullmatch(value)):
        raise ValueError(N_("debe ser un importe, como 1234.56"))
    return value


Money = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(max_digits=18, decimal_places=2, gt=-LARGEST, lt=LARGEST),
    PlainSerializer(lambda v: f"{v:.2f}", return_type=str, when_used="json"),
]
"""EUR to the cent, refused as a float; as text `"1234.56"` in JSON."""


def format_money(amount: Decimal, locale: str = "es") -> str:
    """`1.234,56 €` in Spanish, `€1,234.56` in English; the minus is U+2212."""
    from babel.numbers import format_currency  # 80 ms to import; only people's texts need it

    return format_currency(amount, "EUR", locale=locale).replace("-", "\N{MINUS SIGN}")
