"""The tools of shops and offices: price, quote, and what a stop is paid with."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.views import PolicyNumber
from modules.insurance.multirriesgo.interruption import DAYS, indemnity, paid_days
from modules.insurance.multirriesgo.line import LINE
from modules.insurance.multirriesgo.risk import MultirriesgoRisk
from tools import Risk, Slot, tool
from tools.results import Result


class MultirriesgoRequest(QuoteRequest, line=LINE):
    """What a person says of the shop or office to be insured."""


@tool(
    Risk.READ,
    permission="multirriesgo:read",
    title=N_("Tarificar un comercio u oficina"),
    examples=(
        "Tarifica una tienda de alimentación de 95 m² con 45.000 € de contenido, sin cliente",
        "Calcula la prima del multirriesgo de un despacho",
        "Rate a grocery shop of 95 square metres",
    ),
)
def rate(ctx: Context, risk: MultirriesgoRisk) -> Rating:
    """The premium of a shop or office with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. A sum that is not insured is 0.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="multirriesgo:quote",
    title=N_("Cotizar un seguro de comercio u oficina"),
    examples=(
        "Cotiza el multirriesgo de la tienda de Raquel Gómez",
        "Presupuesto de multirriesgo de oficina para Álvaro Ramos",
        "Quote shop insurance for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: MultirriesgoRequest) -> QuoteView:
    """Price a customer's shop or office and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs and from the customer's CNAE, and the answer
    says so; what is missing is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class Interruption(Result):
    """What a stop is paid with."""

    policy: PolicyNumber
    days: int
    paid_days: int
    daily: Money
    payable: Money

    def told(self, locale: Locale) -> str:
        """The days that are paid and the amount."""
        text = N_("Póliza {policy}: de {days} días de paralización se pagan {paid}, {payable}.")
        return translate(
            text, locale, policy=self.policy, days=self.days, paid=self.paid_days,
            payable=format_money(self.payable, locale),
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="multirriesgo:read",
    title=N_("Calcular la paralización de un comercio"),
    examples=(
        "¿Cuánto paga la póliza 0903-31935293 por 20 días de paralización?",
        "Calcula la paralización del comercio: 12 días cerrado",
        "How much is paid for 20 days of closure of the shop?",
    ),
)
def estimate_interruption(
    ctx: Context,
    policy: PolicyRef,
    days: Annotated[
        int,
        Field(ge=1, le=3650, description=N_("Días cerrado")),
        Slot(ask=N_("¿Cuántos días estuvo cerrado?"), units=("días", "days")),
    ],
) -> Interruption:
    """What the cover of days lost pays for a closure: so much a day from the second, up to the days agreed."""
    found, term = insured(ctx, policy, LINE)
    daily = Decimal(str(term.risk.get("daily_indemnity_eur") or 0))
    if not term.risk.get("with_business_interruption") or not daily:
        text = N_("La póliza {policy} («{field}») no cubre la paralización.")
        raise BadArguments(text, field="policy", policy=found.policy_number)
    most = int(term.details.get("interruption_days") or DAYS)
    return Interruption(
        policy=found.policy_number, days=days, paid_days=paid_days(days, most), daily=daily,
        payable=indemnity(days, daily, most),
    )  # fmt: skip
