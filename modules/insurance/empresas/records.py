"""What only the package for firms has."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_empresas"


class Firm(RiskRecord, table=True):
    """An insured firm (*empresa asegurada*), as last agreed; its places lie in the terms."""

    __table_args__ = of_policy(SCHEMA)

    cnae: str | None = None
    activity_class: str
    address: str | None = None
    cadastral_ref: str | None = None
    building_sum: Decimal = Field(max_digits=18, decimal_places=2)
    contents_sum: Decimal = Field(max_digits=18, decimal_places=2)
    stock_sum: Decimal = Field(max_digits=18, decimal_places=2)
    equipment_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    annual_turnover: Decimal = Field(max_digits=18, decimal_places=2)
    annual_gross_profit: Decimal = Field(max_digits=18, decimal_places=2)
    payroll: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    employees: int
    construction: str
    sandwich_panel_pct: Decimal | None = Field(default=None, max_digits=9, decimal_places=4)
    fire_protection: str
    security: str
    indemnity_months: int | None = None
    liability_limit: int
    sublimit_per_victim: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    deductible: int
    claims_3y: int
    open_to_public: bool | None = None
    cooking_gas: bool | None = None
    declared_on: date | None = None
