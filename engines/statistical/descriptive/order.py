"""What the order of the values says: quantiles of nine kinds, and location that outliers do not move."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.contract import Caution, Computed, Positive, Share, Vector, operation
from engines.errors import N_, InsufficientData, NotConverged

if TYPE_CHECKING:
    from engines.arrays import Floats

KINDS: Final = (
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
)  # NumPy's names of types 1 to 9


class Quantiles(Computed):
    """One quantile for each probability asked, in the same order and in the unit of the values."""

    probs: tuple[float, ...]
    q: tuple[float, ...]


@operation(
    "Cuantiles",
    examples=(
        "Calcula los percentiles 50, 90 y 99 del coste de estos siniestros",
        "Quantiles of these claim amounts, type 6 of Hyndman and Fan",
    ),
)
def quantiles(x: Vector, probs: list[Share], type: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9] = 7) -> Quantiles:
    """Give the quantiles of a sample by one of the nine usual definitions.

    Args:
        x: (n,) values, any unit.
        probs: probabilities, 0 to 1 (0.95 is the 95th percentile).
        type: the definition, 1 to 9; 7 is what R, Excel (PERCENTILE.INC) and NumPy do, 6 what SPSS and Minitab do.

    Raises:
        InsufficientData: no value, or no probability.
        InvalidInput: values that are no finite numbers, or a probability outside 0 to 1.

    Source: Hyndman & Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), 361-365.
    """
    import numpy as np

    values = vector(x, "x")
    if not probs:
        raise InsufficientData("probs", 1, 0)
    found = np.quantile(values, probs, method=KINDS[type - 1])
    return Quantiles(
        method=f"Hyndman-Fan type {type}", library="numpy", n=values.size, probs=tuple(probs), q=tuple(found.tolist())
    )


class RobustLocation(Computed):
    """Where the middle is and how wide it spreads, each in the unit of the values.

    `mad` is the plain median of the distances to the median; `mad_normal` is the same times 1.4826, an
    estimate of the standard deviation where the data are normal. `huber` is None where `mad` is zero.
    """

    mean: float
    trimmed_mean: float
    median: float
    mad: float
    mad_normal: float
    huber: float | None


@operation(
    "Localización robusta",
    examples=(
        "Media recortada, mediana, MAD y M-estimador de Huber de estos importes con valores extremos",
        "Robust location of these losses: trimmed mean, median, MAD, Huber",
    ),
)
def robust_location(
    x: Vector, trim: Annotated[float, Field(ge=0, lt=0.5)] = 0.1, k: Positive = 1.5
) -> RobustLocation:  # fmt: skip
    """Locate a sample in ways that a few extreme values do not move.

    Args:
        x: (n,) values, any unit, n at least 2.
        trim: share cut from each end for the trimmed mean, 0 up to (not including) 0.5.
        k: tuning constant of Huber's function, in scales (the MAD made consistent with the normal).

    Raises:
        InsufficientData: fewer than two values.
        InvalidInput: values that are no finite numbers.
        NotConverged: Huber's estimate was not found.

    Source: Huber, Robust Statistics (1981), ch. 3 and 5.2 (location with the MAD as scale);
    Venables & Ripley, Modern Applied Statistics with S, 4th ed. (2002), section 5.5.
    """
    import numpy as np
    from scipy import stats

    values = vector(x, "x", least=2)
    median = float(np.median(values))
    mad = float(stats.median_abs_deviation(values))
    scale = float(stats.median_abs_deviation(values, scale="normal"))
    warnings: tuple[Caution, ...] = ()
    huber = None
    if scale > 0:
        huber = median + scale * _huber((values - median) / scale, k)
    else:
        said = N_("Más de la mitad de los valores son iguales: la MAD es cero y el estimador de Huber no existe.")
        warnings = (Caution(text=said),)
    return RobustLocation(
        method=f"trim {trim:g}; Huber k = {k:g} with the MAD as scale",
        library="scipy, statsmodels",
        n=values.size,
        warnings=warnings,
        mean=float(values.mean()),
        trimmed_mean=float(stats.trim_mean(values, trim)),
        median=median,
        mad=mad,
        mad_normal=scale,
        huber=huber,
    )


def _huber(standard: "Floats", k: float) -> float:
    """Huber's location of values whose scale is 1."""
    import numpy as np
    from statsmodels.robust.norms import HuberT, estimate_location

    # The solver's tolerance is absolute, hence the standard scale; far outliers make its weights small, not its steps.
    try:
        return float(np.squeeze(estimate_location(standard, np.array(1.0), HuberT(t=k), maxiter=500, tol=1e-10)))
    except ValueError as error:
        raise NotConverged("x", str(error)) from error
