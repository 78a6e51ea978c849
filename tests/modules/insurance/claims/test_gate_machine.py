"""The same laws through the gate on the real database: a short machine over the tools."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadArguments, Conflict
from modules.insurance.kernel.states import CLAIM_MOVES
from tests.modules.insurance.claims.conftest import DOG, YESTERDAY

AMOUNT = st.integers(1, 80_000).map(lambda cents: f"{cents // 100}.{cents % 100:02}")
ACTS = st.one_of(
    st.sampled_from([
        ("kernel_open_claim", {}), ("kernel_accept_offer", {}), ("kernel_dispute_claim", {}),
        ("kernel_settle_claim", {}), ("kernel_close_claim", {}), ("kernel_reopen_claim", {}),
        ("kernel_reject_claim", {"reason": "excluded"}), ("kernel_escalate_claim", {"way": "experts"}),
    ]),
    st.tuples(
        st.sampled_from(["kernel_set_reserve", "kernel_make_offer", "kernel_record_advance", "kernel_record_recovery",
                         "kernel_record_claim_expense"]),
        st.fixed_dictionaries({"amount": AMOUNT}),
    ),
)  # fmt: skip
ON_THE_WAY = [("kernel_open_claim", {}), ("kernel_make_offer", {"amount": "300.00"})]


def reachable(start: str, end: str) -> bool:
    """Whether lawful moves lead from one state to the other."""
    seen, waiting = {start}, [start]
    while waiting:
        for state in CLAIM_MOVES.get(waiting.pop(), ()):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return end in seen


@pytest.fixture(scope="module")
def dog(insured: Callable[..., Any], done: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return insured, done


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.lists(ACTS, min_size=3, max_size=7))
def test_no_acts_bring_a_claim_where_it_may_not_be(dog: Any, acts: list[tuple[str, dict[str, str]]]) -> None:
    run, done = dog
    claim = run(
        "kernel_notify_claim", policy=DOG, description="Toby ha mordido a alguien", occurred_on=YESTERDAY.isoformat()
    ).claim
    for tool, args in [*ON_THE_WAY, *acts]:
        before = run("kernel_show_claim", claim=claim)
        try:
            done(tool, claim=claim, **args)
        except (BadArguments, Conflict):
            after = run("kernel_show_claim", claim=claim)
            assert after == before, "what was refused changed something"
        after = run("kernel_show_claim", claim=claim)
        assert reachable(before.state, after.state)
        assert after.movements[: len(before.movements)] == before.movements
        held = {h: sum((m.amount for m in after.movements if (m.kind, m.head) == ("reserve", h)), Decimal(0))
                for h in ("indemnity", "expense", "recovery")}  # fmt: skip
        assert {head.value: amount for head, amount in after.reserves.items()} == held
        assert after.reserve == held["indemnity"] + held["expense"] - held["recovery"]
        assert after.paid_amount == sum((m.amount for m in after.movements if m.kind == "payment"), Decimal(0))
        assert after.limit_amount is not None
        assert after.paid_amount <= after.limit_amount
