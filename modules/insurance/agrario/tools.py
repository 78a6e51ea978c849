"""The tools of agricultural insurance: price, quote, the value of parcels, and what a policy holds."""

from datetime import date
from decimal import Decimal

from core.context import Context
from core.i18n import N_
from core.money import ZERO
from modules.insurance.agrario.line import LINE
from modules.insurance.agrario.parcels import (
    Parcels,
    campaign,
    check_limits,
    is_open,
    production_value,
    said,
)
from modules.insurance.agrario.records import GrantedSubsidy, InsuredParcel
from modules.insurance.agrario.risk import AgrarioRisk, CropChoice
from modules.insurance.agrario.views import HoldingView, ParcelRow, ProductionView, SubsidyRow
from modules.insurance.kernel.entries import of_policy, policy_of
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from tools import Risk, tool


class AgrarioRequest(QuoteRequest, line=LINE):
    """What a farmer says of what is to be insured."""


@tool(
    Risk.READ,
    permission="agrario:read",
    title=N_("Tarificar un seguro agrario"),
    examples=(
        "Tarifica un viñedo de 74.000 € de producción en zona B, módulo 2, sin cliente",
        "Calcula la prima agraria de un olivar con subvención",
        "Rate a vineyard worth 74,000 euros in zone B",
    ),
)
def rate(ctx: Context, risk: AgrarioRisk) -> Rating:
    """The premium of a crop, a herd or a farm with taxes, subsidy and what the farmer pays; nothing is kept.

    The combined scheme bears no premium tax and is paid at once. Outside the subscription
    period it is declined.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="agrario:quote",
    title=N_("Cotizar un seguro agrario"),
    examples=(
        "Cotiza un seguro agrario de viñedo para Agrícola Muñoz",
        "Presupuesto de Agroseguro para el olivar de Raquel Gómez",
        "Quote crop insurance for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: AgrarioRequest) -> QuoteView:
    """Price a farmer's crop, herd or farm and keep the quote for 30 days; it binds nobody."""
    return quoted(ctx, request)


@tool(
    Risk.READ,
    permission="agrario:read",
    title=N_("Calcular el valor de producción"),
    examples=(
        "Calcula el valor de producción de estas parcelas de viñedo",
        "Qué producción tienen las parcelas del olivar y hasta cuándo se puede asegurar",
        "What is the production value of these vineyard parcels?",
    ),
)
def calculate_production(ctx: Context, crop: CropChoice, parcels: Parcels, on: date | None = None) -> ProductionView:
    """The value of production of parcels, and the campaign in which the crop may be insured.

    Each parcel has its SIGPAC reference, hectares, kilos a hectare and euros a kilo; yields
    and prices above the plan's are refused.
    """
    day = on or ctx.today
    row = campaign(crop, day)
    check_limits(crop, parcels, day)
    return ProductionView(
        production_value=production_value(parcels), ha=sum((one.ha for one in parcels), Decimal(0)),
        open=is_open(crop, day), opens=said(row["opens"]), closes=said(row["closes"]),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="agrario:read",
    title=N_("Ver parcelas y subvenciones de una póliza agraria"),
    examples=(
        "Qué parcelas tiene la póliza agraria 0905-41143257",
        "Qué subvención de ENESA tiene la póliza 0905-41143257",
        "Show the parcels and subsidies of agricultural policy 0905-41143257",
    ),
)
def show_holding(ctx: Context, policy: PolicyRef) -> HoldingView:
    """The parcels of a policy with their production, and the subsidy: who pays what of the premium."""
    found = policy_of(ctx, LINE, policy)
    parcels, subsidies = of_policy(ctx, InsuredParcel, found), of_policy(ctx, GrantedSubsidy, found)
    fields = ("sigpac", "ha", "yield_kg_ha", "price_eur_kg", "production_value")
    subsidy = sum((one.amount for one in subsidies), ZERO)
    return HoldingView(
        policy=found.policy_number, parcels=tuple(ParcelRow(**one.model_dump(include=set(fields))) for one in parcels),
        production_value=sum((one.production_value for one in parcels), ZERO),
        subsidies=tuple(SubsidyRow(component=s.component, pct=s.pct, amount=s.amount) for s in subsidies),
        subsidy=subsidy, payable=found.total_premium - subsidy,
    )  # fmt: skip
