"""What comes from outside as a file: its bytes within limits, its letters in the right encoding."""

import base64
import binascii
import re
from datetime import date, datetime
from functools import lru_cache
from numbers import Integral
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from engines.contract import Caution, Labels
from engines.errors import N_, InvalidInput, LimitExceeded

MOST_BYTES: Final = 20_000_000
MOST_VALUES: Final = 200_000
IN_PARTS: Final = N_("divida el fichero")
ONE_OF: Final = N_("indique el texto o el contenido en base64, uno de los dos")
NOT_BASE64: Final = N_("no es base64")
EMPTY: Final = N_("no contiene nada")
NOT_TEXT: Final = N_("no es texto: contiene caracteres nulos")
TEXTS: Final = N_("debe ser una lista de textos")
CENTURY: Final = N_("indique un formato de fecha con año, mes y día, como %d/%m/%Y")
UNKNOWN_LETTERS: Final = N_("no está en UTF-8 ni en Windows-1252; indique su codificación")
GUESSED: Final = N_("El texto no está en UTF-8 y se ha leído como Windows-1252; compruebe los acentos.")
DATE_DIRECTIVES: Final = re.compile(r"%(.)")
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
MONTHS: Final = (("enero", "ene"), ("febrero", "feb"), ("marzo", "mar"), ("abril", "abr"), ("mayo", "may"),
                 ("junio", "jun"), ("julio", "jul"), ("agosto", "ago"), ("septiembre", "setiembre", "sept", "set",
                 "sep"), ("octubre", "oct"), ("noviembre", "nov"), ("diciembre", "dic"))  # fmt: skip
MONTH: Final = re.compile(
    rf"(?<![^\W\d_])({'|'.join(name for names in MONTHS for name in names)})(?![^\W\d_])\.?", re.I
)

Text: TypeAlias = Annotated[str, Field(max_length=MOST_BYTES)]
Base64: TypeAlias = Annotated[str, Field(max_length=MOST_BYTES * 4 // 3 + 4)]
Encoding: TypeAlias = Literal["utf-8", "windows-1252", "iso-8859-15", "cp850"]
DateFormat: TypeAlias = Annotated[str, Field(min_length=2, max_length=40)]


def bytes_of(content_base64: str, argument: str = "content_base64") -> bytes:
    """The bytes of a file given as base64.

    Raises:
        InvalidInput: no base64, or nothing in it.
        LimitExceeded: more than 20 MB.
    """
    try:
        found = base64.b64decode("".join(content_base64.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(argument, NOT_BASE64) from error
    if not found:
        raise InvalidInput(argument, EMPTY)
    if len(found) > MOST_BYTES:
        raise LimitExceeded(argument, MOST_BYTES, len(found), IN_PARTS)
    return found


def text_given(
    text: str | None, content_base64: str | None, encoding: Encoding | None
) -> tuple[str, str, tuple[Caution, ...]]:
    """The text, the name of the argument that brought it, and what must be said of its encoding.

    Without `encoding`, a byte order mark decides (UTF-16 too, as Excel writes «Texto Unicode»); else UTF-8 is tried and
    then Windows-1252.
    """
    if (text is None) == (content_base64 is None):
        raise InvalidInput("text", ONE_OF)
    if text is not None:
        return _letters(text.removeprefix("\ufeff"), "text"), "text", ()
    raw = bytes_of(content_base64 or "")
    guesses = ("utf-16",) if raw.startswith(UTF_16) else ("utf-8-sig", "windows-1252")
    for name in (encoding,) if encoding else guesses:
        try:
            found = raw.decode(name)
        except UnicodeDecodeError:
            continue
        said = (Caution(text=GUESSED),) if name == "windows-1252" and encoding is None else ()
        return _letters(found.removeprefix("\ufeff"), "content_base64"), "content_base64", said
    raise InvalidInput("content_base64", N_("no está en la codificación indicada") if encoding else UNKNOWN_LETTERS)


def texts_of(values: Labels, argument: str) -> list[str]:
    """`values` as texts; whole numbers are written out.

    Raises:
        InvalidInput: none, or something that is neither text nor a whole number.
        LimitExceeded: more than 200,000.
    """
    given = list(values)
    if not given:
        raise InvalidInput(argument, EMPTY)
    if len(given) > MOST_VALUES:
        raise LimitExceeded(argument, MOST_VALUES, len(given), IN_PARTS)
    if any(isinstance(v, bool) or not isinstance(v, str | Integral) for v in given):
        raise InvalidInput(argument, TEXTS)
    return [str(value) for value in given]


def date_format_of(date_format: str, argument: str) -> str:
    """`date_format`, if it tells year, month and day.

    Raises:
        InvalidInput: it holds other directives, or not those three.
    """
    found = DATE_DIRECTIVES.findall(date_format)
    if not set(found) <= set("dmyYbBHMS%") or not ({"y", "Y"} & set(found) and {"m", "b", "B"} & set(found)):
        raise InvalidInput(argument, CENTURY)
    if "d" not in found or len(found) != len(set(found)):
        raise InvalidInput(argument, CENTURY)
    return date_format


@lru_cache(maxsize=100_000)  # the days of a column repeat, and each is read once to guess and once to tell
def iso_date(text: str, date_format: str) -> str | None:
    """The date that `text` writes, as ISO 8601, its month by name in Spanish or English; None if it writes none."""
    named = "%b" if "%b" in date_format else "%B" if "%B" in date_format else None
    if named:
        # `strptime` knows the months of the process's language alone, which is nobody's here.
        text = MONTH.sub(lambda found: _in_english(found[1], named), text)
    try:
        return datetime.strptime(text.strip(), date_format).date().isoformat()
    except ValueError:
        return None


def _in_english(month: str, directive: str) -> str:
    number = next(i for i, names in enumerate(MONTHS, start=1) if month.lower() in names)
    return date(2000, number, 1).strftime(directive)


def _letters(text: str, argument: str) -> str:
    if not text.strip():
        raise InvalidInput(argument, EMPTY)
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidInput(argument, NOT_TEXT)
    return text
