"""Learned tariffs: explainable boosting (EBM) and gradient boosting (GBM), and why they say what they say."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import FINITE, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Seed, Table, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.insurance.rating import coded_factor, response_and_exposure, tweedie_deviance
from engines.running import report

if TYPE_CHECKING:
    import pandas as pd

    from engines.arrays import Floats

Direction: TypeAlias = Literal["increasing", "decreasing"]
Objective: TypeAlias = Literal["poisson", "gamma", "tweedie"]
Power: TypeAlias = Annotated[float, Field(gt=1, lt=2)]

MOST_EBM_CELLS: Final = 20_000_000
MOST_GBM_CELLS: Final = 100_000_000
MOST_BINS: Final = 256
SAMPLE: Final = N_("muestree la cartera, o use menos variables")
NOT_A_NUMBER: Final = N_("una restricción de monotonía pide una variable numérica que esté entre las del modelo")
SMALL: Final = N_("Hay menos de 500 filas: un modelo aprendido memoriza una cartera tan pequeña")
FOLDS: Final = 5


class Monotone(Part):
    """The direction in which the rate must go as a numeric feature grows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feature: str
    direction: Direction


class ShapePoint(Part):
    """One bin of a shape function: its label (from, to) or level, and what it adds on the log scale."""

    label: str
    low: float | None
    high: float | None
    contribution: float
    se: float | None
    relativity: float


class Shape(Part):
    """What one feature adds; `importance` is its mean absolute contribution."""

    feature: str
    numeric: bool
    importance: float
    points: tuple[ShapePoint, ...]


class Interaction(Part):
    """What two features add beyond their own shapes: contributions by the bins of the first and of the second."""

    first: str
    second: str
    importance: float
    first_labels: tuple[str, ...]
    second_labels: tuple[str, ...]
    contributions: tuple[tuple[float, ...], ...]


class EbmModel(Computed):
    """An explainable boosting machine: log(rate) = `intercept` + the shapes + the interactions.

    Deviances are those of the data it was trained on; `explained` = 1 - deviance / null_deviance.
    """

    objective: Objective
    intercept: float
    shapes: tuple[Shape, ...]
    interactions: tuple[Interaction, ...]
    deviance: float
    null_deviance: float
    explained: float
    mean_observed: float
    mean_predicted: float


class Importance(Part):
    """How much a feature matters: share of the gain of all splits, number of splits, mean |contribution|."""

    feature: str
    gain_share: float
    splits: int
    mean_contribution: float


class GbmModel(Computed):
    """Gradient-boosted trees: what matters, how well it does on rows it has not seen, the trees themselves.

    `model` is LightGBM's own text, from which the same predictions come out again; categorical features enter
    it as the place of the level in `levels`. `cv_deviance` is summed over five held-out fifths.
    """

    objective: Objective
    trees: int
    importance: tuple[Importance, ...]
    deviance: float
    null_deviance: float
    cv_deviance: float
    cv_null_deviance: float
    mean_observed: float
    mean_predicted: float
    levels: dict[str, tuple[str, ...]]
    model: str


class Contribution(Part):
    """What one feature (or pair) adds to the logarithm of the prediction; `factor` = exp of that."""

    feature: str
    value: str
    contribution: float
    factor: float


class Explanation(Computed):
    """A prediction in its parts: `base` + the contributions = `log_prediction` = log(`prediction`)."""

    base: float
    contributions: tuple[Contribution, ...]
    log_prediction: float
    prediction: float
    mean: float


@dataclass(frozen=True)
class Portfolio:
    """What a learned model is fitted to: coded features, rates and weights."""

    table: "pd.DataFrame"
    rates: "Floats"
    weights: "Floats"
    levels: dict[str, tuple[str, ...]]
    monotone: list[int]

    @property
    def mean(self) -> float:
        """The rate of the whole portfolio."""
        return float(self.rates @ self.weights / self.weights.sum())


