"""The catalogue of log densities that may be sampled. Nothing of it comes from a request but the numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engines.arrays import require_independent
from engines.errors import N_, InsufficientData, InvalidInput

if TYPE_CHECKING:
    from engines.arrays import Floats

Model: TypeAlias = Literal[
    "normal",
    "student_t",
    "lognormal",
    "gamma",
    "weibull",
    "negative_binomial",
    "poisson_regression",
    "logistic_regression",
]
SEVERITIES: Final = ("lognormal", "gamma", "weibull")
COUNTS: Final = ("negative_binomial", "poisson_regression")
REGRESSIONS: Final = ("poisson_regression", "logistic_regression")


@dataclass(frozen=True)
class Density:
    """A log density up to a constant, over unbounded parameters.

    Args:
        names: of the parameters as people know them.
        start: a point (d,) where the density is not negligible.
        log: from points (k, d) to their log densities (k,).
        natural: from points (k, d) to the parameters as people know them (k, d).
    """

    names: tuple[str, ...]
    start: "Floats"
    log: Callable[["Floats"], "Floats"]
    natural: Callable[["Floats"], "Floats"]


def density(
    model: Model, y: "Floats", design: "Floats", names: Sequence[str], exposure: "Floats", prior_sd: float
) -> Density:
    """The posterior density of `model` given its data, which are checked for what it is defined for."""
    if model in SEVERITIES and y.min() <= 0:
        raise InvalidInput("y", N_("debe tener solo importes mayores que cero"))
    if model in COUNTS:
        _whole(y)
        if y.sum() == 0:
            raise InvalidInput("y", N_("no tiene ningún suceso: la frecuencia no se puede estimar así"))
    if model == "logistic_regression" and not set(y.tolist()) <= {0.0, 1.0}:
        raise InvalidInput("y", N_("debe tener solo ceros y unos"))
    if model in REGRESSIONS:
        return _regression(model, y, design, names, exposure, prior_sd)
    if model == "negative_binomial":
        return _negative_binomial(y, exposure)
    if y.size < 3:
        raise InsufficientData("y", 3, int(y.size))
    if y.min() == y.max():
        raise InvalidInput("y", N_("no varía: todos los valores son iguales"))
    return {"normal": _normal, "student_t": _student, "lognormal": _lognormal, "gamma": _gamma, "weibull": _weibull}[
        model
    ](y)


def _whole(y: "Floats") -> None:
    if y.min() < 0 or (y != y.round()).any():
        raise InvalidInput("y", N_("debe tener recuentos: números enteros no negativos"))


def _normal(y: "Floats") -> Density:
    """Mean and log sd, flat on both (prior 1/sigma)."""
    import numpy as np

    centre, unit, n = float(y.mean()), float(y.std()), y.size

    def log(at: "Floats") -> "Floats":
        mean, log_sd = at[:, 0], at[:, 1]
        return np.asarray(-n * log_sd - 0.5 * n * (1 + mean**2) * np.exp(-2 * log_sd))

    def natural(at: "Floats") -> "Floats":
        return np.column_stack([centre + unit * at[:, 0], unit * np.exp(at[:, 1])])

    return Density(("mu", "sigma"), np.zeros(2), log, natural)


def _lognormal(y: "Floats") -> Density:
    import numpy as np

    held = _normal(np.log(y))
    return Density(("mu", "sigma"), held.start, held.log, held.natural)


def _student(y: "Floats") -> Density:
    """Location, log scale (flat) and log degrees of freedom, nu being gamma(2, 0.1)."""
    import numpy as np
    from scipy.special import gammaln

    centre, unit, n = float(np.median(y)), float(y.std()), y.size
    standard = (y - centre) / unit

    def log(at: "Floats") -> "Floats":
        location, log_scale, log_nu = at[:, 0], at[:, 1], at[:, 2]
        nu = np.exp(log_nu)
        squares = ((standard[None, :] - location[:, None]) * np.exp(-log_scale)[:, None]) ** 2
        body = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * math.pi) - log_scale
        tails = (nu + 1) / 2 * np.log1p(squares / nu[:, None]).sum(axis=1)
        return np.asarray(n * body - tails + 2 * log_nu - 0.1 * nu)

    def natural(at: "Floats") -> "Floats":
        return np.column_stack([centre + unit * at[:, 0], unit * np.exp(at[:, 1]), np.exp(at[:, 2])])

    return Density(("mu", "sigma", "nu"), np.array([0.0, -0.3, 1.5]), log, natural)


def _gamma(y: "Floats") -> Density:
    """Log shape and log mean, flat on both."""
    import numpy as np
    from scipy.special import gammaln

    unit, n = float(y.mean()), y.size
    logs = float(np.log(y / unit).sum())

    def log(at: "Floats") -> "Floats":
        shape = np.exp(at[:, 0])
        rate = np.exp(at[:, 0] - at[:, 1])
        return np.asarray(n * (shape * (at[:, 0] - at[:, 1]) - gammaln(shape)) + (shape - 1) * logs - rate * n)

    def natural(at: "Floats") -> "Floats":
        return np.column_stack([np.exp(at[:, 0]), unit * np.exp(at[:, 1])])

    # The mean log falls short of the log mean by about half the squared coefficient of variation.
    start = math.log(max(-0.5 * n / logs, 1e-3)) if logs < 0 else 0.0
    return Density(("shape", "mean"), np.array([start, 0.0]), log, natural)


def _weibull(y: "Floats") -> Density:
    """Log shape and log scale, flat on both."""
    import numpy as np

    logs = np.log(y)
    centre = float(logs.mean())
    standard = logs - centre
    n, total = y.size, float(standard.sum())

    def log(at: "Floats") -> "Floats":
        shape = np.exp(at[:, 0])
        powers = np.exp(np.minimum(shape[:, None] * (standard[None, :] - at[:, 1][:, None]), 700.0)).sum(axis=1)
        return np.asarray(n * (at[:, 0] - shape * at[:, 1]) + shape * total - powers)

    def natural(at: "Floats") -> "Floats":
        return np.column_stack([np.exp(at[:, 0]), np.exp(centre + at[:, 1])])

    return Density(("shape", "scale"), np.array([-math.log(float(standard.std())) + 0.25, 0.4]), log, natural)


def _negative_binomial(y: "Floats", exposure: "Floats") -> Density:
    """Log rate (flat) and log overdispersion, the overdispersion being half-Cauchy of scale 1."""
    import numpy as np
    from scipy.special import gammaln

    if y.size < 3:
        raise InsufficientData("y", 3, int(y.size))
    unit = float(y.sum() / exposure.sum())
    # Of thousands of policies few differ in both: each kind is computed once, and counts as often as it comes.
    kinds, times = np.unique(np.column_stack([y, exposure]), axis=0, return_counts=True)
    counted, expected = kinds[:, 0], kinds[:, 1] * unit

    def log(at: "Floats") -> "Floats":
        spread = np.exp(np.clip(at[:, 1], -30, 30))
        size = 1 / spread[:, None]
        mean = expected[None, :] * np.exp(at[:, 0])[:, None]
        terms = (
            gammaln(counted + size)
            - gammaln(size)
            - size * np.log1p(mean / size)
            + counted * (np.log(mean) - np.log(mean + size))
        )
        return np.asarray(terms @ times + at[:, 1] - np.log1p(spread**2))

    def natural(at: "Floats") -> "Floats":
        return np.column_stack([unit * np.exp(at[:, 0]), np.exp(at[:, 1])])

    return Density(("rate", "overdispersion"), np.array([0.0, -1.0]), log, natural)


def _regression(
    model: Model, y: "Floats", design: "Floats", names: Sequence[str], exposure: "Floats", prior_sd: float
) -> Density:
    """Coefficients of standardised columns, each normal about zero; the intercept about the overall rate."""
    import numpy as np
    from scipy.special import logit

    require_independent(np.column_stack([np.ones(y.size), design]), "X", ["const", *names])
    middle, spread = design.mean(axis=0), design.std(axis=0)
    standard = np.column_stack([np.ones(y.size), (design - middle) / spread])
    if model == "poisson_regression":
        offset, centre = np.log(exposure), math.log(float(y.sum() / exposure.sum()))
    else:
        offset, centre = np.zeros(y.size), float(logit((y.sum() + 0.5) / (y.size + 1)))
    prior_mean = np.array([centre, *np.zeros(design.shape[1])])

    def log(at: "Floats") -> "Floats":
        linear = at @ standard.T + offset
        if model == "poisson_regression":
            likelihood = linear @ y - np.exp(np.minimum(linear, 700.0)).sum(axis=1)
        else:
            likelihood = linear @ y - np.logaddexp(0.0, linear).sum(axis=1)
        return np.asarray(likelihood - 0.5 * (((at - prior_mean) / prior_sd) ** 2).sum(axis=1))

    def natural(at: "Floats") -> "Floats":
        slopes = at[:, 1:] / spread
        return np.column_stack([at[:, 0] - slopes @ middle, slopes])

    return Density(("const", *names), prior_mean, log, natural)
