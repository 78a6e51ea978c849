"""The quarantined reader (*lector en cuarentena*): typed values out of foreign text, by rules alone.

No model takes part, and nothing but values of a closed shape comes out: amounts, dates,
tax numbers, accounts, numbers of policies, receipts and claims. None of them is trusted:
a check digit that fits says that the value is well formed, not that it is right.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.identifiers import compact, parse_iban, parse_id_number
from core.money import to_cents

MOST: Final = 200  # values of one document
SPANISH_IBAN: Final = 24
SHORTEST_IBAN: Final = 15
NEAR: Final = 60  # signs between a label and its amount
MONTHS: Final = (
    "enero|january",
    "febrero|february",
    "marzo|march",
    "abril|april",
    "mayo|may",
    "junio|june",
    "julio|july",
    "agosto|august",
    "septiembre|setiembre|september",
    "octubre|october",
    "noviembre|november",
    "diciembre|december",
)
DIGITS: Final = r"\d{1,3}(?:[.,\u00a0\u202f]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,2})?"
AMOUNT: Final = re.compile(
    rf"(?<![\w.,])(?:(?P<before>€|EUR)\s?)?(?P<figure>[-−]?(?:{DIGITS}))(?:\s?(?P<after>€|EUR\b|euros?\b))?"
    r"(?![\w%]|[.,]\d|\s?%)",
    re.I | re.ASCII,
)
DATE: Final = re.compile(
    r"(?<![\w/.-])(?:(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)"
    r"|(?P<d>\d{1,2})(?P<mark>[/.-])(?P<m>\d{1,2})(?P=mark)(?P<y>(?:19|20)\d\d))(?![\w/-])",
    re.ASCII,
)
LONG_DATE: Final = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:\s+de)?\s+(?P<month>{'|'.join(MONTHS)})(?:\s+del?)?,?\s+(?P<y>(?:19|20)\d\d)\b",
    re.I | re.ASCII,
)
IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){3,7}(?:[ -]?[A-Z0-9]{1,3})?\b", re.ASCII)
ID_NUMBER: Final = re.compile(
    r"(?<![\w-])(?:\d{8}[ -]?[A-Z]|[XYZKLM][ -]?\d{7}[ -]?[A-Z]|[ABCDEFGHJNPQRSUVW][ -]?\d{7}[ -]?[0-9A-J])(?![\w-])",
    re.ASCII,
)
POLICY: Final = re.compile(r"\b(?:P-\d{4}-\d{6}|\d{4}-\d{8}|PO\d{5})\b(?!-\d)", re.ASCII)
RECEIPT: Final = re.compile(r"\b(?:P-\d{4}-\d{6}-\d{2}|\d{13}|RE\d{6})\b", re.ASCII)
CLAIM: Final = re.compile(r"\b(?:SI\d{4}-\d{4,6}|S\d{8})\b", re.ASCII)
TOTAL: Final = re.compile(r"\b(?:importe\s+)?total\b(?:\s+(?:factura|a\s+\w+|amount|due|invoice))?", re.I)


class FieldType(StrEnum):
    """What a value is."""

    AMOUNT = "amount"
    DATE = "date"
    ID_NUMBER = "id_number"
    IBAN = "iban"
    POLICY_NUMBER = "policy_number"
    RECEIPT_NUMBER = "receipt_number"
    CLAIM_NUMBER = "claim_number"


@dataclass(frozen=True)
class Value:
    """One value found: where, in canonical form, masked for a first look, and whether its check digits fit.

    An amount is EUR to the cent (`968.00`), a date ISO; `fits` is None where nothing can be checked.
    """

    type: FieldType
    page: int
    value: str
    preview: str
    fits: bool | None = None


@dataclass(frozen=True)
class Total:
    """The total of an invoice; `value` is None where the document names several."""

    page: int
    value: Decimal | None
    candidates: tuple[Decimal, ...]


def values_in(pages: Sequence[tuple[int, str]]) -> list[Value]:
    """The values of all pages in their order, each once a page; the first `MOST` of them."""
    found: dict[tuple[FieldType, int, str], Value] = {}
    for number, text in pages:
        for value in _of_page(number, text):
            found.setdefault((value.type, number, value.value), value)
            if len(found) == MOST:
                return list(found.values())
    return list(found.values())


def _of_page(page: int, text: str) -> Iterator[Value]:
    """Values of one page; what was read as one type is not read as another."""
    for type, pattern, make in READERS:
        spans = []
        for match in pattern.finditer(text):
            value = make(type, page, match)
            if value is not None:
                spans.append(match.span())
                yield value
        for start, end in reversed(spans):
            text = text[:start] + "\0" * (end - start) + text[end:]


def _iban(type: FieldType, page: int, match: re.Match[str]) -> Value | None:
    groups = re.split(r"[ -]", match.group())
    # A word behind the number may look like its last group: the longest run that fits is meant.
    runs = ["".join(groups[:count]) for count in range(len(groups), 0, -1)]
    number = next((run for run in runs if _passes(parse_iban, run)), "")
    fits = bool(number)
    if not fits:
        number = runs[0][:SPANISH_IBAN] if runs[0].startswith("ES") else runs[0]
    return Value(type, page, number, f"{number[:4]}…{number[-4:]}", fits) if len(number) >= SHORTEST_IBAN else None


def _id_number(type: FieldType, page: int, match: re.Match[str]) -> Value | None:
    number = compact(match.group())
    # Four digits in the middle, as the public registers print them (LOPDGDD, disposición adicional 7.ª).
    return Value(type, page, number, f"***{number[3:7]}**", _passes(parse_id_number, number))


def _passes(parse: Callable[[str], str], number: str) -> bool:
    try:
        parse(number)
    except ValueError:
        return False
    return True


def _number(type: FieldType, page: int, match: re.Match[str]) -> Value | None:
    return Value(type, page, match.group(), f"…{match.group()[-4:]}")


def _date(type: FieldType, page: int, match: re.Match[str]) -> Value | None:
    parts = match.groupdict()
    month = parts["month"] if "mark" in parts else _month(parts["month"])
    try:
        day = date(int(parts.get("year") or parts["y"]), int(month or parts["m"]), int(parts.get("day") or parts["d"]))
    except ValueError:
        return None
    return Value(type, page, day.isoformat(), day.isoformat())


def _month(name: str) -> str:
    return str(next(n for n, names in enumerate(MONTHS, 1) if name.lower() in names.split("|")))


def _amount(type: FieldType, page: int, match: re.Match[str]) -> Value | None:
    amount = amount_of(match)
    return None if amount is None else Value(type, page, f"{amount:.2f}", f"{amount:.2f}")


def amount_of(match: re.Match[str]) -> Decimal | None:
    """The euros that a match of `AMOUNT` says; None where its figures may mean something else.

    A number is an amount if it bears a currency or has two decimals. The last mark that two
    figures follow is the decimal one, any other separates thousands (`1.204,33`, `14,990.00`).
    """
    figure = match["figure"].replace("−", "-")
    whole, mark, decimals = figure[:-3], figure[-3:-2], figure[-2:]
    if mark and mark in ".," and any(c.isdigit() for c in whole):
        digits = re.sub(r"[^\d-]", "", whole) + "." + decimals
    elif match["before"] or match["after"]:
        if re.search(r"[.,]\d$", figure):
            digits = re.sub(r"[^\d-]", "", figure[:-2]) + "." + figure[-1]
        else:
            digits = re.sub(r"[^\d-]", "", figure)
    else:
        return None
    return to_cents(Decimal(digits))


def total_of(pages: Sequence[tuple[int, str]]) -> Total | None:
    """The total that an invoice names; where it names several, the one that base and tax add up to.

    None if no amount stands behind the word «total».
    """
    named = [(page, amount) for page, text in pages for amount in _named_totals(text)]
    if not named:
        return None
    candidates = tuple(dict.fromkeys(amount for _, amount in named))
    chosen = candidates
    if len(candidates) > 1:
        amounts = {Decimal(v.value) for v in values_in(pages) if v.type is FieldType.AMOUNT}
        chosen = tuple(total for total in candidates if _adds_up(total, amounts))
    value = chosen[0] if len(chosen) == 1 else None
    page = next((page for page, amount in named if amount == value), named[0][0])
    return Total(page, value, candidates)


def _named_totals(text: str) -> Iterator[Decimal]:
    for label in TOTAL.finditer(text):
        near = text[label.end() : label.end() + NEAR].partition("\n")[0]
        for match in AMOUNT.finditer(near):
            amount = amount_of(match)
            if amount is not None:
                yield amount
                break


def _adds_up(total: Decimal, amounts: set[Decimal]) -> bool:
    return any(0 < base < total and total - base in amounts and total - base < base for base in amounts)


READERS: Final = (
    (FieldType.IBAN, IBAN, _iban),
    (FieldType.RECEIPT_NUMBER, RECEIPT, _number),
    (FieldType.POLICY_NUMBER, POLICY, _number),
    (FieldType.CLAIM_NUMBER, CLAIM, _number),
    (FieldType.ID_NUMBER, ID_NUMBER, _id_number),
    (FieldType.DATE, DATE, _date),
    (FieldType.DATE, LONG_DATE, _date),
    (FieldType.AMOUNT, AMOUNT, _amount),
)
