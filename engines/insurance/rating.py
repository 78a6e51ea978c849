"""Rating factors (*factores de tarifa*): columns become designs, coefficients become relativities.

What the frequency, severity and tariff models share. A factor's levels are ordered as R does (sorted, or
the order of a pandas categorical); the base level has no coefficient and the relativity 1.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from engines.arrays import CONSTANT, FINITE, TOLERANCE, frame, vector
from engines.charts import Chart, Series
from engines.contract import Computed, Part, Table
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged, SingularMatrix

if TYPE_CHECKING:
    import pandas as pd

    from engines.arrays import Floats

Base: TypeAlias = Literal["first", "largest"]
Link: TypeAlias = Literal["log", "identity", "inverse", "sqrt"]

MOST_ROWS: Final = 10_000_000
MOST_COLUMNS: Final = 1_000
MOST_CELLS: Final = 50_000_000  # of a dense design: 400 MB
SEPARATED: Final = 18.0  # distance of two log rates, from which one of them is 0
LOG: Final = re.compile(r"log\((.+)\)")
GROUP: Final = N_("agrupe niveles, o use menos factores")
BY_GLUM: Final = N_("use la tarifa con el motor glum, que no desarrolla la matriz")
EMPTY_LEVEL: Final = N_("es un nivel sin siniestros, cuyo coeficiente sería infinito; agrúpelo con otro")
POSITIVE: Final = N_("debe tener solo valores mayores que cero")
NEVER: Final = N_("no tiene ningún siniestro")


class Relativity(Part):
    """One level of a factor: how much of the portfolio it is and how it compares with the base level.

    `exposure` and `response` are the sums of weight and of the modelled quantity. `relativity` = exp(coefficient)
    and its 95 % bounds are given under a log link only.
    """

    level: str
    rows: int
    exposure: float
    response: float
    coefficient: float
    se: float | None
    relativity: float | None
    low: float | None
    high: float | None


class FactorTable(Part):
    """A factor's levels, the base first; `coefficients` are those of the others, in the same order."""

    name: str
    base: str
    levels: tuple[Relativity, ...]
    coefficients: tuple[float, ...]


class FittedGlm(Computed):
    """A generalised linear model: coefficients by name (`const`, `factor[level]`, covariate), fit, relativities.

    `statistic` is z where the dispersion is known (1), else t on `df_resid` degrees of freedom; bounds are
    those of 95 %. Coefficients stand on the scale of the link.
    """

    family: str
    link: str
    params: dict[str, float]
    se: dict[str, float]
    statistic: dict[str, float]
    p: dict[str, float]
    ci_low: dict[str, float]
    ci_high: dict[str, float]
    factors: tuple[FactorTable, ...]
    deviance: float | None
    null_deviance: float | None
    df_resid: int
    df_null: int
    pearson_chi2: float | None
    dispersion: float
    loglik: float | None
    aic: float | None


@dataclass(frozen=True)
class Coded:
    """A factor as whole numbers: 0 is the base level."""

    name: str
    codes: Any
    levels: tuple[str, ...]

    def columns(self) -> list[str]:
        """The names of its coefficients."""
        return [f"{self.name}[{level}]" for level in self.levels[1:]]


