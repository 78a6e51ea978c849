"""How far reserves may be off: Mack, over-dispersed Poisson, its bootstrap, and the one-year view."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, GappyMatrix, Part, Seed, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.insurance.reserving.chain_ladder import reserves, still_open
from engines.insurance.triangles import (
    UNDEFINED,
    Average,
    Exclusion,
    Tail,
    Triangle,
    checked,
    developed,
    known,
    library,
    methods,
    pattern,
    to_ultimate,
)
from engines.running import report

if TYPE_CHECKING:
    from engines.insurance.triangles import Floats

VANISHING: Final = 1e-150  # chainladder writes 1e-320 for a sigma of zero
BATCH: Final = 250
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995)
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
        charts=(held.chart(), _error_chart(rows)),
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


def _error_chart(rows: list[OriginError]) -> Chart:
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


class OdpGlm(Computed):
    """Reserves of the over-dispersed Poisson model, which are those of chain ladder, and their error.

    `dispersion` is Pearson's chi-squared by its degrees of freedom.
    """

    origins: list[OriginError]
    ibnr_by_origin: list[float]
    reserve: float
    dispersion: float
    prediction_error: float
    cv_total: float | None


@operation(
    "Reserva por GLM de Poisson sobredisperso",
    examples=(
        "Ajusta un GLM de Poisson sobredisperso al triángulo y dame la reserva con su error de predicción",
        "Over-dispersed Poisson GLM reserve with dispersion and prediction error",
    ),
)
def odp_glm(triangle: GappyMatrix, incremental: bool = False) -> OdpGlm:
    """Fit an over-dispersed Poisson model of incremental claims with origin and age as factors.

    Args:
        triangle: (n, n) amounts, a row an origin from the oldest, null below the last diagonal, without
            gaps; cumulative unless `incremental`. 3 to 60 origins. Increments may be negative as long as
            those of each age and each origin sum to more than zero.
        incremental: whether cells are what was added at each age.

    Raises:
        InvalidInput: not a triangle, with gaps, or an age or origin whose increments sum to less than zero.
        InsufficientData: fewer than three origins.
        LimitExceeded: more than 60 origins.
        NotConverged: the model cannot be fitted.

    Source: England & Verrall, Stochastic Claims Reserving in General Insurance, British Actuarial Journal 8
    (2002), sections 2.3 and 3.2; Renshaw & Verrall, BAJ 4 (1998).
    """
    import numpy as np
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    held = _complete(checked(triangle, incremental=incremental, least=3))
    n = held.size
    cells = held.incremental()
    expected = _expected(held)
    # What is zero throughout needs no parameter: it would run off to minus infinity.
    rows = np.flatnonzero(held.latest != 0)
    columns = np.flatnonzero(expected.sum(axis=0) > 0)
    origin, age = (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
    design = np.column_stack([*(origin == i for i in rows), *(age == j for j in columns[1:])]).astype(float)
    seen = origin + age < n
    mu = expected[origin, age]
    freedom = int(seen.sum()) - design.shape[1]
    if freedom < 1:
        raise InvalidInput("triangle", UNDEFINED)
    perfect = bool(np.allclose(cells[origin[seen], age[seen]], mu[seen], rtol=1e-12, atol=0))
    unit = float(np.abs(cells[origin[seen], age[seen]]).max())
    start = np.concatenate(
        [
            np.log(expected[rows, columns[0]] / unit),
            np.log(expected[rows[0], columns[1:]] / expected[rows[0], columns[0]]),
        ]
    )
    if perfect:
        table = errors(held.latest, expected.sum(axis=1), np.zeros(n))
        return OdpGlm(
            method="log link, Pearson dispersion",
            library="statsmodels",
            n=int(seen.sum()),
            warnings=(*held.cautions, Caution(text=PERFECT)),
            origins=table,
            ibnr_by_origin=[row.ibnr for row in table[1:]],
            reserve=sum(row.ibnr for row in table),
            dispersion=0.0,
            prediction_error=0.0,
            cv_total=0.0,
        )
    model = GLM(cells[origin[seen], age[seen]] / unit, design[seen], family=families.Poisson())
    try:
        # Chain ladder is the solution (Renshaw & Verrall): it is where the search begins.
        fitted = model.fit(start_params=start, scale="X2", tol_criterion="params", tol=1e-8, maxiter=100)
    except (np.linalg.LinAlgError, PerfectSeparationError, ValueError) as error:
        raise NotConverged("triangle", str(error)) from error
    if not fitted.converged:
        raise NotConverged("triangle", N_("el GLM no llega a su máximo"))
    dispersion = float(fitted.scale) * unit
    ahead = ~seen
    gradient = design[ahead] * mu[ahead, None]
    covariance = np.asarray(fitted.cov_params())
    of = origin[ahead]
    reserve, se = np.zeros(n), np.zeros(n)
    for i in rows:
        own = of == i
        reserve[i] = mu[ahead][own].sum()
        step = gradient[own].sum(axis=0)
        se[i] = np.sqrt(dispersion * reserve[i] + step @ covariance @ step)
    step = gradient.sum(axis=0)
    total = float(reserve.sum())
    error_total = float(np.sqrt(dispersion * total + step @ covariance @ step))
    table = errors(held.latest, held.latest + reserve, se)
    return OdpGlm(
        method="log link, Pearson dispersion",
        library="statsmodels",
        n=int(seen.sum()),
        warnings=held.cautions,
        charts=(_error_chart(table),),
        origins=table,
        ibnr_by_origin=reserve[1:].tolist(),
        reserve=total,
        dispersion=dispersion,
        prediction_error=error_total,
        cv_total=error_total / total if total > 0 else None,
    )


def _complete(held: Triangle) -> Triangle:
    """`held`, which must have no gaps and no age or origin that goes down on the whole.

    Raises:
        InvalidInput: it has.
    """
    import numpy as np

    n = held.size
    there = np.add.outer(np.arange(n), np.arange(n)) < n
    if np.isnan(held.values[there]).any():
        raise InvalidInput(held.argument, N_("tiene huecos, y este método pide todas las celdas"))
    falls = np.nansum(np.where(there, held.incremental(), 0.0), axis=0)
    if (held.latest < 0).any() or (falls < 0).any():
        raise InvalidInput(held.argument, N_("tiene edades u orígenes cuyos incrementos suman menos de cero"))
    return held


def _expected(held: Triangle) -> "Floats":
    """The increments that chain ladder expects in every cell, past and to come."""
    import numpy as np

    factors = pattern(developed(held), held)
    back = 1 / to_ultimate(factors, 1.0)
    ultimate = held.latest / back[::-1]
    expected = np.outer(ultimate, np.diff(back, prepend=0.0))
    return np.where(np.abs(expected) < 1e-12 * np.abs(expected).max(), 0.0, expected)


class OriginSpread(Part):
    """What the simulated reserves of one origin (1 = oldest) look like."""

    origin: int
    reserve: float
    mean: float
    se: float
    p75: float
    p95: float
    p995: float


class OdpBootstrap(Computed):
    """The simulated distribution of the reserve. `reserve` is chain ladder's own, `mean` that of the simulations.

    `quantiles` go by their level (0.995 is Solvency II's); `prediction_error` holds both the error of
    estimation and that of the claims to come.
    """

    simulations: int
    reserve: float
    mean: float
    prediction_error: float
    dispersion: float
    quantiles: dict[str, float]
    origins: list[OriginSpread]


@operation(
    "Bootstrap de la reserva",
    examples=(
        "Simula por bootstrap la distribución de la reserva de este triángulo y dame los percentiles 75 y 99,5",
        "ODP bootstrap of the claims reserve: distribution, percentiles and prediction error",
    ),
    heavy=True,
)
def odp_bootstrap(
    triangle: GappyMatrix,
    n_sims: Annotated[int, Field(ge=100, le=20_000)] = 1000,
    hat_adjustment: bool = True,
    incremental: bool = False,
    seed: Seed = 0,
) -> OdpBootstrap:
    """Resample the residuals of the over-dispersed Poisson model and simulate what is still to come.

    Args:
        triangle: (n, n) amounts, a row an origin from the oldest, null below the last diagonal, without
            gaps; cumulative unless `incremental`. 4 to 60 origins.
        n_sims: how many pseudo-triangles, 100 to 20,000.
        hat_adjustment: whether residuals are standardised by the hat matrix.
        incremental: whether cells are what was added at each age.
        seed: where chance begins.

    Raises:
        InvalidInput: not a triangle, with gaps, an age or origin that sums to less than zero, or without residuals.
        InsufficientData: fewer than four origins.
        LimitExceeded: more than 60 origins.

    Source: England & Verrall, British Actuarial Journal 8 (2002), section 3.3 and appendix 3 (gamma process
    error, eq. 7.7); Shapland, Using the ODP Bootstrap Model, CAS Monograph 4 (2016), eq. 3.12 and 3.23.
    """
    import numpy as np

    chainladder = methods()
    held = _complete(checked(triangle, incremental=incremental, least=4))
    if (held.latest == 0).any():
        raise InvalidInput("triangle", N_("tiene orígenes a cero en la última diagonal: quítelos antes de simular"))
    base = library(held)
    chance = np.random.default_rng(seed)
    drawn, dispersion = [], 0.0
    sizes = [BATCH] * (n_sims // BATCH) + ([n_sims % BATCH] if n_sims % BATCH else [])
    for size in sizes:
        # Never zero: chainladder takes a state of zero for none, and the claims to come would be another each time.
        state = int(chance.integers(1, 2**31))
        sampler = _sampler(n_sims=size, hat_adj=hat_adjustment, random_state=state)
        try:
            sample = sampler.fit_transform(base)
            found = chainladder.Chainladder().fit(sample).ibnr_.values[:, 0, :, 0]
        except (ValueError, np.linalg.LinAlgError) as error:
            raise InvalidInput("triangle", N_("no deja residuos que remuestrear")) from error
        dispersion = float(sampler.scale_)
        drawn.append(np.asarray(found, dtype=float))
        report(sum(d.shape[0] for d in drawn), n_sims)
    simulated = np.concatenate(drawn)
    simulated[:, 0] = np.nan_to_num(simulated[:, 0])  # the oldest origin has nothing left to develop
    sound = np.isfinite(simulated).all(axis=1)
    if sound.mean() < 0.95 or not dispersion > 0:
        raise InvalidInput("triangle", N_("no deja residuos que remuestrear"))
    said = list(held.cautions)
    if not sound.all():
        text = N_("{n} simulaciones no dan factores y quedan fuera")
        said.append(Caution(text=text, values={"n": int((~sound).sum())}))
    simulated = simulated[sound]
    total = simulated.sum(axis=1)
    reserve = _expected(held)
    ahead = np.add.outer(np.arange(held.size), np.arange(held.size)) >= held.size
    by_origin = np.where(ahead, reserve, 0.0).sum(axis=1)
    best = float(by_origin.sum())
    if best > 0 and abs(total.mean() / best - 1) > 0.1:
        text = N_(
            "La media simulada se aparta un {gap} % de la reserva de chain ladder: tome los percentiles con reserva"
        )
        said.append(Caution(text=text, values={"gap": round(100 * abs(total.mean() / best - 1))}))
    p75, p95, p995 = np.quantile(simulated, [0.75, 0.95, 0.995], axis=0)
    return OdpBootstrap(
        method=f"Pearson residuals{', hat-adjusted' if hat_adjustment else ''}, gamma process error",
        library="chainladder",
        n=held.size,
        seed=seed,
        warnings=tuple(said),
        charts=(_histogram(total),),
        simulations=int(total.size),
        reserve=best,
        mean=float(total.mean()),
        prediction_error=float(total.std(ddof=1)),
        dispersion=dispersion,
        quantiles={f"{q:g}": float(v) for q, v in zip(QUANTILES, np.quantile(total, QUANTILES), strict=True)},
        origins=[
            OriginSpread(
                origin=i + 1,
                reserve=float(by_origin[i]),
                mean=float(simulated[:, i].mean()),
                se=float(simulated[:, i].std(ddof=1)),
                p75=float(p75[i]),
                p95=float(p95[i]),
                p995=float(p995[i]),
            )
            for i in range(held.size)
        ],
    )


def _sampler(**settings: Any) -> Any:
    """The sampler of chainladder, without the corners among the residuals.

    The last age of the oldest origin and the first of the youngest have a leverage of one: their residual is
    zero, and chainladder leaves its adjustment uninitialised, so that the same seed gave other numbers.
    """
    base: Any = methods().BootstrapODPSample

    class Sampler(base):  # type: ignore[misc]  # the library is taken untyped
        def _get_hat(self, X: Any, exp_incr_triangle: Any) -> Any:
            factors = super()._get_hat(X, exp_incr_triangle)
            factors[0, -1] = factors[-1, 0] = 0.0
            return factors

    return Sampler(**settings)


def _histogram(total: "Floats") -> Chart:
    import numpy as np

    counts, edges = np.histogram(total, bins=30)
    middles = (edges[:-1] + edges[1:]) / 2
    return Chart(
        kind="bar",
        title=N_("Distribución simulada de la reserva"),
        series=(Series(name=N_("Simulaciones"), x=tuple(middles.tolist()), y=tuple(float(c) for c in counts)),),
        x_label=N_("Reserva"),
        y_label=N_("Simulaciones"),
    )


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
    held = _complete(checked(triangle, incremental=incremental, least=4, positive=True))
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
