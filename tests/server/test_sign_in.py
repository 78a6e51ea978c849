"""Signing in and out: one answer for all causes, lock-out, forms that only our pages may send."""

import re
import time

import httpx2 as httpx


def csrf_of(client, page="/me"):
    return re.search(r'name="csrf" value="([^"]+)"', client.get(page).text).group(1)


def test_a_person_with_the_right_password_comes_in_and_goes_out(live, password):
    name, word = password("broker")
    with httpx.Client(base_url=live.url) as client:
        assert client.get("/").headers["location"] == "/sign-in?next=/"
        answer = client.post("/sign-in", data={"username": name, "password": word, "next": "/me"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
        cookie = answer.headers["set-cookie"].lower()
        assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
        assert client.get("/").status_code == 200
        kept = dict(client.cookies)
        assert client.post("/sign-out", data={"csrf": csrf_of(client)}).status_code == 303
    with httpx.Client(base_url=live.url, cookies=kept) as stolen:
        assert stolen.get("/").status_code == 303


def test_unknown_users_and_wrong_passwords_get_the_same_answer_in_the_same_time(live, password):
    name, _ = password("cfo")
    told, took = [], []
    with httpx.Client(base_url=live.url) as client:
        client.get("/healthz")
        for who in (name, "nobody-of-that-name"):
            began = time.monotonic()
            answer = client.post("/sign-in", data={"username": who, "password": "wrong"})
            took.append(time.monotonic() - began)
            told.append((answer.status_code, answer.text.replace(who, "X")))
    assert told[0] == told[1]
    assert told[0][0] == 401
    assert max(took) < 5 * min(took) + 0.1


def test_after_five_failures_even_the_right_password_waits(live, password):
    name, word = password("operations")
    with httpx.Client(base_url=live.url) as client:
        for _ in range(6):
            answer = client.post("/sign-in", data={"username": name, "password": "wrong"})
        answer = client.post("/sign-in", data={"username": name, "password": word})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1


def test_unknown_names_are_locked_like_known_ones(live):
    with httpx.Client(base_url=live.url) as client:
        codes = [client.post("/sign-in", data={"username": "ghost", "password": "x"}).status_code for _ in range(7)]
    assert codes[0] == 401
    assert codes[-1] == 429


def test_a_form_without_its_token_changes_nothing(browser):
    client = browser("broker")
    assert client.post("/me", data={"locale": "en", "theme": "dark"}).status_code == 403
    assert client.post("/me", data={"csrf": "guessed", "locale": "en", "theme": "dark"}).status_code == 403
    assert 'lang="es"' in client.get("/me").text


def test_a_form_from_another_site_is_refused(browser):
    client = browser("broker")
    form = {"csrf": csrf_of(client), "locale": "es", "theme": "dark"}
    for origin in ("https://evil.example", "null"):
        assert client.post("/me", data=form, headers={"Origin": origin}).status_code == 403
    assert client.post("/me", data=form, headers={"Origin": str(client.base_url).rstrip("/")}).status_code == 303


def test_no_redirect_leads_outside(live, password):
    name, word = password("broker")
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        with httpx.Client(base_url=live.url) as client:
            answer = client.post("/sign-in", data={"username": name, "password": word, "next": place})
            assert answer.headers["location"] == "/"


def test_theme_and_language_are_set_before_the_first_paint(browser):
    client = browser("broker_two")
    form = {"csrf": csrf_of(client), "locale": "en", "theme": "dark"}
    assert client.post("/me", data=form).status_code == 303
    page = client.get("/me").text
    assert '<html lang="en" data-theme="dark">' in page
