"""Row security, table by table, as the database itself holds it: found in its catalogue, none listed here."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from core.identifiers import new_id
from tests.tenancy.twins import Twins, name_of, superuser, tenant_tables

REFUSED = (errors.InsufficientPrivilege, errors.CheckViolation)
NUMBERS = count(20_000)
LOGINS = "ARRAY['ait_app', 'ait_graph', 'ait_relay', 'ait_audit']"
TABLES = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
OURS = "(n.nspname LIKE 'soriano%' OR n.nspname = 'sec')"
GRAPHS = {"graph_work", "checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations"}


@pytest.fixture(scope="module")
def admin(twins: Twins) -> Iterator[psycopg.Connection]:
    with superuser(twins.house) as connection:
        yield connection


@contextmanager
def undone(connection: psycopg.Connection) -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with connection.transaction(force_rollback=True):
        yield


def columns_of(connection: psycopg.Connection, place: tuple[str, str]) -> list[tuple[str, str, str, bool]]:
    """Name, type, type's kind, and whether it must be given, of each column."""
    return connection.execute(
        "SELECT a.attname, format_type(a.atttypid, NULL), t.typtype::text,"
        " a.attnotnull AND a.attidentity = '' AND a.attgenerated = ''"
        " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
        " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped",
        (sql.Identifier(*place).as_string(connection),),
    ).fetchall()


def plant(connection: psycopg.Connection, place: tuple[str, str], tenant: UUID) -> None:
    """Give the tenant a row, whatever the table asks of one: only whose it is matters here."""
    values = {"tenant_id": str(tenant)}
    for name, kind, sort, needed in columns_of(connection, place):
        if name != "tenant_id" and needed:
            values[name] = sample(connection, kind, sort)
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(sql.SQL("%s") for _ in values)
    query = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(name_of(place), names, marks)
    connection.execute(query, list(values.values()))


def sample(connection: psycopg.Connection, kind: str, sort: str) -> str:
    if kind.endswith("[]"):
        return "{}"
    if sort == "e":
        return connection.execute(f"SELECT (enum_range(NULL::{kind}))[1]::text").fetchone()[0]
    plain = {"uuid": str(new_id()), "boolean": "f", "bytea": f"\\x{new_id().hex}", "date": "2026-01-01", "jsonb": "{}"}
    if kind in plain:
        return plain[kind]
    if kind in ("integer", "bigint", "smallint"):
        return str(next(NUMBERS))
    if kind in ("numeric", "double precision", "real"):
        return "0"
    return "2026-01-01" if kind.startswith("timestamp") else new_id().hex[-12:]


def bare(connection: psycopg.Connection, place: tuple[str, str]) -> None:
    """Drop what would refuse a made-up row: checks, triggers, foreign keys. Never what protects rows."""
    connection.execute("SET LOCAL session_replication_role = replica")
    whole = sql.Identifier(*place).as_string(connection)
    found = connection.execute(
        "SELECT coalesce(i.inhparent, c.conrelid)::regclass::text, c.conname FROM pg_constraint c"
        " LEFT JOIN pg_inherits i ON i.inhrelid = c.conrelid AND c.coninhcount > 0"
        " WHERE c.conrelid = %s::regclass AND c.contype = 'c'",
        (whole,),
    ).fetchall()
    for table, name in found:  # a partition's are its parent's
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {sql.Identifier(name).as_string(connection)}")


def attempt(connection: psycopg.Connection, query: sql.Composed, values: tuple[object, ...]) -> int:
    """How many rows the statement met; 0 if it was refused."""
    try:
        with connection.transaction():
            return connection.execute(query, values).rowcount
    except REFUSED:
        return 0


