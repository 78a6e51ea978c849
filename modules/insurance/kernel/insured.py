"""What a policy insures, as a tool of one line or of one clause needs it: the policy and its latest term."""

from datetime import date
from typing import NamedTuple

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.lookup import resolve_policy
from modules.insurance.kernel.records import Policy, Term
from modules.insurance.kernel.terms import RiskUnknown, term_on, terms_of


class Insured(NamedTuple):
    """A policy and what it insured on a date."""

    policy: Policy
    term: Term


def insured(ctx: Context, ref: str, line: Line | None = None, on: date | None = None) -> Insured:
    """The policy that `ref` names with its term on a date, or with the latest.

    Raises:
        BadArguments: it is not of `line`.
        RiskUnknown: its risk was never entered.
    """
    policy = resolve_policy(ctx, ref)
    if line is not None and policy.line != line.code:
        text = N_("La póliza {policy} («{field}») no es de {line}.")
        label = line_label(line.code, ctx.actor.locale)
        raise BadArguments(text, field="policy", policy=policy.policy_number, line=label)
    return Insured(policy, agreed_on(ctx, policy, on or date.max))


def agreed_on(ctx: Context, policy: Policy, on: date) -> Term:
    """The term of `policy` on a date; the first if it had not begun.

    Raises:
        RiskUnknown: its risk was never entered.
    """
    terms = terms_of(ctx, policy)
    if not terms:
        raise RiskUnknown(policy=policy.policy_number)
    return term_on(ctx, policy, on) or terms[0]
