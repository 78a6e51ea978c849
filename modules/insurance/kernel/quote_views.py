"""What quoting and issuing answer, for any line."""

from datetime import date
from typing import Annotated, Any

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.frequency import FREQUENCY_LABELS
from modules.insurance.kernel.health import health_of, without_health
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.quotes import rating_of
from modules.insurance.kernel.rating import Instalment
from modules.insurance.kernel.records import Policy, Quote, Receipt
from modules.insurance.kernel.views import (
    CustomerId,
    PolicyNumber,
    QuoteNumber,
    ReceiptRow,
    day,
    listed,
    receipt_row,
    state_label,
)
from modules.insurance.kernel.wording import RECEIPTS
from tools.marks import NeedsNamed
from tools.results import Result


class QuoteRow(Result):
    """A quote in one line."""

    quote_number: QuoteNumber
    customer: CustomerId
    customer_name: str
    line: str
    product: str
    product_label: str
    insurer: str
    object_ref: str | None
    state: str
    effective_on: date
    valid_until: date
    payment_frequency: str
    total: Money | None

    def told(self, locale: Locale) -> str:
        """Number, whom and what for, the price or none, the state."""
        price = format_money(self.total, locale) if self.total is not None else translate(N_("sin prima"), locale)
        text = N_("{quote}: {product} con {insurer} para {customer}, {price}, {state}, válida hasta el {until}.")
        return translate(
            text, locale, quote=self.quote_number, product=translate(self.product_label, locale), insurer=self.insurer,
            customer=self.customer_name, price=price, state=state_label(self.state, locale),
            until=day(self.valid_until),
        )  # fmt: skip


class QuoteList(Result):
    """Quotes that were looked for, newest first."""

    quotes: tuple[QuoteRow, ...]

    def told(self, locale: Locale) -> str:
        """The first few."""
        if not self.quotes:
            return translate(N_("No hay ninguna cotización así."), locale)
        return listed([row.told(locale) for row in self.quotes], len(self.quotes), locale)


class QuoteView(QuoteRow):
    """One quote with its whole breakdown, and what was taken for granted in it."""

    decision: str
    rules_hit: tuple[str, ...]
    tariff_version: str
    risk: dict[str, Any]
    health_readers: str | None
    health: Annotated[dict[str, Any], NeedsNamed("health_readers")] | None  # what of the risk tells of health
    coverage_premiums: dict[str, Money] | None
    minimum_topup: Money | None
    net_premium: Money | None
    fractioning_surcharge: Money | None
    premium: Money | None
    public_surcharges: dict[str, Money] | None
    ips: Money | None
    instalments: tuple[Instalment, ...] | None
    assumptions: tuple[str, ...]
    policy: str | None = None

    def told(self, locale: Locale) -> str:
        """The price and its receipts, or why there is none; then dates and assumptions."""
        taken = translate(N_("Se ha tomado: {what}."), locale, what="; ".join(self.assumptions))
        parts = [self._price(locale), self._terms(locale), taken if self.assumptions else ""]
        return " ".join(part for part in parts if part)

    def _price(self, locale: Locale) -> str:
        named = {
            "quote": self.quote_number, "product": translate(self.product_label, locale), "insurer": self.insurer,
            "customer": self.customer_name, "object": self.object_ref or self.line,
            "rules": ", ".join(self.rules_hit),
        }  # fmt: skip
        if self.total is None or self.net_premium is None or not self.instalments:
            text = N_("Cotización {quote} para {customer} ({object}): el riesgo no se acepta, por las normas {rules}.")
            return translate(text, locale, **named)
        text = N_("Cotización {quote} para {customer} ({object}): {product} con {insurer}, {total} al año en "
                  "{receipts}, el primero de {first}.")  # fmt: skip
        amounts = {
            "total": format_money(self.total, locale), "receipts": RECEIPTS.said(len(self.instalments), locale),
            "first": format_money(self.instalments[0].total, locale),
        }  # fmt: skip
        price = translate(text, locale, **named, **amounts)
        if self.rules_hit:
            text = N_("Es orientativa: la aseguradora debe aceptar el riesgo (normas {rules}).")
            price = f"{price} {translate(text, locale, **named)}"
        return price

    def _terms(self, locale: Locale) -> str:
        text = N_("Pago {frequency}, efecto el {on}, válida hasta el {until}.")
        return translate(
            text, locale, frequency=translate(FREQUENCY_LABELS[self.payment_frequency], locale),
            on=day(self.effective_on), until=day(self.valid_until),
        )  # fmt: skip


