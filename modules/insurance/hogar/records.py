"""What only home insurance has: the dwelling."""

from decimal import Decimal
from typing import Final

from sqlmodel import Field

from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_hogar"


class Dwelling(RiskRecord, table=True):
    """An insured dwelling (*vivienda asegurada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    address: str | None = None
    postal_code: str | None = None
    province: str | None = None
    zone: str
    cadastral_ref: str | None = None
    dwelling_type: str
    use: str
    surface_m2: int
    construction_year: int | None = None
    renovation_year_pipes: int | None = None
    construction: str | None = None
    building_age: int  # on the effect of the annuity
    building_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    contents_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    jewellery_sum: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    annual_rent: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    security: str | None = None
    unoccupied_months: int
    liability_limit: int
    deductible: int
    claims_3y: int  # on the effect of the annuity
    community_policy: bool | None = None
    index_clause: bool | None = None
    mortgagee: str | None = None
    mortgage_loan: str | None = None
    tenant_solvency_checked: bool | None = None
