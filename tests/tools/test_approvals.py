"""Decisions: how many persons, who may not be one of them, and what binds a grant."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from core.audit.search import Wanted
from core.context import Actor, Origin
from core.errors import BadArguments, Conflict, Denied, NotFound, StepUpRequired
from core.identifiers import new_id
from core.people import User
from modules.installation import Installation
from tests.tools.deciding import TWO, Desk, house_rules, with_binding
from tools.approvals.fatigue import habits
from tools.gate import Call
from tools.gate.quorum import Grant, persons
from tools.gate.records import Approval
from tools.provenance import Evidence

Of = Callable[[str], Actor]
REQUESTERS = with_binding(
    'context.permission like "*:bind" && context.arguments < 2 && context.approvals < 1', "requester"
)


@pytest.fixture(scope="module")
def two(installation: Installation, actor: Of) -> Desk:
    """Where a binding act takes two distinct persons."""
    return Desk(installation, actor, TWO)


@pytest.fixture(scope="module")
def one(installation: Installation, actor: Of) -> Desk:
    """The house's own rules."""
    return Desk(installation, actor, house_rules())


@pytest.fixture
def later(one: Desk) -> Iterator[Desk]:
    """The same, with a clock that a test moves and that goes back by itself."""
    yield one
    one.ahead = timedelta()


def kinds(installation: Installation, who: Actor, id: UUID) -> list[str]:
    found = installation.audit.search(who, Wanted(record=str(id), limit=100))
    return [str(entry.said["kind"]) for entry in reversed(found)]


def test_two_distinct_persons_grant_it_and_the_card_says_who_is_missing(two, actor) -> None:
    id = two.asked(actor("owner"))
    first = two.approve(actor("executive"), id, "conozco al cliente")
    assert (first.state, first.missing, first.may_decide) == ("pending", 1, False)
    assert [grant.user for grant in first.grants] == [actor("executive").user]
    seen = two.approvals.show(actor("compliance"), id)
    assert [grant.comment for grant in seen.grants] == [""]  # the first word must not weigh on the second
    done = two.approve(actor("compliance"), id)
    assert (done.state, done.missing, done.grants[0].comment) == ("approved", 0, "conozco al cliente")
    assert two.approvals.execute(actor("owner"), id).json["published"]


def test_a_person_never_counts_twice(two, actor) -> None:
    id = two.asked(actor("owner"))
    two.approve(actor("executive"), id)
    with pytest.raises(Denied):
        two.approve(actor("executive"), id)
    with pytest.raises(Conflict):
        two.approvals.execute(actor("executive"), id)
    assert two.approvals.show(actor("owner"), id).missing == 1


def test_a_person_whose_account_was_closed_meanwhile_no_longer_counts(two, actor, installation) -> None:
    notice = two.notice()
    id = two.asked(actor("owner"), notice)
    two.approve(actor("executive_gone"), id)
    close(installation, actor("executive_gone"))
    two.approve(actor("compliance"), id)
    with pytest.raises(Denied) as refused:
        two.approvals.execute(actor("owner"), id)
    assert refused.value.detail["rule"] == "binding-act"
    assert (two.approvals.show(actor("owner"), id).state, two.published(notice)) == ("failed", False)


def close(installation: Installation, who: Actor) -> None:
    with installation.people.writing(who) as session:
        user = session.exec(select(User).where(User.id == who.user_id)).one()
        user.disabled = True
        session.add(user)


def test_who_has_a_stake_in_it_does_not_decide(one, actor, installation) -> None:
    id = one.asked(actor("owner"))
    with installation.people.writing(actor("owner")) as session:
        row = session.exec(select(Approval).where(Approval.id == id)).one()
        row.conflicted = [actor("executive").user_id]
        session.add(row)
    assert "interés" in one.approvals.show(actor("executive"), id).why_not
    with pytest.raises(Denied):
        one.approve(actor("executive"), id)
    assert one.approve(actor("executive_2"), id).state == "approved"


def test_whoever_asked_confirms_only_where_the_rule_says_so(installation, actor) -> None:
    desk = Desk(installation, actor, REQUESTERS)
    guess = Evidence(said="hola", foreign=("documents_read_document:1",))
    id = desk.asked(actor("owner"), evidence=guess)
    shown = desk.approvals.show(actor("owner"), id)
    assert (shown.approver, shown.may_decide, shown.foreign_sources) == (
        "requester", True, ["documents_read_document:1"],
    )  # fmt: skip
    assert not desk.approvals.show(actor("compliance"), id).may_decide
    edited = desk.approvals.edit(actor("owner"), id, {**shown.args, "recipient": "b@example.com"})
    assert (edited.approver, edited.state, edited.may_decide) == ("requester", "pending", True)
    assert desk.approve(actor("owner"), edited.id).state == "approved"
    assert desk.approvals.execute(actor("owner"), edited.id).json["published"]


