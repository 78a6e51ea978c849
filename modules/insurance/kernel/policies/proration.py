"""Pro rata of premiums (*prorrata*): what is unearned on a day, what a change costs to the end of the annuity.

R = P × days left / days of the period, days counted [from, to); each coverage is rounded
once (half up to the cent). Liquidation surcharge, guarantee fund and premium tax follow
from the difference of premium, the Consorcio's from that of its own amount, since it is
a rate on sums insured (RDLeg 7/2004 arts. 18 and 23; Ley 13/1996 art. 12). Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.money import ZERO, to_cents
from modules.insurance.kernel.amounts import Amounts
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.models import Part
from modules.insurance.kernel.rating import Rating, split_by_tax
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.tariff import Charges

LEA: Final = "lea"
GUARANTEE_FUND: Final = "ccs_guarantee_fund"
BY_RATE: Final = frozenset((LEA, GUARANTEE_FUND))  # shares of the premium; the others follow sums insured
WHOLE: Final = "prima"  # the one part of a policy whose coverages are not known


@dataclass(frozen=True, kw_only=True)
class Share:
    """The annual premium of one coverage, and how it bears tax; `fractioning` is of `premium`."""

    code: str
    premium: Decimal
    fractioning: Decimal = ZERO
    taxed: Decimal = ZERO  # of `premium`
    guarantee_fund: bool = False


@dataclass(frozen=True, kw_only=True)
class Annual:
    """What an annuity costs: its premium by coverage, and its public surcharges."""

    shares: tuple[Share, ...]
    surcharges: Mapping[str, Decimal] = field(default_factory=dict)
    lea: bool = True  # whether the liquidation surcharge is counted by its rate

    @property
    def premium(self) -> Decimal:
        """All of it, fractioning surcharge included."""
        return sum((share.premium for share in self.shares), ZERO)


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days of an annuity from a date on; `left` may exceed it on neither side."""

    begins: date
    ends: date  # exclusive

    @property
    def days(self) -> int:
        """Of the whole period."""
        return (self.ends - self.begins).days

    def left(self, on: date) -> int:
        """Days of cover from `on`, none before it begins or after it ends."""
        return (self.ends - min(max(on, self.begins), self.ends)).days


def annual_of(line: Line, risk: Mapping[str, Any], rating: Rating) -> Annual:
    """The annuity that `rating` prices, coverage by coverage."""
    tariff = line.tariff
    product = tariff.products[str(risk["product"])]
    declared = {coverage.id: coverage for coverage in product.coverages}
    premiums = rating.coverage_premiums or {}
    fraction = tariff.fractioning.get(str(risk.get("payment_frequency")), Decimal(0))
    fractions = spread(rating.fractioning_surcharge or ZERO, {c: to_cents(p * fraction) for c, p in premiums.items()})
    shares = []
    for code, premium in premiums.items():
        known = declared.get(code.partition("#")[0])
        part = Part(code, premium, known.taxed if known else True, known.guarantee_fund if known else False)
        taxed, _ = split_by_tax(tariff, product, risk, [part], [fractions[code]])
        shares.append(Share(
            code=code, premium=premium + fractions[code], fractioning=fractions[code], taxed=taxed,
            guarantee_fund=part.guarantee_fund,
        ))  # fmt: skip
    return Annual(shares=tuple(shares), surcharges=dict(rating.public_surcharges or {}), lea=tariff.lea)


def spread(amount: Decimal, parts: dict[str, Decimal]) -> dict[str, Decimal]:
    """`parts`, with what they lack of `amount` in the first."""
    if parts:
        first = next(iter(parts))
        parts[first] += amount - sum(parts.values(), ZERO)
    return parts


def annual_of_policy(policy: Policy) -> Annual:
    """The annuity of a policy whose coverages are not known: its own premium as one part."""
    premium = policy.net_premium + policy.fractioning_surcharge
    share = Share(
        code=WHOLE, premium=premium, fractioning=policy.fractioning_surcharge, taxed=premium if policy.ips else ZERO
    )
    # Surcharges that were taken over as one amount go by days: most of it is the Consorcio's.
    surcharges = {"consorcio": policy.surcharges} if policy.surcharges else {}
    return Annual(shares=(share,), surcharges=surcharges, lea=False)


