"""The motor tools: price, quote, show, review, issue."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

from pydantic import Field
from sqlmodel import col, or_, select

from core.context import Context
from core.i18n import N_
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.autos.line import LINE
from modules.insurance.autos.proposal import QuoteRequest, propose
from modules.insurance.autos.review import Dossier, compared_insurers
from modules.insurance.autos.review import review_quote as findings_of
from modules.insurance.autos.risk import AutosRisk
from modules.insurance.autos.vehicles import check_complete, describe, keep_vehicle
from modules.insurance.kernel import Insurer, Policy, PolicyState, Quote, QuoteState
from modules.insurance.kernel.lookup import QuoteNotFound, QuoteRef, alive, resolve_policy, resolve_quote
from modules.insurance.kernel.quote_views import (
    IssuedPolicy,
    QuoteList,
    QuoteView,
    issued_policy,
    quote_row,
    quote_view,
)
from modules.insurance.kernel.quotes import check_binding, issue, keep_quote, policy_of, quotes_of
from modules.insurance.kernel.rating import Rating
from tools import Risk, Slot, tool
from tools.results import Review

LIVE: Final = (
    PolicyState.IN_FORCE, PolicyState.SUSPENDED, PolicyState.PENDING_SIGNATURE, PolicyState.PENDING_FIRST_PREMIUM,
)  # fmt: skip
QuoteStateChoice: TypeAlias = Annotated[
    QuoteState,
    Slot(
        words={
            "priced": ("tarificadas", "priced"), "referred": ("en consulta", "referred"),
            "declined": ("rehusadas", "declined"), "accepted": ("aceptadas", "accepted"),
        }
    ),
]  # fmt: skip


@tool(
    Risk.READ,
    permission="autos:read",
    title=N_("Tarificar un riesgo de autos"),
    examples=(
        "Tarifica un turismo de 110 CV, valor 18.500 €, a terceros ampliado, sin cliente",
        "Calcula la prima de este riesgo de autos",
        "Rate a passenger car of 110 hp worth 18,500 euros",
        "What would the premium be for this vehicle, without saving a quote?",
    ),
)
def rate(ctx: Context, risk: AutosRisk) -> Rating:
    """The premium of a motor risk with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. `deductible` is needed for todo_riesgo alone.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="autos:quote",
    title=N_("Cotizar un seguro de autos"),
    examples=(
        "Cotiza autos para Álvaro Ramos",
        "Hazme un presupuesto de coche a todo riesgo para Raquel Gómez",
        "Cotización de seguro de coche a terceros ampliado con pago mensual",
        "Quiero cotizar el coche 8084 PZB",
        "Quote motor insurance for Raquel Gómez",
        "Prepare a comprehensive car quote, paid monthly",
    ),
)
def quote_policy(ctx: Context, request: QuoteRequest) -> QuoteView:
    """Price a customer's vehicle and keep the quote for 30 days; it binds nobody.

    What is not said comes from the file of the vehicle, and the answer says so; what is
    missing there is asked for. A referred quote is indicative, a declined one has no price.
    """
    customer = resolve_customer(ctx, request.customer)
    proposal = propose(ctx, request, customer)
    quote = keep_quote(
        ctx, LINE, customer, proposal.insurer, proposal.risk, proposal.effective_on, proposal.plate, proposal.details
    )
    return quote_view(quote, LINE, customer.name, proposal.insurer.name, None, ctx.actor.locale)


