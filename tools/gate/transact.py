"""Transact: the one transaction of a call, and the only commit in the system."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from core.context import Actor, Context, Origin
from core.database import Database
from core.identifiers import TAPE, IdTape
from core.stamping import TenantSession
from tools.catalogue import Catalogue
from tools.gate.call import Outcome, Work
from tools.gate.rehearsal import Rehearsal
from tools.gate.step import Step
from tools.risk import Risk


@dataclass(frozen=True)
class Transactions:
    """Opens stamped sessions; commits one that ends well, rolls back one that does not."""

    database: Database

    @contextmanager
    def open(
        self, actor: Actor, origin: Origin, rehearsal: Rehearsal | None = None, *, to_read: bool = False
    ) -> Iterator[TenantSession]:
        """A session of `actor`'s tenant, in a transaction of its own or inside `rehearsal`."""
        with ExitStack() as stack:
            if rehearsal is None:
                session = TenantSession(self.database.engine, expire_on_commit=False, actor=actor, origin=origin)
            else:
                stack.enter_context(rehearsal.lock)
                session = TenantSession(
                    rehearsal.connection, expire_on_commit=False, actor=actor, origin=origin,
                    join_transaction_mode="create_savepoint",
                )  # fmt: skip
            stack.enter_context(session)
            session.now = self.database.enter(session, actor.tenant_id, to_read=to_read)
            yield session
            session.commit()


@dataclass(frozen=True)
class Transacted(Step):
    """Open the transaction, build the context, run the rest, commit."""

    transactions: Transactions
    catalogue: Callable[[], Catalogue]

    def __call__(self, work: Work) -> Outcome:
        """Run the rest inside; an exception rolls everything back."""
        call, to_read = work.call, work.tool.risk is Risk.READ
        tape = IdTape(list(work.ids))
        reset = TAPE.set(tape)
        try:
            with self.transactions.open(call.actor, call.origin, call.rehearsal, to_read=to_read) as session:
                work._ctx = Context(session, call.actor, call.origin, session.now, panels=self.catalogue().panels)
                return self.inner(work)
        finally:
            work.ids = tape.ids
            TAPE.reset(reset)
