"""How many claims: count models by rating factor, and whether the Poisson law is enough."""

from typing import TYPE_CHECKING, Literal

from engines.contract import Caution, Computed, Level, Table, operation
from engines.errors import N_, InvalidInput, NotConverged
from engines.insurance.rating import (
    Base,
    Design,
    FittedGlm,
    design_of,
    fit_glm,
    inference,
    link_of,
    refuse_empty_levels,
    relativity_charts,
    response_and_exposure,
    tables,
    varies_more,
)

if TYPE_CHECKING:
    from engines.arrays import Floats

OVERDISPERSED = N_(
    "Hay sobredispersión: la ji cuadrado de Pearson es {ratio} veces sus grados de libertad; los errores estándar "
    "de Poisson son demasiado pequeños"
)
NO_OVERDISPERSION = N_("Los datos no muestran más varianza que la de Poisson: la binomial negativa degenera en ella")
NO_INFLATION = N_("Los datos no muestran más ceros que los de Poisson: la ley inflada en cero degenera en ella")
COUNTS = N_("deben ser números de siniestros enteros")
LEAST_SHARE = 1e-3  # of risks that cannot claim, under which there is no inflation to speak of
FEW_PER_COEFFICIENT = N_("Hay menos de 10 siniestros por coeficiente: las relatividades son inseguras")


class FrequencyGlm(FittedGlm):
    """A frequency model. `theta` is the size of the negative binomial (variance mu + mu²/theta).

    `zero_inflation` is the share of risks that cannot claim at all, under the zero-inflated Poisson law.
    """

    theta: float | None = None
    zero_inflation: float | None = None


@operation(
    "Modelo de frecuencia (GLM)",
    examples=(
        "Ajusta un GLM de Poisson de la frecuencia de siniestros por zona y edad con la exposición como offset",
        "Fit a negative binomial claim frequency GLM with exposure and show the relativities by factor level",
    ),
    heavy=True,
)
def frequency_glm(
    data: Table,
    y: str,
    factors: tuple[str, ...] = (),
    exposure: str | None = None,
    covariates: tuple[str, ...] = (),
    family: Literal["poisson", "quasi", "negative_binomial", "zip"] = "poisson",
    link: Literal["log"] = "log",
    base: Base = "first",
) -> FrequencyGlm:
    """Model the number of claims by rating factor, with the logarithm of exposure as offset.

    Args:
        data: one row a risk or a cell.
        y: column with the number of claims, whole and not negative.
        factors: categorical columns; with no factor and no covariate the mean alone is estimated.
        exposure: column with policy-years, positive; 1 each without it.
        covariates: numeric columns, `log(column)` for their logarithm.
        family: `quasi` is Poisson with the dispersion of Pearson; `zip` Poisson inflated at zero.
        link: logarithmic, so that effects multiply.
        base: the level that has relativity 1: the `first` in order, or the one with the `largest` exposure.

    Raises:
        InvalidInput: claims that are not whole, gaps, exposure not positive, a level without claims (named).
        SingularMatrix: factors that repeat each other.
        NotConverged: no finite estimate was found.
        LimitExceeded: a design of more than 50 million cells.

    Source: McCullagh & Nelder, Generalized Linear Models, 2nd ed. 1989, ch. 6; negative binomial (NB2) with
    theta by maximum likelihood, Venables & Ripley, MASS, 2002, section 7.4; Lambert, Technometrics 34 (1992).
    """
    import numpy as np
    from statsmodels.genmod import families

    checked, claims, weights = response_and_exposure(data, y, exposure)
    if not np.array_equal(claims, np.round(claims)):
        raise InvalidInput(f"data.{y}", COUNTS)
    design = design_of(checked, factors, covariates, weights, base)
    refuse_empty_levels(design, claims)
    exog = design.dense()
    offset = np.log(weights)
    cautions = []
    if claims.sum() < 10 * len(design.names):
        cautions.append(Caution(text=FEW_PER_COEFFICIENT))
    if family == "zip":
        return _zero_inflated(design, exog, claims, weights, tuple(cautions))
    theta = None
    law = families.Poisson(link=link_of(link))
    if family == "negative_binomial":
        theta = _theta(claims, exog, offset)
        if theta is None:
            cautions.append(Caution(text=NO_OVERDISPERSION))
        else:
            law = families.NegativeBinomial(link=link_of(link), alpha=1 / theta)
    estimated = family == "quasi"
    fit = fit_glm(claims, exog, law, offset=offset, scale="X2" if estimated else None, use_t=estimated)
    spread = float(fit.pearson_chi2) / max(int(fit.df_resid), 1)
    if family == "poisson" and varies_more(claims, np.asarray(fit.mu), int(fit.df_resid)):
        cautions.append(Caution(text=OVERDISPERSED, values={"ratio": round(spread, 2)}))
    said = inference(design.names, fit.params, fit.bse, int(fit.df_resid) if estimated else None)
    relativities = tables(design, said, claims, weights, log=True)
    likely = None if estimated else float(fit.llf)
    return FrequencyGlm(
        method="IRLS, offset log(exposure)" + ("; theta by maximum likelihood" if theta else ""),
        library="statsmodels",
        n=design.rows,
        warnings=tuple(cautions),
        charts=relativity_charts(relativities),
        family=family,
        link=link,
        **said,
        factors=relativities,
        deviance=float(fit.deviance),
        null_deviance=float(fit.null_deviance),
        df_resid=int(fit.df_resid),
        df_null=design.rows - 1,
        pearson_chi2=float(fit.pearson_chi2),
        dispersion=float(fit.scale),
        loglik=likely,
        aic=None if likely is None else 2 * (len(design.names) + (theta is not None)) - 2 * likely,
        theta=theta,
    )


