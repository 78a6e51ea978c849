"""The customer file (*fichero de clientes*): who they are, what they agreed to, what was said.

One customer is one legal subject, by NIF, NIE or CIF; the parts they play (policyholder,
insured, payer) are facts of their policies. Consents and interactions are only ever added.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from core.i18n import N_
from core.records import INSTANT, LATER, Record, index, reference, table, unique

SCHEMA: Final = "soriano_crm"
CUSTOMER: Final = f"{SCHEMA}.customer"
SETTLED_AFTER: Final = timedelta(days=30)  # an address that was changed yesterday may be a fraud's

# "C" collates by code point, so that one index serves equality and prefixes alike.
BY_CODE_POINT: Final = Text(collation="C")


class CustomerKind(StrEnum):
    """What kind of legal subject a customer is."""

    PERSON = "person"
    COMPANY = "company"
    COMMUNITY = "community"  # comunidad de propietarios


class Language(StrEnum):
    """The language in which a customer wants to be written to."""

    SPANISH = "es"
    CATALAN = "ca"
    GALICIAN = "gl"
    BASQUE = "eu"
    ENGLISH = "en"


class Purpose(StrEnum):
    """What a customer may agree to, or has been informed of."""

    PRIVACY_NOTICE = "privacy_notice"  # information of GDPR art. 13 handed over
    MARKETING = "marketing"
    PROFILING = "profiling"
    INSURER_SHARING = "insurer_sharing"  # another insurer: RDL 3/2020 art. 204.4
    HEALTH_DATA = "health_data"
    ELECTRONIC_DELIVERY = "electronic_delivery"  # durable medium other than paper: art. 182


class Channel(StrEnum):
    """How the house and a customer speak."""

    PHONE = "phone"
    EMAIL = "email"
    VISIT = "visit"
    POST = "post"
    CHAT = "chat"
    WEB = "web"
    FILE = "file"  # taken over from the files of the former system


class Topic(StrEnum):
    """What an interaction is about; a complaint is open until a `complaint_answer` follows."""

    GENERAL = "general"
    QUOTE = "quote"
    POLICY = "policy"
    PAYMENT = "payment"
    CLAIM = "claim"
    COMPLAINT = "complaint"
    COMPLAINT_ANSWER = "complaint_answer"


LABELS: Final[dict[str, str]] = {
    "person": N_("persona"),
    "company": N_("empresa"),
    "community": N_("comunidad"),
    "es": N_("castellano"),
    "ca": N_("catalán"),
    "gl": N_("gallego"),
    "eu": N_("euskera"),
    "en": N_("inglés"),
    "privacy_notice": N_("información de protección de datos"),
    "marketing": N_("comunicaciones comerciales"),
    "profiling": N_("elaboración de perfiles"),
    "insurer_sharing": N_("cesión a otra aseguradora"),
    "health_data": N_("datos de salud"),
    "electronic_delivery": N_("entrega por medios electrónicos"),
    "phone": N_("teléfono"),
    "email": N_("correo electrónico"),
    "visit": N_("visita"),
    "post": N_("correo postal"),
    "chat": N_("chat"),
    "web": N_("web"),
    "file": N_("fichero"),
    "general": N_("general"),
    "quote": N_("presupuesto"),
    "policy": N_("póliza"),
    "payment": N_("pago"),
    "claim": N_("siniestro"),
    "complaint": N_("queja"),
    "complaint_answer": N_("respuesta a una queja"),
}


class Customer(Record, table=True):
    """A person, company or community that the brokerage serves (*cliente*).

    `name` is what people read; `search_name` and `short_name` are its folded forms
    (`names.fold`, `names.short_form`). `email_since` and `phone_since` tell how old the
    registered address and number are, because a new one is where a fraud begins; without it
    the number is as old as the customer. `import_ref` is the key of the former system.
    `restricted_at` limits what may be done with the data (GDPR art. 18); `erased_at` says that
    only the key is left of them (art. 17).
    """

    __table_args__ = table(
        SCHEMA,
        unique("id_number"),
        unique("import_ref"),
        index("search_name"),
        index("short_name"),
        index("email"),
        subject=True,
    )

    kind: str
    id_type: str
    id_number: str
    name: str
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    search_name: str = Field(default="", sa_type=BY_CODE_POINT)
    short_name: str = Field(default="", sa_type=BY_CODE_POINT)
    birth_date: date | None = None
    sex: str | None = None
    cnae: str | None = None
    email: str | None = None
    email_since: date | None = None
    phone: str | None = None
    phone_since: date | None = Field(default=None, sa_column_kwargs=LATER)
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    province_code: str | None = None
    iban: str | None = None
    mandate_ref: str | None = Field(default=None, sa_column_kwargs=LATER)  # of the direct debits from that account
    language: str = Language.SPANISH
    collaborator_ref: str | None = None
    customer_since: date
    import_ref: str | None = None
    restricted_at: datetime | None = Field(default=None, sa_type=INSTANT, sa_column_kwargs=LATER)
    restriction: str = Field(default="", sa_column_kwargs=LATER)  # why
    erased_at: datetime | None = Field(default=None, sa_type=INSTANT, sa_column_kwargs=LATER)

    def email_settled(self, today: date) -> bool:
        """Whether the e-mail address has been registered for over 30 days; one of unknown age has not."""
        return self.email_since is not None and today - self.email_since > SETTLED_AFTER


class Consent(Record, table=True):
    """One statement of consent or of its withdrawal (*consentimiento*); never changed.

    The newest statement for a purpose is the one that holds.
    """

    __table_args__ = table(SCHEMA, reference("customer_id", CUSTOMER), index("customer_id", "purpose", "at"))

    customer_id: UUID
    purpose: str
    granted: bool
    at: datetime = Field(sa_type=INSTANT)
    channel: str
    evidence: str


class Interaction(Record, table=True):
    """Something said between a customer and the house (*contacto*)."""

    __table_args__ = table(SCHEMA, reference("customer_id", CUSTOMER), index("customer_id", "at"))

    customer_id: UUID
    channel: str
    direction: str  # inbound, outbound
    topic: str = Topic.GENERAL
    summary: str
    at: datetime = Field(sa_type=INSTANT)


class BankAccount(Record, table=True):
    """An account that a customer's receipts were or are charged to (*cuenta de cargo*), with its mandate."""

    __table_args__ = table(SCHEMA, reference("customer_id", CUSTOMER), index("customer_id"))

    customer_id: UUID
    iban: str
    mandate_ref: str | None = None
    since: date
    until: date | None = None  # exclusive; none while it is in use


class CustomerNote(Record, table=True):
    """A free note in a customer's file (*nota*): what somebody wrote, and never an order."""

    __table_args__ = table(SCHEMA, reference("customer_id", CUSTOMER), index("customer_id", "at"))

    customer_id: UUID
    text: str
    at: datetime = Field(sa_type=INSTANT)


class CustomerExport(Record, table=True):
    """A file of customers that left their register (*exportación*): who asked, why, and for how long it is there."""

    __table_args__ = table(SCHEMA, index("requested_by"))

    requested_by: UUID
    purpose: str
    scope: str
    count: int
    address: str  # in the object store
    watermark: str
    expires_at: datetime = Field(sa_type=INSTANT)


def changed(record: Record, **values: Any) -> bool:
    """Set the fields that differ, and tell whether any did: equal rows get no new version."""
    differing = {field: value for field, value in values.items() if getattr(record, field) != value}
    for field, value in differing.items():
        setattr(record, field, value)
    return bool(differing)
