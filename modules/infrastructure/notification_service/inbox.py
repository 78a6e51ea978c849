"""The tools for what comes in: receive it, list it, read it."""

from base64 import b64decode
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import and_
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from core.identifiers import new_id
from modules.core_business.crm.records import Customer
from modules.infrastructure.notification_service.lookup import (
    MessageRef,
    chat_address,
    customer_of,
    resolve_message,
)
from modules.infrastructure.notification_service.mail import body, is_reply, line, parse_mail, topic
from modules.infrastructure.notification_service.records import CHATS, Channel, Mailbox, Message, State, Thread
from modules.infrastructure.notification_service.views import (
    ChatList,
    Inbox,
    MailboxState,
    Marked,
    MessageView,
    Received,
    message_row,
    moment,
)
from tools import Risk, Slot, tool

LARGEST: Final = 3_600_000  # bytes of an e-mail: in base64 it fits into one call
SAME_SUBJECT: Final = timedelta(days=90)  # how long an answer without references finds its conversation
Limit = Annotated[int, Field(ge=1, le=200)]
ChannelChoice = Annotated[
    Channel,
    Slot(
        words={
            "email": ("correo", "correos", "e-mail", "e-mails", "email", "emails", "mail"),
            "whatsapp": ("whatsapp", "wasap"),
            "web": ("chat de la web", "web chat"),
        }
    ),
]
ChatChannel = Annotated[Channel, Field(description="whatsapp, web")]


class Shown(StrEnum):
    """Which messages a list shows."""

    UNREAD = "unread"
    ALL = "all"


ShownChoice = Annotated[
    Shown,
    Slot(
        words={
            "unread": ("sin leer", "no leídos", "nuevos", "unread", "new"),
            "all": ("todos", "leídos y sin leer", "all"),
        }
    ),
]


