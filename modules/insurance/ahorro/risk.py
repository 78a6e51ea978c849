"""The risk of savings insurance (*ahorro*): who saves, how much a year, how long, and how it is paid out."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.fields import Amount, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.savers import SaverAge
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    PIAS = "pias"
    SIALP = "sialp"
    AHORRO_GARANTIZADO = "ahorro_garantizado"


class Payout(StrEnum):
    """How the savings are paid out."""

    CAPITAL = "capital"
    RENTA_VITALICIA = "renta_vitalicia"
    RENTA_TEMPORAL = "renta_temporal"


PRODUCTS: Final[Mapping[str, str]] = {
    "pias": N_("PIAS, plan individual de ahorro sistemático"),
    "sialp": N_("SIALP, seguro individual de ahorro a largo plazo"),
    "ahorro_garantizado": N_("ahorro garantizado"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: PIAS, SIALP o ahorro garantizado?"),
        cues=("modalidad", "product"),
        words={
            "pias": ("pias", "ahorro sistemático", "systematic savings"),
            "sialp": ("sialp", "ahorro 5", "ahorro a largo plazo", "long-term savings"),
            "ahorro_garantizado": ("ahorro garantizado", "garantizado", "guaranteed savings"),
        },
    ),
]
YearlyContribution: TypeAlias = Annotated[
    Amount,
    Field(gt=0, le=10_000_000, description=N_("Aportación anual, EUR")),
    Slot(
        ask=N_("¿Cuánto se aporta al año (euros)?"), units=("€", "euros", "eur"),
        cues=("aportación", "aporta", "al año", "contribution"),
    ),
]  # fmt: skip
Horizon: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=80, description=N_("Duración prevista, años")),
    Slot(ask=N_("¿A cuántos años?"), units=("años", "years"), cues=("horizonte", "a", "durante", "horizon", "for")),
]
PayoutChoice: TypeAlias = Annotated[
    Payout,
    Field(description=N_("Forma de cobro")),
    Slot(
        ask=N_("¿Cómo se cobrará: capital, renta vitalicia o renta temporal?"),
        cues=("cobro", "payout"),
        words={
            "capital": ("capital", "lump sum"),
            "renta_vitalicia": ("renta vitalicia", "life annuity"),
            "renta_temporal": ("renta temporal", "term annuity"),
        },
    ),
]
Watched: TypeAlias = Annotated[
    bool,
    Field(description=N_("Persona con responsabilidad pública o de riesgo alto en prevención de blanqueo")),
    Slot(
        words={"true": ("pep", "responsabilidad pública", "politically exposed"), "false": ("no es pep", "not a pep")}
    ),
]


class AhorroRisk(InsuredRisk):
    """A year of contributions to be priced, and what they may grow to."""

    product: ProductChoice
    age: SaverAge
    annual_contribution: YearlyContribution
    horizon_years: Horizon
    payout: PayoutChoice
    pep_or_high_risk_aml: Watched | None = None


class AhorroDetails(Details):
    """What the policy names besides: who is paid on death, and what the person saves elsewhere."""

    beneficiaries: (
        Annotated[
            Words,
            Field(max_length=200, min_length=1, description=N_("Beneficiarios en caso de fallecimiento")),
            Slot(ask=N_("¿Quiénes son los beneficiarios en caso de fallecimiento?")),
        ]
        | None
    ) = None
    other_pias_total: (
        Annotated[Amount, Field(description=N_("Aportado a PIAS de otras aseguradoras en total, EUR"))] | None
    ) = None
    other_pias_year: (
        Annotated[Amount, Field(description=N_("Aportado este año a PIAS de otras aseguradoras, EUR"))] | None
    ) = None
    source_of_funds: Annotated[Words, Field(min_length=1, description=N_("Origen de los fondos"))] | None = None
    tax_residence: (
        Annotated[str, Field(pattern=r"^[A-Z]{2}$", description=N_("País de residencia fiscal, como ES"))] | None
    ) = None


def sialp_pays_capital(risk: AhorroRisk) -> None:
    """Refuse a SIALP paid as an annuity: its benefit is for capital alone (Ley 35/2006 art. 7.ñ)."""
    if risk.product == Product.SIALP and risk.payout != Payout.CAPITAL:
        raise BadArguments(N_("Revise «{field}»: un SIALP solo se cobra en forma de capital."), field="payout")


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The account as a policy names it."""
    name = str(risk["product"]).replace("_", " ").upper()
    return f"{name}, {risk['annual_contribution']} EUR/año, {risk['horizon_years']} años"
