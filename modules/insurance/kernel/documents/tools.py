"""Tools of documents: make, compare, list, download, note delivery and signature, and the house's own data."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import Field
from sqlmodel import col, or_, select

from core.context import Context
from core.errors import BadArguments, Conflict, Denied, NotFound
from core.i18n import N_
from core.identifiers import IdNumber
from core.money import Money
from core.records import Record
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.core_business.crm.records import changed
from modules.insurance.kernel.claims.file import OfferState
from modules.insurance.kernel.claims.lookup import ClaimRef, resolve_claim
from modules.insurance.kernel.documents import claim_letters, contracts, making, offers
from modules.insurance.kernel.documents.content import Paper
from modules.insurance.kernel.documents.gathering import (
    brokerage_of,
    claim_file,
    endorsement_file,
    policy_file,
    quote_file,
    receipt_file,
    setting_for,
)
from modules.insurance.kernel.documents.kinds import FORMS, DocumentKind, KindChoice, SubjectKind
from modules.insurance.kernel.documents.lookup import DocumentRef, find_issued, resolve_issued
from modules.insurance.kernel.documents.records import Brokerage, IssuedDocument
from modules.insurance.kernel.documents.stage import ClaimFile, Setting
from modules.insurance.kernel.documents.views import (
    BrokerageView,
    CreatedDocument,
    IssuedFile,
    IssuedList,
    IssuedRow,
    brokerage_view,
    created,
    issued_row,
)
from modules.insurance.kernel.lookup import (
    PolicyRef,
    QuoteRef,
    ReceiptRef,
    alive,
    resolve_policy,
    resolve_quote,
    resolve_receipt,
)
from modules.insurance.kernel.policies.endorsement_tools import EndorsementRef, resolve_endorsement
from modules.insurance.kernel.records import Claim, ClaimOffer, Endorsement, Policy, Quote, Receipt
from modules.insurance.kernel.states import QuoteState
from modules.insurance.kernel.tools import LineCode
from tools import Risk, Slot, tool
from tools.marks import Guard
from tools.results import Mentions

COMPARED_WITHIN: Final = timedelta(days=30)
COMPARED: Final = (
    QuoteState.PRICED, QuoteState.REFERRED, QuoteState.PRESENTED, QuoteState.ACCEPTED,
)  # fmt: skip
MOST: Final = 6  # offers on one page
Reasons: TypeAlias = Annotated[
    str,
    Field(min_length=3, max_length=2000),
    Slot(ask=N_("¿Por qué motivo?"), pattern=r"(?:(?<=\bporque )|(?<=\bmotivo: )|(?<=\bbecause ))\S.{2,}"),
]


class DeliveryChannel(StrEnum):
    """How a document reached the client."""

    EMAIL = "email"
    PAPER = "paper"
    PORTAL = "portal"


ChannelChoice: TypeAlias = Annotated[
    DeliveryChannel,
    Slot(
        ask=N_("¿Cómo se entregó: por correo electrónico, en papel o en el área de clientes?"),
        words={
            "email": ("correo electrónico", "por correo", "email", "e-mail", "by e-mail"),
            "paper": ("papel", "en mano", "paper"),
            "portal": ("área de clientes", "portal"),
        },
    ),
]


class NothingToCompare(Conflict):
    """There are not two offers for the same thing."""

    text = N_("Hacen falta dos ofertas o más del mismo riesgo para compararlas; hay {count}.")


class NotComparable(Conflict):
    """Offers of different customers or lines."""

    text = N_("Las ofertas deben ser del mismo cliente y del mismo ramo.")


ASKS: Final = {
    SubjectKind.QUOTE: N_("¿Qué cotización? Indique el número, como Q-2026-000123."),
    SubjectKind.POLICY: N_("¿De qué póliza? Indique el número o la matrícula."),
    SubjectKind.RECEIPT: N_("¿De qué recibo? Indique el número."),
    SubjectKind.ENDORSEMENT: N_("¿Qué suplemento? Indique el número, como E-2026-000123."),
    SubjectKind.CLAIM: N_("¿Qué siniestro? Indique el número."),
}


def _subject(kind: DocumentKind, refs: dict[SubjectKind, str | None]) -> str:
    """What `kind` is about, of the references given."""
    wanted = FORMS[kind].subject
    ref = refs[wanted]
    if not ref:
        raise BadArguments(ASKS[wanted], field=wanted.value)
    return ref


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Preparar un documento"),
    examples=(
        "Prepara la oferta en PDF de la cotización Q-2026-000123",
        "Genera la nota informativa previa de la cotización",
        "Haz el IPID de la cotización Q-2026-000123",
        "Prepara el documento de recomendación y necesidades del cliente",
        "Genera las condiciones particulares de la póliza P-2026-000123",
        "Prepara el aviso de vencimiento de la póliza",
        "Create the policy document of P-2026-000123 as a PDF",
        "Make the IPID of quote Q-2026-000123",
    ),
)
def create_document(
    ctx: Context,
    kind: Annotated[KindChoice, Field(description=N_("Documento"))],
    quote: QuoteRef | None = None,
    policy: PolicyRef | None = None,
    receipt: ReceiptRef | None = None,
    endorsement: EndorsementRef | None = None,
    reasons: Annotated[Reasons | None, Field(description=N_("Motivos de la recomendación"))] = None,
) -> CreatedDocument:
    """Make the PDF of a quote, policy, receipt or endorsement in the customer's language, and keep it.

    `kind` says which: recommendation, information_note, ipid, kid, dfi or offer of a quote;
    policy, renewal_notice or cancellation of a policy; receipt; endorsement. Letters of claims
    and comparisons have tools of their own. The same document again is not made twice.
    """
    refs: dict[SubjectKind, str | None] = {
        SubjectKind.QUOTE: quote, SubjectKind.POLICY: policy, SubjectKind.RECEIPT: receipt,
        SubjectKind.ENDORSEMENT: endorsement, SubjectKind.CLAIM: None,
    }  # fmt: skip
    if kind is DocumentKind.COMPARISON or FORMS[kind].subject is SubjectKind.CLAIM:
        raise BadArguments(
            N_("Revise «{field}»: las cartas de siniestro y las comparaciones se piden aparte."), field="kind"
        )
    ref = _subject(kind, refs)
    match FORMS[kind].subject:
        case SubjectKind.QUOTE:
            return _of_quote(ctx, kind, resolve_quote(ctx, ref), reasons)
        case SubjectKind.RECEIPT:
            return _of_receipt(ctx, resolve_receipt(ctx, ref))
        case SubjectKind.ENDORSEMENT:
            return _of_endorsement(ctx, resolve_endorsement(ctx, ref))
        case _:
            return _of_policy(ctx, kind, resolve_policy(ctx, ref))


def _of_quote(ctx: Context, kind: DocumentKind, quote: Quote, reasons: str | None) -> CreatedDocument:
    file = quote_file(ctx, quote)
    ctx.weigh(line=quote.line)
    paper = making.of_quote(setting_for(ctx, file.customer), kind, file, reasons)
    return _kept(ctx, kind, paper, quote, file.customer, None)


def _of_policy(ctx: Context, kind: DocumentKind, policy: Policy) -> CreatedDocument:
    file = policy_file(ctx, policy)
    ctx.weigh(line=policy.line)
    paper = making.of_policy(setting_for(ctx, file.customer), kind, file)
    return _kept(ctx, kind, paper, policy, file.customer, policy.id)


def _of_receipt(ctx: Context, receipt: Receipt) -> CreatedDocument:
    file = receipt_file(ctx, receipt)
    whole = file.policy
    ctx.weigh(line=whole.policy.line)
    paper = contracts.receipt(setting_for(ctx, whole.customer), file)
    return _kept(ctx, DocumentKind.RECEIPT, paper, receipt, whole.customer, whole.policy.id)


def _of_endorsement(ctx: Context, endorsement: Endorsement) -> CreatedDocument:
    file = endorsement_file(ctx, endorsement)
    whole = file.policy
    ctx.weigh(line=whole.policy.line)
    paper = contracts.endorsement(setting_for(ctx, whole.customer), file)
    return _kept(ctx, DocumentKind.ENDORSEMENT, paper, endorsement, whole.customer, whole.policy.id)


def _kept(
    ctx: Context, kind: DocumentKind, paper: Paper, subject: Record, customer: Customer, policy_id: UUID | None
) -> CreatedDocument:
    document, is_new = making.keep(ctx, kind, paper, subject, customer, policy_id)
    return created(document, is_new=is_new)


class LetterKind(StrEnum):
    """A letter of a claim."""

    ACKNOWLEDGEMENT = "claim_acknowledgement"
    OFFER = "claim_offer"
    REJECTION = "claim_rejection"
    PAYMENT = "claim_payment"


LetterChoice: TypeAlias = Annotated[
    LetterKind,
    Slot(
        ask=N_("¿Qué carta: acuse de recibo, oferta, rechazo o pago?"),
        words={
            "claim_acknowledgement": ("acuse de recibo", "acuse", "acknowledgement"),
            "claim_offer": ("carta de oferta", "oferta", "offer"),
            "claim_rejection": ("carta de rechazo", "rechazo", "rejection"),
            "claim_payment": ("carta de pago", "pago", "payment"),
        },
    ),
]


class NothingPaid(Conflict):
    """The claim has no payment."""

    text = N_("En el siniestro {claim} no consta ningún pago.")


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Preparar una carta de siniestro"),
    examples=(
        "Prepara el acuse de recibo del siniestro SI2026-0001",
        "Prepara la carta al cliente con la oferta del siniestro SI2026-0001",
        "Prepara la carta de rechazo del siniestro con sus motivos",
        "Make the acknowledgement letter of claim SI2026-0001",
        "Prepare the payment letter of the claim",
    ),
)
def create_claim_letter(
    ctx: Context,
    claim: ClaimRef,
    kind: Annotated[LetterChoice, Field(description=N_("Carta"))],
    amount: Annotated[
        Money | None, Field(gt=0, description=N_("Importe ofrecido, EUR")), Guard.AMOUNT,
        Slot(units=("€", "euros", "eur"), cues=("oferta de", "offer of")),
    ] = None,
    reasons: Annotated[Reasons | None, Field(description=N_("Motivos, en palabras para el cliente"))] = None,
) -> CreatedDocument:  # fmt: skip
    """Make a letter of a claim to the policyholder as a PDF: acknowledgement, offer, rejection or payment.

    An offer tells `amount`, or else the insurer's last open offer; a rejection `reasons`, or else
    what the file holds; a payment what was paid. The letter decides nothing and moves no money.
    """
    found = resolve_claim(ctx, claim)
    file = claim_file(ctx, found)
    whole = file.policy
    if LetterKind(kind) is LetterKind.OFFER:
        amount = amount or offered(ctx, found)
    setting = setting_for(ctx, whole.customer)
    paper = _letter(setting, LetterKind(kind), file, amount, reasons or claim_letters.rejected_for(setting, found))
    ctx.weigh(line=whole.policy.line, amount=amount or 0, subjects=1)
    return _kept(ctx, DocumentKind(kind), paper, found, whole.customer, whole.policy.id)


def offered(ctx: Context, claim: Claim) -> Decimal | None:
    """What the insurer's last offer that still stands is; None if there is none."""
    standing = (ClaimOffer.claim_id == claim.id, ClaimOffer.state == OfferState.OPEN.value, alive(ClaimOffer))
    last = ctx.session.exec(select(ClaimOffer).where(*standing).order_by(col(ClaimOffer.number).desc())).first()
    return last.amount if last else None


