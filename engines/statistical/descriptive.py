"""Description (*estadística descriptiva*): what a set of values looks like, without a model."""

from engines.arrays import vector
from engines.contract import Computed, Vector, operation


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
    squares = math.fsum(centred**2)
    sd = math.sqrt(squares / (n - 1))
    varies = squares > 0
    second = squares / n
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    return Summary(
        method="n - 1; quartiles of type 7",
        library="numpy",
        n=n,
        mean=mean,
        sd=sd,
        skew=math.fsum(centred**3) / n / second**1.5 if varies else None,
        kurtosis=math.fsum(centred**4) / n / second**2 - 3 if varies else None,
        minimum=float(values.min()),
        q1=float(q1),
        median=float(median),
        q3=float(q3),
        maximum=float(values.max()),
        lag1_autocorr=math.fsum(centred[1:] * centred[:-1]) / squares if varies else None,
    )
