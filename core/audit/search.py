"""Searching the log within a tenant: by person, agent, tool, record, kind, verdict and time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from core.audit.canonical import parse
from core.audit.entry import opened, subject_keys
from core.audit.vault import Vault
from core.database import Database
from core.errors import NotFound
from core.i18n import N_
from core.keys import Unsealable

FIND: Final = text(
    "SELECT id, body, receipt, leaf_index, tenant_seq FROM soriano_audit.find(CAST(:id AS uuid),"
    " CAST(:operator AS uuid), :agent, :tool, :record, :kind, :verdict, CAST(:turn AS uuid),"
    " CAST(:since AS timestamptz), CAST(:until AS timestamptz), CAST(:older_than AS uuid), CAST(:limit AS integer))"
)
FOLLOWING: Final = text(
    "SELECT id, body, receipt, leaf_index, tenant_seq FROM soriano_audit.following(CAST(:after AS bigint), 100)"
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to look for; what is None does not matter.

    Args:
        operator: the user who acted, by id.
        agent: `executor/cfo`.
        tool: the tool's name.
        record: a record that was changed or concerned, by id; an approval's too.
        kind: `call.denied`, or a whole family: `approval`.
        verdict: `allow`, `deny`, `hold` or `fail`.
        turn: the turn of the chat.
        since, until: from this instant on, and before that one.
        older_than: the entry after which the next page begins.
        limit: at most 1,000.
    """

    operator: UUID | None = None
    agent: str | None = None
    tool: str | None = None
    record: str | None = None
    kind: str | None = None
    verdict: str | None = None
    turn: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    older_than: UUID | None = None
    limit: int = 50


@dataclass(frozen=True)
class Found:
    """One entry as it is shown. `leaf_index` is None while it waits for the sequencer.

    `said` is the body with its sealed parts opened; `sealed` tells that they could not be,
    since they were altered; `erased`, that a data subject's key was destroyed: arguments and
    details then say "borrado (RGPD)".
    """

    id: UUID
    said: Mapping[str, Any]
    body: bytes
    receipt: bytes
    leaf_index: int | None
    tenant_seq: int | None
    sealed: bool = False
    erased: bool = False

    @property
    def at(self) -> datetime:
        """When it happened (UTC)."""
        return datetime.fromisoformat(self.said["at"])


def search(database: Database, vault: Vault, tenant_id: UUID, wanted: Wanted) -> list[Found]:
    """Entries of the tenant that fit, newest first."""
    return _find(database, vault, tenant_id, {"id": None, **asdict(wanted)})


def show(database: Database, vault: Vault, tenant_id: UUID, entry_id: UUID) -> Found:
    """The tenant's entry of that id.

    Raises:
        NotFound: there is none.
    """
    found = _find(database, vault, tenant_id, {**asdict(Wanted(limit=1)), "id": entry_id})
    if not found:
        raise NotFound(what=N_("el asiento de auditoría"), ref=entry_id)
    return found[0]


def following(database: Database, vault: Vault, tenant_id: UUID, after: int) -> list[Found]:
    """The tenant's entries in the tree with numbers above `after`, in their order; a hundred at most."""
    with database.transaction(tenant_id) as session:
        connection = session.connection()
        return shown(vault, connection, tenant_id, connection.execute(FOLLOWING, {"after": after}).all())


def _find(database: Database, vault: Vault, tenant_id: UUID, values: dict[str, Any]) -> list[Found]:
    with database.transaction(tenant_id) as session:
        connection = session.connection()
        return shown(vault, connection, tenant_id, connection.execute(FIND, values).all())


def shown(vault: Vault, connection: Connection, tenant_id: UUID, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Found]:
    """`rows` (id, body, receipt, leaf, number) of the tenant, opened as far as their keys still stand."""
    if not rows:
        return []
    bodies = [parse(bytes(row[1])) for row in rows]
    wanted = {id for said in bodies for id in subject_keys(said)}
    own, standing = vault.secrets(tenant_id), vault.standing(connection, tenant_id, wanted)
    found = []
    for (id, body, receipt, leaf_index, seq), said in zip(rows, bodies, strict=True):
        sealed = erased = False
        try:
            said, erased = opened(said, own, standing)
        except Unsealable:
            sealed = True
        found.append(Found(id, said, bytes(body), bytes(receipt), leaf_index, seq, sealed, erased))
    return found
