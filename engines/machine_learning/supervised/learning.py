"""Trying learners on a table: classification, regression, and the search for settings."""

import time
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Seed, Share, Table, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.machine_learning.preparation import (
    Classifier,
    Prepared,
    Regressor,
    Setting,
    Task,
    check_target,
    converging,
    learner,
    prepare,
    variance_power,
)
from engines.running import report

if TYPE_CHECKING:
    from numpy.typing import NDArray

Evaluation = Literal["resubstitution", "leave_one_out", "cv", "split"]
Folds = Annotated[int, Field(ge=2, le=20)]
MOST_LEFT_OUT: Final = 2_000
MOST_COMBINATIONS: Final = 500
SEE: Final = N_("use validación cruzada")


def held_out(
    held: Prepared, split: str, test_share: float, test_rows: int | None, seed: int, task: Task
) -> tuple["NDArray[Any]", "NDArray[Any]"]:
    """The rows to learn from and those to try on.

    Raises:
        InvalidInput: nothing would be left of one or the other, or a class would be missing.
    """
    import numpy as np
    from sklearn.model_selection import train_test_split

    size = test_rows if test_rows is not None else round(test_share * held.n)
    if not 1 <= size <= held.n - 2:
        raise InvalidInput(
            "test_rows" if test_rows is not None else "test_share", N_("no deja filas para ambas partes")
        )
    at = np.arange(held.n)
    if split == "ordered":
        return at[: held.n - size], at[held.n - size :]
    strata = held.target if task == "classification" else None
    try:
        first, last = train_test_split(at, test_size=size, random_state=seed, stratify=strata)
    except ValueError as error:
        raise InvalidInput("test_share", N_("deja alguna clase sin filas en una de las partes")) from error
    return first, last


class Classified(Computed):
    """How well a classifier does. Each figure is of its own evaluation, and None where that was not asked.

    `accuracy` and what follows it are of the split. `confusion` counts real classes (rows) by predicted ones,
    of the most honest evaluation asked: split, cross-validation, leave-one-out, resubstitution. `baseline` is
    the accuracy of always saying the commonest class.
    """

    classes: list[str]
    baseline: float
    resubstitution_accuracy: float | None = None
    resubstitution_errors: int | None = None
    loo_accuracy: float | None = None
    cv_accuracy: float | None = None
    cv_accuracy_sd: float | None = None
    accuracy: float | None = None
    balanced_accuracy: float | None = None
    f1_macro: float | None = None
    roc_auc: float | None = None
    confusion: list[list[int]]