def test_an_edit_always_waits_even_where_the_policy_would_let_it_pass(installation, actor) -> None:
    desk = Desk(
        installation,
        actor,
        with_binding('context.permission like "*:bind" && context.control < 2 && context.approvals < 1'),
    )
    id = desk.asked(actor("owner"), evidence=Evidence(said="hola"))
    notice = desk.approvals.show(actor("executive"), id).args["notice"]
    edited = desk.approvals.edit(actor("executive"), id, {"notice": notice, "recipient": "b@example.com"})
    assert edited.state == "pending"
    assert not desk.published(notice)


def test_a_decision_that_wants_a_fresh_sign_in_says_how_fresh(installation, actor) -> None:
    text = house_rules().replace('@id("binding-act")', '@id("binding-act")\n@step_up("300")')
    desk = Desk(installation, actor, text)
    id = desk.asked(actor("owner"))
    now = datetime.now(UTC)
    for factor in (None, now - timedelta(seconds=301)):
        with pytest.raises(StepUpRequired) as asked:
            desk.approve(replace(actor("executive"), factor_at=factor), id)
        assert asked.value.detail["seconds"] == 300
    assert desk.approve(replace(actor("executive"), factor_at=now), id).state == "approved"
    assert "approval.refused" in kinds(installation, actor("compliance"), id)


# What binds a grant (security.md 13, #5 and #7)


def test_another_argument_than_the_granted_one_is_refused_and_recorded(one, actor, installation) -> None:
    notice = one.notice()
    id = one.asked(actor("owner"), notice)
    one.approve(actor("executive"), id)
    other = {"notice": notice, "recipient": "thief@example.com"}
    shown = one.approvals.show(actor("owner"), id)
    with pytest.raises(Conflict):
        one.approvals.gate.call(
            Call(shown.tool, other, actor("owner"), Origin("rest", new_id()), approval_id=id, ids=shown.ids)
        )
    assert not one.published(notice)
    assert "call.failed" in kinds(installation, actor("compliance"), id)


def test_a_grant_is_nobody_elses(one, actor, installation) -> None:
    id = one.asked(actor("owner"))
    one.approve(actor("executive"), id)
    shown = one.approvals.show(actor("owner"), id)
    stranger = installation.people.add_tenant(f"s{new_id().hex[-8:]}", "Otra")
    for thief in (actor("executive_2"), stranger):
        with pytest.raises(NotFound):
            one.approvals.gate.call(
                Call(shown.tool, shown.args, thief, Origin("rest", new_id()), approval_id=id, ids=shown.ids)
            )
    with pytest.raises(NotFound):
        one.approvals.execute(stranger, id)
    with pytest.raises(NotFound):
        one.approvals.approve(stranger, id, shown.preview_hash)
    assert kinds(installation, stranger, id)[-2:] == ["approval.refused", "approval.refused"]


def test_a_grant_is_used_once(one, actor) -> None:
    id = one.asked(actor("owner"))
    one.approve(actor("executive"), id)
    first, again = one.approvals.execute(actor("owner"), id), one.approvals.execute(actor("executive"), id)
    assert (first.replayed, again.replayed, again.entry_id) == (False, True, first.entry_id)


def test_a_grant_is_void_after_a_day(later, actor, installation) -> None:
    notice = later.notice()
    id = later.asked(actor("owner"), notice)
    later.approve(actor("executive"), id)
    later.ahead = timedelta(hours=24, minutes=1)
    with pytest.raises(Conflict):
        later.approvals.execute(actor("owner"), id)
    assert (later.approvals.show(actor("owner"), id).state, later.published(notice)) == ("failed", False)
    assert kinds(installation, actor("compliance"), id)[-2:] == ["call.failed", "approval.failed"]


def test_a_person_whose_account_was_closed_has_nothing_run(one, actor, installation) -> None:
    asker = actor("operations_gone")
    notice = one.notice()
    with installation.people.writing(asker) as session:
        user = session.exec(select(User).where(User.id == asker.user_id)).one()
        user.roles = ["owner"]
        session.add(user)
    id = one.asked(one.again(asker), notice)
    one.approve(actor("executive"), id)
    close(installation, asker)
    with pytest.raises(Denied) as refused:
        one.approvals.execute(actor("executive"), id)
    assert refused.value.detail["rule"] == "requester"
    assert (one.approvals.show(actor("executive"), id).state, one.published(notice)) == ("failed", False)
    assert kinds(installation, actor("compliance"), id)[-1] == "approval.failed"


# Time


def test_reminders_escalation_and_the_safe_end_come_once_each(later, actor, installation) -> None:
    id = later.asked(actor("owner"))
    first, second = later.approvals.timers(), later.approvals.timers()  # two workers
    told = []
    for hours in (11, 12.1, 12.2, 21.7, 21.8, 24.1, 25):
        later.ahead = timedelta(hours=hours)
        told.append((first.run() > 0, second.attend(actor("owner").tenant_id, id)))
    assert [did for did, _ in told] == [False, True, False, True, False, True, False]
    assert not any(again for _, again in told)
    shown = later.approvals.show(actor("owner"), id)
    assert (shown.state, shown.approver) == ("expired", "executive,owner")
    happened = [kind for kind in kinds(installation, actor("compliance"), id) if kind.startswith("approval.")]
    assert happened == ["approval.reminded", "approval.escalated", "approval.reminded", "approval.expired"]
    with pytest.raises(Conflict):
        later.approve(actor("executive"), id)


