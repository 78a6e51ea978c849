"""Words: how a text falls into them, and what they are derived from."""

from typing import Final, Literal

from engines.contract import Computed, Part, Quoted, operation
from engines.machine_learning.nlp.texts import WORD, Language, sentences, text_of, words_of

SNOWBALL: Final = {
    "es": "spanish", "en": "english", "ca": "catalan", "eu": "basque", "pt": "portuguese", "fr": "french",
    "de": "german",
}  # fmt: skip


class Piece(Part):
    """A stretch of the text, from `start` (included) to `end` (excluded), counted in characters."""

    text: Quoted
    start: int
    end: int


class Tokens(Computed):
    """A text in its sentences and words; `n` counts the words."""

    sentences: list[Piece]
    words: list[Piece]


class Lemmas(Computed):
    """The dictionary form of each word, in their order."""

    lemmas: list[str]


class Stems(Computed):
    """The stem of each word, in their order."""

    stems: list[str]


@operation(
    "Palabras y frases de un texto",
    examples=(
        "Separa este texto en frases y palabras (tokeniza)",
        "Tokenize this text into sentences and words with their positions",
    ),
)
def tokenize(text: str, language: Language = "es") -> Tokens:
    """Split a text into sentences and words, with their positions.

    Numbers with their separators (1.234,56) are one word; punctuation is none.

    Args:
        text: what was written, up to 200,000 characters.
        language: its language, for the abbreviations whose dot ends no sentence.

    Raises:
        InvalidInput: an empty text.
        LimitExceeded: a text that is too long.

    Source: Unicode Standard Annex 29, Text Segmentation, sections 4 and 5 (word and sentence boundaries),
    simplified to letters, digits and Spanish abbreviations.
    """
    read = text_of(text, "text")
    found = [Piece(text=m.group(), start=m.start(), end=m.end()) for m in WORD.finditer(read)]
    return Tokens(
        method="letters and digits; Spanish abbreviations",
        library="simplemma",
        n=len(found),
        sentences=[Piece(text=read[a:b], start=a, end=b) for a, b in sentences(read, language)],
        words=found,
    )


@operation(
    "Lemas de palabras",
    examples=(
        "Da el lema (infinitivo, singular) de estas palabras: pagó, devueltos, pólizas",
        "Lemmatize these Spanish words: pagó, devueltos",
    ),
)
def lemmatize(words: list[str], language: Literal["es", "en", "ca", "gl", "pt", "fr", "de"] = "es") -> Lemmas:
    """Give the dictionary form of each word: pagó → pagar, devueltos → devolver.

    Args:
        words: the words, in any order; a word that the dictionary lacks is given back as it is.
        language: their language (there is no dictionary for Basque).

    Raises:
        InvalidInput: no words, or an empty one.
        LimitExceeded: more than 100,000.

    Source: Barbaresi, simplemma: a simple multilingual lemmatizer (2021), dictionary look-up and rules,
    without the context of the sentence.
    """
    from simplemma import lemmatize as lemma

    given = words_of(words, "words")
    return Lemmas(
        method="dictionary without context",
        library="simplemma",
        n=len(given),
        lemmas=[str(lemma(word, lang=language)) for word in given],
    )


@operation(
    "Raíces de palabras",
    examples=(
        "Reduce estas palabras a su raíz con Snowball: siniestros, siniestralidad, asegurados",
        "Stem these Spanish words with the Snowball stemmer",
    ),
)
def stem(words: list[str], language: Literal["es", "en", "ca", "eu", "pt", "fr", "de"] = "es") -> Stems:
    """Cut words down to their stems, so that forms of one word meet in a search.

    Args:
        words: the words, in any order.
        language: their language (there is no stemmer for Galician).

    Raises:
        InvalidInput: no words, or an empty one.
        LimitExceeded: more than 100,000.

    Source: Porter, "Snowball: a language for stemming algorithms" (2001), stemmer of the language.
    """
    from snowballstemmer import stemmer

    given = words_of(words, "words")
    found = stemmer(SNOWBALL[language]).stemWords([word.lower() for word in given])
    return Stems(method=f"Snowball {SNOWBALL[language]}", library="snowballstemmer", n=len(given), stems=list(found))