@operation(
    "Modelo aditivo explicable (EBM)",
    examples=(
        "Entrena un EBM de frecuencia con la edad monótona decreciente y enséñame las funciones de forma",
        "Train an explainable boosting machine on claims data with monotone constraints and show shape functions",
    ),
    heavy=True,
)
def ebm_model(
    data: Table,
    y: str,
    features: tuple[str, ...],
    exposure: str | None = None,
    objective: Objective = "poisson",
    tweedie_power: Power = 1.5,
    monotone: tuple[Monotone, ...] = (),
    interactions: Annotated[int, Field(ge=0, le=20)] = 0,
    rounds: Annotated[int, Field(ge=1, le=20_000)] = 2_000,
    bags: Annotated[int, Field(ge=1, le=32)] = 4,
    seed: Seed = 0,
) -> EbmModel:
    """Train an additive model of boosted one-feature shapes, which reads like a tariff.

    Args:
        data: one row a risk.
        y: column with claims or their cost, not negative.
        features: columns that explain; texts and booleans are categories, numbers are cut into bins.
        exposure: column with policy-years; the rate y/exposure is modelled with these weights.
        objective: the deviance to lower; `gamma` for severities, all positive.
        tweedie_power: p of the variance mu^p, for `tweedie`.
        monotone: numeric features whose shape may only rise, or only fall.
        interactions: how many pairs of features get a surface of their own, at most 20.
        rounds: boosting rounds at most; training stops earlier when a held-out part no longer gains.
        bags: models that are averaged.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, a constant feature, exposure not positive, a monotone feature that is not numeric.
        LimitExceeded: more than 20 million cells.
        InsufficientData: fewer than 20 rows.
        NotConverged: boosting gives no finite model.

    Source: Lou, Caruana & Gehrke, Intelligible Models for Classification and Regression, KDD 2012; Lou et al.,
    KDD 2013 (pairs).
    """
    held = portfolio(data, y, features, exposure, objective, monotone, MOST_EBM_CELLS)
    model = trained_ebm(held, objective, tweedie_power, interactions, rounds, bags, seed)
    predicted = _predicted(model.predict(held.table))
    power = _power(objective, tweedie_power)
    deviance, null = _deviances(held, predicted, power)
    importances = model.term_importances("avg_weight")
    shapes, pairs = [], []
    for place, term in enumerate(model.term_features_):
        if len(term) == 1:
            shapes.append(_shape(model, place, term[0], float(importances[place])))
        else:
            pairs.append(_pair(model, place, term, float(importances[place])))
    shapes.sort(key=lambda shape: -shape.importance)
    return EbmModel(
        method="EBM, weighted rate, log link",
        library="interpret-core",
        n=len(held.table),
        seed=seed,
        warnings=_small(held),
        charts=tuple(_shape_chart(shape) for shape in shapes[:6]),
        objective=objective,
        intercept=float(model.intercept_ if not hasattr(model.intercept_, "__len__") else model.intercept_[0]),
        shapes=tuple(shapes),
        interactions=tuple(pairs),
        deviance=deviance,
        null_deviance=null,
        explained=1 - deviance / null if null > 0 else 0.0,
        mean_observed=held.mean,
        mean_predicted=float(predicted @ held.weights / held.weights.sum()),
    )


