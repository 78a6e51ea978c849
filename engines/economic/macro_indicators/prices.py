"""Prices and what they do to amounts: indices, real values, growth, revaluation by the IPC, real rates."""

from typing import Annotated, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Count, NonNegative, Positive, Real, Share, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput

LEAST_PRICE: Final = 1e-100
FROM_ZERO: Final = N_("vale cero en un período del que parte alguna tasa: desde cero no hay crecimiento que medir")
NOTHING_SPENT: Final = N_("son todas cero: sin gasto no hay índice")


class PriceIndex(Computed):
    """Change of prices between two periods, as ratios: 1.08 is a rise of 8 %."""

    laspeyres: float
    paasche: float
    fisher: float
    tornqvist: float


@operation(
    "Índice de precios de una cesta",
    examples=(
        "Calcula el índice de precios de Laspeyres, Paasche y Fisher de esta cesta de reparaciones",
        "Price index of a basket between two periods: Laspeyres, Paasche, Fisher and Törnqvist",
    ),
)
def price_index(p0: Vector, p1: Vector, q0: Vector, q1: Vector) -> PriceIndex:
    """Compare the prices of a basket in two periods.

    Args:
        p0: (m,) prices of the base period, positive, in one currency.
        p1: (m,) prices of the period compared, of the same goods.
        q0: (m,) quantities of the base period, not negative.
        q1: (m,) quantities of the period compared.

    Raises:
        InvalidInput: prices that are not positive, negative quantities, lists of different lengths, or no spending.

    Source: IMF, ILO et al., Consumer Price Index Manual: Concepts and Methods (2020), chapters 2 and 8
    (eq. 1.5, 1.6, 1.12; Törnqvist 1936).
    """
    import numpy as np

    old = vector(p0, "p0", low=LEAST_PRICE)
    m = old.size
    new = vector(p1, "p1", length=m, low=LEAST_PRICE)
    before = vector(q0, "q0", length=m, low=0.0)
    after = vector(q1, "q1", length=m, low=0.0)
    spent0, spent1 = float(old @ before), float(new @ after)
    for name, spent in (("q0", spent0), ("q1", spent1)):
        if spent <= 0:
            raise InvalidInput(name, NOTHING_SPENT)
    laspeyres, paasche = float(new @ before) / spent0, spent1 / float(old @ after)
    shares = (old * before / spent0 + new * after / spent1) / 2
    return PriceIndex(
        method="bilateral, direct",
        n=m,
        laspeyres=laspeyres,
        paasche=paasche,
        fisher=float(np.sqrt(laspeyres) * np.sqrt(paasche)),
        tornqvist=float(np.exp(shares @ (np.log(new) - np.log(old)))),
    )


class Deflated(Computed):
    """Amounts at the prices of the base period, in the unit of the nominal ones.

    Args:
        change: change of the index from the first period to the last, as a decimal, whatever the base.
    """

    real: list[float]
    change: float


@operation(
    "Valores a precios constantes",
    examples=(
        "Deflacta estas primas nominales con el IPC a precios constantes del primer año",
        "Deflate these nominal premiums by the consumer price index to constant prices",
    ),
)
def deflate(nominal: Vector, index: Vector, base: Count = 0) -> Deflated:
    """Express amounts of several periods at the prices of one.

    Args:
        nominal: (n,) amounts at the prices of their own periods, any unit.
        index: (n,) level of the price index in each period, positive.
        base: position, from 0, of the period whose prices are used.

    Raises:
        InvalidInput: an index that is not positive, lists of different lengths, or `base` outside them.

    Source: IMF, ILO et al., Consumer Price Index Manual (2020), chapter 2 (CPI as deflator):
    real = nominal · I_base / I_t.
    """
    amounts = vector(nominal, "nominal")
    levels = vector(index, "index", length=amounts.size, low=LEAST_PRICE)
    if base >= amounts.size:
        raise InvalidInput("base", N_("debe ser la posición de uno de los periodos, contando desde 0"))
    real = [float(v) for v in amounts * (levels[base] / levels)]
    at = tuple(float(i) for i in range(amounts.size))
    return Deflated(
        method=f"I[{base}] / I[t]",
        n=amounts.size,
        real=real,
        change=float(levels[-1] / levels[0] - 1),
        charts=(
            Chart(
                kind="line",
                title=N_("Valores nominales y a precios constantes"),
                x_label=N_("Periodo"),
                series=(
                    Series(name=N_("Nominal"), x=at, y=tuple(float(v) for v in amounts)),
                    Series(name=N_("A precios constantes"), x=at, y=tuple(real)),
                ),
            ),
        ),
    )


class Growth(Computed):
    """Rates of growth, as decimals; `first` is the position of the first period that has one."""

    rates: list[float]
    first: int


