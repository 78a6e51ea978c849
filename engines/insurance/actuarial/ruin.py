"""Ruin: whether an insurer's surplus is ever used up."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.contract import Computed, NonNegative, Part, Positive, Share, operation
from engines.errors import N_, InvalidInput, NotConverged

if TYPE_CHECKING:
    from engines.arrays import Floats


class _Law(Part):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExponentialClaims(_Law):
    """Exponential claims of a mean."""

    law: Literal["exponential"]
    mean: Positive


class GammaClaims(_Law):
    """Gamma claims of a shape and a mean."""

    law: Literal["gamma"]
    shape: Annotated[float, Field(gt=0.01, le=1e4)]
    mean: Positive


class MixedClaims(_Law):
    """A mixture of exponentials: weights that add up to 1, and their means."""

    law: Literal["exponential_mixture"]
    weights: tuple[Share, ...]
    means: tuple[Positive, ...]


class FixedClaims(_Law):
    """Claims that all cost the same."""

    law: Literal["fixed"]
    mean: Positive


Claims: TypeAlias = Annotated[ExponentialClaims | GammaClaims | MixedClaims | FixedClaims, Field(discriminator="law")]


@dataclass(frozen=True)
class Claim:
    """What ruin needs of a law of claims of mean 1: generating function, where it ends, and integrated survival."""

    mean: float
    excess: Any  # (mgf(r) - 1) / r, for 0 < r < limit
    limit: float
    integrated: Any  # F_I(x) = integral of the survival up to x


class RuinProbability(Computed):
    """The chance that a surplus is ever used up. `psi` is exact for exponential claims.

    Otherwise it is that of heights rounded to the nearest step; `psi_low` and `psi_high` are strict bounds.
    `lundberg_bound` is exp(-R u), R the adjustment coefficient.
    """

    adjustment_coefficient: float
    psi: float
    psi_low: float
    psi_high: float
    lundberg_bound: float
    survival: float


GRID: Final = 4_000


@operation(
    "Probabilidad de ruina",
    examples=(
        "Calcula la probabilidad de ruina y el coeficiente de ajuste con siniestros exponenciales y recargo del 20 %",
        "Ruin probability and Lundberg adjustment coefficient of a compound Poisson surplus process",
    ),
    heavy=True,
)
def ruin_probability(
    claims: Claims, loading: Annotated[float, Field(gt=1e-6, le=100, allow_inf_nan=False)], initial_surplus: NonNegative
) -> RuinProbability:  # fmt: skip
    """Find the probability that a compound Poisson surplus ever falls below zero.

    Args:
        claims: law of one claim: exponential, gamma, exponential_mixture or fixed; EUR.
        loading: relative security loading of the premium (0.2 = 20 % above expected claims).
        initial_surplus: EUR.

    Raises:
        InvalidInput: weights of a mixture that do not add up to 1 or have no mean each.
        NotConverged: no adjustment coefficient was found.

    Source: Bowers et al., Actuarial Mathematics, 2nd ed. 1997, ch. 13; bounds by rounding the ladder heights up and
    down, De Vylder & Goovaerts, Insurance: Mathematics and Economics 7 (1988), over Panjer's recursion.
    """
    import numpy as np
    from scipy.optimize import brentq

    claim = _claim(claims)
    surplus = initial_surplus / claim.mean

    def lundberg(r: float) -> float:
        return float(claim.excess(r)) - (1 + loading)

    high = claim.limit
    if math.isinf(high):
        high = 1.0
        while lundberg(high) < 0:
            high *= 2
            if high > 1e6:
                raise NotConverged("claims", "R")
    low = min(high, 1.0) * 1e-12
    top = high
    for closeness in (1e-3, 1e-6, 1e-9, 1e-12, 1e-15):
        top = high * (1 - closeness) if math.isfinite(claim.limit) else high
        if lundberg(top) > 0:
            break
    if lundberg(top) <= 0 or lundberg(low) >= 0:
        raise NotConverged("claims", "R")
    coefficient = float(brentq(lundberg, low, top, xtol=1e-15, rtol=1e-14))
    bound = math.exp(-coefficient * surplus)
    if isinstance(claims, ExponentialClaims):
        psi = bound / (1 + loading)
        low_psi = high_psi = psi
    elif surplus == 0:
        psi = low_psi = high_psi = 1 / (1 + loading)
    else:
        # The greatest loss is a geometric number of ladder heights; rounded down it is less, rounded up more.
        edges = np.asarray(claim.integrated(np.arange(GRID + 2) * surplus / GRID), dtype=np.float64)
        steps = np.maximum(np.diff(edges), 0.0)
        low_psi = _geometric_tail(steps[: GRID + 1], loading)
        high_psi = _geometric_tail(np.concatenate([[0.0], steps[:GRID]]), loading)
        high_psi = min(high_psi, bound)
        low_psi = min(low_psi, high_psi)
        half = np.asarray(claim.integrated((np.arange(GRID + 1) + 0.5) * surplus / GRID), dtype=np.float64)
        nearest = _geometric(np.diff(half, prepend=0.0), loading)
        # Of the mass that was rounded to u itself, half lies below it.
        psi = min(max(1 - float(nearest.sum() - nearest[-1] / 2), low_psi), high_psi)
    return RuinProbability(
        method="exact" if low_psi == high_psi else "geometric sum of ladder heights, bounds by rounding",
        library="scipy",
        adjustment_coefficient=coefficient / claim.mean,
        psi=psi,
        psi_low=low_psi,
        psi_high=high_psi,
        lundberg_bound=bound,
        survival=1 - psi,
    )


def _geometric_tail(heights: "Floats", loading: float) -> float:
    """P(L > u) of a geometric sum of heights on the grid 0 … u (the last place)."""
    return float(min(max(1 - _geometric(heights, loading).sum(), 0.0), 1.0))


def _geometric(heights: "Floats", loading: float) -> "Floats":
    """P(L = 0), P(L = h), … of that sum, by Panjer's recursion with a = 1 / (1 + loading), b = 0."""
    import numpy as np

    a = 1 / (1 + loading)
    found = np.zeros(heights.size)
    norm = 1 / (1 - a * heights[0])
    found[0] = (1 - a) * norm
    for total in range(1, heights.size):
        found[total] = norm * a * (heights[1 : total + 1] @ found[:total][::-1])
    return found


