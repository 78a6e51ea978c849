"""Plug-ins: which ones may be imported. Code runs only at a digest that an administrator pinned."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import Distribution
from pathlib import Path

from core.i18n import N_


def digest_of(distribution: Distribution) -> str:
    """SHA-256 over the names and contents of all installed files, as they lie on the disk now."""
    whole = hashlib.sha256()
    for file in sorted(distribution.files or (), key=str):
        path = Path(str(file.locate()))
        if file.suffix != ".pyc" and path.is_file() and file.name != "INSTALLER":
            whole.update(f"{file}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def is_editable(distribution: Distribution) -> bool:
    """Whether its developer works on it here; such an install counts as pinned."""
    said = json.loads(distribution.read_text("direct_url.json") or "{}")
    return bool(said.get("dir_info", {}).get("editable"))


def pinned(distribution: Distribution, pins: Mapping[str, str]) -> str | None:
    """None if the plug-in may load, else the reason why it may not."""
    if is_editable(distribution) or pins.get(distribution.name) == digest_of(distribution):
        return None
    if distribution.name in pins:
        return N_("su código ha cambiado desde que se fijó; revíselo y fíjelo con «ait modules pin»")
    return N_("nadie lo ha fijado; revíselo y fíjelo con «ait modules pin»")
