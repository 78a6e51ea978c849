"""Rules that find one kind of entity each: a pattern, and a check digit or a library that confirms it."""

import csv
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal[
    "iban", "email", "nif", "money", "phone", "plate", "policy_number", "claim_number", "date", "postcode",
    "person", "insurer",
]  # fmt: skip

GAZETTEER: Final = Path(__file__).parents[1] / "data" / "insurers.csv"
MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip

SHORT: Final = tuple(name[:3] for name in MONTHS)
IBAN: Final = re.compile(
    r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ \t-]?[A-Z0-9]{4}){2,7}(?:[ \t-]?[A-Z0-9]{1,3})?(?![^\W_])", re.I
)
EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
NIF: Final = re.compile(
    r"(?<![\w-])(?:\d{7,8}[ .-]?[A-Z]|\d{1,2}\.\d{3}\.\d{3}[ .-]?[A-Z]|[XYZ][ .-]?\d{7}[ .-]?[A-Z]"
    r"|[KLM]\d{7}[A-Z]|(?:ES[ -]?)?[ABCDEFGHJNPQRSUVW][ .-]?\d{2}\.?\d{3}\.?\d{2}[ .-]?[0-9A-J])(?![\w])",
    re.I,
)
MONEY: Final = re.compile(
    r"(?<![\w.,'’])(?:(?P<before>€|EUR)[ \u00a0]?)?(?P<sign>-)?(?P<whole>\d{1,3}(?:[.\u00a0 ]\d{3})+|\d{1,12})"
    r"(?:[,.'’](?P<cents>\d{1,2}))?"
    r"(?:[ \u00a0]?[.,]?-|[ \u00a0](?P<times>mil(?:l[oó]n(?:es)?)?)(?:[ \u00a0]de)?|[ \u00a0]?(?P<mega>(?-i:M)))?"
    r"(?:(?:[ \u00a0]?(?P<after>€|EUR\b|euros?\b))|(?(before)(?![ \u00a0]?(?:mil|(?-i:M)\b))|(?!)))(?!\d)",
    re.I,
)
PLATE: Final = re.compile(
    r"(?<![\w-])(?:\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}|[EHRST][ -]?\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}"
    r"|C[ -]\d{4}[ -][BCDFGHJKLMNPRSTVWXYZ]{3}"
    r"|(?:A|AB|AL|AV|B|BA|BI|BU|C|CA|CC|CE|CO|CR|CS|CU|GC|GE|GI|GR|GU|H|HU|IB|J|L|LE|LO|LU|M|MA|ML|MU|NA|O|OR|OU|P|PM"
    r"|PO|S|SA|SE|SG|SO|SS|T|TE|TF|TO|V|VA|VI|Z|ZA)[ -]\d{4}[ -][A-Z]{1,2})(?![\w-])"
    r"|(?<=matr[ií]cula[ :])[ ]?(?P<said>[A-Z]{1,2}[ -]?\d{4}[ -]?[A-Z]{1,3})(?![\w-])",
    re.I,
)
NUMBER: Final = r"(?P<number>(?=[A-Z/.-]*\d)[A-Z0-9](?:[A-Z0-9/-]|\.(?=[A-Z0-9])){3,29})(?![\w])"
LINK: Final = (
    r"(?:[ \t]*(?:de|del|con|la|el|su|es|seguro|colectiva|hogar|vida|salud|coche|moto|autos?|autom[oó]vil|comercio"
    r"|comunidad(?:es)?|decesos|accidentes|responsabilidad|civil|RC|multirriesgo|referencia|ref\.?|n[uú]mero"
    r"|n[uú]m\.?|n\.?[º°ª]\.?|n[oº]\.?|:|#))*[ \t]*"
)
POLICY: Final = re.compile(r"(?<!\w)(?:p[oó]lizas?|pol(?=[.:]))(?!\w)\.?" + LINK + NUMBER, re.I)
ANOTHER: Final = re.compile(
    r"[ \t]*(?:,|;|y|e)[ \t]+(?P<number>[A-Z0-9/-]*\d{5,}[A-Z0-9/-]*)(?![\w€]|[.,]\d|[ ]?eur)", re.I
)
"""A further number after "pólizas", "siniestros"."""
PLURAL: Final = re.compile(r"[^\W\d_]+s(?![^\W\d_])", re.I)
YEAR: Final = re.compile(r"(?:19|20)\d\d")
CLAIM: Final = re.compile(r"(?<!\w)(?:siniestros?|expedientes?|expte\.?|exp\.)(?!\w)" + LINK + NUMBER, re.I)
DATE: Final = re.compile(
    r"(?<![\w/.-])(?:(?P<d>\d{1,2})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})"
    r"|(?P<iy>\d{4})(?P<is>[/-])(?P<im>\d{2})(?P=is)(?P<id>\d{2})"
    r"|(?P<ad>\d{1,2})(?P<as>[ /-])(?P<am>" + "|".join((*SHORT, "sept", *MONTHS)) + r")\.?(?P=as)(?P<ay>\d{4}|\d{2})"
    r"|(?P<ld>\d{1,2})(?:º)?[ ]+de[ ]+(?P<lm>" + "|".join((*MONTHS, "setiembre")) + r")"
    r"(?:[ ]+(?:de|del)(?:[ ]+año)?[ ]+(?P<ly>\d{4}|\d\.\d{3}))?)(?!/|(?!T\d)\w)",
    re.I,
)
POSTCODE: Final = re.compile(
    r"(?<![\w.,/-])(?:(?P<said>(?i:c\.?[ ]?p\.?|c[oó]digo[ ]+postal))[ ]*:?[ ]*)?"
    r"(?P<code>(?:0[1-9]|[1-4]\d|5[0-2])\d{3})"
    r"(?P<town>\)?[ ]*[-,(]?[ ]*(?:L['’])?[A-ZÁÉÍÓÚÑÇ](?:[a-záéíóúüñçàèòï·'’]+|[A-ZÁÉÍÓÚÑÇ]{2,}))?(?![\w])",
)
WORDS_OF_NAME: Final = r"M\.?[ªa]\.?(?!\w)|[A-ZÁÉÍÓÚÜÑÇÀÈÒ][a-záéíóúüñçàèòï·'’]+|[A-ZÁÉÍÓÚÜÑÇÀÈÒ]{2,}"
LABEL: Final = r"(?:NIF|DNI|NIE|CIF|TEL|CP|Sra?|Srta|Dra?|Dña|Don|Doña)\b|[^\W\d_]+[ ]?:"
"""What begins the next field of a form, or the next person."""
CAPITALS: Final = r"[A-ZÁÉÍÓÚÜÑÇÀÈÒ]{2,}"
NAME: Final = (
    rf"(?P<name>(?:{WORDS_OF_NAME})(?:[ -](?:(?:de|del|la|las|los|y|i|e)[ ])*(?!{LABEL})(?:{WORDS_OF_NAME})){{0,5}}"
    # A form gives surnames first, in capitals: PÉREZ GÓMEZ, LUIS.
    rf"(?:(?<=[A-ZÁÉÍÓÚÜÑÇ]{{2}}),[ ]+(?!{LABEL}){CAPITALS}(?:[ ](?!{LABEL}){CAPITALS}){{0,2}}(?!\w))?)"
)
ROLES: Final = (
    r"(?:tomador|asegurad[oa]|conductora?|beneficiari[oa]|nombre(?:[ ]y[ ]apellidos)?|titular|perit[oa])"
    r"(?:/a)?(?:/asegurad[oa])?"
    r"(?:[ ](?:habitual|ocasional|principal|del[ ](?:seguro|tomador)|de[ ]la[ ](?:cuenta|p[oó]liza)))?"
)
PERSON: Final = re.compile(
    r"(?<!\w)(?:(?:[Dd]on|[Dd]oña|D\.ª|D\.[ªa]|Dª\.?|D\.|Dña\.?|Sr\.?[ ]D\.|Sra\.?[ ]D[ªa]\.?|[Ss]r\.|[Ss]ra\."
    r"|[Ss]rta\.|[Dd]ra?\.|[Ss]eñora?|[Ss]eñorita)[ ]+(?:(?:de|del|la|las|los)[ ])*"
    r"|[Mm]e[ ]llamo[ ]+|[Mm]i[ ]nombre[ ]es[ ]+|[Ss]oy[ ](?=\S+[ ][A-ZÁÉÍÓÚÑ])"
    r"|(?i:" + ROLES + r")[ ]*:[ ]*(?:(?:de|del|la|las|los)[ ])*)" + NAME
)


