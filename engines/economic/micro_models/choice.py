"""Discrete choice: which option people take, and how much each reason weighs."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engines.arrays import FINITE, MIXED, frame
from engines.contract import Caution, Table, operation
from engines.economic.micro_models.separation import PerfectSeparation, refuse_separation, separating
from engines.economic.regression import (
    Coefficients,
    basis,
    design,
    groups,
    inference,
    named,
    regression_frame,
    small_sample,
)
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged, SingularMatrix

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Names = Annotated[list[str], Field(max_length=100)]
MOST_CATEGORIES: Final = 20
UNKNOWN: Final = 100.0  # standard error of a column scaled to unit size, as only separation leaves it
MOST_CONDITIONAL: Final = 200_000
FEW_EVENTS: Final = N_(
    "Hay {events} casos del resultado menos frecuente para {k} coeficientes; conviene tener diez por cada uno."
)
ALPHABETICAL: Final = N_(
    "Las categorías se han ordenado alfabéticamente ({order}); si no es su orden, póngales números."
)
NOT_OFFERED: Final = N_("no nombra una alternativa de la columna «alternative»")
BINARY: Final = N_("debe valer 0 o 1, y tomar los dos valores")


class Interaction(BaseModel):
    """An alternative's constant times a column of the person (income): how its appeal varies with it."""

    model_config = ConfigDict(extra="forbid")

    alternative: str
    column: str


class ChoiceFit(Coefficients):
    """A choice model: weights of the utility (log-odds for logit), likelihood and average marginal effects.

    With several categories names read `category:column`; `categories[0]` is the base. Cut points of the
    ordered model read `lower|upper`. `marginal_effects` are changes in probability per unit of the column,
    averaged over the rows (not defined for conditional_logit). `t` are normal z values.
    """

    loglik: float
    loglik_null: float
    pseudo_r2: float
    lr: float
    lr_p: float | None
    categories: tuple[str, ...]
    marginal_effects: dict[str, float]


@operation(
    "Modelo de elección discreta",
    examples=(
        "Modelo logit de contratación del seguro según edad, prima y canal, con efectos marginales",
        "Fit a conditional logit of the chosen insurer on price and brand, or a probit of purchase",
    ),
    heavy=True,
)
def discrete_choice(
    data: Table,
    y: str,
    x: Names,
    model: Literal["logit", "probit", "mnlogit", "conditional_logit", "ordered"] = "logit",
    group: str = "",
    alternative: str = "",
    alt_constants: Annotated[list[str], Field(max_length=50)] = [],  # noqa: B006  only read
    interactions: Annotated[list[Interaction], Field(max_length=50)] = [],  # noqa: B006  only read
) -> ChoiceFit:
    """Fit a model of which option is taken, by maximum likelihood.

    Args:
        data: table of n rows; `x` numeric and without gaps. For conditional_logit one row a person and alternative.
        y: 0/1 (logit, probit; conditional_logit: 1 on the chosen row) or the category (mnlogit, ordered,
            whose categories are ordered as numbers or texts sort).
        x: columns that explain it; an intercept is added where the model has one.
        model: logit, probit, mnlogit, conditional_logit or ordered (proportional odds).
        group: column that names the person who chooses, for conditional_logit.
        alternative: column that names the alternative, for `alt_constants` and `interactions`.
        alt_constants: alternatives that get a constant of their own (all but one).
        interactions: constants of alternatives times a column of the person.

    Raises:
        InvalidInput: a column is missing, `y` is not of the kind the model needs, or a group has not one choice.
        InsufficientData: too few rows or categories.
        SingularMatrix: columns depend on each other.
        NotConverged: no finite maximum; under perfect separation the separating column is named.
        LimitExceeded: more than 20 categories, 200,000 rows of conditional_logit, or too many cells.

    Source: McFadden (1974), Conditional logit analysis; Greene, Econometric Analysis, 5th ed., chapter 21;
    McCullagh, J. Royal Statistical Society B 42 (1980) for ordered.
    """
    if (model == "conditional_logit") != bool(group):
        raise InvalidInput("group", N_("va con el modelo conditional_logit, y solo con él"))
    if (alt_constants or interactions) and not alternative:
        raise InvalidInput("alternative", N_("hace falta para las constantes por alternativa"))
    if alternative and not group:
        raise InvalidInput("alternative", N_("va con el modelo conditional_logit, y solo con él"))
    match model:
        case "logit" | "probit":
            return _binary(data, y, x, model)
        case "conditional_logit":
            return _conditional(data, y, x, group, alternative, alt_constants, interactions)
        case "mnlogit":
            return _multinomial(data, y, x)
        case _:
            return _ordered(data, y, x)


