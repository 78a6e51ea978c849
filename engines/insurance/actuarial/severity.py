"""The law of a claim, fitted to losses that were seen above a deductible and cut at a limit."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Vector, operation
from engines.errors import N_, InvalidInput, NotConverged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.arrays import Floats

FLAT: Final = 0.02  # information on the log scale: a parameter known to a factor of 1,000 only
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
    """One law fitted: parameters (as in Loss Models, appendix A) and standard errors by the observed information.

    `ks` is the greatest distance to the empirical distribution, given that nothing is censored. `mean` is None
    where it is infinite.
    """

    law: str
    params: dict[str, float]
    se: dict[str, float]
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


def _law(name: str, p: Any) -> tuple[Any, dict[str, float]]:
    """The law `name` of scipy, and its arguments for parameters `p` (as in PARAMETERS).

    Apart, because to freeze a law costs ten times what its density costs.
    """
    from scipy import stats

    match name:
        case "exponential":
            return stats.expon, {"scale": p[0]}
        case "gamma":
            return stats.gamma, {"a": p[0], "scale": p[1]}
        case "lognormal":
            return stats.lognorm, {"s": p[1], "scale": math.exp(p[0])}
        case "weibull":
            return stats.weibull_min, {"c": p[0], "scale": p[1]}
        case "pareto":
            return stats.lomax, {"c": p[0], "scale": p[1]}
        case _:
            return stats.invgauss, {"mu": p[0] / p[1], "scale": p[1]}


def _fitted(name: str, data: _Sample) -> FittedLaw | None:
    """The parameters of greatest likelihood; None if the search ends at none."""
    import numpy as np
    from scipy.optimize import minimize
    from statsmodels.tools.numdiff import approx_fprime

    positive = [part != "mu" or name == "inverse_gaussian" for part in PARAMETERS[name]]

    whole, censored, truncated = data.x[~data.cut], data.x[data.cut], data.floor[data.floor > 0]

    def unpacked(free: "Floats") -> list[float]:
        return [math.exp(min(value, 300.0)) if up else float(value) for value, up in zip(free, positive, strict=True)]

    def loss(free: "Floats") -> float:
        with np.errstate(all="ignore"):
            law, given = _law(name, unpacked(free))
            value = -float(law.logpdf(whole, **given).sum())
            if censored.size:
                value -= float(law.logsf(censored, **given).sum())
            if truncated.size:
                value += float(law.logsf(truncated, **given).sum())
        return float(value) if np.isfinite(value) else 1e12

    # By moments; then a wide simplex, again from where it ends, until the gradient agrees that it is the top.
    logs, mean = np.log(data.x), float(data.x.mean())
    spread = max(float(logs.std()), 1e-3)
    relative = max(float(data.x.var()) / mean**2, 1e-6)
    start = {
        "exponential": [math.log(mean)],
        "gamma": [-math.log(relative), math.log(mean * relative)],
        "lognormal": [float(logs.mean()), math.log(spread)],
        "weibull": [math.log(1.2825 / spread), math.log(mean)],
        "pareto": [math.log(3.0), math.log(2 * mean)],
        "inverse_gaussian": [math.log(mean), math.log(mean / relative)],
    }[name]
    at = np.array(start)
    for _ in range(3):
        simplex = np.vstack([at, at + 0.5 * np.eye(at.size)])
        found = minimize(
            loss,
            at,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 4000, "initial_simplex": simplex},
        )
        at = found.x
    slope = np.abs(approx_fprime(found.x, loss, centered=True)).max()
    # A law that runs to its limit (Pareto to the exponential) has no maximum of its own.
    if not found.success or found.fun >= 1e12 or slope > 1e-3 * data.x.size or np.abs(found.x).max() > 20:
        return None
    params = unpacked(found.x)
    curvature = _hessian(loss, found.x)
    names = PARAMETERS[name]
    moved = [data.scale if part == "theta" or (part == "mu" and name == "inverse_gaussian") else 1.0 for part in names]
    shift = [math.log(data.scale) if part == "mu" and name == "lognormal" else 0.0 for part in names]
    values = [p * k + s for p, k, s in zip(params, moved, shift, strict=True)]
    # Flat in some direction: the search walks towards a limit that the law never reaches.
    if np.linalg.eigvalsh(curvature)[0] < FLAT:
        return None
    sd = np.sqrt(np.diag(np.linalg.inv(curvature)))
    errors = [float(s * (p if up else 1.0) * k) for s, p, up, k in zip(sd, params, positive, moved, strict=True)]
    # Densities are those of losses in EUR.
    loglik = -float(found.fun) - int((~data.cut).sum()) * math.log(data.scale)
    law, given = _law(name, params)
    with np.errstate(all="ignore"):
        average = float(law.mean(**given)) * data.scale
    ks = None
    if not data.cut.any() and not data.floor.any():
        order = np.sort(data.x)
        steps = np.arange(order.size + 1) / order.size
        cdf = law.cdf(order, **given)
        ks = float(max(np.abs(cdf - steps[1:]).max(), np.abs(cdf - steps[:-1]).max()))
    return FittedLaw(
        law=name,
        params=dict(zip(names, values, strict=True)),
        se=dict(zip(names, errors, strict=True)),
        loglik=loglik,
        aic=2 * len(names) - 2 * loglik,
        bic=math.log(data.x.size) * len(names) - 2 * loglik,
        mean=average if math.isfinite(average) and average > 0 else None,
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
    law, given = _law(best.law, list(best.params.values()))
    theory = law.ppf(at[pick], **given)
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
