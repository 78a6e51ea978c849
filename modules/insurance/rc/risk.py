"""The risk of general liability (*riesgo de responsabilidad civil*): an activity, a profession or a board."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.i18n import N_
from modules.insurance.kernel.business import EUROS, Cnae, Employees, Turnover
from modules.insurance.kernel.fields import Amount, CommercialDiscount, ReadWhole, Whole
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    EXPLOTACION = "rc_explotacion"
    PROFESIONAL = "rc_profesional"
    ADMINISTRADORES = "d_y_o"


class ActivityHazard(StrEnum):
    """How easily the activity harms others."""

    BAJO = "bajo"
    MEDIO = "medio"
    ALTO = "alto"
    MUY_ALTO = "muy_alto"


class Profession(StrEnum):
    """Professions that the tariff prices."""

    ABOGADO = "abogado"
    ASESOR_FISCAL = "asesor_fiscal"
    ARQUITECTO = "arquitecto"
    MEDICO = "medico"
    INFORMATICO = "informatico"
    CORREDOR_SEGUROS = "corredor_seguros"


class ExportRegion(StrEnum):
    """How far products are sold."""

    ESPANA = "espana"
    UE = "ue"
    MUNDO_SIN_USA = "mundo_sin_usa"
    MUNDO_CON_USA = "mundo_con_usa"


class Solvency(StrEnum):
    """How sound the company's accounts are."""

    FUERTE = "fuerte"
    MEDIA = "media"
    DEBIL = "debil"


class Trigger(StrEnum):
    """What must fall into the period (LCS art. 73)."""

    OCURRENCIA = "ocurrencia"
    CLAIMS_MADE = "claims_made"


PRODUCTS: Final[Mapping[str, str]] = {
    "rc_explotacion": N_("responsabilidad civil de explotación"),
    "rc_profesional": N_("responsabilidad civil profesional"),
    "d_y_o": N_("responsabilidad de administradores y directivos"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: explotación, profesional, o administradores y directivos?"),
        cues=("modalidad", "product"),
        words={
            "rc_explotacion": ("explotación", "rc general", "general liability", "public liability"),
            "rc_profesional": ("profesional", "professional indemnity", "professional liability"),
            "d_y_o": ("administradores", "directivos", "consejeros", "d&o", "directors"),
        },
    ),
]
HazardChoice: TypeAlias = Annotated[
    ActivityHazard,
    Field(description=N_("Peligrosidad de la actividad")),
    Slot(
        ask=N_("¿Qué peligrosidad tiene la actividad: baja, media, alta o muy alta?"),
        cues=("peligrosidad", "hazard"),
        words={
            "bajo": ("riesgo bajo", "peligrosidad baja", "low hazard"),
            "medio": ("riesgo medio", "peligrosidad media", "medium hazard"),
            "alto": ("riesgo alto", "peligrosidad alta", "high hazard"),
            "muy_alto": ("riesgo muy alto", "peligrosidad muy alta", "very high hazard"),
        },
    ),
]
LimitPerClaim: TypeAlias = Annotated[
    Literal[150_000, 300_000, 600_000, 1_000_000, 3_000_000],
    ReadWhole,
    Field(description=N_("Límite por siniestro, EUR: 150000, 300000, 600000, 1000000 o 3000000")),
    Slot(
        ask=N_("¿Qué límite por siniestro: 150.000, 300.000, 600.000, 1.000.000 o 3.000.000 euros?"),
        cues=("límite", "limit"),
        units=EUROS,
    ),
]
Deductible: TypeAlias = Annotated[
    Literal[0, 600, 1500, 3000, 10_000],
    ReadWhole,
    Field(description=N_("Franquicia, EUR: 0, 600, 1500, 3000 o 10000")),
    Slot(ask=N_("¿Qué franquicia: 0, 600, 1.500, 3.000 o 10.000 euros?"), cues=("franquicia", "deductible")),
]
ExportChoice: TypeAlias = Annotated[
    ExportRegion,
    Field(description=N_("Mercados donde vende")),
    Slot(
        ask=N_("¿Dónde vende: España, Unión Europea, mundo sin Estados Unidos o mundo con Estados Unidos?"),
        words={
            "espana": ("solo españa", "mercado nacional", "spain only"),
            "ue": ("unión europea", "european union"),
            "mundo_sin_usa": ("mundo sin estados unidos", "world without usa"),
            "mundo_con_usa": ("estados unidos", "exporta a usa", "united states"),
        },
    ),
]
ClaimsBefore: TypeAlias = Annotated[
    Whole,
    Field(le=100, description=N_("Reclamaciones en los últimos cinco años")),
    Slot(
        ask=N_("¿Cuántas reclamaciones ha tenido en los últimos cinco años?"),
        units=("reclamaciones", "claims"),
        cues=("reclamaciones", "siniestros", "claims"),
        words={"0": ("sin reclamaciones", "sin siniestros", "no claims")},
    ),
]
ProfessionChoice: TypeAlias = Annotated[
    Profession,
    Field(description=N_("Profesión")),
    Slot(
        ask=N_("¿Qué profesión: abogado, asesor fiscal, arquitecto, médico, informático o corredor de seguros?"),
        cues=("profesión", "profession"),
        words={
            "abogado": ("abogado", "abogada", "despacho de abogados", "lawyer"),
            "asesor_fiscal": ("asesor fiscal", "asesora fiscal", "asesoría fiscal", "tax adviser"),
            "arquitecto": ("arquitecto", "arquitecta", "architect"),
            "medico": ("médico", "médica", "clínica", "dentista", "doctor", "dentist"),
            "informatico": ("informático", "informática", "software", "it consultant"),
            "corredor_seguros": ("corredor de seguros", "correduría", "insurance broker"),
        },
    ),
]
Fees: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Honorarios anuales, EUR")),
    Slot(ask=N_("¿Cuántos honorarios al año, en euros?"), units=EUROS, cues=("honorarios", "fees")),
]
RetroactiveYears: TypeAlias = Annotated[
    Whole,
    Field(le=50, description=N_("Años de retroactividad")),
    Slot(
        ask=N_("¿Cuántos años de retroactividad?"),
        units=("años de retroactividad", "years back"),
        cues=("retroactividad", "retroactive"),
    ),
]
Assets: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Activo total, EUR")),
    Slot(ask=N_("¿Cuál es el activo total, en euros?"), units=EUROS, cues=("activo", "activos", "balance", "assets")),
]
SolvencyChoice: TypeAlias = Annotated[
    Solvency,
    Field(description=N_("Solvencia")),
    Slot(ask=N_("¿Qué solvencia tiene la sociedad: fuerte, media o débil?"), cues=("solvencia", "solvency")),
]
Listed: TypeAlias = Annotated[
    bool,
    Field(description=N_("Cotiza en bolsa")),
    Slot(
        ask=N_("¿Cotiza en bolsa?"),
        words={"true": ("cotiza en bolsa", "cotizada", "listed"), "false": ("no cotiza", "no cotizada", "not listed")},
    ),
]
WithEmployers: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con responsabilidad patronal")),
    Slot(words={"true": ("con patronal", "patronal", "employers"), "false": ("sin patronal",)}),
]
WithProducts: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con responsabilidad de productos")),
    Slot(words={"true": ("con productos", "rc de productos", "products liability"), "false": ("sin productos",)}),
]


