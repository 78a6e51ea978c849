"""E-mails as files (.eml): who, when, about what, the text, and the names of what is attached."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final, cast

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.found import Found, Refused, flowing
from modules.infrastructure.document_service.readers.html import text_of

HEADERS: Final = ("From", "Reply-To", "To", "Cc", "Date", "Subject")


def read(content: bytes) -> Found:
    """Headers and text. What is attached is named, not opened."""
    message = _message(content)
    head = [f"{name}: {message[name]}" for name in HEADERS if message[name]]
    attached = [name for name, _ in _attached(message)]
    text = "\n".join([*head, "", _body(message)])
    return Found(list(flowing(text)), attachments=attached)


def attachment(content: bytes, name: str) -> bytes:
    """What is attached under `name`, decoded.

    Raises:
        Refused: nothing is.
    """
    for found, part in _attached(_message(content)):
        if found == name:
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return payload
    raise Refused(Problem.NO_ATTACHMENT)


def _message(content: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(content, policy=default))


def _attached(message: EmailMessage) -> list[tuple[str, EmailMessage]]:
    parts = [cast(EmailMessage, part) for part in message.iter_attachments()] if message.is_multipart() else []
    return [(part.get_filename() or part.get_content_type(), part) for part in parts]


def _body(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeError) as error:  # a character set that does not exist
        raise Refused(Problem.DAMAGED) from error
    return text_of(text) if body.get_content_subtype() == "html" and text.strip() else text
