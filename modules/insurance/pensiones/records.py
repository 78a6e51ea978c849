"""What only pension plans have: the participant's account, and its contributions with their seniority."""

from datetime import date
from decimal import Decimal
from typing import Final

from core.records import index
from modules.insurance.kernel.accounts import Movement
from modules.insurance.kernel.entries import entry_of_policy
from modules.insurance.kernel.records import RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_pensiones"


class PensionAccount(RiskRecord, table=True):
    """A participant's account in a plan (*cuenta del partícipe*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    annual_contribution: Decimal = euros()
    profile: str
    retires_on: date | None = None
    beneficiaries: str | None = None
    other_plans_year: Decimal | None = euros(None)


class PensionMovement(Movement, table=True):
    """One contribution or transfer; the manager values the rights, so a unit is a euro paid in."""

    __table_args__ = entry_of_policy(SCHEMA, index("customer_id", "done_on"))

    product: str