def fitted_binary(answer: "Floats", explanatory: "Floats", names: list[str], kind: str) -> "tuple[Any, Floats, Floats]":
    """A logit or probit fit, its coefficients and their covariance. Columns besides the first are `names[1:]`.

    Raises:
        NotConverged: no finite maximum; the separating columns are named.
    """
    import warnings

    import numpy as np
    from statsmodels.discrete.discrete_model import Logit, Probit
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    spanning = basis(explanatory)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever they say is said below, by what became of the fit
        try:
            fit = (Logit if kind == "logit" else Probit)(answer, spanning.columns).fit(
                method="newton", maxiter=100, disp=0
            )
        except (PerfectSeparationError, np.linalg.LinAlgError) as error:
            raise refuse_separation(answer, explanatory[:, 1:], names[1:], why="Newton") from error
    suspect = (
        not fit.mle_retvals["converged"]
        or np.abs(fit.params).max() > 20
        or -fit.llf < 1e-6 * len(answer)
        or not fit.bse.max() < UNKNOWN
    )
    if suspect:
        found = separating(answer, explanatory[:, 1:], names[1:])
        if found:
            raise PerfectSeparation("data", ", ".join(found))
    if not fit.mle_retvals["converged"] or not np.isfinite(fit.bse).all():
        raise NotConverged("data", "Newton")
    return fit, *spanning.coefficients(fit.params, np.asarray(fit.cov_params()))


def few_events(answer: "Floats", k: int) -> tuple[Caution, ...]:
    """A caution where the rarer of the two answers has fewer than ten cases for each of `k` coefficients."""
    events = int(min(answer.sum(), len(answer) - answer.sum()))
    return (Caution(text=FEW_EVENTS, values={"events": events, "k": k}),) if events < 10 * k else ()


def _binary(data: Table, y: str, x: list[str], kind: str) -> ChoiceFit:
    import numpy as np

    table = regression_frame(data, y, x)
    answer = table[y].to_numpy(dtype=float)
    if set(np.unique(answer)) != {0.0, 1.0}:
        raise InvalidInput(f"data.{y}", BINARY)
    explanatory, names = design(table, x)
    fit, params, covariance = fitted_binary(answer, explanatory, names, kind)
    # The average density times the slope: get_margeff would also build an n-by-k-by-k array for errors not told.
    effects = float(fit.model.pdf(explanatory @ params).mean()) * params[1:]
    return ChoiceFit(
        method=f"{kind}, Newton",
        library="statsmodels",
        n=len(answer),
        warnings=few_events(answer, len(names)),
        categories=("0", "1"),
        marginal_effects=named(x, effects),
        **_likelihood(float(fit.llf), float(fit.llnull), len(x)),
        **inference(names, params, covariance, None),
    )


