"""What the treasury tools answer; amounts in EUR to the cent, accounts always masked."""

from datetime import date, datetime
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.core_business.crm.views import mask_iban
from modules.core_business.treasury.records import HouseAccount, Payee, PayeeKind, PaymentOrder, Purpose
from modules.core_business.treasury.rules import Standing, payable_from, standing
from modules.core_business.treasury.states import LABELS
from tools import Slot
from tools.marks import External
from tools.results import Result

PayeeId: TypeAlias = Annotated[str, Slot(ref="payee")]
PaymentNumber: TypeAlias = Annotated[str, Slot(ref="payment")]
TOLD: Final = 5  # rows of a list that are said; the rest are counted

KINDS: Final[dict[str, str]] = {
    PayeeKind.SUPPLIER: N_("proveedor"),
    PayeeKind.CUSTOMER: N_("cliente"),
    PayeeKind.INSURER: N_("aseguradora"),
    PayeeKind.COLLABORATOR: N_("colaborador"),
    PayeeKind.TAX_OFFICE: N_("Administración tributaria"),
}
STANDINGS: Final[dict[Standing, str]] = {
    Standing.PAYABLE: N_("cuenta comprobada, se le puede pagar"),
    Standing.INACTIVE: N_("dado de baja"),
    Standing.UNVERIFIED: N_("cuenta sin comprobar por teléfono"),
    Standing.COOLING_OFF: N_("cuenta comprobada, en espera hasta el {until}"),
}
PURPOSES: Final[dict[str, str]] = {
    Purpose.OWN: N_("propia"),
    Purpose.CLIENTS: N_("de clientes"),
}


def written(day: date, locale: Locale) -> str:
    """A date as people write it: 22/11/2026, 22 Nov 2026."""
    return f"{day:%d %b %Y}" if locale == "en" else f"{day:%d/%m/%Y}"


def clock(instant: datetime, zone: str) -> str:
    """An instant as people write it, in the tenant's zone: 22/11/2026 18:05."""
    return f"{instant.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M}"


def masked(iban: str) -> str:
    """The account as people recognise it."""
    return mask_iban(iban) or ""


class CallBack(BaseModel):
    """The call that confirmed an account."""

    model_config = ConfigDict(frozen=True)

    phone: str
    source: External
    person: str
    on: date


class PayeeView(Result):
    """A payee of the register; `payable_from` is the end of the cooling-off of its account."""

    payee: PayeeId
    name: str
    kind: str
    id_number: str
    account: str
    customer: Annotated[str, Slot(ref="customer")] | None
    phone: str | None
    phone_since: date | None
    standing: Standing
    payable_from: datetime
    call_back: CallBack | None
    until: str  # `payable_from` as people write it

    def told(self, locale: Locale) -> str:
        """Who it is, the masked account, and whether it may be paid."""
        said = translate(STANDINGS[self.standing], locale, until=self.until)
        text = N_("{name} ({kind}, {id_number}), cuenta {account}: {standing}.")
        return translate(
            text,
            locale,
            name=self.name,
            kind=translate(KINDS[self.kind], locale),
            id_number=self.id_number,
            account=self.account,
            standing=said,
        )


def payee_view(payee: Payee, now: datetime, zone: str) -> PayeeView:
    """`payee` as shown at `now`."""
    call = None
    if payee.verified_at is not None and payee.called_phone and payee.called_on:
        call = CallBack(
            phone=payee.called_phone, source=payee.called_source, person=payee.called_person, on=payee.called_on
        )
    return PayeeView(
        payee=str(payee.id),
        name=payee.name,
        kind=payee.kind,
        id_number=payee.id_number,
        account=masked(payee.iban),
        customer=str(payee.customer_id) if payee.customer_id else None,
        phone=payee.phone,
        phone_since=payee.phone_since,
        standing=standing(payee, now),
        payable_from=payable_from(payee),
        call_back=call,
        until=clock(payable_from(payee), zone),
    )


class PayeeList(Result):
    """Payees that were looked for; `total` counts those left out too."""

    payees: tuple[PayeeView, ...]
    total: int

    def told(self, locale: Locale) -> str:
        """How many, and the first few."""
        if not self.total:
            return translate(N_("No hay ningún beneficiario así en el registro."), locale)
        head = translate(N_("Beneficiarios: {total}."), locale, total=self.total)
        return told_rows(head, [row.told(locale) for row in self.payees], self.total, locale)