@operation(
    "Clasificar",
    examples=(
        "Entrena un clasificador que prediga qué pólizas se anulan con estas columnas y dime su acierto",
        "Classify cancelled policies with gradient boosting and cross-validation; show the confusion matrix",
    ),
    heavy=True,
)
def classify(
    data: Table,
    target: str,
    model: Classifier = "logistic",
    evaluate: tuple[Evaluation, ...] = ("cv",),
    features: tuple[str, ...] = (),
    settings: dict[str, Setting] = {},  # noqa: B006
    scale: bool | None = None,
    split: Literal["random", "ordered"] = "random",
    test_share: Share = 0.25,
    test_rows: Annotated[int, Field(ge=1)] | None = None,
    folds: Folds = 5,
    seed: Seed = 0,
) -> Classified:
    """Learn to tell classes apart, and say how well on rows not seen.

    Args:
        data: a row a case; numbers, texts and truth values, gaps allowed but in the target. 10 to 200,000 rows.
        target: the column with the class.
        model: logistic regression, linear discriminant, support vectors, boosted trees, forest or neighbours.
        evaluate: on the same rows, leaving one out, by cross-validation, or on rows set apart.
        features: columns to learn from; by default all others.
        settings: of the model, by scikit-learn's names (C, gamma, n_neighbors, max_iter …).
        scale: whether numbers are standardised; by default where the model needs it.
        split: whether rows set apart are drawn at random, by class, or are the last ones (`ordered`).
        test_share: share of rows set apart.
        test_rows: how many rows are set apart, instead of a share.
        folds: how many parts cross-validation makes.
        seed: where chance begins.

    Raises:
        InvalidInput: one class only, columns missing or of mixed types, a column that repeats the target.
        InsufficientData: fewer than 10 rows, or fewer cases of a class than folds.
        LimitExceeded: more than 200,000 rows, 200 columns or 100 classes; 2,000 rows to leave one out.
        NotConverged: the model does not converge.

    Source: Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2nd ed., 2009), ch. 4, 7, 10;
    Pedregosa et al., JMLR 12 (2011).
    """
    import numpy as np
    from sklearn import metrics
    from sklearn.model_selection import LeaveOneOut, StratifiedKFold, cross_val_predict

    held = prepare(data, target, features, "classification")
    if not evaluate:
        raise InvalidInput("evaluate", N_("debe nombrar al menos una evaluación"))
    x, y = held.features.values, held.target
    classes, counts = np.unique(y, return_counts=True)
    pipeline = learner(held.features, model, "classification", settings, seed=seed, scale=scale)
    found: dict[str, Any] = {}
    tried: dict[str, tuple[Any, Any]] = {}
    with converging():
        if "resubstitution" in evaluate:
            guess = pipeline.fit(x, y).predict(x)
            tried["resubstitution"] = (y, guess)
            found |= {
                "resubstitution_accuracy": float((guess == y).mean()),
                "resubstitution_errors": int((guess != y).sum()),
            }
        if "leave_one_out" in evaluate:
            if held.n > MOST_LEFT_OUT:
                raise LimitExceeded("data", MOST_LEFT_OUT, held.n, SEE)
            guess = cross_val_predict(pipeline, x, y, cv=LeaveOneOut())
            tried["leave_one_out"] = (y, guess)
            found["loo_accuracy"] = float((guess == y).mean())
        if "cv" in evaluate:
            if counts.min() < folds:
                raise InsufficientData(f"target.{classes[counts.argmin()]}", folds, int(counts.min()))
            parts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, y))
            guess, right = y.copy(), []
            for i, (first, last) in enumerate(parts, start=1):
                guess[last] = pipeline.fit(x.iloc[first], y[first]).predict(x.iloc[last])
                right.append(float((guess[last] == y[last]).mean()))
                report(i, folds)
            tried["cv"] = (y, guess)
            found |= {"cv_accuracy": float(np.mean(right)), "cv_accuracy_sd": float(np.std(right, ddof=1))}
        if "split" in evaluate:
            first, last = held_out(held, split, test_share, test_rows, seed, "classification")
            if np.unique(y[first]).size < 2:
                raise InvalidInput("target", N_("tiene una sola clase en las filas de entrenamiento"))
            pipeline.fit(x.iloc[first], y[first])
            guess, real = pipeline.predict(x.iloc[last]), y[last]
            tried["split"] = (real, guess)
            found |= {
                "accuracy": float((guess == real).mean()),
                "balanced_accuracy": float(metrics.recall_score(real, guess, average="macro", zero_division=0.0)),
                "f1_macro": float(metrics.f1_score(real, guess, average="macro", zero_division=0.0)),
            }
            if len(classes) == 2 and np.unique(real).size == 2:
                rank = (
                    pipeline.predict_proba(x.iloc[last])[:, 1]
                    if hasattr(pipeline, "predict_proba")
                    else pipeline.decision_function(x.iloc[last])
                )
                found["roc_auc"] = float(metrics.roc_auc_score(real == classes[1], rank))
    order = ("split", "cv", "leave_one_out", "resubstitution")
    real, guess = next(tried[name] for name in order if name in tried)
    confusion = metrics.confusion_matrix(real, guess, labels=classes)
    baseline = float(counts.max() / held.n)
    said = list(held.features.cautions)
    if set(tried) == {"resubstitution"}:
        said.append(Caution(text=N_("El acierto sobre las mismas filas engaña: evalúe con filas no vistas")))
    if counts.min() < 10:
        text = N_("La clase {name} solo tiene {n} casos")
        said.append(Caution(text=text, values={"name": str(classes[counts.argmin()]), "n": int(counts.min())}))
    # The rows tried may hold more of the commonest class than all do.
    if (real == guess).mean() <= (real == classes[counts.argmax()]).mean():
        said.append(Caution(text=N_("No mejora a decir siempre la clase más frecuente")))
    names = [str(c) for c in classes]
    return Classified(
        method=f"{model}; {', '.join(name for name in order if name in tried)}",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Acierto por clase"),
                series=(
                    Series(
                        name=N_("Acierto"),
                        x=tuple(names),
                        y=tuple(float(row[i] / row.sum()) if row.sum() else None for i, row in enumerate(confusion)),
                    ),
                ),
                marks=((N_("Clase más frecuente"), baseline),),
            ),
        ),
        classes=names,
        baseline=baseline,
        confusion=confusion.tolist(),
        **found,
    )


