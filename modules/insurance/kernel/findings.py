"""What a reviewer gathers (*hallazgos*), said in the actor's language."""

from decimal import Decimal
from typing import Literal

from core.i18n import Locale, translate
from core.money import format_money
from tools.results import Finding

Severity = Literal["support", "note", "warn", "block"]


class Findings:
    """Findings of one review, said in the actor's language."""

    def __init__(self, locale: Locale) -> None:
        """Start with none."""
        self.locale = locale
        self.found: list[Finding] = []

    def add(self, severity: Severity, text: str, ref: str, **values: object) -> None:
        """Note one thing; `values` fill the text's placeholders."""
        said = translate(text, self.locale, **values)
        self.found.append(Finding(severity=severity, text=said, ref=ref))

    def money(self, amount: Decimal) -> str:
        """An amount as people write it."""
        return format_money(amount, self.locale)
