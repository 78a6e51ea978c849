"""Which number is which argument's (*reparto de cifras*): by unit, cue and nearness.

«Conductor de 42 años con 20 de carné, coche de 11 años y 110 CV» has four numbers, three
of them in years. All pairs are scored, and the best pairs win; a tie leaves both out.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from agents.language.lexicon import concept
from agents.language.numbers import Number
from agents.language.phrases import find, phrase_pattern
from agents.language.schemas import Argument
from knowledge.words import STOP, level, stem, words

UNIT: Final = 2.0
CUE_BEFORE: Final = 3.0
CUE_AFTER: Final = 2.6
HINT: Final = 1.4  # a word of the argument's description stands near
PER_WORD: Final = 0.4  # lost with each word between
ENOUGH: Final = 1.2
TIE: Final = 0.25
BREAK: Final = re.compile(r"[;:.]\s|,\s|\s(?:y|and|con|with)\s")
DENIED: Final = re.compile(r"\b(?:sin|ningun[ao]?|no|zero|without)\s+(?:haber tenido\s+|tiene\s+|at-fault\s+)?$")
LEAD: Final = re.compile(r"^\W*(?:(?:€|eur|euros?|euro)\W*)?(?:(?:de|of|en|in|as)\s+)?(?:(?:la|el|the|an?)\s+)?")
MONEY: Final = frozenset({"eur", "euro", "euros"})
WEEKS: Final = ("semana", "semanas", "week", "weeks")
DAYS: Final = ("dias", "dia", "days", "day")


def assign(arguments: Sequence[Argument], found: Sequence[Number], text: str) -> dict[tuple[str, ...], Any]:
    """Values for numeric `arguments` out of the numbers `found` in `text`; what is unsure is left out."""
    flat = level(text)
    units = {unit for argument in arguments for unit in argument.units}
    pairs = [
        (score, argument, number)
        for argument in arguments
        for number in found
        if (score := _score(argument, number, found, flat, units)) >= ENOUGH
    ]
    values: dict[tuple[str, ...], Any] = {}
    taken: set[int] = set()
    while pairs:
        pairs.sort(key=lambda pair: (-pair[0], pair[2].start, pair[1].path))
        score, argument, number = pairs[0]
        rivals = [p for p in pairs[1:] if score - p[0] < TIE and (p[1] is argument) != (p[2] is number)]
        value = None if rivals else fitting(argument, number, flat)
        if value is not None:
            values[argument.path] = value
            taken.add(number.start)
            pairs = [p for p in pairs if p[1] is not argument and p[2] is not number]
        else:
            pairs = pairs[1:] if not rivals else _without_tied(pairs, score, argument, number)
    return {**_denied(arguments, flat), **values}


def _without_tied(
    pairs: list[tuple[float, Argument, Number]], score: float, argument: Argument, number: Number
) -> list[tuple[float, Argument, Number]]:
    """The pairs left when several claim one number, or one argument has several, equally well.

    What is contested is left out wholly: the number must not fall to a third, weaker claim.
    """
    tied = [p for p in pairs[1:] if score - p[0] < TIE]
    claimed = any(p[2] is number for p in tied)
    several = any(p[1] is argument for p in tied)
    return [p for p in pairs[1:] if not (claimed and p[2] is number) and not (several and p[1] is argument)]


def _denied(arguments: Iterable[Argument], flat: str) -> dict[tuple[str, ...], Any]:
    """Zero for what is denied: «sin siniestros», «sin franquicia», "no claims"."""
    zero: dict[tuple[str, ...], Any] = {}
    for argument in arguments:
        nouns = [u for u in argument.units if u.isalpha() and len(u) > 4] + list(argument.cues)
        for start, _ in (place for noun in nouns for place in find(noun, flat)):
            if DENIED.search(flat[:start]):
                zero[argument.path] = 0 if argument.kind == "integer" else "0"
    return zero


def _score(argument: Argument, number: Number, found: Sequence[Number], flat: str, units: set[str]) -> float:
    after, before = flat[number.end :], flat[: number.start]
    own = _starts_with(argument.units, after) or ("€" in argument.units and before.rstrip().endswith("€"))
    weeks = _starts_with(WEEKS, after) and any(level(unit) in DAYS for unit in argument.units)
    if argument.units and not own and not weeks and _starts_with(units, after):
        return 0.0
    left_end = max((n.end for n in found if n.end <= number.start), default=0)
    right_end = min((n.start for n in found if n.start >= number.end), default=len(flat))
    left = BREAK.split(flat[left_end : number.start])[-1] if before else ""
    right = BREAK.split(flat[number.end : right_end])[0]
    near = max(_near(argument.cues, left, right), HINT / CUE_BEFORE * _near_words(argument, left, right))
    if not near:  # «potencia de motor, 110»: the cue may stand before a comma, for less
        near = 0.6 * _near(argument.cues, flat[left_end : number.start], "")
    return (UNIT if own or weeks else 0.0) + near


def _starts_with(units: Iterable[str], after: str) -> bool:
    return any((m := phrase_pattern(unit).match(after.lstrip())) is not None and m.end() > 0 for unit in units)


def _near(cues: Iterable[str], left: str, right: str) -> float:
    best = 0.0
    for cue in cues:
        for _, end in find(cue, left):
            best = max(best, CUE_BEFORE - PER_WORD * len(left[end:].split()))
        joined = len(LEAD.match(right).group())  # type: ignore[union-attr]  # it matches anywhere
        for start, _ in find(cue, right):
            # «300 € de franquicia»: what joins the number to its word is no distance.
            best = max(best, CUE_BEFORE if start <= joined else CUE_AFTER - PER_WORD * len(right[:start].split()))
    return best


def _near_words(argument: Argument, left: str, right: str) -> float:
    told = {concept(stem(w)) for w in words(argument.description) if w not in STOP and len(w) > 2}
    told -= {concept(stem(w)) for w in MONEY}
    told -= {concept(stem(w)) for unit in argument.units for w in words(unit)}
    best = 0.0
    for distance, word in enumerate(reversed(words(left))):
        if concept(stem(word)) in told:
            best = max(best, CUE_BEFORE - PER_WORD * distance)
    for distance, word in enumerate(words(right)):
        if concept(stem(word)) in told:
            best = max(best, CUE_AFTER - PER_WORD * distance)
    return best


def fitting(argument: Argument, number: Number, flat: str = "") -> Any:
    """`number` as the argument takes it; None if it does not fit or can be read in two ways."""
    value: Decimal | None = number.value
    if number.other is not None:
        value = _one_reading(argument, number.value, number.other)
    if value is None or (argument.largest is not None and value > Decimal(str(argument.largest))):
        return None
    if _starts_with(WEEKS, flat[number.end :]) and any(level(unit) in DAYS for unit in argument.units):
        value *= 7
    if argument.kind == "integer":
        return int(value) if value == value.to_integral_value() else None
    return f"{value:f}"


def _one_reading(argument: Argument, thousands: Decimal, decimal: Decimal) -> Decimal | None:
    """The only reading that the argument's type allows; None if both do."""
    too_large = argument.largest is not None and thousands > Decimal(str(argument.largest))
    if too_large:
        return decimal if argument.kind == "number" else None
    # Three decimals are no cents and no whole number: only thousands are left.
    return thousands if argument.kind == "integer" or (argument.decimals or 9) < 3 else None
