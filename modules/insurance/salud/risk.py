"""The risk of health insurance (*riesgo de salud*): the insured lives, each with its own start and its own price.

The fields are the inputs of the tariff. The sex is never asked, and pregnancy or birth never
change a premium (Directive 2004/113/EC; ROSSEAR art. 121.2).
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.lives import afresh
from modules.insurance.salud.acts import Act
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    SIN_COPAGO = "cuadro_medico_sin_copago"
    COPAGO = "cuadro_medico_copago"
    REEMBOLSO = "reembolso"


class Zone(StrEnum):
    """The tariff's zone of residence."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Kinship(StrEnum):
    """What an insured is to the policyholder's family (*parentesco*)."""

    TITULAR = "titular"
    CONYUGE = "conyuge"
    HIJO = "hijo"
    OTRO = "otro"


PRODUCTS: Final[Mapping[str, str]] = {
    "cuadro_medico_sin_copago": N_("cuadro médico sin copago"),
    "cuadro_medico_copago": N_("cuadro médico con copago"),
    "reembolso": N_("reembolso"),
}
KINSHIPS: Final[Mapping[str, str]] = {
    "titular": N_("titular"), "conyuge": N_("cónyuge"), "hijo": N_("hijo o hija"), "otro": N_("otro"),
}  # fmt: skip
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: cuadro médico sin copago, con copago, o reembolso?"),
        cues=("modalidad", "product"),
        words={
            "cuadro_medico_sin_copago": ("sin copago", "sin copagos", "no copay", "without copay"),
            "cuadro_medico_copago": ("con copago", "con copagos", "with copay", "copay plan"),
            "reembolso": ("reembolso", "libre elección", "reimbursement"),
        },
    ),
]
ZoneChoice: TypeAlias = Annotated[
    Zone,
    Field(description=N_("Zona de la tarifa")),
    Slot(ask=N_("¿Qué zona de la tarifa: A, B, C o D?"), cues=("zona", "zone"), pattern=r"\b[A-D]\b"),
]
KinshipChoice: TypeAlias = Annotated[
    Kinship,
    Field(description=N_("Parentesco")),
    Slot(
        words={
            "conyuge": ("cónyuge", "marido", "mujer", "esposo", "esposa", "spouse", "wife", "husband"),
            "hijo": ("hijo", "hija", "recién nacido", "bebé", "child", "son", "daughter", "new-born"),
        }
    ),
]
WithDental: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con dental")),
    Slot(words={"true": ("con dental", "con dentista", "with dental"), "false": ("sin dental", "no dental")}),
]
WithTravel: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con asistencia en viaje")),
    Slot(words={"true": ("con asistencia en viaje", "with travel"), "false": ("sin asistencia en viaje", "no travel")}),
]
GroupScheme: TypeAlias = Annotated[
    bool,
    Field(description=N_("Colectivo de empresa")),
    Slot(words={"true": ("colectivo", "póliza colectiva", "group scheme"), "false": ("individual",)}),
]
AnnualLimit: TypeAlias = Annotated[
    Amount,
    Field(ge=1_000, le=2_000_000, description=N_("Límite anual por asegurado, EUR")),
    Slot(units=("€", "euros", "eur"), cues=("límite anual", "annual limit")),
]
HealthLoading: TypeAlias = Annotated[Amount, Field(le=1_000, description=N_("Sobreprima de salud, %"))]


class AddedCover(BaseModel):
    """A cover that an insured got after joining; it waits from its own date."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_enum_values=True)

    act: Annotated[Act, Field(description=N_("Acto médico"))]
    added_on: Annotated[date, Field(description=N_("Incluido desde"))]


class InsuredPerson(BaseModel):
    """One insured life; `age` alone is needed for a price, the rest for the policy and the waiting periods."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_enum_values=True)

    age: Annotated[Whole, Field(le=120, description=N_("Edad del asegurado, años cumplidos"))]
    kinship: KinshipChoice | None = None
    full_name: Annotated[Words, Field(description=N_("Nombre del asegurado"))] | None = None
    born_on: Annotated[date, Field(description=N_("Fecha de nacimiento"))] | None = None
    insured_since: Annotated[date, Field(description=N_("Alta del asegurado"))] | None = None
    health_loading_pct: HealthLoading | None = None
    chronic_condition: Annotated[bool, Field(description=N_("Enfermedad crónica declarada"))] | None = None
    exclusions: Annotated[tuple[Act, ...], Field(max_length=16, description=N_("Actos excluidos por pacto"))] = ()
    previous_insurer: Annotated[Words, Field(description=N_("Aseguradora de salud anterior"))] | None = None
    previous_since: Annotated[date, Field(description=N_("Asegurado allí desde"))] | None = None
    previous_until: Annotated[date, Field(description=N_("Asegurado allí hasta"))] | None = None
    previous_proved: Annotated[bool, Field(description=N_("Certificado de la póliza anterior aportado"))] | None = None
    left_group_on: Annotated[date, Field(description=N_("Baja del colectivo"))] | None = None
    added: Annotated[tuple[AddedCover, ...], Field(max_length=16, description=N_("Coberturas añadidas después"))] = ()
    position: Annotated[Whole, Field(ge=1, description=N_("Número del asegurado en la póliza"))] | None = None


class SaludRisk(InsuredRisk):
    """The insured lives of one policy to be priced."""

    product: ProductChoice
    zone: ZoneChoice
    insureds: Annotated[
        tuple[InsuredPerson, ...],
        Field(min_length=1, max_length=100, description=N_("Asegurados")),
        Slot(ask=N_("¿Qué personas se aseguran? Indique la edad de cada una.")),
    ]
    with_dental: WithDental | None = None
    with_travel: WithTravel | None = None
    group_scheme: GroupScheme | None = None
    annual_limit: AnnualLimit | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class SaludDetails(Details):
    """What the policy names besides."""

    network: Annotated[Words, Field(description=N_("Cuadro médico entregado"))] | None = None
    waives_non_renewal: (
        Annotated[
            bool,
            Field(description=N_("La compañía renuncia a oponerse a la prórroga de quien lleva más de tres años")),
        ]
        | None
    ) = None


def dates_in_order(risk: SaludRisk) -> None:
    """Refuse a former policy that ended before it began, and who was insured before birth."""
    for person in risk.insureds:
        since, until = person.previous_since, person.previous_until
        if since and until and until <= since:
            text = N_("Revise «{field}»: la póliza anterior acabó antes de empezar.")
            raise BadArguments(text, field="insureds.previous_until")
        if person.born_on and person.insured_since and person.insured_since < person.born_on:
            text = N_("Revise «{field}»: el alta es anterior al nacimiento.")
            raise BadArguments(text, field="insureds.insured_since")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """Who is insured, as a policy names it."""
    names = [str(one["full_name"]) for one in risk["insureds"] if one.get("full_name")]
    count = len(risk["insureds"])
    said = f"{count} asegurado" if count == 1 else f"{count} asegurados"
    return f"{said}: {', '.join(names)}"[:400] if names else said


def offered(risk: dict[str, Any], on: date) -> dict[str, Any]:
    """The inputs of a new contract: the months in the policy that runs count as proved (no new waiting)."""
    people = []
    for old, new in zip(risk["insureds"], afresh(risk["insureds"], on), strict=True):
        since = old.get("insured_since")
        if since and str(since) < on.isoformat():
            new |= {"previous_since": str(since), "previous_until": on.isoformat(), "previous_proved": True}
        people.append(new)
    return {**risk, "insureds": people}
