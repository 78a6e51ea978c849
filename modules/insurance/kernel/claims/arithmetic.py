"""The arithmetic of claims (*cálculo de la indemnización*); pure, exact, rounded half up at named points.

The order is average, deductible, limit; the equity rule of a misstatement (LCS arts. 10 and
12) joins average as a second factor. Each step is kept with what it rests on, so that the
answer can be explained to who gets it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_
from core.money import ZERO, to_cents
from modules.insurance.kernel.claim_types import Basis, Deductible
from modules.insurance.kernel.tariff import DATA

ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)
WAIVER: Final = Decimal("0.10")  # house rule: no average while the sum is at least 90 % of the value (LCS art. 30.2)
DEFAULT_FACTOR: Final = Decimal("1.5")  # legal interest plus a half, LCS art. 20.4
DEFAULT_FLOOR: Final = Decimal("0.20")  # a year, once two years have passed, LCS art. 20.4
FIRST_YEARS: Final = 24  # months
YEAR: Final = Decimal(365)


class Entry(NamedTuple):
    """One step of the reckoning: what it is called, what is left after it, and what it rests on."""

    code: str
    amount: Decimal
    law: str = ""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed about a loss.

    Args:
        basis: what of it is paid.
        sum_insured: for this kind of loss; None: none of our own.
        deductible: what the insured bears.
        limit: the most that is paid, if it is less than the sum insured.
        margin: by how much the value may exceed the sum before average is applied.
        waiver: average is waived while the sum falls short of the value by no more than this fraction.
    """

    basis: Basis = Basis.LOSS
    sum_insured: Decimal | None = None
    deductible: Deductible | None = None
    limit: Decimal | None = None
    margin: Decimal = ZERO
    waiver: Decimal = WAIVER

    @property
    def most(self) -> Decimal | None:
        """The most that can be paid."""
        known = [amount for amount in (self.sum_insured, self.limit) if amount is not None]
        return min(known) if known else None


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What happened, in figures.

    Args:
        amount: of the loss, EUR.
        value: of the thing at the time of the loss; needed for average.
        paid: the net premium that was paid, and `due` that which the true risk would have cost.
        stopped: hours of standstill, for a deductible in hours.
        used: of a yearly deductible, by earlier claims.
    """

    amount: Decimal
    value: Decimal | None = None
    paid: Decimal | None = None
    due: Decimal | None = None
    stopped: Decimal | None = None
    used: Decimal = ZERO


@dataclass(frozen=True)
class Reckoning:
    """What is owed, step by step."""

    indemnity: Decimal
    entries: tuple[Entry, ...]
    average: Decimal = ONE  # what average leaves of the loss, as a fraction
    equity: Decimal = ONE
    borne: Decimal = ZERO  # the deductible


def average(sum_insured: Decimal | None, value: Decimal | None, terms: Terms) -> Decimal:
    """What average leaves of a loss (*regla proporcional*, LCS art. 30): S/V, or all of it."""
    if terms.basis is not Basis.AVERAGE or not sum_insured or value is None or sum_insured >= value:
        return ONE
    if sum_insured >= value * (ONE - terms.waiver) or value <= sum_insured * (ONE + terms.margin):
        return ONE
    return sum_insured / value


def equity(paid: Decimal | None, due: Decimal | None) -> Decimal:
    """What the equity rule leaves of a loss (*regla de equidad*, LCS arts. 10 and 12): premium paid over due."""
    return paid / due if paid is not None and due and paid < due else ONE


def reckon(loss: Loss, terms: Terms) -> Reckoning:
    """What `terms` owe for `loss`: average and equity, then deductible, then limit.

    Rounded to the cent after the factors, after the deductible, and nowhere else.
    """
    amount = loss.amount
    if terms.basis is Basis.SUM and terms.sum_insured is not None:
        amount = terms.sum_insured
    entries = [Entry("loss", to_cents(amount), "LCS art. 1")]
    by_average = average(terms.sum_insured, loss.value, terms)
    by_equity = equity(loss.paid, loss.due)
    reduced = amount * by_average * by_equity
    if by_average != ONE:
        entries.append(Entry("average", to_cents(amount * by_average), "LCS art. 30"))
    elif terms.basis is Basis.AVERAGE and loss.value and terms.sum_insured and terms.sum_insured < loss.value:
        entries.append(Entry("waived", to_cents(amount), "LCS art. 30"))
    if by_equity != ONE:
        entries.append(Entry("equity", to_cents(reduced), "LCS arts. 10 y 12"))
    left = to_cents(reduced)
    borne = ZERO
    if terms.deductible is not None:
        borne = to_cents(terms.deductible.borne(left, stopped=loss.stopped, used=loss.used))
        left -= borne
        entries.append(Entry("deductible", left, ""))
    most = terms.most
    if most is not None and left > most:
        left = to_cents(most)
        entries.append(Entry("limit", left, "LCS art. 27"))
    return Reckoning(left, tuple(entries), by_average, by_equity, borne)


def split(total: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """`total` in proportion to `weights`, to the cent; what is left over goes to the first, who leads (*abridora*).

    Coinsurance (LCS art. 33) splits by shares; shares above 100 % are signed down by it.
    """
    whole = sum(weights, ZERO)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise BadArguments(N_("Las cuotas («{field}») deben ser positivas."), field="shares")
    shares = [to_cents(total * weight / whole) for weight in weights]
    shares[0] += total - sum(shares, ZERO)
    return tuple(shares)


def concur(loss: Decimal, sums: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """What each of several insurers of one risk pays, by their sums; never more than the loss (LCS art. 32)."""
    return split(min(loss, sum(sums, ZERO)), sums)


class LegalRate(NamedTuple):
    """The legal interest of money from a day on."""

    from_on: date
    rate: Decimal
    norm: str


@dataclass(frozen=True)
class LegalRates:
    """The table of the legal interest, and the last day for which it is known."""

    rates: tuple[LegalRate, ...]
    known_until: date

    def on(self, day: date) -> LegalRate:
        """The rate in force on a day; the last known one after the table ends.

        Raises:
            BadArguments: the day lies before the table.
        """
        begun = [rate for rate in self.rates if rate.from_on <= day]
        if not begun:
            text = N_("No se conoce el interés legal («{field}») del {on}.")
            raise BadArguments(text, field="since", on=f"{day:%d/%m/%Y}")
        return begun[-1]


@cache
def legal_rates() -> LegalRates:
    """The dated table of `data/legal_interest.json`, with the law of each rate."""
    kept = json.loads((DATA / "legal_interest.json").read_text(encoding="utf-8"))
    rows = (LegalRate(date.fromisoformat(r["from"]), Decimal(r["rate"]), r["norm"]) for r in kept["rates"])
    return LegalRates(tuple(rows), date.fromisoformat(kept["until"]))


class Stretch(NamedTuple):
    """Days of one rate: `from_on` to `to_on`, which is not counted."""

    from_on: date
    to_on: date
    days: int
    rate: Decimal  # a year, as applied
    legal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Default:
    """The interest of an insurer in default (*intereses de demora*), stretch by stretch; these add up to the total."""

    total: Decimal
    stretches: tuple[Stretch, ...] = field(default_factory=tuple)


def default_interest(base: Decimal, since: date, until: date, rates: LegalRates | None = None) -> Default:
    """Daily simple interest on `base` (LCS art. 20.4): legal interest × 1.5, at least 20 % a year after two years.

    Args:
        base: what is owed, EUR.
        since: the day of the loss.
        until: the day up to which it is reckoned, not counted.
        rates: the legal interest by date; the house's table by default.
    """
    if until < since:
        raise BadArguments(N_("Revise «{field}»: es anterior al comienzo de la mora."), field="until")
    table = rates or legal_rates()
    second = add_months(since, FIRST_YEARS)
    cuts = {since, until, second} | {rate.from_on for rate in table.rates}
    days = sorted(day for day in cuts if since <= day <= until)
    found: list[Stretch] = []
    exact = told = ZERO
    for start, end in pairwise(days):
        legal = table.on(start).rate
        rate = legal * DEFAULT_FACTOR
        rate = max(rate, DEFAULT_FLOOR) if start >= second else rate
        exact += base * rate * (end - start).days / YEAR
        found.append(Stretch(start, end, (end - start).days, rate, legal, to_cents(exact) - told))
        told = to_cents(exact)
    return Default(told if found else ZERO, tuple(found))


def default_due(occurred_on: date, notified_on: date | None, unpaid_minimum: bool, today: date) -> bool:
    """Whether the insurer is in default: three months from the loss, or forty days without the minimum (LCS 20.3)."""
    late = notified_on is not None and unpaid_minimum and today > notified_on + timedelta(days=40)
    return today > add_months(occurred_on, 3) or late
