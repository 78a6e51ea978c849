"""Approvals (*decisiones*): the queue, the decision, and the run of what was granted.

`service` decides and runs; `power` says who may; `view` is what faces show; `journal` writes
down what happens; `timers` reminds, escalates and closes; `bulk` decides many that are alike;
`fatigue` measures whether people still look. The whole is told in `docs/approvals.md`.
"""

from tools.approvals.fatigue import Habit
from tools.approvals.fresh import require_fresh
from tools.approvals.journal import Journal
from tools.approvals.service import Approvals, Decided, not_together
from tools.approvals.timers import Timers
from tools.approvals.view import ApprovalView, RuleSaid

__all__ = [
    "ApprovalView",
    "Approvals",
    "Decided",
    "Habit",
    "Journal",
    "RuleSaid",
    "Timers",
    "not_together",
    "require_fresh",
]
