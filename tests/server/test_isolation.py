"""Another tenant sees nothing: not by REST, chat, MCP, search, pages, error texts."""

import json
import re

import httpx2 as httpx
import pytest

from core.context import Origin
from core.identifiers import new_id
from tools.gate import Call

SECRET = "Aldonza Secretísima"


@pytest.fixture(scope="module")
def stranger(installation, live):
    """A client of another tenant, by token and by cookie."""
    owner = installation.people.add_tenant(f"o{new_id().hex[-10:]}", "Otra correduría")
    name = f"other.{owner.user.partition('@')[2]}"
    word = installation.people.add_user(owner, name, "Otra", ["broker", "executive", "compliance"])
    with httpx.Client(base_url=live.url, timeout=60) as client:
        client.post("/sign-in", data={"username": name, "password": word})
        client.headers["X-Token"] = installation.people.add_token(owner, name, "test")
        yield client


@pytest.fixture(scope="module")
def hidden(installation, actor, live, api):
    """A customer and a conversation of the first tenant."""
    first, last = SECRET.split()
    made = installation.gate.call(
        Call(
            "crm_create_person",
            {"first_name": first, "last_name": last, "id_number": "23000000T"},
            actor("broker"),
            Origin("cli", new_id()),
        )
    )
    said = api("broker").post("/api/v1/chat", json={"text": f"Enséñame la ficha de {SECRET}", "stream": False}).json()
    return {"customer": made.json, "turn": said["turn_id"], "thread": said["thread_id"], "entry": str(made.entry_id)}


def test_nothing_of_another_tenant_is_seen_on_any_face(stranger, hidden):
    bearer = {"Authorization": f"Bearer {stranger.headers['X-Token']}"}
    id = re.search(r'"(?:id|customer)": "([0-9a-f-]{36})"', json.dumps(hidden["customer"])).group(1)
    answers = [
        stranger.post("/api/v1/crm/search_customers", json={"query": "Aldonza"}, headers=bearer),
        stranger.post("/api/v1/crm/show_customer", json={"customer": id}, headers=bearer),
        stranger.post("/api/v1/crm/show_customer", json={"customer": "23000000T"}, headers=bearer),
        stranger.get(f"/api/v1/chat/turns/{hidden['turn']}", headers=bearer),
        stranger.get("/api/v1/audit", headers=bearer),
        stranger.get(f"/chat/{hidden['thread']}"),
        stranger.get(f"/chat/turns/{hidden['turn']}/stream"),
        stranger.get(f"/audit/{hidden['entry']}"),
        stranger.get("/search", params={"q": "Aldonza"}),
        stranger.get("/audit"),
        stranger.get("/chat"),
        stranger.get("/"),
    ]
    for answer in answers:
        assert "Secretísima" not in answer.text
        assert "23000000T, " not in answer.text
    assert [a.status_code for a in answers[1:4]] == [404, 404, 404]
    assert [a.status_code for a in answers[5:8]] == [404, 404, 404]
    chat = stranger.post(
        "/api/v1/chat", json={"text": "Enséñame la ficha de 23000000T", "stream": False}, headers=bearer
    )
    assert "Secretísima" not in chat.text


def test_an_id_of_another_tenant_and_one_of_nobody_get_the_same_answer(stranger, hidden):
    bearer = {"Authorization": f"Bearer {stranger.headers['X-Token']}"}
    told = []
    for id in (hidden["turn"], str(new_id())):
        answer = stranger.get(f"/api/v1/chat/turns/{id}", headers=bearer)
        told.append((answer.status_code, answer.json()["detail"].replace(id, "X"), answer.json()["title"]))
    assert told[0] == told[1]
