"""Layers of a level premium (*capas*): each part of the sum keeps the premium of the age at which it was taken."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from core.money import ZERO, to_cents


class Layer(NamedTuple):
    """One part of the sum insured of one life, with its yearly premium before the family discount."""

    value: Decimal
    premium: Decimal


def fitted(layers: Iterable[Mapping[str, Any]], value: Decimal) -> list[Layer]:
    """The layers that make up `value` at most: less than their sum gives up the newest first, in proportion."""
    left, kept = value, []
    for one in layers:
        whole, premium = Decimal(str(one["value"])), Decimal(str(one["premium"]))
        part = min(whole, left)
        if part > ZERO:
            kept.append(Layer(part, premium if part == whole else to_cents(premium * part / whole)))
        left -= part
    return kept
