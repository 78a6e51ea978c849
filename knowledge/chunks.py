"""Cutting a text into passages (*pasajes*): one for each heading, with its source and its label.

A passage is what gets cited: it has a stable reference, made from where it stands and what
it says, so that a citation of a changed text is seen to be of another text.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

HEADING: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
SOURCE: Final = re.compile(r"^(?:Fuente|Source):\s*(.+?)\s*$", re.MULTILINE)
LONGEST: Final = 1_800  # characters of one passage; longer sections are cut at paragraphs
KEYWORDS: Final = re.compile(r"^(?:Palabras|Keywords):\s*(.+?)\s*$", re.MULTILINE)
PARAGRAPH: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Chunk:
    """One passage as stored.

    `integrity` is that of the text it came from (0 external … 3 system): a passage out of
    an outside document stays untrusted however often it is read. `keywords` are words that
    find it and are not its text, such as those of another language.
    """

    ref: str
    title: str
    text: str
    source: str
    document: str
    digest: str
    integrity: int
    keywords: str = ""


def chunks(text: str, document: str, *, source: str = "", integrity: int = 0) -> list[Chunk]:
    """The passages of the Markdown or plain `text`.

    Args:
        text: the whole text.
        document: what people call it; also the beginning of each reference.
        source: said of passages that name none of their own.
        integrity: label of the text, 0 (external) to 3 (system).
    """
    found = []
    keywords = "; ".join(KEYWORDS.findall(text))
    text = KEYWORDS.sub("", text)
    for number, (title, body) in enumerate(_parts(text, document), start=1):
        own = SOURCE.findall(body)
        said = SOURCE.sub("", body).strip()
        digest = hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()
        found.append(
            Chunk(
                ref=f"{document}#{number}-{digest[:8]}",
                title=title,
                text=" ".join(said.split()),
                source="; ".join(own) or source or document,
                document=document,
                digest=digest,
                integrity=integrity,
                keywords=keywords,
            )
        )
    return found


def _parts(text: str, document: str) -> Iterator[tuple[str, str]]:
    """Title and body of each section that says something; a title carries those above it."""
    headings = list(HEADING.finditer(text))
    preface = text[: headings[0].start()] if headings else text
    if preface.strip():
        yield from _pieces(document, preface)
    above: list[str] = []
    for heading, following in zip_longest(headings, headings[1:]):
        depth = len(heading.group(1))
        above = [*above[: depth - 1], heading.group(2)]
        body = text[heading.end() : following.start() if following else len(text)]
        if body.strip():
            yield from _pieces(" · ".join(above), body)


def _pieces(title: str, body: str) -> Iterator[tuple[str, str]]:
    piece = ""
    for paragraph in PARAGRAPH.split(body.strip()):
        if piece and len(piece) + len(paragraph) > LONGEST:
            yield title, piece
            piece = ""
        piece = f"{piece}\n\n{paragraph}".strip()
        while len(piece) > LONGEST:  # one paragraph longer than a passage
            cut = piece.rfind(" ", 0, LONGEST)
            cut = cut if cut > 0 else LONGEST
            yield title, piece[:cut]
            piece = piece[cut:].strip()
    if piece:
        yield title, piece
