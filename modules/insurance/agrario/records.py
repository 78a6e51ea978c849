"""What only agricultural insurance has: the holding, its parcels, and its subsidies."""

from decimal import Decimal
from typing import Final

from sqlmodel import Field

from core.records import unique
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_agrario"


class Holding(RiskRecord, table=True):
    """An insured crop, herd or farm (*explotación asegurada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    zone: str
    crop: str | None = None
    module: str | None = None
    production_value: Decimal | None = euros(None)
    livestock: str | None = None
    livestock_value: Decimal | None = euros(None)
    rega_code: str | None = None
    facilities_sum: Decimal | None = euros(None)
    campaign_year: int | None = None


class InsuredParcel(PolicyEntry, table=True):
    """A parcel of the crop (*parcela asegurada*)."""

    __table_args__ = entry_of_policy(SCHEMA, unique("policy_id", "sigpac"))

    sigpac: str
    ha: Decimal = Field(max_digits=12, decimal_places=4)
    yield_kg_ha: int
    price_eur_kg: Decimal = Field(max_digits=12, decimal_places=6)
    production_value: Decimal = euros()


class GrantedSubsidy(PolicyEntry, table=True):
    """A component of ENESA's subsidy (*subvención*), as far as the premium was priced here."""

    __table_args__ = entry_of_policy(SCHEMA, unique("policy_id", "component"))

    component: str
    pct: Decimal = Field(max_digits=9, decimal_places=4)
    amount: Decimal = euros()  # paid to the pool, not by the farmer
