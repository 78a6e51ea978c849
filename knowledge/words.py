"""Words as we compare them: without accents, case or inflection, in Spanish and English.

`fold` is for exact comparison, `stems` for retrieval. The stemmer is light on purpose: it
only has to bring «recibos», «recibo» and «receipts» apart or together the same way on both
sides of a comparison, never to be right about grammar.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
SMALLEST_STEM: Final = 4

STOP_ES: Final = frozenset(
    "a al algo algun alguna algunas alguno algunos alla ante aquel aquella aquello aqui asi aun bajo bien cada"
    " como con contra cual cuales cualquier cuando cuanta cuantas cuanto cuantos de del desde donde dos e el ella"
    " ellas ellos en entre era eran es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy fue"
    " ha haber habia han has hasta hay he la las le les lo los mas me mi mia mio mis mucho muchos muy nada ni no nos"
    " nosotros nuestra nuestro o os otra otro para pero poco por porque pues que quien quienes se sea ser si sin"
    " sido siendo sino sobre son soy su sus suya suyo tal tambien tan tanto te tengo tenga ti tiene tienen tu tus un"
    " una unas uno unos usted ustedes va vamos ver voy y ya yo favor gracias hola buenos buenas dias tardes puede"
    " cuentame cuente"
    " tenemos tenia hemos hecho dado da deja haya han sido quieres procede suele suelen"
    " puedes podria podrias quiero quisiera necesito necesitaria dime digame dame deme oye mira ahora luego"
    " despues".split()
)
STOP_EN: Final = frozenset(
    "a about all am an and any are as at be been but by can could did do does for from give got had has have he her"
    " here him his how i if in into is it its just let like me my need no not now of on or our out please s she"
    " should so some such tell than thank thanks that the their them then there these they this those to too up us"
    " very want was we were what when where which who whom why will with would you your hello hi hey".split()
)
STOP: Final = STOP_ES | STOP_EN

_ENDINGS: Final = (  # the longest that leaves a stem wins; clitics and plurals go before
    "aciones",
    "iciones",
    "amientos",
    "imientos",
    "acion",
    "icion",
    "amiento",
    "imiento",
    "adoras",
    "adores",
    "adora",
    "ador",
    "ationes",
    "ations",
    "ation",
    "iendo",
    "ando",
    "aremos",
    "eremos",
    "iremos",
    "aria",
    "eria",
    "iria",
    "aron",
    "ieron",
    "adas",
    "ados",
    "idas",
    "idos",
    "ada",
    "ado",
    "ida",
    "ido",
    "ings",
    "ing",
    "ieres",
    "iones",
    "ion",
    "ions",
    "mente",
    "ara",
    "era",
    "ira",
    "amos",
    "emos",
    "imos",
    "aba",
    "ia",
    "ias",
    "ied",
    "ies",
    "ar",
    "er",
    "ir",
    "an",
    "en",
    "as",
    "es",
    "os",
    "ed",
    "a",
    "e",
    "o",
    "s",
    "y",
)
_CLITICS: Final = (
    "melos",
    "melas",
    "selos",
    "selas",
    "noslo",
    "melo",
    "mela",
    "selo",
    "sela",
    "los",
    "las",
    "les",
    "lo",
    "la",
    "le",
    "me",
    "nos",
    "se",
)


def fold(text: str) -> str:
    """`text` without accents and in lower case; «ñ» becomes «n» and «€» «eur»."""
    spread = unicodedata.normalize("NFKD", text.replace("€", " eur "))
    return "".join(c for c in spread if not unicodedata.combining(c)).casefold()


def level(text: str) -> str:
    """`text` folded character by character, so that positions in it are positions in `text`."""
    return "".join(map(_level_letter, text))


@lru_cache(maxsize=4_096)
def _level_letter(letter: str) -> str:
    return letter if letter == "€" else fold(letter)[:1] or " "


def words(text: str) -> list[str]:
    """All words of `text`, folded, in order; codes keep their inner hyphens."""
    return WORD.findall(fold(text))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The part of a folded `word` that its inflected forms share."""
    if any(c.isdigit() for c in word) or len(word) <= SMALLEST_STEM:
        return word
    for clitic in _CLITICS:  # «cotízame», «emítelo»: an imperative that carries its object
        root = word.removesuffix(clitic)
        if root != word and len(root) > SMALLEST_STEM and root.endswith(("a", "e", "ar", "er", "ir")):
            word = root
            break
    for ending in _ENDINGS:
        root = word.removesuffix(ending)
        if root != word and len(root) >= SMALLEST_STEM:
            return root
    return word


def stems(text: str) -> list[str]:
    """The stems of the words of `text` that carry meaning."""
    return [stem(word) for word in words(text) if word not in STOP]
