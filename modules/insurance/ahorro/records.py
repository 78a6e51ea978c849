"""What only savings insurance has: the account, and its movements."""

from decimal import Decimal
from typing import Final

from core.records import index
from modules.insurance.kernel.accounts import Movement
from modules.insurance.kernel.entries import entry_of_policy
from modules.insurance.kernel.records import RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_ahorro"


class SavingsAccount(RiskRecord, table=True):
    """A savings account (*cuenta de ahorro*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    annual_contribution: Decimal = euros()
    horizon_years: int
    payout: str
    other_pias_total: Decimal | None = euros(None)
    other_pias_year: Decimal | None = euros(None)
    beneficiaries: str | None = None


class SavingsMovement(Movement, table=True):
    """One movement of a savings account; its units are the euros invested of a contribution."""

    __table_args__ = entry_of_policy(SCHEMA, index("customer_id", "done_on"))

    product: str