@dataclass(frozen=True)
class Design:
    """Factors and covariates that explain one response; columns are `const`, the factors', the covariates'."""

    rows: int
    factors: tuple[Coded, ...]
    covariates: Mapping[str, "Floats"]

    @property
    def names(self) -> list[str]:
        """The names of the coefficients, in the order of the columns."""
        return ["const", *(name for factor in self.factors for name in factor.columns()), *self.covariates]

    def dense(self) -> "Floats":
        """The design as one array.

        Raises:
            LimitExceeded: it would not fit in 400 MB.
        """
        import numpy as np

        width = len(self.names)
        if self.rows * width > MOST_CELLS:
            raise LimitExceeded("data", MOST_CELLS, self.rows * width, BY_GLUM)
        columns = np.zeros((self.rows, width))
        columns[:, 0] = 1.0
        start = 1
        for factor in self.factors:
            chosen = factor.codes > 0
            columns[np.flatnonzero(chosen), start + factor.codes[chosen] - 1] = 1.0
            start += len(factor.levels) - 1
        for place, values in enumerate(self.covariates.values(), start):
            columns[:, place] = values
        return columns

    @cached_property
    def split(self) -> Any:
        """The design without its intercept as tabmat matrices: one code a row and factor, never unrolled."""
        import numpy as np
        import tabmat  # type: ignore[import-untyped]

        parts: list[Any] = [
            tabmat.CategoricalMatrix(factor.codes, categories=np.arange(len(factor.levels)), drop_first=True)
            for factor in self.factors
        ]
        if self.covariates:
            parts.append(tabmat.DenseMatrix(np.column_stack(list(self.covariates.values()))))
        return tabmat.SplitMatrix(parts)

    def require_identified(self) -> None:
        """Refuse columns that repeat others, by the Gram matrix of the scaled design.

        Raises:
            InsufficientData: fewer rows than coefficients.
            SingularMatrix: names the columns that add nothing to those before them.
        """
        import numpy as np

        names = self.names
        if self.rows < len(names):
            raise InsufficientData("data", len(names), self.rows)
        if len(names) == 1:
            return
        ones = np.ones(self.rows)
        width = len(names)
        gram = np.empty((width, width))
        gram[0, 0] = self.rows
        gram[0, 1:] = gram[1:, 0] = self.split.transpose_matvec(ones)
        gram[1:, 1:] = self.split.sandwich(ones)
        # A column is superfluous when nothing is left of it beside the ones before: Cholesky's pivots say so.
        scale = np.sqrt(np.diag(gram))
        left = gram / np.outer(scale, scale)
        superfluous = []
        for place, name in enumerate(names):
            pivot = left[place, place]
            if pivot < TOLERANCE:
                superfluous.append(name)
                continue
            left = left - np.outer(left[:, place], left[place]) / pivot
        if superfluous:
            raise SingularMatrix("data", ", ".join(superfluous))


def design_of(
    data: "pd.DataFrame", factors: Sequence[str], covariates: Sequence[str], weights: "Floats", base: Base
) -> Design:
    """What explains the response: each factor coded from its base level, covariates checked, `log(x)` taken.

    Raises:
        InvalidInput: a factor with gaps or one level, a covariate that is constant or not positive under log.
        LimitExceeded: more than 10 million rows or 1,000 coefficients.
        SingularMatrix: columns that repeat others.
    """
    import numpy as np

    if len(data) > MOST_ROWS:
        raise LimitExceeded("data", MOST_ROWS, len(data), GROUP)
    coded = tuple(coded_factor(data, name, weights, base) for name in dict.fromkeys(factors))
    numbers = {}
    for term in dict.fromkeys(covariates):
        logged = LOG.fullmatch(term)
        name = logged[1] if logged and term not in data.columns else term
        place = f"data.{name}"
        if name not in data.columns:
            raise InvalidInput(place, N_("no está entre las columnas"))
        values = vector(data[name].to_numpy(), place, varies=True)
        if name != term and values.min() <= 0:
            raise InvalidInput(place, POSITIVE)
        numbers[term] = np.log(values) if name != term else values
    found = Design(len(data), coded, numbers)
    if len(found.names) > MOST_COLUMNS:
        raise LimitExceeded("factors", MOST_COLUMNS, len(found.names), GROUP)
    found.require_identified()
    return found


def coded_factor(data: "pd.DataFrame", name: str, weights: "Floats", base: Base = "first") -> Coded:
    """The column `name` as codes; the base level is the first, or the one with the largest weight.

    Raises:
        InvalidInput: it has gaps, or one level only.
    """
    import numpy as np
    import pandas as pd

    place = f"data.{name}"
    if name not in data.columns:
        raise InvalidInput(place, N_("no está entre las columnas"))
    column = data[name]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        try:
            column = pd.Categorical(column)
        except TypeError as error:
            raise InvalidInput(place, N_("mezcla textos y números; escriba todos sus niveles igual")) from error
    else:
        column = column.array.remove_unused_categories()
    codes = np.asarray(column.codes, dtype=np.int32)
    if (codes < 0).any():
        raise InvalidInput(place, FINITE)
    levels = [str(level) for level in column.categories]
    if len(levels) < 2:
        raise InvalidInput(place, CONSTANT)
    if base == "largest":
        chosen = int(np.argmax(np.bincount(codes, weights=weights, minlength=len(levels))))
        order = [chosen, *(k for k in range(len(levels)) if k != chosen)]
        codes = np.argsort(order).astype(np.int32)[codes]
        levels = [levels[k] for k in order]
    return Coded(name, codes, tuple(levels))


