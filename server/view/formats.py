"""Values as people read them: `1.234,56 €`, `22/11/2026`, `9,5 %`, «Sí», «—».

Which format a value takes is told by its own form (Money travels as `"1234.56"`, dates in
ISO) and by the name of its field; nothing is guessed from a screen.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from core.i18n import N_, Locale, translate
from core.money import format_money
from server.view.engine_labels import ENGINE_VALUES
from server.view.labels import STATES

ISO_DATE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")
ISO_INSTANT: Final = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
CENTS: Final = re.compile(r"^-?\d{1,15}\.\d{2}$")
UUID_TEXT: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.I)
MISSING: Final = "—"
MINUS: Final = "\N{MINUS SIGN}"
CODE: Final = re.compile(r"^[a-z]+(_[a-z]+)+$")  # a value out of a closed set
NBSP: Final = "\N{NO-BREAK SPACE}"


def format_date(value: date | str, locale: Locale = "es") -> str:
    """`22/11/2026` in both languages: the office writes dates one way."""
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return day.strftime("%d/%m/%Y")


def format_instant(value: datetime | str, zone: str = "Europe/Madrid") -> str:
    """`22/11/2026 12:40` in the office's zone; a time without zone is UTC."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(ZoneInfo(zone)).strftime("%d/%m/%Y %H:%M")


def format_number(value: Decimal | int | float | str, locale: Locale = "es", places: int | None = None) -> str:
    """A number with the language's separators; `places` fixes the decimals."""
    pattern = None if places is None else "#,##0." + "0" * places
    said = format_decimal(Decimal(str(value)), format=pattern, locale=locale)
    return said.replace("-", MINUS)


def format_share(value: float | Decimal | str, locale: Locale = "es") -> str:
    """A fraction as a score with two decimals: `0,94`."""
    return format_number(value, locale, 2)


def format_rate(value: Decimal | str, locale: Locale = "es") -> str:
    """A fraction as a percentage with a no-break space: `9,5 %`."""
    percent = Decimal(str(value)) * 100
    return f"{format_number(percent.normalize(), locale)}{NBSP}%"


def format_milliseconds(value: float, locale: Locale = "es") -> str:
    """`412 ms`, or `2,1 s` from one second on."""
    if value < 1000:
        return f"{round(value)}{NBSP}ms"
    return f"{format_number(value / 1000, locale, 1)}{NBSP}s"


def citation_title(reference: str, titles: Mapping[str, str]) -> str:
    """What a citation is called: the tool's title, or the note's name out of its reference."""
    name = reference.rpartition(":")[2].partition("/")[0]
    if name in titles:
        return titles[name]
    said = name.partition("#")[0].replace("-", " ").replace("_", " ").strip()
    return said[:1].upper() + said[1:] if said else reference


def is_money(name: str, value: Any) -> bool:
    """Whether a field is euros: Money is the only value that travels as text with two decimals."""
    return isinstance(value, str) and bool(CENTS.match(value)) and not name.endswith("_rate")


def is_technical(value: Any) -> bool:
    """Whether a value is a record's id: exact, but nothing that a person reads."""
    return isinstance(value, str) and bool(UUID_TEXT.match(value))


def is_figure(name: str, value: Any) -> bool:
    """Whether the value stands right-aligned in a column."""
    return is_money(name, value) or (isinstance(value, int | float) and not isinstance(value, bool))


def say(name: str, value: Any, locale: Locale = "es", zone: str = "Europe/Madrid") -> str:
    """One value of field `name` as text for a cell, a diff or a list."""
    if value is None or value == "" or value == []:
        return MISSING
    if isinstance(value, bool):
        return translate(N_("Sí") if value else N_("No"), locale)
    if isinstance(value, str):
        return _say_text(name, value, locale, zone)
    if isinstance(value, int | float | Decimal):
        return format_rate(str(value), locale) if name.endswith("_rate") else format_number(value, locale)
    if isinstance(value, list):
        return ", ".join(say(name, item, locale, zone) for item in value)
    if isinstance(value, dict):
        return " · ".join(say(key, item, locale, zone) for key, item in value.items() if item not in (None, ""))
    return str(value)


def _say_text(name: str, value: str, locale: Locale, zone: str) -> str:
    try:
        if is_money(name, value):
            return format_money(Decimal(value), locale)
        if name.endswith(("_rate", "_share")):
            return format_rate(value, locale)
        if ISO_DATE.match(value):
            return format_date(value, locale)
        if ISO_INSTANT.match(value):
            return format_instant(value, zone)
    except (ValueError, InvalidOperation):
        return value  # looks like a figure or a date and is none: shown as it was written
    known = None if name == "code" else STATES.get(value) or ENGINE_VALUES.get(value)  # a code is called as it is
    if known is None and CODE.match(value):
        return value.replace("_", " ")
    return translate(known, locale) if known else value


def delta_of(name: str, before: Any, after: Any, locale: Locale = "es") -> str:
    """How much a figure moved, with its sign: `−41,66 €`, `+2`; "" if it is no figure."""
    try:
        if is_money(name, before) and is_money(name, after):
            moved = Decimal(after) - Decimal(before)
            return ("+" if moved > 0 else "") + format_money(moved, locale) if moved else ""
        if is_figure(name, before) and is_figure(name, after) and before != after:
            moved = Decimal(str(after)) - Decimal(str(before))
            return ("+" if moved > 0 else "") + format_number(moved, locale)
    except InvalidOperation:
        return ""
    return ""
