"""Damage on photographs (*daños*): a transparent score of irregularity, and a place for a model of the caller's."""

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Positive, Real, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.machine_learning.computer_vision.images import SMALLER, Picture, coloured, octets, shrunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE: Final = 512
LEAST_SIDE: Final = 32
TILES: Final = 8
MOST_OCTETS: Final = 25_000_000
REFERENCES: Final[dict[str, tuple[float, float]]] = {
    # feature: (value that counts as full, weight)
    "edge_density": (0.15, 0.30),
    "edge_disorder": (1.0, 0.25),
    "texture": (0.12, 0.20),
    "colour_anomaly": (0.10, 0.25),
}
DRAWN: Final = 0.87  # share of pairs of drawn panels, one damaged, in the right order (measured in the tests)
UNPROVEN: Final = N_(
    "Mide irregularidad, no daños: sin entrenar con fotos reales, su acierto en ellas es desconocido "
    "(en láminas dibujadas con y sin daños ordena bien el {share} % de los pares). Adornos, suciedad, reflejos o "
    "follaje la suben. Úsela para elegir qué fotos mirar antes; no para aceptar, rechazar ni valorar."
)
THEIRS: Final = N_("La calidad de esta puntuación es la del modelo que usted aporta; aquí no se ha comprobado.")
NOT_A_MODEL: Final = N_("no es un modelo ONNX que se pueda ejecutar con esta imagen")


class Feature(Part):
    """One measure of irregularity: its share of the score is weight x min(1, value / full)."""

    name: str
    value: float
    full: float
    weight: float
    contribution: float


class DamageFeatures(Computed):
    """How irregular a surface looks, 0 to 1, and what that is made of; `spots` are the oddest tiles.

    Each spot is (left, top, right, bottom) as shares of the picture's width and height.
    """

    score: float
    features: list[Feature]
    spots: list[tuple[float, float, float, float]]


class DamageScore(Computed):
    """What the caller's model says: one score, and all its outputs, after the activation."""

    score: float
    outputs: list[float]
    sha256: str


@operation(
    "Irregularidades en la foto de un daño",
    examples=(
        "¿Qué fotos del siniestro muestran más irregularidades (bordes, textura, color) y conviene mirar primero?",
        "Damage features of this vehicle photo: edges, texture and colour anomalies",
    ),
    heavy=True,
)
def damage_features(image: Picture) -> DamageFeatures:
    """Score how irregular a surface looks by edges, texture and colour, to order photographs for a person.

    It knows no damage: it was trained on nothing, its weights are ours, and its quality on real
    photographs is not known. On drawn panels with and without cracks and dents it puts 87 % of pairs in
    the right order, which says little of photographs.

    Args:
        image: PNG or JPEG in base64, or grey levels, up to 25 million points, at least 32 a side; best
            filled by the part that matters.

    Raises:
        InvalidInput: no picture.
        InsufficientData: fewer than 32 points a side.
        LimitExceeded: a picture that is too large.

    Source: Canny, IEEE Transactions on Pattern Analysis and Machine Intelligence 8 (1986) (edges); entropy of gradient
    directions after Dalal & Triggs, CVPR 2005; outlying colours by the modified z-score over 3.5 in CIE L*a*b*,
    Iglewicz & Hoaglin, "How to detect and handle outliers" (1993).
    """
    whole = coloured(image, "image")
    if min(whole.shape[:2]) < LEAST_SIDE:
        raise InsufficientData("image", LEAST_SIDE, min(whole.shape[:2]))
    pixels = shrunk(whole, SIDE)
    values, oddness = _measured(pixels)
    features = [
        Feature(
            name=name, value=values[name], full=full, weight=weight, contribution=weight * min(1.0, values[name] / full)
        )
        for name, (full, weight) in REFERENCES.items()
    ]
    return DamageFeatures(
        method="weighted irregularity of edges, texture and colour",
        library="opencv",
        n=whole.shape[0] * whole.shape[1],
        score=min(1.0, sum(f.contribution for f in features)),
        features=features,
        spots=_spots(oddness),
        warnings=(Caution(text=UNPROVEN, values={"share": round(100 * DRAWN)}),),
        charts=(
            Chart(
                kind="bar",
                title=N_("De qué se compone la puntuación"),
                y_label=N_("Aportación"),
                series=(
                    Series(
                        name=N_("Aportación"),
                        x=tuple(f.name for f in features),
                        y=tuple(f.contribution for f in features),
                    ),
                ),
            ),
        ),
    )


def _measured(pixels: Any) -> tuple[dict[str, float], "NDArray[np.float64]"]:
    """The measures by their names, and how odd each tile is beside the usual one."""
    import cv2
    import numpy as np

    plain = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    smooth = cv2.GaussianBlur(plain, (5, 5), 0)
    edges = cv2.Canny(smooth, 40, 120) > 0
    across, down = cv2.Sobel(smooth, cv2.CV_64F, 1, 0), cv2.Sobel(smooth, cv2.CV_64F, 0, 1)
    level = plain.astype(np.float64)
    local = np.sqrt(np.maximum(cv2.blur(level**2, (9, 9)) - cv2.blur(level, (9, 9)) ** 2, 0.0)) / 255
    odd = _odd_colours(pixels)
    density = _tiles(edges.astype(np.float64))
    rough = _tiles(local)
    typical = max(float(np.median(rough)), 0.005)
    return {
        "edge_density": float(edges.mean()),
        "edge_disorder": _disorder(across, down, edges),
        "texture": float(local.mean()),
        "colour_anomaly": float(odd.mean()),
    }, density + rough / typical / 10 + _tiles(odd)


