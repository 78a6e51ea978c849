"""Panels: what other modules add to the all-round view of a record (*visión 360°*).

A module marks a function `(ctx, id) -> Panel` with `@panel("customer")`; the loader gathers
them and the gate hands them to tools as `ctx.panels`, so that the customer's module shows
policies and receipts without knowing of them.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.context import Context

MARK: Final = "__ait_panel__"
F = TypeVar("F", bound=Callable[[Context, UUID], "Panel"])


class Panel(BaseModel):
    """A titled table of the rows that belong to a record."""

    model_config = ConfigDict(frozen=True)

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: int = 0  # rows left out


def panel(kind: str) -> Callable[[F], F]:
    """Mark the function below as contributing a panel to records of `kind`."""

    def mark(function: F) -> F:
        setattr(function, MARK, kind)
        return function

    return mark
