"""Saved queries over the ERP (*consultas guardadas*): what the business knows, as a table for the engines.

Each file declares some with `@extract`; nobody lists them. A query reads rows of the tenant through
the session, so that row security holds, and gives a frame with one row an observation. Persons are
told by record ids, never by name: a model has no use for a name.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final

from core.context import Context

if TYPE_CHECKING:
    import pandas as pd

MARK: Final = "__ait_extract__"


@dataclass(frozen=True)
class Window:
    """What is asked for: a line or all, from one day to another."""

    from_on: date
    to_on: date
    line: str | None = None


Query = Callable[[Context, Window], "pd.DataFrame"]


@dataclass(frozen=True)
class Extract:
    """A saved query: its name, its Spanish title, the permission it needs, and how it reads."""

    name: str
    title: str
    permission: str
    read: Query


def extract(title: str, *, permission: str) -> Callable[[Query], Query]:
    """Declare the function below as a saved query; its name is the function's.

    Args:
        title: Spanish label for people.
        permission: what the person must hold to read these rows, as for the module's own tools.
    """

    def mark(read: Query) -> Query:
        setattr(read, MARK, Extract(read.__name__, title, permission, read))
        return read

    return mark


@cache
def extracts() -> dict[str, Extract]:
    """All saved queries by name."""
    found = {}
    for part in pkgutil.iter_modules(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(part.name)).values():
            if hasattr(value, MARK):
                said: Extract = getattr(value, MARK)
                found[said.name] = said
    return dict(sorted(found.items()))
