"""Words of a text for look-up: accent-blind, lower case, without the ones that tell nothing."""

import re
import unicodedata
from typing import Final

EMPTY: Final = frozenset(
    "a al ante con de del desde el en entre es esa ese esta este esto ha hay la las le les lo los me mi "
    "mis no nos o para pero por que se si sin son su sus te tu un una unas unos y ya "
    "an and are as at be by do does for from has have he her his i in is it its my of on or our please "
    "that the their them this to us was we what which who will with you your".split()
)
WORD: Final = re.compile(r"[a-z0-9ñ]+")
ENDINGS: Final = re.compile(r"(?<=\w{4})(?:es|s|as|os|a|o|e)$")


def plain(text: str) -> str:
    """`text` in lower case without accents; ñ stays a letter of its own."""
    kept = text.lower().replace("ñ", "\0")
    bare = "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
    return bare.replace("\0", "ñ")


def words(text: str) -> list[str]:
    """The telling words of `text`, cut to a stem so that «recibos pendientes» finds «recibo pendiente»."""
    return [ENDINGS.sub("", w) for w in WORD.findall(plain(text)) if w not in EMPTY]
