"""Why (*por qué*): a decision in words, for whoever asks why somebody can or can't do something."""

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from tools.policy import Decision, Facts, Policy
from tools.policy.facts import Verdict

ALLOWED = N_("{who} puede usar {tool}: {why}.")
DENIED = N_("{who} no puede usar {tool}: {why} (regla {rule}).")
HELD = N_("{who} puede pedir {tool}, y antes deciden {count} ({approver}): {why} (regla {rule}).")
ONE = N_("una persona")
TWO = N_("dos personas distintas")
FRESH = N_("Quien decida debe haberse identificado hace menos de {minutes} minutos.")


class FiredRule(BaseModel):
    """A rule that took part in the decision."""

    model_config = ConfigDict(frozen=True)

    id: str
    why: str


class Explanation(BaseModel):
    """A decision with all that led to it; texts in the language of whoever asks.

    `facts` are those that differ from the usual: what the policy was told.
    """

    model_config = ConfigDict(frozen=True)

    tool: str
    user: str
    agent: str | None
    verdict: Verdict
    rule: str
    why: str
    rules: tuple[FiredRule, ...]
    approver: str | None
    needed: int
    step_up: int | None
    policy_version: str
    facts: dict[str, str | int | bool | list[str]]
    text: str


def explain(policy: Policy, facts: Facts, locale: Locale, decision: Decision | None = None) -> Explanation:
    """What `policy` says of a call of `facts`, or said when it took `decision`, in words."""
    decision = decision or policy.judge(facts)
    reasons = {rule.id: rule.why for rule in policy.engine.declared}
    why = translate(decision.why, locale)
    return Explanation(
        tool=facts.tool,
        user=facts.user,
        agent=facts.agent or None,
        verdict=decision.verdict,
        rule=decision.rule,
        why=why,
        rules=tuple(FiredRule(id=id, why=translate(reasons.get(id, ""), locale)) for id in decision.rules),
        approver=decision.approver,
        needed=decision.needed if decision.verdict == "hold" else 0,
        step_up=decision.step_up,
        policy_version=policy.version,
        facts=facts.told(),
        text=_text(policy, facts, decision, why.rstrip("."), locale),
    )


def _text(policy: Policy, facts: Facts, decision: Decision, why: str, locale: Locale) -> str:
    who = f"{facts.user} ({facts.agent})" if facts.agent else facts.user
    if decision.verdict == "allow":
        return translate(ALLOWED, locale, who=who, tool=facts.tool, why=why)
    if decision.verdict == "deny":
        return translate(DENIED, locale, who=who, tool=facts.tool, why=why, rule=decision.rule)
    count = translate(TWO if decision.needed > 1 else ONE, locale)
    approver = approver_told(policy, decision.approver or "", locale)
    said = translate(
        HELD, locale, who=who, tool=facts.tool, count=count, approver=approver, why=why, rule=decision.rule
    )
    if decision.step_up is None:
        return said
    return f"{said} {translate(FRESH, locale, minutes=decision.step_up // 60)}"


def approver_told(policy: Policy, approver: str, locale: Locale) -> str:
    """The roles that may decide, as people call them."""
    return " / ".join(translate(policy.title(role), locale) for role in approver.split(","))


__all__ = ["Explanation", "FiredRule", "approver_told", "explain"]
