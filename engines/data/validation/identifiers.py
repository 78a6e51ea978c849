"""Identifiers, plates, postcodes, dates and amounts, value by value."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.contract import Caution, Computed, Labels, operation
from engines.data.contents import DateFormat, date_format_of, iso_date, texts_of
from engines.data.recognition import LONGEST, compact, plate_kind
from engines.data.registers import Provinces, register
from engines.errors import N_, InvalidInput

IdType: TypeAlias = Literal[
    "nif", "dni", "nie", "cif", "iban", "ccc", "cups", "ean13", "isin", "luhn", "vin", "bic", "lei"
]
Problem: TypeAlias = Literal["empty", "characters", "length", "format", "check_digit"]
MODULES: Final[dict[str, str]] = {
    "nif": "stdnum.es.nif", "dni": "stdnum.es.dni", "nie": "stdnum.es.nie", "cif": "stdnum.es.cif",
    "iban": "stdnum.iban", "ccc": "stdnum.es.ccc", "cups": "stdnum.es.cups", "ean13": "stdnum.ean",
    "isin": "stdnum.isin", "luhn": "stdnum.luhn", "bic": "stdnum.bic", "lei": "stdnum.lei",
}  # fmt: skip
VIN_VALUES: Final = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)], strict=True)
)
VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
AMERICAN: Final = "12345"  # with which the chassis numbers of North America begin
UNCHECKED: Final = N_(
    "{n} números de bastidor hechos fuera de Norteamérica no cumplen su dígito de control, que allí no es obligatorio: "
    "no por ello son erróneos."
)
BLANKS: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"})
CENTS: Final = 2


class Checked(Computed):
    """Whether each value is right, in order; `problems` says what is wrong with those that are not."""

    valid: list[bool]
    normal: list[str | None]
    problems: list[Problem | None]
    invalid: int


class CheckedDates(Computed):
    """Whether each text is a date within the bounds, its ISO 8601 form, and what is wrong if it is not."""

    valid: list[bool]
    dates: list[str | None]
    problems: list[Literal["empty", "format", "too_early", "too_late"] | None]
    invalid: int


class CheckedPlates(Computed):
    """Whether each text is a Spanish number plate, and of which series."""

    valid: list[bool]
    normal: list[str | None]
    kinds: list[str | None]
    invalid: int


class CheckedPostcodes(Computed):
    """Whether each text is a Spanish postcode, and the INE code of its province."""

    valid: list[bool]
    province_codes: list[str | None]
    invalid: int


class CheckedAmounts(Computed):
    """Whether each text is an amount of money; exact amounts as text, with two decimals at most."""

    valid: list[bool]
    amounts: list[str | None]
    problems: list[Literal["empty", "format", "decimals", "negative", "too_large"] | None]
    invalid: int
    total: str


@operation(
    "Comprobar identificadores",
    examples=(
        "¿Son válidos estos NIF e IBAN? Comprueba su dígito o letra de control",
        "Check these identifiers: is this VIN, IBAN, EAN or tax number valid by its check digit?",
    ),
)
def check_identifier(type: IdType, values: Labels) -> Checked:
    """Check identifiers by form and check digits; separators and lower case are tolerated.

    Args:
        type: nif (any Spanish tax number: DNI, NIE, or CIF), dni, nie or cif alone, iban, ccc (account), cups
            (supply point), ean13, isin, luhn (cards), vin (chassis, by the North American check digit, which a
            European VIN need not satisfy), bic, lei.
        values: the identifiers as they are written.

    Raises:
        InvalidInput: no values, or something that is no text.
        LimitExceeded: more than 200,000.

    Source: Orden EHA/451/2008 and Real Decreto 1065/2007, articles 18-20 (NIF); ISO 13616 (IBAN); ISO 6166 (ISIN);
    ISO/IEC 7812-1, annex B (Luhn); 49 CFR 565.15 (VIN); ISO 9362 (BIC); ISO 17442 (LEI). python-stdnum.
    """
    from importlib import import_module

    given = texts_of(values, "values")
    check: Callable[[str], str] = _vin if type == "vin" else import_module(MODULES[type]).validate
    found = [_checked(check, text, type) for text in given]
    valid = [problem is None for _, problem in found]
    foreign = type == "vin" and sum(
        problem == "check_digit" and compact(text)[0] not in AMERICAN
        for text, (_, problem) in zip(given, found, strict=True)
    )
    return Checked(
        method=type, library="" if type == "vin" else "python-stdnum", n=len(given), valid=valid,
        warnings=(Caution(text=UNCHECKED, values={"n": foreign}),) if foreign else (),
        normal=[normal for normal, _ in found], problems=[problem for _, problem in found], invalid=valid.count(False),
    )  # fmt: skip


@operation(
    "Comprobar matrículas",
    examples=(
        "Comprueba si estas matrículas españolas son correctas: 1234 BCD, M-1234-AB",
        "Are these Spanish number plates valid, and of which series?",
    ),
)
def check_plate(values: Labels) -> CheckedPlates:
    """Check Spanish number plates: the current series (no vowels, Ñ or Q), provincial, special and official ones.

    Args:
        values: plates as they are written.

    Raises:
        InvalidInput: no values, or something that is no text.
        LimitExceeded: more than 200,000.

    Source: Real Decreto 2822/1998, Reglamento General de Vehículos, annex XVIII.
    """
    given = texts_of(values, "values")
    kinds = [plate_kind(text) if len(text) <= LONGEST else None for text in given]
    valid = [kind is not None for kind in kinds]
    normal = [compact(text) if ok else None for text, ok in zip(given, valid, strict=True)]
    return CheckedPlates(n=len(given), valid=valid, normal=normal, kinds=kinds, invalid=valid.count(False))


@operation(
    "Comprobar códigos postales",
    examples=("¿Son válidos estos códigos postales: 28013, 99001, 8001?", "Validate these Spanish postcodes"),
)
def check_postcode(values: Labels) -> CheckedPostcodes:
    """Check that texts are Spanish postcodes: five figures that begin with a province, 01 to 52.

    Whether Correos delivers to that code is not known here.

    Args:
        values: postcodes as they are written; 8001 lacks its zero and is refused.

    Raises:
        InvalidInput: no values, or something that is no text.
        LimitExceeded: more than 200,000.

    Source: Real Decreto 1829/1999, Reglamento de servicios postales; INE, códigos de provincias.
    """
    given = texts_of(values, "values")
    known = register(Provinces)
    valid = [known.of_postcode(text.strip()) is not None for text in given]
    codes = [text.strip()[:2] if ok else None for text, ok in zip(given, valid, strict=True)]
    return CheckedPostcodes(n=len(given), valid=valid, province_codes=codes, invalid=valid.count(False))


@operation(
    "Comprobar fechas",
    examples=(
        "Comprueba que estas fechas dd/mm/aaaa existen y ninguna es posterior a hoy 23/11/2026",
        "Check these dates against a format and bounds",
    ),
)
def check_dates(
    values: Labels, date_format: DateFormat = "%d/%m/%Y", earliest: date | None = None, latest: date | None = None
) -> CheckedDates:
    """Check that texts are days of the calendar within bounds.

    Args:
        values: dates as they are written.
        date_format: how, as %d/%m/%Y or %Y-%m-%d.
        earliest: the first day admitted.
        latest: the last day admitted, such as today for what has happened.

    Raises:
        InvalidInput: no values, no texts, a format that is not of a date, or bounds the wrong way round.
        LimitExceeded: more than 200,000.

    Source: ISO 8601-1:2019, section 5.2 (calendar date).
    """
    date_format_of(date_format, "date_format")
    if earliest and latest and earliest > latest:
        raise InvalidInput("latest", N_("debe ser posterior a la primera fecha"))
    given = texts_of(values, "values")
    dates: list[str | None] = []
    problems: list[Any] = []
    for text in given:
        found = iso_date(text, date_format)
        dates.append(found)
        if found is None:
            problems.append("format" if text.strip() else "empty")
        elif earliest and found < earliest.isoformat():
            problems.append("too_early")
        else:
            problems.append("too_late" if latest and found > latest.isoformat() else None)
    valid = [problem is None for problem in problems]
    return CheckedDates(
        method=date_format, n=len(given), valid=valid, dates=dates, problems=problems, invalid=valid.count(False)
    )


@operation(
    "Comprobar importes",
    examples=(
        "Comprueba si estos importes en euros están bien escritos, como 1.234,56 €",
        "Validate these money amounts written the Spanish way",
    ),
)
def check_money(
    values: Labels,
    decimal: Literal[",", "."] = ",",
    thousands: Literal[".", ",", " ", ""] = ".",
    negative: bool = True,
    decimals: Annotated[int, Field(ge=0, le=6)] = CENTS,
) -> CheckedAmounts:
    """Check that texts are amounts of money, exactly: 1.234,56 but not 1.23,4, nor cents of a third decimal.

    Args:
        values: amounts as they are written, with or without € or EUR.
        decimal: mark of decimals.
        thousands: mark of thousands, every three figures; amounts without marks are taken too.
        negative: whether amounts below zero are admitted.
        decimals: how many at most.

    Raises:
        InvalidInput: no values, no texts, or both marks alike.
        LimitExceeded: more than 200,000.

    Source: Unicode CLDR, locale es-ES, number patterns; Council Regulation (EC) 1103/97, article 5 (cents).
    """
    if decimal == thousands:
        raise InvalidInput("thousands", N_("el separador de miles no puede ser el mismo que el decimal"))
    given = texts_of(values, "values")
    mark = re.escape(thousands)
    groups = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if thousands else r"\d+"
    pattern = re.compile(
        rf"(?:€|EUR)?\s*([+-]?)(?:€|EUR)?\s*({groups})(?:{re.escape(decimal)}(\d+))?\s*(?:€|EUR|euros?)?",
        re.I | re.ASCII,
    )
    amounts: list[str | None] = []
    problems: list[Any] = []
    total = Decimal(0)
    for text in given:
        found = pattern.fullmatch(text.strip().translate(BLANKS)) if len(text) <= LONGEST else None
        amount = problem = None
        if found is None:
            problem = "format" if text.strip() else "empty"
        elif len(found[3] or "") > decimals:
            problem = "decimals"
        elif found[1] == "-" and not negative:
            problem = "negative"
        else:
            whole = found[2].replace(thousands, "") if thousands else found[2]
            amount = Decimal(f"{found[1]}{whole}.{found[3] or '0'}").quantize(Decimal(1).scaleb(-decimals))
            if abs(amount) >= 10**15:
                amount, problem = None, "too_large"
        total += amount or 0
        amounts.append(None if amount is None else str(amount))
        problems.append(problem)
    valid = [problem is None for problem in problems]
    return CheckedAmounts(
        n=len(given), valid=valid, amounts=amounts, problems=problems, invalid=valid.count(False), total=str(total)
    )


def _checked(check: Callable[[str], str], text: str, type: IdType) -> tuple[str | None, Problem | None]:
    from stdnum import exceptions

    if not text.strip():
        return None, "empty"
    if len(text) > LONGEST:
        return None, "length"
    number = compact(text)
    if not number.isascii() or not number.isalnum():
        return None, "characters"
    if type == "ean13" and len(number) != 13:
        return None, "length"
    try:
        return str(check(number)), None
    except exceptions.ValidationError as error:
        return None, (_iban_form(number) if type == "iban" else None) or _problem(error)


def _problem(error: Exception) -> Problem:
    from stdnum import exceptions

    if isinstance(error, exceptions.InvalidChecksum):
        return "check_digit"
    return "length" if isinstance(error, exceptions.InvalidLength) else "format"


def _iban_form(number: str) -> Problem | None:
    """What is wrong with an IBAN besides its check digits: no country, or not as long as that country's."""
    from stdnum import numdb

    if not re.fullmatch(r"[A-Z]{2}\d{2}.*", number, re.ASCII):
        return "format"
    told = numdb.get("iban").info(number)[0][1].get("bban")
    if told is None:
        return "format"
    wanted = sum(int(digits) for digits in re.findall(r"(\d+)!", told))
    return None if len(number) == 4 + wanted else "length"


def _vin(number: str) -> str:
    """The chassis number, if position 9 is the weighted sum of all modulo 11 (X for 10); I, O and Q do not exist."""
    from stdnum import exceptions

    if len(number) != len(VIN_WEIGHTS):
        raise exceptions.InvalidLength()
    if any(letter not in VIN_VALUES for letter in number):
        raise exceptions.InvalidFormat()
    rest = sum(VIN_VALUES[letter] * weight for letter, weight in zip(number, VIN_WEIGHTS, strict=True)) % 11
    if number[8] != ("X" if rest == 10 else str(rest)):
        raise exceptions.InvalidChecksum()
    return number
