"""Statutory figures by date (*cifras legales*): rows with `from`, oldest first, each with its norm and status."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from core.errors import BadArguments
from core.i18n import N_

Rows: TypeAlias = Sequence[Mapping[str, Any]]


@cache
def read_table(path: Path) -> Mapping[str, Any]:
    """The table in the file at `path`; read once."""
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def row_on(rows: Rows, on: date) -> Mapping[str, Any] | None:
    """The row of the latest `from` that is not after `on`; None before the first."""
    known = [row for row in rows if date.fromisoformat(row["from"]) <= on]
    return known[-1] if known else None


def figure_on(rows: Rows, on: date, field: str) -> Mapping[str, Any]:
    """As `row_on`, where a figure must be known.

    Raises:
        BadArguments: the date lies before the first figure that we know; names `field`.
    """
    row = row_on(rows, on)
    if row is None:
        raise BadArguments(
            N_("No se conoce la cifra legal en la fecha «{field}» ({on})."), field=field, on=f"{on:%d/%m/%Y}"
        )
    return row
