"""What a text of a page says as a number, an amount, a date or an address: exactly one reading, or none."""

import re
from datetime import date
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from engines.errors import N_

Kind = Literal["text", "number", "integer", "amount", "percent", "date", "url"]
Decimals = Literal["es", "en"]
Value = str | float | int | None

LONGEST: Final = 10_000  # characters of one value
SPACES: Final = re.compile(r"[\s\u00a0\u202f\u2009]+")
UNITS: Final = re.compile(r"(?:€|\beuros?\b|\bEUR\b)", re.IGNORECASE)
MONEY_FIRST: Final = re.compile(r"^\s*(?:€|EUR)\s*", re.IGNORECASE)
NUMBER: Final = {
    "es": re.compile(r"([+-]?)([0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]{1,30})(?:,([0-9]{1,30}))?"),
    "en": re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,30})(?:\.([0-9]{1,30}))?"),
}
MONTHS: Final = {
    name: number
    for names in (
        ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
         "noviembre", "diciembre"),
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december"),
        ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    )
    for number, name in enumerate(names, start=1)
} | {"setiembre": 9, "sept": 9}  # fmt: skip
HOUR: Final = r"(?:,? (?:a las )?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?h(?:oras?)?\.?)?)?"
ISO: Final = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:T.*|{HOUR})")
NUMERIC: Final = re.compile(rf"([0-9]{{1,2}})[/.-]([0-9]{{1,2}})[/.-]([0-9]{{4}}){HOUR}")
SPELT: Final = re.compile(rf"([0-9]{{1,2}})\.?º?[ /-](?:de )?([a-z]+)\.?,?[ /-](?:de |del )?([0-9]{{4}}){HOUR}")
WEEKDAY: Final = re.compile(
    r"^(?:lun(?:es)?|mar(?:tes)?|mi[ée](?:rcoles)?|jue(?:ves)?|vie(?:rnes)?|s[áa]b(?:ado)?|dom(?:ingo)?"
    r"|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\.?,? (?=[0-9])"
)

NO_NUMBER: Final = N_("no es un número escrito como se espera")
NO_WHOLE: Final = N_("no es un número entero")
NO_AMOUNT: Final = N_("no es un importe en euros con dos decimales como mucho")
NO_DATE: Final = N_("no es una fecha completa, con día, mes y año")
NO_ADDRESS: Final = N_("no es una dirección http o https")
TOO_LONG: Final = N_("pasa de 10.000 caracteres")


class Unreadable(ValueError):
    """A text that does not say what its field promises; `problem` is catalogued."""

    def __init__(self, problem: str) -> None:
        """Say why."""
        self.problem = problem
        super().__init__(problem)


def tidy(text: str) -> str:
    """`text` with every run of blanks as one space."""
    return SPACES.sub(" ", text).strip()


def read(text: str, kind: Kind, decimals: Decimals, base: str) -> Value:
    """What `text` says as `kind`: amounts as an exact decimal text, dates in ISO 8601.

    Raises:
        Unreadable: it says nothing of the kind, or more than one thing.
    """
    found = tidy(text)
    if len(found) > LONGEST:
        raise Unreadable(TOO_LONG)
    if kind == "number":
        return float(_decimal(found, decimals, NO_NUMBER))
    if kind == "percent":
        return float(_decimal(found.removesuffix("%").rstrip(), decimals, NO_NUMBER) / 100)
    if kind == "integer":
        number = _decimal(found, decimals, NO_WHOLE)
        if number != number.to_integral_value():
            raise Unreadable(NO_WHOLE)
        return int(number)
    if kind == "amount":
        return _amount(found, decimals)
    if kind == "date":
        return _date(found).isoformat()
    return _address(found, base) if kind == "url" else found


def _decimal(text: str, decimals: Decimals, problem: str) -> Decimal:
    """Thousands only in groups of three: `1.5` is no number in Spanish, rather than fifteen."""
    found = NUMBER[decimals].fullmatch(text.replace("\u2212", "-"))
    if found is None:
        raise Unreadable(problem)
    whole = re.sub(r"[., ]", "", found[2])
    return Decimal(f"{found[1]}{whole}.{found[3] or '0'}")


def _amount(text: str, decimals: Decimals) -> str:
    if len(UNITS.findall(text)) > 1:
        raise Unreadable(NO_AMOUNT)
    number = _decimal(UNITS.sub("", MONEY_FIRST.sub("", text)).strip(), decimals, NO_AMOUNT)
    exact = number.quantize(Decimal("0.01")) if number.adjusted() < 20 else number
    if exact != number:
        raise Unreadable(NO_AMOUNT)
    return str(exact)


def _date(text: str) -> date:
    said = WEEKDAY.sub("", text.lower())
    try:
        if found := ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := NUMERIC.fullmatch(said):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if (found := SPELT.fullmatch(said)) and found[2] in MONTHS:
            return date(int(found[3]), MONTHS[found[2]], int(found[1]))
    except ValueError as error:
        raise Unreadable(NO_DATE) from error
    raise Unreadable(NO_DATE)


def _address(text: str, base: str) -> str:
    try:
        # Pages link «Tarifas 2026.pdf» as it is named; no address holds a space (WHATWG URL, 4.4).
        found = urljoin(base, text).replace(" ", "%20")
        parts = urlsplit(found)
    except ValueError as error:
        raise Unreadable(NO_ADDRESS) from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Unreadable(NO_ADDRESS)
    return found
