"""How long payments to a customer must be kept (Código de Comercio art. 30), and what is erased after that."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.dates import add_months
from core.i18n import N_, translate
from modules.core_business.crm.duties import DUTIES, ERASURE
from modules.core_business.treasury.payees import forget_call
from modules.core_business.treasury.records import Payee, PaymentOrder
from modules.core_business.treasury.states import FINAL
from modules.core_business.treasury.views import written
from tools.panels import Panel, panel

BOOKS_MONTHS: Final = 6 * 12
LAW: Final = "CCom art. 30"
GONE: Final = "Beneficiario suprimido"


def _payees(ctx: Context, customer_id: UUID) -> Sequence[Payee]:
    return ctx.session.exec(select(Payee).where(Payee.customer_id == customer_id)).all()


def _orders(ctx: Context, payees: Sequence[Payee]) -> Sequence[PaymentOrder]:
    ids = [payee.id for payee in payees]
    return ctx.session.exec(select(PaymentOrder).where(col(PaymentOrder.payee_id).in_(ids))).all()


@panel(DUTIES)
def duties_of(ctx: Context, customer_id: UUID) -> Panel:
    """Payments to a customer that are under way, or that the books still need."""
    locale, rows = ctx.actor.locale, []
    for order in _orders(ctx, _payees(ctx, customer_id)):
        until = add_months(order.ended_on or order.due_on, BOOKS_MONTHS)
        if order.state not in FINAL or until >= ctx.today:
            said = translate(N_("hasta el {on}"), locale, on=written(until, locale))
            rows.append((translate(N_("pago {number}"), locale, number=order.number), LAW, said))
    return Panel(title=translate(N_("Pagos"), locale), columns=(), rows=tuple(rows))


@panel(ERASURE)
def erase_of(ctx: Context, customer_id: UUID) -> Panel:
    """Erase who a customer was as a payee, and to which account; amounts and days stay."""
    payees = _payees(ctx, customer_id)
    for payee in payees:
        payee.name, payee.search_name = GONE, ""
        payee.id_number, payee.iban = f"SUPRIMIDO-{payee.id.hex}", ""
        payee.phone, payee.phone_since, payee.active = None, None, False
        forget_call(payee)
        ctx.session.add(payee)
    for order in _orders(ctx, payees):
        order.payee_name, order.iban, order.concept, order.invoice = GONE, "", "", None
        ctx.session.add(order)
    title = translate(N_("Beneficiarios"), ctx.actor.locale)
    return Panel(title=title, columns=(), rows=tuple((str(payee.id),) for payee in payees))
