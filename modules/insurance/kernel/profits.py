"""Loss of profits (*pérdida de beneficios*): what a stop costs, how long it is paid, and average on gross profit.

The indemnity replaces the gross profit on the turnover that the stop took away, with the
extra costs of keeping up sales and without the costs saved. It runs from the damage for the
months agreed, and no longer. If the profit insured falls short of the real one, it is paid in
proportion (LCS art. 30).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Final, NamedTuple, TypeAlias

from pydantic import Field

from core.context import Context
from core.dates import add_months
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import ZERO, Money, format_money, to_cents
from modules.insurance.kernel.business import EUROS, GrossProfit
from modules.insurance.kernel.claim_types import Basis, ClaimType
from modules.insurance.kernel.fields import Amount
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.views import PolicyNumber, day
from tools import Risk, Slot, tool
from tools.results import Result

WithProfits: TypeAlias = Annotated[
    bool,
    Field(description=N_("Con pérdida de beneficios")),
    Slot(
        words={
            "true": ("con pérdida de beneficios", "with loss of profits"),
            "false": ("sin pérdida de beneficios",),
        }
    ),
]
YEAR: Final = 12  # months
ACCOUNTS: Final = N_("Cuentas del período y de los 24 meses anteriores")
EXTRA: Final = N_("Facturas de los gastos extraordinarios")


def lost_profits(*, coverages: tuple[str, ...], reserve: int, margin: Decimal = Decimal(0)) -> ClaimType:
    """The claim type of a stop after a covered damage, insured on the yearly gross profit."""
    return ClaimType(
        code="perdida_beneficios", label=N_("Pérdida de beneficios tras un daño cubierto"), coverages=coverages,
        reserve=Decimal(reserve), basis=Basis.AVERAGE, sums=("annual_gross_profit",), documents=(ACCOUNTS, EXTRA),
        margin=margin,
        words=("pérdida de beneficios", "dejamos de facturar", "ha dejado de facturar", "parada de la actividad",
               "no podemos producir", "no puede producir", "no puede abrir", "loss of profits", "cannot produce"),
    )  # fmt: skip


def check_profit(profit: Decimal, turnover: Decimal, *, bought: bool | None) -> None:
    """Refuse to insure a yearly gross profit that there is not, or that is more than what is sold.

    Raises:
        BadArguments: names `annual_gross_profit`.
    """
    if bought and not profit:
        raise BadArguments(N_("Falta «{field}»: no hay beneficio que asegurar."), field="annual_gross_profit")
    if bought and profit > turnover:
        text = N_("Revise «{field}»: el beneficio bruto no puede pasar de la facturación.")
        raise BadArguments(text, field="annual_gross_profit")


class Stop(NamedTuple):
    """What a stop of the business came to, EUR, inside the time that is paid."""

    lost_turnover: Decimal
    extra_costs: Decimal = ZERO
    saved_costs: Decimal = ZERO


def indemnity(
    stop: Stop, *, insured_profit: Decimal, real_profit: Decimal, turnover: Decimal, months: int,
    margin: Decimal = Decimal(0),
) -> Decimal:  # fmt: skip
    """What is paid for a stop, to the cent; never below zero, nor above the profit insured for the time agreed.

    Args:
        stop: the turnover lost, the costs added and saved.
        insured_profit: the yearly gross profit that the policy insures.
        real_profit: what it would have been in the twelve months before.
        turnover: the yearly turnover that made that profit; above zero.
        months: how long is paid.
        margin: by how much, as a fraction, the real profit may exceed the insured before average is applied.
    """
    loss = stop.lost_turnover * real_profit / turnover + stop.extra_costs - stop.saved_costs
    if real_profit > insured_profit * (1 + margin):
        loss = loss * insured_profit / real_profit
    limit = insured_profit * max(months, YEAR) / YEAR  # a short period is paid up to a whole year's profit
    return to_cents(min(max(loss, Decimal(0)), limit))


class LostProfits(Result):
    """What a stop would be paid with, and until when."""

    policy: PolicyNumber
    payable: Money
    insured_profit: Money
    real_profit: Money
    average: bool
    paid_until: date

    def told(self, locale: Locale) -> str:
        """The amount, the last day, and whether average was applied."""
        text = N_("Póliza {policy}: pérdida de beneficios estimada {payable}; se indemniza hasta el {until}.")
        said = translate(
            text, locale, policy=self.policy, payable=format_money(self.payable, locale), until=day(self.paid_until)
        )
        if not self.average:
            return said
        text = N_("Regla proporcional: asegura {insured} de un beneficio de {real}.")
        average = translate(
            text, locale, insured=format_money(self.insured_profit, locale), real=format_money(self.real_profit, locale)
        )
        return f"{said} {average}"


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Estimar la pérdida de beneficios de una parada"),
    examples=(
        "Estima la pérdida de beneficios de la póliza 0903-71307597 si dejó de facturar 60.000 €",
        "¿Hasta cuándo se indemniza la parada y cuánto se paga?",
        "Estimate the loss of profits of a stop",
    ),
)
def estimate_lost_profits(
    ctx: Context,
    policy: PolicyRef,
    occurred_on: Annotated[
        date, Field(description=N_("Fecha del daño")), Slot(ask=N_("¿Cuándo ocurrió el daño?"), cues=("daño", "damage"))
    ],
    lost_turnover: Annotated[
        Amount,
        Field(description=N_("Facturación perdida, EUR")),
        Slot(ask=N_("¿Cuánto dejó de facturar?"), cues=("dejó de facturar", "perdida", "lost"), units=EUROS),
    ],
    real_profit: GrossProfit | None = None,
    extra_costs: Annotated[Amount, Field(description=N_("Gastos extraordinarios, EUR"))] = ZERO,
    saved_costs: Annotated[Amount, Field(description=N_("Gastos ahorrados, EUR"))] = ZERO,
) -> LostProfits:
    """What the loss-of-profits cover of a policy would pay for a stop, and the last day of its indemnity period.

    `real_profit` is the gross profit of the twelve months before; without it the insured one is
    taken as right. Average is applied where the profit insured falls short. Nothing is kept.
    """
    found, term = insured(ctx, policy, on=occurred_on)
    risk = term.risk
    if not risk.get("with_loss_of_profits") or not Decimal(str(risk.get("annual_gross_profit") or 0)):
        text = N_("La póliza {policy} («{field}») no cubre la pérdida de beneficios.")
        raise BadArguments(text, field="policy", policy=found.policy_number)
    profit, months = Decimal(str(risk["annual_gross_profit"])), int(risk["indemnity_months"])
    real = profit if real_profit is None else real_profit
    stop = Stop(lost_turnover, extra_costs, saved_costs)
    turnover = Decimal(str(risk["annual_turnover"]))
    if not turnover:
        raise BadArguments(N_("Falta el campo «{field}», necesario para calcular la prima."), field="annual_turnover")
    kinds = line_of(found.line).claims
    margin = next((kind.margin for kind in kinds if "annual_gross_profit" in kind.sums), Decimal(0))
    payable = indemnity(
        stop, insured_profit=profit, real_profit=real, turnover=turnover, months=months, margin=margin
    )  # fmt: skip
    return LostProfits(
        policy=found.policy_number, payable=payable, insured_profit=profit, real_profit=real,
        average=real > profit * (1 + margin), paid_until=add_months(occurred_on, months) - timedelta(days=1),
    )  # fmt: skip
