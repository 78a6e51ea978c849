"""Files that leave by a folder (a bank's remittance): written once, whole, under the order's name.

Whoever collects them takes them away, so a missing file does not mean that it never was
there. What happened is therefore told by three names of one file:

    .staging/NAME   being written, and then complete
    .receipts/NAME  complete; kept for ever as the proof of what left
    NAME            delivered, by renaming the staged one, which is the one atomic act

A receipt beside a staged file was not delivered; a receipt without one was, whether or not
the file has been collected since; without a receipt nothing left.
"""

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import ClassVar, Final

from core.effects.performer import NotSent, Order, Refused, Standing

SAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class FileDrop:
    """Writes `body` into `folder`; `subject` is the wished name, `extra["encoding"]` its encoding."""

    folder: Path

    idempotent: ClassVar[bool] = False  # a bank that collects the same remittance twice charges twice

    @property
    def missing(self) -> str | None:
        """Nothing: the folder is made."""
        return None

    def name(self, order: Order) -> str:
        """The wished name with the order's id before the ending, so that no two are the same."""
        wished = PurePath(order.subject)
        stem = SAFE.sub("-", wished.stem).strip("-")[:60]
        ending = SAFE.sub("", wished.suffix)[:8]
        return "-".join(filter(None, (stem, str(order.id)))) + (f".{ending}" if ending else "")

    def reference(self, order: Order) -> str:
        """The file's name and the hash of what is in it."""
        return f"{self.name(order)} sha256:{hashlib.sha256(_bytes(order)).hexdigest()}"

    def perform(self, order: Order) -> str:
        """Write, keep the receipt, deliver; each step on the disk before the next."""
        if self.look_up(order) == "sent":
            return self.reference(order)
        name, content = self.name(order), _bytes(order)
        staged, receipt = self.folder / ".staging" / name, self.folder / ".receipts" / name
        try:
            for place in (staged, receipt):
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with staged.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                receipt.unlink()  # of an attempt that did not deliver
            _settle(staged.parent)
        except OSError as error:
            raise NotSent(reason=error) from error
        os.link(staged, receipt)
        _settle(receipt.parent)
        staged.rename(self.folder / name)
        _settle(self.folder)
        return self.reference(order)

    def look_up(self, order: Order) -> Standing:
        """What the three names tell; a receipt that says something else is nobody's proof."""
        name = self.name(order)
        receipt = self.folder / ".receipts" / name
        if not receipt.exists() or (self.folder / ".staging" / name).exists():
            return "absent"
        return "sent" if receipt.read_bytes() == _bytes(order) else "unknown"


def _bytes(order: Order) -> bytes:
    encoding = order.extra.get("encoding", "utf-8")
    try:
        return order.body.encode(encoding)
    except (UnicodeError, LookupError) as error:
        raise Refused(reason=f"{encoding}: {error}") from error


def _settle(folder: Path) -> None:
    """Have the folder's names on the disk, so that a power cut keeps their order."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
