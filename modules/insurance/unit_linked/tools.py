"""The tools of unit-linked policies: price, quote, invest, value, switch and surrender."""

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO, to_cents
from modules.insurance.kernel.accounts import (
    close_account,
    cost_of,
    past_day,
    settled_by,
    surrender,
    take,
    total,
)
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.entries import agreed, hold, open_policy, policy_of
from modules.insurance.kernel.fields import Amount, Percent
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.savers import SurrenderView
from modules.insurance.kernel.views import ImportReport
from modules.insurance.unit_linked.account import (
    anniversary,
    bought,
    death_benefit,
    entered,
    entry_charge,
    held,
    last_price,
    left,
    moved,
    movements,
    newest_price,
    next_order,
    price_after,
    switch_fee,
    switches_of_year,
    yearly_charge,
)
from modules.insurance.unit_linked.funds import fund_of, funds, terms
from modules.insurance.unit_linked.line import LINE, check_suitable
from modules.insurance.unit_linked.records import FundPrice, UnitMovement
from modules.insurance.unit_linked.risk import UnitLinkedRisk
from modules.insurance.unit_linked.views import FundList, FundRow, Holding, OrderView, UnitAccountView
from tools import Risk, Slot, tool
from tools.marks import Guard

Isin: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")]


class UnitLinkedRequest(QuoteRequest, line=LINE):
    """What a person says of the investment wanted."""


class PriceRow(BaseModel):
    """The value of a fund on a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    isin: Isin
    priced_on: date
    nav: Annotated[Decimal, Field(gt=0, lt=9_000, decimal_places=6)]  # below it a cent is more than half a unit's error


@tool(
    Risk.READ,
    permission="unit_linked:read",
    title=N_("Tarificar un unit linked"),
    examples=(
        "Tarifica un unit linked equilibrado de 25.000 € a 8 años, sin cliente",
        "Proyecta una prima única de 120.000 € en perfil dinámico",
        "Rate a balanced unit-linked policy of 25,000 euros",
    ),
)
def rate(ctx: Context, risk: UnitLinkedRisk) -> Rating:
    """A single premium, and what it may grow to by its profile; nothing is kept.

    The projection gives entry charge, value, death benefit, surrender value, gain, tax and what
    is left at the horizon. Who failed the suitability test is declined.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="unit_linked:quote",
    title=N_("Cotizar un unit linked"),
    examples=(
        "Cotiza un unit linked para Álvaro Ramos",
        "Presupuesto de unit linked dinámico de 50.000 € para Raquel Gómez",
        "Quote a unit-linked policy for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: UnitLinkedRequest) -> QuoteView:
    """Price a customer's investment and keep the quote for 30 days; it binds nobody.

    Profile and result of the suitability test are asked for; a fund allocation must add up to 100.
    """
    return quoted(ctx, request)


@tool(
    Risk.READ,
    permission="unit_linked:read",
    title=N_("Fondos del unit linked"),
    examples=(
        "Qué fondos tiene el unit linked",
        "Valor liquidativo de los fondos",
        "Which funds does the unit-linked contract offer?",
    ),
)
def list_funds(ctx: Context) -> FundList:
    """The funds that the contract offers, with basket, risk, sustainability and latest value."""
    rows = []
    for fund in funds().values():
        price = newest_price(ctx, fund.isin, ctx.today)
        rows.append(FundRow(
            isin=fund.isin, fund=fund.name, basket=fund.basket, risk=fund.risk, sfdr=fund.sfdr,
            nav=price.nav if price else None, priced_on=price.priced_on if price else None,
        ))  # fmt: skip
    return FundList(funds=tuple(rows))


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:import",
    title=N_("Importar valores liquidativos"),
    examples=("Importa los valores liquidativos de los fondos", "Import the fund prices"),
)
def import_prices(ctx: Context, rows: Annotated[list[PriceRow], Field(max_length=10_000)]) -> ImportReport:
    """Take over the values of funds by day; a second import of the same rows changes nothing."""
    wanted = {(row.isin, row.priced_on): row for row in rows}
    if len(wanted) != len(rows):
        raise BadArguments(N_("El fichero repite un fondo y un día («{field}»)."), field="rows")
    for row in rows:
        fund_of(row.isin, "isin")
    isins, days = {isin for isin, _ in wanted}, [on for _, on in wanted] or [ctx.today]
    query = select(FundPrice).where(
        col(FundPrice.isin).in_(isins), col(FundPrice.priced_on).between(min(days), max(days)), alive(FundPrice)
    )
    held_prices = {(price.isin, price.priced_on): price for price in ctx.session.exec(query)}
    created = updated = 0
    for key, row in wanted.items():
        price = held_prices.get(key)
        if price is None:
            ctx.session.add(FundPrice(id=new_id(), isin=row.isin, priced_on=row.priced_on, nav=row.nav))
            created += 1
        elif price.nav != row.nav:
            price.nav = row.nav
            ctx.session.add(price)
            updated += 1
    ctx.emit("prices.imported", None, created=created, updated=updated)
    return ImportReport(created=created, updated=updated, unchanged=len(rows) - created - updated)


