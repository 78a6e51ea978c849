"""Authorise: the policy's word on the call; a refusal names the rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import Denied
from tools.gate.call import Outcome, Work
from tools.gate.step import Step
from tools.policy import Decision, Policy

ADVISED: Final = "advised"  # the rule of a hold that the advice asked for, not the policy
APPROVER: Final = "executive"


@dataclass(frozen=True)
class Authorised(Step):
    """Ask the policy; a hold is left to the next step, a refusal ends the call."""

    policy: Callable[[], Policy]

    def __call__(self, work: Work) -> Outcome:
        """Fill `decision`, or raise Denied."""
        work._decision = self.policy().decide(work.call.actor, work.tool, work.labels)
        if work.decision.verdict == "deny":
            raise Denied(rule=work.decision.rule, reason=work.decision.why)
        if work.call.must_ask and work.decision.verdict == "allow":
            title = self.policy().title(APPROVER)
            work._decision = Decision("hold", ADVISED, work.call.must_ask, APPROVER, approver_title=title)
        return self.inner(work)
