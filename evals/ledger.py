"""What a case changed (*libro de cambios*): every row of every table, before and after.

All business tables are compared, not those that a case names: a request that also changes
what nobody asked for is wrong, and only so is it found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import inspect, text
from sqlmodel import select

from core.context import Actor, Origin
from core.identifiers import new_id
from core.records import Record
from core.stamping import TenantSession, values_of
from modules.installation import Installation
from tools.gate.rehearsal import Rehearsal

# Numbers are handed out from it; which one is nobody's wish.
BOOKKEEPING: Final = frozenset({"soriano_core.counter"})
EFFECTS: Final = text("SELECT id, type, payload FROM soriano_platform.outbox WHERE kind = 'effect' ORDER BY id")
THERE: Final = text("SELECT to_regclass(:name) IS NOT NULL")


class Changed(BaseModel):
    """One row that is different: `fields` are all its business fields as they are now."""

    model_config = ConfigDict(frozen=True)

    table: str
    op: Literal["insert", "update", "delete"]
    id: str
    fields: dict[str, Any] = {}


class Sent(BaseModel):
    """One act outside that was asked for."""

    model_config = ConfigDict(frozen=True)

    kind: str
    recipient: str
    subject: str = ""


@dataclass(frozen=True)
class State:
    """All rows of one tenant: table → id → (version, whether deleted); and the effects so far."""

    rows: Mapping[str, Mapping[UUID, tuple[int, bool]]]
    effects: frozenset[UUID]


class Ledger:
    """Compares the tenant's whole database with what it was at the start."""

    def __init__(self, installation: Installation, owner: Actor) -> None:
        """Take down the state that all cases begin with."""
        self.installation, self.owner = installation, owner
        with self._session(None) as session:
            self.kinds = {name: kind for name, kind in _tables().items() if _is_there(session, name)}
            self.before = self._state(session)

    def changes(self, rehearsal: Rehearsal | None) -> tuple[list[Changed], list[Sent]]:
        """What is different now, inside `rehearsal`: rows by table, and acts asked for."""
        with self._session(rehearsal) as session:
            now = self._state(session)
            rows = [row for table in sorted(now.rows) for row in self._differing(session, table, now)]
            sent = [_sent(kind, payload) for id, kind, payload in _effects(session) if id not in self.before.effects]
        return rows, sent

    def _session(self, rehearsal: Rehearsal | None) -> Any:
        return self.installation.gate.transactions.open(self.owner, Origin("eval", new_id()), rehearsal)

    def _state(self, session: TenantSession) -> State:
        rows: dict[str, dict[UUID, tuple[int, bool]]] = {}
        for name, kind in self.kinds.items():
            found = session.connection().execute(
                select(kind.id, kind.version, kind.deleted_at).where(kind.tenant_id == self.owner.tenant_id)
            )
            rows[name] = {id: (version, deleted is not None) for id, version, deleted in found}
        return State(rows, frozenset(id for id, _, _ in _effects(session)))

    def _differing(self, session: TenantSession, table: str, now: State) -> Iterator[Changed]:
        before, after = self.before.rows.get(table, {}), now.rows[table]
        for id in sorted(before.keys() - after.keys()):
            yield Changed(table=table, op="delete", id=str(id))
        for id, (version, deleted) in sorted(after.items()):
            known = before.get(id)
            if known == (version, deleted):
                continue
            record = session.get(self.kinds[table], (self.owner.tenant_id, id))
            assert record is not None
            op: Literal["insert", "update", "delete"] = "insert" if known is None else "update"
            yield Changed(table=table, op="delete" if deleted else op, id=str(id), fields=values_of(record))


def _tables() -> dict[str, type[Record]]:
    """All record classes that have a table, by the table's full name."""
    found: dict[str, type[Record]] = {}
    waiting = list(Record.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if hasattr(kind, "__table__"):
            found[str(inspect(kind).local_table.fullname)] = kind
    return dict(sorted(found.items()))


def _is_there(session: TenantSession, name: str) -> bool:
    quoted = ".".join(f'"{part}"' for part in name.split("."))
    return bool(session.connection().execute(THERE, {"name": quoted}).scalar())


def _effects(session: TenantSession) -> list[tuple[UUID, str, dict[str, Any]]]:
    return [(row[0], row[1], row[2]) for row in session.connection().execute(EFFECTS)]


def _sent(kind: str, payload: Mapping[str, Any]) -> Sent:
    return Sent(kind=kind, recipient=str(payload["recipient"]), subject=str(payload.get("subject", "")))
