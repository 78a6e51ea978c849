"""The verification: recompute every hash, signature and number, and name what is wrong.

It reads one snapshot from the first leaf on, rebuilds the tree beside the stored one, and
stops at the first thing that does not fit. It trusts the keys (files outside the
database) and nothing in the tables.

Receipts are checked by the running hash that each checkpoint signs, and one by one where
there is none, where the hash differs (to name the entry), or where all are asked for.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from core.audit import checkpoint
from core.audit.checkpoint import Checkpoint, NotSigned, grow
from core.audit.sequencer import leaf_bytes, outside
from core.audit.stored import NOT_ITS_RECEIPT, Stored, fault_of, receipt_holds, said_by, said_in
from core.audit.tree import EMPTY_ROOT, Range, leaf_hash
from core.audit.vault import Vault
from core.errors import AitError
from core.i18n import N_, translate
from core.keys import Keys, Unsealable

SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
# By leaf, in the order of the tree, so that nothing is sorted; ids as the text that entries say.
LEAVES: Final = """
SELECT l.leaf_index, l.entry_id::text, l.tenant_id::text, l.tenant_seq,
       e.tenant_id::text, e.body, e.body_hash, e.receipt,
       i.tenant_id::text, to_char(i.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), i.kind, i.verdict,
       i.tool, i.class, i.operator::text, i.agent, i.turn::text, i.records
FROM soriano_audit.leaf l
     LEFT JOIN soriano_audit.entry e ON e.id = l.entry_id
     LEFT JOIN soriano_audit.entry_index i ON i.entry_id = l.entry_id
ORDER BY l.leaf_index
"""
WAITING: Final = """
SELECT e.id, e.tenant_id, e.body, e.body_hash, e.receipt
FROM soriano_audit.entry e LEFT JOIN soriano_audit.leaf l ON l.entry_id = e.id WHERE l.entry_id IS NULL ORDER BY e.id
"""
# The nodes that the leaves %s … %s − 1 complete, level by level.
NODES: Final = """
SELECT at.level, n.idx, n.hash FROM generate_series(0, 62) AS at (level), LATERAL (
  SELECT idx, hash FROM soriano_audit.node
  WHERE level = at.level::smallint AND idx >= (%s::bigint >> at.level) AND idx < (%s::bigint >> at.level) OFFSET 0
) AS n ORDER BY 1, 2
"""
NODES_HASHED: Final = (
    f"SELECT sha256(string_agg(hash, '' ORDER BY level, idx)) FROM ({NODES}) AS completed (level, idx, hash)"
)
ALL_NODES: Final = "SELECT count(*) FROM soriano_audit.node"
CHECKPOINTS: Final = """
SELECT tree_size, root, note, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM soriano_audit.checkpoint ORDER BY tree_size
"""
PENDING: Final = "SELECT entry_id FROM soriano_audit.pending"
# An index row without its leaf; the others are compared with what their entries say.
MISFILED: Final = """
SELECT i.entry_id FROM soriano_audit.entry_index i LEFT JOIN soriano_audit.leaf l ON l.entry_id = i.entry_id
WHERE l.entry_id IS NULL ORDER BY 1 LIMIT 1
"""
DATA_KEYS: Final = "SELECT tenant_id, id, wrapped, subject FROM soriano_audit.data_key ORDER BY id"
FIRST_OF: Final = """
SELECT l.entry_id::text, l.leaf_index FROM soriano_audit.leaf l WHERE l.tenant_id = %s ORDER BY l.leaf_index LIMIT 1
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


class Leaf(NamedTuple):
    """A leaf beside its entry and its index row; what is missing is None. Ids are text."""

    leaf_index: int
    entry_id: str
    leaf_tenant: str
    tenant_seq: int
    tenant: str | None
    body: bytes
    body_hash: bytes
    receipt: bytes
    indexed: tuple[object, ...]

    @property
    def id(self) -> UUID:
        """The entry's id."""
        return UUID(self.entry_id)


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
        last = UUID(work.last) if work.last else None
        return work.failed(Altered(N_("hay un valor que no se puede leer"), last, work.tree.size))
    return Verification(True, work.entries, work.tree.size, work.tree.root().hex())


