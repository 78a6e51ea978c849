"""Multilayer perceptrons on tables: prediction, reconstruction, embedding."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Seed, Share, Table, operation
from engines.errors import N_, InvalidInput, LimitExceeded, NotConverged
from engines.machine_learning.preparation import Features, Prepared, Task, converging, prepare
from engines.machine_learning.unsupervised.numbers import Numbers, numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Hidden: TypeAlias = tuple[Annotated[int, Field(ge=1, le=2048)], ...]
Activation: TypeAlias = Literal["relu", "tanh", "logistic", "identity"]
Solver: TypeAlias = Literal["adam", "lbfgs", "sgd"]
MostSteps: TypeAlias = Annotated[int, Field(ge=10, le=20_000)]
MOST_PARAMETERS: Final = 1_000_000
MOST_ROWS: Final = 100_000
SHRUNK: Final = 0.1  # with less, a narrow network still learns single strange cases by heart
FREE: Final = 1e-4
SETTLED: Final = 0.02
SLOPE: Final = N_("La red se da por asentada: {steps} vueltas más bajan su error menos de un 2 %")
SMALLER: Final = N_("use capas más pequeñas")


def check_size(widths: list[int]) -> int:
    """How many weights layers of these widths have.

    Raises:
        InvalidInput: more than ten layers, or none.
        LimitExceeded: more than a million.
    """
    if not 3 <= len(widths) <= 12:
        raise InvalidInput("hidden", N_("debe tener de una a diez capas"))
    count = sum((a + 1) * b for a, b in zip(widths, widths[1:], strict=False))
    if count > MOST_PARAMETERS:
        raise LimitExceeded("hidden", MOST_PARAMETERS, count, SMALLER)
    return count


@contextmanager
def training() -> Iterator[None]:
    """Turn weights that run away into our error.

    Raises:
        NotConverged: they did, or the steps ran out.
    """
    try:
        with converging():
            yield
    except (ValueError, FloatingPointError) as error:
        if isinstance(error, InvalidInput | NotConverged | LimitExceeded):
            raise
        raise NotConverged("data", str(error).splitlines()[0]) from error


def train(model: Any, x: Any, y: Any) -> tuple[Caution, ...]:
    """Fit a network, or a pipeline that ends in one, until it settles.

    L-BFGS also stops where doubles cannot tell a better step, or after its last step on a long slope. It is then
    begun again where it stands; a loss that falls by less than a fiftieth has settled, and that is told.

    Raises:
        NotConverged: the loss still falls, or is no number.
    """
    from sklearn.exceptions import ConvergenceWarning

    def stopped() -> bool:
        with training(), warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always", ConvergenceWarning)
            model.fit(x, y)
        return any(issubclass(one.category, ConvergenceWarning) for one in heard)

    if not stopped():
        return ()
    network = model[-1] if hasattr(model, "steps") else model
    loss, steps, more = network.loss_, network.n_iter_, max(50, network.max_iter // 10)
    if network.solver == "lbfgs" and math.isfinite(loss):
        network.set_params(warm_start=True, max_iter=more, max_fun=20 * more)
        stopped()
        network.n_iter_ += steps
        if loss - network.loss_ <= SETTLED * loss:
            return (Caution(text=SLOPE, values={"steps": more}),)
    raise NotConverged("data", N_("se acaban las vueltas y el error aún baja; suba «max_iter»"))


class TrainedMlp(Computed):
    """How a network does on the rows set apart. `loss` and `iterations` are of the training.

    For classes `accuracy`, `baseline` (always the commonest) and the confusion of real (rows) by predicted;
    for amounts `r2`, `mae` and `rmse`.
    """

    parameters: int
    iterations: int
    loss: float
    tested: int
    accuracy: float | None = None
    baseline: float | None = None
    classes: list[str] = []
    confusion: list[list[int]] = []
    r2: float | None = None
    mae: float | None = None
    rmse: float | None = None


@operation(
    "Entrenar una red neuronal",
    examples=(
        "Entrena una red neuronal con dos capas de 64 para predecir el fraude y dime el acierto",
        "Train a multilayer perceptron (MLP) on this table with early stopping and report test accuracy",
    ),
    heavy=True,
)
def train_mlp(
    data: Table,
    target: str,
    task: Task = "classification",
    hidden: Hidden = (64,),
    activation: Activation = "relu",
    solver: Solver = "adam",
    alpha: NonNegative = 1e-4,
    early_stopping: bool = False,
    features: tuple[str, ...] = (),
    test_share: Share = 0.25,
    max_iter: MostSteps = 5000,
    seed: Seed = 0,
) -> TrainedMlp:
    """Train a multilayer perceptron and try it on rows it has not seen.

    Args:
        data: a row a case; numbers, texts and truth values. 20 to 100,000 rows.
        target: the column to foretell.
        task: whether it is a class or an amount.
        hidden: width of each hidden layer, 1 to 10 layers.
        activation: of the hidden layers.
        solver: how weights are found; lbfgs suits small tables.
        alpha: shrinkage of the weights (L2).
        early_stopping: whether training stops when a tenth of the rows, set apart, no longer gains.
        features: columns to learn from; by default all others.
        test_share: share of rows set apart, drawn by class.
        max_iter: most rounds through the data.
        seed: where chance begins.

    Raises:
        InvalidInput: data as in `supervised_classify`, or no layers.
        InsufficientData: fewer than 20 rows.
        LimitExceeded: more than 100,000 rows, 200 columns or a million weights.
        NotConverged: the loss is no number, or the rounds run out.

    Source: Rumelhart, Hinton & Williams, Nature 323 (1986); Kingma & Ba, Adam, ICLR (2015).
    """
    import numpy as np
    from sklearn import metrics

    from engines.machine_learning.supervised.learning import held_out

    held = prepare(data, target, features, task, least=20)
    if held.n > MOST_ROWS:
        raise LimitExceeded("data", MOST_ROWS, held.n, N_("muestree filas"))
    first, last = held_out(held, "random", test_share, None, seed, task)
    x, y = held.features.values, held.target
    network = _network(task, hidden, activation, solver, alpha, max_iter, early_stopping, seed)
    pipeline = _pipeline(held.features, network)
    outputs = 1 if task == "regression" else max(1, len(np.unique(y)) - (len(np.unique(y)) == 2))
    inputs = pipeline[0].fit_transform(x.iloc[first]).shape[1]
    parameters = check_size([inputs, *hidden, outputs])
    centre, spread = (0.0, 1.0) if task == "classification" else (float(y[first].mean()), float(y[first].std()) or 1.0)
    told = train(pipeline, x.iloc[first], y[first] if task == "classification" else (y[first] - centre) / spread)
    guess = pipeline.predict(x.iloc[last])
    real = y[last]
    if not np.isfinite(network.loss_):
        raise NotConverged("data", N_("la pérdida no es un número"))
    curve = tuple(float(v) for v in getattr(network, "loss_curve_", ()))
    found: dict[str, Any] = {}
    said = [*held.features.cautions, *told]
    if task == "classification":
        classes, counts = np.unique(y, return_counts=True)
        baseline = float(counts.max() / held.n)
        accuracy = float((guess == real).mean())
        found = {
            "accuracy": accuracy,
            "baseline": baseline,
            "classes": [str(c) for c in classes],
            "confusion": metrics.confusion_matrix(real, guess, labels=classes).tolist(),
        }
        if accuracy <= baseline:
            said.append(Caution(text=N_("No mejora a decir siempre la clase más frecuente")))
    else:
        guess = guess * spread + centre
        if np.ptp(real) == 0:
            raise InvalidInput("test_share", N_("deja filas de prueba en las que nada varía"))
        found = {
            "r2": float(metrics.r2_score(real, guess)),
            "mae": float(metrics.mean_absolute_error(real, guess)),
            "rmse": float(np.sqrt(metrics.mean_squared_error(real, guess))),
        }
        if found["r2"] <= 0:
            said.append(Caution(text=N_("No mejora a decir siempre la media")))
    if parameters > len(first):
        said.append(Caution(text=N_("La red tiene más pesos que filas: puede aprender de memoria")))
    charts = (
        (
            Chart(
                kind="line",
                title=N_("Pérdida durante el entrenamiento"),
                series=(Series(name=N_("Pérdida"), x=tuple(float(i + 1) for i in range(len(curve))), y=curve),),
                x_label=N_("Vuelta"),
            ),
        )
        if curve
        else ()
    )
    return TrainedMlp(
        method=f"{activation}, {solver}, hidden {'-'.join(map(str, hidden))}",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        charts=charts,
        parameters=parameters,
        iterations=int(network.n_iter_),
        loss=float(network.loss_),
        tested=int(real.size),
        **found,
    )


def _network(
    task: Task, hidden: Hidden, activation: str, solver: str, alpha: float, max_iter: int, early: bool, seed: int
) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPClassifier if task == "classification" else MLPRegressor
    return kind(
        hidden_layer_sizes=hidden,
        activation=activation,
        solver=solver,
        alpha=alpha,
        max_iter=max_iter,
        max_fun=20 * max_iter,
        early_stopping=early and solver != "lbfgs",
        random_state=seed,
    )


def _pipeline(held: Features, network: Any) -> Any:
    """The shaping of a scaled learner, with the network in its place."""
    from engines.machine_learning.preparation import learner

    pipeline = learner(held, "ridge", "regression", scale=True)
    pipeline.steps[-1] = ("learn", network)
    return pipeline


def trained_regression(
    held: Prepared, hidden: Hidden, activation: str, max_iter: int, seed: int
) -> tuple[Any, Any, tuple[Caution, ...]]:
    """A network of numbers fitted on scaled inputs, the scaler, and what is to be said of the training."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    x = scaler.fit_transform(held.features.values.to_numpy(dtype=float))
    network = _network("regression", hidden, activation, "lbfgs", 1e-4, max_iter, False, seed)
    told = train(network, x, held.target)
    return network, scaler, told


