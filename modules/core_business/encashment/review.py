"""How a customer pays, as findings for whoever decides about that customer; pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from statistics import mean
from typing import Final

from core.dates import add_months
from core.i18n import N_, Locale, translate
from core.money import ZERO, format_money
from modules.core_business.encashment.debts import OWED, PENDING, RETURNED, Debt
from modules.core_business.encashment.reasons import reason
from modules.core_business.encashment.rules import Cover, days_overdue
from modules.insurance.kernel.states import ReceiptState
from tools.results import Finding

LAW: Final = "LCS art. 15"
LONG_OVERDUE: Final = 90  # days: the last bucket of the ageing begins after them
PUNCTUAL: Final = 10  # days of delay: the house calls the customer from then on


def review(receipts: Sequence[Debt], locale: Locale, today: date) -> tuple[Finding, ...]:
    """Overdue debt, its effect on the cover, returned debits and payment delay of the last year.

    Args:
        receipts: all receipts of one customer.
        locale: of the findings' texts.
        today: the day of the review.
    """
    found = [
        *_overdue(receipts, locale, today),
        *_returned(receipts, locale),
        *_history(receipts, locale, today),
    ]
    if not found:
        found.append(_finding("note", N_("No consta ningún recibo de este cliente."), "encashment", locale))
    return tuple(found)


def _finding(severity: str, text: str, ref: str, locale: Locale, **values: object) -> Finding:
    return Finding.model_validate({"severity": severity, "text": translate(text, locale, **values), "ref": ref})


def _overdue(receipts: Sequence[Debt], locale: Locale, today: date) -> list[Finding]:
    late = [d for d in receipts if d.receipt.state in OWED and d.receipt.due_on < today and d.receipt.total > 0]
    if not late:
        waiting = [d for d in receipts if d.receipt.state in (*PENDING, *RETURNED)]
        if not receipts:
            return []
        total = format_money(_total(waiting), locale)
        text = N_("No debe nada vencido; tiene {count} recibos por cobrar ({total}).")
        return [_finding("support", text, "encashment", locale, count=len(waiting), total=total)]
    days = max(days_overdue(debt.receipt.due_on, today) for debt in late)
    severity = "block" if days > LONG_OVERDUE else "warn"
    text = N_("Debe {total} vencidos en {count} recibos; el más antiguo, de hace {days} días.")
    total = format_money(_total(late), locale)
    findings = [_finding(severity, text, "encashment", locale, total=total, count=len(late), days=days)]
    oldest = {debt.policy.id: debt for debt in reversed(late)}  # a policy counts once, by its oldest debt
    return findings + [finding for debt in oldest.values() if (finding := _uncovered(debt, locale, today))]


def _uncovered(debt: Debt, locale: Locale, today: date) -> Finding | None:
    """What the debt makes of the cover of its policy, unless it is still in the month of grace."""
    cover = debt.clock(today).cover
    if cover is Cover.SUSPENDED:
        text = N_("La póliza {policy} está sin cobertura por impago del recibo {receipt}.")
    elif cover is Cover.EXTINCT:
        text = N_("La póliza {policy} puede estar extinguida por impago del recibo {receipt}.")
    else:
        return None
    number = debt.receipt.receipt_number
    return _finding("warn", text, LAW, locale, policy=debt.policy.policy_number, receipt=number)


def _total(receipts: Sequence[Debt]) -> Decimal:
    return sum((debt.receipt.total for debt in receipts), ZERO)


def _returned(receipts: Sequence[Debt], locale: Locale) -> list[Finding]:
    back = [debt.receipt for debt in receipts if debt.receipt.state == ReceiptState.RETURNED]
    findings = []
    for receipt in back:
        text = N_("El banco devolvió el recibo {receipt}: {meaning}.")
        meaning = reason(receipt.returned_reason).meaning(locale) if receipt.returned_reason else "—"
        findings.append(
            _finding("warn", text, receipt.receipt_number, locale, receipt=receipt.receipt_number, meaning=meaning)
        )
    return findings


def _history(receipts: Sequence[Debt], locale: Locale, today: date) -> list[Finding]:
    since = add_months(today, -12)
    delays = [
        max((debt.receipt.paid_on - debt.receipt.due_on).days, 0)
        for debt in receipts
        if debt.receipt.paid_on and debt.receipt.paid_on >= since
    ]
    if not delays:
        return []
    text = N_("Pagó {count} recibos en los últimos 12 meses, con {days} días de retraso medio.")
    delay = round(mean(delays))
    severity = "support" if delay <= PUNCTUAL else "note"
    return [_finding(severity, text, "encashment", locale, count=len(delays), days=delay)]
