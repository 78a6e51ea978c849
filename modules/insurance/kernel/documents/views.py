"""What the tools of documents answer."""

from datetime import date
from typing import Annotated

from core.i18n import N_, Locale, translate
from modules.insurance.kernel.documents.kinds import FORMS, DocumentKind
from modules.insurance.kernel.documents.records import Brokerage, IssuedDocument
from modules.insurance.kernel.views import day, listed
from tools import Slot
from tools.marks import External
from tools.results import Result

DocumentId = Annotated[str, Slot(ref="issued_document")]


class IssuedRow(Result):
    """A document that was made."""

    document: DocumentId
    kind: DocumentKind
    name: str
    size: int
    made_on: date
    language: str
    sha256: str
    template_version: str
    delivered_on: date | None
    delivered_by: str | None
    signed_on: date | None
    signature_evidence: External
    link: str  # where a person signed in may save it

    def told(self, locale: Locale) -> str:
        """What it is, its file, its day, and whether it was delivered and signed."""
        text = N_("{kind} del {on}: {name}.")
        kind = translate(FORMS[self.kind].label, locale)
        said = [translate(text, locale, kind=kind[:1].upper() + kind[1:], on=day(self.made_on), name=self.name)]
        if self.delivered_on:
            said.append(translate(N_("Entregado el {on}."), locale, on=day(self.delivered_on)))
        if self.signed_on:
            said.append(translate(N_("Firmado el {on}."), locale, on=day(self.signed_on)))
        return " ".join(said)


class CreatedDocument(IssuedRow):
    """A document that was just made, or that was there already."""

    is_new: bool

    def told(self, locale: Locale) -> str:
        """That it is there, and where to save it."""
        text = N_("Documento preparado: [{name}]({link}).")
        if not self.is_new:
            text = N_("Ese documento ya estaba preparado y no ha cambiado: [{name}]({link}).")
        return translate(text, locale, name=self.name, link=self.link)


class IssuedList(Result):
    """Documents that were looked for, newest first."""

    documents: tuple[IssuedRow, ...]

    def told(self, locale: Locale) -> str:
        """The first few."""
        if not self.documents:
            return translate(N_("No se ha emitido ningún documento así."), locale)
        return listed([row.told(locale) for row in self.documents], len(self.documents), locale)


class IssuedFile(Result):
    """A document's file, as name, type and content in base64."""

    document: DocumentId
    name: str
    media_type: str
    content: str

    def told(self, locale: Locale) -> str:
        """The file's name; its bytes say nothing to a reader."""
        return translate(N_("Fichero {name}."), locale, name=self.name)


class BrokerageView(Result):
    """The brokerage as its documents name it."""

    legal_name: str
    id_number: str
    registry_key: str
    register_name: str
    address: str
    phone: str
    email: str
    complaints: str
    holdings: str
    remuneration: str

    def told(self, locale: Locale) -> str:
        """Name, NIF and registration."""
        text = N_("{name}, NIF {id}, clave {key} ({registry}). Reclamaciones: {complaints}.")
        return translate(
            text, locale, name=self.legal_name, id=self.id_number, key=self.registry_key, registry=self.register_name,
            complaints=self.complaints,
        )  # fmt: skip


def link_of(document: IssuedDocument) -> str:
    """Where a person saves the file."""
    return f"/api/v1/issued-documents/{document.id}/content"


def issued_row(document: IssuedDocument) -> IssuedRow:
    """One document."""
    return IssuedRow(**_fields(document))


def created(document: IssuedDocument, *, is_new: bool) -> CreatedDocument:
    """One that was asked for."""
    return CreatedDocument(**_fields(document), is_new=is_new)


def _fields(document: IssuedDocument) -> dict[str, object]:
    own = document.model_dump(include={
        "kind", "name", "size", "made_on", "language", "sha256", "template_version", "delivered_on", "delivered_by",
        "signed_on", "signature_evidence",
    })  # fmt: skip
    return {**own, "document": str(document.id), "link": link_of(document)}


def brokerage_view(house: Brokerage) -> BrokerageView:
    """The brokerage."""
    return BrokerageView(**house.model_dump(include=set(BrokerageView.model_fields)))
