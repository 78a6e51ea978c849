"""What a document says (*contenido*), as typed parts that any template can lay out.

All texts are in the reader's language already: a template knows no words. Amounts and dates
are texts here, since the bytes of a document are what was promised.
"""

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import Locale


class Part(BaseModel):
    """Base of all parts: frozen values."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Prose(Part):
    """Paragraphs."""

    kind: Literal["prose"] = "prose"
    paragraphs: tuple[str, ...]


class Points(Part):
    """A list of short sentences."""

    kind: Literal["points"] = "points"
    items: tuple[str, ...]


class Facts(Part):
    """Labels with their values."""

    kind: Literal["facts"] = "facts"
    rows: tuple[tuple[str, str], ...]


class Column(Part):
    """A column of a table; `wide` ones share the room that is left."""

    label: str
    side: Literal["left", "right", "center"] = "left"
    wide: bool = False


class Table(Part):
    """A table with a header; the last row is a sum if `total`."""

    kind: Literal["table"] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False


class Limiting(Part):
    """Clauses that limit the insured's rights: highlighted, and signed for apart (LCS art. 3)."""

    kind: Literal["limiting"] = "limiting"
    clauses: tuple[str, ...]
    accepting: str
    signer: str


class Signatures(Part):
    """Room for signatures, side by side."""

    kind: Literal["signatures"] = "signatures"
    signers: tuple[str, ...]


class Figure(Part):
    """The one amount that matters."""

    kind: Literal["figure"] = "figure"
    label: str
    amount: str


Block: TypeAlias = Annotated[
    Prose | Points | Facts | Table | Limiting | Signatures | Figure, Field(discriminator="kind")
]


class Section(Part):
    """A heading ("" for none) and what stands under it."""

    heading: str
    blocks: tuple[Block, ...]


class Letterhead(Part):
    """The brokerage on every page; `fictional` and `stamp` are "" but in a demonstration."""

    name: str
    registration: str
    contact: str
    fictional: str = ""
    stamp: str = ""


class Made(Part):
    """The day that the document bears, in parts."""

    year: int
    month: int
    day: int

    @classmethod
    def on(cls, day: date) -> "Made":
        """The parts of `day`."""
        return cls(year=day.year, month=day.month, day=day.day)


class Paper(Part):
    """What all documents have."""

    title: str
    subtitle: str = ""
    reference: str
    language: Locale
    made_on: Made
    page: str  # «Página {page} de {pages}»
    house: Letterhead
    parties: tuple[tuple[str, str], ...] = ()


class Sheet(Paper):
    """A document of sections."""

    sections: tuple[Section, ...]


class Letter(Sheet):
    """A letter to `addressee` (name and address, a line each)."""

    addressee: tuple[str, ...]
    dated: str
    closing: tuple[str, ...]


class Answer(Part):
    """One question of an IPID with what answers it."""

    heading: str
    icon: Literal["umbrella", "cross", "alert", "globe", "hands", "coins", "hourglass", "shield"]
    items: tuple[str, ...]


class Ipid(Paper):
    """The insurance product information document: the questions of Reg. (EU) 2017/1469, in its order."""

    preamble: str
    what: Answer
    insured: Answer
    excluded: Answer
    restrictions: Answer
    where: Answer
    duties: Answer
    paying: Answer
    term: Answer
    leaving: Answer
