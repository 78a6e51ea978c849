"""The tools of savings insurance: price, quote, and the account with its contributions and surrenders."""

from datetime import date
from typing import Annotated

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from modules.core_business.crm import CustomerRef, resolve_customer
from modules.insurance.ahorro.account import (
    check_room,
    check_whole,
    contributed,
    death_benefit,
    exempt,
    movements,
    parts_on,
    room_of,
    surrender_table,
    taken_in,
    worth,
    years_of,
)
from modules.insurance.ahorro.line import LINE
from modules.insurance.ahorro.records import SavingsMovement
from modules.insurance.ahorro.risk import AhorroRisk, PayoutChoice
from modules.insurance.ahorro.views import (
    AccountView,
    ContributionView,
    LimitsView,
    LotRow,
    RoomRow,
    SurrenderTable,
    table_rows,
)
from modules.insurance.kernel.accounts import (
    TRANSFER_DAYS,
    business_days_after,
    close_account,
    cost_of,
    lots_of,
    out_of,
    past_day,
    settled_by,
    surrender,
    take,
    total,
)
from modules.insurance.kernel.entries import agreed, hold, open_policy, policy_of
from modules.insurance.kernel.fields import Amount
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.savers import PaidOn, SurrenderView, Taker, TransferView
from tools import Risk, Slot, tool
from tools.marks import Guard


class AhorroRequest(QuoteRequest, line=LINE):
    """What a person says of the savings wanted."""


