"""The verification: recompute every hash, signature and number, and name what is wrong.

It reads one snapshot from the first leaf on, rebuilds the tree beside the stored one, and
stops at the first thing that does not fit. It trusts the keys (files outside the
database) and nothing in the tables.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from core.audit import checkpoint
from core.audit.checkpoint import Checkpoint, NotSigned
from core.audit.sequencer import leaf_bytes, outside
from core.audit.stored import Stored, fault_of
from core.audit.tree import Node, Range, leaf_hash
from core.audit.vault import Vault
from core.errors import AitError
from core.i18n import N_, translate
from core.keys import Keys, Unsealable

SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
ENTRIES: Final = """
SELECT e.id, e.tenant_id, e.body, e.body_hash, e.receipt, l.leaf_index, l.entry_id, l.tenant_id, l.tenant_seq
FROM soriano_audit.entry e FULL JOIN soriano_audit.leaf l ON l.entry_id = e.id
ORDER BY l.leaf_index NULLS LAST, e.id
"""
# In the order in which a growing tree completes them: by last leaf covered, then upwards.
NODES: Final = """
SELECT level, idx, hash FROM soriano_audit.node WHERE level BETWEEN 0 AND 62 AND idx >= 0
ORDER BY (idx::numeric + 1) * power(2::numeric, level), level
"""
STRAY: Final = "SELECT 1 FROM soriano_audit.node WHERE level NOT BETWEEN 0 AND 62 OR idx < 0 LIMIT 1"
CHECKPOINTS: Final = """
SELECT tree_size, root, note, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM soriano_audit.checkpoint ORDER BY tree_size
"""
PENDING: Final = "SELECT entry_id FROM soriano_audit.pending"
MISFILED: Final = """
SELECT coalesce(i.entry_id, l.entry_id)
FROM soriano_audit.leaf l JOIN soriano_audit.entry e ON e.id = l.entry_id
     CROSS JOIN LATERAL soriano_audit.facts(e.body) f
     FULL JOIN soriano_audit.entry_index i ON i.entry_id = l.entry_id
WHERE i.entry_id IS NULL OR l.entry_id IS NULL
   OR (i.tenant_id, i.at, i.kind, i.verdict, i.tool, i.class, i.operator, i.agent, i.turn, i.records)
      IS DISTINCT FROM (e.tenant_id, f.at, f.kind, f.verdict, f.tool, f.class, f.operator, f.agent, f.turn, f.records)
ORDER BY 1 LIMIT 1
"""
DATA_KEYS: Final = "SELECT tenant_id, id, wrapped, subject FROM soriano_audit.data_key ORDER BY id"
FIRST_OF: Final = """
SELECT l.entry_id, l.leaf_index FROM soriano_audit.leaf l WHERE l.tenant_id = %s ORDER BY l.leaf_index LIMIT 1
"""
FETCH: Final = 1000


@dataclass(frozen=True)
class Verification:
    """The result: `ok`, how many entries were checked, and the first thing that is wrong.

    `entry_id` and `leaf_index` name the entry concerned; for a node or a checkpoint, the
    first entry that it covers or that it leaves uncovered.
    """

    ok: bool
    entries: int
    size: int = 0
    root: str = ""
    entry_id: UUID | None = None
    leaf_index: int | None = None
    problem: str = ""

    def told(self, locale: str) -> str:
        """The result in a sentence."""
        if self.ok:
            return translate(
                N_("Auditoría íntegra: {entries} asientos comprobados, raíz {root}."),
                locale,
                entries=self.entries,
                root=self.root[:16],
            )
        return translate(
            N_("Auditoría ALTERADA en el asiento {entry} (hoja {leaf}): {problem}."),
            locale,
            entry=self.entry_id or "—",
            leaf="—" if self.leaf_index is None else self.leaf_index,
            problem=translate(self.problem, locale),
        )


class Altered(AitError):
    """Something in the tables is not what was signed."""

    code = "ait.audit_altered"
    text = N_("Auditoría alterada: {problem}")

    def __init__(self, problem: str, entry_id: UUID | None = None, leaf_index: int | None = None) -> None:
        """Name the entry, its leaf and the problem."""
        super().__init__(problem=problem)
        self.problem, self.entry_id, self.leaf_index = problem, entry_id, leaf_index


class Joined(NamedTuple):
    """An entry beside its leaf; either may be missing."""

    entry: Stored | None
    leaf_index: int | None
    leaf_entry: UUID | None
    leaf_tenant: UUID | None
    tenant_seq: int | None

    @property
    def id(self) -> UUID | None:
        """The entry's id, whichever side knows it."""
        return self.entry.id if self.entry else self.leaf_entry


