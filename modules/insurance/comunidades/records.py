"""What only owners' communities have."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from core.records import index
from modules.insurance.kernel.records import RiskRecord, of_policy

SCHEMA: Final = "soriano_insurance_comunidades"


class Building(RiskRecord, table=True):
    """An insured building (*edificio asegurado*), as last agreed."""

    __table_args__ = of_policy(SCHEMA, index("administrator_name"), index("ite_next_on"))

    building_sum: Decimal = Field(max_digits=18, decimal_places=2)
    building_use: str
    units_count: int
    commercial_units: int | None = None
    garage_spaces: int | None = None
    floors: int
    building_age: int
    pipe_age: int
    lifts: int
    pool: bool
    liability_limit: int
    deductible: int
    claims_per_10_units_3y: Decimal = Field(max_digits=9, decimal_places=4)
    address: str | None = None
    cadastral_ref: str | None = None
    administrator_name: str | None = None
    president_name: str | None = None
    ite_result: str | None = None
    ite_next_on: date | None = None
    meeting_act_on: date | None = None
