"""The risk of a factory or warehouse (*riesgo industrial*): what burns, what protects it, what it earns."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel import Quote
from modules.insurance.kernel.business import EUROS, Cnae, GrossProfit, Turnover, activity_of
from modules.insurance.kernel.fields import Amount, CommercialDiscount, Percent, ReadWhole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.profits import WithProfits, check_profit
from modules.insurance.kernel.property import Address, BuildingSum, CadastralRef, MachinerySum, StockSum
from tools import Slot

HAZARD: Final = Path(__file__).parent / "data" / "hazard.json"
SUMS: Final = ("building_sum", "machinery_sum", "stock_sum")
SURVEYED: Final = 3_000_000  # EUR of property above which a survey is wanted


class Product(StrEnum):
    """What is bought."""

    MULTIRRIESGO = "multirriesgo_industrial"


class Construction(StrEnum):
    """What the building is made of."""

    HORMIGON = "hormigon"
    METALICA_PROTEGIDA = "metalica_protegida"
    METALICA = "metalica"
    PANEL = "panel_combustible"


class Protection(StrEnum):
    """What fights a fire."""

    EXTINTORES = "extintores"
    BIE_DETECCION = "bie_deteccion"
    ROCIADORES = "rociadores"


class Security(StrEnum):
    """What keeps thieves out."""

    NINGUNA = "ninguna"
    ALARMA_CONECTADA = "alarma_conectada"
    VIGILANCIA = "vigilancia_24h"


PRODUCTS: Final[Mapping[str, str]] = {"multirriesgo_industrial": N_("multirriesgo industrial")}
HazardClass: TypeAlias = Annotated[
    Literal[1, 2, 3, 4, 5],
    ReadWhole,
    Field(description=N_("Clase de peligro, de 1 a 5")),
    Slot(
        ask=N_("¿Qué clase de peligro tiene el proceso, de 1 (leve) a 5 (explosivo)?"),
        cues=("clase de peligro", "clase", "hazard class"),
    ),
]
ConstructionChoice: TypeAlias = Annotated[
    Construction,
    Field(description=N_("Construcción")),
    Slot(
        ask=N_("¿De qué es la nave: hormigón, metálica protegida, metálica o panel combustible?"),
        words={
            "hormigon": ("hormigón", "concrete"),
            "metalica_protegida": ("metálica protegida", "protected steel"),
            "metalica": ("metálica sin proteger", "unprotected steel"),
            "panel_combustible": ("panel sándwich", "panel combustible", "combustible panels"),
        },
    ),
]
ProtectionChoice: TypeAlias = Annotated[
    Protection,
    Field(description=N_("Protección contra incendios")),
    Slot(
        ask=N_("¿Qué protección contra incendios: extintores, BIE y detección, o rociadores?"),
        words={
            "extintores": ("extintores", "extinguishers"),
            "bie_deteccion": ("bie", "detección", "hose reels"),
            "rociadores": ("rociadores", "sprinklers"),
        },
    ),
]
SecurityChoice: TypeAlias = Annotated[
    Security,
    Field(description=N_("Seguridad contra robo")),
    Slot(
        ask=N_("¿Qué seguridad contra robo: ninguna, alarma conectada o vigilancia 24 horas?"),
        words={
            "ninguna": ("sin alarma", "no alarm"),
            "alarma_conectada": ("alarma conectada", "monitored alarm"),
            "vigilancia_24h": ("vigilancia", "vigilante", "guards"),
        },
    ),
]
FirstLoss: TypeAlias = Annotated[
    Literal[10, 25, 100],
    ReadWhole,
    Field(description=N_("Robo a primer riesgo, % de los capitales: 10, 25 o 100")),
    Slot(ask=N_("¿Qué parte se asegura contra robo: 10, 25 o 100 %?"), cues=("primer riesgo", "first loss")),
]
IndemnityMonths: TypeAlias = Annotated[
    Literal[6, 12, 18, 24],
    ReadWhole,
    Field(description=N_("Meses de indemnización: 6, 12, 18 o 24")),
    Slot(ask=N_("¿Cuántos meses de indemnización: 6, 12, 18 o 24?"), units=("meses", "months")),
]
LiabilityLimit: TypeAlias = Annotated[
    Literal[600_000, 1_200_000, 3_000_000, 6_000_000],
    ReadWhole,
    Field(description=N_("Límite de responsabilidad civil, EUR: 600000, 1200000, 3000000 o 6000000")),
    Slot(
        ask=N_("¿Qué límite de responsabilidad civil: 600.000, 1.200.000, 3.000.000 o 6.000.000 euros?"),
        cues=("responsabilidad civil", "límite", "liability limit"),
        units=EUROS,
    ),
]
Deductible: TypeAlias = Annotated[
    Literal[600, 1500, 3000, 10_000],
    ReadWhole,
    Field(description=N_("Franquicia, EUR: 600, 1500, 3000 o 10000")),
    Slot(ask=N_("¿Qué franquicia: 600, 1.500, 3.000 o 10.000 euros?"), cues=("franquicia", "deductible")),
]
LossRatio: TypeAlias = Annotated[
    Amount,
    Field(le=1000, description=N_("Siniestralidad de tres años, % de la prima")),
    Slot(
        ask=N_("¿Qué siniestralidad ha tenido en tres años, en % de la prima?"),
        units=("%", "por ciento", "percent"),
        cues=("siniestralidad", "loss ratio"),
    ),
]
WithMachinery: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con avería de maquinaria")),
    Slot(
        words={"true": ("con avería de maquinaria", "with machinery breakdown"), "false": ("sin avería de maquinaria",)}
    ),
]


class IndustrialRisk(InsuredRisk):
    """One factory or warehouse to be priced."""

    product: Annotated[
        Product,
        Field(description=N_("Modalidad")),
        Slot(
            ask=N_("¿Qué modalidad?"), cues=("modalidad", "product"), words={"multirriesgo_industrial": ("industrial",)}
        ),
    ]
    hazard_class: HazardClass
    building_sum: BuildingSum
    machinery_sum: MachinerySum
    stock_sum: StockSum
    annual_gross_profit: GrossProfit
    annual_turnover: Turnover
    construction: ConstructionChoice
    protection: ProtectionChoice
    security: SecurityChoice
    first_loss_pct: FirstLoss
    liability_limit: LiabilityLimit
    deductible: Deductible
    loss_ratio_3y_pct: LossRatio
    indemnity_months: IndemnityMonths | None = None
    with_machinery_breakdown: WithMachinery | None = None
    with_loss_of_profits: WithProfits | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class IndustrialDetails(Details):
    """What the policy names besides: place, survey, probable maximum loss, and what makes a fire worse."""

    cnae: Cnae | None = None
    address: Address | None = None
    cadastral_ref: CadastralRef | None = None
    pml_pct: (
        Annotated[
            Percent,
            Field(gt=0, description=N_("Pérdida máxima probable (PML), % de los capitales")),
            Slot(
                ask=N_("¿Qué pérdida máxima probable (PML), en % de los capitales?"),
                units=("%",),
                cues=("pml", "pérdida máxima"),
            ),
        ]
        | None
    ) = None
    survey_on: (
        Annotated[
            date,
            Field(description=N_("Fecha de la última inspección del riesgo")),
            Slot(ask=N_("¿Cuándo fue la última inspección del riesgo?"), cues=("inspección", "survey")),
        ]
        | None
    ) = None
    surveyor: Annotated[Words, Field(description=N_("Quién inspeccionó"))] | None = None
    sprinkler_certified_on: Annotated[date, Field(description=N_("Certificado de los rociadores"))] | None = None
    hot_work: Annotated[bool, Field(description=N_("Trabajos en caliente"))] | None = None
    solar_roof: Annotated[bool, Field(description=N_("Placas solares en cubierta"))] | None = None
    stock_declared_on: (
        Annotated[date, Field(description=N_("Fecha de la última declaración de existencias"))] | None
    ) = None


def hazard(customer: Customer, on: date) -> dict[str, Any]:
    """The hazard class that the customer's CNAE code stands for; a survey prevails."""
    found = activity_of(customer.cnae, HAZARD)
    return {"hazard_class": int(found)} if found else {}


def property_of(risk: Mapping[str, Any]) -> Decimal:
    """All property sums of `risk`, EUR."""
    return sum((Decimal(str(risk[name])) for name in SUMS if risk.get(name) is not None), Decimal(0))


def profit_fits_turnover(risk: IndustrialRisk) -> None:
    """Refuse to insure a profit that there is not, or that is more than what is sold."""
    check_profit(risk.annual_gross_profit, risk.annual_turnover, bought=risk.with_loss_of_profits)


def is_surveyed(quote: Quote) -> None:
    """Refuse to issue much property without a survey, and sprinklers without their certificate."""
    if property_of(quote.risk) > SURVEYED and not quote.details.get("survey_on"):
        text = N_("Falta «{field}»: con más de 3.000.000 € se exige una inspección del riesgo.")
        raise BadArguments(text, field="survey_on")
    if quote.risk["protection"] == Protection.ROCIADORES and not quote.details.get("sprinkler_certified_on"):
        text = N_("Falta «{field}»: los rociadores bajan la prima solo con su certificado.")
        raise BadArguments(text, field="sprinkler_certified_on")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The factory as a policy names it."""
    named = f"Industria, clase de peligro {risk['hazard_class']}"
    return f"{named}, {details['address']}" if details.get("address") else named
