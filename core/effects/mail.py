"""E-mail over SMTP. A message bears the outbox row's id as its Message-ID (RFC 5322, 3.6.4)."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses, parseaddr
from typing import ClassVar, Final
from urllib.parse import unquote, urlsplit

from core.effects.performer import TIMEOUT_SECONDS, NotSent, Order, Refused, Standing
from core.i18n import N_

NO_SMTP: Final = N_("falta el servidor de correo: configure AIT_SMTP_URL y se enviará solo")
BROKEN: Final = (OSError, smtplib.SMTPException)


@dataclass(frozen=True)
class Mailer:
    """E-mail; `smtp://` (STARTTLS if offered) or `smtps://`.

    `extra["in_reply_to"]` is the Message-ID that it answers (RFC 5322, 3.6.4).

    Until the last dot of its text nothing was accepted; from then on only the server's
    answer tells. A repetition bears the same Message-ID, by which mailboxes show one.
    """

    smtp_url: str | None
    sender: str

    idempotent: ClassVar[bool] = True

    @property
    def missing(self) -> str | None:
        """The server's address, if there is none."""
        return None if self.smtp_url else NO_SMTP

    def reference(self, order: Order) -> str:
        """The Message-ID."""
        domain = parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"
        return f"<{order.id}@{domain}>"

    def look_up(self, order: Order) -> Standing:
        """SMTP cannot be asked."""
        return "unknown"

    def perform(self, order: Order) -> str:
        """Send it."""
        message = self.message(order)
        try:
            server = self._connect()
        except BROKEN as error:
            raise _not_sent(error) from error
        try:
            self._address(server, message)
            code, said = server.data(message.as_bytes(policy=SMTP))
            if code != 250:
                raise _answer(code, said)
        except smtplib.SMTPDataError as error:  # it did not want the text at all
            raise _answer(error.smtp_code, error.smtp_error) from error
        finally:
            # It is sent or refused by now: a server that takes leave badly must not have it sent twice.
            with suppress(*BROKEN):
                server.quit()
        return self.reference(order)

    def message(self, order: Order) -> EmailMessage:
        """The e-mail as it leaves; line breaks in headers are refused by `EmailMessage`."""
        message = EmailMessage()
        try:
            message["From"], message["To"] = self.sender, order.recipient
            message["Subject"] = order.subject
            if answered := order.extra.get("in_reply_to"):
                message["In-Reply-To"] = message["References"] = answered
        except ValueError as error:
            raise Refused(reason=str(error)) from error
        message["Message-ID"] = self.reference(order)
        message["Date"] = formatdate(localtime=False, usegmt=True)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(order.body, cte="quoted-printable")  # any server takes seven bits
        return message

    def _address(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        """Say from whom and to whom; what fails here did not leave."""
        recipients = [address for _, address in getaddresses([str(message["To"])]) if address]
        if not recipients or not all(address.isascii() for address in recipients):
            raise Refused(reason=str(message["To"]))
        try:
            for code, said in (
                server.mail(parseaddr(self.sender)[1]),
                *(server.rcpt(address) for address in recipients),
            ):
                if code not in (250, 251):
                    raise _answer(code, said)
        except BROKEN as error:
            raise _not_sent(error) from error

    def _connect(self) -> smtplib.SMTP:
        place = urlsplit(self.smtp_url or "")
        host, secure = place.hostname or "localhost", place.scheme == "smtps"
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if secure:
            server = smtplib.SMTP_SSL(host, place.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, place.port or 25, timeout=TIMEOUT_SECONDS)
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
        return server


def _not_sent(error: Exception) -> NotSent:
    code = getattr(error, "smtp_code", None)
    said = _text(getattr(error, "smtp_error", ""))
    return NotSent(reason=f"{code} {said}" if code else str(error) or type(error).__name__)


def _answer(code: int, said: bytes | str) -> Refused | NotSent:
    """What a server's refusal means: 5yz for good, 4yz for now (RFC 5321, 4.2.1)."""
    reason = f"{code} {_text(said)}"
    return Refused(reason=reason) if 500 <= code < 600 else NotSent(reason=reason)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