def contexts(connection: psycopg.Connection, twins: Twins) -> dict[str, str]:
    """Every context that is not mine's own."""
    database, pid = twins.house.database, connection.info.backend_pid
    mine, theirs = twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
    good = database.token(mine, pid)
    body, mac = good.rsplit("|", 1)
    told = body.split("|")
    return {
        "theirs": database.token(theirs, pid),
        "none": "",
        "garbage": "x" * 150,
        "no mac": body + "|" + "0" * 64,
        "turned mac": body + "|" + mac[::-1],
        "another tenant's mac": database.token(theirs, pid).replace(str(theirs), str(mine)),
        "longer life": f"{told[0]}|{told[1]}|{int(told[2]) + 1}|{mac}",
        "foreign backend": database.token(mine, pid + 1),
    }


def expired(connection: psycopg.Connection, twins: Twins, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patched:
        patched.setattr("core.database.CONTEXT_SECONDS", -1)
        return twins.house.database.token(twins.mine.owner.tenant_id, connection.info.backend_pid)


def test_no_row_of_mine_is_met_in_any_table_under_any_context_but_mine(admin, twins, monkeypatch) -> None:
    mine, theirs = twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
    tables = tenant_tables(admin)
    assert len(tables) > 25
    seen_by_me = 0
    for place in tables:
        with undone(admin):
            bare(admin, place)
            try:
                with admin.transaction():
                    plant(admin, place, mine)
                    plant(admin, place, theirs)
            except errors.CheckViolation:
                continue  # a partition of months to come; its parent is tried with this month's
            all_contexts = contexts(admin, twins) | {"expired": expired(admin, twins, monkeypatch)}
            admin.execute("SET LOCAL ROLE ait_app")
            look = sql.SQL("SELECT 1 FROM {} WHERE tenant_id = %s").format(name_of(place))
            change = sql.SQL("UPDATE {} SET tenant_id = tenant_id WHERE tenant_id = %s").format(name_of(place))
            drop = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(name_of(place))
            steal = sql.SQL("UPDATE {} SET tenant_id = %s WHERE tenant_id <> %s").format(name_of(place))
            give = sql.SQL("UPDATE {} SET tenant_id = %s WHERE tenant_id = %s").format(name_of(place))
            for name, token in all_contexts.items():
                admin.execute("SELECT set_config('app.ctx', %s, true)", (token,))
                assert attempt(admin, look, (mine,)) == 0, (place, name)
                assert attempt(admin, change, (mine,)) == 0, (place, name)
                assert attempt(admin, drop, (mine,)) == 0, (place, name)
                assert attempt(admin, give, (mine, theirs)) == 0, (place, name)
                met = attempt(admin, steal, (theirs, theirs))
                assert met == 0 or place[0] in ("soriano_audit", "soriano_platform"), (place, name)  # the house's own
            admin.execute(
                "SELECT set_config('app.ctx', %s, true)", (twins.house.database.token(mine, admin.info.backend_pid),)
            )
            seen_by_me += attempt(admin, look, (mine,)) > 0
    assert seen_by_me > 20  # the same question, asked with the right context, is answered


def test_no_row_can_be_put_into_another_tenant(admin, twins) -> None:
    mine = twins.mine.owner.tenant_id
    for place in tenant_tables(admin):
        with undone(admin):
            bare(admin, place)
            for name, token in contexts(admin, twins).items():
                with undone(admin):
                    admin.execute("SET LOCAL ROLE ait_app")
                    admin.execute("SELECT set_config('app.ctx', %s, true)", (token,))
                    try:
                        plant(admin, place, mine)
                    except REFUSED:
                        continue
                    pytest.fail(f"{place} under {name}")


def rows(connection: psycopg.Connection, query: str) -> list[str]:
    return [" ".join(map(str, row)) for row in connection.execute(query)]


def test_every_table_of_tenants_is_walled_even_for_its_owner(admin) -> None:
    assert not rows(
        admin,
        f"""SELECT n.nspname, c.relname FROM {TABLES}
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relkind IN ('r', 'p') AND {OURS}
        AND (has_table_privilege('ait_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
             OR has_any_column_privilege('ait_app', c.oid, 'SELECT, INSERT, UPDATE'))
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
          SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd = '*'
          AND pg_get_expr(p.polqual, c.oid) LIKE '%tenant_id = ( SELECT sec.tenant_id()%'
          AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%tenant_id = ( SELECT sec.tenant_id()%'))""",
    )


def test_tables_without_a_tenant_say_nothing_of_one(admin) -> None:
    """What the application reads and has no tenant: names of event consumers, failed sign-ins."""
    found = rows(
        admin,
        f"""SELECT n.nspname || '.' || c.relname FROM {TABLES}
        WHERE c.relkind IN ('r', 'p') AND {OURS} AND has_table_privilege('ait_app', c.oid, 'SELECT')
        AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
        ORDER BY 1""",
    )
    house = {"consumer", "standing"}  # `standing` names its tenant `scope`, and is walled by it: below
    assert set(found) <= {"soriano_auth.sign_in_attempt", *(f"soriano_platform.{name}" for name in house)}


def test_the_application_may_neither_truncate_nor_refer_nor_hook_nor_own(admin) -> None:
    for right in ("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"):
        assert not rows(
            admin,
            f"""SELECT n.nspname, c.relname, '{right}' FROM {TABLES},
            unnest({LOGINS}) AS r
            WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {OURS} AND has_table_privilege(r, c.oid, '{right}')
            AND ('{right}', r) <> ('MAINTAIN', 'ait_audit')  -- the log sweeps destroyed keys out of their pages
            """,
        )
    mighty = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
    assert not rows(
        admin, f"SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = relowner WHERE rolname = ANY ({LOGINS})"
    )
    assert not rows(admin, f"SELECT rolname FROM pg_roles WHERE rolname LIKE 'ait%' AND ({mighty})")
    may_create = "has_schema_privilege(r, n.oid, 'CREATE')"
    assert not rows(admin, f"SELECT nspname FROM pg_namespace n, unnest({LOGINS}) r WHERE {OURS} AND {may_create}")


def test_each_login_sees_its_own_tables_alone(admin) -> None:
    seen = rows(
        admin,
        f"""SELECT r, n.nspname FROM {TABLES},
        unnest(ARRAY['ait_graph', 'ait_relay', 'ait_audit']) AS r
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {OURS} AND has_any_column_privilege(r, c.oid, 'SELECT')
        GROUP BY 1, 2""",
    )
    assert set(seen) <= {"ait_graph soriano_platform", "ait_relay soriano_platform", "ait_audit soriano_audit"}
    read = f"SELECT c.relname FROM {TABLES} WHERE c.relkind IN ('r', 'p') AND {OURS} AND has_table_privilege"
    assert set(rows(admin, f"{read}('ait_graph', c.oid, 'SELECT')")) <= GRAPHS
    assert not rows(admin, f"{read}('ait_app', c.oid, 'SELECT') AND c.relname = ANY ('{{{','.join(GRAPHS)}}}')")


def test_views_ask_as_whoever_asks_and_no_function_of_ours_is_leakproof(admin) -> None:
    assert not rows(
        admin,
        f"""SELECT n.nspname, c.relname FROM {TABLES}
        WHERE {OURS} AND (c.relkind = 'm' OR c.relkind = 'v'
        AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false))""",
    )
    functions = (
        f"SELECT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS} AND "
    )
    assert not rows(admin, functions + "p.proleakproof")
    assert not rows(
        admin,
        functions + "p.prosecdef AND NOT coalesce(array_to_string(p.proconfig, ',')"
        " LIKE 'search_path=pg_catalog, pg_temp%', false)",
    )
    assert not rows(admin, functions + "p.prosecdef AND has_function_privilege('public', p.oid, 'EXECUTE')")


def test_keys_begin_with_the_tenant_so_that_none_tells_of_anothers(admin) -> None:
    """An index of uuids alone tells nothing: nobody can guess one."""
    assert not rows(
        admin,
        f"""SELECT n.nspname, c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
        WHERE {OURS} AND x.indisunique AND has_any_column_privilege('ait_app', c.oid, 'INSERT')
        AND NOT t.attnum = ANY (x.indkey::int2[])
        AND EXISTS (SELECT 1 FROM unnest(x.indkey::int2[]) k LEFT JOIN pg_attribute a
                    ON a.attrelid = c.oid AND a.attnum = k WHERE a.atttypid IS DISTINCT FROM 'uuid'::regtype)""",
    )


def test_references_stay_within_the_tenant(admin) -> None:
    assert not rows(
        admin,
        f"""SELECT n.nspname, c.relname, f.conname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute t ON t.attrelid = f.confrelid AND t.attname = 'tenant_id'
        WHERE f.contype = 'f' AND {OURS} AND has_any_column_privilege('ait_app', c.oid, 'INSERT')
        AND n.nspname <> 'soriano_audit'  -- entries are referred to by uuid, by the log's own statement
        AND NOT EXISTS (SELECT 1 FROM unnest(f.conkey, f.confkey) AS k (here, there) JOIN pg_attribute a
                        ON a.attrelid = f.conrelid AND a.attnum = k.here AND a.attname = 'tenant_id'
                        WHERE k.there = t.attnum)""",
    )


def test_a_reference_to_my_row_fails_like_one_to_nobodys(admin, twins) -> None:
    mine, theirs = twins.mine.owner.tenant_id, twins.theirs.owner.tenant_id
    keys = admin.execute(
        f"""SELECT n.nspname, c.relname, a.attname, tn.nspname, tc.relname FROM pg_constraint f
        JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class tc ON tc.oid = f.confrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[2]
        WHERE f.contype = 'f' AND {OURS} AND cardinality(f.conkey) = 2
        AND has_table_privilege('ait_app', c.oid, 'UPDATE')"""
    ).fetchall()
    tried = 0
    for schema, table, column, target_schema, target in keys:
        told = []
        known = admin.execute(
            sql.SQL("SELECT id FROM {} WHERE tenant_id = %s LIMIT 1").format(sql.Identifier(target_schema, target)),
            (mine,),
        ).fetchone()
        if known is None:
            continue
        for id in (known[0], new_id()):
            with undone(admin):
                admin.execute("SET LOCAL ROLE ait_app")
                admin.execute(
                    "SELECT set_config('app.ctx', %s, true)",
                    (twins.house.database.token(theirs, admin.info.backend_pid),),
                )
                change = sql.SQL("UPDATE {} SET {} = %s").format(sql.Identifier(schema, table), sql.Identifier(column))
                try:
                    with admin.transaction():
                        met = admin.execute(change, (id,)).rowcount
                    told.append((met, ""))
                except psycopg.Error as error:
                    told.append((error.sqlstate, str(error).replace(str(id), "X")))
        assert told[0] == told[1], (schema, table, column)
        tried += told[0][0] == "23503"
    assert tried >= 5


def test_a_key_that_i_hold_is_free_for_them(twins) -> None:
    """The same NIF, in another tenant: no refusal, so nothing learnt."""
    args = {"first_name": "Otra", "last_name": "Persona", "id_number": "23000000T"}
    assert twins.theirs.call("crm_create_person", args, dry_run=True).json


def test_what_stands_in_force_is_seen_by_its_own_tenant_alone(twins: Twins) -> None:
    for one in (twins.mine, twins.theirs):
        one.call("compliance_stop", {"kind": "tool", "name": one.marker, "reason": "prueba"})
    for one, other in ((twins.mine, twins.theirs), (twins.theirs, twins.mine)):
        with one.house.database.transaction(one.owner.tenant_id) as session:
            seen = session.connection().exec_driver_sql("SELECT scope, stopped FROM soriano_platform.standing").all()
        assert [row.scope for row in seen] == [one.owner.tenant_id]
        assert other.marker not in repr(seen)
    with twins.house.database.transaction(None) as session:
        assert not session.connection().exec_driver_sql("SELECT 1 FROM soriano_platform.standing").all()