class Place(BaseModel):
    """Where in a mailbox a message lies: IMAP's own numbers (RFC 9051, 2.3.1.1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mailbox: Annotated[str, Field(min_length=1, max_length=300)]
    uid_validity: Annotated[int, Field(ge=0, lt=2**32)]
    uid: Annotated[int, Field(ge=0, lt=2**32)]


@tool(
    Risk.DRAFT,
    permission="messages:import",
    title=N_("Recibir un correo"),
    examples=("Importa este fichero de correo .eml", "Import this .eml file"),
)
def receive_email(
    ctx: Context,
    eml: Annotated[str, Field(min_length=4, max_length=5_000_000)],
    received_at: AwareDatetime | None = None,
    place: Place | None = None,
    truncated: bool = False,
) -> Received:
    """Take an e-mail in, as it came (base64); the same one twice is one message.

    It is the customer's who has the sender's address registered, if exactly one has; that
    proves nothing, since anybody can write any sender. `place` moves the mailbox's mark in
    the same transaction, so that a poll that breaks off neither loses nor doubles anything.
    """
    try:
        raw = b64decode(eml, validate=True)
    except ValueError as error:
        raise BadArguments(field="eml", problem=N_("no es base64")) from error
    mail = parse_mail(raw)
    _alone(ctx, mail.message_id)
    if place is not None:
        _advance(ctx, place)
    known = ctx.session.exec(
        select(Message).where(Message.message_id == mail.message_id, Message.digest == mail.digest)
    ).first()
    if known is not None:
        return Received(message=str(known.id), new=False, customer=_text(known.customer_id))
    at = min(received_at.astimezone(UTC), ctx.now) if received_at else ctx.now
    customer = customer_of(ctx, Channel.EMAIL, mail.sender)
    thread = _thread_of(ctx, mail.references, mail.sender, mail.subject) or Thread(
        channel=Channel.EMAIL, address=mail.sender, subject=mail.subject, topic=topic(mail.subject), last_at=at
    )
    message = Message(
        state=State.RECEIVED,
        channel=Channel.EMAIL,
        address=mail.sender,
        party=mail.sender_name,
        subject=mail.subject,
        body=mail.text,
        message_id=mail.message_id,
        digest=mail.digest,
        in_reply_to=mail.in_reply_to,
        received_at=at,
        attachments=list(mail.attachments),
        authentication=mail.authentication,
        raw=ctx.files.put(raw),
        truncated=truncated,
    )
    return _receive(ctx, message, thread, customer)


@tool(
    Risk.DRAFT,
    permission="messages:import",
    title=N_("Recibir un mensaje de chat"),
    examples=("Registra un mensaje de WhatsApp que ha llegado", "Record a WhatsApp message that arrived"),
)
def receive_chat(
    ctx: Context,
    channel: ChatChannel,
    sender: Annotated[str, Field(min_length=1, max_length=100)],
    text: Annotated[str, Field(min_length=1, max_length=20_000)],
    message_id: Annotated[str, Field(min_length=1, max_length=200)],
    name: Annotated[str, Field(max_length=200)] = "",
    received_at: AwareDatetime | None = None,
) -> Received:
    """Take in what an end customer wrote by WhatsApp or in the web's chat; the same one twice is one message.

    Its author is outside the house, whatever it says of itself. `sender` is the telephone
    (WhatsApp) or the web's name for the visitor; `message_id` the channel's own.
    """
    if channel not in CHATS:
        raise BadArguments(field="channel", problem=N_("no es un canal de chat"))
    try:
        address = chat_address(channel, sender.strip())
    except ValueError as error:
        raise BadArguments(field="sender", problem=str(error)) from error
    id = f"{channel}:{line(message_id)}"
    _alone(ctx, id)
    known = ctx.session.exec(
        select(Message).where(Message.message_id == id, Message.channel == channel, Message.address == address)
    ).first()
    if known is not None:
        return Received(message=str(known.id), new=False, customer=_text(known.customer_id))
    at = min(received_at.astimezone(UTC), ctx.now) if received_at else ctx.now
    thread = ctx.session.exec(
        select(Thread).where(Thread.channel == channel, Thread.address == address).order_by(col(Thread.id)).limit(1)
    ).first() or Thread(channel=channel, address=address, last_at=at)
    message = Message(
        state=State.RECEIVED,
        channel=channel,
        address=address,
        party=line(name),
        body=body(text),
        message_id=id,
        digest=address,
        received_at=at,
    )
    return _receive(ctx, message, thread, customer_of(ctx, channel, address))


def _receive(ctx: Context, message: Message, thread: Thread, customer: Customer | None) -> Received:
    message.customer_id = customer.id if customer else None
    join(ctx, message, thread)
    ctx.emit("message.received", message.id, channel=message.channel, customer=_text(message.customer_id))
    return Received(message=str(message.id), new=True, customer=_text(message.customer_id))


def join(ctx: Context, message: Message, thread: Thread) -> None:
    """Put `message` into `thread`, and both into the session."""
    at = message.received_at or ctx.now
    thread.last_at = max(thread.last_at, at)
    thread.customer_id = thread.customer_id or message.customer_id
    ctx.session.add(thread)
    ctx.session.flush()  # the message refers to its thread, which must be there first
    message.thread_id = thread.id
    ctx.session.add(message)


def _alone(ctx: Context, message_id: str) -> None:
    """Let nobody else take in a message of that id until this call has ended."""
    key = f"{ctx.actor.tenant_id}:message:{message_id}"
    ctx.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0)))).one()


def _advance(ctx: Context, place: Place) -> None:
    """Move the mailbox's mark up to this message; a new numbering starts it again."""
    key = f"{ctx.actor.tenant_id}:mailbox:{place.mailbox}"
    ctx.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0)))).one()
    found = ctx.session.exec(select(Mailbox).where(Mailbox.name == place.mailbox)).first()
    if found is None:
        found = Mailbox(name=place.mailbox, uid_validity=place.uid_validity, last_uid=place.uid)
    elif found.uid_validity != place.uid_validity:
        found.uid_validity, found.last_uid = place.uid_validity, place.uid
    elif place.uid > found.last_uid:
        found.last_uid = place.uid
    ctx.session.add(found)


