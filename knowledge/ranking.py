"""Ranking by words: Okapi BM25 in memory, and the fusion of several rankings.

Some hundred short texts (tool examples, notes) fit in a dictionary; a search costs under a
millisecond, and needs no index on disk.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Generic, TypeVar

K1: Final = 1.4  # how soon a repeated word stops to count
B: Final = 0.6  # how much a long text is discounted; our texts are of like length
RRF_K: Final = 60  # Cormack, Clarke & Büttcher (2009): the constant of reciprocal rank fusion

T = TypeVar("T")


class Bm25(Generic[T]):
    """An index over `(item, words)` pairs; `search` gives items with their scores."""

    def __init__(self, documents: Iterable[tuple[T, Sequence[str]]]) -> None:
        """Index the `documents` by their words."""
        self.items: list[T] = []
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for number, (item, words) in enumerate(documents):
            self.items.append(item)
            self._lengths.append(len(words))
            for word, count in Counter(words).items():
                self._postings[word].append((number, count))
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0

    def rarity(self, word: str) -> float:
        """The weight of `word`: high where few documents have it, highest where none has."""
        have = len(self._postings.get(word, ()))
        return math.log(1 + (len(self.items) - have + 0.5) / (have + 0.5))

    def search(self, words: Sequence[str], limit: int = 10) -> list[tuple[T, float]]:
        """The best `limit` items, best first; ties keep the order of indexing."""
        scores: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words):
            rarity = self.rarity(word)
            for number, count in self._postings.get(word, ()):
                norm = K1 * (1 - B + B * self._lengths[number] / (self._mean or 1.0))
                scores[number] += rarity * count * (K1 + 1) / (count + norm)
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        return [(self.items[number], score) for number, score in best]


def fuse(rankings: Iterable[Sequence[T]], limit: int = 10) -> list[tuple[T, float]]:
    """One ranking out of several by reciprocal rank; an item counts where it appears."""
    scores: dict[T, float] = defaultdict(float)
    for ranking in rankings:
        for place, item in enumerate(ranking, start=1):
            scores[item] += 1 / (RRF_K + place)
    return sorted(scores.items(), key=lambda pair: -pair[1])[:limit]
