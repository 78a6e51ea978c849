"""Accounts (*cuentas de ahorro*): what was paid in, lot by lot, and what is taken out, the oldest first.

A contribution makes a lot: units, what they cost, and since when. Every later movement
names the lots that it takes from, so that what is left is a sum and nothing is lost
between two roundings. A lot keeps its date when it moves to another fund or manager.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sqlmodel import Field

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_
from core.money import ZERO, to_cents
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.entries import PolicyEntry
from modules.insurance.kernel.records import Policy, euros
from modules.insurance.kernel.savings import surrendered
from modules.insurance.kernel.states import PolicyState, move
from modules.insurance.kernel.tariff import Tariff
from tools.policy.hours import is_business_day

UNIT: Final = Decimal("0.000001")
NO_UNITS: Final = Decimal(0)
TRANSFER_DAYS: Final = 5  # working days for a transfer: Ley 35/2006 DA 3ª, RDLeg 1/2002 art. 8.8 (secondary source)


class Movement(PolicyEntry):
    """One movement of an account; what goes out bears a minus."""

    kind: str  # contribution, transfer_in, surrender, transfer_out, switch_out, switch_in, penalty, withholding
    done_on: date
    lot_id: UUID  # of the contribution that made the lot
    lot_on: date  # since when, in the same contract or another
    fund: str = ""  # ISIN, where there are funds
    units: Decimal = Field(default=NO_UNITS, max_digits=18, decimal_places=6)
    cost: Decimal = euros()  # of the contributions
    amount: Decimal = euros()


@dataclass(frozen=True)
class Lot:
    """What is left of a contribution, or a part of it."""

    id: UUID
    on: date
    units: Decimal
    cost: Decimal
    fund: str = ""


class Part(NamedTuple):
    """A part of a lot with its value."""

    lot: Lot
    amount: Decimal


Price: TypeAlias = Callable[[Lot], Decimal]  # of one unit


def to_units(units: Decimal) -> Decimal:
    """`units` rounded half up to the sixth decimal."""
    return units.quantize(UNIT, ROUND_HALF_UP)


def lots_of(movements: Iterable[Movement]) -> tuple[Lot, ...]:
    """What is left of each contribution in each fund, the oldest first; nothing is left of the others."""
    held: dict[tuple[UUID, str], Lot] = {}
    for one in movements:
        lot = held.get((one.lot_id, one.fund), Lot(one.lot_id, one.lot_on, NO_UNITS, ZERO, one.fund))
        held[lot.id, lot.fund] = replace(lot, units=lot.units + one.units, cost=lot.cost + one.cost)
    left = (lot for lot in held.values() if lot.units or lot.cost)
    return tuple(sorted(left, key=lambda lot: (lot.on, lot.id.int, lot.fund)))


def valued(lots: Iterable[Lot], price: Price) -> tuple[Part, ...]:
    """Each lot with its value, to the cent."""
    return tuple(Part(lot, to_cents(lot.units * price(lot))) for lot in lots)


def total(parts: Iterable[Part]) -> Decimal:
    """What `parts` are worth together."""
    return sum((part.amount for part in parts), ZERO)


def cost_of(parts: Iterable[Part]) -> Decimal:
    """What `parts` cost."""
    return sum((part.lot.cost for part in parts), ZERO)


def take(parts: Sequence[Part], amount: Decimal | None, field: str = "amount") -> tuple[Part, ...]:
    """`amount` out of `parts`, the oldest first (FIFO, Ley 35/2006 art. 37.2); None takes all.

    A whole lot leaves with all its units and cost; of the last one leaves a share, its units
    to the sixth decimal and its cost to the cent.

    Raises:
        BadArguments: there is not that much; names `field`.
    """
    if amount is None:
        return tuple(parts)
    if not ZERO < amount <= total(parts):
        text = N_("El importe («{field}») debe estar entre 0,01 € y el valor de la cuenta, {value} €.")
        raise BadArguments(text, field=field, value=str(total(parts)))
    taken, left = [], amount
    for lot, value in parts:
        if left <= ZERO:
            break
        if value <= left:
            taken.append(Part(lot, value))
        else:
            share = left / value
            piece = replace(lot, units=to_units(lot.units * share), cost=to_cents(lot.cost * share))
            taken.append(Part(piece, left))
        left -= value
    return tuple(taken)


@dataclass(frozen=True)
class Surrender:
    """What a surrender (*rescate*) comes to. The scale is the person's own; the insurer keeps the withholding."""

    value: Decimal
    penalty: Decimal
    surrender_value: Decimal
    cost: Decimal
    gain: Decimal
    loss: Decimal  # set off against other income from capital (Ley 35/2006 art. 49)
    withholding: Decimal
    paid: Decimal
    irpf_tax: Decimal
    net_after_tax: Decimal


