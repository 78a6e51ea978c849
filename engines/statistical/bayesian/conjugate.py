"""Shares and rates with conjugate priors: exact posteriors."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import ConfigDict, Field

from engines.arrays import OUTSIDE
from engines.charts import Chart, Series
from engines.contract import Computed, Count, Level, Part, Positive, operation
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS: Final = 201
STEEP: Final = 10.0  # times the density at the median, above which the rest of a chart would lie flat
DENSITIES: Final = N_("Distribución a priori y a posteriori")


class BetaPrior(Part):
    """A beta distribution of a share: `a` and `b` weigh like so many successes and failures seen before."""

    model_config = ConfigDict(extra="forbid")

    a: Annotated[float, Field(ge=1e-6, le=1e12)]
    b: Annotated[float, Field(ge=1e-6, le=1e12)]


class GammaPrior(Part):
    """A gamma distribution of a rate: `shape` events in `rate` units of exposure seen before."""

    model_config = ConfigDict(extra="forbid")

    shape: Positive
    rate: Positive


UNIFORM: Final = BetaPrior(a=1, b=1)


class BetaPosterior(Computed):
    """What is known of a share: a beta distribution, its mean and central interval.

    `prob_ge_threshold` is the probability that the share is at least the threshold.
    """

    posterior_a: float
    posterior_b: float
    mean: float
    sd: float
    median: float
    ci95: tuple[float, float]
    prob_ge_threshold: float | None


@operation(
    "Proporción bayesiana (beta-binomial)",
    examples=(
        "De 980 clientes renovaron 437: ¿qué probabilidad hay de que la tasa supere el 45 %?",
        "Beta-binomial posterior of the renewal rate with a Beta(2, 8) prior",
    ),
)
def beta_binomial(
    successes: Count, trials: Count, prior: BetaPrior = UNIFORM, threshold: Level | None = None
) -> BetaPosterior:
    """Update the belief about a share with counts.

    Args:
        successes: how many had the property, up to `trials`.
        trials: how many were looked at; none leaves the prior as it is.
        prior: the belief before, a beta distribution; uniform if none is given.
        threshold: share whose exceedance is asked for, strictly between 0 and 1.

    Raises:
        InvalidInput: more successes than trials.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.4.
    """
    from scipy import stats

    if successes > trials:
        raise InvalidInput("successes", OUTSIDE)
    a, b = prior.a + successes, prior.b + trials - successes
    after = stats.beta(a, b)
    low, high = after.ppf([0.025, 0.975])
    return BetaPosterior(
        method=f"beta({prior.a:g}, {prior.b:g}) prior",
        library="scipy",
        n=trials,
        posterior_a=a,
        posterior_b=b,
        mean=float(after.mean()),
        sd=float(after.std()),
        median=float(after.median()),
        ci95=(float(low), float(high)),
        prob_ge_threshold=None if threshold is None else float(after.sf(threshold)),
        charts=_densities(stats.beta(prior.a, prior.b), after),
    )


class GammaPosterior(Computed):
    """What is known of a rate per unit of exposure: a gamma distribution, its mean and central interval.

    `credibility` is the weight of the data's own rate in the mean.
    """

    posterior_shape: float
    posterior_rate: float
    mean: float
    sd: float
    ci95: tuple[float, float]
    prob_gt_threshold: float | None
    credibility: float


@operation(
    "Frecuencia bayesiana (gamma-Poisson)",
    examples=(
        "3 siniestros en 2 años de exposición con una gamma(3, 5) a priori: frecuencia a posteriori",
        "Gamma-Poisson posterior claim frequency and the probability that it exceeds one",
    ),
)
def gamma_poisson(
    events: Count, exposure: Positive, prior: GammaPrior, threshold: Positive | None = None
) -> GammaPosterior:
    """Update the belief about a rate with events counted over an exposure.

    Args:
        events: how many were counted.
        exposure: over how much, in the unit of the rate (policy years, say).
        prior: the belief before, a gamma distribution (shape, and rate in units of exposure).
        threshold: rate whose exceedance is asked for.

    Raises:
        InvalidInput: an exposure or a prior that is not positive.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 2.6.
    """
    from scipy import stats

    shape, rate = prior.shape + events, prior.rate + exposure
    after = stats.gamma(shape, scale=1 / rate)
    low, high = after.ppf([0.025, 0.975])
    return GammaPosterior(
        method=f"gamma({prior.shape:g}, {prior.rate:g}) prior",
        library="scipy",
        n=events,
        posterior_shape=shape,
        posterior_rate=rate,
        mean=shape / rate,
        sd=float(after.std()),
        ci95=(float(low), float(high)),
        prob_gt_threshold=None if threshold is None else float(after.sf(threshold)),
        credibility=exposure / rate,
        charts=_densities(stats.gamma(prior.shape, scale=1 / prior.rate), after),
    )


def _densities(before: Any, after: Any) -> tuple[Chart, ...]:
    """Both densities where the second one lies, leaving out where they go to infinity."""
    import numpy as np

    low, high = (float(v) for v in after.ppf([0.0005, 0.9995]))
    x = np.linspace(low, high, POINTS)

    highest = STEEP * float(after.pdf(after.median()))

    def line(name: str, density: "Callable[..., Any]") -> Series:
        y = [float(v) if v <= highest else None for v in density(x)]
        return Series(name=name, x=tuple(x.tolist()), y=tuple(y))

    drawn = (line(N_("A priori"), before.pdf), line(N_("A posteriori"), after.pdf))
    return (Chart(kind="line", title=DENSITIES, series=drawn),)
