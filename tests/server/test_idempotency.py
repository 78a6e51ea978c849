"""The same request twice has one effect, on every face; the same key for something else is refused."""

import json
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import text

from core.context import Origin
from core.errors import BadArguments
from core.identifiers import new_id
from server.cli import main
from tests.server.test_clients import by_mcp
from tools.adapters.mcp import KEY
from tools.gate import Call

NUMBERS = iter(["00000001R", "00000002W", "00000003A", "00000004G", "00000005M", "00000006Y"])
USED = "ya se usó con otros argumentos"
TOOL = "crm_create_person"


@pytest.fixture(scope="module")
def faces(installation, actor, api, token, live):
    """Each face as a function `(args, key, …) -> (result, error's text)`."""

    def gate(args, key):
        try:
            outcome = installation.gate.call(
                Call(TOOL, args, actor("broker"), Origin("job", new_id()), idempotency_key=key)
            )
        except BadArguments as error:
            return None, error.told("es")
        return outcome.json, None

    def rest(args, key):
        said = api("broker").post("/api/v1/crm/create_person", json=args, headers={"Idempotency-Key": key}).json()
        return said.get("result"), said.get("detail")

    def cli(args, key, capsys, monkeypatch):
        monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
        capsys.readouterr()
        words = ["tools", "call", TOOL, "--args", json.dumps(args), "--as", actor("broker").user]
        with suppress(SystemExit):
            main([*words, "--idempotency-key", key, "--json"])
        said = json.loads(capsys.readouterr().out)
        return said.get("result"), (said.get("error") or {}).get("message")

    return {"gate": gate, "rest": rest, "cli": cli}


def test_by_mcp_a_repeated_call_waits_once(live, token):
    """What another house's model asks for is held: the same key is the same decision, and for one request alone."""
    person = {"first_name": "Repetida", "last_name": "Por mcp", "id_number": next(NUMBERS)}
    key = uuid4().hex

    def ask(**args):
        async def work(session):
            return await session.call_tool(TOOL, {**person, **args}, meta={KEY: key})

        return by_mcp(live, token("broker"), work).structured_content

    first = ask()
    assert first["state"] == "pending"
    assert ask()["approval_id"] == first["approval_id"]
    assert USED in ask(first_name="Otra")["detail"]


@pytest.mark.parametrize("face", ["gate", "rest", "cli"])
def test_a_repeated_call_writes_once_and_a_key_is_for_one_request(
    installation, actor, faces, face, capsys, monkeypatch
):
    extra = (capsys, monkeypatch) if face == "cli" else ()
    args = {"first_name": "Repetida", "last_name": f"Por {face}", "id_number": next(NUMBERS)}
    key = uuid4().hex
    first, error = faces[face](args, key, *extra)
    assert (error, bool(first)) == (None, True)
    assert faces[face](args, key, *extra) == (first, None)
    again, error = faces[face]({**args, "first_name": "Otra"}, key, *extra)
    assert again is None
    assert USED in error
    with installation.database.transaction(actor("broker").tenant_id) as session:
        query = text("SELECT count(*) FROM soriano_crm.customer WHERE last_name = :name")
        assert session.connection().execute(query, {"name": f"Por {face}"}).scalar() == 1


def test_in_a_chat_the_gate_makes_the_key_so_that_a_model_cannot_double_a_write(installation, actor):
    turn = new_id()

    def say(first_name, turn_id):
        args = {"first_name": first_name, "last_name": "Del Turno", "id_number": number}
        return installation.gate.call(Call(TOOL, args, actor("broker"), Origin("chat", new_id()), turn_id=turn_id))

    number = next(NUMBERS)
    first = say("Marta", turn)
    again = say("Marta", turn)
    assert (again.replayed, again.entry_id) == (True, first.entry_id)


def ask_openai(client, words, key):
    body = {"model": "soriano", "messages": [{"role": "user", "content": words}]}
    return client.post("/v1/chat/completions", json=body, headers={"Idempotency-Key": key})


def ask_chat(client, words, key):
    return client.post("/api/v1/chat", json={"text": words, "stream": False}, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(("ask", "named"), [(ask_openai, "id"), (ask_chat, "turn_id")])
def test_a_question_asked_twice_under_one_key_is_one_turn(api, ask, named):
    client, key = api("broker"), uuid4().hex
    first = ask(client, "¿Qué recibos hay pendientes?", key)
    assert first.status_code == 200, first.text
    again = ask(client, "¿Qué recibos hay pendientes?", key)
    assert again.json()[named] == first.json()[named]
    other = ask(client, "¿Qué pólizas vencen?", key)
    assert other.status_code == 422
    assert USED in other.text
    assert ask(client, "¿Qué recibos hay pendientes?", uuid4().hex).json()[named] != first.json()[named]
    assert ask(client, "¿Qué recibos hay pendientes?", "k" * 201).status_code == 422


def test_a_key_is_the_person_s_own(api):
    key = uuid4().hex
    ours = ask_chat(api("broker"), "¿Qué recibos hay pendientes?", key)
    theirs = ask_chat(api("operations"), "¿Qué recibos hay pendientes?", key)
    assert ours.json()["turn_id"] != theirs.json()["turn_id"]