def response_and_exposure(
    data: Table, y: str, exposure: str | None, *, least: int = 2, positive: bool = False
) -> tuple["pd.DataFrame", "Floats", "Floats"]:
    """The frame, its response (not negative) and its exposure (1 each where no column says it).

    Raises:
        InvalidInput: a response below zero, or zero where it must be `positive`; exposures that are not positive.
    """
    import numpy as np

    columns = [y] if exposure is None else [y, exposure]
    checked = frame(data, "data", numeric=columns, least=least)
    response = vector(checked[y].to_numpy(), f"data.{y}", low=0.0)
    if positive and response.min() <= 0:
        raise InvalidInput(f"data.{y}", POSITIVE)
    if response.max() == 0:
        raise InvalidInput(f"data.{y}", NEVER)
    if exposure is None:
        return checked, response, np.ones(len(checked))
    weights = vector(checked[exposure].to_numpy(), f"data.{exposure}", length=response.size)
    if weights.min() <= 0:
        raise InvalidInput(f"data.{exposure}", POSITIVE)
    return checked, response, weights


def refuse_empty_levels(design: Design, response: "Floats") -> None:
    """Under a log link a level without response has no finite coefficient: name it.

    Raises:
        InvalidInput: `data.<factor>.<level>` has no claims.
    """
    import numpy as np

    for factor in design.factors:
        sums = np.bincount(factor.codes, weights=response, minlength=len(factor.levels))
        if (sums <= 0).any():
            raise InvalidInput(f"data.{factor.name}.{factor.levels[int(np.argmin(sums))]}", EMPTY_LEVEL)


def fit_glm(endog: "Floats", exog: "Floats", family: Any, **options: Any) -> Any:
    """A statsmodels GLM that has converged, or our error.

    Raises:
        NotConverged: the scoring stopped, diverged, or left the range of the family.
    """
    import warnings

    import numpy as np
    from statsmodels.genmod.families.links import Log
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import DomainWarning, PerfectSeparationError

    scale = options.pop("scale", None)
    use_t = options.pop("use_t", None)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # Whether the fitted means stay in the family's range is checked below.
            warnings.simplefilter("ignore", DomainWarning)
            found = GLM(endog, exog, family=family, **options).fit(maxiter=200, tol=1e-10, scale=scale, use_t=use_t)
    except (PerfectSeparationError, np.linalg.LinAlgError, ValueError, FloatingPointError) as error:
        raise NotConverged("data", type(error).__name__) from error
    if not found.converged or not np.isfinite(found.params).all() or not np.isfinite(found.bse).all():
        raise NotConverged("data", f"IRLS, {found.fit_history['iteration']}")
    if found.fittedvalues.min() <= 0:
        raise NotConverged("data", "mu <= 0")
    if isinstance(family.link, Log):
        require_bounded(found.fittedvalues / np.exp(options.get("offset", 0.0)))
    return found


def require_bounded(rates: "Floats") -> None:
    """Refuse a fit whose scoring stopped on its way to a coefficient without bound.

    Raises:
        NotConverged: some fitted rate is 0 for all purposes: the data separate risks with and without claims.
    """
    import numpy as np

    logs = np.log(np.maximum(rates, 1e-300))
    if np.median(logs) - logs.min() > SEPARATED or logs.max() - np.median(logs) > SEPARATED:
        raise NotConverged("data", "mu -> 0")


def varies_more(claims: "Floats", mu: "Floats", freedom: int) -> bool:
    """Whether counts of means `mu` vary by half more than Poisson's at least, and by more than chance makes them.

    Pearson's statistic says how much. It strays far where rows expect few claims (short exposures): whether by chance
    is told by the excess of (y - mu)² over y, whose variance is 2 mu² whatever the mean.

    Source: Dean & Lawless, Tests for detecting overdispersion in Poisson regression models, JASA 84 (1989).
    """
    import numpy as np

    if freedom < 1 or float(((claims - mu) ** 2 / mu).sum()) <= 1.5 * freedom:
        return False
    return bool(((claims - mu) ** 2 - claims).sum() > 2 * np.sqrt(2 * (mu**2).sum()))


