"""Why a direct debit came back (*motivos de devolución SEPA*), from a dated table."""

import json
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import BadArguments
from core.i18n import N_, Locale, translate

TABLE: Final = Path(__file__).parent / "data" / "sepa_return_reasons.json"


class Action(StrEnum):
    """What to do about a return before the receipt is asked for again."""

    RETRY = "retry"
    ACCOUNT = "account"
    MANDATE = "mandate"
    CONTACT = "contact"
    FILE = "file"


NEXT_STEPS: Final[dict[Action, str]] = {
    Action.RETRY: N_("Puede volver a presentarse al cobro."),
    Action.ACCOUNT: N_("Pida al cliente una cuenta válida antes de volver a presentarlo."),
    Action.MANDATE: N_("Hace falta un mandato firmado antes de volver a presentarlo."),
    Action.CONTACT: N_("Hable con el cliente antes de volver a presentarlo."),
    Action.FILE: N_("Corrija la remesa antes de volver a presentarlo."),
}


class Reason(NamedTuple):
    """One SEPA reason code with its meaning by language."""

    code: str
    es: str
    en: str
    action: Action

    def meaning(self, locale: Locale) -> str:
        """What the code means."""
        return self.en if locale == "en" else self.es

    def next_step(self, locale: Locale) -> str:
        """What to do now."""
        return translate(NEXT_STEPS[self.action], locale)


@cache
def reasons() -> dict[str, Reason]:
    """All reasons of the table in force, by code."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))["reasons"]
    return {code: Reason(code, entry["es"], entry["en"], Action(entry["action"])) for code, entry in table.items()}


def reason(code: str) -> Reason:
    """The reason of that code, in any case.

    Raises:
        BadArguments: the table has no such code.
    """
    found = reasons().get(code.strip().upper())
    if found is None:
        raise BadArguments(field="reason_code", problem=N_("no es un código SEPA de devolución, como AM04 o AC04"))
    return found
