"""Decisions by page and interface: two persons, a fresh sign-in, many at once, lent authority."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import httpx2 as httpx
import pytest
from sqlmodel import select

from core.people import SignInSession
from server import background
from tools.gate.records import Approval

DAY = "2026-06-01"


@pytest.fixture
def asked(api, run, live, tenant):
    """A decision that waits, as `asked(needed=2)`: what is given alters its row."""

    def ask(**change):
        notice = run("hail_notices_record_notice", "owner", province="25", day=DAY).notice
        body = {"notice": str(notice), "recipient": "a@example.com"}
        answer = api("owner_two").post("/api/v1/hail_notices/publish_notice", json=body)
        assert answer.status_code == 202, answer.text
        id = answer.json()["approval_id"]
        with live.installation.people.writing(tenant) as session:
            row = session.exec(select(Approval).where(Approval.id == id)).one()
            for name, value in change.items():
                setattr(row, name, value)
            session.add(row)
        return id

    return ask


@pytest.fixture
def tired(live, tenant, password):
    """Somebody who signed in ten minutes ago and has not looked at a page since."""

    @contextmanager
    def of(role):
        name, word = password(role)
        with httpx.Client(base_url=live.url, timeout=30) as client:
            assert client.post("/sign-in", data={"username": name, "password": word}).status_code == 303
            who = live.installation.people.actor(name)
            with live.installation.people.writing(tenant) as session:
                for row in session.exec(select(SignInSession).where(SignInSession.user_id == who.user_id)):
                    row.factor_at = session.now - timedelta(minutes=10)
                    session.add(row)
            yield client, word

    return of


def form_of(page, id):
    """The form of the decision's page: its token and the hash that it shows."""
    shown = page.get(f"/approvals/{id}").text
    return {name: re.search(rf'name="{name}" value="([^"]+)"', shown).group(1) for name in ("csrf", "preview_hash")}


def test_two_persons_and_the_page_says_who_is_missing(browser, asked):
    id = asked(needed=2)
    page, other = browser("executive"), browser("executive_two")
    assert page.post(f"/approvals/{id}/approve", data=form_of(page, id)).status_code == 303
    shown = page.get(f"/approvals/{id}").text
    for words in ("1 de 2 personas", "Falta una persona: dirección ejecutiva", "usted ya la ha aprobado"):
        assert words in shown
    again = {**form_of(other, id), "csrf": re.search(r'name="csrf" value="([^"]+)"', page.get("/me").text).group(1)}
    assert page.post(f"/approvals/{id}/approve", data=again).status_code == 303  # said again, it counts no more
    assert "1 de 2 personas" in page.get(f"/approvals/{id}").text
    assert other.post(f"/approvals/{id}/approve", data=form_of(other, id)).status_code == 303
    assert "2 de 2 personas" in other.get(f"/approvals/{id}").text


def test_a_decision_that_wants_it_fresh_asks_for_the_password_and_goes_through(tired, asked, api):
    id = asked(step_up=300)
    with tired("executive") as (page, word):
        before, form = dict(page.cookies), form_of(page, id) | {"comment": "visto"}
        answer = page.post(f"/approvals/{id}/approve", data=form)
        assert answer.status_code == 401
        assert 'action="/step-up"' in answer.text
        assert 'name="password"' in answer.text
        again = form | {"approval": id, "password": "wrong"}
        assert page.post("/step-up", data=again).status_code == 401
        assert api("executive").get(f"/api/v1/approvals/{id}").json()["state"] == "pending"
        done = page.post("/step-up", data=again | {"password": word})
        assert (done.status_code, done.headers["location"]) == (303, f"/approvals/{id}")
        shown = api("executive").get(f"/api/v1/approvals/{id}").json()
        assert (shown["state"], shown["comment"]) == ("executed", "visto")
        assert dict(page.cookies) != before
        with httpx.Client(base_url=str(page.base_url), cookies=before) as old:  # a new session id (ASVS 7.2.4)
            assert old.get("/me").status_code == 303
        assert page.get("/me").status_code == 200


def test_guessing_at_the_step_up_locks_the_account_like_signing_in(tired, asked):
    id = asked(step_up=300)
    with tired("executive_three") as (page, word):
        form = form_of(page, id) | {"approval": id}
        for _ in range(6):
            page.post("/step-up", data=form | {"password": "wrong"})
        refused = page.post("/step-up", data=form | {"password": word})
        assert refused.status_code == 401
        assert "Demasiados intentos" in refused.text


def test_an_interface_says_how_fresh_it_must_be_and_a_token_never_is(api, asked):
    id = asked(step_up=300)
    seen = api("executive").get(f"/api/v1/approvals/{id}").json()
    refused = api("executive").post(
        f"/api/v1/approvals/{id}", json={"decision": "approve", "preview_hash": seen["preview_hash"]}
    )
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_user_authentication", max_age=300'


