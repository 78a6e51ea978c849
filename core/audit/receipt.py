"""A receipt (*acuse*): the gate's signed promise that an entry will be in the tree by a time.

It closes the window between an entry's commit and its place in the tree: an entry that is
altered before the sequencer comes no longer fits its receipt, and a receipt without a
place in the tree after `merge_by` proves misbehaviour.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from core.audit.canonical import instant
from core.keys import Signer

MERGE_DELAY: Final = timedelta(seconds=5)


def promise(log: str, entry_id: str, body_hash: bytes, at: str) -> bytes:
    """The text that a receipt signs; `at` is the entry's own instant."""
    merge_by = instant(datetime.fromisoformat(at) + MERGE_DELAY)
    return _promise(log, entry_id, body_hash, at, merge_by)


def _promise(log: str, entry_id: str, body_hash: bytes, at: str, merge_by: str) -> bytes:
    # The canonical form, written out: names of logs, ids and instants hold nothing to escape.
    return (
        f'{{"at":"{at}","body_hash":"{body_hash.hex()}","id":"{entry_id}","log":"{log}","merge_by":"{merge_by}"}}'
    ).encode()


def body_hash_of(body: bytes) -> bytes:
    """SHA-256 of an entry's bytes."""
    return hashlib.sha256(body).digest()


def sign(signer: Signer, log: str, entry_id: str, body_hash: bytes, at: datetime) -> bytes:
    """The receipt of an entry."""
    return signer.sign(_promise(log, entry_id, body_hash, instant(at), instant(at + MERGE_DELAY)))
