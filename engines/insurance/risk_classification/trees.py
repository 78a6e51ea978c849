"""Gradient boosting (GBM): trees of a claims rate, what matters in them and how well they foresee."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Seed, Table, operation
from engines.errors import N_, NotConverged
from engines.insurance.rating import tweedie_deviance
from engines.insurance.risk_classification.training import (
    MOST_GBM_CELLS,
    Monotone,
    Objective,
    Portfolio,
    Power,
    deviances,
    few_rows,
    off_level,
    portfolio,
    power_of,
    predicted_by,
    settings_of,
    trained_gbm,
)
from engines.running import report

if TYPE_CHECKING:
    pass

FOLDS: Final = 5
OVERFITTED: Final = N_(
    "Con pólizas que no ha visto acierta menos que una tarifa plana: memoriza; use menos árboles u hojas"
)


class Importance(Part):
    """How much a feature matters: share of the gain of all splits, number of splits, mean |contribution|."""

    feature: str
    gain_share: float
    splits: int
    mean_contribution: float


class GbmModel(Computed):
    """Gradient-boosted trees: what matters, how well it does on rows it has not seen, the trees themselves.

    `model` is LightGBM's own text, from which the same predictions come out again; categorical features enter
    it as the place of the level in `levels`, and names bear _ for the signs that it does not admit. `cv_deviance` is
    summed over five held-out fifths.
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
    settings = settings_of(objective, tweedie_power, leaves, learning_rate, least_in_leaf, held, seed)
    model = trained_gbm(held, settings, trees)
    predicted = predicted_by(model.predict(held.table))
    power = power_of(objective, tweedie_power)
    deviance, null = deviances(held, predicted, power)
    fold = np.random.default_rng(seed).permutation(len(held.table)) % FOLDS
    cv = cv_null = 0.0
    for part in range(FOLDS):
        report(part, FOLDS)
        kept, out = fold != part, fold == part
        if held.rates[kept].max() == 0:
            raise NotConverged("data", N_("todos los siniestros caen en un quinto de las filas"))
        inner = Portfolio(held.table[kept], held.rates[kept], held.weights[kept], held.levels, held.monotone)
        guess = predicted_by(trained_gbm(inner, settings, trees).predict(held.table[out]))
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
        warnings=(
            *few_rows(held),
            *off_level(held, predicted),
            *((Caution(text=OVERFITTED),) if cv > cv_null else ()),
        ),
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
