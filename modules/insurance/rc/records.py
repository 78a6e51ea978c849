"""What only general liability has."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_rc"


class Liability(RiskRecord, table=True):
    """An insured liability (*responsabilidad asegurada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    limit_per_claim: int
    aggregate_limit: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    sublimit_per_victim: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    deductible: int | None = None
    trigger: str | None = None
    retroactive_on: date | None = None
    retroactive_years: int | None = None
    extended_reporting_months: int | None = None
    cnae: str | None = None
    activity_hazard: str | None = None
    annual_turnover: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    employees: int | None = None
    export_region: str | None = None
    profession: str | None = None
    annual_fees: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    total_assets: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    listed: bool | None = None
    claims_5y: int
