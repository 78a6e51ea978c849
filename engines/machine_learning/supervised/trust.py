"""How far a prediction may be trusted: measures, calibration, intervals, explanations, drift."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import frame, labels, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Level, Part, Seed, Table, Vector, operation
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


TINY: Final = 1e-15
WATCH: Final = 0.10
ALARM: Final = 0.25


class Measures(Computed):
    """Measures of predictions; None where the data given do not define them.

    Of a score for the positive class: `roc_auc`, `pr_auc`, and if it is a probability `brier` and `log_loss`.
    Of predicted classes: `accuracy`, `precision`, `recall`, `f1`. Of predicted amounts: `mae` to `deviance`.
    """

    roc_auc: float | None = None
    pr_auc: float | None = None
    brier: float | None = None
    log_loss: float | None = None
    accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    mae: float | None = None
    mse: float | None = None
    rmse: float | None = None
    r2: float | None = None
    deviance: float | None = None


@operation(
    "Medidas de un modelo",
    examples=(
        "Calcula el AUC, el Brier y la log-loss de estas probabilidades frente a lo que pasó",
        "ROC AUC, Brier score, MAE and R2 of these predictions against outcomes",
    ),
)
def metrics(
    y_true: Labels,
    score: Vector | None = None,
    pred: Labels | None = None,
    positive: str = "1",
    task: Literal["classification", "regression"] = "classification",
    family: Literal["normal", "poisson", "gamma"] = "normal",
) -> Measures:
    """Measure scores or predictions against what happened.

    Args:
        y_true: (n,) classes or amounts that came true.
        score: (n,) score or probability of the positive class, for two classes.
        pred: (n,) predicted classes or amounts.
        positive: which class is the positive one.
        task: whether these are classes or amounts.
        family: distribution whose mean deviance is told, for amounts.

    Raises:
        InvalidInput: neither score nor prediction, lengths that differ, one class only, or amounts outside the family.
        InsufficientData: fewer than two values.

    Source: Fawcett, An Introduction to ROC Analysis, Pattern Recognition Letters 27 (2006); Brier, Monthly
    Weather Review 78 (1950); scikit-learn user guide, section 3.4.
    """
    import numpy as np
    from sklearn import metrics as measures

    if score is None and pred is None:
        raise InvalidInput("score", N_("falta: dé una puntuación o una predicción"))
    found: dict[str, float] = {}
    charts: list[Chart] = []
    if task == "regression":
        real = vector(y_true, "y_true", least=2)
        if pred is None:
            raise InvalidInput("pred", N_("falta la predicción de los importes"))
        guess = vector(pred, "pred", length=real.size)
        found = {
            "mae": measures.mean_absolute_error(real, guess),
            "mse": measures.mean_squared_error(real, guess),
            "deviance": _deviance(real, guess, family),
        }
        found["rmse"] = float(np.sqrt(found["mse"]))
        if np.ptp(real) > 0:
            found["r2"] = measures.r2_score(real, guess)
        n = int(real.size)
    else:
        classes = _texts(y_true, "y_true", 2)
        n = len(classes)
        if score is not None:
            hits = classes == positive
            if not 0 < hits.sum() < n:
                raise InvalidInput("y_true", N_("debe tener casos positivos y negativos"))
            rank = vector(score, "score", length=n)
            found["roc_auc"] = measures.roc_auc_score(hits, rank)
            found["pr_auc"] = measures.average_precision_score(hits, rank)
            if rank.min() >= 0 and rank.max() <= 1:
                found["brier"] = measures.brier_score_loss(hits, rank)
                found["log_loss"] = measures.log_loss(hits, np.clip(rank, TINY, 1 - TINY))
            false, true, _ = measures.roc_curve(hits, rank)
            charts.append(
                Chart(
                    kind="line",
                    title=N_("Curva ROC"),
                    series=(
                        Series(name=N_("Modelo"), x=tuple(false.tolist()), y=tuple(true.tolist())),
                        Series(name=N_("Azar"), x=(0.0, 1.0), y=(0.0, 1.0)),
                    ),
                    x_label=N_("Falsos positivos"),
                    y_label=N_("Verdaderos positivos"),
                )
            )
        if pred is not None:
            said = _texts(pred, "pred", 2)
            if len(said) != n:
                raise InvalidInput("pred", N_("debe tener tantos valores como los demás datos"))
            found["accuracy"] = float((said == classes).mean())
            two = len(set(classes) | set(said)) <= 2 and positive in set(classes)
            mode = {"average": "binary", "pos_label": positive} if two else {"average": "macro"}
            precision, recall, f1, _ = measures.precision_recall_fscore_support(
                classes, said, zero_division=0.0, **mode
            )
            found |= {"precision": precision, "recall": recall, "f1": f1}
    return Measures(
        method=f"{task}{', ' + family if task == 'regression' else ''}",
        library="scikit-learn",
        n=n,
        charts=tuple(charts),
        **{name: float(value) for name, value in found.items()},
    )


def _texts(values: Labels, argument: str, least: int) -> "NDArray[Any]":
    import numpy as np

    found = labels(values, argument, least=least)
    if len({isinstance(v, str) for v in found}) > 1:
        raise InvalidInput(argument, N_("mezcla textos y números"))
    if any(isinstance(v, float) and not np.isfinite(v) for v in found):
        raise InvalidInput(argument, N_("tiene valores no finitos"))
    return np.array([str(v) if isinstance(v, str) else f"{float(v):g}" for v in found], dtype=object)


def _deviance(real: "Floats", guess: "Floats", family: str) -> float:
    from sklearn import metrics as measures

    power = {"normal": 0, "poisson": 1, "gamma": 2}[family]
    if power and not (guess > 0).all():
        raise InvalidInput("pred", N_("debe ser mayor que cero con esa familia"))
    if (power == 1 and (real < 0).any()) or (power == 2 and (real <= 0).any()):
        raise InvalidInput("y_true", N_("sale de lo que esa familia admite"))
    return float(measures.mean_tweedie_deviance(real, guess, power=power))


class CalibrationBand(Part):
    """Cases with a like probability: what was said, and how often it came true."""

    cases: int
    predicted: float
    observed: float


class Calibrated(Computed):
    """Probabilities made honest. `brier_before` and `brier_after` are out of sample, by five folds.

    `bands` show the reliability of the probabilities as given; `ece` is their mean distance from the truth.
    """

    calibrated: list[float]
    brier_before: float
    brier_after: float
    ece: float
    bands: list[CalibrationBand]


@operation(
    "Calibrar probabilidades",
    examples=(
        "Calibra estas probabilidades de anulación para que un 20 % signifique uno de cada cinco",
        "Calibrate predicted probabilities with isotonic regression or Platt scaling and show reliability",
    ),
)
def calibrate(
    y_true: Vector, score: Vector, method: Literal["isotonic", "sigmoid"] = "isotonic", seed: Seed = 0
) -> Calibrated:
    """Map scores to probabilities that come true as often as they say.

    Args:
        y_true: (n,) 1 where the event came true, else 0. At least 20, and 5 of each.
        score: (n,) probabilities between 0 and 1 as a model gave them, on rows it had not seen.
        method: isotonic regression (needs a thousand cases to be fine), or Platt's sigmoid.
        seed: where chance begins (the folds).

    Raises:
        InvalidInput: outcomes other than 0 and 1, probabilities outside 0 to 1, or all equal.
        InsufficientData: fewer than 20 cases, or 5 of a kind.

    Source: Zadrozny & Elkan, KDD (2002) (isotonic); Platt, Advances in Large Margin Classifiers (1999);
    Niculescu-Mizil & Caruana, ICML (2005).
    """
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    hits = vector(y_true, "y_true", least=20)
    if not np.isin(hits, (0, 1)).all():
        raise InvalidInput("y_true", N_("debe ser 0 o 1"))
    fewest = int(min(hits.sum(), hits.size - hits.sum()))
    if fewest < 5:
        raise InsufficientData("y_true", 5, fewest)
    chances = vector(score, "score", length=hits.size, low=0.0, high=1.0, varies=True)
    honest = np.empty_like(chances)
    with converging("score"):
        for first, last in StratifiedKFold(5, shuffle=True, random_state=seed).split(chances[:, None], hits):
            honest[last] = _mapping(method, chances[first], hits[first])(chances[last])
        mapped = _mapping(method, chances, hits)(chances)
    edges = np.unique(np.quantile(chances, np.linspace(0, 1, 11)))
    place = np.clip(np.searchsorted(edges, chances, side="right") - 1, 0, max(len(edges) - 2, 0))
    bands = [
        CalibrationBand(cases=int(own.sum()), predicted=float(chances[own].mean()), observed=float(hits[own].mean()))
        for own in (place == i for i in np.unique(place))
    ]
    before, after = float(((chances - hits) ** 2).mean()), float(((honest - hits) ** 2).mean())
    said = []
    if method == "isotonic" and hits.size < 1000:
        said.append(Caution(text=N_("Con menos de mil casos la isotónica sobreajusta: pruebe la sigmoide")))
    if after >= before:
        said.append(Caution(text=N_("Calibrar no mejora estas probabilidades: déjelas como están")))
    return Calibrated(
        method=method,
        library="scikit-learn",
        n=int(hits.size),
        seed=seed,
        warnings=tuple(said),
        charts=(
            Chart(
                kind="line",
                title=N_("Fiabilidad de las probabilidades"),
                series=(
                    Series(
                        name=N_("Observado"),
                        x=tuple(band.predicted for band in bands),
                        y=tuple(band.observed for band in bands),
                    ),
                    Series(name=N_("Ideal"), x=(0.0, 1.0), y=(0.0, 1.0)),
                ),
                x_label=N_("Probabilidad prevista"),
                y_label=N_("Frecuencia observada"),
            ),
        ),
        calibrated=[float(v) for v in mapped],
        brier_before=before,
        brier_after=after,
        ece=float(sum(band.cases * abs(band.predicted - band.observed) for band in bands) / hits.size),
        bands=bands,
    )


def _mapping(method: str, chances: "Floats", hits: "Floats") -> Any:
    import numpy as np
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    if method == "isotonic":
        return IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(chances, hits).predict

    def odds(values: "Floats") -> Any:
        clipped = np.clip(values, 1e-6, 1 - 1e-6)
        return np.log(clipped / (1 - clipped))[:, None]

    curve = LogisticRegression(C=1e6, max_iter=1000).fit(odds(chances), hits)
    return lambda values: curve.predict_proba(odds(values))[:, 1]


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
    rank = int(np.ceil((last.size + 1) * (1 - alpha)))
    if rank > last.size:
        raise InsufficientData("data", 2 * int(np.ceil(1 / alpha)), held.n)
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

    from engines.machine_learning.supervised.learning import held_out

    if method == "permutation" and model not in get_args(Classifier if task == "classification" else Regressor):
        raise InvalidInput("model", N_("no sirve para esa tarea"))
    held = prepare(data, target, features, task, least=20)
    first, last = held_out(held, "random", 0.25, None, seed, task)
    x, y = held.features.values, held.target
    with converging():
        if method == "permutation":
            if task == "regression":
                check_target(model, y)
            pipeline = learner(held.features, model, task, seed=seed).fit(x.iloc[first], y[first])
            found = permutation_importance(pipeline, x.iloc[last], y[last], n_repeats=repeats, random_state=seed)
            rows = [
                Importance(feature=str(name), importance=float(mean), sd=float(sd))
                for name, mean, sd in zip(x.columns, found.importances_mean, found.importances_std, strict=True)
            ]
            score = float(pipeline.score(x.iloc[last], y[last]))
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


class Drift(Part):
    """How one column has changed: its stability index, and the p-value that it has not."""

    column: str
    kind: Literal["number", "category"]
    psi: float
    p_value: float
    missing_before: float
    missing_now: float
    state: Literal["stable", "watch", "drifted"]


class Drifted(Computed):
    """Columns by how far they have drifted, the most first. `drifted` names those beyond an index of 0.25."""

    columns: list[Drift]
    drifted: list[str]
    largest: float


@operation(
    "Deriva de los datos",
    examples=(
        "¿Han cambiado los datos de este trimestre respecto a los que entrenaron el modelo?",
        "Detect data drift between the training table and new rows: PSI, KS and chi-squared by column",
    ),
)
def drift(reference: Table, new: Table, bins: Annotated[int, Field(ge=2, le=50)] = 10) -> Drifted:
    """Compare the columns of new rows with those that a model learned from.

    Args:
        reference: the rows known then. At least 20.
        new: the rows now, with the same columns. At least 20.
        bins: how many classes numbers are cut into, by quantiles of the reference.

    Raises:
        InvalidInput: columns missing in the new rows, or of another type.
        InsufficientData: fewer than 20 rows in either.

    Source: Siddiqi, Credit Risk Scorecards (2006), ch. 8 (population stability index, bands 0.10 and 0.25);
    Smirnov (1948) and Pearson (1900) tests.
    """
    import numpy as np
    from scipy import stats

    before = frame(reference, "reference", least=20)
    now = frame(new, "new", list(before.columns), least=20)
    held = features(before, list(before.columns), "reference", keep_constant=True)
    later = aligned(new, "new", held.values)
    rows = []
    for name in held.values.columns:
        old, fresh = held.values[name].to_numpy(), later[name].to_numpy()
        gone, going = float(before[name].isna().mean()), float(now[name].isna().mean())
        if name in held.numeric:
            old_there, fresh_there = (v[~np.isnan(v.astype(float))].astype(float) for v in (old, fresh))
            if not old_there.size or not fresh_there.size:
                p = 1.0 if old_there.size == fresh_there.size else 0.0
            else:
                p = float(stats.ks_2samp(old_there, fresh_there).pvalue)
            cuts = (
                np.unique(np.quantile(old_there, np.linspace(0, 1, bins + 1)[1:-1])) if old_there.size else np.empty(0)
            )
            # Gaps are a class of their own.
            counts = [
                np.append(np.bincount(np.searchsorted(cuts, v, side="left"), minlength=cuts.size + 1), missing)
                for v, missing in ((old_there, old.size - old_there.size), (fresh_there, fresh.size - fresh_there.size))
            ]
        else:
            levels = sorted({str(v) for v in old} | {str(v) for v in fresh})
            counts = [np.array([(v == level).sum() for level in levels]) for v in (old, fresh)]
            table = np.array(counts)[:, np.sum(counts, axis=0) > 0]
            p = float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
        index = _stability(*counts)
        rows.append(
            Drift(
                column=str(name),
                kind="number" if name in held.numeric else "category",
                psi=index,
                p_value=p,
                missing_before=gone,
                missing_now=going,
                state="drifted" if index > ALARM else "watch" if index > WATCH else "stable",
            )
        )
    rows.sort(key=lambda row: -row.psi)
    said = []
    if len(now) < 100:
        text = N_("Con {n} filas nuevas el índice sube por azar")
        said.append(Caution(text=text, values={"n": len(now)}))
    return Drifted(
        method=f"PSI over {bins} quantile bins; KS, chi-squared",
        library="scipy",
        n=len(now),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Deriva por columna"),
                series=(
                    Series(
                        name=N_("Índice de estabilidad"),
                        x=tuple(row.column for row in rows[:20]),
                        y=tuple(row.psi for row in rows[:20]),
                    ),
                ),
                marks=((N_("Vigilar"), WATCH), (N_("Ha cambiado"), ALARM)),
            ),
        ),
        columns=rows,
        drifted=[row.column for row in rows if row.state == "drifted"],
        largest=rows[0].psi,
    )


def _stability(before: Any, now: Any) -> float:
    import numpy as np

    # Half a case in empty classes, so that one new level does not make it infinite.
    p, q = (np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum() for counts in (before, now))
    both = (np.asarray(before) > 0) | (np.asarray(now) > 0)
    return float(((q - p) * np.log(q / p))[both].sum())
