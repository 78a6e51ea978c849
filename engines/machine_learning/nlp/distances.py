"""How alike two writings of a name are: by letters, by words, by sound."""

import re
import unicodedata
from typing import Annotated, Final, Literal

from pydantic import Field

from engines.contract import Computed, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.machine_learning.nlp.texts import IN_PARTS, MOST_WORDS, text_of, words_of

Metric = Literal["levenshtein", "osa", "jaro", "jaro_winkler", "token_set"]
MOST_LETTERS: Final = 10_000  # of one text: its cost grows with the product of both lengths
SOUNDEX: Final = {letter: digit for digit, group in enumerate(
    ("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), start=1) for letter in group}  # fmt: skip
SPOKEN: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ñ|ny(?=[aeiou])", "N"), (r"ch|tx", "C"), (r"ph", "f"), (r"ll|y(?=[aeiou])", "Y"), (r"y", "i"),
        (r"[gj](?=[ei])|j", "J"), (r"gu(?=[ei])", "g"), (r"qu(?=[ei])|q", "k"), (r"c(?=[ei])|z", "s"), (r"c", "k"),
        (r"^x(?=im)", "J"), (r"^x", "s"),
        (r"x", "ks"), (r"[vw]", "b"), (r"h", ""), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
"""From spelling to sound, in this order: capitals are sounds that no single letter writes."""


class TextDistance(Computed):
    """How far apart texts are: one figure for `a` and `b`, a list for `pairs`.

    `distance` counts edits, or is 1 - similarity; `similarity` goes from 0 (nothing in common) to 1 (equal).
    """

    distance: float | list[float]
    similarity: float | list[float]


class Sounds(Computed):
    """The code of how each word sounds; words of equal code sound alike."""

    codes: list[str]


@operation(
    "Distancia entre textos",
    examples=(
        "¿Cuánto se parecen estos dos nombres de cliente, según Levenshtein o Jaro-Winkler?",
        "Edit distance or Jaro-Winkler similarity between two names",
    ),
)
def string_distance(
    a: str | None = None,
    b: str | None = None,
    pairs: list[tuple[str, str]] | None = None,
    metric: Metric = "jaro_winkler",
    prefix_weight: Annotated[float, Field(ge=0, le=0.25)] = 0.1,
) -> TextDistance:
    """Measure how far apart two texts are, letter by letter; capitals and accents count as written.

    Args:
        a: one text; with `b`, instead of `pairs`.
        b: the other text.
        pairs: texts two by two, up to 100,000 pairs.
        metric: levenshtein (insert, delete, replace), osa (also swaps of neighbours), jaro, jaro_winkler
            (rewards an equal beginning), token_set (words in any order, repeated or left out).
        prefix_weight: of each equal letter at the beginning, up to four (jaro_winkler only).

    Raises:
        InvalidInput: neither `a` and `b` nor `pairs`, or both; an empty text.
        LimitExceeded: too many pairs, or a text of more than 10,000 characters.

    Source: Levenshtein, Soviet Physics Doklady 10 (1966); Damerau, CACM 7 (1964); Jaro, JASA 84 (1989);
    Winkler, "String comparator metrics", ASA Survey Research Methods (1990).
    """
    if (pairs is None) == (a is None and b is None):
        raise InvalidInput("pairs", N_("indique a y b, o bien pairs"))
    if pairs is None and (a is None or b is None):
        raise InvalidInput("b" if b is None else "a", N_("indique a y b, o bien pairs"))
    given = pairs if pairs is not None else [(a or "", b or "")]
    argument = "a" if pairs is None else "pairs"
    if not given:
        raise InvalidInput("pairs", N_("no contiene texto"))
    if len(given) > MOST_WORDS:
        raise LimitExceeded("pairs", MOST_WORDS, len(given), IN_PARTS)
    for left, right in given:
        text_of(left, argument, most=MOST_LETTERS)
        text_of(right, "b" if pairs is None else "pairs", most=MOST_LETTERS)
    found = [_compared(left, right, metric, prefix_weight) for left, right in given]
    return TextDistance(
        method=metric,
        library="rapidfuzz",
        n=len(found),
        distance=[d for d, _ in found] if pairs is not None else found[0][0],
        similarity=[s for _, s in found] if pairs is not None else found[0][1],
    )


def _compared(a: str, b: str, metric: Metric, prefix_weight: float) -> tuple[float, float]:
    from rapidfuzz import fuzz
    from rapidfuzz.distance import OSA, Jaro, JaroWinkler, Levenshtein

    if metric in ("levenshtein", "osa"):
        edits = (Levenshtein if metric == "levenshtein" else OSA).distance(a, b)
        return float(edits), 1 - edits / max(len(a), len(b))
    if metric == "jaro":
        alike = Jaro.similarity(a, b)
    elif metric == "jaro_winkler":
        alike = JaroWinkler.similarity(a, b, prefix_weight=prefix_weight)
    else:
        alike = fuzz.token_set_ratio(a, b) / 100
    return 1 - alike, alike


@operation(
    "Código fonético",
    examples=(
        "¿Suenan igual estos apellidos: Jiménez, Giménez y Ximénez? Dame su código fonético",
        "Phonetic code (Soundex) of these surnames",
    ),
)
def phonetic(words: list[str], algorithm: Literal["spanish", "soundex"] = "spanish") -> Sounds:
    """Code how words sound, so that writings of one name meet: Jiménez and Giménez, Baca and Vaca.

    Args:
        words: single words, such as surnames.
        algorithm: spanish (sounds of Spanish, with seseo and yeísmo, silent h, b = v, Basque tx), or soundex
            (the American census code: a letter and three digits).

    Raises:
        InvalidInput: no words, or one without a letter from a to z.
        LimitExceeded: more than 100,000.

    Source: RAE & ASALE, Ortografía de la lengua española (2010), chapter I, letters of each phoneme;
    Soundex: U.S. National Archives, "The Soundex Indexing System".
    """
    given = words_of(words, "words")
    plain = [_letters(word) for word in given]
    if not all(plain):
        raise InvalidInput("words", N_("contiene una palabra sin letras"))
    code = _spoken if algorithm == "spanish" else _soundex
    return Sounds(method=algorithm, n=len(given), codes=[code(word) for word in plain])


def _letters(word: str) -> str:
    kept = word.lower().replace("ñ", "\0")
    bare = "".join(c for c in unicodedata.normalize("NFD", kept) if not unicodedata.combining(c))
    return re.sub(r"[^a-zñ]", "", bare.replace("\0", "ñ"))


def _spoken(word: str) -> str:
    for pattern, sound in SPOKEN:
        word = pattern.sub(sound, word)
    return word


def _soundex(word: str) -> str:
    word = word.replace("ñ", "n")
    code = word[0].upper()
    last = SOUNDEX.get(word[0])
    for letter in word[1:]:
        digit = SOUNDEX.get(letter)
        if digit is not None and digit != last:
            code += str(digit)
        if letter not in "hw":  # letters with h or w between them count as neighbours
            last = digit
    return (code + "000")[:4]
