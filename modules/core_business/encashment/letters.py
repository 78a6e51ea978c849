"""Letters to customers about a receipt, from templates in the customer's own language."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.money import format_money
from modules.core_business.encashment.debts import Debt
from modules.core_business.encashment.rules import LegalClock, days_overdue

HOME: Final = Path(__file__).parent / "data"
LANGUAGES: Final = ("es", "ca", "en")  # a customer of another language is written to in Spanish


class Letter(NamedTuple):
    """A letter ready to be sent."""

    language: str
    subject: str
    body: str


@cache
def template(language: str) -> dict[str, Any]:
    """The template of the reminder in `language`."""
    return tomllib.loads((HOME / f"reminder.{language}.toml").read_text(encoding="utf-8"))


def reminder(debt: Debt, brokerage: str, today: date) -> Letter:
    """The reminder of one receipt, with what LCS art. 15 makes of it on `today`."""
    receipt, policy, customer, insurer = debt
    language = customer.language if customer.language in LANGUAGES else LANGUAGES[0]
    texts = template(language)
    clock = debt.clock(today)
    dates = _dates(receipt.due_on, clock, language)
    overdue = days_overdue(receipt.due_on, today) > 0
    values = {
        "name": customer.name,
        "receipt_number": receipt.receipt_number,
        "policy_number": policy.policy_number,
        "line": policy.line,
        "insurer": insurer.name,
        "total": format_money(receipt.total, language),
        "brokerage": brokerage,
        "due": texts["due"]["overdue" if overdue else "not_due"].format(**dates),
        "cover": texts["cover"][clock.cover].format(**dates),
    }
    return Letter(language, texts["subject"].format(**values), texts["body"].format(**values).strip() + "\n")


def _dates(due_on: date, clock: LegalClock, language: str) -> dict[str, str]:
    form = "%d %B %Y" if language == "en" else "%d/%m/%Y"
    found = {"due_on": due_on, "suspended_after": clock.suspended_after, "extinct_after": clock.extinct_after}
    return {name: day.strftime(form) for name, day in found.items()}
