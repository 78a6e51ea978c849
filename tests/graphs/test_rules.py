"""Business rules on proposals: pure, so told without a database."""

import pytest

from graphs.rules import Facts, evaluate
from tools.risk import Risk

ALL = (Risk.READ, Risk.DRAFT, Risk.WRITE, Risk.MESSAGE)
TWO = {"legal": "ok", "insurance": "ok"}


def rules(**more):
    facts = {"tool": "kernel_issue_policy", "risk": Risk.WRITE, "authority": ALL, "statuses": TWO, "support": 1.0}
    return [(v.rule_id, v.severity) for v in evaluate(Facts(**{**facts, **more}))]


def test_a_supported_proposal_within_authority_meets_no_rule():
    assert rules() == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"risk": Risk.ADMINISTRATION}, ("people-only", "block")),
        ({"risk": Risk.MONEY}, ("authority", "block")),
        ({"rejections": 2}, ("rejected-twice", "block")),
        (
            {"required": ("legal",), "statuses": {"legal": "timeout", "insurance": "ok"}},
            ("required-missing", "approve"),
        ),
        ({"statuses": {"legal": "error", "insurance": "timeout"}, "support": None}, ("no-quorum", "approve")),
        ({"vetoes": ("legal",), "support": 0.8}, ("veto", "approve")),
        ({"support": 0.6}, ("conflict", "approve")),
        ({"statuses": {"legal": "ok", "insurance": "error"}}, ("partial", "warn")),
    ],
)
def test_each_rule_says_its_severity(more, expected):
    assert rules(**more)[0] == expected


def test_a_first_rejection_may_be_proposed_again():
    assert rules(rejections=1) == []


def test_the_most_severe_rule_comes_first_and_is_told_in_both_languages():
    found = evaluate(
        Facts("x", Risk.MONEY, ALL, {"legal": "error", "insurance": "ok"}, required=("legal",), support=0.9)
    )
    assert [v.severity for v in found] == ["block", "approve"]
    assert "legal" in found[1].row()["message_es"]
