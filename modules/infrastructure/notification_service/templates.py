"""Texts that leave the house, from files with typed fields (*plantillas*).

A value stands in the text as it is and is never read as a pattern again; the kinds of
field let nothing through that could carry a link, a second paragraph or hidden characters.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.errors import BadArguments, NotFound
from core.i18n import LOCALES, N_, Locale
from core.money import format_money
from core.text import clean_foreign
from modules.insurance.kernel.lines import LABELS as LINES
from modules.insurance.kernel.lines import line_label

HOME: Final = Path(__file__).parent / "data" / "templates"
MOST_TEXT: Final = 300
LINK: Final = re.compile(r"https?:|www\.|://|@|\b[\w-]+\.(?:com|es|net|org|eu|info|io|app|example)\b", re.IGNORECASE)
CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9/ -]{0,29}", re.IGNORECASE)
CLOCK: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


class Purpose(StrEnum):
    """What a text is for; marketing needs the customer's consent (LSSI art. 21)."""

    SERVICE = "service"
    MARKETING = "marketing"


class Letter(NamedTuple):
    """A text ready to leave."""

    language: Locale
    subject: str
    body: str


def _text(value: str, language: Locale) -> str:
    if not value or len(value) > MOST_TEXT or not value.isprintable() or clean_foreign(value) != value:
        raise ValueError(N_("admite un texto de una línea, de hasta 300 caracteres"))
    if LINK.search(value):
        raise ValueError(N_("no admite enlaces ni direcciones"))
    return value


def _code(value: str, language: Locale) -> str:
    if not CODE.fullmatch(value):
        raise ValueError(N_("no es un número de póliza, recibo o siniestro"))
    return value.upper()


def _day(value: str, language: Locale) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(N_("no es una fecha, como 2026-12-31")) from error
    return f"{day:%d %B %Y}" if language == "en" else f"{day:%d/%m/%Y}"


def _time(value: str, language: Locale) -> str:
    if not CLOCK.fullmatch(value):
        raise ValueError(N_("no es una hora, como 17:30"))
    return value


def _money(value: str, language: Locale) -> str:
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(N_("no es un importe en euros, como 312.40")) from error
    if not amount.is_finite() or not 0 <= amount < 10**9 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(N_("no es un importe en euros, como 312.40"))
    return format_money(amount, language)


def _line(value: str, language: Locale) -> str:
    if value not in LINES:
        raise ValueError(N_("no es uno de los ramos de la casa"))
    return line_label(value, language)


KINDS: Final[Mapping[str, Callable[[str, Locale], str]]] = {
    "text": _text, "code": _code, "date": _day, "time": _time, "money": _money, "line": _line,
}  # fmt: skip


@dataclass(frozen=True)
class FieldKind:
    """One field of a template: its kind, and what people call it."""

    kind: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """One text in two languages, with the fields it needs."""

    id: str
    purpose: Purpose
    fields: Mapping[str, FieldKind]
    texts: Mapping[str, Mapping[str, str]]

    def title(self, locale: str) -> str:
        """What people call it."""
        return self.texts["en" if locale == "en" else "es"]["title"]

    def render(self, language: str, name: str, brokerage: str, values: Mapping[str, str]) -> Letter:
        """The text to `name`; in Spanish unless the customer wants English.

        Raises:
            BadArguments: a field is missing, unknown, or not of its kind.
        """
        spoken: Locale = "en" if language == "en" else "es"
        for field in {*values} - {*self.fields}:
            raise BadArguments(field=f"fields.{field}", problem=N_("la plantilla no tiene ese campo"))
        said = {"name": " ".join(clean_foreign(name).split()), "brokerage": brokerage}
        for field, kind in self.fields.items():
            if field not in values:
                raise BadArguments(field=f"fields.{field}", problem=N_("falta este dato de la plantilla"))
            try:
                said[field] = KINDS[kind.kind](values[field].strip(), spoken)
            except ValueError as error:
                raise BadArguments(field=f"fields.{field}", problem=str(error)) from error
        text = self.texts[spoken]
        return Letter(spoken, text["subject"].format_map(said), text["body"].format_map(said).strip() + "\n")


@cache
def templates() -> Mapping[str, Template]:
    """All templates by id."""
    return {path.stem: _read(path) for path in sorted(HOME.glob("*.toml"))}


def template(id: str) -> Template:
    """The template of that id.

    Raises:
        NotFound: there is none.
    """
    found = templates().get(id.strip())
    if found is None:
        raise NotFound(what=N_("la plantilla"), ref=id)
    return found


def _read(path: Path) -> Template:
    said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    fields = {
        name: FieldKind(field["type"], {locale: field[locale] for locale in LOCALES})
        for name, field in said.get("fields", {}).items()
    }
    return Template(path.stem, Purpose(said["purpose"]), fields, {locale: said[locale] for locale in LOCALES})
