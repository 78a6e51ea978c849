"""Which deadlines run for a policy (*plazos de una póliza*): what started each, and its last day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from sqlmodel import select

from core.context import Context
from core.money import ZERO
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.policies.law import Rule, rules, rules_for
from modules.insurance.kernel.policies.records import Deadline
from modules.insurance.kernel.policies.unpaid import UNPAID, is_following, receipts_of
from modules.insurance.kernel.records import Claim, Policy, Receipt
from modules.insurance.kernel.states import ClaimState, DeadlineState, PolicyState
from modules.insurance.kernel.terms import latest_term, typed_risk

CLOSED: Final = frozenset((ClaimState.PAID, ClaimState.CLOSED, ClaimState.REJECTED))
OVER: Final = frozenset(
    (PolicyState.CANCELLED, PolicyState.LAPSED, PolicyState.EXPIRED, PolicyState.REPLACED, PolicyState.ANNULLED)
)


class Began(NamedTuple):
    """What starts a deadline: a day, and what tells it from others of its kind."""

    on: date
    subject: str = ""


class Running(NamedTuple):
    """A deadline of a policy; `state` is that of the watched one, or what the calendar says."""

    rule: Rule
    subject: str
    began_on: date
    due_on: date
    state: DeadlineState


def renewable(line: Line, ctx: Context, policy: Policy) -> bool:
    """Whether a policy goes on by itself at its expiry (LCS art. 22), as far as its risk is known."""
    term = latest_term(ctx, policy.id)
    return policy.ended_on is None and (term is None or line.duration(typed_risk(line, term.risk)).renewable)


def triggers(policy: Policy, receipts: Iterable[Receipt], claims: Iterable[Claim]) -> Mapping[str, Sequence[Began]]:
    """The days from which the law counts, by what happened on them."""
    found: dict[str, list[Began]] = defaultdict(list)
    if policy.signed_on is not None:
        found["delivery"].append(Began(policy.signed_on))
    if policy.state not in OVER:
        found["start"].append(Began(policy.started_on))
        found["expiry"].append(Began(policy.expires_on, policy.expires_on.isoformat()))
        for receipt in receipts:
            if receipt.state in UNPAID and receipt.total > ZERO:
                kind = "unpaid" if is_following(receipt) else "first_premium"
                found[kind].append(Began(receipt.due_on, receipt.receipt_number))
    for claim in claims:
        if claim.state not in CLOSED:
            found["claim_occurred"].append(Began(claim.occurred_on, claim.claim_number))
            if claim.notified_on is None:
                found["claim_known"].append(Began(claim.known_on, claim.claim_number))
            else:
                found["claim_notified"].append(Began(claim.notified_on, claim.claim_number))
    return found


def computed(line: Line, policy: Policy, began: Mapping[str, Sequence[Began]], *, goes_on: bool) -> Sequence[Running]:
    """The deadlines that the days in `began` start, by the law in force on each."""
    found = []
    for trigger, days in began.items():
        for day in days:
            for row in rules_for(line, renewable=goes_on, on=day.on):
                if row.trigger == trigger:
                    last = policy.expires_on if row.until == "expiry" else row.last_day(day.on)
                    found.append(Running(row, day.subject, day.on, last, DeadlineState.OPEN))
    return found


def deadlines_of(ctx: Context, line: Line, policy: Policy) -> Sequence[Running]:
    """All deadlines of `policy`: those that are watched as they stand, the others by the calendar; soonest first."""
    claims = ctx.session.exec(select(Claim).where(Claim.policy_id == policy.id, alive(Claim))).all()
    began = triggers(policy, receipts_of(ctx, policy), claims)
    known = {
        (row.rule.code, row.subject): row for row in computed(line, policy, began, goes_on=renewable(line, ctx, policy))
    }
    last = {row.code: row for row in rules()}
    watched = ctx.session.exec(select(Deadline).where(Deadline.policy_id == policy.id, alive(Deadline))).all()
    for one in watched:
        state = DeadlineState(one.state)
        known[one.code, one.subject] = Running(last[one.code], one.subject, one.began_on, one.due_on, state)
    rows = (
        row._replace(state=DeadlineState.MISSED) if row.state is DeadlineState.OPEN and row.due_on < ctx.today else row
        for row in known.values()
    )
    return sorted(rows, key=lambda row: (row.due_on, row.rule.code))
