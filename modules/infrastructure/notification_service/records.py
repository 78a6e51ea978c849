"""Messages, the conversations they belong to, mailings to many, and appointments.

Text that somebody outside wrote is stored clean (`core.text`), whatever it says; the
e-mail as it came lies in the object store. Moments end in `_at`, which a preview's hash
leaves out.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from core.i18n import N_
from core.records import INSTANT, Record, index, reference, table, unique

SCHEMA: Final = "soriano_notifications"
CUSTOMER: Final = "soriano_crm.customer"


class Channel(StrEnum):
    """By which way a message travels."""

    EMAIL = "email"
    WHATSAPP = "whatsapp"
    WEB = "web"  # the chat window of the house's web site


CHATS: Final = (Channel.WHATSAPP, Channel.WEB)


class State(StrEnum):
    """What a message is: somebody wrote it to us, we may send it, we have handed it over."""

    RECEIVED = "received"
    DRAFT = "draft"
    SENT = "sent"


LABELS: Final[dict[str, str]] = {
    "email": N_("correo electrónico"),
    "whatsapp": N_("WhatsApp"),
    "web": N_("chat de la web"),
    "received": N_("recibido"),
    "draft": N_("borrador"),
    "sent": N_("enviado"),
}


class Thread(Record, table=True):
    """Messages that answer each other (*conversación*), with one address."""

    __table_args__ = table(SCHEMA, reference("customer_id", CUSTOMER), index("channel", "address"))

    channel: str
    address: str
    subject: str = ""
    topic: str = ""  # the subject without «Re:», as it is compared
    customer_id: UUID | None = None
    last_at: datetime = Field(sa_type=INSTANT)


class Message(Record, table=True):
    """One message (*mensaje*), in or out.

    `address` and `party` are the other side's; `customer_id` is the one customer who has
    that address registered, if exactly one has. `message_id` names it to the outside; a
    second message under the same id has another `digest`, and is not swallowed by the first.
    """

    __table_args__ = table(
        SCHEMA,
        unique("message_id", "digest"),
        reference("thread_id", f"{SCHEMA}.thread"),
        reference("customer_id", CUSTOMER),
        reference("campaign_id", f"{SCHEMA}.campaign"),
        index("state", "received_at"),
        index("thread_id"),
        index("customer_id"),
        index("campaign_id"),
    )

    thread_id: UUID | None = None
    state: str
    channel: str
    address: str
    party: str = ""
    customer_id: UUID | None = None
    subject: str = ""
    body: str
    message_id: str
    digest: str
    in_reply_to: str | None = None
    received_at: datetime | None = Field(default=None, sa_type=INSTANT)
    sent_at: datetime | None = Field(default=None, sa_type=INSTANT)
    read_at: datetime | None = Field(default=None, sa_type=INSTANT)
    attachments: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    authentication: str | None = None  # what our own mail server found out about the sender (RFC 8601)
    raw: str | None = None  # address of the e-mail as it came, in the object store
    truncated: bool = False
    template: str | None = None
    campaign_id: UUID | None = None


class Mailbox(Record, table=True):
    """How far a mailbox has been read (*buzón*): IMAP gives each message a growing number."""

    __table_args__ = table(SCHEMA, unique("name"))

    name: str
    uid_validity: int = Field(sa_type=BigInteger)
    last_uid: int = Field(sa_type=BigInteger)


class Campaign(Record, table=True):
    """One mailing (*envío*) to a segment: at most one per segment and week."""

    __table_args__ = table(SCHEMA, unique("segment", "of", "week"))

    segment: str
    of: str  # the line, the month or the town
    week: str  # ISO: 2026-W47
    template: str
    recipients: int
    sent_at: datetime = Field(sa_type=INSTANT)


class Appointment(Record, table=True):
    """One meeting (*cita*); each day of a series is one.

    `uid` is the calendar's own name for it, `occurrence` the day that the series gave it.
    """

    __table_args__ = table(SCHEMA, unique("uid", "occurrence"), reference("customer_id", CUSTOMER), index("starts_at"))

    uid: str
    occurrence: str = ""
    summary: str
    details: str = ""
    place: str = ""
    attendees: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    customer_id: UUID | None = None
    starts_at: datetime = Field(sa_type=INSTANT)
    ends_at: datetime = Field(sa_type=INSTANT)
    all_day: bool = False
    cancelled: bool = False
