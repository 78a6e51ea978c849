"""The risk of a firm (*riesgo de empresas*): its activity, what it owns, earns and employs, and where."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel import Quote
from modules.insurance.kernel.business import Cnae, Employees, GrossProfit, Turnover, activity_of
from modules.insurance.kernel.fields import Amount, CommercialDiscount, MultiPolicy, Percent, ReadWhole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.profits import WithProfits, check_profit
from modules.insurance.kernel.property import (
    Address,
    BuildingSum,
    CadastralRef,
    ClaimsBefore,
    ContentsSum,
    EquipmentSum,
    LiabilityLimit,
    StockSum,
)
from tools import Slot

CNAE: Final = Path(__file__).parent / "data" / "cnae.json"
SUMS: Final = ("building_sum", "contents_sum", "stock_sum")


class Product(StrEnum):
    """What is bought."""

    PYME = "pyme"


class ActivityClass(StrEnum):
    """What kind of activity it is; follows from the CNAE code."""

    SERVICIOS = "servicios"
    COMERCIO = "comercio"
    HOSTELERIA = "hosteleria"
    TALLER = "taller"
    ALMACEN = "almacen"


class Construction(StrEnum):
    """What the building is made of."""

    HORMIGON = "hormigon"
    MIXTA = "mixta"
    COMBUSTIBLE = "combustible"


class FireProtection(StrEnum):
    """What fights a fire."""

    EXTINTORES = "extintores"
    BIE_DETECTORES = "bie_detectores"
    ROCIADORES = "rociadores"


class Security(StrEnum):
    """What keeps thieves out."""

    NINGUNA = "ninguna"
    ALARMA_LOCAL = "alarma_local"
    ALARMA_CONECTADA = "alarma_conectada"


class Tenure(StrEnum):
    """Whose the premises are."""

    PROPIEDAD = "propiedad"
    ALQUILER = "alquiler"


PRODUCTS: Final[Mapping[str, str]] = {"pyme": N_("multirriesgo de empresa")}
ActivityChoice: TypeAlias = Annotated[
    ActivityClass,
    Field(description=N_("Clase de actividad")),
    Slot(
        ask=N_("¿Qué actividad: servicios, comercio, hostelería, taller o almacén?"),
        cues=("actividad", "activity"),
        words={
            "servicios": ("servicios", "oficinas", "services"),
            "comercio": ("comercio", "tienda", "shop"),
            "hosteleria": ("hostelería", "restaurante", "hotel", "bar", "hospitality"),
            "taller": ("taller", "fábrica", "obrador", "workshop"),
            "almacen": ("almacén", "nave logística", "warehouse"),
        },
    ),
]
ConstructionChoice: TypeAlias = Annotated[
    Construction,
    Field(description=N_("Construcción")),
    Slot(
        ask=N_("¿De qué es el edificio: hormigón, mixta o combustible?"),
        words={
            "hormigon": ("hormigón", "concrete"),
            "mixta": ("construcción mixta", "mixed"),
            "combustible": ("panel sándwich", "combustible", "madera", "combustible panels"),
        },
    ),
]
ProtectionChoice: TypeAlias = Annotated[
    FireProtection,
    Field(description=N_("Protección contra incendios")),
    Slot(
        ask=N_("¿Qué protección contra incendios: extintores, BIE y detectores, o rociadores?"),
        words={
            "extintores": ("extintores", "extinguishers"),
            "bie_detectores": ("bie", "detectores", "detectors"),
            "rociadores": ("rociadores", "sprinklers"),
        },
    ),
]
SecurityChoice: TypeAlias = Annotated[
    Security,
    Field(description=N_("Seguridad contra robo")),
    Slot(
        ask=N_("¿Qué seguridad contra robo: ninguna, alarma local o alarma conectada?"),
        words={
            "ninguna": ("sin alarma", "no alarm"),
            "alarma_local": ("alarma local", "local alarm"),
            "alarma_conectada": ("alarma conectada", "central de alarmas", "monitored alarm"),
        },
    ),
]
IndemnityMonths: TypeAlias = Annotated[
    Literal[6, 12, 18],
    ReadWhole,
    Field(description=N_("Meses de indemnización: 6, 12 o 18")),
    Slot(ask=N_("¿Cuántos meses de indemnización: 6, 12 o 18?"), units=("meses", "months")),
]
Deductible: TypeAlias = Annotated[
    Literal[0, 300, 600, 1500],
    ReadWhole,
    Field(description=N_("Franquicia, EUR: 0, 300, 600 o 1500")),
    Slot(ask=N_("¿Qué franquicia: 0, 300, 600 o 1.500 euros?"), cues=("franquicia", "deductible")),
]
WithEquipment: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con avería de equipos")),
    Slot(words={"true": ("con avería de equipos", "with equipment breakdown"), "false": ("sin avería de equipos",)}),
]


class EmpresasRisk(InsuredRisk):
    """One firm to be priced, with all its locations together."""

    product: Annotated[
        Product,
        Field(description=N_("Modalidad")),
        Slot(ask=N_("¿Qué modalidad?"), cues=("modalidad", "product"), words={"pyme": ("pyme", "sme")}),
    ]
    activity_class: ActivityChoice
    building_sum: BuildingSum
    contents_sum: ContentsSum
    stock_sum: StockSum
    annual_turnover: Turnover
    annual_gross_profit: GrossProfit
    employees: Employees
    construction: ConstructionChoice
    fire_protection: ProtectionChoice
    security: SecurityChoice
    liability_limit: LiabilityLimit
    deductible: Deductible
    claims_3y: ClaimsBefore
    equipment_sum: EquipmentSum | None = None
    indemnity_months: IndemnityMonths | None = None
    with_loss_of_profits: WithProfits | None = None
    with_equipment_breakdown: WithEquipment | None = None
    multi_policy: MultiPolicy | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class Location(BaseModel):
    """One place of the firm (*situación de riesgo*) with its share of the sums."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)

    address: Annotated[Words, Field(min_length=3)]
    tenure: Tenure
    year: Annotated[int, Field(ge=1800, le=2100)]
    building_sum: Amount = Decimal(0)
    contents_sum: Amount = Decimal(0)
    stock_sum: Amount = Decimal(0)