NO_WORDS: Final = ("axa", "dkv", "hdi", "qbe", "cnp", "aig", "mgs", "psn", "arag")
"""Acronyms that are no Spanish word, nor the beginning of one: people write them as names (Axa)."""


class Found(NamedTuple):
    """One entity: where it stands, its normal form, and whether its check digits agree (None: it has none)."""

    kind: Kind
    start: int
    end: int
    value: str
    valid: bool | None = None


def ibans(text: str) -> Iterator[Found]:
    """Account numbers (ISO 13616), right or wrong in their check digits."""
    from stdnum import iban

    for m in IBAN.finditer(text):
        compact = re.sub(r"[ \t-]", "", m.group()).upper()
        # The pattern may have swallowed the words after it: the country says how long an account is.
        for length in sorted({24 if compact.startswith("ES") else len(compact), len(compact)}):
            if iban.is_valid(compact[:length]):
                yield Found("iban", m.start(), _after(text, m.start(), length), compact[:length], True)
                break
        else:
            if compact.startswith("ES") and len(compact) >= 24 and compact[4:24].isdigit():
                yield Found("iban", m.start(), _after(text, m.start(), 24), compact[:24], False)


def _after(text: str, start: int, letters: int) -> int:
    at = start
    while letters:
        letters -= text[at] not in " \t-"
        at += 1
    return at


