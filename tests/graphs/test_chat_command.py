"""`ait chat`, as a person types it, on the offline model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent.parent
ASK = "Anota que Ana Ruiz Prado llamó por su seguro"


@pytest.fixture(scope="module")
def ait(desk, actor, ana):
    """Run `ait …` as the broker; gives exit code, stdout, stderr."""
    environment = {**os.environ, "AIT_DATA_DIR": str(desk.settings.data_dir), "AIT_MODEL": "offline", "NO_COLOR": "1"}

    def command(*words, stdin=""):
        done = subprocess.run(
            [sys.executable, "-c", "from server.cli import main; main()", *words, "--as", actor("broker").user],
            cwd=HOUSE,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            input=stdin,
        )
        return done.returncode, done.stdout, done.stderr

    return command


def test_a_question_is_answered_as_json_with_every_field_of_the_contract(ait):
    code, out, err = ait("chat", "Busca los clientes que se llaman Ruiz", "--json")
    assert code == 0, err
    result = json.loads(out)
    assert {
        "thread_id",
        "executor",
        "specialists",
        "recommendations",
        "tool_calls",
        "approvals",
        "answer",
        "citations",
        "usage",
    } <= set(result)
    assert result["tool_calls"][0]["name"] == "crm_search_customers"
    assert "Ana Ruiz Prado" in result["answer"]
    code, out, _ = ait("chat", "Y la ficha de Ana Ruiz Prado", "--thread", result["thread_id"], "--json")
    assert json.loads(out)["thread_id"] == result["thread_id"]


def test_for_people_the_answer_is_on_stdout_and_the_progress_on_stderr(ait):
    code, out, err = ait("chat", "Busca los clientes que se llaman Ruiz")
    assert code == 0
    assert out.strip().startswith("1 cliente") or "Ana Ruiz Prado" in out
    assert "crm_search_customers" in err
    assert "crm_search_customers" not in out


def test_usage_errors_are_two_and_unknown_threads_one(ait):
    assert ait("chat", "Hola", "--thread", "nada")[0] == 2
    code, out, err = ait("chat", "Hola", "--thread", "01a203d8-8b46-7191-b5c3-c1d49327d969")
    assert code == 1
    assert "No existe" in err
    assert "Traceback" not in err
    assert ait("chat", "   ")[0] == 2


def test_a_batch_answers_line_by_line_and_leaves_nothing(ait, tmp_path):
    file = tmp_path / "asks.jsonl"
    lines = [{"text": ASK}, {"no": "text"}, {"text": "Qué contactos hemos tenido con Ana Ruiz Prado"}]
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\nno es json\n")
    code, out, err = ait("chat", "--batch", str(file))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1, err
    assert [c["name"] for c in answers[0]["tool_calls"]] == ["crm_record_interaction"]
    assert answers[1]["error"]["code"] == answers[3]["error"]["code"] == "ait.bad_arguments"
    assert answers[2]["tool_calls"][0]["result"]["total"] == 0


def test_a_conversation_goes_on_until_the_person_leaves(ait):
    code, out, err = ait("chat", stdin="Busca los clientes que se llaman Ruiz\nHola\n")
    assert code == 0, err
    assert "Ana Ruiz Prado" in out
