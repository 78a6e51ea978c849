"""VaR from what has happened (*VaR histórico*): order statistics of gains and losses."""

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Vector, operation
from engines.errors import N_, InvalidInput
from engines.financial.risk.levels import Confidence

if TYPE_CHECKING:
    from engines.arrays import Floats

THIN = N_("Solo {count} observaciones quedan más allá del VaR: la cola está poco documentada.")
NO_TOP = N_("Con {n} observaciones el intervalo del VaR no tiene extremo superior a ese nivel.")
NO_INTERVAL = N_("El intervalo del VaR solo se da con pesos iguales.")
FILTERED = N_("Tras filtrar por volatilidad, el intervalo del VaR es aproximado.")
DECAYED = N_("Los pesos exponenciales equivalen a {effective} observaciones.")


class HistoricalVar(Computed):
    """Losses are positive, in the unit of `pnl`. `var_low` and `var_high` bound the VaR at the level `ci_level`.

    `var_high` is None where the sample is too small for a bound; both are with exponential weights.
    `beyond` counts the observations that lost the VaR or more.
    """

    var: float
    es: float
    var_low: float | None
    var_high: float | None
    ci_level: float
    ci_coverage: float | None
    confidence: float
    beyond: int
    worst: float


@operation(
    "VaR histórico",
    examples=(
        "¿Cuál es el VaR de esta serie de pérdidas y ganancias diarias?",
        "Calcula el VaR histórico y el expected shortfall con su intervalo de confianza",
        "Historical simulation VaR and ES of daily profit and loss, with confidence interval",
    ),
)
def var_historical(
    pnl: Vector,
    confidence: Confidence = 0.99,
    weights: Literal["flat", "exp"] = "flat",
    lambda_: Annotated[float, Field(alias="lambda", gt=0, lt=1, allow_inf_nan=False)] = 0.995,
    filtered: bool = False,
    vol_lambda: Level = 0.94,
    ci_level: Level = 0.95,
) -> HistoricalVar:
    """Measure the loss that past results exceed with probability 1 - confidence, and the mean beyond it.

    The VaR is the greatest loss such that losses as great or greater weigh 1 - confidence or more: of 500
    days at 99 %, the fifth worst.

    Args:
        pnl: (n,) gains (positive) and losses (negative) in the order of time, of today's portfolio; n at least 10.
        confidence: 0.5 to 0.9999.
        weights: flat, or exp: every day back weighs `lambda` times the day after it.
        lambda_: decay of the exponential weights, called `lambda`.
        filtered: whether each result is first rescaled from its day's volatility to today's (Hull-White).
        vol_lambda: decay of that volatility (EWMA).
        ci_level: of the interval for the VaR, by binomial order statistics.

    Raises:
        InvalidInput: values that are no finite numbers, or that are all equal while they have to be rescaled.
        InsufficientData: fewer than ten results.

    Source: Hull, Options, Futures and Other Derivatives, chapter on value at risk (historical simulation);
    Boudoukh, Richardson & Whitelaw, Risk 11 (1998) (exponential weights); Hull & White, Journal of Risk 1
    (1998) (filtering); Acerbi & Tasche, Journal of Banking & Finance 26 (2002) (ES); David & Nagaraja,
    Order Statistics (2003), section 7.1 (interval).
    """
    import numpy as np

    rows = vector(pnl, "pnl", least=10)
    losses = -(_rescaled(rows, vol_lambda) if filtered else rows) + 0.0
    n = losses.size
    shares: Floats | None = None
    cautions = []
    if weights == "exp":
        # (1 - λ)/(1 - λ^n), by the accurate functions for λ near one.
        ages = np.arange(n - 1, -1, -1)
        shares = np.asarray(lambda_**ages * (1 - lambda_) / -math.expm1(n * math.log(lambda_)), dtype=np.float64)
        cautions.append(Caution(text=DECAYED, values={"effective": round(1 / float((shares**2).sum()))}))
        cautions.append(Caution(text=NO_INTERVAL))
    var, es = tail(losses, shares, confidence)
    low = high = coverage = None
    if shares is None:
        low, high, coverage = _interval(losses, confidence, ci_level)
        if high is None:
            cautions.append(Caution(text=NO_TOP, values={"n": n}))
        if filtered:
            cautions.append(Caution(text=FILTERED))
    beyond = int((losses >= var).sum())
    cautions += thin(beyond)
    return HistoricalVar(
        method=f"{'filtered ' if filtered else ''}historical simulation, {weights} weights, upper quantile",
        library="numpy, scipy",
        n=n,
        var=var,
        es=es,
        var_low=low,
        var_high=high,
        ci_level=ci_level,
        ci_coverage=coverage,
        confidence=confidence,
        beyond=beyond,
        worst=float(losses.max()),
        warnings=tuple(cautions),
        charts=(_distribution(losses, shares, var, es), _tail_chart(losses, shares, confidence, var, es)),
    )


