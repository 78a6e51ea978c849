"""The encashment tools: what is owed, collecting it, taking it back, asking for it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context, Effect
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.money import Money, format_money
from core.people import Tenant
from modules.core_business.crm.lookup import CustomerRef, resolve_customer
from modules.core_business.crm.records import Customer
from modules.core_business.encashment.consequences import follow
from modules.core_business.encashment.debts import (
    OWED,
    PENDING,
    RETURNABLE,
    RETURNED,
    Debt,
    debts,
    due_before,
    in_states,
    of_customer,
    resolve_debt,
    sums,
    whole,
)
from modules.core_business.encashment.letters import reminder
from modules.core_business.encashment.reasons import reason
from modules.core_business.encashment.records import Collection, Medium, Reminder, ReturnNotice
from modules.core_business.encashment.review import review
from modules.core_business.encashment.rules import REMIND_AGAIN, days_overdue
from modules.core_business.encashment.views import (
    Collected,
    HistoryRow,
    OverdueList,
    PendingList,
    ReceiptView,
    Reminded,
    Returned,
    buckets,
    debt_row,
    written,
)
from modules.insurance.kernel.lookup import ReceiptRef
from modules.insurance.kernel.states import LABELS as STATES
from modules.insurance.kernel.states import ReceiptState, move
from tools import Risk, Slot, tool
from tools.panels import Panel, panel
from tools.results import Review

PANEL_ROWS: Final = 10
Limit = Annotated[int, Field(ge=1, le=500)]
MediumChoice = Annotated[
    Medium,
    Slot(
        ask=N_("¿Cómo se ha pagado: efectivo, tarjeta, transferencia o domiciliación?"),
        words={
            "cash": ("efectivo", "metálico", "caja", "cash"),
            "card": ("tarjeta", "tpv", "card"),
            "transfer": ("transferencia", "bizum", "transfer"),
            "direct_debit": ("domiciliación", "domiciliado", "remesa", "adeudo", "direct debit"),
            "insurer": ("la compañía", "la aseguradora", "the insurer"),
        },
    ),
]
ReasonCode = Annotated[
    str,
    Slot(
        ask=N_("¿Con qué código SEPA lo ha devuelto el banco (AM04, AC04…)?"),
        pattern=r"[A-Za-z]{2}\d{2}|[CD]NOR",
        words={
            "AM04": ("falta de fondos", "fondos insuficientes", "sin saldo", "insufficient funds"),
            "AC04": ("cuenta cerrada", "cuenta cancelada", "account closed"),
            "AC01": ("cuenta incorrecta", "wrong account"),
            "MD01": ("sin mandato", "no mandate"),
            "MD06": ("reembolso solicitado", "refund requested"),
            "MS02": ("orden del cliente", "rechazado por el cliente", "refused by the debtor"),
        },
    ),
]


class NothingToCollect(Conflict):
    """The receipt is paid, settled, cancelled or refunded: nothing is owed on it."""

    text = N_("El recibo {number} está {state}: no hay nada que cobrar.")


class WrittenLately(Conflict):
    """The customer was reminded of this receipt less than seven days ago."""

    text = N_("Ya se envió un recordatorio del recibo {number} el {on}; puede enviarse otro desde el {again}.")


class NoAddress(Conflict):
    """The customer has no registered e-mail address."""

    text = N_("{name} no tiene correo electrónico registrado: llame o escriba por correo postal.")


@tool(
    Risk.READ,
    permission="encashment:read",
    title=N_("Recibos pendientes"),
    examples=(
        "¿Qué recibos tiene pendientes Álvaro Ramos?",
        "¿Cuánto debe Raquel Gómez?",
        "Recibos pendientes de cobro",
        "¿Qué recibos quedan sin cobrar o sin pagar?",
        "Which receipts does Raquel Gómez have pending?",
        "How much does Álvaro Ramos owe?",
        "Does Raquel Gómez owe us anything?",
        "Unpaid receipts of a customer",
    ),
)
def list_pending(ctx: Context, customer: CustomerRef | None = None, limit: Limit = 20) -> PendingList:
    """Receipts that wait for payment, of one customer or of all, oldest first, with totals and ages.

    Returned and claimed receipts, which are owed too, are listed apart in `returned`.
    """
    found = resolve_customer(ctx, customer) if customer else None
    mine = of_customer(found)
    parts, back = sums(ctx, in_states(PENDING), mine), whole(sums(ctx, in_states(RETURNED), mine))
    all_ages = whole(parts)
    return PendingList(
        customer=str(found.id) if found else None,
        name=found.name if found else None,
        on=ctx.today,
        receipts=_rows(ctx, limit, in_states(PENDING), mine),
        count=all_ages.count,
        total=all_ages.total,
        ageing=buckets(parts),
        returned=_rows(ctx, limit, in_states(RETURNED), mine),
        returned_count=back.count,
        returned_total=back.total,
    )


@tool(
    Risk.READ,
    permission="encashment:read",
    title=N_("Recibos vencidos"),
    examples=(
        "¿Qué recibos están vencidos?",
        "Impagados por antigüedad",
        "¿Tiene recibos vencidos Raquel Gómez?",
        "Lista de morosos",
        "Qué clientes pagan con retraso",
        "Which receipts are overdue?",
        "Overdue receipts of Álvaro Ramos by age",
    ),
)
def list_overdue(ctx: Context, customer: CustomerRef | None = None, limit: Limit = 20) -> OverdueList:
    """Unpaid receipts past their due date, of one customer or of all, with totals by age.

    Ages are 0–30, 31–60, 61–90 and over 90 days. `cover` says what non-payment does to the
    policy: suspended one month after the due date, extinct after six (LCS art. 15).
    """
    found = resolve_customer(ctx, customer) if customer else None
    overdue = (in_states(OWED), due_before(ctx.today), of_customer(found))
    parts = sums(ctx, *overdue)
    all_ages = whole(parts)
    return OverdueList(
        customer=str(found.id) if found else None,
        name=found.name if found else None,
        on=ctx.today,
        receipts=_rows(ctx, limit, *overdue),
        count=all_ages.count,
        total=all_ages.total,
        ageing=buckets(parts),
    )


def _rows(ctx: Context, limit: int, *conditions: Any) -> tuple[Any, ...]:
    return tuple(debt_row(debt, ctx.today) for debt in debts(ctx, *conditions, limit=limit))


@tool(
    Risk.READ,
    permission="encashment:read",
    title=N_("Detalle del recibo"),
    examples=(
        "Enséñame el recibo 0904713133909",
        "¿En qué estado está el recibo RE000001?",
        "¿Por qué se devolvió el recibo?",
        "Show receipt 0904713133909",
        "Has receipt RE000001 been paid?",
    ),
)
def show_receipt(ctx: Context, receipt: ReceiptRef) -> ReceiptView:
    """One receipt: amounts, state, collections, returns, reminders and the effect on the cover."""
    debt = resolve_debt(ctx, receipt)
    found, policy, customer, insurer = debt
    clock = debt.clock(ctx.today)
    owed = found.state in (*PENDING, *RETURNED)
    fields = found.model_dump(include=set(ReceiptView.model_fields))
    return ReceiptView.model_validate(
        {
            **fields,
            "receipt": str(found.id),
            "policy": str(policy.id),
            "policy_number": policy.policy_number,
            "line": policy.line,
            "insurer": insurer.name,
            "customer": str(customer.id),
            "customer_name": customer.name,
            "days_overdue": days_overdue(found.due_on, ctx.today) if owed else 0,
            "cover": clock.cover if owed else None,
            "suspended_after": clock.suspended_after,
            "extinct_after": clock.extinct_after,
            "history": _history(ctx, found.id),
        }
    )


def _history(ctx: Context, receipt_id: UUID) -> tuple[HistoryRow, ...]:
    """Collections, returns and reminders of one receipt, oldest first."""
    locale = ctx.actor.locale
    events = []
    for paid in _events(ctx, Collection, receipt_id):
        detail = f"{paid.medium}, {format_money(paid.amount, locale)}"
        events.append((paid.created_at, HistoryRow(on=paid.paid_on, event="collected", detail=detail)))
    for back in _events(ctx, ReturnNotice, receipt_id):
        detail = f"{back.reason_code}: {reason(back.reason_code).meaning(locale)}"
        events.append((back.created_at, HistoryRow(on=back.returned_on, event="returned", detail=detail)))
    for letter in _events(ctx, Reminder, receipt_id):
        events.append((letter.created_at, HistoryRow(on=letter.sent_on, event="reminded", detail=letter.recipient)))
    return tuple(row for _, row in sorted(events, key=lambda event: event[0]))


def _events(ctx: Context, kind: Any, receipt_id: UUID) -> Sequence[Any]:
    found: Sequence[Any] = ctx.session.exec(select(kind).where(kind.receipt_id == receipt_id)).all()
    return found


@tool(
    Risk.WRITE,
    permission="encashment:write",
    title=N_("Cobrar recibo"),
    examples=(
        "Cobra el recibo 0904713133909 por transferencia",
        "Raquel Gómez ha pagado su recibo en efectivo",
        "Marca como pagado el recibo RE000002",
        "Mark receipt 0904713133909 as paid by card today",
        "Receipt RE000002 was paid by bank transfer",
    ),
)
def collect_receipt(
    ctx: Context,
    receipt: ReceiptRef,
    medium: MediumChoice,
    paid_on: Annotated[date | None, Slot(cues=("pagado el", "el día", "paid on"))] = None,
    amount: Annotated[Money | None, Slot(cues=("importe", "amount"), units=("€", "euros", "EUR"))] = None,
) -> Collected:
    """Record that a receipt has been paid in full: today unless `paid_on` says an earlier day.

    A part payment is refused: `amount`, if given, must be the receipt's total.
    """
    debt = resolve_debt(ctx, receipt)
    found, _, customer, _ = debt
    day = paid_on or ctx.today
    _collectable(ctx, debt, day, amount)
    move(found, ReceiptState.PAID)
    found.paid_on, found.paid_medium = day, medium.value
    follow(ctx, debt)
    ctx.session.add(found)
    ctx.session.add(Collection(receipt_id=found.id, amount=found.total, paid_on=day, medium=medium.value))
    ctx.emit("receipt.collected", found.id, amount=str(found.total), paid_on=day.isoformat(), medium=medium.value)
    return Collected(
        receipt=str(found.id),
        receipt_number=found.receipt_number,
        customer_name=customer.name,
        total=found.total,
        paid_on=day,
        medium=medium.value,
        state=found.state,
    )


def _collectable(ctx: Context, debt: Debt, day: date, amount: Money | None) -> None:
    receipt = debt.receipt
    if receipt.total <= 0 or receipt.state not in (*PENDING, *RETURNED):
        state = translate(STATES[receipt.state], ctx.actor.locale)
        raise NothingToCollect(number=receipt.receipt_number, state=state)
    if day > ctx.today:
        raise BadArguments(field="paid_on", problem=N_("el pago no puede ser posterior a hoy"))
    if day < receipt.issued_on:
        raise BadArguments(field="paid_on", problem=N_("el pago no puede ser anterior a la emisión del recibo"))
    if amount is not None and amount != receipt.total:
        raise BadArguments(field="amount", problem=N_("debe ser el total del recibo: no se admiten pagos parciales"))


@tool(
    Risk.WRITE,
    permission="encashment:write",
    title=N_("Devolver recibo"),
    examples=(
        "El banco ha devuelto el recibo 0904713133909 por falta de fondos",
        "Devuelve el recibo RE000003 con AC04",
        "Apunta la devolución bancaria del recibo, cuenta cerrada",
        "The bank returned receipt 0904713133909 with AM04",
        "Receipt RE000003 came back, account closed",
    ),
)
def return_receipt(
    ctx: Context,
    receipt: ReceiptRef,
    reason_code: ReasonCode,
    returned_on: Annotated[date | None, Slot(cues=("devuelto el", "returned on"))] = None,
) -> Returned:
    """Record that the bank returned a receipt's direct debit, with its SEPA reason code.

    A receipt that was paid is owed again; one that was settled will be set off in the next
    settlement with the insurer.
    """
    why = reason(reason_code)
    debt = resolve_debt(ctx, receipt, RETURNABLE)
    found, _, customer, _ = debt
    day = returned_on or ctx.today
    if day > ctx.today:
        raise BadArguments(field="returned_on", problem=N_("la devolución no puede ser posterior a hoy"))
    before = found.state
    move(found, ReceiptState.RETURNED)
    found.returned_on, found.returned_reason, found.attempts = day, why.code, found.attempts + 1
    found.paid_on, found.paid_medium = None, None
    follow(ctx, debt)
    ctx.session.add(found)
    was_paid = before in (ReceiptState.PAID, ReceiptState.SETTLED)
    ctx.session.add(
        ReturnNotice(receipt_id=found.id, amount=found.total, returned_on=day, reason_code=why.code, was_paid=was_paid)
    )
    settled = before == ReceiptState.SETTLED
    ctx.emit("receipt.returned", found.id, amount=str(found.total), reason=why.code, was_settled=settled)
    return Returned(
        receipt=str(found.id),
        receipt_number=found.receipt_number,
        customer_name=customer.name,
        total=found.total,
        returned_on=day,
        reason_code=why.code,
        attempts=found.attempts,
        state=found.state,
    )


@tool(
    Risk.MESSAGE,
    permission="encashment:remind",
    title=N_("Enviar recordatorio de pago"),
    examples=(
        "Envía un recordatorio a Raquel Gómez por su recibo pendiente",
        "Recuérdale que pague el recibo 0904713133909",
        "Reclama por correo el recibo RE000003",
        "Recuerda a Raquel Gómez que tiene un recibo pendiente",
        "Send a payment reminder for receipt 0904713133909",
        "Remind Raquel Gómez to pay her receipt",
    ),
)
def send_reminder(ctx: Context, receipt: ReceiptRef) -> Reminded:
    """Write to the customer's registered e-mail address about an unpaid receipt, in their language.

    It needs no consent, being part of the contract, but a receipt is reminded of at most
    once in seven days. The message leaves after the commit.
    """
    debt = resolve_debt(ctx, receipt)
    found, _, customer, _ = debt
    if found.total <= 0 or found.state not in (*PENDING, *RETURNED):
        state = translate(STATES[found.state], ctx.actor.locale)
        raise NothingToCollect(number=found.receipt_number, state=state)
    if not customer.email:
        raise NoAddress(name=customer.name)
    _not_lately(ctx, debt)
    letter = reminder(debt, ctx.get(Tenant, ctx.actor.tenant_id).name, ctx.today)
    extra = {"language": letter.language, "customer": str(customer.id)}
    ctx.weigh(subjects=1, registered=customer.email_settled(ctx.today), templated=True)
    ctx.effect(Effect("email", customer.email, letter.subject, letter.body, key=found.id, extra=extra))
    ctx.session.add(
        Reminder(
            receipt_id=found.id,
            customer_id=customer.id,
            recipient=customer.email,
            language=letter.language,
            sent_on=ctx.today,
            days_overdue=days_overdue(found.due_on, ctx.today),
        )
    )
    ctx.emit("receipt.reminded", found.id, customer=str(customer.id))
    return Reminded(
        receipt=str(found.id),
        receipt_number=found.receipt_number,
        customer_name=customer.name,
        recipient=customer.email,
        language=letter.language,
        subject=letter.subject,
    )


def _not_lately(ctx: Context, debt: Debt) -> None:
    newest = (
        select(col(Reminder.sent_on))
        .where(Reminder.receipt_id == debt.receipt.id)
        .order_by(col(Reminder.sent_on).desc())
        .limit(1)
    )
    last = ctx.session.exec(newest).first()
    if last is not None and ctx.today - last < REMIND_AGAIN:
        on, again = written(last, ctx.actor.locale), written(last + REMIND_AGAIN, ctx.actor.locale)
        raise WrittenLately(number=debt.receipt.receipt_number, on=on, again=again)


@tool(
    Risk.READ,
    permission="encashment:read",
    title=N_("Revisar pagos del cliente"),
    examples=(
        "Revisa cómo paga Raquel Gómez",
        "¿Es buen pagador Álvaro Ramos?",
        "Historial de pagos del cliente",
        "Review how Raquel Gómez pays",
        "Does Álvaro Ramos pay on time?",
        "Payment history of Álvaro Ramos",
    ),
)
def review_customer(ctx: Context, customer: CustomerRef) -> Review:
    """How a customer pays: overdue debt, suspended cover, returned debits, delay of the last year."""
    found = resolve_customer(ctx, customer)
    findings = review(debts(ctx, of_customer(found), col(Customer.id) == found.id), ctx.actor.locale, ctx.today)
    return Review(subject=found.name, findings=findings)


@panel("customer")
def pending_receipts(ctx: Context, customer_id: UUID) -> Panel:
    """Receipts that a customer owes, the oldest first."""
    locale = ctx.actor.locale
    owed = (in_states((*PENDING, *RETURNED)), col(Customer.id) == customer_id)
    rows = debts(ctx, *owed, limit=PANEL_ROWS)
    count = whole(sums(ctx, in_states((*PENDING, *RETURNED)), of_customer(ctx.get(Customer, customer_id)))).count
    columns = (N_("Recibo"), N_("Póliza"), N_("Vence"), N_("Importe"), N_("Estado"))
    return Panel(
        title=translate(N_("Recibos por cobrar"), locale),
        columns=tuple(translate(column, locale) for column in columns),
        rows=tuple(
            (
                debt.receipt.receipt_number,
                debt.policy.policy_number,
                written(debt.receipt.due_on, locale),
                format_money(debt.receipt.total, locale),
                translate(STATES[debt.receipt.state], locale),
            )
            for debt in rows
        ),
        more=count - len(rows),
    )
