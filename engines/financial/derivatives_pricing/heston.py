"""Stochastic volatility (*volatilidad estocástica*): Heston's model."""

import math
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from engines.contract import Caution, Computed, operation
from engines.errors import N_
from engines.financial.derivatives_pricing.market import (
    DAYS,
    Price,
    Rate,
    Right,
    Years,
    dated,
    flat,
    plausible,
    right,
    sound,
)

Variance: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=1e-8, le=25)]
Speed: TypeAlias = Annotated[float, Field(allow_inf_nan=False, gt=0, le=100)]
EXACT: Final = 1e-9  # of the larger leg: what the integral may miss by
Correlation: TypeAlias = Annotated[float, Field(allow_inf_nan=False, gt=-1, lt=1)]


class HestonPrice(Computed):
    """Value today; `feller` is 2 kappa theta / sigma²: under 1 the variance can touch nought."""

    price: float
    call: float | None = None
    put: float | None = None
    feller: float


@operation(
    "Precio de una opción con volatilidad estocástica",
    examples=(
        "Valora una opción de compra con el modelo de Heston y estos parámetros kappa, theta, sigma y rho",
        "Price a European option under the Heston stochastic volatility model",
    ),
    heavy=True,
)
def price_heston(
    spot: Price, strike: Price, T: Years, rate: Rate, dividend: Rate, v0: Variance, kappa: Speed, theta: Variance,
    sigma: Speed, rho: Correlation, type: Right,
) -> HestonPrice:  # fmt: skip
    """Price a European option whose variance reverts to a mean.

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        dividend: dividend yield a year, continuous, decimal.
        v0: variance a year today (0.04 is a volatility of 20 %).
        kappa: speed of reversion, a year.
        theta: variance to which it reverts, a year.
        sigma: volatility of the variance.
        rho: correlation of price and variance, -1 to 1 without its ends.
        type: call or put.

    Raises:
        InvalidInput: parameters at which the integral is not defined, or misses the no-arbitrage bounds.

    Source: Heston, Review of Financial Studies 6 (1993); integral as QuantLib's AnalyticHestonEngine,
    adaptive to 1e-10.
    """
    import QuantLib as ql

    with dated("sigma") as today:
        # Time runs T times faster: a variance a year becomes one a contract, v T, and its own parameters follow.
        heston = ql.HestonProcess(
            flat(today, rate * T), flat(today, dividend * T), ql.QuoteHandle(ql.SimpleQuote(spot)),
            v0 * T, kappa * T, theta * T, sigma * T, rho,
        )  # fmt: skip
        option = ql.VanillaOption(ql.PlainVanillaPayoff(right(type), strike), ql.EuropeanExercise(today + DAYS))
        option.setPricingEngine(ql.AnalyticHestonEngine(ql.HestonModel(heston), 1e-10, 100_000))
        price = sound(option.NPV(), "sigma")
    asset, money = spot * math.exp(-dividend * T), strike * math.exp(-rate * T)
    low, high = (asset - money, asset) if type == "call" else (money - asset, money)
    price = plausible(price, max(low, 0.0), high, EXACT * max(asset, money), "sigma")
    feller = 2 * kappa * theta / sigma**2
    caution = Caution(
        text=N_("La condición de Feller no se cumple ({feller} < 1): la varianza puede llegar a cero."),
        values={"feller": round(feller, 3)},
    )
    return HestonPrice(
        method="semi-analytic", library="QuantLib", price=price,
        call=price if type == "call" else None, put=price if type == "put" else None,
        feller=sound(feller, "sigma"), warnings=(caution,) if feller < 1 else (),
    )  # fmt: skip
