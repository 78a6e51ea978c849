"""How far a prediction may be trusted: intervals that hold, and what it rests on."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import frame
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Seed, Table, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.machine_learning.preparation import (
    Classifier,
    Regressor,
    check_target,
    converging,
    features,
    learner,
    prepare,
)
from engines.running import report

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[Any]


SLACK: Final = 1e-9  # what doubles lose of a whole number of cases


class Conformal(Computed):
    """An interval for each new row that holds the truth with the coverage asked, whatever the model.

    `radius` is half the width; `held` how many rows it was measured on.
    """

    predictions: list[float]
    low: list[float]
    high: list[float]
    radius: float
    held: int


@operation(
    "Intervalo conforme de predicción",
    examples=(
        "Dame un intervalo del 90 % para el coste de estos siniestros nuevos, sin suponer distribución",
        "Split conformal prediction intervals for new claims",
    ),
    heavy=True,
)
def conformal_interval(
    data: Table,
    target: str,
    new: Table,
    alpha: Level = 0.1,
    model: Regressor = "ridge",
    features: tuple[str, ...] = (),
    seed: Seed = 0,
) -> Conformal:
    """Foretell amounts with intervals of guaranteed coverage: half the rows teach, the other half measure errors.

    Args:
        data: a row a known case, as for `regress`. At least 20.
        target: the column with the amount.
        new: a row a case to foretell, with the same features.
        alpha: how often the truth may fall outside; 0.1 gives 90 % intervals.
        model: the learner.
        features: columns to learn from; by default all others.
        seed: where chance begins (which half is which).

    Raises:
        InvalidInput: a constant target, columns missing in either table or of mixed types.
        InsufficientData: fewer than 20 rows, or too few for so small an alpha.
        LimitExceeded: more than 200,000 rows or 200 columns.
        NotConverged: the model does not converge.

    Source: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, Distribution-Free Predictive Inference for
    Regression, JASA 113 (2018), algorithm 2 (split conformal).
    """
    import numpy as np

    held = prepare(data, target, features, "regression", least=20)
    check_target(model, held.target)
    rows = aligned(new, "new", held.features.values)
    order = np.random.default_rng(seed).permutation(held.n)
    first, last = order[: held.n // 2], order[held.n // 2 :]
    rank = int(np.ceil((last.size + 1) * (1 - alpha) - SLACK))
    if rank > last.size:
        raise InsufficientData("data", 2 * int(np.ceil(1 / alpha - 1 - SLACK)) - 1, held.n)
    pipeline = learner(held.features, model, "regression", seed=seed)
    values = held.features.values
    with converging():
        pipeline.fit(values.iloc[first], held.target[first])
        errors = np.abs(held.target[last] - pipeline.predict(values.iloc[last]))
        guess = pipeline.predict(rows)
    radius = float(np.sort(errors)[rank - 1])
    return Conformal(
        method=f"split conformal, {model}, alpha={alpha:g}",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=(
            *held.features.cautions,
            Caution(text=N_("La cobertura vale si los casos nuevos son como los conocidos")),
        ),
        predictions=[float(v) for v in guess],
        low=[float(v) - radius for v in guess],
        high=[float(v) + radius for v in guess],
        radius=radius,
        held=int(last.size),
    )


def aligned(data: Table, argument: str, like: "pd.DataFrame") -> "pd.DataFrame":
    """The columns of `like` from another table, of the same types.

    Raises:
        InvalidInput: a column is missing or of another type.
    """
    import pandas as pd

    table = frame(data, argument, list(like.columns), least=1)
    held = features(table, list(like.columns), argument, keep_constant=True)
    for name in like.columns:
        texts = not pd.api.types.is_numeric_dtype(like[name])
        if texts != (name in held.categorical) and not table[name].isna().all():
            raise InvalidInput(argument, N_("tiene columnas de otro tipo que las conocidas"))
        if texts and name in held.numeric:  # nothing but gaps
            held.values[name] = ""
    return held.values


class Importance(Part):
    """How much a feature matters; `sd` over repetitions, 0 where there are none."""

    feature: str
    importance: float
    sd: float


class Explained(Computed):
    """Features by how much the prediction owes them, the most first.

    Permutation: what the score (accuracy or r2) on rows not seen loses when a column is shuffled. EBM: mean
    contribution of each term, pairs of features included.
    """

    score: float
    features: list[Importance]


@operation(
    "Explicar un modelo",
    examples=(
        "¿Qué variables pesan más para predecir la anulación de una póliza?",
        "Explain which features drive the model by permutation importance or an explainable boosting machine",
    ),
    heavy=True,
)
def explain(
    data: Table,
    target: str,
    task: Literal["classification", "regression"] = "classification",
    method: Literal["permutation", "ebm"] = "permutation",
    model: Classifier | Regressor = "hist_gb",
    features: tuple[str, ...] = (),
    repeats: Annotated[int, Field(ge=2, le=50)] = 10,
    seed: Seed = 0,
) -> Explained:
    """Tell which features a prediction rests on.

    Args:
        data: a row a case, as for `classify` and `regress`.
        target: the column to foretell.
        task: whether it is a class or an amount.
        method: shuffle each column and see what is lost, or fit an explainable boosting machine.
        model: the learner, for permutation.
        features: columns to learn from; by default all others.
        repeats: how often each column is shuffled.
        seed: where chance begins.

    Raises:
        InvalidInput: a model of the other task, or data as in `classify`.
        InsufficientData: fewer than 20 rows.
        LimitExceeded: more than 200,000 rows or 200 columns.
        NotConverged: the model does not converge.

    Source: Breiman, Random Forests, Machine Learning 45 (2001), section 10; Fisher, Rudin & Dominici, JMLR 20
    (2019); Nori et al., InterpretML, arXiv 1909.09223 (2019) (EBM).
    """
    from typing import get_args

    import numpy as np
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import get_scorer

    from engines.machine_learning.supervised.learning import held_out

    if method == "permutation" and model not in get_args(Classifier if task == "classification" else Regressor):
        raise InvalidInput("model", N_("no sirve para esa tarea"))
    held = prepare(data, target, features, task, least=20)
    first, last = held_out(held, "random", 0.25, None, seed, task)
    x, y = held.features.values, held.target
    measure = "accuracy" if task == "classification" else "r2"  # what some learners call their score is a deviance
    with converging():
        if method == "permutation":
            if task == "regression":
                check_target(model, y)
            pipeline = learner(held.features, model, task, seed=seed).fit(x.iloc[first], y[first])
            found = permutation_importance(
                pipeline, x.iloc[last], y[last], scoring=measure, n_repeats=repeats, random_state=seed
            )
            rows = [
                Importance(feature=str(name), importance=float(mean), sd=float(sd))
                for name, mean, sd in zip(x.columns, found.importances_mean, found.importances_std, strict=True)
            ]
            score = float(get_scorer(measure)(pipeline, x.iloc[last], y[last]))
        else:
            from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

            kind = ExplainableBoostingClassifier if task == "classification" else ExplainableBoostingRegressor
            interactions = 0 if task == "classification" and np.unique(y).size > 2 else 3
            report(0, 1)
            machine = kind(interactions=interactions, outer_bags=4, n_jobs=1, random_state=seed, max_rounds=2000)
            machine.fit(x.iloc[first], y[first])
            rows = [
                Importance(feature=str(name), importance=float(value), sd=0.0)
                for name, value in zip(machine.term_names_, machine.term_importances(), strict=True)
            ]
            score = float(machine.score(x.iloc[last], y[last]))
    rows.sort(key=lambda row: -row.importance)
    said = list(held.features.cautions)
    if task == "regression" and score <= 0:
        said.append(Caution(text=N_("No mejora a decir siempre la media")))
    elif task == "classification" and score <= np.unique(y[last], return_counts=True)[1].max() / last.size:
        said.append(Caution(text=N_("No mejora a decir siempre la clase más frecuente")))
    if method == "permutation":
        said.append(Caution(text=N_("Las variables que dicen lo mismo se reparten la importancia")))
    return Explained(
        method=method if method == "ebm" else f"permutation, {model}",
        library="interpret-core" if method == "ebm" else "scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Importancia de las variables"),
                series=(
                    Series(
                        name=N_("Importancia"),
                        x=tuple(row.feature for row in rows[:20]),
                        y=tuple(row.importance for row in rows[:20]),
                    ),
                ),
            ),
        ),
        score=score,
        features=rows,
    )
