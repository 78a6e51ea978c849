"""The sandbox (*aislamiento*): where files of strangers are opened, in a process of its own.

`python -m modules.infrastructure.document_service.sandbox MODE FOLDER` reads `FOLDER/in` and
prints one JSON object. Before it looks at the file it gives up the network, bounds its
memory, time and files, and knows nothing of the environment; so that a hole in a parser
gives an attacker an empty room. What it prints is foreign, and the caller believes none of it.
"""

import ctypes
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.detect import detect
from modules.infrastructure.document_service.readers.found import MOST_SIGNS, Found, Refused
from modules.infrastructure.document_service.readers.media import Media

MEMORY: Final = 512 * 1024 * 1024  # an A4 page at 300 dots an inch is read by OCR within half of it
SECONDS: Final = 20
LARGEST_FILE: Final = 64 * 1024 * 1024
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000
PR_SET_NO_NEW_PRIVS: Final = 38


def confine() -> bool:
    """Give up what reading a file does not need; whether the kernel also took the network away.

    A container or kernel that forbids namespaces leaves the network reachable; everything
    else holds there too.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    alone = any(libc.unshare(flags) == 0 for flags in (CLONE_NEWUSER | CLONE_NEWNET, CLONE_NEWNET))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    bounds = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))
    return alone


def read(content: bytes, media: Media) -> Found:
    """What `content` says, by the reader of its kind."""
    # A reader is imported when its kind of file comes: each brings a library of its own.
    if media is Media.PDF:
        from modules.infrastructure.document_service.readers import pdf

        return pdf.read(content)
    if media is Media.DOCX:
        from modules.infrastructure.document_service.readers import word

        return word.read(content)
    if media is Media.XLSX:
        from modules.infrastructure.document_service.readers import sheet

        return sheet.read(content)
    if media is Media.HTML:
        from modules.infrastructure.document_service.readers import html

        return html.read(content)
    if media is Media.EMAIL:
        from modules.infrastructure.document_service.readers import mail

        return mail.read(content)
    if media in (Media.TEXT, Media.CSV, Media.XML):
        from modules.infrastructure.document_service.readers import plain

        return plain.read_xml(content) if media is Media.XML else plain.read(content)
    from modules.infrastructure.document_service.readers import image

    return image.read(content)


def answer(mode: str, content: bytes) -> dict[str, Any]:
    """What the caller asked for: the text (`read`), the first table (`table`), or `attachment:NUMBER`."""
    media = detect(content)
    if mode == "table":
        from modules.infrastructure.document_service.readers.table import table_of

        table = table_of(content, media)
        return {"media": media, "title": table.title, "rows": table.rows, "more": table.more}
    if mode.startswith("attachment:"):
        return {"media": media, "content": _attachment(content, media, int(mode.partition(":")[2]))}
    found = read(content, media)
    pages, signs = [], 0
    for page in found.pages:
        signs += len(page.text)
        if signs > MOST_SIGNS:
            break
        pages.append({"text": page.text, "title": page.title, "confidence": page.confidence})
    unread = found.unread + len(found.pages) - len(pages)
    return {"media": media, "pages": pages, "unread": unread, "attachments": found.attachments}


def _attachment(content: bytes, media: Media, number: int) -> str:
    from base64 import b64encode

    from modules.infrastructure.document_service.readers import mail

    if media is not Media.EMAIL:
        raise Refused(Problem.NO_ATTACHMENT)
    return b64encode(mail.attachment(content, number)).decode()


def main(mode: str, folder: str) -> None:
    """Confine, read, print."""
    os.chdir(folder)
    os.environ["TMPDIR"] = folder
    os.environ["OMP_THREAD_LIMIT"] = "1"  # Tesseract's threads would count against the bound of time
    alone = confine()
    try:
        said = answer(mode, Path("in").read_bytes())
    except Refused as refused:
        said = {"problem": refused.problem}
    except MemoryError:
        said = {"problem": Problem.TOO_LARGE}
    said["alone"] = alone
    # Half a surrogate is no text, but an attacker may write it.
    sys.stdout.buffer.write(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
