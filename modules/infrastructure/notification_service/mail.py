"""An e-mail as bytes, taken apart (RFC 5322, MIME); pure, and never trusting what it says.

A broken or hostile e-mail is still a message: what cannot be read is left empty, nothing
raises. Hidden parts of an HTML text are kept, because they are what the sender wrote.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import Final, cast

from core.text import clean_foreign
from modules.core_business.crm.inputs import parse_email

MOST_TEXT: Final = 100_000
MOST_HTML: Final = 300_000
MOST_LINE: Final = 500
LONGEST_ADDRESS: Final = 254  # RFC 5321, 4.5.3.1.3
MOST_ATTACHMENTS: Final = 50
MOST_REFERENCES: Final = 50
MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,300}>")
REPLY: Final = re.compile(r"^(?:\s*(?:re|rv|fw|fwd|enc|resp)\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
TAG: Final = re.compile(r"<[^>]*>")
TABLES: Final = {
    "table": "div",
    "tbody": "div",
    "thead": "div",
    "tfoot": "div",
    "tr": "div",
    "td": "span",
    "th": "span",
}
# What the standard library's parsers are known to raise on broken headers and bodies.
BROKEN: Final = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)


@dataclass(frozen=True)
class ParsedMail:
    """What an e-mail says of itself; none of it is proved.

    `sender` is empty unless exactly one well-formed address stands in one From header.
    `digest` tells apart two e-mails that bear one Message-ID.
    """

    message_id: str
    digest: str
    sender: str
    sender_name: str
    subject: str
    text: str
    in_reply_to: str | None
    references: tuple[str, ...]
    attachments: tuple[str, ...]
    authentication: str | None


def parse_mail(raw: bytes) -> ParsedMail:
    """The e-mail in `raw`, as far as it can be read."""
    message: EmailMessage = message_from_bytes(raw, policy=default)
    sender, name = _sender(message)
    subject, text = line(_header(message, "Subject")), _text(message)
    attachments = tuple(_attachments(message))
    digest = hashlib.sha256("\0".join((sender, name, subject, text, *attachments)).encode()).hexdigest()
    ids = _ids(message, "Message-ID")
    answered = _ids(message, "In-Reply-To")
    return ParsedMail(
        message_id=ids[0] if ids else f"<{digest}@unnamed.invalid>",
        digest=digest,
        sender=sender,
        sender_name=name,
        subject=subject,
        text=text,
        in_reply_to=answered[0] if answered else None,
        references=tuple(dict.fromkeys([*answered, *_ids(message, "References")]))[:MOST_REFERENCES],
        attachments=attachments,
        authentication=line(_header(message, "Authentication-Results")) or None,
    )


def topic(subject: str) -> str:
    """The subject as conversations are compared: without «Re:» and «Fwd:», in one case and spacing."""
    return " ".join(REPLY.sub("", subject).casefold().split())


def is_reply(subject: str) -> bool:
    """Whether the subject says that it answers or forwards something."""
    return bool(REPLY.match(subject))


def line(text: str) -> str:
    """Foreign text on one line, clean and cut."""
    return " ".join(clean_foreign(text).split())[:MOST_LINE]


def body(text: str) -> str:
    """Foreign text of several lines, clean and cut."""
    return clean_foreign(text).strip()[:MOST_TEXT]


def _header(message: EmailMessage, name: str) -> str:
    """The first header of that name, decoded if it can be, else as it stands."""
    try:
        found = message[name]
        return "" if found is None else str(found)
    except BROKEN:
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _ids(message: EmailMessage, name: str) -> list[str]:
    return [clean_foreign(found) for found in MESSAGE_ID.findall(_header(message, name))]


def _sender(message: EmailMessage) -> tuple[str, str]:
    """The one address of the one From header, and the name that it gives itself."""
    try:
        addresses: list[Address] = [a for header in message.get_all("From", ()) for a in header.addresses]
        single = addresses[0] if len(addresses) == 1 and len(message.get_all("From", ())) == 1 else None
    except BROKEN:
        single = None
    if single is None:
        return "", line(_header(message, "From"))
    try:
        address = parse_email(clean_foreign(single.addr_spec))
        if len(address) > LONGEST_ADDRESS:
            raise ValueError
        return address, line(single.display_name)
    except ValueError:
        return "", line(str(single))


def _text(message: EmailMessage) -> str:
    try:
        part = cast("EmailMessage | None", message.get_body(("plain", "html")))
    except BROKEN:
        part = None
    if part is None:
        part = message if not message.is_multipart() and message.get_content_maintype() == "text" else None
    if part is None:
        return ""
    written = _decoded(part)
    return body(text_of_html(written) if part.get_content_type() == "text/html" else written)


def _decoded(part: EmailMessage) -> str:
    try:
        return str(part.get_content(errors="replace"))
    except BROKEN:
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def text_of_html(html: str) -> str:
    """All text of an HTML page, also what its styles would hide from a reader.

    Tables become lines: laid out, one wide cell would widen every row of a hostile one.
    """
    from inscriptis import Inscriptis  # with lxml: 60 ms that only an HTML e-mail pays
    from inscriptis.model.config import ParserConfig
    from lxml import etree
    from lxml import html as lxml_html

    html = html[:MOST_HTML]
    try:
        tree = lxml_html.fromstring(html)
    except (etree.LxmlError, ValueError):
        return TAG.sub(" ", html)
    for element in tree.iter():
        if isinstance(element.tag, str):
            element.attrib.pop("style", None)
            if element.tag in ("td", "th"):
                element.tail = f" {element.tail or ''}"
            element.tag = TABLES.get(element.tag, element.tag)
    try:
        found = str(Inscriptis(tree, ParserConfig(display_images=True)).get_text())
    except BROKEN:
        found = ""
    return found if found.strip() else TAG.sub(" ", html)


def _attachments(message: EmailMessage) -> Iterable[str]:
    """The names of attached files; a file without a name has its type."""
    try:
        parts = list(message.iter_attachments()) if message.is_multipart() else []
    except BROKEN:
        parts = []
    for part in parts[:MOST_ATTACHMENTS]:
        try:
            name = part.get_filename()
        except BROKEN:
            name = None
        yield line(name or part.get_content_type())[:200]
