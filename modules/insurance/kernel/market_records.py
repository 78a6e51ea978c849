"""Tariff versions of insurers, commission agreements, and shares of coinsured policies."""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.records import Record, index, reference, table, unique
from modules.insurance.kernel.records import SCHEMA, facts, fraction

INSURER: Final = f"{SCHEMA}.insurer"


class TariffVersion(Record, table=True):
    """An insurer's tariff of one line for effects from a date on (*tarifa*)."""

    __table_args__ = table(
        SCHEMA, unique("insurer_id", "line", "name"), reference("insurer_id", INSURER),
        index("line", "insurer_id", "starts_on"),
    )  # fmt: skip

    insurer_id: UUID
    line: str
    name: str  # of the version, as the insurer calls it
    starts_on: date
    ends_on: date | None = None  # exclusive; when it was retired
    book: dict[str, Any] = facts()  # the tariff's file, as `tariff.compile_tariff` reads it


class CommissionAgreement(Record, table=True):
    """What an insurer pays for a line, a product, or through a collaborator (*acuerdo de comisiones*)."""

    __table_args__ = table(
        SCHEMA, reference("insurer_id", INSURER), reference("collaborator_id", f"{SCHEMA}.collaborator"),
        index("line", "starts_on"),
    )  # fmt: skip

    line: str
    insurer_id: UUID | None = None  # None: any insurer
    product: str | None = None
    collaborator_id: UUID | None = None  # whose cession it says
    rate_new: Decimal = fraction()
    rate_renewal: Decimal = fraction()
    cession_rate: Decimal | None = fraction()  # of the commission, to the collaborator
    starts_on: date
    ends_on: date | None = None  # exclusive


class PolicyShare(Record, table=True):
    """The part of a policy that one coinsurer bears (*coaseguro*, LCS art. 33): several, not joint."""

    __table_args__ = table(
        SCHEMA, unique("policy_id", "insurer_id"), reference("policy_id", f"{SCHEMA}.policy"),
        reference("insurer_id", INSURER),
    )  # fmt: skip

    policy_id: UUID
    insurer_id: UUID
    share: Decimal = fraction()
    leader: bool = False  # abridora: acts for all
