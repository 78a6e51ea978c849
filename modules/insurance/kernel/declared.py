"""What tools of declared premiums answer (*declaraciones y liquidación*), in any line."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.declarations import Annuity, due_on, named
from modules.insurance.kernel.records import Policy, Receipt
from modules.insurance.kernel.views import PolicyNumber, ReceiptRow, day, receipt_row
from tools.results import Result


class MonthRow(BaseModel):
    """What was declared of one month."""

    model_config = ConfigDict(frozen=True)

    month: str
    declared_on: date
    amount: Money


class Declarations(Result):
    """What was declared of an annuity, what is missing, and until when."""

    policy: PolicyNumber
    begins: date
    ends: date
    months: tuple[MonthRow, ...]
    provisional: Money  # what the premium was priced on
    declared: Money
    missing: tuple[str, ...]
    late: tuple[str, ...]
    next_due_on: date | None

    def told(self, locale: Locale) -> str:
        """The sum declared, and what is missing or late."""
        text = N_("{policy}: {declared} declarados de {provisional} previstos, en {count} meses.")
        said = [translate(
            text, locale, policy=self.policy, declared=format_money(self.declared, locale),
            provisional=format_money(self.provisional, locale), count=len(self.months),
        )]  # fmt: skip
        if self.late:
            text = N_("Fuera de plazo: {months}; sin declaración puede perderse la cobertura.")
            said.append(translate(text, locale, months=", ".join(self.late)))
        if self.next_due_on:
            said.append(translate(N_("Lo siguiente se declara antes del {on}."), locale, on=day(self.next_due_on)))
        return " ".join(said)


class Declared(Result):
    """A month that was declared."""

    policy: PolicyNumber
    month: str
    amount: Money
    late: bool

    def told(self, locale: Locale) -> str:
        """What was declared, and whether in time."""
        text = N_("{policy}: declarados {amount} de {month}.")
        said = translate(text, locale, policy=self.policy, amount=format_money(self.amount, locale), month=self.month)
        late = translate(N_("La declaración llega fuera de plazo."), locale)
        return f"{said} {late}" if self.late else said


class Settled(Result):
    """The receipt of a settlement, positive or not."""

    policy: PolicyNumber
    provisional: Money
    declared: Money
    receipt: ReceiptRow

    def told(self, locale: Locale) -> str:
        """What was declared against what was foreseen, and the difference."""
        text = N_("{policy}: {declared} declarados frente a {provisional} previstos; recibo {receipt} de {total}.")
        return translate(
            text, locale, policy=self.policy, declared=format_money(self.declared, locale),
            provisional=format_money(self.provisional, locale), receipt=self.receipt.receipt,
            total=format_money(self.receipt.total, locale),
        )  # fmt: skip


def declarations(
    policy: Policy, annuity: Annuity, rows: Sequence[MonthRow], provisional: Decimal, today: date, by_day: int
) -> Declarations:
    """The state of an annuity's declarations; each month is declared by a day of the next."""
    own = [row for row in rows if date.fromisoformat(f"{row.month}-01") in annuity.months]
    known = [date.fromisoformat(f"{row.month}-01") for row in own]
    left = [month for month in annuity.months if month not in known]
    return Declarations(
        policy=policy.policy_number, begins=annuity.begins, ends=annuity.ends, months=tuple(own),
        provisional=provisional, declared=sum((row.amount for row in own), Decimal("0.00")),
        missing=tuple(named(month) for month in annuity.missing(known, today)),
        late=tuple(named(month) for month in annuity.late(known, today, by_day)),
        next_due_on=due_on(left[0], by_day) if left else None,
    )  # fmt: skip


def settled(policy: Policy, receipt: Receipt, provisional: Decimal, declared: Decimal) -> Settled:
    """The answer of a settlement."""
    return Settled(
        policy=policy.policy_number, provisional=provisional, declared=declared, receipt=receipt_row(receipt)
    )
