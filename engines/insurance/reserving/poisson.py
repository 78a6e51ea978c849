"""The over-dispersed Poisson model of a triangle, and the bootstrap of its reserves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, GappyMatrix, Part, Seed, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.insurance.reserving.mack import PERFECT, OriginError, complete, error_chart, errors
from engines.insurance.triangles import UNDEFINED, ZEROS, Triangle, checked, to_ultimate
from engines.running import report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.insurance.triangles import Floats

CELLS: Final = 400_000  # simulated at once
SOUND: Final = 0.5  # share of simulations that must have factors
EXACT: Final = 1e-9  # what a leverage of one leaves, by rounding
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995)


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

    held = _rising(complete(checked(triangle, incremental=incremental, least=3)))
    n = held.size
    cells = held.incremental()
    expected = _expected(held)
    model = _factored(held, expected)
    origin, age, seen, mu = model.origin, model.age, model.seen, model.mu
    if model.freedom < 1:
        raise InvalidInput("triangle", UNDEFINED)
    perfect = bool(np.allclose(cells[origin[seen], age[seen]], mu[seen], rtol=1e-12, atol=0))
    unit = float(np.abs(cells[origin[seen], age[seen]]).max())
    said = _said(held)
    if perfect:
        table = errors(held.latest, expected.sum(axis=1), np.zeros(n))
        return OdpGlm(
            method="log link, Pearson dispersion",
            library="statsmodels",
            n=int(seen.sum()),
            warnings=(*said, Caution(text=PERFECT)),
            origins=table,
            ibnr_by_origin=[row.ibnr for row in table[1:]],
            reserve=sum(row.ibnr for row in table),
            dispersion=0.0,
            prediction_error=0.0,
            cv_total=0.0,
        )
    regression = GLM(cells[origin[seen], age[seen]] / unit, model.design[seen], family=families.Poisson())
    try:
        # Chain ladder is the solution (Renshaw & Verrall): it is where the search begins.
        fitted = regression.fit(
            start_params=model.start(expected / unit), scale="X2", tol_criterion="params", tol=1e-8, maxiter=100
        )
    except (np.linalg.LinAlgError, PerfectSeparationError, ValueError) as error:
        raise NotConverged("triangle", str(error)) from error
    if not fitted.converged:
        raise NotConverged("triangle", N_("el GLM no llega a su máximo"))
    dispersion = float(fitted.scale) * unit
    ahead = ~seen
    gradient = model.design[ahead] * mu[ahead, None]
    covariance = np.asarray(fitted.cov_params())
    of = origin[ahead]
    reserve, se = np.zeros(n), np.zeros(n)
    for i in np.unique(origin):
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
        warnings=said,
        charts=(error_chart(table),),
        origins=table,
        ibnr_by_origin=reserve[1:].tolist(),
        reserve=total,
        dispersion=dispersion,
        prediction_error=error_total,
        cv_total=error_total / total if total > 0 else None,
    )


@dataclass(frozen=True)
class _Factored:
    """The cells that have parameters (origin and age of each), those seen, what is expected there, and their design.

    What is zero throughout has none: its parameter would run off to minus infinity.
    """

    origin: "NDArray[np.int64]"
    age: "NDArray[np.int64]"
    seen: "NDArray[np.bool_]"
    mu: "Floats"
    design: "Floats"

    @property
    def freedom(self) -> int:
        """Cells seen less parameters."""
        return int(self.seen.sum()) - int(self.design.shape[1])

    def start(self, expected: "Floats") -> "Floats":
        """The parameters that give `expected`: logarithms of an origin at the first age, and of each age against it."""
        import numpy as np

        rows, columns = np.unique(self.origin), np.unique(self.age)
        first = expected[rows, columns[0]]
        return np.asarray(np.log(np.concatenate([first, expected[rows[0], columns[1:]] / first[0]])))

    def leverage(self) -> "Floats":
        """How much of its own fitted value each cell seen makes: the diagonal of the hat matrix."""
        import numpy as np

        weighted = self.design[self.seen] * np.sqrt(self.mu[self.seen])[:, None]
        basis = np.linalg.qr(weighted)[0]
        return np.asarray((basis**2).sum(axis=1))


def _factored(held: Triangle, expected: "Floats") -> _Factored:
    import numpy as np

    rows, columns = np.flatnonzero(held.latest != 0), np.flatnonzero(expected.sum(axis=0) > 0)
    origin, age = (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
    design = np.column_stack([*(origin == i for i in rows), *(age == j for j in columns[1:])]).astype(float)
    return _Factored(origin, age, origin + age < held.size, expected[origin, age], design)


def _rising(held: Triangle) -> Triangle:
    """`held`, of which no age or origin goes down on the whole.

    Raises:
        InvalidInput: some does.
    """
    import numpy as np

    n = held.size
    there = np.add.outer(np.arange(n), np.arange(n)) < n
    falls = np.nansum(np.where(there, held.incremental(), 0.0), axis=0)
    if (held.latest < 0).any() or (falls < 0).any():
        raise InvalidInput(held.argument, N_("tiene edades u orígenes cuyos incrementos suman menos de cero"))
    return held


def _said(held: Triangle) -> tuple[Caution, ...]:
    """What a person must know of the triangle; in this model its zeros count like any other amount."""
    return tuple(c for c in held.cautions if c.text != ZEROS)


def _expected(held: Triangle) -> "Floats":
    """The increments that the model expects in every cell, past and to come: those of chain ladder by volume.

    Raises:
        InvalidInput: an age adds up to nothing or less.
    """
    import numpy as np

    n = held.size
    # A zero is an observation here, which chainladder takes for a gap.
    sums = [(held.values[: n - 1 - j, j].sum(), held.values[: n - 1 - j, j + 1].sum()) for j in range(n - 1)]
    if min(before for before, _ in sums) <= 0:
        raise InvalidInput(held.argument, UNDEFINED)
    factors = np.array([after / before for before, after in sums])
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
        hat_adjustment: whether residuals are standardised by the hat matrix; else all by the degrees of freedom.
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

    held = _rising(complete(checked(triangle, incremental=incremental, least=4)))
    if (held.latest == 0).any():
        raise InvalidInput("triangle", N_("tiene orígenes a cero en la última diagonal: quítelos antes de simular"))
    expected = _expected(held)
    model = _factored(held, expected)
    known, mu = held.incremental()[model.origin[model.seen], model.age[model.seen]], model.mu[model.seen]
    residuals = (known - mu) / np.sqrt(mu)
    # Of leverage one are the last age of the oldest origin and the first of the youngest: no residual is left there.
    left = 1 - model.leverage()
    kept = left > EXACT
    if model.freedom < 1 or np.allclose(known, mu, rtol=1e-9, atol=0):
        raise InvalidInput("triangle", N_("no deja residuos que remuestrear"))
    dispersion = float(residuals @ residuals) / model.freedom
    # What the fit took from the residuals is given back: to each its own part, or to all the same.
    share = left[kept] if hat_adjustment else model.freedom / residuals.size
    pool = residuals[kept] / np.sqrt(share)
    pool = pool - pool.mean()
    chance = np.random.default_rng(seed)
    drawn: list[Floats] = []
    batch = max(CELLS // held.size**2, 25)
    for done in range(0, n_sims, batch):
        drawn.append(_simulated(expected, pool, dispersion, min(batch, n_sims - done), chance))
        report(sum(d.shape[0] for d in drawn), n_sims)
    simulated = np.concatenate(drawn)
    sound = np.isfinite(simulated).all(axis=1)
    if sound.mean() < SOUND:
        raise InvalidInput("triangle", N_("es tan irregular que muchas simulaciones no dan factores; una periodos"))
    said = list(_said(held))
    if not sound.all():
        text = N_("{n} simulaciones no dan factores y quedan fuera")
        said.append(Caution(text=text, values={"n": int((~sound).sum())}))
    simulated = simulated[sound]
    total = simulated.sum(axis=1)
    ahead = np.add.outer(np.arange(held.size), np.arange(held.size)) >= held.size
    by_origin = np.where(ahead, expected, 0.0).sum(axis=1)
    best = float(by_origin.sum())
    if best > 0 and abs(total.mean() / best - 1) > 0.1:
        text = N_(
            "La media simulada se aparta un {gap} % de la reserva de chain ladder: tome los percentiles con reserva"
        )
        said.append(Caution(text=text, values={"gap": round(100 * abs(total.mean() / best - 1))}))
    p75, p95, p995 = np.quantile(simulated, [0.75, 0.95, 0.995], axis=0)
    return OdpBootstrap(
        method=f"Pearson residuals{', hat-adjusted' if hat_adjustment else ''}, gamma process error",
        library="numpy",
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


def _simulated(
    expected: "Floats", pool: "Floats", dispersion: float, size: int, chance: "np.random.Generator"
) -> "Floats":
    """`size` reserves by origin: a triangle of resampled residuals, its chain ladder, and gamma claims to come.

    NaN where an age of the resampled triangle adds up to nothing or less, so that it has no factor.
    """
    import numpy as np

    n = len(expected)
    past = np.add.outer(np.arange(n), np.arange(n)) < n
    resampled = expected + np.sqrt(np.abs(expected)) * chance.choice(pool, (size, n, n))
    level = np.cumsum(np.where(past, resampled, 0.0), axis=2)
    added = np.zeros_like(level)
    for j in range(n - 1):
        before, after = level[:, : n - 1 - j, j].sum(axis=1), level[:, : n - 1 - j, j + 1].sum(axis=1)
        factor = np.divide(after, before, out=np.full(size, np.nan), where=(before > 0) & (after > 0))
        # Older origins know the next age; the others go on to it by the factor.
        level[:, n - 1 - j :, j + 1] = level[:, n - 1 - j :, j] * factor[:, None]
        added[:, n - 1 - j :, j + 1] = level[:, n - 1 - j :, j] * (factor[:, None] - 1)
    to_come = np.sign(added) * dispersion * chance.gamma(np.abs(np.nan_to_num(added)) / dispersion)
    return np.asarray(to_come.sum(axis=2))


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