class AutoencoderAnomaly(Computed):
    """How badly each case is rebuilt from few numbers: the worse, the stranger. Rows count from 0.

    `worst_column` names, for each anomaly, the column that is rebuilt worst.
    """

    score: list[float]
    anomalies: list[int]
    worst_column: list[str]
    threshold: float
    explained: float


@operation(
    "Anomalías por autocodificador",
    examples=(
        "Detecta partes raros con un autocodificador y dime qué columna los hace raros",
        "Autoencoder anomaly detection by reconstruction error",
    ),
    heavy=True,
)
def autoencoder_anomaly(
    data: Table,
    code: Annotated[int, Field(ge=1, le=64)] = 2,
    share: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] = 0.05,
    columns: tuple[str, ...] = (),
    max_iter: MostSteps = 5000,
    seed: Seed = 0,
) -> AutoencoderAnomaly:
    """Rebuild each case through a narrow network, and name those that it cannot rebuild.

    Args:
        data: a row a case; the numeric columns are taken, without gaps, standardised. At least 10 rows.
        code: width of the narrowest layer, less than the number of columns.
        share: part of the cases that are named, 0 to 0.5.
        columns: which columns; by default all numeric ones but `target`.
        max_iter: most steps of training.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, or a code as wide as the data.
        InsufficientData: fewer than ten rows.
        LimitExceeded: more than 100,000 rows or 200 columns.
        NotConverged: the network does not settle.

    Source: Hinton & Salakhutdinov, Science 313 (2006); Sakurada & Yairi, MLSDA (2014).
    """
    import numpy as np

    held = numbers(data, columns, True, least=10, most=MOST_ROWS)
    network, rebuilt, _, told = _autoencoder(held, code, SHRUNK, max_iter, seed)
    squares = (held.scaled - rebuilt) ** 2
    score = squares.mean(axis=1)
    count = max(1, round(share * held.n))
    order = np.argsort(-score, kind="stable")[:count]
    counts, edges = np.histogram(score, bins=30)
    return AutoencoderAnomaly(
        method=f"tanh, code {code}, {network.n_iter_} iterations",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=(*held.cautions, *told, Caution(text=N_("Raro no es fraudulento: revise cada caso antes de actuar"))),
        charts=(
            Chart(
                kind="bar",
                title=N_("Error de reconstrucción"),
                series=(
                    Series(
                        name=N_("Casos"),
                        x=tuple(((edges[:-1] + edges[1:]) / 2).tolist()),
                        y=tuple(float(c) for c in counts),
                    ),
                ),
            ),
        ),
        score=[float(s) for s in score],
        anomalies=[int(i) for i in order],
        worst_column=[held.names[int(squares[i].argmax())] for i in order],
        threshold=float(score[order[-1]]),
        explained=float(1 - squares.sum() / ((held.scaled - held.scaled.mean(axis=0)) ** 2).sum()),
    )


