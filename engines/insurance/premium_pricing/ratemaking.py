"""Ratemaking: what rates should be for the losses, the expenses and the profit, and what a layer costs."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, Positive, Share, Vector, operation
from engines.errors import N_, InvalidInput

NOTHING_LEFT: Final = N_("sumado al beneficio deja sin parte de la prima los siniestros: deben sumar menos de 1")
Profit: TypeAlias = Annotated[float, Field(allow_inf_nan=False, gt=-1, lt=1)]


class RateChange(Computed):
    """By how much rates must move (0.05 = +5 %), and the loss ratio that they allow."""

    change: float
    permissible_loss_ratio: float


@operation(
    "Variación indicada de tarifa",
    examples=(
        "¿Cuánto hay que subir la tarifa con un ratio de siniestralidad del 65 % y estos gastos?",
        "Indicated rate change by the loss ratio method",
    ),
)
def indicated_rate_change(
    loss_lae_ratio: NonNegative, fixed_expense_ratio: NonNegative, variable_expense: Share, profit: Profit
) -> RateChange:
    """Tell by how much the present rates are too low or too high: (L + F) / (1 - V - Q) - 1.

    Args:
        loss_lae_ratio: L, losses and their adjustment expenses over premium at present rates.
        fixed_expense_ratio: F, expenses that do not depend on premium, over premium.
        variable_expense: V, expenses that are a share of premium (commission, taxes).
        profit: Q, the share of premium to be left as underwriting profit; negative where investments pay for it.

    Raises:
        InvalidInput: V + Q is 1 or more.

    Source: Werner & Modlin, Basic Ratemaking, CAS, 5th ed. 2016, ch. 8, loss ratio method.
    """
    left = 1 - variable_expense - profit
    if left <= 0:
        raise InvalidInput("variable_expense", NOTHING_LEFT)
    return RateChange(
        method="loss ratio",
        change=(loss_lae_ratio + fixed_expense_ratio) / left - 1,
        permissible_loss_ratio=left - fixed_expense_ratio,
    )


class AveragePremium(Computed):
    """The premium a unit of exposure that pays losses, expenses and profit, EUR, and where it goes."""

    premium: float
    variable_expenses: float
    profit_amount: float


@operation(
    "Prima media indicada",
    examples=(
        "Calcula la prima media indicada con prima pura de 300 €, gastos fijos de 25 € y 25 % de gastos variables",
        "Indicated average premium by the pure premium method",
    ),
)
def indicated_average_premium(
    pure_premium: NonNegative, fixed_expense: NonNegative, variable_expense: Share, profit: Profit
) -> AveragePremium:
    """Tell the premium a unit of exposure that losses, expenses and profit need: (L + E) / (1 - V - Q).

    Args:
        pure_premium: L, losses and their adjustment expenses a unit of exposure, EUR.
        fixed_expense: E, fixed expenses a unit of exposure, EUR.
        variable_expense: V, expenses that are a share of premium.
        profit: Q, the share of premium to be left as underwriting profit.

    Raises:
        InvalidInput: V + Q is 1 or more.

    Source: Werner & Modlin, Basic Ratemaking, CAS, 5th ed. 2016, ch. 8, pure premium method.
    """
    left = 1 - variable_expense - profit
    if left <= 0:
        raise InvalidInput("variable_expense", NOTHING_LEFT)
    premium = (pure_premium + fixed_expense) / left
    return AveragePremium(
        method="pure premium",
        premium=premium,
        variable_expenses=premium * variable_expense,
        profit_amount=premium * profit,
    )


class _Law(Part):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pareto(_Law):
    """Pareto II (Lomax): survival (theta / (x + theta))^alpha."""

    dist: Literal["pareto_II"]
    alpha: Positive
    theta: Positive


class Exponential(_Law):
    """Exponential of mean theta."""

    dist: Literal["exponential"]
    theta: Positive


class Gamma(_Law):
    """Gamma of shape alpha and scale theta."""

    dist: Literal["gamma"]
    alpha: Positive
    theta: Positive


class Lognormal(_Law):
    """Lognormal: the logarithm has mean mu and standard deviation sigma."""

    dist: Literal["lognormal"]
    mu: Annotated[float, Field(allow_inf_nan=False, ge=-200, le=200)]
    sigma: Annotated[float, Field(gt=0, le=20)]


class Weibull(_Law):
    """Weibull: survival exp(-(x / theta)^tau)."""

    dist: Literal["weibull"]
    tau: Positive
    theta: Positive


class Empirical(_Law):
    """Losses as they were observed, each as likely."""

    dist: Literal["empirical"]
    losses: Vector


Severity: TypeAlias = Annotated[
    Pareto | Exponential | Gamma | Lognormal | Weibull | Empirical, Field(discriminator="dist")
]


def _frozen(law: Pareto | Exponential | Gamma | Lognormal | Weibull) -> Any:
    from math import exp

    from scipy import stats

    match law:
        case Pareto():
            return stats.lomax(law.alpha, scale=law.theta)
        case Exponential():
            return stats.expon(scale=law.theta)
        case Gamma():
            return stats.gamma(law.alpha, scale=law.theta)
        case Lognormal():
            return stats.lognorm(law.sigma, scale=exp(law.mu))
        case Weibull():
            return stats.weibull_min(law.tau, scale=law.theta)


def limited_expected_value(law: Severity, d: float) -> float:
    """E[min(X, d)], EUR.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.
    """
    import math

    import numpy as np
    from scipy import special

    match law:
        case Empirical():
            return float(np.minimum(vector(law.losses, "severity", low=0.0), d).mean())
        case Pareto(alpha=alpha, theta=theta):
            if abs(alpha - 1) < 1e-9:
                return theta * math.log1p(d / theta)
            # expm1: no digits are lost while d is small beside theta.
            return -theta / (alpha - 1) * math.expm1(-(alpha - 1) * math.log1p(d / theta))
        case Exponential(theta=theta):
            return -theta * math.expm1(-d / theta)
        case Gamma(alpha=alpha, theta=theta):
            return alpha * theta * float(special.gammainc(alpha + 1, d / theta)) + d * float(_frozen(law).sf(d))
        case Lognormal(mu=mu, sigma=sigma):
            if d == 0:
                return 0.0
            inside = float(special.ndtr((math.log(d) - mu - sigma**2) / sigma))
            return (math.exp(mu + sigma**2 / 2) * inside if inside > 0 else 0.0) + d * float(_frozen(law).sf(d))
        case Weibull(tau=tau, theta=theta):
            whole = theta * float(special.gamma(1 + 1 / tau))
            return whole * float(special.gammainc(1 + 1 / tau, (d / theta) ** tau)) + d * float(_frozen(law).sf(d))


class LayerCost(Computed):
    """What a layer costs, EUR. `expected_layer` a ground-up claim; `given_attached` a claim that reaches it.

    `pure_premium` is that of the year: frequency × expected_layer. `increased_limit_factor` compares the cost
    up to the top of the layer with that up to the attachment (None at 0).
    """

    expected_layer: float
    probability_attached: float
    given_attached: float | None
    pure_premium: float
    increased_limit_factor: float | None


OVERFLOWS: Final = N_("tiene parámetros que desbordan el cálculo")
UNREACHED: Final = N_("Ningún siniestro observado llega a la capa: use una ley con cola")


@operation(
    "Coste de una capa",
    examples=(
        "¿Cuánto cuesta la capa de 1.000 xs 1.000 con severidad Pareto?",
        "Expected cost of an excess of loss layer with a Pareto severity",
    ),
)
def layer_cost(
    severity: Severity, attachment: NonNegative, limit: Positive, frequency: NonNegative = 1.0
) -> LayerCost:  # fmt: skip
    """Price a layer of a claim: what lies between the attachment and attachment + limit.

    Args:
        severity: law of the ground-up claim: pareto_II, exponential, gamma, lognormal, weibull, or the
            observed losses themselves; EUR.
        attachment: deductible or priority of the layer, EUR.
        limit: width of the layer, EUR.
        frequency: ground-up claims expected in a year.

    Raises:
        InvalidInput: an unknown law, or parameters out of range.

    Source: limited expected values, Klugman, Panjer & Willmot, Loss Models, ch. 8 and appendix A.
    """
    import math

    top = attachment + limit
    try:
        below, upto = limited_expected_value(severity, attachment), limited_expected_value(severity, top)
    except OverflowError as error:
        raise InvalidInput("severity", OVERFLOWS) from error
    cost = max(upto - below, 0.0)
    if isinstance(severity, Empirical):
        losses = vector(severity.losses, "severity", low=0.0)
        reached = float((losses > attachment).mean())
    else:
        reached = float(_frozen(severity).sf(attachment))
    edges = [attachment + limit * k / 50 for k in range(51)]
    if not math.isfinite(cost):
        raise InvalidInput("severity", OVERFLOWS)
    return LayerCost(
        method="limited expected values",
        library="scipy",
        warnings=(Caution(text=UNREACHED),) if isinstance(severity, Empirical) and reached == 0 else (),
        charts=(
            Chart(
                kind="line",
                title=N_("Coste esperado acumulado en la capa"),
                series=(
                    Series(
                        name=N_("Coste esperado"),
                        x=tuple(edges),
                        y=tuple(limited_expected_value(severity, edge) - below for edge in edges),
                    ),
                ),
                x_label=N_("Importe del siniestro"),
                unit="EUR",
            ),
        ),
        expected_layer=cost,
        probability_attached=reached,
        given_attached=cost / reached if reached > 0 else None,
        pure_premium=frequency * cost,
        increased_limit_factor=upto / below if below > 0 else None,
    )
