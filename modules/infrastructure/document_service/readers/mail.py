"""E-mails as files (.eml): who, when, about what, the text, and the names of what is attached."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final

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


def attachment(content: bytes, number: int) -> bytes:
    """What is attached as the `number`th, from 0, decoded.

    Raises:
        Refused: nothing is.
    """
    attached = _attached(_message(content))
    payload = attached[number][1].get_payload(decode=True) if number < len(attached) else None
    if not isinstance(payload, bytes):
        raise Refused(Problem.NO_ATTACHMENT)
    return payload


def _message(content: bytes) -> "EmailMessage[Any, Any]":
    return message_from_bytes(content, policy=default)


def _attached(message: "EmailMessage[Any, Any]") -> "list[tuple[str, EmailMessage[Any, Any]]]":
    parts = list(message.iter_attachments()) if message.is_multipart() else []
    return [(part.get_filename() or part.get_content_type(), part) for part in parts]


def _body(message: "EmailMessage[Any, Any]") -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeError) as error:  # a character set that does not exist
        raise Refused(Problem.DAMAGED) from error
    return text_of(text) if body.get_content_subtype() == "html" and text.strip() else text
