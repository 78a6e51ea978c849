"""Several estimates of the same kind of thing: one mean for all, or each drawn towards it."""

from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Vector, operation
from engines.errors import N_, LimitExceeded

if TYPE_CHECKING:
    import numpy as np

    from engines.arrays import Floats

LEAST_SE: Final = 1e-100
MOST_GROUPS: Final = 10_000
SCAN: Final = 4_000  # points that find where tau lies
NODES: Final = 400  # of the quadrature there
NODES_OF_MANY: Final = 120  # the density of tau is narrow and near normal where there are many groups
MANY: Final = 1_000
NEGLIGIBLE: Final = 40.0  # below the greatest log density by this much
FAINT: Final = 1e-14  # weight of a node that changes no digit
HALVINGS: Final = 55
SHOWN: Final = 50  # groups in a chart
QUANTILES: Final = (0.025, 0.25, 0.5, 0.75, 0.975)


class Pooled(Computed):
    """One mean for all, weighted by precision; `Q` and `I2` say how far the estimates disagree beyond chance."""

    pooled_mean: float
    pooled_se: float
    ci95: tuple[float, float]
    Q: float
    df: int
    p_homogeneity: float
    I2: float


@operation(
    "Media conjunta de varias estimaciones",
    examples=(
        "Combina estas ocho estimaciones con sus errores estándar en una sola media",
        "Pool these estimates by precision, with Q and I squared heterogeneity",
    ),
)
def normal_pooled(y: Vector, se: Vector) -> Pooled:
    """Pool estimates of one quantity, under a flat prior and known standard errors.

    Args:
        y: (n,) estimates, at least two, any unit.
        se: (n,) their standard errors, above zero, same unit.

    Raises:
        InsufficientData: fewer than two estimates.
        InvalidInput: standard errors that are not positive, or of another number.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 5.5 (pooled estimate, equation 5.12);
    Q, Cochran, Biometrics 10 (1954); I2, Higgins & Thompson, Statistics in Medicine 21 (2002).
    """
    import numpy as np
    from scipy import stats

    values = vector(y, "y", least=2)
    errors = vector(se, "se", length=values.size, low=LEAST_SE)
    unit = errors.min()
    precision = (unit / errors) ** 2
    mean = float(np.average(values, weights=precision))
    spread = float(unit / np.sqrt(precision.sum()))
    q = float((((values - mean) / errors) ** 2).sum())
    df = values.size - 1
    warnings: tuple[Caution, ...] = ()
    inconsistency = max(0.0, 1 - df / q) if q > 0 else 0.0
    if inconsistency > 0.5:
        said = N_("Las estimaciones difieren más de lo que explica el azar: use el modelo jerárquico.")
        warnings = (Caution(text=said),)
    reach = float(stats.norm.isf(0.025)) * spread
    return Pooled(
        method="precision weights, flat prior",
        library="numpy",
        n=values.size,
        warnings=warnings,
        pooled_mean=mean,
        pooled_se=spread,
        ci95=(mean - reach, mean + reach),
        Q=q,
        df=df,
        p_homogeneity=float(stats.chi2.sf(q, df)),
        I2=inconsistency,
        charts=(_forest(values, values - 1.96 * errors, values + 1.96 * errors, mean),),
    )


class Group(Part):
    """What is known of one group's mean after all groups have spoken."""

    mean: float
    sd: float
    median: float
    ci50: tuple[float, float]
    ci95: tuple[float, float]
    shrinkage: float


class Hierarchical(Computed):
    """Group means, the mean of all (`mu`) and the spread between groups (`tau`), each in the unit of the estimates.

    `shrinkage` is how far a group is drawn to the common mean: 0 not at all, 1 wholly. A moment is None
    where the posterior has none (few groups with a flat prior): use the quantiles.
    """

    groups: tuple[Group, ...]
    mu_mean: float
    mu_sd: float | None
    mu_ci95: tuple[float, float]
    tau_mean: float | None
    tau_median: float
    tau_quantiles: dict[str, float]


