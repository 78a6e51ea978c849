"""REST: every tool by its path, errors for people in their language, decisions, audit, OpenAPI."""

import json
from uuid import UUID

import httpx2 as httpx


def person_args(name="Lucía Marín Ficticia"):
    first, last = name.split(" ", 1)
    return {"first_name": first, "last_name": last, "id_number": "00000000T"}


def test_every_tool_is_called_at_its_own_path(api, live):
    listed = api("broker").get("/api/v1/tools").json()
    assert {item["name"] for item in listed} == set(live.installation.catalogue.tools)
    found = {item["name"]: item["path"] for item in listed}
    assert found["autos_quote_policy"] == "/api/v1/autos/quote_policy"
    answer = api("broker").post(found["encashment_list_overdue"], json={})
    assert answer.status_code == 200
    assert answer.json()["ok"]
    UUID(answer.json()["audit_entry"])


def test_a_write_happens_once_by_its_idempotency_key(api):
    client = api("broker")
    first = client.post("/api/v1/crm/create_person", json=person_args(), headers={"Idempotency-Key": "k1"})
    assert first.status_code == 200, first.text
    again = client.post("/api/v1/crm/create_person", json=person_args(), headers={"Idempotency-Key": "k1"})
    assert again.json()["result"] == first.json()["result"]
    assert again.json()["replayed"]
    other = client.post(
        "/api/v1/crm/create_person", json=person_args("Otra Persona"), headers={"Idempotency-Key": "k1"}
    )
    assert other.status_code == 422


def test_a_dry_run_shows_the_rows_and_changes_nothing(api):
    client = api("broker")
    args = {"first_name": "Nadie", "last_name": "Todavía", "id_number": "11111111H"}
    for way in ({"params": {"dry_run": "true"}}, {"headers": {"Prefer": "dry-run"}}):
        answer = client.post("/api/v1/crm/create_person", json=args, **way)
        assert answer.status_code == 200, answer.text
        assert answer.json()["preview"]["rows"][0]["op"] == "insert"
    found = client.post("/api/v1/crm/search_customers", json={"query": "Todavía"})
    assert "Todavía" not in json.dumps(found.json()["result"], ensure_ascii=False)


def test_errors_are_problems_in_the_callers_language(api, browser):
    answer = api("broker").post("/api/v1/crm/show_customer", json={"customer": "Nadie de ese nombre"})
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], answer.status_code) == (404, 404)
    assert body["title"].startswith("ait.")
    assert body["detail"]
    missing = api("broker").post("/api/v1/crm/show_customer", json={}).json()
    assert missing["field"] == "customer"


def test_without_a_token_or_with_a_wrong_one_the_answer_is_the_same(live):
    with httpx.Client(base_url=live.url) as client:
        told = [
            client.post("/api/v1/crm/show_customer", json={}, headers=headers)
            for headers in (
                {},
                {"Authorization": "Bearer ait_wrong"},
                {"Authorization": "Bearer a.b.c"},
                {"Authorization": "Basic eDp5"},
            )
        ]
    assert {answer.status_code for answer in told} == {401}
    assert len({answer.json()["detail"] for answer in told}) == 1
    assert told[0].headers["www-authenticate"] == "Bearer"


def test_a_permission_that_is_missing_is_told_with_its_rule(api):
    answer = api("admin").post("/api/v1/crm/create_person", json=person_args())
    assert answer.status_code == 403
    assert answer.json()["rule"]


def test_no_tool_has_no_path(api):
    for path in ("/api/v1/crm/nothing", "/api/v1/engines/crm_create_person", "/api/v1/none/at_all"):
        answer = api("broker").post(path, json={})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_openapi_has_one_operation_a_tool_with_an_example(live):
    with httpx.Client(base_url=live.url) as client:
        document = client.get("/api/openapi.json").json()
        assert client.get("/api/docs").status_code == 200
    names = {item["post"]["operationId"] for item in document["paths"].values()}
    assert names == set(live.installation.catalogue.tools)
    for item in document["paths"].values():
        body = item["post"]["requestBody"]["content"]["application/json"]
        assert set(body["schema"].get("required", [])) <= set(body["example"])
        assert "$defs" not in json.dumps(body["schema"])


def test_the_audit_is_read_with_its_permission_alone(api):
    api("broker").post("/api/v1/encashment/list_overdue", json={})
    assert api("broker").get("/api/v1/audit").status_code == 404
    found = api("compliance").get("/api/v1/audit", params={"tool": "encashment_list_overdue", "limit": 5}).json()
    assert found[0]["tool"] == "encashment_list_overdue"


def test_a_chat_answers_whole_or_in_frames(api):
    whole = api("broker").post("/api/v1/chat", json={"text": "¿Qué recibos están vencidos?", "stream": False})
    assert whole.status_code == 200, whole.text
    assert whole.json()["tool_calls"][0]["name"] == "encashment_list_overdue"
    frames = read(api("broker"), {"text": "¿Qué recibos están vencidos?"})
    assert frames[0][1] == "turn.started"
    assert frames[-1][1] == "turn.finished"
    assert [int(id) for id, _, _ in frames] == list(range(1, len(frames) + 1))


def read(client, body):
    """The frames of a streamed chat as (id, event, data)."""
    found = []
    with client.stream("POST", "/api/v1/chat", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        for block in "".join(answer.iter_text()).split("\n\n"):
            said = [line for line in block.splitlines() if ": " in line and not line.startswith(":")]
            lines = dict(line.split(": ", 1) for line in said)
            if lines:
                found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


def test_frames_are_resumed_after_the_last_one_seen(api):
    client = api("broker")
    turn = client.post("/api/v1/chat", json={"text": "¿Qué recibos están vencidos?", "stream": False}).json()["turn_id"]
    whole = client.get(f"/api/v1/chat/turns/{turn}").text
    for seen in (1, 3):
        rest = client.get(f"/api/v1/chat/turns/{turn}", headers={"Last-Event-ID": str(seen)}).text
        assert rest == whole[whole.index(f"id: {seen + 1}\n") :]
    assert api("executive").get(f"/api/v1/chat/turns/{turn}").status_code == 404


def test_health_readiness_and_figures_need_nobody(live):
    with httpx.Client(base_url=live.url) as client:
        assert client.get("/healthz").json() == {"ok": True}
        assert client.get("/readyz").json()["ok"]
        assert "ait_requests_total" in client.get("/metrics").text


def test_a_records_history_needs_the_right_to_read_it(api, live):
    done = api("broker").post(
        "/api/v1/crm/create_person", json={**person_args("Eva Historia"), "id_number": "11111111H"}
    )
    customer = done.json()["result"]["customer"]
    place = f"/api/v1/records/soriano_crm.customer/{customer}/history"
    told = api("broker").get(place).json()
    assert (told["complete"], told["versions"][0]["audit_entry"]) == (True, done.json()["audit_entry"])
    then = api("broker").get(place, params={"at": told["versions"][0]["at"]}).json()
    assert then["version"]["values"]["first_name"] == "Eva"
    assert api("broker").get(place, params={"at": "2020-01-01"}).status_code == 404
    assert api("broker").get(place, params={"at": "ayer"}).status_code == 422
    assert api("broker").get(f"/api/v1/records/nothing/{customer}/history").status_code == 404
    assert api("broker").get("/api/v1/records/customer/x/history").status_code == 422
    assert api("broker").get(f"/api/v1/records/soriano_auth.user/{customer}/history").status_code == 403
    with httpx.Client(base_url=live.url) as nobody:
        assert nobody.get(place).status_code == 401