def _letter(setting: Setting, kind: LetterKind, file: ClaimFile, amount: Decimal | None, reasons: str | None) -> Paper:
    match kind:
        case LetterKind.ACKNOWLEDGEMENT:
            return claim_letters.acknowledgement(setting, file)
        case LetterKind.OFFER:
            if amount is None:
                raise BadArguments(N_("¿De qué importe es la oferta? Indique «{field}»."), field="amount")
            return claim_letters.offer(setting, file, amount, reasons)
        case LetterKind.REJECTION:
            if not reasons:
                raise BadArguments(N_("¿Por qué se rechaza el siniestro? Indique «{field}»."), field="reasons")
            return claim_letters.rejection(setting, file, reasons)
        case LetterKind.PAYMENT:
            if not file.claim.paid_amount:
                raise NothingPaid(claim=file.claim.claim_number)
            return claim_letters.payment(setting, file)


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Preparar una comparación de ofertas"),
    examples=(
        "Prepara la propuesta comparativa de ofertas para Álvaro Ramos",
        "Haz un PDF que compare las ofertas de autos del cliente",
        "Compara en un documento las cotizaciones de hogar y recomienda una",
        "Create a comparison of the motor offers for Raquel Gómez",
    ),
)
def create_comparison(
    ctx: Context,
    customer: CustomerRef,
    line: LineCode | None = None,
    recommended: Annotated[QuoteRef | None, Field(description=N_("Cotización recomendada"))] = None,
    reasons: Annotated[Reasons | None, Field(description=N_("Motivos de la recomendación"))] = None,
) -> CreatedDocument:
    """Put a customer's offers of the last 30 days for one risk side by side in a PDF with a recommendation.

    The newest offer of each insurer and product for the thing quoted last is compared. Without
    `recommended` the one that covers most for least is proposed.
    """
    owner = resolve_customer(ctx, customer)
    chosen = resolve_quote(ctx, recommended) if recommended else None
    if chosen is not None and (chosen.customer_id != owner.id or line not in (None, chosen.line)):
        raise NotComparable()
    quotes = comparable(ctx, owner, chosen.line if chosen else line, chosen)
    if len(quotes) < 2:
        raise NothingToCompare(count=len(quotes))
    files = [quote_file(ctx, quote) for quote in quotes]
    best = next((file for file in files if chosen is not None and file.quote.id == chosen.id), None)
    ctx.weigh(line=files[0].line.code)
    paper = offers.comparison(setting_for(ctx, owner), files, best, reasons)
    return _kept(ctx, DocumentKind.COMPARISON, paper, (best or files[0]).quote, owner, None)


