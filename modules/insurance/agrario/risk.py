"""The risk of agricultural insurance: a crop, livestock, or a farm outside the combined scheme."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from core.i18n import N_
from modules.insurance.agrario.parcels import Parcels
from modules.insurance.kernel.fields import Amount, ReadWhole, Whole
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    COMBINADO_CULTIVO = "combinado_cultivo"
    COMBINADO_GANADO = "combinado_ganado"
    EXPLOTACION_NO_COMBINADO = "explotacion_no_combinado"


class Crop(StrEnum):
    """What grows."""

    CEREAL = "cereal"
    VINEDO = "vinedo"
    OLIVAR = "olivar"
    FRUTAL_HUESO = "frutal_hueso"
    CITRICOS = "citricos"
    HORTALIZAS = "hortalizas"


class Livestock(StrEnum):
    """What is bred."""

    VACUNO = "vacuno"
    OVINO_CAPRINO = "ovino_caprino"
    PORCINO = "porcino"
    AVICOLA = "avicola"


class Zone(StrEnum):
    """The plan's zone of risk."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Cover(StrEnum):
    """The plan's module of cover."""

    MODULO_1 = "modulo_1"
    MODULO_2 = "modulo_2"
    MODULO_3 = "modulo_3"
    MODULO_P = "modulo_p"


class Subsidy(StrEnum):
    """A component of ENESA's subsidy."""

    BASE = "base"
    COLLECTIVE_CONTRACT = "collective_contract"
    YOUNG_FARMER = "young_farmer"
    PRIORITY_HOLDING = "priority_holding"
    RENEWAL = "renewal"


PRODUCTS: Final[Mapping[str, str]] = {
    "combinado_cultivo": N_("seguro agrario combinado de cultivo"),
    "combinado_ganado": N_("seguro agrario combinado de ganado"),
    "explotacion_no_combinado": N_("explotación agraria, no combinado"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué se asegura: un cultivo, ganado o la explotación?"),
        cues=("modalidad", "product"),
        words={
            "combinado_cultivo": ("cultivo", "cosecha", "crop", "harvest"),
            "combinado_ganado": ("ganado", "livestock"),
            "explotacion_no_combinado": ("explotación", "no combinado", "farm"),
        },
    ),
]
CropChoice: TypeAlias = Annotated[
    Crop,
    Field(description=N_("Cultivo")),
    Slot(
        ask=N_("¿Qué cultivo: cereal, viñedo, olivar, frutal de hueso, cítricos u hortalizas?"),
        words={
            "cereal": ("cereal", "trigo", "cebada", "wheat"), "vinedo": ("viñedo", "viña", "uva", "vineyard"),
            "olivar": ("olivar", "aceituna", "olives"), "frutal_hueso": ("frutal de hueso", "melocotón", "peaches"),
            "citricos": ("cítricos", "naranja", "citrus"), "hortalizas": ("hortalizas", "tomate", "vegetables"),
        },
    ),
]  # fmt: skip
LivestockChoice: TypeAlias = Annotated[
    Livestock,
    Field(description=N_("Ganado")),
    Slot(
        ask=N_("¿Qué ganado: vacuno, ovino o caprino, porcino o avícola?"),
        words={
            "vacuno": ("vacuno", "vacas", "cattle"), "ovino_caprino": ("ovino", "caprino", "ovejas", "cabras", "sheep"),
            "porcino": ("porcino", "cerdos", "pigs"), "avicola": ("avícola", "aves", "poultry"),
        },
    ),
]  # fmt: skip
ZoneChoice: TypeAlias = Annotated[
    Zone,
    Field(description=N_("Zona de riesgo: A, B, C o D")),
    Slot(ask=N_("¿En qué zona: A, B, C o D?"), cues=("zona", "zone")),
]  # fmt: skip
CoverChoice: TypeAlias = Annotated[
    Cover,
    Field(description=N_("Módulo")),
    Slot(
        ask=N_("¿Qué módulo: 1, 2, 3 o P?"),
        words={
            "modulo_1": ("módulo 1", "module 1"), "modulo_2": ("módulo 2", "module 2"),
            "modulo_3": ("módulo 3", "module 3"), "modulo_p": ("módulo p", "module p"),
        },
    ),
]  # fmt: skip
ProductionValue: TypeAlias = Annotated[
    Amount,
    Field(gt=0, description=N_("Valor de producción, EUR")),
    Slot(ask=N_("¿Qué valor de producción tiene (euros)?"), units=("€", "euros"), cues=("producción", "production")),
]
DeductiblePct: TypeAlias = Annotated[
    Literal[10, 20, 30],
    ReadWhole,
    Field(description=N_("Franquicia, %: 10, 20 o 30")),
    Slot(ask=N_("¿Qué franquicia: 10, 20 o 30 %?"), units=("%",), cues=("franquicia", "deductible")),
]


