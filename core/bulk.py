"""Very many new rows at once (*carga masiva*): stamped and sealed like any other, told as one change.

The flush of a session tells every row by itself, which nobody reads for a hundred thousand
rows and which the log would keep a hundred thousand times. Here they go a thousand to a statement, in
the same transaction; the preview and the audit entry hold their number and a digest over the
ids and checksums of all of them, so that each row's first version is vouched for all the
same. (COPY itself is closed to them: PostgreSQL has none where rows are secured.)
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Column, Numeric, inspect
from sqlalchemy.dialects.postgresql import dialect
from sqlmodel import Session

from core.database import driven
from core.identifiers import new_id
from core.records import AUDIT_FIELDS, Record
from core.stamping import UNSEALED, RowChange, TenantSession, _from_where, _later, plain

SEALED: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
Shape: TypeAlias = Callable[[Any], Any]
BATCH: Final = 1000  # rows of one statement
FEW: Final = 2000  # rows that a preview lists one by one; more are told by number and digest


@dataclass(frozen=True)
class Copied:
    """How many rows were copied in, their ids in order, and the digest that vouches for them."""

    ids: list[UUID]
    digest: str


def put_in(session: Session, kind: type[Record], rows: Sequence[Mapping[str, Any]], batch: UUID) -> None:
    """Add new records of `kind`: a few one by one, as a preview lists them; many at once, as `copy_in` does."""
    if len(rows) > FEW:
        copy_in(session, kind, rows, batch)
    else:
        session.add_all(kind(**row) for row in rows)


def copy_in(session: Session, kind: type[Record], rows: Iterable[Mapping[str, Any]], batch: UUID) -> Copied:
    """Put new records of `kind` into the tenant of `session`; each of `rows` holds their own fields.

    For imports alone: whoever approves sees how many rows there will be, not which.

    Args:
        session: the one that a tool was given.
        kind: the class of the records.
        rows: all fields of `kind` that have no default, and any others of its own; an `id`
            if something else refers to it.
        batch: the id of the record that stands for the whole, such as an import.

    Raises:
        KeyError: a row misses a field.
    """
    assert isinstance(session, TenantSession)
    session.flush()  # what the rows refer to must be there
    table = str(inspect(kind).local_table.fullname)
    stamps: dict[str, Any] = _from_where(session) | {
        "tenant_id": session.actor.tenant_id, "organization_id": session.actor.organization_id,
        "created_at": session.now, "version": 1, "created_by_user_id": session.actor.user_id,
        "created_by_agent_id": session.actor.agent, "compliance_flags": [], "gdpr_consent": {}, "tags": [],
    }  # fmt: skip
    own = [column for column in inspect(kind).columns if column.key not in AUDIT_FIELDS]
    said_of, statement = _saying(kind, own, stamps), _statement(table, own, stamps)
    together, ids, waiting = hashlib.sha256(), [], list[tuple[str, str]]()
    connection = session.connection()

    def write() -> None:
        texts, sums = [text for text, _ in waiting], [checksum for _, checksum in waiting]
        driven(connection, statement, {"rows": f"[{','.join(texts)}]", "checksums": sums, **_constants(stamps)})
        waiting.clear()

    for row in rows:
        id = row.get("id") or new_id()
        text = said_of(id, row)
        checksum = hashlib.sha256(text.encode()).hexdigest()
        together.update(f"{id} {checksum}\n".encode())
        ids.append(id)
        waiting.append((text, checksum))
        if len(waiting) == BATCH:
            write()
    if waiting:
        write()
    digest = together.hexdigest()
    told = {"rows": len(ids), "digest": digest}
    session.changes.append(RowChange(table, batch, "insert", 0, {}, told, session.actor.organization_id))
    return Copied(ids, digest)


def _constants(stamps: Mapping[str, Any]) -> dict[str, Any]:
    """The stamps that the checksum does not cover: those of the whole batch."""
    return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in stamps.items()
            if name in UNSEALED and value is not None}  # fmt: skip


def _statement(table: str, own: list[Column[Any]], stamps: Mapping[str, Any]) -> str:
    """What is sealed is what is stored: the very text that the checksum is over becomes the row."""
    read = {"tenant_id": "uuid", "id": "uuid", "version": "integer", "tags": "text[]"}
    postgresql = dialect()  # type: ignore[no-untyped-call]
    read |= {column.key: column.type.compile(postgresql) for column in own}
    fields = ", ".join(f'"{name}" {kind}' for name, kind in read.items())
    names = [f'"{name}"' for name in read]
    constant = list(_constants(stamps))
    heads = ", ".join((*names, '"checksum"', *constant))
    # A later field that is empty says nothing, but its column may ask for a text.
    empty = {f'"{c.key}"' for c in own if c.info.get("later") and not c.nullable}
    given = [f"coalesce(r.{name}, '')" if name in empty else f"r.{name}" for name in names]
    values = ", ".join((*given, "r.checksum", *(f"%({name})s" for name in constant)))
    columns = ", ".join((*names, '"checksum"'))
    return (
        f"INSERT INTO {table} ({heads}) SELECT {values} FROM ROWS FROM ("
        f"json_to_recordset(%(rows)s::json) AS ({fields}), unnest(%(checksums)s::text[])) AS r ({columns})"
    )


def _saying(
    kind: type[Record], own: list[Column[Any]], stamps: Mapping[str, Any]
) -> Callable[[UUID, Mapping[str, Any]], str]:  # fmt: skip
    """What a row says, as `core.stamping.checksum` writes it of an object."""
    later = _later(kind)
    sealed = {column.key for column in inspect(kind).columns if column.key not in UNSEALED}
    shared = {name: plain(stamps.get(name)) for name in sealed & AUDIT_FIELDS if name not in later}
    fields = [(c.key, c.key in later, _shape(c), kind.model_fields[c.key]) for c in own]

    def said(id: UUID, row: Mapping[str, Any]) -> str:
        found = dict(shared, id=str(id))
        for name, is_later, shape, field in fields:
            # A field without a default must be there: a KeyError names it.
            given = name in row or field.is_required()
            value = row[name] if given else field.get_default(call_default_factory=True)
            if not (is_later and value in (None, "")):
                found[name] = None if value is None else shape(value)
        return SEALED.encode(found)

    return said


def _shape(column: Column[Any]) -> Shape:
    """How a column's values are written into the checksum."""
    if isinstance(column.type, Numeric) and column.type.scale is not None:
        step = Decimal(1).scaleb(-column.type.scale)
        return lambda value: str(value.quantize(step))
    return plain
