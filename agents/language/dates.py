"""Dates as people say them (*fechas*), relative to a given today, in Spanish and English.

Day comes before month, as everywhere in Spain. A date without a year, or a weekday, has a
reading in the past and one in the future; the argument decides («cobrado el lunes», «con
efecto el lunes»).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from agents.language.numbers import UNITS
from core.dates import add_months
from knowledge.words import level

Direction: TypeAlias = Literal["past", "future", "nearest"]
MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan",
            "febrero feb february",
            "marzo mar march",
            "abril abr april apr",
            "mayo may",
            "junio jun june",
            "julio jul july",
            "agosto ago august aug",
            "septiembre setiembre sep september sept",
            "octubre oct october",
            "noviembre nov november",
            "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "lunes monday",
            "martes tuesday",
            "miercoles wednesday",
            "jueves thursday",
            "viernes friday",
            "sabado saturday",
            "domingo sunday",
        )
    )
    for name in names.split()
}
RELATIVE: Final = {
    "pasado manana": 2,
    "day after tomorrow": 2,
    "the day after tomorrow": 2,
    "anteayer": -2,
    "antes de ayer": -2,
    "day before yesterday": -2,
    "esta manana": 0,
    "esta tarde": 0,
    "esta noche": 0,
    "this morning": 0,
    "anoche": -1,
    "last night": -1,
    "hoy": 0,
    "today": 0,
    "manana": 1,
    "tomorrow": 1,
    "ayer": -1,
    "yesterday": -1,
}
_MONTH: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY: Final = "|".join(WEEKDAYS)
_COUNT: Final = r"(?P<n>\d{1,3}|" + "|".join(sorted(UNITS, key=len, reverse=True)) + r"|a|an)"
_SPAN: Final = r"(?P<unit>dias?|semanas?|mes(?:es)?|anos?|days?|weeks?|months?|years?)"

ISO: Final = re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b(?!-?\d)")
NUMERIC: Final = re.compile(r"(?<![\d/.-])(?P<d>\d{1,2})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})(?![\d/-])")
SHORT: Final = re.compile(r"(?<![\d/.-])(?P<d>\d{1,2})/(?P<m>\d{1,2})(?![\d/.-])")
DAY_MONTH: Final = re.compile(
    rf"\b(?P<d>\d{{1,2}}|primero|uno)(?:st|nd|rd|th|\.?º|o)?\s+(?:de\s+|of\s+)?(?P<m>{_MONTH})\b\.?"
    r"(?:,?\s+(?:de\s+|del\s+|of\s+)?(?P<y>\d{4}))?"
)
MONTH_DAY: Final = re.compile(
    rf"\b(?P<m>{_MONTH})\.?\s+(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>\d{{4}}))?"
)
WEEKDAY: Final = re.compile(
    rf"\b(?:(?P<next>proximo|next|siguiente)|(?P<last>pasado|ultimo|last)|(?:el|este|this|on)?)\s*(?P<w>{_DAY})\b"
    r"(?P<after>\s+(?:que viene|proximo|siguiente|pasado))?"
)
IN: Final = re.compile(rf"\b(?:dentro de|en|in)\s+{_COUNT}\s+{_SPAN}\b")
AGO: Final = re.compile(rf"\bhace\s+{_COUNT}\s+{_SPAN}\b")
BEFORE_NOW: Final = re.compile(rf"\b{_COUNT}\s+{_SPAN}\s+ago\b")
WORDS: Final = re.compile(r"\b(?:" + "|".join(sorted(RELATIVE, key=len, reverse=True)) + r")\b")
MONTH_EDGE: Final = re.compile(
    r"\b(?:(?P<end>(?:a\s+)?(?:finales?|fin|ultimo dia)\s+de(?:l)?\s+mes|(?:the\s+)?end of (?:the\s+)?month)"
    r"|(?P<begin>(?:el\s+)?(?:(?:uno|primero|dia uno|dia 1|1)\s+del?\s+(?:mes que viene|proximo mes|mes proximo)|"
    r"(?:a\s+)?primeros\s+del?\s+(?:mes que viene|proximo mes))|(?:the\s+)?(?:first|1st) of next month))"
)
DAY_ONLY: Final = re.compile(r"\b(?:el\s+)?dia\s+(?P<d>\d{1,2})\b(?!\s*(?:de|del|/)\b)")


@dataclass(frozen=True)
class FoundDate:
    """A date in a text: the nearest reading, the past and the future one, and its place."""

    value: date
    start: int
    end: int
    past: date
    future: date

    def towards(self, direction: Direction) -> date:
        """The reading that an argument about the past or the future means."""
        return {"past": self.past, "future": self.future, "nearest": self.value}[direction]


def dates(text: str, today: date) -> list[FoundDate]:
    """All dates of `text` in order; days that no calendar has (31 February) are left out."""
    flat = level(text)
    found: list[FoundDate] = []
    for reader in (_full, _yearless, _edges, _relative, _weekdays, _day_only):
        for one in reader(flat, today):
            if not any(one.start < other.end and other.start < one.end for other in found):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def _fixed(match: re.Match[str], value: date) -> FoundDate:
    return FoundDate(value, match.start(), match.end(), value, value)


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full(flat: str, today: date) -> Iterator[FoundDate]:
    for pattern in (ISO, NUMERIC):
        for m in pattern.finditer(flat):
            value = _valid(_year(m["y"]), int(m["m"]), int(m["d"]))
            if value:
                yield _fixed(m, value)


def _yearless(flat: str, today: date) -> Iterator[FoundDate]:
    for pattern in (DAY_MONTH, MONTH_DAY, SHORT):
        for m in pattern.finditer(flat):
            month = MONTHS.get(m["m"]) or int(m["m"])
            day = int(m["d"]) if m["d"].isdigit() else 1
            year = m.groupdict().get("y")
            if year:
                value = _valid(int(year), month, day)
                if value:
                    yield _fixed(m, value)
            else:
                yield from _either_way(m, today, month, day)


def _either_way(m: re.Match[str], today: date, month: int, day: int) -> Iterator[FoundDate]:
    around = [d for d in (_valid(today.year + shift, month, day) for shift in (-1, 0, 1)) if d]
    if not around:
        return
    past = max((d for d in around if d <= today), default=around[0])
    future = min((d for d in around if d >= today), default=around[-1])
    nearest = min(around, key=lambda d: (abs((d - today).days), d < today))
    yield FoundDate(nearest, m.start(), m.end(), past, future)


def _edges(flat: str, today: date) -> Iterator[FoundDate]:
    for m in MONTH_EDGE.finditer(flat):
        first = add_months(today.replace(day=1), 1)
        yield _fixed(m, first if m["begin"] else first - timedelta(days=1))


def _relative(flat: str, today: date) -> Iterator[FoundDate]:
    for m in WORDS.finditer(flat):
        # «por la mañana» is a time of day, not tomorrow.
        if m.group() == "manana" and re.search(r"\b(?:la|esta)\s+$", flat[: m.start()]):
            continue
        yield _fixed(m, today + timedelta(days=RELATIVE[m.group()]))
    for m in IN.finditer(flat):
        yield _fixed(m, _shift(today, m["n"], m["unit"], 1))
    for pattern in (AGO, BEFORE_NOW):
        for m in pattern.finditer(flat):
            yield _fixed(m, _shift(today, m["n"], m["unit"], -1))


def _shift(today: date, count: str, unit: str, sign: int) -> date:
    number = sign * (int(count) if count.isdigit() else UNITS.get(count, 1))
    if unit.startswith(("mes", "month")):
        return add_months(today, number)
    if unit.startswith(("ano", "year")):
        return add_months(today, 12 * number)
    return today + timedelta(days=number * (7 if unit.startswith(("semana", "week")) else 1))


def _weekdays(flat: str, today: date) -> Iterator[FoundDate]:
    for m in WEEKDAY.finditer(flat):
        ahead = (WEEKDAYS[m["w"]] - today.weekday()) % 7
        future = today + timedelta(days=ahead or 7)
        past = today - timedelta(days=(today.weekday() - WEEKDAYS[m["w"]]) % 7 or 7)
        back = bool(m["last"]) or "pasado" in (m["after"] or "")
        fixed = back or m["next"] or m["after"]
        value = past if back else future
        start = m.start() + len(m.group()) - len(m.group().lstrip())
        if fixed:
            yield FoundDate(value, start, m.end(), value, value)
        else:
            yield FoundDate(value, start, m.end(), past, future)


def _day_only(flat: str, today: date) -> Iterator[FoundDate]:
    for m in DAY_ONLY.finditer(flat):
        day = int(m["d"])
        months = [add_months(today.replace(day=1), shift) for shift in (-1, 0, 1, 2)]
        around = [d for d in (_valid(first.year, first.month, day) for first in months) if d]
        if around:
            past = max((d for d in around if d <= today), default=around[0])
            future = min((d for d in around if d >= today), default=around[-1])
            yield FoundDate(future, m.start(), m.end(), past, future)
