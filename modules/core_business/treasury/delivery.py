"""What became of a bank's file (*entrega del fichero*): read from the outbox, or stopped there in time.

The file is an effect about the order. Its row is the one truth about whether it left; the
order's own state follows it.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text

from core.context import Context
from modules.core_business.treasury.states import PaymentState

STANDING: Final = text(
    "SELECT state FROM soriano_platform.outbox WHERE key = :key AND kind = 'effect' AND type = 'file'"
    " ORDER BY agg_seq DESC LIMIT 1"
)
# A sender's claim is committed before it acts: what is `pending` or `held` under our lock has not left.
WITHDRAW: Final = text(
    "UPDATE soriano_platform.outbox SET state = 'failed', error = :why"
    " WHERE key = :key AND kind = 'effect' AND type = 'file' AND state IN ('pending', 'held')"
)
STATE_OF: Final = {
    "sent": PaymentState.SENT,
    "failed": PaymentState.FAILED,
    "unknown": PaymentState.UNKNOWN,
}


def state_of_file(ctx: Context, order_id: UUID) -> PaymentState | None:
    """The state that the file's fate gives to its order; None while it waits, or if there is none."""
    found = ctx.session.connection().execute(STANDING, {"key": order_id}).scalar()
    return STATE_OF.get(str(found))


def withdraw_file(ctx: Context, order_id: UUID, why: str) -> bool:
    """Stop the file before it leaves, in this very transaction; False if it is too late for that."""
    return ctx.session.connection().execute(WITHDRAW, {"key": order_id, "why": why[:200]}).rowcount > 0
