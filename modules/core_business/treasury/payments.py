"""Payments: ordering one to a payee of the register, and following it to its end."""

from datetime import date
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import Field
from sqlmodel import col, func, select

from core.context import Context, Effect
from core.errors import BadArguments, Conflict
from core.i18n import N_, translate
from core.identifiers import instant_of, new_id
from core.money import ZERO, Money
from modules.core_business.treasury.delivery import state_of_file, withdraw_file
from modules.core_business.treasury.lookup import PayeeRef, PaymentRef, alive, resolve_payee, resolve_payment
from modules.core_business.treasury.records import HouseAccount, Payee, PaymentMovement, PaymentOrder
from modules.core_business.treasury.review import Findings, review
from modules.core_business.treasury.rules import (
    FARTHEST,
    REPEATED,
    Standing,
    end_to_end_id,
    payable_from,
    payment_number,
    source_of,
    standing,
)
from modules.core_business.treasury.sepa import LARGEST, Party, Transfer, credit_transfer
from modules.core_business.treasury.states import FINAL, NEVER_PAID, PaymentState, check_move
from modules.core_business.treasury.views import (
    PURPOSES,
    Delivered,
    MovementRow,
    PaymentHistory,
    PaymentList,
    PaymentView,
    StateSum,
    clock,
    payment_view,
)
from tools import Risk, Slot, tool
from tools.marks import Guard
from tools.results import Review

Limit: TypeAlias = Annotated[int, Field(ge=1, le=200)]
Amount: TypeAlias = Annotated[
    Money,
    Field(gt=0, le=LARGEST),
    Guard.AMOUNT,
    Slot(ask=N_("¿Qué importe?"), cues=("importe", "amount"), units=("€", "euros", "EUR")),
]
Reason: TypeAlias = Annotated[str, Field(min_length=3, max_length=300), Slot(ask=N_("¿Por qué?"))]
StateChoice: TypeAlias = Annotated[
    PaymentState,
    Slot(
        words={
            "ordered": ("por salir", "que no han salido", "not yet sent"),
            "sent": ("enviados", "enviado", "sent"),
            "settled": ("liquidados", "liquidado", "settled"),
            "failed": ("fallidos", "fallido", "failed"),
            "cancelled": ("anulados", "anulado", "cancelled"),
            "unknown": ("resultado desconocido", "unknown"),
        }
    ),
]


class NotPayable(Conflict):
    """The payee is out of use, its account is not confirmed, or rests."""

    text = N_("No se puede pagar a {name}: {reason}.")


class AlreadyOrdered(Conflict):
    """The same invoice of the same payee was ordered for the same amount, and has not failed."""

    text = N_("La factura {invoice} de {name} ya tiene el pago {number}.")


class NoHouseAccount(Conflict):
    """The house has not said from which account such payments leave."""

    text = N_("Falta la cuenta {purpose} de la correduría desde la que se paga: la registra Administración.")


class TooLateToCancel(Conflict):
    """The bank's file has left, or is leaving."""

    text = N_("El pago {number} ya ha salido hacia el banco: reclámelo al banco, aquí no se puede anular.")


NOT_PAYABLE: Final[dict[Standing, str]] = {
    Standing.INACTIVE: N_("está dado de baja en el registro"),
    Standing.UNVERIFIED: N_("falta comprobar su cuenta por teléfono"),
    Standing.COOLING_OFF: N_("su cuenta es nueva y espera hasta el {until}"),
}
SAME_AMOUNT: Final = N_("Ya se ordenó a este beneficiario un pago del mismo importe en las últimas 24 horas.")
SAME_INVOICE: Final = N_("Ya se ordenó otro pago de esta misma factura, por otro importe.")


