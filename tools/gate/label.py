"""Label: every argument gets its provenance before the policy sees the call."""

from dataclasses import dataclass

from tools.gate.call import Outcome, Work
from tools.gate.step import Step
from tools.provenance import MODEL, TYPED


@dataclass(frozen=True)
class Labelled(Step):
    """Keep the labels that the face gave; an agent's other arguments count as the model's."""

    def __call__(self, work: Work) -> Outcome:
        """Fill `labels` for every argument."""
        usual = MODEL if work.call.actor.agent else TYPED
        work.labels = {name: work.call.labels.get(name, usual) for name in work.args}
        return self.inner(work)