def _theta(claims: "Floats", exog: "Floats", offset: "Floats") -> float | None:
    """The size of the negative binomial of greatest likelihood; None if it is infinite (Poisson)."""
    import math

    from scipy.optimize import minimize_scalar
    from statsmodels.genmod import families

    def loss(log_alpha: float) -> float:
        law = families.NegativeBinomial(link=link_of("log"), alpha=math.exp(log_alpha))
        return -float(fit_glm(claims, exog, law, offset=offset).llf)

    least = -14.0
    best = minimize_scalar(loss, bounds=(least, 7.0), method="bounded", options={"xatol": 1e-7})
    return None if best.x < least + 1 else math.exp(-best.x)


def _zero_inflated(
    design: Design, exog: "Floats", claims: "Floats", weights: "Floats", cautions: tuple[Caution, ...]
) -> FrequencyGlm:
    import numpy as np
    from scipy.special import expit
    from statsmodels.discrete.count_model import ZeroInflatedPoisson

    if claims.min() > 0:
        raise InvalidInput("family", N_("la ley inflada en cero necesita riesgos sin siniestros"))
    try:
        with np.errstate(all="ignore"):
            model = ZeroInflatedPoisson(claims, exog, exposure=weights, inflation="logit")
            fit = model.fit(method="bfgs", maxiter=1000, gtol=1e-6, disp=0)
            errors = np.asarray(fit.bse, dtype=float)
    except (np.linalg.LinAlgError, ValueError, FloatingPointError) as error:
        raise NotConverged("data", type(error).__name__) from error
    if not fit.mle_retvals["converged"] or not np.isfinite(errors).all():
        raise NotConverged("data", "BFGS")
    # statsmodels puts the coefficient of the inflation first.
    share = float(expit(fit.params[0]))
    if share < LEAST_SHARE:
        cautions = (*cautions, Caution(text=NO_INFLATION))
    said = inference(design.names, np.asarray(fit.params[1:]), errors[1:], None)
    relativities = tables(design, said, claims, weights, log=True)
    return FrequencyGlm(
        method="maximum likelihood, constant inflation (logit)",
        library="statsmodels",
        n=design.rows,
        warnings=cautions,
        charts=relativity_charts(relativities),
        family="zip",
        link="log",
        **said,
        factors=relativities,
        deviance=None,
        null_deviance=None,
        df_resid=design.rows - len(design.names) - 1,
        df_null=design.rows - 2,
        pearson_chi2=None,
        dispersion=1.0,
        loglik=float(fit.llf),
        aic=float(fit.aic),
        zero_inflation=share,
    )


