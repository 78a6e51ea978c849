"""Changing the rules is an act like any other: drafted, tried, approved by somebody else, in force at once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.context import Origin
from core.errors import ApprovalRequired, BadArguments, Denied
from core.identifiers import new_id
from tools.gate import Call
from tools.gate.explain import explained
from tools.policy import DEFAULT

RULES = DEFAULT.with_suffix(".cedar").read_text(encoding="utf-8")
NO_NOTES = """
@id("no-notes")
@why("Hoy no se anota nada.")
forbid (principal, action, resource) when { context.tool == "crm_add_note" };
"""


@pytest.fixture(scope="module")
def customer(run) -> str:
    return str(run("crm_create_person", "owner", first_name="Ana", last_name="Gil", id_number="12345678Z").customer)


@pytest.fixture
def granted(installation, actor):
    """Ask as one administrator and grant as the other; gives the outcome."""

    def go(tool: str, **args: object):
        with pytest.raises(ApprovalRequired) as held:
            installation.gate.call(Call(tool, args, actor("admin"), Origin("web", new_id())))
        id = held.value.detail["approval_id"]
        fresh = replace(actor("admin_two"), factor_at=datetime.now(UTC))
        shown = installation.approvals.show(fresh, id)
        installation.approvals.approve(fresh, id, shown.preview_hash)
        return installation.approvals.execute(fresh, id)

    return go


def test_a_draft_is_published_by_two_administrators_and_holds_from_the_next_call_on(
    call, run, granted, customer
) -> None:
    call("crm_add_note", customer=customer, note="antes")
    draft = run("compliance_draft_policy", "admin", summary="Sin notas", rules=RULES + NO_NOTES)
    call("crm_add_note", customer=customer, note="un borrador no cambia nada")
    granted("compliance_publish_policy", number=draft.number)
    with pytest.raises(Denied) as refused:
        call("crm_add_note", customer=customer, note="después")
    assert refused.value.detail["rule"] == "no-notes"
    back = run("compliance_draft_policy", "admin", summary="Como antes", rules=RULES)
    granted("compliance_publish_policy", number=back.number)
    call("crm_add_note", customer=customer, note="otra vez")
    states = {v.number: v.state for v in run("compliance_list_policies", "admin").versions}
    assert states == {draft.number: "retired", back.number: "published"}


def test_another_tenant_keeps_its_own_rules(installation, run, granted, customer) -> None:
    draft = run("compliance_draft_policy", "admin", summary="Sin notas", rules=RULES + NO_NOTES)
    granted("compliance_publish_policy", number=draft.number)
    other = installation.people.add_tenant(f"o{new_id().hex[-8:]}", "Otra")
    assert installation.gate.policy(other).version != draft.label
    back = run("compliance_draft_policy", "admin", summary="Como antes", rules=RULES)
    granted("compliance_publish_policy", number=back.number)


@pytest.mark.parametrize(
    "rules",
    [
        RULES.replace("context.approvals < 2", "context.approvals < 1"),
        RULES + "\nnonsense",
        RULES + NO_NOTES + NO_NOTES,
    ],
)
def test_a_draft_that_loosens_too_much_or_fails_is_not_even_kept(call, rules: str) -> None:
    with pytest.raises(BadArguments) as refused:
        call("compliance_draft_policy", "admin", summary="Mal", rules=rules)
    assert refused.value.detail["field"] == "rules"


def test_who_may_not_administer_may_not_draft_either(call) -> None:
    for role in ("broker", "executive", "cfo"):
        with pytest.raises(Denied):
            call("compliance_draft_policy", role, summary="Mía", rules=RULES)


def test_the_switch_stops_all_but_reading_and_two_people_lift_it(call, granted, customer) -> None:
    call("compliance_stop", "admin", kind="tool", name="crm_add_note", reason="prueba")
    with pytest.raises(Denied) as refused:
        call("crm_add_note", customer=customer, note="x")
    assert refused.value.detail["rule"] == "stopped"
    call("crm_record_interaction", customer=customer, summary="otra herramienta sigue")
    call("compliance_stop", "admin", kind="all", reason="prueba")
    with pytest.raises(Denied):
        call("crm_record_interaction", customer=customer, summary="nada sigue")
    call("crm_show_customer", customer=customer)
    granted("compliance_resume", kind="all", reason="ya está")
    granted("compliance_resume", kind="tool", name="crm_add_note", reason="ya está")
    call("crm_add_note", customer=customer, note="x")


def test_an_agent_can_neither_stop_nor_publish(installation, actor) -> None:
    for tool, args in (
        ("compliance_stop", {"kind": "all", "reason": "porque sí"}),
        ("compliance_publish_policy", {"number": 1}),
    ):
        agent = replace(actor("owner"), agent="executor/cto")
        with pytest.raises(Denied) as refused:
            installation.gate.call(Call(tool, args, agent, Origin("chat", new_id())))
        assert refused.value.detail["rule"] == "people-only"


@pytest.mark.parametrize(
    ("tool", "role", "verdict", "es", "en"),
    [
        ("crm_search_customers", "broker", "allow", "puede usar", "may use"),
        ("crm_export_customers", "broker", "deny", "no puede usar", "may not use"),
        ("kernel_issue_policy", "broker", "hold", "antes deciden una persona", "first one person"),
        ("crm_erase_customer", "compliance", "hold", "dos personas distintas", "two different people"),
    ],
)
def test_every_decision_explains_itself_in_both_languages(installation, actor, tool, role, verdict, es, en) -> None:
    for locale, words in (("es", es), ("en", en)):
        asked = Call(tool, {}, replace(actor(role), locale=locale), Origin("cli", new_id()))
        said = explained(installation.gate, asked)
        assert said.verdict == verdict
        assert words in said.text
        assert said.why in said.text or said.why.rstrip(".") in said.text


def test_an_explanation_with_arguments_counts_what_the_call_would_do(installation, actor, customer) -> None:
    asked = Call(
        "crm_export_customers",
        {"purpose": "revisión anual de la cartera"},
        actor("compliance"),
        Origin("cli", new_id()),
    )
    said = explained(installation.gate, asked, tried=True)
    assert (said.verdict, said.rule, said.needed) == ("hold", "bulk", 2)
    assert int(str(said.facts["subjects"])) >= 1
