"""What networks must satisfy: gradients are slopes, files say what the network says, strangers are not opened."""

import base64
import hashlib
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import EngineError, InvalidInput, LimitExceeded, NotConverged
from engines.machine_learning.deep_learning import exchange
from engines.running import compute
from tests.engines.cases import builtin

DIABETES = builtin("sklearn.load_diabetes")
FEW = ("bmi", "bp", "s5")
SMALL = st.floats(-2, 2)


def deep(tool: str, **arguments: Any) -> Any:
    return compute(f"deep_learning_{tool}", arguments)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(SMALL, min_size=2, max_size=2),
    st.lists(SMALL, min_size=2, max_size=2),
    st.lists(SMALL, min_size=4, max_size=4),
    st.sampled_from(["sigmoid", "tanh", "identity"]),
)
def test_a_short_step_lowers_the_loss_by_the_squared_gradient(
    x: list[float], target: list[float], w: list[float], activation: str
) -> None:
    rate = 1e-6
    found = deep(
        "gradient_step",
        x=x,
        target=target,
        hidden_weights=[w[:2], w[2:]],
        output_weights=[w[2:], w[:2]],
        learning_rate=rate,
        activation=activation,
        update_bias=False,
    )
    lowered = found.loss - found.loss_after_step
    assert lowered == pytest.approx(rate * found.gradient_norm**2, rel=1e-2, abs=1e-12)


def test_a_step_that_overflows_is_refused() -> None:
    with pytest.raises(InvalidInput):
        deep(
            "gradient_step",
            x=[1e20],
            target=[0],
            hidden_weights=[[1e99]],
            output_weights=[[1e99]],
            learning_rate=1e90,
            activation="identity",
        )


SMOOTH = ["elu", "sigmoid", "tanh", "softplus", "gelu", "silu", "identity", "relu", "leaky_relu"]


@pytest.mark.parametrize("fn", SMOOTH)
@pytest.mark.parametrize("at", [-20.0, -1.5, -0.2, 0.3, 2.0, 15.0])
def test_slopes_are_slopes(fn: str, at: float) -> None:
    step = 1e-5
    found = deep("activation", x=[at - step, at, at + step], fn=fn)
    assert found.slope[1] == pytest.approx((found.y[2] - found.y[0]) / (2 * step), abs=1e-5)


def test_softmax_shares_out_one_whatever_is_added() -> None:
    one, two = (deep("activation", x=[1 + c, 2 + c, 5 + c], fn="softmax").y for c in (0, 700))
    assert sum(one) == pytest.approx(1)
    assert one == pytest.approx(two)


def test_a_network_learns_amounts_in_their_own_unit() -> None:
    data = {"x": [i / 10 for i in range(200)], "y": [5e6 + 1e6 * (i / 10) ** 2 for i in range(200)]}
    found = deep("train_mlp", data=data, target="y", task="regression", hidden=(16,), solver="lbfgs", max_iter=5000)
    assert found.r2 > 0.99
    assert found.rmse < 5e6
    assert found == deep(
        "train_mlp", data=data, target="y", task="regression", hidden=(16,), solver="lbfgs", max_iter=5000
    )


def test_a_network_that_did_not_settle_is_no_result() -> None:
    with pytest.raises(NotConverged):
        deep("train_mlp", data=builtin("sklearn.load_digits"), target="target", max_iter=10)


def test_a_network_too_large_is_refused_before_it_trains() -> None:
    with pytest.raises(LimitExceeded) as refused:
        deep("train_mlp", data=DIABETES, target="target", task="regression", hidden=(1024, 1024))
    assert refused.value.argument == "hidden"
    with pytest.raises(InvalidInput):
        deep("train_mlp", data=DIABETES, target="target", task="regression", hidden=())


def exported() -> Any:
    return deep("export_onnx", data=DIABETES, target="target", features=FEW, hidden=(8, 4))


def test_an_exported_network_says_the_same_elsewhere() -> None:
    found = exported()
    told = deep("onnx_inspect", model=found.model, sha256=found.sha256)
    assert [port.shape for port in told.inputs] == [[None, 3]]
    assert told.metadata == {"columns": "bmi,bp,s5"}
    assert told.version is None
    rows = [[DIABETES[name][i] for name in FEW] for i in range(442)]
    given_back = [
        row[0] for row in deep("onnx_predict", model=found.model, sha256=found.sha256, x=rows).outputs["prediction"]
    ]
    mean = sum(DIABETES["target"]) / 442
    residual = sum((a - b) ** 2 for a, b in zip(DIABETES["target"], given_back, strict=True))
    assert 1 - residual / sum((a - mean) ** 2 for a in DIABETES["target"]) == pytest.approx(found.r2, abs=1e-4)


def test_only_the_model_that_was_kept_is_opened() -> None:
    found = exported()
    with pytest.raises(InvalidInput) as refused:
        deep("onnx_predict", model=found.model, sha256="0" * 64, x=[[0, 0, 0]])
    assert refused.value.argument == "sha256"
    junk = b"not a model"
    for model in ("***", base64.b64encode(junk).decode()):
        with pytest.raises(InvalidInput) as refused:
            deep("onnx_inspect", model=model, sha256=hashlib.sha256(junk).hexdigest())
        assert refused.value.argument == "model"


