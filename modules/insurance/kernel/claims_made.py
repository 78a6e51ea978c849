"""Covers that hang on the date of the claim (*delimitación temporal, claims made*, LCS art. 73).

Most liability is covered when the event falls into the period. A claims-made cover asks
for the claim: it must come while the policy runs or in the time agreed after its end, and
for facts since the retroactive date. That date never moves forward when the policy is
renewed or taken to another insurer: what lies between would be covered by nobody.
"""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from modules.insurance.kernel.claim_types import ClaimsMade
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.records import Policy, Term
from modules.insurance.kernel.views import PolicyNumber, day
from tools import Risk, Slot, tool
from tools.results import Result


def outside(made: ClaimsMade, occurred_on: date, claimed_on: date, started_on: date, ended_on: date) -> str | None:
    """Why a claim falls out of a claims-made cover (a catalogued text); None if it falls into it.

    Args:
        made: how far the cover reaches.
        occurred_on: when the harm was done.
        claimed_on: when the victim first claimed.
        started_on: the first day of the first annuity.
        ended_on: the first day without cover.
    """
    if made.retroactive_on is not None and occurred_on < made.retroactive_on:
        return N_("El hecho es anterior a la fecha retroactiva.")
    if claimed_on < started_on:
        return N_("La reclamación llegó antes de empezar la póliza.")
    if occurred_on >= ended_on:
        return N_("El hecho ocurrió después de terminar la póliza.")
    if claimed_on >= add_months(ended_on, made.reporting_months):
        return N_("La reclamación llegó después del plazo de notificación.")
    return None


def retroactive_date(from_on: date, years: int, agreed: date | None) -> date:
    """The retroactive date: as agreed, else so many years before the annuity's first day."""
    return agreed or add_months(from_on, -12 * years)


class ClaimPeriod(Result):
    """Whether a claim falls into a policy's period, and what the answer rests on."""

    policy: PolicyNumber
    covered: bool
    claims_made: bool
    occurred_on: date
    claimed_on: date
    retroactive_on: date | None
    reported_until: date
    reason: str

    def told(self, locale: Locale) -> str:
        """The answer with its dates."""
        text = (
            N_("Póliza {policy}: entra en el período; se admite notificación hasta el {until}.") if self.covered
            else N_("Póliza {policy}: no entra en el período. {reason}")
        )  # fmt: skip
        return translate(text, locale, policy=self.policy, until=day(self.reported_until), reason=self.reason)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Comprobar si una reclamación entra en el período"),
    examples=(
        "¿Entra en período una reclamación de hoy por un hecho de 2024 en la póliza 0903-36406521?",
        "Comprueba la fecha retroactiva y el plazo de notificación de la póliza",
        "Is a claim made today for an act of 2024 within the period of the policy?",
    ),
)
def check_claim_period(
    ctx: Context,
    policy: PolicyRef,
    occurred_on: Annotated[
        date, Field(description=N_("Fecha del hecho")), Slot(ask=N_("¿Cuándo ocurrió el hecho?"), cues=("hecho", "act"))
    ],
    claimed_on: Annotated[
        date | None,
        Field(description=N_("Fecha de la primera reclamación")),
        Slot(cues=("reclamación", "reclamó", "claimed")),
    ] = None,
) -> ClaimPeriod:
    """Whether a claim falls into the policy's period by its trigger: the date of the event, or of the claim.

    `claimed_on` defaults to today. A claims-made cover also looks at the retroactive date and
    at the time for reporting after the end (LCS art. 73).
    """
    on = claimed_on or ctx.today
    if on < occurred_on:
        raise BadArguments(N_("Revise «{field}»: nadie reclama antes del hecho."), field="claimed_on")
    found, term = insured(ctx, policy, on=on)
    made, last_day = trigger_of(found, term), found.ended_on or found.expires_on
    if made is None:
        reason = None if found.started_on <= occurred_on < last_day else N_("El hecho ocurrió fuera de la póliza.")
        until = None
    else:
        reason = outside(made, occurred_on, on, found.started_on, last_day)
        until = add_months(last_day, made.reporting_months) - timedelta(days=1)
    return ClaimPeriod(
        policy=found.policy_number, covered=reason is None, claims_made=made is not None, occurred_on=occurred_on,
        claimed_on=on, retroactive_on=made.retroactive_on if made else None,
        reported_until=until or last_day - timedelta(days=1),
        reason=translate(reason, ctx.actor.locale) if reason else "",
    )  # fmt: skip


def trigger_of(policy: Policy, term: Term) -> ClaimsMade | None:
    """How the cover of `policy` is triggered by a term of it; None if by the event."""
    return line_of(policy.line).claims_made(term.risk, term.details, term.from_on)
