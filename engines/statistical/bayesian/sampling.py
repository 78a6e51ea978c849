"""Sampling a posterior that has no closed form, by ensembles of walkers."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.arrays import matrix, vector
from engines.contract import Computed, Matrix, Positive, Seed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.running import report
from engines.statistical.bayesian.densities import COUNTS, REGRESSIONS, Density, Model, density
from engines.statistical.histogram import histogram

if TYPE_CHECKING:
    from engines.arrays import Floats

ENSEMBLES: Final = 4  # independent ones, which R-hat compares
MOST_DIMENSIONS: Final = 20
MOST_DRAWS: Final = 2_000_000
MOST_TERMS: Final = 5 * 10**9  # draws times observations
WORST_RHAT: Final = 1.01
LEAST_ESS: Final = 400.0
KEPT: Final = 500  # draws given back
LEAST_EXPOSURE: Final = 1e-100
SPREAD: Final = 2.0  # of the starting points, in posterior standard deviations


class PosteriorSample(Computed):
    """Draws from a posterior, by the parameter's name: mean, sd, median, central interval, and how well they mixed.

    `rhat` is the split R-hat between independent ensembles, `ess` how many independent draws the
    correlated ones are worth; `chain` holds some of the draws, evenly spaced.
    """

    params: dict[str, float]
    se: dict[str, float]
    median: dict[str, float]
    ci95: dict[str, tuple[float, float]]
    rhat: dict[str, float]
    ess: dict[str, float]
    autocorrelation_time: dict[str, float]
    chain: dict[str, tuple[float, ...]]
    draws: int
    acceptance: float


@operation(
    "Muestreo de la distribución a posteriori (MCMC)",
    examples=(
        "Muestrea con MCMC la distribución a posteriori de una gamma para el coste de estos siniestros",
        "MCMC posterior sample of a Bayesian logistic or Poisson regression with R-hat and effective sample size",
    ),
    heavy=True,
)
def posterior_sample(
    model: Model,
    y: Vector,
    X: Matrix | None = None,
    exposure: Vector | None = None,
    names: list[str] | None = None,
    prior_sd: Positive = 10.0,
    walkers: Annotated[int, Field(ge=4, le=1000)] | None = None,
    steps: Annotated[int, Field(ge=100, le=200_000)] = 4000,
    warm_up: Annotated[int, Field(ge=0, le=100_000)] = 1000,
    seed: Seed = 0,
) -> PosteriorSample:
    """Draw from the posterior of a model of the catalogue, with proof that the chains agree.

    Location and scale parameters have flat priors (scales on the logarithm); `nu` of `student_t` is gamma(2, 0.1),
    the overdispersion half-Cauchy of scale 1, coefficients normal of sd `prior_sd` for columns in standard units.

    Args:
        model: `normal` or `student_t` (any values), `lognormal`, `gamma` or `weibull` (amounts),
            `negative_binomial` or `poisson_regression` (counts), `logistic_regression` (zeros and ones).
        y: (n,) values, at least three.
        X: (n, k) regressors without the column of ones, for the regressions.
        exposure: (n,) exposure of each count, above zero; ones if none is given.
        names: (k,) names of the regressors; x1, x2… if none are given.
        prior_sd: sd of the prior of coefficients, those of columns divided by their sd.
        walkers: of each of the four ensembles, even and at least twice the parameters; None takes 16, or twice the
            parameters if those are more.
        steps: kept of each walker.
        warm_up: steps thrown away before.
        seed: where chance begins.

    Raises:
        InsufficientData: fewer than three values, or than coefficients.
        InvalidInput: values that the model is not defined for.
        SingularMatrix: regressors that depend on each other; it names them.
        NotConverged: R-hat above 1.01, fewer than 400 effective draws, or chains too short to tell.
        LimitExceeded: more than 20 parameters, two million draws, or five thousand million likelihood terms.

    Source: ter Braak, Statistics and Computing 16 (2006) (differential evolution); Foreman-Mackey et al., PASP 125
    (2013) (emcee);
    R-hat, Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 11.4; thresholds, Vehtari et al.,
    Bayesian Analysis 16 (2021).
    """
    import numpy as np

    target = _target(model, y, X, exposure, names, prior_sd)
    n = len(y)
    dimensions = len(target.names)
    if dimensions > MOST_DIMENSIONS:
        raise LimitExceeded("X", MOST_DIMENSIONS, dimensions, N_("elija las que importan"))
    if walkers is None:
        walkers = max(16, 2 * dimensions)
    if walkers % 2 or walkers < 2 * dimensions:
        raise InvalidInput("walkers", N_("deben ser pares y al menos el doble que los parámetros"))
    draws = ENSEMBLES * walkers * steps
    if draws > MOST_DRAWS:
        raise LimitExceeded("steps", MOST_DRAWS, draws, N_("use menos pasos o menos caminantes"))
    if draws * n > MOST_TERMS:
        raise LimitExceeded("y", MOST_TERMS // draws, n, N_("use una muestra de los datos, o menos pasos"))
    mode, cloud = _around_the_mode(target)
    chains = []
    for i, sequence in enumerate(np.random.SeedSequence(seed).spawn(ENSEMBLES)):
        chains.append(_ensemble(target, mode, cloud, walkers, warm_up, steps, sequence))
        report(i + 1, ENSEMBLES)
    natural = np.stack([target.natural(c.reshape(-1, dimensions)).reshape(c.shape) for c, _ in chains])
    if not np.isfinite(natural).all() or (natural.max(axis=(0, 1, 2)) == natural.min(axis=(0, 1, 2))).any():
        raise NotConverged("y", "inf")
    rhat = _rhat(natural)
    times = _times(natural)
    ess = draws / times
    if not (rhat.max() <= WORST_RHAT and ess.min() >= LEAST_ESS):
        raise NotConverged("steps", f"R-hat {rhat.max():.3f}, ESS {ess.min():.0f}")
    flat = natural.reshape(-1, dimensions)
    kept = natural[0, :: max(1, steps * walkers // KEPT)].reshape(-1, dimensions)[:KEPT]
    by_name = dict(zip(target.names, range(dimensions), strict=True))
    quantiles = np.quantile(flat, [0.025, 0.5, 0.975], axis=0)
    return PosteriorSample(
        method=f"{model}; differential evolution moves, {ENSEMBLES} ensembles of {walkers} walkers",
        library="emcee",
        n=n,
        seed=seed,
        params={name: float(flat[:, j].mean()) for name, j in by_name.items()},
        se={name: float(flat[:, j].std(ddof=1)) for name, j in by_name.items()},
        median={name: float(quantiles[1, j]) for name, j in by_name.items()},
        ci95={name: (float(quantiles[0, j]), float(quantiles[2, j])) for name, j in by_name.items()},
        rhat={name: float(rhat[j]) for name, j in by_name.items()},
        ess={name: float(ess[j]) for name, j in by_name.items()},
        autocorrelation_time={name: float(times[j]) for name, j in by_name.items()},
        chain={name: tuple(kept[:, j].tolist()) for name, j in by_name.items()},
        draws=draws,
        acceptance=float(np.mean([accepted for _, accepted in chains])),
        charts=tuple(histogram(flat[:, j], N_("Distribución a posteriori"), name) for name, j in by_name.items()),
    )


def _target(
    model: Model, y: Vector, X: Matrix | None, exposure: Vector | None, names: list[str] | None, prior_sd: float
) -> Density:
    import numpy as np

    values = vector(y, "y", least=3)
    n = values.size
    if (X is None) == (model in REGRESSIONS):
        raise InvalidInput("X", N_("hace falta en las regresiones, y sobra en los demás modelos"))
    if exposure is not None and model not in COUNTS:
        raise InvalidInput("exposure", N_("es solo de los modelos de recuentos"))
    times = np.ones(n) if exposure is None else vector(exposure, "exposure", length=n, low=LEAST_EXPOSURE)
    design = np.empty((n, 0)) if X is None else matrix(X, "X", least=3)
    if design.shape[0] != n:
        raise InvalidInput("X", N_("debe tener tantas filas como valores tiene la respuesta"))
    called = list(names) if names is not None else [f"x{i + 1}" for i in range(design.shape[1])]
    if len(called) != design.shape[1] or len(set(called)) != len(called) or "const" in called:
        raise InvalidInput("names", N_("debe haber un nombre distinto por columna, y ninguno puede ser const"))
    return density(model, values, design, called, times, prior_sd)


def _around_the_mode(target: Density) -> "tuple[Floats, Floats]":
    """The mode, and a matrix that turns standard normals into steps of posterior size."""
    import numpy as np
    from scipy import optimize

    def cost(at: "Floats") -> float:
        value = float(target.log(at[None, :])[0])
        return -value if np.isfinite(value) else 1e300

    found = optimize.minimize(cost, target.start, method="BFGS")
    mode = found.x if np.isfinite(found.fun) and found.fun < 1e299 else target.start
    try:
        return mode, np.linalg.cholesky(found.hess_inv)
    except np.linalg.LinAlgError:
        return mode, np.eye(mode.size) * 0.1


def _ensemble(
    target: Density, mode: "Floats", cloud: "Floats", walkers: int, warm_up: int, steps: int, sequence: object
) -> "tuple[Floats, float]":
    """Draws (steps, walkers, parameters) of one ensemble, and the share of moves accepted."""
    import emcee
    import numpy as np

    chance = np.random.default_rng(sequence)  # type: ignore[arg-type]
    start = mode + SPREAD * chance.standard_normal((walkers, mode.size)) @ cloud.T
    for _ in range(30):
        bad = ~np.isfinite(target.log(start))
        if not bad.any():
            break
        start[bad] = (start[bad] + mode) / 2

    def log(at: "Floats") -> "Floats":
        with np.errstate(all="ignore"):
            found = target.log(at)
        return np.asarray(np.where(np.isfinite(found), found, -np.inf))

    # The stretch move needs three to four times as many steps, past the default from seven regressors on.
    sampler = emcee.EnsembleSampler(walkers, mode.size, log, moves=emcee.moves.DEMove(), vectorize=True)
    sampler.random_state = np.random.RandomState(int(chance.integers(2**32))).get_state()
    try:
        state = sampler.run_mcmc(start, warm_up) if warm_up else start
        sampler.reset()
        sampler.run_mcmc(state, steps)
    except ValueError as error:
        raise NotConverged("y", str(error)) from error
    return sampler.get_chain(), float(sampler.acceptance_fraction.mean())


def _rhat(natural: "Floats") -> "Floats":
    """Split R-hat of (ensembles, steps, walkers, parameters): each half of each ensemble is one sequence."""
    import numpy as np

    ensembles, steps, walkers, dimensions = natural.shape
    half = steps // 2
    halves = natural[:, : 2 * half].reshape(ensembles * 2, half * walkers, dimensions)
    size = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = halves.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((size - 1) / size + between / within))


def _times(natural: "Floats") -> "Floats":
    """Integrated autocorrelation time of each parameter, in steps.

    Raises:
        NotConverged: the chains are shorter than fifty of them, the library's rule for trusting the estimate.
    """
    import numpy as np
    from emcee.autocorr import AutocorrError, integrated_time

    ensembles, steps, walkers, dimensions = natural.shape
    try:
        found = integrated_time(natural.swapaxes(0, 1).reshape(steps, ensembles * walkers, dimensions))
    except AutocorrError as error:
        longest = float(np.max(error.tau))
        raise NotConverged("steps", f"tau {longest:.0f}, steps {steps} < 50 tau = {50 * longest:.0f}") from error
    return np.asarray(np.maximum(found, 1.0))
