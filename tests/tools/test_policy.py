"""The policy as a table of decisions, the four wrappers around Cedar, and what no house may loosen."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadArguments
from tools.policy import Policy
from tools.policy.facts import MOST_CENTS, Facts
from tools.policy.rules import FAULT, Rules
from tools.policy.simulation import simulate

POLICY = Policy.load()
ROLES = ("owner", "admin", "broker", "executive", "cfo", "operations", "compliance")
AGENTS = tuple(f"executor/{id}" for id in ("ceo", "cfo", "cto", "cmo", "sales", "operations", "hr", "compliance"))
CLASSES = ("R0", "R1", "W1", "W2", "M1", "M2", "X1", "X2", "B1", "B2", "I1", "N1", "A1", "S1")

# Who may what: permission → roles that hold it. Written from docs/policy.md, not from the tables.
WHO = {
    "crm:read": {*ROLES},
    "crm:write": {"owner", "broker", "executive", "operations", "compliance"},
    "crm:bank": {"owner", "broker", "executive", "operations"},
    "crm:export": {"owner", "executive", "compliance"},
    "crm:erase": {"owner", "executive", "operations", "compliance"},
    "kernel:write": {"owner", "broker", "executive", "operations"},
    "kernel:bind": {"owner", "broker", "executive", "operations"},
    "encashment:write": {"owner", "broker", "executive", "cfo", "operations"},
    "treasury:read": {*ROLES},
    "treasury:pay": {"owner", "executive", "cfo"},
    "treasury:register": {"owner", "executive", "operations"},
    "treasury:administer": {"owner", "admin"},
    "documents:write": {"owner", "broker", "executive", "cfo", "operations", "compliance"},
    "documents:delete": {"owner", "broker", "executive", "operations", "compliance"},
    "messages:send": {"owner", "broker", "executive", "cfo", "operations", "compliance"},
    "messages:campaign": {"owner", "executive", "compliance"},
    "audit:read": {"owner", "admin", "executive", "cfo", "compliance"},
    "governance:publish": {"owner", "admin"},
    "switch:administer": {"owner", "admin"},
    "crm:import": {"owner", "admin"},
}

# What each agent may do at most (security.md 4.3, as this house has it).
AUTHORITY = {
    "executor/ceo": "R0 W1 X1",
    "executor/cfo": "R0 W1 W2 M1 X1 N1",
    "executor/cto": "R0 W1 N1",
    "executor/cmo": "R0 W1 W2 X1 X2 N1",
    "executor/sales": "R0 W1 W2 X1 N1",
    "executor/operations": "R0 R1 W1 W2 M1 M2 X1 I1 N1",
    "executor/hr": "R0 W1 W2 M2 X1 I1",
    "executor/compliance": "R0 R1 W1 W2 X1 B1 I1 N1",
}


def with_rules(rules: str) -> Policy:
    return Policy.model_validate({**POLICY.model_dump(), "rules": rules})


def facts(**said: object) -> Facts:
    usual = Facts("ana", frozenset({"owner"}), "R0", "x_y", "x", "x:y")
    return replace(usual, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(("permission", "role"), list(product(WHO, ROLES)))
def test_a_role_may_what_the_house_gave_it_and_nothing_else(permission: str, role: str) -> None:
    verdict = POLICY.judge(facts(roles=frozenset({role}), permission=permission, cls="R0", approvals=2)).verdict
    assert verdict == ("allow" if role in WHO[permission] else "deny")


@pytest.mark.parametrize(("agent", "cls"), list(product(AGENTS, CLASSES)))
def test_an_agent_may_no_more_than_its_authority(agent: str, cls: str) -> None:
    verdict = POLICY.judge(facts(agent=agent, cls=cls, approvals=2, outward=cls == "M1", registered=True)).verdict
    assert verdict == ("allow" if cls in AUTHORITY[agent].split() else "deny")


MONEY = {"cls": "M1", "outward": True, "registered": True}


@pytest.mark.parametrize(
    ("said", "verdict", "rule", "needed"),
    [
        ({**MONEY, "amount_cents": 1}, "hold", "money-out", 1),
        ({**MONEY, "amount_cents": 300_000}, "hold", "money-out", 1),
        ({**MONEY, "amount_cents": 300_001}, "hold", "payment-executive", 1),
        ({**MONEY, "amount_cents": 3_000_000}, "hold", "payment-executive", 1),
        ({**MONEY, "amount_cents": 3_000_001}, "hold", "payment-two", 2),
        ({**MONEY, "amount_cents": 3_000_001, "approvals": 1}, "hold", "payment-two", 2),
        ({**MONEY, "amount_cents": 3_000_001, "approvals": 2}, "allow", "role:owner", 1),
        ({**MONEY, "amount_cents": 15_000_001, "approvals": 2}, "deny", "payment-day", 1),
        ({**MONEY, "amount_cents": 1, "day_cents": 15_000_000, "approvals": 2}, "deny", "payment-day", 1),
        ({**MONEY, "amount_cents": 10**18, "day_cents": 10**18, "approvals": 2}, "deny", "payment-day", 1),
        ({**MONEY, "registered": False, "approvals": 2}, "deny", "unregistered-payee", 1),
        ({**MONEY, "minute": 479, "approvals": 2}, "deny", "payment-hours", 1),
        ({**MONEY, "minute": 480, "approvals": 2}, "allow", "role:owner", 1),
        ({**MONEY, "minute": 1199, "approvals": 2}, "allow", "role:owner", 1),
        ({**MONEY, "minute": 1200, "approvals": 2}, "deny", "payment-hours", 1),
        ({**MONEY, "business_day": False, "approvals": 2}, "deny", "payment-hours", 1),
        ({**MONEY, "agent": "executor/operations", "amount_cents": 150_000}, "hold", "money-out", 1),
        ({**MONEY, "agent": "executor/operations", "amount_cents": 150_001}, "deny", "agent:executor/operations", 1),
        ({"cls": "M2"}, "hold", "bank-details", 2),
        ({"cls": "M2", "approvals": 1}, "hold", "bank-details", 2),
        ({"cls": "M2", "approvals": 2}, "allow", "role:owner", 1),
        ({"cls": "M2", "approvals": 2, "day_count": 10}, "deny", "bank-details-day", 1),
        ({"cls": "I1", "approvals": 1}, "hold", "irreversible", 2),
        ({"cls": "I1", "approvals": 2, "day_count": 10}, "deny", "irreversible-day", 1),
        ({"cls": "B1"}, "hold", "bulk", 2),
        ({"cls": "B1", "approvals": 2, "day_count": 2}, "deny", "exports-day", 1),
        ({"cls": "B2", "approvals": 1}, "hold", "bulk", 2),
        ({"cls": "X2", "subjects": 500}, "hold", "campaign", 1),
        ({"cls": "X2", "subjects": 501}, "hold", "campaign-many", 2),
        ({"cls": "X1"}, "allow", "role:owner", 1),
        ({"cls": "X1", "hour_count": 30}, "deny", "messages-hour", 1),
        ({"cls": "X1", "special": True}, "hold", "special-outward", 1),
        ({"cls": "X1", "outward": True, "tainted": True}, "hold", "unregistered-recipient", 1),
        ({"cls": "X1", "outward": True, "registered": True, "tainted": True}, "hold", "free-text-while-tainted", 1),
        (
            {"cls": "X1", "outward": True, "registered": True, "tainted": True, "templated": True},
            "allow",
            "role:owner",
            1,
        ),
        ({"cls": "X1", "control": 1}, "hold", "untrusted-control", 1),
        ({"cls": "W2", "control": 0}, "hold", "untrusted-control", 1),
        ({"cls": "W2", "arguments": 1}, "hold", "untrusted-arguments", 1),
        ({"cls": "W2", "arguments": 2, "control": 2, "tainted": True}, "allow", "role:owner", 1),
        ({"cls": "W1", "control": 0, "arguments": 0}, "allow", "role:owner", 1),
        ({"cls": "R0", "control": 0, "arguments": 0, "tainted": True}, "allow", "role:owner", 1),
        ({"cls": "N1", "arguments": 0}, "allow", "role:owner", 1),
        ({"cls": "N1", "arguments": 0, "tainted": True}, "hold", "reading-while-tainted", 1),
        ({"cls": "N1", "hour_count": 60}, "deny", "reading-hour", 1),
        ({"cls": "W2", "permission": "x:bind"}, "hold", "binding-act", 1),
        ({"cls": "W2", "permission": "x:bind", "control": 0, "arguments": 0}, "hold", "binding-act", 1),
        ({"cls": "W2", "flagged": True}, "hold", "flagged", 1),
        ({"cls": "W2", "own_organization": False, "approvals": 2}, "deny", "own-organization", 1),
        ({"cls": "A1"}, "allow", "role:owner", 1),
        ({"cls": "A1", "permission": "governance:publish"}, "hold", "administration", 1),
        ({"cls": "A1", "agent": "executor/cto", "approvals": 2}, "deny", "people-only", 1),
        ({"cls": "W2", "stopped": True, "approvals": 2}, "deny", "stopped", 1),
        ({"cls": "R0", "stopped": True}, "allow", "role:owner", 1),
        ({"cls": "A1", "permission": "governance:resume", "stopped": True}, "hold", "administration", 1),
        ({"agent": "executor/cxo"}, "deny", "unknown-agent", 1),
    ],
)
def test_a_rule_decides_as_the_house_wrote_it(said: dict[str, object], verdict: str, rule: str, needed: int) -> None:
    decision = POLICY.judge(facts(**said))
    assert (decision.verdict, decision.rule, decision.needed) == (verdict, rule, needed)


def test_whoever_asked_may_confirm_only_if_no_rule_wants_somebody_else() -> None:
    assert POLICY.judge(facts(cls="W2", control=0)).approver == "requester"
    assert POLICY.judge(facts(cls="W2", control=0, permission="x:bind")).approver == "executive"


everything = st.builds(
    Facts,
    user=st.just("ana"),
    roles=st.frozensets(st.sampled_from(ROLES), max_size=3),
    cls=st.sampled_from(CLASSES),
    tool=st.just("x_y"),
    module=st.just("x"),
    permission=st.sampled_from(sorted(WHO)),
    agent=st.sampled_from(("", *AGENTS, "specialist/legal", "executor/cxo")),
    amount_cents=st.integers(0, 10**20),
    day_cents=st.integers(0, 10**20),
    day_count=st.integers(0, 100),
    hour_count=st.integers(0, 100),
    subjects=st.integers(0, 10**20),
    special=st.booleans(),
    templated=st.booleans(),
    outward=st.booleans(),
    registered=st.booleans(),
    control=st.integers(0, 3),
    arguments=st.integers(0, 3),
    tainted=st.booleans(),
    flagged=st.booleans(),
    approvals=st.integers(0, 3),
    minute=st.integers(0, 1439),
    business_day=st.booleans(),
    stopped=st.booleans(),
)


@given(everything)
def test_an_agent_never_may_more_than_its_person(call: Facts) -> None:
    """Invariant I2: what the person alone is refused, no agent does for him."""
    person = replace(call, agent="", control=3, arguments=3, tainted=False)
    if POLICY.judge(call).verdict == "allow":
        assert POLICY.judge(person).verdict == "allow"
    assert POLICY.judge(call).rule != FAULT


@given(everything)
def test_less_trust_never_opens_what_more_trust_does_not(call: Facts) -> None:
    trusted = replace(call, control=3, arguments=3, tainted=False)
    if POLICY.judge(call).verdict == "allow":
        assert POLICY.judge(trusted).verdict == "allow"


@given(everything)
def test_what_the_policy_was_told_can_be_kept_and_asked_again(call: Facts) -> None:
    assert Facts.of(call.told()) == call


def test_a_rule_that_fails_while_it_is_asked_refuses() -> None:
    """Cedar would skip it: an overflow inside a `forbid` must not open the door."""
    overflowing = (
        '@id("all")\npermit (principal, action, resource);\n'
        '@id("never")\nforbid (principal, action, resource) when { context.subjects * 9223372036854775807 > 0 };'
    )
    rules = Rules(overflowing, POLICY.engine.schema_text)
    assert rules.ask(facts(subjects=0)).allowed
    answer = rules.ask(facts(subjects=MOST_CENTS))
    assert (answer.allowed, answer.rules[0].id) == (False, FAULT)


@pytest.mark.parametrize(
    "rules",
    [
        '@id("a")\npermit (principal, action, resource) when { context.unknown > 3 };',
        '@id("a")\npermit (principal, action, resource) when { context.amount_cents };',
        '@id("a")\npermit (principal, action, resource) when {',
        "permit (principal, action, resource);",
        '@id("a")\npermit (principal, action, resource);\n@id("a")\nforbid (principal, action, resource);',
    ],
)
def test_rules_that_do_not_fit_are_never_loaded(rules: str) -> None:
    with pytest.raises(BadArguments):
        Rules(rules, POLICY.engine.schema_text)


def test_no_rules_at_all_refuse_everything() -> None:
    empty = Policy.parse('version = "0"\n[roles]\n[agents]\n', "")
    assert empty.judge(facts()).verdict == "deny"


def test_a_comment_that_looks_like_a_rule_is_none() -> None:
    commented = '// @id("x") permit (principal, action, resource);\n' + POLICY.rules
    assert Policy.parse('version = "1"\n[roles]\n[agents]\n', commented).judge(facts()).verdict == "deny"


@pytest.mark.parametrize(
    "loosened",
    [
        ("context.approvals < 2", "context.approvals < 1"),
        ("context.outward && !context.registered }", "context.outward && !context.registered && false }"),
    ],
)
def test_no_draft_may_loosen_what_the_house_does_not_bargain_about(loosened: tuple[str, str]) -> None:
    POLICY.require_bold()
    text = POLICY.rules.replace(*loosened)
    assert text != POLICY.rules
    with pytest.raises(BadArguments):
        with_rules(text).require_bold()


def test_a_draft_is_tried_on_past_calls() -> None:
    def entry(id: str, **said: object) -> dict[str, object]:
        return {"id": id, "details": {"facts": facts(**said).told()}}

    past = [entry("1", cls="W2"), entry("2", cls="W2", permission="x:bind"), {"id": "3", "details": {}}]
    stricter = '@id("no-w2") forbid (principal, action, resource) when { context.cls == "W2" };\n'
    draft = with_rules(stricter + POLICY.rules)
    found = simulate(draft, POLICY, past)
    assert (found.judged, found.unknown, found.same) == (2, 1, 0)
    assert found.changes == {"allow→deny": 1, "hold→deny": 1}
    assert {(e.entry, e.rule) for e in found.examples} == {("1", "no-w2"), ("2", "no-w2")}
