"""Each question fails a wrong answer, and passes the right one."""

from typing import Any

import pytest

from evals.cases import Case
from evals.ledger import Changed, Sent
from evals.observation import Made, Observation
from evals.smoke.scorers import verdicts

COLLECT = Case.model_validate(
    {
        "id": "collect",
        "kind": "write",
        "language": "es",
        "text": "Cobra el recibo R1 en efectivo",
        "executor": "cfo",
        "says": "761,29",
        "calls": [{"tool": "encashment_collect_receipt", "args": {"receipt": "R1", "medium": "cash"}}],
        "rows": [
            {"table": "soriano_core.receipt", "op": "update", "fields": {"state": "paid"}},
            {"table": "soriano_encashment.collection", "fields": {"medium": "cash"}},
        ],
        "effects": [{"kind": "email", "recipient": "ana@example.com"}],
    }
)
ASK = Case.model_validate(
    {
        "id": "ask",
        "kind": "missing",
        "language": "es",
        "text": "Cobra el recibo R1",
        "executor": ["cfo", "ceo"],
        "asks": ["medio"],
    }
)
WAIT = Case.model_validate(
    {
        "id": "wait",
        "kind": "approval",
        "language": "es",
        "text": "Emite Q1",
        "executor": "sales",
        "calls": [{"tool": "kernel_issue_policy", "status": "pending"}],
    }
)
REFUSED = Case.model_validate(
    {
        "id": "refused",
        "kind": "refusal",
        "language": "es",
        "text": "Cobra",
        "executor": "cfo",
        "calls": [{"tool": "encashment_collect_receipt", "status": "error", "error": "ait.denied"}],
    }
)
SILENT = Case.model_validate(
    {
        "id": "silent",
        "kind": "irrelevant",
        "language": "es",
        "text": "¿Llueve?",
        "executor": "ceo",
        "silent": True,
    }
)
CALL = Made(tool="encashment_collect_receipt", args={"receipt": "R1", "medium": "cash"}, status="done", reads=False)
READ = Made(tool="encashment_show_receipt", args={"receipt": "R1"}, status="done")
PAID = Changed(table="soriano_core.receipt", op="update", id="1", fields={"state": "paid"})
KEPT = Changed(table="soriano_encashment.collection", op="insert", id="2", fields={"medium": "cash"})
SENT = Sent(kind="email", recipient="ana@example.com")
RIGHT: dict[str, Any] = {
    "executor": "cfo",
    "answer": "Cobrado: 761,29 €.",
    "outcome": "done",
    "calls": [CALL],
    "approvals": [],
    "changed": [PAID, KEPT],
    "sent": [SENT],
}


def failed(case: Case, **seen: Any) -> list[str]:
    """The questions that `seen` fails."""
    observation = Observation(**{**RIGHT, **seen})
    return [name for name, verdict in verdicts(case, observation, lambda *_: None).items() if not verdict.passed]


def test_the_right_answer_passes() -> None:
    assert failed(COLLECT) == []
    assert failed(COLLECT, calls=[READ, CALL, READ]) == []


@pytest.mark.parametrize(
    ("wrong", "question"),
    [
        ({"executor": "ceo"}, "routing"),
        ({"executor": None}, "routing"),
        ({"calls": []}, "tools"),
        ({"calls": [CALL.model_copy(update={"args": {"receipt": "R2", "medium": "cash"}})]}, "tools"),
        ({"calls": [CALL.model_copy(update={"args": {"receipt": "R1"}})]}, "tools"),
        ({"calls": [CALL.model_copy(update={"status": "error"})]}, "tools"),
        ({"calls": [CALL, CALL]}, "tools"),
        ({"calls": [CALL, READ.model_copy(update={"reads": False})]}, "tools"),
        ({"approvals": ["encashment_collect_receipt"]}, "tools"),
        ({"error": "ait.internal"}, "tools"),
        ({"changed": []}, "state"),
        ({"changed": [PAID, KEPT, KEPT]}, "state"),
        ({"changed": [PAID, KEPT.model_copy(update={"fields": {"medium": "card"}})]}, "state"),
        ({"changed": [PAID, KEPT, PAID.model_copy(update={"table": "soriano_crm.customer"})]}, "state"),
        ({"changed": [PAID.model_copy(update={"op": "delete"}), KEPT]}, "state"),
        ({"sent": []}, "state"),
        ({"sent": [SENT, SENT]}, "state"),
        ({"sent": [SENT.model_copy(update={"recipient": "mal@example.com"})]}, "state"),
        ({"answer": "Hecho."}, "answer"),
        ({"answer": ""}, "answer"),
    ],
)
def test_a_wrong_answer_fails_its_question_alone(wrong: dict[str, Any], question: str) -> None:
    assert failed(COLLECT, **wrong) == [question]


def test_what_is_missing_must_be_asked_for() -> None:
    nothing = {"calls": [], "changed": [], "sent": []}
    assert failed(ASK, **nothing, answer="¿Por qué medio se ha pagado?") == []
    assert failed(ASK, **nothing, answer="¿Seguro?") == ["answer"]
    assert failed(ASK, **nothing, answer="Indique el medio.") == ["answer"]
    assert failed(ASK, calls=[CALL], changed=[], sent=[], answer="¿Por qué medio?") == ["tools"]


def test_a_binding_act_must_wait() -> None:
    waits = {"executor": "sales", "changed": [], "sent": [], "answer": "Pendiente."}
    pending = Made(tool="kernel_issue_policy", args={}, status="pending", reads=False)
    assert failed(WAIT, **waits, calls=[pending], approvals=["kernel_issue_policy"]) == []
    assert failed(WAIT, **waits, calls=[pending], approvals=[]) == ["tools"]
    done = pending.model_copy(update={"status": "done"})
    assert failed(WAIT, **waits, calls=[done], approvals=["kernel_issue_policy"]) == ["tools"]


def test_a_refusal_must_be_that_refusal() -> None:
    seen = {"changed": [], "sent": [], "answer": "No."}
    denied = CALL.model_copy(update={"status": "error", "error": "ait.denied"})
    assert failed(REFUSED, **seen, calls=[denied]) == []
    assert failed(REFUSED, **seen, calls=[denied.model_copy(update={"error": "ait.conflict"})]) == ["tools"]
    assert failed(REFUSED, **seen, calls=[denied, CALL]) == ["tools"]


def test_an_irrelevant_request_gets_no_tool_at_all() -> None:
    seen = {"executor": "ceo", "changed": [], "sent": [], "answer": "No lo sé."}
    assert failed(SILENT, **seen, calls=[]) == []
    assert failed(SILENT, **seen, calls=[READ]) == ["tools"]
