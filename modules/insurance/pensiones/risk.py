"""What a pension plan is projected from: the participant's contribution, income, tax rates and profile."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from core.i18n import N_
from modules.insurance.kernel.fields import Amount, Percent, Whole, Words
from modules.insurance.kernel.line import Details, InsuredRisk
from modules.insurance.kernel.savers import SaverAge
from tools import Slot


class Product(StrEnum):
    """Which plan it is; a PPA is the insurance like a plan."""

    PLAN_INDIVIDUAL = "plan_individual"
    PLAN_EMPLEO = "plan_empleo"
    PLAN_AUTONOMO_SIMPLIFICADO = "plan_autonomo_simplificado"
    PPA = "ppa"


class Profile(StrEnum):
    """What the fund of the plan invests in."""

    RENTA_FIJA = "renta_fija"
    MIXTO = "mixto"
    RENTA_VARIABLE = "renta_variable"


PRODUCTS: Final[Mapping[str, str]] = {
    "plan_individual": N_("plan de pensiones individual"),
    "plan_empleo": N_("plan de pensiones de empleo"),
    "plan_autonomo_simplificado": N_("plan de pensiones simplificado de autónomos"),
    "ppa": N_("plan de previsión asegurado (PPA)"),
}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué plan: individual, de empleo, simplificado de autónomos o PPA?"),
        cues=("modalidad", "product"),
        words={
            "plan_individual": ("plan individual", "individual", "individual plan"),
            "plan_empleo": ("plan de empleo", "empleo", "employment plan"),
            "plan_autonomo_simplificado": ("simplificado", "autónomos", "autónomo", "self-employed plan"),
            "ppa": ("ppa", "previsión asegurado"),
        },
    ),
]
YearlyContribution: TypeAlias = Annotated[
    Amount,
    Field(gt=0, le=1_000_000, description=N_("Aportación anual, EUR")),
    Slot(
        ask=N_("¿Cuánto aporta al año el partícipe (euros)?"), units=("€", "euros", "eur"),
        cues=("aportación", "aporta", "contribution"),
    ),
]  # fmt: skip
NetIncome: TypeAlias = Annotated[
    Amount,
    Field(le=100_000_000, description=N_("Rendimientos netos del trabajo y de actividades, EUR al año")),
    Slot(
        ask=N_("¿Qué rendimientos netos del trabajo y de actividades tiene al año (euros)?"),
        cues=("rendimientos", "ingresos", "income"),
    ),
]
Fraction: TypeAlias = Annotated[Percent, Field(le=1)]
MarginalRate: TypeAlias = Annotated[
    Fraction,
    Field(description=N_("Tipo marginal de IRPF, como 0.37")),
    Slot(ask=N_("¿Qué tipo marginal de IRPF tiene (como 0.37)?"), cues=("tipo marginal", "marginal rate")),
]
LaterRate: TypeAlias = Annotated[
    Fraction,
    Field(description=N_("Tipo marginal previsto en la jubilación, como 0.24")),
    Slot(ask=N_("¿Qué tipo marginal tendrá en la jubilación (como 0.24)?"), cues=("en la jubilación", "at retirement")),
]
Horizon: TypeAlias = Annotated[
    Whole,
    Field(ge=1, le=80, description=N_("Años hasta la jubilación")),
    Slot(ask=N_("¿Cuántos años faltan para la jubilación?"), units=("años", "years"), cues=("faltan", "horizonte")),
]
ProfileChoice: TypeAlias = Annotated[
    Profile,
    Field(description=N_("En qué invierte el fondo")),
    Slot(
        ask=N_("¿En qué invierte: renta fija, mixto o renta variable?"),
        words={
            "renta_fija": ("renta fija", "fixed income", "bonds"), "mixto": ("mixto", "mixta", "mixed"),
            "renta_variable": ("renta variable", "bolsa", "equity", "shares"),
        },
    ),
]  # fmt: skip


class PensionesRisk(InsuredRisk):
    """A year of contributions to a plan, and what it may grow to."""

    product: ProductChoice
    age: SaverAge
    annual_contribution: YearlyContribution
    net_income: NetIncome
    irpf_marginal_rate: MarginalRate
    retirement_marginal_rate: LaterRate
    horizon_years: Horizon
    profile: ProfileChoice


class PensionesDetails(Details):
    """What the adhesion names besides."""

    retires_on: (
        Annotated[date, Field(description=N_("Fecha prevista de jubilación")),
                  Slot(ask=N_("¿En qué fecha prevé jubilarse?"), cues=("jubilarse", "jubilación", "retires"))] | None
    ) = None  # fmt: skip
    beneficiaries: (
        Annotated[Words, Field(max_length=200, min_length=1, description=N_("Beneficiarios en caso de fallecimiento")),
                  Slot(ask=N_("¿Quiénes son los beneficiarios en caso de fallecimiento?"))] | None
    ) = None  # fmt: skip
    other_plans_year: (
        Annotated[Amount, Field(description=N_("Aportado este año a planes de otras gestoras, EUR"))] | None
    ) = None


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The plan as its adhesion names it."""
    return f"{str(risk['product']).replace('_', ' ').capitalize()}, {risk['annual_contribution']} EUR/año"
