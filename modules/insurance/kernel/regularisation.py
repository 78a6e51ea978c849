"""Premiums on a declared figure, put right by the real one (*regularización de prima*).

The premium of the annuity is a deposit: when the real turnover (fees, sales) is known, the
difference is due at the rate that was agreed, ΔP = (real - declared) × rate, and the whole
never falls below the product's minimum premium.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money, to_cents
from modules.insurance.kernel.amounts import Amounts
from modules.insurance.kernel.billing import bill_difference
from modules.insurance.kernel.insured import Insured
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Receipt
from modules.insurance.kernel.states import ReceiptState
from modules.insurance.kernel.tariff import charges_on
from modules.insurance.kernel.terms import rating_of, typed_risk
from modules.insurance.kernel.views import PolicyNumber, ReceiptNumber, day
from tools.results import Result

KIND: Final = "regularisation"


def difference(declared: Decimal, real: Decimal, charged: Decimal, *, net: Decimal, minimum: Decimal) -> Decimal:
    """ΔP, to the cent: what is still due (above zero) or given back (below).

    Args:
        declared: the figure that the deposit was priced on; above zero.
        real: what it came to.
        charged: the premium of the coverages that are priced on it, before any minimum.
        net: the whole net premium of the annuity, before any minimum.
        minimum: the least net premium of the product.
    """
    due = to_cents((real - declared) * charged / declared)
    return max(net + due, minimum) - max(net, minimum)


class Regularised(Result):
    """What a regularisation comes to; nothing is billed by it."""

    policy: PolicyNumber
    figure: str  # the field that was declared
    declared: Money
    real: Money
    per_mille: Decimal  # the rate agreed
    premium: Money
    lea: Money
    ips: Money
    total: Money

    def told(self, locale: Locale) -> str:
        """What is due or given back."""
        text = (
            N_("Regularización de la póliza {policy}: {real} en lugar de {declared}, a cobrar {total} ({premium} de "
               "prima).") if self.premium >= 0
            else N_("Regularización de la póliza {policy}: {real} en lugar de {declared}, a devolver {total} "
                    "({premium} de prima).")
        )  # fmt: skip
        return translate(
            text, locale, policy=self.policy, real=format_money(self.real, locale),
            declared=format_money(self.declared, locale), total=format_money(abs(self.total), locale),
            premium=format_money(abs(self.premium), locale),
        )  # fmt: skip


def regularised(
    found: Insured, figures: Sequence[str], coverages: Sequence[str], real: Decimal, on: date
) -> Regularised:
    """The difference of the annuity that `found` tells, with the taxes of a day.

    Args:
        found: the policy and what it insured in that annuity.
        figures: fields of the risk that may be the declared figure; the first that it has is taken.
        coverages: those priced on that figure.
        real: what the figure came to.
        on: the day of the taxes.

    Raises:
        BadArguments: the policy is not priced on any of `figures`.
    """
    policy, term = found
    line = line_of(policy.line)
    figure = next((name for name in figures if Decimal(str(term.risk.get(name) or 0)) > 0), None)
    if figure is None:
        text = N_("La póliza {policy} («{field}») no se calcula sobre una cifra que se regularice.")
        raise BadArguments(text, field="policy", policy=policy.policy_number)
    rating = rating_of(term.rating) or line.rate(typed_risk(line, term.risk), term.from_on)
    priced, topup = dict(rating.coverage_premiums or {}), rating.minimum_topup or ZERO
    for first in tuple(priced)[:1]:  # the shortfall to the minimum was put there
        priced[first] -= topup
    charged = sum((priced[code] for code in coverages if code in priced), ZERO)
    declared, minimum = Decimal(str(term.risk[figure])), line.tariff.products[term.product].minimum
    premium = difference(declared, real, charged, net=(rating.net_premium or ZERO) - topup, minimum=minimum)
    charges = charges_on(on)
    lea = to_cents(premium * charges.lea) if line.tariff.lea else ZERO
    ips = to_cents(premium * charges.ips) if rating.ips else ZERO
    return Regularised(
        policy=policy.policy_number, figure=figure, declared=declared, real=real,
        per_mille=(charged * 1000 / declared).quantize(Decimal("0.0001"), ROUND_HALF_UP), premium=premium,
        lea=lea, ips=ips, total=premium + lea + ips,
    )  # fmt: skip


class RegularisedBefore(Conflict):
    """An annuity is put right once."""

    text = N_("La anualidad que empieza el {on} de la póliza {policy} ya está regularizada: recibo {receipt}.")


class BilledRegularisation(Regularised):
    """A regularisation with its receipt."""

    receipt: ReceiptNumber

    def told(self, locale: Locale) -> str:
        """What is due or given back, and the receipt."""
        said = translate(N_("Recibo {receipt}, pendiente."), locale, receipt=self.receipt)
        return f"{super().told(locale)} {said}"


def bill(ctx: Context, found: Insured, result: Regularised) -> BilledRegularisation:
    """Issue the one receipt of `result` for the annuity of `found`; below zero it waits to be given back.

    Raises:
        RegularisedBefore: that annuity has such a receipt.
    """
    policy, term = found
    own = (Receipt.policy_id == policy.id, alive(Receipt), col(Receipt.state) != ReceiptState.CANCELLED)
    same = (Receipt.period_from == term.from_on, Receipt.period_to == term.to_on, Receipt.instalment_count == 1)
    kinds = col(Receipt.kind).in_((KIND, "refund"))
    before = ctx.session.exec(select(Receipt).where(*own, *same, kinds)).first()
    if before is not None:
        raise RegularisedBefore(
            on=day(term.from_on), policy=policy.policy_number, receipt=before.receipt_number
        )  # fmt: skip
    amounts = Amounts(
        premium=result.premium, taxed=result.premium if result.ips else ZERO,
        surcharges={"lea": result.lea} if result.lea else {}, ips=result.ips,
    )  # fmt: skip
    receipt = bill_difference(ctx, policy, amounts, KIND, (term.from_on, term.to_on), ctx.today)
    ctx.emit("policy.regularised", policy.id, figure=result.figure, real=f"{result.real:.2f}")
    return BilledRegularisation(**result.model_dump(), receipt=receipt.receipt_number)
