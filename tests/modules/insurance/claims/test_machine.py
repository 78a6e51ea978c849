"""No sequence of acts brings a claim's file where it may not be (Hypothesis, over the pure core)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.errors import BadArguments, Conflict
from core.identifiers import new_id
from modules.insurance.kernel.claims.file import Closing, File, Head, MovementKind, OfferState, Rejection, Side, Way
from modules.insurance.kernel.claims.steps import next_steps
from modules.insurance.kernel.records import Claim
from modules.insurance.kernel.states import CLAIM_MOVES, ClaimState

LOSS = date(2026, 7, 10)
EUROS = st.decimals(Decimal("0.01"), Decimal(5000), places=2)
UNANSWERED = {"closed", "rejected", "notified"}


def claim(limit: Decimal | None = None) -> Claim:
    return Claim(
        id=new_id(), claim_number="SI2026-000001", policy_id=new_id(), state="notified", cause="golpe",
        occurred_on=LOSS, known_on=LOSS, limit_amount=limit, reserve=Decimal(0), paid_amount=Decimal(0),
    )  # fmt: skip


class Handling(RuleBasedStateMachine):
    """A claim and everything that may be tried with it, in any order and on any day."""

    @initialize(limit=st.none() | EUROS, left=st.none() | EUROS, persons=st.booleans())
    def notified(self, limit: Decimal | None, left: Decimal | None, persons: bool) -> None:
        self.file = File(claim=claim(limit), line="autos", persons=persons, annual=left)
        self.most = min((amount for amount in (limit, left) if amount is not None), default=None)
        self.day, self.told = LOSS, 0

    def tried(self, act: Any, *args: Any) -> None:
        """Do it, or see it refused with nothing changed."""
        before, held, events = self.file.claim.state, len(self.file.movements), len(self.file.events)
        figures = (self.file.claim.reserve, self.file.paid)
        try:
            act(*args)
        except (BadArguments, Conflict) as refused:
            self.said = refused.told("es") + refused.told("en")
            assert (len(self.file.movements), self.file.claim.reserve, self.file.paid) == (held, *figures), act
        moved = [told["before"] for _, told in self.file.events[events:] if "before" in told]
        steps = [*moved, self.file.claim.state] if moved else [before]
        for start, end in zip(steps, steps[1:], strict=False):
            assert end in CLAIM_MOVES[start]
        assert steps[0] == before, "a state changed and nothing told of it"

    @rule(days=st.integers(1, 900))
    def wait(self, days: int) -> None:
        self.day += timedelta(days)

    @rule()
    def register(self) -> None:
        self.tried(self.file.register, "S12345678", self.day)

    @rule()
    def open(self) -> None:
        self.tried(self.file.open)

    @rule(head=st.sampled_from(Head), amount=EUROS | st.just(Decimal(0)))
    def reserve(self, head: Head, amount: Decimal) -> None:
        self.tried(self.file.set_reserve, head, amount, self.day)

    @rule(side=st.sampled_from(Side), named=st.booleans())
    def expert(self, side: Side, named: bool) -> None:
        given = {"name": "Peritos Ebro"} if named else {"requested_on": self.day}
        self.tried(lambda: self.file.appoint(side, **given))  # type: ignore[arg-type]

    @rule(amount=EUROS)
    def offer(self, amount: Decimal) -> None:
        self.tried(self.file.make_offer, amount, self.day)

    @rule()
    def accept(self) -> None:
        self.tried(self.file.accept, self.day)

    @rule()
    def dispute(self) -> None:
        self.tried(self.file.dispute, self.day)

    @rule(way=st.sampled_from(Way))
    def escalate(self, way: Way) -> None:
        self.tried(self.file.escalate, way, self.day)

    @rule(amount=st.none() | EUROS)
    def settle(self, amount: Decimal | None) -> None:
        self.tried(self.file.settle, self.day, amount)

    @rule(amount=EUROS)
    def advance(self, amount: Decimal) -> None:
        self.tried(self.file.advance, amount, self.day)

    @rule(amount=EUROS)
    def spend(self, amount: Decimal) -> None:
        self.tried(self.file.spend, amount, self.day)

    @rule(amount=EUROS)
    def recover(self, amount: Decimal) -> None:
        self.tried(self.file.recover, amount, self.day)

    @rule(reason=st.sampled_from(Rejection))
    def reject(self, reason: Rejection) -> None:
        self.tried(self.file.reject, reason, self.day)

    @rule(reason=st.sampled_from(Closing))
    def close(self, reason: Closing) -> None:
        self.tried(self.file.close, reason, self.day)

    @precondition(lambda self: self.file.claim.state in UNANSWERED)
    @rule()
    def reopen(self) -> None:
        self.tried(self.file.reopen, self.day)

    @invariant()
    def figures_are_sums(self) -> None:
        file = self.file
        reserves = [m for m in file.movements if m.kind == MovementKind.RESERVE]
        sign = {Head.INDEMNITY: 1, Head.EXPENSE: 1, Head.RECOVERY: -1}
        assert file.claim.reserve == sum((sign[Head(m.head)] * m.amount for m in reserves), Decimal(0))
        assert file.claim.paid_amount == sum((m.amount for m in file.movements if m.kind == "payment"), Decimal(0))
        assert [m.number for m in file.movements] == list(range(1, len(file.movements) + 1))

    @invariant()
    def no_head_owes(self) -> None:
        assert all(self.file.reserve(head) >= 0 for head in Head)
        assert all(m.amount > 0 for m in self.file.movements if m.kind != MovementKind.RESERVE)

    @invariant()
    def never_above_the_limit(self) -> None:
        assert self.most is None or self.file.paid <= self.most

    @invariant()
    def never_more_back_than_out(self) -> None:
        file = self.file
        assert file.total(MovementKind.RECOVERY) <= file.paid + file.total(MovementKind.EXPENSE)

    @invariant()
    def what_is_over_reserves_nothing(self) -> None:
        if self.file.claim.state in (ClaimState.CLOSED, ClaimState.REJECTED):
            assert all(self.file.reserve(head) == 0 for head in Head)
            assert self.file.claim.end_reason

    @invariant()
    def an_accepted_claim_has_an_accepted_offer(self) -> None:
        pending = [offer for offer in self.file.offers if offer.state == OfferState.OPEN]
        assert len(pending) == (self.file.claim.state == ClaimState.OFFERED)
        if self.file.claim.state == ClaimState.ACCEPTED:
            assert self.file.offers[-1].state == OfferState.ACCEPTED

    @invariant()
    def the_steps_can_be_told(self) -> None:
        steps = next_steps(self.file)
        assert all(step.text for step in steps)
        assert (self.file.claim.state == ClaimState.CLOSED) <= (steps == ())


Handling.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestHandling = Handling.TestCase
