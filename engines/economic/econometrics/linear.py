"""Linear regression: of the mean (least squares) and of any quantile."""

from typing import Annotated, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Table, operation
from engines.economic.quantile_lines import doubts, quantile_fit
from engines.economic.regression import (
    Coefficients,
    design,
    few_clusters,
    groups,
    inference,
    named,
    regression_frame,
    small_sample,
)
from engines.errors import N_, InvalidInput

Names = Annotated[list[str], Field(min_length=1, max_length=200)]
ALONE: Final = N_(
    "La fila {row} determina sola un coeficiente: su residuo es cero, y el error robusto de ese coeficiente no vale."
)
UNDEFINED: Final = N_(
    "no existe si una fila determina sola un coeficiente; use HC1, o quite la columna que solo esa fila tiene"
)
EXACT: Final = N_("El modelo pasa exactamente por los datos: el error residual es cero y los contrastes no dicen nada.")


class LinearFit(Coefficients):
    """An ordinary least squares fit; `cond` is the condition number of the design scaled to unit columns."""

    r2: float
    r2_adjusted: float
    residual_sd: float
    rss: float
    f: float | None
    f_p: float | None
    df: int
    cond: float


@operation(
    "Regresión lineal (MCO)",
    examples=(
        "Haz una regresión lineal de la prima sobre la edad y los siniestros con errores robustos",
        "Run an OLS regression of premium on age and claims with clustered standard errors",
    ),
    heavy=True,
)
def ols(
    data: Table,
    y: str,
    x: Names,
    cov: Literal["classic", "HC0", "HC1", "HC2", "HC3", "HAC", "cluster"] = "classic",
    cluster: str = "",
    lags: Annotated[int, Field(ge=0, le=1000)] | None = None,
    intercept: bool = True,
) -> LinearFit:
    """Regress `y` on `x` by ordinary least squares (*mínimos cuadrados ordinarios*).

    Args:
        data: table of n rows; the columns named must be numeric and without gaps.
        y: column explained.
        x: columns that explain it.
        cov: how standard errors are computed: classic, heteroscedasticity-robust (HC0…HC3),
            Newey-West (HAC, rows in order of time) or by groups (cluster).
        cluster: column of the groups, for `cov` cluster.
        lags: lags of HAC; floor(4 (n/100)^(2/9)) if not given.
        intercept: whether the model has a constant.

    Raises:
        InvalidInput: a column is missing, not numeric, or `y` does not vary; a row of leverage 1 with HC2 or HC3.
        InsufficientData: no degrees of freedom left, or a single group.
        SingularMatrix: columns of `x` depend on each other.
        LimitExceeded: more than 200 columns or fifty million cells.

    Source: NIST Statistical Reference Datasets, linear regression; SVD of the design scaled to unit
    columns; White, Econometrica 48 (1980); MacKinnon & White, J. Econometrics 29 (1985); Newey & West,
    Econometrica 55 (1987); Student's t with n - k degrees of freedom (groups - 1 for cluster).
    """
    import numpy as np
    import statsmodels.regression.linear_model as lm

    if (cov == "cluster") != bool(cluster):
        raise InvalidInput("cluster", N_("va con cov «cluster», y solo con él"))
    table = regression_frame(data, y, x, (cluster,) if cluster else ())
    explanatory, names = design(table, x, intercept=intercept)
    n, k = explanatory.shape
    scale = np.linalg.norm(explanatory, axis=0)
    scaled = explanatory / scale
    target = table[y].to_numpy(dtype=float)
    model = lm.OLS(target, scaled, hasconst=intercept)
    df: float = n - k
    warnings = small_sample(n, k)
    alone = np.flatnonzero((np.linalg.qr(scaled)[0] ** 2).sum(axis=1) > 1 - 1e-10)  # rows of leverage 1
    if alone.size and cov != "classic":
        if cov in ("HC2", "HC3"):
            raise InvalidInput("cov", UNDEFINED)
        warnings += (Caution(text=ALONE, values={"row": int(alone[0]) + 1}),)
    if cov == "classic":
        fit = model.fit(method="pinv")
    elif cov == "HAC":
        used = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
        if used >= n:
            raise InvalidInput("lags", N_("debe ser menor que el número de filas"))
        fit = model.fit(method="pinv", cov_type="HAC", cov_kwds={"maxlags": used, "use_correction": True}, use_t=True)
    elif cov == "cluster":
        codes = groups(table, cluster, "cluster")
        count = int(codes.max()) + 1
        df = count - 1
        warnings += few_clusters(count)
        fit = model.fit(method="pinv", cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    else:
        fit = model.fit(method="pinv", cov_type=cov, use_t=True)
    rss = float(fit.ssr)
    exact = rss <= 1e-24 * float(target @ target)
    if exact:
        warnings += (Caution(text=EXACT),)
    slopes = k - int(intercept)
    r2 = float(fit.rsquared)
    tested = cov == "classic" and slopes > 0 and not exact and r2 < 1
    return LinearFit(
        method=f"SVD, cov {cov}",
        library="statsmodels",
        n=n,
        warnings=warnings,
        r2=r2,
        r2_adjusted=float(fit.rsquared_adj),
        residual_sd=float(np.sqrt(rss / (n - k))),
        rss=rss,
        f=float(fit.fvalue) if tested else None,
        f_p=float(fit.f_pvalue) if tested else None,
        df=int(df),
        cond=float(np.linalg.cond(scaled)),
        **inference(names, fit.params / scale, np.asarray(fit.cov_params()) / np.outer(scale, scale), df),
    )


class QuantileLine(Part):
    """The regression of one quantile `tau`: coefficients and standard errors by name."""

    tau: float
    params: dict[str, float]
    se: dict[str, float]
    pseudo_r2: float


class QuantileFit(Computed):
    """Regressions of several quantiles, in order of `tau`, in the unit of `y` per unit of each column."""

    lines: tuple[QuantileLine, ...]


@operation(
    "Regresión cuantílica",
    examples=(
        "Regresión cuantílica del coste del siniestro sobre el capital asegurado en los percentiles 50 y 90",
        "Quantile regression of claim cost on sum insured at the median and the 90th percentile",
    ),
    heavy=True,
)
def quantile(
    data: Table, y: str, x: Names, tau: Annotated[list[Level], Field(min_length=1, max_length=50)]
) -> QuantileFit:
    """Regress quantiles of `y` on `x`: what moves the median, or the bad cases.

    Args:
        data: table of n rows; the columns named must be numeric and without gaps.
        y: column explained.
        x: columns that explain it.
        tau: quantiles, each strictly between 0 and 1.

    Raises:
        InvalidInput: a column is missing, not numeric, or `y` does not vary.
        InsufficientData: no degrees of freedom left.
        SingularMatrix: columns of `x` depend on each other.
        NotConverged: the iterations of one quantile did not settle.
        LimitExceeded: more than 200 columns or fifty million cells.

    Source: Koenker & Bassett, Econometrica 46 (1978); Koenker, Quantile Regression (2005), section 3.4.2
    (kernel standard errors, Epanechnikov, Hall-Sheather bandwidth).
    """
    table = regression_frame(data, y, x)
    explanatory, names = design(table, x)
    target = table[y].to_numpy(dtype=float)
    lines = []
    warnings = small_sample(len(table), len(names))
    for level in sorted(set(tau)):
        params, se, pseudo = quantile_fit(target, explanatory, level)
        warnings += doubts(target, explanatory, params, level)
        lines.append(
            QuantileLine(
                tau=level,
                params=named(names, params),
                se=named(names, se),
                pseudo_r2=pseudo,
            )
        )
    chart = Chart(
        kind="line",
        title=N_("Efecto en cada cuantil"),
        x_label=N_("Cuantil"),
        series=tuple(
            Series(name=name, x=tuple(line.tau for line in lines), y=tuple(line.params[name] for line in lines))
            for name in names[1:]
        ),
    )
    return QuantileFit(
        method="IRLS, kernel standard errors",
        library="statsmodels",
        n=len(table),
        warnings=warnings,
        charts=(chart,),
        lines=tuple(lines),
    )
