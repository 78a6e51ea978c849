"""Agents who react to each other: traders of wealth, and insurers that price after their losses."""

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Seed, Share, operation
from engines.economic.market_simulation.histograms import histogram
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.running import report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_MOVES: Final = 200_000_000
FEWER: Final = N_("use menos agentes o menos pasos")
SHOWN: Final = 200
MOVING: Final = N_("El reparto aún no se ha asentado (el Gini sigue subiendo): dé más pasos para ver el final.")
BURN_IN: Final = 30  # years before those reported, so that the start does not show


class Bin(Part):
    """How many agents hold between `low` and `high`."""

    low: float
    high: float
    agents: int


class Wealth(Computed):
    """Wealth after the exchanges; the total never changes. `gini_path` is the index along the way."""

    gini: float
    total: float
    median: float
    top_decile_share: float
    histogram: tuple[Bin, ...]
    gini_path: tuple[float, ...]


@operation(
    "Intercambio de riqueza entre agentes",
    examples=(
        "Simula mil agentes que intercambian dinero al azar y dime el índice de Gini final",
        "Agent-based wealth exchange simulation (Boltzmann-Gibbs) with Gini and histogram",
    ),
    heavy=True,
)
def wealth_exchange(
    agents: Annotated[int, Field(ge=2, le=1_000_000)],
    initial_wealth: Positive,
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 1000,
    rule: Literal["give_unit", "reshuffle", "saving"] = "give_unit",
    saving: Annotated[float, Field(ge=0, lt=1)] = 0.5,
    seed: Seed = 0,
) -> Wealth:
    """Let agents of equal wealth exchange it at random, and see how unequal they become.

    Args:
        agents: how many, even for reshuffle and saving.
        initial_wealth: what each has at first, at least 1 for give_unit.
        steps: rounds; in each every agent takes part.
        rule: give_unit (who has at least 1 gives 1 to an agent drawn at random), reshuffle (random pairs
            split what they have together at random), saving (the same after each keeps a share).
        saving: share kept, for the rule saving.
        seed: where chance begins.

    Raises:
        InvalidInput: an odd number of agents in pairs, or less than 1 to give.
        LimitExceeded: more than two hundred million exchanges.

    Source: Drăgulescu & Yakovenko, European Physical Journal B 17 (2000): exponential equilibrium, Gini
    1/2; Chakraborti & Chakrabarti, European Physical Journal B 17 (2000) for saving.
    """
    import numpy as np

    if agents * steps > MOST_MOVES:
        raise LimitExceeded("steps", MOST_MOVES, agents * steps, FEWER)
    if rule == "give_unit" and initial_wealth < 1:
        raise InvalidInput("initial_wealth", N_("debe ser al menos 1: cada cual da 1"))
    if rule != "give_unit" and agents % 2:
        raise InvalidInput("agents", N_("debe ser par: se emparejan"))
    rng = np.random.default_rng(seed)
    wealth = np.full(agents, initial_wealth)
    kept = saving if rule == "saving" else 0.0
    every = max(1, steps // SHOWN)
    path = []
    for step in range(1, steps + 1):
        if rule == "give_unit":
            giving = wealth >= 1
            received = np.bincount(rng.integers(0, agents, int(giving.sum())), minlength=agents)
            wealth = wealth - giving + received
        else:
            order = rng.permutation(agents)
            one, other = order[: agents // 2], order[agents // 2 :]
            pot = (1 - kept) * (wealth[one] + wealth[other])
            share = rng.random(agents // 2)
            wealth[one], wealth[other] = kept * wealth[one] + share * pot, kept * wealth[other] + (1 - share) * pot
        if step % every == 0 or step == steps:
            path.append(_gini(wealth))
            report(step, steps)
    counts, edges = histogram(wealth)
    order = np.sort(wealth)
    return Wealth(
        method=rule,
        library="numpy",
        n=agents,
        seed=seed,
        warnings=(Caution(text=MOVING),) if _rising(path, agents) else (),
        charts=(_histogram(counts, edges),),
        gini=path[-1],
        total=float(wealth.sum()),
        median=float(np.median(wealth)),
        top_decile_share=float(order[-max(agents // 10, 1) :].sum() / wealth.sum()),
        histogram=tuple(
            Bin(low=float(a), high=float(b), agents=int(c)) for a, b, c in zip(edges, edges[1:], counts, strict=False)
        ),
        gini_path=tuple(path),
    )


def _gini(wealth: "Floats") -> float:
    import numpy as np

    n = wealth.size
    return float(2 * (np.arange(1, n + 1) @ np.sort(wealth)) / (n * wealth.sum()) - (n + 1) / n)


def _rising(path: list[float], agents: int) -> bool:
    """Whether the index rose from the third quarter to the last by more than its chance."""
    quarter = len(path) // 4
    if not quarter:
        return False
    last, before = path[-quarter:], path[-2 * quarter : -quarter]
    return (sum(last) - sum(before)) / quarter > max(0.01, 0.3 / math.sqrt(agents))


def _histogram(counts: "NDArray[np.int64]", edges: "Floats") -> Chart:
    return Chart(
        kind="bar",
        title=N_("Reparto de la riqueza"),
        x_label=N_("Riqueza"),
        y_label=N_("Agentes"),
        series=(
            Series(
                name=N_("Agentes"),
                x=tuple(float(a + b) / 2 for a, b in zip(edges, edges[1:], strict=False)),
                y=tuple(float(c) for c in counts),
            ),
        ),
    )


class MarketYear(Part):
    """One year of the market: combined ratio of all insurers, and of the middle half of them; average premium."""

    year: int
    combined_ratio: float
    low: float
    high: float
    premium: float


class Cycle(Computed):
    """The underwriting cycle: yearly combined ratios (1 = break-even), final shares, and the cycle's length.

    `period_years` is that of an AR(2) on the market's combined ratio; None where it does not oscillate.
    """

    years: tuple[MarketYear, ...]
    mean_combined_ratio: float
    sd_combined_ratio: float
    period_years: float | None
    shares: tuple[float, ...]
    hhi: float


@operation(
    "Ciclo asegurador (agentes)",
    examples=(
        "Simula el ciclo de suscripción: mercado duro y blando con diez aseguradoras que ajustan tarifas tarde",
        "Agent-based underwriting cycle: combined ratio path of competing insurers",
    ),
    heavy=True,
)
def insurance_cycle(
    insurers: Annotated[int, Field(ge=2, le=200)] = 10,
    years: Annotated[int, Field(ge=10, le=5000)] = 50,
    customers: Annotated[int, Field(ge=100, le=10_000_000)] = 10_000,
    frequency: Annotated[Positive, Field(le=100)] = 0.1,
    severity: Positive = 1000.0,
    severity_cv: Annotated[Positive, Field(le=20)] = 1.0,
    expense_ratio: Annotated[float, Field(ge=0, lt=0.95)] = 0.3,
    target_combined_ratio: Annotated[float, Field(gt=0.5, le=1.5)] = 0.97,
    credibility: Share = 0.3,
    price_sensitivity: Annotated[float, Field(ge=0, le=100)] = 8.0,
    loyalty: Share = 0.8,
    response: Annotated[float, Field(ge=0, le=3)] = 0.8,
    lag: Annotated[int, Field(ge=1, le=5)] = 2,
    seed: Seed = 0,
) -> Cycle:
    """Simulate insurers that price after late results, and customers who shop for price.

    Each year an insurer prices at the claims cost it expects (credibility of its own past with the
    market's) over 1 - expenses at the target combined ratio, times a mark-up that rises when the combined
    ratio of `lag` years ago was above the target and leans to the market's price. A share `loyalty` of its
    customers stays; the rest choose by a logit on the logarithm of price. Claims are Poisson and gamma.

    Args:
        insurers: how many compete.
        years: years reported, after 30 that are not.
        customers: policies in the market, one a customer.
        frequency: claims a policy and year.
        severity: mean claim, in EUR.
        severity_cv: coefficient of variation of a claim.
        expense_ratio: expenses over premium.
        target_combined_ratio: combined ratio aimed at.
        credibility: weight of the insurer's own experience against the market's.
        price_sensitivity: logit weight of the logarithm of price.
        loyalty: share of customers who do not shop around.
        response: how strongly the mark-up answers a bad result.
        lag: years until a result is known.
        seed: where chance begins.

    Raises:
        LimitExceeded: more than two hundred thousand insurer-years.

    Source: structure of Owadally, Zhou & Wright, J. of Artificial Societies and Social Simulation 21(4) 2
    (2018), with a logit in place of their ring of customers and a linear answer of the mark-up; delayed
    results as the cause of the cycle and its length 2 pi/arccos(a1/(2 sqrt(-a2))): Venezian, J. Risk and
    Insurance 52 (1985).
    """
    import numpy as np

    span = years + BURN_IN
    if insurers * span > 200_000:
        raise LimitExceeded("years", 200_000, insurers * span, FEWER)
    rng = np.random.default_rng(seed)
    cost = frequency * severity
    shape = 1 / severity_cv**2
    loading = target_combined_ratio - expense_ratio
    if loading <= 0:
        raise InvalidInput("expense_ratio", N_("debe ser menor que el ratio combinado objetivo"))
    held = rng.multinomial(customers, np.full(insurers, 1 / insurers))
    experience = np.full(insurers, cost)
    markup = np.zeros(insurers)
    past = [np.full(insurers, target_combined_ratio)] * lag
    base = cost / loading
    price = np.full(insurers, base)
    ratios, market, premiums = np.empty((span, insurers)), np.empty(span), np.empty(span)
    for year in range(span):
        average = float(held @ price / customers)
        wanted = response * (past[-lag] - target_combined_ratio) + 0.5 * np.log(average / price)
        markup = np.clip(0.5 * markup + 0.5 * wanted, -0.7, 0.7)
        expected = credibility * experience + (1 - credibility) * float(held @ experience / customers)
        price = np.maximum(expected, 0.01 * cost) / loading * np.exp(markup)
        appeal = np.exp(-price_sensitivity * (np.log(price) - np.log(price).min()))
        staying = rng.binomial(held, loyalty)
        held = staying + rng.multinomial(customers - int(staying.sum()), appeal / appeal.sum())
        counts = rng.poisson(frequency * held)
        claims = np.where(counts > 0, rng.gamma(np.maximum(counts, 1) * shape) * severity / shape, 0.0)
        earned = price * held
        market[year] = claims.sum() / earned.sum() + expense_ratio
        ratios[year] = np.where(held > 0, claims / np.maximum(earned, 1e-9) + expense_ratio, market[year])
        premiums[year] = earned.sum() / customers
        past.append(ratios[year])
        seen = np.where(held > 0, claims / np.maximum(held, 1), experience)
        experience = 0.7 * experience + 0.3 * seen
        if year % 50 == 0:
            report(year, span)
    low, high = np.quantile(ratios[BURN_IN:], [0.25, 0.75], axis=1)
    shown = market[BURN_IN:]
    rows = tuple(
        MarketYear(
            year=i + 1,
            combined_ratio=float(shown[i]),
            low=float(low[i]),
            high=float(high[i]),
            premium=float(premiums[BURN_IN + i]),
        )
        for i in range(years)
    )
    shares = held / customers
    return Cycle(
        method="logit demand, linear mark-up",
        library="numpy",
        n=insurers,
        seed=seed,
        charts=(_ratios(rows),),
        years=rows,
        mean_combined_ratio=float(shown.mean()),
        sd_combined_ratio=float(shown.std(ddof=1)),
        period_years=cycle_length(shown),
        shares=tuple(float(v) for v in shares),
        hhi=float(1e4 * (shares @ shares)),
    )


def cycle_length(ratios: "Floats") -> float | None:
    """The period of an AR(2) fitted by least squares; None if its roots are real or it explodes."""
    import numpy as np

    x = ratios - ratios.mean()
    columns = np.column_stack([x[1:-1], x[:-2]])
    (a1, a2), _, rank, _ = np.linalg.lstsq(columns, x[2:], rcond=None)
    if rank < 2 or a1**2 + 4 * a2 >= 0 or a2 <= -1:
        return None
    return float(2 * np.pi / np.arccos(a1 / (2 * np.sqrt(-a2))))


def _ratios(rows: tuple[MarketYear, ...]) -> Chart:
    shown = rows[:SHOWN]
    return Chart(
        kind="line",
        title=N_("Ratio combinado del mercado"),
        x_label=N_("Año"),
        y_label=N_("Ratio combinado"),
        series=(
            Series(
                name=N_("Mercado"),
                x=tuple(float(r.year) for r in shown),
                y=tuple(r.combined_ratio for r in shown),
                low=tuple(r.low for r in shown),
                high=tuple(r.high for r in shown),
            ),
        ),
        marks=((N_("Equilibrio"), 1.0),),
    )
