"""Which tests the insurer asks for (*baremo médico*), by sum and age; the house's illustrative grid, by date."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.i18n import N_

DATA: Final = Path(__file__).parent / "data" / "medical_grid.json"
TESTS: Final[Mapping[str, str]] = {
    "questionnaire": N_("Cuestionario de salud"),
    "tele_interview": N_("Entrevista médica por teléfono"),
    "examination": N_("Reconocimiento médico"),
    "analytics": N_("Analítica de sangre y orina"),
    "ecg": N_("Electrocardiograma de esfuerzo"),
    "financial": N_("Cuestionario financiero, con justificación de ingresos"),
}


@dataclass(frozen=True)
class Grid:
    """What is asked for, and since when the grid holds."""

    tests: tuple[str, ...]  # codes of `TESTS`
    since: date
    source: str


@cache
def _rows() -> tuple[Mapping[str, Any], ...]:
    return tuple(json.loads(DATA.read_text(encoding="utf-8"))["grids"])


def tests_for(sum_insured: Decimal, age: int, on: date) -> Grid:
    """The tests of the first step of the grid that the sum and the age reach."""
    begun = [row for row in _rows() if date.fromisoformat(row["from"]) <= on]
    row = begun[-1] if begun else _rows()[0]
    for step in row["steps"]:
        if sum_insured > Decimal(step["sum_over"]) or (
            step.get("age_from") is not None and age >= int(step["age_from"]) and sum_insured > Decimal(step["age_sum"])
        ):
            return Grid(tuple(step["tests"]), date.fromisoformat(row["from"]), row["source"])
    return Grid(tuple(row["least"]), date.fromisoformat(row["from"]), row["source"])
