"""What all tests stand on: one real installation a run, a fresh tenant a test module.

PostgreSQL and Valkey are the embedded ones. Tests call tools through the gate (`run`), as
people of their own tenant, so that no test sees another's rows.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest

from core.context import Actor, Origin
from core.identifiers import new_id
from core.settings import Settings
from core.telemetry import configure
from modules.installation import Installation
from tools.gate import Call, Outcome

ROLES = ("broker", "executive", "cfo", "operations", "compliance", "admin")


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A whole installation in a data directory of its own, on the offline model."""
    configure("warning")
    # Not under pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="ait-") as folder:
        opened = Installation.open(Settings(data_dir=Path(folder), model="offline", port=3999))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def tenant(installation: Installation) -> Actor:
    """The owner of a fresh tenant."""
    slug = f"t{uuid4().hex[:10]}"
    return installation.people.add_tenant(slug, f"Correduría {slug}")


@pytest.fixture(scope="module")
def actor(installation: Installation, tenant: Actor) -> Callable[[str], Actor]:
    """A person of the tenant by role, made when first asked for: `actor("broker")`."""
    made: dict[str, Actor] = {"owner": tenant}

    def of(role: str) -> Actor:
        if role not in made:
            name = f"{role}.{tenant.user.partition('@')[2]}"
            installation.people.add_user(tenant, name, role.title(), [role.partition("_")[0]])
            made[role] = installation.people.actor(name)
        return made[role]

    return of


@pytest.fixture(scope="module")
def call(installation: Installation, actor: Callable[[str], Actor]) -> Callable[..., Outcome]:
    """Call a tool through the gate and get the outcome: `call("crm_show_customer", customer=…)`."""

    def through_the_gate(tool: str, /, _as: str | Actor = "broker", **args: Any) -> Outcome:
        who = actor(_as) if isinstance(_as, str) else _as
        return installation.gate.call(Call(tool, args, who, Origin("cli", new_id())))

    return through_the_gate


@pytest.fixture(scope="module")
def run(call: Callable[..., Outcome]) -> Callable[..., Any]:
    """Call a tool through the gate and get its typed result."""

    def value(tool: str, /, _as: str | Actor = "broker", **args: Any) -> Any:
        return call(tool, _as, **args).value

    return value
