"""Pooled connections: two tenants, thousands of interleaved pieces of work that end in every bad way.

Whatever happened before on a connection, the next one to take it finds no tenant in it.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlmodel import Session, select

from core.context import Origin
from core.database import Database
from core.errors import AitError
from core.identifiers import new_id
from modules.core_business.crm.records import Customer
from tests.tenancy.twins import Twins
from tools.gate import Call

WORKERS = 6
EACH = 350
WHOSE = text("SELECT DISTINCT tenant_id FROM soriano_crm.customer")


class Cut(Exception):
    """Ends a piece of work half-way."""


@contextmanager
def pool_of(twins: Twins, size: int) -> Iterator[tuple[Database, list[str]]]:
    """The application's database over a pool of `size` and no more; and what stood in each connection handed out."""
    whole = twins.house.database
    database, found = Database(whole.admin_url, whole.secret), []
    engine = create_engine(
        database.app_url.replace("postgresql:", "postgresql+psycopg:", 1),
        pool_size=size, max_overflow=0, pool_timeout=60,
    )  # fmt: skip

    @event.listens_for(engine, "checkout")
    def look(connection: psycopg.Connection, record: object, proxy: object) -> None:
        (said,) = connection.execute("SELECT coalesce(current_setting('app.ctx', true), '')").fetchone()
        connection.rollback()
        found.append(said)

    vars(database)["engine"] = engine
    try:
        yield database, found
    finally:
        database.close()


def read(session: Session) -> None:
    session.exec(select(Customer).limit(3)).all()


def raise_half_way(session: Session) -> None:
    session.exec(select(Customer).limit(1)).all()
    raise Cut


def break_the_statement(session: Session) -> None:
    session.connection().execute(text("SELECT 1 / 0"))


def break_and_go_on(session: Session) -> None:
    with pytest.raises(DBAPIError), session.begin_nested():
        session.connection().execute(text("SELECT no_such_column"))
    session.exec(select(Customer).limit(1)).all()


def be_cancelled(session: Session) -> None:
    raw = session.connection().connection.dbapi_connection
    timer = threading.Timer(0.01, raw.cancel_safe)
    timer.start()
    try:
        session.connection().execute(text("SELECT pg_sleep(0.05)"))
    finally:
        timer.join()


def time_out(session: Session) -> None:
    session.connection().execute(text("SET LOCAL statement_timeout = 5"))
    session.connection().execute(text("SELECT pg_sleep(1)"))


def lose_the_connection(session: Session) -> None:
    session.connection().connection.dbapi_connection.pgconn.finish()
    session.exec(select(Customer)).all()


def commit_early(session: Session) -> None:
    session.commit()
    assert session.connection().execute(WHOSE).all() == []  # the tenant ended with the transaction


def leave_a_savepoint_open(session: Session) -> None:
    session.begin_nested()
    session.connection().execute(text("SELECT set_config('app.ctx', 'x', true)"))


ENDINGS: tuple[tuple[Callable[[Session], None], int], ...] = (
    (read, 40),
    (raise_half_way, 15),
    (break_the_statement, 15),
    (break_and_go_on, 10),
    (commit_early, 10),
    (leave_a_savepoint_open, 6),
    (time_out, 2),
    (be_cancelled, 2),
    (lose_the_connection, 1),
)


@pytest.mark.parametrize("size", [1, 3])
def test_no_connection_carries_a_tenant_to_the_next_one(twins: Twins, size: int) -> None:
    tenants = [twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id, None]
    foreign: Counter[UUID | None] = Counter()
    done: Counter[str] = Counter()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        acts, weights = zip(*ENDINGS, strict=True)
        for _ in range(EACH):
            tenant = chance.choice(tenants)
            act = chance.choices(acts, weights)[0]
            done[act.__name__] += 1
            try:
                with database.transaction(tenant) as session:
                    seen = {row[0] for row in session.connection().execute(WHOSE)}
                    foreign.update(seen - {tenant})
                    assert (tenant in seen) == (tenant is not None)
                    act(session)
            except (Cut, DBAPIError, InterfaceError, psycopg.Error):
                continue

    with pool_of(twins, size) as (database, found):
        with ThreadPoolExecutor(WORKERS) as threads:
            for future in [threads.submit(work, seed) for seed in range(WORKERS)]:
                future.result()
        engine: Engine = database.engine
        assert engine.pool.checkedout() == 0
    assert set(found) == {""}
    assert len(found) >= WORKERS * EACH
    assert not foreign
    assert set(done) == {act.__name__ for act, _ in ENDINGS}


def test_calls_of_two_tenants_at_once_each_see_their_own(twins: Twins) -> None:
    """Through the gate itself, reading and writing, with refusals and faults between."""
    house = twins.house
    leaks: list[Any] = []
    answers: list[str] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for turn in range(60):
            one, other = chance.sample([twins.mine, twins.theirs], 2)
            tool, args = chance.choice(
                [
                    ("crm_search_customers", {"query": "ar"}),
                    ("encashment_list_pending", {"limit": 50}),
                    ("crm_search_customers", {"limit": "none"}),
                    ("crm_create_person", {"first_name": f"P{turn}", "last_name": f"S{seed}", "id_number": "1"}),
                ]
            )
            try:
                outcome = house.gate.call(Call(tool, args, one.owner, Origin("cli", new_id())))
            except AitError:
                continue
            answers.append(one.marker)
            if other.marker in str(outcome.json):
                leaks.append((tool, one.marker))

    with ThreadPoolExecutor(WORKERS) as threads:
        for future in [threads.submit(work, seed) for seed in range(WORKERS)]:
            future.result()
    assert not leaks
    assert len(answers) > 100


def test_a_session_that_fails_half_way_leaves_nothing_written(twins: Twins) -> None:
    owner = twins.theirs.owner
    with pool_of(twins, 1) as (database, found):
        for _ in range(20):
            with suppress(Cut), database.transaction(owner.tenant_id) as session:
                session.connection().execute(text("UPDATE soriano_crm.customer SET notes = 'half'"))
                raise Cut
        with database.transaction(owner.tenant_id) as session:
            assert session.exec(select(Customer).where(Customer.notes == "half")).all() == []
    assert set(found) == {""}


def test_even_a_tenant_that_was_left_behind_serves_nobody_else(twins: Twins) -> None:
    """What an injected statement could do, no code of ours does: keep the tenant beyond the transaction."""
    mine, theirs = twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
    with pool_of(twins, 1) as (database, found):
        with database.transaction(mine) as session:
            session.connection().execute(text("SELECT set_config('app.ctx', current_setting('app.ctx'), false)"))
        for tenant in (theirs, None):
            with database.transaction(tenant) as session:
                assert mine not in {row[0] for row in session.connection().execute(WHOSE)}
    assert found[1] != ""  # it was really left
