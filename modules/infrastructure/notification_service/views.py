"""What the tools about messages and appointments answer.

Everything that somebody outside wrote is `External`: subjects, names that senders give
themselves, texts, names of files, notes of calendars.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from modules.core_business.crm.records import Customer
from modules.infrastructure.notification_service.records import LABELS, Appointment, Message
from tools import External, Slot
from tools.results import Result

NAMED: Final = 10  # messages that an answer names one by one
SNIPPET: Final = 160
CustomerId: TypeAlias = Annotated[str, Slot(ref="customer")]
MessageId: TypeAlias = Annotated[str, Slot(ref="message")]
Step: TypeAlias = Literal["reply", "check_sender"]

STEPS: Final[dict[Step, str]] = {
    "reply": N_("responder a {who}"),
    "check_sender": N_("comprobar antes quién escribe desde {who}: no consta en ninguna ficha"),
}


def label(code: str, locale: Locale) -> str:
    """The word for a code of this module."""
    return translate(LABELS[code], locale)


def moment(instant: datetime, zone: str) -> str:
    """An instant as people of `zone` write it."""
    return f"{instant.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M}"


def snippet(text: str) -> str:
    """The beginning of a text on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= SNIPPET else flat[: SNIPPET - 1].rstrip() + "…"


class MessageRow(BaseModel):
    """A message in a list; `customer` is who has that address registered, if exactly one has.

    `next_step` is said by rule, whatever the message asks for.
    """

    model_config = ConfigDict(frozen=True)

    message: MessageId
    channel: str
    address: External
    party: External
    customer: CustomerId | None
    customer_name: str | None
    subject: External
    snippet: External
    at: datetime
    local: str  # `at` in the tenant's zone
    unread: bool
    attachments: tuple[External, ...]
    next_step: Step

    @property
    def who(self) -> str:
        """Whom it is from: the registered name, or the bare address."""
        return self.customer_name or self.address or "?"

    def told(self, locale: Locale) -> str:
        """Who, when, the subject and the beginning, in quotation marks."""
        quoted = N_("«{subject}»: «{snippet}»") if self.subject else N_("«{snippet}»")
        said = translate(quoted, locale, subject=self.subject, snippet=self.snippet)
        text = N_("{who} ({channel}, {at}): {said}")
        told = translate(text, locale, who=self.who, channel=label(self.channel, locale), at=self.local, said=said)
        if self.attachments:
            told += translate(N_(" Adjunta: {files}."), locale, files=", ".join(self.attachments))
        return told


def message_row(message: Message, customer: Customer | None, zone: str) -> MessageRow:
    """One message as listed."""
    at = message.received_at or message.sent_at or message.created_at
    return MessageRow(
        message=str(message.id),
        channel=message.channel,
        address=message.address,
        party=message.party,
        customer=str(customer.id) if customer else None,
        customer_name=customer.name if customer else None,
        subject=message.subject,
        snippet=snippet(message.body),
        at=at.astimezone(UTC),
        local=moment(at, zone),
        unread=message.read_at is None,
        attachments=tuple(message.attachments),
        next_step="reply" if customer else "check_sender",
    )


def _listed(rows: Sequence[MessageRow], total: int, locale: Locale) -> list[str]:
    lines = [f"{number}. {row.told(locale)}" for number, row in enumerate(rows[:NAMED], 1)]
    if total > len(lines):
        lines.append(translate(N_("… y {count} más."), locale, count=total - len(lines)))
    return lines


def _to_do(rows: Sequence[MessageRow], locale: Locale) -> str:
    whom = {step: dict.fromkeys(row.who for row in rows[:NAMED] if row.next_step == step) for step in STEPS}
    steps = [translate(text, locale, who=", ".join(whom[step])) for step, text in STEPS.items() if whom[step]]
    return translate(N_("Por hacer: {steps}."), locale, steps="; ".join(steps))


