"""What a file is, by what it says itself; its name and the sender's claims are not asked.

A file that can be opened as two things is refused: somebody checks the one and a victim
opens the other.
"""

import csv
import re
from collections import Counter
from io import StringIO
from typing import Final

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.archive import office_kind
from modules.infrastructure.document_service.readers.found import Refused
from modules.infrastructure.document_service.readers.media import Media

HEAD: Final = 1024
ZIP: Final = b"PK\x03\x04"
ZIP_END: Final = b"PK\x05\x06"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DELIMITERS: Final = ";,\t|"
SAMPLE: Final = 20  # lines that show whether a text is a table
HTML: Final = re.compile(r"<!doctype\s+html|<(?:html|head|body|table|div|p|script|meta)\b", re.I)
HEADER: Final = re.compile(
    r"^(?:from|to|cc|subject|date|received|mime-version|message-id|return-path|delivered-to|content-type): ",
    re.I | re.M,
)

IMAGES: Final = {
    b"\x89PNG\r\n\x1a\n": Media.PNG,
    b"\xff\xd8\xff": Media.JPEG,
    b"II*\x00": Media.TIFF,
    b"MM\x00*": Media.TIFF,
}


def detect(content: bytes) -> Media:
    """The kind of file that `content` is.

    Raises:
        Refused: it is empty, of no kind that can be read, or of two kinds at once.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise Refused(Problem.EMPTY)
    claims = _claims(content)
    if len(claims) > 1:
        raise Refused(Problem.POLYGLOT)
    if "zip" in claims:
        return office_kind(content)
    if claims:
        return Media(claims.pop())
    if content.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise Refused(Problem.ENCRYPTED if locked else Problem.OLD_OFFICE)
    return _kind_of_text(decoded(content))


def _claims(content: bytes) -> set[str]:
    """The binary formats whose programs would open `content`."""
    head = content[:HEAD]
    found = {str(media) for magic, media in IMAGES.items() if content.startswith(magic)}
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        found.add(Media.WEBP)
    if b"%PDF-" in head:  # readers look for it in the first kilobyte
        found.add(Media.PDF)
    if content.startswith(ZIP) or _ends_as_zip(content):
        found.add("zip")
    if found and re.search(rb"<(?:html|script|\?php)\b", head, re.I):
        found.add(Media.HTML)
    return found


def _ends_as_zip(content: bytes) -> bool:
    """Whether a directory of an archive ends the file, as its programs look for it."""
    at = content.rfind(ZIP_END)
    return at >= 0 and len(content) >= at + 22 == len(content) - int.from_bytes(content[at + 20 : at + 22], "little")


def decoded(content: bytes) -> str:
    """`content` as text: UTF-8, UTF-16 with its mark, or Windows-1252 as Spanish programs write it.

    Raises:
        Refused: it is no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _or_none(content, "utf-16")
    else:
        text = _or_none(content, "utf-8-sig")
        text = _or_none(content, "cp1252") if text is None else text
    if text is None or re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
        raise Refused(Problem.UNKNOWN)
    return text


def _or_none(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _kind_of_text(text: str) -> Media:
    head = text.lstrip()[:HEAD]
    if head.startswith("<?xml"):
        return Media.XML
    if HTML.match(re.sub(r"^(?:<!--.*?-->\s*)+", "", head, flags=re.S)):
        return Media.HTML
    if re.search(r"<!(?:DOCTYPE|ENTITY)\b", head):
        return Media.XML
    first, _, _ = head.partition("\n\n")
    if len(HEADER.findall(first.replace("\r\n", "\n"))) >= 2 and HEADER.match(head):
        return Media.EMAIL
    return Media.CSV if delimiter_of(text) else Media.TEXT


def delimiter_of(text: str) -> str | None:
    """What separates the columns of `text`, if it is a table: most lines have as many as the first."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:SAMPLE]
    best: tuple[int, str] | None = None
    for delimiter in DELIMITERS:
        rows = [len(row) for row in csv.reader(StringIO("\n".join(lines)), delimiter=delimiter) if row]
        if len(rows) < 2 or rows[0] < 2:
            continue
        width, times = Counter(rows).most_common(1)[0]
        if width >= 2 and times * 10 >= len(rows) * 6 and (best is None or width > best[0]):
            best = (width, delimiter)
    return best[1] if best else None
