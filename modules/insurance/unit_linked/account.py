"""The unit ledger (*cuenta de participaciones*): buying, valuing, switching and charging units of funds.

Units are an amount over the fund's value, to the sixth decimal. What a lot cost and since
when goes with it from fund to fund: a switch is no gain (Ley 35/2006 art. 14.2.h).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.errors import Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import CENT, ZERO, to_cents
from modules.insurance.kernel.accounts import Lot, Part, lots_of, of, out_of, to_units, total, valued
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.entries import of_policy
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.savings import step
from modules.insurance.unit_linked.funds import funds, terms
from modules.insurance.unit_linked.line import LINE
from modules.insurance.unit_linked.records import FundPrice, UnitMovement
from modules.insurance.unit_linked.risk import Share

HUNDRED: Final = Decimal(100)


class StalePrice(Conflict):
    """No account is valued by an old price."""

    text = N_("El valor liquidativo de {fund} es antiguo o falta (último: {last}): no se puede valorar al {on}.")


class NotPriced(Conflict):
    """An order is executed at the first value after it."""

    text = N_("La orden del {on} espera el valor liquidativo del día siguiente de {fund}.")


def newest_price(ctx: Context, isin: str, on: date) -> FundPrice | None:
    """The latest value of a fund up to a day, however old."""
    query = select(FundPrice).where(FundPrice.isin == isin, col(FundPrice.priced_on) <= on, alive(FundPrice))
    return ctx.session.exec(query.order_by(col(FundPrice.priced_on).desc()).limit(1)).first()


def last_price(ctx: Context, isin: str, on: date) -> FundPrice:
    """The latest value of a fund on a day.

    Raises:
        StalePrice: it is older than the contract allows, or there is none.
    """
    found = newest_price(ctx, isin, on)
    if found is None or (on - found.priced_on).days > terms().stale_after_days:
        last = f"{found.priced_on:%d/%m/%Y}" if found else "-"
        raise StalePrice(fund=funds()[isin].name, last=last, on=f"{on:%d/%m/%Y}")
    return found


def price_after(ctx: Context, isin: str, ordered_on: date) -> FundPrice:
    """The first value of a fund after the day of an order (D+1, D+2).

    Raises:
        NotPriced: it is not known yet.
    """
    days = col(FundPrice.priced_on).between(
        ordered_on + timedelta(days=1), ordered_on + timedelta(days=terms().execution_days)
    )
    query = select(FundPrice).where(FundPrice.isin == isin, days, alive(FundPrice))
    found = ctx.session.exec(query.order_by(col(FundPrice.priced_on)).limit(1)).first()
    if found is None:
        raise NotPriced(fund=funds()[isin].name, on=f"{ordered_on:%d/%m/%Y}")
    return found


def movements(ctx: Context, policy: Policy) -> Sequence[UnitMovement]:
    """The movements of one account."""
    return of_policy(ctx, UnitMovement, policy)


def next_order(done: Iterable[UnitMovement]) -> int:
    """The number of the next order."""
    return max((one.order_no for one in done), default=0) + 1


def held(ctx: Context, policy: Policy, on: date) -> tuple[tuple[Part, ...], Mapping[str, FundPrice]]:
    """What the account holds on a day with its value, and the prices it is valued by."""
    lots = lots_of(one for one in movements(ctx, policy) if one.done_on <= on)
    prices = {isin: last_price(ctx, isin, on) for isin in sorted({lot.fund for lot in lots if lot.units})}
    none = Decimal(0)
    return valued(lots, lambda lot: prices[lot.fund].nav if lot.units else none), prices


def split(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """`amount` by `shares` of 100 to the cent; what rounding leaves is in the first."""
    parts = [(amount * share / HUNDRED).quantize(CENT, "ROUND_FLOOR") for share in shares]
    return [parts[0] + amount - sum(parts, ZERO), *parts[1:]]


def entry_charge(premium: Decimal) -> Decimal:
    """The charge of a premium, at the rate of the step that the whole of it reaches."""
    return to_cents(premium * step(LINE.tariff.data["entry_charge"]["steps"], premium))


def bought(
    policy: Policy, premium: Decimal, allocation: Sequence[Share], prices: Mapping[str, FundPrice], order: int
) -> list[UnitMovement]:
    """The units that a premium buys, net of the entry charge; they cost the whole premium."""
    net, pcts = premium - entry_charge(premium), [share.pct for share in allocation]
    done_on, id = max(price.priced_on for price in prices.values()), new_id()
    rows = []
    for share, amount, cost in zip(allocation, split(net, pcts), split(premium, pcts), strict=True):
        nav = prices[share.isin].nav
        lot = Lot(id, done_on, to_units(amount / nav), cost, share.isin)
        rows.append(entered(policy, lot, "contribution", done_on, amount, nav, order))
    return rows


def entered(
    policy: Policy, lot: Lot, kind: str, on: date, amount: Decimal, nav: Decimal, order: int
) -> UnitMovement:  # fmt: skip
    """The movement by which `lot` comes into the account."""
    own = of(policy, lot, kind, on)
    return UnitMovement(**own, units=lot.units, cost=lot.cost, amount=amount, nav=nav, order_no=order)


def left(
    policy: Policy, parts: Iterable[Part], kind: str, on: date, prices: Mapping[str, FundPrice], order: int
) -> list[UnitMovement]:
    """The movements by which `parts` leave the account."""
    rows: list[dict[str, Any]] = out_of(parts, kind, policy, on)
    return [UnitMovement(**row, nav=prices[row["fund"]].nav, order_no=order) for row in rows]


def switches_of_year(done: Iterable[UnitMovement], year: int) -> int:
    """How many switches were ordered in a year."""
    return len({one.order_no for one in done if one.kind == "switch_out" and one.done_on.year == year})


def switch_fee(amount: Decimal, before: int) -> Decimal:
    """What a switch of `amount` costs after `before` others this year."""
    return ZERO if before < terms().free_switches_a_year else to_cents(amount * terms().switch_fee)


def moved(parts: Sequence[Part], isin: str, nav: Decimal, fee: Decimal) -> tuple[Part, ...]:
    """The lots that `parts` become in another fund: their value less the fee, with their date and cost."""
    whole, rest = total(parts), fee
    lots = []
    for at, (lot, amount) in enumerate(parts):
        own = rest if at == len(parts) - 1 else to_cents(fee * amount / whole)
        rest -= own
        lots.append(Part(Lot(lot.id, lot.on, to_units((amount - own) / nav), lot.cost, isin), amount - own))
    return tuple(lots)


def death_benefit(value: Decimal) -> Decimal:
    """What is paid on death: the value and the capped extra."""
    extra = LINE.tariff.data["death_benefit"]
    more = min(value * Decimal(extra["extra_pct_of_value"]), Decimal(extra["extra_cap"]))
    return to_cents(value + more)


def anniversary(policy: Policy, today: date) -> date | None:
    """The last completed anniversary of the policy; None in its first year."""
    years = completed_years(policy.started_on, today)
    return add_months(policy.started_on, 12 * years) if years else None


def yearly_charge(parts: Iterable[Part], profile: str) -> tuple[Part, ...]:
    """The units that pay the year's charge of `profile`; they take no cost with them."""
    rate = Decimal(LINE.tariff.data["annual_charge"][profile])
    return tuple(
        Part(Lot(lot.id, lot.on, to_units(lot.units * rate), ZERO, lot.fund), to_cents(amount * rate))
        for lot, amount in parts
    )