def emails(text: str) -> Iterator[Found]:
    """E-mail addresses (RFC 5322, the usual ones)."""
    for m in EMAIL.finditer(text):
        yield Found("email", m.start(), m.end(), m.group().lower())


def nifs(text: str) -> Iterator[Found]:
    """Spanish identity numbers: DNI, NIE and those of companies, with their control character."""
    from stdnum.es import nif

    for m in NIF.finditer(text):
        compact = re.sub(r"[ .-]", "", m.group()).upper().removeprefix("ES")
        right = nif.is_valid(compact.zfill(9))
        # Without its control a company's number is any letter with eight digits: a reference, more likely.
        # So are seven digits and a letter, a DNI without its leading zero.
        if right or (compact[0].isdigit() and len(compact) > 8) or compact[0] in "XYZ":
            yield Found("nif", m.start(), m.end(), compact, right)


def amounts(text: str) -> Iterator[Found]:
    """Sums of money in euros, written the Spanish way; `value` has a point and two decimals."""
    for m in MONEY.finditer(text):
        whole = re.sub(r"[.\u00a0 ]", "", m["whole"])
        value = Decimal(f"{m['sign'] or ''}{whole}.{(m['cents'] or '0').ljust(2, '0')}")
        if m["times"] or m["mega"]:
            value *= 1_000 if (m["times"] or "").lower() == "mil" else 1_000_000
        yield Found("money", m.start(), m.end(), f"{value:.2f} EUR")


def phones(text: str) -> Iterator[Found]:
    """Telephone numbers that exist, read as Spanish unless they carry a prefix; `value` is E.164."""
    import phonenumbers

    for m in phonenumbers.PhoneNumberMatcher(text, "ES"):
        value = phonenumbers.format_number(m.number, phonenumbers.PhoneNumberFormat.E164)
        yield Found("phone", m.start, m.end, value, True)


def plates(text: str) -> Iterator[Found]:
    """Number plates of vehicles: 0000 BBB, special ones, and those with a province."""
    for m in PLATE.finditer(text):
        part = "said" if m["said"] else 0
        yield Found("plate", m.start(part), m.end(part), re.sub(r"[ -]", "", m[part].upper()))


def policy_numbers(text: str) -> Iterator[Found]:
    """What stands after "póliza", with a digit in it."""
    yield from _named("policy_number", POLICY, text)


def claim_numbers(text: str) -> Iterator[Found]:
    """What stands after "siniestro" or "expediente", with a digit in it."""
    yield from _named("claim_number", CLAIM, text)