class Regressed(Computed):
    """How well a regression does on the rows it was tried on. `baseline_mae` is that of the mean.

    `params` holds the coefficients in the units of the data for linear models of numbers alone (on the
    logarithm for Poisson, gamma and Tweedie); it is empty for the others.
    """

    tested: int
    r2: float
    mse: float
    rmse: float
    mae: float
    baseline_mae: float
    deviance_explained: float | None
    params: dict[str, float]


@operation(
    "Regresión predictiva",
    examples=(
        "Predice el coste del siniestro con estas variables por boosting y dime el error medio absoluto",
        "Regress claim cost on these features with a gamma model and report out-of-sample error",
    ),
    heavy=True,
)
def regress(
    data: Table,
    target: str,
    model: Regressor = "ridge",
    evaluate: Literal["cv", "split", "resubstitution"] = "cv",
    features: tuple[str, ...] = (),
    settings: dict[str, Setting] = {},  # noqa: B006
    split: Literal["random", "ordered"] = "random",
    test_share: Share = 0.25,
    test_rows: Annotated[int, Field(ge=1)] | None = None,
    folds: Folds = 5,
    seed: Seed = 0,
) -> Regressed:
    """Learn to foretell an amount, and say how well on rows not seen.

    Args:
        data: a row a case; numbers, texts and truth values, gaps allowed but in the target. 10 to 200,000 rows.
        target: the column with the amount.
        model: least squares, shrunken (ridge, lasso, elastic net), boosted trees, or log-linear (Poisson,
            gamma, Tweedie).
        evaluate: by cross-validation, on rows set apart, or on the same rows.
        features: columns to learn from; by default all others.
        settings: of the model, by scikit-learn's names (alpha, l1_ratio, power, max_iter …).
        split: whether rows set apart are drawn at random or are the last ones (`ordered`).
        test_share: share of rows set apart.
        test_rows: how many rows are set apart, instead of a share.
        folds: how many parts cross-validation makes.
        seed: where chance begins.

    Raises:
        InvalidInput: a constant target or one outside the family, columns missing or of mixed types.
        InsufficientData: fewer than 10 rows.
        LimitExceeded: more than 200,000 rows or 200 columns.
        SingularMatrix: least squares on columns that repeat each other.
        NotConverged: the model does not converge.

    Source: Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2nd ed., 2009), ch. 3, 7, 10;
    Jørgensen, The Theory of Dispersion Models (1997) (Tweedie).
    """
    import numpy as np
    from sklearn import metrics
    from sklearn.model_selection import KFold

    held = prepare(data, target, features, "regression")
    check_target(model, held.target, settings)
    if evaluate == "cv" and held.n < folds:
        raise InsufficientData("data", folds, held.n)
    x, y = held.features.values, held.target
    pipeline = learner(held.features, model, "regression", settings, seed=seed)
    if model == "ols":
        _independent(pipeline, held)
    real, guess = y, np.empty_like(y)
    with converging():
        if evaluate == "cv":
            parts = KFold(folds, shuffle=True, random_state=seed).split(x)
            for i, (first, last) in enumerate(parts, start=1):
                guess[last] = pipeline.fit(x.iloc[first], y[first]).predict(x.iloc[last])
                report(i, folds)
        elif evaluate == "split":
            first, last = held_out(held, split, test_share, test_rows, seed, "regression")
            guess, real = pipeline.fit(x.iloc[first], y[first]).predict(x.iloc[last]), y[last]
        if evaluate != "split":
            pipeline.fit(x, y)
        if evaluate == "resubstitution":
            guess = pipeline.predict(x)
    if real.size < 2 or np.ptp(real) == 0:
        raise InvalidInput("test_rows", N_("deja filas de prueba en las que nada varía"))
    said = list(held.features.cautions)
    if evaluate == "resubstitution":
        said.append(Caution(text=N_("El error sobre las mismas filas engaña: evalúe con filas no vistas")))
    r2 = float(metrics.r2_score(real, guess))
    if r2 <= 0:
        said.append(Caution(text=N_("No mejora a decir siempre la media")))
    power = variance_power(model, settings)
    mse = float(metrics.mean_squared_error(real, guess))
    # Outside the family's own range (a mean of zero, say) its deviance is not defined.
    explained = power is not None and (power == 0 or bool((guess > 0).all()))
    shown = slice(0, 500)
    return Regressed(
        method=f"{model}; {evaluate}",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="scatter",
                title=N_("Previsto frente a real"),
                series=(Series(name=N_("Casos"), x=tuple(guess[shown].tolist()), y=tuple(real[shown].tolist())),),
                x_label=N_("Previsto"),
                y_label=N_("Real"),
            ),
        ),
        tested=int(real.size),
        r2=r2,
        mse=mse,
        rmse=float(np.sqrt(mse)),
        mae=float(metrics.mean_absolute_error(real, guess)),
        baseline_mae=float(np.abs(real - y.mean()).mean()),
        deviance_explained=float(metrics.d2_tweedie_score(real, guess, power=power)) if explained else None,
        params=_coefficients(pipeline, held),
    )


