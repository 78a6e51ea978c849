"""The verification: recompute every hash, signature and number, and name what is wrong.

It reads one snapshot from the first leaf on, rebuilds the tree beside the stored one, and
stops at the first thing that does not fit. It trusts the keys (files outside the
database) and nothing in the tables.

Receipts are checked by the running hash that each checkpoint signs, and one by one where
there is none, where the hash differs (to name the entry), or where all are asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from core.audit import checkpoint
from core.audit.checkpoint import Checkpoint, NotSigned, grow
from core.audit.sequencer import leaf_bytes, outside
from core.audit.stored import NOT_ITS_RECEIPT, Stored, fault_of, receipt_holds, said_by
from core.audit.tree import EMPTY_ROOT, Node, Range, leaf_hash
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
KEY_DESTROYED: Final = "key.destroyed"
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


def verify(connection: psycopg.Connection[Any], keys: Keys, vault: Vault, *, receipts: bool = False) -> Verification:
    """Check all tables of the log against each other and the keys, in one snapshot."""
    with connection.transaction():
        connection.execute(SNAPSHOT)
        return check(connection, keys, vault, receipts=receipts)


def check(connection: psycopg.Connection[Any], keys: Keys, vault: Vault, *, receipts: bool = False) -> Verification:
    """Check what the open transaction sees."""
    work = Check(connection, keys, receipts)
    try:
        work.run()
        work.check_data_keys(vault)
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
    all_receipts: bool = False
    tree: Range = field(default_factory=Range)
    entries: int = 0
    seqs: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    roots: dict[int, bytes] = field(default_factory=dict)
    last: UUID | None = None  # the last entry that was found right
    receipts: bytes = EMPTY_ROOT  # the running hash
    batch: list[tuple[Stored, dict[str, Any]]] = field(default_factory=list)  # since the last checkpoint
    # By tenant and data key: the first entry that it seals, and its leaf.
    sealed_by: dict[tuple[UUID, str], tuple[UUID, int | None]] = field(default_factory=dict)
    destroyed: set[tuple[UUID, str]] = field(default_factory=set)

    def failed(self, found: Altered) -> Verification:
        """The result that names what was found."""
        return Verification(
            False, self.entries, self.tree.size, self.tree.root().hex(), found.entry_id, found.leaf_index, found.problem
        )

    def run(self) -> None:
        """Check everything; raise at the first thing that is wrong."""
        signed = {point.size: point for point in self._checkpoints()}
        kept = self._kept_outside()
        stored = self._nodes()
        pending = {row[0] for row in self.connection.execute(PENDING)}
        wanted = set(signed) | ({kept.size} if kept else set())
        for joined in self._joined():
            if joined.leaf_index is None:
                self._check_waiting(joined, pending)
                continue
            self._check_leaf(joined, pending, stored)
            self.last = joined.id
            if self.tree.size in wanted:
                self.roots[self.tree.size] = self.tree.root()
                self._check_signed(signed.get(self.tree.size), joined.id)
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
        said = said_by(joined.entry, self.keys)
        assert not isinstance(said, str)
        self._note_keys(joined.entry, said, None)
        pending.discard(joined.entry.id)
        self.entries += 1

    def _check_leaf(self, joined: Joined, pending: set[UUID], stored: Callable[[], Node | None]) -> None:
        at = self.tree.size
        if joined.leaf_index != at:
            raise Altered(N_("falta una hoja del árbol antes de este asiento"), joined.id, at)
        if joined.entry is None:
            raise Altered(N_("el asiento se ha borrado"), joined.id, at)
        said = said_by(joined.entry, self.keys)
        if isinstance(said, str):
            raise Altered(said, joined.id, at)
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
        self._note_keys(joined.entry, said, at)
        self.receipts = grow(self.receipts, joined.entry.receipt)
        self.batch.append((joined.entry, said))
        self.entries += 1

    def _note_keys(self, entry: Stored, said: dict[str, Any], leaf: int | None) -> None:
        """Remember which data keys the entry needs and which it tells to be gone."""
        for id in (said["dek"], *said.get("subjects", ())):
            self.sealed_by.setdefault((entry.tenant_id, id), (entry.id, leaf))
        if said["kind"] == KEY_DESTROYED:
            self.destroyed.update((entry.tenant_id, id) for id in said.get("destroyed", ()))

    def _check_receipts(self, signed: bytes | None) -> None:
        """Check the receipts of the leaves since the last checkpoint."""
        if self.all_receipts or self.receipts != signed:
            first = self.tree.size - len(self.batch)
            for leaf, (entry, said) in enumerate(self.batch, first):
                if not receipt_holds(entry, said, self.keys):
                    raise Altered(NOT_ITS_RECEIPT, entry.id, leaf)
            if signed is not None and self.receipts != signed:
                raise Altered(N_("los acuses no son los que se firmaron"), self.last, self.tree.size - 1)
        self.receipts = signed or EMPTY_ROOT
        self.batch.clear()

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

    def _check_signed(self, point: Checkpoint | None, entry_id: UUID | None) -> None:
        if point is None:
            return
        if point.root != self.roots[point.size]:
            raise Altered(N_("la raíz firmada no es la del árbol"), entry_id, point.size - 1)
        self._check_receipts(point.receipts)

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
        signed: dict[int, Checkpoint],
        kept: Checkpoint | None,
        stored: Callable[[], Node | None],
        pending: set[UUID],
    ) -> None:
        size, last = self.tree.size, self.last
        covered = max(signed, default=0)
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

    def check_data_keys(self, vault: Vault) -> None:
        """Check that each key that seals an entry stands unaltered, or was destroyed by an entry that says so."""
        for tenant, id, wrapped, subject in self.connection.execute(DATA_KEYS).fetchall():
            try:
                vault.unwrap(tenant, id, bytes(wrapped), subject)
            except Unsealable as error:
                named = self.sealed_by.get((tenant, str(id))) or self.connection.execute(FIRST_OF, (tenant,)).fetchone()
                where = named or (None, None)
                raise Altered(N_("la clave de datos de su inquilino está alterada"), *where) from error
            self.sealed_by.pop((tenant, str(id)), None)
        for key, first in self.sealed_by.items():
            if key not in self.destroyed:
                raise Altered(N_("falta su clave de datos, y ningún asiento dice que se destruyera"), *first)
