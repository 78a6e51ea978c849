"""A checkpoint: the tree's size and root, signed, as a C2SP signed note.

    ait-core-soriano/4f1c…        the log
    1042                          leaves
    base64 of the root
    epoch 1                       rises when a backup has been restored
    at 2026-11-22T14:35:19.000000Z
    previous 1040                 the checkpoint before, so that none can be left out
    receipts base64               running hash of all receipts, so that none can be exchanged

    — ait-core-soriano/4f1c… base64 of key hash and Ed25519 signature

Whoever keeps one of these notes can later prove that the log was rewritten.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Final

from core.errors import AitError
from core.i18n import N_
from core.keys import Keys, Signer, Verifier

ED25519: Final = b"\x01"
SIGNATURE: Final = "\N{EM DASH} "


class NotSigned(AitError):
    """A note that this installation's key did not sign, or that is no checkpoint."""

    code = "ait.not_signed"
    text = N_("El punto de control de la auditoría no lleva una firma válida.")


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says; the first ones of an old log say nothing of receipts."""

    origin: str
    size: int
    root: bytes
    epoch: int
    at: str
    previous: int
    receipts: bytes | None = None

    @property
    def text(self) -> str:
        """The signed part of the note."""
        hashed = f"receipts {b64encode(self.receipts).decode()}\n" if self.receipts is not None else ""
        return (
            f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"
            f"epoch {self.epoch}\nat {self.at}\nprevious {self.previous}\n{hashed}"
        )

    def sign(self, keys: Keys) -> str:
        """The whole note, with its signature line."""
        signer = keys.checkpoint
        signed = key_hash(self.origin, signer) + signer.sign(self.text.encode())
        return f"{self.text}\n{SIGNATURE}{self.origin} {b64encode(signed).decode()}\n"


def key_hash(name: str, key: Signer | Verifier) -> bytes:
    """Four bytes that tell which key signed (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key.public_bytes).digest()[:4]


def verifier_key(keys: Keys) -> str:
    """The public key as witnesses take it: `name+hash+base64`."""
    hash = key_hash(keys.origin, keys.checkpoint).hex()
    return f"{keys.origin}+{hash}+{b64encode(ED25519 + keys.checkpoint.public_bytes).decode()}"


def grow(receipts: bytes, receipt: bytes) -> bytes:
    """The running hash of all receipts, one more taken in; it begins with the empty hash."""
    return hashlib.sha256(receipts + hashlib.sha256(receipt).digest()).digest()


def read(note: str, keys: Keys) -> Checkpoint:
    """The checkpoint that `note` says, its signature checked with the key of its time.

    Raises:
        NotSigned: it is not one of ours, to the byte.
    """
    text, gap, signature = note.partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root = lines[:3]
        (_, epoch), (_, at), (_, previous) = (line.split(" ", 1) for line in lines[3:6])
        hashed = b64decode(lines[6].removeprefix("receipts "), validate=True) if lines[6:] else None
        found = Checkpoint(origin, int(size), b64decode(root, validate=True), int(epoch), at, int(previous), hashed)
        signed = b64decode(signature.removeprefix(f"{SIGNATURE}{origin} ").removesuffix("\n"), validate=True)
    except (ValueError, Base64Error) as error:
        raise NotSigned() from error
    key = keys.log.checkpoint_of(found.size)
    # Written again and compared: no second spelling of a number or of base64 passes.
    right = (
        gap
        and origin == keys.origin
        and found.text == text + "\n"
        and signed[:4] == key_hash(origin, key)
        and signature == f"{SIGNATURE}{origin} {b64encode(signed).decode()}\n"
        and key.signed(found.text.encode(), signed[4:])
    )
    if not right:
        raise NotSigned()
    return found