@operation(
    "Modelo jerárquico normal",
    examples=(
        "Medias por oficina encogidas hacia la media común, con el modelo jerárquico de las ocho escuelas",
        "Hierarchical normal model: partial pooling of these group estimates",
    ),
    heavy=True,
)
def hierarchical_normal(
    y: Vector, se: Vector, prior: Literal["flat", "half_cauchy"] = "flat", prior_scale: Positive | None = None
) -> Hierarchical:
    """Estimate group means that come from a common normal distribution of unknown mean and spread.

    No simulation: given tau everything is normal, and tau is integrated by quadrature, so that the same data
    always give the same numbers.

    Args:
        y: (n,) estimates of the groups, at least three, any unit.
        se: (n,) their standard errors, above zero, same unit.
        prior: of tau: `flat` (uniform), or `half_cauchy`; that of mu is flat.
        prior_scale: scale of the half-Cauchy, in the unit of `y`; the median standard error if none is given.

    Raises:
        InsufficientData: fewer than three groups: a flat prior then has no proper posterior.
        InvalidInput: standard errors that are not positive, or of another number.
        LimitExceeded: more than ten thousand groups.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 5.4, equations 5.17 to 5.21, and 5.5;
    half-Cauchy prior, Gelman, Bayesian Analysis 1 (2006).
    """
    import numpy as np

    values = vector(y, "y", least=3)
    if values.size > MOST_GROUPS:
        raise LimitExceeded("y", MOST_GROUPS, int(values.size), N_("agrúpelos"))
    errors = vector(se, "se", length=values.size, low=LEAST_SE)
    # In units of the typical error, about the median: the quadrature then meets no extreme scale.
    origin, unit = float(np.median(values)), float(np.median(errors))
    standard, noise = (values - origin) / unit, errors / unit
    scale = None if prior == "flat" else (prior_scale or unit) / unit
    tau, weight = _tau(standard, noise, scale)
    mu, mu_variance = _mu(standard, noise, tau)
    between, within = tau[:, None] ** 2, noise[None, :] ** 2
    own = between / (between + within)
    means = own * standard + (1 - own) * mu[:, None]
    variances = own * within + (1 - own) ** 2 * mu_variance[:, None]
    mean = weight @ means
    sd = np.sqrt(weight @ (variances + (means - mean) ** 2))
    at = {q: origin + unit * _mixture_quantile(means, np.sqrt(variances), weight, q) for q in QUANTILES}
    mu_at = {q: _mixture_quantile(mu[:, None], np.sqrt(mu_variance)[:, None], weight, q)[0] for q in (0.025, 0.975)}
    mu_mean = float(weight @ mu)
    cumulated = np.cumsum(weight) - weight / 2
    tau_at = {q: unit * float(np.interp(q, cumulated, tau)) for q in QUANTILES}
    # With a flat prior the density of tau falls like tau^-(n-1), with a half-Cauchy like tau^-(n+1).
    tail = values.size - 1 + (0 if scale is None else 2)
    warnings: tuple[Caution, ...] = ()
    if values.size < 5:
        said = N_(
            "Con {n} grupos apenas se sabe cuánto difieren: el resultado depende mucho de la distribución a priori."
        )
        warnings = (Caution(text=said, values={"n": int(values.size)}),)
    located = origin + unit * mean
    groups = tuple(
        Group(
            mean=float(located[j]),
            sd=float(unit * sd[j]),
            median=float(at[0.5][j]),
            ci50=(float(at[0.25][j]), float(at[0.75][j])),
            ci95=(float(at[0.025][j]), float(at[0.975][j])),
            shrinkage=float(1 - weight @ own[:, j]),
        )
        for j in range(values.size)
    )
    spread = weight @ (mu_variance + (mu - mu_mean) ** 2)
    return Hierarchical(
        method=f"tau by quadrature, prior {prior}",
        library="scipy",
        n=values.size,
        warnings=warnings,
        groups=groups,
        mu_mean=origin + unit * mu_mean,
        mu_sd=float(unit * np.sqrt(spread)) if tail > 3 else None,
        mu_ci95=(float(origin + unit * mu_at[0.025]), float(origin + unit * mu_at[0.975])),
        tau_mean=float(unit * (weight @ tau)) if tail > 2 else None,
        tau_median=tau_at[0.5],
        tau_quantiles={f"{q:g}": v for q, v in tau_at.items()},
        charts=(
            _forest(located, at[0.025], at[0.975], origin + unit * mu_mean),
            _shrinking(origin + unit * means, unit * tau, tau_at[0.975]),
        ),
    )