def _signed(value: object) -> object:
    """A bonus is negative, so that the sign is read apart."""
    if isinstance(value, bool | float):
        raise ValueError(N_("debe ser un número exacto, como «1234.56»"))
    return value


def _text(value: Decimal) -> str:
    return f"{value:f}"


BonusMalus: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(_signed),
    Field(ge=-60, le=200, decimal_places=2, description=N_("Bonificación (negativa) o recargo por siniestralidad, %")),
    PlainSerializer(_text, return_type=str, when_used="json"),
    Slot(ask=N_("¿Qué bonificación o recargo tiene por siniestralidad (%)?"), units=("%",), cues=("bonificación",)),
]


def _once(codes: tuple[Subsidy, ...]) -> tuple[Subsidy, ...]:
    """Each component once."""
    if len(set(codes)) != len(codes):
        raise ValueError(N_("cada subvención debe estar una sola vez"))
    return codes


class AgrarioRisk(InsuredRisk):
    """A crop, a herd or a farm to be priced; which fields are needed depends on the product."""

    product: ProductChoice
    zone: ZoneChoice
    within_subscription_period: Annotated[
        bool,
        Field(description=N_("Dentro del plazo de contratación")),
        Slot(
            ask=N_("¿Está dentro del plazo de contratación?"),
            words={"true": ("en plazo", "within the period"), "false": ("fuera de plazo", "out of the period")},
        ),
    ]
    agro_bonus_malus_pct: BonusMalus
    crop: CropChoice | None = None
    production_value: ProductionValue | None = None
    module: CoverChoice | None = None
    agro_deductible_pct: DeductiblePct | None = None
    livestock: LivestockChoice | None = None
    livestock_value: (
        Annotated[Amount, Field(gt=0, description=N_("Valor del ganado, EUR")),
                  Slot(ask=N_("¿Cuánto vale el ganado (euros)?"))] | None
    ) = None  # fmt: skip
    facilities_sum: (
        Annotated[Amount, Field(gt=0, description=N_("Capital de las instalaciones, EUR")),
                  Slot(ask=N_("¿Qué capital tienen las instalaciones (euros)?"))] | None
    ) = None  # fmt: skip
    subsidies: (
        Annotated[tuple[Subsidy, ...], Field(min_length=1, max_length=5, description=N_("Subvenciones de ENESA")),
                  AfterValidator(_once)] | None
    ) = None  # fmt: skip


NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "combinado_cultivo": ("crop", "production_value", "module", "agro_deductible_pct"),
    "combinado_ganado": ("livestock", "livestock_value"),
    "explotacion_no_combinado": ("facilities_sum",),
}


class AgrarioDetails(Details):
    """What the declaration of insurance names besides: the parcels, the herd's code, the campaign."""

    parcels: Parcels | None = None
    rega_code: (
        Annotated[str, Field(pattern=r"^ES[0-9]{12}$", description=N_("Código REGA de la explotación ganadera"))] | None
    ) = None
    campaign_year: Annotated[Whole, Field(ge=2020, le=2100, description=N_("Año del plan"))] | None = None
    pac_application: (
        Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9/-]+$", description=N_("Solicitud de la PAC"))] | None
    ) = None


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The crop, the herd or the farm as a policy names it."""
    what = risk.get("crop") or risk.get("livestock") or "explotación agraria"
    count = len(details.get("parcels") or ())
    return f"{str(what).replace('_', ' ').capitalize()}" + (f", {count} parcelas" if count else "")


def reference_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies the thing: the herd's code, or the first parcel."""
    if details.get("rega_code"):
        return str(details["rega_code"])
    parcels = details.get("parcels") or ()
    return str(parcels[0]["sigpac"]) if parcels else None
