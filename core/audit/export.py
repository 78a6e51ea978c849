"""The export bundle (*paquete de auditoría*): entries of one tenant that anybody can check without us.

It holds the exact bytes of the tenant's entries, the hashes alone of everybody else's leaves
between them, all checkpoints of the log with the subtrees by which each continues the one
before, the public keys, and the verifier itself (`core.audit.standalone`, as `verify.py`).
"""

import hashlib
import shutil
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final
from uuid import UUID

import psycopg

from core.audit import standalone
from core.audit.canonical import canonical, instant
from core.audit.tree import subtrees
from core.audit.verify import SNAPSHOT
from core.errors import Conflict
from core.i18n import N_
from core.keys import Keys

SIGNED_AS: Final = b"ait audit bundle\n"  # keeps the signature from passing for a checkpoint's
# Which leaves hold the tenant's entries of the time asked for, and the checkpoints around them.
SPAN: Final = """
SELECT min(l.leaf_index), max(l.leaf_index) + 1, min(l.tenant_seq)
FROM soriano_audit.entry_index i JOIN soriano_audit.leaf l ON l.entry_id = i.entry_id
WHERE i.tenant_id = %s AND l.tenant_id = i.tenant_id AND i.at >= %s AND i.at < %s
"""
AROUND: Final = """
SELECT coalesce((SELECT max(tree_size) FROM soriano_audit.checkpoint WHERE tree_size <= %s), 0),
       (SELECT min(tree_size) FROM soriano_audit.checkpoint WHERE tree_size >= %s)
"""
NOTES: Final = "SELECT tree_size, note FROM soriano_audit.checkpoint ORDER BY tree_size"
NODES: Final = """
SELECT n.level, n.idx, n.hash FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (level, idx)
JOIN soriano_audit.node n USING (level, idx)
"""
LEAVES: Final = """
SELECT l.leaf_index, n.hash, sha256(e.receipt), shown, l.tenant_seq, e.id,
       CASE WHEN shown THEN e.receipt END, CASE WHEN shown THEN e.body END
FROM soriano_audit.leaf l
     JOIN soriano_audit.node n ON n.level = 0 AND n.idx = l.leaf_index
     JOIN soriano_audit.entry e ON e.id = l.entry_id,
     LATERAL (SELECT l.tenant_id = %s AND l.leaf_index >= %s AND l.leaf_index < %s) AS own (shown)
WHERE l.leaf_index >= %s AND l.leaf_index < %s ORDER BY l.leaf_index
"""
FETCH: Final = 1000


@dataclass(frozen=True)
class Exported:
    """What was exported: where to, how much, the bundle's fingerprint, the key and the verifier's own."""

    path: Path
    entries: int
    leaves: int
    digest: str
    key: str
    verifier: str


@dataclass(frozen=True)
class Span:
    """Leaves `first … last − 1` are listed, those in `shown` with the tenant's entries; both end at checkpoints."""

    first: int = 0
    last: int = 0
    shown: tuple[int, int] = (0, 0)
    first_seq: int = 1


def export(
    connection: psycopg.Connection[Any], keys: Keys, tenant_id: UUID, since: datetime, until: datetime, out: Path
) -> Exported:
    """Write the bundle of the tenant's entries from `since` to before `until` to the folder or zip `out`.

    Raises:
        Conflict: `out` is there already, or the log is empty.
    """
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise Conflict(reason=N_("el destino de la exportación ya existe"))
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".ait-export-", dir=out.parent) as made, connection.transaction():
        folder = Path(made)
        connection.execute(SNAPSHOT)
        found = _write(connection, keys, tenant_id, (since, until), folder)
        if out.suffix == ".zip":
            _zip(folder, folder / "zip")
            (folder / "zip").replace(out)
        else:
            with suppress(FileNotFoundError):
                out.rmdir()
            folder.rename(out)
            folder.mkdir()  # for the context to remove
    return Exported(out, *found)


