"""The embedded servers: started on first use, found again, stopped by the last to leave."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis

from core.embedded import Embedded
from core.secret_files import secret

HOLD = """
import sys, time
from pathlib import Path
from core.embedded import Embedded
Embedded(Path(sys.argv[1])).open()
print("open", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="ait-") as name:
        yield Path(name)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_they_are_real_and_the_last_to_leave_stops_them(folder: Path) -> None:
    first, second = Embedded(folder), Embedded(folder)
    addresses = first.open()
    assert second.open() == addresses
    first.close()
    with psycopg.connect(addresses.database) as connection:
        row = connection.execute("SHOW server_version_num").fetchone()
        assert row is not None
        assert int(row[0]) >= 180000
    with redis.Redis.from_url(addresses.valkey) as client:
        assert client.ping()
    second.close()
    assert not (folder / "postgres" / "postmaster.pid").exists()
    with redis.Redis.from_url(addresses.valkey) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_nobody_gets_in_without_a_password(folder: Path) -> None:
    servers = Embedded(folder)
    addresses = servers.open()
    try:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}/postgres")
        assert "trust" not in (folder / "postgres" / "pg_hba.conf").read_text()
        assert addresses.database.startswith("postgresql://postgres:")
    finally:
        servers.close()


def test_a_killed_user_does_not_keep_them_and_a_later_one_finds_them(folder: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    running = postmaster(folder)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    later = Embedded(folder)
    later.open()
    assert postmaster(folder) == running
    later.close()
    time.sleep(0.1)
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_secrets_are_made_once_and_are_the_owners_alone(folder: Path) -> None:
    path = folder / "keys" / "house"
    made = secret(path)
    assert secret(path) == made
    assert len(made) == 32
    assert path.stat().st_mode & 0o077 == 0
