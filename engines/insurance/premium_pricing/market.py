"""What a price does: its place among competitors, and what changes of a tariff mean for the portfolio."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Computed, Part, Positive, Table, Vector, operation
from engines.errors import N_, InvalidInput
from engines.insurance.premium_pricing.quoting import TWICE, UNKNOWN_LEVEL, Tariff

if TYPE_CHECKING:
    from engines.arrays import Floats


class MarketGap(Computed):
    """Where a quote stands. `rank` 1 is the cheapest; `percentile` the share of competitors that are cheaper.

    Gaps are shares: own / that of the market - 1. `to_be_first` is the change that would undercut all.
    """

    own: float
    rank: int
    of: int
    percentile: float
    market_mean: float
    market_median: float
    market_lowest: float
    market_highest: float
    gap_to_mean: float
    gap_to_median: float
    gap_to_lowest: float
    to_be_first: float


@operation(
    "Posición de la prima en el mercado",
    examples=(
        "¿En qué puesto queda nuestra prima frente a las de la competencia y a qué distancia de la mediana?",
        "Rank our quote against competitors' quotes: gap to market median and percentile",
    ),
)
def gap_to_market(own: Positive, competitors: Vector) -> MarketGap:
    """Compare a quote with those of competitors for the same risk and coverages.

    Args:
        own: our premium, EUR.
        competitors: theirs, EUR, positive.

    Raises:
        InvalidInput: a premium of zero or less.
        InsufficientData: no competitor.

    Source: competitive position of a rate (rank and gap to market), Werner & Modlin, Basic Ratemaking, CAS 2016,
    ch. 13 (competitive comparison: percentage premium difference, rank).
    """
    import numpy as np

    theirs = vector(competitors, "competitors")
    if theirs.min() <= 0:
        raise InvalidInput("competitors", N_("debe tener solo valores mayores que cero"))
    cheaper = int((theirs < own).sum())
    mean, median, lowest = float(theirs.mean()), float(np.median(theirs)), float(theirs.min())
    return MarketGap(
        method="ties rank as the better",
        library="numpy",
        n=theirs.size,
        charts=(
            Chart(
                kind="bar",
                title=N_("Primas de la competencia"),
                series=(
                    Series(
                        name=N_("Prima"),
                        x=tuple(float(k) for k in range(1, theirs.size + 1)),
                        y=tuple(map(float, np.sort(theirs))),
                    ),
                ),
                unit="EUR",
                marks=((N_("Prima propia"), own),),
            ),
        )
        if theirs.size <= 100
        else (),
        own=own,
        rank=cheaper + 1,
        of=theirs.size + 1,
        percentile=cheaper / theirs.size,
        market_mean=mean,
        market_median=median,
        market_lowest=lowest,
        market_highest=float(theirs.max()),
        gap_to_mean=own / mean - 1,
        gap_to_median=own / median - 1,
        gap_to_lowest=own / lowest - 1,
        to_be_first=min(lowest / own - 1, 0.0),
    )


class Shock(Part):
    """A change of one relativity: `change` 0.1 raises it by 10 %. Without a level, of the whole factor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    factor: str
    level: str | None = None
    change: Annotated[float, Field(gt=-1, le=100, allow_inf_nan=False)]


class ShockEffect(Part):
    """What one change does alone: premium income, EUR and as a share, and the share of exposure that it touches."""

    factor: str
    level: str | None
    change: float
    premium: float
    difference: float
    relative: float
    affected: float


class Sensitivity(Computed):
    """Premium income of a portfolio before and after changes of the tariff, EUR: each alone, and all together.

    `largest_rise` and `largest_fall` are those of one policy when all changes are made, as shares.
    """

    premium: float
    effects: tuple[ShockEffect, ...]
    premium_after: float
    difference: float
    relative: float
    largest_rise: float
    largest_fall: float
    base_offset: float


