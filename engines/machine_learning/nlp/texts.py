"""What a text must be before anything reads it, and how it falls into sentences and words."""

import re
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engines.errors import N_, InvalidInput, LimitExceeded

Language: TypeAlias = Literal["es", "en", "ca", "gl", "eu", "pt", "fr", "de"]
LANGUAGES: Final = ("es", "en", "ca", "gl", "eu", "pt", "fr", "de")

MOST_LETTERS: Final = 200_000  # what rules read in well under a second
MOST_READ: Final = 20_000  # what is read for its meaning: some 55 sentences a second on a small machine
MOST_WORDS: Final = 100_000
IN_PARTS: Final = N_("divídalo en partes")
EMPTY: Final = N_("no contiene texto")
SURROGATE: Final = N_("contiene caracteres que no son texto")
WORD: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[·'’-][^\W\d_]+)*")
ENDS_IN_DOT: Final = frozenset(
    "sr sra srta sres d dª dña dn dr dra exp núm num nº n art arts pág págs tel tfno avda c pza ctra apdo aprox "
    "cía s.a s.l ee.uu p.ej ref ud uds vd vds prov izq dcha esc pol mat".split()
)
"""Spanish abbreviations whose dot does not end a sentence."""


NUMBER_ENDS: Final = re.compile(r"(?:[^\W\d_]{2,}|[.º°ª])[ \u00a0]*\d{1,3}\.(?=\s+[«\"(¿¡]*[^\W\d_])")
"""A number that ends a sentence ("el nº 3. La asegurada…"), unlike one that begins a line or an item."""


def text_of(text: str, argument: str, *, most: int = MOST_LETTERS) -> str:
    """`text`, if it says anything and is no longer than `most` letters.

    Raises:
        InvalidInput: nothing but spaces, or no Unicode text.
        LimitExceeded: too long.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(argument, EMPTY)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidInput(argument, SURROGATE)
    if len(text) > most:
        raise LimitExceeded(argument, most, len(text), IN_PARTS)
    return text


def words_of(words: Sequence[str], argument: str) -> list[str]:
    """`words`, each with something in it."""
    if not words:
        raise InvalidInput(argument, EMPTY)
    if len(words) > MOST_WORDS:
        raise LimitExceeded(argument, MOST_WORDS, len(words), IN_PARTS)
    return [text_of(word, argument) for word in words]


def sentences(text: str, language: str = "es") -> list[tuple[int, int]]:
    """Where each sentence begins and ends; one that ends in an abbreviation goes on in the next."""
    from simplemma import split_sentences

    spans: list[tuple[int, int]] = []
    at = 0
    for sentence in split_sentences(text, lang=None if language in ("es", "eu", "gl", "ca") else language):
        start = text.find(sentence, at)
        if start < 0:  # the splitter has normalised its white space
            start = at
        end = min(start + len(sentence), len(text))
        at = end
        if spans and _goes_on(text[spans[-1][0] : spans[-1][1]]) and "\n\n" not in text[spans[-1][1] : start]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    # German and Basque write ordinals with a dot.
    return spans if language in ("de", "eu") else [part for span in spans for part in _parted(text, *span)]


def _parted(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A stretch at the numbers that end a sentence in it."""
    ends = [m.end() for m in NUMBER_ENDS.finditer(text, start, end) if _opens(text[m.end() : end].lstrip(' \n\t«"('))]
    starts = [start, *(at + len(text[at:end]) - len(text[at:end].lstrip()) for at in ends)]
    return list(zip(starts, [*ends, end], strict=True))


def _opens(rest: str) -> bool:
    return rest[:1] in "¿¡" or rest[:1].isupper()


def _goes_on(sentence: str) -> bool:
    last = sentence.rsplit(maxsplit=1)[-1].lower()
    return last.endswith(".") and last.lstrip("([«\"'").rstrip(".") in ENDS_IN_DOT
