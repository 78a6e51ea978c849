"""What the document tools answer. Names and texts come from strangers and are marked so."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.infrastructure.document_service.checks import LABELS as FAULTS
from modules.infrastructure.document_service.checks import ColumnType, Fault
from modules.infrastructure.document_service.fields import FieldType
from modules.infrastructure.document_service.kinds import LABELS as KINDS
from modules.infrastructure.document_service.kinds import DocumentKind
from modules.infrastructure.document_service.readers.media import Media
from modules.infrastructure.document_service.records import Document, DocumentVersion
from tools import External, Slot
from tools.results import Result

DocumentId: TypeAlias = Annotated[str, Slot(ref="document")]
CustomerId: TypeAlias = Annotated[str, Slot(ref="customer")]
PolicyId: TypeAlias = Annotated[str, Slot(ref="policy")]
ClaimId: TypeAlias = Annotated[str, Slot(ref="claim")]
NAMED: Final = 5  # that an answer names one by one
QUOTED: Final = 600  # signs of a foreign text that an answer quotes
SURE: Final = 80  # per cent of confidence below which a reading by OCR must be compared
MEDIA: Final[dict[Media, str]] = {
    Media.PDF: "PDF",
    Media.DOCX: "Word",
    Media.XLSX: "Excel",
    Media.CSV: "CSV",
    Media.TEXT: N_("texto"),
    Media.HTML: "HTML",
    Media.XML: "XML",
    Media.EMAIL: N_("correo electrónico"),
    Media.PNG: N_("imagen"),
    Media.JPEG: N_("imagen"),
    Media.TIFF: N_("imagen"),
    Media.WEBP: N_("imagen"),
}
FIELDS: Final[dict[FieldType, str]] = {
    FieldType.AMOUNT: N_("importes"),
    FieldType.DATE: N_("fechas"),
    FieldType.ID_NUMBER: N_("NIF, NIE o CIF"),
    FieldType.IBAN: N_("cuentas (IBAN)"),
    FieldType.POLICY_NUMBER: N_("números de póliza"),
    FieldType.RECEIPT_NUMBER: N_("números de recibo"),
    FieldType.CLAIM_NUMBER: N_("números de siniestro"),
}


def pages_said(count: int, locale: Locale) -> str:
    """«1 página», «3 páginas»."""
    text = N_("1 página") if count == 1 else N_("{count} páginas")
    return translate(text, locale, count=count)


def quoted(text: str) -> str:
    """The beginning of a foreign text on one line, for an answer that quotes it."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1].rstrip() + "…"


class VersionRow(BaseModel):
    """One version of a document."""

    model_config = ConfigDict(frozen=True)

    number: int
    uploaded_on: date
    media: Media
    size: int
    page_count: int
    address: str


class DocumentRow(BaseModel):
    """A document as lists show it."""

    model_config = ConfigDict(frozen=True)

    document: DocumentId
    name: External
    kind: DocumentKind
    media: Media
    page_count: int
    size: int
    version: int
    uploaded_on: date
    customer: CustomerId | None
    policy: PolicyId | None
    claim: ClaimId | None

    def told(self, locale: Locale) -> str:
        """Name, kind, form and date."""
        return translate(
            N_("«{name}» ({kind}, {media}, {pages}, {on})"),
            locale,
            name=self.name,
            kind=translate(KINDS[self.kind], locale),
            media=translate(MEDIA[self.media], locale),
            pages=pages_said(self.page_count, locale),
            on=written(self.uploaded_on, locale),
        )


def written(day: date, locale: Locale) -> str:
    """A date as people write it: 22/11/2026, 22 Nov 2026."""
    return f"{day:%d %b %Y}" if locale == "en" else f"{day:%d/%m/%Y}"