def _named(kind: Kind, pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    for first in pattern.finditer(text):
        m: re.Match[str] | None = first
        while m is not None:
            if not YEAR.fullmatch(m["number"]):  # "siniestros de 2023"
                yield Found(kind, m.start("number"), m.end("number"), m["number"].upper())
            m = ANOTHER.match(text, m.end("number")) if PLURAL.match(first.group()) else None


def dates(text: str) -> Iterator[Found]:
    """Days; `value` is ISO 8601, without the year (--05-03) where the text does not say it."""
    for m in DATE.finditer(text):
        if m["iy"]:
            year, month, day = int(m["iy"]), int(m["im"]), int(m["id"])
        elif m["d"]:
            year, month, day = _year(m["y"]), int(m["m"]), int(m["d"])
        elif m["ad"]:
            year, month, day = _year(m["ay"]), SHORT.index(m["am"].lower()[:3]) + 1, int(m["ad"])
        else:
            name = m["lm"].lower().replace("setiembre", "septiembre")
            year, month, day = int((m["ly"] or "0").replace(".", "")), MONTHS.index(name) + 1, int(m["ld"])
        if 1 <= month <= 12 and (not year or 1900 <= year <= 2199) and 1 <= day <= monthrange(year or 2000, month)[1]:
            value = f"{year:04d}-{month:02d}-{day:02d}" if year else f"--{month:02d}-{day:02d}"
            yield Found("date", m.start(), m.end(), value)


def _year(written: str) -> int:
    """The year; of two digits by the rule of POSIX: 69 to 99 are of the last century."""
    year = int(written)
    return year if len(written) == 4 else year + (1900 if year >= 69 else 2000)


def postcodes(text: str) -> Iterator[Found]:
    """Spanish postcodes: five digits of a province, said to be one or before the name of a town."""
    for m in POSTCODE.finditer(text):
        if m["said"] or m["town"]:
            yield Found("postcode", m.start("code"), m.end("code"), m["code"])


def people(text: str) -> Iterator[Found]:
    """Names after a form of address ("D.ª", "Sr.", "me llamo") or the role in a form ("Tomador:")."""
    for m in PERSON.finditer(text):
        yield Found("person", m.start("name"), m.end("name"), m["name"])


def insurers(text: str) -> Iterator[Found]:
    """Insurers of the gazetteer; `value` is the name that it lists first. Acronyms that are words count in capitals."""
    names, pattern = _gazetteer()
    for m in pattern.finditer(text):
        written = m.group()
        bare = _plain(written)
        ordinary = len(bare) <= 4 or bare in ("mutua", "occident", "reale", "zurich", "markel", "helvetia", "pelayo")
        spelt = len(bare) <= 4 and bare not in NO_WORDS
        if ordinary and (written.islower() or (spelt and not written.isupper())):
            continue
        yield Found("insurer", m.start(), m.end(), names[bare])


@cache
def _gazetteer() -> tuple[dict[str, str], re.Pattern[str]]:
    lines = GAZETTEER.read_text(encoding="utf-8").splitlines()
    names: dict[str, str] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        for written in (row["name"], *filter(None, row["also"].split("|"))):
            names[_plain(written)] = row["name"]
    longest_first = sorted(names, key=len, reverse=True)
    spelt = "|".join("".join(_WRITTEN.get(c, re.escape(c)) for c in name) for name in longest_first)
    return names, re.compile(rf"(?<![\w@.-])(?:{spelt})(?![\w@]|[-.]\w)", re.I)


_WRITTEN: Final = {
    "a": "[aá]", "e": "[eé]", "i": "[ií]", "o": "[oó]", "u": "[uúü]", " ": r"\s+", "'": "['’]?",
}  # fmt: skip


def _plain(name: str) -> str:
    flat = "".join(c for c in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(c))
    return " ".join(flat.replace("’", "'").split())


RULES: Final[dict[Kind, Callable[[str], Iterator[Found]]]] = {
    "iban": ibans, "email": emails, "nif": nifs, "money": amounts, "policy_number": policy_numbers,
    "claim_number": claim_numbers, "date": dates, "phone": phones, "plate": plates, "postcode": postcodes,
    "insurer": insurers, "person": people,
}  # fmt: skip
"""In order of trust: where two overlap, the earlier one stands."""


def recognised(text: str, kinds: frozenset[Kind]) -> list[Found]:
    """Entities of `kinds` in the order of the text. All rules compete, so that no kind takes another's letters."""
    taken: list[Found] = []
    letters = bytearray(len(text))  # which ones are somebody's
    for rule in RULES.values():
        for one in rule(text):
            if not any(letters[one.start : one.end]):
                taken.append(one)
                letters[one.start : one.end] = b"\1" * (one.end - one.start)
    return sorted((one for one in taken if one.kind in kinds), key=lambda one: one.start)
