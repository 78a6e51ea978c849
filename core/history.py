"""A record's history (*historial*): every version that it ever had, read back from the audit log.

The log's entries hold what each write changed, sealed and proven; so the past needs no second
copy, and cannot be told differently from the proof. A version is what the record said after
one call; what was never written through the gate (people's own accounts) has no history.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import inspect
from sqlmodel import Session

from core.audit.log import AuditLog
from core.audit.search import Found, Wanted
from core.context import Actor
from core.errors import Ambiguous, BadArguments, NotFound
from core.i18n import N_
from core.records import Record
from core.stamping import REMARKS, told_of

Operation: TypeAlias = Literal["insert", "update", "delete"]
PAGE: Final = 1000
HIDDEN: Final = re.compile(r"password|secret|csrf|(^|_)hash$")  # never shown, not even to an auditor


class UnknownTable(NotFound):
    """No loaded module has a table of records of that name."""

    code = "ait.unknown_table"
    text = N_("No existe la tabla de registros «{table}». Escriba esquema y tabla, como soriano_crm.customer.")


class NoHistory(NotFound):
    """The log has no write of such a record in this tenant."""

    code = "ait.no_history"
    text = N_("No hay historial de «{ref}» en {table}.")


class NotYet(NotFound):
    """The record was made later than the instant that was asked for."""

    code = "ait.not_yet"
    text = N_("El registro «{ref}» no existía todavía en esa fecha: se creó el {since}.")


class NoLonger(NotFound):
    """The record had been deleted by then."""

    code = "ait.no_longer"
    text = N_("El registro «{ref}» ya estaba borrado en esa fecha: se borró el {since}.")


@dataclass(frozen=True)
class Version:
    """What a record said from `at` on, until the next version.

    Args:
        number: the record's `version` after the call.
        at: when the call began (UTC), which is the record's `updated_at`.
        op: what the call did to it.
        values: the record's own fields and remarks, as JSON holds them; none once deleted.
        changed: the names of those that differ from the version before.
        entry_id: the entry of the log that proves it.
        tool, operator, agent: what was called, by whom, and by which agent on that person's behalf.
        erased: the data subject's key was destroyed: what it said is gone for good.
    """

    number: int
    at: datetime
    op: Operation
    values: Mapping[str, Any]
    changed: tuple[str, ...]
    entry_id: UUID
    tool: str = ""
    operator: UUID | None = None
    agent: str | None = None
    erased: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the command line and REST give it."""
        return {
            "version": self.number,
            "at": self.at.isoformat(),
            "op": self.op,
            "values": None if self.erased else dict(self.values),
            "changed": list(self.changed),
            "tool": self.tool,
            "operator": None if self.operator is None else str(self.operator),
            "agent": self.agent,
            "audit_entry": str(self.entry_id),
            "erased": self.erased,
        }


@dataclass(frozen=True)
class History:
    """All versions of one record, oldest first.

    `complete` tells that they begin with its creation, miss no write between, and end with what
    the record says now: a row that was changed behind the gate's back is not.
    """

    table: str
    id: UUID
    versions: tuple[Version, ...]
    complete: bool = True

    def as_of(self, instant: datetime) -> Version:
        """The version that held at `instant`.

        Raises:
            NotYet, NoLonger: the record did not exist then.
        """
        before = [version for version in self.versions if version.at <= instant]
        if not before:
            raise NotYet(ref=self.id, since=self.versions[0].at.isoformat(timespec="seconds"))
        if before[-1].op == "delete":
            raise NoLonger(ref=self.id, since=before[-1].at.isoformat(timespec="seconds"))
        return before[-1]


def record_types() -> dict[str, type[Record]]:
    """Every kind of record that is loaded, by `schema.table`."""

    def under(kind: type[Record]) -> Iterator[type[Record]]:
        for made in kind.__subclasses__():
            if hasattr(made, "__table__"):
                yield made
            yield from under(made)

    return {str(inspect(kind).local_table.fullname): kind for kind in under(Record)}


def table_named(name: str) -> str:
    """The table that `name` means: `soriano_crm.customer`, `crm.customer`, or `customer` if there is one such.

    Raises:
        UnknownTable: none.
        Ambiguous: several schemas have one of that name.
    """
    known = record_types()
    if name in known:
        return name
    found = sorted(full for full in known if full.endswith(f".{name}") or full == f"soriano_{name}")
    if len(found) > 1:
        raise Ambiguous(field="table", ref=name, choices=", ".join(found))
    if not found:
        raise UnknownTable(table=name[:120])
    return found[0]


def instant_of(text: str, actor: Actor) -> datetime:
    """The instant that `text` means: a date is the close of that day in the tenant's zone.

    Raises:
        BadArguments: it is neither a date nor an instant.
    """
    zone = ZoneInfo(actor.zone)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(day, time(), zone) - timedelta(microseconds=1)
        found = datetime.fromisoformat(text)
        # A plus sign in an address that was not escaped is a blank: the offset is told, not guessed.
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError) as error:
        raise BadArguments(field="at", problem=N_("debe ser una fecha, como 2026-12-01")) from error


