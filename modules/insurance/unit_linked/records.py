"""What only unit-linked policies have: the account, its units, and the prices of funds."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Field

from core.records import Record, table, unique
from modules.insurance.kernel.accounts import Movement
from modules.insurance.kernel.entries import entry_of_policy
from modules.insurance.kernel.records import RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_unit_linked"


class UnitAccount(RiskRecord, table=True):
    """A unit-linked account (*cuenta de participaciones*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    single_premium: Decimal = euros()
    horizon_years: int
    profile: str
    client_risk_profile: str
    suitability_on: date | None = None
    beneficiaries: str | None = None


class FundPrice(Record, table=True):
    """The net asset value of a fund on a day (*valor liquidativo*)."""

    __table_args__ = table(SCHEMA, unique("isin", "priced_on"))

    isin: str
    priced_on: date
    nav: Decimal = Field(max_digits=18, decimal_places=6)


class UnitMovement(Movement, table=True):
    """One movement of units of a fund; `order_no` counts the orders of an account."""

    __table_args__ = entry_of_policy(SCHEMA)

    nav: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    order_no: int