def _claim(claims: Claims) -> Claim:
    import numpy as np
    from scipy import stats

    match claims:
        case ExponentialClaims(mean=mean):
            return Claim(mean, lambda r: 1 / (1 - r), 1.0, lambda x: -np.expm1(-x))
        case FixedClaims(mean=mean):
            return Claim(mean, lambda r: math.expm1(r) / r, math.inf, lambda x: np.minimum(x, 1.0))
        case GammaClaims(shape=shape, mean=mean):

            def excess(r: float) -> float:
                return math.expm1(-shape * math.log1p(-r / shape)) / r

            def integrated(x: "Floats") -> "Floats":
                law, longer = stats.gamma(shape, scale=1 / shape), stats.gamma(shape + 1, scale=1 / shape)
                return np.asarray(longer.cdf(x) + x * law.sf(x))

            return Claim(mean, excess, shape, integrated)
        case MixedClaims(weights=weights, means=means):
            if not weights or len(weights) != len(means) or abs(sum(weights) - 1) > 1e-9:
                raise InvalidInput("claims", N_("debe tener pesos que sumen 1, con una media cada uno"))
            held = [(w, m) for w, m in zip(weights, means, strict=True) if w > 0]
            mean = sum(w * m for w, m in held)
            unit = [(w, m / mean) for w, m in held]
            return Claim(
                mean,
                lambda r: sum(w * m / (1 - m * r) for w, m in unit),
                1 / max(m for _, m in unit),
                lambda x: sum(-w * m * np.expm1(-x / m) for w, m in unit),
            )
