"""The savings account (*cuenta de ahorro*): what it is worth on a day, what a surrender pays, what else may go in.

A contribution is invested net of the entry charge and grows at the technical interest less
the yearly charge. At anniversaries that is the projection of the tariff, to the cent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import col

from core.context import Context
from core.errors import Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO, to_cents
from modules.insurance.ahorro.line import LINE
from modules.insurance.ahorro.records import SavingsMovement
from modules.insurance.ahorro.risk import AhorroDetails
from modules.insurance.kernel.accounts import Lot, Part, growth, lots_of, of, to_units, valued
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.dated import figure_on, read_table
from modules.insurance.kernel.entries import entries, of_policy
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.savings import accumulated, surrendered
from modules.insurance.kernel.tariff import Tariff

LIMITS: Final = Path(__file__).parent / "data" / "limits.json"
PAID_IN: Final = frozenset(("contribution",))  # what comes from another insurer counted there
LEAST_EXTRA: Final = Decimal("600.00")  # on death, at least; policy conditions
EXTRA: Final = Decimal("0.01")


class OverLimit(Conflict):
    """The person would pay in more than the law lets one person pay in."""

    text = N_("La aportación supera el límite legal de {product} ({norm}): este año caben {room} €.")


class Indivisible(Conflict):
    """A SIALP is surrendered whole."""

    text = N_("Un SIALP solo se rescata entero (Ley 35/2006 DA 26ª).")


def invested(amount: Decimal) -> Decimal:
    """What of a contribution is invested, after the entry charge: the units of its lot."""
    return to_units(amount * (1 - Decimal(LINE.tariff.data["entry_charge"])))


def yearly_growth(tariff: Tariff) -> Decimal:
    """What 1 becomes in a year."""
    return (1 + Decimal(tariff.data["guaranteed_rate"])) * (1 - Decimal(tariff.data["annual_admin_charge"]))


def worth(lots: Iterable[Lot], on: date) -> tuple[Part, ...]:
    """Each lot with what it is worth on a day."""
    yearly = yearly_growth(LINE.tariff)
    return valued(lots, lambda lot: growth(yearly, lot.on, on))


def death_benefit(value: Decimal) -> Decimal:
    """What is paid on death: the value and 1 % of it, or 600 EUR if that is more."""
    return value + max(to_cents(value * EXTRA), LEAST_EXTRA) if value else ZERO


def exempt(product: str, years: int, payout: str, *, whole: bool) -> bool:
    """Whether the gain goes untaxed: five years, the payout that the product is for, and all of it at once."""
    terms = LINE.tariff.products[product].data
    least = terms["min_years_for_benefit"]
    return whole and least is not None and years >= least and terms.get("exempt_payout") == payout


@dataclass(frozen=True)
class YearOfTable:
    """What the account is worth at the end of a year (*tabla de valores de rescate*, LCS art. 94)."""

    year: int
    contributions: Decimal
    value: Decimal
    surrender_value: Decimal


def surrender_table(contribution: Decimal, years: int) -> tuple[YearOfTable, ...]:
    """The values of each year of paying `contribution` at its start."""
    tariff, net = LINE.tariff, contribution * (1 - Decimal(LINE.tariff.data["entry_charge"]))
    rows = []
    for year in range(1, years + 1):
        value, paid = to_cents(accumulated(net, yearly_growth(tariff), year)), to_cents(contribution * year)
        surrender = surrendered(tariff, value, paid, year, exempt=True)["surrender_value"]
        rows.append(YearOfTable(year, paid, value, surrender))
    return tuple(rows)


def movements(ctx: Context, policy: Policy) -> Sequence[SavingsMovement]:
    """The movements of one account."""
    return of_policy(ctx, SavingsMovement, policy)


def parts_on(ctx: Context, policy: Policy, on: date) -> tuple[Part, ...]:
    """What the account holds on a day, the oldest first."""
    done = [one for one in movements(ctx, policy) if one.done_on <= on]
    return worth(lots_of(done), on)


@dataclass(frozen=True)
class Room:
    """What a person has paid into a product, and what still fits in; None where the law sets no limit."""

    product: str
    used_year: Decimal
    used_total: Decimal
    year: Decimal | None
    norm: str = ""


def room(product: str, on: date, used_year: Decimal, used_total: Decimal) -> Room:
    """What still fits into `product` in the year of `on`."""
    limits: Mapping[str, Sequence[Mapping[str, str]]] = read_table(LIMITS).get(product, {})
    if not limits:
        return Room(product, used_year, used_total, None)
    found = figure_on(limits["year"], on, "paid_on")
    left = max(ZERO, Decimal(found["amount"]) - used_year)
    if "total" in limits:
        left = min(left, max(ZERO, Decimal(figure_on(limits["total"], on, "paid_on")["amount"]) - used_total))
    return Room(product, used_year, used_total, left, found["norm"])


def room_of(ctx: Context, customer_id: UUID, product: str, on: date, details: AhorroDetails | None = None) -> Room:
    """What still fits into `product` for a person, over all policies here and what `details` tell of others."""
    mine = (col(SavingsMovement.customer_id) == customer_id, SavingsMovement.product == product,
            col(SavingsMovement.kind).in_(PAID_IN))  # fmt: skip
    paid = entries(ctx, SavingsMovement, *mine)
    used_year = sum((one.amount for one in paid if one.done_on.year == on.year), ZERO)
    used_total = sum((one.amount for one in paid), ZERO)
    if details is not None and product == "pias":
        used_year += details.other_pias_year or ZERO
        used_total += details.other_pias_total or ZERO
    return room(product, on, used_year, used_total)


def check_room(found: Room, amount: Decimal) -> None:
    """Refuse `amount` if it does not fit.

    Raises:
        OverLimit: it does not.
    """
    if found.year is not None and amount > found.year:
        raise OverLimit(product=LINE.products[found.product], norm=found.norm, room=str(found.year))


def contributed(policy: Policy, product: str, amount: Decimal, on: date) -> SavingsMovement:
    """The movement of a contribution."""
    return _entered(policy, product, "contribution", on, Lot(new_id(), on, invested(amount), amount), amount)


def taken_in(policy: Policy, product: str, amount: Decimal, on: date, since: date, cost: Decimal) -> SavingsMovement:
    """The movement of what comes from another insurer: it bears no entry charge, and keeps its date and cost."""
    units = to_units(amount / growth(yearly_growth(LINE.tariff), since, on))
    return _entered(policy, product, "transfer_in", on, Lot(new_id(), since, units, cost), amount)


def _entered(policy: Policy, product: str, kind: str, on: date, lot: Lot, amount: Decimal) -> SavingsMovement:
    own = of(policy, lot, kind, on)
    return SavingsMovement(id=lot.id, product=product, units=lot.units, cost=lot.cost, amount=amount, **own)


def years_of(policy: Policy, parts: Iterable[Part], on: date) -> int:
    """Completed years since the first premium, here or at the insurer that the account came from."""
    return completed_years(min((policy.started_on, *(part.lot.on for part in parts))), on)


def check_whole(product: str, amount: Decimal | None) -> None:
    """Refuse a partial surrender where the law allows none.

    Raises:
        Indivisible: it is a SIALP.
    """
    if product == "sialp" and amount is not None:
        raise Indivisible