class EmpresasDetails(Details):
    """What the policy names besides: activity, places, building and last declaration."""

    cnae: Cnae | None = None
    address: Address | None = None
    cadastral_ref: CadastralRef | None = None
    locations: (
        Annotated[
            list[Location],
            Field(min_length=1, max_length=200, description=N_("Situaciones de riesgo, con sus capitales")),
        ]
        | None
    ) = None
    sandwich_panel_pct: Annotated[Percent, Field(description=N_("Panel sándwich, % de la superficie"))] | None = None
    cooking_gas: Annotated[bool, Field(description=N_("Cocina con gas"))] | None = None
    open_to_public: Annotated[bool, Field(description=N_("Abierto al público"))] | None = None
    payroll: Annotated[Amount, Field(description=N_("Masa salarial anual, EUR"))] | None = None
    sublimit_per_victim: Annotated[Amount, Field(description=N_("Sublímite por víctima, EUR"))] | None = None
    declared_on: Annotated[date, Field(description=N_("Fecha de la última declaración de capitales"))] | None = None


def activity(customer: Customer, on: date) -> dict[str, Any]:
    """The activity class that the customer's CNAE code stands for."""
    found = activity_of(customer.cnae, CNAE)
    return {"activity_class": found} if found else {}


def profit_fits_turnover(risk: EmpresasRisk) -> None:
    """Refuse to insure a profit that there is not, or that is more than what is sold."""
    check_profit(risk.annual_gross_profit, risk.annual_turnover, bought=risk.with_loss_of_profits)


def locations_add_up(quote: Quote) -> None:
    """Refuse to issue places whose sums are not those of the policy: average is applied place by place."""
    places = quote.details.get("locations") or ()
    for name in SUMS if places else ():
        placed = sum(Decimal(str(place.get(name) or 0)) for place in places)
        if placed != Decimal(str(quote.risk[name])):
            text = N_("Revise «{field}»: las situaciones suman {placed} de {name}.")
            raise BadArguments(text, field="locations", placed=f"{placed:f}", name=name)


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The firm as a policy names it."""
    places = details.get("locations") or ()
    where = details.get("address") or (places[0]["address"] if places else "")
    return ", ".join(filter(None, (f"Empresa de {risk['activity_class']}", where)))
