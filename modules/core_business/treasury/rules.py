"""When a payee may be paid, which call confirms an account, and what an order is called; pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from core.identifiers import instant_of
from modules.core_business.treasury.records import Payee, PayeeKind, Purpose

COOLING_OFF: Final = timedelta(hours=24)
KNOWN_PHONE: Final = timedelta(days=30)  # whoever changes an account brings a telephone too
REPEATED: Final = timedelta(hours=24)
FARTHEST: Final = timedelta(days=365)


class Standing(StrEnum):
    """Whether a payee may be paid, or why not."""

    PAYABLE = "payable"
    INACTIVE = "inactive"
    UNVERIFIED = "unverified"
    COOLING_OFF = "cooling_off"


def standing(payee: Payee, now: datetime) -> Standing:
    """Whether `payee` may be paid at `now`."""
    if not payee.active:
        return Standing.INACTIVE
    if payee.verified_at is None or payee.verified_at < payee.account_changed_at:
        return Standing.UNVERIFIED
    return Standing.PAYABLE if now >= payable_from(payee) else Standing.COOLING_OFF


def payable_from(payee: Payee) -> datetime:
    """The end of the cooling-off after the account was registered or changed."""
    return payee.account_changed_at + COOLING_OFF


def confirms(phone_since: date | None, called_on: date, changed_on: date) -> bool:
    """Whether a call on `called_on` confirms an account that was registered or changed on `changed_on`.

    The house must have known the number for more than thirty days: one that came with the
    new account proves nothing. A call before the change can't have been about it.
    """
    return phone_since is not None and called_on >= changed_on and called_on - phone_since > KNOWN_PHONE


def source_of(kind: str) -> Purpose:
    """Whose money pays such a payee: premiums and refunds are the clients' (RDL 3/2020 art. 157.1.f)."""
    return Purpose.CLIENTS if kind in (PayeeKind.INSURER, PayeeKind.CUSTOMER) else Purpose.OWN


def payment_number(id: UUID) -> str:
    """What people call the order: `PG-2026-9F3A01BC`, drawn from its id."""
    return f"PG-{instant_of(id).year}-{id.hex[-8:].upper()}"


def end_to_end_id(id: UUID) -> str:
    """The order's reference along the whole chain of banks (ISO 20022 EndToEndId, 35 characters at most)."""
    return id.hex.upper()
