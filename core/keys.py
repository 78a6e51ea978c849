"""Keys (*claves*): what the installation signs and encrypts with, one file each.

Signing checkpoints, access tokens and receipts uses three different keys, so that none
can be made to sign another's text. Whoever lost the files under `data_dir/keys` cannot
open what was sealed: back them up apart from the database (security needs them apart).

The keys of checkpoints and receipts can be rotated: the old one signs the new one over, and
each is believed for its own time alone.
"""

import json
import os
import secrets
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import AitError
from core.i18n import N_
from core.secret_files import secret

SEALED_VERSION: Final = 1
AES_256_GCM: Final = 1
NONCE_SIZE: Final = 12
HEADER_SIZE: Final = 2 + 16 + NONCE_SIZE  # version, algorithm, key id, nonce
OVERLAP: Final = timedelta(seconds=120)  # a transaction under way may still sign with the key before
ROOT_KEY_ID: Final = UUID(int=1)  # the installation's own key, which never rotates in place


class KeysExposed(AitError):
    """A key file can be read by others than its owner; nothing is signed until it is closed."""

    code = "ait.keys_exposed"
    text = N_("La clave «{path}» es legible por otros usuarios. Ejecute: chmod 600 {path}")


class Unsealable(AitError):
    """A sealed value does not open: altered, moved to another place, or its key is gone."""

    code = "ait.unsealable"
    text = N_("El dato cifrado no se puede abrir: se ha alterado o su clave ya no existe.")


class RotationAltered(AitError):
    """The record of the log's keys is not what the keys signed, or a key that it names is missing."""

    code = "ait.rotation_altered"
    text = N_("El historial de claves de la auditoría no es válido: {path}")