def test_reminders_go_by_mail_to_those_who_may_decide(later, actor, installation) -> None:
    for role, address in (("executive", "boss@example.com"), ("cfo", "cfo@example.com")):
        with installation.people.writing(actor(role)) as session:
            user = session.exec(select(User).where(User.id == actor(role).user_id)).one()
            user.email = address
            session.add(user)
    id = later.asked(actor("owner"))
    later.ahead = timedelta(hours=13)
    later.approvals.timers("https://ait.example", mails=True).run()
    with installation.database.transaction(actor("owner").tenant_id) as session:
        sent = session.connection().exec_driver_sql(
            "SELECT payload->>'recipient', payload->>'body' FROM soriano_platform.outbox"
            " WHERE type = 'email' AND key = %s",
            (id,),
        )
        rows = sent.all()
    assert [row[0] for row in rows] == ["boss@example.com"]
    assert f"https://ait.example/approvals/{id}" in rows[0][1]


# Many at once


def test_many_alike_are_decided_together_each_by_its_own_hash(one, actor, installation) -> None:
    ids = [one.asked(actor("owner")) for _ in range(3)]
    boss = actor("executive")
    seen = [(id, one.approvals.show(boss, id).preview_hash) for id in ids]
    seen[1] = (ids[1], "0" * 64)
    done = one.approvals.decide_many(boss, seen, "approve", "las tres")
    assert [result.error is None for result in done] == [True, False, True]
    assert [one.approvals.show(boss, id).state for id in ids] == ["approved", "pending", "approved"]
    assert "approval.approved" in kinds(installation, actor("compliance"), ids[0])
    left = [(ids[1], one.approvals.show(boss, ids[1]).preview_hash)]
    with pytest.raises(BadArguments):
        one.approvals.decide_many(boss, left, "reject")
    with pytest.raises(BadArguments):
        one.approvals.decide_many(boss, left * 2, "approve")
    assert one.approvals.decide_many(boss, left, "reject", "no procede")[0].view.state == "rejected"


@pytest.mark.parametrize("why", ["foreign", "dissent", "step_up", "class", "another rule", "two persons"])
def test_what_has_to_be_looked_at_singly_is_not_decided_together(one, two, actor, installation, why) -> None:
    ids = [one.asked(actor("owner")), (two if why == "two persons" else one).asked(actor("owner"))]
    changed = {
        "foreign": {"foreign_sources": ["documents_read_document:1"]},
        "dissent": {"advice": {"dissent": [{"specialist": "legal", "text": "no"}]}},
        "step_up": {"step_up": 300},
        "class": {"risk": "M1"},
        "another rule": {"rule": "flagged"},
        "two persons": {},
    }[why]
    with installation.people.writing(actor("owner")) as session:
        row = session.exec(select(Approval).where(Approval.id == ids[1])).one()
        for name, value in changed.items():
            setattr(row, name, value)
        session.add(row)
    boss = actor("executive")
    seen = [(id, one.approvals.show(boss, id).preview_hash) for id in ids]
    with pytest.raises(Denied) as refused:
        one.approvals.decide_many(boss, seen, "approve")
    assert refused.value.detail["rule"] == "bulk"
    assert [one.approvals.show(boss, id).state for id in ids] == ["pending", "pending"]


# Fatigue


def test_who_grants_everything_without_looking_is_flagged(installation, actor) -> None:
    start = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def decided(count: int, seconds: float, user: str) -> list[Approval]:
        made = []
        for place in range(count):
            at = start + timedelta(seconds=seconds * (place + 1))
            grant = {"by": str(new_id()), "user": user, "at": at.isoformat()}
            made.append(Approval(tool="kernel_issue_policy", grants=[grant], created_at=start))
        return made

    hasty, few, calm = decided(51, 2, "hasty"), decided(50, 2, "few"), decided(60, 40, "calm")
    found = {habit.user: habit for habit in habits([*hasty, *few, *calm])}
    assert {name: habit.flagged for name, habit in found.items()} == {"hasty": True, "few": False, "calm": False}
    assert (found["hasty"].median_seconds, found["hasty"].granted_share) == (2.0, 1.0)
    with pytest.raises(Denied):
        installation.approvals.fatigue(actor("broker"))
    assert isinstance(installation.approvals.fatigue(actor("compliance")), list)


def test_a_loan_makes_no_person_more() -> None:
    boss, deputy, other = new_id(), new_id(), new_id()
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    own = Grant(by=boss, user="boss", at=at)
    lent = Grant(by=deputy, user="deputy", at=at, lender_id=boss, lender="boss")
    also = Grant(by=other, user="other", at=at, lender_id=boss, lender="boss")
    free = Grant(by=other, user="other", at=at)
    counted = [persons(grants) for grants in ([own, lent], [lent, also], [own, own], [own, free], [lent, free], [])]
    assert counted == [1, 1, 1, 2, 2, 0]
