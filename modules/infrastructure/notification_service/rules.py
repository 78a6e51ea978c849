"""When and to whom the house may write; pure functions.

Hours are the tenant's, never the sender's or the model's.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from tools.words import plain

QUIET_FROM: Final = time(21)
QUIET_UNTIL: Final = time(8)
SETTLED_AFTER: Final = timedelta(days=30)  # a new address is where a fraud begins
_HEALTH: Final = re.compile(  # GDPR art. 9.1, as it turns up in a brokerage's letters
    r"\b(?:salud\b|sanitari|medic[oa]|diagnos|enferm|hospital|cirugi|operacion quirurgica|lesion|secuela|"
    r"incapacidad|invalidez|discapac|minusval|embaraz|cancer|tumor|vih|psiqui|psicolog|depresion|adiccion|alcohol|"
    r"sindica|religi|health|medical|diagnosis|disease|illness|surgery|injur|disabilit|pregnan|union membership)"
)


class Stated(NamedTuple):
    """One statement about a purpose: when, its id (which breaks ties), and whether it was a yes."""

    at: datetime
    id: UUID
    granted: bool


def consents(statements: Iterable[Stated]) -> bool:
    """Whether the newest statement is a yes; none at all is a no (GDPR art. 6.1.a, LSSI art. 21.1)."""
    newest = max(statements, default=None)
    return newest is not None and newest.granted


def quiet_until(now: datetime, zone: str) -> datetime | None:
    """When the quiet hours that `now` falls into end (UTC); None outside them.

    They run from 21:00 to 08:00 in the tenant's zone and hold for what rings at once:
    calls and chats. An e-mail waits in its box.
    """
    local = now.astimezone(ZoneInfo(zone))
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, ZoneInfo(zone)).astimezone(UTC)


def settled(since: date | None, today: date) -> bool:
    """Whether an address has been registered for over 30 days; one of unknown age has not."""
    return since is not None and today - since > SETTLED_AFTER


def tells_of_health(*texts: str) -> bool:
    """Whether a text has a word of the special categories of data.

    It only ever adds care: a text without such a word may still tell of them.
    """
    return any(_HEALTH.search(plain(text)) for text in texts)


def week_of(day: date) -> str:
    """The ISO week of `day`: 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
