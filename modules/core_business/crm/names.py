"""Names as people write them (*nombres*): folded, shortened, and found inside a sentence.

Whoever looks for «álvaro ramos» means Álvaro Ramos Soriano. A customer is therefore stored
under two folded forms, the whole name and the short one, which plain indexes hold; a text
is cut into runs of words, and each run is looked up.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.identifiers import parse_id_number

WORD: Final = re.compile(r"[^\W_]+")
PARTICLES: Final = frozenset(("de", "del", "la", "las", "los", "el", "y", "i", "da", "dos", "san", "santa", "van"))
LEGAL_FORMS: Final = (
    "s l u",
    "slu",
    "s a u",
    "sau",
    "s l p",
    "slp",
    "s l l",
    "sll",
    "s l",
    "sl",
    "s a",
    "sa",
    "s coop",
    "scoop",
    "c b",
    "cb",
    "s c",
    "sc",
    "a i e",
    "aie",
    "u t e",
    "ute",
)
GENERIC: Final = PARTICLES | {"comunidad", "propietarios", "empresa", "sociedad", "grupo", "asociacion", "fundacion"}
LONGEST_NAME: Final = 10  # words; «Comunidad de Propietarios Avenida de la Constitución 14» has eight
LONGEST_TEXT: Final = 1000  # words of a text that are looked up
ID_NUMBER: Final = re.compile(r"(?<![^\W_])[A-Za-z]?(?:[ .\-]?\d){7,8}[ .\-]?[A-Za-z]?(?![^\W_])")


def fold(text: str) -> str:
    """`text` as names are compared: lower case, no accents, single spaces (ñ becomes n)."""
    words = (_bare(word) for word in WORD.findall(unicodedata.normalize("NFC", text)))
    return " ".join(word for word in words if word)


def _bare(word: str) -> str:
    # Twice: the capital of a mathematical or full-width letter shows only once it is decomposed.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return "".join(c for c in parts if c.isalnum())


def short_form(first_name: str, last_name: str, company_name: str) -> str:
    """First name and first surname, or a company without its legal form; folded."""
    if company_name:
        folded = fold(company_name)
        form = next((f for f in LEGAL_FORMS if folded.endswith(f" {f}")), "")
        return folded.removesuffix(form).rstrip()
    return f"{fold(first_name)} {_first_surname(fold(last_name).split())}".strip()


def _first_surname(words: list[str]) -> str:
    """«de la Fuente Gil» → «de la fuente»: particles belong to the word after them."""
    for position, word in enumerate(words):
        if word not in PARTICLES:
            return " ".join(words[: position + 1])
    return " ".join(words)


def in_speaking_order(text: str) -> str:
    """«Ramos Soriano, Álvaro» → «Álvaro Ramos Soriano»; other texts stay as they are."""
    before, comma, after = text.partition(",")
    if comma and after.strip() and fold(after) not in LEGAL_FORMS:
        return f"{after.strip()} {before.strip()}"
    return text


@dataclass(frozen=True)
class Run:
    """Words of a text that stand together, folded, with their place in it."""

    start: int
    end: int
    count: int  # words
    folded: str

    def overlaps(self, other: "Run") -> bool:
        """Whether both use a character in common."""
        return self.start < other.end and other.start < self.end


def runs(text: str, longest: int = LONGEST_NAME) -> Iterator[Run]:
    """All runs of one to `longest` words in `text`, which is in NFC."""
    found = ((m.start(), m.end(), _bare(m.group())) for m in WORD.finditer(text))
    words = [word for word in found if word[2]][:LONGEST_TEXT]
    for first in range(len(words)):
        for count in range(1, min(longest, len(words) - first) + 1):
            part = words[first : first + count]
            yield Run(part[0][0], part[-1][1], count, " ".join(word for _, _, word in part))


def telling(folded: str) -> bool:
    """Whether a run may begin a company's name: two words that not every company bears, whole at its end."""
    words = folded.split()
    return words[-1] not in PARTICLES and sum(word not in GENERIC for word in words) > 1


def id_numbers(text: str) -> Iterator[Run]:
    """Each valid NIF, NIE or CIF in `text`, `folded` to its canonical form."""
    for match in ID_NUMBER.finditer(text):
        try:
            number = parse_id_number(match.group())
        except ValueError:
            continue  # seven digits and a letter are often something else
        yield Run(match.start(), match.end(), 1, number)
