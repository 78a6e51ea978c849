"""What `ait serve` runs beside the web server: the relay and the workers, a process each.

A child ends when its standard input does, which happens also when the parent was killed, so
that nothing is left behind. `python -m server.background relay|worker`.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from core import jobs
from core.audit.eraser import Eraser
from core.context import Origin
from core.effects import performers
from core.errors import AitError
from core.jobs import JobRow, Jobs
from core.later import submit
from core.people import Tenant
from core.relay import Relay
from core.telemetry import configure
from modules.installation import Installation
from tools.gate import Call

ROLES: Final = ("relay", "worker")
END_SECONDS: Final = 10
DEADLINE_SECONDS: Final = 5.0  # how late a reminder may be
MAIL_SECONDS: Final = 60
DAY_SECONDS: Final = 600
log = structlog.get_logger("background")


@contextmanager
def beside() -> Iterator[None]:
    """The relay and a worker run while this lasts."""
    children = [
        subprocess.Popen([sys.executable, "-m", "server.background", role], stdin=subprocess.PIPE) for role in ROLES
    ]
    try:
        yield
    finally:
        for child in children:
            assert child.stdin is not None
            child.stdin.close()
        for child in children:
            child.wait(END_SECONDS)


def relay(installation: Installation, stop: Event) -> None:
    """Publish events, perform effects, grow the audit tree, sweep jobs."""
    queue = Jobs(installation.database, installation.valkey_url)
    clock = Thread(target=deadlines, args=(installation, stop), name="deadlines")
    clock.start()
    performing = {
        **performers(installation.settings),
        "erasure": Eraser(installation.audit, installation.people.actor),
    }
    Relay(installation.database, installation.valkey_url, performing, installation.audit, queue).run_forever(stop)
    clock.join()
    queue.close()


def deadlines(installation: Installation, stop: Event) -> None:
    """Remind, escalate and close approvals as their time goes by."""
    settings = installation.settings
    timers = installation.approvals.timers(settings.url.rstrip("/"), mails=settings.smtp_url is not None)
    while not stop.wait(DEADLINE_SECONDS):
        try:
            timers.run()
        except SQLAlchemyError as error:
            log.warning("deadlines_failed", error=str(error))


def worker(installation: Installation, stop: Event) -> None:
    """Run queued tool calls through the gate, as whoever submitted them."""
    queue = Jobs(installation.database, installation.valkey_url)

    def run(job: JobRow) -> None:
        actor = replace(installation.people.actor(job.actor["user"], job.tenant_id), agent=job.actor.get("agent"))
        # The job is the request: its id leads from the record back to who submitted it.
        origin = Origin("job", job.id, user_agent="ait worker", geo_location="local", device_fingerprint="worker")
        installation.gate.call(Call(job.tool, job.args, actor, origin, idempotency_key=job.idempotency_key))

    beside_it = [Thread(target=keep, args=(installation, stop), name=keep.__name__) for keep in (read_mail, new_days)]
    for thread in beside_it:
        thread.start()
    jobs.work(queue, run, stop)
    for thread in beside_it:
        thread.join()
    queue.close()


def new_days(installation: Installation, stop: Event) -> None:
    """Queue what each new day does to policies, quotes and deadlines; a failure waits for the next look."""
    while not stop.is_set():
        try:
            begin_day(installation)
        except SQLAlchemyError as error:
            log.warning("day_failed", error=str(error))
        stop.wait(DAY_SECONDS)


def begin_day(installation: Installation) -> None:
    """Queue the day's update of the first brokerage's policies, once a day of its zone.

    A demonstration is left as it was set up: its book is a stage, and its days do not pass.
    """
    owner = installation.people.owner()
    with installation.database.transaction(owner.tenant_id) as session:
        tenant = session.exec(select(Tenant)).one()
        if tenant.fictional:
            return
        day = session.info["now"].astimezone(ZoneInfo(tenant.zone)).date()
        submit(session, owner, "kernel_update_policies", {}, idempotency_key=f"policies:{day}")


def read_mail(installation: Installation, stop: Event) -> None:
    """Read the house's mailbox every minute, if it has one; a failure waits for the next minute."""
    url = installation.settings.imap_url
    if url is None:
        return
    from modules.infrastructure.notification_service.mailbox import Server, poll

    while not stop.is_set():
        try:
            poll(installation.gate, installation.people.owner(), Server.of(url.get_secret_value()))
        except AitError as error:
            log.warning("mailbox_not_read", code=error.code)
        except Exception:
            # Whatever one message does to us, the queue beside it goes on, and so does the next minute.
            log.exception("mailbox_failed")
        stop.wait(MAIL_SECONDS)


def main(role: str) -> None:
    """Run one role until standard input ends."""
    installation = Installation.open()
    configure(installation.settings.log_level)
    stop = Event()
    work = Thread(target={"relay": relay, "worker": worker}[role], args=(installation, stop), name=role)
    work.start()
    try:
        sys.stdin.buffer.read()
    except KeyboardInterrupt:
        pass  # the terminal's Ctrl C reaches children too; the parent closes our input anyway
    finally:
        stop.set()
        work.join()
        installation.close()


if __name__ == "__main__":
    main(sys.argv[1])
