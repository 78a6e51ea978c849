"""A receipt (*acuse*): the gate's signed promise that an entry will be in the tree by a time.

It closes the window between an entry's commit and its place in the tree: an entry that is
altered before the sequencer comes no longer fits its receipt, and a receipt without a
place in the tree after `merge_by` proves misbehaviour.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from core.audit.canonical import canonical, instant
from core.keys import Signer

MERGE_DELAY: Final = timedelta(seconds=5)


def promise(log: str, entry_id: str, body_hash: bytes, at: str) -> bytes:
    """The text that a receipt signs; `at` is the entry's own instant."""
    merge_by = instant(datetime.fromisoformat(at) + MERGE_DELAY)
    return canonical({"at": at, "body_hash": body_hash.hex(), "id": entry_id, "log": log, "merge_by": merge_by})


def body_hash_of(body: bytes) -> bytes:
    """SHA-256 of an entry's bytes."""
    return hashlib.sha256(body).digest()


def sign(signer: Signer, log: str, entry_id: str, body: bytes, at: str) -> bytes:
    """The receipt of an entry."""
    return signer.sign(promise(log, entry_id, body_hash_of(body), at))