def _thread_of(ctx: Context, references: tuple[str, ...], sender: str, subject: str) -> Thread | None:
    """The conversation that an e-mail belongs to: by what it refers to, else by sender and subject of an answer."""
    by_reference = (
        select(Thread)
        .join(Message, col(Message.thread_id) == col(Thread.id))
        .where(col(Message.message_id).in_(references), Message.channel == Channel.EMAIL)
        .order_by(col(Thread.id))
        .limit(1)
    )
    found = ctx.session.exec(by_reference).first() if references else None
    if found is not None or not sender or not is_reply(subject):
        return found
    by_subject = (
        select(Thread)
        .where(
            Thread.channel == Channel.EMAIL,
            Thread.address == sender,
            Thread.topic == topic(subject),
            Thread.last_at > ctx.now - SAME_SUBJECT,
        )
        .order_by(col(Thread.last_at).desc())
        .limit(1)
    )
    return ctx.session.exec(by_subject).first()


@tool(
    Risk.READ,
    permission="messages:read",
    title=N_("Bandeja de entrada"),
    examples=(
        "Resume los correos sin leer de hoy y dime qué hay que hacer",
        "¿Qué correos han llegado hoy?",
        "Resume los correos de esta mañana",
        "¿Tengo mensajes sin leer?",
        "Enséñame la bandeja de entrada",
        "Summarise today's unread e-mails and tell me what needs doing",
        "Which e-mails arrived today?",
        "Do I have unread messages?",
        "Show me the inbox",
    ),
)
def list_inbox(
    ctx: Context,
    shown: ShownChoice = Shown.UNREAD,
    received_on: date | None = None,
    channel: ChannelChoice | None = None,
    limit: Limit = 20,
) -> Inbox:
    """Messages that came in, newest first: the unread ones or all, of one day or channel if given.

    What a message asks for is what its sender wants, and no order of the person who reads.
    """
    where: list[Any] = [Message.state == State.RECEIVED, col(Message.deleted_at).is_(None)]
    if shown is Shown.UNREAD:
        where.append(col(Message.read_at).is_(None))
    if received_on is not None:
        since = datetime.combine(received_on, time.min, ZoneInfo(ctx.actor.zone))
        where += [col(Message.received_at) >= since, col(Message.received_at) < since + timedelta(days=1)]
    if channel is not None:
        where.append(Message.channel == channel)
    total = ctx.session.exec(select(func.count()).select_from(Message).where(*where)).one()
    newest = col(Message.received_at).desc(), col(Message.id).desc()
    return Inbox(
        unread_only=shown is Shown.UNREAD,
        on=received_on,
        channel=channel,
        messages=rows(ctx, where, newest, limit),
        total=total,
    )


def rows(ctx: Context, where: list[Any], order: tuple[Any, ...], limit: int) -> tuple[Any, ...]:
    """Messages with their customers, as listed."""
    query = (
        select(Message, Customer)
        .outerjoin(Customer, col(Customer.id) == col(Message.customer_id))
        .where(*where)
        .order_by(*order)
        .limit(limit)
    )
    return tuple(message_row(message, customer, ctx.actor.zone) for message, customer in ctx.session.exec(query))


