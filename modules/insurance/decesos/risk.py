"""The risk of funeral insurance (*riesgo de decesos*): many lives under one service value.

The fields are the inputs of the tariff. In the level modality each part of the service value
keeps the premium of the age at which it was taken: those are a life's `layers`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, Percent, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.lives import afresh
from tools import Slot

MOST_VALUE: Final = 20_000  # EUR; no funeral of ours costs more


class Product(StrEnum):
    """How the premium goes on (ROSSEAR art. 125.a); the reference tariff has no mixed modality."""

    NATURAL = "natural"
    SEMINATURAL = "seminatural"
    NIVELADA = "nivelada"
    PRIMA_UNICA = "prima_unica"


class Kinship(StrEnum):
    """What an insured is to the policyholder's family (*parentesco*)."""

    TITULAR = "titular"
    CONYUGE = "conyuge"
    HIJO = "hijo"
    PADRE = "padre"
    OTRO = "otro"


PRODUCTS: Final[Mapping[str, str]] = {
    "natural": N_("prima natural"),
    "seminatural": N_("prima seminatural"),
    "nivelada": N_("prima nivelada"),
    "prima_unica": N_("prima única"),
}


def _sold(value: object) -> object:
    if isinstance(value, str) and value.strip().casefold() == "mixta":
        raise ValueError(N_("la tarifa no tiene modalidad mixta: elija natural, seminatural, nivelada o prima única"))
    return value


ProductChoice: TypeAlias = Annotated[
    Product,
    BeforeValidator(_sold),
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: natural, seminatural, nivelada o prima única?"),
        cues=("modalidad", "product"),
        words={
            "natural": ("prima natural", "natural", "natural premium"),
            "seminatural": ("seminatural", "semi-natural"),
            "nivelada": ("nivelada", "prima nivelada", "level", "level premium"),
            "prima_unica": ("prima única", "única", "single premium"),
        },
    ),
]
ServiceValue: TypeAlias = Annotated[
    Amount,
    Field(ge=1_000, le=MOST_VALUE, description=N_("Valor del servicio fúnebre, EUR")),
    Slot(
        ask=N_("¿Qué valor tiene el servicio fúnebre en la provincia (euros)?"),
        units=("€", "euros", "eur"),
        cues=("valor del servicio", "capital", "service value"),
    ),
]
WithAccident: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con accidentes")),
    Slot(words={"true": ("con accidentes", "with accident"), "false": ("sin accidentes", "no accident")}),
]
WithTravel: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con asistencia en viaje")),
    Slot(words={"true": ("con asistencia en viaje", "with travel"), "false": ("sin asistencia en viaje", "no travel")}),
]
UpdatePct: TypeAlias = Annotated[
    Percent,
    Field(le=10, description=N_("Actualización anual del valor del servicio, %")),
    Slot(cues=("actualización", "revalorización", "yearly update"), units=("%",)),
]
AccidentSum: TypeAlias = Annotated[Amount, Field(le=60_000, description=N_("Capital de accidente, EUR"))]
KinshipChoice: TypeAlias = Annotated[
    Kinship,
    Field(description=N_("Parentesco")),
    Slot(
        words={
            "conyuge": ("cónyuge", "marido", "mujer", "esposo", "esposa", "spouse", "wife", "husband"),
            "hijo": ("hijo", "hija", "child", "son", "daughter"),
            "padre": ("padre", "madre", "father", "mother"),
        }
    ),
]
Province: TypeAlias = Annotated[str, Field(pattern=r"^(0[1-9]|[1-4][0-9]|5[0-2])$", description=N_("Provincia (INE)"))]


class LayerInput(BaseModel):
    """One part of a life's service value, with the yearly premium of the age at which it was taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: Annotated[date, Field(description=N_("Desde"))]
    value: Annotated[Amount, Field(gt=0, description=N_("Capital de la capa, EUR"))]
    age: Annotated[Whole, Field(le=110, description=N_("Edad al contratarla"))]
    premium: Annotated[Amount, Field(description=N_("Prima anual de la capa, EUR"))]


class InsuredLife(BaseModel):
    """One insured life; `age` is that of the effect of the annuity."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)

    age: Annotated[Whole, Field(le=110, description=N_("Edad del asegurado, años cumplidos"))]
    kinship: KinshipChoice | None = None
    full_name: Annotated[Words, Field(description=N_("Nombre del asegurado"))] | None = None
    born_on: Annotated[date, Field(description=N_("Fecha de nacimiento"))] | None = None
    province: Province | None = None
    serious_illness: Annotated[bool, Field(description=N_("Enfermedad grave declarada"))] | None = None
    accident_sum: AccidentSum | None = None
    insured_since: Annotated[date, Field(description=N_("Alta del asegurado"))] | None = None
    layers: Annotated[tuple[LayerInput, ...], Field(max_length=120, description=N_("Capas de capital"))] | None = None
    position: Annotated[Whole, Field(ge=1, description=N_("Número del asegurado en la póliza"))] | None = None


class DecesosRisk(InsuredRisk):
    """The insured lives of one policy to be priced."""

    product: ProductChoice
    service_value: ServiceValue
    insureds: Annotated[
        tuple[InsuredLife, ...],
        Field(min_length=1, max_length=100, description=N_("Asegurados")),
        Slot(ask=N_("¿Qué personas se aseguran? Indique la edad de cada una.")),
    ]
    with_accident: WithAccident | None = None
    with_travel: WithTravel | None = None
    service_update_pct: UpdatePct | None = None


class DecesosDetails(Details):
    """What the policy names besides."""

    with_repatriation: Annotated[bool, Field(description=N_("Con repatriación"))] | None = None
    niche_owned: Annotated[bool, Field(description=N_("Tiene nicho o sepultura en propiedad"))] | None = None
    free_provider_choice: (
        Annotated[bool, Field(description=N_("Libre elección del prestador del servicio (LCS art. 106 quáter)"))] | None
    ) = None


def layers_in_order(risk: DecesosRisk) -> None:
    """Refuse layers that are not in the order of their dates, or older than the life is now."""
    for person in risk.insureds:
        layers = person.layers or ()
        starts = [layer.from_on for layer in layers]
        if starts != sorted(starts) or any(layer.age > person.age for layer in layers):
            raise BadArguments(N_("Revise «{field}»: las capas no siguen el orden de fechas y edades."),
                               field="insureds.layers")  # fmt: skip


def offered(risk: dict[str, Any], on: date) -> dict[str, Any]:
    """The inputs of a new contract: everybody at the age of that day, without the layers of the old one."""
    return {**risk, "insureds": afresh(risk["insureds"], on)}


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """Who is insured, as a policy names it."""
    names = [str(one["full_name"]) for one in risk["insureds"] if one.get("full_name")]
    count = len(risk["insureds"])
    said = f"Servicio de {Decimal(str(risk['service_value'])):.0f} €, {count} asegurado{'' if count == 1 else 's'}"
    return f"{said}: {', '.join(names)}"[:400] if names else said
