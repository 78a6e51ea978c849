"""The portfolio as a whole: the year's total loss, the ruin of the insurer, the law of a claim."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, NonNegative, Part, Positive, Share, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.arrays import Floats

MOST_POINTS: Final = 2**20
MOST_WORK: Final = 500_000_000
COARSER: Final = N_("use un paso monetario mayor")
TAIL: Final = 1e-12
SAVED_POINTS: Final = 2_000


class _Law(Part):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PoissonCount(_Law):
    """Poisson number of claims."""

    dist: Literal["poisson"]
    mean: Positive


class NegativeBinomialCount(_Law):
    """Negative binomial number of claims: mean r·beta, variance r·beta·(1 + beta)."""

    dist: Literal["negative_binomial"]
    r: Positive
    beta: Positive


class BinomialCount(_Law):
    """Binomial number of claims: m risks, each with probability q."""

    dist: Literal["binomial"]
    m: Annotated[int, Field(ge=1, le=10_000_000)]
    q: Level


Frequency: TypeAlias = Annotated[PoissonCount | NegativeBinomialCount | BinomialCount, Field(discriminator="dist")]


@dataclass(frozen=True)
class Counted:
    """A law of the (a, b, 0) class: p(k) = (a + b/k) p(k - 1), with its moments and generating function."""

    a: float
    b: float
    mean: float
    variance: float
    law: Frequency

    def log_pgf(self, z: Any) -> Any:
        """Logarithm of E[z^N]."""
        import numpy as np

        match self.law:
            case PoissonCount(mean=mean):
                return mean * (z - 1)
            case NegativeBinomialCount(r=r, beta=beta):
                return -r * np.log(1 - beta * (z - 1))
            case BinomialCount(m=m, q=q):
                return m * np.log(1 + q * (z - 1))


def _counted(law: Frequency) -> Counted:
    match law:
        case PoissonCount(mean=mean):
            return Counted(0.0, mean, mean, mean, law)
        case NegativeBinomialCount(r=r, beta=beta):
            a = beta / (1 + beta)
            return Counted(a, (r - 1) * a, r * beta, r * beta * (1 + beta), law)
        case BinomialCount(m=m, q=q):
            a = -q / (1 - q)
            return Counted(a, -(m + 1) * a, m * q, m * q * (1 - q), law)


class TailPoint(Part):
    """Value at risk and tail value at risk at one level, EUR."""

    level: float
    var: float
    tvar: float


class AggregateLoss(Computed):
    """The law of the year's total loss, in steps of `step` EUR.

    `pmf` is the probability of 0, 1, 2, … steps (the first 2,000 points at most); `var` and `tvar` are those of the
    first level. `check` is the greatest difference between the recursion and the Fourier transform.
    """

    mean: float
    sd: float
    skewness: float
    probability_of_none: float
    pmf: tuple[float, ...]
    step: float
    var: float
    tvar: float
    tail: tuple[TailPoint, ...]
    check: float | None


@operation(
    "Distribución de la siniestralidad agregada",
    examples=(
        "Calcula la distribución de la siniestralidad total por la recursión de Panjer con su VaR y TVaR",
        "Aggregate loss distribution by Panjer recursion with VaR and TVaR",
    ),
    heavy=True,
)
def aggregate_loss(
    frequency: Frequency,
    severity: Vector,
    step: Positive,
    levels: tuple[Level, ...] = (0.95, 0.99, 0.995),
) -> AggregateLoss:
    """Find the law of the sum of a random number of claims.

    Args:
        frequency: law of the number of claims: poisson, negative_binomial or binomial.
        severity: probabilities that a claim costs 0, 1, 2, … steps; they add up to 1.
        step: EUR of one step.
        levels: confidence of VaR and TVaR.

    Raises:
        InvalidInput: probabilities that are negative or do not add up to 1, or no cost at all.
        LimitExceeded: the total needs more than a million steps, or too much work.

    Source: Panjer, ASTIN Bulletin 12 (1981); Fourier transform as check, and as method where the probability of
    no claim is too small to begin the recursion; Klugman, Panjer & Willmot, Loss Models, ch. 9; TVaR as the mean
    of the worst 1 - level, Acerbi & Tasche 2002.
    """
    import numpy as np

    chances = vector(severity, "severity", low=0.0, high=1.0)
    if abs(chances.sum() - 1) > 1e-6:
        raise InvalidInput("severity", N_("debe sumar 1"))
    chances = chances / chances.sum()
    chances = np.trim_zeros(chances, "b")
    if chances.size < 2:
        raise InvalidInput("severity", N_("no da coste a ningún siniestro"))
    if not levels:
        raise InvalidInput("levels", N_("indique al menos un nivel"))
    law = _counted(frequency)
    amounts = np.arange(chances.size)
    m1, m2, m3 = (float(chances @ amounts.astype(float) ** k) for k in (1, 2, 3))
    mean = law.mean * m1
    sd = math.sqrt(law.mean * (m2 - m1**2) + law.variance * m1**2)
    points = 1 << max(math.ceil(math.log2(mean + 30 * sd + 10 * chances.size)), 6)
    if points > MOST_POINTS:
        raise LimitExceeded("frequency", MOST_POINTS, int(points), COARSER)
    padded = np.zeros(points)
    padded[: chances.size] = chances
    fourier = np.fft.irfft(np.exp(law.log_pgf(np.fft.rfft(padded))), points)
    fourier = np.maximum(fourier, 0.0)
    enough = min(int(np.searchsorted(np.cumsum(fourier), 1 - TAIL)) + 1, points)
    start = float(law.log_pgf(chances[0]))
    pmf, check, method = fourier[:enough], None, "FFT"
    if start > -690 and enough * chances.size <= MOST_WORK:
        pmf = _panjer(law, chances, enough, math.exp(start))
        check = float(np.abs(pmf - fourier[:enough]).max())
        method = "Panjer"
    totals = np.arange(pmf.size) * step
    upto = np.cumsum(pmf)
    centred = np.arange(pmf.size) - mean
    tail = []
    for level in levels:
        place = min(int(np.searchsorted(upto, level - 1e-12)), pmf.size - 1)
        above = float(pmf[place + 1 :] @ totals[place + 1 :])
        var = float(totals[place])
        # The part of the atom at VaR that belongs to the worst 1 - level.
        tail.append(
            TailPoint(level=level, var=var, tvar=(above + var * max(float(upto[place]) - level, 0.0)) / (1 - level))
        )
    pick = np.unique(np.linspace(0, pmf.size - 1, 400).astype(int))
    skew = float(pmf @ centred**3) / sd**3 if sd > 0 else 0.0
    return AggregateLoss(
        method=method,
        library="numpy",
        charts=(
            Chart(
                kind="line",
                title=N_("Distribución de la siniestralidad agregada"),
                series=(
                    Series(
                        name=N_("Probabilidad acumulada"),
                        x=tuple(map(float, totals[pick])),
                        y=tuple(map(float, upto[pick])),
                    ),
                ),
                x_label=N_("Siniestralidad total, EUR"),
            ),
        ),
        mean=mean * step,
        sd=sd * step,
        skewness=skew,
        probability_of_none=math.exp(start),
        pmf=tuple(map(float, pmf[:SAVED_POINTS])),
        step=step,
        var=tail[0].var,
        tvar=tail[0].tvar,
        tail=tuple(tail),
        check=check,
    )


def _panjer(law: Counted, chances: "Floats", points: int, start: float) -> "Floats":
    import numpy as np

    found = np.zeros(points)
    found[0] = start
    width = chances.size - 1
    ahead = chances[1:]
    weighted = ahead * np.arange(1, width + 1)
    norm = 1 / (1 - law.a * chances[0])
    for total in range(1, points):
        reach = min(total, width)
        before = found[total - reach : total][::-1]
        found[total] = norm * (law.a * (ahead[:reach] @ before) + law.b / total * (weighted[:reach] @ before))
    return found


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

    Otherwise it is that of heights rounded to the nearest step; `psi_low` and `psi_high` are strict bounds. `lundberg_bound` is
    exp(-R u), R the adjustment coefficient.
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


LawName: TypeAlias = Literal["exponential", "gamma", "lognormal", "weibull", "pareto", "inverse_gaussian"]
PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "exponential": ("theta",),
    "gamma": ("alpha", "theta"),
    "lognormal": ("mu", "sigma"),
    "weibull": ("tau", "theta"),
    "pareto": ("alpha", "theta"),
    "inverse_gaussian": ("mu", "theta"),
}


class FittedLaw(Part):
    """One law fitted: parameters (as in Loss Models, appendix A), standard errors where the likelihood is curved.

    `ks` is the greatest distance to the empirical distribution, given that nothing is censored. `mean` is None
    where it is infinite.
    """

    law: str
    params: dict[str, float]
    se: dict[str, float] | None
    loglik: float
    aic: float
    bic: float
    mean: float | None
    ks: float | None


class SeverityFit(Computed):
    """Laws of a claim, the best by AIC first; `params` and `best` are those of the first."""

    best: str
    params: dict[str, float]
    loglik: float
    aic: float
    laws: tuple[FittedLaw, ...]
    failed: tuple[str, ...]
    truncated: bool
    censored: int


FAILED: Final = N_("La ley {law} no se ajusta a estos datos: su verosimilitud no tiene máximo")
CLOSE: Final = N_("Las leyes {first} y {second} ajustan casi igual (AIC): la cola decide, y los datos no")


@operation(
    "Ajuste de la ley de severidad",
    examples=(
        "Ajusta gamma, lognormal, Weibull y Pareto a estos siniestros con franquicia y límite, y compara el AIC",
        "Fit severity distributions to claims with deductibles and policy limits, AIC and QQ plot",
    ),
    heavy=True,
)
def severity_fit(
    losses: Vector,
    deductibles: Vector | None = None,
    limits: Vector | None = None,
    laws: tuple[LawName, ...] = ("exponential", "gamma", "lognormal", "weibull", "pareto"),
) -> SeverityFit:
    """Fit laws to claims of which small ones were not reported and large ones were cut.

    Args:
        losses: (n,) ground-up losses, EUR, positive, n at least 5; a loss that reached its limit stands at the limit.
        deductibles: (n,) amount under which the claim would not have been seen (truncation); none if not given.
        limits: (n,) amount at which the claim was cut (censoring); none if not given.
        laws: which laws to try; pareto is Pareto II (Lomax).

    Raises:
        InvalidInput: losses that are not positive, not above their deductible, or above their limit; all censored.
        InsufficientData: fewer than five losses.
        NotConverged: no law has a greatest likelihood.

    Source: Klugman, Panjer & Willmot, Loss Models, ch. 11 (truncated and censored likelihood) and appendix A.
    """
    import numpy as np

    x = vector(losses, "losses", least=5)
    if x.min() <= 0:
        raise InvalidInput("losses", N_("debe tener solo valores mayores que cero"))
    n = x.size
    floor = np.zeros(n) if deductibles is None else vector(deductibles, "deductibles", length=n, low=0.0)
    if (x <= floor).any():
        raise InvalidInput("deductibles", N_("debe ser menor que el siniestro, que si no, no se habría visto"))
    cut = np.zeros(n, dtype=bool)
    if limits is not None:
        top = vector(limits, "limits", length=n)
        if (x > top).any():
            raise InvalidInput("limits", N_("no puede ser menor que el siniestro"))
        cut = x == top
    if cut.all():
        raise InvalidInput("limits", N_("corta todos los siniestros: no queda ninguno completo"))
    if not laws:
        raise InvalidInput("laws", N_("indique al menos una ley"))
    scale = float(np.median(x))
    data = _Sample(x / scale, floor / scale, cut, scale)
    fitted, failed = [], []
    for name in dict.fromkeys(laws):
        found = _fitted(name, data)
        if found is None:
            failed.append(name)
        else:
            fitted.append(found)
    if not fitted:
        raise NotConverged("losses", ", ".join(failed))
    fitted.sort(key=lambda row: row.aic)
    cautions = [Caution(text=FAILED, values={"law": name}) for name in failed]
    if len(fitted) > 1 and fitted[1].aic - fitted[0].aic < 2:
        cautions.append(Caution(text=CLOSE, values={"first": fitted[0].law, "second": fitted[1].law}))
    return SeverityFit(
        method="maximum likelihood, truncated and censored",
        library="scipy",
        n=n,
        warnings=tuple(cautions),
        charts=() if cut.any() or floor.any() else (_qq(fitted[0], x),),
        best=fitted[0].law,
        params=fitted[0].params,
        loglik=fitted[0].loglik,
        aic=fitted[0].aic,
        laws=tuple(fitted),
        failed=tuple(failed),
        truncated=bool(floor.any()),
        censored=int(cut.sum()),
    )


@dataclass(frozen=True)
class _Sample:
    """Losses in units of their median, so that the search is well scaled."""

    x: "Floats"
    floor: "Floats"
    cut: "NDArray[np.bool_]"
    scale: float


def _law(name: str, p: Any) -> Any:
    """The law `name` of parameters `p`, as in PARAMETERS."""
    from scipy import stats

    match name:
        case "exponential":
            return stats.expon(scale=p[0])
        case "gamma":
            return stats.gamma(p[0], scale=p[1])
        case "lognormal":
            return stats.lognorm(p[1], scale=math.exp(p[0]))
        case "weibull":
            return stats.weibull_min(p[0], scale=p[1])
        case "pareto":
            return stats.lomax(p[0], scale=p[1])
        case _:
            return stats.invgauss(p[0] / p[1], scale=p[1])


def _fitted(name: str, data: _Sample) -> FittedLaw | None:
    """The parameters of greatest likelihood; None if the search ends at none."""
    import numpy as np
    from scipy.optimize import minimize

    positive = [part != "mu" or name == "inverse_gaussian" for part in PARAMETERS[name]]

    def unpacked(free: "Floats") -> list[float]:
        return [math.exp(min(value, 300.0)) if up else float(value) for value, up in zip(free, positive, strict=True)]

    def loss(free: "Floats") -> float:
        with np.errstate(all="ignore"):
            law = _law(name, unpacked(free))
            seen = law.logpdf(data.x[~data.cut]).sum() + law.logsf(data.x[data.cut]).sum()
            value = -(seen - law.logsf(data.floor).sum())
        return float(value) if np.isfinite(value) else 1e12

    logs = np.log(data.x)
    start = {
        "exponential": [math.log(data.x.mean())],
        "gamma": [0.0, math.log(data.x.mean())],
        "lognormal": [float(logs.mean()), math.log(max(float(logs.std()), 1e-3))],
        "weibull": [0.0, math.log(data.x.mean())],
        "pareto": [math.log(2.0), math.log(data.x.mean())],
        "inverse_gaussian": [math.log(data.x.mean()), math.log(data.x.mean())],
    }[name]
    simple = {"method": "Nelder-Mead", "options": {"xatol": 1e-10, "fatol": 1e-11, "maxiter": 4000, "maxfev": 8000}}
    found = minimize(loss, start, **simple)
    found = minimize(loss, found.x, **simple)
    # A law that runs to its limit (Pareto to the exponential) has no maximum of its own.
    if not found.success or found.fun >= 1e12 or np.abs(found.x).max() > 12:
        return None
    params = unpacked(found.x)
    curvature = _hessian(loss, found.x)
    names = PARAMETERS[name]
    moved = [data.scale if part == "theta" or (part == "mu" and name == "inverse_gaussian") else 1.0 for part in names]
    shift = [math.log(data.scale) if part == "mu" and name == "lognormal" else 0.0 for part in names]
    values = [p * k + s for p, k, s in zip(params, moved, shift, strict=True)]
    se = None
    if np.linalg.eigvalsh(curvature)[0] > 1e-9:
        spread = np.sqrt(np.diag(np.linalg.inv(curvature)))
        se = dict(
            zip(
                names,
                (
                    float(s * (p if up else 1.0) * k)
                    for s, p, up, k in zip(spread, params, positive, moved, strict=True)
                ),
                strict=True,
            )
        )
    # Densities are those of losses in EUR.
    loglik = -float(found.fun) - int((~data.cut).sum()) * math.log(data.scale)
    law = _law(name, params)
    with np.errstate(all="ignore"):
        mean = float(law.mean()) * data.scale
    ks = None
    if not data.cut.any() and not data.floor.any():
        order = np.sort(data.x)
        steps = np.arange(order.size + 1) / order.size
        cdf = law.cdf(order)
        ks = float(max(np.abs(cdf - steps[1:]).max(), np.abs(cdf - steps[:-1]).max()))
    return FittedLaw(
        law=name,
        params=dict(zip(names, values, strict=True)),
        se=se,
        loglik=loglik,
        aic=2 * len(names) - 2 * loglik,
        bic=math.log(data.x.size) * len(names) - 2 * loglik,
        mean=mean if math.isfinite(mean) and mean > 0 else None,
        ks=ks,
    )


def _hessian(loss: Any, at: "Floats") -> "Floats":
    import numpy as np
    from statsmodels.tools.numdiff import approx_hess

    found = np.asarray(approx_hess(at, loss))
    return found if np.isfinite(found).all() else np.full_like(found, 0.0)


def _qq(best: FittedLaw, x: "Floats") -> Chart:
    import numpy as np

    order = np.sort(x)
    at = (np.arange(1, order.size + 1) - 0.5) / order.size
    pick = np.unique(np.linspace(0, order.size - 1, 200).astype(int))
    law = _law(best.law, list(best.params.values()))
    theory = law.ppf(at[pick])
    return Chart(
        kind="scatter",
        title=N_("Cuantiles observados y de la ley"),
        series=(
            Series(name=best.law, x=tuple(map(float, theory)), y=tuple(map(float, order[pick]))),
            Series(name=N_("Igualdad"), x=tuple(map(float, theory)), y=tuple(map(float, theory))),
        ),
        x_label=N_("Cuantil de la ley"),
        y_label=N_("Cuantil observado"),
    )
