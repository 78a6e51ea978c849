"""The risk of home insurance (*riesgo de hogar*): one dwelling, its contents and how it is lived in.

The fields are the inputs of the tariff, and a few that price nothing but decide the advice,
the claim and the renewal: the province, the policy of the community, the index clause.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, MultiPolicy, Whole, one_of
from modules.insurance.kernel.line import InsuredRisk
from tools import Slot

EUROS: Final = ("€", "euros", "eur")


class Product(StrEnum):
    """Who insures what of the dwelling."""

    PROPIETARIO = "propietario"
    INQUILINO = "inquilino"
    ARRENDADOR = "arrendador"


class DwellingType(StrEnum):
    """What kind of dwelling it is."""

    PISO_ALTO = "piso_alto"
    PISO_BAJO = "piso_bajo"
    ATICO = "atico"
    UNIFAMILIAR = "unifamiliar"
    RURAL = "rural"


class Use(StrEnum):
    """How it is used."""

    PRINCIPAL = "principal"
    SECUNDARIA = "secundaria"
    ALQUILADA = "alquilada"
    TURISTICA = "turistica"


class Zone(StrEnum):
    """The tariff's zone of the address, by how often homes there are robbed and damaged."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Security(StrEnum):
    """What keeps thieves out."""

    NINGUNA = "ninguna"
    PUERTA_BLINDADA = "puerta_blindada"
    ALARMA_CONECTADA = "alarma_conectada"


class Dog(StrEnum):
    """Which dog lives there, if any; `ppp` is of a breed that the law calls dangerous (RD 287/2002)."""

    NINGUNO = "ninguno"
    PERRO = "perro"
    PPP = "ppp"


