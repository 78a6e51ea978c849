"""The tools of engineering: price, quote, prolong a work, and put the premium right by the final value."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money, to_cents
from modules.insurance.ingenieria.extension import extension
from modules.insurance.ingenieria.line import LINE
from modules.insurance.ingenieria.risk import ContractValue, IngenieriaRisk, Product
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.regularisation import Regularised, regularised
from modules.insurance.kernel.tariff import charges_on
from modules.insurance.kernel.views import PolicyNumber, day
from tools import Risk, Slot, tool
from tools.results import Result

FIGURES: Final = ("contract_value", "building_definitive_value")
ON_THEM: Final = ("danos_obra", "rc_obra", "mantenimiento", "decenal_estructura", "decenal_impermeabilizacion")


class IngenieriaRequest(QuoteRequest, line=LINE):
    """What a person says of the work, machine, equipment or building to be insured."""


@tool(
    Risk.READ,
    permission="ingenieria:read",
    title=N_("Tarificar un riesgo de ingeniería"),
    examples=(
        "Tarifica un todo riesgo construcción de 1.350.000 € y 14 meses, sin cliente",
        "Calcula la prima de avería de maquinaria de una grúa",
        "Rate contractors' all risks for a building of 14 months",
    ),
)
def rate(ctx: Context, risk: IngenieriaRisk) -> Rating:
    """The premium of an engineering risk with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. The premium of works and of the decennial cover is for their whole term.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="ingenieria:quote",
    title=N_("Cotizar un seguro de ingeniería"),
    examples=(
        "Cotiza un todo riesgo construcción para Raquel Gómez",
        "Presupuesto de seguro decenal para el promotor Álvaro Ramos",
        "Quote machinery breakdown for Raquel Gómez's crane",
    ),
)
def quote_policy(ctx: Context, request: IngenieriaRequest) -> QuoteView:
    """Price a customer's work, machine, equipment or building and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs, and the answer says so; what is missing
    is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class Extension(Result):
    """What prolonging a work costs; nothing is billed by it."""

    policy: PolicyNumber
    expires_on: date
    until: date
    days: int
    premium: Money
    lea: Money
    ips: Money
    total: Money

    def told(self, locale: Locale) -> str:
        """The price and what it still needs."""
        text = N_(
            "Prórroga de la póliza {policy} hasta el {until} ({days} días): {total}. La aseguradora debe aceptarla."
        )
        return translate(
            text, locale, policy=self.policy, until=day(self.until), days=self.days,
            total=format_money(self.total, locale),
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="ingenieria:read",
    title=N_("Calcular la prórroga de una obra"),
    examples=(
        "¿Cuánto cuesta prorrogar la obra de la póliza 0902-33611766 hasta el 17/11/2027?",
        "Calcula la prórroga de la obra dos meses más",
        "What does it cost to extend the works policy until 17 November 2027?",
    ),
)
def price_extension(
    ctx: Context,
    policy: PolicyRef,
    until: Annotated[
        date,
        Field(description=N_("Nuevo fin de la obra")),
        Slot(ask=N_("¿Hasta qué fecha se prorroga?"), cues=("hasta", "until")),
    ],
) -> Extension:
    """What prolonging a work to a later end costs: pro rata of its net premium by the day, with LEA and premium tax.

    `until` is the first day without cover. Only works are prolonged, and only before they end; the insurer must
    consent. Nothing is kept or billed.
    """
    found, term = insured(ctx, policy, LINE)
    if term.product != Product.OBRA:
        text = N_("La póliza {policy} («{field}») no es de una obra: no se prorroga.")
        raise BadArguments(text, field="policy", policy=found.policy_number)
    if until <= found.expires_on or found.expires_on < ctx.today:
        text = N_("Revise «{field}»: la póliza termina el {end}, y se prorroga antes y a una fecha posterior.")
        raise BadArguments(text, field="until", end=day(found.expires_on))
    net = term.net_premium or found.net_premium
    premium = extension(net, found.effective_on, found.expires_on, until)
    charges = charges_on(ctx.today)
    lea = to_cents(premium * charges.lea) if LINE.tariff.lea else ZERO
    ips = to_cents(premium * charges.ips)
    return Extension(
        policy=found.policy_number, expires_on=found.expires_on, until=until, days=(until - found.expires_on).days,
        premium=premium, lea=lea, ips=ips, total=premium + lea + ips,
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="ingenieria:read",
    title=N_("Regularizar la prima por el valor final de la obra"),
    examples=(
        "Regulariza la obra de la póliza 0902-33611766: el valor final fue 1.420.000 €",
        "¿Cuánto falta de prima por el valor definitivo de la obra?",
        "Adjust the works premium to the final value of 1,420,000 euros",
    ),
)
def regularise_value(ctx: Context, policy: PolicyRef, final_value: ContractValue) -> Regularised:
    """What the final value of a work or building adds to its premium, or gives back; nothing is billed.

    ΔP = (final - declared) × the rate agreed, never below the product's minimum premium; with
    LEA and premium tax of today.
    """
    return regularised(insured(ctx, policy, LINE), FIGURES, ON_THEM, Decimal(final_value), ctx.today)
