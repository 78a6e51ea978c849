"""What ending a policy answers: what it would mean, with the arithmetic, and what was done."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.policies.endings import Part, Plan
from modules.insurance.kernel.policies.proration import WHOLE
from modules.insurance.kernel.policies.reasons import PARTIES, REFUNDS, Refund
from modules.insurance.kernel.records import Receipt
from modules.insurance.kernel.views import PolicyNumber, ReceiptNumber, day, state_label
from modules.insurance.kernel.wording import RECEIPTS
from tools.results import Result

PREMIUM: Final = N_("Prima")


class CommissionBack(BaseModel):
    """Commission that goes back beyond that on refunded premium."""

    model_config = ConfigDict(frozen=True)

    kind: str
    paid: Money
    share: str  # «15/24» as a fraction of one
    amount: Money


class EndingView(Result):
    """What the end of a policy means: when, by whom, and what is paid back, cancelled or still due."""

    policy: PolicyNumber
    line: str
    reason: str
    reason_label: str
    article: str
    by: str
    refund: str
    noticed_on: date
    ends_on: date
    last_day: date | None
    state: str
    coverages: dict[str, Money]  # unearned premium by coverage
    premium: Money  # of the difference; below zero it is given back
    surcharges: dict[str, Money]
    ips: Money
    total: Money
    arithmetic: tuple[str, ...]
    cancelled: tuple[ReceiptNumber, ...]
    still_due: tuple[ReceiptNumber, ...]
    still_due_total: Money
    clawbacks: tuple[CommissionBack, ...]
    creditor: str | None
    opposable_on: date | None

    def told(self, locale: Locale) -> str:
        """When it ends, by which article, and the money."""
        head = translate(
            N_("Póliza {policy}: {reason} ({article}), por {who}; fin de la cobertura, {on}."), locale,
            policy=self.policy, reason=translate(self.reason_label, locale), article=self.article,
            who=translate(PARTIES[self.by], locale), on=day(self.ends_on),
        )  # fmt: skip
        parts = [head, self._money(locale), *self._more(locale)]
        return " ".join(part for part in parts if part)

    def _money(self, locale: Locale) -> str:
        amount = format_money(abs(self.total), locale)
        if self.total < ZERO:
            return translate(N_("Se devuelven {amount}."), locale, amount=amount)
        if self.total > ZERO:
            return translate(N_("Quedan por pagar {amount}."), locale, amount=amount)
        return translate(N_("Sin devolución: {why}."), locale, why=translate(REFUNDS[self.refund], locale))

    def _more(self, locale: Locale) -> Iterator[str]:
        if self.cancelled:
            yield translate(N_("Se anulan {receipts}."), locale, receipts=RECEIPTS.said(len(self.cancelled), locale))
        if self.still_due:
            yield translate(
                N_("Se siguen debiendo {receipts} ({amount})."), locale,
                receipts=RECEIPTS.said(len(self.still_due), locale),
                amount=format_money(self.still_due_total, locale),
            )  # fmt: skip
        if self.creditor and self.opposable_on:
            yield translate(
                N_("Frente a {creditor} surte efecto desde el {on} (LCS art. 41)."), locale,
                creditor=self.creditor, on=day(self.opposable_on),
            )  # fmt: skip


class Ended(EndingView):
    """What was done, and the receipt of the difference."""

    receipt: ReceiptNumber | None

    def told(self, locale: Locale) -> str:
        """As planned, with the state that the policy now has."""
        said = translate(N_("Ahora está {state}."), locale, state=state_label(self.state, locale))
        number = translate(N_("Recibo {receipt}."), locale, receipt=self.receipt) if self.receipt else ""
        return " ".join(part for part in (super().told(locale), number, said) if part)


def ending_view(plan: Plan, locale: Locale) -> EndingView:
    """What a plan says."""
    return EndingView(**fields_of(plan, locale))


def ended(plan: Plan, receipt: Receipt | None, locale: Locale) -> Ended:
    """What was done."""
    return Ended(**fields_of(plan, locale), receipt=receipt.receipt_number if receipt else None)


def fields_of(plan: Plan, locale: Locale) -> dict[str, object]:
    """The fields of both views."""
    due = plan.balance
    return {
        "policy": plan.policy.policy_number, "line": plan.policy.line, "reason": plan.ending.code,
        "reason_label": plan.ending.label, "article": plan.ending.article, "by": plan.ending.by.value,
        "refund": plan.refund.value, "noticed_on": plan.noticed_on, "ends_on": plan.ends_on,
        "last_day": plan.last_day, "state": plan.policy.state, "coverages": plan.coverages, "premium": due.premium,
        "surcharges": dict(due.surcharges), "ips": due.ips, "total": due.total,
        "arithmetic": tuple(said for part in plan.parts for said in explained(plan.line, part, plan.ends_on, locale)),
        "cancelled": tuple(receipt.receipt_number for receipt in plan.cancelled),
        "still_due": tuple(receipt.receipt_number for receipt in plan.still_due),
        "still_due_total": sum((receipt.total for receipt in plan.still_due), ZERO),
        "clawbacks": tuple(
            CommissionBack(kind=one.kind, paid=one.paid, share=f"{one.share:.4f}", amount=one.amount)
            for one in plan.clawbacks
        ),
        "creditor": plan.creditor, "opposable_on": plan.opposable_on,
    }  # fmt: skip


def explained(line: Line, part: Part, ends_on: date, locale: Locale) -> Iterator[str]:
    """The arithmetic of one annuity, a sentence a step."""
    if part.refund in (Refund.NOTHING, Refund.ALL):
        if part.refund is Refund.ALL and part.balance.total:
            yield translate(
                N_("Anualidad del {begins}: sin cobertura dada, se devuelve lo pagado, {amount}."), locale,
                begins=day(part.annuity.period.begins), amount=format_money(-part.balance.total, locale),
            )  # fmt: skip
        return
    annual = {share.code: share.premium for share in part.annuity.annual_on(ends_on).shares}
    left, days = part.annuity.period.left(ends_on), part.annuity.period.days
    for code, amount in part.unearned.coverages.items():
        label = PREMIUM if code == WHOLE else line.labels.get(code.partition("#")[0], code)
        yield translate(
            N_("{coverage}: {annual} × {left}/{days} = {amount} no consumidos."), locale,
            coverage=translate(label, locale), annual=format_money(annual.get(code, ZERO), locale), left=left,
            days=days, amount=format_money(amount, locale),
        )  # fmt: skip
    due = part.balance
    yield translate(
        N_("Diferencia: prima {premium}, recargos {surcharges}, impuesto {ips}, total {total}."), locale,
        premium=format_money(due.premium, locale), surcharges=format_money(due.surcharge, locale),
        ips=format_money(due.ips, locale), total=format_money(due.total, locale),
    )  # fmt: skip
