"""What a file of a portfolio can hold (*destinos*): the typed rows of each import, and what people call their columns.

A target names the rows that the import tools take; this file says nothing of its own about a
field but its headings. Risks are a target a line, whose fields are the line's declaration.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from core.context import Context
from core.errors import NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import id_type
from core.records import Record
from modules.core_business.crm import Customer
from modules.core_business.crm.imports import take_over
from modules.core_business.crm.inputs import CustomerRow, kind_of
from modules.insurance.kernel import imports, rows, takeover
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.lines import LABELS, installed_lines, line_of
from modules.insurance.kernel.portfolio.bulk import take_policies
from modules.insurance.kernel.portfolio.phrases import folded
from modules.insurance.kernel.portfolio.values import Kind
from modules.insurance.kernel.records import Collaborator, Insurer, Policy
from modules.insurance.kernel.states import LABELS as STATE_LABELS
from modules.insurance.kernel.views import ImportReport

Codes = Mapping[str, str]
LINES: Final[Codes] = {code: code for code in LABELS}

# What people write above a column, besides the field's own name; Spanish first, as exports write it.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "policy_id": ("id póliza", "clave póliza", "referencia póliza", "cod póliza"),
    "policy_number": ("número de póliza", "póliza", "nº póliza", "num poliza", "poliza"),
    "customer_id": ("id cliente", "cliente", "tomador", "código cliente", "cod cliente", "ref cliente"),
    "insured_id": ("id asegurado", "asegurado", "código asegurado"),
    "insurer_code": ("código aseguradora", "aseguradora", "compañía", "cia", "código compañía"),
    "line": ("ramo", "línea", "tipo de seguro"),
    "original_start_date": ("fecha de alta", "primer efecto", "fecha inicio", "antigüedad póliza"),
    "effective_date": ("fecha de efecto", "efecto", "f efecto", "inicio cobertura"),
    "expiry_date": ("fecha de vencimiento", "vencimiento", "f vto", "vto", "caducidad"),
    "status": ("estado", "situación"),
    "payment_frequency": ("forma de pago", "periodicidad", "fraccionamiento", "frecuencia de pago"),
    "billing_by": ("gestión de cobro", "cobro por", "quién cobra", "gestor de cobro"),
    "net_premium_annual": ("prima neta anual", "prima neta", "neta anual"),
    "fractioning": ("recargo de fraccionamiento", "recargo fraccionamiento"),
    "ips": ("ips", "impuesto", "impuesto sobre primas", "impuestos"),
    "consorcio": ("recargos", "consorcio", "recargo consorcio", "recargos legales", "ccs"),
    "total_premium_annual": ("prima total anual", "prima total", "prima bruta", "total anual"),
    "commission_rate": ("comisión %", "porcentaje comisión", "% comisión", "comision pct"),
    "collaborator_id": ("código colaborador", "colaborador", "auxiliar externo", "cod colaborador"),
    "cession_rate": ("cesión %", "% cesión", "porcentaje cesión"),
    "sum_insured": ("capital asegurado", "suma asegurada", "capital", "valor asegurado"),
    "risk_description": ("descripción del riesgo", "riesgo", "objeto asegurado", "descripción riesgo"),
    "product": ("producto", "modalidad"),
    "receipt_id": ("id recibo", "clave recibo", "referencia recibo"),
    "receipt_number": ("número de recibo", "recibo", "nº recibo", "num recibo"),
    "kind": ("clase", "tipo", "tipo de recibo", "tipo cliente"),
    "issue_date": ("fecha de emisión", "emisión", "f emisión"),
    "due_date": ("fecha de cargo", "vencimiento recibo", "fecha de cobro prevista", "fecha vencimiento"),
    "net_premium": ("prima neta", "neta", "prima"),
    "total": ("total recibo", "total", "importe", "importe total"),
    "commission": ("comisión", "importe comisión", "comisiones"),
    "cession": ("cesión", "importe cesión", "comisión cedida"),
    "paid_date": ("fecha de cobro", "cobrado el", "f cobro"),
    "return_reason": ("motivo de devolución", "causa devolución", "código devolución"),
    "settlement_id": ("liquidación", "id liquidación", "nº liquidación"),
    "claim_id": ("id siniestro", "siniestro", "número de siniestro", "nº siniestro"),
    "insurer_claim_number": ("siniestro compañía", "referencia compañía", "nº siniestro compañía"),
    "occurrence_date": ("fecha de ocurrencia", "fecha siniestro", "ocurrencia"),
    "known_by_broker_date": ("conocido el", "fecha de aviso", "fecha conocimiento"),
    "declared_to_insurer_date": ("declarado el", "fecha de declaración", "declarado a compañía"),
    "cause": ("causa", "motivo", "causa siniestro"),
    "reserve": ("reserva", "provisión"),
    "paid_amount": ("pagado", "importe pagado", "indemnización"),
    "payment_date": ("fecha de pago", "pagado el"),
    "complaint": ("reclamación", "queja"),
    "description": ("descripción", "relato", "descripción siniestro"),
    "id_type": ("tipo de documento", "tipo doc"),
    "id_number": ("nif", "documento", "dni", "cif", "nie", "nif cif", "número de documento"),
    "nif": ("nif", "cif", "documento"),
    "name": ("nombre", "razón social", "denominación"),
    "first_name": ("nombre", "nombre de pila"),
    "last_name": ("apellidos", "apellido"),
    "company_name": ("razón social", "empresa", "denominación social"),
    "birth_date": ("fecha de nacimiento", "nacimiento", "f nacimiento"),
    "sex": ("sexo",),
    "cnae": ("cnae", "actividad"),
    "street": ("domicilio", "dirección", "calle", "vía"),
    "postal_code": ("código postal", "cp", "cod postal"),
    "city": ("población", "localidad", "municipio", "ciudad"),
    "province_code": ("código provincia", "provincia"),
    "phone": ("teléfono", "móvil", "tel", "telefono movil"),
    "email": ("correo", "correo electrónico", "email", "e mail"),
    "iban": ("iban", "cuenta", "cuenta bancaria"),
    "consent_marketing": ("admite publicidad", "consentimiento comercial", "publicidad"),
    "consent_date": ("fecha de consentimiento", "consentimiento el"),
    "customer_since": ("cliente desde", "fecha alta cliente", "alta"),
    "language": ("idioma", "lengua"),
    "settlement_terms": ("condiciones de liquidación", "liquidación"),
    "irpf_rate": ("irpf %", "retención", "% irpf"),
    "start_date": ("fecha de inicio", "alta", "inicio"),
    "end_date": ("fecha de fin", "baja", "fin"),
    "training_level": ("nivel de formación", "nivel"),
    "training_hours": ("horas de formación", "horas"),
    "training_year": ("año de formación",),
}


class TargetNotFound(NotFound):
    """No such kind of rows can be imported."""

    text = N_("No se importan filas de «{ref}». Puede ser: {known}.")


@dataclass(frozen=True)
class Column:
    """One field of a target's rows."""

    name: str
    kind: Kind
    required: bool
    headings: tuple[str, ...]  # the first is the one that exports write
    codes: Codes = field(default_factory=dict)  # folded word → code of the file


