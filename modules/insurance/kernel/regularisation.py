"""Premiums on a declared figure, put right by the real one (*regularización de prima*).

The premium of the annuity is a deposit: when the real turnover (fees, sales) is known, the
difference is due at the rate that was agreed, ΔP = (real - declared) × rate, and the whole
never falls below the product's minimum premium.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money, to_cents
from modules.insurance.kernel.insured import Insured
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.tariff import charges_on
from modules.insurance.kernel.terms import rating_of, typed_risk
from modules.insurance.kernel.views import PolicyNumber
from tools.results import Result


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
