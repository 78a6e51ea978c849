"""What if (*pruebas de resistencia*), and many lines at once (*cópulas*)."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from engines.arrays import correlations, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Matrix, NonNegative, Part, Real, Seed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.financial.risk.historical import tail
from engines.financial.risk.levels import Confidence
from engines.running import report

if TYPE_CHECKING:
    from engines.arrays import Floats


class Scenario(Part):
    """A name and the relative change of each line's value: -0.39 takes 39 % away; lines left out do not move."""

    model_config = ConfigDict(extra="forbid")

    name: str
    shocks: Annotated[dict[str, Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]], Field(min_length=1)]


class Stressed(Part):
    """EUR lost under one scenario, in all and by line; gains are negative."""

    name: str
    loss: float
    loss_share: float | None
    by_line: dict[str, float]


class Stress(Computed):
    """EUR. `loss` and `by_line` are those of the worst scenario."""

    exposure: float
    worst: str
    loss: float
    by_line: dict[str, float]
    scenarios: tuple[Stressed, ...]


@operation(
    "Prueba de resistencia",
    examples=(
        "Prueba de resistencia: ¿cuánto pierde la cartera si la renta variable cae un 39 %?",
        "Stress test of exposures under equity and property shocks, loss by line",
    ),
)
def stress(
    exposures: Annotated[dict[str, Real], Field(min_length=1, max_length=10_000)],
    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=1000)],
) -> Stress:
    """Apply scenarios of relative shocks to exposures and find what each line loses.

    Args:
        exposures: EUR by line or asset class; liabilities and short positions are negative.
        scenarios: {name, shocks by line}, as fractions.

    Raises:
        InvalidInput: no exposure or scenario, a shock to a line that has no exposure, names used twice.

    Source: EIOPA, Methodological Principles of Insurance Stress Testing (2019), section 3 (instantaneous
    shocks); linear revaluation: loss = -exposure x shock.
    """
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) != len(names):
        raise InvalidInput("scenarios", N_("tiene nombres repetidos"))
    held = math.fsum(exposures.values())
    found = []
    for scenario in scenarios:
        if not scenario.shocks.keys() <= exposures.keys():
            raise InvalidInput("scenarios", N_("hay choques sobre líneas que no tienen exposición"))
        lost = {line: -amount * scenario.shocks.get(line, 0.0) + 0.0 for line, amount in exposures.items()}
        total = math.fsum(lost.values())
        share = total / held if held != 0 else None
        found.append(Stressed(name=scenario.name, loss=total, loss_share=share, by_line=lost))
    worst = max(found, key=lambda one: one.loss)
    chart = Chart(
        kind="bar",
        title=N_("Pérdida por escenario"),
        series=(Series(name=N_("pérdida"), x=tuple(names), y=tuple(one.loss for one in found)),),
        unit="EUR",
    )
    return Stress(
        method="linear revaluation",
        n=len(exposures),
        exposure=held,
        worst=worst.name,
        loss=worst.loss,
        by_line=worst.by_line,
        scenarios=tuple(found),
        charts=(chart,),
    )


class Marginal(Part):
    """The loss of one line by itself, EUR: a distribution by its mean and deviation, or a sample of its own."""

    model_config = ConfigDict(extra="forbid")

    name: str
    distribution: Literal["normal", "lognormal", "gamma", "empirical"]
    mean: Real | None = None
    sd: NonNegative | None = None
    sample: Vector | None = None


class Aggregate(Computed):
    """EUR, simulated. `var` and `es` at `confidence`; `quantiles` by level; `var_alone` sums the lines' own VaR.

    `mean_error` is the standard error of the simulated mean.
    """

    mean: float
    mean_error: float
    sd: float
    confidence: float
    var: float
    es: float
    quantiles: dict[str, float]
    var_alone: float
    diversification: float


LEVELS: Final = (0.5, 0.75, 0.9, 0.95, 0.99, 0.995)
MOST_CELLS: Final = 50_000_000
CHUNK: Final = 100_000
BOUNDED = N_(
    "La muestra de {names} es corta para el {percent} %: lo simulado no pasa de su mayor pérdida, "
    "y más allá del VaR se queda corto."
)
SPARSE = N_("Solo {count} simulaciones quedan más allá del VaR: simule más.")


