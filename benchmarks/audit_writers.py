"""Eight writers at once: business rows with an audit entry each, against the same rows without.

Every writer is a process of its own with its own connection. Both ways have the same shape: a
transaction of the tenant, one record inserted through the stamped session, commit.
"""

import time
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.house import broker, folder, installation, origin
from benchmarks.measure import Finding, Sample
from core.audit.entry import AuditEntry
from core.audit.log import AuditLog
from core.context import Actor
from core.database import Database
from core.keys import Keys
from core.records import Record
from core.stamping import TenantSession

WRITERS: Final = 8
ROUNDS: Final = 5
SECONDS: Final = 2.0  # each way, each round
TARGET: Final = 0.8


class Row(Record, table=True):
    """A business row like any other: audit fields, version, checksum, row security."""

    __tablename__ = "row"
    __table_args__ = {"schema": "bench"}
    province: str
    day: date
    published: bool = False


TABLE: Final = """
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO ait_app;
CREATE TABLE bench.row (LIKE soriano_operations.hail_notice INCLUDING ALL);
GRANT SELECT, INSERT ON bench.row TO ait_app;
ALTER TABLE bench.row ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON bench.row AS RESTRICTIVE TO PUBLIC
  USING (tenant_id = (SELECT sec.tenant_id())) WITH CHECK (tenant_id = (SELECT sec.tenant_id()));
CREATE POLICY application ON bench.row TO ait_app USING (true) WITH CHECK (true);
"""


class Writer:
    """One process's worth: a connection, the keys, a person."""

    def __init__(self, data_dir: Path, url: str, actor: Actor) -> None:
        """Open them."""
        self.keys, self.actor, self.origin = Keys.open(data_dir), actor, origin()
        self.database = Database(url, self.keys.context, pool_size=1)
        self.audit = AuditLog(self.database, self.keys)

    def write(self, audited: bool) -> None:
        """One transaction: a customer, and perhaps its entry."""
        session = TenantSession(self.database.engine, expire_on_commit=False, actor=self.actor, origin=self.origin)
        with session:
            session.now = self.database.enter(session, self.actor.tenant_id)
            row = Row(province="25", day=date(2026, 11, 22))
            session.add(row)
            session.flush()
            if audited:
                change = session.changes[-1]
                self.audit.append(
                    session,
                    AuditEntry(
                        kind="call.allowed", at=session.now, actor=self.actor, origin=self.origin,
                        tool="hail_notices_record_notice", risk_class="W1", args={"province": "25"}, verdict="allow",
                        rules=("W1",), policy_version="3f1c2a77", changes=[change],
                    ),
                )  # fmt: skip
            session.commit()


def _work(data_dir: Path, url: str, actor: Actor, orders: "Connection[int, tuple[bool, float]]") -> None:
    """Serve orders `(audited, until)` with how many rows were written."""
    writer = Writer(data_dir, url, actor)
    for audited in (True, False) * 10:
        writer.write(audited)
    orders.send(0)
    while True:
        try:
            audited, until = orders.recv()
        except EOFError:
            return
        count = 0
        while time.monotonic() < until:
            writer.write(audited)
            count += 1
        orders.send(count)


def audit_writers() -> Finding:
    """Throughput of eight processes with entries, as a share of theirs without; half of the rounds begin with each."""
    with folder() as data_dir, installation(data_dir) as opened:
        with psycopg.connect(opened.database.admin_url, autocommit=True) as admin:
            admin.execute(TABLE)
        context, actor, pairs = get_context("spawn"), broker(opened), []
        for _ in range(WRITERS):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(data_dir, opened.database.admin_url, actor, theirs))
            process.start()
            pairs.append((process, ours))
        for _, pipe in pairs:
            pipe.recv()
        rates: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * ROUNDS):
            audited = turn % 4 in (0, 3)
            until = time.monotonic() + SECONDS
            for _, pipe in pairs:
                pipe.send((audited, until))
            rates[audited].append(sum(pipe.recv() for _, pipe in pairs) / SECONDS)
            opened.audit.integrate()  # outside the time: the relay's work, not the writers'
        for process, pipe in pairs:
            pipe.close()
            process.join(10)
    shares = Sample([ours / theirs for ours, theirs in zip(rates[True], rates[False], strict=True)])
    return Finding(
        "audit_writers",
        f"{WRITERS} writers with an audit entry each",
        Sample(rates[True]).median / Sample(rates[False]).median,
        "×",
        TARGET,
        "at least",
        spread=shares.quartiles,
        baseline="the same rows without entries",
        details={"with_per_s": Sample(rates[True]).median, "without_per_s": Sample(rates[False]).median},
    )


if __name__ == "__main__":
    print(audit_writers())
