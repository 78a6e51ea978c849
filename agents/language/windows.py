"""Periods as people say them (*periodos*): «del 1 al 31 de enero», «de marzo», «el trimestre pasado», «de 2025».

What has no year has a reading in the past and one in the future, as a date has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from agents.language.dates import MONTHS, Direction, FoundDate
from core.dates import add_months, month_end
from knowledge.words import level

_MONTH: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_LINK: Final = r"(?:al?|hasta(?:\s+el)?|y(?:\s+el)?|to(?:\s+the)?|until(?:\s+the)?|and(?:\s+the)?|-|–)"
LINK: Final = re.compile(rf"\s*,?\s*{_LINK}\s*(?:el\s+|the\s+)?")
DAY_BEFORE: Final = re.compile(rf"\b(?P<d>\d{{1,2}}|uno|primero)(?:º|st|nd|rd|th)?\s*{_LINK}\s*(?:el\s+)?$")
MONTH: Final = re.compile(
    rf"\b(?:de|del|en|of|in|for)\s+(?:mes\s+de\s+)?(?P<m>{_MONTH})\b(?!\s+\d{{1,2}}\b)(?:\s+(?:de\s+|del\s+)?(?P<y>\d{{4}}))?"
)
QUARTER: Final = re.compile(
    r"\b(?P<q>primer|segundo|tercer|cuarto|first|second|third|fourth)\s+(?:trimestre|quarter)"
    r"(?:\s+(?:de\s+|del\s+|of\s+)?(?P<y>\d{4}))?"
)
QUARTERS: Final = {n: i for i, pair in enumerate(("primer first", "segundo second", "tercer third", "cuarto fourth"))
                   for n in pair.split()}  # fmt: skip
YEAR: Final = re.compile(r"\b(?:de|del|en|durante|of|in|for)\s+(?:ano\s+)?(?P<y>20\d{2})\b")
NEAR: Final = re.compile(
    r"\b(?:(?P<this>este|esta|this)|(?P<last>ultimo|last|pasado)|(?P<next>proximo|proxima|next))\s+"
    r"(?P<unit>mes|trimestre|ano|month|quarter|year)\b"
    r"|\b(?P<unit2>mes|trimestre|ano)\s+(?:(?P<last2>pasado|anterior)|(?P<next2>que viene|proximo|siguiente))\b"
)
MONTHS_OF: Final = {"mes": 1, "month": 1, "trimestre": 3, "quarter": 3, "ano": 12, "year": 12}


@dataclass(frozen=True)
class Window:
    """From the first day to the last, both in it; where they stand in the text."""

    first: date
    last: date
    start: int
    end: int


def window_in(text: str, found: Sequence[FoundDate], today: date, direction: Direction) -> Window | None:
    """The period that `text` names, read towards `direction` where it has no year; None if it names none.

    Args:
        text: the words.
        found: the dates in them.
        today: what relative words refer to.
        direction: of the tool: past for what happened, future for what is to come.
    """
    flat = level(text)
    for reader in (_between_dates, _days_of_month):
        for window in reader(flat, found, direction):
            return window
    for calendar in (_near, _months, _years):
        for window in calendar(flat, today, direction):
            if not any(window.start < one.end and one.start < window.end for one in found):
                return window
    return None


def _between_dates(flat: str, found: Sequence[FoundDate], direction: Direction) -> Iterator[Window]:
    for one, other in zip(found, found[1:], strict=False):
        if LINK.fullmatch(flat, one.end, other.start):
            last = other.towards(direction)
            readings = {one.past, one.future} | ({add_months(one.past, -12)} if one.past != one.future else set())
            first = max((day for day in readings if day <= last), default=None)
            if first is not None:
                yield Window(first, last, one.start, other.end)


def _days_of_month(flat: str, found: Sequence[FoundDate], direction: Direction) -> Iterator[Window]:
    for one in found:
        before = DAY_BEFORE.search(flat, 0, one.start)
        last = one.towards(direction)
        day = int(before["d"]) if before and before["d"].isdigit() else 1
        if before and 1 <= day <= last.day:
            yield Window(last.replace(day=day), last, before.start(), one.end)


def _near(flat: str, today: date, direction: Direction) -> Iterator[Window]:
    for m in NEAR.finditer(flat):
        size = MONTHS_OF[m["unit"] or m["unit2"]]
        begin = date(today.year, (today.month - 1) // size * size + 1, 1)
        shift = size if m["next"] or m["next2"] else -size if m["last"] or m["last2"] else 0
        yield _of(m, add_months(begin, shift), size)


def _months(flat: str, today: date, direction: Direction) -> Iterator[Window]:
    for pattern, size in ((QUARTER, 3), (MONTH, 1)):
        for m in pattern.finditer(flat):
            month = MONTHS[m["m"]] if size == 1 else 3 * QUARTERS[m["q"]] + 1
            if m["y"]:
                yield _of(m, date(int(m["y"]), month, 1), size)
                continue
            begin = date(today.year, month, 1)
            if direction == "past" and begin > today:
                begin = add_months(begin, -12)
            if direction == "future" and month_end(add_months(begin, size - 1)) < today:
                begin = add_months(begin, 12)
            yield _of(m, begin, size)


def _years(flat: str, today: date, direction: Direction) -> Iterator[Window]:
    for m in YEAR.finditer(flat):
        yield _of(m, date(int(m["y"]), 1, 1), 12)


def _of(match: re.Match[str], first: date, months: int) -> Window:
    return Window(first, add_months(first, months) - timedelta(days=1), match.start(), match.end())
