"""Decisions by page and by interface: bound to what was seen, taken once, told to all."""

import re
import threading

import pytest
from sqlmodel import select

from modules.insurance.kernel.records import Quote


@pytest.fixture(scope="module")
def quote(run, call):
    """The number of a motor quote that can be issued, for a new customer each time."""

    def make(id_number):
        run(
            "crm_create_person",
            first_name="Elena",
            last_name="Prueba",
            id_number=id_number,
            birth_date="1985-05-05",
        )
        made = run(
            "autos_quote_policy",
            customer=id_number,
            product="terceros_ampliado",
            plate=f"{id_number[4:8]}BCD",
            vehicle_class="turismo",
            vehicle_value="18000",
            vehicle_age=5,
            power_cv=110,
            use="particular",
            zone="B",
            parking="garaje_privado",
            driver_born_on="1985-05-05",
            licensed_on="2005-06-01",
            bm_level=5,
            at_fault_claims_5y=0,
            driver_accident_sum="15000",
            young_second_driver=False,
            multi_policy=False,
            payment_frequency="annual",
            insurer="C0901",
        )
        return made.quote_number

    run(
        "kernel_import_insurers",
        _as="admin",
        rows=[
            {
                "insurer_code": "C0901",
                "name": "Aseguradora Ficticia, S.A.",
                "nif": "A76084805",
                "settlement_terms": "neto",
            }
        ],
    )
    return make


@pytest.fixture
def asked(api, quote):
    """A decision that waits: asked by the broker, about a quote of a customer of this NIF."""

    def ask(id_number):
        number = quote(id_number)
        answer = api("broker").post("/api/v1/kernel/issue_policy", json={"quote": number})
        assert answer.status_code == 202, answer.text
        return answer.json()["approval_id"], number

    return ask


def csrf_of(client):
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text).group(1)


def test_a_held_call_names_the_decision_and_where_it_is(api, asked, live):
    id, _ = asked("10000001S")
    shown = api("executive").get(f"/api/v1/approvals/{id}").json()
    assert shown["state"] == "pending"
    assert shown["may_decide"]
    assert shown["url"] == f"{live.url}/approvals/{id}"
    assert {row["table"].rpartition(".")[2] for row in shown["preview"]["rows"]} >= {"policy", "receipt"}
    assert id in [item["id"] for item in api("executive").get("/api/v1/approvals").json()]


def test_whoever_asked_cannot_approve(api, asked):
    id, _ = asked("10000002Q")
    shown = api("broker").get(f"/api/v1/approvals/{id}").json()
    body = {"decision": "approve", "preview_hash": shown["preview_hash"]}
    assert api("broker").post(f"/api/v1/approvals/{id}", json=body).status_code == 403


def test_an_approval_is_bound_to_the_preview_that_was_seen(api, asked):
    id, _ = asked("10000003V")
    body = {"decision": "approve", "preview_hash": "0" * 64}
    assert api("executive").post(f"/api/v1/approvals/{id}", json=body).status_code == 409


def test_approving_twice_at_once_issues_one_policy(api, asked):
    id, number = asked("10000004H")
    seen = api("executive").get(f"/api/v1/approvals/{id}").json()["preview_hash"]
    codes = []

    def approve(role):
        body = {"decision": "approve", "preview_hash": seen}
        codes.append(api(role).post(f"/api/v1/approvals/{id}", json=body).status_code)

    api("executive_two").get("/api/v1/approvals")
    threads = [threading.Thread(target=approve, args=(role,)) for role in ("executive", "executive_two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409]
    found = api("broker").post("/api/v1/kernel/search_policies", json={"customer": "10000004H"}).json()
    assert found["result"]["total"] == 1
    done = api("executive").get(f"/api/v1/approvals/{id}").json()
    assert done["state"] == "executed"
    assert done["entry_id"]


def test_a_rejection_needs_its_reason_on_every_face(api, asked, browser):
    id, _ = asked("10000005L")
    assert api("executive").post(f"/api/v1/approvals/{id}", json={"decision": "reject"}).status_code == 422
    page = browser("executive")
    form = {"csrf": csrf_of(page), "comment": "  "}
    assert page.post(f"/approvals/{id}/reject", data=form).status_code == 422
    form["comment"] = "El cliente se lo piensa."
    assert page.post(f"/approvals/{id}/reject", data=form).status_code == 303
    assert api("executive").get(f"/api/v1/approvals/{id}").json()["state"] == "rejected"


def test_a_page_approves_what_it_showed(browser, asked):
    id, _ = asked("10000006C")
    page = browser("executive")
    shown = page.get(f"/approvals/{id}").text
    seen = re.search(r'name="preview_hash" value="([0-9a-f]{64})"', shown).group(1)
    assert "Aprobar" in shown
    form = {"csrf": csrf_of(page), "preview_hash": seen, "comment": "De acuerdo"}
    assert page.post(f"/approvals/{id}/approve", data=form).status_code == 303
    after = page.get(f"/approvals/{id}").text
    assert "Aprobada por" in after
    assert "De acuerdo" in after
    assert "Aprobar <kbd" not in after


def test_a_stale_preview_is_shown_beside_the_new_one(browser, asked, live, tenant):
    id, number = asked("10000007K")
    page = browser("executive")
    shown = page.get(f"/approvals/{id}").text
    seen = re.search(r'name="preview_hash" value="([0-9a-f]{64})"', shown).group(1)
    with live.installation.people.writing(tenant) as session:
        touched = session.exec(select(Quote).where(Quote.quote_number == number)).one()
        touched.notes = "Llamó el cliente."
        session.add(touched)
    form = {"csrf": csrf_of(page), "preview_hash": seen}
    answer = page.post(f"/approvals/{id}/approve", data=form)
    assert answer.headers["location"] != f"/approvals/{id}"
    after = page.get(answer.headers["location"]).text
    assert "Vista previa anterior" in after
    assert "Vista previa nueva" in after
    assert "Aprobar <kbd" in after
    assert "desactualizada" in page.get(f"/approvals/{id}").text


def test_the_queue_tells_who_must_decide(browser, asked):
    id, _ = asked("10000009T")
    assert f"queue-{id}" in browser("executive").get("/approvals").text
    mine = browser("broker").get("/approvals").text
    assert f"queue-{id}" in mine
    assert "decide dirección ejecutiva" in mine