Completed = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Target:
    """A kind of rows that a file may hold: its fields, and how the house takes them over."""

    code: str
    title: str
    model: type[BaseModel]
    take: Callable[[Context, list[Any]], Any]
    coded: Mapping[str, Codes] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)  # annotations beyond the model's own
    completed: Completed = lambda row: row
    fills: frozenset[str] = frozenset()  # required, but `completed` knows them without a column
    refers: Mapping[str, type[Record]] = field(default_factory=dict)  # by the key in a former file
    checked: Callable[[Any], None] = lambda row: None  # raises ValidationError for what the model does not know
    bulk: Callable[[Context, Sequence[Any], UUID], tuple[ImportReport, str]] | None = None  # of very many rows

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The fields, by name."""
        own = {name: (info.annotation, info.is_required(), info.metadata)
               for name, info in self.model.model_fields.items() if name not in ("risk", "details")}  # fmt: skip
        made = {}
        for name, (annotation, required, metadata) in {**own, **self.inputs}.items():
            given = self.coded.get(name) or _options(annotation)
            codes = {folded(word): code for word, code in given.items()}
            kind = Kind.CODE if codes else kind_of_field(annotation, metadata)
            needed = required and name not in self.fills
            made[name] = Column(name, kind, needed, (*self.said(name), name.replace("_", " ")), codes)
        return made

    def said(self, name: str) -> tuple[str, ...]:
        """What people call a field; of a line's inputs, its label."""
        if name in self.inputs:
            line = line_of(self.code.partition(":")[2])
            return (label(name, line.risk, line.details),)
        return HEADINGS.get(name, ())


