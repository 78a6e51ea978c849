"""Engines: how is it computed? Pure typed functions, a folder a family, a file (or folder) an engine.

They import nothing of ours. `operations` finds them; the module `ait-engines` makes each a tool.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engines.contract import Operation

FAMILIES: Final = ("statistical", "economic", "financial", "insurance", "machine_learning", "data")


def _modules() -> Iterator[str]:
    for family in FAMILIES:
        folder = Path(__file__).parent / family
        for part in pkgutil.walk_packages([str(folder)], f"engines.{family}."):
            yield part.name


@cache
def operations() -> "dict[str, Operation]":
    """All operations by the names of their tools, in order."""
    from engines.contract import MARK, Operation  # pydantic: nobody pays for it who only names the engines

    found = {}
    for name in _modules():
        module = importlib.import_module(name)
        for value in vars(module).values():
            if inspect.isfunction(value) and value.__module__ == name and hasattr(value, MARK):
                said: Operation = getattr(value, MARK)
                found[said.name] = said
    return dict(sorted(found.items()))
