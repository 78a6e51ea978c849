"""What the encashment tools answer; amounts in EUR to the cent."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.core_business.encashment.debts import Debt, Sum
from modules.core_business.encashment.reasons import reason, reasons
from modules.core_business.encashment.rules import Age, Cover, days_overdue
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.states import LABELS as STATES
from modules.insurance.kernel.states import ReceiptState
from tools import Slot
from tools.results import Result

NAMED: Final = 5  # receipts that an answer names one by one
ReceiptId: TypeAlias = Annotated[str, Slot(ref="receipt")]
PolicyId: TypeAlias = Annotated[str, Slot(ref="policy")]
CustomerId: TypeAlias = Annotated[str, Slot(ref="customer")]

AGES: Final[dict[Age, str]] = {
    Age.NOT_DUE: N_("sin vencer"),
    Age.UP_TO_30: N_("hasta 30 días"),
    Age.UP_TO_60: N_("de 31 a 60 días"),
    Age.UP_TO_90: N_("de 61 a 90 días"),
    Age.OVER_90: N_("más de 90 días"),
}
COVERS: Final[dict[Cover, str]] = {
    Cover.NOT_DUE: N_("Aún no ha vencido."),
    Cover.FIRST_PREMIUM_UNPAID: N_("Es la primera prima: sin pagarla no hay cobertura, salvo pacto (LCS art. 15)."),
    Cover.IN_GRACE: N_("La cobertura sigue hasta el {suspended} (LCS art. 15)."),
    Cover.SUSPENDED: N_(
        "La cobertura está suspendida desde el {suspended}; el contrato se extingue el {extinct} "
        "si la aseguradora no reclama (LCS art. 15)."
    ),
    Cover.EXTINCT: N_("Si la aseguradora no reclamó el pago, el contrato quedó extinguido el {extinct} (LCS art. 15)."),
}


def written(day: date, locale: Locale) -> str:
    """A date as people write it: 22/11/2026, 22 Nov 2026."""
    return f"{day:%d %b %Y}" if locale == "en" else f"{day:%d/%m/%Y}"


class DebtRow(BaseModel):
    """One receipt in a list; `days_overdue` is 0 until the due date has passed."""

    model_config = ConfigDict(frozen=True)

    receipt: ReceiptId
    receipt_number: str
    policy: PolicyId
    policy_number: str
    line: str
    customer: CustomerId
    customer_name: str
    due_on: date
    total: Money
    state: str
    days_overdue: int
    cover: Cover
    returned_reason: str | None
    collected_by: str

    def told(self, locale: Locale) -> str:
        """Number, line, due date, amount and state."""
        text = (
            N_("n.º {number} ({line}), venció el {due}, {total}, {state}")
            if self.days_overdue
            else N_("n.º {number} ({line}), vence el {due}, {total}, {state}")
        )
        state = translate(STATES[self.state], locale)
        if self.returned_reason in reasons():
            state = f"{state}: {reason(self.returned_reason).meaning(locale)}"
        return translate(
            text,
            locale,
            number=self.receipt_number,
            line=line_label(self.line, locale),
            due=written(self.due_on, locale),
            total=format_money(self.total, locale),
            state=state,
        )


def debt_row(debt: Debt, today: date) -> DebtRow:
    """One receipt as listed on `today`."""
    receipt, policy, customer, _ = debt
    return DebtRow(
        receipt=str(receipt.id),
        receipt_number=receipt.receipt_number,
        policy=str(policy.id),
        policy_number=policy.policy_number,
        line=policy.line,
        customer=str(customer.id),
        customer_name=customer.name,
        due_on=receipt.due_on,
        total=receipt.total,
        state=receipt.state,
        days_overdue=days_overdue(receipt.due_on, today),
        cover=debt.clock(today).cover,
        returned_reason=receipt.returned_reason if receipt.state == ReceiptState.RETURNED else None,
        collected_by=receipt.collected_by,
    )


class Bucket(BaseModel):
    """The receipts of one age."""

    model_config = ConfigDict(frozen=True)

    age: Age
    count: int
    total: Money


def buckets(parts: dict[Age, Sum]) -> tuple[Bucket, ...]:
    """The sums by age, youngest first."""
    return tuple(Bucket(age=age, count=part.count, total=part.total) for age, part in parts.items())


def listed(rows: Sequence[DebtRow], count: int, locale: Locale) -> str:
    """The first rows, and how many more there are."""
    named = "; ".join(row.told(locale) for row in rows[:NAMED])
    left = count - min(len(rows), NAMED)
    more = translate(N_("y {left} más"), locale, left=left)
    return f"{named}; {more}" if left > 0 else named


def aged(ageing: Sequence[Bucket], locale: Locale) -> str:
    """The ages that hold anything, with their totals."""
    return "; ".join(
        f"{translate(AGES[part.age], locale)}: {part.count} ({format_money(part.total, locale)})"
        for part in ageing
        if part.count
    )


class PendingList(Result):
    """Receipts that wait for payment, oldest first, and apart from them those that came back.

    `count`, `total` and `ageing` are of the pending ones alone, all of them, also where
    `receipts` was cut at the limit; `returned` holds the returned and the claimed ones.
    """

    customer: CustomerId | None
    name: str | None
    on: date
    receipts: tuple[DebtRow, ...]
    count: int
    total: Money
    ageing: tuple[Bucket, ...]
    returned: tuple[DebtRow, ...]
    returned_count: int
    returned_total: Money

    def told(self, locale: Locale) -> str:
        """Count and total, the receipts of one customer or the ages of all, then the returned."""
        parts = [self._pending(locale)]
        if self.returned_count:
            text = (
                N_("Además, 1 recibo devuelto por {total}.")
                if self.returned_count == 1
                else N_("Además, {count} recibos devueltos por {total}.")
            )
            total = format_money(self.returned_total, locale)
            said = translate(text, locale, count=self.returned_count, total=total)
            detail = listed(self.returned, self.returned_count, locale) if self.name else ""
            parts.append(f"{said.removesuffix('.')}: {detail}." if detail else said)
        return " ".join(parts)

    def _pending(self, locale: Locale) -> str:
        total = format_money(self.total, locale)
        values = {"name": self.name, "count": self.count, "total": total}
        if not self.count:
            text = N_("{name} no tiene recibos pendientes.") if self.name else N_("No hay recibos pendientes.")
            return translate(text, locale, **values)
        if not self.name:
            said = translate(N_("Hay {count} recibos pendientes por un total de {total}."), locale, **values)
            return f"{said.removesuffix('.')}: {aged(self.ageing, locale)}."
        text = (
            N_("{name} tiene 1 recibo pendiente por {total}")
            if self.count == 1
            else N_("{name} tiene {count} recibos pendientes por un total de {total}")
        )
        return f"{translate(text, locale, **values)}: {listed(self.receipts, self.count, locale)}."


class OverdueList(Result):
    """Unpaid receipts past their due date, oldest first, with their ages.

    `count`, `total` and `ageing` are of all of them, also where `receipts` was cut.
    """

    customer: CustomerId | None
    name: str | None
    on: date
    receipts: tuple[DebtRow, ...]
    count: int
    total: Money
    ageing: tuple[Bucket, ...]

    def told(self, locale: Locale) -> str:
        """Count and total, the ages, and the receipts of one customer or the oldest of all."""
        values = {"name": self.name, "count": self.count, "total": format_money(self.total, locale)}
        if not self.count:
            text = N_("{name} no tiene recibos vencidos.") if self.name else N_("No hay recibos vencidos.")
            return translate(text, locale, **values)
        if self.name:
            text = (
                N_("{name} tiene 1 recibo vencido por {total}.")
                if self.count == 1
                else N_("{name} tiene {count} recibos vencidos por un total de {total}.")
            )
        else:
            text = N_("Hay {count} recibos vencidos por un total de {total}.")
        said = translate(text, locale, **values).removesuffix(".")
        which = N_("Detalle: {detail}.") if self.name else N_("Los más antiguos: {detail}.")
        detail = translate(which, locale, detail=listed(self.receipts, self.count, locale))
        return f"{said}: {aged(self.ageing, locale)}. {detail}"


class HistoryRow(BaseModel):
    """One event of a receipt: collected, returned or reminded."""

    model_config = ConfigDict(frozen=True)

    on: date
    event: str
    detail: str


class ReceiptView(Result):
    """One receipt with its amounts, its history and what its non-payment means."""

    receipt: ReceiptId
    receipt_number: str
    policy: PolicyId
    policy_number: str
    line: str
    insurer: str
    customer: CustomerId
    customer_name: str
    kind: str
    state: str
    issued_on: date
    period_from: date
    period_to: date
    due_on: date
    premium: Money
    surcharges: Money
    ips: Money
    total: Money
    collected_by: str
    paid_on: date | None
    paid_medium: str | None
    returned_on: date | None
    returned_reason: str | None
    days_overdue: int
    cover: Cover | None  # None once nothing is owed
    suspended_after: date
    extinct_after: date
    history: tuple[HistoryRow, ...]

    def told(self, locale: Locale) -> str:
        """Whose, for what, how much, in which state, and the legal effect."""
        text = N_("Recibo {number} de {name}, póliza {policy} ({line}): {total}, {state}, vencimiento {due}.")
        head = translate(
            text,
            locale,
            number=self.receipt_number,
            name=self.customer_name,
            policy=self.policy_number,
            line=line_label(self.line, locale),
            total=format_money(self.total, locale),
            due=written(self.due_on, locale),
            state=translate(STATES[self.state], locale),
        )
        parts = [head]
        if self.paid_on:
            parts.append(translate(N_("Pagado el {on}."), locale, on=written(self.paid_on, locale)))
        if self.cover:
            dates = {"suspended": written(self.suspended_after, locale), "extinct": written(self.extinct_after, locale)}
            parts.append(translate(COVERS[self.cover], locale, **dates))
        return " ".join(parts)


class Collected(Result):
    """A receipt that has been collected."""

    receipt: ReceiptId
    receipt_number: str
    customer_name: str
    total: Money
    paid_on: date
    medium: str
    state: str

    def told(self, locale: Locale) -> str:
        """What was collected."""
        text = N_("Cobrado el recibo {number} de {name}: {total}, pagado el {on}.")
        return translate(
            text,
            locale,
            number=self.receipt_number,
            name=self.customer_name,
            total=format_money(self.total, locale),
            on=written(self.paid_on, locale),
        )


class Returned(Result):
    """A receipt that came back from the bank."""

    receipt: ReceiptId
    receipt_number: str
    customer_name: str
    total: Money
    returned_on: date
    reason_code: str
    attempts: int
    state: str

    def told(self, locale: Locale) -> str:
        """What came back, why, and what to do now."""
        why = reason(self.reason_code)
        text = N_("Devuelto el recibo {number} de {name} por {total}: {code}, {meaning}. {next_step}")
        return translate(
            text,
            locale,
            number=self.receipt_number,
            name=self.customer_name,
            code=why.code,
            total=format_money(self.total, locale),
            meaning=why.meaning(locale),
            next_step=why.next_step(locale),
        )


class Reminded(Result):
    """A reminder that leaves after the commit."""

    receipt: ReceiptId
    receipt_number: str
    customer_name: str
    recipient: str
    language: str
    subject: str

    def told(self, locale: Locale) -> str:
        """To whom it goes, and about what."""
        text = N_("Recordatorio del recibo {number} enviado a {name} ({recipient}).")
        return translate(text, locale, number=self.receipt_number, name=self.customer_name, recipient=self.recipient)
