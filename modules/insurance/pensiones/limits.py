"""What counts of a person's contributions to pension plans (*límites de aportación*), over all plans and managers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.dates import add_months
from core.money import ZERO, to_cents
from modules.insurance.kernel.dated import figure_on, read_table

LIMITS: Final = Path(__file__).parent / "data" / "limits.json"


@dataclass(frozen=True)
class Year:
    """What a person paid in within a year, by the limit that it counts against first."""

    personal: Decimal = ZERO  # individual plans and PPA, and whatever other managers have had
    work: Decimal = ZERO
    self_employed: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.personal + self.work + self.self_employed

    def plus(self, product: str, amount: Decimal) -> "Year":
        """With one more contribution."""
        parts = {"personal": self.personal, "work": self.work, "self_employed": self.self_employed}
        parts[KINDS[product]] += amount
        return Year(**parts)


KINDS: Final[Mapping[str, str]] = {
    "plan_individual": "personal", "ppa": "personal", "plan_empleo": "work",
    "plan_autonomo_simplificado": "self_employed",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """The figures of a year."""

    personal: Decimal
    work: Decimal
    self_employed: Decimal
    income_share: Decimal
    norm: str

    @classmethod
    def on(cls, day: date) -> "Limits":
        """Those in force on a day.

        Raises:
            BadArguments: none is known so early.
        """
        row: Mapping[str, Any] = figure_on(read_table(LIMITS)["rows"], day, "paid_on")
        return cls(
            personal=Decimal(row["personal"]), work=Decimal(row["work"]), norm=row["norm"],
            self_employed=Decimal(row["self_employed"]), income_share=Decimal(row["income_share"]),
        )  # fmt: skip

    def accepted(self, year: Year) -> Decimal:
        """What of `year` fits: each kind within its own increment, what is left of it within the personal limit."""
        own = min(year.self_employed, self.self_employed, self.work)
        work = min(year.work, self.work - own)
        rest = year.personal + (year.work - work) + (year.self_employed - own)
        return own + work + min(rest, self.personal)

    def excess(self, year: Year) -> Decimal:
        """What does not fit: the person takes it back by 30 June of the following year."""
        return year.total - self.accepted(year)

    def room(self, year: Year, product: str) -> Decimal:
        """What a contribution to `product` may still be."""
        most = self.personal + self.work
        return (
            max(ZERO, self.accepted(year.plus(product, most)) - self.accepted(year)) if not self.excess(year) else ZERO
        )

    def deductible(self, year: Year, income: Decimal) -> Decimal:
        """What reduces the tax base: what fits, up to the share of net income (Ley 35/2006 art. 52.1)."""
        return min(self.accepted(year), to_cents(income * self.income_share))


def saving(deductible: Decimal, rate: Decimal) -> Decimal:
    """What the reduction saves at the marginal rate."""
    return to_cents(deductible * rate)


def excess_until(year: int) -> date:
    """The last day to take an excess of `year` back without a fine."""
    found = read_table(LIMITS)["excess_until"]
    return date(year + 1, found["month"], found["day"])


def liquid_on(since: date) -> date:
    """From when a contribution may be taken out without a contingency."""
    found = read_table(LIMITS)["liquidity"]
    return max(add_months(since, 12 * found["years"]), date.fromisoformat(found["from"]))
