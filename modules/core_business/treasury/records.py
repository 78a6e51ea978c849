"""Payees, the house's own accounts, payment orders and the movements between their states."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from core.records import INSTANT, Record, index, reference, table, unique

SCHEMA: Final = "soriano_treasury"
CUSTOMER: Final = "soriano_crm.customer"
BY_CODE_POINT: Final = Text(collation="C")
EUR: Final = "EUR"


class PayeeKind(StrEnum):
    """What a payee is to the house."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    INSURER = "insurer"
    COLLABORATOR = "collaborator"
    TAX_OFFICE = "tax_office"


class Purpose(StrEnum):
    """Whose money lies in an account of the house."""

    OWN = "own"
    CLIENTS = "clients"  # premiums and refunds: kept apart (RDL 3/2020 art. 157.1.f)


class Payee(Record, table=True):
    """Somebody whom the house may pay (*beneficiario*), with the one account that it pays to.

    `account_changed_at` is the registration at first. A change of the account takes the
    verification away; the four `call…` fields tell how the newest one came about.
    """

    __table_args__ = table(
        SCHEMA,
        unique("id_number"),
        unique("import_ref"),
        reference("customer_id", CUSTOMER),
        index("search_name"),
        index("customer_id"),
    )

    name: str
    search_name: str = Field(sa_type=BY_CODE_POINT)
    id_number: str
    iban: str
    kind: str
    customer_id: UUID | None = None
    phone: str | None = None
    phone_since: date | None = None  # since when the house has had that number
    active: bool = True
    registered_by: UUID
    account_changed_by: UUID
    account_changed_at: datetime = Field(sa_type=INSTANT)
    verified_at: datetime | None = Field(default=None, sa_type=INSTANT)
    verified_by: UUID | None = None
    called_phone: str | None = None
    called_source: str = ""  # the register in which that number stands
    called_person: str = ""  # who answered for the payee
    called_on: date | None = None
    import_ref: str | None = None


class HouseAccount(Record, table=True):
    """An account of the house that payments leave from; one for each purpose."""

    __table_args__ = table(SCHEMA, unique("purpose"))

    purpose: str
    holder: str
    id_number: str
    iban: str
    bic: str | None = None
    bank: str  # the folder that the bank collects its files from


class PaymentOrder(Record, table=True):
    """An order to pay (*orden de pago*): to whom and to which account as they stood when it was made."""

    __table_args__ = table(
        SCHEMA,
        unique("number"),
        unique("end_to_end_id"),
        unique("import_ref"),
        reference("payee_id", f"{SCHEMA}.payee"),
        reference("house_account_id", f"{SCHEMA}.house_account"),
        index("payee_id", "created_at"),
        index("state", "due_on"),
    )

    number: str
    end_to_end_id: str
    payee_id: UUID
    payee_name: str
    iban: str
    house_account_id: UUID
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    currency: str = EUR
    concept: str
    invoice: str | None = None
    due_on: date
    state: str
    ended_on: date | None = None  # settled, failed or cancelled
    reason: str = ""  # why it failed or was cancelled
    import_ref: str | None = None


class PaymentMovement(Record, table=True):
    """A payment order that went from one state to another; only ever added. No state is where it began."""

    __table_args__ = table(SCHEMA, reference("order_id", f"{SCHEMA}.payment_order"), index("order_id"))

    order_id: UUID
    from_state: str | None = None
    to_state: str
    amount: Decimal = Field(max_digits=18, decimal_places=2)
