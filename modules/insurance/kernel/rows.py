"""Rows of a former system's files (*ficheros de importación*), with Spanish codes made ours.

Column names and codes are those of the files; an empty cell is no value. Amounts are EUR
with a decimal point, percentages are per cent.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from core.i18n import N_
from core.identifiers import IdNumber
from core.money import Money
from modules.insurance.kernel.frequency import Frequency
from modules.insurance.kernel.lines import LABELS
from modules.insurance.kernel.states import ClaimState, PolicyState, ReceiptState

RATE: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?", re.ASCII)

POLICY_STATES: Final = {
    "proyecto": "pending_signature", "solicitud": "pending_signature", "en_vigor": "in_force",
    "suspendida": "suspended", "anulada": "cancelled", "vencida": "expired", "rehusada": "annulled",
    "pendiente_primera_prima": "pending_first_premium", "reducida": "reduced", "liberada": "paid_up",
    "extinguida": "lapsed", "reemplazada": "replaced",
}  # fmt: skip
FREQUENCIES: Final = {
    "anual": "annual", "semestral": "semiannual", "trimestral": "quarterly", "mensual": "monthly",
}  # fmt: skip
COLLECTORS: Final = {"correduria": "broker", "compania": "insurer"}
RECEIPT_KINDS: Final = {
    "nueva_produccion": "new", "cartera": "renewal", "suplemento": "endorsement", "extorno": "refund",
    "fraccion": "instalment",
    "regularizacion": "regularisation", "regularización": "regularisation",
}  # fmt: skip
RECEIPT_STATES: Final = {
    "emitido": "issued", "pendiente": "pending", "en_remesa": "sent_to_bank", "cobrado": "paid",
    "liquidado": "settled", "devuelto": "returned", "reclamado": "claimed", "anulado": "cancelled",
    "abonado": "refunded",
}  # fmt: skip
CLAIM_STATES: Final = {
    "abierto": "open", "en_peritacion": "adjusting", "pagado": "paid", "rechazado": "rejected",
    "cerrado_sin_pago": "closed", "declarado": "notified", "registrado": "registered",
    "analisis_cobertura": "coverage_check", "con_oferta": "offered", "aceptado": "accepted",
    "en_discrepancia": "disputed", "peritos": "experts", "mediacion": "mediation", "judicial": "court",
    "reabierto": "reopened",
}  # fmt: skip
COMPLAINTS: Final = {"ninguna": None, "judicial": "judicial", "administrativa": "administrative",
                     "defensor_asegurado": "ombudsman"}  # fmt: skip


def coded(codes: Mapping[str, str | None]) -> BeforeValidator:
    """Turn a code of the file into ours; ours are taken as they are."""

    def read(value: object) -> object:
        if isinstance(value, str) and value in codes:
            return codes[value]
        if value in codes.values():
            return value
        raise ValueError(N_("no es un código conocido"))

    return BeforeValidator(read)


def _per_cent(value: object) -> object:
    if isinstance(value, str) and RATE.fullmatch(value.strip()):
        return Decimal(value.strip()) / 100
    raise ValueError(N_("debe ser un porcentaje, como «11.00»"))


def _as_per_cent(rate: Decimal) -> str:
    return f"{rate * 100:f}"


def _as_complaint(kind: str | None) -> str:
    return kind or "ninguna"


def _line(value: object) -> object:
    if value not in LABELS:
        raise ValueError(N_("no es un ramo de la correduría"))
    return value


Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Label = Annotated[str, Field(min_length=1, max_length=200)]
# What waits for a decision is kept as JSON and read again: it is written as the file says it.
Rate = Annotated[
    Decimal, BeforeValidator(_per_cent), Field(ge=0, le=10), PlainSerializer(_as_per_cent, when_used="json")
]
LineName = Annotated[str, BeforeValidator(_line)]


class ImportRow(BaseModel):
    """Base of all rows: empty cells are left out, unknown columns refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_cells(cls, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        return {column: value for column, value in row.items() if value not in ("", None)}


class InsurerImport(ImportRow):
    """One insurer."""

    insurer_code: Key
    name: Label
    nif: IdNumber
    settlement_terms: Annotated[str, Field(max_length=200)] = ""


class CollaboratorImport(ImportRow):
    """One external collaborator; the column of hours says its year, `training_hours_2026`."""

    collaborator_id: Key
    name: Label
    kind: Annotated[str, Field(pattern=r"^(person|company)$")]
    id_number: IdNumber
    irpf_rate: Rate = Decimal(0)
    start_date: date
    end_date: date | None = None
    training_level: Annotated[int, Field(ge=1, le=3)] | None = None
    training_hours: Annotated[int, Field(ge=0, le=2000)] | None = None
    training_year: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _year_of_training(cls, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        read = dict(row)
        for column in row:
            match = re.fullmatch(r"training_hours_(20\d\d)", str(column))
            if match:
                hours = read.pop(column)
                if hours not in ("", None):
                    read |= {"training_hours": hours, "training_year": int(match.group(1))}
        return read


class PolicyImport(ImportRow):
    """One policy of any line; premiums are of one annuity."""

    policy_id: Key
    policy_number: Key
    customer_id: Key
    insured_id: Key
    insurer_code: Key
    line: LineName
    original_start_date: date
    effective_date: date
    expiry_date: date
    status: Annotated[PolicyState, coded(POLICY_STATES)]
    payment_frequency: Annotated[Frequency, coded(FREQUENCIES)]
    billing_by: Annotated[str, coded(COLLECTORS)]
    net_premium_annual: Money
    ips: Money
    consorcio: Money
    total_premium_annual: Money
    commission_rate: Rate = Decimal(0)
    collaborator_id: Key | None = None
    cession_rate: Rate = Decimal(0)
    sum_insured: Money | None = None
    risk_description: Annotated[str, Field(max_length=500)] = ""
    product: Annotated[str, Field(max_length=60)] = ""
    fractioning: Money = Decimal(0)

    @model_validator(mode="after")
    def _adds_up(self) -> "PolicyImport":
        parts = self.net_premium_annual + self.fractioning + self.ips + self.consorcio
        if parts != self.total_premium_annual:
            raise ValueError(N_("la prima total no es la suma de sus partes"))
        if not self.original_start_date <= self.effective_date < self.expiry_date:
            raise ValueError(N_("las fechas de inicio, efecto y vencimiento no están en orden"))
        return self


class ReceiptImport(ImportRow):
    """One receipt with its commission."""

    receipt_id: Key
    receipt_number: Key
    policy_id: Key
    insurer_code: Key
    kind: Annotated[str, coded(RECEIPT_KINDS)]
    issue_date: date
    effective_date: date
    due_date: date
    net_premium: Money
    ips: Money
    consorcio: Money
    total: Money
    commission: Money = Decimal(0)
    cession: Money = Decimal(0)
    billing_by: Annotated[str, coded(COLLECTORS)]
    status: Annotated[ReceiptState, coded(RECEIPT_STATES)]
    paid_date: date | None = None
    return_reason: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{2}$")] | None = None
    settlement_id: Key | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> "ReceiptImport":
        if self.net_premium + self.ips + self.consorcio != self.total:
            raise ValueError(N_("el total no es la suma de sus partes"))
        return self


class ClaimImport(ImportRow):
    """One claim."""

    claim_id: Key
    insurer_claim_number: Key | None = None
    policy_id: Key
    occurrence_date: date
    known_by_broker_date: date
    declared_to_insurer_date: date | None = None
    cause: Label
    status: Annotated[ClaimState, coded(CLAIM_STATES)]
    reserve: Money = Decimal(0)
    paid_amount: Money = Decimal(0)
    payment_date: date | None = None
    complaint: Annotated[str | None, coded(COMPLAINTS), PlainSerializer(_as_complaint, when_used="json")] = None
    description: Annotated[str, Field(max_length=4000)] = ""
