"""The far tail (*valores extremos*): generalised Pareto above a threshold."""

import math
from typing import TYPE_CHECKING, Final

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Real, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, NotConverged
from engines.financial.risk.levels import Confidence

if TYPE_CHECKING:
    from engines.arrays import Floats

LEAST: Final = 10
FEW = N_("Solo {exceedances} valores superan el umbral (menos de 30): los parámetros son inseguros.")
HEAVY = N_("La cola es tan pesada (xi = {xi}) que la pérdida media más allá del VaR no existe.")
IRREGULAR = N_("Con xi por debajo de -0,5 los errores estándar no son válidos.")


class TailFit(Computed):
    """In the unit of the losses. `xi` is the shape (above zero: heavy tail), `beta` the scale of the excesses.

    `es` is None when xi is one or more. `mean_excess` is that of the sample.
    """

    threshold: float
    exceedances: int
    xi: float
    beta: float
    se: dict[str, float] | None
    loglik: float
    confidence: float
    var: float
    es: float | None
    mean_excess: float


@operation(
    "Cola de Pareto generalizada",
    examples=(
        "Ajusta una Pareto generalizada a los siniestros por encima de 10 millones y da el VaR al 99 %",
        "Extreme value theory: GPD peaks over threshold fit with VaR and ES of large losses",
    ),
    heavy=True,
)
def evt_gpd(x: Vector, threshold: Real, confidence: Confidence = 0.99) -> TailFit:
    """Fit the losses above a threshold and extrapolate VaR and expected shortfall from them.

    Args:
        x: (n,) losses, large is bad, those under the threshold included.
        threshold: only what lies above it is fitted; at least 10 losses must.
        confidence: of VaR and ES; it must lie beyond the threshold.

    Raises:
        InsufficientData: fewer than ten losses above the threshold.
        InvalidInput: excesses all equal, or a confidence that the threshold's own frequency covers.
        NotConverged: the likelihood has no maximum with xi above -1.

    Source: McNeil, ASTIN Bulletin 27 (1997), sections 3.2 and 4; McNeil, Frey & Embrechts, Quantitative
    Risk Management (2005), equations 7.18 and 7.19; observed information for the errors.
    """
    rows = vector(x, "x")
    excesses = rows[rows > threshold] - threshold
    count = excesses.size
    if count < LEAST:
        raise InsufficientData("x", LEAST, count)
    if excesses.min() == excesses.max():
        raise InvalidInput("x", N_("todo lo que supera el umbral es igual"))
    # The threshold at the confidence itself is admitted: (1 - 0.95) 1000 is a little over 50 in doubles.
    if (1 - confidence) * rows.size > count * (1 + 1e-9):
        raise InvalidInput("confidence", N_("queda por debajo del umbral; baje el umbral o suba la confianza"))
    unit = float(excesses.mean())
    xi, relative, loglik = _fit(excesses / unit)
    beta = relative * unit
    errors = _errors(excesses / unit, xi, relative) if xi > -0.5 else None
    ratio = min((1 - confidence) * rows.size / count, 1.0)
    # (r^-ξ - 1)/ξ without loss of digits near ξ = 0.
    spread = -math.log(ratio) if abs(xi) < 1e-12 else math.expm1(-xi * math.log(ratio)) / xi
    var = threshold + beta * spread
    es = (var + beta - xi * threshold) / (1 - xi) if xi < 1 else None
    cautions = []
    if count < 30:
        cautions.append(Caution(text=FEW, values={"exceedances": count}))
    if es is None:
        cautions.append(Caution(text=HEAVY, values={"xi": round(xi, 3)}))
    if xi <= -0.5:
        cautions.append(Caution(text=IRREGULAR))
    return TailFit(
        method="maximum likelihood, peaks over threshold",
        library="scipy",
        n=rows.size,
        threshold=threshold,
        exceedances=count,
        xi=xi,
        beta=beta,
        se={"xi": errors[0], "beta": errors[1] * unit} if errors is not None else None,
        loglik=loglik - count * math.log(unit),
        confidence=confidence,
        var=var,
        es=es,
        mean_excess=unit,
        warnings=tuple(cautions),
        charts=(_tail(excesses, threshold, xi, beta, rows.size),),
    )


def _fit(scaled: "Floats") -> tuple[float, float, float]:
    from scipy import optimize, stats

    def against(point: "Floats") -> float:
        xi, log_beta = float(point[0]), float(point[1])
        # Under -1 the likelihood grows without end towards the largest loss.
        if xi <= -1 or abs(log_beta) > 50:
            return 1e300
        found = -float(stats.genpareto.logpdf(scaled, xi, scale=math.exp(log_beta)).sum())
        return min(found, 1e300)

    # Moments (the mean is one), kept inside where the support covers all losses.
    begin = 0.5 * (1 - 1 / float(scaled.var()))
    begin = min(max(begin, -0.1), 0.5)
    scale = max(1 - begin, -begin * float(scaled.max()) * 1.05)
    answer = optimize.minimize(
        against,
        [begin, math.log(scale)],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000, "maxfev": 8000},
    )
    if not answer.success or answer.x[0] < -0.999 or answer.fun >= 1e300:
        raise NotConverged("x", N_("la verosimilitud no tiene máximo"))
    return float(answer.x[0]), math.exp(float(answer.x[1])), -float(answer.fun)


def _errors(scaled: "Floats", xi: float, beta: float) -> tuple[float, float] | None:
    """Standard errors of (xi, beta) by the observed information; None where it is not positive definite."""
    import numpy as np
    from scipy import stats

    def loglik(shape: float, scale: float) -> float:
        return float(stats.genpareto.logpdf(scaled, shape, scale=scale).sum())

    a, b = 1e-4, 1e-4 * beta
    middle = loglik(xi, beta)
    first = (loglik(xi + a, beta) - 2 * middle + loglik(xi - a, beta)) / a**2
    second = (loglik(xi, beta + b) - 2 * middle + loglik(xi, beta - b)) / b**2
    corners = loglik(xi + a, beta + b) - loglik(xi + a, beta - b) - loglik(xi - a, beta + b) + loglik(xi - a, beta - b)
    cross = corners / (4 * a * b)
    information = -np.array([[first, cross], [cross, second]])
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
        return None
    found = np.sqrt(np.diag(np.linalg.inv(information)))
    return float(found[0]), float(found[1])


def _tail(excesses: "Floats", threshold: float, xi: float, beta: float, n: int) -> Chart:
    """The share of losses above each size, as seen and as fitted (in %)."""
    import numpy as np
    from scipy import stats

    ordered = np.sort(excesses)
    seen = (ordered.size - np.arange(ordered.size) - 0.5) / n * 100
    step = max(1, -(-ordered.size // 500))
    fitted = stats.genpareto.sf(ordered, xi, scale=beta) * ordered.size / n * 100
    places = tuple(float(v) + threshold for v in ordered[::step])
    return Chart(
        kind="line",
        title=N_("Cola de las pérdidas"),
        series=(
            Series(name=N_("observado"), x=places, y=tuple(float(v) for v in seen[::step])),
            Series(name=N_("Pareto generalizada"), x=places, y=tuple(float(v) for v in fitted[::step])),
        ),
        x_label=N_("pérdida"),
        y_label=N_("% que la supera"),
        unit="%",
    )
