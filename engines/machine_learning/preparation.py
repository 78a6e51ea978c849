"""Tables become what learners take: features and target checked, columns typed, learners by name.

Text and truth values are categories, numbers are numbers; gaps are filled inside the pipeline, so
that validation never sees the data it is tried on.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from engines.arrays import MIXED, frame, gappy, names, vector
from engines.contract import Caution, Table
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded, NotConverged

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Classifier: TypeAlias = Literal["logistic", "lda", "svm_rbf", "hist_gb", "rf", "knn"]
Regressor: TypeAlias = Literal["ols", "ridge", "lasso", "elastic_net", "hist_gb", "poisson", "gamma", "tweedie"]
Task: TypeAlias = Literal["classification", "regression"]

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 200
MOST_CLASSES: Final = 100
MOST_CATEGORIES: Final = 50
UNSETTLED: Final = N_("la búsqueda se detiene sin asentarse")
NOTES: Final = ("Found unknown categories", "Missing values detected", "Duplicate values are leading")
"""How libraries begin what they say to developers of levels only seen later, gaps in plots, and equal cases."""
SEE_DATA: Final = N_("muestree filas o elija columnas")
SCALED: Final = {"logistic", "svm_rbf", "knn", "ridge", "lasso", "elastic_net", "poisson", "gamma", "tweedie"}
POSITIVE: Final = {"gamma"}
TWEEDIE_POWER: Final = 1.5
NOT_NEGATIVE: Final = {"poisson", "tweedie"}
SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "logistic": ("C",),
    "lda": ("shrinkage",),
    "svm_rbf": ("C", "gamma"),
    "hist_gb": ("learning_rate", "max_iter", "max_leaf_nodes", "min_samples_leaf", "l2_regularization"),
    "rf": ("n_estimators", "max_depth", "min_samples_leaf"),
    "knn": ("n_neighbors",),
    "ols": (),
    "ridge": ("alpha",),
    "lasso": ("alpha",),
    "elastic_net": ("alpha", "l1_ratio"),
    "poisson": ("alpha",),
    "gamma": ("alpha",),
    "tweedie": ("alpha", "power"),
}
"""What may be set of each learner; the names are scikit-learn's."""

Setting: TypeAlias = float | int | str | None
NONE: Final[Mapping[str, Setting]] = MappingProxyType({})


