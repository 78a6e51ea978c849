"""Keys (*claves*): what the installation signs and encrypts with, one file each.

Signing checkpoints, access tokens and receipts uses three different keys, so that none
can be made to sign another's text. Whoever lost the files under `data_dir/keys` cannot
open what was sealed: back them up apart from the database (security needs them apart).
"""

import secrets
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final
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
ROOT_KEY_ID: Final = UUID(int=1)  # the installation's own key, which never rotates in place


class KeysExposed(AitError):
    """A key file can be read by others than its owner; nothing is signed until it is closed."""

    code = "ait.keys_exposed"
    text = N_("La clave «{path}» es legible por otros usuarios. Ejecute: chmod 600 {path}")


class Unsealable(AitError):
    """A sealed value does not open: altered, moved to another place, or its key is gone."""

    code = "ait.unsealable"
    text = N_("El dato cifrado no se puede abrir: se ha alterado o su clave ya no existe.")


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
class Signer:
    """An Ed25519 key for one purpose."""

    private: Ed25519PrivateKey

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
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Keys:
    """All keys of one installation.

    Args:
        folder: where the files lie.
        checkpoint: signs the audit log's checkpoints.
        tokens: signs access tokens (JWT).
        receipts: signs the receipt of each audit entry.
        root: seals what has no tenant, and wraps the tenants' keys.
        context: the secret behind database logins and the signed tenant context.
        origin: name of this installation's audit log, as its checkpoints bear it.
        epoch: rises by one when a backup has been restored.
        tenants: keys derived so far; a cache.
    """

    folder: Path
    checkpoint: Signer
    tokens: Signer
    receipts: Signer
    root: DataKey
    context: bytes
    origin: str
    epoch: int

    tenants: dict[UUID, DataKey] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, data_dir: Path) -> "Keys":
        """The keys of the installation under `data_dir`, made at random on first use.

        Raises:
            KeysExposed: a file is readable by others.
        """
        folder = data_dir / "keys"
        return cls(
            folder,
            checkpoint=_signer(folder / "checkpoint"),
            tokens=_signer(folder / "tokens"),
            receipts=_signer(folder / "receipts"),
            root=DataKey(ROOT_KEY_ID, _secret(folder / "master")),
            context=_secret(folder / "house"),
            origin=f"ait-core-soriano/{_secret(folder / 'log')[:8].hex()}",
            epoch=_epoch(folder / "epoch"),
        )

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