def _independent(pipeline: Any, held: Prepared) -> None:
    import numpy as np

    from engines.arrays import require_independent

    shape = pipeline[0]
    design = np.column_stack([np.ones(held.n), np.asarray(shape.fit_transform(held.features.values), dtype=float)])
    require_independent(design, "data", ["const", *map(str, shape.get_feature_names_out())])


def _coefficients(pipeline: Any, held: Prepared) -> dict[str, float]:
    """Those of a linear model of numbers, back in the units of the data."""
    import numpy as np

    learnt = pipeline[-1]
    if held.features.categorical or not hasattr(learnt, "coef_"):
        return {}
    steps = pipeline[0].named_transformers_["numbers"]
    coefficients, intercept = np.ravel(learnt.coef_), float(learnt.intercept_)
    if "scale" in steps.named_steps:
        scaler = steps.named_steps["scale"]
        coefficients = coefficients / scaler.scale_
        intercept -= float(coefficients @ scaler.mean_)
    return {"const": intercept, **{str(n): float(c) for n, c in zip(held.features.numeric, coefficients, strict=True)}}


class Trial(Part):
    """One combination of settings and its score by cross-validation (higher is better)."""

    settings: dict[str, Setting]
    score: float
    sd: float


class Tuned(Computed):
    """Combinations tried, the best first. `score` is accuracy for classes, r2 for amounts.

    `complete` says whether the time sufficed for all.
    """

    best: dict[str, Setting]
    best_score: float
    trials: list[Trial]
    complete: bool