@tool(
    Risk.MONEY,
    permission="treasury:pay",
    title=N_("Ordenar un pago"),
    examples=(
        "Paga 968,00 € a Talleres Ebro por la factura F-93",
        "Haz una transferencia de 300 euros al proveedor Talleres Ebro",
        "Ordena el pago de la factura de Talleres Ebro",
        "Pay €968.00 to Ebro Workshops for invoice F-93",
        "Make a bank transfer to the supplier Ebro Workshops",
    ),
)
def create_payment(
    ctx: Context,
    payee: Annotated[PayeeRef, Guard.DESTINATION],
    amount: Amount,
    concept: Annotated[
        str, Field(min_length=1, max_length=140), Slot(ask=N_("¿Qué concepto?"), cues=("concepto", "por", "for"))
    ],
    invoice: Annotated[str | None, Field(max_length=40), Slot(cues=("factura", "invoice"))] = None,
    due: Annotated[date | None, Slot(cues=("para el", "vence el", "due"))] = None,
) -> PaymentView:
    """Order a SEPA transfer in EUR to a payee of the register; its file leaves for the bank.

    The payee is named, never an account: the money goes to the registered one, if that is
    confirmed and past its 24 hours. `due` is the day on which the bank should do it, today
    unless said otherwise.
    """
    found = resolve_payee(ctx, payee)
    stands = standing(found, ctx.now)
    ctx.weigh(
        amount=amount,
        registered=stands is Standing.PAYABLE,
        conflicted=tuple(dict.fromkeys((found.registered_by, found.account_changed_by))),
    )
    if stands is not Standing.PAYABLE:
        until = clock(payable_from(found), ctx.actor.zone)
        raise NotPayable(name=found.name, reason=translate(NOT_PAYABLE[stands], ctx.actor.locale, until=until))
    ctx.weigh(reason=repeated(ctx, found, amount, invoice))
    house = house_account(ctx, found)
    if due is not None and not ctx.today <= due <= ctx.today + FARTHEST:
        raise BadArguments(field="due", problem=N_("debe ser hoy o una fecha del próximo año"))
    id = new_id()
    order = PaymentOrder(
        id=id, number=payment_number(id), end_to_end_id=end_to_end_id(id), payee_id=found.id, payee_name=found.name,
        iban=found.iban, house_account_id=house.id, amount=amount, concept=concept, invoice=invoice,
        due_on=due or ctx.today, state="",
    )  # fmt: skip
    ctx.session.add(order)
    # The order must be there before the movements that refer to it.
    move_payment(ctx, order, PaymentState.PROPOSED)
    move_payment(ctx, order, PaymentState.ORDERED)
    ctx.effect(bank_file(order, house))
    ctx.emit("payment.ordered", order.id, payee=str(found.id), amount=str(amount))
    return payment_view(order)


def repeated(ctx: Context, payee: Payee, amount: Money, invoice: str | None) -> str:
    """Why a person should look because the payment looks like an earlier one; "" if it does not.

    Raises:
        AlreadyOrdered: it is the same invoice for the same amount.
    """
    live = (PaymentOrder.payee_id == payee.id, col(PaymentOrder.state).not_in(NEVER_PAID), alive(PaymentOrder))
    if invoice:
        same = ctx.session.exec(select(PaymentOrder).where(*live, PaymentOrder.invoice == invoice)).all()
        for order in same:
            if order.amount == amount:
                raise AlreadyOrdered(invoice=invoice, name=payee.name, number=order.number)
        if same:
            return SAME_INVOICE
    lately = (PaymentOrder.amount == amount, col(PaymentOrder.created_at) > ctx.now - REPEATED)
    return SAME_AMOUNT if ctx.session.exec(select(PaymentOrder.id).where(*live, *lately)).first() else ""


def house_account(ctx: Context, payee: Payee) -> HouseAccount:
    """The account that pays `payee`: the house's own, or the clients'."""
    purpose = source_of(payee.kind)
    found = ctx.session.exec(
        select(HouseAccount).where(HouseAccount.purpose == purpose.value, alive(HouseAccount))
    ).first()
    if found is None:
        raise NoHouseAccount(purpose=translate(PURPOSES[purpose], ctx.actor.locale))
    return found


def bank_file(order: PaymentOrder, house: HouseAccount) -> Effect:
    """The file that asks the bank for `order`."""
    body = credit_transfer(
        Transfer(
            message_id=order.end_to_end_id,
            end_to_end_id=order.end_to_end_id,
            created_at=instant_of(order.id),
            execute_on=order.due_on,
            debtor=Party(house.holder, house.iban, house.bic, house.id_number),
            creditor=Party(order.payee_name, order.iban),
            amount=order.amount,
            concept=f"{order.invoice} {order.concept}" if order.invoice else order.concept,
        )
    )
    return Effect("file", house.bank, f"{order.number}.xml", body, key=order.id, extra={"encoding": "utf-8"})


