"""A calendar file taken apart (iCalendar, RFC 5545); pure.

Series become single appointments within one year. A hostile file may ask for a meeting
every second for ever, or for the 30th of February: both end quickly here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.errors import BadArguments
from core.i18n import N_
from modules.infrastructure.notification_service.mail import body, line

MOST_EVENTS: Final = 2000
MOST_SERIES: Final = 50
MOST_OCCURRENCES: Final = 400
MOST_STEPS: Final = 30_000  # days of 80 years
MOST_ATTENDEES: Final = 100
LONGEST_RULE: Final = 200
BEHIND: Final = timedelta(days=31)
AHEAD: Final = timedelta(days=365)
BROKEN: Final = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
RECURRING: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
# The calendar repeats itself every 400 years. Counted near the end of what Python can date,
# a rule that never comes true is through after a few centuries instead of eighty.
LATE: Final = 9600
CYCLE: Final = 400


@dataclass(frozen=True)
class Event:
    """One meeting as a calendar has it; instants in UTC, `occurrence` names a day of a series."""

    uid: str
    occurrence: str
    summary: str
    details: str
    place: str
    attendees: tuple[str, ...]  # e-mail addresses, as written
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    cancelled: bool


def events(raw: bytes, zone: str, now: datetime) -> list[Event]:
    """The meetings of a calendar file, series spread out from a month ago to a year from `now`.

    Args:
        raw: the file.
        zone: of times that name none.
        now: where the window lies.

    Raises:
        BadArguments: it is no calendar, or too large a one.
    """
    found: dict[tuple[str, str], Event] = {}
    series: list[tuple[Event, Any]] = []
    for component, cancelled in _components(raw):
        event = _event(component, zone, cancelled)
        if event is not None and "RRULE" in component and not event.occurrence:
            series.append((event, component))
        elif event is not None:
            found[event.uid, event.occurrence] = event
    if len(series) > MOST_SERIES:
        raise BadArguments(field="ics", problem=N_("tiene demasiadas citas periódicas"))
    for event, component in series:
        for one in _spread(event, component, zone, now):
            found.setdefault((one.uid, one.occurrence), one)  # a day that was moved stays moved
    return sorted(found.values(), key=lambda e: (e.starts_at, e.uid))


def _components(raw: bytes) -> list[tuple[Any, bool]]:
    """Each event of the file, and whether its calendar cancels it."""
    from icalendar import Calendar  # 80 ms, and only for calendars

    try:
        calendars = Calendar.from_ical(raw, multiple=True)
        found = [
            (event, str(calendar.get("METHOD", "")).upper() == "CANCEL")
            for calendar in calendars
            for event in calendar.walk("VEVENT")
        ]
    except BROKEN as error:
        raise BadArguments(field="ics", problem=N_("no es un calendario que se pueda leer")) from error
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise BadArguments(field="ics", problem=N_("no es un calendario que se pueda leer"))
    if len(found) > MOST_EVENTS:
        raise BadArguments(field="ics", problem=N_("tiene demasiadas citas"))
    return found


def _event(component: Any, zone: str, cancelled: bool) -> Event | None:
    """One event; None if it has no name or no time that can be read."""
    try:
        start = component["DTSTART"].dt
        begins = _instant(start, zone)
        if "DTEND" in component:
            ends = _instant(component["DTEND"].dt, zone)
        elif "DURATION" in component:
            ends = begins + component["DURATION"].dt
        else:
            ends = begins + (timedelta(0) if isinstance(start, datetime) else timedelta(days=1))
        uid = line(str(component["UID"]))
        moved = component.get("RECURRENCE-ID")
        occurrence = "" if moved is None else _instant(moved.dt, zone).isoformat()
    except BROKEN:
        return None
    return Event(
        uid=uid,
        occurrence=occurrence,
        summary=line(str(component.get("SUMMARY", ""))),
        details=body(str(component.get("DESCRIPTION", ""))),
        place=line(str(component.get("LOCATION", ""))),
        attendees=_attendees(component),
        starts_at=begins,
        ends_at=max(ends, begins),
        all_day=not isinstance(start, datetime),
        cancelled=cancelled or str(component.get("STATUS", "")).upper() == "CANCELLED",
    )


def _instant(moment: date, zone: str) -> datetime:
    """`moment` in UTC; a day begins at midnight, a time without a zone is the house's."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _attendees(component: Any) -> tuple[str, ...]:
    given = component.get("ATTENDEE", [])
    listed = given if isinstance(given, list) else [given]
    return tuple(line(str(one)).removeprefix("mailto:").removeprefix("MAILTO:") for one in listed[:MOST_ATTENDEES])


def _spread(event: Event, component: Any, zone: str, now: datetime) -> Iterator[Event]:
    """The days of a series that lie in the window; the event alone if its rule can't be read."""
    try:
        days = list(_days(component, zone, now))
    except BROKEN:
        days = [event.starts_at]
    for start in days:
        lasting = event.ends_at - event.starts_at
        yield replace(event, occurrence=start.isoformat(), starts_at=start, ends_at=start + lasting)


def _days(component: Any, zone: str, now: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    first = component["DTSTART"].dt
    own = first.tzinfo if isinstance(first, datetime) and first.tzinfo else ZoneInfo(zone)
    rule = {str(k).upper(): v for k, v in component["RRULE"].items()}
    if str(rule["FREQ"][0]).upper() not in RECURRING:
        raise ValueError("FREQ")
    # Wall time throughout: a meeting at nine stays at nine when the clocks change.
    start = _wall(first, own)
    shift = (LATE - start.year) // CYCLE * CYCLE
    if "UNTIL" in rule:
        until = _wall(rule["UNTIL"][0], own, end_of_day=True)
        rule["UNTIL"] = [until.replace(year=until.year + shift) if until.year < 3000 else datetime.max]
    written = ";".join(f"{k}={_written(v)}" for k, v in rule.items())
    if len(written) > LONGEST_RULE:
        raise ValueError("RRULE")
    excluded = {_wall(moment.dt, own) for group in _listed(component.get("EXDATE")) for moment in group.dts}
    found = 0
    for late in islice(rrulestr(written, dtstart=start.replace(year=start.year + shift)), MOST_STEPS):
        wall = late.replace(year=late.year - shift)
        moment = wall.replace(tzinfo=own).astimezone(UTC)
        if moment > now + AHEAD or found >= MOST_OCCURRENCES:
            return
        if moment >= now - BEHIND and wall not in excluded:
            found += 1
            yield moment


def _wall(moment: date, zone: Any, *, end_of_day: bool = False) -> datetime:
    """`moment` as a clock on the wall of `zone` shows it."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(23, 59, 59) if end_of_day else time.min)
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _written(values: Any) -> str:
    return ",".join(f"{v:%Y%m%dT%H%M%S}" if isinstance(v, datetime) else str(v) for v in _listed(values))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
