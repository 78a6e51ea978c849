"""Offers of several insurers side by side (*comparativa*): the same risk, each insurer's own tariff.

Nothing here knows a commission: the comparison informs the client, who decides by cover
and price (RDL 3/2020 arts. 172.3 and 175).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from core.context import Context
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.core_business.crm import Customer
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import QuoteRef, alive, resolve_insurer, resolve_quote
from modules.insurance.kernel.market_records import TariffVersion
from modules.insurance.kernel.quotes import check_effect, keep_quote, rating_of
from modules.insurance.kernel.records import Insurer, Quote
from modules.insurance.kernel.terms import typed_risk
from modules.insurance.kernel.views import QuoteNumber
from tools import Risk, tool
from tools.results import Result


class Offer(BaseModel):
    """What one insurer asks for the risk."""

    model_config = ConfigDict(frozen=True)

    quote_number: QuoteNumber
    insurer: str
    tariff_version: str
    decision: str
    state: str
    rules_hit: tuple[str, ...]
    net_premium: Money | None
    total: Money | None
    first_receipt: Money | None
    coverage_premiums: dict[str, Money]

    def told(self, locale: Locale) -> str:
        """Insurer and price, or that it declines or has to be asked."""
        if self.total is None:
            return translate(N_("{insurer}: no lo acepta ({rules})"), locale, insurer=self.insurer,
                             rules=", ".join(self.rules_hit))  # fmt: skip
        price = format_money(self.total, locale)
        if self.rules_hit:
            text = N_("{insurer}: {price}, pendiente de su aceptación ({rules}) [{quote}]")
            return translate(text, locale, insurer=self.insurer, price=price, rules=", ".join(self.rules_hit),
                             quote=self.quote_number)  # fmt: skip
        return f"{self.insurer}: {price} [{self.quote_number}]"


class OfferComparison(Result):
    """Offers for one risk, the cheapest first; those that decline last."""

    customer_name: str
    line: str
    product: str
    coverages: dict[str, str]  # label by code, of all that any offer prices
    offers: tuple[Offer, ...]

    def told(self, locale: Locale) -> str:
        """Each offer, and what separates the cheapest from the dearest."""
        said = "; ".join(offer.told(locale) for offer in self.offers)
        head = translate(N_("Ofertas para {customer}: {offers}."), locale, customer=self.customer_name, offers=said)
        priced = [offer.total for offer in self.offers if offer.total is not None]
        if len(priced) < 2:
            return head
        text = N_("Entre la más barata y la más cara hay {gap} al año por las mismas garantías.")
        return f"{head} {translate(text, locale, gap=format_money(max(priced) - min(priced), locale))}"


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Comparar ofertas de varias aseguradoras"),
    examples=(
        "Compara la cotización Q-2026-000123 con otras aseguradoras",
        "Pide precio a todas las compañías para esta cotización",
        "Comparativa de aseguradoras para el seguro de hogar de Raquel Gómez",
        "Compare quote Q-2026-000123 with other insurers",
    ),
)
def quote_alternatives(
    ctx: Context,
    quote: QuoteRef,
    insurers: Annotated[
        list[str], Field(max_length=30, description=N_("Aseguradoras; vacío: todas las que tienen tarifa del ramo"))
    ] = [],  # noqa: B006 — a default of a schema, never changed
) -> OfferComparison:
    """Price the risk of a quote with other insurers too, keep a quote of each, and set them side by side.

    Without `insurers`, with all that have a tariff of the line. Quotes of the same risk made
    before are not made again.
    """
    first = resolve_quote(ctx, quote)
    check_effect(ctx, first.effective_on)
    line, customer = line_of(first.line), ctx.get(Customer, first.customer_id)
    made = [first]
    known = {other.insurer_id: other for other in same_risk(ctx, first)}
    for insurer in _wanted(ctx, first, insurers):
        if insurer.id in known:
            made.append(known[insurer.id])
            continue
        made.append(keep_quote(
            ctx, line, customer, insurer, typed_risk(line, first.risk), first.effective_on, first.object_ref,
            first.details,
        ))  # fmt: skip
    return comparison(ctx, line, customer.name, made)


def _wanted(ctx: Context, first: Quote, named: Sequence[str]) -> list[Insurer]:
    """The insurers asked for, or all with a tariff of the line; not that of the quote itself."""
    if named:
        found = [resolve_insurer(ctx, name) for name in named]
    else:
        mine = (TariffVersion.line == first.line, alive(TariffVersion), alive(Insurer))
        query = select(Insurer).join(TariffVersion, onclause=col(TariffVersion.insurer_id) == col(Insurer.id))
        found = list(ctx.session.exec(query.where(*mine).distinct().order_by(col(Insurer.name))))
    unique: dict[UUID, Insurer] = {insurer.id: insurer for insurer in found if insurer.id != first.insurer_id}
    return list(unique.values())


def same_risk(ctx: Context, quote: Quote) -> Sequence[Quote]:
    """Other quotes of the same risk for the same customer and effect that still hold."""
    mine = (
        Quote.customer_id == quote.customer_id, Quote.line == quote.line, Quote.effective_on == quote.effective_on,
        col(Quote.valid_until) >= ctx.today, Quote.id != quote.id, alive(Quote),
    )  # fmt: skip
    return [other for other in ctx.session.exec(select(Quote).where(*mine)) if other.risk == quote.risk]


def comparison(ctx: Context, line: Line, customer_name: str, quotes: Sequence[Quote]) -> OfferComparison:
    """The quotes side by side, the cheapest first."""
    offers = [_offer(ctx, quote) for quote in quotes]
    offers.sort(key=lambda offer: (offer.total is None, offer.total or Decimal(0), offer.insurer))
    priced = {code: None for offer in offers for code in offer.coverage_premiums}
    labels = {code: translate(line.labels.get(code.partition("#")[0], code), ctx.actor.locale) for code in priced}
    return OfferComparison(
        customer_name=customer_name, line=line.code, product=quotes[0].product, coverages=labels, offers=tuple(offers)
    )


def _offer(ctx: Context, quote: Quote) -> Offer:
    rating = rating_of(quote)
    return Offer(
        quote_number=quote.quote_number, insurer=ctx.get(Insurer, quote.insurer_id).name,
        tariff_version=quote.tariff_version, decision=quote.decision, state=quote.state,
        rules_hit=tuple(quote.rules_hit), net_premium=quote.net_premium, total=quote.total_premium,
        first_receipt=rating.instalments[0].total if rating.instalments else None,
        coverage_premiums=dict(rating.coverage_premiums or {}),
    )  # fmt: skip
