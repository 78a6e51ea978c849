"""Label: every argument, and the choice to call, get their provenance before the policy sees them."""

from dataclasses import dataclass

from tools.commands import commanded, orders
from tools.gate.call import Outcome, Work
from tools.gate.step import Step
from tools.provenance import MODEL, TYPED, Evidence, Integrity, Provenance, labels_of


@dataclass(frozen=True)
class Labelled(Step):
    """Judge the arguments and the choice by what the turn knows, never by what the model says."""

    def __call__(self, work: Work) -> Outcome:
        """Fill `provenance`."""
        work.provenance = self._judged(work)
        return self.inner(work)

    def _judged(self, work: Work) -> Provenance:
        call, evidence = work.call, work.call.evidence
        if evidence is not None:
            labels = labels_of(work.args, evidence)
            return Provenance(labels, self._control(work, evidence), tuple(evidence.foreign))
        if call.actor.agent:
            return Provenance(dict.fromkeys(work.args, MODEL), Integrity.EXTERNAL)
        return Provenance(dict.fromkeys(work.args, TYPED))

    @staticmethod
    def _control(work: Work, evidence: Evidence) -> Integrity:
        if evidence.confirmed or commanded(work.tool.verb, evidence.said) or _meant(work, evidence.said):
            return Integrity.TRUSTED
        return Integrity.EXTERNAL if evidence.foreign else Integrity.INTERNAL


def _meant(work: Work, said: str) -> bool:
    """Whether a clause of the person's own words fits no tool better: «Marta ha pagado el recibo 17»."""
    if work.tool.risk.free:
        return True
    return any(work.catalogue.best(clause) == work.tool.name for clause in orders(said))