def link_of(name: Link) -> Any:
    """The link of statsmodels called `name`."""
    from statsmodels.genmod.families import links

    return {"log": links.Log, "identity": links.Identity, "inverse": links.InversePower, "sqrt": links.Sqrt}[name]()


def inference(
    names: Sequence[str], beta: "Floats", se: "Floats", freedom: int | None
) -> dict[str, dict[str, float]]:  # fmt: skip
    """Coefficients with their tests: z if the dispersion is known (`freedom` None), else t."""
    import numpy as np
    from scipy import stats

    law = stats.norm if freedom is None else stats.t(freedom)
    half = float(law.ppf(0.975))
    ratio = np.divide(beta, se, out=np.zeros_like(beta), where=se > 0)
    columns = {
        "params": beta,
        "se": se,
        "statistic": ratio,
        "p": 2 * law.sf(np.abs(ratio)),
        "ci_low": beta - half * se,
        "ci_high": beta + half * se,
    }
    return {key: dict(zip(names, map(float, column), strict=True)) for key, column in columns.items()}


def tables(
    design: Design, said: Mapping[str, Mapping[str, float]], response: "Floats", weights: "Floats", *, log: bool
) -> tuple[FactorTable, ...]:
    """The factors with their relativities, from the coefficients of `inference`."""
    import math

    import numpy as np

    def risen(value: float) -> float | None:
        return math.exp(value) if log and value < 700 else None

    found = []
    for factor in design.factors:
        size = len(factor.levels)
        rows = np.bincount(factor.codes, minlength=size)
        exposure = np.bincount(factor.codes, weights=weights, minlength=size)
        sums = np.bincount(factor.codes, weights=response, minlength=size)
        names = factor.columns()
        levels = []
        for place, level in enumerate(factor.levels):
            name = names[place - 1] if place else None
            levels.append(
                Relativity(
                    level=level,
                    rows=int(rows[place]),
                    exposure=float(exposure[place]),
                    response=float(sums[place]),
                    coefficient=said["params"][name] if name else 0.0,
                    se=said["se"][name] if name else None,
                    relativity=risen(said["params"][name] if name else 0.0),
                    low=risen(said["ci_low"][name]) if name else None,
                    high=risen(said["ci_high"][name]) if name else None,
                )
            )
        coefficients = tuple(level.coefficient for level in levels[1:])
        found.append(
            FactorTable(name=factor.name, base=factor.levels[0], levels=tuple(levels), coefficients=coefficients)
        )
    return tuple(found)


def relativity_charts(factors: Sequence[FactorTable], *, most: int = 6) -> tuple[Chart, ...]:
    """A picture for each of the first factors: relativity by level, with its bounds."""
    return tuple(
        Chart(
            kind="bar",
            title=N_("Relatividades"),
            series=(
                Series(
                    name=factor.name,
                    x=tuple(level.level for level in factor.levels),
                    y=tuple(level.relativity for level in factor.levels),
                    low=tuple(level.low for level in factor.levels),
                    high=tuple(level.high for level in factor.levels),
                ),
            ),
            x_label=factor.name,
            y_label=N_("Relatividad"),
            marks=((N_("Nivel base"), 1.0),),
        )
        for factor in factors[:most]
    )


def poisson_deviance(y: "Floats", mu: "Floats", weights: "Floats") -> float:
    """Twice the log-likelihood that means `mu` lose against the rates `y`, weighted."""
    import numpy as np
    from scipy.special import xlogy

    return float(2 * np.sum(weights * (xlogy(y, y / mu) - y + mu)))


def tweedie_deviance(y: "Floats", mu: "Floats", weights: "Floats", power: float) -> float:
    """Unit deviance of the Tweedie family of `power` p (1 Poisson, 2 gamma, else between), weighted and summed.

    Source: Jørgensen, The Theory of Dispersion Models, 1997, section 4.1.
    """
    import numpy as np

    if power == 1:
        return poisson_deviance(y, mu, weights)
    if power == 2:
        return float(2 * np.sum(weights * (y / mu - 1 - np.log(y / mu))))
    one, two = 1 - power, 2 - power
    return float(2 * np.sum(weights * (np.power(y, two) / (one * two) - y * mu**one / one + mu**two / two)))