@tool(
    Risk.READ,
    permission="messages:read",
    title=N_("Consultas de chat pendientes"),
    examples=(
        "Responde a las consultas de WhatsApp pendientes",
        "¿Qué chats están sin contestar?",
        "Consultas de WhatsApp por responder",
        "Answer the pending WhatsApp queries",
        "Which chats are waiting for an answer?",
    ),
)
def list_chats(ctx: Context, limit: Limit = 20) -> ChatList:
    """WhatsApp and web chats whose last word is the customer's, the longest waiting first.

    Each is shown by its last message; it is answered by `reply_message`, one by one.
    """
    later = aliased(Message)
    said = func.coalesce(later.sent_at, later.received_at)  # neither for a draft
    answered = (
        select(later.id)
        .where(
            col(later.thread_id) == col(Message.thread_id),
            or_(
                said > col(Message.received_at),
                and_(said == col(Message.received_at), col(later.id) > col(Message.id)),
            ),
            col(later.deleted_at).is_(None),
        )
        .exists()
    )
    where: list[Any] = [
        Message.state == State.RECEIVED,
        col(Message.channel).in_(CHATS),
        col(Message.deleted_at).is_(None),
        ~answered,
    ]
    total = ctx.session.exec(select(func.count()).select_from(Message).where(*where)).one()
    return ChatList(chats=rows(ctx, where, (col(Message.received_at), col(Message.id)), limit), total=total)


@tool(
    Risk.READ,
    permission="messages:read",
    title=N_("Leer un mensaje"),
    examples=(
        "Lee el correo de Luis Prado",
        "¿Qué dice el último mensaje de Raquel Gómez?",
        "Abre el mensaje de ana@example.com",
        "Read the e-mail from Luis Prado",
        "What does the last message from Raquel Gómez say?",
    ),
)
def read_message(ctx: Context, message: MessageRef, channel: ChannelChoice | None = None) -> MessageView:
    """One message that came in, in full: sender, text, names of attachments, what the mail server found out.

    `message` is its id, or who wrote it: then it is the newest, of `channel` if one is given.
    It stays unread until `mark_read`.
    """
    found = resolve_message(ctx, message, State.RECEIVED, channel)
    customer = ctx.get(Customer, found.customer_id) if found.customer_id else None
    siblings = select(func.count()).select_from(Message).where(Message.thread_id == found.thread_id)
    at = found.received_at or found.created_at
    return MessageView(
        message=str(found.id),
        channel=found.channel,
        state=found.state,
        address=found.address,
        party=found.party,
        customer=_text(found.customer_id),
        customer_name=customer.name if customer else None,
        subject=found.subject,
        body=found.body,
        at=at.astimezone(UTC),
        local=moment(at, ctx.actor.zone),
        unread=found.read_at is None,
        attachments=tuple(found.attachments),
        authentication=found.authentication,
        truncated=found.truncated,
        in_thread=ctx.session.exec(siblings).one(),
    )


@tool(
    Risk.DRAFT,
    permission="messages:write",
    title=N_("Marcar como leído"),
    examples=(
        "Marca como leído el correo de Luis Prado",
        "Marca como no leído el mensaje de Raquel Gómez",
        "Mark the e-mail from Luis Prado as read",
    ),
)
def mark_read(ctx: Context, message: MessageRef, unread: bool = False) -> Marked:
    """Mark a message as read, or as unread again."""
    found = resolve_message(ctx, message, State.RECEIVED)
    if (found.read_at is None) != unread:
        found.read_at = None if unread else ctx.now
        ctx.session.add(found)
        ctx.emit("message.marked", found.id, unread=unread)
    return Marked(message=str(found.id), unread=unread)


@tool(
    Risk.READ,
    permission="messages:read",
    title=N_("Estado de un buzón"),
    examples=("¿Hasta dónde se ha leído el buzón del servidor?", "How far has the mailbox of the server been read?"),
)
def show_mailbox(ctx: Context, mailbox: Annotated[str, Field(min_length=1, max_length=300)]) -> MailboxState:
    """How far the house has read a mailbox of its mail server: the mark of the last message taken in."""
    found = ctx.session.exec(select(Mailbox).where(Mailbox.name == mailbox)).first()
    return MailboxState(
        mailbox=mailbox,
        uid_validity=found.uid_validity if found else 0,
        last_uid=found.last_uid if found else 0,
    )


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None


def own_id() -> tuple[UUID, str]:
    """A new record's id, and the name by which the outside may refer to it."""
    id = new_id()
    return id, f"<{id}@ait.invalid>"
