"""Taking over the register of payees and past payments of a former system (*importación*).

A row is known again by its key in the file. No payment that is taken over leaves for the
bank: those rows only tell what another system ordered.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_
from core.identifiers import Iban, IdNumber, Phone, new_id
from core.money import Money
from modules.core_business.crm.inputs import Name
from modules.core_business.crm.lookup import resolve_customer
from modules.core_business.crm.names import fold
from modules.core_business.crm.records import changed
from modules.core_business.treasury.payees import forget_call
from modules.core_business.treasury.payments import house_account, move_payment
from modules.core_business.treasury.records import Payee, PayeeKind, PaymentOrder
from modules.core_business.treasury.rules import end_to_end_id, payment_number
from modules.core_business.treasury.sepa import LARGEST
from modules.core_business.treasury.states import PaymentState
from modules.core_business.treasury.views import ImportReport
from tools import Risk, tool

MOST: Final = 5_000
Key = Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,20}$")]
PATH: Final = {  # the states that an order of the former system went through
    PaymentState.SENT: (PaymentState.PROPOSED, PaymentState.ORDERED, PaymentState.SENT),
    PaymentState.SETTLED: (PaymentState.PROPOSED, PaymentState.ORDERED, PaymentState.SENT, PaymentState.SETTLED),
}


class Row(BaseModel):
    """Base of the rows: an empty cell is no value, an unknown column is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_cells(cls, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        return {column: cell for column, cell in row.items() if cell not in ("", None)}


class PayeeRow(Row):
    """One payee; `verified_on` and the call's columns are empty where nobody confirmed the account."""

    payee_id: Key
    name: Name
    id_number: IdNumber
    iban: Iban
    kind: PayeeKind
    customer_id: Key | None = None
    phone: Phone | None = None
    phone_since: date | None = None
    account_since: date
    verified_on: date | None = None
    called_person: str = Field(default="", max_length=120)
    called_source: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> "PayeeRow":
        if self.verified_on and (self.verified_on < self.account_since or not self.phone):
            raise ValueError(N_("la comprobación exige un teléfono y no puede ser anterior a la cuenta"))
        return self


class PaymentRow(Row):
    """One payment that the former system sent: `sent`, or `settled` with its day."""

    payment_id: Key
    payee_id: Key
    amount: Annotated[Money, Field(gt=0, le=LARGEST)]
    concept: str = Field(min_length=1, max_length=140)
    invoice: str | None = Field(default=None, max_length=40)
    due: date
    state: Literal["sent", "settled"]
    settled_on: date | None = None

    @model_validator(mode="after")
    def _ended(self) -> "PaymentRow":
        if (self.state == "settled") != (self.settled_on is not None):
            raise ValueError(N_("un pago liquidado lleva su fecha, y uno enviado no"))
        return self


@tool(
    Risk.ADMINISTRATION,
    permission="treasury:import",
    title=N_("Importar beneficiarios"),
    examples=("Importa los beneficiarios", "Import payees"),
)
def import_payees(ctx: Context, rows: Annotated[list[PayeeRow], Field(min_length=1, max_length=MOST)]) -> ImportReport:
    """Take over the register of payees of a former system; all rows or none.

    The dates of accounts and calls are taken as they stand in the file. A row whose account
    differs from the one here is a change of account: it has to be confirmed by a call again.
    """
    known = _known(ctx, Payee, [row.payee_id for row in rows])
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for row in rows:
        counts[_take_payee(ctx, known.get(row.payee_id), row)] += 1
    ctx.emit("payees.imported", None, **counts)
    return ImportReport(**counts)


def _known(ctx: Context, kind: type[Any], refs: Sequence[str]) -> dict[str, Any]:
    if len(set(refs)) != len(refs):
        raise BadArguments(field="rows", problem=N_("dos filas tienen la misma clave"))
    return {found.import_ref: found for found in ctx.session.exec(select(kind).where(col(kind.import_ref).in_(refs)))}


def _take_payee(ctx: Context, known: Payee | None, row: PayeeRow) -> str:
    values: dict[str, Any] = {
        "name": row.name, "search_name": fold(row.name), "id_number": row.id_number, "kind": row.kind.value,
        "customer_id": resolve_customer(ctx, row.customer_id).id if row.customer_id else None,
    }  # fmt: skip
    if known is None:
        since = _midnight(row.account_since, ctx.actor.zone)
        phone_since = (row.phone_since or row.account_since) if row.phone else None
        payee = Payee(
            **values, iban=row.iban, phone=row.phone, phone_since=phone_since,
            registered_by=ctx.actor.user_id, account_changed_by=ctx.actor.user_id, account_changed_at=since,
            import_ref=row.payee_id,
        )  # fmt: skip
        if row.verified_on:
            payee.verified_at = max(since, _midnight(row.verified_on, ctx.actor.zone))
            payee.called_phone, payee.called_on = row.phone, row.verified_on
            payee.called_person, payee.called_source = row.called_person, row.called_source
        ctx.session.add(payee)
        return "created"
    if known.iban != row.iban:
        known.iban, known.account_changed_by, known.account_changed_at = row.iban, ctx.actor.user_id, ctx.now
        forget_call(known)
        changed(known, **values)
    elif not changed(known, **values):
        return "unchanged"
    ctx.session.add(known)
    return "updated"


def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time.min, ZoneInfo(zone)).astimezone(UTC)


@tool(
    Risk.ADMINISTRATION,
    permission="treasury:import",
    title=N_("Importar pagos"),
    examples=("Importa los pagos hechos", "Import past payments"),
)
def import_payments(
    ctx: Context, rows: Annotated[list[PaymentRow], Field(min_length=1, max_length=MOST)]
) -> ImportReport:
    """Take over payments that a former system sent to the bank; all rows or none. Nothing is sent.

    One that was sent and has been settled since is settled here; nothing else of a known
    row is changed.
    """
    known = _known(ctx, PaymentOrder, [row.payment_id for row in rows])
    payees = {p.import_ref: p for p in ctx.session.exec(select(Payee).where(col(Payee.import_ref).is_not(None)))}
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for at, row in enumerate(rows):
        payee = payees.get(row.payee_id)
        if payee is None:
            raise BadArguments(field=f"rows.{at}.payee_id", problem=N_("no es un beneficiario importado"))
        counts[_take_payment(ctx, known.get(row.payment_id), row, payee)] += 1
    ctx.emit("payments.imported", None, **counts)
    return ImportReport(**counts)


def _take_payment(ctx: Context, known: PaymentOrder | None, row: PaymentRow, payee: Payee) -> str:
    if known is not None:
        if not (row.state == "settled" and known.state == PaymentState.SENT):
            return "unchanged"
        move_payment(ctx, known, PaymentState.SETTLED)
        known.ended_on = row.settled_on
        return "updated"
    id = new_id()
    order = PaymentOrder(
        id=id, number=payment_number(id), end_to_end_id=end_to_end_id(id), payee_id=payee.id, payee_name=payee.name,
        iban=payee.iban, house_account_id=house_account(ctx, payee).id, amount=row.amount, concept=row.concept,
        invoice=row.invoice, due_on=row.due, state="", import_ref=row.payment_id,
    )  # fmt: skip
    ctx.session.add(order)
    for state in PATH[PaymentState(row.state)]:
        move_payment(ctx, order, state)
    order.ended_on = row.settled_on
    return "created"