class RcRisk(InsuredRisk):
    """One liability to be priced."""

    product: ProductChoice
    limit_per_claim: LimitPerClaim
    claims_5y: ClaimsBefore
    deductible: Deductible | None = None
    activity_hazard: HazardChoice | None = None
    annual_turnover: Turnover | None = None
    employees: Employees | None = None
    export_region: ExportChoice | None = None
    with_employers_liability: WithEmployers | None = None
    with_products: WithProducts | None = None
    profession: ProfessionChoice | None = None
    annual_fees: Fees | None = None
    retroactive_years: RetroactiveYears | None = None
    total_assets: Assets | None = None
    solvency_grade: SolvencyChoice | None = None
    listed: Listed | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class RcDetails(Details):
    """What the policy names besides: its trigger, its dates and its other limits."""

    known_circumstances: (
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=2000,
                description=N_("Hechos conocidos que puedan dar lugar a una reclamación, o «ninguno»"),
            ),
            Slot(
                ask=N_("¿Conoce hechos que puedan dar lugar a una reclamación? Descríbalos o diga «ninguno»."),
                cues=("circunstancias conocidas", "hechos conocidos", "known circumstances"),
            ),
        ]
        | None
    ) = None
    trigger: (
        Annotated[
            Trigger,
            Field(description=N_("Delimitación temporal: por ocurrencia o por reclamación")),
            Slot(
                words={
                    "ocurrencia": ("por ocurrencia", "occurrence"),
                    "claims_made": ("por reclamación", "claims made", "claims-made"),
                }
            ),
        ]
        | None
    ) = None
    retroactive_on: (
        Annotated[
            date,
            Field(description=N_("Fecha retroactiva")),
            Slot(cues=("fecha retroactiva", "retroactive date")),
        ]
        | None
    ) = None
    extended_reporting_months: (
        Annotated[Whole, Field(ge=12, le=120, description=N_("Meses de notificación tras el fin, 12 o más"))] | None
    ) = None
    aggregate_limit: Annotated[Amount, Field(description=N_("Límite por anualidad, EUR"))] | None = None
    sublimit_per_victim: Annotated[Amount, Field(description=N_("Sublímite por víctima, EUR"))] | None = None
    cnae: Cnae | None = None


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The liability as a policy names it."""
    what = PRODUCTS[str(risk["product"])]
    named = next((str(part) for part in (risk.get("profession"), details.get("cnae")) if part), "")
    return ", ".join(filter(None, (what.capitalize(), named.replace("_", " "))))
