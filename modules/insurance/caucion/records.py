"""What only surety has: the guarantee, its certificates, each client's limit, and what was paid and is claimed back."""

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.records import Record, index, reference, table, unique
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import CUSTOMER, RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_caucion"


class Guarantee(RiskRecord, table=True):
    """A guaranteed obligation (*obligación garantizada*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    guarantee_amount: Decimal = euros()
    term_months: int
    financial_rating: str
    beneficiary_name: str | None = None
    beneficiary_id: str | None = None
    tender_ref: str | None = None


class Bond(PolicyEntry, table=True):
    """One certificate to one beneficiary (*certificado de caución*); it runs until it is given back."""

    __table_args__ = entry_of_policy(SCHEMA, unique("bond_number"))

    bond_number: str
    state: str  # live, released, called
    beneficiary: str
    amount: Decimal = euros()
    paid: Decimal = euros()  # on demand of the beneficiary
    recovered: Decimal = euros()  # from the client (LCS art. 68)
    issued_on: date
    released_on: date | None = None


class ClientLimit(Record, table=True):
    """The most that may be guaranteed for a client at once (*límite de riesgo*)."""

    __table_args__ = table(SCHEMA, unique("customer_id"), reference("customer_id", CUSTOMER), index("valid_until"))

    customer_id: UUID
    amount: Decimal = euros()
    valid_until: date
