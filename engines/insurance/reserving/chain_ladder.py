"""Chain ladder, its tail, and Munich's reconciliation of paid and incurred."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, GappyMatrix, Part, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.insurance.triangles import (
    Average,
    Exclusion,
    Tail,
    checked,
    developed,
    known,
    methods,
    pattern,
    to_ultimate,
)

if TYPE_CHECKING:
    from engines.insurance.triangles import Floats

LONG_TAIL: Final = 1.2


class OriginReserve(Part):
    """What one origin (1 = oldest) is expected to cost; in the triangle's unit."""

    origin: int
    latest: float
    ultimate: float
    ibnr: float


class ChainLadder(Computed):
    """Development and reserves. `ibnr_by_origin` leaves out the origins with nothing left to develop.

    `ldf` goes from each age to the next, `cdf` from each age to ultimate (its last is the tail).
    """

    ldf: list[float]
    cdf: list[float]
    tail: float
    origins: list[OriginReserve]
    ibnr_by_origin: list[float]
    ultimate_total: float
    ibnr_total: float


def reserves(latest: "Floats", ultimate: "Floats") -> list[OriginReserve]:
    """One row an origin."""
    return [
        OriginReserve(origin=i, latest=float(a), ultimate=float(b), ibnr=float(b - a))
        for i, (a, b) in enumerate(zip(latest, ultimate, strict=True), start=1)
    ]


def reserve_chart(rows: list[OriginReserve]) -> Chart:
    """What is known and what is still to come, by origin."""
    x = tuple(str(row.origin) for row in rows)
    return Chart(
        kind="bar",
        title=N_("Conocido y pendiente por origen"),
        series=(
            Series(name=N_("Conocido"), x=x, y=tuple(row.latest for row in rows)),
            Series(name=N_("Pendiente"), x=x, y=tuple(row.ibnr for row in rows)),
        ),
        x_label=N_("Origen"),
    )


def still_open(values: list[float], tail: float) -> list[float]:
    """`values` of the origins that still develop: without a tail the oldest does not."""
    return values if tail != 1.0 else values[1:]


@operation(
    "Reserva por chain ladder",
    examples=(
        "Calcula la reserva IBNR de este triángulo por chain ladder con factores ponderados por volumen",
        "Chain ladder on this loss triangle: development factors, ultimates and IBNR",
    ),
)
def chain_ladder(
    triangle: GappyMatrix,
    average: Average = "volume",
    tail: Tail = 1.0,
    drop: tuple[Exclusion, ...] = (),
    incremental: bool = False,
) -> ChainLadder:
    """Project a loss triangle to ultimate by its age-to-age factors.

    Args:
        triangle: (n, n) amounts, a row an origin from the oldest, a column an age, null below the last
            diagonal; cumulative unless `incremental`. 2 to 60 origins.
        average: how factors are averaged: by volume, simply, or by regression through the origin.
        tail: factor from the last age to ultimate; 1 means fully developed.
        drop: factors left out, by origin and age (1 = first).
        incremental: whether cells are what was added at each age.

    Raises:
        InvalidInput: not a triangle, an age without amounts, or a factor that nothing is left to estimate.
        InsufficientData: fewer than two origins.
        LimitExceeded: more than 60 origins.

    Source: Mack, Distribution-free calculation of the standard error of chain ladder reserve estimates,
    ASTIN Bulletin 23 (1993), eq. 1-3; Friedland, Estimating Unpaid Claims Using Basic Techniques (CAS, 2010), ch. 7.
    """
    chainladder = methods()
    held = checked(triangle, incremental=incremental)
    fitted = developed(held, average, tail, drop)
    factors = pattern(fitted, held)
    ultimate = known(chainladder.Chainladder().fit(fitted).ultimate_.values)
    rows = reserves(held.latest, ultimate)
    ibnr = [row.ibnr for row in rows]
    return ChainLadder(
        method=f"average={average}, tail={tail:g}",
        library="chainladder",
        n=held.size,
        warnings=held.cautions,
        charts=(held.chart(), reserve_chart(rows)),
        ldf=factors.tolist(),
        cdf=to_ultimate(factors, tail).tolist(),
        tail=tail,
        origins=rows,
        ibnr_by_origin=still_open(ibnr, tail),
        ultimate_total=float(ultimate.sum()),
        ibnr_total=sum(ibnr),
    )


class TailFit(Computed):
    """A curve through the factors less one, and what it leaves for after the last age.

    `intercept` and `slope` are of ln(f - 1) on the age (exponential) or on its logarithm (inverse power).
    """

    tail: float
    intercept: float
    slope: float
    r2: float
    fitted: list[float]
    extrapolated: list[float]


