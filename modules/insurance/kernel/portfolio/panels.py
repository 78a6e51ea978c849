"""What the book adds to the all-round view of a customer (*visión 360°*): lines, renewals, losses, quotes, papers.

No panel shows a commission: the view is for whoever may read the customer.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, func, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, translate
from core.money import ZERO, format_money
from modules.insurance.kernel.documents.records import IssuedDocument
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.lookup import alive, count, listed
from modules.insurance.kernel.panels import titled
from modules.insurance.kernel.records import Claim, Policy, Quote, Receipt
from modules.insurance.kernel.states import PolicyState, QuoteState, ReceiptState
from modules.insurance.kernel.views import day, state_label
from tools.panels import Panel, panel

SHOWN: Final = 10
AHEAD: Final = timedelta(days=90)  # the campaign of renewals
OPEN: Final = (QuoteState.PRICED, QuoteState.REFERRED, QuoteState.PRESENTED, QuoteState.ACCEPTED)
YEARS: Final = 3  # of claims in the loss ratio


@panel("customer")
def lines_of(ctx: Context, customer_id: UUID) -> Panel:
    """What the customer pays a year, by line: policies in force and others, premium, sum insured."""
    live = col(Policy.state) == PolicyState.IN_FORCE
    sums = (func.coalesce(func.sum(column).filter(live), ZERO) for column in (Policy.total_premium, Policy.sum_insured))
    query = (
        listed(Policy.line, func.count().filter(live), func.count(), *sums)
        .where(Policy.policyholder_id == customer_id, alive(Policy)).group_by(Policy.line).order_by(Policy.line)
    )  # fmt: skip
    found, locale = ctx.session.exec(query).all(), ctx.actor.locale
    rows = [
        (line_label(line, locale), str(running), str(all_of), format_money(premium, locale), format_money(sum_, locale))
        for line, running, all_of, premium, sum_ in found
    ]
    if len(found) > 1:
        sums_of = [sum((row[at] for row in found), type(found[0][at])(0)) for at in (1, 2, 3, 4)]
        rows.append((translate(N_("TOTAL"), locale), str(sums_of[0]), str(sums_of[1]),
                     format_money(sums_of[2], locale), format_money(sums_of[3], locale)))  # fmt: skip
    columns = (N_("Ramo"), N_("En vigor"), N_("Pólizas"), N_("Prima anual"), N_("Capitales"))
    return titled(ctx, N_("Cartera por ramos"), columns, tuple(rows), len(rows))


@panel("customer")
def renewals_of(ctx: Context, customer_id: UUID) -> Panel:
    """Policies that expire within ninety days, and until when the customer may oppose (LCS art. 22)."""
    where = (
        col(Policy.policyholder_id) == customer_id, col(Policy.state) == PolicyState.IN_FORCE,
        col(Policy.expires_on).between(ctx.today, ctx.today + AHEAD),
    )  # fmt: skip
    query = select(Policy).where(*where, alive(Policy)).order_by(col(Policy.expires_on)).limit(SHOWN)
    locale = ctx.actor.locale
    rows = tuple(
        (p.policy_number, line_label(p.line, locale), day(p.expires_on), day(add_months(p.expires_on, -1)),
         format_money(p.total_premium, locale))
        for p in ctx.session.exec(query)
    )  # fmt: skip
    columns = (N_("Póliza"), N_("Ramo"), N_("Vencimiento"), N_("Oposición hasta"), N_("Prima anual"))
    return titled(ctx, N_("Próximas renovaciones"), columns, rows, count(ctx, Policy, *where))


@panel("customer")
def loss_ratio_of(ctx: Context, customer_id: UUID) -> Panel:
    """Claims against premiums of three years, by line: what was paid or is reserved, and their share of the premium.

    The premium is that of the receipts that took effect in those years, cancelled ones apart.
    """
    since, locale = add_months(ctx.today, -12 * YEARS), ctx.actor.locale
    claims = _claims_since(ctx, customer_id, since)
    premiums = _premiums_since(ctx, customer_id, since)
    rows = []
    for line in sorted(claims.keys() | premiums.keys()):
        number, cost = claims.get(line, (0, ZERO))
        premium = premiums.get(line, ZERO)
        share = f"{(cost * 100 / premium).quantize(Decimal(1))} %" if premium > 0 else "—"
        rows.append((line_label(line, locale), str(number), format_money(cost, locale), format_money(premium, locale),
                     share))  # fmt: skip
    columns = (N_("Ramo"), N_("Siniestros"), N_("Coste"), N_("Prima neta"), N_("Siniestralidad"))
    return titled(ctx, N_("Siniestralidad de tres años"), columns, tuple(rows), len(rows))


def _claims_since(ctx: Context, customer_id: UUID, since: date) -> dict[str, tuple[int, Decimal]]:
    cost = func.sum(col(Claim.paid_amount) + col(Claim.reserve))
    query: Any = (
        listed(Policy.line, func.count(), cost)
        .where(col(Claim.policy_id) == col(Policy.id), Policy.policyholder_id == customer_id, alive(Claim),
               col(Claim.occurred_on) >= since).group_by(Policy.line)
    )  # fmt: skip
    return {line: (number, total) for line, number, total in ctx.session.exec(query)}


def _premiums_since(ctx: Context, customer_id: UUID, since: date) -> dict[str, Decimal]:
    query: Any = (
        listed(Policy.line, func.sum(Receipt.premium))
        .where(col(Receipt.policy_id) == col(Policy.id), Policy.policyholder_id == customer_id, alive(Receipt),
               col(Receipt.state) != ReceiptState.CANCELLED, col(Receipt.period_from).between(since, ctx.today))
        .group_by(Policy.line)
    )  # fmt: skip
    return {line: total for line, total in ctx.session.exec(query)}


@panel("customer")
def quotes_of(ctx: Context, customer_id: UUID) -> Panel:
    """Quotes that are open still, newest first."""
    where = (
        col(Quote.customer_id) == customer_id, col(Quote.state).in_(OPEN), col(Quote.valid_until) >= ctx.today,
    )  # fmt: skip
    query = select(Quote).where(*where, alive(Quote)).order_by(col(Quote.created_at).desc()).limit(SHOWN)
    locale = ctx.actor.locale
    rows = tuple(
        (q.quote_number, line_label(q.line, locale), state_label(q.state, locale), day(q.valid_until),
         format_money(q.total_premium, locale) if q.total_premium is not None else "—")
        for q in ctx.session.exec(query)
    )  # fmt: skip
    columns = (N_("Cotización"), N_("Ramo"), N_("Estado"), N_("Válida hasta"), N_("Prima anual"))
    return titled(ctx, N_("Cotizaciones abiertas"), columns, rows, count(ctx, Quote, *where))


@panel("customer")
def documents_of(ctx: Context, customer_id: UUID) -> Panel:
    """What was made for the customer and whether he has it, newest first."""
    where = col(IssuedDocument.customer_id) == customer_id
    query = select(IssuedDocument).where(where, alive(IssuedDocument))
    query = query.order_by(col(IssuedDocument.made_on).desc(), col(IssuedDocument.id).desc()).limit(SHOWN)
    rows = tuple(
        (one.name, day(one.made_on), day(one.delivered_on) if one.delivered_on else "—")
        for one in ctx.session.exec(query)
    )
    columns = (N_("Documento"), N_("Fecha"), N_("Entregado"))
    return titled(ctx, N_("Documentos"), columns, rows, count(ctx, IssuedDocument, where))
