"""Show: fields that are for some people only are taken out for everybody else."""

from dataclasses import dataclass

from tools.gate.authorise import Policies, policy_of
from tools.gate.call import Outcome, Work
from tools.gate.step import Step
from tools.marks import hidden


@dataclass(frozen=True)
class Shown(Step):
    """Hide by the result's own marks, before anything of it is kept, told or sent."""

    policies: Policies

    def __call__(self, work: Work) -> Outcome:
        """Run the rest; give the result as this person may see it."""
        outcome = self.inner(work)
        if outcome.replayed or not work.tool.hides:
            return outcome
        policy, actor, schema = policy_of(work, self.policies), work.call.actor, work.tool.result_schema
        shown = hidden(outcome.json, schema, schema, lambda permission: policy.permits(actor, permission))
        if shown != outcome.json:
            work.value = work.tool.returns.validate_python(shown)
        return work.outcome()