def _multinomial(data: Table, y: str, x: list[str]) -> ChoiceFit:
    import warnings

    import numpy as np
    from statsmodels.discrete.discrete_model import MNLogit

    table, codes, categories = _categories(data, y, x)
    explanatory, names = design(table, x)
    spanning = basis(explanatory)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = MNLogit(codes, spanning.columns).fit(method="newton", maxiter=200, disp=0)
        except np.linalg.LinAlgError as error:
            raise NotConverged("data", "Newton") from error
    _sound(fit, codes, table[list(x)].to_numpy(dtype=float), x)
    all_names = [f"{category}:{name}" for category in categories[1:] for name in names]
    params = spanning.back @ np.asarray(fit.params)
    every = np.kron(np.eye(len(categories) - 1), spanning.back)
    chances = np.asarray(fit.predict())
    slopes = np.vstack([np.zeros(len(x)), params.T[:, 1:]])
    effects = (slopes * chances.mean(axis=0)[:, None] - chances.T @ (chances @ slopes) / len(codes)).T
    marginal = {f"{c}:{name}": float(effects[i, j]) for j, c in enumerate(categories) for i, name in enumerate(x)}
    return ChoiceFit(
        method=f"mnlogit, base {categories[0]}",
        library="statsmodels",
        n=len(codes),
        warnings=small_sample(len(codes), len(all_names)),
        categories=tuple(categories),
        marginal_effects=marginal,
        **_likelihood(float(fit.llf), float(fit.llnull), len(x) * (len(categories) - 1)),
        **inference(
            all_names,
            params.T.ravel(),
            every @ np.asarray(fit.cov_params()) @ every.T,
            None,
        ),
    )


def _ordered(data: Table, y: str, x: list[str]) -> ChoiceFit:
    import warnings

    import numpy as np
    from scipy.special import expit
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    if not x:
        raise InvalidInput("x", N_("indique al menos una columna"))
    table, codes, categories = _categories(data, y, x)
    design(table, x)  # refuses columns that repeat the thresholds or each other
    columns = table[list(x)].to_numpy(dtype=float)
    centre = columns.mean(axis=0)
    spanning = basis(columns - centre)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = OrderedModel(codes, spanning.columns, distr="logit")
            fit = model.fit(method="bfgs", maxiter=1000, gtol=1e-7, disp=0)
        except (np.linalg.LinAlgError, ValueError) as error:
            raise NotConverged("data", "BFGS") from error
    _sound(fit, codes, columns, x)
    k, cuts = len(x), len(categories) - 1
    # From (slopes, first cut, log gaps) of the basis to slopes and cuts of the columns as given.
    point = np.asarray(fit.params)
    gaps = np.exp(point[k + 1 :])
    shift = spanning.back @ point[:k]
    cut = point[k] + np.concatenate([[0.0], np.cumsum(gaps)]) + shift @ centre
    jacobian = np.zeros((k + cuts, k + cuts))
    jacobian[:k, :k] = spanning.back
    jacobian[k:, :k] = centre @ spanning.back
    jacobian[k:, k] = 1.0
    for row in range(1, cuts):
        jacobian[k + row, k + 1 : k + 1 + row] = gaps[:row]
    density = expit(np.column_stack([c - columns @ shift for c in cut]))
    density = density * (1 - density)
    edges = np.column_stack([np.zeros(len(codes)), density, np.zeros(len(codes))])
    change = (edges[:, :-1] - edges[:, 1:]).mean(axis=0)
    marginal = {
        f"{c}:{name}": float(change[j] * shift[i]) for j, c in enumerate(categories) for i, name in enumerate(x)
    }
    cautions = small_sample(len(codes), k + cuts)
    if isinstance(table[y].iloc[0], str) and len(categories) > 2:
        cautions += (Caution(text=ALPHABETICAL, values={"order": " < ".join(categories)}),)
    counts = np.bincount(codes)
    null = float(counts @ np.log(counts / len(codes)))
    return ChoiceFit(
        method="ordered logit, BFGS",
        library="statsmodels",
        n=len(codes),
        warnings=cautions,
        categories=tuple(categories),
        marginal_effects=marginal,
        **_likelihood(float(fit.llf), null, k),
        **inference(
            [*x, *(f"{a}|{b}" for a, b in zip(categories, categories[1:], strict=False))],
            np.concatenate([shift, cut]),
            jacobian @ np.asarray(fit.cov_params()) @ jacobian.T,
            None,
        ),
    )


