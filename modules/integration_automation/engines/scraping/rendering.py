"""JavaScript pages (*páginas con JavaScript*): a browser that reaches nothing but what we fetch for it.

Chromium runs in a process tree of its own that ends with the time limit. Each of its requests comes back to us
through a pipe and is answered by the reader's own guard; to the network itself it has no way: names do not
resolve, its proxy is a closed port, and sockets, service workers, media and fonts are off.
"""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from core.context import Fetched
from core.errors import AitError
from core.i18n import N_
from core.places import Unreadable
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import MissingExtra, missing

SECONDS: Final = 25.0
MOST_REQUESTS: Final = 60
MOST_BYTES: Final = 20 * 1024 * 1024
QUIET_MS: Final = 8_000  # how long the page may go on asking
CHROMIUM: Final = "apt-get install chromium"
WANTED: Final = frozenset({"document", "script", "stylesheet", "xhr", "fetch"})
DEAD: Final = "http://127.0.0.1:9"  # the discard port: the browser's only way out leads nowhere
TOO_SLOW: Final = N_("el navegador no ha terminado de mostrar la página a tiempo")


class Asked(NamedTuple):
    """A request of the browser."""

    url: str
    kind: str


class Answered(NamedTuple):
    """What we give it for it; None refuses."""

    status: int
    media_type: str
    content: bytes


class Shown(NamedTuple):
    """The page as the browser has it in the end, or why not."""

    html: str
    problem: Literal["", "failed"]


def program() -> str:
    """The installed Chromium.

    Raises:
        MissingExtra: it, or the library that drives it, is not installed.
    """
    if find_spec("playwright") is None:
        raise missing(ModuleNotFoundError(name="playwright"))
    named = NERVE.settings.chromium
    found = str(named) if named else shutil.which("chromium") or shutil.which("chromium-browser") or ""
    if not found or not Path(found).exists():
        raise MissingExtra(library="chromium", install=CHROMIUM)
    return found


def render(url: str, first: Fetched, fetch: Callable[[str], Fetched], seconds: float = SECONDS) -> str:
    """The HTML of `url` after its scripts have run.

    Args:
        url: the page.
        first: its answer, which was fetched already.
        fetch: gives what the page's scripts ask for; raises what it refuses, and the browser is told so.
        seconds: the time for all of it; the browser is then ended.

    Raises:
        MissingExtra: no browser is installed.
        OutsideUnavailable: the page is not there in time, or breaks the browser.
    """
    executable = program()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with TemporaryDirectory(prefix="ait-browser-", ignore_cleanup_errors=True) as folder, ours:
        process = multiprocessing.get_context("spawn").Process(
            target=_browse, args=(theirs, executable, url, folder, seconds), daemon=True
        )
        process.start()
        theirs.close()
        try:
            return _served(ours, url, first, fetch, time.monotonic() + seconds)
        finally:
            _end(process)


def _served(
    pipe: "Connection[Any, Any]", url: str, first: Fetched, fetch: Callable[[str], Fetched], ends: float
) -> str:
    left, bytes_left = MOST_REQUESTS, MOST_BYTES
    host = urlsplit(url).hostname or url
    while pipe.poll(max(ends - time.monotonic(), 0.0)):
        try:
            said = pipe.recv()
        except EOFError:
            break
        if isinstance(said, Shown):
            if said.problem:
                break
            return said.html
        answer: Answered | None = None
        if said.url == url:
            answer = Answered(first.status, first.media_type, first.content)
        elif left > 0 and bytes_left > 0:
            left -= 1
            try:
                fetched = fetch(said.url)
            except AitError:
                pass
            else:
                bytes_left -= len(fetched.content)
                answer = Answered(fetched.status, fetched.media_type, fetched.content)
        pipe.send(answer)
    raise Unreadable(what=host, reason=TOO_SLOW)


def _end(process: Any) -> None:
    """End the child and all that it started: the browser leaves its parent's process group, not its line."""
    process.join(0.5)
    for pid in (*_line(process.pid), process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.join(5)
    process.close()


def _line(pid: int) -> list[int]:
    """The processes that descend from `pid`, the youngest first."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [*_line(child), child]
    return found


def _browse(pipe: "Connection[Any, Any]", executable: str, url: str, folder: str, seconds: float) -> None:
    """In the child: show the page, asking the parent for everything that it needs."""
    from playwright.sync_api import Error, Route, sync_playwright

    # Nothing of the parent's environment, and so no secret, is there for a page to find.
    home = {"HOME": folder, "TMPDIR": folder, "PATH": os.defpath, "LANG": "es_ES.UTF-8"}
    os.environ.clear()
    os.environ.update(home)

    def answer(route: Route) -> None:
        request = route.request
        if request.method != "GET" or request.resource_type not in WANTED or not request.url.startswith("http"):
            route.abort()
            return
        pipe.send(Asked(request.url.partition("#")[0], request.resource_type))
        given = pipe.recv()
        if given is None:
            route.abort()
        else:
            route.fulfill(status=given.status, body=given.content, headers={"content-type": given.media_type})

    arguments = [
        "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--dns-prefetch-disable", "--no-first-run",
    ]  # fmt: skip
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, args=arguments, env=dict(home), timeout=1000 * seconds,
            # Root has no sandbox of its own; everybody else keeps it.
            chromium_sandbox=os.geteuid() != 0, proxy={"server": DEAD, "bypass": "<-loopback>"},
        )  # fmt: skip
        context = browser.new_context(
            service_workers="block", accept_downloads=False, locale="es-ES", permissions=[], java_script_enabled=True
        )
        context.route_web_socket("**/*", lambda socket: socket.close())
        context.route("**/*", answer)
        page = context.new_page()
        context.on("page", lambda opened: opened.close() if opened is not page else None)
        try:
            page.goto(url, wait_until="domcontentloaded", timeout=1000 * seconds)
            try:
                page.wait_for_load_state("networkidle", timeout=QUIET_MS)
            except Error:
                pass  # a page that never stops asking is read as it stands
            pipe.send(Shown(page.content(), ""))
        except Error:
            pipe.send(Shown("", "failed"))
