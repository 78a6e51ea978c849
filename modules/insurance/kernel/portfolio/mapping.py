"""Which column is which (*mapeo de columnas*): proposed by what headings mean, confirmed by a person, remembered."""

from collections.abc import Mapping, Sequence
from typing import Final

from rapidfuzz import fuzz

from modules.insurance.kernel.portfolio.phrases import folded
from modules.insurance.kernel.portfolio.sheets import Sheet
from modules.insurance.kernel.portfolio.targets import Column, Target
from modules.insurance.kernel.portfolio.values import Kind, Mark, mark_of

LIKELY: Final = 86  # of a hundred: a heading with a typing error, or a word more
SAMPLE: Final = 500  # rows that tell the decimal mark


def proposed(target: Target, headings: Sequence[str], remembered: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our fields by the heading that they are read from; what was confirmed for the source goes first.

    A heading is taken once: the best pairs first, whole matches before likenesses.
    """
    found = {name: heading for name, heading in (remembered or {}).items()
             if heading in headings and name in target.columns}  # fmt: skip
    pairs = [
        (_likeness(heading, column), -rank, name, heading)
        for rank, (name, column) in enumerate(target.columns.items()) if name not in found
        for heading in headings if heading not in found.values()
    ]  # fmt: skip
    for score, _, name, heading in sorted(pairs, reverse=True):
        if score < LIKELY:
            break
        if name not in found and heading not in found.values():
            found[name] = heading
    return {name: found[name] for name in target.columns if name in found}


def _likeness(heading: str, column: Column) -> float:
    """How well a heading says a column, of 100; an earlier synonym counts a little more."""
    said = folded(heading)
    best = 0.0
    for place, synonym in enumerate(column.headings):
        known = folded(synonym)
        if said == known:
            best = max(best, 100.0 + 10 - min(place, 9))
        else:
            best = max(best, fuzz.token_sort_ratio(said, known) - place / 100)
    return best


def missing(target: Target, columns: Mapping[str, str]) -> tuple[str, ...]:
    """The fields without which no row can be taken."""
    return tuple(name for name, column in target.columns.items() if column.required and name not in columns)


def told_mark(target: Target, sheet: Sheet, columns: Mapping[str, str]) -> Mark | None:
    """The decimal mark that the amounts of a file tell; None if they leave it open."""
    amounts = (Kind.MONEY, Kind.NUMBER)
    at = [sheet.headings.index(heading) for name, heading in columns.items() if target.columns[name].kind in amounts]
    cells = [row[column] for row in sheet.rows[:SAMPLE] for column in at]
    return mark_of([cell for cell in cells if isinstance(cell, str) and cell.strip()])
