"""The brokerage as documents name it, and the documents that were made."""

from datetime import date
from uuid import UUID

from core.records import Record, index, reference, table, unique
from modules.insurance.kernel.records import CUSTOMER, SCHEMA


class Brokerage(Record, table=True):
    """What every document must say of the brokerage (*datos de la correduría*), RDL 3/2020 art. 173; one a tenant."""

    __table_args__ = table(SCHEMA, unique("series"))

    series: str = "own"  # the only one: makes the tenant's row unique
    legal_name: str
    id_number: str
    registry_key: str  # clave de la DGSFP o del registro autonómico
    register_name: str
    address: str
    phone: str = ""
    email: str = ""
    complaints: str  # to whom a client complains: name and address
    holdings: str = ""  # of 10 % and more, in an insurer or of one in the house; "" is none
    remuneration: str = "commission"  # commission, fee, both


class IssuedDocument(Record, table=True):
    """A document that was made (*documento emitido*): where it lies, and that it was delivered and signed."""

    __table_args__ = table(
        SCHEMA,
        reference("customer_id", CUSTOMER),
        reference("policy_id", f"{SCHEMA}.policy"),
        index("subject_id", "kind"),
        index("customer_id"),
        index("policy_id"),
    )

    kind: str
    subject_kind: str  # quote, policy, receipt, endorsement, claim
    subject_id: UUID
    customer_id: UUID
    policy_id: UUID | None = None
    name: str  # of the file
    address: str
    sha256: str
    size: int  # bytes
    template: str
    template_version: str
    language: str
    made_on: date
    delivered_on: date | None = None
    delivered_by: str | None = None  # channel
    signed_on: date | None = None
    signature_evidence: str = ""
