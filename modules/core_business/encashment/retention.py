"""What is erased of the reminders that were written to a customer; the receipts are the kernel's."""

from uuid import UUID

from sqlmodel import col, select

from core.context import Context
from core.i18n import N_, translate
from modules.core_business.crm.duties import ERASURE
from modules.core_business.encashment.records import Reminder
from tools.panels import Panel, panel


@panel(ERASURE)
def erase_of(ctx: Context, customer_id: UUID) -> Panel:
    """Erase the addresses that a customer was written to; that it was done stays."""
    written = ctx.session.exec(
        select(Reminder).where(Reminder.customer_id == customer_id).order_by(col(Reminder.id))
    ).all()
    for reminder in written:
        reminder.recipient = ""
        ctx.session.add(reminder)
    title = translate(N_("Recordatorios de pago"), ctx.actor.locale)
    return Panel(title=title, columns=(), rows=tuple((str(reminder.id),) for reminder in written))
