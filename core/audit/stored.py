"""A stored entry, and whether it still says what it said when it was written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.audit.canonical import NotCanonical, parse
from core.audit.receipt import body_hash_of, promise
from core.i18n import N_
from core.keys import Keys

NOT_READABLE: Final = N_("su texto está alterado: no está en forma canónica")
NOT_ITS_ROW: Final = N_("su identificador o su inquilino no coinciden con su texto")
NOT_ITS_HASH: Final = N_("su texto no coincide con su huella")
NOT_ITS_RECEIPT: Final = N_("su acuse firmado no corresponde a su texto")


class Stored(NamedTuple):
    """A row of `soriano_audit.entry`."""

    id: UUID
    tenant_id: UUID
    body: bytes
    body_hash: bytes
    receipt: bytes


def fault_of(entry: Stored, keys: Keys) -> str | None:
    """What is wrong with the row taken by itself, said in Spanish; None if it is as it was signed."""
    said = said_by(entry, keys)
    if isinstance(said, str):
        return said
    return None if receipt_holds(entry.body_hash, entry.receipt, said, keys) else NOT_ITS_RECEIPT


def said_by(entry: Stored, keys: Keys) -> dict[str, Any] | str:
    """What the row says, or what is wrong with it; its receipt apart, which costs most to check."""
    return said_in(str(entry.id), str(entry.tenant_id), entry.body, entry.body_hash, keys.origin)


def said_in(id: str, tenant: str, body: bytes, body_hash: bytes, log: str) -> dict[str, Any] | str:
    """What `body` says, if it is that of this id and tenant in `log`; else what is wrong with it."""
    try:
        said: dict[str, Any] = parse(body)
        named = (said["id"], said["tenant"], said["log"])
        datetime.fromisoformat(said["at"])
    except (NotCanonical, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return NOT_READABLE
    if named != (id, tenant, log):
        return NOT_ITS_ROW
    if body_hash_of(body) != body_hash:
        return NOT_ITS_HASH
    return said


def receipt_holds(body_hash: bytes, receipt: bytes, said: Mapping[str, Any], keys: Keys) -> bool:
    """Whether the receipt is the entry's, signed by a key of its time."""
    message = promise(said["log"], said["id"], body_hash, said["at"])
    return any(key.signed(message, receipt) for key in keys.log.receipts_of(said["at"]))
