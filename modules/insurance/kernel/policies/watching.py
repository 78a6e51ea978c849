"""Deadlines that are watched (*seguimiento de plazos*): begun, warned of, met or missed."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from sqlmodel import col, select

from core.context import Context
from core.identifiers import new_id
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.policies.law import rule
from modules.insurance.kernel.policies.records import Deadline
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.states import DeadlineState, move

RUNNING: Final = (DeadlineState.OPEN, DeadlineState.WARNED)
REFUND: Final = "withdrawal_refund"


def watch(
    ctx: Context, policy: Policy, code: str, began_on: date, *, subject: str = "", due_on: date | None = None
) -> Deadline:  # fmt: skip
    """Begin to watch a deadline of `policy`; one that is watched already stays as it is.

    Args:
        ctx: of the call.
        policy: whose deadline it is.
        code: of `law`.
        began_on: the day that it counts from.
        subject: tells several of a kind apart.
        due_on: its last day, where the law sets no time.
    """
    held = select(Deadline).where(
        Deadline.policy_id == policy.id, Deadline.code == code, Deadline.subject == subject, alive(Deadline)
    )
    found = ctx.session.exec(held).first()
    if found is None:
        last = due_on or rule(code).last_day(began_on)
        found = Deadline(
            id=new_id(), policy_id=policy.id, code=code, subject=subject, state=DeadlineState.OPEN.value,
            began_on=began_on, due_on=last,
        )  # fmt: skip
        ctx.session.add(found)
    return found


def meet(ctx: Context, policy: Policy, codes: Iterable[str], subject: str | None = None) -> None:
    """Note that what the deadlines `codes` ask for was done today."""
    where = [Deadline.policy_id == policy.id, col(Deadline.code).in_(list(codes)), alive(Deadline)]
    if subject is not None:
        where.append(Deadline.subject == subject)
    for found in ctx.session.exec(select(Deadline).where(*where)):
        if found.state != DeadlineState.MET:
            move(found, DeadlineState.MET)
            found.closed_on = ctx.today
            ctx.session.add(found)


def drop(ctx: Context, policy: Policy) -> None:
    """Stop watching a policy that is over; a refund that is owed stays."""
    where = (Deadline.policy_id == policy.id, col(Deadline.state).in_(RUNNING), Deadline.code != REFUND)
    for found in ctx.session.exec(select(Deadline).where(*where, alive(Deadline))):
        move(found, DeadlineState.MET)
        found.closed_on = ctx.today
        ctx.session.add(found)


def remind(ctx: Context, found: Deadline, on: date) -> str | None:
    """Warn of a deadline that is near, or note that it has passed, as of a date; the event, if any."""
    row = rule(found.code)
    if found.state in RUNNING and found.due_on < on:
        move(found, DeadlineState.MISSED)
        found.closed_on, event = on, "deadline.breached"
    elif found.state == DeadlineState.OPEN and found.due_on - timedelta(row.warn_days) <= on:
        move(found, DeadlineState.WARNED)
        found.warned_on, event = on, "deadline.warning"
    else:
        return None
    ctx.session.add(found)
    ctx.emit(
        event, found.id, policy=str(found.policy_id), code=found.code, due_on=found.due_on.isoformat(),
        article=row.article, kind=row.kind, who=row.who,
    )  # fmt: skip
    return event
