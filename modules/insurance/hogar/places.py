"""What depends on where a dwelling is (*tablas por provincia*): cost of rebuilding and zone of the tariff.

The figures are the house's illustrative ones, by date, in `data/places.json`; an insurer's
own valuation prevails.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_

DATA: Final = Path(__file__).parent / "data" / "places.json"


@dataclass(frozen=True)
class Costs:
    """What it costs to rebuild and to furnish, EUR for a built m², and since when the table holds."""

    since: date
    source: str
    building: Mapping[str, Decimal]  # by province
    by_dwelling: Mapping[str, Decimal]  # factor by type of dwelling
    contents: Decimal


@cache
def _tables() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return found


def _in_force(name: str, on: date) -> Mapping[str, Any]:
    """The table of the latest `from` that is not after `on`; the first one before that."""
    rows = _tables()[name]
    begun = [row for row in rows if date.fromisoformat(row["from"]) <= on]
    found: Mapping[str, Any] = begun[-1] if begun else rows[0]
    return found


def costs_on(on: date) -> Costs:
    """The costs of building in force on a date."""
    row = _in_force("costs", on)
    return Costs(
        since=date.fromisoformat(row["from"]),
        source=row["source"],
        building={province: Decimal(value) for province, value in row["building_eur_m2"].items()},
        by_dwelling={kind: Decimal(value) for kind, value in row["by_dwelling"].items()},
        contents=Decimal(row["contents_eur_m2"]),
    )


def zone_of(province: str, on: date) -> str:
    """The tariff's zone of a province.

    Raises:
        BadArguments: there is no such province.
    """
    zones: Mapping[str, str] = _in_force("zones", on)["by_province"]
    if province not in zones:
        raise BadArguments(N_("La provincia «{value}» («{field}») no existe."), field="province", value=province)
    return zones[province]
