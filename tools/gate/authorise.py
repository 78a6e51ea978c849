"""Authorise: the policy's word on the call; a refusal names the rule.

Asked twice. Before the tool runs, with what its arguments tell, so that nobody runs what he
may not; and after it ran, inside the transaction, with what it really did and weighs. What
the policy then refuses was never done.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.errors import Denied
from tools.gate.call import Outcome, Work
from tools.gate.limits import LIMITED, Spent
from tools.gate.step import Step
from tools.gate.transact import GateSession
from tools.policy import Decision, Facts, Policy, facts_of
from tools.policy.facts import REQUESTER
from tools.policy.hours import is_business_day, minute_of_day
from tools.risk import Risk

FLAGGED: Final = "flagged"  # the rule for what a tool itself asks people to look at
ADVISED: Final = "advised"  # the rule of a hold that the advice asked for, not the policy
APPROVER: Final = "executive"
Policies = Callable[[UUID | None, GateSession], Policy]


@dataclass(frozen=True)
class Authorised(Step):
    """Ask the policy; a hold is left to the next step, a refusal ends the call."""

    policies: Policies

    def __call__(self, work: Work) -> Outcome:
        """Fill `decision` and `facts`, or raise Denied."""
        policy = policy_of(work, self.policies)
        work.facts = known(work)
        settle(work, policy, work.facts)
        outcome = self.inner(work)
        if not outcome.replayed and weighs(work):
            work.facts = weighed(work, work.facts)
            settle(work, policy, work.facts)
        return outcome


@dataclass(frozen=True)
class Counted(Step):
    """Note what a limited call used up, in its own transaction."""

    def __call__(self, work: Work) -> Outcome:
        """Run the rest; a call that is held or refused is rolled back with its note."""
        outcome = self.inner(work)
        if not outcome.replayed and work.tool.risk in LIMITED:
            Spent(work.ctx).note(work.entry_id, work.tool.risk, cents(work))
        return outcome


def policy_of(work: Work, policies: Policies) -> Policy:
    """The policy in force for the work's tenant."""
    session = work.ctx.session
    assert isinstance(session, GateSession)
    work.policy_version = (policy := policies(session.standing.policy, session)).version
    return policy


def settle(work: Work, policy: Policy, facts: Facts) -> None:
    """Fill `decision`, or raise Denied."""
    decision = policy.judge(facts)
    if work.call.must_ask and decision.verdict == "allow" and not work.grants:
        title = policy.title(APPROVER)
        decision = Decision("hold", ADVISED, work.call.must_ask, APPROVER, approver_title=title, rules=(ADVISED,))
    elif decision.verdict == "hold" and decision.approver == REQUESTER and work.call.must_ask and not work.grants:
        decision = replace(decision, approver=APPROVER, approver_title=policy.title(APPROVER))
    if decision.rule == FLAGGED and work.ctx.weight.reason:
        decision = replace(decision, why=work.ctx.weight.reason)
    work._decision = decision
    if decision.verdict == "deny":
        raise Denied(rule=decision.rule, reason=decision.why)


def known(work: Work) -> Facts:
    """What is known before the tool runs."""
    call, tool, session = work.call, work.tool, work.ctx.session
    assert isinstance(session, GateSession)
    facts = replace(
        facts_of(call.actor, tool),
        control=int(work.provenance.control),
        arguments=min((int(work.labels[name].integrity) for name in tool.guards if name in work.labels), default=3),
        tainted=bool(work.provenance.foreign),
        approvals=work.grants,
        minute=minute_of_day(work.ctx.now, call.actor.zone),
        stopped=session.standing.stops(call.actor.agent, tool.name),
    )
    if tool.risk is Risk.MONEY:
        facts = replace(facts, business_day=is_business_day(work.ctx.today))
    if tool.risk in LIMITED:
        used = Spent(work.ctx).so_far(tool.risk)
        facts = replace(facts, day_count=used.day_count, hour_count=used.hour_count, day_cents=used.day_cents)
    return facts


def weighs(work: Work) -> bool:
    """Whether what the tool did can change the policy's word."""
    weight, session = work.ctx.weight, work.ctx.session
    assert isinstance(session, GateSession)
    return weight != type(weight)() or bool(session.changes)


def weighed(work: Work, facts: Facts) -> Facts:
    """The facts, with what the call really did."""
    weight, session = work.ctx.weight, work.ctx.session
    assert isinstance(session, GateSession)
    own = work.call.actor.organization_id
    strange = {change.organization_id for change in session.changes} - {own, None}
    return replace(
        facts,
        line=weight.line,
        tables=frozenset(change.table for change in session.changes),
        own_organization=own is None or not strange,
        amount_cents=cents(work),
        subjects=weight.subjects,
        templated=weight.templated,
        special=weight.special,
        outward=weight.registered is not None,
        registered=bool(weight.registered),
        flagged=bool(weight.reason),
    )


def cents(work: Work) -> int:
    """The euros that the call moves, in cents."""
    return round(work.ctx.weight.amount * 100)