def _conditional(
    data: Table,
    y: str,
    x: list[str],
    group: str,
    alternative: str,
    constants: list[str],
    interactions: list[Interaction],
) -> ChoiceFit:
    import numpy as np

    person = tuple({i.column for i in interactions})
    table = frame(data, "data", (group, *([alternative] if alternative else [])), numeric=(y, *x, *person), least=2)
    if len(table) > MOST_CONDITIONAL:
        raise LimitExceeded("data", MOST_CONDITIONAL, len(table), N_("tome una muestra de personas"))
    answer = table[y].to_numpy(dtype=float)
    codes = groups(table, group, "group")
    sizes = np.bincount(codes)
    if not set(np.unique(answer)) <= {0.0, 1.0} or (np.bincount(codes, weights=answer) != 1).any():
        raise InvalidInput(f"data.{y}", N_("debe valer 1 en una sola fila de cada persona y 0 en las demás"))
    columns, names = _utility(table, x, alternative, constants, interactions)
    means = np.stack([np.bincount(codes, weights=column) / sizes for column in columns.T], axis=1)
    within = columns - means[codes]
    flat = [name for name, v in zip(names, np.abs(within).max(axis=0), strict=True) if v == 0]
    if flat:
        raise SingularMatrix("data", ", ".join(flat))
    from engines.arrays import require_independent

    require_independent(within, "data", names)
    scale = np.linalg.norm(within, axis=0) / np.sqrt(len(answer))
    params, covariance, loglik = _most_likely(answer, within / scale, codes)
    endless = np.sqrt(np.diag(covariance)) > UNKNOWN
    if endless.any():
        raise PerfectSeparation("data", ", ".join(name for name, v in zip(names, endless, strict=True) if v))
    null = -float(np.log(sizes).sum())
    return ChoiceFit(
        method="conditional logit, Newton",
        library="numpy",
        n=len(sizes),
        warnings=small_sample(len(sizes), len(names)),
        categories=tuple(sorted(set(_labelled(table[alternative])))) if alternative else (),
        marginal_effects={},
        **_likelihood(loglik, null, len(names)),
        **inference(names, params / scale, covariance / np.outer(scale, scale), None),
    )


def _most_likely(answer: "Floats", columns: "Floats", codes: "NDArray[np.int64]") -> "tuple[Floats, Floats, float]":
    """Weights of most likelihood, their covariance and the log-likelihood, by Newton steps from zero.

    The library walks over the persons one by one: half a minute for ten thousand of them. The likelihood is
    concave, so a step that lowers it is only too long (Train, Discrete Choice Methods, section 3.7.1).

    Raises:
        NotConverged: the steps do not settle.
    """
    import numpy as np

    order = np.argsort(codes, kind="stable")
    answer, columns, codes = answer[order], columns[order], codes[order]
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    person = np.cumsum(np.r_[False, codes[1:] != codes[:-1]])

    def chances(params: "Floats") -> "tuple[Floats, float]":
        utility = columns @ params
        utility -= np.maximum.reduceat(utility, starts)[person]
        odds = np.exp(utility)
        sums = np.add.reduceat(odds, starts)
        return odds / sums[person], float(answer @ utility - np.log(sums).sum())

    params = np.zeros(columns.shape[1])
    chance, loglik = chances(params)
    for _ in range(100):
        expected = np.add.reduceat(columns * chance[:, None], starts, axis=0)
        information = (columns.T * chance) @ columns - expected.T @ expected
        try:
            covariance = np.linalg.inv(information)
        except np.linalg.LinAlgError as error:
            raise NotConverged("data", "Newton") from error
        step = covariance @ (columns.T @ (answer - chance))
        following, reached = chances(params + step)
        while reached < loglik - 1e-9 * abs(loglik) and np.abs(step).max() > 1e-12:
            step = step / 2
            following, reached = chances(params + step)
        params, chance, loglik = params + step, following, reached
        if np.abs(step).max() <= 1e-7 * max(1.0, float(np.abs(params).max())) or covariance.max() > UNKNOWN**3:
            return params, covariance, loglik
    raise NotConverged("data", "Newton")