def test_the_card_says_where_values_come_from_and_renders_foreign_text_as_text(browser, asked):
    evil = "<img src=x onerror=alert(1)>"
    id = asked(
        foreign_sources=["hail_notices_list_notices:1", evil],
        labels={"recipient": {"integrity": 0, "source": "model"}, "notice": {"integrity": 2, "source": f"x:{evil}"}},
        reason=evil + "x" * 400,
        rules=["binding-act", "untrusted-arguments"],
    )
    shown = browser("executive").get(f"/approvals/{id}").text
    for words in (
        "El turno ha leído contenido externo",
        "lo dedujo el agente y nadie lo ha confirmado",
        "untrusted-arguments",
        "Algún dato decisivo procede de contenido externo",
        "&lt;img src=x onerror=alert(1)&gt;",
    ):
        assert words in shown
    assert "<img" not in shown
    assert "x" * 260 not in shown  # the agent's own words are short
    order = [shown.index(f">{words}") for words in ("De dónde sale", "Por qué hay que decidirlo")]
    order = [shown.index("Cambios exactos"), shown.index("Lo dice el agente"), *order, shown.index("Aprobar <kbd")]
    assert order == sorted(order)


def test_whoever_may_confirm_reads_so(browser, asked, live, tenant, password):
    id = asked(approver="requester", requested_by=live.installation.people.actor(password("owner_two")[0]).user_id)
    shown = browser("owner_two").get(f"/approvals/{id}").text
    assert "Confirmar <kbd" in shown
    assert "Aprobar <kbd" not in shown


def test_many_alike_are_decided_from_the_queue(browser, asked, api):
    ids = [asked(), asked(), asked(foreign_sources=["documents_read_document:1"])]
    page = browser("executive")
    shown = page.get("/approvals").text
    boxes = {id: re.search(rf'value="({id}:[0-9a-f]+)"', shown) for id in ids}
    assert boxes[ids[2]] is None  # what external content has fed is looked at singly
    csrf = re.search(r'name="csrf" value="([^"]+)"', shown).group(1)
    form = {"csrf": csrf, "do": "approve", "chosen": [boxes[id].group(1) for id in ids[:2]]}
    answer = page.post("/approvals/decide", data=form)
    assert answer.status_code == 200
    assert "Lo que ha decidido" in answer.text
    assert [api("executive").get(f"/api/v1/approvals/{id}").json()["state"] for id in ids] == [
        "executed", "executed", "pending",
    ]  # fmt: skip


def test_an_interface_decides_many_and_says_one_by_one_what_became_of_them(api, asked):
    ids = [asked(), asked()]
    boss = api("executive")
    seen = [{"id": id, "preview_hash": boss.get(f"/api/v1/approvals/{id}").json()["preview_hash"]} for id in ids]
    seen[1]["preview_hash"] = "0" * 64
    answer = boss.post("/api/v1/approvals/decide", json={"decision": "approve", "approvals": seen})
    assert answer.status_code == 200, answer.text
    assert [(one["id"], one["ok"]) for one in answer.json()] == [(ids[0], True), (ids[1], False)]
    assert answer.json()[1]["error"]["type"].endswith("stale")


def test_more_than_ten_of_one_origin_are_one_list(browser, asked):
    for _ in range(11):
        asked()
    shown = browser("executive").get("/approvals").text
    assert 'class="fold card many"' in shown
    assert "de mayor a menor importe" in shown


def test_attention_is_for_who_reads_the_audit(browser, api, asked):
    assert browser("compliance").get("/approvals/attention").status_code == 200
    assert "/approvals/attention" in browser("compliance").get("/approvals").text
    assert browser("operations").get("/approvals/attention").status_code == 403
    assert api("compliance").get("/api/v1/approvals/habits").status_code == 200
    assert api("operations").get("/api/v1/approvals/habits").status_code == 403


def test_a_role_is_lent_and_taken_back_by_page_and_interface(browser, api, password):
    page, deputy = browser("executive"), password("broker")[0]
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.get("/me").text).group(1)
    until = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    form = {"csrf": csrf, "to": deputy, "role": "executive", "until": until, "reason": "vacaciones"}
    assert page.post("/me/loans", data=form).status_code == 303
    assert "Usted presta «dirección ejecutiva»" in page.get("/me").text
    loan = next(one for one in api("broker").get("/api/v1/delegations").json() if one["borrower"] == deputy)
    assert (loan["role"], loan["state"]) == ("executive", "active")
    assert api("broker").delete(f"/api/v1/delegations/{loan['id']}").json()["state"] == "revoked"
    body = {"to": deputy, "role": "executive", "until": "2030-01-01T00:00:00Z", "reason": "vacaciones"}
    assert api("executive").post("/api/v1/delegations", json=body).status_code == 422
    body["until"] = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    assert api("executive").post("/api/v1/delegations", json=body).status_code == 201


def test_the_relay_closes_what_nobody_decided(asked, live, tenant, monkeypatch):
    monkeypatch.setattr(background, "DEADLINE_SECONDS", 0.05)
    id, stop = asked(expires_at=datetime.now(UTC) + timedelta(seconds=1)), Event()
    clock = Thread(target=background.deadlines, args=(live.installation, stop))
    clock.start()
    state = "pending"
    for _ in range(200):
        with live.installation.database.transaction(tenant.tenant_id) as session:
            state = session.exec(select(Approval.state).where(Approval.id == id)).one()
        if state == "expired":
            break
        Event().wait(0.05)
    stop.set()
    clock.join()
    assert state == "expired"
