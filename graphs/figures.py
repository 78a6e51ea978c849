"""Figures in prose (*cifras*): each number of an answer must come from a result of the turn.

A number that nothing of the turn contains is marked «sin fuente» in the text itself: an
answer about money may be incomplete, it may not be invented.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.i18n import N_

MARK: Final = N_("sin fuente")
TOKEN: Final = re.compile(r"(?<![\w.,/-])[−-]?\d[\d.,]*\d(?![\w/-])|(?<![\w.,/-])[−-]?\d(?![\w.,/-])")
SMALL: Final = Decimal(20)  # counts and ordinals up to here are not facts worth a source
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


def mark_unsourced(text: str, known: set[Decimal], mark: str) -> tuple[str, list[str]]:
    """`text` with `mark` after each number that no reading of is known, and those numbers."""
    unsourced: list[str] = []

    def check(match: re.Match[str]) -> str:
        token = match.group()
        meant = readings(token)
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
