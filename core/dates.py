"""Calendar arithmetic of deadlines (*plazos*): months are counted by the calendar, not in days."""

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier, if negative); the last of a shorter month.

    31 January + 1 month is 28 or 29 February (Código Civil art. 5).
    """
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])