@operation(
    "Ajustar un modelo",
    examples=(
        "Busca los mejores ajustes del modelo probando esta rejilla con validación cruzada",
        "Tune hyper-parameters of a gradient boosting model over a grid within a time budget",
    ),
    heavy=True,
)
def tune(
    data: Table,
    target: str,
    grid: dict[str, list[Setting]],
    model: Classifier | Regressor = "hist_gb",
    task: Literal["classification", "regression"] = "classification",
    features: tuple[str, ...] = (),
    folds: Folds = 5,
    budget_s: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 60.0,
    seed: Seed = 0,
) -> Tuned:
    """Try combinations of settings by cross-validation, in a fixed random order, until all or the time is spent.

    Args:
        data: a row a case, as for `classify` and `regress`.
        target: the column to foretell.
        grid: settings and their values, by scikit-learn's names; at most 500 combinations.
        model: the learner; it must be one of the task.
        task: whether the target is a class or an amount.
        features: columns to learn from; by default all others.
        folds: how many parts cross-validation makes.
        budget_s: seconds after which no further combination begins.
        seed: where chance begins.

    Raises:
        InvalidInput: an empty grid, settings that the model does not have, or data as in `classify`.
        InsufficientData: too few rows or cases of a class.
        LimitExceeded: more than 500 combinations.
        NotConverged: some combination does not converge.

    Source: Bergstra & Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13 (2012); scikit-learn
    user guide, section 3.2.
    """
    from typing import get_args

    import numpy as np
    from sklearn.model_selection import KFold, ParameterGrid, StratifiedKFold, cross_val_score

    if model not in get_args(Classifier if task == "classification" else Regressor):
        raise InvalidInput("model", N_("no sirve para esa tarea"))
    if not grid or not all(grid.values()):
        raise InvalidInput("grid", N_("debe tener al menos un ajuste con valores"))
    combinations = list(ParameterGrid(grid))
    if len(combinations) > MOST_COMBINATIONS:
        raise LimitExceeded("grid", MOST_COMBINATIONS, len(combinations), N_("quite valores de la rejilla"))
    held = prepare(data, target, features, task)
    parts: Any = KFold(folds, shuffle=True, random_state=seed)
    if task == "classification":
        classes, counts = np.unique(held.target, return_counts=True)
        if counts.min() < folds:
            raise InsufficientData(f"target.{classes[counts.argmin()]}", folds, int(counts.min()))
        floor, useless = float(counts.max() / held.n), N_("No mejora a decir siempre la clase más frecuente")
        parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    else:
        if held.n < folds:
            raise InsufficientData("data", folds, held.n)
        floor, useless = 0.0, N_("No mejora a decir siempre la media")
    measure = "accuracy" if task == "classification" else "r2"  # what some learners call their score is a deviance
    began, trials = time.monotonic(), []
    order = np.random.default_rng(seed).permutation(len(combinations))
    with converging():
        for done, i in enumerate(order, start=1):
            chosen = combinations[int(i)]
            if task == "regression":
                check_target(model, held.target, chosen)
            pipeline = learner(held.features, model, task, chosen, seed=seed)
            scores = cross_val_score(
                pipeline, held.features.values, held.target, scoring=measure, cv=parts, error_score="raise"
            )
            trials.append(Trial(settings=chosen, score=float(scores.mean()), sd=float(scores.std(ddof=1))))
            report(done, len(combinations))
            if time.monotonic() - began > budget_s:
                break
    complete = len(trials) == len(combinations)
    trials.sort(key=lambda trial: -trial.score)
    said = list(held.features.cautions)
    if not complete:
        text = N_("El tiempo dio para {n} de {of} combinaciones")
        said.append(Caution(text=text, values={"n": len(trials), "of": len(combinations)}))
    if len(trials) > 1 and trials[0].score - trials[1].score < trials[0].sd / np.sqrt(folds):
        said.append(Caution(text=N_("Las mejores combinaciones no se distinguen del azar: elija la más sencilla")))
    if trials[0].score <= floor:
        said.append(Caution(text=useless))
    said.append(Caution(text=N_("La puntuación de la mejor peca de optimista: confírmela con filas no vistas")))
    return Tuned(
        method=f"{model}; {folds}-fold cross-validation",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        best=trials[0].settings,
        best_score=trials[0].score,
        trials=trials,
        complete=complete,
    )
