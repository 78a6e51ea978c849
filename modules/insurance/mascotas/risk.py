"""The risk of pet insurance (*riesgo de mascotas*): one dog or cat. The fields are the inputs of the tariff."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, ReadWhole, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    RC_OBLIGATORIA = "rc_obligatoria"
    COMPLETO = "completo"


class Species(StrEnum):
    """Which animal it is."""

    PERRO = "perro"
    GATO = "gato"


class BreedRisk(StrEnum):
    """How often animals of the breed fall ill."""

    BAJO = "bajo"
    MEDIO = "medio"
    ALTO = "alto"


PRODUCTS: Final[Mapping[str, str]] = {
    "rc_obligatoria": N_("responsabilidad civil obligatoria"),
    "completo": N_("mascotas completo"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: solo responsabilidad civil o completo, con veterinario?"),
        cues=("modalidad", "product"),
        words={
            "rc_obligatoria": ("responsabilidad civil", "rc obligatoria", "solo rc", "liability only", "liability"),
            "completo": ("completo", "con veterinario", "gastos veterinarios", "full", "with vet"),
        },
    ),
]
SpeciesChoice: TypeAlias = Annotated[
    Species,
    Field(description=N_("Especie")),
    Slot(
        ask=N_("¿Es perro o gato?"),
        words={"perro": ("perro", "perra", "cachorro", "dog", "puppy"), "gato": ("gato", "gata", "cat", "kitten")},
    ),
]
PetAge: TypeAlias = Annotated[
    Whole,
    Field(le=40, description=N_("Edad del animal, años cumplidos")),
    Slot(ask=N_("¿Cuántos años tiene el animal?"), units=("años", "years"), cues=("edad", "age")),
]
DangerousBreed: TypeAlias = Annotated[
    bool,
    Field(description=N_("Raza potencialmente peligrosa (RD 287/2002)")),
    Slot(
        ask=N_("¿Es de raza potencialmente peligrosa (PPP)?"),
        words={"true": ("ppp", "potencialmente peligroso", "dangerous breed"), "false": ("no es ppp", "no ppp")},
    ),
]
PppLicence: TypeAlias = Annotated[
    bool,
    Field(description=N_("Licencia de tenencia de PPP")),
    Slot(words={"true": ("con licencia", "licensed"), "false": ("sin licencia", "no licence")}),
]
Microchip: TypeAlias = Annotated[
    bool,
    Field(description=N_("Lleva microchip")),
    Slot(
        ask=N_("¿Lleva microchip?"),
        words={"true": ("con microchip", "microchip", "con chip"), "false": ("sin microchip", "sin chip", "no chip")},
    ),
]
PreviousBites: TypeAlias = Annotated[
    Whole,
    Field(le=50, description=N_("Mordeduras anteriores")),
    Slot(ask=N_("¿Cuántas veces ha mordido a alguien?"), units=("mordeduras", "bites"), cues=("mordido", "bitten")),
]
BreedRiskChoice: TypeAlias = Annotated[
    BreedRisk,
    Field(description=N_("Riesgo de enfermedad de la raza")),
    Slot(ask=N_("¿Qué riesgo de enfermedad tiene la raza: bajo, medio o alto?"), cues=("riesgo", "breed risk")),
]
AnimalValue: TypeAlias = Annotated[
    Amount,
    Field(le=50_000, description=N_("Valor del animal, EUR")),
    Slot(
        ask=N_("¿Cuánto vale el animal (euros)?"), units=("€", "euros", "eur"), cues=("valor", "vale", "value", "worth")
    ),
]
VetLimit: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=20_000, description=N_("Límite anual de gastos veterinarios, EUR")),
    Slot(ask=N_("¿Qué límite anual de gastos veterinarios, en euros?"), cues=("límite veterinario", "vet limit")),
]
Reimbursement: TypeAlias = Annotated[
    Literal[70, 80, 90],
    ReadWhole,
    Field(description=N_("Reembolso de gastos veterinarios, %: 70, 80 o 90")),
    Slot(ask=N_("¿Qué porcentaje de reembolso: 70, 80 o 90?"), cues=("reembolso", "reimbursement"), units=("%",)),
]
LiabilityLimit: TypeAlias = Annotated[
    Literal[120_000, 150_000, 300_000],
    ReadWhole,
    Field(description=N_("Límite de responsabilidad civil, EUR: 120000, 150000 o 300000")),
    Slot(
        ask=N_("¿Qué límite de responsabilidad civil: 120.000, 150.000 o 300.000 euros?"),
        cues=("límite", "responsabilidad civil de", "liability limit"),
    ),
]
SecondPet: TypeAlias = Annotated[
    bool,
    Field(description=N_("Es el segundo animal asegurado")),
    Slot(words={"true": ("segunda mascota", "segundo perro", "second pet"), "false": ("primera mascota",)}),
]


class MascotasRisk(InsuredRisk):
    """One animal to be priced."""

    product: ProductChoice
    species: SpeciesChoice
    pet_age: PetAge
    dangerous_breed: DangerousBreed
    ppp_licence: PppLicence | None = None
    microchip: Microchip
    previous_bites: PreviousBites
    liability_limit: LiabilityLimit
    breed_risk: BreedRiskChoice | None = None
    animal_value: AnimalValue | None = None
    vet_annual_limit: VetLimit | None = None
    reimbursement_pct: Reimbursement | None = None
    second_pet: SecondPet | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class MascotasDetails(Details):
    """What the policy names besides: the chip and the breed."""

    chip_no: (
        Annotated[
            str,
            Field(pattern=r"^[0-9]{15}$", description=N_("Número de microchip, 15 cifras")),
            Slot(ask=N_("¿Qué número de microchip tiene (15 cifras)?"), pattern=r"\b\d{15}\b"),
        ]
        | None
    ) = None
    animal_name: Annotated[Words, Field(description=N_("Nombre del animal"))] | None = None
    breed: Annotated[Words, Field(description=N_("Raza"))] | None = None


def licence_is_of_a_dog(risk: MascotasRisk) -> None:
    """Refuse a cat of a breed that the law calls dangerous: the decree knows dogs alone (RD 287/2002 art. 2)."""
    if risk.species == Species.GATO and risk.dangerous_breed:
        raise BadArguments(N_("Revise «{field}»: solo un perro puede ser de raza peligrosa."), field="dangerous_breed")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The animal as a policy names it."""
    named = " ".join(
        filter(None, (str(risk["species"]).capitalize(), details.get("breed"), details.get("animal_name")))
    )
    return f"{named}, microchip {details['chip_no']}" if details.get("chip_no") else named


def chip_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies the animal."""
    chip: str | None = details.get("chip_no")
    return chip
