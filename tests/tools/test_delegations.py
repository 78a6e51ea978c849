"""Lent authority: until its date, never lent on, and never a second person of the lender."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from core.audit.search import Wanted
from core.context import Actor
from core.errors import BadArguments, Denied, NotFound, StepUpRequired
from core.people import User
from modules.installation import Installation
from tests.tools.deciding import TWO, Desk, house_rules

Of = Callable[[str], Actor]
WEEK = timedelta(days=7)


def soon(**time: float) -> datetime:
    return datetime.now(UTC) + timedelta(**time)


@pytest.fixture(scope="module")
def desk(installation: Installation, actor: Of) -> Desk:
    return Desk(installation, actor, house_rules())


@pytest.fixture
def people(installation: Installation, tenant: Actor) -> Callable[..., Actor]:
    """A new person with these roles."""

    def make(*roles: str) -> Actor:
        name = f"{'-'.join(roles)}-{uuid4().hex[:6]}.{tenant.user.partition('@')[2]}"
        installation.people.add_user(tenant, name, name, list(roles))
        return installation.people.actor(name)

    return make


def test_a_lent_role_lets_one_decide_and_the_card_says_whose_it_is(desk, people, actor, installation) -> None:
    boss, deputy = people("executive"), people("broker")
    id = desk.asked(actor("owner"))
    with pytest.raises(NotFound):
        desk.approvals.show(deputy, id)
    loan = desk.delegations.lend(boss, deputy.user, "executive", soon(days=7), "vacaciones")
    deputy = desk.again(deputy)
    assert (deputy.roles, deputy.own_roles) == ({"broker", "executive"}, {"broker"})
    view = desk.approve(deputy, id)
    assert (view.state, view.grants[0].user, view.grants[0].lender) == ("approved", deputy.user, boss.user)
    assert [(one.id, one.state) for one in desk.delegations.list(deputy)] == [(loan.id, "active")]
    entries = installation.audit.search(actor("compliance"), Wanted(kind="admin.authority_lent", limit=1))
    assert entries[0].said["args"]["role"] == "executive"


def test_a_borrower_decides_neither_the_lenders_wishes_nor_his_own(desk, people, installation, tenant) -> None:
    boss, deputy = people("executive", "owner"), people("broker", "owner")
    desk.delegations.lend(boss, deputy.user, "executive", soon(days=7), "vacaciones")
    deputy = desk.again(deputy)
    for asker in (boss, deputy):
        id = desk.asked(asker)
        assert not desk.approvals.show(deputy, id).may_decide
        with pytest.raises(Denied) as refused:
            desk.approve(deputy, id)
        assert refused.value.detail["rule"] == "four-eyes"


def test_the_lender_and_his_borrowers_are_one_voice(installation, actor, people) -> None:
    desk = Desk(installation, actor, TWO)
    boss, deputy, second = people("executive"), people("broker"), people("broker")
    for borrower in (deputy, second):
        desk.delegations.lend(boss, borrower.user, "executive", soon(days=7), "vacaciones")
    deputy, second = desk.again(deputy), desk.again(second)
    id = desk.asked(actor("owner"))
    desk.approve(deputy, id)
    for same in (second, boss):
        with pytest.raises(Denied):
            desk.approve(same, id)
    assert desk.approvals.show(actor("owner"), id).missing == 1
    other = desk.asked(actor("owner"))
    desk.approve(boss, other)
    with pytest.raises(Denied):
        desk.approve(deputy, other)
    assert desk.approve(people("compliance"), other).state == "approved"


def test_a_lent_role_is_not_lent_on_and_neither_is_one_that_one_has_not(desk, people) -> None:
    boss, deputy, third = people("executive"), people("broker"), people("operations")
    desk.delegations.lend(boss, deputy.user, "executive", soon(days=7), "vacaciones")
    for role in ("executive", "cfo"):
        with pytest.raises(Denied):
            desk.delegations.lend(desk.again(deputy), third.user, role, soon(days=1), "yo tampoco estoy")
    with pytest.raises(Denied):
        desk.delegations.lend(replace(boss, agent="executor/ceo"), third.user, "executive", soon(days=1), "agente")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("until", {"until": soon(days=91)}),
        ("until", {"until": soon(days=-1)}),
        ("until", {"until": datetime(2099, 1, 1)}),
        ("reason", {"reason": "  "}),
        ("reason", {"reason": "x" * 501}),
    ],
)
def test_a_loan_has_a_date_within_ninety_days_and_a_reason(desk, people, field, change) -> None:
    boss, deputy = people("executive"), people("broker")
    with pytest.raises(BadArguments) as refused:
        desk.delegations.lend(boss, deputy.user, "executive", **({"until": soon(days=7), "reason": "viaje"} | change))
    assert refused.value.detail["field"] == field


def test_a_loan_goes_to_somebody_else_here_who_lacks_the_role(desk, people, installation) -> None:
    boss = people("executive")
    stranger = installation.people.add_tenant(f"l{uuid4().hex[:8]}", "Otra")
    for to, error in ((boss.user, BadArguments), (people("executive").user, BadArguments), (stranger.user, NotFound)):
        with pytest.raises(error):
            desk.delegations.lend(boss, to, "executive", soon(days=1), "viaje")


def test_administration_is_lent_only_by_who_has_just_shown_who_he_is(desk, people) -> None:
    owner, deputy = people("owner"), people("broker")
    with pytest.raises(StepUpRequired):
        desk.delegations.lend(owner, deputy.user, "owner", soon(days=1), "viaje")
    fresh = replace(owner, factor_at=datetime.now(UTC))
    assert desk.delegations.lend(fresh, deputy.user, "owner", soon(days=1), "viaje").role == "owner"


def test_a_loan_ends_by_its_date_by_a_word_and_with_the_lenders_own_role(desk, people, installation) -> None:
    boss, deputy = people("executive"), people("broker")
    past = Desk(installation, desk.actor, desk.rules, ahead=-WEEK)
    past.delegations.lend(boss, deputy.user, "executive", soon(days=-1), "la semana pasada")
    assert "executive" not in desk.again(deputy).roles
    loan = desk.delegations.lend(boss, deputy.user, "executive", soon(days=7), "esta semana")
    assert "executive" in desk.again(deputy).roles
    with pytest.raises(NotFound):
        desk.delegations.revoke(people("executive"), loan.id)
    assert desk.delegations.revoke(deputy, loan.id).state == "revoked"
    assert "executive" not in desk.again(deputy).roles
    desk.delegations.lend(boss, deputy.user, "executive", soon(days=7), "otra vez")
    with installation.people.writing(boss) as session:
        user = session.exec(select(User).where(User.id == boss.user_id)).one()
        user.roles = ["broker"]
        session.add(user)
    assert "executive" not in desk.again(deputy).roles
    assert [loan.state for loan in desk.delegations.list(deputy, everything=True)] == ["active", "revoked", "ended"]
