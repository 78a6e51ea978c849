"""What the contract pays of a bad debt (*indemnización*), and how a recovery is shared."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from core.money import ZERO, to_cents
from modules.insurance.kernel.dated import read_table

TERMS: Final = Path(__file__).parent / "data" / "terms.json"
HUNDRED: Final = Decimal(100)


def declared_by_day() -> int:
    """The day of the following month by which a month is declared."""
    return int(read_table(TERMS)["declared_by_day"])


def expires_soon_days() -> int:
    """How long before its end a limit is told to end soon."""
    return int(read_table(TERMS)["expires_soon_days"])


def most_of_year(net_premium: Decimal) -> Decimal:
    """The most that an annuity pays: thirty net premiums."""
    return net_premium * int(read_table(TERMS)["max_indemnity_premiums"])


def reserve(overdue: Decimal, cover_pct: int) -> Decimal:
    """The first reserve: what is covered of the overdue, less the recovery to be expected."""
    recovery = Decimal(read_table(TERMS)["expected_recovery"])
    return to_cents(overdue * cover_pct / HUNDRED * (1 - recovery))


@dataclass(frozen=True)
class Indemnity:
    """What is paid of a bad debt, and how a recovery is shared."""

    covered: Decimal  # of the debt, within the limit
    indemnity: Decimal
    own_share: Decimal  # what the client bears
    insurer_recovery: Decimal
    client_recovery: Decimal


def indemnity(debt: Decimal, limit: Decimal, cover_pct: int, left: Decimal, recovered: Decimal) -> Indemnity:
    """Settle a bad debt: the covered share of what lies within the limit, up to what is `left` of the year.

    A recovery goes to both in proportion to what each bears (LCS arts. 69 to 72).
    """
    covered = min(debt, limit)
    paid = min(to_cents(covered * cover_pct / HUNDRED), left)
    share = to_cents(min(recovered, debt) * paid / debt) if debt else ZERO
    return Indemnity(covered, paid, debt - paid, share, min(recovered, debt) - share)
