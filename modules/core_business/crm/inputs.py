"""What is written into the customer file, validated field by field."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from core.i18n import N_
from core.identifiers import Iban, IdNumber, Phone, id_type
from modules.core_business.crm.lookup import CustomerRef
from modules.core_business.crm.names import fold, short_form
from modules.core_business.crm.records import Channel, CustomerKind, Language, Purpose, Topic
from tools import Slot

EMAIL: Final = re.compile(r"[^\s@,;:<>()\[\]\\\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
POSTAL_CODE: Final = re.compile(r"(?:0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}")


TOWN: Final = (  # what follows the postal code, or the word for a town
    r"(?:(?<=\d{5} )|(?<=\d{5}, )|(?<=[Cc]iudad )|(?<=[Pp]oblación )|(?<=city ))"
    r"[A-ZÁÉÍÓÚÑ][\wáéíóúüñç'-]*(?: (?:(?:de|del|la|las|los|el) )*[A-ZÁÉÍÓÚÑ][\wáéíóúüñç'-]*)*"
)


def parse_email(text: str) -> str:
    """One plain e-mail address, its domain in lower case."""
    local, _, domain = text.strip().rpartition("@")
    email = f"{local}@{domain.lower()}"
    if not EMAIL.fullmatch(email) or not email.isprintable():
        raise ValueError(N_("no es una dirección de correo"))
    return email


def parse_postal_code(text: str) -> str:
    """Five digits that begin with a province, 01 to 52."""
    if not POSTAL_CODE.fullmatch(text.strip()):
        raise ValueError(N_("no es un código postal español de cinco cifras"))
    return text.strip()


def parse_name(text: str) -> str:
    """A name on one line, with at least one letter, single-spaced."""
    name = " ".join(text.split())
    if not fold(name) or not name.isprintable():
        raise ValueError(N_("no es un nombre"))
    return name


Email = Annotated[
    str,
    AfterValidator(parse_email),
    Slot(cues=("correo", "email", "e-mail"), pattern=r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"),
]
PostalCode = Annotated[
    str,
    AfterValidator(parse_postal_code),
    Slot(
        cues=("código postal", "cp", "postcode"),
        # Five digits of a province, no part of a longer number.
        pattern=r"(?<![\d.,€-])(?<!\d )(?:0[1-9]|[1-4]\d|5[0-2])\d{3}(?![\d.,]*\d)(?! \d)",
    ),
]
PhoneNumber = Annotated[
    Phone,
    Slot(cues=("teléfono", "móvil", "phone"), pattern=r"(?:\+\d{1,3}[ ]?)?[6789]\d{2}[ ]?\d{3}[ ]?\d{3}"),
]
Name = Annotated[str, Field(max_length=120), AfterValidator(parse_name)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
LanguageChoice = Annotated[
    Language,
    Slot(
        cues=("idioma", "language"),
        words={
            "es": ("castellano", "español", "spanish"),
            "ca": ("catalán", "català", "catalan"),
            "gl": ("gallego", "galician"),
            "eu": ("euskera", "vasco", "basque"),
            "en": ("inglés", "english"),
        },
    ),
]

Text = Annotated[str, Field(min_length=1, max_length=2000)]
ChannelChoice = Annotated[
    Channel,
    Slot(
        cues=("canal", "por", "by"),
        words={
            "phone": ("teléfono", "llamada", "llamó", "phone", "call", "called"),
            "email": ("correo", "e-mail", "email", "mail"),
            "visit": ("visita", "en persona", "oficina", "visit"),
            "post": ("carta", "correo postal", "letter"),
            "chat": ("chat", "whatsapp"),
            "web": ("web", "website"),
        },
    ),
]
TopicChoice = Annotated[
    Topic,
    Slot(
        words={
            "quote": ("presupuesto", "cotización", "quote"),
            "policy": ("póliza", "policy"),
            "payment": ("pago", "recibo", "payment"),
            "claim": ("siniestro", "parte", "claim"),
            "complaint": ("queja", "reclamación", "complaint"),
            "complaint_answer": ("respuesta a la queja", "answer to the complaint"),
        }
    ),
]
PurposeChoice = Annotated[
    Purpose,
    Slot(
        ask=N_("¿Para qué finalidad?"),
        words={
            "marketing": ("comunicaciones comerciales", "publicidad", "marketing", "commercial"),
            "privacy_notice": (
                "información de protección de datos",
                "cláusula informativa",
                "privacy notice",
            ),
            "profiling": ("perfiles", "profiling"),
            "insurer_sharing": ("otra aseguradora", "another insurer"),
            "health_data": ("datos de salud", "health data"),
            "electronic_delivery": ("medios electrónicos", "entrega electrónica", "electronic delivery"),
        },
    ),
]


GrantedChoice = Annotated[
    bool,
    Slot(
        ask=N_("¿Consiente o retira el consentimiento?"),
        words={
            "true": ("consiente", "acepta", "autoriza", "otorga", "entregó", "consents", "accepts", "agrees"),
            "false": (
                "retira",
                "no consiente",
                "no quiere",
                "ya no quiere",
                "no longer wants",
                "does not want",
                "deniega",
                "rechaza",
                "se opone",
                "revoca",
                "withdraws",
                "refuses",
            ),
        },
    ),
]
Kind = Annotated[
    CustomerKind,
    Slot(
        words={
            "person": ("personas", "particulares", "people", "persons"),
            "company": ("empresas", "sociedades", "companies"),
            "community": ("comunidades de propietarios", "communities"),
        }
    ),
]


class Contact(BaseModel):
    """Where a customer can be reached; all optional."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    email: Email | None = None
    phone: PhoneNumber | None = None
    street: Annotated[Line, Slot(cues=("calle", "dirección", "domicilio", "address"))] | None = None
    postal_code: PostalCode | None = None
    city: Annotated[Line, Slot(pattern=TOWN)] | None = None
    language: LanguageChoice | None = None

    def contact(self) -> dict[str, Any]:
        """The contact fields that were given; the province follows from the postal code."""
        given = {field: getattr(self, field) for field in Contact.model_fields}
        known = {field: value for field, value in given.items() if value is not None}
        if self.postal_code:
            known["province_code"] = self.postal_code[:2]
        return known


