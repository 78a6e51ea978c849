"""Identifiers: uuid v7, and Spain's numbers with check digits, by `python-stdnum`.

Each `parse_*` takes what a person writes (spaces, dots, dashes, lower case) and gives one
canonical form, or raises `ValueError` with a sentence in Spanish.
"""

import re
import unicodedata
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import uuid_utils
from pydantic import AfterValidator
from stdnum import iban as stdnum_iban
from stdnum.es import cif, dni, nie
from stdnum.exceptions import ValidationError

from core.i18n import N_

SEPARATORS: Final = re.compile(r"[\s.\-–_/]")
LONGEST: Final = 100  # characters of a written identifier
PLATE: Final = re.compile(r"^\d{4}[BCDFGHJKLMNPRSTVWXYZ]{3}$")
OLD_PLATE: Final = re.compile(r"^[A-Z]{1,2}\d{4}[A-Z]{0,2}$")


@dataclass
class IdTape:
    """The ids that one run of a tool drew, so that a later run of the same call draws them again.

    A preview runs the tool and rolls back; with its tape the approved run makes the very
    rows that the approver saw. A run that draws more than the tape holds gets fresh ids.
    """

    ids: list[UUID] = field(default_factory=list)
    drawn: int = 0

    def draw(self) -> UUID:
        """The next id of the tape, or a fresh one, which is added to it."""
        if self.drawn == len(self.ids):
            self.ids.append(UUID(bytes=uuid_utils.uuid7().bytes))
        self.drawn += 1
        return self.ids[self.drawn - 1]


TAPE: Final[ContextVar[IdTape | None]] = ContextVar("ait_id_tape", default=None)


def new_id() -> UUID:
    """A new uuid v7: sortable by time, never guessable from its neighbours."""
    tape = TAPE.get()
    return UUID(bytes=uuid_utils.uuid7().bytes) if tape is None else tape.draw()


def instant_of(id: UUID) -> datetime:
    """When a uuid v7 was drawn, to the millisecond (RFC 9562, 5.7).

    A preview and the approved run share their ids, but not their clock: what leaves the house
    bears this instant, so that it is the very thing that was approved.
    """
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def compact(text: str) -> str:
    """`text` as identifiers are compared: NFKC, no separators, upper case."""
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _ascii(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(N_("es demasiado largo"))
    number = compact(text)
    if not number.isascii() or not number.isalnum():
        raise ValueError(N_("solo admite letras sin acento y cifras"))
    return number


def id_type(number: str) -> str:
    """NIF, NIE or CIF: which of the three the canonical `number` is."""
    if number[0] in "XYZ":
        return "NIE"
    return "NIF" if number[0].isdigit() or number[0] in "KLM" else "CIF"


def parse_id_number(text: str) -> str:
    """A NIF, NIE or CIF with its check character right, as `12345678Z`."""
    number = _ascii(text)
    if not number:
        raise ValueError(N_("falta el NIF, NIE o CIF"))
    check = {"NIE": nie, "NIF": dni, "CIF": cif}[id_type(number)]
    try:
        return str(check.validate(number))
    except ValidationError as error:
        raise ValueError(N_("no es un NIF, NIE o CIF válido: revise el dígito de control")) from error


def parse_iban(text: str) -> str:
    """An IBAN with right check digits (Spanish ones also inside), without spaces."""
    try:
        return str(stdnum_iban.validate(_ascii(text)))
    except ValidationError as error:
        raise ValueError(N_("no es un IBAN válido: revise los dígitos de control")) from error


def parse_plate(text: str) -> str:
    """A Spanish number plate: `1234KLM`, or the provincial form `M1234AB`."""
    plate = _ascii(text)
    if not (PLATE.match(plate) or OLD_PLATE.match(plate)):
        raise ValueError(N_("no es una matrícula española, como 1234 KLM"))
    return plate


def parse_phone(text: str) -> str:
    """A telephone number in E.164; nine Spanish digits get `+34`."""
    if len(text) > LONGEST:
        raise ValueError(N_("es demasiado largo"))
    digits = re.sub(r"[\s().\-]", "", text)
    if re.fullmatch(r"[6789]\d{8}", digits, re.ASCII):
        return f"+34{digits}"
    if re.fullmatch(r"\+[1-9]\d{7,14}", digits, re.ASCII):
        return digits
    raise ValueError(N_("no es un teléfono: nueve cifras o con prefijo internacional"))


IdNumber = Annotated[str, AfterValidator(parse_id_number)]
Iban = Annotated[str, AfterValidator(parse_iban)]
Plate = Annotated[str, AfterValidator(parse_plate)]
Phone = Annotated[str, AfterValidator(parse_phone)]
