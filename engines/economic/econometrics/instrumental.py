"""Instrumental variables, and equations estimated together."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.arrays import frame, require_independent
from engines.contract import Caution, Computed, Part, Table, operation
from engines.economic.regression import (
    CONST,
    Basis,
    Coefficients,
    basis,
    design,
    inference,
    named,
    regression_frame,
    small_sample,
)
from engines.errors import N_, InsufficientData, InvalidInput, NotConverged, SingularMatrix

if TYPE_CHECKING:
    import pandas as pd

Names = Annotated[list[str], Field(min_length=1, max_length=200)]
MaybeNames = Annotated[list[str], Field(max_length=200)]
WEAK: Final = N_(
    "El instrumento es débil para «{column}» (F = {f}, menor que 10): el resultado está sesgado hacia MCO."
)
REJECTED: Final = N_("El contraste de sobreidentificación rechaza los instrumentos (p = {p}): alguno no es exógeno.")
UNDECIDED: Final = N_("debe haber al menos un instrumento por cada columna endógena")


class InstrumentalFit(Coefficients):
    """An instrumental-variable fit and its tests; those that do not apply are None.

    `first_stage_f` is the partial F of the excluded instruments in each first stage; below 10 they are weak
    (None where they explain the column exactly).
    """

    r2: float
    residual_sd: float
    first_stage_f: dict[str, float | None]
    sargan: float | None
    sargan_p: float | None
    j: float | None
    j_p: float | None
    wu_hausman: float | None
    wu_hausman_p: float | None


@operation(
    "Variables instrumentales",
    examples=(
        "Estima por mínimos cuadrados en dos etapas el efecto del precio con el coste del reaseguro como instrumento",
        "Two-stage least squares of wage on education instrumented by the parents' education",
    ),
    heavy=True,
)
def iv(
    data: Table,
    y: str,
    endog: Names,
    instruments: Names,
    exog: MaybeNames = [],  # noqa: B006  pydantic and the function only read it
    method: Literal["2sls", "liml", "gmm"] = "2sls",
    cov: Literal["classic", "robust"] = "classic",
) -> InstrumentalFit:
    """Regress `y` on columns that are moved by what also moves `y`, through instruments that are not.

    Args:
        data: table of n rows; the columns named must be numeric and without gaps.
        y: column explained.
        endog: endogenous columns, at least one.
        instruments: excluded instruments, at least as many as `endog`.
        exog: exogenous columns of the equation (the intercept is always there).
        method: 2sls, limited-information maximum likelihood, or two-step GMM.
        cov: classic or heteroscedasticity-robust errors; GMM weights are always robust.

    Raises:
        InvalidInput: a column is missing, in two roles, not numeric, or `y` does not vary.
        InsufficientData: fewer instruments than endogenous columns, or too few rows.
        SingularMatrix: columns, or instruments, depend on each other.
        LimitExceeded: too many columns or cells.

    Source: Wooldridge, Introductory Econometrics, chapter 15; Anderson & Rubin (1949) for LIML;
    Hansen, Econometrica 50 (1982) for GMM; Sargan (1958); partial F of the first stage, Staiger & Stock,
    Econometrica 65 (1997). Small-sample errors (n - k) with classic `cov`.
    """
    import numpy as np
    from linearmodels.iv import IV2SLS, IVGMM, IVLIML

    if len({*endog, *exog, *instruments}) != len(endog) + len(exog) + len(instruments) or y in instruments:
        raise InvalidInput("instruments", N_("una columna solo puede tener un papel"))
    if len(instruments) < len(endog):
        raise InsufficientData("instruments", len(endog), len(instruments))
    table = regression_frame(data, y, [*exog, *endog, *instruments])
    included, within, outside, spanning = _spanned(table, exog, endog, instruments)
    parts = (table[y].astype(float), included, within, outside)
    try:
        if method == "gmm":
            fit: Any = IVGMM(*parts).fit(iter_limit=2, cov_type="robust", debiased=True)
        else:
            kind = "unadjusted" if cov == "classic" else "robust"
            fit = (IV2SLS if method == "2sls" else IVLIML)(*parts).fit(cov_type=kind, debiased=True)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise SingularMatrix("data", ", ".join((*endog, *instruments))) from error
    names = list(fit.params.index)
    f = _partial_f(table, endog, exog, instruments)
    warnings = small_sample(len(table), len(names))
    warnings += tuple(
        Caution(text=WEAK, values={"column": c, "f": round(v, 2)}) for c, v in f.items() if v is not None and v < 10
    )
    over = len(instruments) > len(endog)
    two_stage = method == "2sls"
    sargan = fit.sargan if two_stage and over else None
    test = fit.j_stat if method == "gmm" and over else None
    exogenous = fit.wu_hausman() if two_stage and None not in f.values() else None
    failed = next((float(s.pval) for s in (sargan, test) if s is not None and s.pval < 0.05), None)
    if failed is not None:
        warnings += (Caution(text=REJECTED, values={"p": round(failed, 4)}),)
    params, covariance = spanning.coefficients(np.asarray(fit.params), np.asarray(fit.cov))
    return InstrumentalFit(
        method=f"{method}, cov {'robust' if method == 'gmm' else cov}",
        library="linearmodels",
        n=len(table),
        warnings=warnings,
        **inference(names, params, covariance, float(fit.df_resid)),
        r2=float(fit.rsquared),
        residual_sd=float(np.sqrt(float(fit.resid_ss) / (len(table) - len(names)))),
        first_stage_f=f,
        sargan=None if sargan is None else float(sargan.stat),
        sargan_p=None if sargan is None else float(sargan.pval),
        j=None if test is None else float(test.stat),
        j_p=None if test is None else float(test.pval),
        wu_hausman=None if exogenous is None else float(exogenous.stat),
        wu_hausman_p=None if exogenous is None else float(exogenous.pval),
    )


def _spanned(
    table: "pd.DataFrame", exog: list[str], endog: list[str], instruments: list[str]
) -> "tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Basis]":
    """Exogenous and endogenous columns and instruments at right angles, and the way back from their coefficients.

    An endogenous column less its projection on the exogenous ones is as endogenous as before.
    """
    import pandas as pd

    def frames(names: list[str], ahead: int) -> "tuple[pd.DataFrame, pd.DataFrame, Basis]":
        found = basis(design(table, names)[0])
        whole = pd.DataFrame(found.columns, index=table.index, columns=[CONST, *names])
        return whole.iloc[:, :ahead], whole.iloc[:, ahead:], found

    included, within, spanning = frames([*exog, *endog], 1 + len(exog))
    return included, within, frames([*exog, *instruments], 1 + len(exog))[1], spanning


def _partial_f(
    table: "pd.DataFrame", endog: list[str], exog: list[str], instruments: list[str]
) -> dict[str, float | None]:
    """F that the excluded instruments add nothing to the first stage of each endogenous column."""
    import statsmodels.regression.linear_model as lm

    full, _ = design(table, [*exog, *instruments])
    short, _ = design(table, exog)
    found: dict[str, float | None] = {}
    for name in endog:
        target = table[name].to_numpy(dtype=float)
        with_all = lm.OLS(target, full).fit(method="pinv")
        without = float(lm.OLS(target, short).fit(method="pinv").ssr)
        left = float(with_all.ssr)
        if left <= 1e-24 * float(target @ target):
            found[name] = None
            continue
        found[name] = (without - left) / len(instruments) / (left / float(with_all.df_resid))
    return found


class Equation(BaseModel):
    """One equation of a system: what it explains and by what; `endog` are explained elsewhere in the system."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    y: str
    x: MaybeNames = []
    endog: MaybeNames = []
    instruments: MaybeNames = []