class Inbox(Result):
    """Messages that came in, newest first; `total` counts those left out too."""

    unread_only: bool
    on: date | None
    channel: str | None
    messages: tuple[MessageRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, each in a line, and what to do about them."""
        unread = translate(N_(" sin leer"), locale) if self.unread_only else ""
        day = translate(N_(" del {on}"), locale, on=f"{self.on:%d/%m/%Y}") if self.on else ""
        kind = f" ({label(self.channel, locale)})" if self.channel else ""
        if not self.messages:
            return translate(N_("No hay mensajes{unread}{day}{kind}."), locale, unread=unread, day=day, kind=kind)
        head = translate(
            N_("Mensajes{unread}{day}{kind}: {total}."), locale, unread=unread, day=day, kind=kind, total=self.total
        )
        return "\n".join([head, *_listed(self.messages, self.total, locale), _to_do(self.messages, locale)])


class ChatList(Result):
    """Chats whose last word is the customer's, the longest waiting first."""

    chats: tuple[MessageRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many wait, and what each says."""
        if not self.chats:
            return translate(N_("No hay consultas de chat pendientes de respuesta."), locale)
        head = translate(N_("Consultas de chat pendientes de respuesta: {total}."), locale, total=self.total)
        return "\n".join([head, *_listed(self.chats, self.total, locale), _to_do(self.chats, locale)])


class DraftList(Result):
    """Drafts that nobody has sent, newest first."""

    drafts: tuple[MessageRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, and each in a line."""
        if not self.drafts:
            return translate(N_("No hay borradores."), locale)
        head = translate(N_("Borradores: {total}."), locale, total=self.total)
        return "\n".join([head, *_listed(self.drafts, self.total, locale)])


class MessageView(Result):
    """One message in full, and how many its conversation has."""

    message: MessageId
    channel: str
    state: str
    address: External
    party: External
    customer: CustomerId | None
    customer_name: str | None
    subject: External
    body: External
    at: datetime
    local: str
    unread: bool
    attachments: tuple[External, ...]
    authentication: External | None  # what the receiving server says of the sender (SPF, DKIM, DMARC)
    truncated: bool
    in_thread: int

    def told(self, locale: Locale) -> str:
        """Who, when, and the text in quotation marks."""
        who = self.customer_name or self.address or "?"
        channel = label(self.channel, locale)
        head = translate(N_("{who} ({channel}, {at})"), locale, who=who, channel=channel, at=self.local)
        if self.customer is None:
            head += translate(N_("; la dirección no consta en ninguna ficha"), locale)
        subject = f"«{self.subject}»\n" if self.subject else ""
        files = translate(N_("\nAdjunta: {files}."), locale, files=", ".join(self.attachments))
        return f"{head}:\n{subject}«{self.body}»" + (files if self.attachments else "")


class Received(Result):
    """A message that came in; `new` is false if it was there already."""

    message: MessageId
    new: bool
    customer: CustomerId | None

    def told(self, locale: Locale) -> str:
        """Whether it was new."""
        text = N_("Mensaje recibido.") if self.new else N_("Ese mensaje ya estaba; no se ha cambiado nada.")
        return translate(text, locale)


class Marked(Result):
    """A message that was read."""

    message: MessageId
    unread: bool

    def told(self, locale: Locale) -> str:
        """That it is done."""
        return translate(N_("Queda como no leído.") if self.unread else N_("Queda como leído."), locale)


class Written(Result):
    """A message of ours, as drafted or handed over; what it says is our own text."""

    message: MessageId
    state: str
    channel: str
    recipient: str
    customer: CustomerId | None
    customer_name: str | None
    subject: str
    body: str

    def told(self, locale: Locale) -> str:
        """Where it goes, or that it waits."""
        text = (
            N_("He guardado un borrador para {who} ({recipient}), sin enviarlo: «{subject}»")
            if self.state == "draft"
            else N_("El mensaje para {who} ({recipient}) sale ahora: «{subject}»")
        )
        who = self.customer_name or self.recipient
        return translate(text, locale, who=who, recipient=self.recipient, subject=self.subject or snippet(self.body))


class Repeated(Written):
    """A message of ours that may repeat theirs: «Re:» what they wrote, or a draft of another turn."""

    subject: External
    body: External


class TemplateRow(BaseModel):
    """A template and the fields that it needs, by name with what people call them."""

    model_config = ConfigDict(frozen=True)

    template: str
    title: str
    purpose: str
    fields: dict[str, str]


class TemplateList(Result):
    """The templates, and the segments that mailings go to."""

    templates: tuple[TemplateRow, ...]
    segments: tuple[str, ...]

    def told(self, locale: Locale) -> str:
        """Each with its id and fields."""
        lines = [
            f"- {row.title} ({row.template})" + (f": {', '.join(row.fields.values())}" if row.fields else "")
            for row in self.templates
        ]
        return "\n".join([translate(N_("Plantillas de mensajes:"), locale), *lines])


class Mailed(Result):
    """A mailing as handed over."""

    campaign: str
    segment: str
    of: str
    week: str
    template: str
    recipients: int

    def told(self, locale: Locale) -> str:
        """To how many it goes."""
        text = N_("El envío sale ahora para {count} clientes que consintieron recibirlo.")
        return translate(text, locale, count=self.recipients)


class MailboxState(Result):
    """How far a mailbox has been read; `last_uid` 0 if never."""

    mailbox: str
    uid_validity: int
    last_uid: int


class AppointmentRow(BaseModel):
    """One meeting; the customer is whose registered address is among the attendees."""

    model_config = ConfigDict(frozen=True)

    appointment: str
    summary: External
    details: External
    place: External
    attendees: tuple[External, ...]
    customer: CustomerId | None
    customer_name: str | None
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    hours: str  # in the tenant's zone

    def told(self, locale: Locale) -> str:
        """Hours, what, where, with whom, and the notes in quotation marks."""
        hours = translate(N_("todo el día"), locale) if self.all_day else self.hours
        parts = [f"{hours}: «{self.summary}»"]
        if self.place:
            parts.append(translate(N_("lugar: «{place}»"), locale, place=self.place))
        if self.customer_name:
            parts.append(translate(N_("cliente: {name}"), locale, name=self.customer_name))
        if self.attendees:
            parts.append(translate(N_("asisten: {people}"), locale, people=", ".join(self.attendees)))
        if self.details:
            parts.append(translate(N_("notas: «{notes}»"), locale, notes=snippet(self.details)))
        return "; ".join(parts)


def appointment_row(appointment: Appointment, customer: Customer | None, zone: str) -> AppointmentRow:
    """One meeting as listed."""
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (appointment.starts_at, appointment.ends_at))
    return AppointmentRow(
        appointment=str(appointment.id),
        summary=appointment.summary,
        details=appointment.details,
        place=appointment.place,
        attendees=tuple(appointment.attendees),
        customer=str(customer.id) if customer else None,
        customer_name=customer.name if customer else None,
        starts_at=start.astimezone(UTC),
        ends_at=end.astimezone(UTC),
        all_day=appointment.all_day,
        hours=f"{start:%d/%m/%Y %H:%M}–{end:%H:%M}",
    )


class Agenda(Result):
    """The meetings of some days, in order."""

    since: date
    days: int
    appointments: tuple[AppointmentRow, ...]

    def told(self, locale: Locale) -> str:
        """How many, and each in a line."""
        day = f"{self.since:%d/%m/%Y}"
        if not self.appointments:
            return translate(N_("No hay citas el {day}."), locale, day=day)
        head = translate(N_("Citas desde el {day}: {count}."), locale, day=day, count=len(self.appointments))
        return "\n".join([head, *(f"- {row.told(locale)}" for row in self.appointments)])


class Arranged(Result):
    """A meeting that was noted."""

    appointment: str
    summary: str
    hours: str

    def told(self, locale: Locale) -> str:
        """When and what."""
        return translate(N_("Anotada la cita: {hours}, {summary}."), locale, hours=self.hours, summary=self.summary)


class CalendarImported(Result):
    """What an import of a calendar did."""

    created: int
    updated: int
    unchanged: int

    def told(self, locale: Locale) -> str:
        """The three counts."""
        text = N_("Calendario leído: {created} citas nuevas, {updated} cambiadas, {unchanged} sin cambios.")
        return translate(text, locale, created=self.created, updated=self.updated, unchanged=self.unchanged)