class Embedding(Computed):
    """A few numbers a case that say most of what its columns say; `explained` is the share of variance rebuilt."""

    embedding: list[list[float]]
    explained: float


@operation(
    "Comprimir una tabla",
    examples=(
        "Comprime estas veinte columnas en dos números por cliente con un autocodificador para dibujarlos",
        "Embed tabular rows into a low-dimensional vector with an autoencoder",
    ),
    heavy=True,
)
def embed_tabular(
    data: Table,
    code: Annotated[int, Field(ge=1, le=64)] = 2,
    columns: tuple[str, ...] = (),
    max_iter: MostSteps = 5000,
    seed: Seed = 0,
) -> Embedding:
    """Squeeze the numbers of each case through a narrow network, and give what passes.

    Args:
        data: a row a case; the numeric columns are taken, without gaps, standardised. At least 10 rows.
        code: how many numbers a case, fewer than columns.
        columns: which columns; by default all numeric ones but `target`.
        max_iter: most steps of training.
        seed: where chance begins.

    Raises:
        InvalidInput: gaps, or a code as wide as the data.
        InsufficientData: fewer than ten rows.
        LimitExceeded: more than 100,000 rows or 200 columns.
        NotConverged: the network does not settle.

    Source: Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, Science 313 (2006).
    """
    held = numbers(data, columns, True, least=10, most=MOST_ROWS)
    _, rebuilt, passed, told = _autoencoder(held, code, FREE, max_iter, seed)
    residual = ((held.scaled - rebuilt) ** 2).sum()
    return Embedding(
        method=f"autoencoder, tanh, code {code}",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=(*held.cautions, *told),
        embedding=passed.tolist(),
        explained=float(1 - residual / ((held.scaled - held.scaled.mean(axis=0)) ** 2).sum()),
    )


def _autoencoder(
    held: Numbers, code: int, alpha: float, max_iter: int, seed: int
) -> tuple[Any, "Floats", "Floats", tuple[Caution, ...]]:
    """The network, what it rebuilds, what passes its narrowest layer, and what is to be said of the training."""
    import numpy as np

    wide = len(held.names)
    if code >= wide:
        raise InvalidInput("code", N_("debe ser menor que el número de columnas"))
    around = min(64, max(2 * code, wide))
    check_size([wide, around, code, around, wide])
    network = _network("regression", (around, code, around), "tanh", "lbfgs", alpha, max_iter, False, seed)
    told = train(network, held.scaled, held.scaled)
    rebuilt = network.predict(held.scaled).reshape(held.scaled.shape)
    passed = held.scaled
    for weights, biases in zip(network.coefs_[:2], network.intercepts_[:2], strict=True):
        passed = np.tanh(passed @ weights + biases)
    if not np.isfinite(rebuilt).all():
        raise NotConverged("data", N_("la pérdida no es un número"))
    return network, rebuilt, passed, told
