"""The lawful moves: no sequence of them reaches a state that none of them leads to."""

from dataclasses import dataclass
from enum import StrEnum

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import SQLModel

from core.errors import Conflict
from modules.insurance.kernel.states import (
    LABELS,
    MOVES,
    ClaimState,
    DeadlineState,
    EndorsementState,
    PolicyState,
    QuoteState,
    ReceiptState,
    UnlawfulMove,
    move,
)

KINDS = (QuoteState, PolicyState, ReceiptState, ClaimState, EndorsementState, DeadlineState)
STARTS = {
    QuoteState: QuoteState.DRAFT, PolicyState: PolicyState.PENDING_SIGNATURE, ReceiptState: ReceiptState.ISSUED,
    ClaimState: ClaimState.NOTIFIED, EndorsementState: EndorsementState.REQUESTED, DeadlineState: DeadlineState.OPEN,
}  # fmt: skip
FINAL = {
    QuoteState: {"declined", "accepted", "rejected", "expired"},
    PolicyState: {"cancelled", "lapsed", "replaced", "annulled"}, ReceiptState: {"cancelled", "refunded"},
    ClaimState: set(), EndorsementState: {"signed", "rejected"}, DeadlineState: {"met"},
}  # fmt: skip


@dataclass
class Thing:
    state: str


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_state_can_be_reached_and_has_a_label(kind):
    """Nothing in the table is dead, and people have a word for it."""
    reached, waiting = set(), [STARTS[kind]]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += MOVES[kind].get(state, ())
    assert reached == set(kind)
    assert all(state in LABELS for state in kind)


@pytest.mark.parametrize(
    ("now", "to"),
    [(QuoteState.DECLINED, QuoteState.ACCEPTED), (QuoteState.REFERRED, QuoteState.ACCEPTED),
     (PolicyState.PENDING_SIGNATURE, PolicyState.IN_FORCE), (PolicyState.CANCELLED, PolicyState.IN_FORCE),
     (PolicyState.LAPSED, PolicyState.IN_FORCE), (ReceiptState.CANCELLED, ReceiptState.PAID),
     (ReceiptState.PENDING, ReceiptState.SETTLED), (ClaimState.REJECTED, ClaimState.PAID)],
)  # fmt: skip
def test_an_unlawful_move_is_refused(now, to):
    """The refusal names both states and changes nothing."""
    thing = Thing(now)
    with pytest.raises(Conflict) as raised:
        move(thing, to)
    assert isinstance(raised.value, UnlawfulMove)
    assert thing.state == now


class Lives(RuleBasedStateMachine):
    """Any sequence of wishes: only lawful ones come true."""

    def __init__(self):
        super().__init__()
        self.things = {kind: Thing(start.value) for kind, start in STARTS.items()}

    @rule(to=st.sampled_from([state for kind in KINDS for state in kind]))
    def wish(self, to: StrEnum):
        """Ask for a state; it comes true only from a state that leads to it."""
        thing = self.things[type(to)]
        before = thing.state
        lawful = to in MOVES[type(to)].get(before, ())
        try:
            move(thing, to)
        except UnlawfulMove:
            assert not lawful
            assert thing.state == before
        else:
            assert lawful

    @invariant()
    def ends_are_ends(self):
        """A final state leads nowhere."""
        for kind, thing in self.things.items():
            assert thing.state in set(kind)
            assert bool(MOVES[kind].get(thing.state)) != (thing.state in FINAL[kind])


TestLives = Lives.TestCase


def test_the_tables_are_those_of_the_records(installation):
    """The migrations of both branches build what the records declare."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine

    ours = {
        t.fullname
        for t in SQLModel.metadata.tables.values()
        if t.schema == "soriano_insurance_autos"
        or t.name in ("counter", "insurer", "collaborator", "quote", "policy", "receipt", "commission_line", "claim")
    }
    engine = create_engine(installation.database.admin_url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as connection:
        options = {
            "include_schemas": True, "compare_type": True,
            "include_name": lambda name, kind, parents: kind != "schema" or name in (
                "soriano_core", "soriano_insurance_autos", "soriano_crm"),
            "include_object": lambda thing, name, kind, reflected, other: kind != "table" or thing.fullname in ours,
        }  # fmt: skip
        found = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    engine.dispose()
    assert found == []