@dataclass(frozen=True)
class Features:
    """Checked features: a frame of floats (numeric) and texts (categories), and what was left out."""

    values: "pd.DataFrame"
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Features and the target beside them."""

    features: Features
    target: "NDArray[Any]"

    @property
    def n(self) -> int:
        """How many rows."""
        return len(self.target)


def prepare(data: Table, target: str, columns: Sequence[str], task: Task, *, least: int = 10) -> Prepared:
    """Check a table to learn `target` from `columns` (all others, if none are named).

    Raises:
        InvalidInput: the target is missing, has gaps or does not vary, or a column repeats it.
        InsufficientData: fewer rows than `least`.
        LimitExceeded: more than 200,000 rows, 200 columns or 100 classes.
    """
    import numpy as np

    table = frame(data, "data", [target, *columns], least=least)
    if len(table) > MOST_ROWS:
        raise LimitExceeded("data", MOST_ROWS, len(table), SEE_DATA)
    wanted = list(columns) or [name for name in table.columns if name != target]
    if target in wanted:
        raise InvalidInput("features", N_("incluye la columna que se quiere predecir"))
    raw = table[target]
    if raw.isna().any():
        raise InvalidInput("target", N_("tiene huecos; quite esas filas"))
    if task == "regression":
        answer: Any = vector(raw.to_numpy(), "target", varies=True)
    else:
        answer = _classes(raw)
    chosen = features(table, wanted)
    for name in wanted:
        if _repeats(table[name], raw, task):
            raise InvalidInput("data", N_("tiene una columna que repite lo que se quiere predecir; quítela"))
    return Prepared(chosen, np.asarray(answer))


def _classes(raw: "pd.Series") -> list[str]:
    found = names(raw.to_numpy(), "target")
    if any(not isinstance(v, str) and abs(v) > 2**53 for v in raw):
        raise InvalidInput("target", N_("no parece una clase: sus números son enormes"))
    different = set(found)
    if len(different) < 2:
        raise InvalidInput("target", N_("tiene una sola clase: no hay nada que aprender"))
    if len(different) > MOST_CLASSES:
        raise LimitExceeded("target", MOST_CLASSES, len(different), N_("agrupe clases, o use una regresión"))
    counts = {name: found.count(name) for name in different} if len(found) <= 1000 else None
    if counts is not None and min(counts.values()) < 2:
        raise InsufficientData(f"target.{min(counts, key=lambda name: (counts[name], name))}", 2, 1)
    return found


def _repeats(column: "pd.Series", target: "pd.Series", task: Task) -> bool:
    """Whether a column is the target in other words: equal to it, or one to one with its classes."""
    if task == "regression":
        return bool((column == target).all())
    pairs = set(zip(column.astype(str), target.astype(str), strict=True))
    classes = target.astype(str).nunique()
    return len(pairs) == classes == column.astype(str).nunique() and len(column) >= 20


def features(
    table: "pd.DataFrame", columns: Sequence[str], argument: str = "data", *, keep_constant: bool = False
) -> Features:
    """`columns` as numbers and categories; what cannot help is left out and told.

    Raises:
        InvalidInput: a column mixes texts and numbers, or none is left.
        LimitExceeded: more than 200 columns.
    """
    import numpy as np
    import pandas as pd

    if len(columns) > MOST_COLUMNS:
        raise LimitExceeded(argument, MOST_COLUMNS, len(columns), SEE_DATA)
    held: dict[str, Any] = {}
    numeric, categorical, dropped = [], [], []
    for name in columns:
        column = table[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            raise InvalidInput(f"{argument}.{name}", N_("tiene fechas: conviértalas en antigüedades o meses"))
        there = column.dropna()
        texts = {isinstance(v, str) for v in there}
        if len(texts) > 1:
            raise InvalidInput(f"{argument}.{name}", MIXED)
        truths = bool(len(there)) and all(isinstance(v, bool | np.bool_) for v in there)
        if not keep_constant and there.nunique() < 2:
            dropped.append(name)
        elif texts == {True} or truths:
            labels = column.astype(object).where(column.notna(), "").astype(str)
            if not keep_constant and labels.nunique() > MOST_CATEGORIES and labels.nunique() > len(labels) / 2:
                dropped.append(name)
                continue
            held[name] = labels.to_numpy(dtype=object)
            categorical.append(name)
        else:
            held[name] = gappy([None if pd.isna(v) else float(v) for v in column], f"{argument}.{name}", least=0)
            numeric.append(name)
    if not held:
        raise InvalidInput(argument, N_("no tiene columnas que varíen"))
    said: tuple[Caution, ...] = ()
    if dropped:
        text = N_("Quedan fuera {columns}: no varían, o son identificadores")
        said = (Caution(text=text, values={"columns": ", ".join(map(str, dropped))}),)
    return Features(pd.DataFrame(held), tuple(numeric), tuple(categorical), said)


def learner(
    held: Features,
    model: str,
    task: Task,
    settings: Mapping[str, Setting] = NONE,
    *,
    seed: int = 0,
    scale: bool | None = None,
) -> Any:
    """A pipeline that fills gaps, encodes categories, scales where the learner needs it, and learns.

    Raises:
        InvalidInput: a setting that the learner does not have, or out of its range.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    unknown = set(settings) - set(SETTINGS[model])
    if unknown:
        raise InvalidInput("settings", N_("nombra ajustes que ese modelo no tiene"))
    scaled = model in SCALED if scale is None else scale
    steps: list[Any] = [("fill", SimpleImputer(strategy="median", keep_empty_features=True))]
    if scaled:
        steps.append(("scale", StandardScaler()))
    encode = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=MOST_CATEGORIES,
        sparse_output=False,
        # Beside an intercept one level is one too many, where nothing shrinks it.
        drop="first" if model == "ols" else None,
    )
    shape = ColumnTransformer(
        [("numbers", Pipeline(steps), list(held.numeric)), ("categories", encode, list(held.categorical))],
        verbose_feature_names_out=False,
    )
    return Pipeline([("shape", shape), ("learn", _estimator(model, task, seed, settings))])


