"""The bootstrap: how sure a statistic is, from the sample alone."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.contract import Caution, Computed, Level, Seed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.statistical.histogram import histogram

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DRAWN: Final = 10**9  # values drawn: 10^4 resamples of 10^5 values
AT_ONCE: Final = 4_000_000  # values in memory
FEW: Final = 20

Statistic = Literal["mean", "median", "sd", "variance", "trimmed_mean", "quantile", "coefficient_of_variation"]


class BootstrapInterval(Computed):
    """A statistic with its standard error, bias and interval, in the unit of the statistic."""

    estimate: float
    se: float
    bias: float
    ci_low: float
    ci_high: float
    level: float
    n_resamples: int


@operation(
    "Intervalo por bootstrap",
    examples=(
        "Intervalo de confianza bootstrap BCa de la mediana del coste de los siniestros",
        "Bootstrap confidence interval of the mean, bias corrected and accelerated",
    ),
    heavy=True,
)
def bootstrap_ci(
    x: Vector,
    statistic: Statistic = "mean",
    n_resamples: Annotated[int, Field(ge=100, le=1_000_000)] = 9999,
    method: Literal["bca", "percentile", "basic"] = "bca",
    level: Level = 0.95,
    prob: Level = 0.5,
    seed: Seed = 0,
) -> BootstrapInterval:
    """Give the interval of a statistic by resampling.

    Args:
        x: (n,) values, any unit, at least three and not all equal.
        statistic: what is estimated: `sd` and `variance` with n - 1, `trimmed_mean` without the tenth at
            each end, `quantile` at `prob`, `coefficient_of_variation` (sd over mean).
        n_resamples: how many samples are drawn.
        method: `bca` (bias corrected and accelerated), `percentile` or `basic`.
        level: confidence of the interval, as a share.
        prob: probability of the quantile.
        seed: where chance begins.

    Raises:
        InsufficientData: fewer than three values.
        InvalidInput: values that do not vary, or a statistic for which BCa is undefined.
        LimitExceeded: more than a thousand million values drawn in all.

    Source: Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987); Efron & Tibshirani, An Introduction to the
    Bootstrap (1993), chapters 13 and 14.
    """
    import numpy as np
    from scipy import stats

    values = vector(x, "x", least=3, varies=True)
    # BCa also computes the statistic once without each value.
    drawn = values.size * (max(n_resamples, values.size) if method == "bca" else n_resamples)
    if drawn > MOST_DRAWN:
        raise LimitExceeded("x", MOST_DRAWN, int(drawn), N_("use el método percentil o menos remuestras"))
    compute = _statistic(statistic, prob)
    if statistic == "coefficient_of_variation" and values.mean() == 0:
        raise InvalidInput("x", N_("tiene media cero: el coeficiente de variación no existe"))
    result = stats.bootstrap(
        (values,),
        compute,
        n_resamples=n_resamples,
        batch=max(1, AT_ONCE // values.size),
        confidence_level=level,
        method="BCa" if method == "bca" else method,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    low, high = (float(v) for v in result.confidence_interval)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InvalidInput("method", N_("BCa no está definido con estos datos; use el método percentil"))
    estimate = float(compute(values, axis=-1))
    warnings: tuple[Caution, ...] = ()
    if values.size < FEW:
        said = N_("Con {n} valores el intervalo por remuestreo suele quedarse corto.")
        warnings = (Caution(text=said, values={"n": int(values.size)}),)
    return BootstrapInterval(
        method=method,
        library="scipy",
        n=values.size,
        seed=seed,
        warnings=warnings,
        estimate=estimate,
        se=float(result.standard_error),
        bias=float(result.bootstrap_distribution.mean() - estimate),
        ci_low=low,
        ci_high=high,
        level=level,
        n_resamples=n_resamples,
        charts=(histogram(result.bootstrap_distribution, N_("Distribución de las remuestras"), N_("Remuestras")),),
    )


def _statistic(name: Statistic, prob: float) -> "Callable[..., Any]":
    import numpy as np
    from scipy import stats

    chosen: dict[str, Callable[..., Any]] = {
        "mean": np.mean,
        "median": np.median,
        "sd": lambda v, axis: np.std(v, axis=axis, ddof=1),
        "variance": lambda v, axis: np.var(v, axis=axis, ddof=1),
        "trimmed_mean": lambda v, axis: stats.trim_mean(v, 0.1, axis=axis),
        "quantile": lambda v, axis: np.quantile(v, prob, axis=axis),
        "coefficient_of_variation": lambda v, axis: np.std(v, axis=axis, ddof=1) / np.mean(v, axis=axis),
    }
    return chosen[name]
