"""How far chain-ladder reserves may be off: until run-off (Mack) and within a year (Merz-Wüthrich)."""

from typing import TYPE_CHECKING, Any, Final

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, GappyMatrix, Part, operation
from engines.errors import N_, InvalidInput
from engines.insurance.reserving.chain_ladder import reserves, still_open
from engines.insurance.triangles import (
    UNDEFINED,
    VANISHING,
    Average,
    Exclusion,
    Tail,
    Triangle,
    checked,
    developed,
    known,
    methods,
    pattern,
    to_ultimate,
)

if TYPE_CHECKING:
    from engines.insurance.triangles import Floats

PERFECT: Final = N_("El triángulo se desarrolla igual en todos los orígenes: el error sale cero y no es creíble")


class OriginError(Part):
    """The reserve of one origin (1 = oldest) and its prediction error, in the triangle's unit."""

    origin: int
    latest: float
    ultimate: float
    ibnr: float
    se: float
    cv: float | None


def errors(latest: "Floats", ultimate: "Floats", se: "Floats") -> list[OriginError]:
    """One row an origin; the coefficient of variation where there is a reserve."""
    return [
        OriginError(**row.model_dump(), se=float(s), cv=float(s) / row.ibnr if row.ibnr > 0 else None)
        for row, s in zip(reserves(latest, ultimate), se, strict=True)
    ]


class Mack(Computed):
    """Chain-ladder reserves with Mack's prediction error; `by_origin` lists leave out what is fully developed.

    `sigma` are the square roots of the variance parameters, the last by Mack's extrapolation;
    `process_se_total` and `parameter_se_total` are the two parts of the error.
    """

    ldf: list[float]
    ldf_se: list[float]
    cdf: list[float]
    sigma: list[float]
    origins: list[OriginError]
    ibnr_by_origin: list[float]
    mack_se_by_origin: list[float]
    ibnr_total: float
    mack_se_total: float
    process_se_total: float
    parameter_se_total: float
    cv_total: float | None


@operation(
    "Reserva y error por el método de Mack",
    examples=(
        "Calcula la reserva IBNR de este triángulo por el método de Mack, con su error estándar",
        "Mack standard error of the chain ladder reserve, by accident year and in total",
    ),
)
def mack(
    triangle: GappyMatrix,
    average: Average = "volume",
    tail: Tail = 1.0,
    drop: tuple[Exclusion, ...] = (),
    incremental: bool = False,
) -> Mack:
    """Project a loss triangle and tell the standard error of the reserve without assuming a distribution.

    Args:
        triangle: (n, n) amounts, a row an origin from the oldest, null below the last diagonal, not
            negative when cumulated; cumulative unless `incremental`. 4 to 60 origins.
        average: how factors are averaged: by volume (Mack's), simply, or by regression through the origin.
        tail: factor from the last age to ultimate; 1 means fully developed.
        drop: factors left out, by origin and age (1 = first).
        incremental: whether cells are what was added at each age.

    Raises:
        InvalidInput: not a triangle, negative cumulatives, an age without amounts, or a factor not estimable.
        InsufficientData: fewer than four origins.
        LimitExceeded: more than 60 origins.

    Source: Mack, ASTIN Bulletin 23 (1993), theorem 3 and corollary; sigma of the last age as there, p. 217;
    tail and averages as in Mack, ASTIN Bulletin 29 (1999).
    """
    import numpy as np

    chainladder = methods()
    held = checked(triangle, incremental=incremental, least=4, positive=True)
    fitted = developed(held, average, tail, drop)
    factors = pattern(fitted, held)
    sigma, ldf_se = spread(fitted, held)
    model = chainladder.MackChainladder().fit(fitted)
    ultimate = known(model.ultimate_.values)
    se = known(model.mack_std_err_.values[0, 0, :, -1])
    process = known(model.total_process_risk_.values[0, 0, 0, -1])[0]
    parameter = known(model.total_parameter_risk_.values[0, 0, 0, -1])[0]
    total = float(np.hypot(process, parameter))
    rows = errors(held.latest, ultimate, se)
    ibnr = [row.ibnr for row in rows]
    said = list(held.cautions)
    if not sigma.any():
        said.append(Caution(text=PERFECT))
    if tail != 1.0:
        said.append(Caution(text=N_("El error de la cola se extrapola: es orientativo")))
    reserve = sum(ibnr)
    return Mack(
        method=f"average={average}, sigma=mack, tail={tail:g}",
        library="chainladder",
        n=held.size,
        warnings=tuple(said),
        charts=(held.chart(), error_chart(rows)),
        ldf=factors.tolist(),
        ldf_se=ldf_se.tolist(),
        cdf=to_ultimate(factors, tail).tolist(),
        sigma=sigma.tolist(),
        origins=rows,
        ibnr_by_origin=still_open(ibnr, tail),
        mack_se_by_origin=still_open([row.se for row in rows], tail),
        ibnr_total=reserve,
        mack_se_total=total,
        process_se_total=float(process),
        parameter_se_total=float(parameter),
        cv_total=total / reserve if reserve > 0 else None,
    )