@operation(
    "Modelo de árboles potenciados (GBM)",
    examples=(
        "Entrena un modelo LightGBM de frecuencia con restricciones de monotonía y dame la importancia de variables",
        "Train a LightGBM Poisson model of claims with monotone constraints and feature importance",
    ),
    heavy=True,
)
def gbm_model(
    data: Table,
    y: str,
    features: tuple[str, ...],
    exposure: str | None = None,
    objective: Objective = "poisson",
    tweedie_power: Power = 1.5,
    monotone: tuple[Monotone, ...] = (),
    trees: Annotated[int, Field(ge=1, le=5_000)] = 200,
    leaves: Annotated[int, Field(ge=2, le=512)] = 15,
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05,
    least_in_leaf: Annotated[int, Field(ge=1, le=1_000_000)] = 20,
    seed: Seed = 0,
) -> GbmModel:
    """Train gradient-boosted trees of a claims rate, with features that may only push one way.

    Args:
        data: one row a risk.
        y: column with claims or their cost, not negative.
        features: columns that explain; texts and booleans are categories.
        exposure: column with policy-years; the rate y/exposure is modelled with these weights.
        objective: the deviance to lower; `gamma` for severities, all positive.
        tweedie_power: p of the variance mu^p, for `tweedie`.
        monotone: numeric features on which the prediction may only rise, or only fall.
        trees: how many trees.
        leaves: leaves a tree has at most.
        learning_rate: how much of each tree is taken.
        least_in_leaf: rows that a leaf has at least.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, a constant feature, exposure not positive, a monotone feature that is not numeric.
        LimitExceeded: more than 100 million cells.
        InsufficientData: fewer than 20 rows.
        NotConverged: boosting gives no finite prediction.

    Source: Friedman, Annals of Statistics 29 (2001); Ke et al., LightGBM, NeurIPS 2017; contributions by
    Lundberg et al., Nature Machine Intelligence 2 (2020).
    """
    import numpy as np

    held = portfolio(data, y, features, exposure, objective, monotone, MOST_GBM_CELLS)
    settings = _settings(objective, tweedie_power, leaves, learning_rate, least_in_leaf, held, seed)
    model = trained_gbm(held, settings, trees)
    predicted = _predicted(model.predict(held.table))
    power = _power(objective, tweedie_power)
    deviance, null = _deviances(held, predicted, power)
    fold = np.random.default_rng(seed).permutation(len(held.table)) % FOLDS
    cv = cv_null = 0.0
    for part in range(FOLDS):
        report(part, FOLDS)
        kept, out = fold != part, fold == part
        if held.rates[kept].max() == 0:
            raise NotConverged("data", "a fold without claims")
        inner = Portfolio(held.table[kept], held.rates[kept], held.weights[kept], held.levels, held.monotone)
        guess = _predicted(trained_gbm(inner, settings, trees).predict(held.table[out]))
        cv += tweedie_deviance(held.rates[out], guess, held.weights[out], power)
        flat = np.full(int(out.sum()), inner.mean)
        cv_null += tweedie_deviance(held.rates[out], flat, held.weights[out], power)
    gains = model.feature_importance("gain")
    splits = model.feature_importance("split")
    added = np.abs(model.predict(held.table.iloc[:20_000], pred_contrib=True)[:, :-1]).mean(axis=0)
    total = gains.sum()
    importance = sorted(
        (
            Importance(
                feature=name,
                gain_share=float(gains[place] / total) if total > 0 else 0.0,
                splits=int(splits[place]),
                mean_contribution=float(added[place]),
            )
            for place, name in enumerate(held.table.columns)
        ),
        key=lambda row: (-row.gain_share, row.feature),
    )
    return GbmModel(
        method="weighted rate, log link",
        library="lightgbm",
        n=len(held.table),
        seed=seed,
        warnings=_small(held),
        charts=(
            Chart(
                kind="bar",
                title=N_("Importancia de las variables"),
                series=(
                    Series(
                        name=N_("Parte de la ganancia"),
                        x=tuple(row.feature for row in importance[:20]),
                        y=tuple(row.gain_share for row in importance[:20]),
                    ),
                ),
            ),
        ),
        objective=objective,
        trees=int(model.num_trees()),
        importance=tuple(importance),
        deviance=deviance,
        null_deviance=null,
        cv_deviance=cv,
        cv_null_deviance=cv_null,
        mean_observed=held.mean,
        mean_predicted=float(predicted @ held.weights / held.weights.sum()),
        levels=held.levels,
        model=model.model_to_string(),
    )


