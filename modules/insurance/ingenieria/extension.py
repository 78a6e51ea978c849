"""Prolonging a work (*prórroga de obra*): the premium runs on by the day, with the insurer's consent."""

from datetime import date
from decimal import Decimal

from core.money import to_cents


def extension(net: Decimal, from_on: date, to_on: date, until: date) -> Decimal:
    """The net premium of the days from `to_on` to `until`, pro rata of those agreed, to the cent.

    Args:
        net: the premium of the whole period agreed.
        from_on: its first day.
        to_on: the first day without cover.
        until: the first day without cover when prolonged; after `to_on`.
    """
    return to_cents(net * (until - to_on).days / (to_on - from_on).days)
