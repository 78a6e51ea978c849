"""Why a learned tariff says what it says of one risk."""

from typing import TYPE_CHECKING, Any, Literal

from engines.arrays import FINITE, vector
from engines.charts import Chart, Series
from engines.contract import Computed, Part, Seed, Table, operation
from engines.errors import N_, InvalidInput
from engines.insurance.risk_classification.training import (
    MOST_EBM_CELLS,
    Monotone,
    Objective,
    Portfolio,
    Power,
    few_rows,
    portfolio,
    predicted_by,
    settings_of,
    trained_ebm,
    trained_gbm,
)

if TYPE_CHECKING:
    import pandas as pd


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
        prediction = float(predicted_by(fitted.predict(one))[0])
    else:
        settings = settings_of(objective, tweedie_power, 15, 0.05, 20, held, seed)
        fitted = trained_gbm(held, settings, 200)
        *parts, base = fitted.predict(one, pred_contrib=True)[0]
        names = list(held.table.columns)
        prediction = float(predicted_by(fitted.predict(one))[0])
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
        warnings=few_rows(held),
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
