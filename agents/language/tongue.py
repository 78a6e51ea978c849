"""Which language a request is in: Spanish or English (*idioma*), by its small words."""

from collections.abc import Iterable
from typing import Final, Literal

from knowledge.words import STOP_EN, STOP_ES, words

SPANISH_SIGNS: Final = "¿¡ñáéíóú"
ENGLISH: Final = STOP_EN | frozenset(
    "receipts receipt policy policies customer customers client overdue pending unpaid quote issue claim claims find"
    " list send car insurance owe owes register change phone email address reminder hello thanks today tomorrow"
    " summary portfolio renewals consent collect paid".split()
)
SPANISH: Final = STOP_ES | frozenset(
    "recibos recibo poliza polizas cliente clientes vencidos pendientes cotiza emite siniestro siniestros busca lista"
    " envia coche seguro debe alta cambia telefono correo recordatorio hoy manana cartera renovaciones cobra".split()
)


def tongue(text: str, default: Literal["es", "en"] = "es") -> Literal["es", "en"]:
    """The language of `text`; `default` where it does not show (a bare name, a number)."""
    spanish = sum(text.lower().count(sign) > 0 for sign in SPANISH_SIGNS[:2])
    english = 0
    for word in words(text):
        spanish += word in SPANISH
        english += word in ENGLISH
    spanish += sum(sign in text.lower() for sign in SPANISH_SIGNS[2:]) > 0
    if english > spanish:
        return "en"
    return "es" if spanish > english else default


def tongue_of(texts: Iterable[str], default: Literal["es", "en"] = "es") -> Literal["es", "en"]:
    """The language of the last of `texts` that shows one."""
    found = default
    for text in texts:
        found = tongue(text, found)
    return found
