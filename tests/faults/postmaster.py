"""(e) PostgreSQL itself is killed under load: what was acknowledged is there, and nothing is half there.

Writers call the gate from several threads while the postmaster that this run started is
killed, by its pid. The servers are then started as any next start of the system does it.
"""

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil
import psycopg
from psycopg.errors import Error
from sqlalchemy.exc import SQLAlchemyError

from core.context import Actor, Origin
from core.errors import AitError
from core.identifiers import new_id
from core.reconciliation import Reconciliation
from core.settings import Settings
from core.telemetry import configure
from modules.installation import Installation
from tools.gate import Call

WRITERS: Final = 4
LONGEST: Final = 60.0
TOOL: Final = "crm_create_company"


@dataclass
class Crash:
    """What one crash left."""

    seed: int
    acknowledged: int = 0
    present: int = 0
    in_doubt: int = 0
    restart_seconds: float = 0.0
    violations: list[str] = field(default_factory=list)


@dataclass
class Writer:
    """One client: it writes until the server is gone, and remembers what it was told."""

    installation: Installation
    actor: Actor
    number: int
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)

    def run(self) -> None:
        count = 0
        while not self.stop.is_set():
            count += 1
            key = f"w{self.number}-{count}"
            try:
                self.call(key)
            except (SQLAlchemyError, Error, AitError):
                self.in_doubt.append(key)
                return
            self.acknowledged.append(key)

    def call(self, key: str) -> Any:
        digits = f"{self.number:01d}{int(key.partition('-')[2]):06d}"
        args = {"company_name": key, "id_number": cif(digits), "email": "x@example.com"}
        wish = Call(TOOL, args, self.actor, Origin("rest", new_id()), idempotency_key=key)
        return self.installation.gate.call(wish)


def cif(digits: str) -> str:
    """A company's number (CIF, type B) with its check digit over seven `digits`."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::2])
    return f"B{digits}{-(doubled + sum(map(int, digits[1::2]))) % 10}"


def crash(seed: int) -> Crash:
    """Load, kill, start again, compare."""
    configure("error")
    found, chance = Crash(seed), random.Random(seed)
    with TemporaryDirectory(prefix="ait-crash-") as folder:
        settings = Settings(data_dir=Path(folder), model="offline")
        first = Installation.open(settings)
        owner = first.people.owner()
        stop = threading.Event()
        writers = [Writer(first, owner, number, stop) for number in range(1, WRITERS + 1)]
        threads = [threading.Thread(target=writer.run) for writer in writers]
        for thread in threads:
            thread.start()
        while not all(writer.acknowledged for writer in writers):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 2.0))
        postmaster = int((Path(folder) / "postgres" / "postmaster.pid").read_text().split()[0])
        psutil.Process(postmaster).send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(LONGEST)
        stop.set()
        first.audit.close()
        first.database.close()
        began = time.monotonic()
        second = Installation.open(settings)
        found.restart_seconds = round(time.monotonic() - began, 2)
        found.violations = list(_compare(second, owner, writers, found))
        second.close()
        assert first.embedded is not None
        first.embedded.close()
    return found


def _compare(opened: Installation, owner: Actor, writers: list[Writer], found: Crash) -> Iterator[str]:
    acknowledged = {key for writer in writers for key in writer.acknowledged}
    with psycopg.connect(opened.database.admin_url, autocommit=True) as admin:
        rows = [
            r[0] for r in admin.execute("SELECT company_name FROM soriano_crm.customer WHERE company_name LIKE 'w%'")
        ]
        keys = [r[0] for r in admin.execute("SELECT key FROM soriano_platform.idempotency WHERE key LIKE 'w%'")]
    found.acknowledged, found.present = len(acknowledged), len(rows)
    found.in_doubt = sum(len(writer.in_doubt) for writer in writers)
    if lost := acknowledged - set(rows):
        yield f"acknowledged and lost: {sorted(lost)}"
    if len(rows) != len(set(rows)):
        yield "a row twice"
    if set(rows) != set(keys):
        yield f"rows and keys differ: {sorted(set(rows) ^ set(keys))}"
    for writer in writers:
        for key in writer.in_doubt:  # the client asks again by the same key
            again = Writer(opened, owner, writer.number, threading.Event()).call(key)
            if again.replayed != (key in rows):
                yield f"{key} was {'' if key in rows else 'not '}there, and its repetition says otherwise"
    verified = opened.audit.verify()
    if not verified.ok:
        yield verified.told("es")
    books = Reconciliation(opened.database).run()
    if not books.ok:
        yield f"books: {books}"


if __name__ == "__main__":
    print(json.dumps(vars(crash(int(sys.argv[1])))))
