"""Age of debts and what LCS art. 15 makes of them; pure functions, dates in the tenant's zone.

Bounds are inclusive: a receipt due today is not overdue, one due yesterday is one day
overdue. Months are calendar months: due on 31 January, cover ends with 28 or 29 February.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from core.dates import add_months

GRACE_MONTHS: Final = 1  # LCS art. 15.2, first sentence
CLAIM_MONTHS: Final = 6  # LCS art. 15.2, second sentence
REMIND_AGAIN: Final = timedelta(days=7)  # house rule


class Age(StrEnum):
    """How long past its due date a receipt is."""

    NOT_DUE = "not_due"
    UP_TO_30 = "up_to_30"
    UP_TO_60 = "up_to_60"
    UP_TO_90 = "up_to_90"
    OVER_90 = "over_90"


class Cover(StrEnum):
    """What an unpaid receipt does to the cover of its policy."""

    NOT_DUE = "not_due"
    FIRST_PREMIUM_UNPAID = "first_premium_unpaid"  # art. 15.1: no cover unless agreed
    IN_GRACE = "in_grace"
    SUSPENDED = "suspended"
    EXTINCT = "extinct"


UPPER_BOUNDS: Final = ((0, Age.NOT_DUE), (30, Age.UP_TO_30), (60, Age.UP_TO_60), (90, Age.UP_TO_90))


def days_overdue(due_on: date, today: date) -> int:
    """Days since `due_on`; 0 until it has passed."""
    return max((today - due_on).days, 0)


def age(due_on: date, today: date) -> Age:
    """The ageing bucket of a receipt due on `due_on`."""
    days = days_overdue(due_on, today)
    return next((bucket for bound, bucket in UPPER_BOUNDS if days <= bound), Age.OVER_90)


class LegalClock(NamedTuple):
    """Where an unpaid receipt stands under LCS art. 15."""

    cover: Cover
    suspended_after: date  # last day of cover
    extinct_after: date  # last day on which the insurer may claim


def legal_clock(due_on: date, today: date, *, first: bool = False, claimed: bool = False) -> LegalClock:
    """What non-payment of a receipt due on `due_on` means on `today`.

    Args:
        due_on: its due date.
        today: the day asked about.
        first: it is the first premium of the policy, which has a rule of its own.
        claimed: the insurer has claimed payment, so that the contract does not end.
    """
    suspended_after = add_months(due_on, GRACE_MONTHS)
    extinct_after = add_months(due_on, CLAIM_MONTHS)
    if today <= due_on:
        cover = Cover.NOT_DUE
    elif today > extinct_after and not claimed:
        cover = Cover.EXTINCT
    elif first:
        cover = Cover.FIRST_PREMIUM_UNPAID
    elif today <= suspended_after:
        cover = Cover.IN_GRACE
    else:
        cover = Cover.SUSPENDED
    return LegalClock(cover, suspended_after, extinct_after)
