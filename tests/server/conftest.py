"""A live server in a thread for the whole run, and people of this module's tenant who use it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2 as httpx
import pytest
import redis
import uvicorn

from core.context import Actor
from graphs.turns import Turns
from modules.installation import Installation
from server.app import create_app


def free_port() -> int:
    """A port that nobody uses this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Live:
    """A running server: where, and over which installation."""

    url: str
    installation: Installation
    turns: Turns


@pytest.fixture(scope="module", autouse=True)
def nobody_is_throttled(installation: Installation) -> None:
    """All tests sign in from one address: what others failed at must not lock out this module."""
    with redis.Redis.from_url(installation.valkey_url) as valkey:
        for key in valkey.scan_iter("ait:throttle:*"):
            valkey.delete(key)


@pytest.fixture(scope="session")
def live(installation: Installation) -> Iterator[Live]:
    """The app on a real port, served by uvicorn in a thread."""
    port = free_port()
    settings = installation.settings.model_copy(update={"port": port, "public_url": f"http://localhost:{port}"})
    installation.settings = settings
    turns = Turns(installation)
    config = uvicorn.Config(
        create_app(installation, turns),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=32 * 1024,
        http="h11",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        threading.Event().wait(0.05)
    assert server.started
    yield Live(settings.url, installation, turns)
    server.should_exit = True
    thread.join(15)


@pytest.fixture(scope="module")
def password(installation: Installation, tenant: Actor) -> Callable[[str], tuple[str, str]]:
    """The name and password of a person of the tenant, made when first asked for: `password("broker")`."""
    made: dict[str, tuple[str, str]] = {}

    def of(role: str) -> tuple[str, str]:
        if role not in made:
            name = f"web-{role}.{tenant.user.partition('@')[2]}"
            kind = role.partition("_")[0]
            made[role] = (name, installation.people.add_user(tenant, name, role.title(), [kind]))
        return made[role]

    return of


@pytest.fixture(scope="module")
def browser(live: Live, password: Callable[[str], tuple[str, str]]) -> Iterator[Callable[[str], httpx.Client]]:
    """A signed-in client by role, with our pages' cookie."""
    opened: dict[str, httpx.Client] = {}

    def of(role: str) -> httpx.Client:
        if role not in opened:
            client = httpx.Client(base_url=live.url, follow_redirects=False, timeout=30)
            name, word = password(role)
            response = client.post("/sign-in", data={"username": name, "password": word})
            assert response.status_code == 303, response.text
            opened[role] = client
        return opened[role]

    yield of
    for client in opened.values():
        client.close()


@pytest.fixture(scope="module")
def token(
    installation: Installation, tenant: Actor, password: Callable[[str], tuple[str, str]]
) -> Callable[[str], str]:
    """A personal access token by role."""

    def of(role: str) -> str:
        name, _ = password(role)
        return installation.people.add_token(tenant, name, "test")

    return of


@pytest.fixture(scope="module")
def api(live: Live, token: Callable[[str], str]) -> Iterator[Callable[[str], httpx.Client]]:
    """A client with a bearer token by role."""
    opened: dict[str, httpx.Client] = {}

    def of(role: str) -> httpx.Client:
        if role not in opened:
            headers = {"Authorization": f"Bearer {token(role)}"}
            opened[role] = httpx.Client(base_url=live.url, headers=headers, timeout=60)
        return opened[role]

    yield of
    for client in opened.values():
        client.close()
