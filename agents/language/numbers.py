"""Numbers as people write them, in Spanish and English (*cifras*): digits, words, or both.

«1.234,56», "1,234.56", «mil doscientos», «18 mil». One separator before exactly three
digits («1.000», «1,000») can be read in two ways; both readings are kept, and whoever
fills an argument takes one only if the argument's type excludes the other.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from knowledge.words import level

DIGITS: Final = re.compile(
    r"(?<![\w.,/-])[-\N{MINUS SIGN}]?"
    r"(?:\d{1,3}(?:[.\u00a0\u202f ]\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
    r"(?![\d/_]|[.,]\d|-\d|[^\W\d]+\d|-?[A-Z]{3}\b)"  # «110CV» is a number, «4x4» and «1234-KLM» are not
)
SCALES: Final = {
    "mil": 1_000,
    "k": 1_000,
    "thousand": 1_000,
    "millon": 1_000_000,
    "millones": 1_000_000,
    "million": 1_000_000,
    "millions": 1_000_000,
}
UNITS: Final = {
    "cero": 0,
    "uno": 1,
    "una": 1,
    "un": 1,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
    "seis": 6,
    "siete": 7,
    "ocho": 8,
    "nueve": 9,
    "diez": 10,
    "once": 11,
    "doce": 12,
    "trece": 13,
    "catorce": 14,
    "quince": 15,
    "dieciseis": 16,
    "diecisiete": 17,
    "dieciocho": 18,
    "diecinueve": 19,
    "veinte": 20,
    "veintiun": 21,
    "veintiuno": 21,
    "veintiuna": 21,
    "veintidos": 22,
    "veintitres": 23,
    "veinticuatro": 24,
    "veinticinco": 25,
    "veintiseis": 26,
    "veintisiete": 27,
    "veintiocho": 28,
    "veintinueve": 29,
    "treinta": 30,
    "cuarenta": 40,
    "cincuenta": 50,
    "sesenta": 60,
    "setenta": 70,
    "ochenta": 80,
    "noventa": 90,
    "cien": 100,
    "ciento": 100,
    "doscientos": 200,
    "doscientas": 200,
    "trescientos": 300,
    "trescientas": 300,
    "cuatrocientos": 400,
    "cuatrocientas": 400,
    "quinientos": 500,
    "quinientas": 500,
    "seiscientos": 600,
    "seiscientas": 600,
    "setecientos": 700,
    "setecientas": 700,
    "ochocientos": 800,
    "ochocientas": 800,
    "novecientos": 900,
    "novecientas": 900,
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
ARTICLES: Final = frozenset({"un", "una"})  # a number only in company: «un millón», «treinta y un»
JOINERS: Final = frozenset({"y", "and"})
TOKEN: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Number:
    """A number in a text: its value, another possible reading, and where it stands."""

    value: Decimal
    start: int
    end: int
    other: Decimal | None = None


def numbers(text: str) -> list[Number]:
    """All numbers of `text` in order; digits inside codes, dates and plates are not numbers."""
    found = [_digits(match, text) for match in DIGITS.finditer(text)]
    found += [n for n in _in_words(level(text)) if not any(n.start < d.end and d.start < n.end for d in found)]
    return sorted(found, key=lambda number: number.start)


def _digits(match: re.Match[str], text: str) -> Number:
    value, other = read_digits(match.group())
    scale = re.match(r"\s*(mil|k|thousand|million(?:s)?|millon(?:es)?)\b", level(text[match.end() : match.end() + 12]))
    end = match.end()
    if scale:
        value, other, end = value * SCALES[scale.group(1)], None, end + scale.end()
    return Number(value, match.start(), end, other)


def read_digits(written: str) -> tuple[Decimal, Decimal | None]:
    """The value of digits with separators, and the other reading if there are two."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", written.replace("\N{MINUS SIGN}", "-"))
    dot, comma = plain.rfind("."), plain.rfind(",")
    if dot >= 0 and comma >= 0:  # the last separator is the decimal one
        thousands, decimal = (".", ",") if comma > dot else (",", ".")
        return Decimal(plain.replace(thousands, "").replace(decimal, ".")), None
    separator = "." if dot >= 0 else "," if comma >= 0 else ""
    if not separator:
        return Decimal(plain), None
    groups = plain.split(separator)
    if len(groups) > 2:
        return Decimal("".join(groups)), None
    as_decimal = Decimal(".".join(groups))
    if len(groups[1]) == 3 and len(groups[0].lstrip("-")) <= 3 and groups[0].lstrip("-") != "0":
        return Decimal("".join(groups)), as_decimal
    return as_decimal, None


def _in_words(flat: str) -> list[Number]:
    tokens = [(m.group(), m.start(), m.end()) for m in TOKEN.finditer(flat)]
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        run = _run(tokens, at, flat)
        if run == at:
            at += 1
            continue
        said = [token for token, _, _ in tokens[at:run]]
        if not (len(said) == 1 and said[0] in ARTICLES | {"k"}):
            found.append(Number(Decimal(_value(said)), tokens[at][1], tokens[run - 1][2]))
        at = run
    return found


def _run(tokens: list[tuple[str, int, int]], at: int, flat: str) -> int:
    """Where the number words that begin at `at` end; `at` itself if none do."""
    end = at
    while end < len(tokens):
        word = tokens[end][0]
        touching = end == at or not flat[tokens[end - 1][2] : tokens[end][1]].strip(" -")
        if not touching:
            break
        if word in UNITS or word in ("hundred", *SCALES):
            end += 1
        elif (
            word in JOINERS
            and end > at
            and end + 1 < len(tokens)
            and tokens[end + 1][0] in UNITS
            and _joins(tokens[end - 1][0], tokens[end + 1][0])
        ):
            end += 1
        else:
            break
    starts_well = at < end and (tokens[at][0] in UNITS or tokens[at][0] == "mil")
    return end if starts_well else at


def _joins(before: str, after: str) -> bool:
    """Whether «y» joins two words of one number: «treinta y dos», "hundred and five"."""
    if before in ("hundred", "thousand"):
        return True
    return 30 <= UNITS.get(before, 0) <= 90 and 0 < UNITS[after] < 10


def _value(said: list[str]) -> int:
    total = part = 0
    for word in said:
        if word in UNITS:
            part += UNITS[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in SCALES:
            total += max(part, 1) * SCALES[word]
            part = 0
    return total + part
