"""What a careful treasurer notices before a payment leaves; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from core.i18n import N_, Locale, translate
from core.money import format_money
from modules.core_business.treasury.records import Payee, PaymentOrder
from modules.core_business.treasury.rules import REPEATED, Standing, payable_from, standing
from modules.core_business.treasury.states import NEVER_PAID, PaymentState
from modules.core_business.treasury.views import clock, written
from tools.results import Finding

RECENT: Final = timedelta(days=30)
HISTORY: Final = 3  # payments that make a pattern
UNUSUAL: Final = Decimal(3)  # times the usual amount


class Findings:
    """Findings of one review, said in the actor's language."""

    def __init__(self, locale: Locale, zone: str, now: datetime) -> None:
        """Start with none."""
        self.locale, self.zone, self.now = locale, zone, now
        self.found: list[Finding] = []

    def add(self, severity: str, text: str, ref: str, **values: object) -> None:
        """Note one thing; `values` fill the text's placeholders."""
        said = translate(text, self.locale, **values)
        self.found.append(Finding.model_validate({"severity": severity, "text": said, "ref": ref}))


def review(
    payee: Payee, amount: Decimal | None, invoice: str | None, past: Sequence[PaymentOrder], findings: Findings
) -> tuple[Finding, ...]:
    """What to mind before paying `amount` to `payee`.

    Args:
        payee: whom to pay.
        amount: how much, if it is known yet.
        invoice: for which invoice, if any.
        past: other orders to the same payee, in any order.
        findings: where to note them.
    """
    paid = [order for order in past if order.state not in NEVER_PAID]
    _account(payee, findings)
    _acquaintance(payee, paid, findings)
    if amount is not None:
        _amount(amount, paid, findings)
        _duplicates(amount, invoice, paid, findings)
    _unknown(past, findings)
    if not any(finding.severity in ("warn", "block") for finding in findings.found):
        findings.add("support", N_("Beneficiario comprobado y pago dentro de lo habitual."), "treasury.payee")
    return tuple(findings.found)


def _account(payee: Payee, findings: Findings) -> None:
    stands = standing(payee, findings.now)
    if stands is Standing.INACTIVE:
        findings.add("block", N_("El beneficiario está dado de baja en el registro."), "treasury.payee")
    elif stands is Standing.UNVERIFIED:
        findings.add("block", N_("Nadie ha comprobado por teléfono la cuenta del beneficiario."), "treasury.payee")
    elif stands is Standing.COOLING_OFF:
        text = N_("La cuenta del beneficiario es nueva: no se le puede pagar hasta el {until}.")
        findings.add("block", text, "treasury.payee", until=clock(payable_from(payee), findings.zone))
    if payee.account_changed_at > payee.created_at and findings.now - payee.account_changed_at < RECENT:
        text = N_("La cuenta del beneficiario cambió el {on}: un cambio de cuenta es el fraude más frecuente.")
        findings.add("warn", text, "treasury.payee", on=clock(payee.account_changed_at, findings.zone))


def _acquaintance(payee: Payee, paid: Sequence[PaymentOrder], findings: Findings) -> None:
    if not paid:
        findings.add("warn", N_("Es el primer pago a este beneficiario."), "treasury.payment_order")
    elif any(order.iban != payee.iban for order in paid) and not any(order.iban == payee.iban for order in paid):
        findings.add("warn", N_("Es el primer pago a la cuenta actual del beneficiario."), "treasury.payment_order")


def _amount(amount: Decimal, paid: Sequence[PaymentOrder], findings: Findings) -> None:
    if len(paid) < HISTORY:
        return
    usual = median(order.amount for order in paid)
    if amount > usual * UNUSUAL:
        text = N_("El importe ({amount}) se sale de lo habitual: los pagos anteriores rondan los {usual}.")
        values = {"amount": format_money(amount, findings.locale), "usual": format_money(usual, findings.locale)}
        findings.add("warn", text, "treasury.payment_order", **values)


def _duplicates(amount: Decimal, invoice: str | None, paid: Sequence[PaymentOrder], findings: Findings) -> None:
    for order in paid:
        values = {"number": order.number, "on": written(order.due_on, findings.locale)}
        if invoice and order.invoice == invoice:
            severity = "block" if order.amount == amount else "warn"
            text = N_("Esa factura ya tiene el pago {number}, para el {on}.")
            findings.add(severity, text, order.number, **values)
        elif order.amount == amount and findings.now - order.created_at < REPEATED:
            text = N_("En las últimas 24 horas ya se ordenó un pago del mismo importe: {number}.")
            findings.add("warn", text, order.number, number=order.number)


def _unknown(past: Sequence[PaymentOrder], findings: Findings) -> None:
    for order in past:
        if order.state == PaymentState.UNKNOWN:
            text = N_("Del pago {number} no se sabe si llegó al banco: pregúntelo antes de pagar otra vez.")
            findings.add("warn", text, order.number, number=order.number)
