"""The sequencer: gives waiting entries their places in the tree and signs the new root.

One at a time, by an advisory lock. Whoever waits in `pending` comes next: a transaction
that commits late falls in a later batch, so nothing can be skipped. Everything of a batch
is one transaction: a crash leaves either all of it or none.

Before it signs, it checks that the stored tree is the one it signed last and that each
entry still fits its receipt: what was altered is never signed over, and waits for
`ait audit verify` to name it.
"""

import os
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from core.audit import checkpoint
from core.audit.canonical import instant
from core.audit.checkpoint import Checkpoint, grow
from core.audit.stored import Stored, fault_of
from core.audit.tree import EMPTY_ROOT, Node, Range, leaf_hash, peaks
from core.errors import AitError
from core.i18n import N_
from core.keys import Keys

LOCK: Final = 0x41495402
BATCH: Final = 500

WAITING: Final = """
SELECT e.id, e.tenant_id, e.body, e.body_hash, e.receipt
FROM soriano_audit.pending p JOIN soriano_audit.entry e ON e.id = p.entry_id
WHERE NOT EXISTS (SELECT 1 FROM soriano_audit.leaf l WHERE l.entry_id = p.entry_id)
ORDER BY e.id LIMIT %s
"""
LAST: Final = "SELECT tree_size, root, note FROM soriano_audit.checkpoint ORDER BY tree_size DESC LIMIT 1"
LAST_SEQS: Final = """
SELECT t.id, (SELECT max(l.tenant_seq) FROM soriano_audit.leaf l WHERE l.tenant_id = t.id)
FROM unnest(%s::uuid[]) AS t (id)
"""
PEAKS: Final = """
SELECT n.level, n.idx, n.hash FROM unnest(%s::smallint[], %s::bigint[]) AS p (level, idx)
JOIN soriano_audit.node n USING (level, idx)
"""
ADD_LEAVES: Final = """
INSERT INTO soriano_audit.leaf (leaf_index, entry_id, tenant_id, tenant_seq)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::bigint[])
"""
ADD_NODES: Final = """
INSERT INTO soriano_audit.node (level, idx, hash) SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""
ADD_INDEX: Final = """
INSERT INTO soriano_audit.entry_index
  (entry_id, tenant_id, at, kind, verdict, tool, class, operator, agent, turn, records)
SELECT e.id, e.tenant_id, f.* FROM soriano_audit.entry e, LATERAL soriano_audit.facts(e.body) f
WHERE e.id = ANY(%s)
"""
DONE: Final = "DELETE FROM soriano_audit.pending WHERE entry_id = ANY(%s)"
ADD_CHECKPOINT: Final = "INSERT INTO soriano_audit.checkpoint (tree_size, root, note, at) VALUES (%s, %s, %s, %s)"


class TreeAltered(AitError):
    """The stored tree is not the one that was signed; nothing is added until it is looked into."""

    code = "ait.audit_altered"
    text = N_("El registro de auditoría está alterado. Ejecute: ait audit verify")


def leaf_bytes(tenant_seq: int, body: bytes) -> bytes:
    """What a leaf hashes: the tenant's number in eight bytes, then the entry."""
    return tenant_seq.to_bytes(8, "big") + body


def integrate(connection: psycopg.Connection[Any], keys: Keys) -> int:
    """Put all waiting entries into the tree, batch by batch; how many there were.

    Raises:
        TreeAltered: the stored tree is not the one that was signed last.
    """
    count = 0
    while True:
        try:
            with connection.transaction():
                done, note = _batch(connection, keys)
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise TreeAltered() from error  # a place is taken that must be free, or is out of range
        if note:
            keep_outside(keys, note)  # after the commit: a note of what is not there would cry wolf
        count += done
        if done < BATCH:
            return count


def _batch(connection: psycopg.Connection[Any], keys: Keys) -> tuple[int, str]:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    found = [Stored(*row) for row in connection.execute(WAITING, (BATCH,))]
    waiting = [entry for entry in found if fault_of(entry, keys) is None]
    if not waiting:
        return 0, ""
    last, tree = signed_tree(connection, keys)
    places, nodes = _grow(connection, tree, waiting)
    ids = [entry.id for entry in waiting]
    connection.execute(ADD_LEAVES, _columns(places, 4))
    connection.execute(ADD_NODES, _columns(nodes, 3))
    connection.execute(ADD_INDEX, (ids,))
    connection.execute(DONE, (ids,))
    receipts = last.receipts if last and last.receipts else EMPTY_ROOT
    for entry in waiting:
        receipts = grow(receipts, entry.receipt)
    return len(waiting), _sign(connection, keys, tree, last.size if last else 0, receipts)


def _grow(
    connection: psycopg.Connection[Any], tree: Range, waiting: list[Stored]
) -> tuple[list[tuple[int, UUID, UUID, int]], list[Node]]:
    tenants = list({entry.tenant_id for entry in waiting})
    seqs = {tenant: seq or 0 for tenant, seq in connection.execute(LAST_SEQS, (tenants,))}
    places: list[tuple[int, UUID, UUID, int]] = []
    nodes: list[Node] = []
    for entry in waiting:
        seqs[entry.tenant_id] += 1
        seq = seqs[entry.tenant_id]
        places.append((tree.size, entry.id, entry.tenant_id, seq))
        nodes += tree.append(leaf_hash(leaf_bytes(seq, entry.body)))
    return places, nodes


def signed_tree(connection: psycopg.Connection[Any], keys: Keys) -> tuple[Checkpoint | None, Range]:
    """The last checkpoint and the tree under it, as stored, once they are found to agree.

    Raises:
        TreeAltered: they don't.
    """
    leaves = connection.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM soriano_audit.leaf").fetchone()
    row = connection.execute(LAST).fetchone()
    if row is None:
        if leaves != (0,):
            raise TreeAltered()
        return None, Range()
    size, root, note = row
    try:
        last = checkpoint.read(note, keys)
    except checkpoint.NotSigned as error:
        raise TreeAltered() from error
    tops = peaks(size)
    stored = {(level, index): bytes(hash) for level, index, hash in connection.execute(PEAKS, _columns(tops, 2))}
    if len(stored) != len(tops) or leaves != (size,):
        raise TreeAltered()
    tree = Range(size, [stored[top] for top in tops])
    if (last.size, last.root, tree.root()) != (size, bytes(root), bytes(root)):
        raise TreeAltered()
    return last, tree


def _sign(connection: psycopg.Connection[Any], keys: Keys, tree: Range, previous: int, receipts: bytes) -> str:
    now = connection.execute("SELECT clock_timestamp()").fetchone()
    assert now is not None
    signed = Checkpoint(keys.origin, tree.size, tree.root(), keys.epoch, instant(now[0]), previous, receipts)
    note = signed.sign(keys)
    connection.execute(ADD_CHECKPOINT, (tree.size, tree.root(), note, now[0]))
    return note


def outside(keys: Keys) -> Path:
    """The file that keeps a checkpoint out of the database administrator's reach."""
    return keys.folder.parent / "audit" / "checkpoint"


def keep_outside(keys: Keys, note: str) -> None:
    """Keep `note` in the file; a reader finds the old one or the new one, whole."""
    path = outside(keys)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".checkpoint.{os.getpid()}")
    fresh.write_text(note)
    fresh.replace(path)


def _columns(rows: Any, width: int) -> tuple[list[Any], ...]:
    return tuple([row[at] for row in rows] for at in range(width))
