"""How good predictions were, and probabilities that come true as often as they say."""

from typing import TYPE_CHECKING, Any, Final, Literal

from engines.arrays import names, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Part, Seed, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.machine_learning.preparation import (
    converging,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

TINY: Final = 1e-15


class Measures(Computed):
    """Measures of predictions; None where the data given do not define them.

    Of a score for the positive class: `roc_auc`, `pr_auc`, and if it is a probability `brier` and `log_loss`.
    Of predicted classes: `accuracy`, `precision`, `recall`, `f1`; the last three of the positive class, or their
    plain mean over the classes (`method` says macro) if there are more than two or none is it. Of predicted
    amounts: `mae` to `deviance`.
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
    if score is None and pred is None:
        raise InvalidInput("score", N_("falta: dé una puntuación o una predicción"))
    found: dict[str, float] = {}
    charts: tuple[Chart, ...] = ()
    how = f", {family}" if task == "regression" else ""
    if task == "regression":
        if pred is None:
            raise InvalidInput("pred", N_("falta la predicción de los importes"))
        real = vector(y_true, "y_true", least=2)
        found = _of_amounts(real, vector(pred, "pred", length=real.size), family)
        n = int(real.size)
    else:
        classes = names(y_true, "y_true", least=2)
        n = len(classes)
        if score is not None:
            if positive not in classes and len(set(classes)) > 1:
                raise InvalidInput("positive", N_("no es ninguna de las clases; los valores lógicos son 1 y 0"))
            chances, curve = _of_chances(classes, vector(score, "score", length=n), positive)
            found |= chances
            charts = (curve,)
        if pred is not None:
            said = names(pred, "pred", length=n)
            two = len({*classes, *said}) <= 2 and positive in classes
            found |= _of_classes(classes, said, positive if two else None)
            how = f", {'of ' + positive if two else 'macro'}"
    return Measures(
        method=f"{task}{how}",
        library="scikit-learn",
        n=n,
        charts=charts,
        **found,
    )


def _of_amounts(real: "Floats", guess: "Floats", family: str) -> dict[str, float]:
    import numpy as np
    from sklearn import metrics as measures

    squares = float(measures.mean_squared_error(real, guess))
    found = {
        "mae": float(measures.mean_absolute_error(real, guess)),
        "mse": squares,
        "rmse": squares**0.5,
        "deviance": _deviance(real, guess, family),
    }
    return found | ({"r2": float(measures.r2_score(real, guess))} if np.ptp(real) > 0 else {})


def _of_chances(classes: list[str], chances: "Floats", positive: str) -> tuple[dict[str, float], Chart]:
    import numpy as np
    from sklearn import metrics as measures

    hits = np.array([name == positive for name in classes])
    if not 0 < hits.sum() < hits.size:
        raise InvalidInput("y_true", N_("debe tener casos positivos y negativos"))
    found = {
        "roc_auc": float(measures.roc_auc_score(hits, chances)),
        "pr_auc": float(measures.average_precision_score(hits, chances)),
    }
    if chances.min() >= 0 and chances.max() <= 1:
        found["brier"] = float(measures.brier_score_loss(hits, chances))
        found["log_loss"] = float(measures.log_loss(hits, np.clip(chances, TINY, 1 - TINY)))
    false, true, _ = measures.roc_curve(hits, chances)
    curve = Chart(
        kind="line",
        title=N_("Curva ROC"),
        series=(
            Series(name=N_("Modelo"), x=tuple(false.tolist()), y=tuple(true.tolist())),
            Series(name=N_("Azar"), x=(0.0, 1.0), y=(0.0, 1.0)),
        ),
        x_label=N_("Falsos positivos"),
        y_label=N_("Verdaderos positivos"),
    )
    return found, curve


def _of_classes(classes: list[str], said: list[str], positive: str | None) -> dict[str, float]:
    from sklearn import metrics as measures

    mode = {"average": "macro"} if positive is None else {"average": "binary", "pos_label": positive}
    precision, recall, f1, _ = measures.precision_recall_fscore_support(classes, said, zero_division=0.0, **mode)
    accuracy = measures.accuracy_score(classes, said)
    return {"accuracy": float(accuracy), "precision": float(precision), "recall": float(recall), "f1": float(f1)}


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
    place = _tenths(chances)
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


def _tenths(chances: "Floats") -> Any:
    """Which tenth each case falls into; a probability that many share has a class of its own."""
    import numpy as np

    values, cases = np.unique(chances, return_counts=True)
    shared = values[cases > chances.size / 10]
    edges = [*np.quantile(chances, np.linspace(0, 1, 11)[1:-1]), *shared, *np.nextafter(shared, np.inf)]
    return np.searchsorted(np.unique(edges), chances, side="right")


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