def versions(audit: AuditLog, actor: Actor, table: str, id: UUID) -> History:
    """Every version of the record `id` of `table` in the actor's tenant.

    Raises:
        UnknownTable, Ambiguous: there is no such table, or several.
        NoHistory: the log has no write of that record in this tenant.
    """
    full = table_named(table)
    telling = _Telling()
    for found in _entries(audit, actor, id):
        for row in found.said.get("effect", ()):
            if row["table"] == full and row["pk"] == str(id):
                telling.note(found, row)
    if not telling.rows:
        raise NoHistory(ref=id, table=full)
    with audit.database.transaction(actor.tenant_id) as session:
        kind = record_types()[full]
        return telling.history(full, id, _now(session, kind, actor.tenant_id, id))


def as_of(audit: AuditLog, actor: Actor, table: str, id: UUID, instant: datetime) -> Version:
    """The record as it stood at `instant`.

    Raises:
        UnknownTable, Ambiguous, NoHistory: as `versions`.
        NotYet, NoLonger: it did not exist then.
    """
    return versions(audit, actor, table, id).as_of(instant)


def _entries(audit: AuditLog, actor: Actor, id: UUID) -> Iterator[Found]:
    older_than = None
    while True:
        page = audit.search(actor, Wanted(record=str(id), older_than=older_than, limit=PAGE))
        yield from page
        if len(page) < PAGE:
            return
        older_than = page[-1].id


def _now(session: Session, kind: type[Record], tenant_id: UUID, id: UUID) -> tuple[int, dict[str, Any] | None] | None:
    """The row's version and what it says now; nothing said if it is deleted, None if it is gone."""
    row = session.get(kind, (tenant_id, id))
    if row is None:
        return None
    return row.version, told_of(row) if row.deleted_at is None else None


@dataclass
class _Telling:
    """Puts the writes of one record in order and runs them through."""

    rows: list[tuple[Found, Mapping[str, Any]]] = field(default_factory=list)

    def note(self, found: Found, row: Mapping[str, Any]) -> None:
        self.rows.append((found, row))

    def history(self, table: str, id: UUID, now: tuple[int, dict[str, Any] | None] | None) -> History:
        # By the version each write began from: an entry's time is that of its call's beginning.
        ordered = sorted(self.rows, key=lambda row: (row[1]["version"], row[0].id))
        state: dict[str, Any] = {}
        made: list[Version] = []
        whole = ordered[0][1]["version"] == 0
        unreadable = gone = False
        for at, (found, row) in enumerate(ordered):
            following = ordered[at + 1][1]["version"] if at + 1 < len(ordered) else None
            unreadable = unreadable or found.sealed or getattr(found, "erased", False)
            before, after = row.get("before", {}), row.get("after", {})
            if gone and row["op"] != "insert":
                continue  # a remark on what is deleted, or its erasure; it stays so
            whole = whole and (gone or unreadable or all(_same(state.get(name), old) for name, old in before.items()))
            gone = row["op"] == "delete"
            left = {} if row["op"] == "insert" else {k: v for k, v in state.items() if k not in before}
            state = {} if gone else {k: v for k, v in {**left, **after}.items() if v or k not in REMARKS}
            number = following if following is not None else _last(row, now)
            whole = whole and (following is not None or now is None or number == now[0])
            made.append(self._version(found, row, number, state, unreadable, made[-1].at if made else None))
        said = None if now is None else now[1]
        ends = unreadable or (said is None) == gone and (said is None or _told(state) == _told(said))
        return History(table, id, tuple(made), whole and ends)

    @staticmethod
    def _version(
        found: Found, row: Mapping[str, Any], number: int, state: Mapping[str, Any], erased: bool, last: datetime | None
    ) -> Version:
        who = found.said.get("actor", {})
        changed = sorted({*row.get("before", {}), *row.get("after", {})})
        return Version(
            number=number,
            at=found.at if last is None else max(found.at, last),
            op=row["op"],
            values={} if erased else {k: "•••" if HIDDEN.search(k) and v else v for k, v in state.items()},
            changed=tuple(changed),
            entry_id=found.id,
            tool=found.said.get("tool", ""),
            operator=UUID(who["operator"]) if who.get("operator") else None,
            agent=who.get("agent"),
            erased=erased,
        )


def _last(row: Mapping[str, Any], now: tuple[int, dict[str, Any] | None] | None) -> int:
    """The version after the last write: a call may flush a row more than once."""
    least = int(row["version"]) + 1
    return least if now is None else max(now[0], least)


def _same(ours: Any, theirs: Any) -> bool:
    """A remark that is empty is as good as none."""
    return ours == theirs or (_empty(ours) and _empty(theirs))


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not _empty(value)}