def comparable(ctx: Context, owner: Customer, line: str | None, chosen: Quote | None) -> Sequence[Quote]:
    """Live offers for the thing quoted last (or for that of `chosen`), the newest of each insurer and product."""
    where: list[Any] = [
        Quote.customer_id == owner.id, alive(Quote), col(Quote.state).in_(COMPARED),
        col(Quote.valid_until) >= ctx.today - COMPARED_WITHIN,
    ]  # fmt: skip
    if line is not None:
        where.append(col(Quote.line) == line)
    newest = ctx.session.exec(select(Quote).where(*where).order_by(col(Quote.id).desc()).limit(100)).all()
    if not newest:
        return ()
    last = chosen or newest[0]
    latest: dict[tuple[UUID, str], Quote] = {}
    for quote in newest:
        if (quote.line, quote.object_ref) == (last.line, last.object_ref):
            latest.setdefault((quote.insurer_id, quote.product), quote)
    if chosen is not None:
        latest[chosen.insurer_id, chosen.product] = chosen
    return sorted(latest.values(), key=lambda quote: quote.quote_number)[-MOST:]


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Documentos emitidos nombrados en un texto"),
    examples=("Qué documentos emitidos se nombran en este texto", "Which issued documents does this text name?"),
)
def find_issued_mentions(ctx: Context, text: Annotated[str, Field(max_length=20_000)]) -> Mentions:
    """Issued documents that a text names by the name of their file."""
    return Mentions(mentions=find_issued(ctx, text))


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Documentos emitidos"),
    examples=(
        "Qué documentos se han emitido de la póliza P-2026-000123",
        "Lista los documentos emitidos para Álvaro Ramos",
        "¿Se ha entregado el IPID al cliente?",
        "Which documents were issued for policy P-2026-000123?",
    ),
)
def list_issued_documents(
    ctx: Context,
    policy: PolicyRef | None = None,
    quote: QuoteRef | None = None,
    claim: ClaimRef | None = None,
    customer: CustomerRef | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> IssuedList:
    """Documents that we made of a policy (with its quote, receipts and claims), a quote, a claim or a customer."""
    where: list[Any] = [alive(IssuedDocument)]
    if policy:
        found = resolve_policy(ctx, policy)
        where.append(or_(col(IssuedDocument.policy_id) == found.id, col(IssuedDocument.subject_id) == found.quote_id))
    if quote:
        where.append(col(IssuedDocument.subject_id) == resolve_quote(ctx, quote).id)
    if claim:
        where.append(col(IssuedDocument.subject_id) == resolve_claim(ctx, claim).id)
    if customer:
        where.append(col(IssuedDocument.customer_id) == resolve_customer(ctx, customer).id)
    newest = select(IssuedDocument).where(*where).order_by(col(IssuedDocument.id).desc()).limit(limit)
    return IssuedList(documents=tuple(issued_row(document) for document in ctx.session.exec(newest)))


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Descargar un documento emitido"),
    examples=(
        "Descarga el documento emitido poliza-P-2026-000123.pdf",
        "Bájame el PDF de la oferta que se ha preparado",
        "Download the issued document poliza-P-2026-000123.pdf",
    ),
)
def download_issued_document(ctx: Context, document: DocumentRef) -> IssuedFile:
    """The PDF of a document that we made, in base64; for people and programs, not for agents."""
    if ctx.actor.agent:
        raise Denied(rule="documents-for-people", reason=N_("el fichero lo descarga una persona, no un agente"))
    found = resolve_issued(ctx, document)
    content = b64encode(ctx.files.get(found.address)).decode()
    return IssuedFile(document=str(found.id), name=found.name, media_type="application/pdf", content=content)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la entrega de un documento"),
    examples=(
        "Marca como entregado por correo electrónico el documento poliza-P-2026-000123.pdf",
        "Marca que la oferta se entregó en papel al cliente",
        "Mark the document as delivered by e-mail",
    ),
)
def mark_document_delivered(
    ctx: Context,
    document: DocumentRef,
    channel: ChannelChoice,
    delivered_on: Annotated[date | None, Slot(cues=("entregado el", "delivered on"))] = None,
) -> IssuedRow:
    """Note that the client got a document, how and when (today if nobody says): proof of the duty to inform."""
    found = resolve_issued(ctx, document)
    found.delivered_on = _past(ctx, found, delivered_on or ctx.today, "delivered_on")
    found.delivered_by = DeliveryChannel(channel).value
    ctx.session.add(found)
    ctx.emit("document.delivered", found.id, channel=found.delivered_by, on=found.delivered_on.isoformat())
    return issued_row(found)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la firma de un documento"),
    examples=(
        "Marca como firmado el documento recomendacion-Q-2026-000123.pdf",
        "Marca que el cliente ha firmado las condiciones particulares",
        "Mark the document as signed by the client",
    ),
)
def mark_document_signed(
    ctx: Context,
    document: DocumentRef,
    evidence: Annotated[
        str, Field(min_length=1, max_length=500), Slot(ask=N_("¿Dónde consta la firma (documento, plataforma)?"))
    ],
    signed_on: Annotated[date | None, Slot(cues=("firmado el", "signed on"))] = None,
) -> IssuedRow:
    """Note that the client signed a document, where that is shown and when; a policy's own signature is apart."""
    found = resolve_issued(ctx, document)
    found.signed_on = _past(ctx, found, signed_on or ctx.today, "signed_on")
    found.signature_evidence = evidence
    ctx.session.add(found)
    ctx.emit("document.signed", found.id, on=found.signed_on.isoformat())
    return issued_row(found)


