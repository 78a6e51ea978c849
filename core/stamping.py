"""Stamping: who, when, from where, version and checksum of every record, as it is flushed.

The session's listeners do it, so that no tool can forget it or lie about it. They also
collect each change for the preview and the audit, which is why a tool may write only
through the session: a bulk statement would pass by unseen, and is refused.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Numeric, event, inspect
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import Session

from core.clock import utc_now
from core.context import Actor, Origin
from core.records import AUDIT_FIELDS, Record

Operation: TypeAlias = Literal["insert", "update", "delete"]
UNSEALED: Final = AUDIT_FIELDS - {"tenant_id", "id", "version", "deleted_at", "tags", "notes"}
REMARKS: Final = frozenset({"notes", "tags", "compliance_flags", "gdpr_consent"})  # a tool's to set, as its own fields
ORIGINS: Final = ("created_at", "created_by_user_id", "created_by_agent_id")  # said once, by the insert


@dataclass(frozen=True)
class RowChange:
    """One row that a call inserts, updates or deletes, with the business fields that differ."""

    table: str
    id: UUID
    op: Operation  # what was soft-deleted and is brought back is an insert too
    version: int  # before the change; 0 for what never was
    before: dict[str, Any]
    after: dict[str, Any]
    organization_id: UUID | None = None  # whose row it is, within the tenant


class TenantSession(Session):
    """The session that tools get: stamps records, collects changes, refuses bulk writes."""

    def __init__(self, *args: Any, actor: Actor, origin: Origin, **kwargs: Any) -> None:
        """Remember who acts and from where, for the stamps."""
        super().__init__(*args, **kwargs)
        self.actor, self.origin = actor, origin
        self.now = utc_now()  # replaced by the database's clock when the tenant is entered
        self.changes: list[RowChange] = []


def plain(value: Any) -> Any:
    """`value` as JSON holds it: decimals, dates and ids as text, instants in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def values_of(record: Record, hidden: frozenset[str] = AUDIT_FIELDS) -> dict[str, Any]:
    """The record's fields but the `hidden` ones, as the database will hold them."""
    found = {}
    for column in inspect(type(record)).columns:
        if column.key in hidden:
            continue
        value = getattr(record, column.key)
        if isinstance(value, Decimal) and isinstance(column.type, Numeric) and column.type.scale is not None:
            value = value.quantize(Decimal(1).scaleb(-column.type.scale))
        found[column.key] = plain(value)
    return found


def told_of(record: Record) -> dict[str, Any]:
    """What a preview and the log tell of the record: its own fields, and the remarks that there are."""
    remarks = values_of(record, AUDIT_FIELDS - REMARKS)
    return {name: value for name, value in remarks.items() if value or name not in REMARKS}


@cache
def _later(kind: type[Record]) -> frozenset[str]:
    return frozenset(column.key for column in inspect(kind).columns if column.info.get("later"))


def checksum(record: Record) -> str:
    """SHA-256 over what the record says, its key and its version.

    An empty field that a later migration added says nothing: rows from before it still fit.
    """
    later = _later(type(record))
    found = values_of(record, UNSEALED).items()
    sealed = {name: value for name, value in found if name not in later or value not in (None, "")}
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@event.listens_for(TenantSession, "before_flush")
def stamp(session: TenantSession, flush: UOWTransaction, instances: object) -> None:
    """Fill the audit fields of all new and changed records, and note each change."""
    for record in session.new:
        if isinstance(record, Record):
            _stamp_new(session, record)
    for record in session.dirty:
        if isinstance(record, Record) and session.is_modified(record):
            _stamp_changed(session, record)
    for record in session.deleted:
        if isinstance(record, Record):
            before = told_of(record) | _olds(record)
            session.changes.append(
                RowChange(_table(record), record.id, "delete", record.version, before, {}, record.organization_id)
            )


def _table(record: Record) -> str:
    return str(inspect(type(record)).local_table.fullname)


def _from_where(session: TenantSession) -> dict[str, Any]:
    """Who, when and from where: the fields that each write fills anew."""
    origin, actor = session.origin, session.actor
    return {
        "ip_address": origin.ip_address,
        "user_agent": origin.user_agent,
        "geo_location": origin.geo_location,
        "device_fingerprint": origin.device_fingerprint,
        "session_id": origin.session_id,
        "request_id": origin.request_id,
        "updated_at": session.now,
        "updated_by_user_id": actor.user_id,
        "updated_by_agent_id": actor.agent,
    }


def _olds(record: Record) -> dict[str, Any]:
    """What the changed fields said before, of those that a tool may set."""
    changed = [a for a in inspect(record).attrs if a.key not in AUDIT_FIELDS - REMARKS and a.history.has_changes()]
    return {a.key: plain(a.history.deleted[0]) if a.history.deleted else None for a in changed}


def _stamp_new(session: TenantSession, record: Record) -> None:
    actor = session.actor
    # Of a row that was never stored nothing is remembered: its fields are filled without a word to the ORM.
    record.__dict__.update(
        _from_where(session),
        tenant_id=actor.tenant_id,
        organization_id=record.organization_id or actor.organization_id,
        created_at=session.now,
        version=1,
        created_by_user_id=actor.user_id,
        created_by_agent_id=actor.agent,
    )
    record.checksum = checksum(record)
    session.changes.append(
        RowChange(_table(record), record.id, "insert", 0, {}, told_of(record), record.organization_id)
    )


def _stamp_changed(session: TenantSession, record: Record) -> None:
    for name in ORIGINS:
        history = inspect(record).attrs[name].history
        if history.deleted:
            setattr(record, name, history.deleted[0])
    before = _olds(record)
    turned = inspect(record).attrs.deleted_at.history.has_changes()
    deleted, restored = turned and record.deleted_at is not None, turned and record.deleted_at is None
    if deleted:
        record.deleted_at = session.now
        record.deleted_by_user_id, record.deleted_by_agent_id = session.actor.user_id, session.actor.agent
        before = told_of(record) | before
    if restored:
        record.deleted_by_user_id = record.deleted_by_agent_id = None
    version = record.version
    record.version = version + 1
    for name, value in _from_where(session).items():
        setattr(record, name, value)
    record.checksum = checksum(record)
    now = values_of(record, AUDIT_FIELDS - REMARKS)
    op: Operation = "delete" if deleted else "insert" if restored else "update"
    after = {} if deleted else told_of(record) if restored else {k: v for k, v in now.items() if k in before}
    before = {} if restored else before
    if op == "update" and record.deleted_at is not None:  # a remark on what is deleted, and stays so
        before, after = ({**side, "deleted_at": plain(record.deleted_at)} for side in (before, after))
    session.changes.append(RowChange(_table(record), record.id, op, version, before, after, record.organization_id))


@event.listens_for(TenantSession, "do_orm_execute")
def refuse_bulk_writes(state: ORMExecuteState) -> None:
    """Only records in the session are stamped, previewed and audited."""
    if isinstance(state.statement, UpdateBase):
        raise TypeError("a tool writes records through ctx.session.add, not by bulk statements")