def _disorder(across: Any, down: Any, edges: Any) -> float:
    """Entropy of the directions of edges, 0 (all parallel) to 1 (all directions alike), for enough of them."""
    import numpy as np

    if edges.sum() < 50:
        return 0.0
    directions = np.mod(np.arctan2(down[edges], across[edges]), np.pi)
    counts, _ = np.histogram(directions, bins=18, range=(0, np.pi))
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(18))


def _odd_colours(pixels: Any) -> "NDArray[np.float64]":
    """1 where a point's colour lies apart from those of most of the picture."""
    import cv2
    import numpy as np

    lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB).astype(np.float64)
    away = np.abs(lab - np.median(lab, axis=(0, 1)))
    spread = np.maximum(np.median(away, axis=(0, 1)), 2.0)  # a surface of one colour still has noise
    return np.asarray((0.6745 * away / spread > 3.5).any(axis=2), dtype=np.float64)


def _tiles(values: Any) -> "NDArray[np.float64]":
    import cv2
    import numpy as np

    return np.asarray(cv2.resize(values, (TILES, TILES), interpolation=cv2.INTER_AREA), dtype=np.float64)


def _spots(oddness: "NDArray[np.float64]") -> list[tuple[float, float, float, float]]:
    """The tiles that stand out by more than two median deviations, the oddest first, five at most."""
    import numpy as np

    centre = float(np.median(oddness))
    spread = float(np.median(np.abs(oddness - centre)))
    places = [divmod(int(i), TILES) for i in np.argsort(-oddness, axis=None, kind="stable")[:5]]
    return [
        (column / TILES, row / TILES, (column + 1) / TILES, (row + 1) / TILES)
        for row, column in places
        if oddness[row, column] > centre + 2 * 1.4826 * spread + 1e-9
    ]


@operation(
    "Puntuar daños con un modelo propio",
    examples=(
        "Puntúa el daño de esta foto con nuestro modelo ONNX entrenado",
        "Score the damage in this photo with our own ONNX model",
    ),
    heavy=True,
)
def damage_score(
    image: Picture,
    model: str,
    sha256: str,
    side: Annotated[int, Field(ge=1, le=2048)] = 224,
    mean: tuple[Real, Real, Real] = (0.485, 0.456, 0.406),
    sd: tuple[Positive, Positive, Positive] = (0.229, 0.224, 0.225),
    channels_first: bool = True,
    activation: Literal["none", "sigmoid", "softmax"] = "softmax",
    output: Annotated[int, Field(ge=0, le=100_000)] = 0,
) -> DamageScore:
    """Run an image model of the caller's (ONNX) on a photograph and read one of its outputs.

    Args:
        image: PNG or JPEG in base64, or grey levels, up to 25 million points.
        model: the ONNX file in base64, up to 25 MB, with one image input; accept only models of your own registry.
        sha256: its SHA-256 as the registry has it, 64 hexadecimal digits; another file is refused.
        side: points a side to which the picture is squeezed.
        mean: of red, green and blue, 0 to 1, subtracted (those of ImageNet if left out).
        sd: of red, green and blue, divided by.
        channels_first: whether the input is (1, 3, side, side) rather than (1, side, side, 3).
        activation: what turns the outputs into scores: none, sigmoid or softmax.
        output: which output is the score, from 0.

    Raises:
        InvalidInput: no picture; a file that differs from its sum, is no model or does not fit the picture.
        LimitExceeded: a picture or a model that is too large.

    Source: ONNX specification, IR version 3 and later (onnx.ai); normalisation of ImageNet models:
    He et al., CVPR 2016.
    """
    import cv2
    import numpy as np

    file = octets(model, "model")
    if len(file) > MOST_OCTETS:
        raise LimitExceeded("model", MOST_OCTETS, len(file), SMALLER)
    if hashlib.sha256(file).hexdigest() != sha256.lower():
        raise InvalidInput("sha256", N_("no es la suma del modelo: no es el que se registró"))
    pixels = cv2.resize(coloured(image, "image"), (side, side), interpolation=cv2.INTER_AREA)[:, :, ::-1]
    tensor = (pixels.astype(np.float32) / 255 - np.array(mean, np.float32)) / np.array(sd, np.float32)
    found = _run(file, tensor.transpose(2, 0, 1)[None] if channels_first else tensor[None])
    if output >= found.size:
        raise InvalidInput("output", N_("el modelo no tiene tantas salidas"))
    scores = _activated(found, activation)
    return DamageScore(
        method=f"ONNX model of the caller, {activation}",
        library="onnxruntime",
        n=1,
        score=float(scores[output]),
        outputs=[float(v) for v in scores],
        sha256=sha256.lower(),
        warnings=(Caution(text=THEIRS),),
    )


def _run(file: bytes, tensor: Any) -> "NDArray[np.float64]":
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        inputs = session.get_inputs()
        if len(inputs) != 1:
            raise InvalidInput("model", N_("debe tener una sola entrada: la imagen"))
        found = session.run(None, {inputs[0].name: np.ascontiguousarray(tensor, dtype=np.float32)})[0]
        values = np.asarray(found, dtype=np.float64).ravel()
    except InvalidInput:
        raise
    # The library raises its own classes, all of RuntimeError or plain Exception, as it sees fit.
    except Exception as error:
        raise InvalidInput("model", NOT_A_MODEL) from error
    if not values.size or values.size > 100_000 or not np.isfinite(values).all():
        raise InvalidInput("model", N_("no da números finitos para esta imagen"))
    return values


def _activated(values: "NDArray[np.float64]", activation: str) -> "NDArray[np.float64]":
    import numpy as np

    if activation == "softmax":
        raised = np.exp(values - values.max())
        return np.asarray(raised / raised.sum())
    return 1 / (1 + np.exp(-np.clip(values, -700, 700))) if activation == "sigmoid" else values