class NewPerson(Contact):
    """A person to be entered into the file."""

    first_name: Annotated[Name, Slot(ask=N_("¿Cómo se llama (nombre de pila)?"))]
    last_name: Annotated[Name, Slot(ask=N_("¿Cuáles son sus apellidos?"))]
    id_number: Annotated[IdNumber, Slot(ask=N_("¿Cuál es su NIF o NIE?"), pattern=r"[XYZxyz]?\d{7,8}[A-Za-z]")]
    birth_date: Annotated[date, Slot(cues=("nacido", "nacida", "nacimiento", "born"))] | None = None
    collaborator_ref: str | None = Field(default=None, max_length=20)

    @model_validator(mode="after")
    def _a_person(self) -> "NewPerson":
        if id_type(self.id_number) == "CIF":
            raise ValueError(N_("un CIF no es de una persona: dé de alta una empresa"))
        return self


class NewCompany(Contact):
    """A company or community of owners to be entered into the file."""

    company_name: Annotated[Name, Slot(ask=N_("¿Cuál es la razón social?"))]
    id_number: Annotated[IdNumber, Slot(ask=N_("¿Cuál es su CIF?"), pattern=r"[A-Za-z]\d{7}[A-Za-z0-9]")]
    cnae: str | None = Field(default=None, pattern=r"^[0-9]{4}$")
    collaborator_ref: str | None = Field(default=None, max_length=20)

    @model_validator(mode="after")
    def _a_company(self) -> "NewCompany":
        if id_type(self.id_number) != "CIF":
            raise ValueError(N_("una empresa se identifica con CIF: dé de alta una persona"))
        return self


class ContactChange(Contact):
    """New contact data of a customer; what is not given stays."""

    customer: CustomerRef


class CustomerRow(BaseModel):
    """One line of the customer file of a former system; an empty cell is no value."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    customer_id: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    kind: CustomerKind
    id_type: Literal["NIF", "NIE", "CIF"]
    id_number: IdNumber
    first_name: Name | None = None
    last_name: Name | None = None
    company_name: Name | None = None
    birth_date: date | None = None
    sex: Literal["M", "F"] | None = None
    cnae: str | None = Field(default=None, pattern=r"^[0-9]{4}$")
    street: Line | None = None
    postal_code: PostalCode | None = None
    city: Line | None = None
    province_code: str | None = None
    phone: Phone | None = None
    email: Email | None = None
    iban: Iban | None = None
    consent_marketing: Literal["S", "N"]
    consent_date: date
    customer_since: date
    collaborator_id: str | None = Field(default=None, max_length=20)
    language: Language = Language.SPANISH

    @model_validator(mode="before")
    @classmethod
    def _without_empty_cells(cls, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        return {column: cell for column, cell in row.items() if cell not in ("", None)}

    @model_validator(mode="after")
    def _named(self) -> "CustomerRow":
        if id_type(self.id_number) != self.id_type:
            raise ValueError(N_("el tipo de documento no corresponde al número"))
        if not (self.company_name or (self.first_name and self.last_name)):
            raise ValueError(N_("falta el nombre"))
        return self

    def fields(self) -> dict[str, Any]:
        """The row as fields of `Customer`."""
        kept = self.model_dump(exclude={"customer_id", "collaborator_id", "consent_marketing", "consent_date"})
        names = naming(self.first_name or "", self.last_name or "", self.company_name or "")
        own = {"import_ref": self.customer_id, "collaborator_ref": self.collaborator_id}
        return {**kept, **names, **own, "kind": str(self.kind), "language": str(self.language)}


def naming(first_name: str, last_name: str, company_name: str) -> dict[str, str]:
    """The name fields of `Customer`, with the folded forms by which it is found."""
    name = company_name or f"{first_name} {last_name}"
    return {
        "name": name,
        "first_name": first_name,
        "last_name": last_name,
        "company_name": company_name,
        "search_name": fold(name),
        "short_name": short_form(first_name, last_name, company_name),
    }


def kind_of(cif: str) -> CustomerKind:
    """A community of owners bears a CIF that begins with H; any other is a company."""
    return CustomerKind.COMMUNITY if cif.startswith("H") else CustomerKind.COMPANY
