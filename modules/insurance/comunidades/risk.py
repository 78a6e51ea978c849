"""The risk of an owners' community (*comunidad de propietarios*): one building, its pipes and its claims."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, ReadWhole, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.property import Address, BuildingSum, CadastralRef, LiabilityLimit
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    BASICO = "basico"
    COMPLETO = "completo"


class BuildingUse(StrEnum):
    """What most of the building is used for."""

    VIVIENDAS = "viviendas"
    OFICINAS = "oficinas"
    LOCALES = "locales"


class InspectionResult(StrEnum):
    """What the technical inspection of the building (*ITE*) said."""

    FAVORABLE = "favorable"
    DESFAVORABLE = "desfavorable"
    NO_PROCEDE = "na"


PRODUCTS: Final[Mapping[str, str]] = {
    "basico": N_("comunidades básico"),
    "completo": N_("comunidades completo"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: básico o completo?"),
        cues=("modalidad", "product"),
        words={"basico": ("básico", "básica", "basic"), "completo": ("completo", "completa", "full")},
    ),
]
UseChoice: TypeAlias = Annotated[
    BuildingUse,
    Field(description=N_("Uso principal del edificio")),
    Slot(
        ask=N_("¿Qué uso principal tiene el edificio: viviendas, oficinas o locales?"),
        words={
            "viviendas": ("viviendas", "pisos", "dwellings", "flats"),
            "oficinas": ("oficinas", "offices"),
            "locales": ("locales comerciales", "shops"),
        },
    ),
]
Units: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=5000, description=N_("Viviendas y locales")),
    Slot(
        ask=N_("¿Cuántas viviendas y locales tiene?"),
        units=("viviendas", "vecinos", "propietarios", "pisos", "units", "dwellings"),
        cues=("vecinos", "units"),
    ),
]
Floors: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=100, description=N_("Plantas")),
    Slot(ask=N_("¿Cuántas plantas tiene?"), units=("plantas", "alturas", "floors"), cues=("plantas", "floors")),
]
BuildingAge: TypeAlias = Annotated[
    Whole,
    Field(le=500, description=N_("Antigüedad del edificio, años")),
    Slot(
        ask=N_("¿Cuántos años tiene el edificio?"), units=("años", "years"), cues=("antigüedad", "edificio de", "age")
    ),
]
PipeAge: TypeAlias = Annotated[
    Whole,
    Field(le=500, description=N_("Antigüedad de las tuberías, años")),
    Slot(
        ask=N_("¿Cuántos años tienen las tuberías?"),
        units=("años", "years"),
        cues=("tuberías", "bajantes", "pipes"),
    ),
]
Lifts: TypeAlias = Annotated[
    Whole,
    Field(le=100, description=N_("Ascensores")),
    Slot(ask=N_("¿Cuántos ascensores tiene?"), units=("ascensores", "ascensor", "lifts"), cues=("ascensores", "lifts")),
]
Pool: TypeAlias = Annotated[
    bool,
    Field(description=N_("Tiene piscina")),
    Slot(
        ask=N_("¿Tiene piscina?"),
        words={"true": ("con piscina", "tiene piscina", "with pool"), "false": ("sin piscina", "no pool")},
    ),
]
Deductible: TypeAlias = Annotated[
    Literal[0, 300, 600],
    ReadWhole,
    Field(description=N_("Franquicia de agua, EUR: 0, 300 o 600")),
    Slot(ask=N_("¿Qué franquicia de agua: 0, 300 o 600 euros?"), cues=("franquicia", "deductible")),
]
ClaimFrequency: TypeAlias = Annotated[
    Amount,
    Field(le=1000, description=N_("Siniestros por diez viviendas en tres años")),
    Slot(
        ask=N_("¿Cuántos siniestros por cada diez viviendas en los últimos tres años?"),
        cues=("siniestros por diez", "siniestralidad", "claims per ten"),
    ),
]
Scheme: TypeAlias = Annotated[
    bool,
    Field(description=N_("En el programa del administrador de fincas")),
    Slot(words={"true": ("programa de administradores", "administrator scheme"), "false": ("sin programa",)}),
]
Ruin: TypeAlias = Annotated[
    bool,
    Field(description=N_("Declarado en ruina")),
    Slot(
        ask=N_("¿Está declarado en ruina?"),
        words={"true": ("en ruina", "ruinoso", "in ruins"), "false": ("no está en ruina", "sin ruina", "sound")},
    ),
]


class ComunidadesRisk(InsuredRisk):
    """One building to be priced."""

    product: ProductChoice
    building_sum: BuildingSum
    building_use: UseChoice
    units_count: Units
    floors: Floors
    building_age: BuildingAge
    pipe_age: PipeAge
    liability_limit: LiabilityLimit
    lifts: Lifts
    pool: Pool
    deductible: Deductible
    claims_per_10_units_3y: ClaimFrequency
    ruin_declared: Ruin
    administrator_scheme: Scheme | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class ComunidadesDetails(Details):
    """What the policy names besides: where it is, who speaks for the owners, and the inspection of the building."""

    address: Address | None = None
    cadastral_ref: CadastralRef | None = None
    administrator_name: (
        Annotated[
            Words,
            Field(min_length=2, description=N_("Administrador de fincas")),
            Slot(ask=N_("¿Quién es el administrador de fincas?"), cues=("administrador", "administrator")),
        ]
        | None
    ) = None
    president_name: (
        Annotated[
            Words,
            Field(min_length=2, description=N_("Presidente de la comunidad")),
            Slot(ask=N_("¿Quién preside la comunidad?"), cues=("presidente", "presidenta", "president")),
        ]
        | None
    ) = None
    ite_result: (
        Annotated[
            InspectionResult,
            Field(description=N_("Resultado de la inspección técnica (ITE)")),
            Slot(
                ask=N_("¿Qué resultado tuvo la inspección técnica: favorable, desfavorable o no procede?"),
                words={
                    "favorable": ("ite favorable", "inspección favorable"),
                    "desfavorable": ("ite desfavorable", "inspección desfavorable"),
                    "na": ("sin ite", "no procede"),
                },
            ),
        ]
        | None
    ) = None
    ite_next_on: (
        Annotated[
            date, Field(description=N_("Próxima inspección técnica")), Slot(cues=("próxima ite", "next inspection"))
        ]
        | None
    ) = None
    meeting_act_on: Annotated[date, Field(description=N_("Acta de la junta que acordó el seguro"))] | None = None
    commercial_units: Annotated[Whole, Field(le=1000, description=N_("Locales comerciales"))] | None = None
    garage_spaces: Annotated[Whole, Field(le=5000, description=N_("Plazas de garaje"))] | None = None


def pipes_are_not_older(risk: ComunidadesRisk) -> None:
    """Refuse pipes older than their building."""
    if risk.pipe_age > risk.building_age:
        raise BadArguments(N_("Revise «{field}»: las tuberías no pueden ser anteriores al edificio."), field="pipe_age")


def per_ten_units(claims: int, units: int) -> Decimal:
    """Claims for every ten units (*siniestros por diez viviendas*), to the hundredth."""
    return (Decimal(10 * claims) / units).quantize(Decimal("0.01"), ROUND_HALF_UP)


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The building as a policy names it."""
    where = details.get("address")
    named = f"Edificio de {risk['units_count']} {risk['building_use']}"
    return f"{named}, {where}" if where else named