def test_rows_must_fit_the_model() -> None:
    found = exported()
    for rows in ([[0.0, 0.0]], [[1e60, 0.0, 0.0]]):
        with pytest.raises(InvalidInput) as refused:
            deep("onnx_predict", model=found.model, sha256=found.sha256, x=rows)
        assert refused.value.argument == "x"


def test_what_breaks_the_pattern_is_rebuilt_worst() -> None:
    n = 80
    data = {
        "a": [float(i % 20) for i in range(n)],
        "b": [3.0 * (i % 20) for i in range(n)],
        "c": [1.0 * (i % 7) for i in range(n)],
    }
    data["b"][33] = 55.0
    found = deep("autoencoder_anomaly", data=data, code=2, share=0.02)
    assert found.anomalies[0] == 33
    assert found.score[33] == max(found.score)


def test_an_embedding_is_as_narrow_as_asked() -> None:
    found = deep("embed_tabular", data=builtin("sklearn.load_iris"), code=3)
    assert {len(row) for row in found.embedding} == {3}
    assert found.explained > deep("embed_tabular", data=builtin("sklearn.load_iris"), code=1).explained
    with pytest.raises(EngineError) as refused:
        deep("embed_tabular", data=builtin("sklearn.load_iris"), code=4)
    assert refused.value.argument == "code"


def said(found: Any) -> str:
    return " | ".join(caution.text.format(**caution.values) for caution in found.warnings)


def people(n: int, seed: int = 1) -> dict[str, list[float]]:
    """Independent columns of a book: nothing to squeeze, and long slopes to go down."""
    chance = random.Random(seed)
    return {
        "edad": [float(chance.randint(18, 85)) for _ in range(n)],
        "antiguedad": [round(chance.expovariate(0.2), 1) for _ in range(n)],
        "prima": [round(chance.lognormvariate(5.8, 0.5), 2) for _ in range(n)],
        "siniestros": [float(chance.random() < 0.2) for _ in range(n)],
        "subida": [round(chance.gauss(0.03, 0.08), 3) for _ in range(n)],
    }


@pytest.mark.parametrize(("tool", "n"), [("embed_tabular", 400), ("autoencoder_anomaly", 30), ("embed_tabular", 100)])
def test_an_ordinary_table_is_squeezed(tool: str, n: int) -> None:
    for seed in range(3):
        assert 0.5 < deep(tool, data=people(n, seed), seed=seed).explained < 1


def test_a_network_that_learns_nothing_says_so() -> None:
    data = people(80)
    assert "No mejora a decir siempre la media" in said(deep("train_mlp", data=data, target="prima", task="regression"))
    found = deep("export_onnx", data=people(120), target="prima", hidden=(8,))
    assert found.r2 > 0
    assert "las mismas filas" in said(found)


def test_a_search_cut_short_is_told_in_words_of_people() -> None:
    with pytest.raises(NotConverged) as refused:
        deep("train_mlp", data=builtin("sklearn.load_digits"), target="target", max_iter=10)
    assert "max_iter" in str(refused.value)
    assert "Optimizer" not in str(refused.value)


def test_a_model_for_one_row_takes_many_and_one_for_whole_numbers_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def single(name: str, columns: int, kind: int = 1) -> bytes:
        shape = b"".join(exchange._field(1, exchange._field(1, wide)) for wide in (1, columns))
        return exchange._field(1, name) + exchange._field(
            2, exchange._field(1, exchange._field(1, kind) + exchange._field(2, shape))
        )

    def kept(raw: bytes) -> dict[str, str]:
        return {"model": base64.b64encode(raw).decode(), "sha256": hashlib.sha256(raw).hexdigest()}

    weights, biases = [np.array([[1.0], [2.0], [3.0]])], [np.array([0.5])]
    monkeypatch.setattr(exchange, "_declared", single)
    one = kept(exchange._written(list(FEW), np.zeros(3), np.ones(3), weights, biases))
    assert deep("onnx_inspect", **one).inputs[0].shape == [1, 3]
    rows = [[1.0, 2.0, 3.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    assert deep("onnx_predict", x=rows, **one).outputs["prediction"] == [[14.5], [3.5], [1.5]]

    to_float = exchange._field(5, exchange._field(1, "to") + exchange._field(3, 1) + exchange._field(20, 2))
    graph = exchange._field(1, exchange._node("Cast", ("n",), "y") + to_float) + exchange._field(2, "g")
    graph += exchange._field(11, single("n", 2, 7)) + exchange._field(12, single("y", 2))
    raw = exchange._field(1, exchange.IR) + exchange._field(7, graph) + exchange._field(8, exchange._field(2, 13))
    whole = kept(raw)
    assert deep("onnx_predict", x=[[1, 2], [3, 4]], **whole).outputs["y"] == [[1, 2], [3, 4]]
    with pytest.raises(InvalidInput) as refused:
        deep("onnx_predict", x=[[1.7, 2]], **whole)
    assert refused.value.argument == "x"
