"""What an unpaid premium does to a policy by date (*impago*, LCS art. 15), and what its payment mends.

One month after the due date the cover is suspended (or reduced, LCS art. 95); six months
after it the contract is extinct unless the insurer has claimed. Cover is back at 24 hours
of the day of payment: the midnight that ends it, an instant. Bounds are inclusive: the last
day of the month is covered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from core.context import Context
from core.money import ZERO
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.policies.law import rule
from modules.insurance.kernel.policies.watching import meet
from modules.insurance.kernel.records import Policy, Receipt
from modules.insurance.kernel.states import PolicyState, ReceiptState, move
from modules.insurance.kernel.terms import latest_term, typed_risk

UNPAID: Final = frozenset((ReceiptState.ISSUED, ReceiptState.PENDING, ReceiptState.RETURNED, ReceiptState.CLAIMED))
SETTLED: Final = frozenset((ReceiptState.PAID, ReceiptState.SETTLED))
MIDNIGHT: Final = time(0)


class Standing(StrEnum):
    """Where a policy stands for its unpaid premiums."""

    COVERED = "covered"
    SUSPENDED = "suspended"
    EXTINCT = "extinct"


@dataclass(frozen=True)
class Gap:
    """Days without cover: from a day on, until an instant, or still open."""

    receipt: str
    from_on: date
    until: datetime | None


def is_following(receipt: Receipt) -> bool:
    """Whether it is a following premium (art. 15.2): all but the first instalment of a new policy."""
    return receipt.total > ZERO and not (receipt.kind == "new" and receipt.instalment_no == 1)


def suspended_from(due_on: date) -> date:
    """The first day without cover."""
    return rule("grace").last_day(due_on) + timedelta(1)


def extinct_from(due_on: date) -> date:
    """The first day on which the contract is over."""
    return rule("extinction").last_day(due_on) + timedelta(1)


def standing(receipts: Iterable[Receipt], on: date) -> tuple[Standing, Receipt | None]:
    """Where a policy with these receipts stands on a date, and the receipt that decides it: the oldest."""
    overdue = sorted(
        (r for r in receipts if is_following(r) and r.state in UNPAID and suspended_from(r.due_on) <= on),
        key=lambda r: (r.due_on, r.receipt_number),
    )
    if not overdue:
        return Standing.COVERED, None
    ended = [r for r in overdue if r.state != ReceiptState.CLAIMED and extinct_from(r.due_on) <= on]
    return (Standing.EXTINCT, ended[0]) if ended else (Standing.SUSPENDED, overdue[0])


def cover_back_at(paid_on: date, zone: str) -> datetime:
    """24 hours of the day of payment, in the tenant's zone, as an instant in UTC (LCS art. 15.3)."""
    return datetime.combine(paid_on + timedelta(1), MIDNIGHT, ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def gaps(receipts: Iterable[Receipt], zone: str) -> tuple[Gap, ...]:
    """The days on which late or unpaid premiums left a policy without cover; for claims."""
    found = []
    for receipt in receipts:
        begins = suspended_from(receipt.due_on)
        if not is_following(receipt) or receipt.state == ReceiptState.CANCELLED:
            continue
        if receipt.state in UNPAID:
            found.append(Gap(receipt.receipt_number, begins, None))
        elif receipt.state in SETTLED and receipt.paid_on is not None and receipt.paid_on >= begins:
            found.append(Gap(receipt.receipt_number, begins, cover_back_at(receipt.paid_on, zone)))
    return tuple(sorted(found, key=lambda gap: gap.from_on))


def receipts_of(ctx: Context, policy: Policy) -> Sequence[Receipt]:
    """All live receipts of a policy."""
    query = select(Receipt).where(Receipt.policy_id == policy.id, alive(Receipt)).order_by(col(Receipt.due_on))
    return ctx.session.exec(query).all()


def uncovered_on(ctx: Context, policy: Policy, on: date) -> Gap | None:
    """The gap in the cover of `policy` that a date falls into, if any."""
    midday = datetime.combine(on, time(12), ZoneInfo(ctx.actor.zone))
    return next(
        (gap for gap in gaps(receipts_of(ctx, policy), ctx.actor.zone)
         if gap.from_on <= on and (gap.until is None or midday < gap.until)), None,
    )  # fmt: skip


def reduces(ctx: Context, line: Line, policy: Policy) -> bool:
    """Whether non-payment reduces the cover instead of suspending it (LCS art. 95)."""
    term = latest_term(ctx, policy.id)
    return bool(term and line.unpaid_reduces(typed_risk(line, term.risk)))


def suspend(ctx: Context, line: Line, policy: Policy, receipt: Receipt) -> None:
    """Suspend or reduce the cover for an unpaid premium; a line that runs on stays as it is."""
    if policy.state != PolicyState.IN_FORCE or not line.unpaid_suspends:
        return
    if reduces(ctx, line, policy):
        move(policy, PolicyState.REDUCED)
        article = "LCS art. 95"
    else:
        move(policy, PolicyState.SUSPENDED)
        article = rule("grace").article
    ctx.session.add(policy)
    from_on = suspended_from(receipt.due_on).isoformat()
    ctx.emit(f"policy.{policy.state}", policy.id, receipt=str(receipt.id), on=from_on, article=article)


def reinstate(ctx: Context, policy: Policy, receipts: Iterable[Receipt]) -> bool:
    """Give a suspended policy its cover back, if all is paid and the instant has come; whether it did."""
    paid = list(receipts)
    if policy.state != PolicyState.SUSPENDED or standing(paid, ctx.today)[0] is not Standing.COVERED:
        return False
    last = max((r.paid_on for r in paid if is_following(r) and r.state in SETTLED and r.paid_on), default=None)
    at = cover_back_at(last, ctx.actor.zone) if last else ctx.now
    if at > ctx.now:
        return False
    move(policy, PolicyState.IN_FORCE)
    ctx.session.add(policy)
    ctx.emit("policy.reinstated", policy.id, cover_from=at.isoformat(), article="LCS art. 15.3")
    return True


def after_payment(ctx: Context, policy: Policy, receipt: Receipt) -> None:
    """What the payment of `receipt` does to its policy: the first premium activates, a late one reinstates.

    A payment of today gives cover from midnight: the daily update does it then.
    """
    meet(ctx, policy, ("first_premium", "grace", "extinction"), subject=receipt.receipt_number)
    if policy.state == PolicyState.PENDING_FIRST_PREMIUM:
        move(policy, PolicyState.IN_FORCE)
        ctx.session.add(policy)
        ctx.emit("policy.activated", policy.id, receipt=str(receipt.id))
    elif policy.state == PolicyState.SUSPENDED:
        reinstate(ctx, policy, receipts_of(ctx, policy))
