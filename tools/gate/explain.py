"""Explaining (*explicar*): what the gate would say of a call, in words, without doing it."""

from dataclasses import replace

from core.errors import Denied
from tools.gate import Gate
from tools.gate.call import Call
from tools.policy import facts_of
from tools.policy.explaining import Explanation, explain


def explained(gate: Gate, call: Call, *, tried: bool = False) -> Explanation:
    """Why `call.actor` may or may not make `call`.

    Args:
        gate: where.
        call: what.
        tried: run it as a dry run, so that amounts, recipients and rows count too; otherwise
            only who asks for what is judged.

    Raises:
        AitError: the arguments do not fit, or the tool refuses them.
    """
    policy, locale = gate.policy(call.actor), call.actor.locale
    tool = gate.catalogue().get(call.tool)
    if not tried:
        return explain(policy, facts_of(call.actor, tool), locale)
    work = gate.work(replace(call, dry_run=True))
    try:
        gate.chain(work)
    except Denied:
        if work._decision is None or work.decision.verdict != "deny":
            raise  # the tool itself refuses, whatever the policy says
    assert work.facts is not None
    return explain(policy, work.facts, locale, work.decision)
