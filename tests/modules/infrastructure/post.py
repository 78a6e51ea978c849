"""E-mails, calendars and people for the stories of messages; all invented."""

from base64 import b64encode
from email.message import EmailMessage


def eml(text: str = "Hola.", *, sender: str = "Raquel <cl80001@example.com>", subject: str = "Una pregunta",
        id: str = "uno@example.com", html: str | None = None, **headers: str) -> bytes:  # fmt: skip
    """An e-mail as bytes."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "correduria@example.com", subject
    message["Message-ID"] = f"<{id}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if html is None:
        message.set_content(text)
    else:
        message.set_content(html, subtype="html")
    return message.as_bytes()


def encoded(raw: bytes) -> str:
    """`raw` as the tools take it."""
    return b64encode(raw).decode("ascii")


def ics(*events: str, method: str = "") -> bytes:
    """A calendar of `events`, each the lines between BEGIN and END."""
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    head = f"METHOD:{method}\r\n" if method else ""
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{head}{body}END:VCALENDAR\r\n"
    return calendar.encode()
