"""European options (*opciones europeas*): value, sensitivities, and the volatility that a price implies."""

import math
from typing import Annotated, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Computed, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.financial.derivatives_pricing.market import Price, Rate, Right, Volatility, Years, black, european, sound

LOWEST: Final = 1e-4
HIGHEST: Final = 5.0
POINTS: Final = 41


class EuropeanPrice(Computed):
    """Values today, in the currency of the spot; None for what was not asked."""

    call: float | None
    put: float | None
    forward: float
    d1: float
    d2: float


class Greeks(Computed):
    """Sensitivities of one option. Vega and rho for a change of 1.00 (100 points), theta for a year."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta_per_year: float
    rho: float


class ImpliedVolatility(Computed):
    """The volatility a year, as a decimal, at which the formula gives the price."""

    vol: float
    vega: float


@operation(
    "Precio de una opción europea",
    examples=(
        "Valora una opción europea call y put con Black-Scholes: precio 42, ejercicio 40, medio año",
        "Price a European call and put with the Black-Scholes-Merton formula given spot, strike, rate and volatility",
    ),
)  # fmt: skip
def price_european(
    spot: Price, strike: Price, T: Years, rate: Rate, vol: Volatility, cost_of_carry: Rate | None = None,
    types: Annotated[tuple[Right, ...], Field(min_length=1)] = ("call", "put"),
) -> EuropeanPrice:  # fmt: skip
    """Price European options by the generalised Black-Scholes formula.

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        cost_of_carry: b a year; rate for a stock, rate - dividend yield for an index, 0 for a
            future, rate - foreign rate for a currency. None means rate.
        types: which of call and put to price.

    Raises:
        InvalidInput: prices so far apart that the formula is not defined.

    Source: Black & Scholes, Journal of Political Economy 81 (1973); Merton (1973); Black (1976);
    Garman & Kohlhagen (1983); in the form of Haug, The Complete Guide to Option Pricing Formulas,
    2nd ed. (2007), section 1.1.6.
    """
    carry = rate if cost_of_carry is None else cost_of_carry
    values = {kind: european(spot, strike, T, rate, carry, vol, kind) for kind in types}
    forward = spot * math.exp(carry * T)
    spread = vol * math.sqrt(T)
    d1 = math.log(forward / strike) / spread + spread / 2
    spots = [spot * (0.5 + i / (POINTS - 1)) for i in range(POINTS)]
    names = {"call": N_("Opción de compra"), "put": N_("Opción de venta")}
    curves = tuple(
        Series(name=names[k], x=tuple(spots), y=tuple(european(s, strike, T, rate, carry, vol, k) for s in spots))
        for k in dict.fromkeys(types)
    )
    return EuropeanPrice(
        method="generalised Black-Scholes",
        library="QuantLib",
        call=values.get("call"),
        put=values.get("put"),
        forward=forward,
        d1=d1,
        d2=d1 - spread,
        charts=(
            Chart(
                kind="line",
                title=N_("Valor de la opción según el precio del subyacente"),
                series=curves,
                x_label=N_("Precio del subyacente"),
                y_label=N_("Valor"),
            ),
        ),
    )


@operation(
    "Sensibilidades de una opción",
    examples=(
        "Calcula delta, gamma, vega, theta y rho de esta opción de compra europea",
        "Compute the Greeks delta, gamma, vega, theta and rho of a European option",
    ),
)
def greeks(
    spot: Price, strike: Price, T: Years, rate: Rate, vol: Volatility, type: Right, cost_of_carry: Rate | None = None
) -> Greeks:
    """Sensitivities (*griegas*) of a European option.

    Args:
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility a year, decimal.
        type: call or put.
        cost_of_carry: b a year, decimal; None means rate. With 0 (a future) the forward does not move
            with the rate, and rho is -T times the price; else the dividend yield is held.

    Raises:
        InvalidInput: prices so far apart that the formula is not defined.

    Source: Hull, Options, Futures, and Other Derivatives, chapter "The Greek Letters"; Haug,
    2nd ed. (2007), chapter 2.
    """
    carry = rate if cost_of_carry is None else cost_of_carry
    found = black(spot, strike, T, rate, carry, vol, type)
    price = sound(found.value(), "spot")
    return Greeks(
        method="generalised Black-Scholes",
        library="QuantLib",
        price=price,
        delta=sound(found.delta(spot), "spot"),
        gamma=sound(found.gamma(spot), "spot"),
        vega=sound(found.vega(T), "spot"),
        theta_per_year=sound(found.theta(spot, T), "spot"),
        rho=-T * price if carry == 0 and rate != 0 else sound(found.rho(T), "spot"),
    )


@operation(
    "Volatilidad implícita",
    examples=(
        "¿Qué volatilidad implícita tiene esta opción que cotiza a 1,875?",
        "Find the implied volatility of an option from its market price",
    ),
)
def implied_vol(
    price: Price, spot: Price, strike: Price, T: Years, rate: Rate, type: Right, cost_of_carry: Rate | None = None
) -> ImpliedVolatility:
    """Find the volatility at which a European option is worth its price.

    Args:
        price: what the option is quoted at, currency.
        spot: price of the underlying today, currency.
        strike: exercise price, currency.
        T: years to expiry.
        rate: risk-free rate a year, continuous, decimal.
        type: call or put.
        cost_of_carry: b a year, decimal; None means rate.

    Raises:
        InvalidInput: a price outside the no-arbitrage bounds, or one that needs a volatility outside 1e-4..5.
        NotConverged: the search stopped.

    Source: Brent, Algorithms for Minimization without Derivatives (1973), chapter 4, on the
    generalised Black-Scholes formula; bounds in Hull, "Properties of Stock Options".
    """
    from scipy.optimize import brentq

    carry = rate if cost_of_carry is None else cost_of_carry
    discounted_forward = spot * math.exp((carry - rate) * T)
    discounted_strike = strike * math.exp(-rate * T)
    sign = 1 if type == "call" else -1
    least = max(sign * (discounted_forward - discounted_strike), 0.0)
    most = discounted_forward if type == "call" else discounted_strike
    if not least < price < most:
        raise InvalidInput("price", N_("está fuera de los límites sin arbitraje de esta opción"))

    def excess(vol: float) -> float:
        return european(spot, strike, T, rate, carry, vol, type) - price

    if excess(LOWEST) > 0 or excess(HIGHEST) < 0:
        raise InvalidInput("price", N_("exige una volatilidad fuera del intervalo de 0,01 % a 500 %"))
    try:
        vol = float(brentq(excess, LOWEST, HIGHEST, xtol=1e-12, rtol=1e-12, maxiter=200))
    except RuntimeError as error:
        raise NotConverged("price", "brentq") from error
    return ImpliedVolatility(
        method="Brent", library="scipy", vol=vol,
        vega=sound(black(spot, strike, T, rate, carry, vol, type).vega(T), "spot"),
    )  # fmt: skip
