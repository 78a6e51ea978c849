"""Models of the cost of a claim and of the pure premium, by rating factor."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.contract import Caution, Table, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.insurance.rating import (
    Base,
    Design,
    FittedGlm,
    Link,
    design_of,
    fit_glm,
    inference,
    link_of,
    refuse_empty_levels,
    relativity_charts,
    require_bounded,
    response_and_exposure,
    tables,
    tweedie_deviance,
    varies_more,
)

if TYPE_CHECKING:
    from engines.arrays import Floats

FEW: Final = N_("Hay {n} filas para {k} coeficientes: los errores estándar son poco fiables")
COUNTS_VARY: Final = N_(
    "La dispersión de Pearson es {ratio}: si la respuesta son siniestros, los errores estándar de Poisson son pequeños"
)


class SeverityGlm(FittedGlm):
    """A model of the mean cost of a claim. Effects multiply under the log link."""


@operation(
    "Modelo de severidad (GLM)",
    examples=(
        "Ajusta un GLM gamma del coste medio por siniestro según el tipo de vehículo",
        "Fit a gamma severity GLM of average claim cost with log link",
    ),
    heavy=True,
)
def severity_glm(
    data: Table,
    y: str,
    x: tuple[str, ...] = (),
    factors: tuple[str, ...] = (),
    weight: str | None = None,
    family: Literal["gamma", "inverse_gaussian"] = "gamma",
    link: Link = "log",
    base: Base = "first",
) -> SeverityGlm:
    """Model the mean cost of a claim, whose standard deviation grows with it.

    Args:
        data: one row a claim, or a cell with its mean cost.
        y: column with the cost, EUR, positive: claims at zero are no claims, leave them out.
        x: numeric columns, `log(column)` for their logarithm.
        factors: categorical columns.
        weight: column with the number of claims behind each mean, positive; 1 each without it.
        family: gamma (variance mu²) or inverse Gaussian (variance mu³).
        link: how the mean follows from the effects; `inverse` is the gamma's own.
        base: the level that has relativity 1: the `first` in order, or the one with the `largest` weight.

    Raises:
        InvalidInput: a cost of zero or less, gaps, a constant column.
        SingularMatrix: columns that repeat others, named.
        NotConverged: no estimate with positive means was found.
        InsufficientData: fewer rows than coefficients.
        LimitExceeded: a design of more than 50 million cells.

    Source: McCullagh & Nelder, Generalized Linear Models, 2nd ed. 1989, ch. 8; dispersion by Pearson's statistic.
    """
    from statsmodels.genmod import families

    checked, costs, weights = response_and_exposure(data, y, weight, positive=True)
    design = design_of(checked, factors, x, weights, base)
    law = {"gamma": families.Gamma, "inverse_gaussian": families.InverseGaussian}[family](
        link=link_of(link),
        check_link=False,  # the list of statsmodels lacks the square root
    )
    fit = fit_glm(costs, design.dense(), law, var_weights=weights, scale="X2", use_t=True)
    freedom = int(fit.df_resid)
    if freedom < 1:
        raise InvalidInput("data", N_("no dejan grados de libertad: hay tantos coeficientes como filas"))
    said = inference(design.names, fit.params, fit.bse, freedom)
    relativities = tables(design, said, costs * weights, weights, log=link == "log")
    # Each weighted deviance is about the dispersion: their mean by row estimates it, as by claim it does not.
    likely = float(law.loglike(costs, fit.mu, var_weights=weights, scale=fit.deviance / design.rows))
    return SeverityGlm(
        method="IRLS, dispersion of Pearson; likelihood at deviance / rows",
        library="statsmodels",
        n=design.rows,
        warnings=_few(design),
        charts=relativity_charts(relativities) if link == "log" else (),
        family=family,
        link=link,
        **said,
        factors=relativities,
        deviance=float(fit.deviance),
        null_deviance=float(fit.null_deviance),
        df_resid=freedom,
        df_null=design.rows - 1,
        pearson_chi2=float(fit.pearson_chi2),
        dispersion=float(fit.scale),
        loglik=likely,
        aic=2 * (len(design.names) + 1) - 2 * likely,
    )


class TariffGlm(FittedGlm):
    """A multiplicative tariff: premium = `base_premium` × the relativity of each factor (× exp(coefficient × x)).

    `base_premium` is the rate of a risk at the base levels, a unit of exposure; `balance` = fitted / observed total.
    """

    base_premium: float
    balance: float
    power: float


@operation(
    "Tarifa multiplicativa (GLM)",
    examples=(
        "Construye la tarifa de autos con un GLM Tweedie de la prima pura por zona, edad y potencia",
        "Fit a multiplicative tariff by Tweedie or Poisson GLM on a million policies with glum",
    ),
    heavy=True,
)
def tariff_glm(
    data: Table,
    y: str,
    factors: tuple[str, ...],
    exposure: str | None = None,
    covariates: tuple[str, ...] = (),
    family: Literal["poisson", "tweedie"] = "tweedie",
    power: Annotated[float, Field(gt=1, lt=2)] = 1.5,
    link: Literal["log"] = "log",
    backend: Literal["glum", "statsmodels"] = "glum",
    base: Base = "first",
) -> TariffGlm:
    """Make a multiplicative tariff of a portfolio, whatever its size: rates weighted by exposure.

    For Poisson the weighted rate gives what the offset of the logarithm of exposure gives.

    Args:
        data: one row a policy or cell, up to 10 million; factors may be pandas categoricals.
        y: column with the number of claims (poisson) or their cost, EUR (tweedie), not negative.
        factors: categorical columns, at least one.
        exposure: column with policy-years, positive; 1 each without it.
        covariates: numeric columns, `log(column)` for their logarithm.
        family: `tweedie` is a Poisson number of gamma claims.
        power: p of the Tweedie variance mu^p.
        link: logarithmic, so that effects multiply.
        backend: `glum` keeps factors as codes, for large portfolios; `statsmodels` unrolls them.
        base: the level that has relativity 1: the `first` in order, or the one with the `largest` exposure.

    Raises:
        InvalidInput: gaps, exposure not positive, a level without claims (named), no factor.
        SingularMatrix: factors that repeat each other.
        NotConverged: the scoring stopped without an estimate.
        LimitExceeded: more than 10 million rows or 1,000 coefficients; 50 million cells with statsmodels.

    Source: Jørgensen, The Theory of Dispersion Models, 1997; Jørgensen & de Souza, Scandinavian Actuarial
    Journal 1994 (Tweedie tariffs); dispersion 1 for Poisson, Pearson's for Tweedie.
    """
    import math

    import numpy as np

    if not factors:
        raise InvalidInput("factors", N_("indique al menos un factor"))
    checked, response, weights = response_and_exposure(data, y, exposure)
    design = design_of(checked, factors, covariates, weights, base)
    refuse_empty_levels(design, response)
    p = 1.0 if family == "poisson" else power
    rates = response / weights
    fit = (_by_glum if backend == "glum" else _by_statsmodels)(design, rates, weights, p)
    mu, freedom = fit.mu, design.rows - len(design.names)
    chi2 = float(np.sum(weights * (rates - mu) ** 2 / mu**p))
    if freedom < 1 and family == "tweedie":
        raise InvalidInput("data", N_("no dejan grados de libertad: hay tantos coeficientes como filas"))
    dispersion = 1.0 if family == "poisson" else chi2 / freedom
    said = inference(design.names, fit.beta, fit.errors * math.sqrt(dispersion), None if p == 1 else freedom)
    relativities = tables(design, said, response, weights, log=True)
    cautions = list(_few(design))
    if family == "poisson" and varies_more(response, mu * weights, freedom):
        cautions.append(Caution(text=COUNTS_VARY, values={"ratio": round(chi2 / freedom, 2)}))
    overall = np.full(rates.size, response.sum() / weights.sum())
    return TariffGlm(
        method="weighted rate, log link",
        library=backend,
        n=design.rows,
        warnings=tuple(cautions),
        charts=relativity_charts(relativities),
        family=family,
        link=link,
        **said,
        factors=relativities,
        deviance=tweedie_deviance(rates, mu, weights, p),
        null_deviance=tweedie_deviance(rates, overall, weights, p),
        df_resid=freedom,
        df_null=design.rows - 1,
        pearson_chi2=chi2,
        dispersion=dispersion,
        loglik=_poisson_likelihood(response, mu * weights) if p == 1 else None,
        aic=2 * len(design.names) - 2 * _poisson_likelihood(response, mu * weights) if p == 1 else None,
        base_premium=math.exp(min(float(fit.beta[0]), 700.0)),
        balance=float(mu @ weights / response.sum()),
        power=p,
    )


@dataclass(frozen=True)
class Fit:
    """Coefficients with `const` first, their standard errors at dispersion 1, and the fitted rates."""

    beta: "Floats"
    errors: "Floats"
    mu: "Floats"


def _by_glum(design: Design, rates: "Floats", weights: "Floats", power: float) -> Fit:
    import numpy as np
    from glum import GeneralizedLinearRegressor, TweedieDistribution

    matrix = design.split
    model = GeneralizedLinearRegressor(
        alpha=0.0, family=TweedieDistribution(power), link="log", gradient_tol=1e-9, max_iter=200
    )
    # glum scores on weights that sum to one: scale the rates, so that the tolerance is relative.
    level = float(rates @ weights / weights.sum())
    try:
        with np.errstate(all="ignore"):
            model.fit(matrix, rates / level, sample_weight=weights)
    except (ValueError, np.linalg.LinAlgError, FloatingPointError) as error:
        raise NotConverged("data", str(error)[:80]) from error
    beta = np.concatenate([[model.intercept_ + np.log(level)], model.coef_])
    if model.n_iter_ >= 200 or not np.isfinite(beta).all():
        raise NotConverged("data", f"glum, {model.n_iter_}")
    mu = np.exp(matrix.matvec(model.coef_) + beta[0])
    require_bounded(mu)
    return Fit(beta, _errors(design, matrix, weights * mu ** (2 - power)), mu)


def _errors(design: Design, matrix: Any, working: "Floats") -> "Floats":
    """Standard errors at dispersion 1: the expected information X'WX of the design with its intercept."""
    import numpy as np

    width = len(design.names)
    information = np.empty((width, width))
    information[0, 0] = working.sum()
    information[0, 1:] = information[1:, 0] = matrix.transpose_matvec(working)
    information[1:, 1:] = matrix.sandwich(working)
    try:
        found = np.sqrt(np.diag(np.linalg.inv(information)))
    except np.linalg.LinAlgError as error:
        raise NotConverged("data", "X'WX") from error
    if not np.isfinite(found).all():
        raise NotConverged("data", "X'WX")
    return np.asarray(found)


def _by_statsmodels(design: Design, rates: "Floats", weights: "Floats", power: float) -> Fit:
    import numpy as np
    from statsmodels.genmod import families

    law = families.Poisson() if power == 1 else families.Tweedie(var_power=power, link=link_of("log"))
    fit = fit_glm(rates, design.dense(), law, var_weights=weights, scale=1.0)
    return Fit(np.asarray(fit.params), np.asarray(fit.bse), np.asarray(fit.fittedvalues))


def _poisson_likelihood(claims: "Floats", mu: "Floats") -> float:
    import numpy as np
    from scipy.special import gammaln, xlogy

    return float(np.sum(xlogy(claims, mu) - mu - gammaln(claims + 1)))


def _few(design: Design) -> tuple[Caution, ...]:
    k = len(design.names)
    return (Caution(text=FEW, values={"n": design.rows, "k": k}),) if design.rows < 5 * k else ()
