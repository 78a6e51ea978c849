"""Approval fatigue (*fatiga de aprobación*): whether the people who decide still look.

How long somebody looked is not known. What is known bounds it from above: one cannot have
looked longer than the decision had been there, nor than the time since one's own last one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from pydantic import BaseModel, ConfigDict

from tools.gate.quorum import grants_of
from tools.gate.records import Approval

DAYS: Final = 90
ENOUGH: Final = 50  # decisions from which on a habit is a habit
HASTY_SECONDS: Final = 3.0
NEARLY_ALL: Final = 0.98


class Habit(BaseModel):
    """How one person decides on one tool: seconds at most (median), share granted, and whether to worry."""

    model_config = ConfigDict(frozen=True)

    user: str
    tool: str
    count: int
    median_seconds: float
    granted_share: float
    flagged: bool


@dataclass(frozen=True)
class Said:
    """One decision of one person."""

    user: str
    tool: str
    asked_at: datetime
    at: datetime
    granted: bool


def said_of(approval: Approval) -> list[Said]:
    """All that people decided of an approval: each yes, and the no."""
    tool, asked = approval.tool, approval.created_at
    found = [Said(grant.user, tool, asked, grant.at, True) for grant in grants_of(approval)]
    if approval.decision == "reject" and approval.decider and approval.decided_at:
        found.append(Said(approval.decider, tool, asked, approval.decided_at, False))
    return found


def habits(approvals: Iterable[Approval]) -> list[Habit]:
    """The habit of each person with each tool; those to worry about first."""
    looked: dict[tuple[str, str], list[tuple[float, bool]]] = defaultdict(list)
    last: dict[str, datetime] = {}
    for said in sorted((s for a in approvals for s in said_of(a)), key=lambda s: s.at):
        since = max(said.asked_at, last.get(said.user, said.asked_at))
        looked[said.user, said.tool].append(((said.at - since).total_seconds(), said.granted))
        last[said.user] = said.at
    found = [_habit(user, tool, times) for (user, tool), times in looked.items()]
    return sorted(found, key=lambda h: (not h.flagged, h.median_seconds, h.user, h.tool))


def _habit(user: str, tool: str, times: Sequence[tuple[float, bool]]) -> Habit:
    seconds = median(second for second, _ in times)
    share = sum(granted for _, granted in times) / len(times)
    flagged = len(times) > ENOUGH and seconds < HASTY_SECONDS and share > NEARLY_ALL
    return Habit(
        user=user,
        tool=tool,
        count=len(times),
        median_seconds=round(seconds, 1),
        granted_share=round(share, 4),
        flagged=flagged,
    )
