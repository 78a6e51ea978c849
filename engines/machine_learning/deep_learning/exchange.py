"""Models in the ONNX exchange format: looked into, run, and written for networks of ours.

A model comes as base64 text beside the SHA-256 that whoever keeps it knows; another one is not opened.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, StringConstraints

from engines.arrays import matrix
from engines.contract import Caution, Computed, Matrix, Part, Quoted, Seed, Table, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.machine_learning.deep_learning.networks import Hidden, check_size, trained_regression
from engines.machine_learning.preparation import prepare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Base64 = Annotated[str, StringConstraints(min_length=1, max_length=70_000_000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
LARGEST: Final = 50 * 1024 * 1024
MOST_CELLS: Final = 10_000_000
OPSET: Final = 13
IR: Final = 8
SLACK: Final = 1e-3  # single precision, of the spread of what is foretold
NUMERIC: Final = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
}
NO_VERSION: Final = 2**63 - 1


class Port(Part):
    """One input or output: its name, type, and shape (None where any size goes)."""

    name: str
    type: str
    shape: list[int | None]


class OnnxModel(Computed):
    """What a model takes and gives, and what it says of itself."""

    sha256: str
    bytes: int
    producer: str
    description: Quoted
    version: int | None
    inputs: list[Port]
    outputs: list[Port]
    metadata: dict[str, str]


@operation(
    "Inspeccionar un modelo ONNX",
    examples=(
        "Mira qué entradas y salidas tiene este modelo ONNX antes de usarlo",
        "Inspect an ONNX model: inputs, outputs, producer and metadata",
    ),
    heavy=True,
)
def onnx_inspect(model: Base64, sha256: Digest) -> OnnxModel:
    """Tell what an ONNX model takes and gives, without running it.

    Args:
        model: the file, in base64. At most 50 MB.
        sha256: its SHA-256, in hexadecimal.

    Raises:
        InvalidInput: no base64, another fingerprint, no ONNX model, or one with operators that are not known.
        LimitExceeded: a larger file.

    Source: ONNX Intermediate Representation specification, version 8; ONNX Runtime.
    """
    raw = _bytes(model, sha256)
    session = _session(raw)
    said = session.get_modelmeta()
    return OnnxModel(
        method="declared ports",
        library="onnxruntime",
        sha256=hashlib.sha256(raw).hexdigest(),
        bytes=len(raw),
        producer=said.producer_name,
        description=said.description,
        version=None if said.version == NO_VERSION else int(said.version),
        inputs=[_port(p) for p in session.get_inputs()],
        outputs=[_port(p) for p in session.get_outputs()],
        metadata={str(k): str(v) for k, v in said.custom_metadata_map.items()},
    )


class OnnxPrediction(Computed):
    """What the model gives for each row, by the name of its outputs; labels come as text."""

    outputs: dict[str, list[list[float]] | list[str]]


@operation(
    "Predecir con un modelo ONNX",
    examples=(
        "Pasa estas filas por el modelo ONNX importado y dame las predicciones",
        "Run rows through an imported ONNX model",
    ),
    heavy=True,
)
def onnx_predict(model: Base64, sha256: Digest, x: Matrix) -> OnnxPrediction:
    """Run rows through an ONNX model with one numeric input of shape (rows, features).

    Args:
        model: the file, in base64. At most 50 MB.
        sha256: its SHA-256, in hexadecimal.
        x: (n, p) rows, in the order of features that the model knows.

    Raises:
        InvalidInput: as in `onnx_inspect`, another number of features, or a model of another kind.
        LimitExceeded: a larger file, or more than ten million numbers out.

    Source: ONNX Intermediate Representation specification, version 8; ONNX Runtime.
    """
    import numpy as np

    session = _session(_bytes(model, sha256))
    ports = session.get_inputs()
    if len(ports) != 1 or ports[0].type not in NUMERIC or len(ports[0].shape) != 2:
        raise InvalidInput("model", N_("no toma una sola tabla de números"))
    rows = matrix(x, "x")
    wide = ports[0].shape[1]
    if isinstance(wide, int) and rows.shape[1] != wide:
        raise InvalidInput("x", N_("no tiene tantas columnas como el modelo pide"))
    with np.errstate(over="ignore", invalid="ignore"):
        fed = rows.astype(NUMERIC[ports[0].type])
    if not np.isfinite(fed.astype(float)).all():
        raise InvalidInput("x", N_("tiene números que el modelo no alcanza; cambie de unidad"))
    if fed.dtype.kind == "i" and (fed != rows).any():
        raise InvalidInput("x", N_("tiene decimales y el modelo solo toma enteros"))
    # Many models are exported to take one row at a time.
    at_once = max(1, ports[0].shape[0]) if isinstance(ports[0].shape[0], int) else len(fed)
    if len(fed) % at_once:
        raise InvalidInput("x", N_("no encaja en lo que el modelo espera"))
    try:
        parts = [session.run(None, {ports[0].name: fed[i : i + at_once]}) for i in range(0, len(fed), at_once)]
        given = [_joined(values) for values in zip(*parts, strict=True)]
    except Exception as error:
        raise InvalidInput("x", N_("no encaja en lo que el modelo espera")) from error
    found: dict[str, list[list[float]] | list[str]] = {}
    for port, values in zip(session.get_outputs(), given, strict=True):
        if isinstance(values, list):  # a map a row, as classifiers give: class to probability
            found[port.name] = [[float(v) for v in row.values()] for row in values]
            continue
        if values.size > MOST_CELLS:
            raise LimitExceeded("x", MOST_CELLS, int(values.size), N_("pase menos filas"))
        if values.dtype.kind in "OUS":
            found[port.name] = [str(v) for v in values.ravel()]
        else:
            table = values.reshape(len(values), -1).astype(float) if values.ndim else values.reshape(1, 1).astype(float)
            if not np.isfinite(table).all():
                raise InvalidInput("x", N_("lleva al modelo a números que no son finitos"))
            found[port.name] = table.tolist()
    return OnnxPrediction(method="CPU, one thread", library="onnxruntime", n=int(rows.shape[0]), outputs=found)


def _joined(parts: tuple[Any, ...]) -> Any:
    """One output of several runs as one."""
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    return np.concatenate([np.atleast_1d(part) for part in parts])


class Exported(Computed):
    """A trained network as an ONNX file: `model` is its base64 text, `sha256` what to keep beside it.

    It takes one table of `columns` in this order, unscaled, and gives `prediction`. `r2` is on the rows that it
    learned from. `largest_difference` is
    how far ONNX Runtime is from the network it was written from, on the rows given.
    """

    model: str
    sha256: str
    columns: list[str]
    r2: float
    largest_difference: float


@operation(
    "Exportar una red a ONNX",
    examples=(
        "Entrena una red para el coste y expórtala a ONNX con su huella SHA-256",
        "Train a small network and export it as an ONNX model",
    ),
    heavy=True,
)
def export_onnx(
    data: Table,
    target: str,
    hidden: Hidden = (16,),
    features: tuple[str, ...] = (),
    max_iter: Annotated[int, Field(ge=10, le=20_000)] = 5000,
    seed: Seed = 0,
) -> Exported:
    """Train a network of numbers for an amount, and write it with its scaling as an ONNX file.

    Args:
        data: a row a case; numeric features without gaps. 20 to 100,000 rows.
        target: the column with the amount.
        hidden: width of each hidden layer (ReLU), 1 to 10 layers.
        features: columns to learn from, numeric; by default all others.
        max_iter: most steps of training.
        seed: where chance begins.

    Raises:
        InvalidInput: texts or gaps among the features, or a target that does not vary.
        InsufficientData: fewer than 20 rows.
        LimitExceeded: too many rows, columns or weights.
        NotConverged: the training does not settle, or the file does not give the same numbers.

    Source: ONNX Intermediate Representation specification, version 8, operators Sub, Div, Gemm, Relu of opset 13.
    """
    import numpy as np
    from sklearn.metrics import r2_score

    held = prepare(data, target, features, "regression", least=20)
    if held.features.categorical or held.features.values.isna().any().any():
        raise InvalidInput("data", N_("debe tener solo números, sin huecos, para exportarse"))
    columns = [str(c) for c in held.features.values.columns]
    check_size([len(columns), *hidden, 1])
    centre, spread = float(held.target.mean()), float(held.target.std())
    scaled = type(held)(held.features, (held.target - centre) / spread)
    network, scaler, told = trained_regression(scaled, hidden, "relu", max_iter, seed)
    weights, biases = [w.copy() for w in network.coefs_], [b.copy() for b in network.intercepts_]
    weights[-1], biases[-1] = weights[-1] * spread, biases[-1] * spread + centre
    raw = _written(columns, scaler.mean_, scaler.scale_, weights, biases)
    x = held.features.values.to_numpy(dtype=float)
    ours = network.predict(scaler.transform(x)) * spread + centre
    session = _session(raw)
    theirs = session.run(None, {"features": x.astype(np.float32)})[0].ravel()
    gap = float(np.abs(ours - theirs).max())
    said = [
        *held.features.cautions,
        *told,
        Caution(text=N_("El error sobre las mismas filas engaña: evalúe con filas no vistas")),
    ]
    if gap > SLACK * max(float(np.ptp(ours)), spread):
        said.append(Caution(text=N_("La precisión simple de ONNX se nota en estos datos: reste antes su media")))
    return Exported(
        method=f"ReLU {'-'.join(map(str, hidden))}, opset {OPSET}",
        library="scikit-learn",
        n=held.n,
        seed=seed,
        warnings=tuple(said),
        model=base64.b64encode(raw).decode(),
        sha256=hashlib.sha256(raw).hexdigest(),
        columns=columns,
        r2=float(r2_score(held.target, ours)),
        largest_difference=gap,
    )


def _bytes(model: str, sha256: str) -> bytes:
    try:
        raw = base64.b64decode(model, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("model", N_("no es texto en base64")) from error
    if len(raw) > LARGEST:
        raise LimitExceeded("model", LARGEST, len(raw), N_("use un modelo más pequeño"))
    if hashlib.sha256(raw).hexdigest() != sha256.lower():
        raise InvalidInput("sha256", N_("no es la huella de este modelo: no se abre"))
    return raw


def _session(raw: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.use_deterministic_compute = True
    try:
        return onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InvalidInput("model", N_("no es un modelo ONNX que se pueda abrir")) from error


def _port(port: Any) -> Port:
    return Port(name=port.name, type=port.type, shape=[s if isinstance(s, int) else None for s in port.shape])


# What follows writes the protocol buffers of ONNX: a field is its number and wire type, then its value.


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, value: "int | float | str | bytes") -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _tensor(name: str, values: "Floats") -> bytes:

    dims = b"".join(_field(1, int(d)) for d in values.shape)
    return dims + _field(2, 1) + _field(8, name) + _field(9, values.astype("<f4", order="C").tobytes())


def _node(kind: str, inputs: Iterable[str], output: str) -> bytes:
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)


def _declared(name: str, columns: int) -> bytes:
    rows, wide = _field(1, _field(2, "rows")), _field(1, _field(1, columns))
    tensor = _field(1, 1) + _field(2, rows + wide)
    return _field(1, name) + _field(2, _field(1, tensor))


def _written(columns: list[str], mean: "Floats", scale: "Floats", weights: list[Any], biases: list[Any]) -> bytes:
    """The model file of a ReLU network over standardised inputs."""
    held = [_tensor("mean", mean), _tensor("scale", scale)]
    nodes = [_node("Sub", ("features", "mean"), "centred"), _node("Div", ("centred", "scale"), "h0")]
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        held += [_tensor(f"w{i}", weight), _tensor(f"b{i}", bias)]
        last = i == len(weights) - 1
        nodes.append(_node("Gemm", (f"h{i}", f"w{i}", f"b{i}"), "prediction" if last else f"z{i}"))
        if not last:
            nodes.append(_node("Relu", (f"z{i}",), f"h{i + 1}"))
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, "network")
    graph += b"".join(_field(5, tensor) for tensor in held)
    graph += _field(11, _declared("features", len(columns))) + _field(12, _declared("prediction", 1))
    told = _field(14, _field(1, "columns") + _field(2, ",".join(columns)))
    return _field(1, IR) + _field(2, "ait-core-soriano") + _field(7, graph) + _field(8, _field(2, OPSET)) + told
