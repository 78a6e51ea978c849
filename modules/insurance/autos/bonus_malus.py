"""The scale of experience (*bonus-malus*): entry by certificate, a step a year; pure, from the tariff's rules.

Only claims with liability to third parties count: not glass, theft, fire, nor those of which
the other side bore the fault.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from core.dates import add_months
from modules.insurance.kernel.line import Renewing

CERTIFIED_YEARS: Final = 5  # of the claims-history certificate: RDLeg 8/2004 art. 2.7
ENTRY_LEVEL: Final = 10
BEST_ENTRY: Final = 5
WORST_ENTRY: Final = 14
ENTRY_CLAIM: Final = 2  # levels a certified at-fault claim
YEAR_CLAIM: Final = 3  # levels an at-fault claim of the annuity
GAP_MONTHS: Final = 24  # without insurance, after which experience is lost
BEST: Final = 1
WORST: Final = 18


class EntryLevel(BaseModel):
    """The level at which a driver enters, and how it came about."""

    model_config = ConfigDict(frozen=True)

    level: int
    by_certificate: bool


def entry_level(claim_free_years: int, at_fault_claims: int, insured_until: date | None, on: date) -> EntryLevel:
    """The level at entry from a claims-history certificate.

    Args:
        claim_free_years: full years certified without an at-fault claim.
        at_fault_claims: in those five years.
        insured_until: when the last cover ended; None if there was none.
        on: the effect date.
    """
    if insured_until is None or add_months(insured_until, GAP_MONTHS) < on:
        return EntryLevel(level=ENTRY_LEVEL, by_certificate=False)
    earned = max(BEST_ENTRY, ENTRY_LEVEL - min(CERTIFIED_YEARS, claim_free_years))
    return EntryLevel(level=min(WORST_ENTRY, earned + ENTRY_CLAIM * at_fault_claims), by_certificate=True)


def next_level(level: int, at_fault_claims: int) -> int:
    """The level of the next annuity: one better without an at-fault claim, three worse for each."""
    moved = level + YEAR_CLAIM * at_fault_claims if at_fault_claims else level - 1
    return min(WORST, max(BEST, moved))


def renewed(risk: dict[str, Any], renewing: Renewing) -> dict[str, Any]:
    """The risk of the next annuity: the scale's step, and the at-fault claims of five years.

    Claims that the first declaration counted have no dates: they stay until five years have passed.
    """
    at_fault = [claim for claim in renewing.claims if claim.at_fault]
    declared = declared_at_first(renewing.first) if renewing.years < CERTIFIED_YEARS else 0
    level = next_level(int(risk["bm_level"]), sum(renewing.since <= claim.occurred_on for claim in at_fault))
    return {**risk, "bm_level": level, "at_fault_claims_5y": declared + len(at_fault)}


def declared_at_first(first: Mapping[str, Any]) -> int:
    """The at-fault claims that the first declaration counted."""
    return int(first.get("at_fault_claims_5y") or 0)
