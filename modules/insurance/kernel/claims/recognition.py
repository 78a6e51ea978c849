"""Which kind of claim a text tells of (*qué ha pasado*): by the words of the line's claim types."""

import re
from collections.abc import Iterable, Sequence

from core.i18n import LOCALES, translate
from modules.insurance.kernel.claim_types import ClaimType
from tools.words import plain, words

SAID = 10  # a whole phrase of the declaration tells more than words of a label


def recognised(kinds: Iterable[ClaimType], text: str) -> Sequence[ClaimType]:
    """The kinds that `text` tells of best; none if it tells of none, several if equally well."""
    flat, stems = plain(text), set(words(text))
    scored = [(score(kind, flat, stems), kind) for kind in kinds]
    best = max((points for points, _ in scored), default=0)
    return [kind for points, kind in scored if points == best] if best else []


def score(kind: ClaimType, flat: str, stems: set[str]) -> int:
    """How well a text, plain and as stems, tells of `kind`: the letters of its phrases, or of its label's words.

    Nothing but its code or label is the kind itself; within a text, «robo» may be part of «robo de joyas».
    """
    if flat in {kind.code, *(plain(translate(kind.label, locale)) for locale in LOCALES)}:
        return 10**6
    phrases = (plain(way) for way in kind.words)
    said = max((len(way) for way in phrases if re.search(rf"(?<!\w){re.escape(way)}(?!\w)", flat)), default=0)
    labels = {stem for locale in LOCALES for stem in words(translate(kind.label, locale))}
    return said * SAID + sum(len(stem) for stem in labels & stems)