def day_of(at: datetime, zone: str) -> date:
    """The date of an instant in the tenant's zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def document_row(document: Document, version: DocumentVersion, zone: str) -> DocumentRow:
    """The row of a document with its newest version."""
    return DocumentRow(
        document=str(document.id),
        name=document.name,
        kind=DocumentKind(document.kind),
        media=Media(version.media_type),
        page_count=version.page_count,
        size=version.size,
        version=version.number,
        uploaded_on=day_of(version.created_at, zone),
        customer=_text(document.customer_id),
        policy=_text(document.policy_id),
        claim=_text(document.claim_id),
    )


def _text(id: object) -> str | None:
    return None if id is None else str(id)


def how_read(ocr_pages: int, confidence: int | None, unread: int, locale: Locale) -> list[str]:
    """What a reader should know of how a document was read."""
    said = []
    if ocr_pages:
        pages = pages_said(ocr_pages, locale)
        text = N_("Leído de imagen (OCR): {pages}, con una confianza media del {confidence} %.")
        said.append(translate(text, locale, pages=pages, confidence=confidence))
        if confidence is not None and confidence < SURE:
            said.append(translate(N_("Compárelo con el original."), locale))
    if unread:
        text = N_("Sin leer por su extensión: {pages}.")
        said.append(translate(text, locale, pages=pages_said(unread, locale)))
    return said


class Uploaded(Result):
    """A document that was kept; `changed` is false if it is the very file that was there."""

    document: DocumentId
    name: External
    kind: DocumentKind
    media: Media
    version: int
    changed: bool
    size: int
    page_count: int
    ocr_pages: int
    confidence: int | None
    unread_pages: int
    attachments: tuple[External, ...]
    address: str

    def told(self, locale: Locale) -> str:
        """What was kept, and how it was read."""
        if not self.changed:
            text = N_("«{name}» ya estaba guardado, sin cambios: versión {version}.")
            return translate(text, locale, name=self.name, version=self.version)
        head = translate(
            N_("Guardado «{name}» ({kind}, {media}, {pages}), versión {version}."),
            locale,
            name=self.name,
            kind=translate(KINDS[self.kind], locale),
            media=translate(MEDIA[self.media], locale),
            pages=pages_said(self.page_count, locale),
            version=self.version,
        )
        said = [head, *how_read(self.ocr_pages, self.confidence, self.unread_pages, locale)]
        if self.attachments:
            said.append(translate(N_("El correo lleva adjuntos: {names}."), locale, names=", ".join(self.attachments)))
        return " ".join(said)


class PageView(BaseModel):
    """The text of one page; `confidence` in per cent, if it was read by OCR."""

    model_config = ConfigDict(frozen=True)

    number: int
    title: External
    text: External
    confidence: int | None


class DocumentText(Result):
    """Pages of a document; `next_page` is where to go on, if there is more."""

    document: DocumentId
    name: External
    kind: DocumentKind
    media: Media
    version: int
    size: int
    page_count: int
    ocr_pages: int
    confidence: int | None
    unread_pages: int
    attachments: tuple[External, ...]
    pages: tuple[PageView, ...]
    next_page: int | None

    def told(self, locale: Locale) -> str:
        """What it is, how it was read, and its beginning as a quotation."""
        head = translate(
            N_("«{name}» ({kind}, {media}, {pages})."),
            locale,
            name=self.name,
            kind=translate(KINDS[self.kind], locale),
            media=translate(MEDIA[self.media], locale),
            pages=pages_said(self.page_count, locale),
        )
        said = [head, *how_read(self.ocr_pages, self.confidence, self.unread_pages, locale)]
        text = quoted(" ".join(page.text for page in self.pages))
        said.append(translate(N_("Dice: «{said}»"), locale, said=text) if text else translate(EMPTY, locale))
        if self.next_page:
            said.append(translate(N_("Sigue en la página {page}."), locale, page=self.next_page))
        return " ".join(said)


EMPTY: Final = N_("No contiene texto.")


class DocumentList(Result):
    """Documents, newest first; `total` counts those left out too."""

    documents: tuple[DocumentRow, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, and the first of them."""
        if not self.documents:
            return translate(N_("No hay documentos."), locale)
        text = N_("1 documento: {rows}.") if self.total == 1 else N_("{total} documentos: {rows}.")
        rows = "; ".join(row.told(locale) for row in self.documents[:NAMED])
        return translate(text, locale, total=self.total, rows=rows)


class Hit(BaseModel):
    """A page that answers a search."""

    model_config = ConfigDict(frozen=True)

    document: DocumentId
    name: External
    kind: DocumentKind
    page: int
    snippet: External


class Hits(Result):
    """Pages that answer a search, the best first; `all_words` is false if none held every word."""

    hits: tuple[Hit, ...]
    all_words: bool

    def told(self, locale: Locale) -> str:
        """Where it is said, with a quotation each."""
        if not self.hits:
            return translate(N_("No encuentro nada sobre eso en los documentos."), locale)
        row = N_("«{name}», página {page}: «{said}»")
        rows = [
            translate(row, locale, name=hit.name, page=hit.page, said=quoted(hit.snippet)) for hit in self.hits[:NAMED]
        ]
        some = () if self.all_words else (translate(N_("Ningún documento contiene todas las palabras."), locale),)
        return " ".join([*some, translate(N_("En los documentos: {rows}."), locale, rows="; ".join(rows))])


class Versions(Result):
    """The versions of a document, newest first."""

    document: DocumentId
    name: External
    versions: tuple[VersionRow, ...]

    def told(self, locale: Locale) -> str:
        """How many, and of when."""
        row = N_("versión {number} del {on}")
        rows = [translate(row, locale, number=v.number, on=written(v.uploaded_on, locale)) for v in self.versions]
        return translate(N_("«{name}»: {rows}."), locale, name=self.name, rows="; ".join(rows[:NAMED]))


