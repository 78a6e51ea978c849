"""What the gate costs: a gated call against the bare statement, same database, same role.

The bare side writes and reads the very same record (all its columns) in a table without
row-level security, by a plain session: no policy, no stamps, no audit, no event. The tool is
that of the sample plug-in, which does nothing else, so that the difference is the gate.
`details.plain` gives the ratio against a table with the three business columns alone.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlmodel import Field, Session, SQLModel, select

from benchmarks.house import broker, folder, installation, origin
from benchmarks.measure import Finding, in_turns, ratio
from core.context import Actor, Context
from core.identifiers import new_id
from core.records import Record
from modules.demo import load
from modules.installation import Installation
from tools.gate import Call

ROUNDS = 600
ROWS = 20  # a page of a list
ROUNDS_OF_TOOLS = 200
REAL_READS = ("encashment_list_pending", "crm_show_customer", "kernel_search_policies")
CUSTOMER = "Álvaro Ramos Soriano"
DAY = date(2026, 11, 22)
PROVINCE = "25"
BARE = """
CREATE SCHEMA bench;
CREATE TABLE bench.record (LIKE soriano_operations.hail_notice INCLUDING ALL);
CREATE TABLE bench.plain (id uuid PRIMARY KEY, province text NOT NULL, day date NOT NULL, published boolean NOT NULL);
CREATE INDEX ON bench.plain (province);
GRANT USAGE ON SCHEMA bench TO ait_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA bench TO ait_app;
"""


class BareRecord(Record, table=True):
    """The notice as the tool keeps it, but unprotected."""

    __tablename__ = "record"
    __table_args__ = {"schema": "bench"}
    province: str
    day: date
    published: bool = False


class Plain(SQLModel, table=True):
    """The notice as one would keep it without a kernel."""

    __tablename__ = "plain"
    __table_args__ = {"schema": "bench"}
    id: UUID = Field(default_factory=new_id, primary_key=True)
    province: str
    day: date
    published: bool = False


def gate_write() -> Finding:
    """A gated write: policy, row-level security, audit entry, event, commit."""
    return _measured(
        "gate_write",
        "gated write (policy, RLS, audit, event, commit)",
        2.0,
        "bare SQLModel insert + commit",
        write,
        lambda opened, kind: _bare_write(opened, kind),
    )


def gate_read() -> Finding:
    """A gated read of a page of rows, audited too."""
    return _measured(
        "gate_read",
        f"gated read of {ROWS} rows (policy, RLS, audit)",
        2.0,
        "bare SQLModel select",
        read,
        lambda opened, kind: _bare_read(opened, kind),
    )


def gate_tools() -> Finding:
    """The gate's share in reads that people really make, over the demonstration's book."""
    with folder() as data_dir, installation(data_dir) as opened:
        load(opened)
        actor = opened.people.actor("broker")
        found = [
            ratio(name, "", 2.0, *in_turns(gated, bare, ROUNDS_OF_TOOLS), "")
            for name in REAL_READS
            for gated, bare in [(_gated_tool(opened, actor, name), _bare_tool(opened, actor, name))]
        ]
    worst = max(found, key=lambda finding: finding.value)
    return Finding(
        "gate_tools",
        "gated read of a customer's receipts, file and policies: the worst of the three",
        worst.value,
        "×",
        2.0,
        spread=worst.spread,
        baseline="the same function on a plain session of the tenant",
        details={finding.name: {"ratio": round(finding.value, 2), **finding.details} for finding in found},
    )


def _gated_tool(opened: Installation, actor: Actor, name: str) -> Callable[[], object]:
    return lambda: opened.gate.call(Call(name, {"customer": CUSTOMER}, actor, origin()))


def _bare_tool(opened: Installation, actor: Actor, name: str) -> Callable[[], object]:
    tool, panels = opened.catalogue.get(name), opened.catalogue.panels

    def call() -> object:
        with opened.database.transaction(actor.tenant_id) as session:
            ctx = Context(session, actor, origin(), session.info["now"], panels=panels)
            return tool.to_json(tool.function(ctx, customer=CUSTOMER))

    return call


def _measured(
    name: str,
    what: str,
    target: float,
    baseline: str,
    gated: Callable[[Installation, Actor], Callable[[], object]],
    bare: Callable[[Installation, type[Any]], Callable[[], object]],
) -> Finding:
    with folder() as data_dir, installation(data_dir) as opened:
        with psycopg.connect(opened.database.admin_url, autocommit=True) as admin:
            admin.execute(BARE)
        actor = broker(opened)
        fill = (write(opened, actor), _bare_write(opened, BareRecord), _bare_write(opened, Plain))
        for _ in range(ROWS):
            for insert in fill:
                insert()
        ours, theirs = in_turns(gated(opened, actor), bare(opened, BareRecord), ROUNDS)
        strict = ratio(name, what, target, *in_turns(gated(opened, actor), bare(opened, Plain), ROUNDS), baseline)
    return ratio(name, what, target, ours, theirs, baseline, plain=round(strict.value, 2))


def write(opened: Installation, actor: Actor) -> Callable[[], object]:
    """One gated write, ready to be called."""
    args = {"province": PROVINCE, "day": DAY.isoformat()}
    return lambda: opened.gate.call(Call("hail_notices_record_notice", args, actor, origin()))


def read(opened: Installation, actor: Actor) -> Callable[[], object]:
    """One gated read, ready to be called."""
    return lambda: opened.gate.call(Call("hail_notices_list_notices", {"province": PROVINCE}, actor, origin()))


def _bare_write(opened: Installation, kind: type[Any]) -> Callable[[], object]:
    engine, tenant, now = opened.database.engine, new_id(), datetime.now(UTC)
    known = {"tenant_id": tenant, "created_at": now, "updated_at": now} if kind is BareRecord else {}

    def insert() -> None:
        with Session(engine, expire_on_commit=False) as session:
            session.add(kind(province=PROVINCE, day=DAY, **known))
            session.commit()

    return insert


def _bare_read(opened: Installation, kind: type[Any]) -> Callable[[], object]:
    engine = opened.database.engine
    query = select(kind).where(kind.province == PROVINCE).order_by(kind.day, kind.id)

    def page() -> None:
        with Session(engine) as session:
            list(session.exec(query))

    return page