def thin(beyond: int) -> tuple[Caution, ...]:
    """A caution where fewer than ten observations lie at the VaR or beyond it."""
    return (Caution(text=THIN, values={"count": beyond}),) if beyond < 10 else ()


def tail(losses: "Floats", shares: "Floats | None", confidence: float) -> tuple[float, float]:
    """The upper quantile of the losses, and their mean over the worst 1 - confidence of the weight."""
    import numpy as np

    aside = 1 - confidence
    if shares is None:
        # Only the tail is sorted: ten million results take a moment.
        whole = losses.size * aside
        count = max(1, math.ceil(whole - 1e-9))
        worst = np.sort(np.partition(losses, losses.size - count)[losses.size - count :])[::-1]
        last = max(whole - (count - 1), 0.0)
        return float(worst[-1]), float((worst[:-1].sum() + last * worst[-1]) / ((count - 1) + last))
    order = np.argsort(-losses, kind="stable")
    weight = np.cumsum(shares[order])
    place = min(int(np.searchsorted(weight, aside - 1e-12)), losses.size - 1)
    before = float(weight[place - 1]) if place else 0.0
    sum_before = float(shares[order[:place]] @ losses[order[:place]])
    var = float(losses[order[place]])
    return var, (sum_before + (aside - before) * var) / aside


def _interval(losses: "Floats", confidence: float, level: float) -> tuple[float | None, float | None, float]:
    """Order statistics around the quantile: how many losses lie under it is binomial (n, confidence)."""
    import numpy as np
    from scipy import stats

    n = losses.size
    low_rank = int(stats.binom.ppf((1 - level) / 2, n, confidence))
    high_rank = int(stats.binom.ppf(1 - (1 - level) / 2, n, confidence)) + 1
    coverage = float(stats.binom.cdf(high_rank - 1, n, confidence) - stats.binom.cdf(low_rank - 1, n, confidence))
    wanted = [rank - 1 for rank in (low_rank, high_rank) if 1 <= rank <= n]
    ordered = np.partition(losses, wanted) if wanted else losses
    low = float(ordered[low_rank - 1]) if low_rank >= 1 else None
    high = float(ordered[high_rank - 1]) if high_rank <= n else None
    return low, high, coverage


def _rescaled(rows: "Floats", decay: float) -> "Floats":
    """Each result times today's volatility over that of its day (before the result was known)."""
    import numpy as np
    from scipy import signal

    if rows.min() == rows.max():
        raise InvalidInput("pnl", N_("no varía: no hay volatilidad con la que filtrar"))
    start = float((rows**2).mean())
    # v_t = λ v_{t-1} + (1 - λ) r²_{t-1}, from the mean square.
    later, _ = signal.lfilter([1 - decay], [1, -decay], rows**2, zi=[decay * start])
    vols = np.sqrt(np.concatenate([[start], later]))
    found: Floats = rows * vols[-1] / vols[:-1]
    return found


def _distribution(losses: "Floats", shares: "Floats | None", var: float, es: float) -> Chart:
    """How often each size of loss came, with VaR and ES as upright lines."""
    import numpy as np

    low, high = float(losses.min()), float(losses.max())
    # Equal losses have no width of their own to divide.
    edges = np.linspace(low, high, 41) if high > low else np.array([low - 1.0, low + 1.0])
    counts, edges = np.histogram(losses, bins=edges, weights=shares)
    heights = (*(float(c) for c in counts), 0.0)
    top = max(heights)
    return Chart(
        kind="step",
        title=N_("Distribución de pérdidas"),
        series=(
            Series(name=N_("frecuencia"), x=tuple(float(e) for e in edges), y=heights),
            Series(name=N_("VaR"), x=(var, var), y=(0.0, top)),
            Series(name=N_("pérdida esperada en la cola (ES)"), x=(es, es), y=(0.0, top)),
        ),
        x_label=N_("pérdida"),
        y_label=N_("frecuencia"),
    )


def _tail_chart(losses: "Floats", shares: "Floats | None", confidence: float, var: float, es: float) -> Chart:
    """The losses by rank over the worst tenth (or twice the tail), with VaR and ES across."""
    import numpy as np

    share = min(1.0, max(0.1, 2 * (1 - confidence)))
    levels = np.linspace(1 - share, 1.0, 101)
    sizes = np.quantile(losses, levels, method="inverted_cdf", weights=shares)
    return Chart(
        kind="line",
        title=N_("Pérdidas de la cola"),
        series=(Series(name=N_("pérdida"), x=tuple(float(v) * 100 for v in levels), y=tuple(float(v) for v in sizes)),),
        x_label=N_("% de los casos"),
        y_label=N_("pérdida"),
        marks=((N_("VaR"), var), (N_("pérdida esperada en la cola (ES)"), es)),
    )