@operation(
    "Explicación de una predicción",
    examples=(
        "Explica por qué el modelo da esa frecuencia a esta póliza: contribución de cada variable",
        "Explain the prediction of this risk: additive contribution of each feature",
    ),
    heavy=True,
)
def explain(
    data: Table,
    y: str,
    features: tuple[str, ...],
    row: dict[str, str | float | bool],
    exposure: str | None = None,
    model: Literal["ebm", "gbm"] = "ebm",
    objective: Objective = "poisson",
    tweedie_power: Power = 1.5,
    monotone: tuple[Monotone, ...] = (),
    seed: Seed = 0,
) -> Explanation:
    """Train a model and split its prediction for one risk into additive contributions.

    Args:
        data: one row a risk: what the model is trained on.
        y: column with claims or their cost, not negative.
        features: columns that explain; texts and booleans are categories.
        row: the risk to explain: a value for each feature.
        exposure: column with policy-years; the rate y/exposure is modelled with these weights.
        model: `ebm` (its own terms, exact) or `gbm` (SHAP values of the trees, exact for the trees).
        objective: the deviance to lower.
        tweedie_power: p of the variance mu^p, for `tweedie`.
        monotone: numeric features on which the prediction may only rise, or only fall.
        seed: where chance begins.

    Raises:
        InvalidInput: `row` lacks a feature, or names a level that the data do not have; gaps in the data.
        LimitExceeded: more than 20 million cells.
        InsufficientData: fewer than 20 rows.
        NotConverged: boosting gives no finite model.

    Source: Lou, Caruana & Gehrke, KDD 2012 (EBM terms); Lundberg & Lee, NeurIPS 2017; Lundberg et al., Nature
    Machine Intelligence 2 (2020), algorithm 2 (tree SHAP).
    """
    import math

    held = portfolio(data, y, features, exposure, objective, monotone, MOST_EBM_CELLS)
    one = _one_row(row, held)
    if model == "ebm":
        fitted = trained_ebm(held, objective, tweedie_power, 0, 2_000, 4, seed)
        base = float(fitted.intercept_ if not hasattr(fitted.intercept_, "__len__") else fitted.intercept_[0])
        parts = fitted.eval_terms(one)[0]
        names = [" × ".join(held.table.columns[k] for k in term) for term in fitted.term_features_]
        prediction = float(_predicted(fitted.predict(one))[0])
    else:
        settings = _settings(objective, tweedie_power, 15, 0.05, 20, held, seed)
        fitted = trained_gbm(held, settings, 200)
        *parts, base = fitted.predict(one, pred_contrib=True)[0]
        names = list(held.table.columns)
        prediction = float(_predicted(fitted.predict(one))[0])
    contributions = sorted(
        (
            Contribution(
                feature=name, value=str(row.get(name, "")), contribution=float(part), factor=math.exp(float(part))
            )
            for name, part in zip(names, parts, strict=True)
        ),
        key=lambda part: -abs(part.contribution),
    )
    return Explanation(
        method="EBM terms" if model == "ebm" else "tree SHAP",
        library="interpret-core" if model == "ebm" else "lightgbm",
        n=len(held.table),
        seed=seed,
        warnings=_small(held),
        charts=(
            Chart(
                kind="bar",
                title=N_("Contribución de cada variable"),
                series=(
                    Series(
                        name=N_("Contribución (logaritmo)"),
                        x=tuple(part.feature for part in contributions),
                        y=tuple(part.contribution for part in contributions),
                    ),
                ),
            ),
        ),
        base=float(base),
        contributions=tuple(contributions),
        log_prediction=float(base) + sum(part.contribution for part in contributions),
        prediction=prediction,
        mean=held.mean,
    )


