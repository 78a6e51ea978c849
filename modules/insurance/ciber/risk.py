"""The risk of cyber insurance (*ciberriesgo*): a firm, its data and its ten controls."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.business import EUROS, Cnae, Turnover
from modules.insurance.kernel.fields import Amount, CommercialDiscount, ReadWhole, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    CIBER_PYME = "ciber_pyme"


class Sector(StrEnum):
    """What the firm does."""

    COMERCIO = "comercio"
    SERVICIOS = "servicios_profesionales"
    SANIDAD = "sanidad"
    FINANZAS = "finanzas"
    INDUSTRIA = "industria"
    EDUCACION = "educacion"
    TECNOLOGIA = "tecnologia"


PRODUCTS: Final[Mapping[str, str]] = {"ciber_pyme": N_("ciberriesgo para pymes")}
SectorChoice: TypeAlias = Annotated[
    Sector,
    Field(description=N_("Sector")),
    Slot(
        ask=N_("¿Qué sector: comercio, servicios profesionales, sanidad, finanzas, industria, educación o tecnología?"),
        cues=("sector",),
        words={
            "comercio": ("comercio", "tienda", "retail", "shop"),
            "servicios_profesionales": ("servicios profesionales", "despacho", "asesoría", "professional services"),
            "sanidad": ("sanidad", "clínica", "hospital", "health care", "clinic"),
            "finanzas": ("finanzas", "financiera", "finance"),
            "industria": ("industria", "fábrica", "industry", "factory"),
            "educacion": ("educación", "colegio", "academia", "education", "school"),
            "tecnologia": ("tecnología", "software", "technology"),
        },
    ),
]
Records: TypeAlias = Annotated[
    Whole,
    Field(description=N_("Registros de datos personales")),
    Slot(
        ask=N_("¿De cuántas personas guarda datos?"),
        units=("registros", "records"),
        cues=("registros", "datos personales", "records"),
    ),
]
AggregateLimit: TypeAlias = Annotated[
    Literal[100_000, 250_000, 500_000, 1_000_000, 2_000_000],
    ReadWhole,
    Field(description=N_("Límite por anualidad, EUR: 100000, 250000, 500000, 1000000 o 2000000")),
    Slot(
        ask=N_("¿Qué límite por anualidad: 100.000, 250.000, 500.000, 1.000.000 o 2.000.000 euros?"),
        cues=("límite", "limit"),
        units=EUROS,
    ),
]
ControlScore: TypeAlias = Annotated[
    Whole,
    Field(le=10, description=N_("Controles implantados, de 0 a 10")),
    Slot(
        ask=N_("¿Cuántos de los diez controles tiene implantados?"),
        units=("controles", "controls"),
        cues=("controles", "puntuación", "control score"),
    ),
]
MfaRemote: TypeAlias = Annotated[
    bool,
    Field(description=N_("Doble factor en el acceso remoto")),
    Slot(
        ask=N_("¿Exige doble factor en el acceso remoto?"),
        words={
            "true": ("con doble factor", "con mfa", "with mfa"),
            "false": ("sin doble factor", "sin mfa", "without mfa"),
        },
    ),
]
Incidents: TypeAlias = Annotated[
    Whole,
    Field(le=100, description=N_("Incidentes en los últimos tres años")),
    Slot(
        ask=N_("¿Cuántos incidentes ha tenido en los últimos tres años?"),
        units=("incidentes", "incidents"),
        cues=("incidentes", "ataques", "incidents"),
        words={"0": ("sin incidentes", "ningún incidente", "no incidents")},
    ),
]
WaitingHours: TypeAlias = Annotated[
    Literal[8, 12, 24],
    ReadWhole,
    Field(description=N_("Horas de espera de la interrupción: 8, 12 o 24")),
    Slot(
        ask=N_("¿Cuántas horas de espera: 8, 12 o 24?"),
        units=("horas de espera", "horas", "hours"),
        cues=("espera", "waiting"),
    ),
]
TransferLimit: TypeAlias = Annotated[
    Amount,
    Field(le=1_000_000, description=N_("Sublímite de fraude por transferencia, EUR")),
    Slot(
        ask=N_("¿Qué sublímite para el fraude por transferencia, en euros?"),
        cues=("fraude", "transferencia", "funds transfer"),
        units=EUROS,
    ),
]
WithInterruption: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con interrupción del negocio")),
    Slot(words={"true": ("con interrupción", "with interruption"), "false": ("sin interrupción",)}),
]
WithExtortion: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con extorsión")),
    Slot(words={"true": ("con extorsión", "with extortion"), "false": ("sin extorsión",)}),
]
WithTransfer: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con fraude por transferencia")),
    Slot(words={"true": ("con fraude", "with transfer fraud"), "false": ("sin fraude",)}),
]


class CiberRisk(InsuredRisk):
    """One firm to be priced."""

    product: Annotated[
        Product,
        Field(description=N_("Modalidad")),
        Slot(
            ask=N_("¿Qué modalidad?"), cues=("modalidad", "product"), words={"ciber_pyme": ("ciber pyme", "cyber sme")}
        ),
    ]
    annual_turnover: Turnover
    sector: SectorChoice
    personal_records: Records
    aggregate_limit: AggregateLimit
    control_score: ControlScore
    mfa_remote: MfaRemote
    incidents_3y: Incidents
    waiting_hours: WaitingHours | None = None
    funds_transfer_sublimit: TransferLimit | None = None
    with_business_interruption: WithInterruption | None = None
    with_extortion: WithExtortion | None = None
    with_funds_transfer: WithTransfer | None = None
    commercial_discount_pct: CommercialDiscount | None = None


def _control(label: str) -> Any:
    return Field(default=None, description=label)


class Controls(Details):
    """The ten questions of the control score (*cuestionario de controles*); an unanswered one gives no point."""

    mfa_remote_access: bool | None = _control(N_("Doble factor en todo acceso remoto"))
    mfa_email: bool | None = _control(N_("Doble factor en el correo"))
    edr_endpoints: bool | None = _control(N_("EDR en todos los equipos"))
    backup_tested: bool | None = _control(N_("Copia sin conexión o inmutable, probada hace menos de seis meses"))
    patching_15_days: bool | None = _control(N_("Parches críticos en 15 días"))
    phishing_training: bool | None = _control(N_("Formación del personal contra el engaño"))
    privileged_access: bool | None = _control(N_("Control de los accesos privilegiados"))
    response_plan_tested: bool | None = _control(N_("Plan de respuesta a incidentes probado"))
    email_dmarc: bool | None = _control(N_("Correo con DMARC"))
    no_unsupported_systems: bool | None = _control(N_("Ningún sistema fuera de soporte"))


class CiberDetails(Controls):
    """What the policy names besides: the answers behind the score, the activity, the retroactive date."""

    cnae: Cnae | None = None
    card_data: Annotated[bool, Field(description=N_("Trata datos de tarjetas"))] | None = None
    ot_systems: Annotated[bool, Field(description=N_("Tiene sistemas industriales conectados"))] | None = None
    retroactive_on: (
        Annotated[
            date, Field(description=N_("Fecha retroactiva")), Slot(cues=("fecha retroactiva", "retroactive date"))
        ]
        | None
    ) = None
    security_contact: (
        Annotated[
            Words,
            Field(description=N_("A quién llamar en un incidente")),
            Slot(ask=N_("¿A quién se llama en un incidente?"), cues=("contacto de seguridad", "security contact")),
        ]
        | None
    ) = None


def cover_fits_sublimit(risk: CiberRisk) -> None:
    """Refuse a cover without the figure that it hangs on, and a sub-limit above the yearly limit."""
    if risk.with_business_interruption and risk.waiting_hours is None:
        raise BadArguments(N_("Falta «{field}»: la interrupción necesita horas de espera."), field="waiting_hours")
    if risk.with_funds_transfer and not risk.funds_transfer_sublimit:
        text = N_("Falta «{field}»: el fraude por transferencia necesita un sublímite.")
        raise BadArguments(text, field="funds_transfer_sublimit")
    if (risk.funds_transfer_sublimit or 0) > risk.aggregate_limit:
        text = N_("Revise «{field}»: el sublímite no puede pasar del límite por anualidad.")
        raise BadArguments(text, field="funds_transfer_sublimit")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The firm as a policy names it."""
    return f"Ciberriesgo, {str(risk['sector']).replace('_', ' ')}"
