"""How a document speaks (*idioma del documento*): its texts, amounts and dates in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.i18n import N_, Locale, translate
from core.money import format_money
from modules.core_business.crm import Customer
from modules.insurance.kernel.views import day

PAGE: Final = N_("Página {page} de {pages}")
YES: Final = N_("sí")
NO: Final = N_("no")


@dataclass(frozen=True)
class Voice:
    """One language."""

    locale: Locale

    @classmethod
    def of(cls, customer: Customer) -> "Voice":
        """The customer's: English if he asked for it, else Spanish."""
        return cls("en" if customer.language == "en" else "es")

    def say(self, text: str, **values: object) -> str:
        """A catalogued text; values that are texts stand in it as they are."""
        return translate(text, self.locale, **values)

    def all(self, *texts: str) -> tuple[str, ...]:
        """Several catalogued texts."""
        return tuple(translate(text, self.locale) for text in texts)

    def money(self, amount: Decimal | str | None) -> str:
        """An amount in euros; a dash for none."""
        return "–" if amount is None else format_money(Decimal(amount), self.locale)

    def percent(self, fraction: Decimal | str) -> str:
        """A fraction as a percentage, without idle zeros."""
        said = f"{Decimal(fraction) * 100:f}"
        said = said.rstrip("0").rstrip(".") if "." in said else said
        return f"{said.replace('.', ',')} %" if self.locale == "es" else f"{said}%"

    def day(self, on: date | None) -> str:
        """A date in figures; a dash for none."""
        return "–" if on is None else day(on)

    def long_day(self, on: date) -> str:
        """A date with the month's name, as letters bear it."""
        from babel.dates import format_date  # 80 ms to import; only people's texts need it

        return format_date(on, "long", locale="es" if self.locale == "es" else "en_GB")

    def page(self) -> str:
        """The template of the page numbers."""
        return translate(PAGE, self.locale)

    def value(self, value: Any, label: str = "") -> str:
        """A value of a risk as people read it; `label` tells its unit («Valor, EUR»)."""
        if isinstance(value, bool):
            return self.say(YES if value else NO)
        if isinstance(value, Mapping):
            return "; ".join(f"{name.replace('_', ' ')}: {self.value(item)}" for name, item in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(self.value(item) for item in value) or "–"
        text = str(value)
        if _is_number(text):
            if "EUR" in label or "€" in label:
                return self.money(text)
            return self._figure(text, label)
        if _is_date(text):
            return day(date.fromisoformat(text))
        return text.replace("_", " ") if text.isascii() and text.islower() else text

    def _figure(self, text: str, label: str) -> str:
        said = text.rstrip("0").rstrip(".") if "." in text else text
        said = said.replace(".", ",") if self.locale == "es" else said
        return f"{said} %" if "%" in label else said


def _is_number(text: str) -> bool:
    whole, _, cents = text.removeprefix("-").partition(".")
    return whole.isascii() and whole.isdigit() and (not cents or (cents.isascii() and cents.isdigit()))


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
