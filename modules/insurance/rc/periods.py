"""Dates and limits of a liability policy (*delimitación temporal y límites*), LCS art. 73.

Professional and directors' liability is claims-made unless agreed otherwise; what a firm
does or sells is covered by the event. After the end at least a year is left to report.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.errors import BadArguments
from core.i18n import N_
from modules.insurance.kernel import Quote
from modules.insurance.kernel.claim_types import ClaimsMade
from modules.insurance.kernel.claims_made import retroactive_date
from modules.insurance.rc.risk import Product, Trigger

REPORTING: Final = 12  # months: the least that LCS art. 73 asks of a claims-made clause
ANNUAL_TIMES: Final = 2  # the yearly limit is twice that of a claim unless agreed otherwise
CLAIMS_MADE: Final = frozenset((Product.PROFESIONAL, Product.ADMINISTRADORES))


def trigger_of(risk: Mapping[str, Any], details: Mapping[str, Any]) -> Trigger:
    """What must fall into the period, as agreed or as is usual for the product."""
    usual = Trigger.CLAIMS_MADE if risk["product"] in CLAIMS_MADE else Trigger.OCURRENCIA
    return Trigger(details.get("trigger") or usual)


def claims_made(risk: Mapping[str, Any], details: Mapping[str, Any], from_on: date) -> ClaimsMade | None:
    """How far back and on the cover reaches; None if it hangs on the event.

    The years back grow by one at each renewal, so that the date they count to stays.
    """
    if trigger_of(risk, details) is Trigger.OCURRENCIA:
        return None
    agreed = date.fromisoformat(str(details["retroactive_on"])) if details.get("retroactive_on") else None
    return ClaimsMade(
        retroactive_on=retroactive_date(from_on, int(risk.get("retroactive_years") or 0), agreed),
        reporting_months=int(details.get("extended_reporting_months") or REPORTING),
    )


def aggregate(risk: Mapping[str, Any], details: Mapping[str, Any]) -> Decimal:
    """The most that an annuity pays, EUR."""
    agreed = details.get("aggregate_limit")
    return Decimal(str(agreed)) if agreed is not None else Decimal(str(risk["limit_per_claim"])) * ANNUAL_TIMES


def limits_fit(quote: Quote) -> None:
    """Refuse limits that contradict each other: victim ≤ claim ≤ annuity; a retroactive date after the effect."""
    claim = Decimal(str(quote.risk["limit_per_claim"]))
    if aggregate(quote.risk, quote.details) < claim:
        text = N_("Revise «{field}»: el límite por anualidad no puede ser menor que el límite por siniestro.")
        raise BadArguments(text, field="aggregate_limit")
    if Decimal(str(quote.details.get("sublimit_per_victim") or 0)) > claim:
        text = N_("Revise «{field}»: el sublímite por víctima no puede pasar del límite por siniestro.")
        raise BadArguments(text, field="sublimit_per_victim")
    made = claims_made(quote.risk, quote.details, quote.effective_on)
    if made and made.retroactive_on and made.retroactive_on > quote.effective_on:
        text = N_("Revise «{field}»: la fecha retroactiva no puede ser posterior al efecto.")
        raise BadArguments(text, field="retroactive_on")
