"""The Merkle tree of RFC 9162 (§2.1; the same as RFC 6962's): pure functions over hashes.

A tree of n leaves splits at the largest power of two below n. Its perfect subtrees never
change once complete; they are the nodes that the database keeps, as `(level, idx)`:
node `(l, i)` covers the leaves `i·2ˡ … (i+1)·2ˡ − 1`. `Range` holds the few subtrees
that make up the tree so far, from which root and growth follow without reading leaves.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

EMPTY_ROOT = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A perfect subtree: `level` 0 is a leaf; `idx` counts from the left on its level."""

    level: int
    idx: int
    hash: bytes


Lookup = Callable[[int, int], bytes]  # (level, index) of a complete node → its hash


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def peaks(size: int) -> list[tuple[int, int]]:
    """The perfect subtrees, from the left, that a tree of `size` leaves consists of."""
    return subtrees(0, size)


def subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The fewest perfect subtrees `(level, idx)`, from the left, that the leaves `start … end − 1` consist of."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found


@dataclass
class Range:
    """The compact range of a growing tree: its `size` and the hashes of its peaks."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    @classmethod
    def load(cls, size: int, lookup: Lookup) -> "Range":
        """The range of a tree of `size` leaves whose nodes `lookup` knows."""
        return cls(size, [lookup(level, index) for level, index in peaks(size)])

    def append(self, hash: bytes) -> Iterator[Node]:
        """Add one leaf's hash; give the nodes that it completes, leaf first."""
        level, index = 0, self.size
        yield Node(level, index, hash)
        while index & 1:
            hash = node_hash(self.hashes.pop(), hash)
            level, index = level + 1, index >> 1
            yield Node(level, index, hash)
        self.hashes.append(hash)
        self.size += 1

    def root(self) -> bytes:
        """The tree's hash; that of no leaves is SHA-256 of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for hash in reversed(self.hashes[:-1]):
            root = node_hash(hash, root)
        return root


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def subtree(start: int, end: int, lookup: Lookup) -> bytes:
    """The hash of the leaves `start … end − 1`, where a proof's subtrees begin and end."""
    size = end - start
    level = size.bit_length() - 1
    if size == 1 << level:
        return lookup(level, start >> level)
    middle = start + _split(size)
    return node_hash(subtree(start, middle, lookup), subtree(middle, end, lookup))


def inclusion_proof(index: int, size: int, lookup: Lookup) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end, lookup))
            end = middle
        else:
            path.append(subtree(start, middle, lookup))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, lookup: Lookup) -> list[bytes]:
    """The hashes that show that the first `old` leaves of `new` are the old tree.

    Raises:
        ValueError: not 0 < old ≤ new.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency from {old} to {new}")
    path: list[bytes] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end, lookup))
            end = middle
        else:
            path.append(subtree(start, middle, lookup))
            start, known = middle, False
    if not known:
        path.append(subtree(start, end, lookup))
    return path[::-1]


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows leaf hash `leaf` at `index` in the tree of `size` under `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, hash = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hash = node_hash(step, hash)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash = node_hash(hash, step)
        at, last = at >> 1, last >> 1
    return last == 0 and hash == root


def consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `proof` shows the old tree to be the beginning of the new one (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
