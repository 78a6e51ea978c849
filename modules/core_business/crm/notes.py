"""Notes in a customer's file (*notas*): free text, shown as what it is, and ordering nothing."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context
from core.i18n import N_
from modules.core_business.crm.inputs import Text
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import Customer, CustomerNote
from modules.core_business.crm.views import NoteList, NoteRow, note_row
from tools import Risk, Slot, tool


def notes_of(ctx: Context, customer: Customer, limit: int) -> Sequence[CustomerNote]:
    """The customer's notes, newest first."""
    mine = select(CustomerNote).where(CustomerNote.customer_id == customer.id)
    newest = mine.order_by(col(CustomerNote.at).desc(), col(CustomerNote.id).desc())
    return ctx.session.exec(newest.limit(limit)).all()


@tool(
    Risk.DRAFT,
    permission="crm:write",
    title=N_("Añadir una nota"),
    examples=(
        "Añade una nota a la ficha de Álvaro Ramos: no llamar por la tarde",
        "Nota para el cliente: prefiere correo",
        "Add a note to the file of Raquel Gómez: prefers e-mail",
    ),
)
def add_note(ctx: Context, customer: CustomerRef, note: Annotated[Text, Slot(ask=N_("¿Qué anoto?"))]) -> NoteRow:
    """Add a free note to a customer's file. A dealing with the customer is an interaction instead."""
    found = resolve_customer(ctx, customer)
    noted = CustomerNote(customer_id=found.id, text=note, at=ctx.now)
    ctx.session.add(noted)
    ctx.emit("customer.note_added", found.id)
    return note_row(noted)


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Notas del cliente"),
    examples=(
        "¿Qué notas hay en la ficha de Álvaro Ramos?",
        "Enséñame las notas del cliente",
        "List the notes of Raquel Gómez",
    ),
)
def list_notes(ctx: Context, customer: CustomerRef, limit: Annotated[int, Field(ge=1, le=100)] = 20) -> NoteList:
    """The notes of one customer's file, newest first; texts as somebody wrote them."""
    found = resolve_customer(ctx, customer)
    total = ctx.session.exec(
        select(func.count()).select_from(CustomerNote).where(CustomerNote.customer_id == found.id)
    ).one()
    rows = tuple(note_row(note) for note in notes_of(ctx, found, limit))
    return NoteList(customer=str(found.id), name=found.name, notes=rows, total=total)