@tool(
    Risk.READ,
    permission="autos:read",
    title=N_("Cotizaciones de autos"),
    examples=(
        "Qué cotizaciones de autos tiene Álvaro Ramos",
        "Lista las cotizaciones de coche",
        "Últimos presupuestos de autos",
        "List the motor quotes of Raquel Gómez",
    ),
)
def list_quotes(
    ctx: Context,
    customer: CustomerRef | None = None,
    state: QuoteStateChoice | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> QuoteList:
    """Motor quotes of a customer or of all, newest first, with price and state."""
    owner = resolve_customer(ctx, customer) if customer else None
    quotes = quotes_of(ctx, LINE.code, owner, state, limit)
    names = {owner.id: owner.name} if owner else {q.customer_id: ctx.get(Customer, q.customer_id).name for q in quotes}
    insurers = {q.insurer_id: ctx.get(Insurer, q.insurer_id).name for q in quotes}
    return QuoteList(quotes=tuple(quote_row(q, LINE, names[q.customer_id], insurers[q.insurer_id]) for q in quotes))


def motor_quote(ctx: Context, ref: str) -> Quote:
    """The motor quote that `ref` names; a quote of another line is none."""
    quote = resolve_quote(ctx, ref)
    if quote.line != LINE.code:
        raise QuoteNotFound(ref=ref)
    return quote


@tool(
    Risk.READ,
    permission="autos:read",
    title=N_("Ver una cotización de autos"),
    examples=(
        "Enséñame la cotización Q-2026-000123",
        "Desglose de la cotización de autos",
        "Qué cubre el presupuesto Q-2026-000123",
        "Show me quote Q-2026-000123",
    ),
)
def show_quote(ctx: Context, quote: QuoteRef) -> QuoteView:
    """One motor quote with its coverages, taxes, receipts, and what was taken for granted."""
    found = motor_quote(ctx, quote)
    customer, insurer = ctx.get(Customer, found.customer_id), ctx.get(Insurer, found.insurer_id)
    policy = policy_of(ctx, found)
    number = policy.policy_number if policy else None
    return quote_view(found, LINE, customer.name, insurer.name, number, ctx.actor.locale)


@tool(
    Risk.READ,
    permission="autos:read",
    title=N_("Revisar una cotización de autos"),
    examples=(
        "Revisa la cotización Q-2026-000123",
        "Es adecuada la cotización de autos",
        "Qué falta para emitir Q-2026-000123",
        "Review quote Q-2026-000123",
        "Is this motor quote right for the client?",
    ),
)
def review_quote(ctx: Context, quote: QuoteRef) -> Review:
    """What to mind before a motor quote is issued: risk, cover, price, duties to the client, payment."""
    found = motor_quote(ctx, quote)
    customer = ctx.get(Customer, found.customer_id)
    number = found.details.get("current_policy")
    current = resolve_policy(ctx, number) if number else None
    recent = quotes_of(ctx, LINE.code, customer, None, 100)
    dossier = Dossier(
        quote=found, risk=AutosRisk.model_validate(found.risk), customer=customer,
        current=current if current and current.state in LIVE else None, others=others_of(ctx, found),
        compared=compared_insurers(recent, found, ctx.today), today=ctx.today,
    )  # fmt: skip
    return Review(subject=found.quote_number, findings=findings_of(dossier, ctx.actor.locale))


def others_of(ctx: Context, quote: Quote) -> Sequence[Policy]:
    """Policies of the same vehicle that have not ended, but for the one issued from `quote`."""
    if quote.object_ref is None:
        return ()
    query = select(Policy).where(
        Policy.object_ref == quote.object_ref, col(Policy.state).in_(LIVE), alive(Policy),
        or_(col(Policy.quote_id).is_(None), col(Policy.quote_id) != quote.id),
    )  # fmt: skip
    return ctx.session.exec(query.order_by(col(Policy.effective_on))).all()


@tool(
    Risk.WRITE,
    permission="autos:bind",
    title=N_("Emitir una póliza de autos"),
    examples=(
        "Emite la cotización Q-2026-000123",
        "Emite la póliza de autos de esa cotización",
        "Emite la póliza",
        "Emite el seguro de coche de Álvaro Ramos",
        "Contrata el presupuesto de coche",
        "Issue the policy from quote Q-2026-000123",
        "Issue the motor policy",
    ),
)
def issue_policy(ctx: Context, quote: QuoteRef) -> IssuedPolicy:
    """Issue the policy of a priced motor quote, with all its receipts; this binds client and insurer.

    The policy waits for the policyholder's signature. A referred, declined, expired or
    already issued quote is refused with the reason.
    """
    found = motor_quote(ctx, quote)
    check_binding(ctx, found)
    check_complete(found)
    customer, insurer = ctx.get(Customer, found.customer_id), ctx.get(Insurer, found.insurer_id)
    value = AutosRisk.model_validate(found.risk).vehicle_value
    policy, receipts = issue(ctx, found, customer, describe(found), value)
    keep_vehicle(ctx, found, policy)
    return issued_policy(policy, found, customer.name, insurer.name, receipts)