class IssuedPolicy(Result):
    """The policy that a quote became, with its receipts."""

    policy: PolicyNumber
    quote: str
    customer: CustomerId
    customer_name: str
    line: str
    product: str
    insurer: str
    state: str
    effective_on: date
    expires_on: date
    total_premium: Money
    risk: str
    receipts: tuple[ReceiptRow, ...]

    def told(self, locale: Locale) -> str:
        """The policy's number, its cover and its receipts."""
        text = N_("Póliza {policy} de {customer} con {insurer} emitida desde {quote}: {risk}, del {begins} al {ends}, "
                  "{total} en {receipts}; el primero, de {first}, vence el {due}. Está {state}.")  # fmt: skip
        first = self.receipts[0]
        return translate(
            text, locale, policy=self.policy, customer=self.customer_name, insurer=self.insurer, quote=self.quote,
            risk=self.risk, begins=day(self.effective_on), ends=day(self.expires_on),
            total=format_money(self.total_premium, locale), receipts=RECEIPTS.said(len(self.receipts), locale),
            first=format_money(first.total, locale), due=day(first.due_on), state=state_label(self.state, locale),
        )  # fmt: skip


def _row_fields(quote: Quote, line: Line, customer_name: str, insurer: str) -> dict[str, Any]:
    own = quote.model_dump(include={
        "quote_number", "line", "product", "object_ref", "state", "effective_on", "valid_until", "payment_frequency",
    })  # fmt: skip
    return {
        **own, "customer": str(quote.customer_id), "customer_name": customer_name, "insurer": insurer,
        "product_label": line.products[quote.product], "total": quote.total_premium,
    }  # fmt: skip


def quote_row(quote: Quote, line: Line, customer_name: str, insurer: str) -> QuoteRow:
    """The one line of `quote`."""
    return QuoteRow(**_row_fields(quote, line, customer_name, insurer))


def quote_view(
    quote: Quote, line: Line, customer_name: str, insurer: str, policy: str | None, locale: Locale
) -> QuoteView:
    """All of one quote."""
    rating = rating_of(quote)
    taken = quote.details.get("assumptions", ())
    said = tuple(translate(part["text"], locale, **part["values"]) for part in taken)
    return QuoteView(
        **_row_fields(quote, line, customer_name, insurer), decision=quote.decision, rules_hit=tuple(quote.rules_hit),
        tariff_version=quote.tariff_version, risk=without_health(line, quote.risk),
        health_readers=line.health_readers or None, health=health_of(line, quote.risk) or None,
        coverage_premiums=rating.coverage_premiums,
        minimum_topup=rating.minimum_topup, net_premium=rating.net_premium,
        fractioning_surcharge=rating.fractioning_surcharge, premium=rating.premium,
        public_surcharges=rating.public_surcharges, ips=rating.ips, instalments=rating.instalments, assumptions=said,
        policy=policy,
    )  # fmt: skip


def issued_policy(
    policy: Policy, quote: Quote, customer_name: str, insurer: str, receipts: list[Receipt]
) -> IssuedPolicy:
    """The answer of issuing."""
    own = policy.model_dump(include={"line", "product", "state", "effective_on", "expires_on", "total_premium"})
    return IssuedPolicy(
        **own, policy=policy.policy_number, quote=quote.quote_number, customer=str(policy.policyholder_id),
        customer_name=customer_name, insurer=insurer, risk=policy.risk_description,
        receipts=tuple(receipt_row(receipt) for receipt in receipts),
    )  # fmt: skip