def _past(ctx: Context, document: IssuedDocument, on: date, field: str) -> date:
    if not document.made_on <= on <= ctx.today:
        text = N_("La fecha «{field}» debe estar entre el día en que se hizo el documento y hoy.")
        raise BadArguments(text, field=field)
    return on


Line200: TypeAlias = Annotated[str, Field(min_length=2, max_length=200)]


class Remuneration(StrEnum):
    """How the house is paid (RDL 3/2020 art. 173.1)."""

    COMMISSION = "commission"
    FEE = "fee"
    BOTH = "both"


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:administer",
    title=N_("Fijar los datos de la correduría"),
    examples=(
        "Fija los datos registrales de la correduría para los documentos",
        "Set the brokerage's registration data",
    ),
)
def set_brokerage(
    ctx: Context,
    legal_name: Line200,
    id_number: IdNumber,
    registry_key: Annotated[str, Field(min_length=2, max_length=20, pattern=r"^[A-Z0-9][A-Z0-9 /-]*$")],
    register_name: Line200,
    home: Line200,
    complaints: Line200,
    phone: Annotated[str, Field(max_length=40)] = "",
    email: Annotated[str, Field(max_length=200)] = "",
    holdings: Annotated[str, Field(max_length=500)] = "",
    remuneration: Remuneration = Remuneration.COMMISSION,
) -> BrokerageView:
    """Set what documents say of the brokerage: name, registration, home, complaints, holdings, remuneration.

    RDL 3/2020 art. 173.1. Documents made before keep what they said.
    """
    values: dict[str, Any] = {
        "legal_name": legal_name, "id_number": id_number, "registry_key": registry_key, "register_name": register_name,
        "address": home, "complaints": complaints, "phone": phone, "email": email, "holdings": holdings,
        "remuneration": remuneration.value,
    }  # fmt: skip
    found = brokerage_of(ctx)
    differs = True
    if found is None:
        found = Brokerage(**values)
    else:
        differs = changed(found, **values)
    if differs:
        ctx.session.add(found)
        ctx.emit("brokerage.set", found.id)
    return brokerage_view(found)


class BrokerageNotSet(NotFound):
    """Nobody has entered it."""

    text = N_("Todavía no se han fijado los datos de la correduría.")


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Datos de la correduría"),
    examples=(
        "¿Qué datos registrales de la correduría salen en los documentos?",
        "Clave de la DGSFP de la correduría",
        "Show the brokerage's registration data",
    ),
)
def show_brokerage(ctx: Context) -> BrokerageView:
    """The brokerage as its documents name it."""
    found = brokerage_of(ctx)
    if found is None:
        raise BrokerageNotSet()
    return brokerage_view(found)