@tool(
    Risk.READ,
    permission="unit_linked:read",
    title=N_("Ver una cuenta de unit linked"),
    examples=(
        "Cuánto valen los fondos del unit linked 0904-49020839",
        "Valora el unit linked de la póliza 0904-49020839 al 31/10/2026",
        "Value unit-linked policy 0904-49020839",
    ),
)
def show_account(ctx: Context, policy: PolicyRef, on: date | None = None) -> UnitAccountView:
    """The units of an account fund by fund, valued on a day, and what surrendering all would pay.

    A fund whose latest value is more than five days old is not valued: the answer says which.
    """
    found = policy_of(ctx, LINE, policy)
    day = past_day(ctx, on, found, "on")
    parts, prices = held(ctx, found, day)
    value = total(parts)
    settled = surrender(LINE.tariff, parts, completed_years(found.started_on, day))
    done = switches_of_year(movements(ctx, found), day.year)
    rows = []
    for isin, price in prices.items():
        own = [part for part in parts if part.lot.fund == isin]
        rows.append(Holding(
            isin=isin, fund=funds()[isin].name, units=sum((p.lot.units for p in own), Decimal(0)), nav=price.nav,
            priced_on=price.priced_on, value=total(own), cost=cost_of(own),
        ))  # fmt: skip
    return UnitAccountView(
        policy=found.policy_number, on=day, holdings=tuple(rows), invested=cost_of(parts), value=value,
        death_benefit=death_benefit(value), switches_left=max(0, terms().free_switches_a_year - done),
        surrender=SurrenderView.of(found, day, settled),
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la inversión de la prima de un unit linked"),
    examples=(
        "Anota la inversión de la prima del unit linked 0904-49020839",
        "Registra la compra de participaciones del unit linked",
        "Record the investment of the unit-linked premium of policy 0904-49020839",
    ),
)
def record_investment(ctx: Context, policy: PolicyRef, ordered_on: date | None = None) -> OrderView:
    """Buy the units of a unit-linked policy with its single premium, at the first values after the order's day.

    The entry charge is taken first; the rest is split by the policy's allocation.
    """
    found = open_policy(ctx, LINE, policy)
    risk, details = agreed(ctx, LINE, found)
    day = past_day(ctx, ordered_on, found, "ordered_on")
    hold(ctx, "units", found.id)
    done = movements(ctx, found)
    if any(one.kind == "contribution" for one in done):
        raise Conflict(N_("La prima única de {policy} ya está invertida."), policy=found.policy_number)
    if not details.fund_allocation:
        raise Conflict(N_("La póliza {policy} no dice en qué fondos se invierte."), policy=found.policy_number)
    prices = {share.isin: price_after(ctx, share.isin, day) for share in details.fund_allocation}
    rows = bought(found, risk.single_premium, details.fund_allocation, prices, next_order(done))
    ctx.session.add_all(rows)
    ctx.emit("units.bought", found.id, amount=f"{risk.single_premium:.2f}", on=rows[0].done_on.isoformat())
    return OrderView(
        policy=found.policy_number, kind="contribution", amount=risk.single_premium,
        charge=entry_charge(risk.single_premium), done_on=rows[0].done_on,
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Cambiar de fondo en un unit linked"),
    examples=(
        "Cambia el 50 % del fondo monetario del unit linked 0904-49020839 al mixto",
        "Traspasa el fondo ZZ0000000117 del unit linked al ZZ0000000216",
        "Switch half of fund ZZ0000000117 into ZZ0000000216 in unit-linked policy 0904-49020839",
    ),
)
def switch_funds(
    ctx: Context,
    policy: PolicyRef,
    from_fund: Annotated[Isin, Field(description=N_("Fondo de origen (ISIN)")), Slot(ask=N_("¿De qué fondo (ISIN)?"))],
    to_fund: Annotated[Isin, Field(description=N_("Fondo de destino (ISIN)")), Slot(ask=N_("¿A qué fondo (ISIN)?"))],
    share_pct: Annotated[Percent, Field(gt=0, description=N_("Parte que se cambia, %")), Slot(units=("%",))] = Decimal(
        100
    ),
) -> OrderView:
    """Move a share of one fund into another of the contract, at their latest values; no tax, date and cost go along.

    Four a year are free, further ones cost. A fund riskier than the client's profile is refused.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    if fund_of(from_fund, "from_fund") == fund_of(to_fund, "to_fund"):
        raise BadArguments(N_("El fondo de destino («{field}») debe ser otro."), field="to_fund")
    check_suitable(to_fund, risk.client_risk_profile)
    hold(ctx, "units", found.id)
    done = movements(ctx, found)
    parts, prices = held(ctx, found, ctx.today)
    own = tuple(part for part in parts if part.lot.fund == from_fund and part.lot.units)
    if not own:
        text = N_("La cuenta {policy} no tiene participaciones del fondo («{field}»).")
        raise BadArguments(text, field="from_fund", policy=found.policy_number)
    amount = to_cents(total(own) * share_pct / 100)
    taken = own if share_pct == 100 else take(own, amount, "share_pct")
    amount = total(taken)
    order, fee = next_order(done), switch_fee(amount, switches_of_year(done, ctx.today.year))
    price = last_price(ctx, to_fund, ctx.today)
    rows = left(found, taken, "switch_out", ctx.today, prices, order)
    rows += [entered(found, p.lot, "switch_in", ctx.today, p.amount, price.nav, order)
             for p in moved(taken, to_fund, price.nav, fee)]  # fmt: skip
    ctx.weigh(line=LINE.code)
    ctx.session.add_all(rows)
    ctx.emit("units.switched", found.id, amount=f"{amount:.2f}", fee=f"{fee:.2f}")
    return OrderView(policy=found.policy_number, kind="switch", amount=amount, charge=fee, done_on=ctx.today)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Rescatar un unit linked"),
    examples=(
        "Rescata 2.000 € del unit linked 0904-49020839",
        "Rescata todo el unit linked 0904-49020839",
        "Surrender 2,000 euros of unit-linked policy 0904-49020839",
    ),
)
def surrender_policy(
    ctx: Context,
    policy: PolicyRef,
    amount: Annotated[
        Annotated[Amount, Field(gt=0), Slot(units=("€", "euros"))] | None,
        Guard.AMOUNT, Field(description=N_("Valor que se rescata; todo si no se dice")),
    ] = None,
) -> SurrenderView:  # fmt: skip
    """Surrender units at their latest values, all of them or an amount, the oldest lots first; the insurer pays.

    Penalty by completed years, gain or loss over the premium, withholding of 19 % of a gain.
    A whole surrender ends the policy.
    """
    found = open_policy(ctx, LINE, policy)
    hold(ctx, "units", found.id)
    parts, prices = held(ctx, found, ctx.today)
    taken = take(parts, amount)
    if not total(taken):
        raise BadArguments(N_("La póliza {policy} («{field}») no tiene nada que rescatar."), field="policy",
                           policy=found.policy_number)  # fmt: skip
    settled = surrender(LINE.tariff, taken, completed_years(found.started_on, ctx.today))
    ctx.weigh(line=LINE.code, amount=settled.paid)
    order = next_order(movements(ctx, found))
    ctx.session.add_all(left(found, taken, "surrender", ctx.today, prices, order))
    kept = settled_by(found, taken[0].lot, settled, ctx.today)
    ctx.session.add_all(UnitMovement(**row, order_no=order) for row in kept)
    ctx.emit("units.surrendered", found.id, value=f"{settled.value:.2f}", paid=f"{settled.paid:.2f}")
    if total(taken) == total(parts):
        close_account(ctx, found, ctx.today, "surrender")
    return SurrenderView.of(found, ctx.today, settled)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar el gasto anual de un unit linked"),
    examples=(
        "Anota el gasto anual del unit linked 0904-49020839",
        "Registra la comisión anual de gestión del unit linked",
        "Record the yearly charge of unit-linked policy 0904-49020839",
    ),
)
def record_charge(ctx: Context, policy: PolicyRef) -> OrderView:
    """Cancel the units that pay the charge of the year completed at the last anniversary; once a year.

    The rate is that of the policy's profile, on what the account holds today.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    hold(ctx, "units", found.id)
    day, done = anniversary(found, ctx.today), movements(ctx, found)
    if day is None or any(one.kind == "charge" and one.done_on >= day for one in done):
        raise Conflict(N_("La póliza {policy} no tiene ningún gasto anual por anotar."), policy=found.policy_number)
    parts, prices = held(ctx, found, ctx.today)
    charged = yearly_charge([part for part in parts if part.lot.units], risk.profile)
    amount = total(charged)
    if amount == ZERO:
        raise Conflict(N_("La póliza {policy} no tiene ningún gasto anual por anotar."), policy=found.policy_number)
    ctx.session.add_all(left(found, charged, "charge", ctx.today, prices, next_order(done)))
    ctx.emit("units.charged", found.id, amount=f"{amount:.2f}", of=day.isoformat())
    return OrderView(policy=found.policy_number, kind="charge", amount=amount, charge=amount, done_on=ctx.today)