def told_rows(head: str, rows: list[str], total: int, locale: Locale) -> str:
    """The head, the first few rows, and how many more there are."""
    shown = rows[:TOLD]
    if total > len(shown):
        shown.append(translate(N_("Y {count} más."), locale, count=total - len(shown)))
    return " ".join((head, *shown))


class PaymentView(Result):
    """A payment order as it stands."""

    payment: PaymentNumber
    payee: PayeeId
    payee_name: str
    account: str
    amount: Money
    currency: str
    concept: External
    invoice: External | None
    due_on: date
    state: str
    ended_on: date | None
    reason: External
    end_to_end_id: str

    def told(self, locale: Locale) -> str:
        """How much, to whom, for what, and where it stands."""
        text = N_("Pago {payment} de {amount} a {name} ({account}), «{concept}», para el {due}: {state}.")
        return translate(
            text,
            locale,
            payment=self.payment,
            amount=format_money(self.amount, locale),
            name=self.payee_name,
            account=self.account,
            concept=self.concept,
            due=written(self.due_on, locale),
            state=translate(LABELS[self.state], locale),
        )


def payment_view(order: PaymentOrder) -> PaymentView:
    """`order` as shown."""
    own = order.model_dump(include={"payee_name", "amount", "currency", "concept", "invoice", "due_on", "state",
                                    "ended_on", "reason", "end_to_end_id"})  # fmt: skip
    return PaymentView(**own, payment=order.number, payee=str(order.payee_id), account=masked(order.iban))


class MovementRow(BaseModel):
    """One move of a payment order, with the day of it."""

    model_config = ConfigDict(frozen=True)

    on: date
    from_state: str | None
    to_state: str


class PaymentHistory(PaymentView):
    """A payment order with the states that it went through."""

    movements: tuple[MovementRow, ...]


class StateSum(BaseModel):
    """The orders of one state."""

    model_config = ConfigDict(frozen=True)

    state: str
    count: int
    total: Money


class PaymentList(Result):
    """Payments that were looked for, newest first, with the sums by state of all that fit."""

    payments: tuple[PaymentView, ...]
    count: int
    total: Money
    by_state: tuple[StateSum, ...]

    def told(self, locale: Locale) -> str:
        """How many and how much, and the first few."""
        if not self.count:
            return translate(N_("No hay ningún pago así."), locale)
        total = format_money(self.total, locale)
        head = translate(N_("Pagos: {count}, por {total}."), locale, count=self.count, total=total)
        return told_rows(head, [row.told(locale) for row in self.payments], self.count, locale)


class Delivered(Result):
    """What became of the files that had left or were about to."""

    sent: int
    failed: int
    unknown: int
    waiting: int

    def told(self, locale: Locale) -> str:
        """The four counts."""
        text = N_("Enviados al banco: {sent}; fallidos: {failed}; de resultado desconocido: {unknown}; "
                  "a la espera: {waiting}.")  # fmt: skip
        return translate(text, locale, sent=self.sent, failed=self.failed, unknown=self.unknown, waiting=self.waiting)


class HouseAccountView(Result):
    """An account of the house."""

    purpose: str
    holder: str
    account: str
    bank: str

    def told(self, locale: Locale) -> str:
        """Whose money lies in it, and which one it is."""
        purpose = translate(PURPOSES[self.purpose], locale)
        text = N_("Cuenta {purpose} de {holder}: {account} ({bank}).")
        return translate(text, locale, purpose=purpose, holder=self.holder, account=self.account, bank=self.bank)


def house_account_view(account: HouseAccount) -> HouseAccountView:
    """`account` as shown."""
    return HouseAccountView(
        purpose=account.purpose, holder=account.holder, account=masked(account.iban), bank=account.bank
    )


class ImportReport(Result):
    """What an import did; a second import of the same rows leaves all unchanged."""

    created: int
    updated: int
    unchanged: int

    def told(self, locale: Locale) -> str:
        """The three counts."""
        text = N_("Importación terminada: {created} altas, {updated} cambios y {unchanged} sin cambios.")
        return translate(text, locale, created=self.created, updated=self.updated, unchanged=self.unchanged)
