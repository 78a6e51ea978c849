"""Effects (*efectos*): acts outside the house, asked for by rows of the outbox.

    tool ─> outbox row (in its transaction) ─> Sender: claim ▸ act ▸ mark ─> the other side
                                                 └ outcome unknown ─> look up, ask again, or a person settles

`performer` says what a kind has to declare; `mail`, `webhook` and `file_drop` are the kinds
that come with the core; `sending` drives them; `desk` is what people do about the rows.
"""

from core.effects.file_drop import FileDrop
from core.effects.mail import Mailer
from core.effects.performer import NotSent, Order, Performer, Refused, Standing
from core.effects.webhook import Webhook
from core.settings import Settings


def performers(settings: Settings) -> dict[str, Performer]:
    """The performers that come with the core, by kind of effect."""
    return {
        "email": Mailer(settings.smtp_url, settings.mail_from),
        "webhook": Webhook(settings.webhook_hosts),
        "file": FileDrop(settings.outgoing_dir or settings.data_dir / "outgoing"),
    }


__all__ = ["FileDrop", "Mailer", "NotSent", "Order", "Performer", "Refused", "Standing", "Webhook", "performers"]