def move_payment(ctx: Context, order: PaymentOrder, to: PaymentState, reason: str = "") -> None:
    """Bring `order` into state `to`, and write the movement.

    Raises:
        UnlawfulPaymentMove: it may not go there.
    """
    before = order.state or None
    check_move(order.number, before, to)
    order.state, order.reason = to.value, reason
    if to in FINAL:
        order.ended_on = ctx.today
    ctx.session.add(order)
    ctx.session.flush()
    ctx.session.add(PaymentMovement(order_id=order.id, from_state=before, to_state=to.value, amount=order.amount))


def follow_file(ctx: Context, order: PaymentOrder) -> None:
    """Bring the order in line with what became of its file."""
    state = state_of_file(ctx, order.id)
    waiting = order.state in (PaymentState.ORDERED, PaymentState.UNKNOWN)
    if waiting and state is not None and state.value != order.state:
        move_payment(ctx, order, state)


@tool(
    Risk.WRITE,
    permission="treasury:pay",
    title=N_("Actualizar los pagos enviados"),
    examples=(
        "Actualiza los pagos que han salido hacia el banco",
        "¿Qué pagos ordenados han salido ya? Ponlos al día",
        "Update the payments that have left for the bank",
    ),
)
def update_payments(ctx: Context) -> Delivered:
    """Bring all ordered payments in line with what became of their files: sent, failed or unknown."""
    counts = dict.fromkeys(PaymentState, 0)
    waiting = (PaymentState.ORDERED, PaymentState.UNKNOWN)
    query = select(PaymentOrder).where(col(PaymentOrder.state).in_(waiting), alive(PaymentOrder))
    for order in ctx.session.exec(query.order_by(col(PaymentOrder.id))).all():
        before = order.state
        follow_file(ctx, order)
        counts[PaymentState(order.state)] += 1
        if order.state != before:
            ctx.emit(f"payment.{order.state}", order.id)
    return Delivered(
        sent=counts[PaymentState.SENT], failed=counts[PaymentState.FAILED], unknown=counts[PaymentState.UNKNOWN],
        waiting=counts[PaymentState.ORDERED],
    )  # fmt: skip


@tool(
    Risk.WRITE,
    permission="treasury:pay",
    title=N_("Dar un pago por liquidado"),
    examples=(
        "El banco ha cargado el pago PG-2026-9F3A01BC",
        "Marca como liquidado el pago PG-2026-9F3A01BC",
        "Mark the payment PG-2026-9F3A01BC as settled",
    ),
)
def settle_payment(ctx: Context, payment: Annotated[PaymentRef, Guard.SUBJECT]) -> PaymentView:
    """Note that the bank has paid an order that was sent, as its statement shows."""
    order = resolve_payment(ctx, payment)
    follow_file(ctx, order)
    move_payment(ctx, order, PaymentState.SETTLED)
    ctx.emit("payment.settled", order.id, amount=str(order.amount))
    return payment_view(order)


@tool(
    Risk.WRITE,
    permission="treasury:pay",
    title=N_("Dar un pago por fallido"),
    examples=(
        "El banco ha rechazado el pago PG-2026-9F3A01BC, cuenta cerrada",
        "Marca como fallido el pago PG-2026-9F3A01BC",
        "The bank rejected payment PG-2026-9F3A01BC",
    ),
)
def fail_payment(ctx: Context, payment: Annotated[PaymentRef, Guard.SUBJECT], reason: Reason) -> PaymentView:
    """Note that the bank did not pay an order that was sent, and why. It may then be ordered again."""
    order = resolve_payment(ctx, payment)
    follow_file(ctx, order)
    if order.state == PaymentState.ORDERED:
        raise Conflict(reason=N_("el fichero del pago aún no ha salido: anúlelo en lugar de darlo por fallido"))
    move_payment(ctx, order, PaymentState.FAILED, reason)
    ctx.emit("payment.failed", order.id, amount=str(order.amount))
    return payment_view(order)


