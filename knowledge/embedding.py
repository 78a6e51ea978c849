"""Vectors of texts without a model (*vectores*): hashed word and letter n-grams, deterministic.

Near spellings get near vectors, which words alone do not; meaning beyond spelling is not
seen, so the store always ranks by words as well. A hashing of our own instead of
scikit-learn's: importing that costs more than a whole first search may.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from knowledge.words import stems, words

DIMENSIONS: Final = 1024
LETTERS: Final = (3, 4)  # lengths of letter n-grams, within a word and its borders
WORD_WEIGHT: Final = 3.0  # a whole word says more than a piece of one

Vectors = npt.NDArray[np.float32]


def embed(texts: Sequence[str]) -> Vectors:
    """One row of length 1 for each text, shape `(len(texts), DIMENSIONS)`; all zero for no words."""
    rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for feature, weight in Counter(_features(text)).items():
            slot = crc32(feature.encode())
            # The top bit chooses the sign, so that collisions cancel out on average.
            sign = 1.0 if slot & 0x80000000 else -1.0
            importance = WORD_WEIGHT if feature.startswith("=") else 1.0
            row[slot % DIMENSIONS] += sign * importance * (1 + math.log(weight))
        length = float(np.linalg.norm(row))
        if length:
            row /= length
    return rows


def _features(text: str) -> Iterator[str]:
    roots = stems(text)
    yield from (f"={root}" for root in roots)
    yield from (f"={one} {two}" for one, two in zip(roots, roots[1:], strict=False))
    for word in words(text):
        bordered = f" {word} "
        for size in LETTERS:
            yield from (bordered[at : at + size] for at in range(len(bordered) - size + 1))
