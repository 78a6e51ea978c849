"""Finding set phrases in a text: the words people use for a choice, a cue, a unit."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from knowledge.words import level

NOT: Final = frozenset({"no", "sin", "ni", "ningun", "ninguna", "nunca", "tampoco", "not", "without", "never", "zero"})
_SIDE: Final = r"(?<![\w]){}(?![\w])"


@dataclass(frozen=True)
class Said:
    """A value that a phrase stands for, and where the phrase stands."""

    value: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """A pattern that finds `phrase` in levelled text, as whole words, in singular or plural."""
    parts = [re.escape(part) for part in level(phrase.strip()).split()]
    body = r"\s+".join(parts)
    if body.endswith("s") and len(body) > 4:
        body = body[:-1]
    plural = "(?:e?s)?" if body[-1:].isalpha() else ""
    return re.compile(rf"(?<!\w){body}{plural}(?!\w)" if body[:1].isalnum() else f"{body}{plural}")


def find(phrase: str, flat: str) -> list[tuple[int, int]]:
    """The places of `phrase` in levelled text."""
    return [(m.start(), m.end()) for m in phrase_pattern(phrase).finditer(flat)]


def longest(words: Mapping[str, Iterable[str]], flat: str) -> Said | None:
    """The value whose phrase is found; of several the longest phrase, then the last said."""
    found = [
        Said(value, start, end)
        for value, phrases in words.items()
        for phrase in phrases
        for start, end in find(phrase, flat)
    ]
    return max(found, key=lambda said: (said.end - said.start, said.start), default=None)


def negated(flat: str, start: int) -> bool:
    """Whether the words before `start` deny what follows («sin franquicia», «no acepta»)."""
    before = flat[:start].split()[-2:]
    return any(word.strip(",.;") in NOT for word in before)
