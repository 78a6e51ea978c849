"""Making a document and keeping it (*emisión*): content, typesetting, the object store, and a row that says so."""

from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlmodel import select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, translate
from core.identifiers import new_id
from core.records import Record
from modules.core_business.crm import Customer
from modules.insurance.kernel.documents import contracts, information, offers, product
from modules.insurance.kernel.documents.content import Paper
from modules.insurance.kernel.documents.kinds import FORMS, DocumentKind
from modules.insurance.kernel.documents.records import IssuedDocument
from modules.insurance.kernel.documents.rendering import render, template_version
from modules.insurance.kernel.documents.stage import PolicyFile, QuoteFile, Setting
from modules.insurance.kernel.line import ProductDocument
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.states import PolicyState

ENDED: Final = frozenset((
    PolicyState.CANCELLED, PolicyState.LAPSED, PolicyState.EXPIRED, PolicyState.REPLACED, PolicyState.ANNULLED,
))  # fmt: skip
STANDARD: Final = {
    DocumentKind.IPID: ProductDocument.IPID, DocumentKind.KID: ProductDocument.KID,
    DocumentKind.DFI: ProductDocument.DFI,
}  # fmt: skip


class OtherProductDocument(Conflict):
    """The law gives this line another standard document."""

    text = N_("A este ramo no le corresponde ese documento, sino: {other}.")

    def told(self, locale: str) -> str:
        """The message with the document's name."""
        return translate(self.text, locale, other=translate(str(self.detail["other"]), locale))


class NoPrice(Conflict):
    """The insurer declines the risk."""

    text = N_("La cotización {quote} no tiene prima: la aseguradora no acepta el riesgo.")


class BrokerageUnknown(Conflict):
    """The law wants the brokerage's registration in this document."""

    text = N_("Faltan los datos registrales de la correduría (RDL 3/2020 art. 173): un administrador debe fijarlos.")


class StillRunning(Conflict):
    """The policy has not ended."""

    text = N_("La póliza {policy} no está de baja.")


def of_quote(setting: Setting, kind: DocumentKind, file: QuoteFile, reasons: str | None) -> Paper:
    """A document of a quote.

    Raises:
        OtherProductDocument: the line has another standard document.
        NoPrice: the risk is declined, and only an offer can say so.
        BrokerageUnknown: what the law asks for about the house was never entered.
    """
    if kind in STANDARD and file.line.information.document is not STANDARD[kind]:
        wanted = file.line.information.document
        own = next((k for k, document in STANDARD.items() if document is wanted), DocumentKind.INFORMATION_NOTE)
        raise OtherProductDocument(other=FORMS[own].label)
    if file.quote.total_premium is None and kind is not DocumentKind.OFFER:
        raise NoPrice(quote=file.quote.quote_number)
    if kind is DocumentKind.RECOMMENDATION:
        if setting.brokerage is None:
            raise BrokerageUnknown()
        return information.needs(setting, file, setting.brokerage, reasons)
    makers = {
        DocumentKind.INFORMATION_NOTE: information.note, DocumentKind.IPID: product.ipid,
        DocumentKind.KID: product.kid, DocumentKind.DFI: product.dfi, DocumentKind.OFFER: offers.offer,
    }  # fmt: skip
    return makers[kind](setting, file)


def of_policy(setting: Setting, kind: DocumentKind, file: PolicyFile) -> Paper:
    """A document of a policy.

    Raises:
        StillRunning: the cancellation of a policy that has not ended.
    """
    if kind is DocumentKind.CANCELLATION:
        if file.policy.state not in ENDED:
            raise StillRunning(policy=file.policy.policy_number)
        return contracts.cancellation(setting, file)
    return (
        contracts.renewal_notice(setting, file)
        if kind is DocumentKind.RENEWAL_NOTICE
        else contracts.policy(setting, file)
    )


def keep(
    ctx: Context, kind: DocumentKind, paper: Paper, subject: Record, customer: Customer, policy_id: UUID | None = None
) -> tuple[IssuedDocument, bool]:
    """Set `paper`, store it and enter it; the same document again is the one that there is.

    Returns:
        The row, and whether it is new.
    """
    form = FORMS[kind]
    content = render(paper, form.template)
    digest = sha256(content).hexdigest()
    address = ctx.files.put(content)
    same = select(IssuedDocument).where(
        IssuedDocument.subject_id == subject.id, IssuedDocument.kind == kind.value, IssuedDocument.sha256 == digest,
        alive(IssuedDocument),
    )  # fmt: skip
    found = ctx.session.exec(same).first()
    if found is not None:
        return found, False
    made = IssuedDocument(
        id=new_id(), kind=kind.value, subject_kind=form.subject.value, subject_id=subject.id, customer_id=customer.id,
        policy_id=policy_id, name=f"{form.file}-{paper.reference}.pdf", address=address, sha256=digest,
        size=len(content), template=form.template, template_version=template_version(form.template),
        language=paper.language, made_on=ctx.today,
    )  # fmt: skip
    ctx.session.add(made)
    ctx.emit("document.created", made.id, document=kind.value, subject=str(subject.id))
    return made, True
