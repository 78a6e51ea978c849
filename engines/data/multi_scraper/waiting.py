"""How long a server asks to be left alone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Final

from pydantic import Field

from engines.contract import Caution, Computed, operation
from engines.errors import N_, InvalidInput

DELAY: Final = re.compile(r"[0-9]{1,4000}")
LARGEST: Final = 2**31  # RFC 9111, 1.2.2: what is longer counts as this
UNREAD: Final = N_("No se entienden {count} valores de Retry-After: no se tienen en cuenta.")


class Waits(Computed):
    """Seconds to wait for each value, none below 0; None for a value that says nothing."""

    seconds: list[float | None]


@operation(
    "Espera que pide un servidor",
    examples=(
        "¿Cuántos segundos hay que esperar según esta cabecera Retry-After?",
        "How many seconds does this Retry-After header ask us to wait?",
    ),
)
def retry_after(
    values: Annotated[list[Annotated[str, Field(max_length=4_000)]], Field(max_length=10_000)],
    now: Annotated[str, Field(max_length=100)],
) -> Waits:
    """Read Retry-After headers: seconds, or the date from which one may ask again.

    Args:
        values: headers as they came.
        now: the present instant, as an HTTP date or in ISO 8601.

    Raises:
        InvalidInput: `now` is no instant.

    Source: RFC 9110, HTTP Semantics (2022), section 10.2.3, with the dates of 5.6.7.
    """
    instant = _date(now) or _iso(now)
    if instant is None:
        raise InvalidInput("now", N_("debe ser una fecha y hora en formato HTTP o ISO 8601"))
    found = [_seconds(value.strip(), instant) for value in values]
    unread = found.count(None)
    told = (Caution(text=UNREAD, values={"count": unread}),) if unread else ()
    return Waits(library="email.utils", n=len(values), seconds=found, warnings=told)


def _seconds(value: str, now: datetime) -> float | None:
    if DELAY.fullmatch(value):
        return float(min(int(value), LARGEST))
    until = _date(value)
    return None if until is None else min(max((until - now).total_seconds(), 0.0), float(LARGEST))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        # The old forms of a date name no zone, and mean UTC (RFC 9110, 5.6.7).
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
