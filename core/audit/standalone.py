"""Comprueba un registro de auditoría exportado, sin confiar en quien lo exportó.

    python verify.py PAQUETE [--key CLAVE] [--receipts] [--witness ARCHIVO]

PAQUETE is the folder or zip that `ait audit export` wrote. This one file needs Python 3.10 or
later and nothing else: no package, no database, no network. It ends with 0 if everything
holds, 1 if anything was tampered with (it names the first bad entry, note or file), and 2 if
something is missing.

What it checks: every entry's bytes are the one canonical serialisation (RFC 8785); leaves and
nodes hash to the signed roots (RFC 9162); each checkpoint continues the one before, from the
first leaf of the log on; every checkpoint is signed with the key of its time (Ed25519, RFC
8032) and each change of keys by the key before; the tenant's numbers have no gap; receipts
are those that the checkpoints signed over; clocks do not run back; what was carried out is
what was approved, where both are in the bundle.

What it cannot know is whose keys these are: compare the key that it prints with the one you
were given by another way, or pass that one as --key. Nor can this copy vouch for itself: its
SHA-256 is in the product's documentation of the same version (`ait audit export` prints it).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import unicodedata
import zipfile
import zlib
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

VALID, TAMPERED, INCOMPLETE = 0, 1, 2
FILES = ("bundle.json", "bundle.sig", "keys.json", "checkpoints.jsonl", "leaves.tsv", "entries.jsonl", "verify.py")
EMPTY = hashlib.sha256(b"").digest()
SKEW = timedelta(seconds=2)  # two clocks may differ by so much
LONGEST = timedelta(seconds=60)  # a transaction may begin so much before it commits
OVERLAP = timedelta(seconds=120)  # after a change of keys, receipts may still bear the one before
MERGE_DELAY = timedelta(seconds=5)
LARGEST, DEEPEST = 2**53 - 1, 64
BATCH = 1024


class Tampered(Exception):
    """Something is not what was signed: what, and where."""

    def __init__(self, problem: str, where: str = "", entry: str | None = None, leaf: int | None = None) -> None:
        """Say what, in which file, at which entry and leaf."""
        self.problem, self.where, self.entry, self.leaf = problem, where, entry, leaf
        super().__init__(problem)

    def told(self) -> str:
        """The finding in a sentence."""
        place = [self.where] if self.where else []
        if self.entry is not None or self.leaf is not None:
            entry, leaf = self.entry or "?", "?" if self.leaf is None else self.leaf
            place.append(f"asiento {entry} (hoja {leaf})")
        return "ALTERADO: {}: {}".format(", ".join(place), self.problem)


class Incomplete(Exception):
    """Something is missing, so that nothing can be said."""


# Ed25519 (RFC 8032). Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.

Point = tuple[int, int, int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
ZERO: Point = (0, 1, 1, 0)


def point_add(p: Point, q: Point) -> Point:
    """Their sum (RFC 8032 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_times(number: int, point: Point) -> Point:
    """`number` times `point`, by doubling."""
    total = ZERO
    for bit in bin(number)[2:]:
        total = point_add(total, total)
        if bit == "1":
            total = point_add(total, point)
    return total


def point_equal(p: Point, q: Point) -> bool:
    """Whether both are the same point, in whatever coordinates."""
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point_of(data: bytes) -> Point | None:
    """The point that 32 bytes say, or None if they say none (RFC 8032 5.1.3)."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
        if (v * x * x - u) % P:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or ZERO


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is that of the public `key`."""
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return point_equal(point_times(s, BASE), point_add(r, point_times(h, a)))


def all_signed(items: list[Signature]) -> bool:
    """Whether all `(key, message, signature)` hold: one equation over random multiples of all of theirs."""
    points: list[Point] = []
    numbers: list[int] = []
    by_key: dict[bytes, int] = {}
    base = 0
    for key, message, signature in items:
        r, s = point_of(signature[:32]), int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or r is None or s >= ORDER:
            return False
        h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
        z = int.from_bytes(os.urandom(16), "little") | 1
        base += z * s
        by_key[key] = by_key.get(key, 0) + z * h
        points.append(r)
        numbers.append(z)
    total = _sum_of_multiples(points, numbers)
    for key, number in by_key.items():
        a = point_of(key)
        if a is None:
            return False
        total = point_add(total, point_times(number % ORDER, a))
    # Times the cofactor: the sum of points that are right is zero whatever small part they carry.
    difference = point_add(point_times(base % ORDER, BASE), (P - total[0], total[1], total[2], P - total[3]))
    return point_equal(point_times(8, difference), ZERO)


def _sum_of_multiples(points: list[Point], numbers: list[int]) -> Point:
    """Σ number·point for 128-bit numbers, window by window (Pippenger)."""
    width = 8 if len(points) > 200 else 5
    total = ZERO
    for shift in range((128 // width) * width, -1, -width):
        for _ in range(width):
            total = point_add(total, total)
        buckets: dict[int, Point] = {}
        for point, number in zip(points, numbers, strict=True):
            digit = number >> shift & ((1 << width) - 1)
            if digit:
                buckets[digit] = point_add(buckets[digit], point) if digit in buckets else point
        running = window = ZERO
        for digit in range((1 << width) - 1, 0, -1):
            if digit in buckets:
                running = point_add(running, buckets[digit])
            window = point_add(window, running)
        total = point_add(total, window)
    return total


def first_unsigned(items: list[Signature]) -> int | None:
    """The index of the first of `items` whose signature does not hold, or None."""
    if not items or all_signed(items):
        return None
    if len(items) == 1:
        return 0 if not signed(*items[0]) else None
    half = len(items) // 2
    found = first_unsigned(items[:half])
    if found is not None:
        return found
    found = first_unsigned(items[half:])
    return None if found is None else half + found


# The tree (RFC 9162 2.1).


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Range:
    """The perfect subtrees, from the left, that a growing tree consists of."""

    def __init__(self) -> None:
        """No leaves yet."""
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, hash: bytes, level: int = 0) -> None:
        """Add the perfect subtree of 2^level leaves whose hash this is; it must fit where the tree ends."""
        if self.size & ((1 << level) - 1):
            raise ValueError("a subtree out of its place")
        rest, self.size = self.size >> level, self.size + (1 << level)
        while rest & 1:
            hash, rest = node_hash(self.peaks.pop(), hash), rest >> 1
        self.peaks.append(hash)

    def root(self) -> bytes:
        """The tree's hash."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for hash in reversed(self.peaks[:-1]):
            root = node_hash(hash, root)
        return root


# The canonical form (RFC 8785 over a profile: NFC, no floats, no null members, bounded integers).


def _no_float(text: str) -> float:
    raise ValueError("a float: " + text)


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("an integer too large: " + text)
    return number


DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, parse_int=_integer)
ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse(data: bytes) -> Any:
    """What canonical `data` says; ValueError if it is in any other form."""
    text = data.decode("utf-8")
    value = DECODER.decode(text)
    if text.isascii() and '":null' not in text and text.count("[") + text.count("{") <= DEEPEST:
        again = ENCODER.encode(value)
    else:
        again = _written(value, 0)
    if again != text:
        raise ValueError("not the canonical form")
    return value


def _written(value: Any, depth: int) -> str:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        if None in value.values():
            raise ValueError("a null member")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(_written(key, 0) + ":" + _written(value[key], depth + 1) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(item, depth + 1) for item in value) + "]"
    if isinstance(value, str) and unicodedata.normalize("NFC", value) != value:
        raise ValueError("text that is not in NFC")
    return ENCODER.encode(value)


# The bundle.


class Bundle:
    """A folder or a zip; every file's bytes are hashed as they are read."""

    def __init__(self, path: str | Path) -> None:
        """Open it; raises Incomplete if a file is missing."""
        self.path = Path(path)
        self.hashes: dict[str, str] = {}
        if not self.path.exists():
            raise Incomplete(f"no existe {path}")
        try:
            self.zip = zipfile.ZipFile(self.path) if self.path.is_file() else None
        except zipfile.BadZipFile:
            raise Tampered("no es un zip legible", str(path)) from None
        names = self.zip.namelist() if self.zip else [file.name for file in self.path.iterdir()]
        missing = [name for name in FILES if name not in names]
        if missing:
            raise Incomplete("falta {}".format(", ".join(missing)))
        if len(names) != len(FILES):
            raise Tampered("hay un archivo de más", ", ".join(sorted(set(names) - set(FILES))) or "zip")

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, each with its end; when the last is taken, its hash is known."""
        hash = hashlib.sha256()
        try:
            with self.zip.open(name) if self.zip else (self.path / name).open("rb") as file:
                for line in file:
                    hash.update(line)
                    yield line
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise Tampered("el zip está dañado", name) from None
        self.hashes[name] = hash.hexdigest()

    def read(self, name: str) -> bytes:
        """The whole file."""
        return b"".join(self.lines(name))


def exactly(data: bytes, length: int, name: str) -> bytes:
    """The bytes that base64 `data` says in its one spelling."""
    try:
        found = b64decode(data, validate=True)
    except ValueError:
        found = b""
    if len(found) != length or b64encode(found) != data:
        raise Tampered(f"no es base64 de {length} bytes", name)
    return found


def moment(text: str) -> datetime:
    """The instant of an RFC 3339 text in UTC with microseconds."""
    found = datetime.fromisoformat(text[:-1])
    if found.isoformat(timespec="microseconds") + "Z" != text:
        raise ValueError("another form of an instant: " + text)
    return found


class KeyRing:
    """The log's public keys and their times, each change signed by the key before and the key after."""

    def __init__(self, data: bytes) -> None:
        """Read keys.json; raises Tampered."""
        try:
            said = parse(data.rstrip(b"\n"))
            self.log = said["log"]
            self.checkpoint = [exactly(said["checkpoint"].encode(), 32, "keys.json")]
            self.receipts = [exactly(said["receipts"].encode(), 32, "keys.json")]
            self.changes = [self._follow(number, change) for number, change in enumerate(said["rotations"], 1)]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Tampered("no se puede leer", "keys.json") from None

    def _follow(self, number: int, change: dict[str, Any]) -> tuple[datetime, int]:
        (old, new), (old_receipts, new_receipts) = (
            [exactly(key.encode(), 32, "keys.json") for key in change[name]] for name in ("checkpoint", "receipts")
        )
        text = "{}\nrotation {}\nat {}\nsize {}\ncheckpoint {} {}\nreceipts {} {}\n".format(
            self.log, number, change["at"], change["size"], *change["checkpoint"], *change["receipts"]
        ).encode()
        follows = (old, old_receipts, change["number"]) == (self.checkpoint[-1], self.receipts[-1], number)
        if not (
            follows
            and signed(old, text, exactly(change["old"].encode(), 64, "keys.json"))
            and signed(new, text, exactly(change["new"].encode(), 64, "keys.json"))
        ):
            raise Tampered(f"el cambio de claves {number} no lleva las dos firmas", "keys.json")
        self.checkpoint.append(new)
        self.receipts.append(new_receipts)
        return moment(change["at"]), change["size"]

    def of_size(self, size: int) -> bytes:
        """The key that signs a checkpoint over `size` leaves."""
        return self.checkpoint[sum(size > changed for _, changed in self.changes)]

    def of_receipt(self, at: datetime) -> list[bytes]:
        """The keys that a receipt of the instant `at` may bear."""
        found = []
        for number, key in enumerate(self.receipts):
            begun = number == 0 or at >= self.changes[number - 1][0] - OVERLAP
            ended = number < len(self.changes) and at >= self.changes[number][0] + OVERLAP
            if begun and not ended:
                found.append(key)
        return found

    def printed(self, key: bytes) -> str:
        """A checkpoint key as C2SP writes it."""
        tail = b"\1" + key
        hash = hashlib.sha256(self.log.encode() + b"\n" + tail).digest()[:4].hex()
        return f"{self.log}+{hash}+{b64encode(tail).decode()}"


NOTE = re.compile(
    r"(?P<text>(?P<log>\S+)\n(?P<size>[1-9]\d*)\n(?P<root>\S+)\nepoch (?P<epoch>[1-9]\d*)\nat (?P<at>\S+)\n"
    r"previous (?P<previous>0|[1-9]\d*)\n(receipts (?P<receipts>\S+)\n)?)\n\u2014 (?P<name>\S+) (?P<signed>\S+)\n"
)


class Note:
    """A signed checkpoint."""

    def __init__(self, text: str, keys: KeyRing, number: int) -> None:
        """Read it; raises Tampered. The signature is checked later, with others."""
        self.where = f"checkpoints.jsonl, punto de control {number}"
        found = NOTE.fullmatch(text)
        if not found or not (found["log"] == found["name"] == keys.log):
            raise Tampered("no es un punto de control de este registro", self.where)
        self.text, self.size, self.previous = text, int(found["size"]), int(found["previous"])
        self.where += f" ({self.size} hojas)"
        self.epoch, self.root = int(found["epoch"]), exactly(found["root"].encode(), 32, self.where)
        self.receipts = exactly(found["receipts"].encode(), 32, self.where) if found["receipts"] else None
        try:
            self.at = moment(found["at"])
        except ValueError:
            raise Tampered("no dice su instante", self.where) from None
        key = keys.of_size(self.size)
        whole = exactly(found["signed"].encode(), 68, self.where)
        if whole[:4] != hashlib.sha256(keys.log.encode() + b"\n\1" + key).digest()[:4]:
            raise Tampered("no lo firma la clave de su tiempo", self.where)
        self.signature = (key, found["text"].encode(), whole[4:])


Signature = tuple[bytes, bytes, bytes]  # key, message, signature
Step = tuple[Note, "list[tuple[int, bytes]] | None"]
Leaf = tuple[int, bytes, bytes, list[bytes]]  # index, leaf hash, receipt's hash, and what is the tenant's own
Shown = tuple[int, dict[str, Any], bytes, bytes, datetime]  # index, what it says, bytes, receipt, when


class Verification:
    """One verification under way."""

    def __init__(self, bundle: Bundle, all_receipts: bool = False) -> None:
        """Of `bundle`; with `all_receipts` the signature of every receipt too."""
        self.bundle, self.all_receipts = bundle, all_receipts
        self.tree, self.notes = Range(), 0
        self.roots: dict[int, bytes] = {}
        self.newest: Note | None = None
        self.receipts = EMPTY
        self.count = self.late = self.signatures = 0
        self.highest = datetime.min  # the latest instant so far
        self.previews: dict[tuple[str, object], set[str]] = {}
        self.edited: set[str] = set()

    def run(self) -> None:
        """Check everything; raises Tampered or Incomplete."""
        self.said = self._manifest()
        steps = self._checkpoints()
        self.first, self.last = self.said["first_leaf"], self.said["last_leaf"]
        leaves, entries = self._leaves(), self.bundle.lines("entries.jsonl")
        self.seq = self.said["first_seq"]
        for note, nodes in steps:
            start = self.tree.size
            if nodes is None:
                if not self.first <= start < note.size <= self.last:
                    raise Tampered("faltan los nodos hasta este punto de control", note.where)
                self._cover(note, leaves, entries)
            else:
                self._grow(note, nodes)
            self.roots[note.size] = note.root
        self._end(leaves, entries)

    def _manifest(self) -> dict[str, Any]:
        data = self.bundle.read("bundle.json")
        digest, _, signature = self.bundle.read("bundle.sig").partition(b"\n")
        where = "bundle.json o su firma, bundle.sig"
        if hashlib.sha256(data).hexdigest().encode() != digest:
            raise Tampered("la huella no coincide", where)
        try:
            said = parse(data.rstrip(b"\n"))
            names = sorted(said["files"])
            for name in ("first_leaf", "last_leaf", "first_seq", "entries", "size"):
                if type(said[name]) is not int:
                    raise ValueError(name)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Tampered("no se puede leer", "bundle.json") from None
        if names != sorted(set(FILES) - {"bundle.json", "bundle.sig"}):
            raise Tampered("no nombra los archivos que debe", "bundle.json")
        for name in ("keys.json", "verify.py"):
            held = self.bundle.read(name)
            if hashlib.sha256(held).hexdigest() != said["files"][name]:
                raise Tampered("el archivo no es el que se exportó", name)
            if name == "keys.json":
                self.keys = KeyRing(held)
        message = b"ait audit bundle\n" + digest + b"\n"
        signature = exactly(signature.rstrip(b"\n"), 64, "bundle.sig")
        if self.keys.log != said["log"] or not signed(self.keys.checkpoint[-1], message, signature):
            raise Tampered("la firma no es de la clave del registro", where)
        if b"".join((digest, b"\n", b64encode(signature), b"\n")) != self.bundle.read("bundle.sig"):
            raise Tampered("no está en su forma exacta", "bundle.sig")
        return dict(said)

    def _checkpoints(self) -> Iterator[Step]:
        """The notes and the subtrees that lead to each, their signatures checked a thousand at a time."""
        waiting: list[Step] = []
        previous: Note | None = None
        for number, line in enumerate(self.bundle.lines("checkpoints.jsonl"), 1):
            where = f"checkpoints.jsonl, punto de control {number}"
            try:
                said = parse(line[:-1])
                nodes = said.get("nodes")
                if nodes is not None:
                    nodes = [(level, exactly(hash.encode(), 32, where)) for level, hash in nodes]
                note = Note(said["note"], self.keys, number)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Tampered("no se puede leer", where) from None
            self._follows(note, previous)
            previous = note
            waiting.append((note, nodes))
            if len(waiting) == BATCH:
                yield from self._signed(waiting)
                waiting = []
        yield from self._signed(waiting)

    @staticmethod
    def _follows(note: Note, previous: Note | None) -> None:
        if note.previous != (previous.size if previous else 0) or note.size <= note.previous:
            raise Tampered("falta el punto de control anterior", note.where)
        if previous and note.at < previous.at - SKEW:
            raise Tampered("su reloj va por detrás del anterior", note.where)
        if previous and note.epoch < previous.epoch:
            raise Tampered("su época es anterior", note.where)

    def _signed(self, waiting: list[Step]) -> Iterator[Step]:
        bad = first_unsigned([note.signature for note, _ in waiting])
        if bad is not None:
            raise Tampered("la firma no es válida", waiting[bad][0].where)
        for note, nodes in waiting:
            self.notes, self.newest = self.notes + 1, note
            yield note, nodes

    def _grow(self, note: Note, nodes: list[tuple[int, bytes]]) -> None:
        """Add the subtrees that the log grew by; the root must be the signed one."""
        try:
            for level, hash in nodes:
                self.tree.append(hash, level)
        except (ValueError, TypeError):
            raise Tampered("un nodo está fuera de su lugar", note.where) from None
        if (self.tree.size, self.tree.root()) != (note.size, note.root):
            raise Tampered("no continúa el punto de control anterior", note.where)
        self.receipts = note.receipts or EMPTY

    def _leaves(self) -> Iterator[Leaf]:
        expected = self.first
        for line in self.bundle.lines("leaves.tsv"):
            parts = line[:-1].split(b"\t")
            where = f"leaves.tsv, línea {expected - self.first + 1}"
            try:
                hashes = [bytes.fromhex(part.decode("ascii")) for part in parts[1:3]]
                fits = parts[0] == b"%d" % expected and [h.hex().encode() for h in hashes] == parts[1:3]
                fits = fits and len(parts) in (3, 6) and all(len(h) == 32 for h in hashes) and line[-1:] == b"\n"
            except (ValueError, IndexError):
                fits = False
            if not fits:
                entry = parts[4].decode("ascii", "replace") if len(parts) == 6 else None
                raise Tampered("la línea no dice una hoja", where, entry, expected)
            yield expected, hashes[0], hashes[1], parts[3:]
            expected += 1

    def _cover(self, note: Note, leaves: Iterator[Leaf], entries: Iterator[bytes]) -> None:
        """Take the leaves up to `note`, with the entries of those that are shown."""
        first, receipts = self.tree.size, self.receipts
        shown: list[Shown] = []
        while self.tree.size < note.size:
            leaf = next(leaves, None)
            if leaf is None:
                raise Tampered("faltan hojas al final", "leaves.tsv", None, self.tree.size)
            index, hash, receipt_hash, own = leaf
            if own:
                entry = self._entry(leaf, next(entries, b""))
                shown.append(entry)
            self.tree.append(hash)
            receipts = hashlib.sha256(receipts + receipt_hash).digest()
        for index, said, _, _, when in shown:
            if when > note.at + SKEW:
                raise Tampered("su instante es posterior a su punto de control", "entries.jsonl", said["id"], index)
            self.late += when < note.at - MERGE_DELAY
        right = self.tree.root() == note.root
        if not right or self.all_receipts or receipts != note.receipts:
            self._check_receipts(shown)
        where = f"{note.where}, hojas {first}–{note.size - 1}"
        if not right:
            raise Tampered("las hojas no dan la raíz firmada", where, None, first)
        if note.receipts is not None and receipts != note.receipts:
            raise Tampered("los acuses no son los que se firmaron", where, None, first)
        self.receipts = note.receipts or EMPTY

    def _entry(self, leaf: Leaf, line: bytes) -> Shown:
        index, hash, receipt_hash, own = leaf
        try:
            id, seq = own[1].decode("ascii"), int(own[0])
            receipt = exactly(own[2], 64, "leaves.tsv")
        except (ValueError, Tampered):
            read = own[1].decode("ascii", "replace")
            raise Tampered("la línea no dice un asiento", "leaves.tsv", read, index) from None
        if not line.endswith(b"\n"):
            raise Tampered("falta el asiento", "entries.jsonl", id, index)
        body = line[:-1]
        if own[0] != b"%d" % seq or seq != self.seq:
            raise Tampered(f"su número de orden debería ser {self.seq}", "leaves.tsv", id, index)
        if leaf_hash(seq.to_bytes(8, "big") + body) != hash:
            raise Tampered("su texto no coincide con la huella de su hoja", "entries.jsonl", id, index)
        if hashlib.sha256(receipt).digest() != receipt_hash:
            raise Tampered("su acuse no coincide con su huella", "leaves.tsv", id, index)
        try:
            said = parse(body)
            named = (said["id"], said["tenant"], said["log"])
            when = moment(said["at"])
            if when < self.highest and when < self.highest - LONGEST - SKEW:
                raise Tampered("su reloj va por detrás de los anteriores", "entries.jsonl", id, index)
            self._approved(said, index)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Tampered("su texto no está en forma canónica", "entries.jsonl", id, index) from None
        if named != (id, self.said["tenant"], self.keys.log):
            raise Tampered("no es el asiento que se nombra", "leaves.tsv", str(named[0]), index)
        self.highest, self.seq, self.count = max(self.highest, when), seq + 1, self.count + 1
        return index, said, body, receipt, when

    def _approved(self, said: dict[str, Any], index: int) -> None:
        """What was carried out under an approval must be what was shown to be approved."""
        decision = said.get("decision", {})
        sealed_by = tuple(said.get("subjects", [])) or said["dek"]
        for approval in decision.get("approvals", []):
            if said["kind"] == "approval.edited":
                self.edited.add(approval)
            preview = decision.get("preview")
            if preview is None:
                continue
            known = self.previews.setdefault((approval, sealed_by), set())
            carried_out = said["kind"] == "call.allowed"
            if carried_out and known and preview not in known and approval not in self.edited:
                raise Tampered("lo ejecutado no es lo que se aprobó", "entries.jsonl", said["id"], index)
            known.add(preview)

    def _check_receipts(self, shown: list[Shown]) -> None:
        """Check the signature of each receipt; the first that does not hold names its entry."""
        items = []
        for _, said, body, receipt, at in shown:
            promise = '{{"at":"{}","body_hash":"{}","id":"{}","log":"{}","merge_by":"{}"}}'.format(
                said["at"],
                hashlib.sha256(body).hexdigest(),
                said["id"],
                said["log"],
                (at + MERGE_DELAY).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            ).encode()
            keys = self.keys.of_receipt(at)
            # Around a change of keys each is tried: there are few of these.
            held = [key for key in keys if len(keys) > 1 and signed(key, promise, receipt)]
            items.append(((held or keys)[0], promise, receipt))
        bad = first_unsigned(items)
        if bad is not None:
            raise Tampered("su acuse no está firmado por el registro", "leaves.tsv", shown[bad][1]["id"], shown[bad][0])
        self.signatures += len(items)

    def _end(self, leaves: Iterator[Leaf], entries: Iterator[bytes]) -> None:
        if next(leaves, None) is not None or next(entries, None) is not None:
            raise Tampered("sobran hojas o asientos", "leaves.tsv o entries.jsonl")
        if (self.tree.size, self.count) != (self.said["size"], self.said["entries"]) or self.tree.size < self.last:
            raise Tampered("faltan puntos de control o asientos", "bundle.json")
        for name, digest in self.said["files"].items():
            if self.bundle.hashes.get(name) != digest:
                raise Tampered("el archivo no es el que se exportó", name)


def witness(path: str | Path, verification: Verification) -> None:
    """Accept what was verified as the continuation of what the witness at `path` has seen.

    The file holds one line of JSON for each note that was accepted, the newest last.
    """
    newest, keys = verification.newest, verification.keys
    path = Path(path)
    kept = json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) if path.exists() else None
    if newest is None:
        if kept:
            raise Tampered("el registro está vacío, y el testigo vio {} asientos".format(kept["size"]), "testigo")
        return
    if kept:
        restored = f" (época {newest.epoch}: hubo una restauración)" if newest.epoch > kept["epoch"] else ""
        if kept["log"] != keys.log or b64decode(kept["key"]) not in keys.checkpoint:
            raise Tampered("el registro o su clave son otros que los que el testigo vio", "testigo")
        if newest.size < kept["size"]:
            problem = "LA HISTORIA HA VUELTO ATRÁS: el testigo vio {} asientos y ahora hay {}{}"
            raise Tampered(problem.format(kept["size"], newest.size, restored), "testigo")
        if verification.roots.get(kept["size"]) != b64decode(kept["root"]):
            problem = "LA HISTORIA SE HA REESCRITO: los primeros {} asientos no son los que el testigo vio el {}{}"
            raise Tampered(problem.format(kept["size"], kept["at"], restored), "testigo")
        if newest.size == kept["size"]:
            return
    line = {
        "log": keys.log,
        "key": b64encode(keys.of_size(newest.size)).decode(),
        "size": newest.size,
        "root": b64encode(newest.root).decode(),
        "epoch": newest.epoch,
        "at": newest.at.isoformat(),
        "note": newest.text,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def verify(
    path: str | Path, key: str | None = None, all_receipts: bool = False, witness_at: str | Path | None = None
) -> Verification:
    """Check the bundle at `path`; the finished `Verification`.

    Raises:
        Tampered: something is not what was signed.
        Incomplete: something is missing.
    """
    work = Verification(Bundle(path), all_receipts)
    work.run()
    if key is not None and key not in map(work.keys.printed, work.keys.checkpoint):
        raise Tampered("la clave no es la que usted ha indicado", "keys.json")
    if witness_at is not None:
        witness(witness_at, work)
    return work


def main(arguments: list[str] | None = None) -> int:
    """Check, say the result, give the exit code."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Comprueba un registro de auditoría exportado.")
    parser.add_argument("bundle", metavar="PAQUETE", help="la carpeta o el zip de «ait audit export»")
    parser.add_argument("--key", metavar="CLAVE", help="la clave pública que usted ya conoce")
    parser.add_argument("--receipts", action="store_true", help="comprobar también la firma de cada acuse")
    parser.add_argument("--witness", metavar="ARCHIVO", help="comparar con lo visto antes, y recordarlo")
    wanted = parser.parse_args(arguments)
    try:
        found = verify(wanted.bundle, wanted.key, wanted.receipts, wanted.witness)
    except Tampered as error:
        print(error.told())
        return TAMPERED
    except Incomplete as error:
        print(f"INCOMPLETO: {error}")
        return INCOMPLETE
    said = found.said
    print("VÁLIDO: {} asientos de {} a {}".format(found.count, said["from"], said["to"]))
    print("  registro {}, {} hojas, {} puntos de control".format(said["log"], said["size"], found.notes))
    print(f"  clave {found.keys.printed(found.keys.checkpoint[-1])}")
    print(f"  acuses comprobados uno a uno: {found.signatures}; llegaron tarde al árbol: {found.late}")
    return VALID


if __name__ == "__main__":
    sys.exit(main())