def _write(
    connection: psycopg.Connection[Any], keys: Keys, tenant: UUID, time: tuple[datetime, datetime], folder: Path
) -> tuple[int, int, str, str, str]:
    span = _span(connection, tenant, time)
    files = {
        "keys.json": _whole(folder / "keys.json", canonical(public_keys(keys)) + b"\n"),
        "verify.py": _whole(folder / "verify.py", Path(standalone.__file__).read_bytes()),
    }
    with Hashed(folder / "checkpoints.jsonl") as file:
        size = _checkpoints(connection, span, file)
    files["checkpoints.jsonl"] = file.digest
    with Hashed(folder / "leaves.tsv") as leaves, Hashed(folder / "entries.jsonl") as entries:
        count = _leaves(connection, tenant, span, leaves, entries)
    files |= {"leaves.tsv": leaves.digest, "entries.jsonl": entries.digest}
    said = {
        "v": 1,
        "log": keys.origin,
        "tenant": str(tenant),
        "from": instant(time[0]),
        "to": instant(time[1]),
        "first_leaf": span.first,
        "last_leaf": span.last,
        "first_seq": span.first_seq,
        "entries": count,
        "size": size,
        "files": files,
    }
    digest = _whole(folder / "bundle.json", canonical(said) + b"\n")
    signature = keys.checkpoint.sign(SIGNED_AS + digest.encode() + b"\n")
    _whole(folder / "bundle.sig", digest.encode() + b"\n" + b64encode(signature) + b"\n")
    return (
        count,
        span.last - span.first,
        digest,
        standalone.KeyRing((folder / "keys.json").read_bytes()).printed(keys.checkpoint.public_bytes),
        files["verify.py"],
    )


def _span(connection: psycopg.Connection[Any], tenant: UUID, time: tuple[datetime, datetime]) -> Span:
    found = connection.execute(SPAN, (tenant, *time)).fetchone()
    if found is None or found[0] is None:
        return Span()
    around = connection.execute(AROUND, found[:2]).fetchone()
    assert around is not None
    return Span(around[0], around[1], (found[0], found[1]), found[2])


def public_keys(keys: Keys) -> dict[str, Any]:
    """The log's public keys and their changes, as the bundle says them."""
    now = keys.log
    first = now.rotations[0] if now.rotations else None
    return {
        "log": keys.origin,
        "checkpoint": b64encode(first.checkpoint[0] if first else now.checkpoint.public_bytes).decode(),
        "receipts": b64encode(first.receipts[0] if first else now.receipts.public_bytes).decode(),
        "rotations": [rotation.to_json() for rotation in now.rotations],
    }


def _checkpoints(connection: psycopg.Connection[Any], span: Span, file: "Hashed") -> int:
    """Write each note with the subtrees from the one before to it, or without where the leaves are listed."""
    previous = 0
    with connection.cursor("notes") as cursor:
        cursor.execute(NOTES)
        while rows := cursor.fetchmany(FETCH):
            steps = []
            for size, note in rows:
                listed = span.first <= previous < span.last
                steps.append((note, None if listed else subtrees(previous, size)))
                previous = size
            wanted = [place for _, places in steps for place in places or ()]
            levels, indexes = [place[0] for place in wanted], [place[1] for place in wanted]
            nodes = {(level, idx): hash for level, idx, hash in connection.execute(NODES, (levels, indexes))}
            for note, places in steps:
                said: dict[str, Any] = {"note": note}
                if places is not None:
                    said["nodes"] = [[at[0], b64encode(nodes[at]).decode()] for at in places if at in nodes]
                file.write(canonical(said) + b"\n")
    if not previous:
        raise Conflict(reason=N_("el registro de auditoría está vacío"))
    return previous


def _leaves(connection: psycopg.Connection[Any], tenant: UUID, span: Span, leaves: "Hashed", entries: "Hashed") -> int:
    count = 0
    for index, hash, receipt_hash, shown, seq, id, receipt, body in _stream(connection, tenant, span):
        line = f"{index}\t{hash.hex()}\t{receipt_hash.hex()}"
        if shown:
            line += f"\t{seq}\t{id}\t{b64encode(receipt).decode()}"
            entries.write(body + b"\n")
            count += 1
        leaves.write(line.encode() + b"\n")
    return count


def _stream(connection: psycopg.Connection[Any], tenant: UUID, span: Span) -> Iterator[tuple[Any, ...]]:
    with connection.cursor("leaves") as cursor:
        cursor.itersize = FETCH
        yield from cursor.execute(LEAVES, (tenant, *span.shown, span.first, span.last))


class Hashed:
    """A file that is hashed as it is written."""

    def __init__(self, path: Path) -> None:
        """Make it."""
        self._file: BinaryIO = path.open("wb")
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Write `data`."""
        self._hash.update(data)
        self._file.write(data)

    @property
    def digest(self) -> str:
        """SHA-256 of what was written."""
        return self._hash.hexdigest()

    def __enter__(self) -> "Hashed":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


def _whole(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name in standalone.FILES:
            with (folder / name).open("rb") as source, file.open(name, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
