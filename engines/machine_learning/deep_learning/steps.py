"""One step of a network in the open: for audit and teaching."""

from typing import TYPE_CHECKING, Final, Literal

from engines.arrays import matrix, vector
from engines.charts import Chart, Series
from engines.contract import Computed, Matrix, Positive, Real, Vector, operation
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAK: Final = 0.01


class Step(Computed):
    """Output and loss before the step, the new weights row by row, and the loss after."""

    out: list[float]
    hidden: list[float]
    loss: float
    loss_after_step: float
    w_hidden: list[float]
    w_output: list[float]
    b_hidden: float
    b_output: float
    gradient_norm: float


@operation(
    "Un paso de retropropagación",
    examples=(
        "Haz un paso de descenso de gradiente de esta red de dos capas y enséñame los pesos nuevos",
        "One backpropagation step of a two-layer network with these weights and learning rate",
    ),
)
def gradient_step(
    x: Vector,
    target: Vector,
    hidden_weights: Matrix,
    output_weights: Matrix,
    learning_rate: Positive,
    hidden_bias: Real = 0.0,
    output_bias: Real = 0.0,
    activation: Literal["sigmoid", "tanh", "relu", "identity"] = "sigmoid",
    update_bias: bool = True,
) -> Step:
    """Take one gradient step of a network with one hidden layer on one case, for the loss ½ Σ (target - out)².

    Args:
        x: (p,) inputs.
        target: (m,) wanted outputs.
        hidden_weights: (h, p) weights into the hidden layer, a row a neuron.
        output_weights: (m, h) weights into the output, a row an output.
        learning_rate: length of the step along the gradient.
        hidden_bias: bias shared by the hidden neurons.
        output_bias: bias shared by the outputs.
        activation: of both layers.
        update_bias: whether the biases move too.

    Raises:
        InvalidInput: shapes that do not match, or numbers so large that the step overflows.

    Source: Rumelhart, Hinton & Williams, Nature 323 (1986), eq. 4-7; worked numbers in Mazur, A Step by Step
    Backpropagation Example (2015).
    """
    import numpy as np

    inputs = vector(x, "x", low=-1e20, high=1e20)
    wanted = vector(target, "target", low=-1e20, high=1e20)
    first = matrix(hidden_weights, "hidden_weights", columns=inputs.size)
    second = matrix(output_weights, "output_weights", columns=first.shape[0])
    if second.shape[0] != wanted.size:
        raise InvalidInput("output_weights", N_("debe tener una fila por cada salida deseada"))

    def forward(a: "Floats", b: "Floats", c: float, d: float) -> tuple["Floats", "Floats", "Floats", "Floats"]:
        before = a @ inputs + c
        hidden = _value(activation, before)
        sums = b @ hidden + d
        return before, hidden, sums, _value(activation, sums)

    with np.errstate(over="ignore", invalid="ignore"):
        before, hidden, sums, out = forward(first, second, hidden_bias, output_bias)
        delta_out = (out - wanted) * _slope(activation, sums)
        delta_hidden = (second.T @ delta_out) * _slope(activation, before)
        grad_first, grad_second = np.outer(delta_hidden, inputs), np.outer(delta_out, hidden)
        new_first, new_second = first - learning_rate * grad_first, second - learning_rate * grad_second
        new_c = hidden_bias - learning_rate * float(delta_hidden.sum()) * update_bias
        new_d = output_bias - learning_rate * float(delta_out.sum()) * update_bias
        *_, after = forward(new_first, new_second, new_c, new_d)
        losses = [0.5 * float(((wanted - o) ** 2).sum()) for o in (out, after)]
        norm = float(np.sqrt((grad_first**2).sum() + (grad_second**2).sum()))
    if not np.isfinite([*losses, norm, new_c, new_d]).all():
        raise InvalidInput("learning_rate", N_("lleva a números que desbordan; use un paso o unos pesos menores"))
    return Step(
        method=f"{activation}, half squared error",
        library="numpy",
        n=1,
        out=out.tolist(),
        hidden=hidden.tolist(),
        loss=losses[0],
        loss_after_step=losses[1],
        w_hidden=new_first.ravel().tolist(),
        w_output=new_second.ravel().tolist(),
        b_hidden=float(new_c),
        b_output=float(new_d),
        gradient_norm=norm,
    )


class Activated(Computed):
    """Values of an activation function and its slopes; softmax, which mixes values, has none of its own."""

    y: list[float]
    slope: list[float] | None


@operation(
    "Función de activación",
    examples=(
        "Aplica la función softmax a estas puntuaciones",
        "Evaluate the GELU activation and its derivative on these values",
    ),
)
def activation(
    x: Vector,
    fn: Literal["relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "gelu", "silu", "identity", "softmax"],
) -> Activated:
    """Apply an activation function, and tell its slope.

    Args:
        x: (n,) values.
        fn: which function; leaky ReLU leaks 0.01, ELU has alpha 1, GELU is exact (by the normal distribution).

    Raises:
        InvalidInput: values that are no finite numbers.

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.3; Hendrycks & Gimpel, arXiv
    1606.08415 (2016) (GELU).
    """
    import numpy as np

    values = vector(x, "x")
    y = _value(fn, values)
    slope = None if fn == "softmax" else _slope(fn, values)
    order = np.argsort(values)
    return Activated(
        method=fn,
        library="scipy",
        n=int(values.size),
        charts=(
            Chart(
                kind="line",
                title=N_("Función de activación"),
                series=(Series(name=fn, x=tuple(values[order].tolist()), y=tuple(y[order].tolist())),),
            ),
        ),
        y=y.tolist(),
        slope=None if slope is None else slope.tolist(),
    )


def _value(fn: str, v: "Floats") -> "Floats":
    import numpy as np
    from scipy import special

    rules: dict[str, Callable[[Floats], Floats]] = {
        "relu": lambda a: np.maximum(a, 0.0),
        "leaky_relu": lambda a: np.where(a > 0, a, LEAK * a),
        "elu": lambda a: np.where(a > 0, a, np.expm1(np.minimum(a, 0.0))),
        "sigmoid": special.expit,
        "tanh": np.tanh,
        "softplus": lambda a: np.logaddexp(0.0, a),
        "gelu": lambda a: a * special.ndtr(a),
        "silu": lambda a: a * special.expit(a),
        "identity": lambda a: a,
        "softmax": special.softmax,
    }
    return rules[fn](v)


def _slope(fn: str, v: "Floats") -> "Floats":
    import numpy as np
    from scipy import special

    def sigmoid_slope(a: "Floats") -> "Floats":
        s: Floats = special.expit(a)
        return s * (1 - s)

    rules: dict[str, Callable[[Floats], Floats]] = {
        "relu": lambda a: (a > 0).astype(float),
        "leaky_relu": lambda a: np.where(a > 0, 1.0, LEAK),
        "elu": lambda a: np.where(a > 0, 1.0, np.exp(np.minimum(a, 0.0))),
        "sigmoid": sigmoid_slope,
        "tanh": lambda a: 1 - np.tanh(a) ** 2,
        "softplus": special.expit,
        "gelu": lambda a: (
            special.ndtr(a) + np.clip(a, -1e10, 1e10) * np.exp(-(np.clip(a, -1e10, 1e10) ** 2) / 2) / np.sqrt(2 * np.pi)
        ),
        "silu": lambda a: special.expit(a) + a * sigmoid_slope(a),
        "identity": np.ones_like,
    }
    return rules[fn](v)
