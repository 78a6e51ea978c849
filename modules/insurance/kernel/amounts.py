"""Premium, surcharges and tax of something to be paid or given back (*importes de un recibo*)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from core.money import ZERO


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Premium, surcharges and tax of something to be paid (above zero) or given back (below)."""

    premium: Decimal = ZERO  # fractioning included
    fractioning: Decimal = ZERO
    taxed: Decimal = ZERO  # of the premium
    surcharges: Mapping[str, Decimal] = field(default_factory=dict)
    ips: Decimal = ZERO
    coverages: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def net(self) -> Decimal:
        """The base of commission."""
        return self.premium - self.fractioning

    @property
    def surcharge(self) -> Decimal:
        """All public surcharges."""
        return sum(self.surcharges.values(), ZERO)

    @property
    def total(self) -> Decimal:
        """What is paid."""
        return self.premium + self.surcharge + self.ips


def plus(one: Amounts, other: Amounts) -> Amounts:
    """Both together."""

    def joined(a: Mapping[str, Decimal], b: Mapping[str, Decimal]) -> dict[str, Decimal]:
        return {name: a.get(name, ZERO) + b.get(name, ZERO) for name in dict.fromkeys((*a, *b))}

    return Amounts(
        premium=one.premium + other.premium, fractioning=one.fractioning + other.fractioning,
        taxed=one.taxed + other.taxed, surcharges=joined(one.surcharges, other.surcharges), ips=one.ips + other.ips,
        coverages=joined(one.coverages, other.coverages),
    )  # fmt: skip


def negative(amounts: Amounts) -> Amounts:
    """The same, given back."""
    return Amounts(
        premium=-amounts.premium, fractioning=-amounts.fractioning, taxed=-amounts.taxed,
        surcharges={name: -amount for name, amount in amounts.surcharges.items()}, ips=-amounts.ips,
        coverages={code: -amount for code, amount in amounts.coverages.items()},
    )  # fmt: skip