def spread(fitted: Any, held: Triangle) -> tuple["Floats", "Floats"]:
    """Sigma and the standard error of each factor.

    Raises:
        InvalidInput: too few pairs to estimate some sigma.
    """
    import numpy as np

    n = held.size
    sigma = np.asarray(fitted.sigma_.values[0, 0, 0, : n - 1], dtype=float)
    se = np.asarray(fitted.std_err_.values[0, 0, 0, : n - 1], dtype=float)
    sigma = np.where(np.isnan(sigma) & _settled(held), 0.0, sigma)
    if not np.isfinite(sigma).all():
        raise InvalidInput(held.argument, UNDEFINED)
    return np.where(sigma < VANISHING, 0.0, sigma), np.nan_to_num(np.where(sigma < VANISHING, 0.0, se))


def _settled(held: Triangle) -> Any:
    """Ages whose factor is the same for all origins that are followed by equals: sigma is zero there."""
    import numpy as np

    n = held.size
    settled = np.zeros(n - 1, dtype=bool)
    for j in range(n - 1):
        before, after = held.values[: n - 1 - j, j], held.values[: n - 1 - j, j + 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = (after / before)[(before > 0) & ~np.isnan(after)]
        last = ratios.size == 1 and j > 0 and settled[j - 1]
        settled[j] = last or (ratios.size > 1 and np.ptp(ratios) <= 1e-12 * ratios.max())
    return settled


def error_chart(rows: list[OriginError]) -> Chart:
    """The reserve of each origin, with one standard error up and down."""
    return Chart(
        kind="bar",
        title=N_("Reserva por origen, más y menos un error estándar"),
        series=(
            Series(
                name=N_("Reserva"),
                x=tuple(str(row.origin) for row in rows),
                y=tuple(row.ibnr for row in rows),
                low=tuple(row.ibnr - row.se for row in rows),
                high=tuple(row.ibnr + row.se for row in rows),
            ),
        ),
        x_label=N_("Origen"),
    )


def complete(held: Triangle) -> Triangle:
    """`held`, which must have no gaps.

    Raises:
        InvalidInput: it has.
    """
    import numpy as np

    n = held.size
    there = np.add.outer(np.arange(n), np.arange(n)) < n
    if np.isnan(held.values[there]).any():
        raise InvalidInput(held.argument, N_("tiene huecos, y este método pide todas las celdas"))
    return held


class OneYearOrigin(Part):
    """The reserve of one origin (1 = oldest), and how far it may move within a year and until the end."""

    origin: int
    ibnr: float
    cdr_se: float
    mack_se: float


class OneYear(Computed):
    """How far the claims development result of the coming year may be from zero.

    `share` is the one-year error as a part of that until run-off.
    """

    origins: list[OneYearOrigin]
    cdr_se_by_origin: list[float]
    ibnr_total: float
    cdr_se_total: float
    mack_se_total: float
    share: float | None


@operation(
    "Riesgo de reserva a un año (Merz-Wüthrich)",
    examples=(
        "Riesgo de reserva a un año de Solvencia II por Merz-Wüthrich para este triángulo",
        "One-year claims development result standard error, Merz-Wuthrich",
    ),
)
def one_year_cdr(triangle: GappyMatrix, incremental: bool = False) -> OneYear:
    """Tell the error of the claims development result (*resultado de desarrollo*) of the coming year.

    Args:
        triangle: (n, n) amounts, a row an origin from the oldest, null below the last diagonal, without
            gaps, not negative when cumulated; cumulative unless `incremental`. 4 to 60 origins.
        incremental: whether cells are what was added at each age.

    Raises:
        InvalidInput: not a triangle, with gaps, negative cumulatives, or a factor not estimable.
        InsufficientData: fewer than four origins.
        LimitExceeded: more than 60 origins.

    Source: Merz & Wüthrich, Modelling the Claims Development Result for Solvency Purposes, CAS E-Forum
    (Fall 2008), results 3.2-3.3 in their linear form; Merz & Wüthrich, Claims Run-Off Uncertainty: The Full
    Picture (2014), eq. 1.4.
    """
    import numpy as np

    chainladder = methods()
    held = complete(checked(triangle, incremental=incremental, least=4, positive=True))
    fitted = developed(held)
    factors = pattern(fitted, held)
    sigma, _ = spread(fitted, held)
    n = held.size
    model = chainladder.MackChainladder().fit(fitted)
    ultimate = known(model.ultimate_.values)
    mack_se = known(model.mack_std_err_.values[0, 0, :, -1])
    total_mack = float(
        np.hypot(
            known(model.total_process_risk_.values[0, 0, 0, -1])[0],
            known(model.total_parameter_risk_.values[0, 0, 0, -1])[0],
        )
    )
    latest = held.latest
    variance = (sigma / factors) ** 2
    # Of pairs that enter the factor: an origin at zero does not.
    sums = np.array([np.sum(held.values[: n - 1 - j, j]) for j in range(n - 1)])
    diagonal = np.array([latest[n - 1 - j] for j in range(n - 1)])
    weight = diagonal / (sums + diagonal)
    later = variance * weight / sums  # what re-estimating each later factor adds
    after = np.array([later[a + 1 :].sum() for a in range(n - 1)])
    covariance = np.zeros((n, n))
    for i in range(1, n):
        a = n - 1 - i
        common = variance[a] / sums[a] + after[a]
        own = variance[a] / latest[i] if latest[i] > 0 else 0.0
        covariance[i, i] = ultimate[i] ** 2 * (own + common)
        for k in range(i + 1, n):
            covariance[i, k] = covariance[k, i] = ultimate[i] * ultimate[k] * common
    se = np.sqrt(np.diag(covariance))
    total = float(np.sqrt(covariance.sum()))
    ibnr = ultimate - latest
    ibnr[latest == 0] = 0.0
    said = held.cautions + ((Caution(text=PERFECT),) if not sigma.any() else ())
    x = tuple(str(i + 1) for i in range(n))
    return OneYear(
        method="linear Merz-Wüthrich, sigma=mack",
        library="chainladder",
        n=n,
        warnings=said,
        charts=(
            Chart(
                kind="bar",
                title=N_("Error a un año y hasta el final, por origen"),
                series=(
                    Series(name=N_("A un año"), x=x, y=tuple(se.tolist())),
                    Series(name=N_("Hasta el final"), x=x, y=tuple(mack_se.tolist())),
                ),
                x_label=N_("Origen"),
            ),
        ),
        origins=[
            OneYearOrigin(origin=i + 1, ibnr=float(ibnr[i]), cdr_se=float(se[i]), mack_se=float(mack_se[i]))
            for i in range(n)
        ],
        cdr_se_by_origin=se[1:].tolist(),
        ibnr_total=float(ibnr.sum()),
        cdr_se_total=total,
        mack_se_total=total_mack,
        share=total / total_mack if total_mack > 0 else None,
    )