@operation(
    "Factor de cola",
    examples=(
        "Estima el factor de cola ajustando una curva exponencial a estos factores de desarrollo",
        "Fit an inverse power tail factor to these link ratios",
    ),
)
def tail_fit(
    ldf: Vector, curve: Literal["exponential", "inverse_power"] = "exponential", periods: int = 100
) -> TailFit:
    """Extrapolate development factors beyond the last age by a decaying curve.

    Args:
        ldf: (n,) age-to-age factors from the first age on; those not above 1 take no part. At least 3 above 1.
        curve: exponential decay or inverse power of the factors less one.
        periods: how many ages to extrapolate, 1 to 1,000.

    Raises:
        InvalidInput: factors that do not decay, so that the tail would not end, or `periods` out of range.
        InsufficientData: fewer than three factors above 1.

    Source: Sherman, Extrapolating, Smoothing and Interpolating Development Factors, PCAS 71 (1984) (inverse
    power); CAS Tail Factor Working Party, The Estimation of Loss Development Tail Factors (2013), section 3.
    """
    import numpy as np
    from scipy.stats import linregress

    if not 1 <= periods <= 1000:
        raise InvalidInput("periods", N_("debe estar entre 1 y 1.000"))
    factors = vector(ldf, "ldf", least=3, low=0.0, high=1e6)
    ages = np.arange(1, factors.size + 1, dtype=float)
    used = factors > 1
    if used.sum() < 3:
        raise InsufficientData("ldf", 3, int(used.sum()))
    scale = (lambda a: a) if curve == "exponential" else np.log
    line = linregress(scale(ages[used]), np.log(factors[used] - 1))
    if not line.slope < 0:
        raise InvalidInput("ldf", N_("no decrece con la edad: la cola no tendría fin"))
    ahead = np.arange(factors.size + 1, factors.size + periods + 1, dtype=float)
    beyond = 1 + np.exp(line.intercept + line.slope * scale(ahead))
    fitted = 1 + np.exp(line.intercept + line.slope * scale(ages))
    tail = float(np.prod(beyond))
    said = []
    if not used.all():
        text = N_("{n} factores no pasan de 1 y no entran en el ajuste")
        said.append(Caution(text=text, values={"n": int((~used).sum())}))
    if tail > LONG_TAIL:
        said.append(Caution(text=N_("La cola pasa del 20 %: es una extrapolación; contrástela con otra fuente")))
    if curve == "inverse_power" and beyond[-1] > 1.0001:
        said.append(Caution(text=N_("La potencia inversa aún no se agota en la última edad extrapolada")))
    shown = beyond[: factors.size]
    return TailFit(
        method=curve,
        library="scipy",
        n=int(used.sum()),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="line",
                title=N_("Factores y cola ajustada"),
                series=(
                    Series(name=N_("Observado"), x=tuple(ages.tolist()), y=tuple(factors.tolist())),
                    Series(
                        name=N_("Ajustado"),
                        x=tuple([*ages.tolist(), *ahead[: shown.size].tolist()]),
                        y=tuple([*fitted.tolist(), *shown.tolist()]),
                    ),
                ),
                x_label=N_("Edad"),
                y_label=N_("Factor"),
            ),
        ),
        tail=tail,
        intercept=float(line.intercept),
        slope=float(line.slope),
        r2=float(line.rvalue**2),
        fitted=fitted.tolist(),
        extrapolated=beyond.tolist(),
    )


@dataclass(frozen=True)
class _Side:
    """Paid seen against incurred, or the reverse: factors, ratios of the other to it by age, and what those ratios do.

    `slopes` is what a factor rises by for a ratio one above that of its age; zero at ages where nothing varies.
    """

    factors: "Floats"
    ratios: "Floats"
    slopes: "Floats"
    pull: float


def _side(own: "Floats", other: "Floats", least: float) -> _Side:
    """What Munich chain ladder needs of one triangle; chainladder divides by zero where an age is settled.

    Raises:
        InvalidInput: nothing varies.
    """
    import numpy as np

    n = len(own)
    factors, sigma, ratios, rho = (np.ones(n - 1), np.zeros(n - 1), np.ones(n - 1), np.zeros(n - 1))
    cells = []
    for j in range(n - 1):
        weight = own[: n - j, j]
        ratio = other[: n - j, j] / weight
        ratios[j] = other[: n - j, j].sum() / weight.sum()
        rho[j] = np.sqrt((weight * (ratio - ratios[j]) ** 2).sum() / (n - j - 1))
        before, factor = weight[:-1], own[: n - 1 - j, j + 1] / weight[:-1]
        factors[j] = own[: n - 1 - j, j + 1].sum() / before.sum()
        if j == n - 2:
            first, second = sigma[j - 2], sigma[j - 1]  # Mack's rule
            sigma[j] = min(second**2 / first, first, second) if first > least else 0.0
            continue
        sigma[j] = np.sqrt((before * (factor - factors[j]) ** 2).sum() / (n - 2 - j))
        if min(sigma[j], rho[j]) > least:
            root = np.sqrt(before)
            cells.append(((factor - factors[j]) * root / sigma[j], (ratio[:-1] - ratios[j]) * root / rho[j]))
    if not cells:
        raise InvalidInput("paid", N_("no varía bastante para estimar las correlaciones entre pagos e incurrido"))
    steps, states = (np.concatenate(part) for part in zip(*cells, strict=True))
    pull = float(steps @ states / (states @ states))
    moving = (sigma > least) & (rho > least)
    slopes = np.divide(pull * sigma, rho, out=np.zeros(n - 1), where=moving)
    return _Side(factors, ratios, slopes, pull)


