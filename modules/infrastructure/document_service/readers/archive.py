"""Archives (*ficheros comprimidos*): looked through before anything inside is parsed.

The rules are those of OWASP ASVS 5.0 (5.2.3, 5.2.5, 5.3.3): few entries, no bomb, no links,
no names that lead elsewhere, nothing stored over anything else, and one level only. XML
inside bears no document type: entities read files, call servers, and grow without end.
"""

import stat
import struct
import zlib
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.found import Refused
from modules.infrastructure.document_service.readers.media import Media

MOST_ENTRIES: Final = 1_000
LARGEST_TOTAL: Final = 200 * 1024 * 1024
LARGEST_RATIO: Final = 100
SMALL: Final = 64 * 1024  # below this a high ratio harms nobody
CHUNK: Final = 1024 * 1024
LOCAL_HEADER: Final = 30
DECLARATIONS: Final = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
KINDS: Final = {"word/document.xml": Media.DOCX, "xl/workbook.xml": Media.XLSX}


def office_kind(content: bytes) -> Media:
    """Whether the archive is a Word or an Excel file, once it is known to be harmless.

    Raises:
        Refused: it is neither, or breaks a rule.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            _check(archive, content)
            names = set(archive.namelist())
    except (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise Refused(Problem.DAMAGED) from error
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(Problem.MACROS)
    kinds = [media for part, media in KINDS.items() if part in names]
    if not kinds:
        raise Refused(Problem.UNKNOWN)
    if len(kinds) > 1:
        raise Refused(Problem.POLYGLOT)
    return kinds[0]


def _check(archive: ZipFile, content: bytes) -> None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or len(set(names)) != len(names):
        raise Refused(Problem.BOMB)
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_TOTAL or total > max(LARGEST_RATIO * len(content), SMALL):
        raise Refused(Problem.BOMB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused(Problem.ENCRYPTED)
    if any(_leads_elsewhere(entry) or _is_bomb(entry) for entry in entries) or _overlap(entries, content):
        raise Refused(Problem.BOMB)
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            _check_xml(archive, entry)


def _leads_elsewhere(entry: ZipInfo) -> bool:
    name = entry.filename
    outside = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
    return outside or stat.S_ISLNK(entry.external_attr >> 16)


def _is_bomb(entry: ZipInfo) -> bool:
    return entry.file_size > SMALL and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1)


def _overlap(entries: list[ZipInfo], content: bytes) -> bool:
    """Whether two entries share bytes, which is how small bombs become large ones."""
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            return True
        name, extra = struct.unpack_from("<HH", content, entry.header_offset + 26)
        end = entry.header_offset + LOCAL_HEADER + name + extra + entry.compress_size
    return end > len(content)


def _check_xml(archive: ZipFile, entry: ZipInfo) -> None:
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(CHUNK):
            refuse_declarations(tail + chunk)
            tail = chunk[-32:]


def refuse_declarations(xml: bytes) -> None:
    """Refuse XML that declares a document type or entities, in whatever encoding a parser would find.

    Raises:
        Refused: it does.
    """
    if any(word in xml for word in DECLARATIONS) or b"\x4c\x6f\xa7\x94" in xml[:8]:  # the last is EBCDIC's «<?xm»
        raise Refused(Problem.ENTITIES)
