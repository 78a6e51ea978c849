"""Which documents there are (*clases de documento*): what each is about, how it is called, how it is laid out."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, TypeAlias

from core.i18n import N_
from tools import Slot


class DocumentKind(StrEnum):
    """A document that can be made."""

    RECOMMENDATION = "recommendation"
    INFORMATION_NOTE = "information_note"
    IPID = "ipid"
    KID = "kid"
    DFI = "dfi"
    OFFER = "offer"
    COMPARISON = "comparison"
    POLICY = "policy"
    RECEIPT = "receipt"
    ENDORSEMENT = "endorsement"
    CLAIM_ACKNOWLEDGEMENT = "claim_acknowledgement"
    CLAIM_OFFER = "claim_offer"
    CLAIM_REJECTION = "claim_rejection"
    CLAIM_PAYMENT = "claim_payment"
    RENEWAL_NOTICE = "renewal_notice"
    CANCELLATION = "cancellation"


class SubjectKind(StrEnum):
    """What a document is about."""

    QUOTE = "quote"
    POLICY = "policy"
    RECEIPT = "receipt"
    ENDORSEMENT = "endorsement"
    CLAIM = "claim"


class Form(NamedTuple):
    """The label of a kind, its subject, its template, and the beginning of its file's name."""

    label: str
    subject: SubjectKind
    template: str
    file: str


Q, P, C = SubjectKind.QUOTE, SubjectKind.POLICY, SubjectKind.CLAIM
FORMS: Final[Mapping[DocumentKind, Form]] = {
    DocumentKind.RECOMMENDATION: Form(N_("información previa y recomendación"), Q, "sheet", "recomendacion"),
    DocumentKind.INFORMATION_NOTE: Form(N_("nota informativa previa"), Q, "sheet", "nota-informativa"),
    DocumentKind.IPID: Form(N_("IPID"), Q, "ipid", "ipid"),
    DocumentKind.KID: Form(N_("documento de datos fundamentales (KID)"), Q, "sheet", "kid"),
    DocumentKind.DFI: Form(N_("datos fundamentales para el partícipe"), Q, "sheet", "dfi"),
    DocumentKind.OFFER: Form(N_("oferta"), Q, "sheet", "oferta"),
    DocumentKind.COMPARISON: Form(N_("comparación de ofertas"), Q, "comparison", "comparacion"),
    DocumentKind.POLICY: Form(N_("condiciones particulares"), P, "sheet", "poliza"),
    DocumentKind.RECEIPT: Form(N_("recibo"), SubjectKind.RECEIPT, "sheet", "recibo"),
    DocumentKind.ENDORSEMENT: Form(N_("suplemento"), SubjectKind.ENDORSEMENT, "sheet", "suplemento"),
    DocumentKind.CLAIM_ACKNOWLEDGEMENT: Form(N_("acuse de recibo de siniestro"), C, "letter", "siniestro-acuse"),
    DocumentKind.CLAIM_OFFER: Form(N_("oferta de indemnización"), C, "letter", "siniestro-oferta"),
    DocumentKind.CLAIM_REJECTION: Form(N_("rechazo de siniestro"), C, "letter", "siniestro-rechazo"),
    DocumentKind.CLAIM_PAYMENT: Form(N_("pago de siniestro"), C, "letter", "siniestro-pago"),
    DocumentKind.RENEWAL_NOTICE: Form(N_("aviso de vencimiento"), P, "letter", "vencimiento"),
    DocumentKind.CANCELLATION: Form(N_("confirmación de baja"), P, "letter", "baja"),
}
KindChoice: TypeAlias = Annotated[
    DocumentKind,
    Slot(
        ask=N_("¿Qué documento: oferta, nota informativa, IPID, recomendación, póliza, recibo, carta…?"),
        words={
            "recommendation": ("recomendación", "necesidades", "información del mediador", "recommendation"),
            "information_note": ("nota informativa", "nota previa", "information note"),
            "ipid": ("ipid", "documento de información", "product information"),
            "kid": ("kid", "priips", "datos fundamentales del producto", "key information document"),
            "dfi": ("dfi", "datos fundamentales para el partícipe", "datos fundamentales del plan"),
            "offer": ("oferta de seguro", "presupuesto", "oferta en pdf", "offer", "quote document"),
            "policy": ("condiciones particulares", "póliza en pdf", "pdf de la póliza", "policy document"),
            "receipt": ("recibo en pdf", "pdf del recibo", "recibo de prima", "receipt document"),
            "endorsement": ("suplemento", "endorsement"),
            "claim_acknowledgement": ("acuse de recibo", "acuse", "acknowledgement"),
            "claim_offer": ("carta de oferta", "oferta de indemnización", "settlement offer"),
            "claim_rejection": ("carta de rechazo", "rechazo", "rejection"),
            "claim_payment": ("carta de pago", "pago de la indemnización", "payment letter"),
            "renewal_notice": ("aviso de vencimiento", "carta de renovación", "renewal notice"),
            "cancellation": ("confirmación de baja", "carta de baja", "carta de anulación", "cancellation letter"),
        },
    ),
]