@dataclass(frozen=True)
class DataKey:
    """A 256-bit key that seals values (AES-256-GCM); `id` stands in every sealed value."""

    id: UUID
    key: bytes

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.key)

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        """`plain` as `0x01 ‖ alg ‖ key id ‖ nonce ‖ ciphertext ‖ tag`, bound to `aad`.

        `aad` says where the value lies (tenant, table, column, row): moved elsewhere, it
        does not open. The nonce is random, never counted: a restored backup repeats counts.
        """
        nonce = secrets.token_bytes(NONCE_SIZE)
        header = bytes((SEALED_VERSION, AES_256_GCM)) + self.id.bytes
        return header + nonce + self._cipher.encrypt(nonce, plain, header + aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            Unsealable: another key, another place, or not a byte is to be trusted.
        """
        if len(sealed) < HEADER_SIZE or sealed[:2] != bytes((SEALED_VERSION, AES_256_GCM)):
            raise Unsealable()
        header, nonce = sealed[:18], sealed[18:HEADER_SIZE]
        try:
            return self._cipher.decrypt(nonce, sealed[HEADER_SIZE:], header + aad)
        except InvalidTag as error:
            raise Unsealable() from error

    def derive(self, purpose: str) -> bytes:
        """32 bytes for `purpose` that tell nothing of this key (HKDF-SHA-256)."""
        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self.key)


def key_id_of(sealed: bytes) -> UUID:
    """The id of the key that sealed `sealed`.

    Raises:
        Unsealable: too short to be a sealed value.
    """
    if len(sealed) < HEADER_SIZE:
        raise Unsealable()
    return UUID(bytes=sealed[2:18])


@dataclass(frozen=True)
class Verifier:
    """The public half of an Ed25519 key: its 32 bytes."""

    public_bytes: bytes

    @cached_property
    def public(self) -> Ed25519PublicKey:
        """The half that may be shown."""
        return Ed25519PublicKey.from_public_bytes(self.public_bytes)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key for one purpose."""

    private: Ed25519PrivateKey

    @cached_property
    def verifier(self) -> Verifier:
        """Its public half, as what checks signatures."""
        return Verifier(self.public_bytes)

    @cached_property
    def public(self) -> Ed25519PublicKey:
        """The half that may be shown."""
        return self.private.public_key()

    @cached_property
    def public_bytes(self) -> bytes:
        """The public key's 32 bytes."""
        return self.public.public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of `message`."""
        return self.private.sign(message)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        return self.verifier.signed(message, signature)


@dataclass(frozen=True)
class Rotation:
    """A change of the log's keys, signed by the old checkpoint key and by the new one.

    Args:
        log: the log's name.
        number: 1 for the first.
        at: the instant from which receipts bear the new key (RFC 3339).
        size: how many leaves the last tree had that the old key signed.
        checkpoint, receipts: the old public key and the new one.
        old, new: the two signatures of `text`.
    """

    log: str
    number: int
    at: str
    size: int
    checkpoint: tuple[bytes, bytes]
    receipts: tuple[bytes, bytes]
    old: bytes = b""
    new: bytes = b""

    @property
    def text(self) -> str:
        """What both keys sign."""
        keys = [
            f"{name} {_text(old)} {_text(new)}\n"
            for name, (old, new) in (("checkpoint", self.checkpoint), ("receipts", self.receipts))
        ]
        return f"{self.log}\nrotation {self.number}\nat {self.at}\nsize {self.size}\n{''.join(keys)}"

    def holds(self, log: str, number: int, checkpoint: bytes, receipts: bytes) -> bool:
        """Whether it is the change `number` of `log` away from these keys, signed as it must be."""
        return (
            (self.log, self.number, self.checkpoint[0], self.receipts[0]) == (log, number, checkpoint, receipts)
            and Verifier(self.checkpoint[0]).signed(self.text.encode(), self.old)
            and Verifier(self.checkpoint[1]).signed(self.text.encode(), self.new)
        )

    def to_json(self) -> dict[str, Any]:
        """Bytes in base64."""
        return {
            "log": self.log,
            "number": self.number,
            "at": self.at,
            "size": self.size,
            "checkpoint": [_text(key) for key in self.checkpoint],
            "receipts": [_text(key) for key in self.receipts],
            "old": _text(self.old),
            "new": _text(self.new),
        }

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> "Rotation":
        """What `to_json` gave."""
        (c0, c1), (r0, r1) = (map(b64decode, said[name]) for name in ("checkpoint", "receipts"))
        signed = b64decode(said["old"]), b64decode(said["new"])
        return cls(said["log"], said["number"], said["at"], said["size"], (c0, c1), (r0, r1), *signed)


@dataclass(frozen=True)
class LogKeys:
    """The keys of the audit log as they stand: two signers, and how they came to be."""

    checkpoint: Signer
    receipts: Signer
    rotations: tuple[Rotation, ...] = ()

    def checkpoint_of(self, size: int) -> Verifier:
        """Whose signature a checkpoint over `size` leaves bears."""
        for rotation in self.rotations:
            if size <= rotation.size:
                return Verifier(rotation.checkpoint[0])
        return self.checkpoint.verifier

    def receipts_of(self, at: str) -> list[Verifier]:
        """Whose signature a receipt of the instant `at` may bear: one key, two while they overlap."""
        found, moment = [], datetime.fromisoformat(at)
        for rotation in self.rotations:
            changed = datetime.fromisoformat(rotation.at)
            if moment < changed + OVERLAP:
                found.append(Verifier(rotation.receipts[0]))
            if moment < changed - OVERLAP:
                return found
        return [*found, self.receipts.verifier]


@dataclass(frozen=True)
class Keys:
    """All keys of one installation.

    Args:
        folder: where the files lie.
        tokens: signs access tokens (JWT).
        root: seals what has no tenant, and wraps the tenants' keys.
        context: the secret behind database logins and the signed tenant context.
        origin: name of this installation's audit log, as its checkpoints bear it.
        epoch: rises by one when a backup has been restored.
        tenants: keys derived so far; a cache.
    """

    folder: Path
    tokens: Signer
    root: DataKey
    context: bytes
    origin: str
    epoch: int

    tenants: dict[UUID, DataKey] = field(default_factory=dict, repr=False, compare=False)
    _log: dict[int, LogKeys] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, data_dir: Path) -> "Keys":
        """The keys of the installation under `data_dir`, made at random on first use.

        Raises:
            KeysExposed: a file is readable by others.
        """
        folder = data_dir / "keys"
        keys = cls(
            folder,
            tokens=_signer(folder / "tokens"),
            root=DataKey(ROOT_KEY_ID, _secret(folder / "master")),
            context=_secret(folder / "house"),
            origin=f"ait-core-soriano/{_secret(folder / 'log')[:8].hex()}",
            epoch=_epoch(folder / "epoch"),
        )
        _ = keys.log
        return keys

    @property
    def log(self) -> LogKeys:
        """The audit log's keys; a rotation by another process counts from the next look on."""
        try:
            changed = os.stat(self._rotations).st_mtime_ns
        except FileNotFoundError:
            changed = 0
        found = self._log.get(changed)
        if found is None:
            found = self._read_log()
            self._log.clear()
            self._log[changed] = found
        return found

    @property
    def checkpoint(self) -> Signer:
        """Signs the audit log's checkpoints."""
        return self.log.checkpoint

    @property
    def receipts(self) -> Signer:
        """Signs the receipt of each audit entry."""
        return self.log.receipts

    @property
    def _rotations(self) -> Path:
        return self.folder / "rotations"

    def _read_log(self) -> LogKeys:
        rotations = tuple(self._read_rotations())
        checkpoint, receipts = _signer(self._file("checkpoint", rotations)), _signer(self._file("receipts", rotations))
        before = (checkpoint.public_bytes, receipts.public_bytes)
        if rotations:
            before = (rotations[0].checkpoint[0], rotations[0].receipts[0])
        for number, rotation in enumerate(rotations, 1):
            if not rotation.holds(self.origin, number, *before):
                raise RotationAltered(path=self._rotations)
            before = (rotation.checkpoint[1], rotation.receipts[1])
        if before != (checkpoint.public_bytes, receipts.public_bytes):
            raise RotationAltered(path=self._rotations)
        return LogKeys(checkpoint, receipts, rotations)

    def _read_rotations(self) -> list[Rotation]:
        if not self._rotations.exists():
            return []
        try:
            return [Rotation.of_json(json.loads(line)) for line in self._rotations.read_text().splitlines()]
        except (ValueError, KeyError, TypeError) as error:
            raise RotationAltered(path=self._rotations) from error

    def _file(self, name: str, rotations: tuple[Rotation, ...]) -> Path:
        path = self.folder / (f"{name}.{len(rotations)}" if rotations else name)
        if rotations and not path.exists():
            raise RotationAltered(path=path)  # never made anew: that would be another key
        return path

    def rotate(self, at: str, size: int) -> Rotation:
        """New keys for checkpoints and receipts from the instant `at` and the tree's `size` on.

        The private keys before are removed: nobody can sign for the past. The caller holds
        the sequencer's lock.
        """
        now = self.log
        number = len(now.rotations) + 1
        fresh = [_signer(self.folder / f"{name}.{number}") for name in ("checkpoint", "receipts")]
        pairs = [
            (old.public_bytes, new.public_bytes) for old, new in zip((now.checkpoint, now.receipts), fresh, strict=True)
        ]
        unsigned = Rotation(self.origin, number, at, size, pairs[0], pairs[1])
        text = unsigned.text.encode()
        made = Rotation(
            self.origin, number, at, size, pairs[0], pairs[1], now.checkpoint.sign(text), fresh[0].sign(text)
        )
        lines = [json.dumps(rotation.to_json(), sort_keys=True) for rotation in (*now.rotations, made)]
        before = [self._file(name, now.rotations) for name in ("checkpoint", "receipts")]
        draft = self.folder / ".rotations"
        draft.touch(mode=0o600)
        draft.write_text("\n".join(lines) + "\n")
        draft.replace(self._rotations)  # from here on the new keys count
        for path in before:
            path.unlink()
        return made

    def tenant_key(self, tenant_id: UUID) -> DataKey:
        """The tenant's own key, derived from the root: wraps its data keys, seals its objects."""
        if tenant_id not in self.tenants:
            self.tenants[tenant_id] = DataKey(tenant_id, self.root.derive(f"ait/tenant/{tenant_id}"))
        return self.tenants[tenant_id]

    def seal(self, tenant_id: UUID, plain: bytes, aad: bytes) -> bytes:
        """`plain` sealed for `tenant_id` and the place that `aad` names."""
        return self.tenant_key(tenant_id).seal(plain, aad)

    def unseal(self, tenant_id: UUID, sealed: bytes, aad: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            Unsealable: it was altered, or belongs to another tenant or place.
        """
        return self.tenant_key(tenant_id).open(sealed, aad)


def _secret(path: Path) -> bytes:
    value = secret(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeysExposed(path=path)
    return value


def _signer(path: Path) -> Signer:
    return Signer(Ed25519PrivateKey.from_private_bytes(_secret(path)))


def _epoch(path: Path) -> int:
    return int(path.read_text()) if path.exists() else 1


def _text(key: bytes) -> str:
    return b64encode(key).decode()
