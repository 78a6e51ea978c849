"""What the house gives back of its commission when a policy ends early (*retrocesión de comisiones*); pure.

Commission on refunded premium always goes back. Some lines besides claw back what was
paid up front: `paid × (M - m)/M` after m of M months (policy-lifecycle 7).
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from core.money import ZERO, to_cents
from modules.insurance.kernel.dated import read_table, row_on

TABLE: Final = Path(__file__).parent / "data" / "clawback.json"


class Rule(NamedTuple):
    """All of it within `full_months`, then a straight line down to `months`; 0: only with refunded premium."""

    full_months: int = 0
    months: int = 0

    def share(self, months: int) -> Decimal:
        """The part of the commission that goes back after so many whole months."""
        if months < self.full_months:
            return Decimal(1)
        return Decimal(max(self.months - months, 0)) / self.months if self.months else Decimal(0)


def rule_of(line: str, on: date) -> Rule:
    """The rule of a line for policies that began on a date."""
    row = row_on(read_table(TABLE)["rules"].get(line, ()), on)
    return Rule(row["full_months"], row["months"]) if row else Rule()


def months_between(begins: date, ends: date) -> int:
    """Whole calendar months from `begins` to `ends`, none if it ends first."""
    months = (ends.year - begins.year) * 12 + ends.month - begins.month - (ends.day < begins.day)
    return max(months, 0)


def clawed_back(paid: Decimal, returned: Decimal, share: Decimal) -> Decimal:
    """What goes back beyond `returned`, the commission on refunded premium: never more than was paid.

    Args:
        paid: commission earned so far, above zero.
        returned: of that, what goes back with refunded premium.
        share: the part that the line claws back.
    """
    return max(min(to_cents(paid * share), paid) - returned, ZERO)
