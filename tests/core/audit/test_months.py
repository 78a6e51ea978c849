"""The log by months: an entry lands in its own, and nobody but the owner can touch any of them."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine, text

from core.audit.entry import AuditEntry
from core.audit.months import month_after
from core.clock import utc_now
from core.database import Database
from core.errors import Conflict
from core.identifiers import new_id
from core.migrations import configuration, upgrade


def id_in(month):
    first = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(hours=1)
    return type(new_id())(int=int(first.timestamp() * 1000) << 80 | new_id().int & (1 << 80) - 1)


def lands(house, id):
    one = AuditEntry(id=id, kind="call.allowed", at=utc_now(), actor=house.actor)
    with house.database.transaction(one.tenant) as session:
        house.audit.append(session, one)
    with house.superuser() as db:
        query = "SELECT tableoid::regclass::text FROM soriano_audit.entry WHERE id = %s"
        return db.execute(query, (id,)).fetchone()[0]


def test_an_entry_of_the_next_month_lands_in_its_partition(house):
    house.audit.integrate()
    for ahead in range(3):
        month = month_after(utc_now().date(), ahead)
        assert lands(house, id_in(month)) == f"soriano_audit.entry_{month:%Y_%m}"
    house.audit.integrate()
    assert house.audit.verify().ok


def test_entries_of_a_month_that_nobody_prepared_move_in_when_it_is_made(house):
    month = month_after(utc_now().date(), 9)
    id = id_in(month)
    assert lands(house, id) == "soriano_audit.entry_other"
    house.audit.integrate()
    with house.audit.connection() as connection:
        for made in (True, False):
            assert connection.execute("SELECT soriano_audit.prepare_month(%s)", (month,)).fetchone() == (made,)
        connection.commit()
    with house.superuser() as db:
        query = "SELECT tableoid::regclass::text FROM soriano_audit.entry"
        assert db.execute(query).fetchall() == [(f"soriano_audit.entry_{month:%Y_%m}",)]
    assert house.audit.verify().ok
    assert house.audit.show(house.actor, id).leaf_index == 0


def test_no_role_may_change_or_reach_a_partition(house):
    house.audit.integrate()
    with house.superuser() as db:
        rows = db.execute(
            "SELECT c.relname, r.role, p.privilege FROM pg_class c,"
            " unnest(ARRAY['ait_app', 'ait_audit', 'ait_relay', 'ait_graph']) AS r (role),"
            " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p (privilege)"
            " WHERE c.relnamespace = 'soriano_audit'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND has_table_privilege(r.role, c.oid, p.privilege)"
        ).fetchall()
        partitions = [
            row[0] for row in db.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        ]
    assert len(partitions) >= 4
    assert not [row for row in rows if row[0] in partitions]
    changing = {(table, role) for table, role, privilege in rows if privilege in ("UPDATE", "DELETE", "TRUNCATE")}
    assert changing == {("pending", "ait_audit")}


def test_months_are_kept_for_seven_years_at_least(house):
    with house.audit.connection() as connection:
        for month in (date(2017, 3, 1), date(2018, 12, 1)):
            connection.execute("SELECT soriano_audit.prepare_month(%s)", (month,))
        connection.commit()
    with pytest.raises(Conflict, match="siete años"):
        house.audit.expired_months(6)
    assert house.audit.expired_months(7) == [date(2017, 3, 1), date(2018, 12, 1)]
    assert house.audit.expired_months(90) == []


@pytest.mark.parametrize(
    ("month", "count", "then"),
    [(date(2026, 11, 5), 0, date(2026, 11, 1)), (date(2026, 11, 30), 1, date(2026, 12, 1)),
     (date(2026, 12, 1), 1, date(2027, 1, 1)), (date(2026, 1, 31), 25, date(2028, 2, 1))],
)  # fmt: skip
def test_months_follow_each_other(month, count, then):
    assert month_after(month, count) == then


def test_entries_from_before_the_months_are_moved_into_them(servers, template):
    made, _ = template
    with psycopg.connect(servers.database, autocommit=True) as admin:
        admin.execute("CREATE DATABASE core_before_months")
    database = Database(urlunsplit(urlsplit(servers.database)._replace(path="/core_before_months")), made.secret)
    engine = create_engine(database.admin_url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        connection.execute(text("GRANT CREATE, CONNECT ON DATABASE core_before_months TO ait_owner"))
        connection.execute(text("SET ROLE ait_owner"))
        config = configuration([])
        config.attributes["connection"] = connection
        command.upgrade(config, "core_0003")
    engine.dispose()
    now = utc_now().date()
    months = [month_after(now, 0), month_after(now, 1), date(2026, 2, 1)]
    ids = {id_in(month): f"soriano_audit.entry_{month:%Y_%m}" for month in months}
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        for id in ids:
            admin.execute(
                "INSERT INTO soriano_audit.entry VALUES (%s, %s, '{}', sha256('{}'), %s)", (id, new_id(), b"\0" * 64)
            )
            admin.execute("INSERT INTO soriano_audit.pending VALUES (%s)", (id,))
        upgrade(database, [])
        found = admin.execute("SELECT id, tableoid::regclass::text FROM soriano_audit.entry").fetchall()
        assert dict(found) == ids
        admin.execute("DELETE FROM soriano_audit.entry WHERE id = %s", (next(iter(ids)),))  # no reference stands
    with psycopg.connect(servers.database, autocommit=True) as admin:
        admin.execute("DROP DATABASE core_before_months WITH (FORCE)")