@tool(
    Risk.WRITE,
    permission="treasury:pay",
    title=N_("Anular un pago"),
    examples=(
        "Anula el pago PG-2026-9F3A01BC",
        "Cancela la transferencia que aún no ha salido",
        "Cancel the payment PG-2026-9F3A01BC",
    ),
)
def cancel_payment(ctx: Context, payment: Annotated[PaymentRef, Guard.SUBJECT], reason: Reason) -> PaymentView:
    """Cancel an order whose file has not left for the bank yet; the file is stopped with it."""
    order = resolve_payment(ctx, payment)
    if order.state == PaymentState.ORDERED and not withdraw_file(ctx, order.id, reason):
        raise TooLateToCancel(number=order.number)
    move_payment(ctx, order, PaymentState.CANCELLED, reason)
    ctx.emit("payment.cancelled", order.id, amount=str(order.amount))
    return payment_view(order)


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Pagos"),
    examples=(
        "¿Qué pagos hemos ordenado?",
        "Pagos a Talleres Ebro",
        "Lista de pagos de tesorería enviados",
        "Which payments have we ordered?",
        "List the payments to Ebro Workshops",
    ),
)
def list_payments(
    ctx: Context, payee: PayeeRef | None = None, state: StateChoice | None = None, limit: Limit = 50
) -> PaymentList:
    """Payment orders, newest first, of one payee or of all, with count and total by state."""
    where: list[Any] = [alive(PaymentOrder)]
    if payee:
        where.append(col(PaymentOrder.payee_id) == resolve_payee(ctx, payee).id)
    if state:
        where.append(col(PaymentOrder.state) == state.value)
    newest = select(PaymentOrder).where(*where).order_by(col(PaymentOrder.id).desc()).limit(limit)
    sums = ctx.session.exec(
        select(PaymentOrder.state, func.count(), func.sum(PaymentOrder.amount))
        .where(*where)
        .group_by(PaymentOrder.state)
        .order_by(PaymentOrder.state)
    ).all()
    return PaymentList(
        payments=tuple(payment_view(order) for order in ctx.session.exec(newest)),
        count=sum(count for _, count, _ in sums),
        total=sum((total for _, _, total in sums), ZERO),
        by_state=tuple(StateSum(state=state, count=count, total=total) for state, count, total in sums),
    )


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Ver un pago"),
    examples=(
        "Enséñame el pago PG-2026-9F3A01BC",
        "¿En qué estado está el pago PG-2026-9F3A01BC?",
        "Show payment PG-2026-9F3A01BC",
    ),
)
def show_payment(ctx: Context, payment: PaymentRef) -> PaymentHistory:
    """One payment order with the states that it went through; the account is masked."""
    order = resolve_payment(ctx, payment)
    return PaymentHistory(**dict(payment_view(order)), movements=_movements(ctx, order.id))


def _movements(ctx: Context, order_id: UUID) -> tuple[MovementRow, ...]:
    query = select(PaymentMovement).where(PaymentMovement.order_id == order_id).order_by(col(PaymentMovement.id))
    return tuple(
        MovementRow(on=m.created_at.date(), from_state=m.from_state, to_state=m.to_state)
        for m in ctx.session.exec(query)
    )


@tool(
    Risk.READ,
    permission="treasury:read",
    title=N_("Revisar un pago"),
    examples=(
        "Revisa el pago a Talleres Ebro antes de ordenarlo",
        "¿Podemos fiarnos del pago a Talleres Ebro?",
        "¿Está duplicado el pago de la factura?",
        "Review the payment to Ebro Workshops",
        "Is the payment to Ebro Workshops sound?",
    ),
)
def review_payment(
    ctx: Context,
    payee: PayeeRef,
    amount: Annotated[Money | None, Slot(cues=("importe", "amount"), units=("€", "euros", "EUR"))] = None,
    invoice: Annotated[str | None, Field(max_length=40), Slot(cues=("factura", "invoice"))] = None,
) -> Review:
    """What to mind before paying a payee: new or changed account, unusual amount, duplicates."""
    found = resolve_payee(ctx, payee)
    past = ctx.session.exec(select(PaymentOrder).where(PaymentOrder.payee_id == found.id, alive(PaymentOrder))).all()
    findings = Findings(ctx.actor.locale, ctx.actor.zone, ctx.now)
    return Review(subject=found.name, findings=review(found, amount, invoice, past, findings))
