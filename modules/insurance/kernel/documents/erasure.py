"""What becomes of a customer's documents when his data are erased (*supresión*, GDPR art. 17)."""

from uuid import UUID

from sqlmodel import select

from core.context import Context
from core.i18n import N_, translate
from modules.core_business.crm.duties import ERASURE
from modules.insurance.kernel.documents.records import IssuedDocument
from tools.panels import Panel, panel


@panel(ERASURE)
def erase_of(ctx: Context, customer_id: UUID) -> Panel:
    """Erase the documents made for a customer; policies and claims tell by themselves how long they are kept."""
    documents = ctx.session.exec(select(IssuedDocument).where(IssuedDocument.customer_id == customer_id)).all()
    for document in documents:
        ctx.session.delete(document)
        ctx.emit("document.deleted", document.id, addresses=[document.address])
    names = tuple((document.name,) for document in documents)
    return Panel(title=translate(N_("Documentos emitidos"), ctx.actor.locale), columns=(), rows=names)
