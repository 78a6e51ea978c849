"""What only shops and offices have."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_multirriesgo"


class Premises(RiskRecord, table=True):
    """An insured shop or office (*local asegurado*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    trade: str
    cnae: str | None = None
    address: str | None = None
    cadastral_ref: str | None = None
    tenure: str | None = None
    building_sum: Decimal = Field(max_digits=18, decimal_places=2)
    contents_sum: Decimal = Field(max_digits=18, decimal_places=2)
    cash_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    surface_m2: int
    location: str
    security: str
    safe_grade: int | None = None
    liability_limit: int
    daily_indemnity_eur: int | None = None
    bi_annual_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    interruption_days: int | None = None
    refrigerated_goods: bool | None = None
    claims_3y: int
    declared_on: date | None = None
