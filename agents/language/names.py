"""Proper names in a text (*nombres propios*): people and companies, by their capitals.

Only used where the records do not know the name: to look somebody up, or to enter
somebody new. Names are never guessed into other arguments.
"""

import re
from dataclasses import dataclass
from typing import Final

from agents.language.lexicon import concept
from knowledge.words import STOP, fold, stem

_WORD: Final = r"[A-ZÁÉÍÓÚÑÜÇÀÈÒ][\wáéíóúñüçàèò'’·-]*"
_LINK: Final = r"(?:de la|de los|de las|del|de|la|los|y|i|da|do|van|von)"
_FORM: Final = r"(?:,?\s+(?:S\.?\s?L\.?\s?U?\.?|S\.?\s?A\.?\s?U?\.?|S\.?\s?C\.?|C\.?\s?B\.?|S\.?\s?COOP\.?)(?!\w))"
NAME: Final = re.compile(rf"{_WORD}(?:\s+(?:{_LINK}\s+)?{_WORD})*{_FORM}?")
GIVEN_PAIRS: Final = frozenset(
    {
        "ana belen",
        "ana maria",
        "ana isabel",
        "ana rosa",
        "maria jose",
        "maria carmen",
        "maria del carmen",
        "maria angeles",
        "maria isabel",
        "maria teresa",
        "maria luisa",
        "maria pilar",
        "maria del pilar",
        "maria dolores",
        "jose luis",
        "jose antonio",
        "jose maria",
        "jose manuel",
        "jose ramon",
        "jose miguel",
        "juan carlos",
        "juan jose",
        "juan antonio",
        "juan manuel",
        "juan luis",
        "francisco javier",
        "francisco jose",
        "luis miguel",
        "luis alberto",
        "miguel angel",
        "jesus maria",
        "rosa maria",
        "eva maria",
        "pedro luis",
        "carlos alberto",
        "victor manuel",
        "marc antoni",
    }
)


@dataclass(frozen=True)
class ProperName:
    """A capitalised phrase and its place."""

    text: str
    start: int
    end: int


def proper_names(text: str) -> list[ProperName]:
    """Capitalised phrases that are not merely the first word of a sentence or a word of the trade."""
    found = []
    for match in NAME.finditer(text):
        words = match.group().split()
        start = match.start()
        at_start = not text[:start].rstrip() or text[:start].rstrip()[-1] in '.!?¿¡:\n«"'
        while words and (_ordinary(words[0], at_start) or fold(words[0]) in STOP):
            start = text.index(words[0], start) + len(words[0])
            words = words[1:]
            start += len(text[start:]) - len(text[start:].lstrip())
            at_start = False
        phrase = text[start : match.end()].strip()
        if words and len(phrase) > 2 and not phrase.isdigit() and not re.fullmatch(r"NI[FE]|CIF|CV|IBAN|RC", phrase):
            found.append(ProperName(phrase, start, match.end()))
    return found


def _ordinary(word: str, at_start: bool) -> bool:
    """Whether a capitalised word is one only because a sentence begins with it."""
    if word.isupper() and len(word) <= 4:
        return word in ("NIF", "NIE", "CIF", "CV", "RC", "SL", "SA", "IBAN", "SEPA")
    known = concept(stem(fold(word))).startswith("#")
    return known if not at_start else known or fold(word) in STOP or _imperative(word)


def _imperative(word: str) -> bool:
    from agents.language.clauses import QUESTIONS, VERBS  # one list of verbs for both

    return fold(word) in {*VERBS.split("|"), *QUESTIONS.split("|")}


def split_name(name: str) -> tuple[str, str]:
    """Given name and surnames of a Spanish name: «Ana Belén Ruiz Gil» → («Ana Belén», «Ruiz Gil»)."""
    words = name.split()
    for size in (3, 2):
        if len(words) > size and fold(" ".join(words[:size])) in GIVEN_PAIRS:
            return " ".join(words[:size]), " ".join(words[size:])
    given = 2 if len(words) >= 4 and words[1].casefold() not in ("de", "del") else 1
    return " ".join(words[:given]), " ".join(words[given:])