@tool(
    Risk.READ,
    permission="ahorro:read",
    title=N_("Tarificar un seguro de ahorro"),
    examples=(
        "Tarifica un PIAS de 2.400 € al año a 10 años, sin cliente",
        "Proyecta un SIALP de 5.000 € al año durante 6 años",
        "Rate a PIAS of 2,400 euros a year for 10 years",
    ),
)
def rate(ctx: Context, risk: AhorroRisk) -> Rating:
    """A year of contributions with its receipts, and what they may grow to; nothing is kept.

    The projection gives value, surrender value, gain, tax and what is left at the horizon. It
    bears no premium tax nor surcharges. Amounts in EUR, rounded half up to the cent.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="ahorro:quote",
    title=N_("Cotizar un seguro de ahorro"),
    examples=(
        "Cotiza un PIAS para Álvaro Ramos",
        "Presupuesto de ahorro garantizado para Raquel Gómez, 6.000 € al año",
        "Quote a long-term savings policy for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: AhorroRequest) -> QuoteView:
    """Price a customer's savings plan and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs or the customer's file; what is missing
    is asked for.
    """
    return quoted(ctx, request)


@tool(
    Risk.READ,
    permission="ahorro:read",
    title=N_("Ver una cuenta de ahorro"),
    examples=(
        "Cuánto vale la cuenta de ahorro 0904-48777678",
        "Qué se cobraría si rescata hoy el PIAS P-2026-000123",
        "What is savings account 0904-48777678 worth?",
    ),
)
def show_account(ctx: Context, policy: PolicyRef, on: date | None = None) -> AccountView:
    """The contributions of a savings account with their value on a day, and what surrendering all would pay."""
    found = policy_of(ctx, LINE, policy)
    day = past_day(ctx, on, found, "on")
    risk, _ = agreed(ctx, LINE, found)
    parts = parts_on(ctx, found, day)
    years, value = years_of(found, parts, day), total(parts)
    settled = surrender(LINE.tariff, parts, years, exempt=exempt(risk.product, years, risk.payout, whole=True))
    return AccountView(
        policy=found.policy_number, on=day, contributed=cost_of(parts), value=value,
        lots=tuple(LotRow(paid_on=p.lot.on, contributed=p.lot.cost, value=p.amount) for p in parts),
        death_benefit=death_benefit(value), surrender=SurrenderView.of(found, day, settled),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="ahorro:read",
    title=N_("Tabla de valores de rescate"),
    examples=(
        "Tabla de valores de rescate de la póliza 0904-48777678",
        "Valores de rescate año a año del PIAS",
        "Show the surrender value table of policy 0904-48777678",
    ),
)
def show_surrender_table(ctx: Context, policy: PolicyRef) -> SurrenderTable:
    """The surrender values of a savings policy year by year, as the contract must state them (LCS art. 94)."""
    found = policy_of(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    rows = surrender_table(risk.annual_contribution, risk.horizon_years)
    return SurrenderTable(policy=found.policy_number, rows=table_rows(rows))


@tool(
    Risk.READ,
    permission="ahorro:read",
    title=N_("Límites de aportación a productos de ahorro"),
    examples=(
        "Cuánto puede aportar todavía a su PIAS Álvaro Ramos este año",
        "Límite de aportaciones a SIALP de Raquel Gómez",
        "How much more can Raquel Gómez pay into her PIAS this year?",
    ),
)
def show_limits(ctx: Context, customer: CustomerRef) -> LimitsView:
    """What a person has contributed this year to each savings product, over all policies, and what still fits."""
    found = resolve_customer(ctx, customer)
    rows = tuple(RoomRow.of(room_of(ctx, found.id, product, ctx.today)) for product in LINE.products)
    return LimitsView(customer=str(found.id), customer_name=found.name, year=ctx.today.year, rows=rows)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar una aportación a un seguro de ahorro"),
    examples=(
        "Anota una aportación de 2.000 € al PIAS 0904-48777678",
        "Registra la aportación extraordinaria del seguro de ahorro",
        "Record a contribution of 2,000 euros to savings policy 0904-48777678",
    ),
)
def record_contribution(
    ctx: Context,
    policy: PolicyRef,
    amount: Annotated[Amount, Field(gt=0), Guard.AMOUNT, Slot(ask=N_("¿Cuánto se aporta?"), units=("€", "euros"))],
    paid_on: PaidOn | None = None,
    since: Annotated[date | None, Field(description=N_("Antigüedad, si viene de otra aseguradora"))] = None,
    cost: Annotated[Amount | None, Field(description=N_("Aportado en la otra aseguradora, EUR"))] = None,
) -> ContributionView:
    """Enter a contribution into a savings account, within the person's legal limit over all policies.

    With `since` it is a transfer from another insurer: it keeps that date and `cost`, what
    was contributed there, and does not count against the limit of the year.
    """
    found = open_policy(ctx, LINE, policy)
    risk, details = agreed(ctx, LINE, found)
    day = past_day(ctx, paid_on, found, "paid_on")
    hold(ctx, "ahorro", found.policyholder_id)
    left = room_of(ctx, found.policyholder_id, risk.product, day, details)
    if since is not None:
        if since > day or cost is None:
            text = N_("Un traspaso lleva su antigüedad («{field}») y lo aportado en la otra aseguradora.")
            raise BadArguments(text, field="since" if since > day else "cost")
        made = taken_in(found, risk.product, amount, day, since, cost)
        still = left.year
    else:
        check_room(left, amount)
        made = contributed(found, risk.product, amount, day)
        still = None if left.year is None else left.year - amount
    ctx.session.add(made)
    ctx.emit("savings.contributed", found.id, kind=made.kind, amount=f"{amount:.2f}", on=day.isoformat())
    return ContributionView(policy=found.policy_number, amount=amount, paid_on=day, room=still)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Rescatar un seguro de ahorro"),
    examples=(
        "Rescata 3.000 € del seguro de ahorro 0904-48777678",
        "Rescata entero el PIAS 0904-48777678",
        "Surrender 3,000 euros of savings policy 0904-48777678",
    ),
)
def surrender_policy(
    ctx: Context,
    policy: PolicyRef,
    amount: Annotated[
        Annotated[Amount, Field(gt=0), Slot(units=("€", "euros"))] | None,
        Guard.AMOUNT, Field(description=N_("Valor que se rescata; todo si no se dice")),
    ] = None,
    payout: PayoutChoice | None = None,
) -> SurrenderView:  # fmt: skip
    """Surrender a savings account, all of it or part, the oldest contributions first; the insurer pays.

    Penalty by completed years, gain over what was contributed, withholding of 19 %. A whole
    surrender ends the policy. A SIALP is surrendered whole; after five years it is untaxed.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    check_whole(risk.product, amount)
    hold(ctx, "ahorro", found.policyholder_id)
    held = parts_on(ctx, found, ctx.today)
    taken, years = take(held, amount), years_of(found, held, ctx.today)
    whole = total(taken) == total(held)
    free = exempt(risk.product, years, payout or "capital", whole=whole)
    if not taken:
        raise BadArguments(N_("La póliza {policy} («{field}») no tiene nada que rescatar."), field="policy",
                           policy=found.policy_number)  # fmt: skip
    settled = surrender(LINE.tariff, taken, years, exempt=free)
    ctx.weigh(line=LINE.code, amount=settled.paid)
    rows = out_of(taken, "surrender", found, ctx.today) + settled_by(found, taken[0].lot, settled, ctx.today)
    ctx.session.add_all(SavingsMovement(product=risk.product, **row) for row in rows)
    ctx.emit("savings.surrendered", found.id, value=f"{settled.value:.2f}", paid=f"{settled.paid:.2f}")
    if whole:
        close_account(ctx, found, ctx.today, "surrender")
    return SurrenderView.of(found, ctx.today, settled)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Movilizar un PIAS o un SIALP a otra aseguradora"),
    examples=(
        "Moviliza el PIAS 0904-48777678 a Mutua Levante",
        "Traspasa el ahorro de la póliza a otra aseguradora",
        "Transfer savings policy 0904-48777678 to another insurer",
    ),
)
def transfer_account(ctx: Context, policy: PolicyRef, to: Taker) -> TransferView:
    """Move a PIAS or SIALP with all its seniority to another insurer, without tax; it ends the policy here.

    The insurer has five working days.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    if LINE.tariff.products[risk.product].data["min_years_for_benefit"] is None:
        text = N_("La póliza {policy} («{field}») no es un PIAS ni un SIALP: no se puede movilizar.")
        raise BadArguments(text, field="policy", policy=found.policy_number)
    hold(ctx, "ahorro", found.policyholder_id)
    parts = worth(lots_of(movements(ctx, found)), ctx.today)
    value = total(parts)
    ctx.weigh(line=LINE.code, amount=value)
    rows = out_of(parts, "transfer_out", found, ctx.today)
    ctx.session.add_all(SavingsMovement(product=risk.product, **row) for row in rows)
    ctx.emit("savings.transferred", found.id, value=f"{value:.2f}", to=to)
    close_account(ctx, found, ctx.today, "transfer")
    due = business_days_after(ctx.today, TRANSFER_DAYS)
    return TransferView(policy=found.policy_number, value=value, to=to, asked_on=ctx.today, due_on=due)