@operation(
    "Sensibilidad de la tarifa",
    examples=(
        "¿Cuánto cambia la prima de la cartera si subo un 10 % la relatividad de la zona A?",
        "Premium sensitivity of the portfolio to shocks of tariff relativities",
    ),
    heavy=True,
)
def sensitivity(
    tariff: Tariff, portfolio: Table, shocks: tuple[Shock, ...], exposure: str | None = None
) -> Sensitivity:  # fmt: skip
    """Tell what changes of relativities do to the premium income of a portfolio.

    Args:
        tariff: base premium, EUR, and relativities by factor and level.
        portfolio: one row a policy, a column for each factor of the tariff.
        shocks: changes of relativities; each is tried alone, then all together.
        exposure: column with policy-years, positive; 1 each without it.

    Raises:
        InvalidInput: a factor or level that the tariff or the portfolio lacks, no shock, exposure not positive.
        InsufficientData: an empty portfolio.

    Source: premium impact of a rate change and the off-balance factor of the base rate, Werner & Modlin, Basic
    Ratemaking, CAS 2016, ch. 14.
    """
    import numpy as np

    if not shocks:
        raise InvalidInput("shocks", N_("indique al menos un cambio"))
    names = [factor.name for factor in tariff.factors]
    if len(set(names)) < len(names):
        raise InvalidInput("tariff", TWICE)
    numeric = [] if exposure is None else [exposure]
    rows = frame(portfolio, "portfolio", columns=names, numeric=numeric, least=1)
    weights = np.ones(len(rows)) if exposure is None else vector(rows[exposure].to_numpy(), f"portfolio.{exposure}")
    if weights.min() <= 0:
        raise InvalidInput(f"portfolio.{exposure}", N_("debe tener solo valores mayores que cero"))
    premiums = np.full(len(rows), float(tariff.base_premium)) * weights
    held: dict[str, Floats] = {}
    for factor in tariff.factors:
        held[factor.name] = rows[factor.name].astype(str).to_numpy(dtype=object)
        known = {row.level: float(row.relativity) for row in factor.levels}
        levels, place = np.unique(held[factor.name].astype(str), return_inverse=True)
        strange = next((level for level in levels if level not in known), None)
        if strange is not None:
            raise InvalidInput(f"portfolio.{factor.name}.{strange}", UNKNOWN_LEVEL)
        premiums *= np.array([known[level] for level in levels])[place]
    before = float(premiums.sum())
    together = np.ones(len(rows))
    effects = []
    for shock in shocks:
        factor_levels = next((f.levels for f in tariff.factors if f.name == shock.factor), None)
        if factor_levels is None or (shock.level is not None and shock.level not in {r.level for r in factor_levels}):
            raise InvalidInput("shocks", N_("nombran un factor o un nivel que la tarifa no tiene"))
        touched = np.ones(len(rows), dtype=bool) if shock.level is None else held[shock.factor] == shock.level
        moved = np.where(touched, 1 + shock.change, 1.0)
        together *= moved
        after = float(premiums @ moved)
        effects.append(
            ShockEffect(
                factor=shock.factor,
                level=shock.level,
                change=shock.change,
                premium=after,
                difference=after - before,
                relative=after / before - 1,
                affected=float(weights[touched].sum() / weights.sum()),
            )
        )
    after = float(premiums @ together)
    return Sensitivity(
        method="volume unchanged",
        library="numpy",
        n=len(rows),
        charts=(
            Chart(
                kind="bar",
                title=N_("Efecto de cada cambio en la prima"),
                series=(
                    Series(
                        name=N_("Variación"),
                        x=tuple(f"{row.factor} {row.level or ''}".strip() for row in effects),
                        y=tuple(100 * row.relative for row in effects),
                    ),
                ),
                unit="%",
            ),
        ),
        premium=before,
        effects=tuple(effects),
        premium_after=after,
        difference=after - before,
        relative=after / before - 1,
        largest_rise=max(float(together.max()) - 1, 0.0),
        largest_fall=min(float(together.min()) - 1, 0.0),
        base_offset=before / after - 1,
    )