def _estimator(model: str, task: Task, seed: int, settings: Mapping[str, Setting]) -> Any:
    from sklearn import discriminant_analysis, ensemble, linear_model, neighbors, svm

    if model == "hist_gb":
        kind = "HistGradientBoostingClassifier" if task == "classification" else "HistGradientBoostingRegressor"
        return getattr(ensemble, kind)(**{"random_state": seed, "early_stopping": False, **settings})
    made: dict[str, Any] = {
        "logistic": lambda **s: linear_model.LogisticRegression(**{"max_iter": 2000, **s}),
        "lda": lambda shrinkage=None: discriminant_analysis.LinearDiscriminantAnalysis(
            solver="svd" if shrinkage is None else "lsqr", shrinkage=shrinkage
        ),
        "svm_rbf": lambda **s: svm.SVC(kernel="rbf", random_state=seed, **s),
        "rf": lambda **s: ensemble.RandomForestClassifier(random_state=seed, **s),
        "knn": neighbors.KNeighborsClassifier,
        "ols": linear_model.LinearRegression,
        "ridge": linear_model.Ridge,
        "lasso": lambda **s: linear_model.Lasso(**{"max_iter": 50_000, **s}),
        "elastic_net": lambda **s: linear_model.ElasticNet(**{"max_iter": 50_000, **s}),
        "poisson": lambda **s: linear_model.PoissonRegressor(**{"alpha": 0.0, "max_iter": 1000, **s}),
        "gamma": lambda **s: linear_model.GammaRegressor(**{"alpha": 0.0, "max_iter": 1000, **s}),
        "tweedie": lambda **s: linear_model.TweedieRegressor(
            **{"alpha": 0.0, "power": TWEEDIE_POWER, "link": "log", "max_iter": 1000, **s}
        ),
    }
    return made[model](**settings)


def variance_power(model: str, settings: Mapping[str, Setting] = NONE) -> float | None:
    """How the variance grows with the mean in the family of `model`: its power; None for the others."""
    power = settings.get("power", TWEEDIE_POWER)
    return {"poisson": 1.0, "gamma": 2.0, "tweedie": power if isinstance(power, int | float) else TWEEDIE_POWER}.get(
        model
    )


def check_target(model: str, target: "NDArray[Any]", settings: Mapping[str, Setting] = NONE) -> None:
    """Refuse a target outside what the family of `model` is defined for.

    Raises:
        InvalidInput: it is, or no distribution has the power set.
    """
    power = variance_power(model, settings)
    if power is not None and 0 < power < 1:
        raise InvalidInput("settings", N_("pide una potencia entre 0 y 1, que ninguna distribución tiene"))
    if model in POSITIVE and not (target > 0).all():
        raise InvalidInput("target", N_("debe ser mayor que cero para una regresión gamma"))
    if power is not None and power >= 2 and not (target > 0).all():
        raise InvalidInput("target", N_("debe ser mayor que cero con potencia 2 o mayor"))
    if power == 0:  # the normal distribution has negatives too
        return
    if model in NOT_NEGATIVE and not ((target >= 0).all() and target.sum() > 0):
        raise InvalidInput("target", N_("no puede tener negativos con esa familia"))


@contextmanager
def converging(argument: str = "data") -> Iterator[None]:
    """Turn a library's warning that it did not converge into our error, and its refusals of settings into ours.

    What it tells developers alone (`NOTES`) is left unsaid.

    Raises:
        NotConverged: it did not.
        InvalidInput: the library refused a setting.
    """
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils._param_validation import InvalidParameterError
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # One thread: sums in one order, and no contention between worker processes.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        for note in NOTES:
            warnings.filterwarnings("ignore", message=note)
        try:
            yield
        except ConvergenceWarning as error:
            raise NotConverged(argument, UNSETTLED) from error
        except InvalidParameterError as error:
            raise InvalidInput("settings", str(error)) from error
        except np.linalg.LinAlgError as error:
            raise NotConverged(argument, str(error)) from error
        except ValueError as error:
            if not str(error).startswith("Expected n_neighbors"):
                raise
            raise InvalidInput("settings", N_("pide más vecinos que casos de los que aprender")) from error