def kind_of_field(annotation: Any, metadata: Sequence[Any] = ()) -> Kind:
    """What a field of that type holds."""
    if metadata and any(one is rate_reader() for one in metadata):
        return Kind.RATE
    if get_origin(annotation) in (Union, UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        return kind_of_field(options[0])
    if hasattr(annotation, "__metadata__"):
        return kind_of_field(get_args(annotation)[0], annotation.__metadata__)
    if get_origin(annotation) is Literal:
        return kind_of_field(type(get_args(annotation)[0]))
    if annotation is bool:
        return Kind.FLAG
    if annotation is date:
        return Kind.DAY
    if annotation is Decimal:
        cents = any(getattr(one, "decimal_places", None) == 2 for one in metadata)
        return Kind.MONEY if cents else Kind.NUMBER
    return Kind.WHOLE if isinstance(annotation, type) and issubclass(annotation, int) else Kind.TEXT


def _options(annotation: Any) -> Codes:
    """The words that a field of a few words takes: its own."""
    if get_origin(annotation) in (Union, UnionType) or hasattr(annotation, "__metadata__"):
        return {word: code for option in get_args(annotation) for word, code in _options(option).items()}
    if get_origin(annotation) is Literal:
        return {option: option for option in get_args(annotation) if isinstance(option, str)}
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return {str(option): str(option) for option in annotation}
    return {}


def rate_reader() -> Any:
    """The mark of a percentage among a field's metadata."""
    return get_args(rows.Rate)[1]


def _ours(codes: Mapping[str, str | None]) -> Codes:
    """Codes of the file, by the words for them: the file's own, ours, and the state's label."""
    known: dict[str, str] = {}
    for code, own in codes.items():
        for word in (code, own or code, STATE_LABELS.get(own or "", code)):
            known.setdefault(word, code)
    return known


def _named(labels: Mapping[str, str]) -> Codes:
    return {**labels, **{code: code for code in labels.values()}}


LINE_CODES: Final[Codes] = {**_named({title: code for code, title in LABELS.items()}), **LINES}
YES_NO: Final[Codes] = {"S": "S", "sí": "S", "N": "N", "no": "N"}


def _person(row: dict[str, Any]) -> dict[str, Any]:
    """What a customer's file leaves unsaid: the kind by the NIF, and no consent without one stated."""
    number = re.sub(r"[^0-9A-Za-z]", "", str(row.get("id_number", ""))).upper()
    try:
        kind = id_type(number)
    except ValueError:
        kind = ""
    firm = kind == "CIF"
    known = {"id_type": kind, "kind": str(kind_of(number)) if firm else "person", "consent_marketing": "N",
             "consent_date": row.get("customer_since")}  # fmt: skip
    full = {**{name: value for name, value in known.items() if value}, **row}
    if firm and "company_name" not in full and "first_name" in full:
        full["company_name"] = full.pop("first_name")
    return full


PLAIN: Final = (
    Target("insurers", N_("aseguradoras"), rows.InsurerImport, imports.import_insurers),
    Target(
        "collaborators", N_("colaboradores"), rows.CollaboratorImport, imports.import_collaborators,
        {"kind": {"persona": "person", "person": "person", "empresa": "company", "company": "company"}},
    ),
    Target(
        "customers", N_("clientes"), CustomerRow, take_over,
        {"kind": {"persona": "person", "person": "person", "empresa": "company", "company": "company",
                  "comunidad": "community", "community": "community"},
         "consent_marketing": YES_NO, "id_type": {"NIF": "NIF", "DNI": "NIF", "NIE": "NIE", "CIF": "CIF"},
         "language": {"es": "es", "castellano": "es", "español": "es", "ca": "ca", "catalán": "ca", "gl": "gl",
                      "gallego": "gl", "eu": "eu", "euskera": "eu", "en": "en", "inglés": "en"},
         "sex": {"M": "M", "hombre": "M", "varón": "M", "F": "F", "mujer": "F"}},
        completed=_person, fills=frozenset(("kind", "id_type", "consent_marketing", "consent_date")),
    ),
    Target(
        "policies", N_("pólizas"), rows.PolicyImport, imports.import_policies,
        {"line": LINE_CODES, "status": _ours(rows.POLICY_STATES), "payment_frequency": _ours(rows.FREQUENCIES),
         "billing_by": _ours(rows.COLLECTORS)},
        completed=lambda row: {"policy_id": row.get("policy_number"), "insured_id": row.get("customer_id"),
                               "ips": "0.00", "consorcio": "0.00", **row},
        fills=frozenset(("policy_id", "insured_id", "ips", "consorcio")),
        refers={"customer_id": Customer, "insured_id": Customer, "insurer_code": Insurer,
                "collaborator_id": Collaborator},
        bulk=take_policies,
    ),
    Target(
        "receipts", N_("recibos"), rows.ReceiptImport, imports.import_receipts,
        {"kind": _ours(rows.RECEIPT_KINDS), "billing_by": _ours(rows.COLLECTORS),
         "status": _ours(rows.RECEIPT_STATES)},
        completed=lambda row: {"receipt_id": row.get("receipt_number"), **row}, fills=frozenset(("receipt_id",)),
        refers={"policy_id": Policy, "insurer_code": Insurer},
    ),
    Target(
        "claims", N_("siniestros"), rows.ClaimImport, imports.import_claims,
        {"status": _ours(rows.CLAIM_STATES), "complaint": _ours(rows.COMPLAINTS)}, refers={"policy_id": Policy},
    ),
)  # fmt: skip
RISKS: Final = "risks:"


def risks_of(code: str) -> Target:
    """The target of a line's risks: the inputs of its tariff and the details of its policies, one level deep."""
    line = line_of(code)
    fields = {**line.risk.model_fields, **line.details.model_fields}
    inputs = {name: (info.annotation, info.is_required(), info.metadata)
              for name, info in fields.items() if _flat(info.annotation)}  # fmt: skip
    own = frozenset(line.risk.model_fields)

    def nested(row: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in row.items() if name != "policy_id" and value not in ("", None)}
        return {
            "policy_id": row.get("policy_id"),
            "risk": {name: value for name, value in given.items() if name in own},
            "details": {name: value for name, value in given.items() if name not in own},
        }

    def checked(row: takeover.RiskImport) -> None:
        line.risk.model_validate(row.risk)
        line.details.model_validate(row.details)

    return Target(
        f"{RISKS}{code}", line.title, takeover.RiskImport, takeover.import_risks, inputs=inputs, completed=nested,
        refers={"policy_id": Policy}, checked=checked,
    )  # fmt: skip


def _flat(annotation: Any) -> bool:
    """Whether one cell can hold it: no list, no record."""
    said = str(annotation)
    return not re.search(r"\b(?:list|tuple|dict|Mapping|Sequence)\[", said) and not _is_record(annotation)


def _is_record(annotation: Any) -> bool:
    options = get_args(annotation) or (annotation,)
    return any(isinstance(option, type) and issubclass(option, BaseModel) for option in options)


def target_of(code: str) -> Target:
    """The target called `code`: `policies`, …, or `risks:` and a line.

    Raises:
        TargetNotFound: there is none.
    """
    for target in PLAIN:
        if target.code == code:
            return target
    if code.startswith(RISKS):
        return risks_of(code.removeprefix(RISKS))
    lines = (f"{RISKS}{line.code}" for line in installed_lines())
    raise TargetNotFound(ref=code, known=", ".join([target.code for target in PLAIN] + list(lines)))


def title_of(target: Target, locale: Locale) -> str:
    """What a target's rows are called."""
    return translate(target.title, locale)
