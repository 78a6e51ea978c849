"""Finding documents by what people write, and the record that a document is about.

«El adjunto», «este PDF», "the attached file": the newest that the person uploaded within a
day. Anything else is an id or a name.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from core.text import clean_foreign
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import Customer
from modules.infrastructure.document_service.kinds import called_kind
from modules.infrastructure.document_service.readers.media import Media
from modules.infrastructure.document_service.records import Document, DocumentVersion
from modules.insurance.kernel.lookup import PolicyRef, as_uuid, resolve_policy
from modules.insurance.kernel.records import Claim, Policy
from tools import Slot
from tools.results import Mention
from tools.words import plain

__all__ = ["ClaimRef", "CustomerRef", "DocumentRef", "PolicyRef"]

DocumentRef: TypeAlias = Annotated[
    str, Slot(ref="document", ask=N_("¿Qué documento? Indique su nombre, o súbalo y diga «el adjunto»."))
]
ClaimRef: TypeAlias = Annotated[str, Slot(ref="claim", ask=N_("¿De qué siniestro? Indique el número."))]
THE_ATTACHED: Final = "el adjunto"
FRESH: Final = timedelta(hours=24)
CHOICES: Final = 10
LATELY: Final = 50  # uploads of a day among which «el adjunto» is sought
LONGEST_NAME: Final = 120
FILE: Final = (
    "pdf|csv|excel|word|docx|xlsx|documento|fichero|archivo|imagen|escaneado|file|document|spreadsheet|image|scan"
)
ATTACHED: Final = re.compile(
    r"\b(?:(?:el|la|este|esta|ese|esa|the|this|that) (?:(?P<what>\w{1,20}(?: \w{1,20}){0,2}) )?adjunt[oa]"
    r"|(?:the|this|that) (?:attached(?: (?P<thing>\w{1,20}))?|attachment)"
    rf"|(?:este|ese|this|that) (?P<file>{FILE})"
    rf"|(?:el|the) (?P<sent>{FILE}) (?:que (?:he|acabo de) subi\w{{1,3}}|i (?:have )?(?:just )?uploaded))\b"
)
MEDIA: Final = {
    "pdf": (Media.PDF,),
    "csv": (Media.CSV,),
    "excel": (Media.XLSX,),
    "xlsx": (Media.XLSX,),
    "spreadsheet": (Media.XLSX, Media.CSV),
    "word": (Media.DOCX,),
    "docx": (Media.DOCX,),
    "correo": (Media.EMAIL,),
    **dict.fromkeys(("imagen", "image", "scan", "escaneado"), (Media.PNG, Media.JPEG, Media.TIFF, Media.WEBP)),
}
FILE_NAME: Final = re.compile(
    r"[^\s«»\"'()]{1,100}\.(?:pdf|docx|xlsx|csv|txt|html?|xml|eml|png|jpe?g|tiff?|webp)\b", re.I
)


class DocumentNotFound(NotFound):
    """No document of this tenant answers to the reference."""

    text = N_("No encuentro ningún documento «{ref}». Compruebe el nombre o súbalo otra vez.")


class NothingAttached(NotFound):
    """The person has uploaded nothing within a day."""

    text = N_("No ha subido ningún documento en las últimas 24 horas: súbalo o indique su nombre.")


class ClaimNotFound(NotFound):
    """No claim of this tenant answers to the reference."""

    text = N_("No encuentro ningún siniestro «{ref}». Indique su número.")


@dataclass(frozen=True)
class Subject:
    """The record that a document is about, and those above it: a claim's policy, a policy's holder."""

    key: str = ""
    customer_id: UUID | None = None
    policy_id: UUID | None = None
    claim_id: UUID | None = None


def label_of(name: str) -> str:
    """A file's name as a label: its last part, in NFC, without what nobody sees.

    Raises:
        BadArguments: nothing remains.
    """
    last = re.split(r"[/\\]", clean_foreign(name))[-1]
    label = re.sub(r"\s+", " ", last).strip(" .")[:LONGEST_NAME].strip()
    if not label:
        raise BadArguments(field="name", problem=N_("indique un nombre de fichero"))
    return label


def name_key(label: str) -> str:
    """How names are compared: without accents and capitals."""
    return plain(label)


def subject_of(ctx: Context, customer: str | None, policy: str | None, claim: str | None) -> Subject:
    """The record that is named; the most telling of them, where several are.

    Raises:
        NotFound: it does not exist.
        BadArguments: those named do not belong together.
    """
    found = Subject()
    if customer:
        id = resolve_customer(ctx, customer).id
        found = Subject(f"customer:{id}", customer_id=id)
    if policy:
        found = _of_policy(resolve_policy(ctx, policy), found)
    if claim:
        named = _resolve_claim(ctx, claim)
        above = _of_policy(ctx.get(Policy, named.policy_id), found)
        found = Subject(f"claim:{named.id}", above.customer_id, above.policy_id, named.id)
    return found


def _of_policy(policy: Policy, so_far: Subject) -> Subject:
    if so_far.policy_id not in (None, policy.id):
        raise BadArguments(field="claim", problem=N_("el siniestro es de otra póliza"))
    if so_far.customer_id not in (None, policy.policyholder_id):
        raise BadArguments(field="policy", problem=N_("la póliza es de otro cliente"))
    return Subject(f"policy:{policy.id}", policy.policyholder_id, policy.id)


def _resolve_claim(ctx: Context, text: str) -> Claim:
    wanted = text.strip()
    id = as_uuid(wanted)
    number = wanted.upper()
    fits = (col(Claim.claim_number) == number) | (col(Claim.insurer_claim_number) == number)
    condition = col(Claim.id) == id if id else fits | (col(Claim.import_ref) == number)
    found = ctx.session.exec(select(Claim).where(condition, col(Claim.deleted_at).is_(None)).limit(2)).all()
    if len(found) != 1:
        raise ClaimNotFound(ref=wanted)
    return found[0]


def resolve_document(ctx: Context, text: str) -> Document:
    """The one document that `text` names: id, name, part of a name, or «el adjunto».

    Raises:
        DocumentNotFound, NothingAttached: there is none.
        Ambiguous: several are named so; `options` holds them.
    """
    wanted = text.strip()
    if (id := as_uuid(wanted)) is not None:
        document = ctx.session.get(Document, (ctx.actor.tenant_id, id))
        if document is None or document.deleted_at is not None:
            raise DocumentNotFound(ref=wanted)
        return document
    pointing = ATTACHED.fullmatch(plain(wanted))
    if pointing or not wanted:
        attached = newest_attached(ctx, pointing)
        if attached is None:
            raise NothingAttached()
        return attached
    key = name_key(wanted)
    for condition in (col(Document.name_key) == key, col(Document.name_key).contains(key, autoescape=True)):
        query = select(Document).where(condition, alive()).order_by(col(Document.updated_at).desc())
        found = ctx.session.exec(query.limit(CHOICES)).all()
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(ctx, wanted, list(found))
    raise DocumentNotFound(ref=wanted)


def _several(ctx: Context, ref: str, found: list[Document]) -> Ambiguous:
    labels = [f"{d.name} ({holder_of(ctx, d) or d.created_at.date().isoformat()})" for d in found]
    options = [{"id": str(d.id), "label": label} for d, label in zip(found, labels, strict=True)]
    return Ambiguous(field="document", ref=ref, choices="; ".join(labels), options=options)


def holder_of(ctx: Context, document: Document) -> str:
    """The name of the customer that `document` is about; "" if none."""
    if document.customer_id is None:
        return ""
    holder = ctx.session.get(Customer, (ctx.actor.tenant_id, document.customer_id))
    return holder.name if holder else ""


def newest_attached(ctx: Context, pointing: re.Match[str] | None = None) -> Document | None:
    """What the person uploaded last, within a day; of the kind that the words name, if there is one.

    Args:
        ctx: whose uploads.
        pointing: how it was said: «la factura adjunta», «este CSV».
    """
    named = next((said for said in pointing.groups() if said), "") if pointing else ""
    mine = (
        select(Document, DocumentVersion.media_type)
        .join(DocumentVersion, col(DocumentVersion.document_id) == Document.id)
        .where(
            col(DocumentVersion.created_by_user_id) == ctx.actor.user_id,
            col(DocumentVersion.created_at) >= ctx.now - FRESH,
            alive(),
        )
        .order_by(col(DocumentVersion.created_at).desc(), col(DocumentVersion.id).desc())
    )
    found = ctx.session.exec(mine.limit(LATELY)).all()
    kind = called_kind(named)
    fitting = [d for d, media in found if media in MEDIA.get(named, ()) or (kind and d.kind == kind)]
    return next(iter(fitting or [document for document, _ in found]), None)


def alive() -> Any:
    """The condition that a document is not deleted."""
    return col(Document.deleted_at).is_(None)


def mentions_in(ctx: Context, text: str) -> tuple[Mention, ...]:
    """Documents that `text` names: files by their whole name, and «el adjunto»."""
    found: list[tuple[int, Mention]] = []
    names = {name_key(match.group()): match for match in FILE_NAME.finditer(text)}
    if names:
        wanted = (col(Document.name_key).in_(list(names)[:CHOICES]), alive())
        for document in ctx.session.exec(select(Document).where(*wanted).limit(CHOICES)):
            match = names[document.name_key]
            found.append((match.start(), _mention(document, match.group())))
    pointing = ATTACHED.search(plain(text))
    if pointing and (attached := newest_attached(ctx, pointing)):
        found.append((pointing.start(), _mention(attached, pointing.group())))
    return tuple(mention for _, mention in sorted(found, key=lambda hit: (hit[0], hit[1].id)))


def _mention(document: Document, words: str) -> Mention:
    return Mention(kind="document", id=str(document.id), label=document.name, words=words)
