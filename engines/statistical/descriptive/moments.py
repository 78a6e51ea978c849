"""Moments and quartiles of a sample, plain or weighted by exposure."""

from typing import Final

from engines.arrays import vector
from engines.contract import Computed, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput

CLOSE: Final = 1e-12


class Summary(Computed):
    """Moments and quartiles. Without a unit of its own: each figure has that of the values, or none."""

    mean: float
    sd: float
    skew: float | None
    kurtosis: float | None
    minimum: float
    q1: float
    median: float
    q3: float
    maximum: float
    lag1_autocorr: float | None


@operation(
    "Resumen estadístico",
    examples=("Resume estos valores: media, desviación y cuartiles", "Summarise these values: mean, sd and quartiles"),
)
def summarize(x: Vector) -> Summary:
    """Describe a sample by its moments, quartiles and first autocorrelation.

    Args:
        x: (n,) values in their order, any unit, n at least 2.

    Raises:
        InsufficientData: fewer than two values.
        InvalidInput: values that are no finite numbers.

    Source: NIST/SEMATECH, Statistical Reference Datasets, univariate summary statistics (two passes;
    sd with n - 1); skewness g1 and excess kurtosis g2, Joanes & Gill, The Statistician 47 (1998);
    quartiles of type 7, Hyndman & Fan, The American Statistician 50 (1996).
    """
    import math

    import numpy as np

    values = vector(x, "x", least=2)
    n = values.size
    mean = math.fsum(values) / n
    centred = values - mean
    # In units of the largest distance: its fourth power neither overflows nor vanishes.
    unit = float(np.abs(centred).max())
    varies = unit > 0
    centred = centred / unit if varies else centred
    squares = math.fsum(centred**2)
    second = squares / n
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    return Summary(
        method="n - 1; quartiles of type 7",
        library="numpy",
        n=n,
        mean=mean,
        sd=unit * math.sqrt(squares / (n - 1)),
        skew=math.fsum(centred**3) / n / second**1.5 if varies else None,
        kurtosis=math.fsum(centred**4) / n / second**2 - 3 if varies else None,
        minimum=float(values.min()),
        q1=float(q1),
        median=float(median),
        q3=float(q3),
        maximum=float(values.max()),
        lag1_autocorr=math.fsum(centred[1:] * centred[:-1]) / squares if varies else None,
    )


class WeightedSummary(Computed):
    """Moments and quartiles of values that count by their weights."""

    mean: float
    sd: float
    minimum: float
    q1: float
    median: float
    q3: float
    maximum: float
    total_weight: float
    effective_n: float


@operation(
    "Resumen ponderado",
    examples=(
        "Media y desviación ponderadas por exposición de estas frecuencias",
        "Weighted mean, sd and quartiles of these loss ratios by earned premium",
    ),
)
def weighted_summary(x: Vector, w: Vector) -> WeightedSummary:
    """Describe values that count by their exposure, premium or another weight.

    Weights are relative: doubling all of them changes nothing but their total.

    Args:
        x: (n,) values, any unit.
        w: (n,) weights, zero or more; at least two above zero.

    Raises:
        InsufficientData: fewer than two values with a weight.
        InvalidInput: values that are no finite numbers, or negative weights.

    Source: NIST Dataplot Reference Manual vol. 2, ch. 2, "Weighted Standard Deviation" (sum of weights
    corrected by (n' - 1)/n', n' being the weights above zero); quartiles by the inverse of the weighted
    distribution function, Hyndman & Fan, The American Statistician 50 (1996), type 1; effective size, Kish,
    Survey Sampling (1965), section 11.7.
    """
    import numpy as np

    values = vector(x, "x", least=2)
    weights = vector(w, "w", length=values.size)
    if weights.min() < 0:
        raise InvalidInput("w", N_("no puede tener pesos negativos"))
    there = weights > 0
    if there.sum() < 2:
        raise InsufficientData("w", 2, int(there.sum()))
    values, weights = values[there], weights[there] / weights.max()
    total = weights.sum()
    mean = float(np.average(values, weights=weights))
    spread = float(weights @ (values - mean) ** 2) / (total * (values.size - 1) / values.size)
    # A hair below: weights of 0.1 or 1/12 add up to a half only to the last digits.
    at = np.array([0.25, 0.5, 0.75]) * (1 - CLOSE)
    q1, median, q3 = np.quantile(values, at, weights=weights, method="inverted_cdf")
    return WeightedSummary(
        method="NIST weighted sd; quartiles of type 1",
        library="numpy",
        n=values.size,
        mean=mean,
        sd=float(np.sqrt(spread)),
        minimum=float(values.min()),
        q1=float(q1),
        median=float(median),
        q3=float(q3),
        maximum=float(values.max()),
        total_weight=float(np.sum(w)),
        effective_n=float(total**2 / (weights @ weights)),
    )
