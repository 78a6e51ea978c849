"""A house of our own for measuring: an installation in a temporary folder, its people and data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.context import Actor, Origin
from core.identifiers import new_id
from core.settings import Settings
from core.telemetry import configure
from modules.installation import Installation

OWNER = "bench.owner"


@contextmanager
def folder() -> Iterator[Path]:
    """A data directory that is removed in the end; short, since sockets lie in it."""
    with TemporaryDirectory(prefix="ait-bench-") as made:
        yield Path(made)


@contextmanager
def installation(data_dir: Path) -> Iterator[Installation]:
    """The installation in `data_dir`, on the offline model."""
    configure("warning")
    opened = Installation.open(Settings(data_dir=data_dir, model="offline"))
    try:
        yield opened
    finally:
        opened.close()


def broker(opened: Installation) -> Actor:
    """A person with the rights of a broker, in a tenant of its own."""
    slug = f"bench-{new_id().hex[-10:]}"
    owner = opened.people.add_tenant(slug, "Correduría de medición", fictional=True)
    name = f"broker.{slug}"
    opened.people.add_user(owner, name, "Medición", ["broker", "owner"])
    return opened.people.actor(name)


def origin() -> Origin:
    """Where a measured call comes from."""
    return Origin("cli", new_id())
