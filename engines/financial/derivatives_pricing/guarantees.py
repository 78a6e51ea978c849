"""Guarantees of unit-linked insurance (*garantías de seguros vinculados a fondos*), valued as put options."""

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, Positive, Share, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.financial.derivatives_pricing.market import Price, Rate, Volatility, european

Age: TypeAlias = Annotated[int, Field(ge=0, le=130)]


class MortalityLaw(Part):
    """A law of mortality: force a + b c^x (`makeham`; `gompertz` with a = 0), or uniform deaths (`de_moivre`)."""

    model_config = ConfigDict(extra="forbid")

    law: Literal["makeham", "gompertz", "de_moivre"]
    a: NonNegative = 0.0
    b: Positive | None = None
    c: Annotated[float, Field(allow_inf_nan=False, gt=1, le=2)] | None = None
    limiting_age: Positive | None = None


class MortalityTable(Part):
    """A table: `q` is the probability that somebody of exactly that whole age dies within a year."""

    model_config = ConfigDict(extra="forbid")

    age: Annotated[tuple[Age, ...], Field(min_length=1)]
    q: tuple[Share, ...]


Mortality: TypeAlias = MortalityLaw | MortalityTable


class GuaranteeYear(Part):
    """One policy year: the probability to die in it, the guarantee and the put to its end, and their cost."""

    year: int
    death_probability: float
    guarantee: float
    put: float
    cost: float


class GuaranteeCost(Computed):
    """Values today, in the currency of the fund; rates of the cost per unit of fund are decimals.

    `gmmb` and `gmdb` are the guaranteed minimum maturity and death benefits; `fee_income` is the value of
    the fees until death or maturity; `net_cost` is what the fees do not pay for.
    """

    gmmb: float
    gmdb: float
    cost: float
    cost_share: float
    fee_income: float
    net_cost: float
    survival: float
    years: tuple[GuaranteeYear, ...]


@operation(
    "Coste de la garantía de un unit-linked",
    examples=(
        "¿Cuánto cuesta garantizar el capital al vencimiento y al fallecimiento en este unit-linked?",
        "Cost of the GMDB and GMMB guarantees of a unit-linked policy given mortality and volatility",
    ),
)
def unit_linked_guarantee(
    fund: Price, guarantee: Price, term: Annotated[int, Field(ge=1, le=60)], age: Age, mortality: Mortality, fee: Share,
    rate: Rate, vol: Volatility, roll_up: Rate = 0.0, benefits: Literal["both", "maturity", "death"] = "both",
) -> GuaranteeCost:  # fmt: skip
    """Value the guaranteed minimum benefits of a single-premium unit-linked policy.

    The insurer owes a put on the fund, to the end of the year of death or to maturity; the puts are weighted
    by the probabilities of death and survival, which are taken as independent of the fund and diversified.

    Args:
        fund: value of the fund today, currency.
        guarantee: what is guaranteed today, currency.
        term: whole years to maturity.
        age: of the insured, whole years.
        mortality: a law, or a table that covers the ages.
        fee: management charge taken from the fund, a year, continuous, decimal.
        rate: risk-free rate a year, continuous, decimal.
        vol: volatility of the fund a year, decimal.
        roll_up: growth of the guarantee a year, continuous, decimal.
        benefits: which are guaranteed: on maturity, on death, or both.

    Raises:
        InvalidInput: a law without its parameters, a table whose ages have gaps, or the life ends before the term.
        InsufficientData: a table that stops before the term.

    Source: Hardy, Investment Guarantees (2003), chapters 6 and 8; Brennan & Schwartz, Journal of
    Financial Economics 3 (1976); Dickson, Hardy & Waters, Actuarial Mathematics for Life Contingent
    Risks, 2nd ed. (2013), chapter 16.
    """
    lives = _survival(mortality, age, term)
    rows = []
    for year in range(1, term + 1):
        owed = guarantee * math.exp(roll_up * year)
        put = european(fund, owed, year, rate, rate - fee, vol, "put")
        dies = lives[year - 1] - lives[year]
        rows.append(
            GuaranteeYear(
                year=year,
                death_probability=dies,
                guarantee=owed,
                put=put,
                cost=dies * put if benefits != "maturity" else 0.0,
            )
        )
    gmdb = math.fsum(row.cost for row in rows)
    gmmb = lives[term] * rows[-1].put if benefits != "death" else 0.0
    # The fees of t years are worth what they take from the fund: 1 - e^{-fee t} of it today.
    ends = [(row.death_probability, row.year) for row in rows] + [(lives[term], term)]
    income = fund * math.fsum(weight * -math.expm1(-fee * year) for weight, year in ends)
    cost = gmdb + gmmb
    caution = Caution(text=N_("Supone que nadie rescata antes del vencimiento y que la volatilidad es constante."))
    return GuaranteeCost(
        method="puts weighted by survival",
        library="QuantLib",
        gmmb=gmmb,
        gmdb=gmdb,
        cost=cost,
        cost_share=cost / fund,
        fee_income=income,
        net_cost=cost - income,
        survival=lives[term],
        years=tuple(rows),
        warnings=(caution,),
        charts=(
            Chart(
                kind="bar",
                title=N_("Coste de la garantía de fallecimiento por año"),
                series=(
                    Series(
                        name=N_("Coste"), x=tuple(float(r.year) for r in rows), y=tuple(r.cost for r in rows)
                    ),
                ),
                x_label=N_("Año de la póliza"),
                y_label=N_("Coste"),
            ),
        ),
    )  # fmt: skip


def _survival(mortality: Mortality, age: int, term: int) -> list[float]:
    """Probabilities to live 0, 1, … term years more."""
    if isinstance(mortality, MortalityTable):
        if len(mortality.q) != len(mortality.age):
            raise InvalidInput("mortality", N_("necesita tantas probabilidades como edades"))
        held = dict(zip(mortality.age, mortality.q, strict=True))
        if len(held) != len(mortality.age):
            raise InvalidInput("mortality", N_("repite una edad"))
        alive = [1.0]
        for x in range(age, age + term):
            if x not in held:
                raise InsufficientData("mortality", term, x - age)
            alive.append(alive[-1] * (1 - held[x]))
        return alive
    if mortality.law == "de_moivre":
        if mortality.limiting_age is None:
            raise InvalidInput("mortality", N_("la ley de De Moivre necesita la edad límite"))
        left = mortality.limiting_age - age
        if left < term:
            raise InvalidInput("mortality", N_("la edad límite se alcanza antes del vencimiento"))
        return [1 - t / left for t in range(term + 1)]
    if mortality.b is None or mortality.c is None:
        raise InvalidInput("mortality", N_("las leyes de Makeham y Gompertz necesitan b y c"))
    a = mortality.a if mortality.law == "makeham" else 0.0
    scale = mortality.b * mortality.c**age / math.log(mortality.c)
    return [math.exp(-a * t - scale * (mortality.c**t - 1)) for t in range(term + 1)]
