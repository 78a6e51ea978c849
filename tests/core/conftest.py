"""Fixtures of the core's tests: one embedded installation, and a fresh database when the log is altered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis

from core.audit.log import AuditLog
from core.context import Actor, Origin
from core.database import Database
from core.embedded import Addresses, Embedded
from core.identifiers import new_id
from core.keys import Keys
from core.migrations import upgrade


@dataclass(frozen=True)
class House:
    """A migrated database with its keys, and two tenants' people."""

    database: Database
    keys: Keys
    audit: AuditLog
    actor: Actor
    other: Actor

    def superuser(self) -> psycopg.Connection:
        """A connection that may do anything, as an attacker with the database's password."""
        return psycopg.connect(self.database.admin_url, autocommit=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[Addresses]:
    # Not under pytest's own folder: a second pytest closes that to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="ait-core-") as folder:
        embedded = Embedded(Path(folder))
        addresses = embedded.open()
        with psycopg.connect(addresses.database, autocommit=True) as admin:
            # Most tests copy a database; none of them cuts the power.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
        yield addresses
        embedded.close()


@pytest.fixture(scope="session")
def template(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Path]:
    """A database with all the core's migrations, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    keys = Keys.open(folder)
    with psycopg.connect(servers.database, autocommit=True) as admin:
        admin.execute("CREATE DATABASE core_template")
    database = Database(_named(servers.database, "core_template"), keys.context)
    upgrade(database, [])
    database.close()
    with psycopg.connect(servers.database, autocommit=True) as admin:
        # Nobody, not even autovacuum, may be in a database that is being copied.
        admin.execute("ALTER DATABASE core_template ALLOW_CONNECTIONS false")
    return database, folder


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def someone() -> Actor:
    return Actor(new_id(), new_id(), "carmen", frozenset({"broker"}), name="Carmen Ruiz")


@contextmanager
def fresh_house(servers: Addresses, template: tuple[Database, Path], folder: Path) -> Iterator[House]:
    """A copy of the migrated database, with keys of its own."""
    made, _ = template
    name = f"core_{new_id().hex}"
    with psycopg.connect(servers.database, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE core_template")
    (folder / "keys").mkdir(mode=0o700)
    (folder / "keys" / "house").write_bytes(made.secret)
    (folder / "keys" / "house").chmod(0o600)
    keys = Keys.open(folder)
    database = Database(_named(servers.database, name), keys.context)
    audit = AuditLog(database, keys)
    yield House(database, keys, audit, someone(), someone())
    audit.close()
    database.close()
    with psycopg.connect(servers.database, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def house(servers: Addresses, template: tuple[Database, Path], tmp_path: Path) -> Iterator[House]:
    """A house of one test."""
    with fresh_house(servers, template, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared_house(
    servers: Addresses, template: tuple[Database, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A house of one module, whose tests leave it as it is."""
    with fresh_house(servers, template, tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest.fixture
def origin() -> Origin:
    return Origin("cli", new_id(), ip_address="203.0.113.7")


@pytest.fixture
def valkey(servers: Addresses) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(servers.valkey) as client:
        client.flushall()
        yield client
