"""Dated tables of the law (*tablas de la normativa*) kept as data in `data/`, read when first used."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict

from engines.errors import N_, InvalidInput

DATA: Final = Path(__file__).parent / "data"


class Dated(BaseModel):
    """One version of a table: the days it is in force on, both included, its source, and what comes after."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    file: ClassVar[str]
    since: date
    until: date | None
    source: str
    replaced_by: str


class ModuleCorrelations(Dated):
    """How the risk modules of the Basic Solvency Capital Requirement go together."""

    file = "bscr_correlations"
    modules: tuple[str, ...]
    correlations: tuple[tuple[float, ...], ...]


class InterestShock(Dated):
    """Relative rise and fall of the curve by maturity in years; a rise is `least_rise` at least."""

    file = "interest_shocks"
    years: tuple[float, ...]
    up: tuple[float, ...]
    down: tuple[float, ...]
    least_rise: float


T = TypeVar("T", bound=Dated)


def in_force(table: type[T], on: date | None) -> T:
    """The version of `table` for the day `on`; the latest on file without a day.

    Raises:
        InvalidInput: none on file was in force that day (argument `on`).
    """
    versions: tuple[T, ...] = _versions(table)
    if on is None:
        return versions[-1]
    for version in versions:
        if version.since <= on and (version.until is None or on <= version.until):
            return version
    raise InvalidInput("on", N_("no hay tabla legal registrada para esa fecha"))


@cache
def _versions(table: type[T]) -> tuple[T, ...]:
    held = json.loads((DATA / f"{table.file}.json").read_text(encoding="utf-8"))
    return tuple(sorted((table.model_validate(row) for row in held["versions"]), key=lambda row: row.since))
