"""Quotes of every line: list, show, review, issue. Lines themselves only price and quote."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias, cast

from pydantic import Field
from sqlmodel import col, or_, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, translate
from modules.core_business.crm import Customer, CustomerRef, resolve_customer
from modules.insurance.kernel.asking import label
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import QuoteRef, alive, resolve_policy, resolve_quote
from modules.insurance.kernel.offering import missing_to_issue
from modules.insurance.kernel.quote_review import Dossier, compared_insurers
from modules.insurance.kernel.quote_review import review_quote as findings_of
from modules.insurance.kernel.quote_views import (
    IssuedPolicy,
    QuoteList,
    QuoteView,
    issued_policy,
    quote_row,
    quote_view,
)
from modules.insurance.kernel.quotes import check_binding, issue, policy_of, quotes_of
from modules.insurance.kernel.records import Insurer, Policy, Quote
from modules.insurance.kernel.states import PolicyState, QuoteState
from modules.insurance.kernel.terms import typed_risk
from modules.insurance.kernel.tools import LineCode
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


class Incomplete(Conflict):
    """A quote may do without what a policy must name."""

    text = N_("Para emitir {quote} falta: {fields}. Haga una nueva cotización con ese dato.")

    def told(self, locale: str) -> str:
        """The message with the labels of the fields."""
        fields = cast("Sequence[str]", self.detail["fields"])
        said = ", ".join(translate(label, locale).lower() for label in fields)
        return translate(self.text, locale, quote=self.detail["quote"], fields=said)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Cotizaciones"),
    examples=(
        "Qué cotizaciones de autos tiene Álvaro Ramos",
        "Lista las cotizaciones de hogar",
        "Últimos presupuestos",
        "Cotizaciones pendientes de decisión de la aseguradora",
        "List the motor quotes of Raquel Gómez",
        "Which quotes are waiting?",
    ),
)
def list_quotes(
    ctx: Context,
    customer: CustomerRef | None = None,
    line: LineCode | None = None,
    state: QuoteStateChoice | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> QuoteList:
    """Quotes of a customer, a line or all, newest first, with price and state."""
    owner = resolve_customer(ctx, customer) if customer else None
    quotes = quotes_of(ctx, line, owner, state, limit)
    names = {id: ctx.get(Customer, id).name for id in {quote.customer_id for quote in quotes}}
    insurers = {id: ctx.get(Insurer, id).name for id in {quote.insurer_id for quote in quotes}}
    rows = (quote_row(q, line_of(q.line), names[q.customer_id], insurers[q.insurer_id]) for q in quotes)
    return QuoteList(quotes=tuple(rows))


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Ver una cotización"),
    examples=(
        "Enséñame la cotización Q-2026-000123",
        "Desglose de la cotización",
        "Qué cubre el presupuesto Q-2026-000123",
        "Show me quote Q-2026-000123",
    ),
)
def show_quote(ctx: Context, quote: QuoteRef) -> QuoteView:
    """One quote with its coverages, taxes, receipts, and what was taken for granted."""
    found = resolve_quote(ctx, quote)
    customer, insurer = ctx.get(Customer, found.customer_id), ctx.get(Insurer, found.insurer_id)
    policy = policy_of(ctx, found)
    number = policy.policy_number if policy else None
    return quote_view(found, line_of(found.line), customer.name, insurer.name, number, ctx.actor.locale)


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Revisar una cotización"),
    examples=(
        "Revisa la cotización Q-2026-000123",
        "Es adecuada esta cotización",
        "Qué falta para emitir Q-2026-000123",
        "Review quote Q-2026-000123",
        "Is this quote right for the client?",
    ),
)
def review_quote(ctx: Context, quote: QuoteRef) -> Review:
    """What to mind before a quote is issued: risk, cover, price, duties to the client, payment."""
    found = resolve_quote(ctx, quote)
    line, customer = line_of(found.line), ctx.get(Customer, found.customer_id)
    number = found.details.get("current_policy")
    current = resolve_policy(ctx, number) if number else None
    dossier = Dossier(
        line=line, quote=found, risk=typed_risk(line, found.risk), customer=customer,
        current=current if current and current.state in LIVE else None, others=others_of(ctx, found),
        compared=compared_insurers(quotes_of(ctx, line.code, customer, None, 100), found, ctx.today), today=ctx.today,
    )  # fmt: skip
    return Review(subject=found.quote_number, findings=findings_of(dossier, ctx.actor.locale))


def others_of(ctx: Context, quote: Quote) -> Sequence[Policy]:
    """Policies of the same thing that have not ended, but for the one issued from `quote`."""
    if quote.object_ref is None:
        return ()
    query = select(Policy).where(
        Policy.line == quote.line, Policy.object_ref == quote.object_ref, col(Policy.state).in_(LIVE), alive(Policy),
        or_(col(Policy.quote_id).is_(None), col(Policy.quote_id) != quote.id),
    )  # fmt: skip
    return ctx.session.exec(query.order_by(col(Policy.effective_on))).all()


@tool(
    Risk.WRITE,
    permission="kernel:bind",
    title=N_("Emitir una póliza"),
    examples=(
        "Emite la cotización Q-2026-000123",
        "Emite la póliza de autos de esa cotización",
        "Emite la póliza",
        "Emítelo",
        "Emítela",
        "Emite el seguro de coche de Álvaro Ramos",
        "Contrata el presupuesto de hogar",
        "Issue the policy from quote Q-2026-000123",
        "Issue the motor policy",
    ),
)
def issue_policy(ctx: Context, quote: QuoteRef) -> IssuedPolicy:
    """Issue the policy of a priced quote, with all its receipts; this binds client and insurer.

    The policy waits for the policyholder's signature. A referred, declined, expired or
    already issued quote is refused with the reason.
    """
    found = resolve_quote(ctx, quote)
    line = line_of(found.line)
    check_binding(ctx, found)
    check_complete(line, found)
    ctx.weigh(line=found.line)
    customer, insurer = ctx.get(Customer, found.customer_id), ctx.get(Insurer, found.insurer_id)
    policy, receipts = issue(ctx, line, found, customer)
    return issued_policy(policy, found, customer.name, insurer.name, receipts)


def check_complete(line: Line, quote: Quote) -> None:
    """Refuse to issue what the policy must name and the quote does not hold (LCS art. 8)."""
    missing = missing_to_issue(line, quote.risk, quote.details)
    if missing:
        labels = tuple(label(name, line.details, line.risk) for name in missing)
        raise Incomplete(quote=quote.quote_number, fields=labels)