@dataclass
class Check:
    """One verification under way."""

    connection: psycopg.Connection[Any]
    keys: Keys
    all_receipts: bool = False
    tree: Range = field(default_factory=Range)
    entries: int = 0
    seqs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    roots: dict[int, bytes] = field(default_factory=dict)
    last: str = ""  # the last entry that was found right
    receipts: bytes = EMPTY_ROOT  # the running hash
    batch: list[tuple[Leaf, dict[str, Any]]] = field(default_factory=list)  # since the last checkpoint
    # By tenant and data key: the first entry that it seals, and its leaf.
    sealed_by: dict[tuple[str, str], tuple[str, int | None]] = field(default_factory=dict)
    destroyed: set[tuple[str, str]] = field(default_factory=set)

    def failed(self, found: Altered) -> Verification:
        """The result that names what was found."""
        return Verification(
            False, self.entries, self.tree.size, self.tree.root().hex(), found.entry_id, found.leaf_index, found.problem
        )

    def run(self) -> None:
        """Check everything; raise at the first thing that is wrong."""
        signed = {point.size: point for point in self._checkpoints()}
        kept = self._kept_outside()
        wanted = set(signed) | ({kept.size} if kept else set())
        for rows in self._chunks():
            begun, completed = self.tree.size, defaultdict[int, list[bytes]](list)
            for row in rows:
                leaf = Leaf._make((*row[:8], row[8:]))
                self._check_leaf(leaf, completed)
                if self.tree.size in wanted:
                    self._check_nodes(begun, completed)
                    begun, completed = self.tree.size, defaultdict(list)
                    self.roots[self.tree.size] = self.tree.root()
                    self._check_signed(signed.get(self.tree.size), leaf.id)
            self._check_nodes(begun, completed)
        pending = {row[0] for row in self.connection.execute(PENDING)}
        for row in self.connection.execute(WAITING).fetchall():
            self._check_waiting(Stored(*row), pending)
        self._check_ends(signed, kept, pending)
        misfiled = self.connection.execute(MISFILED).fetchone()
        if misfiled:
            raise Altered(N_("el índice de búsqueda no dice lo que dice el asiento"), misfiled[0])

    def _chunks(self) -> Iterator[list[tuple[Any, ...]]]:
        """The leaves, some at a time; the next ones are fetched while these are looked at."""
        with self.connection.cursor("leaves") as cursor, ThreadPoolExecutor(1) as ahead:
            cursor.execute(LEAVES, binary=True)
            coming = ahead.submit(cursor.fetchmany, FETCH)
            while rows := coming.result():
                coming = ahead.submit(cursor.fetchmany, FETCH)
                yield rows

    def _check_waiting(self, entry: Stored, pending: set[UUID]) -> None:
        if entry.id not in pending:
            raise Altered(N_("el asiento no está ni en el árbol ni en espera"), entry.id)
        if fault := fault_of(entry, self.keys):
            raise Altered(fault, entry.id)
        said = said_by(entry, self.keys)
        assert not isinstance(said, str)
        self._note_keys(entry.tenant_id, entry.id, said, None)
        pending.discard(entry.id)
        self.entries += 1

    def _check_leaf(self, leaf: Leaf, completed: dict[int, list[bytes]]) -> None:
        at = self.tree.size
        if leaf.leaf_index != at:
            raise Altered(N_("falta una hoja del árbol antes de este asiento"), leaf.id, at)
        if leaf.tenant is None:
            raise Altered(N_("el asiento se ha borrado"), leaf.id, at)
        said = said_in(leaf.entry_id, leaf.tenant, leaf.body, leaf.body_hash, self.keys.origin)
        if isinstance(said, str):
            raise Altered(said, leaf.id, at)
        seq = leaf.tenant_seq
        if leaf.leaf_tenant != leaf.tenant or seq != self.seqs[leaf.tenant] + 1:
            raise Altered(N_("el número de orden de su inquilino no es el siguiente"), leaf.id, at)
        if leaf.indexed != index_of(said):
            raise Altered(N_("el índice de búsqueda no dice lo que dice el asiento"), leaf.id, at)
        self.seqs[leaf.tenant] = seq
        for level, _, hash in self.tree.append(leaf_hash(leaf_bytes(seq, leaf.body))):
            completed[level].append(hash)
        self._note_keys(leaf.tenant, leaf.entry_id, said, at)
        self.receipts = grow(self.receipts, leaf.receipt)
        self.batch.append((leaf, said))
        self.last = leaf.entry_id
        self.entries += 1

    def _check_nodes(self, begun: int, completed: dict[int, list[bytes]]) -> None:
        """Compare the nodes that the leaves from `begun` on completed with the stored ones."""
        if not completed:
            return
        span = (begun, self.tree.size)
        whole = hashlib.sha256(b"".join(hash for _, hashes in sorted(completed.items()) for hash in hashes)).digest()
        if self.connection.execute(NODES_HASHED, span).fetchone() == (whole,):
            return
        stored = {(level, idx): hash for level, idx, hash in self.connection.execute(NODES, span)}
        for level, hashes in sorted(completed.items()):
            for idx, hash in enumerate(hashes, begun >> level):
                if stored.get((level, idx)) != hash:
                    first = idx << level
                    raise Altered(N_("un nodo del árbol no es el que le corresponde"), self._entry_at(first), first)
        raise Altered(N_("hay un nodo de más en el árbol"), self._entry_at(begun), begun)

    def _note_keys(self, tenant: object, id: object, said: dict[str, Any], leaf: int | None) -> None:
        """Remember which data keys the entry needs and which it tells to be gone."""
        for key in (said["dek"], *said.get("subjects", ())):
            self.sealed_by.setdefault((str(tenant), key), (str(id), leaf))
        if said["kind"] == KEY_DESTROYED:
            self.destroyed.update((str(tenant), key) for key in said.get("destroyed", ()))

    def _check_receipts(self, signed: bytes | None) -> None:
        """Check the receipts of the leaves since the last checkpoint."""
        if self.all_receipts or self.receipts != signed:
            first = self.tree.size - len(self.batch)
            for at, (leaf, said) in enumerate(self.batch, first):
                if not receipt_holds(leaf.body_hash, leaf.receipt, said, self.keys):
                    raise Altered(NOT_ITS_RECEIPT, leaf.id, at)
            if signed is not None and self.receipts != signed:
                raise Altered(N_("los acuses no son los que se firmaron"), leaf.id, self.tree.size - 1)
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
        pending: set[UUID],
    ) -> None:
        size, last = self.tree.size, UUID(self.last) if self.last else None
        covered = max(signed, default=0)
        if covered != size:
            first = min(covered, size)
            raise Altered(N_("el último punto de control no cubre todo el árbol"), self._entry_at(first) or last, first)
        if self.connection.execute(ALL_NODES).fetchone() != (2 * size - size.bit_count(),):
            raise Altered(N_("hay un nodo de más en el árbol"), last, size - 1)
        if pending:
            raise Altered(N_("está en espera un asiento que no existe, o que ya está en el árbol"), min(pending))
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
                named = self.sealed_by.get((str(tenant), str(id)))
                named = named or self.connection.execute(FIRST_OF, (tenant,)).fetchone() or ("", None)
                raise Altered(N_("la clave de datos de su inquilino está alterada"), *_place(*named)) from error
            self.sealed_by.pop((str(tenant), str(id)), None)
        for key, first in self.sealed_by.items():
            if key not in self.destroyed:
                problem = N_("falta su clave de datos, y ningún asiento dice que se destruyera")
                raise Altered(problem, *_place(*first))


def _place(id: str, leaf: int | None) -> tuple[UUID | None, int | None]:
    return (UUID(id) if id else None, leaf)


def index_of(said: dict[str, Any]) -> tuple[object, ...]:
    """What the search index must say of an entry (the function `soriano_audit.facts`)."""
    actor, decision = said.get("actor", {}), said.get("decision", {})
    return (
        said["tenant"],
        said["at"],
        said["kind"],
        decision.get("verdict"),
        said.get("tool"),
        said.get("class"),
        actor.get("operator"),
        actor.get("agent"),
        said.get("turn"),
        said.get("records", []),
    )
