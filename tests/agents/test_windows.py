"""Periods as people say them, and the two ends of a period filled from one phrase."""

from datetime import date
from typing import Literal

import pytest

from agents.language.dates import dates
from agents.language.windows import window_in

TODAY = date(2026, 11, 22)


def said(text: str, direction: Literal["past", "future"] = "past") -> tuple[str, str] | None:
    window = window_in(text, dates(text, TODAY), TODAY, direction)
    return window and (window.first.isoformat(), window.last.isoformat())


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("la tanda desde el 1 hasta el 31 de enero", ("2027-01-01", "2027-01-31")),
        ("las que vencen entre el 1 y el 31 de enero", ("2027-01-01", "2027-01-31")),
        ("del 15 de diciembre al 14 de enero", ("2026-12-15", "2027-01-14")),
        ("renovaciones de enero", ("2027-01-01", "2027-01-31")),
        ("renovaciones de diciembre", ("2026-12-01", "2026-12-31")),
        ("renovaciones de este mes", ("2026-11-01", "2026-11-30")),
        ("renovaciones del mes que viene", ("2026-12-01", "2026-12-31")),
        ("mass renewal of next month", ("2026-12-01", "2026-12-31")),
        ("renovaciones de enero de 2028", ("2028-01-01", "2028-01-31")),
    ],
)
def test_what_is_to_come_lies_ahead(text: str, window: tuple[str, str]) -> None:
    assert said(text, "future") == window


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("siniestralidad de autos de este año", ("2026-01-01", "2026-12-31")),
        ("siniestralidad del año pasado", ("2025-01-01", "2025-12-31")),
        ("siniestralidad de 2024", ("2024-01-01", "2024-12-31")),
        ("siniestralidad de diciembre", ("2025-12-01", "2025-12-31")),
        ("siniestralidad del primer trimestre", ("2026-01-01", "2026-03-31")),
        ("siniestralidad del tercer trimestre de 2025", ("2025-07-01", "2025-09-30")),
        ("siniestralidad del trimestre pasado", ("2026-07-01", "2026-09-30")),
        ("desde el 01/02/2025 hasta el 31/01/2026", ("2025-02-01", "2026-01-31")),
        ("from 1 March to 30 April", ("2026-03-01", "2026-04-30")),
        ("del 1 de noviembre al 28 de febrero", ("2025-11-01", "2026-02-28")),
    ],
)
def test_what_happened_lies_behind(text: str, window: tuple[str, str]) -> None:
    assert said(text) == window


@pytest.mark.parametrize(
    "text", ["siniestralidad de autos", "desde el 10/01/2025", "el siniestro SI2026-0001", "31 de enero"]
)
def test_no_period_is_made_up(text: str) -> None:
    assert said(text) is None
