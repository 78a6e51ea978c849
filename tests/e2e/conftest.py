"""A whole installation as a user has it: `ait demo load`, `ait serve`, and a real browser.

The browser is Debian's Chromium, named by `AIT_CHROMIUM`; without one these tests skip and
say so. The server is a process of its own, so that a test may kill it.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HOUSE = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("AIT_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
]
MAIN = "from server.cli import main; main()"
PEOPLE = re.compile(r"^\s+(broker|executive|cfo|operations|compliance|admin)\s+(\S+)$", re.M)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip all of this folder where there is no browser, and say why."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}: set AIT_CHROMIUM"))


@dataclass
class Served:
    """`ait serve` over a data directory, which a test may kill and start again."""

    folder: Path
    port: int
    passwords: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands: this data directory, no model, few words."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIT_", "ANTHROPIC", "OPENAI"))}
        return kept | {
            "AIT_DATA_DIR": str(self.folder),
            "AIT_MODEL": "offline",
            "AIT_LOG_LEVEL": "warning",
            "AIT_PORT": str(self.port),
            "PYTHONPATH": str(HOUSE),
        }

    def ait(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the command line to its end."""
        return subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            env=self.environment,
            cwd=HOUSE,
            text=True,
            capture_output=True,
            timeout=300,
        )

    def python(self, code: str) -> "subprocess.CompletedProcess[str]":
        """Run Python in a process of its own, over the same data."""
        return subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment,
            cwd=HOUSE,
            text=True,
            capture_output=True,
            timeout=120,
        )

    def start(self) -> None:
        """Serve, and wait until it is ready."""
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MAIN, "serve"],
                env=self.environment,
                cwd=HOUSE,
                stdout=log,
                stderr=log,
            )
        for _ in range(240):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.25)
        raise AssertionError((self.folder / "serve.log").read_text()[-3000:])

    def kill(self) -> None:
        """End it without warning, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """End it properly."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The demonstration brokerage, served."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    # Not under pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="ait-e2e-") as folder:
        served = Served(Path(folder), port)
        loaded = served.ait("demo", "load")
        assert loaded.returncode == 0, loaded.stderr[-3000:]
        served.passwords = dict(PEOPLE.findall(loaded.stdout + loaded.stderr))
        served.start()
        yield served
        served.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: its event loop must be gone before other files run theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Look:
    """How a person looks at the pages: colours and device."""

    scheme: str
    device: str

    @property
    def options(self) -> dict[str, Any]:
        """The browser context of this look; everything that could vary is fixed."""
        fixed = {
            "locale": "es-ES",
            "timezone_id": "Europe/Madrid",
            "color_scheme": self.scheme,
            "reduced_motion": "reduce",
        }
        if self.device == "phone":
            return fixed | {
                "viewport": {"width": 390, "height": 844},
                "device_scale_factor": 2,
                "is_mobile": True,
                "has_touch": True,
            }
        return fixed | {"viewport": {"width": 1440, "height": 1000}}


@dataclass
class Person:
    """A signed-in person at a browser, with everything that went wrong on the pages."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of ours."""
        self.page.goto(self.url + path, wait_until="load")
        return self.page


WATCH_CSP = """addEventListener("securitypolicyviolation",
  (event) => console.error(`csp ${event.violatedDirective} ${event.blockedURI}`));"""


def watched(context: BrowserContext, url: str) -> Person:
    """A page whose console errors, exceptions and policy violations are kept."""
    page = context.new_page()
    person = Person(page, url)
    page.add_init_script(WATCH_CSP)
    page.on("console", lambda said: person.wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: person.wrong.append(str(error)))
    return person


@pytest.fixture
def person(served: Served, chromium: Browser) -> Iterator[Any]:
    """Somebody signed in: `person("broker", "dark", "phone")`."""
    contexts: list[BrowserContext] = []

    def come(user: str, scheme: str, device: str) -> Person:
        context = chromium.new_context(**Look(scheme, device).options)
        contexts.append(context)
        visitor = watched(context, served.url)
        page = visitor.go("/sign-in")
        page.fill("#username", user)
        page.fill("#password", served.passwords[user])
        page.get_by_role("button", name="Entrar").click()
        page.wait_for_url(served.url + "/")
        return visitor

    yield come
    for context in contexts:
        context.close()
