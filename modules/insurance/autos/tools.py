"""The motor tools: price, and quote from the file of the vehicle."""

from core.context import Context
from core.i18n import N_
from modules.core_business.crm import resolve_customer
from modules.insurance.autos.line import LINE
from modules.insurance.autos.proposal import QuoteRequest, propose
from modules.insurance.autos.risk import AutosRisk
from modules.insurance.kernel.quote_views import QuoteView, quote_view
from modules.insurance.kernel.quotes import keep_quote
from modules.insurance.kernel.rating import Rating
from tools import Risk, tool


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
