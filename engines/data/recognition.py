"""What a text seems to be: identifiers and codes that carry their own proof."""

import re
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from engines.data.registers import Plates, Provinces, register

Meaning: TypeAlias = Literal["nif", "iban", "email", "phone", "postcode", "plate", "date"]
EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
SEPARATORS: Final = re.compile(r"[\s.\-_/]")
ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST: Final = 200


def compact(text: str) -> str:
    """`text` as identifiers are compared: without separators, in capitals."""
    return SEPARATORS.sub("", text).upper()


def plate_kind(text: str) -> str | None:
    """Which kind of Spanish number plate `text` is; None if it is none."""
    plate = compact(text)
    held = register(Plates)
    letters = f"[{held.letters}]"
    provinces = "|".join(sorted(held.provinces, key=len, reverse=True))
    if re.fullmatch(rf"\d{{4}}{letters}{{3}}", plate, re.ASCII):
        return "current"
    special = re.fullmatch(rf"([{''.join(held.special)}])\d{{4}}{letters}{{3}}", plate, re.ASCII)
    if special:
        return str(held.special[special[1]])
    if re.fullmatch(rf"(?:{provinces})\d{{4}}[A-Z]{{1,2}}", plate, re.ASCII):
        return "provincial"
    ended = re.fullmatch(rf"(?:{provinces})\d{{5}}(R|VE)", plate, re.ASCII)
    if ended:
        return "trailer" if ended[1] == "R" else "special"  # tractors and trailers before September 2000
    if re.fullmatch(rf"(?:{provinces})\d{{1,6}}", plate, re.ASCII):
        return "provincial_numeric"
    if re.fullmatch(
        rf"(?:{'|'.join(sorted(held.official, key=len, reverse=True))})\d{{4,6}}[A-Z]{{0,2}}", plate, re.ASCII
    ):
        return "official"
    if re.fullmatch(rf"(?:{'|'.join(held.diplomatic)})\d{{4,6}}", plate, re.ASCII):
        return "diplomatic"
    return None


def is_nif(text: str) -> bool:
    """Whether `text` is a NIF, NIE or CIF with its check character right."""
    from stdnum.es import nif

    return len(text) <= LONGEST and bool(nif.is_valid(compact(text)))


def is_iban(text: str) -> bool:
    """Whether `text` is an IBAN with right check digits."""
    from stdnum import iban

    return len(text) <= LONGEST and bool(iban.is_valid(compact(text)))


def is_phone(text: str) -> bool:
    """Whether `text` is a telephone number that can exist, Spanish unless it says another country."""
    import phonenumbers

    if not 6 <= len(text) <= 30 or not re.fullmatch(r"[+\d\s().\-/]+", text):
        return False
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, "ES")))
    except phonenumbers.NumberParseException:
        return False


def is_date(text: str) -> bool:
    """Whether `text` is a day as ISO 8601 writes it."""
    from datetime import date

    if not ISO.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


MEANINGS: Final[dict[Meaning, Callable[[str], bool]]] = {
    "date": is_date,
    "iban": is_iban,
    "nif": is_nif,
    "email": lambda text: len(text) <= LONGEST and EMAIL.fullmatch(text) is not None,
    "postcode": lambda text: register(Provinces).of_postcode(text) is not None,
    "plate": lambda text: len(text) <= LONGEST and plate_kind(text) is not None,
    "phone": is_phone,
}
"""By what can be proved about a text, the strictest first."""
