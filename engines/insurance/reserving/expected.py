"""Reserves that lean on premium: Bornhuetter-Ferguson, Benktander, Cape Cod."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engines.arrays import vector
from engines.contract import Computed, GappyMatrix, NonNegative, Positive, Real, Vector, operation
from engines.errors import N_, InvalidInput
from engines.insurance.reserving.chain_ladder import OriginReserve, reserve_chart, reserves
from engines.insurance.triangles import (
    AT_ZERO,
    Average,
    Tail,
    Triangle,
    checked,
    developed,
    library,
    methods,
    pattern,
    to_ultimate,
)

if TYPE_CHECKING:
    from engines.insurance.triangles import Floats

Decay = Annotated[float, Field(allow_inf_nan=False, gt=0, le=1)]
Trend = Annotated[float, Field(allow_inf_nan=False, gt=-0.5, le=1)]


class BornhuetterFerguson(Computed):
    """One origin between its expectation and its experience; amounts in the unit of the premium."""

    ultimate: float
    ibnr: float
    expected: float
    pct_unreported: float


@operation(
    "Bornhuetter-Ferguson de un origen",
    examples=(
        "Coste último por Bornhuetter-Ferguson: declarado 80, prima 200, siniestralidad esperada del 60 %, factor 1,25",
        "Bornhuetter-Ferguson ultimate for one accident year from reported losses, premium and a priori loss ratio",
    ),
)
def bornhuetter_ferguson(
    reported: Real, premium: Positive, expected_loss_ratio: NonNegative, cdf_to_ultimate: Positive
) -> BornhuetterFerguson:
    """Add to what is reported the part of the expected cost that should not be known yet.

    Args:
        reported: cumulative losses to date of one origin.
        premium: its earned premium, in the same unit.
        expected_loss_ratio: losses expected a priori by unit of premium, as a decimal.
        cdf_to_ultimate: development factor from the present age to ultimate.

    Raises:
        InvalidInput: a premium or factor that is not positive, or a negative ratio.

    Source: Bornhuetter & Ferguson, The Actuary and IBNR, PCAS 59 (1972); Friedland, Estimating Unpaid
    Claims Using Basic Techniques (CAS, 2010), ch. 9.
    """
    expected = premium * expected_loss_ratio
    unreported = 1 - 1 / cdf_to_ultimate
    return BornhuetterFerguson(
        method="reported + expected x (1 - 1/CDF)",
        n=1,
        ultimate=reported + expected * unreported,
        ibnr=expected * unreported,
        expected=expected,
        pct_unreported=unreported,
    )


class ExpectedReserve(Computed):
    """Reserves of all origins that lean on an a priori loss ratio; `pct_reported` is the share known by now."""

    cdf: list[float]
    pct_reported: list[float]
    apriori: list[float]
    origins: list[OriginReserve]
    ultimate_total: float
    ibnr_total: float


@operation(
    "Benktander y Bornhuetter-Ferguson por origen",
    examples=(
        "Reserva por Benktander de todo el triángulo con la prima devengada y una siniestralidad a priori del 65 %",
        "Bornhuetter-Ferguson or Benktander reserves for all accident years from a triangle and premiums",
    ),
)
def benktander(
    triangle: GappyMatrix,
    premium: Vector,
    expected_loss_ratio: NonNegative,
    iterations: Annotated[int, Field(ge=1, le=1000)] = 2,
    average: Average = "volume",
    tail: Tail = 1.0,
) -> ExpectedReserve:
    """Mix expectation and experience by origin; one iteration is Bornhuetter-Ferguson, many chain ladder.

    Args:
        triangle: (n, n) cumulative amounts, a row an origin from the oldest, null below the last diagonal.
        premium: (n,) earned premium by origin, positive, in the same unit.
        expected_loss_ratio: losses expected a priori by unit of premium, as a decimal.
        iterations: how often the result becomes the next expectation; 2 is Benktander's own.
        average: how factors are averaged.
        tail: factor from the last age to ultimate; 1 means fully developed.

    Raises:
        InvalidInput: not a triangle, a factor not estimable, or premiums that do not match it or are not positive.
        InsufficientData: fewer than two origins.
        LimitExceeded: more than 60 origins.

    Source: Benktander, The Actuarial Review (CAS, April 1976); Mack, Credible Claims Reserves: The Benktander
    Method, ASTIN Bulletin 30 (2000), eq. 2-4.
    """
    chainladder = methods()
    held = checked(triangle)
    earned = _premiums(premium, held)
    fitted = developed(held, average, tail)
    model = chainladder.Benktander(apriori=expected_loss_ratio, n_iters=iterations)
    model.fit(fitted, sample_weight=_exposure(earned, held))
    ratios = [expected_loss_ratio] * held.size
    name = "Bornhuetter-Ferguson" if iterations == 1 else f"Benktander, {iterations} iterations"
    return _result(model, held, fitted, tail, ratios, name)


class CapeCod(ExpectedReserve):
    """Reserves from the loss ratio that the triangle itself says: `elr` overall, `apriori` by origin."""

    elr: float
    ibnr: float


@operation(
    "Cape Cod",
    examples=(
        "Estima la siniestralidad y la reserva por Cape Cod con la prima de cada año",
        "Cape Cod expected loss ratio and IBNR from this triangle and premiums, with trend and decay",
    ),
)
def cape_cod(
    triangle: GappyMatrix,
    premium: Vector,
    trend: Trend = 0.0,
    decay: Decay = 1.0,
    average: Average = "volume",
    tail: Tail = 1.0,
) -> CapeCod:
    """Estimate the loss ratio of all origins from their used-up premium, and reserve by it.

    Args:
        triangle: (n, n) cumulative amounts, a row an origin from the oldest, null below the last diagonal.
        premium: (n,) premium by origin, positive, on the present rate level, in the same unit.
        trend: growth of the loss cost by origin, as a decimal.
        decay: weight of an origin for its neighbour, 0 to 1; 1 gives all origins the same loss ratio.
        average: how factors are averaged.
        tail: factor from the last age to ultimate; 1 means fully developed.

    Raises:
        InvalidInput: not a triangle, a factor not estimable, or premiums that do not match it or are not positive.
        InsufficientData: fewer than two origins.
        LimitExceeded: more than 60 origins.

    Source: Stanard, A Simulation Test of Prediction Errors of Loss Reserve Estimation Techniques, PCAS 72
    (1985); Gluck, Balancing Development and Trend in Loss Reserve Analysis, PCAS 84 (1997) (decay).
    """
    return estimate_cape_cod(triangle, premium, trend, decay, average, tail)


def estimate_cape_cod(
    triangle: GappyMatrix, premium: Vector, trend: float, decay: float, average: Average, tail: float
) -> CapeCod:
    """What both engines that offer Cape Cod compute."""
    import numpy as np

    chainladder = methods()
    held = checked(triangle)
    earned = _premiums(premium, held)
    fitted = developed(held, average, tail)
    model = chainladder.CapeCod(trend=trend, decay=decay).fit(fitted, sample_weight=_exposure(earned, held))
    ratios = np.asarray(model.detrended_apriori_.values, dtype=float).reshape(-1)
    found = _result(model, held, fitted, tail, ratios.tolist(), f"trend={trend:g}, decay={decay:g}")
    return CapeCod(
        **{name: getattr(found, name) for name in type(found).model_fields},
        elr=float((ratios * earned).sum() / earned.sum()),
        ibnr=found.ibnr_total,
    )


def _premiums(premium: Vector, held: Triangle) -> "Floats":
    earned = vector(premium, "premium", length=held.size)
    if not (earned > 0).all():
        raise InvalidInput("premium", N_("debe ser positiva en todos los orígenes"))
    return earned


def _exposure(earned: "Floats", held: Triangle) -> Any:
    weight = library(held).latest_diagonal
    weight.values = earned.reshape(1, 1, -1, 1)
    return weight


def _result(model: Any, held: Triangle, fitted: Any, tail: float, ratios: list[float], method: str) -> ExpectedReserve:
    import numpy as np

    # chainladder leaves out an origin at zero, whose whole expected cost is still to come.
    ibnr = np.nan_to_num(np.asarray(model.ibnr_.values, dtype=float).reshape(-1))
    cdf = to_ultimate(pattern(fitted, held), tail)
    rows = reserves(held.latest, held.latest + ibnr)
    return ExpectedReserve(
        method=method,
        library="chainladder",
        n=held.size,
        warnings=tuple(c for c in held.cautions if c.text != AT_ZERO),
        charts=(reserve_chart(rows),),
        cdf=cdf.tolist(),
        pct_reported=(1 / cdf[::-1]).tolist(),
        apriori=ratios,
        origins=rows,
        ultimate_total=float((held.latest + ibnr).sum()),
        ibnr_total=float(ibnr.sum()),
    )
