"""The tools of pension plans: project, quote, contribute within the limit of all plans, and transfer."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.identifiers import new_id
from core.money import ZERO
from modules.core_business.crm import CustomerRef, resolve_customer
from modules.insurance.kernel.accounts import (
    TRANSFER_DAYS,
    Lot,
    Part,
    business_days_after,
    close_account,
    cost_of,
    lots_of,
    of,
    out_of,
    past_day,
)
from modules.insurance.kernel.entries import agreed, entries, hold, of_policy, open_policy, policy_of
from modules.insurance.kernel.fields import Amount
from modules.insurance.kernel.lookup import PolicyRef, alive
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.savers import PaidOn, Taker, TransferView
from modules.insurance.pensiones.limits import Limits, Year, excess_until, liquid_on, saving
from modules.insurance.pensiones.line import LINE
from modules.insurance.pensiones.records import PensionAccount, PensionMovement
from modules.insurance.pensiones.risk import MarginalRate, NetIncome, PensionesRisk
from modules.insurance.pensiones.views import PensionLimits, PlanContribution, PlanView, SeniorityRow
from tools import Risk, Slot, tool
from tools.marks import Guard


class PensionesRequest(QuoteRequest, line=LINE):
    """What a participant says of the plan wanted."""


class OverLimit(Conflict):
    """The participant would pay in more than the law lets one person pay in."""

    text = N_("La aportación supera el límite anual del partícipe entre todos sus planes ({norm}): caben {room} €.")


@tool(
    Risk.READ,
    permission="pensiones:read",
    title=N_("Proyectar un plan de pensiones"),
    examples=(
        "Proyecta un plan de pensiones de 1.500 € al año a 20 años, sin cliente",
        "Tarifica un plan simplificado de autónomos de 5.750 €",
        "Rate a pension plan of 1,500 euros a year for 20 years",
    ),
)
def rate(ctx: Context, risk: PensionesRisk) -> Rating:
    """A year of contributions, the tax they save, and what they may grow to until retirement; nothing is kept.

    Marginal rates are fractions (0.37). The benefit is taxed whole as work income. A
    contribution above the plan's yearly limit is declined.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="pensiones:quote",
    title=N_("Cotizar un plan de pensiones"),
    examples=(
        "Cotiza un plan de pensiones para Álvaro Ramos",
        "Propuesta de plan de pensiones individual para Raquel Gómez",
        "Quote a pension plan for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: PensionesRequest) -> QuoteView:
    """Project a participant's plan and keep the proposal for 30 days; it binds nobody."""
    return quoted(ctx, request)


def year_of(ctx: Context, customer_id: UUID, on: date) -> Year:
    """What a person has paid into all plans here in the year of `on`, and what other managers are said to have had."""
    mine = (col(PensionMovement.customer_id) == customer_id, PensionMovement.kind == "contribution",
            col(PensionMovement.done_on).between(date(on.year, 1, 1), date(on.year, 12, 31)))  # fmt: skip
    year = Year(personal=elsewhere(ctx, customer_id))
    for one in entries(ctx, PensionMovement, *mine):
        year = year.plus(one.product, one.amount)
    return year


def elsewhere(ctx: Context, customer_id: UUID) -> Decimal:
    """What other managers have had this year, as the participant's adhesions say: one figure, said once or more."""
    said = select(PensionAccount).where(PensionAccount.customer_id == customer_id, alive(PensionAccount))
    return max((account.other_plans_year or ZERO for account in ctx.session.exec(said)), default=ZERO)


def contributions(ctx: Context, policy: Policy) -> tuple[Part, ...]:
    """What is left of each contribution, the oldest first."""
    return tuple(Part(lot, lot.cost) for lot in lots_of(of_policy(ctx, PensionMovement, policy)))


@tool(
    Risk.READ,
    permission="pensiones:read",
    title=N_("Ver un plan de pensiones"),
    examples=(
        "Qué aportaciones tiene el plan de pensiones 0904-65865347",
        "Qué parte del plan de pensiones puede cobrar ya el partícipe",
        "Show pension plan 0904-65865347",
    ),
)
def show_plan(ctx: Context, policy: PolicyRef) -> PlanView:
    """The contributions of a plan, each with its seniority and the day from which it is liquid."""
    found = policy_of(ctx, LINE, policy)
    parts = contributions(ctx, found)
    rows = tuple(SeniorityRow(since=p.lot.on, amount=p.amount, liquid_on=liquid_on(p.lot.on)) for p in parts)
    liquid = sum((row.amount for row in rows if row.liquid_on <= ctx.today), ZERO)
    return PlanView(policy=found.policy_number, contributions=rows, total=cost_of(parts), liquid=liquid)


@tool(
    Risk.READ,
    permission="pensiones:read",
    title=N_("Límite de aportación a planes de pensiones"),
    examples=(
        "Cuánto puede aportar todavía al plan de pensiones Álvaro Ramos",
        "Exceso de aportaciones a planes de pensiones de Raquel Gómez",
        "How much more can Raquel Gómez pay into pension plans?",
    ),
)
def show_limits(
    ctx: Context,
    customer: CustomerRef,
    net_income: NetIncome | None = None,
    marginal_rate: MarginalRate | None = None,
) -> PensionLimits:
    """What a participant has paid into all plans this year, what still fits, any excess, and the tax it saves.

    Reduction and saving need the net income and the marginal rate.
    """
    found = resolve_customer(ctx, customer)
    limits, year = Limits.on(ctx.today), year_of(ctx, found.id, ctx.today)
    excess = limits.excess(year)
    reduces = limits.deductible(year, net_income) if net_income is not None else None
    saved = saving(reduces, marginal_rate) if reduces is not None and marginal_rate is not None else None
    return PensionLimits(
        customer=str(found.id), customer_name=found.name, year=ctx.today.year, contributed=year.total,
        room={product: limits.room(year, product) for product in LINE.products}, excess=excess,
        excess_until=excess_until(ctx.today.year) if excess else None, deductible=reduces, saving=saved,
        norm=limits.norm,
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar una aportación a un plan de pensiones"),
    examples=(
        "Anota una aportación de 500 € al plan de pensiones 0904-65865347",
        "Registra la aportación del partícipe al plan",
        "Record a contribution of 500 euros to pension plan 0904-65865347",
    ),
)
def record_contribution(
    ctx: Context,
    policy: PolicyRef,
    amount: Annotated[Amount, Field(gt=0), Guard.AMOUNT, Slot(ask=N_("¿Cuánto se aporta?"), units=("€", "euros"))],
    paid_on: PaidOn | None = None,
    since: Annotated[date | None, Field(description=N_("Antigüedad, si viene de otro plan"))] = None,
) -> PlanContribution:
    """Enter a contribution with its own seniority, within the limit of all the participant's plans.

    With `since` it comes from another plan: it keeps that date and counts against no limit.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    day = past_day(ctx, paid_on, found, "paid_on")
    if since is not None and since > day:
        raise BadArguments(N_("La antigüedad («{field}») no puede ser posterior al pago."), field="since")
    hold(ctx, "pensiones", found.policyholder_id)
    limits, year = Limits.on(day), year_of(ctx, found.policyholder_id, day)
    room = limits.room(year, risk.product)
    if since is None and amount > room:
        raise OverLimit(norm=limits.norm, room=str(room))
    kind = "contribution" if since is None else "transfer_in"
    lot = Lot(new_id(), since or day, amount, amount)
    ctx.session.add(PensionMovement(
        id=lot.id, product=risk.product, units=amount, cost=amount, amount=amount, **of(found, lot, kind, day)
    ))  # fmt: skip
    ctx.emit("pension.contributed", found.id, kind=kind, amount=f"{amount:.2f}", on=day.isoformat())
    after = room if since else limits.room(year.plus(risk.product, amount), risk.product)
    return PlanContribution(policy=found.policy_number, amount=amount, since=lot.on, room=after)


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Movilizar un plan de pensiones"),
    examples=(
        "Moviliza el plan de pensiones 0904-65865347 a otra gestora",
        "Traspasa el plan de pensiones a Mutua Levante",
        "Transfer pension plan 0904-65865347 to another manager",
    ),
)
def transfer_plan(ctx: Context, policy: PolicyRef, to: Taker) -> TransferView:
    """Move a participant's rights with their seniority to another manager, without tax; it ends the plan here.

    The value told is what was contributed: the manager tells the rights. It has five working days.
    """
    found = open_policy(ctx, LINE, policy)
    risk, _ = agreed(ctx, LINE, found)
    hold(ctx, "pensiones", found.policyholder_id)
    parts = contributions(ctx, found)
    value = cost_of(parts)
    ctx.weigh(line=LINE.code, amount=value)
    rows = out_of(parts, "transfer_out", found, ctx.today)
    ctx.session.add_all(PensionMovement(product=risk.product, **row) for row in rows)
    ctx.emit("pension.transferred", found.id, value=f"{value:.2f}", to=to)
    close_account(ctx, found, ctx.today, "transfer")
    due = business_days_after(ctx.today, TRANSFER_DAYS)
    return TransferView(policy=found.policy_number, value=value, to=to, asked_on=ctx.today, due_on=due)