@operation(
    "Tasas de crecimiento",
    examples=(
        "Calcula la tasa de crecimiento interanual de las primas mensuales",
        "Year-on-year growth rates of monthly premiums, or the compound annual growth rate (CAGR)",
    ),
)
def growth(
    y: Vector,
    kind: Literal["mom", "yoy", "cagr", "annualised"] = "mom",
    per_year: Annotated[int, Field(ge=1, le=366)] = 12,
) -> Growth:
    """Compute how fast a positive series grows.

    Args:
        y: (n,) values in the order of time, any unit; zero only where no rate starts from it.
        kind: `mom` on the period before; `yoy` on the same period a year before (*interanual*); `annualised` the
            former as if it lasted a year; `cagr` the mean yearly rate over the whole series.
        per_year: periods in a year: 12 months, 4 quarters.

    Raises:
        InsufficientData: fewer values than the rate needs.
        InvalidInput: negative values, or a rate from zero.

    Source: IMF, Quarterly National Accounts Manual (2017), chapter 9 (rates of change, annualised rates).
    """
    import numpy as np

    values = vector(y, "y", least=2, low=0.0)
    lag = per_year if kind == "yoy" else values.size - 1 if kind == "cagr" else 1
    if values.size <= lag:
        raise InsufficientData("y", lag + 1, values.size)
    power = {"annualised": per_year, "cagr": per_year / lag}.get(kind, 1.0)
    if values[:-lag].min() < LEAST_PRICE:
        raise InvalidInput("y", FROM_ZERO)
    with np.errstate(divide="ignore"):  # a fall to zero is one of 100 %
        rates = [float(v) for v in np.expm1(power * (np.log(values[lag:]) - np.log(values[:-lag])))]
    at = tuple(float(i) for i in range(lag, values.size))
    chart = Chart(
        kind="bar",
        title=N_("Tasas de crecimiento"),
        x_label=N_("Periodo"),
        series=(Series(name=N_("Tasa"), x=at, y=tuple(rates)),),
        marks=((N_("Sin cambio"), 0.0),),
    )
    return Growth(method=kind, n=values.size, rates=rates, first=lag, charts=(chart,) if kind != "cagr" else ())


class Revaluation(Computed):
    """An amount revalued by an index, in its own unit and not yet rounded; rates are decimals.

    Args:
        rate: change of the index as applied, before share and cap.
        applied: the rate that the amount grew by.
    """

    updated: float
    rate: float
    applied: float


@operation(
    "Actualización de una renta o suma por el IPC",
    examples=(
        "Actualiza la renta de 750 € con el IPC: índice inicial 104,2 e índice final 107,6",
        "Revalue the sum insured of a home policy by the change of the consumer price index (IPC)",
    ),
)
def rent_update(
    amount: NonNegative,
    index_from: Positive,
    index_to: Positive,
    share: Share = 1.0,
    cap: Real | None = None,
    published_rate: bool = False,
) -> Revaluation:
    """Revalue a rent or a sum insured by the change of an index (*revalorización por el IPC*).

    Args:
        amount: rent or sum insured, in its currency.
        index_from: level of the index at the start, in the same base as `index_to`.
        index_to: level of the index at the end.
        share: part of the change that the contract passes on: 1 all of it, 0.85 for "85 % of the IPC".
        cap: highest rate that may be applied, as a decimal (0.03 for the 3 % of 2024); None without a cap.
        published_rate: whether the change is first rounded to one decimal of a per cent, as INE publishes it.

    Raises:
        InvalidInput: a negative amount, or levels that are not positive.

    Source: INE, Índice de Precios de Consumo base 2021, Metodología (2022), calculation of rates of change:
    rate = I_to / I_from - 1; cap: Royal Decree-law 6/2022 art. 46 and Law 12/2023, sixth final provision.
    """
    rate = index_to / index_from - 1.0
    if published_rate:
        rate = round(rate * 100.0 + 1e-9, 1) / 100.0
    passed = rate * share
    applied = passed if cap is None else min(passed, cap)
    cautions: tuple[Caution, ...] = ()
    if applied < passed:
        cautions = (Caution(text=N_("se aplica el tope del {cap} %"), values={"cap": round(100 * applied, 4)}),)
    elif rate < 0:
        cautions = (Caution(text=N_("el índice ha bajado: compruebe si el contrato prevé reducir el importe")),)
    return Revaluation(
        method="I_to / I_from" + (", rate to one decimal of a per cent" if published_rate else ""),
        updated=amount * (1.0 + applied),
        rate=rate,
        applied=applied,
        warnings=cautions,
    )


class RealRate(Computed):
    """A rate after inflation, exact and by the usual difference, as decimals."""

    real: float
    approximate: float


@operation(
    "Tipo de interés real",
    examples=(
        "¿Qué tipo de interés real da un 3,5 % nominal con una inflación del 2,1 %?",
        "Real interest rate by the exact Fisher equation from the nominal rate and inflation",
    ),
)
def real_rate(
    nominal: Annotated[float, Field(gt=-1, le=1e6, allow_inf_nan=False)],
    inflation: Annotated[float, Field(gt=-1, le=1e6, allow_inf_nan=False)],
) -> RealRate:
    """Take inflation out of a nominal rate.

    Args:
        nominal: rate over a period, as a decimal above -1.
        inflation: inflation over the same period, as a decimal above -1.

    Raises:
        InvalidInput: a rate of -100 % or less.

    Source: Fisher, The Theory of Interest (1930), chapter 2: (1 + i) / (1 + π) - 1.
    """
    return RealRate(
        method="exact Fisher equation",
        real=(nominal - inflation) / (1.0 + inflation),
        approximate=nominal - inflation,
    )