def _labelled(column: "pd.Series[Any]") -> "pd.Series[str]":
    """The labels of a column as texts, 2 and 2.0 alike."""
    return column.map(lambda v: v if isinstance(v, str) else f"{v:.15g}")


def _utility(
    table: "pd.DataFrame", x: list[str], alternative: str, constants: list[str], interactions: list[Interaction]
) -> "tuple[Floats, list[str]]":
    """The columns of the utility: constants of alternatives, `x`, and constants times columns of the person."""
    import numpy as np

    said = _labelled(table[alternative]) if alternative else None
    asked = {*constants, *(each.alternative for each in interactions)}
    if said is not None and not asked <= set(said):
        raise InvalidInput("alt_constants" if set(constants) - set(said) else "interactions", NOT_OFFERED)
    columns, names = [], []
    for label in constants:
        assert said is not None
        columns.append((said == label).to_numpy(dtype=float))
        names.append(label)
    for name in x:
        columns.append(table[name].to_numpy(dtype=float))
        names.append(name)
    for each in interactions:
        assert said is not None
        columns.append((said == each.alternative).to_numpy(dtype=float) * table[each.column].to_numpy(dtype=float))
        names.append(f"{each.alternative}:{each.column}")
    if not columns or len(set(names)) != len(names):
        raise InvalidInput("x", N_("indique columnas, y ninguna dos veces"))
    return np.column_stack(columns), names


def _categories(data: Table, y: str, x: list[str]) -> "tuple[pd.DataFrame, NDArray[np.int64], list[str]]":
    """The table, the code of each row's category in sorted order, and the categories' names."""
    import numpy as np

    table = frame(data, "data", (y,), numeric=x, least=len(x) + 3)
    if y in x or len(set(x)) != len(x):
        raise InvalidInput("x", N_("una columna solo puede tener un papel"))
    values = table[y]
    if values.isna().any():
        raise InvalidInput(f"data.{y}", FINITE)
    try:
        found, codes = np.unique(values.to_numpy(), return_inverse=True)
    except TypeError as error:
        raise InvalidInput(f"data.{y}", MIXED) from error
    if not 2 <= len(found) <= MOST_CATEGORIES:
        if len(found) < 2:
            raise InsufficientData(f"data.{y}", 2, len(found))
        raise LimitExceeded(f"data.{y}", MOST_CATEGORIES, len(found), N_("junte categorías"))
    names = [f"{v:g}" if isinstance(v, float) else str(v) for v in found]
    if len(table) <= (len(x) + 1) * (len(found) - 1):
        raise InsufficientData("data", (len(x) + 1) * (len(found) - 1) + 1, len(table))
    return table, codes, names


def _sound(fit: Any, codes: "NDArray[np.int64]", columns: "Floats", x: list[str]) -> None:
    """Refuse a fit without a finite maximum, naming a column that separates one category from the others."""
    import numpy as np

    sound = fit.mle_retvals["converged"] and np.isfinite(np.asarray(fit.bse)).all()
    if sound and np.abs(np.asarray(fit.params)).max() < 20 and np.asarray(fit.bse).max() < UNKNOWN:
        return
    for code in np.unique(codes):
        found = separating((codes >= code).astype(float), columns, x) if code else []
        found = found or separating((codes == code).astype(float), columns, x)
        if found:
            raise PerfectSeparation("data", ", ".join(found))
    if not sound:
        raise NotConverged("data", "Newton")


def _likelihood(loglik: float, null: float, terms: int) -> dict[str, Any]:
    from scipy import stats

    lr = max(2 * (loglik - null), 0.0)
    return {
        "loglik": loglik,
        "loglik_null": null,
        "pseudo_r2": 1 - loglik / null if null < 0 else 0.0,
        "lr": lr,
        "lr_p": float(stats.chi2(terms).sf(lr)) if terms else None,
    }
