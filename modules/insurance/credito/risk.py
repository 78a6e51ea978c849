"""The risk of trade credit: what is sold on credit, to whom, and how it has been paid."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from core.i18n import N_
from modules.insurance.kernel.fields import Amount, CommercialDiscount, Percent, ReadWhole, Whole
from modules.insurance.kernel.line import Details, InsuredRisk
from tools import Slot


class Product(StrEnum):
    """What is bought."""

    CARTERA = "cartera"


class Sector(StrEnum):
    """What the debtors do."""

    ALIMENTACION = "alimentacion"
    INDUSTRIA = "industria"
    CONSTRUCCION = "construccion"
    TEXTIL = "textil"
    SERVICIOS = "servicios"


class CountryGroup(StrEnum):
    """How risky the debtors' countries are."""

    OCDE = "ocde"
    EMERGENTE = "emergente"
    ALTO = "alto"


PRODUCTS: Final[Mapping[str, str]] = {"cartera": N_("crédito, toda la cartera de ventas")}
ProductChoice: TypeAlias = Annotated[
    Product,
    Field(description=N_("Modalidad")),
    Slot(
        ask=N_("¿Qué modalidad: toda la cartera de ventas?"),
        words={"cartera": ("cartera", "toda la cartera", "whole turnover")},
    ),
]
DomesticSales: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Ventas nacionales aseguradas, EUR al año")),
    Slot(ask=N_("¿Qué ventas nacionales a crédito hay al año (euros)?"), cues=("nacionales", "domestic")),
]
ExportSales: TypeAlias = Annotated[
    Amount,
    Field(description=N_("Ventas de exportación aseguradas, EUR al año")),
    Slot(ask=N_("¿Qué ventas de exportación a crédito hay al año (euros)?"), cues=("exportación", "export")),
]
SectorChoice: TypeAlias = Annotated[
    Sector,
    Field(description=N_("Sector de los deudores")),
    Slot(
        ask=N_("¿De qué sector son los deudores: alimentación, industria, construcción, textil o servicios?"),
        cues=("sector",),
        words={
            "alimentacion": ("alimentación", "food"), "industria": ("industria", "industry"),
            "construccion": ("construcción", "building"), "textil": ("textil", "textiles"),
            "servicios": ("servicios", "services"),
        },
    ),
]  # fmt: skip
Dso: TypeAlias = Annotated[
    Whole,
    Field(le=720, description=N_("Plazo medio de cobro, días")),
    Slot(ask=N_("¿En cuántos días se cobra de media?"), units=("días", "days"), cues=("plazo", "dso")),
]
CoverPct: TypeAlias = Annotated[
    Literal[80, 85, 90, 95],
    ReadWhole,
    Field(description=N_("Porcentaje de cobertura: 80, 85, 90 o 95")),
    Slot(ask=N_("¿Qué porcentaje se cubre: 80, 85, 90 o 95?"), units=("%",), cues=("cobertura", "cubre", "cover")),
]
BadDebt: TypeAlias = Annotated[
    Whole,
    Field(le=10_000, description=N_("Impagados, en puntos básicos de las ventas")),
    Slot(ask=N_("¿Qué impagados ha habido, en puntos básicos de las ventas?"), units=("puntos básicos", "bp")),
]
CountryChoice: TypeAlias = Annotated[
    CountryGroup,
    Field(description=N_("Riesgo país de los deudores")),
    Slot(
        ask=N_("¿De qué países son los deudores: OCDE, emergentes o de riesgo alto?"),
        words={"ocde": ("ocde", "oecd"), "emergente": ("emergente", "emergentes", "emerging"), "alto": ("alto",)},
    ),
]  # fmt: skip
LargestPct: TypeAlias = Annotated[
    Percent,
    Field(description=N_("Parte del mayor deudor en las ventas, %")),
    Slot(ask=N_("¿Qué parte de las ventas es del mayor deudor (%)?"), units=("%",), cues=("mayor deudor", "largest")),
]
Overdue: TypeAlias = Annotated[Amount, Field(description=N_("Vencido hace más de 60 días, EUR"))]


class CreditoRisk(InsuredRisk):
    """A year of sales on credit to be priced."""

    product: ProductChoice
    domestic_insured_sales: DomesticSales
    export_insured_sales: ExportSales
    debtor_sector: SectorChoice
    dso_days: Dso
    cover_pct: CoverPct
    bad_debt_bp: BadDebt
    country_group: CountryChoice
    largest_debtor_pct: LargestPct | None = None
    overdue_60d: Overdue | None = None
    commercial_discount_pct: CommercialDiscount | None = None


class CreditoDetails(Details):
    """What the policy names besides."""

    payment_terms_days: (
        Annotated[Whole, Field(ge=1, le=365, description=N_("Plazo de pago máximo que se concede, días"))] | None
    ) = None


def sales_of(risk: CreditoRisk) -> Decimal:
    """All sales that the premium was priced on."""
    return risk.domestic_insured_sales + risk.export_insured_sales


def describe(risk: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """The sales as a policy names them."""
    return f"Ventas a crédito, sector {risk['debtor_sector']}, cobertura {risk['cover_pct']} %"
