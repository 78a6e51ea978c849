"""Messages and appointments (*mensajes y citas*): what comes in, what goes out, and when one meets.

What comes in was written by somebody outside: it is kept as it came, cleaned for reading,
and marked as foreign wherever a tool shows it. What goes out goes to a registered address,
by a template or a person's words, and leaves after the commit.
"""

from core.i18n import N_
from modules.infrastructure.notification_service.records import Appointment, Campaign, Mailbox, Message, Thread
from modules.manifest import Module

MODULE = Module(
    id="ait-notification-service",
    category="infrastructure",
    version="1.0.0",
    schema="soriano_notifications",
    depends=("ai-crm", "seguros-kernel"),
    summary=N_("Mensajes y agenda: correo y chats que entran, respuestas, envíos a segmentos y citas"),
)

__all__ = ["MODULE", "Appointment", "Campaign", "Mailbox", "Message", "Thread"]
