"""The house that processes die in: one installation, its people, its sinks, and how a process enters it."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from urllib.request import urlopen
from uuid import UUID

import psycopg
import redis
from tqdm import tqdm

from core.context import Actor, Origin
from core.effects import FileDrop, Mailer, NotSent, Order, Performer, Standing, Webhook
from core.identifiers import new_id
from core.inbox import Consumer, Message
from core.jobs import Jobs
from core.relay import Relay
from core.settings import Settings
from core.telemetry import configure
from modules.installation import Installation
from tests.core.sinks import Hooks, http_sink, smtp_sink
from tests.faults.desk import DESK
from tools.catalogue import Catalogue
from tools.gate import Call

# What the consumer heard, without any key: a second time would be a second row.
HEARD = """
CREATE TABLE IF NOT EXISTS soriano_platform.faults_heard (event_id uuid NOT NULL, token text NOT NULL);
GRANT SELECT, INSERT ON soriano_platform.faults_heard TO ait_app
"""


@dataclass(frozen=True)
class Arrived:
    """What the outside has seen of one token."""

    mails: list[str]  # Message-IDs, one for each time
    hooks: list[str]  # Idempotency-Keys, one for each time
    done: list[str]  # those keys that were carried out
    wires: int


@dataclass(frozen=True)
class House:
    """All that a doomed process and the one that recovers after it have to know."""

    installation: Installation
    smtp_url: str
    http_url: str
    broker: Actor
    executive: Actor
    customer: str

    @property
    def outgoing(self) -> Path:
        return self.installation.settings.data_dir / "outgoing"

    @property
    def performers(self) -> dict[str, Performer]:
        return {
            "email": Mailer(self.smtp_url, "mail@soriano.example"),
            "webhook": Webhook(self.http_url),
            "file": FileDrop(self.outgoing),
            "wire": Wire(),
        }

    @contextmanager
    def relay(self) -> Iterator[Relay]:
        opened = self.installation
        with closing(Jobs(opened.database, opened.valkey_url)) as queue:
            made = Relay(opened.database, opened.valkey_url, self.performers, opened.audit, queue)
            with closing(made):
                yield made

    @contextmanager
    def consumer(self) -> Iterator[Consumer]:
        with redis.Redis.from_url(self.installation.valkey_url) as valkey:
            yield Consumer(self.installation.database, valkey, "module-events", "faults", hear)

    def call(self, tool: str, args: dict[str, Any], key: str | None = None, actor: Actor | None = None) -> Any:
        who = actor or self.broker
        wish = Call(tool, args, who, Origin("rest", new_id()), idempotency_key=key)
        return self.installation.gate.call(wish)

    def arrived(self, token: str) -> Arrived:
        with urlopen(f"{self.http_url}/seen/{token}", timeout=10) as answer:
            return Arrived(**json.load(answer))

    def superuser(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.installation.database.admin_url, autocommit=True)

    def leave(self) -> None:
        """Close all connections: a fork must not inherit any."""
        for owner in (self.installation.database, self.installation.audit):
            engine = vars(owner).pop("engine", None)
            if engine is not None:
                engine.dispose()


class Telling(Hooks):
    """The HTTP sink; GET /seen/TOKEN tells what has arrived."""

    def do_GET(self) -> None:
        token = self.path.rpartition("/")[2]
        mails = [mail["Message-ID"] for mail in self.server.mails.got if mail["To"].startswith(f"{token}@")]
        ours = [(key, path) for key, path, body in self.server.posts if body.decode().endswith(token)]
        hooks = [key for key, path in ours if path == "/hook"]
        done = [key for key in self.server.done if key in hooks]
        wires = sum(path.startswith("/wire/") for _, path in ours)
        self.answer(200, {"mails": mails, "hooks": hooks, "done": done, "wires": wires})


class Wire:
    """A bank's door of the worst kind: it takes every request for a new order, and can't be asked."""

    idempotent: ClassVar[bool] = False
    missing = None

    def reference(self, order: Order) -> str:
        return str(order.id)

    def look_up(self, order: Order) -> Standing:
        return "unknown"

    def perform(self, order: Order) -> str:
        try:
            answer = urlopen(order.recipient, data=order.body.encode(), timeout=10)
        except ConnectionRefusedError as error:
            raise NotSent(reason=error) from error
        with answer:
            return str(answer.status)


def hear(session: Any, message: Message) -> None:
    """The consumer's work: a row in the transaction of its inbox."""
    session.connection().exec_driver_sql(
        "INSERT INTO soriano_platform.faults_heard VALUES (%s, %s)", (message.id, message.payload.get("token", ""))
    )


@contextmanager
def house() -> Iterator[House]:
    """A house in a folder of its own; this process opens no connection that a fork could inherit."""
    configure("error")
    tqdm.monitor_interval = 0  # its monitor is a thread
    with TemporaryDirectory(prefix="ait-faults-") as folder:
        installation = Installation.open(Settings(data_dir=Path(folder), model="offline"))
        known = installation.modules.catalogue()
        installation.modules._catalogue = Catalogue.of([*known.tools.values(), *DESK], dict(known.panels))
        with _sinks() as (smtp_url, http_url):
            bare = House(installation, smtp_url, http_url, NOBODY, NOBODY, "")
            broker, executive, customer = _settle(bare)
            yield replace(bare, broker=broker, executive=executive, customer=customer)
        installation.close()


NOBODY = Actor(UUID(int=0), UUID(int=0), "", frozenset())


def _settle(house: House) -> tuple[Actor, Actor, str]:
    people = house.installation.people
    owner = people.owner()
    for role in ("broker", "executive"):
        people.add_user(owner, f"{role}.faults", role.title(), [role])
    broker = people.actor("broker.faults")
    person = {"first_name": "Ana", "last_name": "Ruiz Prado", "id_number": "12345678Z", "email": "ana@example.com"}
    with house.superuser() as admin:
        admin.execute(HEARD)
    made = house.call("crm_create_person", person, actor=broker)
    with house.consumer() as consumer:
        consumer.run_once()  # registers, so that it hears what happens from now on
    return broker, people.actor("executive.faults"), str(made.json["customer"])


@contextmanager
def _sinks() -> Iterator[tuple[str, str]]:
    """The servers that effects arrive at, in a process without database; it ends with its input."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _serve_sinks(theirs)
        os._exit(0)
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _serve_sinks(pipe: Connection) -> None:
    with smtp_sink() as (mails, smtp_url), http_sink(Telling) as hooks:
        hooks.mails = mails
        pipe.send((smtp_url, hooks.url))
        try:
            pipe.recv()
        except EOFError:
            return
