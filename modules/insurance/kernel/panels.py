"""What the kernel adds to the all-round view of a customer: policies and claims."""

from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_, translate
from core.money import format_money
from modules.insurance.kernel.lookup import alive, count
from modules.insurance.kernel.records import Claim, Insurer, Policy
from modules.insurance.kernel.views import day, state_label
from tools.panels import Panel, panel

SHOWN: Final = 10


@panel("customer")
def policies_of(ctx: Context, customer_id: UUID) -> Panel:
    """The customer's policies, those in force first, then the latest."""
    where = col(Policy.policyholder_id) == customer_id
    query = (
        select(Policy, Insurer.name).join(Insurer, onclause=col(Insurer.id) == col(Policy.insurer_id))
        .where(where, alive(Policy)).order_by(col(Policy.state) != "in_force", col(Policy.expires_on)).limit(SHOWN)
    )  # fmt: skip
    locale = ctx.actor.locale
    rows = tuple(
        (p.policy_number, p.line, insurer, state_label(p.state, locale), day(p.expires_on),
         format_money(p.total_premium, locale))
        for p, insurer in ctx.session.exec(query)
    )  # fmt: skip
    columns = (N_("Póliza"), N_("Ramo"), N_("Aseguradora"), N_("Estado"), N_("Vencimiento"), N_("Prima anual"))
    return titled(ctx, N_("Pólizas"), columns, rows, count(ctx, Policy, where))


@panel("customer")
def claims_of(ctx: Context, customer_id: UUID) -> Panel:
    """The claims of the customer's policies, newest first."""
    mine = (col(Claim.policy_id) == col(Policy.id), col(Policy.policyholder_id) == customer_id)
    query = (
        select(Claim, Policy.policy_number).where(*mine, alive(Claim))
        .order_by(col(Claim.occurred_on).desc()).limit(SHOWN)
    )  # fmt: skip
    locale = ctx.actor.locale
    rows = tuple(
        (claim.claim_number, number, claim.cause, day(claim.occurred_on),
         state_label(claim.state, locale, of_claim=True), format_money(claim.reserve, locale),
         format_money(claim.paid_amount, locale))
        for claim, number in ctx.session.exec(query)
    )  # fmt: skip
    columns = (
        N_("Siniestro"), N_("Póliza"), N_("Causa"), N_("Fecha"), N_("Estado"), N_("Reserva"), N_("Pagado"),
    )  # fmt: skip
    return titled(ctx, N_("Siniestros"), columns, rows, count(ctx, Claim, *mine))


def titled(ctx: Context, title: str, columns: tuple[str, ...], rows: tuple[tuple[Any, ...], ...], total: int) -> Panel:
    """A panel with title and columns in the actor's language."""
    locale = ctx.actor.locale
    return Panel(
        title=translate(title, locale), columns=tuple(translate(column, locale) for column in columns), rows=rows,
        more=total - len(rows),
    )  # fmt: skip
