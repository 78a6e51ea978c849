"""Secrets that an installation makes for itself: one file each, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret(path: Path, size: int = 32) -> bytes:
    """The bytes of the secret at `path`, made at random the first time.

    Two processes that make it at once agree: one creates the file, the other reads it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(size))
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()