PRODUCTS: Final[Mapping[str, str]] = {
    "propietario": N_("hogar propietario"),
    "inquilino": N_("hogar inquilino"),
    "arrendador": N_("hogar arrendador"),
}
DWELLINGS: Final[Mapping[str, str]] = {
    "piso_alto": "Piso alto", "piso_bajo": "Piso bajo", "atico": "Ático", "unifamiliar": "Vivienda unifamiliar",
    "rural": "Vivienda rural",
}  # fmt: skip
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: propietario que la habita, inquilino o arrendador?"),
        cues=("modalidad", "product"),
        words={
            "propietario": ("propietario", "propietaria", "mi casa en propiedad", "owner", "owner-occupier"),
            "inquilino": ("inquilino", "inquilina", "vivo de alquiler", "tenant", "renter"),
            "arrendador": ("arrendador", "arrendadora", "casero", "casera", "landlord"),
        },
    ),
]
DwellingChoice: TypeAlias = Annotated[
    DwellingType,
    Field(description=N_("Tipo de vivienda")),
    Slot(
        ask=N_("¿Qué vivienda es: piso alto, piso bajo, ático, unifamiliar o rural?"),
        words={
            "piso_alto": ("piso alto", "piso en altura", "piso intermedio", "upper flat", "flat", "apartment"),
            "piso_bajo": ("piso bajo", "bajo", "planta baja", "ground-floor flat", "ground floor"),
            "atico": ("ático", "atico", "penthouse"),
            "unifamiliar": ("unifamiliar", "chalet", "adosado", "casa adosada", "detached house", "house"),
            "rural": ("rural", "casa rural", "casa de campo", "masía", "cortijo", "country house"),
        },
    ),
]
UseChoice: TypeAlias = Annotated[
    Use,
    Field(description=N_("Uso de la vivienda")),
    Slot(
        ask=N_("¿Qué uso tiene: vivienda principal, secundaria, alquilada o turística?"),
        cues=("uso", "use"),
        words={
            "principal": ("vivienda principal", "vivienda habitual", "principal", "main home", "main residence"),
            "secundaria": ("segunda residencia", "vivienda secundaria", "secundaria", "second home"),
            "alquilada": ("alquilada", "en alquiler", "arrendada", "let", "rented out"),
            "turistica": ("alquiler turístico", "uso turístico", "turística", "vivienda turística", "holiday let"),
        },
    ),
]
ZoneChoice: TypeAlias = Annotated[
    Zone,
    Field(description=N_("Zona de tarifa de la vivienda")),
    Slot(ask=N_("¿Qué código postal tiene la vivienda (o qué zona de tarifa, de la A a la D)?"), cues=("zona", "zone")),
]
BuildingSum: TypeAlias = Annotated[
    Amount,
    Field(le=20_000_000, description=N_("Capital de continente, EUR")),
    Slot(
        ask=N_("¿Qué capital de continente: lo que costaría reconstruir la vivienda, sin el suelo?"), units=EUROS,
        cues=("continente", "reconstrucción", "building sum", "building"),
    ),
]  # fmt: skip
ContentsSum: TypeAlias = Annotated[
    Amount,
    Field(le=5_000_000, description=N_("Capital de contenido, EUR")),
    Slot(
        ask=N_("¿Qué capital de contenido: muebles, ropa y enseres a valor de nuevo?"), units=EUROS,
        cues=("contenido", "mobiliario", "enseres", "contents"),
    ),
]  # fmt: skip
JewellerySum: TypeAlias = Annotated[
    Amount,
    Field(le=1_000_000, description=N_("Capital de joyas, EUR")),
    Slot(ask=N_("¿Qué capital de joyas, a primer riesgo?"), units=EUROS, cues=("joyas", "jewellery", "jewelry")),
]
BuildingAge: TypeAlias = Annotated[
    Whole,
    Field(le=500, description=N_("Antigüedad del edificio, años (o de sus tuberías, si se renovaron)")),
    Slot(
        ask=N_("¿De qué año es el edificio (o sus tuberías, si se renovaron)?"),
        cues=("antigüedad", "edificio de", "building age", "years old"),
    ),
]
SurfaceM2: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=10_000, description=N_("Superficie construida, m²")),
    Slot(
        ask=N_("¿Cuántos metros cuadrados construidos tiene?"), units=("m²", "m2", "metros cuadrados", "metros", "sqm"),
        cues=("superficie", "surface"),
    ),
]  # fmt: skip
SecurityChoice: TypeAlias = Annotated[
    Security,
    Field(description=N_("Protección contra el robo")),
    Slot(
        ask=N_("¿Qué protección tiene: ninguna, puerta blindada o alarma conectada?"),
        words={
            "ninguna": ("sin protección", "sin alarma", "no security"),
            "puerta_blindada": ("puerta blindada", "blindada", "security door", "armoured door"),
            "alarma_conectada": ("alarma conectada", "alarma", "monitored alarm", "alarm"),
        },
    ),
]
UnoccupiedMonths: TypeAlias = Annotated[
    Whole,
    Field(le=12, description=N_("Meses al año deshabitada")),
    Slot(
        ask=N_("¿Cuántos meses al año está deshabitada?"),
        units=("meses deshabitada", "meses vacía", "months unoccupied", "months empty"),
        cues=("deshabitada", "vacía", "unoccupied", "empty"),
    ),
]
DogChoice: TypeAlias = Annotated[
    Dog,
    Field(description=N_("Perro en la vivienda")),
    Slot(
        ask=N_("¿Hay perro en la vivienda: ninguno, perro o raza potencialmente peligrosa?"),
        words={
            "ninguno": ("sin perro", "ningún perro", "sin perros", "no dog"),
            "perro": ("con perro", "un perro", "perro", "with a dog", "dog"),
            "ppp": ("ppp", "perro potencialmente peligroso", "dangerous dog"),
        },
    ),
]
LiabilityLimit: TypeAlias = Annotated[
    Whole,
    one_of(150_000, 300_000, 600_000),
    Field(description=N_("Límite de responsabilidad civil familiar, EUR: 150000, 300000 o 600000")),
    Slot(
        ask=N_("¿Qué límite de responsabilidad civil familiar: 150.000, 300.000 o 600.000 euros?"),
        units=EUROS,
        cues=("responsabilidad civil", "responsabilidad civil de", "rc", "liability"),
    ),
]
Deductible: TypeAlias = Annotated[
    Whole,
    one_of(0, 150, 300),
    Field(description=N_("Franquicia, EUR: 0, 150 o 300")),
    Slot(
        ask=N_("¿Qué franquicia: 0, 150 o 300 euros?"),
        units=EUROS,
        cues=("franquicia", "franquicia de", "deductible", "excess"),
    ),
]
Claims3y: TypeAlias = Annotated[
    Whole,
    Field(le=50, description=N_("Siniestros de hogar en los últimos tres años")),
    Slot(
        ask=N_("¿Cuántos siniestros de hogar ha tenido en los últimos tres años?"),
        units=("siniestros", "partes", "claims"), cues=("siniestros", "partes", "claims"),
    ),
]  # fmt: skip
AnnualRent: TypeAlias = Annotated[
    Amount,
    Field(le=1_000_000, description=N_("Renta anual del alquiler, EUR")),
    Slot(
        ask=N_("¿Qué renta anual paga el inquilino, en euros?"), units=EUROS,
        cues=("renta anual", "renta", "alquiler anual", "annual rent", "rent"),
    ),
]  # fmt: skip
WithJewellery: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con garantía de joyas")),
    Slot(words={"true": ("con joyas", "asegurar las joyas", "with jewellery"), "false": ("sin joyas", "no jewellery")}),
]
WithAesthetic: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con daños estéticos")),
    Slot(words={"true": ("con daños estéticos", "con estéticos", "with aesthetic"), "false": ("sin daños estéticos",)}),
]
WithElectrical: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con daños eléctricos")),
    Slot(
        words={
            "true": ("con daños eléctricos", "con eléctricos", "with electrical"),
            "false": ("sin daños eléctricos",),
        }
    ),
]
WithRentDefault: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con impago de alquileres")),
    Slot(
        words={
            "true": ("con impago", "con impago de alquiler", "impago de alquileres", "with rent default"),
            "false": ("sin impago", "no rent default"),
        }
    ),
]
NewBusiness: TypeAlias = Annotated[
    bool,
    Field(description=N_("Descuento de nueva contratación (solo el primer año)")),
    Slot(words={"true": ("nueva contratación", "nuevo cliente", "new business"), "false": ("sin nueva contratación",)}),
]
Province: TypeAlias = Annotated[
    str,
    Field(pattern=r"^(0[1-9]|[1-4][0-9]|5[0-2])$", description=N_("Provincia de la vivienda, código INE")),
    Slot(cues=("código de provincia", "province code")),
]
CommunityPolicy: TypeAlias = Annotated[
    bool,
    Field(description=N_("La comunidad de propietarios tiene un seguro del edificio")),
    Slot(
        words={
            "true": ("la comunidad tiene seguro", "seguro de la comunidad", "community policy"),
            "false": ("la comunidad no tiene seguro", "sin seguro de comunidad", "no community policy"),
        }
    ),
]
IndexClause: TypeAlias = Annotated[
    bool,
    Field(description=N_("Los capitales se revalorizan con los precios en cada prórroga")),
    Slot(
        words={
            "true": ("con revalorización", "revalorización automática", "con índice", "index-linked"),
            "false": ("sin revalorización", "not index-linked"),
        }
    ),
]


