"""The proof that one entry stands in the signed tree: what `ait audit prove` hands out.

With it, the public key and RFC 9162's rule, anyone can check the entry without us.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg

from core.audit import checkpoint
from core.audit.search import Found
from core.audit.sequencer import LAST, leaf_bytes
from core.audit.tree import included, inclusion_proof, leaf_hash
from core.errors import Conflict
from core.i18n import N_
from core.keys import Keys

NODE: Final = "SELECT hash FROM soriano_audit.node WHERE level = %s AND idx = %s"


@dataclass(frozen=True)
class Proof:
    """An entry's bytes, its place, the path of hashes to the root, and the signed note."""

    entry_id: UUID
    leaf_index: int
    tenant_seq: int
    body: bytes
    receipt: bytes
    path: tuple[bytes, ...]
    note: str
    public_key: str

    def holds(self, keys: Keys) -> bool:
        """Whether the path leads from the entry to the root that the note signs."""
        signed = checkpoint.read(self.note, keys)
        leaf = leaf_hash(leaf_bytes(self.tenant_seq, self.body))
        return included(leaf, self.leaf_index, signed.size, self.path, signed.root)

    def to_json(self) -> dict[str, Any]:
        """The proof as text, hashes and bytes in base64."""
        return {
            "entry_id": str(self.entry_id),
            "leaf_index": self.leaf_index,
            "tenant_seq": self.tenant_seq,
            "body": b64encode(self.body).decode(),
            "receipt": b64encode(self.receipt).decode(),
            "path": [b64encode(step).decode() for step in self.path],
            "checkpoint": self.note,
            "public_key": self.public_key,
        }


def prove(connection: psycopg.Connection[Any], keys: Keys, found: Found) -> Proof:
    """The proof of an entry under the last checkpoint.

    Raises:
        Conflict: the entry has no place in the tree yet.
    """
    row = connection.execute(LAST).fetchone()
    if row is None or found.leaf_index is None or found.tenant_seq is None:
        raise Conflict(reason=N_("el asiento espera todavía su lugar en el árbol"))
    size, _, note = row

    def lookup(level: int, index: int) -> bytes:
        node = connection.execute(NODE, (level, index)).fetchone()
        if node is None:
            raise Conflict(reason=N_("falta un nodo del árbol: ejecute ait audit verify"))
        return bytes(node[0])

    path = tuple(inclusion_proof(found.leaf_index, size, lookup))
    return Proof(
        found.id,
        found.leaf_index,
        found.tenant_seq,
        found.body,
        found.receipt,
        path,
        note,
        checkpoint.verifier_key(keys),
    )
