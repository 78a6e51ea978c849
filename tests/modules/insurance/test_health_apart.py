"""What a risk tells of somebody's health is shown to who may read it, and to nobody else (GDPR art. 9)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core.context import Origin
from core.identifiers import new_id
from modules.insurance.kernel.lines import installed_lines, line_of
from tests.modules.insurance.conftest import policy
from tests.modules.insurance.policies.conftest import TODAY
from tools.gate import Call

ILL = {
    "age": 45, "kinship": "titular", "full_name": "Javier Rubio Gutiérrez", "health_loading_pct": "37.25",
    "chronic_condition": True, "exclusions": ["rehabilitacion"],
}  # fmt: skip
WORDS = ("37.25", "health_loading_pct", "chronic_condition", "exclusions", "rehabilitacion", "crónica")
SALUD = {"product": "reembolso", "zone": "B", "payment_frequency": "annual", "insurer": "C0901"}


def said(outcome: Any) -> str:
    """All that a face, a model or a log gets of an answer."""
    return json.dumps(outcome.json, ensure_ascii=False, default=str) + outcome.value.told("es")


@pytest.fixture(scope="module")
def quote(book: Any) -> str:
    """A quote of somebody whose health is not the best."""
    made = book("salud_quote_policy", "operations", customer="Javier Rubio", insureds=[ILL], **SALUD)
    assert made.health["insureds"][0]["chronic_condition"]
    return str(made.quote_number)


def test_a_broker_sees_a_quote_without_the_health_in_it(quote: str, call: Any) -> None:
    for tool in ("kernel_show_quote", "kernel_review_quote"):
        found = said(call(tool, quote=quote))
        assert not [word for word in WORDS if word in found], found
    shown = call("kernel_show_quote", quote=quote).value
    assert shown.risk["insureds"][0]["full_name"] == ILL["full_name"]
    assert shown.health is None


def test_nor_does_a_broker_who_quotes_it(call: Any, quote: str) -> None:
    made = call("salud_quote_policy", customer="Javier Rubio", insureds=[ILL], **SALUD)
    assert not [word for word in WORDS if word in said(made)]


def test_nor_does_an_agent_of_the_brokers(quote: str, installation: Any, actor: Any) -> None:
    agent = replace(actor("broker"), agent="executor/sales")
    found = installation.gate.call(Call("kernel_show_quote", {"quote": quote}, agent, Origin("chat", new_id())))
    assert not [word for word in WORDS if word in said(found)]


def test_compliance_sees_it(quote: str, run: Any) -> None:
    health = run("kernel_show_quote", "compliance", quote=quote).health
    assert health == {"insureds": [{name: ILL[name] for name in WORDS[1:4]}]}


def test_an_endorsement_tells_of_health_apart_and_of_people_in_short(book: Any, call: Any) -> None:
    ana = {"age": 40, "kinship": "titular", "full_name": "Ana Rubio", "position": 1}
    leo = {"age": 12, "kinship": "hijo", "full_name": "Leo Rubio", "position": 2}
    began = TODAY.replace(day=1).isoformat()
    row = policy(
        90, "CL00003", line="salud", effective_date=began, original_start_date=began,
        expiry_date=TODAY.replace(day=1, year=TODAY.year + 1).isoformat(),
    )  # fmt: skip
    book("kernel_import_policies", "admin", rows=[row])
    risk = {**SALUD, "insureds": [ana]}
    risk.pop("insurer")
    book("kernel_import_risks", "admin", rows=[{"policy_id": row["policy_id"], "risk": risk, "details": {}}])
    changed = {"insureds": [{**ana, "health_loading_pct": "37.25"}, leo]}
    args = {"policy": row["policy_number"], "changes": changed, "reason": "alta de un hijo"}
    known = call("kernel_quote_endorsement", "operations", **args)
    (people,) = known.value.changes
    assert people.new == "Leo Rubio (12, hijo)"
    assert "Leo Rubio (12, hijo)" in known.value.told("es")
    assert "37.25" in str(known.value.health_changes)
    assert not [word for word in WORDS if word in known.value.told("es")]
    number = known.value.endorsement
    hidden = call("kernel_show_endorsement", endorsement=number)
    assert not [word for word in WORDS if word in said(hidden)]
    assert call("kernel_show_endorsement", "compliance", endorsement=number).value.health_changes


def test_every_line_that_knows_of_health_says_who_reads_it(installation: Any) -> None:
    for line in installed_lines():
        assert bool(line.health) == bool(line.health_readers)
        for name in line.health:
            model: Any = line.risk
            if name.startswith("insured."):
                model = line.risk.model_fields["insureds"].annotation.__args__[0]
            own = name.removeprefix("insured.")
            assert own in model.model_fields or own in line.details.model_fields
    assert {line_of(code).health_readers for code in ("salud", "vida", "decesos")} == {
        "salud:health", "vida:health", "decesos:health"
    }  # fmt: skip