@operation(
    "Agregación por cópula",
    examples=(
        "Agrega las pérdidas de varios ramos con una cópula t y da el VaR al 99,5 % del total",
        "Aggregate loss distribution of lines with a Gaussian copula by simulation",
    ),
    heavy=True,
)
def copula_aggregate(
    marginals: Annotated[tuple[Marginal, ...], Field(min_length=1, max_length=100)],
    corr: Matrix,
    copula: Literal["gaussian", "t"] = "gaussian",
    df: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)] = 4.0,
    confidence: Confidence = 0.995,
    n: Annotated[int, Field(ge=1000, le=5_000_000)] = 100_000,
    seed: Seed = 0,
) -> Aggregate:
    """Simulate the sum of lines whose own distributions are known and whose dependence is a copula.

    Args:
        marginals: the lines: {name, distribution, mean, sd}, or {name, empirical, sample}.
        corr: (lines, lines) correlation matrix of the copula (not of the losses themselves).
        copula: gaussian (no dependence in the far tail), or t (with it).
        df: degrees of freedom of the t copula; the fewer, the more the extremes come together.
        confidence: of VaR and ES, 0.5 to 0.9999.
        n: simulations.
        seed: where chance begins.

    Raises:
        InvalidInput: a line without what its distribution needs, correlations that cannot be.
        LimitExceeded: more than 50 million simulated values.

    Source: McNeil, Frey & Embrechts, Quantitative Risk Management (2005), algorithms 5.9 and 5.10 (Gauss
    and t copulas); moments matched for each line.
    """
    import numpy as np
    from scipy import stats

    names = [one.name for one in marginals]
    if len(set(names)) != len(names):
        raise InvalidInput("marginals", N_("tiene nombres repetidos"))
    related = correlations(corr, "corr", len(marginals))
    if n * len(marginals) > MOST_CELLS:
        raise LimitExceeded("n", MOST_CELLS, n * len(marginals), N_("simule menos veces o junte líneas"))
    inverses = [_inverse(one) for one in marginals]
    # A root that exists for singular matrices too (perfect dependence), unlike Cholesky's.
    values, vectors = np.linalg.eigh(related)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    chance = np.random.default_rng(seed)
    totals = np.empty(n)
    for begin in range(0, n, CHUNK):
        size = min(CHUNK, n - begin)
        drawn = chance.standard_normal((size, len(marginals))) @ root.T
        if copula == "t":
            drawn /= np.sqrt(chance.chisquare(df, size) / df)[:, None]
            uniform = stats.t.cdf(drawn, df)
        else:
            uniform = stats.norm.cdf(drawn)
        # What rounds to 1 would be an infinite loss.
        uniform = np.clip(uniform, 1e-16, 1 - 1e-16)
        totals[begin : begin + size] = sum(inverse(uniform[:, i]) for i, inverse in enumerate(inverses))
        report(begin + size, n)
    var, es = tail(totals, None, confidence)
    alone = float(sum(float(inverse(np.array([confidence]))[0]) for inverse in inverses))
    beyond = round(n * (1 - confidence))
    sd = float(totals.std(ddof=1))
    return Aggregate(
        method=f"{copula} copula" + (f", {df:g} degrees of freedom" if copula == "t" else "") + ", simulation",
        library="numpy, scipy",
        n=n,
        seed=seed,
        mean=float(totals.mean()),
        mean_error=sd / math.sqrt(n),
        sd=sd,
        confidence=confidence,
        var=var,
        es=es,
        quantiles={f"{level:g}": float(v) for level, v in zip(LEVELS, np.quantile(totals, LEVELS), strict=True)},
        var_alone=alone,
        diversification=alone - var,
        warnings=_thin(marginals, confidence, beyond),
        charts=(_chart(totals, var, es),),
    )


def _thin(marginals: tuple[Marginal, ...], confidence: float, beyond: int) -> tuple[Caution, ...]:
    said = []
    if beyond < 100:
        said.append(Caution(text=SPARSE, values={"count": beyond}))
    samples = {one.name: one.sample for one in marginals if one.distribution == "empirical" and one.sample is not None}
    short = [name for name, sample in samples.items() if len(sample) * (1 - confidence) < 1 - 1e-9]
    if short:
        said.append(Caution(text=BOUNDED, values={"names": ", ".join(short), "percent": round(100 * confidence, 4)}))
    return tuple(said)


def _inverse(one: Marginal) -> Any:
    """The quantile function of a line."""
    import numpy as np
    from scipy import stats

    if one.distribution == "empirical":
        if one.sample is None:
            raise InvalidInput("marginals", N_("una línea empírica necesita su muestra"))
        sample = np.sort(vector(one.sample, "marginals", least=10))
        return lambda u: sample[np.minimum((u * sample.size).astype(int), sample.size - 1)]
    if one.mean is None or one.sd is None or one.sd == 0:
        raise InvalidInput("marginals", N_("cada línea necesita su media y su desviación, mayor que cero"))
    mean, sd = one.mean, one.sd
    if one.distribution == "normal":
        return lambda u: mean + sd * stats.norm.ppf(u)
    if mean <= 0:
        raise InvalidInput("marginals", N_("la media de una línea lognormal o gamma debe ser mayor que cero"))
    ratio = sd / mean
    if not 1e-6 <= ratio <= 1e3:
        raise InvalidInput("marginals", N_("la desviación es desproporcionada a la media"))
    if one.distribution == "gamma":
        return lambda u: stats.gamma.ppf(u, 1 / ratio**2, scale=mean * ratio**2)
    log_variance = math.log1p(ratio**2)
    return lambda u: mean * np.exp(-log_variance / 2 + math.sqrt(log_variance) * stats.norm.ppf(u))


def _chart(totals: "Floats", var: float, es: float) -> Chart:
    import numpy as np

    high = float(np.quantile(totals, 0.9995))
    counts, edges = np.histogram(totals, bins=60, range=(float(totals.min()), max(high, es)))
    top = float(counts.max())
    return Chart(
        kind="step",
        title=N_("Distribución de la pérdida total"),
        series=(
            Series(
                name=N_("simulaciones"),
                x=tuple(float(e) for e in edges),
                y=(*(float(c) for c in counts), 0.0),
            ),
            Series(name=N_("VaR"), x=(var, var), y=(0.0, top)),
            Series(name=N_("pérdida esperada en la cola (ES)"), x=(es, es), y=(0.0, top)),
        ),
        x_label=N_("pérdida"),
        unit="",
    )
