"""What only trade credit has: the sales, the debtors with their limits, and monthly declarations."""

from datetime import date
from decimal import Decimal
from typing import Final

from core.records import unique
from modules.insurance.kernel.declarations import DeclarationEntry
from modules.insurance.kernel.entries import PolicyEntry, entry_of_policy
from modules.insurance.kernel.records import RiskRecord, euros, of_policy

SCHEMA: Final = "soriano_insurance_credito"


class CreditPortfolio(RiskRecord, table=True):
    """The insured sales (*cartera de ventas*), as last agreed."""

    __table_args__ = of_policy(SCHEMA)

    domestic_insured_sales: Decimal = euros()
    export_insured_sales: Decimal = euros()
    debtor_sector: str
    cover_pct: int
    country_group: str
    payment_terms_days: int | None = None


class Debtor(PolicyEntry, table=True):
    """A debtor of the client with the limit that the insurer grants (*deudor clasificado*)."""

    __table_args__ = entry_of_policy(SCHEMA, unique("policy_id", "id_number"))

    id_number: str
    name: str
    country: str
    requested: Decimal = euros()
    granted: Decimal = euros()  # 0 is refused
    valid_until: date


class SalesDeclaration(DeclarationEntry, table=True):
    """What was sold on credit in a month (*declaración de ventas*)."""

    __table_args__ = entry_of_policy(SCHEMA, unique("policy_id", "month"))

    domestic: Decimal = euros()
    export: Decimal = euros()
