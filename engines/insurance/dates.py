"""Days and periods, counted as whole numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Days = NDArray[np.int64]

MOST_PERIODS: Final = 1_200
FREQUENCIES: Final = {"month": "M", "quarter": "Q", "year": "Y"}
DATE: Final = N_("debe tener fechas ISO (AAAA-MM-DD)")


def moments(dates: "pd.Series | Sequence[str]", argument: str) -> "pd.Series":
    """`dates` as days without zone.

    Raises:
        InvalidInput: something is no date.
    """
    import pandas as pd

    column: Any = pd.Series(dates)
    if pd.api.types.is_numeric_dtype(column):  # pandas would take numbers for nanoseconds of 1970
        raise InvalidInput(argument, DATE)
    try:
        there = pd.api.types.is_datetime64_any_dtype(column)
        found = column if there else pd.to_datetime(column, format="ISO8601")
        found = found.dt.tz_localize(None).dt.normalize()
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise InvalidInput(argument, DATE) from error
    if found.isna().any():
        raise InvalidInput(argument, DATE)
    return found


def days(dates: "pd.Series | Sequence[str]", argument: str) -> "Days":
    """The number of each day since 1970.

    Raises:
        InvalidInput: something is no date.
    """
    import numpy as np

    return moments(dates, argument).to_numpy().astype("datetime64[D]").astype(np.int64)  # type: ignore[no-any-return]


def ordinals(dates: "pd.Series | Sequence[str]", grain: str, argument: str) -> "Days":
    """The number of the period that each date falls in.

    Raises:
        InvalidInput: something is no date.
    """
    import numpy as np

    periods = moments(dates, argument).dt.to_period(FREQUENCIES[grain])
    return np.array([period.ordinal for period in periods], dtype=np.int64)


def period_ends(first: int, last: int, grain: str, argument: str) -> tuple[list[str], "Days"]:
    """The periods from day `first` to day `last`: their names, and the day after the end of each.

    Raises:
        InvalidInput: the last day is before the first.
        LimitExceeded: more than 1,200.
    """
    import numpy as np
    import pandas as pd

    if last < first:
        raise InvalidInput(argument, N_("es anterior al primer día"))
    a, b = (pd.Period(pd.Timestamp(int(d), unit="D"), freq=FREQUENCIES[grain]) for d in (first, last))
    n = b.ordinal - a.ordinal + 1
    if n > MOST_PERIODS:
        raise LimitExceeded(argument, MOST_PERIODS, n, N_("use periodos más largos"))
    periods = [a + i for i in range(n)]
    ends = [np.datetime64((p + 1).start_time, "D").astype(np.int64) for p in periods]
    return [str(p) for p in periods], np.array(ends, dtype=np.int64)