def surrender(tariff: Tariff, parts: Sequence[Part], years: int, *, exempt: bool = False) -> Surrender:
    """Settle `parts` after `years` completed years: penalty, gain over their cost, and tax.

    The gain is income from capital of the savings base (Ley 35/2006 arts. 25.3 and 66).
    """
    value, cost = total(parts), cost_of(parts)
    settled = surrendered(tariff, value, cost, years, exempt=exempt)
    net = settled["surrender_value"]
    rate = Decimal(tariff.tables["savings_tax"]["withholding"])
    kept = ZERO if exempt else to_cents(settled["gain"] * rate)
    return Surrender(
        value=value, penalty=value - net, surrender_value=net, cost=cost, gain=settled["gain"],
        loss=max(ZERO, cost - net), withholding=kept, paid=net - kept, irpf_tax=settled["irpf_tax"],
        net_after_tax=settled["net_after_tax"],
    )  # fmt: skip


def growth(yearly: Decimal, since: date, on: date) -> Decimal:
    """What 1 has become: `yearly` compounded by whole years, and in proportion to days within the last."""
    years = completed_years(since, on)
    begun, ends = add_months(since, 12 * years), add_months(since, 12 * (years + 1))
    share = Decimal(max(0, (on - begun).days)) / Decimal((ends - begun).days)
    return yearly**years * (1 + (yearly - 1) * share)


def business_days_after(day: date, count: int) -> date:
    """The day that lies `count` working days after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


def past_day(ctx: Context, on: date | None, policy: Policy, field: str) -> date:
    """The day of a movement: today unless said; neither before the policy began nor ahead.

    Raises:
        BadArguments: it is; names `field`.
    """
    found = on or ctx.today
    if not policy.started_on <= found <= ctx.today:
        text = N_("La fecha («{field}») debe estar entre el inicio de la póliza y hoy.")
        raise BadArguments(text, field=field)
    return found


def out_of(parts: Iterable[Part], kind: str, policy: Policy, on: date) -> list[dict[str, Any]]:
    """The fields of the movements by which `parts` leave the account."""
    return [
        {**of(policy, part.lot, kind, on), "units": -part.lot.units, "cost": -part.lot.cost, "amount": -part.amount}
        for part in parts
    ]


def of(policy: Policy, lot: Lot, kind: str, on: date) -> dict[str, Any]:
    """The fields that a movement of `lot` shares with all others of it."""
    whose = {"policy_id": policy.id, "customer_id": policy.policyholder_id}
    return {**whose, "kind": kind, "done_on": on, "lot_id": lot.id, "lot_on": lot.on, "fund": lot.fund}


def settled_by(policy: Policy, first: Lot, found: Surrender, on: date) -> list[dict[str, Any]]:
    """The fields of the movements that keep the penalty and the withholding of a surrender."""
    kept: Mapping[str, Decimal] = {"penalty": found.penalty, "withholding": found.withholding}
    return [{**of(policy, first, kind, on), "amount": amount} for kind, amount in kept.items() if amount]


def close_account(ctx: Context, policy: Policy, on: date, reason: str) -> None:
    """End the policy of an account in which nothing is left (`surrender`, `transfer`)."""
    move(policy, PolicyState.CANCELLED)
    policy.ended_on, policy.end_reason = on, reason
    ctx.session.add(policy)
    ctx.emit("policy.cancelled", policy.id, reason=reason, on=on.isoformat())
