"""What a tariff change does to a portfolio, and how insurers share a market by price."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.arrays import frame, labels, matrix, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Matrix, NonNegative, Part, Seed, Share, Table, Vector, operation
from engines.economic.market_simulation.histograms import histogram
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.running import report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BLOCK: Final = 2**20
MOST_TRIALS: Final = 1_000_000_000
CAPPED: Final = N_("En {n} pólizas la probabilidad de renovar llegaba a más de 1 y se ha dejado en 1.")
DOUBLED: Final = N_("La subida más alta es del {share} %: si quería decir {less} %, divida por cien.")


class Lapses(Computed):
    """Premium and policies after the change, in the unit of the premium. Exact means, simulated quantiles.

    `unchanged` is the premium expected without the change, `p_worse` the probability of retaining less.
    """

    current: float
    unchanged: float
    expected: float
    sd: float
    p05: float
    p50: float
    p95: float
    policies: int
    policies_kept: float
    retention: float
    p_worse: float


@operation(
    "Simulación de caídas de cartera",
    examples=(
        "Si subo la tarifa un 6 %, ¿cuánta prima retengo? Simula las anulaciones póliza a póliza",
        "Simulate lapses of the portfolio after a price increase and the retained premium",
    ),
    heavy=True,
)
def lapse_simulation(
    portfolio: Table,
    price_change: Annotated[float, Field(gt=-1, le=100, allow_inf_nan=False)] = 0.0,
    elasticity: Annotated[float, Field(ge=-100, le=0, allow_inf_nan=False)] = 0.0,
    simulations: Annotated[int, Field(ge=10, le=100_000)] = 1000,
    seed: Seed = 0,
) -> Lapses:
    """Simulate which policies renew after a price change, each by its own chance.

    A policy renews with probability min(1, r (1 + change)^elasticity).

    Args:
        portfolio: table of policies with the columns premium (EUR, not negative) and renewal (probability of
            renewing at today's price); optionally change and elasticity, which replace the two arguments.
        price_change: relative change of the premium of all policies (0.06 = +6 %).
        elasticity: elasticity of the renewal probability to the price, not positive.
        simulations: how many times the portfolio is drawn.
        seed: where chance begins.

    Raises:
        InvalidInput: a column is missing or outside its range.
        InsufficientData: no policy.
        LimitExceeded: more than a thousand million draws.

    Source: independent Bernoulli renewals, mean and variance in closed form; price elasticity of
    retention, Guelman & Guillén, Expert Systems with Applications 41 (2014).
    """
    import numpy as np

    table = frame(portfolio, "portfolio", least=1)
    if "premium" not in table.columns or "renewal" not in table.columns:
        raise InvalidInput("portfolio", N_("debe tener las columnas premium y renewal"))
    n = len(table)

    def column(name: str, low: float, high: float) -> "Floats":
        return vector(table[name].to_numpy(), f"portfolio.{name}", low=low, high=high)

    premium, renewal = column("premium", 0.0, 1e100), column("renewal", 0.0, 1.0)
    change = column("change", -0.999, 100.0) if "change" in table.columns else np.full(n, price_change)
    slope = column("elasticity", -100.0, 0.0) if "elasticity" in table.columns else np.full(n, elasticity)
    if n * simulations > MOST_TRIALS:
        raise LimitExceeded("simulations", MOST_TRIALS, n * simulations, N_("haga menos simulaciones"))
    with np.errstate(over="ignore"):
        wanted = renewal * (1 + change) ** slope
    chance = np.minimum(wanted, 1.0)
    charged = premium * (1 + change)
    totals = _totals(chance, charged, simulations, seed)
    unchanged, expected = float(premium @ renewal), float(charged @ chance)
    p05, p50, p95 = (float(v) for v in np.quantile(totals, [0.05, 0.5, 0.95]))
    capped = int((wanted > 1 + 1e-12).sum())
    warnings: tuple[Caution, ...] = (Caution(text=CAPPED, values={"n": capped}),) if capped else ()
    if change.max() >= 1:
        most = float(change.max())
        warnings += (Caution(text=DOUBLED, values={"share": round(100 * most, 2), "less": round(most, 4)}),)
    return Lapses(
        method="independent Bernoulli renewals",
        library="numpy",
        n=n,
        seed=seed,
        warnings=warnings,
        charts=(_totals_chart(totals, unchanged),),
        current=float(premium.sum()),
        unchanged=unchanged,
        expected=expected,
        sd=float(np.sqrt(charged**2 @ (chance * (1 - chance)))),
        p05=p05,
        p50=p50,
        p95=p95,
        policies=n,
        policies_kept=float(chance.sum()),
        retention=float(chance.mean()),
        p_worse=float((totals < unchanged).mean()),
    )


def _totals(chance: "Floats", charged: "Floats", simulations: int, seed: int) -> "Floats":
    """The premium retained in each simulation; simulation i takes the i-th child of the seed."""
    import numpy as np

    totals = np.empty(simulations)
    per = max(1, BLOCK // chance.size)
    for start in range(0, simulations, per):
        stop = min(start + per, simulations)
        for i in range(start, stop):
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,)))
            totals[i] = charged[rng.random(chance.size) < chance].sum()
        report(stop, simulations)
    return totals


def _totals_chart(totals: "Floats", unchanged: float) -> Chart:
    counts, edges = histogram(totals)
    return Chart(
        kind="bar",
        title=N_("Prima retenida"),
        x_label=N_("Prima"),
        y_label=N_("Simulaciones"),
        series=(
            Series(
                name=N_("Simulaciones"),
                x=tuple(float(a + b) / 2 for a, b in zip(edges, edges[1:], strict=False)),
                y=tuple(float(c) for c in counts),
            ),
        ),
    )


class InsurerShare(Part):
    """One insurer: share of customers (0 to 1), by segment too, premium, and result if costs were given."""

    insurer: str
    share: float
    by_segment: tuple[float, ...]
    customers: float
    premium: float
    result: float | None
    loss_ratio: float | None


class Competition(Computed):
    """How customers split among insurers after the round; premiums in the unit of the tariffs."""

    insurers: tuple[InsurerShare, ...]
    average_price: float
    switching: float | None
    hhi: float


@operation(
    "Competencia en la renovación",
    examples=(
        "Reparte los clientes entre aseguradoras según sus tarifas por segmento, con fidelidad a la actual",
        "Market shares of insurers by logit on tariffs and customer segments at renewal",
    ),
)
def renewal_competition(
    tariffs: Matrix,
    segment_sizes: Vector,
    price_coefficient: Annotated[float, Field(ge=-1e6, le=0, allow_inf_nan=False)],
    insurers: Labels | None = None,
    current_shares: Matrix | None = None,
    loyalty: NonNegative = 0.0,
    costs: Vector | None = None,
    market_participation: Share = 1.0,
) -> Competition:
    """Share a market among insurers by a conditional logit of their tariffs.

    Args:
        tariffs: (insurers, segments) premium of each insurer for each segment, in EUR.
        segment_sizes: (segments,) customers in each.
        price_coefficient: utility of one EUR more, not positive (-0.02 = two hundredths per EUR).
        insurers: (insurers,) their names.
        current_shares: (insurers, segments) share of each segment that each insurer has now, adding up to 1.
        loyalty: utility of staying with the current insurer, with `current_shares`.
        costs: (segments,) expected claims and expenses of a customer, for results.
        market_participation: share of customers who look at other offers at all, with `current_shares`.

    Raises:
        InvalidInput: sizes that do not match, negative premiums, or shares that do not add up to one.
        InsufficientData: fewer than two insurers.

    Source: McFadden (1974), conditional logit; Train, Discrete Choice Methods with Simulation (2009),
    section 3.1; switching inertia as a constant of the current choice, Handel, American Economic Review
    103 (2013).
    """
    import numpy as np
    from scipy.special import softmax

    prices = matrix(tariffs, "tariffs", least=2)
    if prices.size == 0 or prices.min() < 0:
        raise InvalidInput("tariffs", N_("debe tener primas no negativas"))
    firms, segments = prices.shape
    sizes = vector(segment_sizes, "segment_sizes", length=segments, low=0.0)
    if sizes.sum() <= 0:
        raise InvalidInput("segment_sizes", N_("debe sumar más de cero"))
    names = [str(v) for v in labels(insurers, "insurers", length=firms)] if insurers is not None else []
    names = names or [str(i + 1) for i in range(firms)]
    utility = price_coefficient * prices
    switching = None
    if current_shares is None:
        if loyalty or market_participation < 1:
            raise InvalidInput("current_shares", N_("hace falta para la fidelidad y la participación"))
        shares = softmax(utility, axis=0)
    else:
        now = matrix(current_shares, "current_shares", least=firms, columns=segments)
        if len(now) != firms or now.min() < 0 or np.abs(now.sum(axis=0) - 1).max() > 1e-6:
            raise InvalidInput("current_shares", N_("debe sumar 1 en cada segmento, con una fila por aseguradora"))
        choice = softmax(utility[None, :, :] + loyalty * np.eye(firms)[:, :, None], axis=1)
        stay = np.eye(firms)[:, :, None] * (1 - market_participation) + market_participation * choice
        shares = np.einsum("is,ijs->js", now, stay)
        kept = np.einsum("is,iis->s", now, stay)
        switching = float(1 - sizes @ kept / sizes.sum())
    expense = vector(costs, "costs", length=segments, low=0.0) if costs is not None else None
    customers = shares * sizes
    premium = (customers * prices).sum(axis=1)
    spent = customers @ expense if expense is not None else None
    whole = customers.sum(axis=1) / sizes.sum()
    found = tuple(
        InsurerShare(
            insurer=names[i],
            share=float(whole[i]),
            by_segment=tuple(float(v) for v in shares[i]),
            customers=float(customers[i].sum()),
            premium=float(premium[i]),
            result=None if spent is None else float(premium[i] - spent[i]),
            loss_ratio=None if spent is None or premium[i] <= 0 else float(spent[i] / premium[i]),
        )
        for i in range(firms)
    )
    chart = Chart(
        kind="bar",
        title=N_("Cuotas de mercado"),
        series=(Series(name=N_("Cuota"), x=tuple(names), y=tuple(float(v) for v in whole)),),
    )
    return Competition(
        method="conditional logit",
        library="scipy",
        n=firms,
        charts=(chart,),
        insurers=found,
        average_price=float(premium.sum() / sizes.sum()),
        switching=switching,
        hhi=float(1e4 * (whole @ whole)),
    )