class FieldRow(BaseModel):
    """A value found in a document. It is not confirmed by anybody, whether its check digits fit or not."""

    model_config = ConfigDict(frozen=True)

    type: FieldType
    page: int
    value: External
    preview: External
    fits: bool | None


class Fields(Result):
    """The typed values of a document, and what the document shows itself to be."""

    document: DocumentId
    name: External
    shown_kind: DocumentKind
    fields: tuple[FieldRow, ...]
    invoice_total: Money | None
    total_page: int | None
    totals_differ: bool

    def told(self, locale: Locale) -> str:
        """Kind, total, and how many values of each type, masked where they are somebody's."""
        kind = translate(KINDS[self.shown_kind], locale)
        said = [translate(N_("«{name}» parece: {kind}."), locale, name=self.name, kind=kind)]
        if self.totals_differ:
            said.append(translate(N_("Indica varios totales distintos: compruébelo en el original."), locale))
        if self.invoice_total is not None:
            text = N_("Total: {total} (página {page}).")
            total = format_money(self.invoice_total, locale)
            said.append(translate(text, locale, total=total, page=self.total_page))
        for type, label in FIELDS.items():
            mine = list(dict.fromkeys(row.preview for row in self.fields if row.type is type))
            if mine:
                listed = ", ".join(mine[:NAMED]) + ("…" if len(mine) > NAMED else "")
                said.append(f"{translate(label, locale)}: {listed}.")
        wrong = sum(row.fits is False for row in self.fields)
        if wrong:
            said.append(translate(N_("Con dígito de control erróneo: {count}."), locale, count=wrong))
        if not self.fields:
            said.append(translate(N_("No encuentro importes, fechas ni números."), locale))
        said.append(translate(N_("Son datos del documento, sin confirmar."), locale))
        return " ".join(said)


class ColumnRow(BaseModel):
    """One column of a table."""

    model_config = ConfigDict(frozen=True)

    title: External
    type: ColumnType
    filled: int


class FaultRow(BaseModel):
    """A cell that does not fit; row 1 holds the titles, column 0 is the whole row."""

    model_config = ConfigDict(frozen=True)

    row: int
    column: int
    fault: Fault
    cell: External

    def told(self, locale: Locale) -> str:
        """Where, and what is the matter."""
        text = N_("fila {row}, columna {column}: {fault}") if self.column else N_("fila {row}: {fault}")
        fault = translate(FAULTS[self.fault], locale)
        return translate(text, locale, row=self.row, column=self.column, fault=fault)


class TableReport(Result):
    """What checking a table gave; nothing was imported. `faults` holds the first ones."""

    document: DocumentId
    name: External
    sheet: External
    row_count: int
    columns: tuple[ColumnRow, ...]
    faults: tuple[FaultRow, ...]
    fault_count: int
    cut: bool  # further rows were not looked at

    def told(self, locale: Locale) -> str:
        """Rows, columns and the first faults, without repeating what the cells say."""
        text = N_("«{name}»: {rows} filas y {columns} columnas.")
        said = [translate(text, locale, name=self.name, rows=self.row_count, columns=len(self.columns))]
        if self.cut:
            said.append(translate(N_("Hay más filas, que no se han revisado."), locale))
        if self.fault_count:
            shown = "; ".join(fault.told(locale) for fault in self.faults[:NAMED])
            text = N_("1 error: {shown}.") if self.fault_count == 1 else N_("{count} errores: {shown}.")
            said.append(translate(text, locale, count=self.fault_count, shown=shown))
        else:
            said.append(translate(N_("No hay errores."), locale))
        said.append(translate(N_("No se ha importado nada."), locale))
        return " ".join(said)


class Deleted(Result):
    """A document that is no longer there, with all its versions."""

    document: DocumentId
    name: External
    versions: int

    def told(self, locale: Locale) -> str:
        """What was deleted."""
        text = N_("Borrado «{name}» con sus versiones ({count}).")
        return translate(text, locale, name=self.name, count=self.versions)


class Download(Result):
    """A file as it was uploaded, in base64."""

    document: DocumentId
    name: External
    media: Media
    version: int
    size: int
    content: External

    def told(self, locale: Locale) -> str:
        """What it is."""
        return translate(N_("«{name}», versión {version}."), locale, name=self.name, version=self.version)


def version_rows(versions: Sequence[DocumentVersion], zone: str) -> tuple[VersionRow, ...]:
    """Rows of versions."""
    return tuple(
        VersionRow(
            number=v.number,
            uploaded_on=day_of(v.created_at, zone),
            media=Media(v.media_type),
            size=v.size,
            page_count=v.page_count,
            address=v.address,
        )
        for v in versions
    )