def pro_rata(amount: Decimal, left: int, days: int) -> Decimal:
    """`amount` × left/days, to the cent."""
    return to_cents(amount * left / days) if days else ZERO


def unearned(
    annual: Annual, period: Period, on: date, charges: Charges, *, ccs_refundable: bool = True
) -> Amounts:  # fmt: skip
    """What of `annual` is for the days from `on`, as an amount above zero."""
    return part_of(annual, period.left(on), period.days, charges, ccs_refundable=ccs_refundable)


def part_of(
    annual: Annual, left: int, days: int, charges: Charges, *, ccs_refundable: bool = True, base: Annual | None = None
) -> Amounts:  # fmt: skip
    """(annual - base) × left/days: by coverage for the premium, by their own rules for what it bears."""
    shares = {share.code: share for share in annual.shares}
    former = {share.code: share for share in base.shares} if base else {}
    none = Share(code="", premium=ZERO)
    coverages: dict[str, Decimal] = {}
    premium = fractioning = taxed = compulsory = ZERO
    for code in dict.fromkeys((*shares, *former)):
        new, old = shares.get(code, none), former.get(code, none)
        amount = pro_rata(new.premium - old.premium, left, days)
        coverages[code] = amount
        premium += amount
        fractioning += pro_rata(new.fractioning - old.fractioning, left, days)
        taxed += taxed_part(amount, new, old, left, days)
        if new.guarantee_fund or old.guarantee_fund:
            compulsory += amount
    due = {
        name: pro_rata(annual.surcharges.get(name, ZERO) - (base.surcharges.get(name, ZERO) if base else ZERO),
                       left, days)
        for name in dict.fromkeys((*annual.surcharges, *(base.surcharges if base else ())))
        if name not in BY_RATE and ccs_refundable
    }  # fmt: skip
    if annual.lea:
        due[LEA] = to_cents(premium * charges.lea)
    if compulsory:
        due[GUARANTEE_FUND] = to_cents(compulsory * charges.guarantee_fund)
    return Amounts(
        premium=premium, fractioning=fractioning, taxed=taxed, surcharges={k: v for k, v in due.items() if v},
        ips=to_cents(taxed * charges.ips), coverages=coverages,
    )  # fmt: skip


def taxed_part(amount: Decimal, new: Share, old: Share, left: int, days: int) -> Decimal:
    """The part of a coverage's difference that bears the premium tax: all, nothing, or what was taxed of it."""
    if new.taxed == new.premium and old.taxed == old.premium:
        return amount
    return pro_rata(new.taxed - old.taxed, left, days)


def balance(outstanding: Amounts, unearned: Amounts, charges: Charges) -> Amounts:
    """What remains to be paid (above zero) or is given back, once what was outstanding is cancelled.

    Of what was billed, the outstanding was not paid and the unearned is not owed: the
    difference is what the paid part lacks or exceeds.
    """
    taxed = outstanding.taxed - unearned.taxed
    names = dict.fromkeys((*outstanding.surcharges, *unearned.surcharges))
    due = {n: outstanding.surcharges.get(n, ZERO) - unearned.surcharges.get(n, ZERO) for n in names}
    return Amounts(
        premium=outstanding.premium - unearned.premium, fractioning=outstanding.fractioning - unearned.fractioning,
        taxed=taxed, surcharges={name: amount for name, amount in due.items() if amount},
        ips=to_cents(taxed * charges.ips), coverages={c: -amount for c, amount in unearned.coverages.items()},
    )  # fmt: skip


def kept_by_scale(scale: Sequence[tuple[int, Decimal]], months: int) -> Decimal:
    """The share of the annual premium kept after `months` begun (*tarifa a corto plazo*)."""
    return next((kept for up_to, kept in scale if months <= up_to), Decimal(1))
