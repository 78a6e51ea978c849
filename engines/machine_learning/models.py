"""Models that outlive a call: fitted here, kept by whoever asked, used again here.

A model is a skops file (never a pickle) and its SHA-256. It is opened only if every type in it is one
that our own pipelines have.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from engines.arrays import frame
from engines.contract import Caution, Table
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.machine_learning.preparation import (
    MOST_ROWS,
    NONE,
    SEE_DATA,
    Classifier,
    Regressor,
    Setting,
    Task,
    check_target,
    converging,
    features,
    learner,
    prepare,
)

if TYPE_CHECKING:
    import pandas as pd

UNSEEN: Final = N_("Hay valores de {columns} que el modelo no conoció: su predicción ahí es poco fiable")
LARGEST: Final = 200 * 1024 * 1024
TYPES: Final = (
    "numpy.dtype",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
)
"""Types that our pipelines hold beyond those that skops trusts of itself: parts of scikit-learn."""


@dataclass(frozen=True)
class Column:
    """A feature: its name, and the levels it had if it is a category."""

    name: str
    categories: tuple[str, ...] | None


@dataclass(frozen=True)
class Fitted:
    """A model and what must be kept with it.

    `metrics` are on a quarter of the rows that the model had not seen; `model` was then fitted on all.
    """

    model: bytes
    sha256: str
    task: Task
    algorithm: str
    target: str
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    metrics: dict[str, float]
    n: int
    seed: int
    library: str
    cautions: tuple[Caution, ...]


@dataclass(frozen=True)
class Predicted:
    """What a model says of rows: a class or a number each, and the probability of each class if it has them."""

    predictions: tuple[str | float, ...]
    classes: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]
    cautions: tuple[Caution, ...]


def fit(
    data: Table,
    target: str,
    model: Classifier | Regressor,
    columns: Sequence[str] = (),
    seed: int = 0,
    settings: Mapping[str, Setting] = NONE,
) -> Fitted:
    """Learn `target` from the other columns, and give the model as bytes.

    Args:
        data: a row a case; numbers, texts and truth values, gaps allowed but in the target.
        target: the column to predict; a class for a classifier, a number for a regressor.
        model: the learner. `hist_gb` serves both: it classifies if the target is not numeric or has two values.
        columns: the features; by default all other columns.
        seed: where chance begins.
        settings: of the learner, by scikit-learn's names (`SETTINGS`).

    Raises:
        EngineError: the data do not allow it (see `preparation.prepare`), or the fit does not converge.
    """
    import pandas as pd
    import sklearn
    import skops.io
    from sklearn import metrics
    from sklearn.model_selection import train_test_split

    task = _task(data, target, model)
    held = prepare(data, target, columns, task)
    if task == "regression":
        check_target(model, held.target, settings)
    pipeline = learner(held.features, model, task, settings, seed=seed)
    rows = held.features.values
    kept = held.target if task == "classification" else None
    try:
        first, last, known, hidden = train_test_split(
            rows, held.target, test_size=0.25, random_state=seed, stratify=kept
        )
    except ValueError as error:
        raise InvalidInput("target", N_("deja alguna clase sin filas en una de las partes")) from error
    said = list(held.features.cautions)
    with converging():
        foretold = pipeline.fit(first, known).predict(last)
        if task == "classification":
            measured = {
                "accuracy": float(metrics.accuracy_score(hidden, foretold)),
                "balanced_accuracy": float(metrics.balanced_accuracy_score(hidden, foretold)),
            }
            if measured["accuracy"] <= pd.Series(hidden).value_counts(normalize=True).max():
                said.append(Caution(text=N_("No mejora a decir siempre la clase más frecuente")))
        else:
            measured = {
                "r2": float(metrics.r2_score(hidden, foretold)),
                "mae": float(metrics.mean_absolute_error(hidden, foretold)),
                "mse": float(metrics.mean_squared_error(hidden, foretold)),
            }
            if measured["r2"] <= 0:
                said.append(Caution(text=N_("No mejora a decir siempre la media")))
        pipeline.fit(rows, held.target)
    packed = _steady(skops.io.dumps(pipeline))
    return Fitted(
        model=packed,
        sha256=hashlib.sha256(packed).hexdigest(),
        task=task,
        algorithm=model,
        target=target,
        columns=tuple(
            Column(str(name), tuple(sorted(set(rows[name]))) if name in held.features.categorical else None)
            for name in rows.columns
        ),
        classes=tuple(str(c) for c in pipeline.classes_) if task == "classification" else (),
        metrics=measured,
        n=held.n,
        seed=seed,
        library=f"scikit-learn {sklearn.__version__}",
        cautions=tuple(said),
    )


def _steady(packed: bytes) -> bytes:
    """The same skops file with numbers in order where it has addresses in memory, and without times of writing.

    So the same data and seed give the same bytes, and a fingerprint that can be compared.
    """
    import json
    import zipfile
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(packed)) as read:
        parts = {name: read.read(name) for name in read.namelist()}
    schema = json.loads(parts.pop("schema.json"))
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("__id__"), int):
                node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
            if isinstance(node.get("file"), str) and node["file"] in parts:
                node["file"] = files.setdefault(node["file"], f"{len(files) + 1}.{node['file'].rpartition('.')[2]}")
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for old, new in files.items():
            written.writestr(zipfile.ZipInfo(new), parts[old])
        written.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema))
    return out.getvalue()


def predict_with(model: bytes, data: Table, sha256: str = "") -> Predicted:
    """Apply a model that `fit` gave to new rows.

    Args:
        model: its bytes.
        data: a row a case, with at least the columns that the model learned from.
        sha256: its fingerprint when it was kept; a model that differs is refused.

    Raises:
        InvalidInput: the model is not what was kept, is none of ours, or columns are missing.
    """
    import numpy as np

    pipeline = opened(model, sha256)
    wanted = [str(name) for name in pipeline.feature_names_in_]
    table = frame(data, "data", wanted, least=1)
    if len(table) > MOST_ROWS:
        raise LimitExceeded("data", MOST_ROWS, len(table), SEE_DATA)
    held = features(table, wanted, keep_constant=True)
    numbers = {name for kind, _, names in pipeline[0].transformers_ if kind == "numbers" for name in names}
    empty = {name for name in wanted if table[name].isna().all()}
    if any((name in numbers) != (name in held.numeric) for name in wanted if name not in empty):
        raise InvalidInput("data", N_("tiene columnas que no son del tipo con que se entrenó el modelo"))
    rows = held.values
    for name in empty - numbers:
        rows[name] = ""
    classes = tuple(str(c) for c in getattr(pipeline, "classes_", ()))
    with converging():
        foretold = pipeline.predict(rows)
        chances = pipeline.predict_proba(rows) if classes and hasattr(pipeline, "predict_proba") else np.empty((0, 0))
    strange = _unseen(pipeline, rows)
    said = [Caution(text=UNSEEN, values={"columns": ", ".join(strange)})] if strange else []
    return Predicted(
        predictions=tuple(str(p) for p in foretold) if classes else tuple(float(p) for p in foretold),
        classes=classes,
        probabilities=tuple(tuple(float(p) for p in row) for row in chances),
        cautions=(*held.cautions, *said),
    )


def _unseen(pipeline: Any, rows: "pd.DataFrame") -> list[str]:
    """The categories that hold a level which the model has not learnt from."""
    for kind, encoder, names in pipeline[0].transformers_:
        if kind == "categories" and len(names):
            known = zip(names, encoder.categories_, strict=True)
            return [str(name) for name, levels in known if not set(rows[name]) <= set(levels)]
    return []


def opened(model: bytes, sha256: str = "") -> Any:
    """The pipeline in `model`.

    Raises:
        InvalidInput: another fingerprint, no skops file, or types that our pipelines do not have.
        LimitExceeded: more than 200 MB.
    """
    import zipfile

    import skops.io
    from sklearn.pipeline import Pipeline

    if len(model) > LARGEST:
        raise LimitExceeded("model", LARGEST, len(model), N_("entrene un modelo más pequeño"))
    if sha256 and hashlib.sha256(model).hexdigest() != sha256.lower():
        raise InvalidInput("model", N_("no es el modelo que se guardó: su huella SHA-256 no coincide"))
    try:
        strange = set(skops.io.get_untrusted_types(data=model)) - set(TYPES)
        if strange:
            raise InvalidInput("model", N_("contiene tipos que nuestros modelos no tienen"))
        found = skops.io.loads(model, trusted=list(TYPES))
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("model", N_("no es un modelo guardado")) from error
    if not isinstance(found, Pipeline) or not hasattr(found, "feature_names_in_"):
        raise InvalidInput("model", N_("no es un modelo guardado"))
    return found


def _task(data: Table, target: str, model: str) -> Task:
    if model != "hist_gb":
        return "classification" if model in get_args(Classifier) else "regression"
    column = frame(data, "data", [target])[target]
    return "classification" if column.nunique() == 2 or any(isinstance(v, str | bool) for v in column) else "regression"