def _mu(values: "Floats", noise: "Floats", tau: "Floats") -> "tuple[Floats, Floats]":
    """Mean and variance of mu given each tau (BDA3 equation 5.20)."""
    precision = 1 / (noise[None, :] ** 2 + tau[:, None] ** 2)
    total = precision.sum(axis=1)
    return precision @ values / total, 1 / total


def _tau(values: "Floats", noise: "Floats", scale: float | None) -> "tuple[Floats, Floats]":
    """Nodes for tau and their posterior weights: tau = s u / (1 - u), u by Gauss-Legendre where the density is."""
    import numpy as np

    unit = float(max(1.0, values.std()))

    def log_density(u: "Floats") -> "Floats":
        tau = unit * u / (1 - u)
        mu, variance = _mu(values, noise, tau)
        spread = noise[None, :] ** 2 + tau[:, None] ** 2
        found = 0.5 * np.log(variance) - 0.5 * np.log(spread).sum(axis=1)
        found -= 0.5 * ((values[None, :] - mu[:, None]) ** 2 / spread).sum(axis=1)
        if scale is not None:
            found -= np.log1p((tau / scale) ** 2)
        return np.asarray(found - 2 * np.log1p(-u))

    u = (np.arange(SCAN) + 0.5) / SCAN
    # Few rows at a time: thousands of nodes times thousands of groups would not fit.
    step = max(1, 2_000_000 // values.size)
    seen = np.concatenate([log_density(u[i : i + step]) for i in range(0, SCAN, step)])
    inside = np.flatnonzero(seen > seen.max() - NEGLIGIBLE)
    low, high = max(0.0, u[inside[0]] - 1 / SCAN), min(1.0, u[inside[-1]] + 1 / SCAN)
    nodes, weights = np.polynomial.legendre.leggauss(NODES if values.size < MANY else NODES_OF_MANY)
    nodes = low + (high - low) * (nodes + 1) / 2
    density = log_density(nodes)
    mass = weights * np.exp(density - density.max())
    mass /= mass.sum()
    there = mass > FAINT
    return (unit * nodes / (1 - nodes))[there], mass[there] / mass[there].sum()


def _mixture_quantile(
    means: "Floats", sds: "Floats", weight: "Floats", q: float
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The quantile of a mixture of normals, for each column, by halving."""
    import numpy as np
    from scipy.special import ndtr

    low, high = (means - 40 * sds).min(axis=0), (means + 40 * sds).max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = weight @ ndtr((middle - means) / sds) > q
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((low + high) / 2)


def _forest(centre: "Floats", low: "Floats", high: "Floats", common: float) -> Chart:
    shown = slice(0, SHOWN)
    return Chart(
        kind="scatter",
        title=N_("Estimación de cada grupo, con su intervalo del 95 %"),
        series=(
            Series(
                name=N_("Estimación"),
                x=tuple(str(j + 1) for j in range(centre.size))[shown],
                y=tuple(centre[shown].tolist()),
                low=tuple(low[shown].tolist()),
                high=tuple(high[shown].tolist()),
            ),
        ),
        x_label=N_("Grupo"),
        marks=((N_("Media común"), common),),
    )


def _shrinking(means: "Floats", tau: "Floats", up_to: float) -> Chart:
    there = tau <= up_to
    return Chart(
        kind="line",
        title=N_("Media de cada grupo según la dispersión entre grupos"),
        series=tuple(
            Series(name=str(j + 1), x=tuple(tau[there].tolist()), y=tuple(means[there, j].tolist()))
            for j in range(min(means.shape[1], 12))
        ),
        x_label=N_("Dispersión entre grupos"),
    )
