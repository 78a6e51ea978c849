"""The risk of surety: what is guaranteed, for how long, and how solid the client is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from core.i18n import N_
from modules.insurance.kernel.fields import Amount, Percent, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is guaranteed."""

    FIANZA_LICITACION = "fianza_licitacion"
    AVAL_EJECUCION = "aval_ejecucion"
    CANTIDADES_ANTICIPADAS_VIVIENDA = "cantidades_anticipadas_vivienda"
    FIANZA_ADUANERA = "fianza_aduanera"


class Grade(StrEnum):
    """The client's financial rating."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


PRODUCTS: Final[Mapping[str, str]] = {
    "fianza_licitacion": N_("fianza de licitación"),
    "aval_ejecucion": N_("aval de ejecución de contrato"),
    "cantidades_anticipadas_vivienda": N_("cantidades anticipadas de vivienda"),
    "fianza_aduanera": N_("fianza aduanera"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué se garantiza: licitación, ejecución de contrato, cantidades de vivienda o aduanas?"),
        cues=("modalidad", "product"),
        words={
            "fianza_licitacion": ("licitación", "fianza provisional", "bid bond"),
            "aval_ejecucion": ("ejecución", "fianza definitiva", "performance bond"),
            "cantidades_anticipadas_vivienda": (
                "cantidades anticipadas",
                "compradores de vivienda",
                "housing deposits",
            ),
            "fianza_aduanera": ("aduanera", "aduanas", "customs bond"),
        },
    ),
]
GuaranteeAmount: TypeAlias = Annotated[
    Amount,
    Field(gt=0, description=N_("Importe garantizado, EUR")),
    Slot(
        ask=N_("¿Qué importe se garantiza (euros)?"), units=("€", "euros"),
        cues=("garantiza", "importe", "aval de", "guarantee"),
    ),
]  # fmt: skip
TermMonths: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=120, description=N_("Duración, meses")),
    Slot(ask=N_("¿Durante cuántos meses?"), units=("meses", "months"), cues=("plazo", "duración")),
]
Rating: TypeAlias = Annotated[
    Grade,
    Field(description=N_("Calificación financiera: A, B, C o D")),
    Slot(ask=N_("¿Qué calificación financiera tiene: A, B, C o D?"), cues=("calificación", "rating")),
]
Equity: TypeAlias = Annotated[
    Amount, Field(description=N_("Fondos propios, EUR")), Slot(cues=("fondos propios", "equity"))
]  # fmt: skip
Exposure: TypeAlias = Annotated[
    Percent,
    Field(description=N_("Riesgo vivo sobre fondos propios, %")),
    Slot(ask=N_("¿Qué parte de sus fondos propios es el riesgo vivo (%)?"), units=("%",), cues=("riesgo vivo",)),
]
Collateral: TypeAlias = Annotated[
    Percent,
    Field(description=N_("Contragarantía, % del importe")),
    Slot(ask=N_("¿Qué contragarantía da (% del importe)?"), units=("%",), cues=("contragarantía", "collateral")),
]
Insolvency: TypeAlias = Annotated[
    bool,
    Field(description=N_("En concurso de acreedores")),
    Slot(
        ask=N_("¿Está en concurso de acreedores?"),
        words={"true": ("en concurso", "insolvent"), "false": ("sin concurso", "not insolvent")},
    ),
]


class CaucionRisk(InsuredRisk):
    """One guarantee to be priced for its whole term."""

    product: ProductChoice
    guarantee_amount: GuaranteeAmount
    term_months: TermMonths
    financial_rating: Rating
    collateral_pct: Collateral
    insolvency_proceedings: Insolvency
    exposure_to_equity_pct: Exposure
    equity: Equity | None = None


class CaucionDetails(Details):
    """What the policy names besides: the beneficiary, who is neither client nor insurer, and what is tendered."""

    beneficiary_name: (
        Annotated[Words, Field(min_length=2, description=N_("Beneficiario de la garantía")),
                  Slot(ask=N_("¿Ante quién se garantiza?"), cues=("ante", "beneficiario", "beneficiary"))] | None
    ) = None  # fmt: skip
    beneficiary_id: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9]{5,20}$", description=N_("NIF del beneficiario"))] | None
    ) = None
    tender_ref: Annotated[Words, Field(description=N_("Expediente o contrato"))] | None = None
    counter_guarantors: Annotated[Words, Field(max_length=200, description=N_("Contragarantes"))] | None = None


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The guarantee as a policy names it."""
    name = str(risk["product"]).replace("_", " ").capitalize()
    before = f" ante {details['beneficiary_name']}" if details.get("beneficiary_name") else ""
    return f"{name} de {risk['guarantee_amount']} EUR{before}"


def reference_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str | None:
    """What identifies the obligation: the tender or contract."""
    found: str | None = details.get("tender_ref")
    return found
