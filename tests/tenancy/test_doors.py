"""Every address of the server, asked by one brokerage for what is the other's: not there, on any face.

The addresses are found in the routers; each id in a path is tried with all that it could mean.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

import server
from core.errors import AitError
from core.identifiers import new_id
from tests.server.conftest import Live
from tests.server.test_clients import by_mcp
from tests.tenancy.twins import Brokerage, Twins

ENDLESS = ("/live", "/metrics", "/api/v1/audit/stream")
NOT_THERE = {303, 400, 401, 403, 404, 405, 409, 413, 422}


@dataclass(frozen=True)
class Hidden:
    """What mine has that has an id."""

    thread: str
    turn: str
    approval: str
    entry: str
    customer: str

    @property
    def ids(self) -> tuple[str, ...]:
        return (*self.newest, self.approval, self.customer)

    @property
    def newest(self) -> tuple[str, ...]:
        """Those that nobody knew before: the stranger's own log may hold older ones that a test let it ask for."""
        return (self.thread, self.turn, self.entry)


def bearer(one: Brokerage) -> dict[str, str]:
    token = one.house.people.add_token(one.owner, one.owner.user, "test")
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def hidden(twins: Twins, live: Live) -> Hidden:
    with httpx.Client(base_url=live.url, headers=bearer(twins.mine), timeout=60) as me:
        said = me.post(
            "/api/v1/chat", json={"text": "Enséñame la ficha de Aldonza Secretísima", "stream": False}
        ).json()
        approvals = me.get("/api/v1/approvals", params={"state": "all"}).json()
        found = me.post("/api/v1/crm/search_customers", json={"query": "23000000T"}).json()
        entry = me.get("/api/v1/audit").json()[0]["id"]
    assert twins.mine.marker in json.dumps(found)
    return Hidden(
        said["thread_id"], said["turn_id"], approvals[0]["id"], entry, found["result"]["customers"][0]["customer"]
    )


@pytest.fixture(scope="module")
def stranger(twins: Twins, live: Live) -> Iterator[httpx.Client]:
    """The other brokerage's broker and more, in a browser and with a token."""
    owner = twins.theirs.owner
    name = f"web.{owner.user.partition('@')[2]}"
    roles = ["owner", "admin", "executive", "compliance", "cfo"]
    word = twins.house.people.add_user(owner, name, "Otra", roles)
    with httpx.Client(base_url=live.url, timeout=60) as client:
        assert client.post("/sign-in", data={"username": name, "password": word}).status_code == 303
        page = client.get("/me").text
        client.headers["X-CSRF-Token"] = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        yield client


def routers() -> Iterator[APIRouter]:
    for found in pkgutil.walk_packages(server.__path__, "server."):
        if not found.name.startswith("server.cli"):
            module = importlib.import_module(found.name)
            yield from (value for value in vars(module).values() if isinstance(value, APIRouter))


def addresses() -> list[tuple[str, str]]:
    """Method and path of every address that has something to fill in."""
    found = {
        (method, route.path)
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute) and "{" in route.path
        for method in route.methods
    }
    return sorted(found)


def filled(path: str, hidden: Hidden) -> Iterator[str]:
    names = re.findall(r"\{(\w+)(?::\w+)?\}", path)
    pattern = re.sub(r"\{\w+(?::\w+)?\}", "{}", path)
    for values in product(("soriano_crm.customer", *hidden.ids), repeat=len(names)):
        yield pattern.format(*values)


def test_there_are_addresses_to_try() -> None:
    assert len(addresses()) >= 15
    assert {"/approvals/{id}", "/chat/turns/{turn_id}/stream", "/api/v1/approvals/{id}"} <= {p for _, p in addresses()}


def test_lists_and_searches_hold_nothing_of_another_tenant(
    twins: Twins, hidden: Hidden, stranger: httpx.Client
) -> None:
    """First of all, while the stranger's own log does not yet hold ids that it asked for."""
    auth = bearer(twins.theirs)
    lists = {
        route.path
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods
    }
    queries: tuple[dict[str, str], ...] = (
        {}, {"q": "Aldonza"}, {"state": "all"}, {"record": hidden.customer}, {"older_than": hidden.entry},
        {"kind": "call"},
    )  # fmt: skip
    for path in sorted(p for p in lists if "{" not in p and p not in ENDLESS):
        for query in queries:
            answer = stranger.get(path, params=query, headers=auth if path.startswith(("/api", "/v1")) else {})
            said = answer.text
            assert answer.status_code < 500, path
            for word in query.values():
                said = said.replace(word, "")
            assert twins.mine.marker not in said, (path, query)
            assert not [id for id in hidden.newest if id in said], (path, query)
            if "audit" not in path:
                assert not [id for id in hidden.ids if id in said], (path, query)
    assert twins.mine.marker not in stranger.get("/metrics").text