def portfolio(
    data: Table,
    y: str,
    features: tuple[str, ...],
    exposure: str | None,
    objective: Objective,
    monotone: tuple[Monotone, ...],
    most: int,
) -> Portfolio:
    """Check what a learned model is fitted to; categories become whole numbers in the order of their levels."""
    import pandas as pd

    if not features:
        raise InvalidInput("features", N_("indique al menos una variable"))
    checked, response, weights = response_and_exposure(data, y, exposure, least=20, positive=objective == "gamma")
    names = list(dict.fromkeys(features))
    if len(checked) * len(names) > most:
        raise LimitExceeded("data", most, len(checked) * len(names), SAMPLE)
    columns: dict[str, Any] = {}
    levels: dict[str, tuple[str, ...]] = {}
    for name in names:
        if name in (y, exposure):
            raise InvalidInput("features", N_("no pueden incluir la respuesta ni la exposición"))
        if name in checked.columns and _is_numeric(checked[name]):
            columns[name] = vector(checked[name].to_numpy(), f"data.{name}", varies=True)
        else:
            coded = coded_factor(checked, name, weights)
            columns[name] = pd.Categorical.from_codes(coded.codes, categories=list(coded.levels))
            levels[name] = coded.levels
    directions = {rule.feature: 1 if rule.direction == "increasing" else -1 for rule in monotone}
    if any(name not in columns or name in levels for name in directions):
        raise InvalidInput("monotone", NOT_A_NUMBER)
    table = pd.DataFrame(columns)
    return Portfolio(table, response / weights, weights, levels, [directions.get(name, 0) for name in names])


def trained_ebm(
    held: Portfolio, objective: Objective, power: float, interactions: int, rounds: int, bags: int, seed: int
) -> Any:
    """An EBM of the portfolio; one thread, so that the same seed gives the same model."""
    from interpret.glassbox import ExplainableBoostingRegressor

    goal = {
        "poisson": "poisson_deviance",
        "gamma": "gamma_deviance",
        "tweedie": f"tweedie_deviance:variance_power={power}",
    }[objective]
    model = ExplainableBoostingRegressor(
        feature_types=["nominal" if name in held.levels else "continuous" for name in held.table.columns],
        objective=goal,
        interactions=interactions,
        max_rounds=rounds,
        outer_bags=bags,
        max_bins=MOST_BINS,
        monotone_constraints=held.monotone if any(held.monotone) else None,
        n_jobs=1,
        random_state=seed,
    )
    # Relative weights: the boosting step depends on their scale.
    weights = held.weights / held.weights.mean()
    try:
        return model.fit(held.table, held.rates, sample_weight=weights)
    except (ValueError, FloatingPointError) as error:
        raise NotConverged("data", str(error)[:80]) from error


def trained_gbm(held: Portfolio, settings: dict[str, Any], trees: int) -> Any:
    """LightGBM's booster of the portfolio."""
    import lightgbm

    try:
        rows = lightgbm.Dataset(
            held.table,
            label=held.rates,
            weight=held.weights,
            categorical_feature=list(held.levels),
            free_raw_data=False,
        )
        return lightgbm.train(settings, rows, num_boost_round=trees)
    except lightgbm.basic.LightGBMError as error:
        raise NotConverged("data", str(error)[:80]) from error


def _settings(
    objective: Objective, power: float, leaves: int, rate: float, least: int, held: Portfolio, seed: int
) -> dict[str, Any]:
    return {
        "objective": objective,
        "num_leaves": leaves,
        "learning_rate": rate,
        "min_data_in_leaf": least,
        # By rows alone: the hessian of a claims rate is small, so its default would forbid all splits.
        "min_sum_hessian_in_leaf": 1e-9,
        "min_data_per_group": 1,
        "cat_smooth": 1.0,
        "cat_l2": 1.0,
        "monotone_constraints": held.monotone if any(held.monotone) else None,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        **({"tweedie_variance_power": power} if objective == "tweedie" else {}),
        **({"poisson_max_delta_step": 1e-6} if objective == "poisson" else {}),
    }


def _is_numeric(column: "pd.Series[Any]") -> bool:
    return bool(column.dtype.kind in "iuf")


def _power(objective: Objective, tweedie: float) -> float:
    return {"poisson": 1.0, "gamma": 2.0, "tweedie": tweedie}[objective]


def _predicted(values: Any) -> "Floats":
    import numpy as np

    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all() or found.min() <= 0:
        raise NotConverged("data", "mu <= 0")
    return found


