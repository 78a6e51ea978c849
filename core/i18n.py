"""Texts for people: Spanish is the source, English stands in the Babel catalogue.

`N_` marks a text for extraction, `translate` says it. A missing English text is
said in Spanish, and `tests/test_texts.py` fails.
"""

from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

Locale: TypeAlias = Literal["es", "en"]
LOCALES: Final = ("es", "en")
CATALOGUES: Final = Path(__file__).parent.parent / "locales"


def N_(text: str) -> str:
    """Mark `text` as shown to people; translated later, where the reader's locale is known."""
    return text


@cache
def catalogue(locale: str) -> dict[str, str]:
    """Translations of `locale` by Spanish text; empty for Spanish itself."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "ait.po"
    if not path.exists():
        return {}
    # Babel costs 80 ms to import; a Spanish command line never needs it.
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        read = read_po(file, locale=locale)
    return {str(m.id): str(m.string) for m in read if m.id and m.string and not m.fuzzy}


def translate(text: str, locale: str, **values: object) -> str:
    """Say `text` in `locale`, its `{placeholders}` filled with `values`."""
    said = catalogue(locale).get(text, text)
    return said.format(**values) if values else said
