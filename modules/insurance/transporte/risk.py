"""The risk of transport insurance: goods on one trip, all goods of a year, or a boat."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, Percent, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    MERCANCIAS_VIAJE = "mercancias_viaje"
    MERCANCIAS_FLOTANTE = "mercancias_flotante"
    EMBARCACION_RECREO = "embarcacion_recreo"


class Scope(StrEnum):
    """Where it travels; this decides the premium tax (Ley 13/1996 art. 12.Cinco)."""

    NACIONAL = "nacional"
    INTERNACIONAL = "internacional"


class Goods(StrEnum):
    """What travels."""

    GENERAL = "general"
    FRAGIL = "fragil"
    PERECEDERA = "perecedera"
    ELECTRONICA = "electronica"
    MAQUINARIA = "maquinaria"
    PELIGROSA = "peligrosa"


class Mode(StrEnum):
    """By what it travels."""

    TERRESTRE = "terrestre"
    MARITIMO = "maritimo"
    AEREO = "aereo"
    COMBINADO = "combinado"


class Clause(StrEnum):
    """Which Institute Cargo Clauses hold."""

    ICC_A = "icc_a"
    ICC_B = "icc_b"
    ICC_C = "icc_c"


class Area(StrEnum):
    """Where the boat sails."""

    AGUAS_INTERIORES = "aguas_interiores"
    COSTERA_12MN = "costera_12mn"
    MEDITERRANEO = "mediterraneo"


PRODUCTS: Final[Mapping[str, str]] = {
    "mercancias_viaje": N_("mercancías de un viaje"),
    "mercancias_flotante": N_("póliza flotante de mercancías"),
    "embarcacion_recreo": N_("embarcación de recreo"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué se asegura: mercancías de un viaje, póliza flotante o embarcación de recreo?"),
        cues=("modalidad", "product"),
        words={
            "mercancias_viaje": ("un viaje", "envío", "embarque", "single trip", "shipment"),
            "mercancias_flotante": ("flotante", "flotantes", "floating"),
            "embarcacion_recreo": ("embarcación", "barco", "velero", "lancha", "boat", "yacht"),
        },
    ),
]
ScopeChoice: TypeAlias = Annotated[
    Scope,
    Field(description=N_("Ámbito del viaje")),
    Slot(
        ask=N_("¿El viaje es nacional o internacional?"),
        words={"nacional": ("nacional", "domestic"), "internacional": ("internacional", "international", "export")},
    ),
]
GoodsChoice: TypeAlias = Annotated[
    Goods,
    Field(description=N_("Clase de mercancía")),
    Slot(
        ask=N_("¿Qué mercancía es: general, frágil, perecedera, electrónica, maquinaria o peligrosa?"),
        cues=("mercancía", "goods"),
        words={
            "general": ("general",), "fragil": ("frágil", "fragile"), "perecedera": ("perecedera", "perishable"),
            "electronica": ("electrónica", "electronics"), "maquinaria": ("maquinaria", "machinery"),
            "peligrosa": ("peligrosa", "dangerous", "hazardous"),
        },
    ),
]  # fmt: skip
ModeChoice: TypeAlias = Annotated[
    Mode,
    Field(description=N_("Medio de transporte")),
    Slot(
        ask=N_("¿Cómo viaja: por tierra, mar, aire o combinado?"),
        words={
            "terrestre": ("terrestre", "por carretera", "by road"), "maritimo": ("marítimo", "by sea"),
            "aereo": ("aéreo", "avión", "by air"), "combinado": ("combinado",),
        },
    ),
]  # fmt: skip
ClauseChoice: TypeAlias = Annotated[
    Clause,
    Field(description=N_("Cláusulas del Instituto (ICC)")),
    Slot(
        ask=N_("¿Con qué cláusulas: ICC A, B o C?"),
        words={"icc_a": ("icc a", "todo riesgo"), "icc_b": ("icc b",), "icc_c": ("icc c",)},
    ),
]
AreaChoice: TypeAlias = Annotated[
    Area,
    Field(description=N_("Zona de navegación")),
    Slot(
        ask=N_("¿Dónde navega: aguas interiores, costera hasta 12 millas o Mediterráneo?"),
        words={
            "aguas_interiores": ("aguas interiores", "inland waters"), "costera_12mn": ("costera", "coastal"),
            "mediterraneo": ("mediterráneo", "mediterranean"),
        },
    ),
]  # fmt: skip
ShipmentValue: TypeAlias = Annotated[
    Amount,
    Field(gt=0, description=N_("Valor del envío (CIF + 10 %), EUR")),
    Slot(ask=N_("¿Cuánto vale el envío (CIF más 10 %, euros)?"), units=("€", "euros"), cues=("valor", "vale", "value")),
]
YearlyValue: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Valor transportado al año, EUR")),
    Slot(ask=N_("¿Cuánto se transporta al año (euros)?"), cues=("al año", "valor transportado", "a year")),
]
HullValue: TypeAlias = Annotated[
    Amount,
    Field(gt=0, description=N_("Valor del casco, EUR")),
    Slot(ask=N_("¿Cuánto vale la embarcación (euros)?"), cues=("casco", "valor", "hull")),
]
Vehicles: TypeAlias = Annotated[
    Whole,
    Field(le=5_000, description=N_("Vehículos del porteador")),
    Slot(ask=N_("¿Cuántos vehículos tiene el porteador?"), units=("vehículos", "camiones", "vehicles", "lorries")),
]
BoatAge: TypeAlias = Annotated[
    Whole,
    Field(le=120, description=N_("Antigüedad de la embarcación, años")),
    Slot(ask=N_("¿Cuántos años tiene la embarcación?"), units=("años", "years"), cues=("antigüedad",)),
]
Power: TypeAlias = Annotated[
    Whole,
    Field(le=20_000, description=N_("Potencia del motor, CV")),
    Slot(ask=N_("¿Qué potencia tiene el motor (CV)?"), units=("cv", "caballos", "hp")),
]


DeductiblePct: TypeAlias = Annotated[
    Percent,
    Field(le=1, description=N_("Franquicia, % del valor: 0, 0,5 o 1")),
    Slot(ask=N_("¿Qué franquicia: 0, 0,5 o 1 % del valor?"), units=("%",), cues=("franquicia",)),
]
LossRatio: TypeAlias = Annotated[
    Whole,
    Field(le=10_000, description=N_("Siniestralidad de los tres últimos años, %")),
    Slot(ask=N_("¿Qué siniestralidad ha tenido en tres años (%)?"), units=("%",), cues=("siniestralidad",)),
]  # fmt: skip
Sanctioned: TypeAlias = Annotated[
    bool,
    Field(description=N_("Ruta con un país sancionado")),
    Slot(
        ask=N_("¿La ruta toca un país sancionado?"),
        words={"true": ("país sancionado", "sanctioned"), "false": ("sin sanciones", "no sanctions")},
    ),
]
Country: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class TransporteRisk(InsuredRisk):
    """Goods or a boat to be priced; which fields are needed depends on the product."""

    product: ProductChoice
    scope: ScopeChoice
    sanctioned_route: Sanctioned
    loss_ratio_3y_pct: LossRatio | None = None
    shipment_value: ShipmentValue | None = None
    annual_transported_value: YearlyValue | None = None
    goods_class: GoodsChoice | None = None
    mode: ModeChoice | None = None
    clause: ClauseChoice | None = None
    deductible_pct: DeductiblePct | None = None
    with_carrier_liability: (
        Annotated[
            bool,
            Field(description=N_("Con responsabilidad civil del porteador (CMR)")),
            Slot(words={"true": ("con cmr", "carrier liability"), "false": ("sin cmr",)}),
        ]
        | None
    ) = None  # fmt: skip
    vehicles: Vehicles | None = None
    hull_value: HullValue | None = None
    boat_age: BoatAge | None = None
    sailing_area: AreaChoice | None = None
    engine_hp: Power | None = None
    commercial_discount_pct: CommercialDiscount | None = None


GOODS: Final = ("goods_class", "mode", "clause", "deductible_pct")
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "mercancias_viaje": ("shipment_value", *GOODS),
    "mercancias_flotante": ("annual_transported_value", *GOODS),
    "embarcacion_recreo": ("hull_value", "boat_age", "sailing_area", "engine_hp"),
}


class TransporteDetails(Details):
    """What the policy names besides: the route, the most on one conveyance, the boat."""

    origin: Annotated[Words, Field(min_length=2, description=N_("Origen"))] | None = None
    origin_country: Annotated[Country, Field(description=N_("País de origen, como ES"))] | None = None
    destination: Annotated[Words, Field(min_length=2, description=N_("Destino"))] | None = None
    destination_country: Annotated[Country, Field(description=N_("País de destino, como FR"))] | None = None
    incoterm: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description=N_("Incoterm"))] | None = None
    packing: Annotated[Words, Field(description=N_("Embalaje"))] | None = None
    max_per_conveyance: (
        Annotated[
            Amount,
            Field(gt=0, description=N_("Máximo por medio de transporte, EUR")),
            Slot(ask=N_("¿Cuál es el máximo por camión, buque o avión (euros)?"), cues=("per conveyance",)),
        ]
        | None
    ) = None  # fmt: skip
    registration: Annotated[Words, Field(min_length=3, description=N_("Matrícula de la embarcación"))] | None = None
    length_m: Annotated[Decimal, Field(gt=0, le=24, decimal_places=2, description=N_("Eslora, m"))] | None = None


def carrier_has_vehicles(risk: TransporteRisk) -> None:
    """Refuse the carrier's liability without vehicles."""
    if risk.with_carrier_liability and not risk.vehicles:
        raise BadArguments(N_("Indique «{field}»: la responsabilidad del porteador va por vehículo."), field="vehicles")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The goods or the boat as a policy names it."""
    if risk["product"] == Product.EMBARCACION_RECREO:
        return f"Embarcación de recreo {details.get('registration', '')}".strip()
    route = " - ".join(filter(None, (details.get("origin"), details.get("destination"))))
    return f"Mercancía {risk.get('goods_class', '')} {route}, {risk['scope']}".replace("  ", " ")


def registration_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies a boat."""
    found: str | None = details.get("registration")
    return found.upper() if found else None
