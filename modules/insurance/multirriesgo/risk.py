"""The risk of a shop or office (*riesgo de comercio u oficina*): one place, one trade."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm import Customer
from modules.insurance.kernel.business import EUROS, Cnae, activity_of
from modules.insurance.kernel.fields import Amount, CommercialDiscount, MultiPolicy, ReadWhole, Whole
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.property import Address, BuildingSum, CadastralRef, ClaimsBefore, ContentsSum
from tools import Slot

CNAE: Final = Path(__file__).parent / "data" / "cnae.json"


class Product(StrEnum):
    """What is bought."""

    COMERCIO = "comercio"
    OFICINA = "oficina"


class Trade(StrEnum):
    """What is done there."""

    DESPACHO = "despacho"
    ALIMENTACION = "alimentacion"
    TEXTIL = "textil"
    RESTAURANTE = "restaurante"
    FARMACIA = "farmacia"
    JOYERIA = "joyeria"
    PELUQUERIA = "peluqueria"


class Place(StrEnum):
    """In what kind of building it is."""

    VIVIENDAS = "edificio_viviendas"
    CENTRO_COMERCIAL = "centro_comercial"
    AISLADO = "aislado"


class Security(StrEnum):
    """What keeps thieves out."""

    NINGUNA = "ninguna"
    ALARMA_CONECTADA = "alarma_conectada"
    ALARMA_Y_REJAS = "alarma_y_rejas"


class Tenure(StrEnum):
    """Whose the place is."""

    PROPIEDAD = "propiedad"
    ALQUILER = "alquiler"


PRODUCTS: Final[Mapping[str, str]] = {
    "comercio": N_("multirriesgo de comercio"),
    "oficina": N_("multirriesgo de oficina"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: comercio u oficina?"),
        cues=("modalidad", "product"),
        words={"comercio": ("comercio", "tienda", "local", "shop"), "oficina": ("oficina", "despacho", "office")},
    ),
]
TradeChoice: TypeAlias = Annotated[
    Trade,
    Field(description=N_("Actividad del local")),
    Slot(
        ask=N_("¿Qué actividad: despacho, alimentación, textil, restaurante, farmacia, joyería o peluquería?"),
        cues=("actividad", "trade"),
        words={
            "despacho": ("despacho", "gestoría", "consulta", "office"),
            "alimentacion": ("alimentación", "panadería", "supermercado", "grocery"),
            "textil": ("textil", "ropa", "zapatería", "clothes"),
            "restaurante": ("restaurante", "bar", "cafetería", "restaurant"),
            "farmacia": ("farmacia", "pharmacy"),
            "joyeria": ("joyería", "relojería", "jeweller"),
            "peluqueria": ("peluquería", "barbería", "hairdresser"),
        },
    ),
]
CashSum: TypeAlias = Annotated[
    Amount,
    Field(le=1_000_000, description=N_("Dinero en caja, EUR")),
    Slot(ask=N_("¿Cuánto dinero en caja se asegura, en euros?"), cues=("caja", "efectivo", "cash"), units=EUROS),
]
Surface: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=100_000, description=N_("Superficie, m²")),
    Slot(ask=N_("¿Cuántos metros cuadrados tiene?"), units=("m²", "m2", "metros"), cues=("superficie", "surface")),
]
PlaceChoice: TypeAlias = Annotated[
    Place,
    Field(description=N_("Situación del local")),
    Slot(
        ask=N_("¿Dónde está: edificio de viviendas, centro comercial o aislado?"),
        words={
            "edificio_viviendas": ("edificio de viviendas", "bajo comercial", "block of flats"),
            "centro_comercial": ("centro comercial", "shopping centre"),
            "aislado": ("aislado", "polígono", "isolated"),
        },
    ),
]
SecurityChoice: TypeAlias = Annotated[
    Security,
    Field(description=N_("Seguridad contra robo")),
    Slot(
        ask=N_("¿Qué seguridad contra robo: ninguna, alarma conectada, o alarma y rejas?"),
        words={
            "ninguna": ("sin alarma", "no alarm"),
            "alarma_conectada": ("alarma conectada", "con alarma", "monitored alarm"),
            "alarma_y_rejas": ("alarma y rejas", "rejas", "alarm and grilles"),
        },
    ),
]
LiabilityLimit: TypeAlias = Annotated[
    Literal[150_000, 300_000, 600_000],
    ReadWhole,
    Field(description=N_("Límite de responsabilidad civil, EUR: 150000, 300000 o 600000")),
    Slot(
        ask=N_("¿Qué límite de responsabilidad civil: 150.000, 300.000 o 600.000 euros?"),
        cues=("responsabilidad civil", "límite", "liability limit"),
        units=EUROS,
    ),
]
DailyIndemnity: TypeAlias = Annotated[
    Whole,
    Field(le=10_000, description=N_("Indemnización diaria por paralización, EUR")),
    Slot(
        ask=N_("¿Qué indemnización diaria por paralización, en euros?"),
        units=("€ al día", "euros al día", "a day"),
        cues=("indemnización diaria", "daily indemnity"),
    ),
]
StopSum: TypeAlias = Annotated[
    Amount,
    Field(le=10**8, description=N_("Paralización asegurada al año, EUR")),
    Slot(ask=N_("¿Cuánto suma la paralización asegurada al año, en euros?"), cues=("paralización",), units=EUROS),
]
WithCash: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con dinero en caja")),
    Slot(words={"true": ("con dinero en caja", "with cash"), "false": ("sin dinero en caja",)}),
]
WithStop: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con paralización")),
    Slot(words={"true": ("con paralización", "with interruption"), "false": ("sin paralización",)}),
]


class MultirriesgoRisk(InsuredRisk):
    """One shop or office to be priced."""

    product: ProductChoice
    trade: TradeChoice
    building_sum: BuildingSum
    contents_sum: ContentsSum
    surface_m2: Surface
    location: PlaceChoice
    security: SecurityChoice
    liability_limit: LiabilityLimit
    claims_3y: ClaimsBefore
    cash_sum: CashSum | None = None
    with_cash: WithCash | None = None
    with_business_interruption: WithStop | None = None
    daily_indemnity_eur: DailyIndemnity | None = None
    bi_annual_sum: StopSum | None = None
    multi_policy: MultiPolicy | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class MultirriesgoDetails(Details):
    """What the policy names besides: where the place is and whose."""

    cnae: Cnae | None = None
    address: Address | None = None
    cadastral_ref: CadastralRef | None = None
    tenure: (
        Annotated[
            Tenure,
            Field(description=N_("Propiedad o alquiler")),
            Slot(
                ask=N_("¿El local es propio o alquilado?"),
                words={"propiedad": ("propio", "en propiedad", "owned"), "alquiler": ("alquilado", "rented")},
            ),
        ]
        | None
    ) = None
    interruption_days: (
        Annotated[
            Literal[30, 60, 90], ReadWhole, Field(description=N_("Días de paralización que se pagan: 30, 60 o 90"))
        ]
        | None
    ) = None
    refrigerated_goods: Annotated[bool, Field(description=N_("Guarda mercancía refrigerada"))] | None = None
    safe_grade: Annotated[Whole, Field(le=13, description=N_("Grado de la caja fuerte (EN 1143-1)"))] | None = None
    declared_on: Annotated[date, Field(description=N_("Fecha de la última declaración de capitales"))] | None = None


def trade(customer: Customer, on: date) -> dict[str, Any]:
    """The trade that the customer's CNAE code stands for."""
    found = activity_of(customer.cnae, CNAE)
    return {"trade": found} if found else {}


def office_has_no_till(risk: MultirriesgoRisk) -> None:
    """Refuse the till of an office, and covers without the figure that they pay."""
    if risk.with_cash and risk.product == Product.OFICINA:
        raise BadArguments(N_("Revise «{field}»: el dinero en caja es solo de comercio."), field="with_cash")
    if risk.with_cash and not risk.cash_sum:
        raise BadArguments(N_("Falta «{field}»: no hay dinero en caja que asegurar."), field="cash_sum")
    if risk.with_business_interruption and not risk.daily_indemnity_eur:
        text = N_("Falta «{field}»: la paralización necesita una indemnización diaria.")
        raise BadArguments(text, field="daily_indemnity_eur")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The place as a policy names it."""
    named = f"{str(risk['product']).capitalize()}, {risk['trade']}, {risk['surface_m2']} m²"
    return f"{named}, {details['address']}" if details.get("address") else named
