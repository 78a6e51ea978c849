"""Any order of decisions by any persons: never fewer persons than needed, never who asked, once at most."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from core.context import Actor
from core.errors import AitError, Conflict
from core.people import User
from modules.installation import Installation
from tests.tools.deciding import TWO, Desk

OPEN, FINAL = {"pending"}, {"rejected", "expired", "stale", "superseded", "voided", "executed", "failed"}
NAMES = ("owner", "executive", "executive_2", "compliance", "broker", "deputy")
WHO = st.sampled_from(NAMES)


@dataclass
class Wish:
    """What the model knows of one approval."""

    asker: str
    notice: str
    state: str = "pending"
    granted: set[str] = field(default_factory=set)  # voices, the lender's for a loan
    runs: int = 0


class Deciding(RuleBasedStateMachine):
    """Six persons and their approvals; `deputy` has the role of `executive` on loan."""

    desk: ClassVar[Desk]
    people: ClassVar[dict[str, Actor]]
    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[UUID, Wish] = {}

    def who(self, name: str) -> Actor:
        return replace(self.people[name], factor_at=datetime.now(UTC))

    @rule(target=asked, asker=st.sampled_from(("owner", "executive")))
    def ask_for(self, asker: str) -> UUID:
        notice = self.desk.notice()
        id = self.desk.asked(self.who(asker), notice)
        self.known[id] = Wish(asker, notice)
        return id

    def may(self, name: str, wish: Wish) -> bool:
        voice = "executive" if name == "deputy" else name
        powerful = name in ("executive", "executive_2", "compliance", "deputy")
        asked = name == wish.asker or voice == wish.asker
        return powerful and not asked and voice not in wish.granted and wish.state == "pending"

    def attempt(self, act: Callable[[], Any]) -> bool:
        try:
            act()
        except AitError:
            return False
        return True

    @rule(id=asked, name=WHO)
    def approve(self, id: UUID, name: str) -> None:
        wish = self.known[id]
        assert self.attempt(lambda: self.desk.approve(self.who(name), id)) == self.may(name, wish)
        if self.may(name, wish):
            wish.granted.add("executive" if name == "deputy" else name)
            wish.state = "approved" if len(wish.granted) == 2 else "pending"

    @rule(id=asked, name=WHO)
    def reject(self, id: UUID, name: str) -> None:
        wish = self.known[id]
        assert self.attempt(lambda: self.desk.approvals.reject(self.who(name), id, "no")) == self.may(name, wish)
        if self.may(name, wish):
            wish.state = "rejected"

    @rule(id=asked, name=WHO, what=st.sampled_from(("ask", "delegate", "postpone")))
    def leave_open(self, id: UUID, name: str, what: str) -> None:
        wish, approvals, who = self.known[id], self.desk.approvals, self.who(name)
        free = next((other for other in NAMES if other != name and self.may(other, wish)), "compliance")
        act = {
            "ask": lambda: approvals.ask(who, id, "¿por qué?"),
            "delegate": lambda: approvals.delegate(who, id, self.who(free).user),
            "postpone": lambda: approvals.postpone(who, id, datetime.now(UTC) + timedelta(hours=1)),
        }[what]
        done = self.attempt(act)
        assert done == (self.may(name, wish) and (what != "delegate" or self.may(free, wish)))

    @rule(target=asked, id=asked, name=WHO)
    def edit(self, id: UUID, name: str) -> UUID:
        wish = self.known[id]
        args = {"notice": wish.notice, "recipient": "b@example.com"}
        try:
            fresh = self.desk.approvals.edit(self.who(name), id, args).id
        except AitError:
            assert not self.may(name, wish)
            return id
        assert self.may(name, wish)
        wish.state = "superseded"
        self.known[fresh] = Wish(wish.asker, wish.notice)
        return fresh

    @rule(id=asked)
    def let_time_pass(self, id: UUID) -> None:
        """Its time runs out; the others have theirs still."""
        later = Desk(self.desk.installation, self.desk.actor, self.desk.rules, ahead=timedelta(hours=25))
        later.approvals.timers().attend(self.people["owner"].tenant_id, id)
        if self.known[id].state == "pending":
            self.known[id].state = "expired"

    @rule(id=asked, name=WHO)
    def execute(self, id: UUID, name: str) -> None:
        wish = self.known[id]
        try:
            outcome = self.desk.approvals.execute(self.who(name), id)
        except Conflict as error:
            if error.code == "ait.stale":  # another wish has published the same notice meanwhile
                wish.state = "stale"
                self.known[UUID(str(error.detail["approval_id"]))] = Wish(wish.asker, wish.notice)
            else:
                assert wish.state not in ("approved", "executed")
        except AitError:
            assert name == "broker" or wish.state not in ("approved", "executed")
        else:
            assert wish.state in ("approved", "executed")
            wish.runs += not outcome.replayed
            wish.state = "executed"

    @invariant()
    def the_rows_say_what_the_model_says(self) -> None:
        for id, wish in self.known.items():
            view = self.desk.approvals.show(self.people["owner"], id)
            assert view.state == wish.state
            assert view.state in OPEN | FINAL | {"approved"}
            voices = {grant.lender or grant.user for grant in view.grants}
            assert len(voices) == len(view.grants)
            assert view.requester not in voices | {grant.user for grant in view.grants}
            if view.state in ("approved", "executed"):
                assert len(voices) >= view.needed == 2
            assert wish.runs == (view.state == "executed")


@pytest.fixture(scope="module")
def machine(installation: Installation, actor: Callable[[str], Actor], tenant: Actor) -> type[Deciding]:
    """The machine over this module's people."""
    Deciding.desk = desk = Desk(installation, actor, TWO)
    with installation.people.writing(tenant) as session:  # an executive who asks for things, too
        user = session.exec(select(User).where(User.id == actor("executive").user_id)).one()
        user.roles = ["executive", "owner"]
        session.add(user)
    installation.people.add_user(tenant, f"deputy.{tenant.user.partition('@')[2]}", "Deputy", ["broker"])
    deputy = installation.people.actor(f"deputy.{tenant.user.partition('@')[2]}")
    desk.delegations.lend(actor("executive"), deputy.user, "executive", datetime.now(UTC) + timedelta(days=7), "viaje")
    Deciding.people = {name: desk.again(actor(name)) for name in NAMES if name != "deputy"}
    Deciding.people["deputy"] = desk.again(deputy)
    return Deciding


def test_no_order_of_decisions_breaks_the_rules(machine: type[Deciding]) -> None:
    calm = settings(
        max_examples=15, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
    run_state_machine_as_test(machine, settings=calm)
