"""Pages: their headers, their words in two languages, their states, and what streams to them."""

import re
import time

import httpx2 as httpx
import pytest
from lxml import html

from server.headers import ALWAYS

PAGES = [
    "/",
    "/chat",
    "/approvals",
    "/approvals?state=all",
    "/audit",
    "/tools",
    "/tools/autos_quote_policy",
    "/tools/crm_create_person",
    "/search",
    "/search?q=recibos",
    "/me",
]


@pytest.mark.parametrize("path", ["/sign-in", "/", "/healthz", "/api/docs", "/nothing", "/api/v1/none/none"])
def test_every_answer_bears_the_security_headers(live, path):
    with httpx.Client(base_url=live.url) as client:
        answer = client.get(path)
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_static_files_with_their_digest_are_kept_for_ever(live, browser):
    page = browser("broker").get("/").text
    place = re.search(r'href="(/static/app\.css\?v=[0-9a-f]+)"', page).group(1)
    with httpx.Client(base_url=live.url) as client:
        assert "immutable" in client.get(place).headers["cache-control"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_whole_in_both_languages(browser, path):
    told = []
    for role, locale in (("broker", "es"), ("english", "en")):
        client = browser(role)
        if locale == "en":
            token = re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text).group(1)
            client.post("/me", data={"csrf": token, "locale": "en", "theme": "system"})
        answer = client.get(path)
        assert answer.status_code == 200, answer.text[:500]
        page = html.document_fromstring(answer.text)
        assert page.get("lang") == locale
        assert len(page.xpath("//h1")) == 1
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        for control in page.xpath("//input[not(@type='hidden')]|//select|//textarea"):
            assert page.xpath(f"//label[@for='{control.get('id')}']"), html.tostring(control)
        told.append(page.xpath("string(//title)"))
    assert all(told)
    english = page.text_content()
    for word in ("Decisiones", "Herramientas", "Enviar", "pendientes", "Filas"):
        assert word not in english


def test_who_is_not_signed_in_is_sent_to_the_door_and_back(live):
    with httpx.Client(base_url=live.url) as client:
        answer = client.get("/approvals")
        assert answer.headers["location"] == "/sign-in?next=/approvals"
        partial = client.get("/approvals", headers={"HX-Request": "true"})
        assert partial.status_code == 401
        assert partial.headers["hx-redirect"].startswith("/sign-in")


def test_a_tools_form_calls_the_tool_and_shows_its_errors(browser):
    client = browser("broker")
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text).group(1)
    form = {"csrf": token, "first_name": "Nuria", "last_name": "Formulario", "id_number": "no", "do": "call"}
    wrong = client.post("/tools/crm_create_person", data=form)
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert 'value="Nuria"' in wrong.text
    form |= {"id_number": "34000001K", "do": "preview"}
    preview = client.post("/tools/crm_create_person", data=form)
    assert "Esto ocurriría" in preview.text
    assert "Formulario" in preview.text
    done = client.post("/tools/crm_create_person", data=form | {"do": "call"})
    assert done.status_code == 200
    assert "Entrada de auditoría" in done.text
    assert "Formulario" in client.get("/search", params={"q": "34000001K"}).text


def test_an_access_token_is_shown_once_and_works(browser, live):
    client = browser("broker")
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text).group(1)
    shown = client.post("/me/tokens", data={"csrf": token, "label": "hoja de cálculo"}).text
    secret = re.search(r"ait_[A-Za-z0-9_-]{20,}", shown).group(0)
    assert secret not in client.get("/me").text
    with httpx.Client(base_url=live.url, headers={"Authorization": f"Bearer {secret}"}) as program:
        assert program.get("/api/v1/tools").status_code == 200


def test_the_audit_page_shows_what_was_done(browser):
    client = browser("compliance")
    assert client.get("/audit").status_code == 200
    entry = re.search(r'href="(/audit/[0-9a-f-]{36})"', client.get("/audit").text).group(1)
    page = client.get(entry).text
    assert "ait audit prove" in page
    assert browser("broker").get(entry).status_code in (200, 404)


def begin(client, text):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text).group(1)
    place = client.post("/chat", data={"csrf": token, "text": text}).headers["location"]
    return place, token


def test_a_pages_stream_resumes_where_it_was_cut(browser):
    client = browser("streamer")
    place, _ = begin(client, "¿Qué recibos están vencidos?")
    turn = re.search(r'id="turn-([0-9a-f-]{36})"', client.get(place).text).group(1)
    whole = client.get(f"/chat/turns/{turn}/stream?after=0").text
    assert whole.rstrip().endswith("event: closed\ndata:")
    ids = [int(id) for id in re.findall(r"^id: (\d+)$", whole, re.M)]
    assert ids == list(range(1, ids[-1] + 1))
    for cut in ids[:-1]:
        rest = client.get(f"/chat/turns/{turn}/stream?after=0", headers={"Last-Event-ID": str(cut)}).text
        assert [int(id) for id in re.findall(r"^id: (\d+)$", rest, re.M)] == ids[cut:]
        assert rest in whole


def test_a_second_tab_is_told_within_a_second(browser, live):
    client = browser("streamer")
    place, token = begin(client, "¿Qué recibos están vencidos?")
    thread = place.rpartition("/")[2]
    with client.stream("GET", f"/live?area=chat&thread={thread}") as answer:
        lines = answer.iter_lines()
        next(lines)
        began = time.monotonic()
        sent = client.post(place, data={"csrf": token, "text": "¿Y los pendientes?"}, headers={"HX-Request": "true"})
        turn = re.search(r'id="turn-([0-9a-f-]{36})"', sent.text).group(1)
        for line in lines:
            if turn in line:
                break
            assert time.monotonic() - began < 5
    assert time.monotonic() - began < 3
