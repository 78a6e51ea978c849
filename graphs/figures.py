"""Figures in prose (*cifras*): each number of an answer must come from a result of the turn.

A number that nothing of the turn contains is marked «sin fuente» in the text itself: an
answer about money may be incomplete, it may not be invented.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from agents.language.numbers import numbers
from core.i18n import N_

MARK: Final = N_("sin fuente")
TOKEN: Final = re.compile(r"(?<![\w.,/-])[−-]?\d[\d.,]*\d(?![\w/-])|(?<![\w.,/-])[−-]?\d(?![\w.,/-])")
SMALL: Final = Decimal(20)  # counts and ordinals up to here are not facts worth a source
GROUPS: Final = re.compile(r"(?<![\w.,])\+?\d{1,3}(?:[ \u00a0\u202f]\d{2,3})+(?![\w])")  # «600 111 222»
RUNS: Final = re.compile(r"\d+")


def readings(token: str) -> set[Decimal]:
    """What a written number can mean: 1.234,56 in Spanish, 1,234.56 in English."""
    bare = token.replace("\N{MINUS SIGN}", "-").lstrip("-")
    spanish, english = bare.replace(".", "").replace(",", "."), bare.replace(",", "")
    found: set[Decimal] = set()
    for text in (spanish, english):
        try:
            found.add(Decimal(text))
        except InvalidOperation:
            continue
    return found


def known_figures(values: Iterable[Any]) -> set[Decimal]:
    """All numbers in `values`: as they stand, the digits of dates and codes, and lengths of lists."""
    found: set[Decimal] = set()
    for value in values:
        for length in _lengths(value):
            found.add(Decimal(length))
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for token in re.findall(r"\d[\d.,]*", text):
            found |= readings(token.rstrip(".,"))
        found |= {Decimal(run) for run in RUNS.findall(text)}
    # Shares are told as percentages: 0.08 backs «8 %».
    return found | {value * 100 for value in found}


def said_figures(text: str) -> set[Decimal]:
    """The numbers of a person's own words, «dieciocho mil» and «600 111 222» included."""
    found = {reading for n in numbers(text) for reading in (n.value, n.other) if reading is not None}
    return found | {Decimal(part) for group in GROUPS.findall(text) for part in (re.sub(r"\D", "", group),)}


def mark_unsourced(text: str, known: set[Decimal], mark: str, quotable: Iterable[str] = ()) -> tuple[str, list[str]]:
    """`text` with `mark` after each number that no reading of is known, and those numbers.

    Args:
        text: the answer.
        known: all figures that have a source.
        mark: what is put behind the others.
        quotable: texts of the house (example requests, questions); where they are quoted whole
            their numbers are nobody's claim.
    """
    unsourced: list[str] = []
    exempt = [m.span() for quote in quotable if RUNS.search(quote) for m in re.finditer(re.escape(quote), text)]
    exempt += [m.span() for m in GROUPS.finditer(text) if Decimal(re.sub(r"\D", "", m.group())) in known]

    def check(match: re.Match[str]) -> str:
        token = match.group()
        meant = readings(token)
        if any(start <= match.start() and match.end() <= end for start, end in exempt):
            return token
        if not meant or meant & known or all(value <= SMALL and value == value.to_integral() for value in meant):
            return token
        unsourced.append(token)
        return f"{token} «{mark}»"

    return TOKEN.sub(check, text), unsourced


def _lengths(value: Any) -> Iterable[int]:
    if isinstance(value, list):
        yield len(value)
        for item in value:
            yield from _lengths(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _lengths(item)
