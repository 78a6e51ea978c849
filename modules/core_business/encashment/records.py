"""Events around a receipt: money came in, a debit came back, the customer was reminded.

Each is written once and never changed, so that the history of a receipt survives its
being returned and collected again.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlmodel import Field

from core.records import Record, index, reference, table

SCHEMA: Final = "soriano_encashment"
RECEIPT: Final = "soriano_core.receipt"
CUSTOMER: Final = "soriano_crm.customer"


class Medium(StrEnum):
    """How a receipt was paid."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    DIRECT_DEBIT = "direct_debit"
    INSURER = "insurer"  # the insurer collected it itself


class Collection(Record, table=True):
    """Money received for a receipt (*cobro*), always its whole total."""

    __table_args__ = table(SCHEMA, reference("receipt_id", RECEIPT), index("receipt_id"), index("paid_on"))

    receipt_id: UUID
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    paid_on: date
    medium: str


class ReturnNotice(Record, table=True):
    """A direct debit that came back (*devolución*), with its SEPA reason."""

    __table_args__ = table(SCHEMA, reference("receipt_id", RECEIPT), index("receipt_id"))

    receipt_id: UUID
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    returned_on: date
    reason_code: str
    was_paid: bool  # collected before it came back


class Reminder(Record, table=True):
    """A reminder (*recordatorio de pago*) that was written to a customer."""

    __table_args__ = table(
        SCHEMA,
        reference("receipt_id", RECEIPT),
        reference("customer_id", CUSTOMER),
        index("receipt_id", "sent_on"),
        index("customer_id"),
    )

    receipt_id: UUID
    customer_id: UUID
    recipient: str
    language: str
    sent_on: date
    days_overdue: int
