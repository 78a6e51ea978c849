"""The tools for what goes out: drafts, messages to one, answers, mailings to a segment.

An address is never taken from a text: a customer's is the registered one, an answer goes
to whoever has the sender's address registered. A free address must be an argument of its
own, and always weighs as unregistered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context, Effect
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.people import Tenant
from core.text import clean_foreign
from modules.core_business.crm.inputs import Email
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import Consent, Customer, Purpose
from modules.infrastructure.notification_service.inbox import ChannelChoice, Limit, join, own_id, rows
from modules.infrastructure.notification_service.lookup import (
    MessageRef,
    address_of,
    customer_of,
    resolve_message,
)
from modules.infrastructure.notification_service.mail import topic
from modules.infrastructure.notification_service.records import (
    CHATS,
    Campaign,
    Channel,
    Message,
    State,
    Thread,
)
from modules.infrastructure.notification_service.rules import (
    Stated,
    consents,
    quiet_until,
    settled,
    tells_of_health,
    week_of,
)
from modules.infrastructure.notification_service.segments import QUERIES, Segment, recipients, value_of
from modules.infrastructure.notification_service.templates import Letter, Template, template, templates
from modules.infrastructure.notification_service.templates import Purpose as TextPurpose
from modules.infrastructure.notification_service.views import (
    DraftList,
    Mailed,
    Repeated,
    TemplateList,
    TemplateRow,
    Written,
    moment,
)
from tools import Guard, Risk, Slot, tool

MOST_RECIPIENTS: Final = 1000
SENSITIVE_LINES: Final = frozenset({"salud", "vida", "decesos"})
UNKNOWN_SENDER: Final = N_("Quien escribe no figura con esa dirección en la ficha de ningún cliente.")
DRAFTED_BY_AGENT: Final = N_("El texto del borrador lo redactó un agente.")

Body = Annotated[
    str,
    Field(min_length=1, max_length=5000),
    Slot(cues=("texto", "diciendo", "que diga", "saying"), ask=N_("¿Qué texto envío?")),
]
Subject = Annotated[str, Field(max_length=200), Slot(cues=("asunto", "subject"))]
TemplateId = Annotated[
    str,
    Field(max_length=60),
    Slot(
        words={
            "documents_requested": ("pide la documentación", "pedir documentación", "ask for documents"),
            "documents_received": ("documentación recibida", "documents received"),
            "request_received": ("consulta recibida", "acuse de recibo", "query received"),
            "appointment_confirmed": ("confirmar la cita", "confirm the meeting"),
            "renewal_notice": ("aviso de renovación", "renewal notice"),
            "portfolio_review": ("revisión de seguros", "review of policies"),
            "line_offer": ("ofrecer un seguro", "offer a line"),
        }
    ),
]
Fields = Annotated[dict[str, Annotated[str, Field(max_length=500)]], Field(max_length=20)]
Recipient = Annotated[CustomerRef | None, Guard.RECIPIENT]
Address = Annotated[Email | None, Guard.RECIPIENT]
Answered = Annotated[MessageRef, Guard.RECIPIENT]
SegmentChoice = Annotated[
    Segment,
    Guard.SCOPE,
    Slot(
        ask=N_("¿A qué segmento: por ramo, por mes de vencimiento o por población?"),
        words={
            "line": ("ramo", "line"),
            "renewal_month": ("mes de vencimiento", "renovación", "renewal month"),
            "town": ("población", "ciudad", "town"),
        },
    ),
]


class NoAddress(Conflict):
    """The customer has no registered address for that channel."""

    text = N_("{name} no tiene {what} en su ficha.")


class NoConsent(Conflict):
    """The customer has not agreed to marketing, or has withdrawn it."""

    text = N_("{name} no consiente recibir comunicaciones comerciales; no se puede enviar esta plantilla.")


class QuietHours(Conflict):
    """Chats ring at once: none leaves from 21:00 to 08:00."""

    text = N_("De 21:00 a 08:00 no se envían mensajes de chat. Envíelo a partir del {at}, o por correo electrónico.")


class MailedLately(Conflict):
    """A segment gets at most one mailing a week."""

    text = N_("Ese segmento ya recibió un envío esta semana ({week}).")


class TooMany(Conflict):
    """The segment is larger than one mailing may be."""

    text = N_("El segmento pasa de {most} destinatarios: elija otro más pequeño.")


@dataclass(frozen=True)
class Other:
    """The other side of a message that is to leave: an address, and whose registered one it is."""

    channel: Channel
    address: str
    customer: Customer | None
    doubt: str = ""  # why a person must look first

    @property
    def name(self) -> str:
        """How a text calls them."""
        return self.customer.name if self.customer else self.address


@tool(
    Risk.DRAFT,
    permission="messages:write",
    title=N_("Preparar un borrador"),
    examples=(
        "Prepara un borrador de correo para Raquel Gómez",
        "Redacta un correo a Álvaro Ramos diciendo que su póliza está lista",
        "Prepara una respuesta al correo de Luis Prado, sin enviarla",
        "Draft an e-mail to Raquel Gómez",
        "Prepare a reply to the e-mail from Luis Prado without sending it",
    ),
)
def draft_message(
    ctx: Context,
    text: Body,
    recipient: Recipient = None,
    reply_to: Annotated[MessageRef | None, Guard.RECIPIENT] = None,
    subject: Subject = "",
    channel: ChannelChoice = Channel.EMAIL,
) -> Repeated:
    """Keep a message to a customer, or an answer to one that came in, without sending it.

    It goes nowhere until a person sends it by `send_draft`.
    """
    if (recipient is None) == (reply_to is None):
        raise BadArguments(field="recipient", problem=N_("indique un cliente o el mensaje al que responde"))
    if reply_to is not None:
        answered = resolve_message(ctx, reply_to, State.RECEIVED)
        other, letter = _sender_of(ctx, answered), _answer(answered, _own(text, subject))
    else:
        assert recipient is not None
        answered, other = None, _registered(ctx, resolve_customer(ctx, recipient), channel)
        letter = _own(text, subject)
    message = _message(ctx, other, letter, State.DRAFT, answered)
    ctx.session.add(message)
    ctx.emit("message.drafted", message.id, channel=message.channel)
    return Repeated(**dict(_written(message, other)))


@tool(
    Risk.READ,
    permission="messages:read",
    title=N_("Borradores"),
    examples=("¿Qué borradores hay sin enviar?", "Enséñame los borradores", "Show me the drafts"),
)
def list_drafts(ctx: Context, limit: Limit = 20) -> DraftList:
    """Drafts that nobody has sent yet, newest first."""
    where: list[Any] = [Message.state == State.DRAFT, col(Message.deleted_at).is_(None)]
    total = ctx.session.exec(select(func.count()).select_from(Message).where(*where)).one()
    return DraftList(drafts=rows(ctx, where, (col(Message.id).desc(),), limit), total=total)


@tool(
    Risk.MESSAGE,
    permission="messages:send",
    title=N_("Enviar un borrador"),
    examples=("Envía el borrador para Raquel Gómez", "Send the draft to Raquel Gómez"),
)
def send_draft(ctx: Context, draft: Answered) -> Repeated:
    """Send a draft as it stands, to the address that its customer has registered now."""
    message = resolve_message(ctx, draft, State.DRAFT)
    channel = Channel(message.channel)
    customer = ctx.get(Customer, message.customer_id) if message.customer_id else None
    other = _registered(ctx, customer, channel) if customer else Other(channel, message.address, None)
    _may_ring(ctx, channel)
    # A person who sends it by hand has the text before him; an agent may send what nobody has read.
    by_agent = DRAFTED_BY_AGENT if message.created_by_agent_id and ctx.actor.agent else ""
    _weigh(ctx, other, message.subject, message.body, reason=by_agent)
    message.state, message.address, message.sent_at = State.SENT, other.address, ctx.now
    _hand_over(ctx, message, other, Letter("es", message.subject, message.body))
    return Repeated(**dict(_written(message, other)))


@tool(
    Risk.MESSAGE,
    permission="messages:send",
    title=N_("Enviar un mensaje"),
    examples=(
        "Envía un correo a Raquel Gómez diciendo que su póliza está lista",
        "Escribe a Álvaro Ramos por WhatsApp",
        "Manda a Raquel Gómez la plantilla de documentación recibida",
        "Send an e-mail to Raquel Gómez saying that her policy is ready",
        "Write to Álvaro Ramos by WhatsApp",
    ),
)
def send_message(
    ctx: Context,
    recipient: Recipient = None,
    address: Address = None,
    channel: ChannelChoice = Channel.EMAIL,
    template_id: TemplateId | None = None,
    fields: Fields | None = None,
    text: Body | None = None,
    subject: Subject = "",
) -> Written:
    """Write to one customer at the registered address: a template with its fields, or a text.

    `address` is for an e-mail to somebody who is no customer. A commercial template needs the
    customer's consent. Chats do not leave from 21:00 to 08:00. It leaves after the commit.
    """
    if (recipient is None) == (address is None):
        raise BadArguments(field="recipient", problem=N_("indique a qué cliente escribo"))
    if recipient is not None:
        other = _registered(ctx, resolve_customer(ctx, recipient), channel)
    else:
        assert address is not None
        if channel is not Channel.EMAIL:
            raise BadArguments(field="channel", problem=N_("a quien no es cliente solo se escribe por correo"))
        other = Other(Channel.EMAIL, address, customer_of(ctx, Channel.EMAIL, address))
    _whole(ctx, template_id, fields)
    return _send(ctx, other, _letter(ctx, other, template_id, fields, text, subject), template_id, None)


@tool(
    Risk.MESSAGE,
    permission="messages:send",
    title=N_("Responder a un mensaje"),
    examples=(
        "Responde al correo de Luis Prado diciendo que lo estamos mirando",
        "Contesta al mensaje de Raquel Gómez con la plantilla de consulta recibida",
        "Reply to the e-mail from Luis Prado saying that we are looking into it",
        "Answer the message from Raquel Gómez",
    ),
)
def reply_message(
    ctx: Context,
    message: Answered,
    channel: ChannelChoice | None = None,
    template_id: TemplateId | None = None,
    fields: Fields | None = None,
    text: Body | None = None,
) -> Repeated:
    """Answer a message: to the registered address of the customer who wrote it, and by the same channel.

    `message` is its id, or who wrote it: then it is the newest, of `channel` if one is given.
    Whoever writes from an address that no customer has registered is answered only after a
    person has looked. The message counts as read then.
    """
    answered = resolve_message(ctx, message, State.RECEIVED, channel)
    other = _sender_of(ctx, answered)
    letter = _answer(answered, _letter(ctx, other, template_id, fields, text, ""))
    _whole(ctx, template_id, fields)
    written = _send(ctx, other, letter, template_id, answered)
    if answered.read_at is None:
        answered.read_at = ctx.now
        ctx.session.add(answered)
    return Repeated(**dict(written))


@tool(
    Risk.READ,
    permission="messages:read",
    title=N_("Plantillas de mensajes"),
    examples=(
        "¿Qué plantillas de mensajes tenemos?",
        "Lista de plantillas de correo y sus campos",
        "Which message templates do we have?",
    ),
)
def list_templates(ctx: Context) -> TemplateList:
    """The templates of messages, with the fields that each needs, and the segments for mailings."""
    locale = ctx.actor.locale
    return TemplateList(
        templates=tuple(
            TemplateRow(
                template=one.id,
                title=one.title(locale),
                purpose=one.purpose,
                fields={name: field.labels[locale] for name, field in one.fields.items()},
            )
            for one in templates().values()
        ),
        segments=tuple(
            f"{segment}: {translate(query.title, locale)} ({translate(query.form, locale)})"
            for segment, query in QUERIES.items()
        ),
    )


@tool(
    Risk.CAMPAIGN,
    permission="messages:campaign",
    title=N_("Enviar a un segmento"),
    examples=(
        "Envía la plantilla de revisión de seguros a los clientes de hogar",
        "Lanza un envío comercial a los clientes de Bilbao",
        "Haz un envío masivo a los clientes que renuevan en diciembre",
        "Send the review of policies to the home insurance customers",
        "Launch a mailing to customers in Bilbao",
    ),
)
def send_campaign(
    ctx: Context,
    segment: SegmentChoice,
    of: Annotated[
        str,
        Field(min_length=1, max_length=80),
        Guard.SCOPE,
        Slot(ask=N_("¿De qué ramo, mes (2026-12) o población?")),
    ],
    template_id: TemplateId,
    fields: Fields | None = None,
) -> Mailed:
    """Send a commercial template by e-mail to all of a segment who agreed to it; at most once a segment and week.

    The segment is a saved query: `line` (a line's code), `renewal_month` (2026-12) or `town`.
    Whoever has not agreed to marketing, or has withdrawn it, is never among them.
    """
    chosen, value, week = template(template_id), value_of(segment, of), week_of(ctx.today)
    if chosen.purpose is not TextPurpose.MARKETING:
        raise BadArguments(field="template_id", problem=N_("no es una plantilla comercial"))
    key = f"{ctx.actor.tenant_id}:campaign:{segment}:{value}:{week}"
    ctx.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0)))).one()
    sent = select(Campaign).where(Campaign.segment == segment, Campaign.of == value, Campaign.week == week)
    if ctx.session.exec(sent).first() is not None:
        raise MailedLately(week=week)
    people = recipients(ctx, segment, value, MOST_RECIPIENTS + 1)
    if not people:
        raise Conflict(reason=N_("nadie de ese segmento ha consentido recibir comunicaciones comerciales"))
    if len(people) > MOST_RECIPIENTS:
        raise TooMany(most=MOST_RECIPIENTS)
    ctx.weigh(
        subjects=len(people),
        registered=all(settled(customer.email_since, ctx.today) for customer in people),
        special=value in SENSITIVE_LINES,
    )
    campaign = Campaign(
        segment=segment, of=value, week=week, template=chosen.id, recipients=len(people), sent_at=ctx.now
    )
    ctx.session.add(campaign)
    ctx.session.flush()  # its messages refer to it
    brokerage = ctx.get(Tenant, ctx.actor.tenant_id).name
    for customer in people:
        letter = chosen.render(customer.language, customer.name, brokerage, fields or {})
        assert customer.email is not None
        other = Other(Channel.EMAIL, customer.email, customer)
        message = _message(ctx, other, letter, State.SENT, None)
        message.template, message.campaign_id = chosen.id, campaign.id
        ctx.session.add(message)
        ctx.effect(_effect(message, other, letter, {"campaign": str(campaign.id)}))
    ctx.emit("campaign.sent", campaign.id, segment=segment, recipients=len(people))
    return Mailed(
        campaign=str(campaign.id),
        segment=segment,
        of=value,
        week=week,
        template=chosen.id,
        recipients=len(people),
    )


def _registered(ctx: Context, customer: Customer, channel: Channel) -> Other:
    address = address_of(customer, channel) if channel is not Channel.WEB else None
    if not address:
        what = N_("correo electrónico") if channel is Channel.EMAIL else N_("teléfono para ese canal")
        raise NoAddress(name=customer.name, what=what)
    return Other(channel, address, customer)


def _sender_of(ctx: Context, answered: Message) -> Other:
    """Whom an answer goes to: the customer's registered address, or the unknown sender's own."""
    channel = Channel(answered.channel)
    customer = ctx.get(Customer, answered.customer_id) if answered.customer_id else None
    if customer is not None and channel is not Channel.WEB:
        return _registered(ctx, customer, channel)
    if not answered.address:
        raise Conflict(reason=N_("el mensaje no trae una dirección a la que responder"))
    return Other(channel, answered.address, None, UNKNOWN_SENDER)


def _own(text: str, subject: str) -> Letter:
    """Words of our own; what shows nothing does not leave either."""
    return Letter("es", " ".join(clean_foreign(subject).split()), clean_foreign(text).strip() + "\n")


def _letter(
    ctx: Context,
    other: Other,
    template_id: str | None,
    fields: Mapping[str, str] | None,
    text: str | None,
    subject: str,
) -> Letter:
    """The text that leaves: a template's, if its purpose is lawful towards this person, or the one given."""
    if (template_id is None) == (text is None):
        raise BadArguments(field="text", problem=N_("indique un texto o una plantilla"))
    brokerage = ctx.get(Tenant, ctx.actor.tenant_id).name
    if text is not None:
        return _own(text, subject or translate(N_("Mensaje de {brokerage}"), "es", brokerage=brokerage))
    assert template_id is not None
    chosen = template(template_id)
    _lawful(ctx, chosen, other)
    language = other.customer.language if other.customer else "es"
    return chosen.render(language, other.name, brokerage, fields or {})


def _lawful(ctx: Context, chosen: Template, other: Other) -> None:
    if chosen.purpose is not TextPurpose.MARKETING:
        return
    id = other.customer.id if other.customer else None
    said = select(Consent).where(Consent.customer_id == id, Consent.purpose == Purpose.MARKETING)
    if not consents(Stated(c.at, c.id, c.granted) for c in ctx.session.exec(said) if c.deleted_at is None):
        raise NoConsent(name=other.name)


def _answer(answered: Message, letter: Letter) -> Letter:
    """`letter` under the subject of what it answers, where there is one."""
    subject = f"Re: {answered.subject}"[:200] if answered.subject else ""
    return letter._replace(subject=subject or letter.subject)


def _may_ring(ctx: Context, channel: Channel) -> None:
    opens = quiet_until(ctx.now, ctx.actor.zone) if channel in CHATS else None
    if opens is not None:
        raise QuietHours(at=moment(opens, ctx.actor.zone))


def _whole(ctx: Context, template_id: str | None, fields: Mapping[str, str] | None) -> None:
    """Tell the policy whether the letter is all the house's own words."""
    ctx.weigh(templated=template_id is not None and not fields)


def _weigh(ctx: Context, other: Other, *texts: str, reason: str = "") -> None:
    """Tell the policy where it goes and what of."""
    customer = other.customer
    if customer is None:
        registered = False
    else:
        # A telephone has no date of its own: it is as young as the file's last change.
        since = customer.email_since if other.channel is Channel.EMAIL else customer.updated_at.date()
        registered = settled(since, ctx.today)
    ctx.weigh(subjects=1, registered=registered, special=tells_of_health(*texts), reason=other.doubt or reason)


def _send(ctx: Context, other: Other, letter: Letter, template_id: str | None, answered: Message | None) -> Written:
    _may_ring(ctx, other.channel)
    # A template's own words tell of nobody; what was put into it may.
    _weigh(ctx, other, letter.subject, letter.body)
    message = _message(ctx, other, letter, State.SENT, answered)
    message.template = template_id
    _hand_over(ctx, message, other, letter)
    return _written(message, other)


def _message(ctx: Context, other: Other, letter: Letter, state: State, answered: Message | None) -> Message:
    id, name = own_id()
    return Message(
        id=id,
        thread_id=answered.thread_id if answered else None,
        state=state,
        channel=other.channel,
        address=other.address,
        party=other.customer.name if other.customer else "",
        customer_id=other.customer.id if other.customer else None,
        subject=letter.subject,
        body=letter.body,
        message_id=name,
        digest=str(id),
        in_reply_to=answered.message_id if answered else None,
        sent_at=ctx.now if state is State.SENT else None,
    )


def _hand_over(ctx: Context, message: Message, other: Other, letter: Letter) -> None:
    """Put the message into its conversation and into the outbox."""
    thread = ctx.get(Thread, message.thread_id) if message.thread_id else None
    join(ctx, message, thread or _conversation(ctx, message))
    ctx.effect(_effect(message, other, letter, {}))
    ctx.emit("message.sent", message.id, channel=message.channel)


def _conversation(ctx: Context, message: Message) -> Thread:
    """The conversation that a message of ours opens; a chat has one for ever."""
    if message.channel in CHATS:
        same = select(Thread).where(Thread.channel == message.channel, Thread.address == message.address)
        found = ctx.session.exec(same.order_by(col(Thread.id)).limit(1)).first()
        if found is not None:
            return found
    return Thread(
        channel=message.channel,
        address=message.address,
        subject=message.subject,
        topic=topic(message.subject),
        last_at=ctx.now,
    )


def _effect(message: Message, other: Other, letter: Letter, more: Mapping[str, str]) -> Effect:
    extra = {"language": letter.language, **more}
    if other.customer is not None:
        extra["customer"] = str(other.customer.id)
    if message.in_reply_to and message.channel == Channel.EMAIL:
        extra["in_reply_to"] = message.in_reply_to
    return Effect(message.channel, other.address, letter.subject, letter.body, key=message.id, extra=extra)


def _written(message: Message, other: Other) -> Written:
    return Written(
        message=str(message.id),
        state=message.state,
        channel=message.channel,
        recipient=other.address,
        customer=str(other.customer.id) if other.customer else None,
        customer_name=other.customer.name if other.customer else None,
        subject=message.subject,
        body=message.body,
    )