class MunichOrigin(Part):
    """One origin under Munich chain ladder: both ultimates, and the ratio of paid to incurred now and at the end."""

    origin: int
    paid_ultimate: float
    incurred_ultimate: float
    ratio_now: float | None
    ratio_ultimate: float | None


class MunichChainLadder(Computed):
    """Ultimates from paid and from incurred that take each other's state into account.

    `lambda_paid` and `lambda_incurred` are the correlations that pull the factors of an origin.
    """

    origins: list[MunichOrigin]
    paid_total: float
    incurred_total: float
    lambda_paid: float
    lambda_incurred: float


@operation(
    "Munich chain ladder (pagos e incurrido)",
    examples=(
        "Concilia los triángulos de pagos y de incurrido por Munich chain ladder",
        "Munich chain ladder with a paid and an incurred triangle",
    ),
)
def munich_chain_ladder(paid: GappyMatrix, incurred: GappyMatrix) -> MunichChainLadder:
    """Project paid and incurred together, so that their ultimates agree better.

    Args:
        paid: (n, n) cumulative payments, positive, null below the last diagonal. At least 4 origins.
        incurred: (n, n) cumulative incurred (paid plus case reserves), in the same shape.

    Raises:
        InvalidInput: not triangles, of different sizes, with gaps, not positive, or without any variation.
        InsufficientData: fewer than four origins.
        LimitExceeded: more than 60 origins.

    Source: Quarg & Mack, Munich Chain Ladder, Blätter der DGVFM 26 (2004), sections 2.2-2.3.
    """
    import numpy as np

    payments = checked(paid, "paid", least=4)
    losses = checked(incurred, "incurred", least=4)
    if losses.size != payments.size:
        raise InvalidInput("incurred", N_("debe tener el mismo tamaño que el triángulo de pagos"))
    n = payments.size
    there = np.add.outer(np.arange(n), np.arange(n)) < n
    for held in (payments, losses):
        if not (held.values[there] > 0).all():
            raise InvalidInput(held.argument, N_("debe estar completo y ser positivo en todas sus celdas"))
    least = 1e-9 * float(np.sqrt(losses.values[there].max()))
    sides = [_side(own.values, other.values, least) for own, other in ((payments, losses), (losses, payments))]
    pulls = [side.pull for side in sides]
    tables = [payments.values.copy(), losses.values.copy()]
    for j in range(n - 1):
        behind = slice(n - 1 - j, n)
        before = [table[behind, j].copy() for table in tables]
        for own, other, side, table in zip(before, reversed(before), sides, tables, strict=True):
            table[behind, j + 1] = own * (side.factors[j] + side.slopes[j] * (other / own - side.ratios[j]))
    ultimate = np.array([table[:, -1] for table in tables])
    if not (ultimate > 0).all():
        raise InvalidInput("paid", N_("se aparta tanto del incurrido que la proyección deja de ser positiva"))
    rows = [
        MunichOrigin(
            origin=i + 1,
            paid_ultimate=float(ultimate[0, i]),
            incurred_ultimate=float(ultimate[1, i]),
            ratio_now=float(payments.latest[i] / losses.latest[i]),
            ratio_ultimate=float(ultimate[0, i] / ultimate[1, i]),
        )
        for i in range(n)
    ]
    x = tuple(str(row.origin) for row in rows)
    return MunichChainLadder(
        method="sigma=mack",
        library="numpy",
        n=n,
        warnings=payments.cautions + tuple(c for c in losses.cautions if c not in payments.cautions),
        charts=(
            Chart(
                kind="bar",
                title=N_("Coste último por pagos y por incurrido"),
                series=(
                    Series(name=N_("Pagos"), x=x, y=tuple(row.paid_ultimate for row in rows)),
                    Series(name=N_("Incurrido"), x=x, y=tuple(row.incurred_ultimate for row in rows)),
                ),
                x_label=N_("Origen"),
            ),
        ),
        origins=rows,
        paid_total=float(ultimate[0].sum()),
        incurred_total=float(ultimate[1].sum()),
        lambda_paid=pulls[0],
        lambda_incurred=pulls[1],
    )
