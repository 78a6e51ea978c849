"""The gate: what runs, what is refused, what waits, and what each leaves in the log."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core.audit.search import Wanted
from core.context import Actor, Origin
from core.errors import ApprovalRequired, BadArguments, Conflict, Denied, NotFound
from core.identifiers import new_id
from modules.installation import Installation
from tools.gate import Call
from tools.gate.rehearsal import rehearse

Of = Callable[[str], Actor]
DAY = "2026-06-01"


@pytest.fixture
def notice(run: Callable[..., Any]) -> str:
    return str(run("hail_notices_record_notice", "owner", province="25", day=DAY).notice)


def notices(run: Callable[..., Any], notice: str) -> Any:
    return next(n for n in run("hail_notices_list_notices", province="25") if n.notice == notice)


def log_of(installation: Installation, who: Actor, **wanted: Any) -> list[dict[str, Any]]:
    return [dict(f.said) for f in installation.audit.search(who, Wanted(**wanted))]


def test_a_draft_is_written_with_its_audit_entry(installation, actor, call) -> None:
    done = call("hail_notices_record_notice", "owner", province="08", day=DAY)
    said = installation.audit.show(actor("owner"), done.entry_id).said
    assert said["kind"] == "call.allowed"
    assert said["args"] == {"day": DAY, "province": "08"}
    assert said["effect"][0]["table"] == "soriano_operations.hail_notice"
    assert said["effect"][0]["after"]["province"] == "08"


def test_the_audit_fields_are_filled_truly(installation, actor, call) -> None:
    done = call("hail_notices_record_notice", "owner", province="08", day=DAY)
    from hail_notices import HailNotice

    who = actor("owner")
    with installation.database.transaction(who.tenant_id) as session:
        row = session.get(HailNotice, (who.tenant_id, UUID(done.json["notice"])))
    assert row is not None
    assert (row.created_by_user_id, row.version) == (who.user_id, 1)
    assert row.request_id is not None
    assert len(row.checksum) == 64


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"province": "25"}, "day"),
        ({"province": "25", "day": "31/31/2026"}, "day"),
        ({"province": "25", "day": DAY, "colour": "red"}, "colour"),
        ({"province": "a\0b", "day": DAY}, "(cuerpo)"),
        (b'{"province": "25", "province": "08", "day": "2026-06-01"}', "(cuerpo)"),
        (b"[1]", "(cuerpo)"),
        (b'{"province": NaN}', "(cuerpo)"),
        (b"{" * 5000, "(cuerpo)"),
    ],
)
def test_bad_arguments_name_the_field(installation, actor, args: Any, field: str) -> None:
    with pytest.raises(BadArguments) as refused:
        installation.gate.call(Call("hail_notices_record_notice", args, actor("owner"), Origin("rest", new_id())))
    assert refused.value.detail["field"] == field


def test_a_refusal_changes_nothing_and_is_recorded_with_its_rule(installation, actor, run, notice: str) -> None:
    with pytest.raises(Denied) as refused:
        run("hail_notices_record_notice", "cfo", province="25", day=DAY)
    assert refused.value.detail["rule"] == "role-permission"
    entry = log_of(installation, actor("compliance"), kind="call.denied", operator=actor("cfo").user_id)[0]
    assert entry["decision"]["rule_ids"] == ["role-permission"]
    assert len([n for n in run("hail_notices_list_notices", province="25") if n.notice == notice]) == 1


def test_an_agent_stays_within_its_own_authority(installation, actor) -> None:
    from dataclasses import replace

    agent = replace(actor("owner"), agent="specialist/legal")
    with pytest.raises(Denied) as refused:
        installation.gate.call(
            Call("hail_notices_record_notice", {"province": "25", "day": DAY}, agent, Origin("chat", new_id()))
        )
    assert refused.value.detail["rule"] == "agent:specialist/*"


def test_an_unknown_tool_is_not_found(run) -> None:
    with pytest.raises(NotFound):
        run("hail_notices_melt")


def test_a_dry_run_shows_every_row_and_effect_and_leaves_none(installation, actor, run, notice: str) -> None:
    done = installation.gate.call(
        Call(
            "hail_notices_publish_notice",
            {"notice": notice, "recipient": "a@example.com"},
            actor("owner"),
            Origin("cli", new_id()),
            dry_run=True,
        )
    )
    assert done.preview is not None
    row = done.preview.rows[0]
    assert (row.op, row.before, row.after) == ("update", {"published": False}, {"published": True})
    assert done.preview.effects[0].recipient == "a@example.com"
    assert not notices(run, notice).published


def test_one_key_does_it_once_and_gives_the_same_answer(installation, actor, run) -> None:
    def record(province: str) -> Any:
        return installation.gate.call(
            Call(
                "hail_notices_record_notice",
                {"province": province, "day": DAY},
                actor("owner"),
                Origin("rest", new_id()),
                idempotency_key="k-1",
            )
        )

    first, again = record("30"), record("30")
    assert again.replayed
    assert again.json == first.json
    assert len(run("hail_notices_list_notices", province="30")) == 1
    with pytest.raises(BadArguments):
        record("31")


def test_a_tools_bulk_statement_is_refused(installation, actor) -> None:
    from hail_notices import HailNotice
    from sqlalchemy import update

    who = actor("owner")
    with (
        installation.gate.transactions.open(who, Origin("cli", new_id())) as session,
        pytest.raises(TypeError, match="bulk"),
    ):
        session.exec(update(HailNotice).values(published=True))


def test_a_rehearsal_sees_its_own_writes_and_leaves_none(installation, actor, run) -> None:
    who = actor("owner")
    with rehearse(installation.database) as rehearsal:
        origin = Origin("eval", new_id())
        made = Call("hail_notices_record_notice", {"province": "44", "day": DAY}, who, origin, rehearsal=rehearsal)
        installation.gate.call(made)
        seen = installation.gate.call(
            Call("hail_notices_list_notices", {"province": "44"}, who, origin, rehearsal=rehearsal)
        )
        assert len(seen.value) == 1
    assert run("hail_notices_list_notices", province="44") == []


def test_another_tenant_sees_nothing_and_learns_nothing(installation, run, notice: str) -> None:
    other = installation.people.add_tenant(f"x{new_id().hex[-8:]}", "Otra")
    assert run("hail_notices_list_notices", other) == []
    texts = []
    for ref in (notice, str(new_id())):
        with pytest.raises(NotFound) as refused:
            installation.gate.call(
                Call(
                    "hail_notices_publish_notice",
                    {"notice": ref, "recipient": "x@example.com"},
                    other,
                    Origin("rest", new_id()),
                    dry_run=True,
                )
            )
        texts.append(refused.value.told("es").replace(ref, "…"))
    assert texts[0] == texts[1]


def held(installation: Installation, who: Actor, notice: str) -> UUID:
    with pytest.raises(ApprovalRequired) as waiting:
        installation.gate.call(
            Call(
                "hail_notices_publish_notice",
                {"notice": notice, "recipient": "a@example.com"},
                who,
                Origin("web", new_id()),
                reason="lo pide el cliente",
            )
        )
    return UUID(str(waiting.value.detail["approval_id"]))


def test_a_binding_act_waits_and_happens_only_after_approval(installation, actor, run, notice: str) -> None:
    id = held(installation, actor("owner"), notice)
    assert not notices(run, notice).published
    approver = actor("executive")
    seen = installation.approvals.show(approver, id)
    assert (seen.state, seen.rule, seen.may_decide) == ("pending", "binding-act", True)
    installation.approvals.approve(approver, id, seen.preview_hash, "adelante")
    outcome = installation.approvals.execute(approver, id)
    assert outcome.json["published"] is True
    assert notices(run, notice).published
    again = installation.approvals.execute(approver, id)
    assert (again.replayed, again.json) == (True, outcome.json)
    entry = installation.audit.show(actor("owner"), outcome.entry_id).said
    assert entry["actor"]["operator"] == str(actor("owner").user_id)
    assert entry["decision"]["approvals"] == [str(id)]


def test_who_asked_can_not_approve_and_neither_can_an_agent(installation, actor, notice: str) -> None:
    from dataclasses import replace

    id = held(installation, actor("owner"), notice)
    hash = installation.approvals.show(actor("executive"), id).preview_hash
    for wrong in (actor("owner"), actor("compliance"), replace(actor("executive"), agent="executor/ceo")):
        with pytest.raises(Denied):
            installation.approvals.approve(wrong, id, hash)
    with pytest.raises(NotFound):
        installation.approvals.show(actor("broker"), id)


def test_a_decision_for_another_hash_is_refused(installation, actor, notice: str) -> None:
    id = held(installation, actor("owner"), notice)
    with pytest.raises(Conflict):
        installation.approvals.approve(actor("executive"), id, "0" * 64)
    assert installation.approvals.show(actor("executive"), id).state == "pending"


def test_changed_rows_make_an_approval_stale_and_ask_again(installation, actor, run, notice: str) -> None:
    from hail_notices import HailNotice

    id = held(installation, actor("owner"), notice)
    approver = actor("executive")
    with installation.people.writing(actor("owner")) as session:
        row = session.get(HailNotice, (actor("owner").tenant_id, UUID(notice)))
        assert row is not None
        row.province = "26"
        session.add(row)
    installation.approvals.approve(approver, id, installation.approvals.show(approver, id).preview_hash)
    with pytest.raises(Conflict) as stale:
        installation.approvals.execute(approver, id)
    assert installation.approvals.show(approver, id).state == "stale"
    fresh = UUID(str(stale.value.detail["approval_id"]))
    renewed = installation.approvals.show(approver, fresh)
    assert (renewed.state, renewed.supersedes_id) == ("pending", id)
    installation.approvals.approve(approver, fresh, renewed.preview_hash)
    assert installation.approvals.execute(approver, fresh).json["published"]


def test_an_edit_is_validated_previewed_and_decided_anew(installation, actor, notice: str) -> None:
    id = held(installation, actor("owner"), notice)
    approver = actor("executive")
    with pytest.raises(BadArguments):
        installation.approvals.edit(approver, id, {"notice": notice, "recipient": 7})
    edited = installation.approvals.edit(approver, id, {"notice": notice, "recipient": "b@example.com"})
    assert edited.supersedes_id == id
    assert edited.preview.effects[0].recipient == "b@example.com"
    assert installation.approvals.show(approver, id).state == "superseded"
    with pytest.raises(Conflict):
        installation.approvals.approve(approver, id, edited.preview_hash)


def test_a_rejection_needs_a_reason_and_is_final(installation, actor, notice: str) -> None:
    id = held(installation, actor("owner"), notice)
    approver = actor("executive")
    with pytest.raises(BadArguments):
        installation.approvals.reject(approver, id, "  ")
    assert installation.approvals.reject(approver, id, "no procede").state == "rejected"
    with pytest.raises(Conflict):
        installation.approvals.execute(approver, id)


def test_two_executions_at_once_do_it_once(installation, actor, notice: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    id = held(installation, actor("owner"), notice)
    approver = actor("executive")
    installation.approvals.approve(approver, id, installation.approvals.show(approver, id).preview_hash)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: installation.approvals.execute(approver, id), range(8)))
    assert len({o.entry_id for o in outcomes}) == 1
    assert sum(not o.replayed for o in outcomes) == 1


def test_questions_delegation_and_postponing_keep_it_open(installation, actor, notice: str) -> None:
    from datetime import timedelta

    id = held(installation, actor("owner"), notice)
    approver, other = actor("executive"), actor("executive_2")
    installation.approvals.ask(approver, id, "¿Por qué hoy?")
    installation.approvals.answer(actor("owner"), id, "Vence mañana")
    view = installation.approvals.delegate(approver, id, other.user)
    assert view.delegated_to == other.user
    with pytest.raises(BadArguments):
        installation.approvals.delegate(approver, id, actor("broker").user)
    later = view.expires_at - timedelta(hours=1)
    view = installation.approvals.postpone(other, id, later)
    assert [m["kind"] for m in view.messages] == ["ask", "answer"]
    assert view.state == "pending"


def test_an_approval_of_another_tenant_does_not_exist(installation, actor, notice: str) -> None:
    id = held(installation, actor("owner"), notice)
    other = installation.people.add_tenant(f"y{new_id().hex[-8:]}", "Otra")
    with pytest.raises(NotFound):
        installation.approvals.show(other, id)
    assert installation.approvals.list(other, None) == []


def test_the_log_is_whole_after_all_this(installation) -> None:
    assert installation.audit.verify().ok
