"""The control score (*puntuación de controles*): ten yes/no answers, one point each."""

from collections.abc import Mapping
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.ciber.risk import Controls
from modules.insurance.kernel import Quote

QUESTIONS: Final[Mapping[str, str]] = {
    name: str(field.description) for name, field in Controls.model_fields.items()
}  # in the order of the questionnaire
BEST: Final = len(QUESTIONS)


def score(answers: Mapping[str, Any]) -> int:
    """Points from 0 to 10: one for each control in place; what nobody answered is not in place."""
    return sum(answers.get(name) is True for name in QUESTIONS)


def missing(answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The controls that are not in place, in the order of the questionnaire."""
    return tuple(name for name in QUESTIONS if answers.get(name) is not True)


def answers_fit(quote: Quote) -> None:
    """Refuse to issue a score that the kept answers do not support (LCS art. 10): they are the evidence."""
    if any(quote.details.get(name) is not None for name in QUESTIONS):
        found = score(quote.details)
        if found != int(quote.risk["control_score"]):
            text = N_("Revise «{field}»: las respuestas dan {found} puntos de diez.")
            raise BadArguments(text, field="control_score", found=found)
        remote = quote.details.get("mfa_remote_access")
        if remote is not None and remote != quote.risk["mfa_remote"]:
            text = N_("Revise «{field}»: no coincide con la respuesta sobre el acceso remoto.")
            raise BadArguments(text, field="mfa_remote")
