"""The tools of pet insurance: price and quote."""

from core.context import Context
from core.i18n import N_
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.mascotas.line import LINE
from modules.insurance.mascotas.risk import MascotasRisk
from tools import Risk, tool


class MascotasRequest(QuoteRequest, line=LINE):
    """What a person says of the animal to be insured."""


@tool(
    Risk.READ,
    permission="mascotas:read",
    title=N_("Tarificar un riesgo de mascotas"),
    examples=(
        "Tarifica un perro de 3 años con responsabilidad civil de 150.000 €, sin cliente",
        "Calcula la prima de un gato de 2 años",
        "Rate a 3-year-old dog, liability only",
    ),
)
def rate(ctx: Context, risk: MascotasRisk) -> Rating:
    """The premium of an animal with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. Breed risk, value, veterinary limit and reimbursement are for completo alone.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="mascotas:quote",
    title=N_("Cotizar un seguro de mascotas"),
    examples=(
        "Cotiza un seguro para el perro de Álvaro Ramos",
        "Presupuesto de mascotas completo para Raquel Gómez",
        "Quiero asegurar mi gato",
        "Quote pet insurance for Raquel Gómez's dog",
    ),
)
def quote_policy(ctx: Context, request: MascotasRequest) -> QuoteView:
    """Price a customer's animal and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs, and the answer says so; what is missing
    is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)
