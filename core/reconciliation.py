"""Reconciliation (*conciliación*): business rows and the audit log, checked against each other.

The verification of the log says that nothing in it was altered; it cannot say what never
entered it. Here each row must have an entry that tells of its insertion, and its last
change must be an audited one (same request, same instant); and each row that an allowed
call wrote must be there, unless a later entry tells of its deletion.

The rows of people's accounts (`soriano_auth`) and of the platform (`soriano_platform`) are
not business rows: they have entries of their own kinds, which name no rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import text

from core.database import Database
from core.i18n import N_, translate

Place: TypeAlias = tuple[str, UUID]  # table and id
Stamp: TypeAlias = tuple[str, datetime]  # request and instant
EXAMPLES: Final = 5
FETCH: Final = 2000
TABLES: Final = text(
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname LIKE 'soriano%'"
    " AND n.nspname NOT IN ('soriano_auth', 'soriano_platform', 'soriano_audit')"
    " AND has_table_privilege(c.oid, 'SELECT')"
    " AND 4 = (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid"
    "          AND a.attname IN ('tenant_id', 'checksum', 'version', 'request_id')) ORDER BY 1, 2"
)
TENANTS: Final = "SELECT DISTINCT tenant_id FROM soriano_audit.entry"
FIRST_TENANT: Final = text("SELECT sec.first_tenant()")
# OFFSET 0 keeps the planner from parsing an entry anew for each row that it tells of.
WRITES: Final = """
SELECT request, at, r ->> 'table', (r ->> 'pk')::uuid, r ->> 'op' FROM (
  SELECT id, b #>> '{actor,request}' AS request, (b ->> 'at')::timestamptz AS at, b -> 'effect' AS effect
  FROM soriano_audit.entry e CROSS JOIN LATERAL (SELECT convert_from(e.body, 'UTF8')::jsonb AS b OFFSET 0) AS said
  WHERE e.tenant_id = %s AND b ->> 'kind' LIKE 'call.%%' AND b #>> '{decision,verdict}' = 'allow' OFFSET 0
) AS allowed LEFT JOIN LATERAL jsonb_array_elements(effect) AS r ON true ORDER BY id
"""
ROWS: Final = sql.SQL("SELECT id, request_id::text, updated_at FROM {} WHERE tenant_id = %s")
UNBALANCED: Final = N_("{unaudited} escrituras sin asiento, {missing} asientos sin su fila: {where}")


@dataclass(frozen=True)
class Balance:
    """The result: how many of each kind, by table, with a few of their ids."""

    rows: int = 0
    entries: int = 0
    unaudited: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether both sides agree."""
        return not self.unaudited and not self.missing

    def told(self, locale: str) -> str:
        """The result in a few words."""
        if self.ok:
            return f"{self.rows} ⇔ {self.entries}"
        return translate(
            UNBALANCED,
            locale,
            unaudited=sum(self.unaudited.values()),
            missing=sum(self.missing.values()),
            where=", ".join(self.examples),
        )


@dataclass
class Written:
    """What the log says was written: the calls, and what became of each row."""

    calls: set[Stamp] = field(default_factory=set)
    inserted: set[Place] = field(default_factory=set)
    last: dict[Place, str] = field(default_factory=dict)

    def without_entry(self, rows: Mapping[Place, Stamp]) -> set[Place]:
        """Rows whose insertion or last change no call tells of."""
        return {place for place, stamp in rows.items() if place not in self.inserted or stamp not in self.calls}

    def without_row(self, rows: Mapping[Place, Stamp]) -> set[Place]:
        """Rows that were inserted, never deleted, and are not there."""
        return {place for place in self.inserted - rows.keys() if self.last[place] != "delete"}


@dataclass(frozen=True)
class Reconciliation:
    """Reads rows as the application and entries as the auditor; neither could change what it compares."""

    database: Database

    def run(self, tenants: Sequence[UUID] | None = None) -> Balance:
        """Compare these tenants, or all that have entries and the installation's first one."""
        unaudited: Counter[str] = Counter()
        missing: Counter[str] = Counter()
        examples: list[str] = []
        rows = entries = 0
        with psycopg.connect(self.database.audit_url) as audit:
            for tenant in self._tenants(audit) if tenants is None else tenants:
                before = self._written(audit, tenant)
                found = dict(self._rows(tenant))
                odd, gone = before.without_entry(found), before.without_row(found)
                if odd or gone:
                    # Entries are only ever added, and commit with their rows: what was written
                    # meanwhile has its entry by now, and what was deleted too.
                    after = self._written(audit, tenant)
                    odd, gone = after.without_entry(found), after.without_row(found) & gone
                rows, entries = rows + len(found), entries + len(before.calls)
                unaudited.update(table for table, _ in odd)
                missing.update(table for table, _ in gone)
                examples += [f"{table} {id}" for table, id in sorted(odd | gone)]
        return Balance(rows, entries, dict(unaudited), dict(missing), tuple(examples[:EXAMPLES]))

    def _tenants(self, audit: "psycopg.Connection[Any]") -> list[UUID]:
        with self.database.transaction(None) as session:
            first = session.connection().execute(FIRST_TENANT).scalar()
        found = {row[0] for row in audit.execute(TENANTS)} | ({first} if first else set())
        audit.commit()
        return sorted(found)

    @staticmethod
    def _written(audit: "psycopg.Connection[Any]", tenant: UUID) -> Written:
        found = Written()
        with audit.transaction(), audit.cursor("writes") as cursor:
            cursor.itersize = FETCH
            for request, at, table, pk, op in cursor.execute(WRITES, (tenant,)):
                found.calls.add((request, at))
                if table is not None:
                    place = (table, pk)
                    found.last[place] = op
                    if op == "insert":
                        found.inserted.add(place)
        return found

    def _rows(self, tenant: UUID) -> Iterator[tuple[Place, Stamp]]:
        with self.database.transaction(tenant) as session:
            raw = session.connection().connection.driver_connection
            assert isinstance(raw, psycopg.Connection)
            for schema, name in session.connection().execute(TABLES).all():
                query = ROWS.format(sql.Identifier(schema, name))
                for id, request, updated_at in raw.execute(query, (tenant,)):
                    yield (f"{schema}.{name}", id), (request, updated_at)