class Overdispersion(Computed):
    """Whether counts vary more than Poisson.

    `dispersion` = `pearson_chi2` / `df_resid`. `score` is Cameron & Trivedi's t for variance mu + alpha·mu²,
    `alpha` its estimate and `p` its one-sided probability; `overdispersed` means that `p` is under the level.
    Pearson's statistic does not decide: where few claims are expected a row it strays far from its chi-squared law.
    """

    pearson_chi2: float
    deviance: float
    df_resid: int
    dispersion: float
    alpha: float
    score: float
    p: float
    overdispersed: bool


@operation(
    "Contraste de sobredispersión",
    examples=(
        "¿Hay sobredispersión en los siniestros respecto al modelo de Poisson por tipo y zona?",
        "Test overdispersion of claim counts against a Poisson GLM",
    ),
    heavy=True,
)
def overdispersion(
    data: Table,
    y: str,
    factors: tuple[str, ...] = (),
    exposure: str | None = None,
    covariates: tuple[str, ...] = (),
    level: Level = 0.05,
) -> Overdispersion:
    """Tell whether claim counts vary more than a Poisson model of the same factors allows.

    Args:
        data: one row a risk or a cell.
        y: column with the number of claims.
        factors: categorical columns of the model.
        exposure: column with policy-years, positive; 1 each without it.
        covariates: numeric columns of the model, `log(column)` for their logarithm.
        level: significance under which the data are called overdispersed.

    Raises:
        InvalidInput: gaps, claims that are not whole, a level without claims; no degree of freedom is left.
        SingularMatrix: factors that repeat each other.
        NotConverged: the Poisson model has no finite estimate.

    Source: McCullagh & Nelder, Generalized Linear Models, 1989, section 6.3.2 (Pearson); Cameron & Trivedi,
    Journal of Econometrics 46 (1990), the auxiliary regression without constant.
    """
    import numpy as np
    from scipy import stats
    from statsmodels.genmod import families

    checked, claims, weights = response_and_exposure(data, y, exposure)
    if not np.array_equal(claims, np.round(claims)):
        raise InvalidInput(f"data.{y}", COUNTS)
    design = design_of(checked, factors, covariates, weights, "first")
    refuse_empty_levels(design, claims)
    fit = fit_glm(claims, design.dense(), families.Poisson(), offset=np.log(weights))
    freedom = int(fit.df_resid)
    if freedom < 1:
        raise InvalidInput("factors", N_("no dejan grados de libertad: hay tantos coeficientes como filas"))
    mu = np.asarray(fit.fittedvalues)
    auxiliary = ((claims - mu) ** 2 - claims) / mu
    alpha = float(auxiliary @ mu / (mu @ mu))
    left = auxiliary - alpha * mu
    error = float(np.sqrt(left @ left / (mu.size - 1) / (mu @ mu)))
    score = alpha / error if error > 0 else 0.0
    p = float(stats.t(mu.size - 1).sf(score))
    dispersion = float(fit.pearson_chi2) / freedom
    return Overdispersion(
        method="Pearson; Cameron & Trivedi NB2",
        library="statsmodels",
        n=design.rows,
        pearson_chi2=float(fit.pearson_chi2),
        deviance=float(fit.deviance),
        df_resid=freedom,
        dispersion=dispersion,
        alpha=alpha,
        score=score,
        p=p,
        overdispersed=p < level,
    )
