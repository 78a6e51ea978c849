"""Effects (*efectos*): acts outside the house, each kind with a performer.

A performer is asked at least once and must do its act once: it names it by the outbox
row's id (`Message-ID` of an e-mail), by which the other side can tell a repetition. It
raises `Refused` when the other side said no for good, anything else of `TRANSIENT` when
trying again may help. A performer that lacks its settings says so by `missing`: the rows
wait, neither failed nor lost.
"""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from core.errors import AitError
from core.i18n import N_
from core.settings import Settings

TRANSIENT: Final = (OSError, smtplib.SMTPException, TimeoutError)
TIMEOUT_SECONDS: Final = 20.0
NO_SMTP: Final = N_("falta el servidor de correo: configure AIT_SMTP_URL y se enviará solo")


class Refused(AitError):
    """The other side refused for good; a person has to look."""

    code = "ait.effect_refused"
    text = N_("El destinatario o el servidor lo rechaza: {reason}")


class Performer(Protocol):
    """Performs the effects of one kind."""

    @property
    def missing(self) -> str | None:
        """What is not configured yet, said in Spanish; None if it is ready."""

    def perform(self, id: UUID, payload: Mapping[str, Any]) -> str:
        """Do it, and give the reference by which the other side knows it.

        Raises:
            Refused: it will never work.
        """


@dataclass(frozen=True)
class Mailer:
    """E-mail over SMTP; `smtp://` (STARTTLS if offered) or `smtps://`."""

    smtp_url: str | None
    sender: str

    @property
    def missing(self) -> str | None:
        """The server's address, if there is none."""
        return None if self.smtp_url else NO_SMTP

    def perform(self, id: UUID, payload: Mapping[str, Any]) -> str:
        """Send it; a repetition bears the same Message-ID."""
        message = self.message(id, payload)
        server = self._connect()
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _permanent(next(iter(error.recipients.values())), error) from error
        except smtplib.SMTPResponseException as error:
            raise _permanent((error.smtp_code, error.smtp_error), error) from error
        finally:
            # It is sent or refused by now: a server that takes leave badly must not have it sent twice.
            with suppress(*TRANSIENT):
                server.quit()
        return str(message["Message-ID"])

    def message(self, id: UUID, payload: Mapping[str, Any]) -> EmailMessage:
        """The e-mail as it leaves; line breaks in headers are refused by `EmailMessage`."""
        message = EmailMessage()
        domain = parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"
        try:
            message["From"], message["To"] = self.sender, payload["recipient"]
            message["Subject"] = payload["subject"]
        except ValueError as error:
            raise Refused(reason=str(error)) from error
        message["Message-ID"] = f"<{id}@{domain}>"
        message["Date"] = formatdate(localtime=False, usegmt=True)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(str(payload["body"]), cte="quoted-printable")  # any server takes seven bits
        return message

    def _connect(self) -> smtplib.SMTP:
        place = urlsplit(self.smtp_url or "")
        host, secure = place.hostname or "localhost", place.scheme == "smtps"
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if secure:
            server = smtplib.SMTP_SSL(host, place.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, place.port or 25, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
        return server


def _permanent(answer: tuple[int, bytes | str], error: smtplib.SMTPException) -> Exception:
    code, text = answer
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Refused(reason=f"{code} {said}") if 500 <= code < 600 else error


def performers(settings: Settings) -> dict[str, Performer]:
    """The performers that come with the core, by kind of effect."""
    return {"email": Mailer(settings.smtp_url, settings.mail_from)}