def test_no_address_tells_another_tenant_anything(twins: Twins, hidden: Hidden, stranger: httpx.Client) -> None:
    auth = bearer(twins.theirs)
    ids = set(hidden.ids)
    bodies: tuple[dict[str, Any], ...] = (
        {"decision": "approve", "preview_hash": "0" * 64}, {"decision": "delegate", "to": twins.mine.owner.user},
    )  # fmt: skip
    told = []
    for method, pattern in addresses():
        if pattern.startswith("/v1/models"):
            continue  # models are the house's
        for path in filled(pattern, hidden):
            interface = pattern.startswith(("/api", "/v1"))
            for body in bodies if method == "POST" else (None,):
                more: dict[str, Any] = {"json": body} if interface else {"data": body}
                answer = stranger.request(method, path, headers=auth if interface else {}, **(more if body else {}))
                said = answer.text
                for id in re.findall(r"[0-9a-f-]{36}", path):
                    said = said.replace(id, "")
                if answer.status_code not in NOT_THERE or twins.mine.marker in said or any(id in said for id in ids):
                    told.append((method, path, answer.status_code, said[:200]))
    assert not told


def test_a_conversation_can_neither_be_joined_nor_its_end_awaited(
    twins: Twins, hidden: Hidden, stranger: httpx.Client
) -> None:
    auth = bearer(twins.theirs)
    said = {"text": "¿De qué hablábamos?", "thread_id": hidden.thread, "stream": False}
    assert stranger.post("/api/v1/chat", json=said, headers=auth).status_code == 404
    assert stranger.post(f"/api/v1/chat/turns/{hidden.turn}/cancel", headers=auth).status_code == 404
    with stranger.stream("GET", f"/api/v1/chat/turns/{hidden.turn}", headers=auth) as answer:
        assert answer.status_code == 404
    messages = [{"role": "user", "content": "Enséñame la ficha de 23000000T"}]
    answer = stranger.post("/v1/chat/completions", json={"model": "soriano", "messages": messages}, headers=auth)
    assert "Secretísima" not in answer.text


def test_a_live_page_shows_the_changes_of_its_own_tenant(twins: Twins, live: Live, stranger: httpx.Client) -> None:
    """What is pushed to one brokerage's pages while the other works."""
    with stranger.stream("GET", "/live", timeout=30) as answer:
        pieces = answer.iter_text()
        first = next(pieces)
        twins.mine.call("crm_create_person", {"first_name": "Aldonza", "last_name": "Nueva", "id_number": "12345678Z"})
        for quote in twins.theirs.call("kernel_list_quotes", {}).json["quotes"]:
            with suppress(AitError):  # a decision to take is a change that their own page is told
                twins.theirs.call("kernel_issue_policy", {"quote": quote["quote_number"]})
        assert twins.mine.marker not in first + next(pieces, "")


def test_mcp_gives_nothing_of_another_tenant(twins: Twins, hidden: Hidden, live: Live) -> None:
    async def work(session: Any) -> str:
        found = await session.call_tool("crm_show_customer", {"customer": hidden.customer})
        more = await session.call_tool("crm_search_customers", {"query": "23000000T"})
        return json.dumps([found.structured_content, more.structured_content], ensure_ascii=False)

    token = bearer(twins.theirs)["Authorization"].removeprefix("Bearer ")
    assert "Secretísima" not in by_mcp(live, token, work)


def test_an_approval_of_another_tenant_is_not_there_and_nobody_there_can_be_named(
    twins: Twins, hidden: Hidden, stranger: httpx.Client
) -> None:
    auth = bearer(twins.theirs)
    own = stranger.get("/api/v1/approvals", params={"state": "all"}, headers=auth).json()
    assert own
    told = []
    for name in (twins.mine.owner.user, f"nobody@{new_id().hex[:8]}"):
        for id in (own[0]["id"], hidden.approval, str(new_id())):
            answer = stranger.post(f"/api/v1/approvals/{id}", json={"decision": "delegate", "to": name}, headers=auth)
            told.append((answer.status_code, answer.json()["detail"].replace(name, "X").replace(id, "Y")))
    assert told[:3] == told[3:]
