"""The risk of a unit-linked policy: the premium, the profile it is invested by, and the client's own."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.i18n import N_
from modules.insurance.kernel.fields import Amount, Percent, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.savers import SaverAge
from modules.insurance.unit_linked.funds import funds
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    UNIT_LINKED_UNICA = "unit_linked_unica"


class Profile(StrEnum):
    """How much risk is taken."""

    CONSERVADOR = "conservador"
    EQUILIBRADO = "equilibrado"
    DINAMICO = "dinamico"


class Suitability(StrEnum):
    """What the suitability test says (RDL 3/2020 art. 181)."""

    IDONEO = "idoneo"
    NO_IDONEO = "no_idoneo"


PRODUCTS: Final[Mapping[str, str]] = {"unit_linked_unica": N_("unit linked de prima única")}
WORDS: Final = {
    "conservador": ("conservador", "conservadora", "conservative"),
    "equilibrado": ("equilibrado", "equilibrada", "balanced"),
    "dinamico": ("dinámico", "dinámica", "dinamico", "dynamic"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: unit linked de prima única?"),
        words={"unit_linked_unica": ("unit linked", "unit-linked", "prima única", "single premium")},
    ),
]
SinglePremium: TypeAlias = Annotated[
    Amount,
    Field(gt=0, le=50_000_000, description=N_("Prima única, EUR")),
    Slot(
        ask=N_("¿Qué prima única se invierte (euros)?"), units=("€", "euros", "eur"),
        cues=("prima única", "invertir", "invierte", "invest"),
    ),
]  # fmt: skip
Horizon: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=80, description=N_("Horizonte de inversión, años")),
    Slot(ask=N_("¿A cuántos años se invierte?"), units=("años", "years"), cues=("horizonte", "horizon")),
]
ProfileChoice: TypeAlias = Annotated[
    Profile,
    Field(description=N_("Perfil de la inversión")),
    Slot(ask=N_("¿Con qué perfil se invierte: conservador, equilibrado o dinámico?"), words=WORDS),
]
ClientProfile: TypeAlias = Annotated[
    Profile,
    Field(description=N_("Perfil de riesgo del cliente según el test")),
    Slot(ask=N_("¿Qué perfil de riesgo dio el test del cliente?"), cues=("perfil del cliente", "client profile")),
]  # fmt: skip
SuitabilityResult: TypeAlias = Annotated[
    Suitability,
    Field(description=N_("Resultado del test de idoneidad")),
    Slot(
        ask=N_("¿El test de idoneidad dio idóneo o no idóneo?"),
        words={"no_idoneo": ("no idóneo", "no idónea", "not suitable"), "idoneo": ("idóneo", "idónea", "suitable")},
    ),
]


class UnitLinkedRisk(InsuredRisk):
    """A single premium to be invested, and what it may grow to."""

    product: ProductChoice
    age: SaverAge
    single_premium: SinglePremium
    horizon_years: Horizon
    profile: ProfileChoice
    client_risk_profile: ClientProfile
    suitability_result: SuitabilityResult


class Share(BaseModel):
    """What part of the premium goes into a fund."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    isin: Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")]
    pct: Annotated[Percent, Field(gt=0)]


def _whole(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """All of the premium, each fund once, every fund one of the contract's."""
    if sum((share.pct for share in shares), Decimal(0)) != 100:
        raise ValueError(N_("los porcentajes deben sumar 100"))
    names = [share.isin for share in shares]
    if len(set(names)) != len(names) or not set(names) <= funds().keys():
        raise ValueError(N_("cada fondo debe ser del contrato y estar una sola vez"))
    return shares


class UnitLinkedDetails(Details):
    """What the policy names besides: the funds, the beneficiaries, and when the client was tested."""

    fund_allocation: (
        Annotated[
            tuple[Share, ...], Field(min_length=1, max_length=10, description=N_("Fondos y porcentaje de cada uno")),
            AfterValidator(_whole), Slot(ask=N_("¿En qué fondos y con qué porcentaje?")),
        ] | None
    ) = None  # fmt: skip
    suitability_on: (
        Annotated[
            date, Field(description=N_("Fecha del test de idoneidad")),
            Slot(ask=N_("¿Qué día se hizo el test de idoneidad?"), cues=("test", "idoneidad", "suitability")),
        ] | None
    ) = None  # fmt: skip
    beneficiaries: (
        Annotated[
            Words, Field(max_length=200, min_length=1, description=N_("Beneficiarios en caso de fallecimiento")),
            Slot(ask=N_("¿Quiénes son los beneficiarios en caso de fallecimiento?")),
        ] | None
    ) = None  # fmt: skip
    source_of_funds: Annotated[Words, Field(min_length=1, description=N_("Origen de los fondos"))] | None = None


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The investment as a policy names it."""
    return f"Unit linked, perfil {risk['profile']}, prima única {risk['single_premium']} EUR"