def _deviances(held: Portfolio, predicted: "Floats", power: float) -> tuple[float, float]:
    import numpy as np

    null = np.full(held.rates.size, held.mean)
    return (
        tweedie_deviance(held.rates, predicted, held.weights, power),
        tweedie_deviance(held.rates, null, held.weights, power),
    )


def _small(held: Portfolio) -> tuple[Caution, ...]:
    return (Caution(text=SMALL),) if len(held.table) < 500 else ()


def _one_row(row: dict[str, str | float | bool], held: Portfolio) -> "pd.DataFrame":
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in held.table.columns:
        if name not in row:
            raise InvalidInput(f"row.{name}", N_("falta en la fila que se explica"))
        value = row[name]
        if name in held.levels:
            if str(value) not in held.levels[name]:
                raise InvalidInput(f"row.{name}", N_("tiene un nivel que los datos no tienen"))
            columns[name] = pd.Categorical([str(value)], categories=list(held.levels[name]))
        else:
            if isinstance(value, str):
                raise InvalidInput(f"row.{name}", FINITE)
            columns[name] = vector([float(value)], f"row.{name}")
    return pd.DataFrame(columns)


def _labels(model: Any, feature: int, depth: int) -> tuple[list[str], list[float | None], list[float | None], bool]:
    """The bins of a feature without those for missing and unseen values: labels, lower and upper cuts."""
    bins = model.bins_[feature]
    cut = bins[min(depth, len(bins)) - 1]
    if isinstance(cut, dict):
        ordered = sorted(cut, key=lambda level: cut[level])
        return [str(level) for level in ordered], [None] * len(ordered), [None] * len(ordered), False
    edges: list[float | None] = [None, *(float(edge) for edge in cut), None]
    lows, highs = edges[:-1], edges[1:]
    texts = [
        f"< {high:g}" if low is None and high is not None else f">= {low:g}" if high is None and low is not None
        else f"{low:g} - {high:g}" if low is not None else "*"
        for low, high in zip(lows, highs, strict=True)
    ]  # fmt: skip
    return texts, lows, highs, True


def _shape(model: Any, place: int, feature: int, importance: float) -> Shape:
    import math

    labels, lows, highs, numeric = _labels(model, feature, 1)
    # The first bin is for missing values, the last for unseen ones.
    scores = model.term_scores_[place][1 : 1 + len(labels)]
    spread = model.standard_deviations_[place][1 : 1 + len(labels)]
    return Shape(
        feature=str(model.feature_names_in_[feature]),
        numeric=numeric,
        importance=importance,
        points=tuple(
            ShapePoint(
                label=label,
                low=low,
                high=high,
                contribution=float(score),
                se=float(sd) if math.isfinite(sd) else None,
                relativity=math.exp(float(score)),
            )
            for label, low, high, score, sd in zip(labels, lows, highs, scores, spread, strict=True)
        ),
    )


def _pair(model: Any, place: int, term: tuple[int, ...], importance: float) -> Interaction:
    first, second = (_labels(model, feature, 2)[0] for feature in term)
    scores = model.term_scores_[place][1 : 1 + len(first), 1 : 1 + len(second)]
    return Interaction(
        first=str(model.feature_names_in_[term[0]]),
        second=str(model.feature_names_in_[term[1]]),
        importance=importance,
        first_labels=tuple(first),
        second_labels=tuple(second),
        contributions=tuple(tuple(float(value) for value in line) for line in scores),
    )


def _shape_chart(shape: Shape) -> Chart:
    return Chart(
        kind="step" if shape.numeric else "bar",
        title=N_("Función de forma"),
        series=(
            Series(
                name=shape.feature,
                x=tuple(point.label for point in shape.points),
                y=tuple(point.relativity for point in shape.points),
            ),
        ),
        x_label=shape.feature,
        y_label=N_("Relatividad"),
        marks=((N_("Media"), 1.0),),
    )
