"""Prices that follow a geometric Brownian motion, simulated in blocks of bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Part, Positive, Real, Seed, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.running import report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BLOCK: Final = 2**20  # numbers drawn at once: 8 MB
BLOCK_PATHS: Final = 2**14
MOST_PATHS: Final = 10_000_000
MOST_DRAWS: Final = 1_000_000_000
SHOWN: Final = 60  # dates of the fan
LEVELS: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
NOT_NEUTRAL: Final = N_("La deriva ({mu}) no es el tipo de descuento ({rate}): el valor no es un precio sin arbitraje.")


class Payoff(BaseModel):
    """What is paid at the end, and the yearly rate (continuous) at which it is discounted.

    forward pays S - K; digitals pay 1; asians pay on the arithmetic mean of the simulated dates.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["call", "put", "digital_call", "digital_put", "asian_call", "asian_put", "forward"]
    strike: NonNegative
    discount_rate: Annotated[float, Field(ge=-1, le=10, allow_inf_nan=False)]


class Quantile(Part):
    """The value of the price at the end that a share `level` of the paths does not pass."""

    level: float
    value: float


class Simulation(Computed):
    """Where the price ends, in the unit of s0, and the discounted payoff if one was asked.

    `mean_error` and `mc_error` are Monte Carlo standard errors; `low` and `high` bound the price at 95 %.
    """

    mean: float
    mean_error: float
    exact_mean: float
    sd: float
    quantiles: tuple[Quantile, ...]
    price: float | None
    mc_error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Plan:
    """What to simulate. Block i takes the i-th child of the seed, so that blocks may be run in any order."""

    s0: float
    mu: float
    sigma: float
    years: float
    steps: int
    paths: int
    antithetic: bool
    seed: int

    @property
    def pairs(self) -> int:
        """How many independent draws: paths, or pairs of them."""
        return self.paths // 2 if self.antithetic else self.paths

    @property
    def per_block(self) -> int:
        """How many draws a block holds; never more than 8 MB."""
        return max(1, min(BLOCK_PATHS, BLOCK // self.steps))

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.pairs // self.per_block)


def block(plan: Plan, i: int) -> "Floats":
    """The paths of block `i`: (draws or 2 draws, steps), in order; the second half are the antithetic ones."""
    import numpy as np

    draws = min(plan.per_block, plan.pairs - i * plan.per_block)
    child = np.random.SeedSequence(plan.seed, spawn_key=(i,))
    z = np.random.default_rng(child).standard_normal((draws, plan.steps))
    if plan.antithetic:
        z = np.concatenate([z, -z])
    dt = plan.years / plan.steps
    z *= plan.sigma * np.sqrt(dt)
    z += (plan.mu - plan.sigma**2 / 2) * dt
    np.cumsum(z, axis=1, out=z)
    with np.errstate(over="ignore"):
        np.exp(z, out=z)
    z *= plan.s0
    return z


def blocks(plan: Plan) -> Iterator["Floats"]:
    """All blocks in order, saying how far it has come."""
    for i in range(plan.blocks):
        yield block(plan, i)
        report(i + 1, plan.blocks)


@operation(
    "Simulación de precios (browniano geométrico)",
    examples=(
        "Simula un millón de trayectorias de la bolsa a 10 años y dame los percentiles del valor del fondo",
        "Monte Carlo geometric Brownian motion paths: price of a call with its standard error",
    ),
    heavy=True,
)
def gbm_paths(
    s0: Positive,
    mu: Annotated[Real, Field(ge=-10, le=10)],
    sigma: Annotated[NonNegative, Field(le=10)],
    T: Annotated[Positive, Field(le=1000)],
    steps: Annotated[int, Field(ge=1, le=100_000)] = 1,
    paths: Annotated[int, Field(ge=2, le=MOST_PATHS)] = 100_000,
    antithetic: bool = True,
    payoff: Payoff | None = None,
    seed: Seed = 0,
) -> Simulation:
    """Simulate a price by exact log-normal steps; value a payoff with its Monte Carlo error.

    Args:
        s0: price now, in any currency.
        mu: yearly drift, continuous (0.05 = 5 %).
        sigma: yearly volatility (0.2 = 20 %).
        T: horizon, in years.
        steps: dates simulated up to the horizon.
        paths: how many; even if antithetic.
        antithetic: whether each draw is also used with its sign changed.
        payoff: what is paid at the end, and its discount rate; None for the distribution alone.
        seed: where chance begins; the result does not depend on how the work is cut into blocks.

    Raises:
        InvalidInput: an odd number of antithetic paths.
        LimitExceeded: more than a thousand million path-steps.

    Source: Glasserman, Monte Carlo Methods in Financial Engineering (2004), equations 3.20-3.22 and
    section 4.2 (error of antithetic pairs from the means of the pairs); Hull, Options, Futures and Other
    Derivatives, chapter 21.
    """
    import numpy as np

    if antithetic and paths % 2:
        raise InvalidInput("paths", N_("debe ser par con trayectorias antitéticas"))
    if paths * steps > MOST_DRAWS:
        raise LimitExceeded("paths", MOST_DRAWS, paths * steps, N_("use menos fechas o menos trayectorias"))
    plan = Plan(s0, mu, sigma, T, steps, paths, antithetic, seed)
    ends, paid = np.empty(paths), np.empty(paths if payoff else 0)
    first: Floats | None = None
    at = 0
    for found in blocks(plan):
        first = found if first is None else first
        rows = slice(at, at + len(found))
        ends[rows] = found[:, -1]
        if payoff:
            paid[rows] = _paid(payoff, found)
        at += len(found)
    assert first is not None
    mean, mean_error = _estimate(ends, plan)
    warnings: tuple[Caution, ...] = ()
    price = error = None
    if payoff:
        paid *= np.exp(-payoff.discount_rate * T)
        price, error = _estimate(paid, plan)
        if payoff.discount_rate != mu:
            warnings = (Caution(text=NOT_NEUTRAL, values={"mu": mu, "rate": payoff.discount_rate}),)
    return Simulation(
        method="exact log-normal steps" + (", antithetic" if antithetic else ""),
        library="numpy",
        n=paths,
        seed=seed,
        warnings=warnings,
        charts=(_fan(plan, first),),
        mean=mean,
        mean_error=mean_error,
        exact_mean=float(s0 * np.exp(np.float64(mu * T))),
        sd=float(ends.std(ddof=1)),
        quantiles=tuple(
            Quantile(level=q, value=float(v)) for q, v in zip(LEVELS, np.quantile(ends, LEVELS), strict=True)
        ),
        price=price,
        mc_error=error,
        low=None if price is None or error is None else price - 1.959963984540054 * error,
        high=None if price is None or error is None else price + 1.959963984540054 * error,
    )


def _estimate(values: "Floats", plan: Plan) -> tuple[float, float]:
    """Mean and its standard error; the two of an antithetic pair are one observation."""
    import numpy as np

    if not plan.antithetic:
        return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
    means = np.empty(plan.pairs)
    for start in range(0, plan.pairs, plan.per_block):
        draws = min(plan.per_block, plan.pairs - start)
        at = 2 * start
        means[start : start + draws] = (values[at : at + draws] + values[at + draws : at + 2 * draws]) / 2
    error = float(means.std(ddof=1) / np.sqrt(means.size)) if means.size > 1 else float(np.abs(np.diff(values))[0] / 2)
    return float(means.mean()), error


def _paid(payoff: Payoff, paths: "Floats") -> "Floats":
    import numpy as np

    ends, strike = paths[:, -1], payoff.strike
    found: Floats
    match payoff.kind:
        case "call":
            found = np.maximum(ends - strike, 0.0)
        case "put":
            found = np.maximum(strike - ends, 0.0)
        case "digital_call":
            found = (ends > strike).astype(float)
        case "digital_put":
            found = (ends <= strike).astype(float)
        case "asian_call":
            found = np.maximum(paths.mean(axis=1) - strike, 0.0)
        case "asian_put":
            found = np.maximum(strike - paths.mean(axis=1), 0.0)
        case _:
            found = ends - strike
    return found


def _fan(plan: Plan, paths: "Floats") -> Chart:
    """The fan of the first block at up to sixty dates."""
    import numpy as np

    at = np.unique(np.linspace(0, plan.steps - 1, min(plan.steps, SHOWN)).astype(int))
    low, middle, high = np.quantile(paths[:, at], [0.05, 0.5, 0.95], axis=0)
    years = [0.0, *((at + 1) * plan.years / plan.steps)]

    def from_now(values: "Floats") -> tuple[float, ...]:
        return (plan.s0, *(float(v) for v in values))

    return Chart(
        kind="line",
        title=N_("Abanico de trayectorias (5 % a 95 %)"),
        x_label=N_("Años"),
        y_label=N_("Valor"),
        series=(
            Series(
                name=N_("Mediana"),
                x=tuple(float(v) for v in years),
                y=from_now(middle),
                low=from_now(low),
                high=from_now(high),
            ),
        ),
    )
