"""Ages as tariffs count them: completed years on a date."""

from datetime import date

from core.dates import add_months


def completed_years(since: date, on: date) -> int:
    """Whole years from `since` to `on`; negative if `on` is earlier.

    Who was born on 29 February turns a year older on the 28th of a common year, as
    deadlines that are counted by the calendar do.
    """
    years = on.year - since.year
    return years if add_months(since, years * 12) <= on else years - 1