class EquationFit(Part):
    """The coefficients of one equation, by name."""

    name: str
    params: dict[str, float]
    se: dict[str, float]
    p: dict[str, float]
    r2: float


class SystemFit(Computed):
    """Equations estimated together, and the correlation of their errors (equations in the order given)."""

    equations: tuple[EquationFit, ...]
    error_correlation: tuple[tuple[float, ...], ...]


@operation(
    "Sistema de ecuaciones (SUR, MC3E)",
    examples=(
        "Estima a la vez las ecuaciones de autos y hogar con errores correlacionados (SUR)",
        "Estimate seemingly unrelated regressions for motor and home together",
    ),
    heavy=True,
)
def system(
    data: Table,
    equations: Annotated[list[Equation], Field(min_length=2, max_length=20)],
    method: Literal["sur", "3sls", "2sls", "ols"] = "sur",
) -> SystemFit:
    """Estimate several equations at once, so that the correlation of their errors sharpens each.

    Args:
        data: table of n rows; the columns named must be numeric and without gaps.
        equations: each with name, `y`, exogenous `x` (an intercept is added) and, for 3sls and 2sls,
            `endog` and `instruments` (excluded ones).
        method: sur (two-step feasible GLS), 3sls, or equation by equation (2sls, ols).

    Raises:
        InvalidInput: a column is missing or not numeric, a name is repeated, or `endog` needs 3sls or 2sls.
        InsufficientData: too few rows or instruments.
        SingularMatrix: columns depend on each other, or two equations have the same errors.
        NotConverged: the joint estimation failed.

    Source: Zellner, J. American Statistical Association 57 (1962); Zellner & Theil, Econometrica 30 (1962).
    Error covariance with divisor n; errors of coefficients scaled by n/(n - k).
    """
    import numpy as np
    from linearmodels.system import IV3SLS, SUR

    instrumental = method in ("3sls", "2sls")
    if len({e.name for e in equations}) != len(equations):
        raise InvalidInput("equations", N_("repite un nombre"))
    if any(e.endog for e in equations) and not instrumental:
        raise InvalidInput("method", N_("las columnas endógenas exigen 3sls o 2sls"))
    if instrumental and not any(e.endog for e in equations):
        raise InvalidInput("equations", N_("3sls y 2sls exigen alguna columna endógena"))
    parts: dict[str, dict[str, Any]] = {}
    back: dict[str, Basis] = {}
    for equation in equations:
        parts[equation.name], back[equation.name] = _equation(data, equation, instrumental)
    try:
        model = (IV3SLS if instrumental else SUR)(parts)
        joint = method in ("sur", "3sls")
        fit: Any = model.fit(method="gls" if joint else "ols", cov_type="unadjusted", debiased=True)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise NotConverged("equations", type(error).__name__) from error
    errors = np.column_stack([np.asarray(fit.resids[e.name]) for e in equations])
    spread = np.linalg.norm(errors, axis=0)
    if not (spread > 0).all():
        raise SingularMatrix(
            "equations", ", ".join(e.name for e, v in zip(equations, spread, strict=True) if not v > 0)
        )
    require_independent(errors, "equations", [e.name for e in equations])
    correlation = (errors / spread).T @ (errors / spread)
    found = []
    for equation in equations:
        one = fit.equations[equation.name]
        names = list(one.params.index)
        params, covariance = back[equation.name].coefficients(np.asarray(one.params), np.asarray(one.cov))
        told = inference(names, params, covariance, float(one.df_resid))
        found.append(
            EquationFit(
                name=equation.name,
                params=named(names, params),
                se=named(names, told["se"].values()),
                p={name: 0.0 if p is None else p for name, p in told["p"].items()},
                r2=float(one.rsquared),
            )
        )
    return SystemFit(
        method=method,
        library="linearmodels",
        n=len(errors),
        warnings=small_sample(len(errors), max(len(e.params) for e in found)),
        equations=tuple(found),
        error_correlation=tuple(tuple(float(v) for v in row) for row in correlation),
    )


def _equation(data: Table, equation: Equation, instrumental: bool) -> "tuple[dict[str, pd.DataFrame | None], Basis]":
    if len(equation.instruments) < len(equation.endog):
        raise InvalidInput("equations", UNDECIDED)
    table = regression_frame(data, equation.y, [*equation.x, *equation.endog])
    table = frame(table, "data", numeric=tuple(equation.instruments))
    outside = list(equation.instruments) if instrumental else []
    exog, endog, others, spanning = _spanned(table, equation.x, equation.endog, outside)
    found: dict[str, pd.DataFrame | None] = {"dependent": table[[equation.y]].astype(float), "exog": exog}
    if instrumental:
        found["endog"] = endog if equation.endog else None
        found["instruments"] = others if equation.endog else None
    return found, spanning
