"""Finding a message by what people write, and the customer behind an address.

An address names a customer only if exactly one customer of the file has it registered.
"""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.context import Context
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from core.identifiers import parse_phone
from modules.core_business.crm.lookup import alive
from modules.core_business.crm.records import Customer
from modules.infrastructure.notification_service.records import Channel, Message, State
from tools import Slot

CHOICES: Final = 10
# People name a message by its sender, who mostly is a customer.
MessageRef: TypeAlias = Annotated[str, Slot(ref="customer", ask=N_("¿Qué mensaje? Indique quién lo envía."))]


class MessageNotFound(NotFound):
    """No message of this tenant answers to the reference."""

    text = N_("No encuentro ningún mensaje «{ref}». Indique quién lo envía.")


def resolve_message(ctx: Context, text: str, state: State, channel: Channel | None = None) -> Message:
    """The one message in `state` that `text` names: its id, the customer's, or who is on the other side.

    Of several with one address it is the newest; of `channel` only, if one is given.

    Raises:
        MessageNotFound: there is none.
        Ambiguous: several addresses fit; `options` holds the newest message of each.
    """
    wanted = text.strip()
    if not wanted:
        raise BadArguments(field="message", problem=N_("falta el mensaje"))
    try:
        id = UUID(wanted)
    except ValueError:
        return _by_party(ctx, wanted, state, channel)
    message = ctx.session.get(Message, (ctx.actor.tenant_id, id))
    of_customer = _newest(state, channel).where(Message.customer_id == id).limit(1)
    found = message if message is not None else ctx.session.exec(of_customer).first()
    if found is None or found.deleted_at is not None or found.state != state:
        raise MessageNotFound(ref=wanted)
    return found


def _newest(state: State, channel: Channel | None) -> SelectOfScalar[Message]:
    found = select(Message).where(Message.state == state, col(Message.deleted_at).is_(None))
    if channel is not None:
        found = found.where(Message.channel == channel)
    return found.order_by(col(Message.created_at).desc(), col(Message.id).desc())


def _by_party(ctx: Context, wanted: str, state: State, channel: Channel | None) -> Message:
    words = wanted.split()
    named = [col(Message.party).icontains(word, autoescape=True) for word in words]
    registered = [col(Customer.name).icontains(word, autoescape=True) for word in words]
    ours = select(Customer.id).where(*registered, alive())
    by_address: dict[str, Message] = {}
    for condition in (col(Message.address) == wanted, col(Message.customer_id).in_(ours), and_(*named)):
        for message in ctx.session.exec(_newest(state, channel).where(condition).limit(100)):
            by_address.setdefault(message.address, message)
        if by_address:
            break
    if not by_address:
        raise MessageNotFound(ref=wanted)
    if len(by_address) > 1:
        # Addresses and dates alone: a name that a sender gives himself may say anything.
        fits = list(by_address.values())[:CHOICES]
        labels = [f"{m.address or '?'} · {m.created_at:%d/%m/%Y}" for m in fits]
        options = [{"id": str(m.id), "label": label} for m, label in zip(fits, labels, strict=True)]
        raise Ambiguous(field="message", ref=wanted, choices="; ".join(labels), options=options)
    return next(iter(by_address.values()))


def customer_of(ctx: Context, channel: Channel, address: str) -> Customer | None:
    """The one customer who has `address` registered; None for none and for several."""
    if not address:
        return None
    column = col(Customer.email) if channel is Channel.EMAIL else col(Customer.phone)
    found = ctx.session.exec(select(Customer).where(column == address, alive()).limit(2)).all()
    return found[0] if len(found) == 1 else None


def address_of(customer: Customer, channel: Channel) -> str | None:
    """Where a customer is reached by `channel`, as registered."""
    return customer.email if channel is Channel.EMAIL else customer.phone


def chat_address(channel: Channel, sender: str) -> str:
    """The canonical form of a chat's sender: a telephone in E.164; the web's own name for a visitor.

    Raises:
        ValueError: it is neither.
    """
    if channel is Channel.WHATSAPP:
        return parse_phone(sender)
    if not sender.isascii() or not sender.isprintable() or " " in sender:
        raise ValueError(N_("no es el nombre de un visitante de la web"))
    return sender
