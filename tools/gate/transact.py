"""Transact: the one transaction of a call, and the only commit in the system."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from core.context import Actor, Context, Origin, Outside
from core.database import Database
from core.identifiers import TAPE, IdTape
from core.stamping import TenantSession
from tools.gate.call import Outcome, Work
from tools.gate.rehearsal import Rehearsal
from tools.gate.standing import ALSO, Standing
from tools.gate.step import Step
from tools.risk import Risk


class GateSession(TenantSession):
    """A tool's session, with what stood for the tenant when it was opened."""

    standing: Standing = Standing()


@dataclass(frozen=True)
class Transactions:
    """Opens stamped sessions; commits one that ends well, rolls back one that does not."""

    database: Database
    clock: Callable[[datetime], datetime] = lambda now: now  # tests and drills move it; nothing else may

    @contextmanager
    def open(
        self, actor: Actor, origin: Origin, rehearsal: Rehearsal | None = None, *, to_read: bool = False
    ) -> Iterator[GateSession]:
        """A session of `actor`'s tenant, in a transaction of its own or inside `rehearsal`."""
        with ExitStack() as stack:
            if rehearsal is None:
                session = GateSession(self.database.engine, expire_on_commit=False, actor=actor, origin=origin)
            else:
                stack.enter_context(rehearsal.lock)
                session = GateSession(
                    rehearsal.connection, expire_on_commit=False, actor=actor, origin=origin,
                    join_transaction_mode="create_savepoint",
                )  # fmt: skip
            stack.enter_context(session)
            entered = self.database.entered(session, actor.tenant_id, ALSO, to_read=to_read)
            session.now, session.standing = self.clock(entered.now), Standing.of(entered)
            yield session
            session.commit()


@dataclass(frozen=True)
class Transacted(Step):
    """Open the transaction, build the context, run the rest, commit."""

    transactions: Transactions
    outside: Outside | None = None

    def __call__(self, work: Work) -> Outcome:
        """Run the rest inside; an exception rolls everything back."""
        call, to_read = work.call, work.tool.risk is Risk.READ
        tape = IdTape(list(work.ids))
        reset = TAPE.set(tape)
        try:
            with self.transactions.open(call.actor, call.origin, call.rehearsal, to_read=to_read) as session:
                work._ctx = Context(
                    session, call.actor, call.origin, session.now, panels=work.catalogue.panels, outside=self.outside
                )
                return self.inner(work)
        finally:
            work.ids = tape.ids
            TAPE.reset(reset)
