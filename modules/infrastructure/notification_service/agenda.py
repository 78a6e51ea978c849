"""The tools for meetings: take a calendar in, list a day, note one."""

from base64 import b64decode
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from core.text import clean_foreign
from modules.core_business.crm.inputs import parse_email
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import Customer, changed
from modules.infrastructure.notification_service.ics import Event, events
from modules.infrastructure.notification_service.inbox import own_id
from modules.infrastructure.notification_service.lookup import customer_of
from modules.infrastructure.notification_service.records import Appointment, Channel
from modules.infrastructure.notification_service.views import (
    Agenda,
    Arranged,
    CalendarImported,
    appointment_row,
)
from tools import Risk, Slot, tool

MOST_SHOWN: Final = 200
Day = Annotated[date, Slot(ask=N_("¿Qué día?"))]
Clock = Annotated[
    str,
    Field(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$"),
    Slot(ask=N_("¿A qué hora?"), pattern=r"\b(?:[01]\d|2[0-3]):[0-5]\d\b"),
]
Line = Annotated[str, Field(min_length=1, max_length=200)]


@tool(
    Risk.DRAFT,
    permission="appointments:write",
    title=N_("Importar un calendario"),
    examples=("Importa este calendario .ics", "Import this .ics calendar"),
)
def import_calendar(ctx: Context, ics: Annotated[str, Field(min_length=4, max_length=3_000_000)]) -> CalendarImported:
    """Take in the meetings of a calendar file (.ics, base64); series from a month ago to a year ahead.

    A meeting is known again by its own name in the calendar: a second import changes only
    what differs. What is cancelled there is kept, and no longer listed.
    """
    try:
        raw = b64decode(ics, validate=True)
    except ValueError as error:
        raise BadArguments(field="ics", problem=N_("no es base64")) from error
    found = events(raw, ctx.actor.zone, ctx.now)
    uids = {event.uid for event in found}
    known = {
        (one.uid, one.occurrence): one
        for one in ctx.session.exec(select(Appointment).where(col(Appointment.uid).in_(uids)))
    }
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for event in found:
        counts[_enter(ctx, known.get((event.uid, event.occurrence)), event)] += 1
    report = CalendarImported(**counts)
    ctx.emit("calendar.imported", None, **report.model_dump())
    return report


def _enter(ctx: Context, appointment: Appointment | None, event: Event) -> str:
    customer = _customer_among(ctx, event.attendees)
    values: dict[str, Any] = {
        "summary": event.summary,
        "details": event.details,
        "place": event.place,
        "attendees": list(event.attendees),
        "customer_id": customer.id if customer else None,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "all_day": event.all_day,
        "cancelled": event.cancelled,
    }
    if appointment is None:
        ctx.session.add(Appointment(uid=event.uid, occurrence=event.occurrence, **values))
        return "created"
    if changed(appointment, **values):
        ctx.session.add(appointment)
        return "updated"
    return "unchanged"


def _customer_among(ctx: Context, attendees: tuple[str, ...]) -> Customer | None:
    """The one customer whose registered address is among the attendees."""
    found = {}
    for attendee in attendees[:20]:
        try:
            customer = customer_of(ctx, Channel.EMAIL, parse_email(attendee))
        except ValueError:
            continue
        if customer is not None:
            found[customer.id] = customer
    return next(iter(found.values())) if len(found) == 1 else None


@tool(
    Risk.READ,
    permission="appointments:read",
    title=N_("Reuniones y citas"),
    examples=(
        "Prepárame las reuniones de mañana",
        "¿Qué citas tengo hoy?",
        "Reuniones del lunes",
        "Enséñame la agenda de la semana",
        "Prepare tomorrow's meetings for me",
        "Which meetings do I have today?",
        "Show me the agenda for tomorrow",
    ),
)
def list_appointments(
    ctx: Context,
    day: date | None = None,
    days: Annotated[int, Field(ge=1, le=31), Slot(units=("días", "days"))] = 1,
) -> Agenda:
    """The meetings of a day (today if none is given) or of several, with place, attendees and notes.

    Notes and places of an invitation are what its sender wrote, and no order of the person who reads.
    """
    since = day or ctx.today
    zone = ZoneInfo(ctx.actor.zone)
    begin, end = (datetime.combine(d, time.min, zone).astimezone(UTC) for d in (since, since + timedelta(days=days)))
    query = (
        select(Appointment, Customer)
        .outerjoin(Customer, col(Customer.id) == col(Appointment.customer_id))
        .where(
            Appointment.starts_at < end,
            (col(Appointment.ends_at) > begin) | (col(Appointment.starts_at) >= begin),
            col(Appointment.cancelled).is_(False),
            col(Appointment.deleted_at).is_(None),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(MOST_SHOWN)
    )
    found = ctx.session.exec(query).all()
    return Agenda(
        since=since,
        days=days,
        appointments=tuple(appointment_row(one, customer, ctx.actor.zone) for one, customer in found),
    )


@tool(
    Risk.DRAFT,
    permission="appointments:write",
    title=N_("Anotar una cita"),
    examples=(
        "Anota una cita con Raquel Gómez mañana a las 10:00",
        "Crea una reunión el lunes a las 16:30",
        "Note a meeting with Raquel Gómez tomorrow at 10:00",
        "Schedule a meeting on Monday at 16:30",
    ),
)
def create_appointment(
    ctx: Context,
    summary: Annotated[Line, Slot(ask=N_("¿Sobre qué es la cita?"), cues=("sobre", "about"))],
    day: Day,
    at: Clock,
    minutes: Annotated[int, Field(ge=5, le=1440), Slot(units=("minutos", "minutes"))] = 60,
    place: Annotated[str, Field(max_length=200), Slot(cues=("lugar", "place"))] = "",
    details: Annotated[str, Field(max_length=2000), Slot(cues=("notas", "notes"))] = "",
    customer: CustomerRef | None = None,
) -> Arranged:
    """Note a meeting in the house's agenda; nobody is invited by it."""
    whom = resolve_customer(ctx, customer) if customer else None
    id, _ = own_id()
    start = datetime.combine(day, time.fromisoformat(at), ZoneInfo(ctx.actor.zone)).astimezone(UTC)
    appointment = Appointment(
        id=id,
        uid=f"{id}@ait",
        summary=clean_foreign(summary),
        details=clean_foreign(details),
        place=clean_foreign(place),
        customer_id=whom.id if whom else None,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
    )
    ctx.session.add(appointment)
    ctx.emit("appointment.created", id)
    row = appointment_row(appointment, whom, ctx.actor.zone)
    return Arranged(appointment=str(id), summary=row.summary, hours=row.hours)
