"""The gate (*la puerta*): the only code that runs a tool.

A chain of small steps, each one concern in its own file, in the order that the security
reference makes part of the contract. Audit is outermost, so that a refusal is recorded too.

    audit ▸ hold (asks) ▸ resolve ▸ validate ▸ label ▸ transaction ▸ idempotency
          ▸ approval ▸ record ▸ hold (rolls back) ▸ fields ▸ policy ▸ limits ▸ the tool
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.context import Actor, Origin, Outside
from core.identifiers import new_id
from tools.catalogue import Catalogue
from tools.gate.authorise import Authorised, Counted, Policies
from tools.gate.call import Call, Outcome, Work
from tools.gate.hold import Asked, Granted, Held
from tools.gate.idempotent import Idempotent
from tools.gate.label import Labelled
from tools.gate.record import Audited, Recorded, Recorder
from tools.gate.resolve import Resolved
from tools.gate.run import Run
from tools.gate.show import Shown
from tools.gate.step import Next
from tools.gate.transact import Transacted, Transactions
from tools.gate.validate import Validated
from tools.policy import Policy


@dataclass(frozen=True)
class Gate:
    """The chain, built once; `catalogue` and `policy` give the current snapshots."""

    chain: Next
    catalogue: Callable[[], Catalogue]
    transactions: Transactions
    recorder: Recorder
    policies: Policies
    outside: Outside | None = None

    @classmethod
    def build(
        cls,
        transactions: Transactions,
        recorder: Recorder,
        catalogue: Callable[[], Catalogue],
        policies: Policies,
        outside: Outside | None = None,
    ) -> "Gate":
        """Put the steps around each other; read it from the last line up."""
        chain: Next = Run()
        chain = Counted(chain)
        chain = Authorised(chain, policies)
        chain = Shown(chain, policies)
        chain = Held(chain)
        chain = Recorded(chain, recorder)
        chain = Granted(chain)
        chain = Idempotent(chain)
        chain = Transacted(chain, transactions, outside)
        chain = Labelled(chain)
        chain = Validated(chain)
        chain = Resolved(chain, catalogue)
        chain = Asked(chain, transactions, recorder)
        chain = Audited(chain, transactions, recorder)
        return cls(chain, catalogue, transactions, recorder, policies, outside)

    def call(self, call: Call) -> Outcome:
        """Run a tool, or raise one of `core.errors`: that is all there is to it.

        Raises:
            AitError: refused, held for approval, or failed; nothing was changed.
        """
        return self.chain(self.work(call))

    def work(self, call: Call) -> Work:
        """The piece of work that `call` begins with."""
        return Work(call, ids=list(call.ids))

    def at(self, clock: Callable[[datetime], datetime]) -> "Gate":
        """The same gate on a clock that evals, drills and tests move; nothing else may."""
        moved = replace(self.transactions, clock=clock)
        return Gate.build(moved, self.recorder, self.catalogue, self.policies, self.outside)

    def policy(self, actor: Actor) -> Policy:
        """The policy in force for `actor`'s tenant."""
        with self.transactions.open(actor, Origin("job", new_id()), to_read=True) as session:
            return self.policies(session.standing.policy, session)


__all__ = ["Call", "Gate", "Outcome", "Recorder", "Work"]
