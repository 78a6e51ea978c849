"""Runs of many renewals, and what each policy of a run will cost."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.records import Record, index, reference, table, unique
from modules.insurance.kernel.records import SCHEMA, euros, facts, fraction, texts


class RenewalRun(Record, table=True):
    """The policies that expire in a window, priced and then renewed in steps (*tanda de renovaciones*).

    It goes on from the policy after `reached`: each step is a transaction, so that a run
    that was interrupted resumes where it was.
    """

    __table_args__ = table(SCHEMA, unique("run_number"))

    run_number: str
    state: str  # of `states.RenewalState`
    from_on: date  # expiries from here
    to_on: date  # to here, included
    line: str | None = None
    index: Decimal = fraction(Decimal(0))  # of prices, for sums that follow it
    reached: UUID | None = None
    priced_count: int = 0
    failed_count: int = 0
    renewed_count: int = 0
    stale_count: int = 0
    total_before: Decimal = euros()
    total_after: Decimal = euros()


class RenewalItem(Record, table=True):
    """One policy of a run: its next annuity as priced, and what became of it."""

    __table_args__ = table(
        SCHEMA,
        unique("run_id", "policy_id"),
        reference("run_id", f"{SCHEMA}.renewal_run"),
        reference("policy_id", f"{SCHEMA}.policy"),
        index("policy_id"),
        index("run_id", "state", "id"),
    )

    run_id: UUID
    policy_id: UUID
    policy_version: int  # of the policy when it was priced: if it changed since, it is priced again by hand
    state: str  # priced, failed, renewed, stale
    expires_on: date
    total_before: Decimal = euros()
    total_after: Decimal = euros()
    rules_hit: list[str] = texts()
    causes: list[dict[str, Any]] = facts()  # of the change of price
    risk: dict[str, Any] = facts()
    rating: dict[str, Any] = facts()
    tariff_version: str = ""
    problem: str = ""  # why it could not be priced