def verify(connection: psycopg.Connection[Any], keys: Keys, vault: Vault) -> Verification:
    """Check all tables of the log against each other and the keys, in one snapshot."""
    with connection.transaction():
        connection.execute(SNAPSHOT)
        return check(connection, keys, vault)


def check(connection: psycopg.Connection[Any], keys: Keys, vault: Vault) -> Verification:
    """Check what the open transaction sees."""
    work = Check(connection, keys)
    try:
        work.run()
        _check_data_keys(connection, vault)
    except Altered as found:
        return work.failed(found)
    except psycopg.DataError:
        # An infinite date, a number out of range: no value that was ever written.
        return work.failed(Altered(N_("hay un valor que no se puede leer"), work.last, work.tree.size))
    return Verification(True, work.entries, work.tree.size, work.tree.root().hex())


@dataclass
class Check:
    """One verification under way."""

    connection: psycopg.Connection[Any]
    keys: Keys
    tree: Range = field(default_factory=Range)
    entries: int = 0
    seqs: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    roots: dict[int, bytes] = field(default_factory=dict)
    last: UUID | None = None  # the last entry that was found right

    def failed(self, found: Altered) -> Verification:
        """The result that names what was found."""
        return Verification(
            False, self.entries, self.tree.size, self.tree.root().hex(), found.entry_id, found.leaf_index, found.problem
        )

    def run(self) -> None:
        """Check everything; raise at the first thing that is wrong."""
        signed = self._checkpoints()
        kept = self._kept_outside()
        stored = self._nodes()
        pending = {row[0] for row in self.connection.execute(PENDING)}
        wanted = {point.size for point in signed} | ({kept.size} if kept else set())
        for joined in self._joined():
            if joined.leaf_index is None:
                self._check_waiting(joined, pending)
                continue
            self._check_leaf(joined, pending, stored)
            self.last = joined.id
            if self.tree.size in wanted:
                self.roots[self.tree.size] = self.tree.root()
                self._check_signed(signed, joined.id)
        self._check_ends(signed, kept, stored, pending)
        misfiled = self.connection.execute(MISFILED).fetchone()
        if misfiled:
            raise Altered(N_("el índice de búsqueda no dice lo que dice el asiento"), misfiled[0])

    def _joined(self) -> Iterator[Joined]:
        for row in self._stream("entries", ENTRIES):
            entry = None if row[0] is None else Stored(row[0], row[1], row[2], row[3], row[4])
            yield Joined(entry, *row[5:])

    def _stream(self, name: str, query: str) -> Iterator[tuple[Any, ...]]:
        with self.connection.cursor(name) as cursor:
            cursor.itersize = FETCH
            yield from cursor.execute(query)

    def _nodes(self) -> Callable[[], Node | None]:
        rows = self._stream("nodes", NODES)
        return lambda: next((Node(*row) for row in rows), None)

    def _check_waiting(self, joined: Joined, pending: set[UUID]) -> None:
        assert joined.entry is not None
        if joined.entry.id not in pending:
            raise Altered(N_("el asiento no está ni en el árbol ni en espera"), joined.id)
        if fault := fault_of(joined.entry, self.keys):
            raise Altered(fault, joined.id)
        pending.discard(joined.entry.id)
        self.entries += 1

    def _check_leaf(self, joined: Joined, pending: set[UUID], stored: Callable[[], Node | None]) -> None:
        at = self.tree.size
        if joined.leaf_index != at:
            raise Altered(N_("falta una hoja del árbol antes de este asiento"), joined.id, at)
        if joined.entry is None:
            raise Altered(N_("el asiento se ha borrado"), joined.id, at)
        if fault := fault_of(joined.entry, self.keys):
            raise Altered(fault, joined.id, at)
        tenant, seq = joined.entry.tenant_id, joined.tenant_seq
        if joined.leaf_tenant != tenant or seq != self.seqs[tenant] + 1:
            raise Altered(N_("el número de orden de su inquilino no es el siguiente"), joined.id, at)
        if joined.entry.id in pending:
            raise Altered(N_("el asiento está a la vez en el árbol y en espera"), joined.id, at)
        self.seqs[tenant] = seq
        for node in self.tree.append(leaf_hash(leaf_bytes(seq, joined.entry.body))):
            if stored() != node:
                first = node.idx << node.level
                raise Altered(N_("un nodo del árbol no es el que le corresponde"), self._entry_at(first), first)
        self.entries += 1

    def _entry_at(self, leaf_index: int) -> UUID | None:
        """The entry of that leaf, or of the nearest before it."""
        row = self.connection.execute(
            "SELECT entry_id FROM soriano_audit.leaf WHERE leaf_index <= %s ORDER BY leaf_index DESC LIMIT 1",
            (leaf_index,),
        ).fetchone()
        return row[0] if row else None

    def _checkpoints(self) -> list[Checkpoint]:
        found: list[Checkpoint] = []
        for size, root, note, at in self.connection.execute(CHECKPOINTS):
            last = found[-1].size if found else 0
            where = (self._entry_at(size - 1), size - 1)
            try:
                point = checkpoint.read(note, self.keys)
            except NotSigned as error:
                raise Altered(N_("un punto de control no lleva una firma válida"), *where) from error
            if (point.size, point.root, point.at) != (size, bytes(root), at):
                raise Altered(N_("un punto de control no dice lo que firmó"), *where)
            if point.previous != last:
                raise Altered(N_("falta un punto de control"), *where)
            found.append(point)
        return found

    def _check_signed(self, signed: list[Checkpoint], entry_id: UUID | None) -> None:
        size = self.tree.size
        for point in signed:
            if point.size == size and point.root != self.roots[size]:
                raise Altered(N_("la raíz firmada no es la del árbol"), entry_id, size - 1)

    def _kept_outside(self) -> Checkpoint | None:
        path = outside(self.keys)
        if not path.exists():
            return None
        try:
            return checkpoint.read(path.read_text(), self.keys)
        except NotSigned as error:
            raise Altered(N_("el punto de control guardado fuera de la base no lleva una firma válida")) from error

    def _check_ends(
        self,
        signed: list[Checkpoint],
        kept: Checkpoint | None,
        stored: Callable[[], Node | None],
        pending: set[UUID],
    ) -> None:
        size, last = self.tree.size, self.last
        covered = signed[-1].size if signed else 0
        if covered != size:
            first = min(covered, size)
            raise Altered(N_("el último punto de control no cubre todo el árbol"), self._entry_at(first) or last, first)
        if stored() is not None or self.connection.execute(STRAY).fetchone():
            raise Altered(N_("hay un nodo de más en el árbol"), last, size - 1)
        if pending:
            raise Altered(N_("está en espera un asiento que no existe"), min(pending))
        if kept and kept.size > size:
            raise Altered(N_("faltan asientos que ya estaban firmados: la base ha vuelto atrás"), None, size)
        if kept and self.roots.get(kept.size) != kept.root:
            raise Altered(N_("el árbol no continúa el que se guardó fuera de la base"), last, kept.size - 1)


def _check_data_keys(connection: psycopg.Connection[Any], vault: Vault) -> None:
    for tenant, id, wrapped, subject in connection.execute(DATA_KEYS).fetchall():
        try:
            vault.unwrap(tenant, id, bytes(wrapped), subject)
        except Unsealable as error:
            first = connection.execute(FIRST_OF, (tenant,)).fetchone() or (None, None)
            raise Altered(N_("la clave de datos de su inquilino está alterada"), *first) from error
