"""Approving what the policy holds, on a working day: for stories of money, accounts and erasure."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.context import Actor
from core.errors import ApprovalRequired
from modules.installation import Installation
from tools.policy.hours import is_business_day


def working_hour() -> datetime:
    """Eleven in the morning in Madrid, or ten, of the next day on which payments are made."""
    day = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while not is_business_day(day.date()):
        day += timedelta(days=1)
    return day


@contextmanager
def clock_at(installation: Installation, instant: datetime) -> Iterator[None]:
    """Have the gate's transactions begin at `instant`."""
    transactions = installation.gate.transactions
    before = transactions.clock
    object.__setattr__(transactions, "clock", lambda _: instant)
    try:
        yield
    finally:
        object.__setattr__(transactions, "clock", before)


@dataclass
class Desk:
    """The approvers' desk: `granted` asks, has as many persons approve as it takes, and runs it."""

    installation: Installation
    actor: Any
    call: Any
    now: datetime

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)
        object.__setattr__(self.installation.gate.transactions, "clock", lambda _: self.now)

    def held(self, tool: str, who: str, **args: Any) -> UUID:
        """Ask for it; the id of the approval that it waits for."""
        with pytest.raises(ApprovalRequired) as raised:
            self.call(tool, who, **args)
        return UUID(str(raised.value.detail["approval_id"]))

    def approve(self, id: UUID, *names: str) -> Any:
        """Have persons of these names approve it, as many as are needed."""
        for name in names:
            approver: Actor = replace(self.actor(name), factor_at=self.now)
            shown = self.installation.approvals.show(approver, id)
            if shown.state != "pending":
                break
            self.installation.approvals.approve(approver, id, shown.preview_hash)
        return self.installation.approvals.show(approver, id)

    def granted(self, tool: str, who: str, by: tuple[str, ...] = ("executive", "cfo"), **args: Any) -> Any:
        """Ask, approve, run; the typed result."""
        id = self.held(tool, who, **args)
        self.approve(id, *by)
        return self.installation.approvals.execute(self.actor(who), id).value