class HogarRisk(InsuredRisk):
    """One dwelling to be priced."""

    product: ProductChoice
    dwelling_type: DwellingChoice
    building_age: BuildingAge
    use: UseChoice
    zone: ZoneChoice
    surface_m2: SurfaceM2
    dog: DogChoice
    liability_limit: LiabilityLimit
    deductible: Deductible
    claims_3y: Claims3y
    unoccupied_months: UnoccupiedMonths
    building_sum: BuildingSum | None = None
    contents_sum: ContentsSum | None = None
    security: SecurityChoice | None = None
    jewellery_sum: JewellerySum | None = None
    annual_rent: AnnualRent | None = None
    with_jewellery: WithJewellery | None = None
    with_aesthetic: WithAesthetic | None = None
    with_electrical: WithElectrical | None = None
    with_rent_default: WithRentDefault | None = None
    new_business: NewBusiness | None = None
    multi_policy: MultiPolicy | None = None
    commercial_discount_pct: CommercialDiscount | None = None
    province: Province | None = None
    community_policy: CommunityPolicy | None = None
    index_clause: IndexClause | None = None


NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "propietario": ("building_sum", "contents_sum", "security"),
    "inquilino": ("contents_sum", "security"),
    "arrendador": ("building_sum", "annual_rent"),
}
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {  # what each product may have besides
    "propietario": ("with_jewellery", "with_aesthetic", "with_electrical"),
    "inquilino": ("with_jewellery", "with_electrical"),
    "arrendador": ("with_aesthetic", "with_rent_default"),
}
ALL_OPTIONS: Final = ("with_jewellery", "with_aesthetic", "with_electrical", "with_rent_default")


def option_is_of_the_product(risk: HogarRisk) -> None:
    """Refuse a cover that the product does not have: it would be paid for by nobody and believed in."""
    for name in ALL_OPTIONS:
        if getattr(risk, name) and name not in OPTIONS[risk.product]:
            raise BadArguments(N_("Revise «{field}»: esta modalidad no tiene esa garantía."), field=name)


def jewellery_has_a_sum(risk: HogarRisk) -> None:
    """Refuse jewellery to be insured without a sum: it is insured at first loss, up to that."""
    if risk.with_jewellery and not risk.jewellery_sum:
        raise BadArguments(
            N_("Falta el capital de joyas («{field}»): se aseguran a primer riesgo."), field="jewellery_sum"
        )


def landlord_does_not_live_there(risk: HogarRisk) -> None:
    """Refuse a landlord's cover of a home that its owner lives in."""
    if risk.product == Product.ARRENDADOR and risk.use == Use.PRINCIPAL:
        raise BadArguments(
            N_("Revise «{field}»: la modalidad de arrendador es de una vivienda alquilada, no de la propia."),
            field="use",
        )


CONTRADICTIONS: Final[tuple[Callable[[Any], None], ...]] = (
    option_is_of_the_product,
    jewellery_has_a_sum,
    landlord_does_not_live_there,
)
