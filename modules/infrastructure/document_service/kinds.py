"""Kinds of document (*clases de documento*), how people call them, and by which words a text shows its own."""

import re
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from core.i18n import N_
from tools import Slot
from tools.words import plain


class DocumentKind(StrEnum):
    """What a document is in the brokerage's work."""

    POLICY = "policy"
    RECEIPT = "receipt"
    INVOICE = "invoice"
    CLAIM_REPORT = "claim_report"
    EXPERT_REPORT = "expert_report"
    MEDICAL = "medical"  # special category: GDPR art. 9
    IDENTITY = "identity"
    MANDATE = "mandate"
    CONSENT = "consent"
    BANK_STATEMENT = "bank_statement"
    LETTER = "letter"
    GUIDE = "guide"
    TABLE = "table"
    OTHER = "other"


LABELS: Final[dict[str, str]] = {
    "policy": N_("póliza"),
    "receipt": N_("recibo"),
    "invoice": N_("factura"),
    "claim_report": N_("parte de siniestro"),
    "expert_report": N_("informe pericial"),
    "medical": N_("informe médico"),
    "identity": N_("documento de identidad"),
    "mandate": N_("mandato SEPA"),
    "consent": N_("consentimiento"),
    "bank_statement": N_("extracto bancario"),
    "letter": N_("carta o correo"),
    "guide": N_("guía o norma interna"),
    "table": N_("tabla de datos"),
    "other": N_("otro documento"),
}
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "policy": ("condiciones particulares", "condiciones generales"),
    "invoice": ("factura", "facturas", "invoice", "invoices"),
    "claim_report": ("parte de siniestro", "parte amistoso", "partes", "claim form"),
    "expert_report": ("informe pericial", "informes periciales", "peritación", "expert report"),
    "medical": ("informe médico", "informes médicos", "medical report"),
    "identity": ("dni", "pasaporte", "identity card", "passport"),
    "mandate": ("mandato", "mandatos", "mandate"),
    "consent": ("consentimiento firmado", "signed consent"),
    "bank_statement": ("extracto", "extracto bancario", "bank statement"),
    "letter": ("carta", "cartas", "correo", "letter", "letters"),
    "guide": ("guía", "guías", "manual", "procedimiento", "guide", "handbook"),
    "table": ("tabla", "csv", "excel", "hoja de cálculo", "spreadsheet"),
}
KindChoice: TypeAlias = Annotated[DocumentKind, Slot(words=WORDS)]
CALLED: Final = {plain(word): DocumentKind(kind) for kind, words in WORDS.items() for word in words}


def called_kind(words: str) -> DocumentKind | None:
    """The kind that people call so («factura», "claim form"), if it is one's name."""
    return CALLED.get(plain(words))


SHOWN_BY: Final[tuple[tuple[DocumentKind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(rf"\b(?:{words})\b"))
    for kind, words in (
        (DocumentKind.MEDICAL, "informe (?:medico|clinico|de urgencias|de alta)|historia clinica|medical report"),
        (DocumentKind.EXPERT_REPORT, "informe pericial|dictamen pericial|peritacion|expert (?:report|opinion)"),
        (DocumentKind.CLAIM_REPORT, "declaracion amistosa|parte (?:amistoso|de siniestro)|claim (?:form|report)"),
        (DocumentKind.MANDATE, "mandato (?:sepa|de domiciliacion)|orden de domiciliacion|direct debit mandate"),
        (DocumentKind.INVOICE, "factura|invoice"),
        (DocumentKind.POLICY, r"condiciones (?:particulares|generales)|poliza n|policy schedule"),
        (DocumentKind.RECEIPT, "recibo de prima|recibo n|premium receipt"),
        (DocumentKind.BANK_STATEMENT, "extracto (?:de cuenta|bancario)|bank statement"),
        (DocumentKind.CONSENT, "consiento|consentimiento (?:expreso|informado)|i (?:hereby )?consent"),
        (DocumentKind.IDENTITY, "documento nacional de identidad|pasaporte|passport"),
        (DocumentKind.GUIDE, "guia (?:interna|de)|manual de|procedimiento de|internal guide|handbook"),
        (DocumentKind.LETTER, "estimad[oa]s?|muy senor(?:es)? mi|dear (?:sir|madam|mr|ms)"),
    )
)
HEAD: Final = 3_000  # letters of a document that say what it is


def shown_kind(text: str, *, table: bool = False) -> DocumentKind:
    """The kind that the words of `text` show, by rules alone; OTHER if none do."""
    if table:
        return DocumentKind.TABLE
    head = plain(text[:HEAD])
    return next((kind for kind, words in SHOWN_BY if words.search(head)), DocumentKind.OTHER)
