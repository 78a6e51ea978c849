"""Days lost (*paralización*): so much a day from the second day, for at most so many days."""

from decimal import Decimal
from typing import Final

FIRST_PAID: Final = 2  # the first day of a stop is the insured's
DAYS: Final = 90  # the most that is paid, where the policy says nothing else


def paid_days(days: int, most: int = DAYS) -> int:
    """How many of `days` of a stop are paid."""
    return max(0, min(days - FIRST_PAID + 1, most))


def indemnity(days: int, daily: Decimal, most: int = DAYS) -> Decimal:
    """What a stop of so many days is paid with, EUR."""
    return daily * paid_days(days, most)
