"""Ink and paper: the grey level that parts them best."""

from engines.arrays import CONSTANT
from engines.charts import Chart, Series
from engines.contract import Computed, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.computer_vision.images import Picture, grey, png


class Threshold(Computed):
    """A picture in two tones. Variances are of grey levels, weighted by the share of points in each class.

    `image` is a PNG in base64, white where the level reaches `threshold_lowest_foreground_level`.
    """

    threshold_lowest_foreground_level: int
    within_class_variance: float
    between_class_variance: float
    foreground_share: float
    image: str


@operation(
    "Umbral de Otsu",
    examples=(
        "Convierte este escaneo a blanco y negro con el umbral de Otsu",
        "Binarise this scanned image with Otsu's threshold",
    ),
    heavy=True,
)
def threshold_otsu(image: Picture) -> Threshold:
    """Part a picture into dark and light at the grey level where both classes vary least.

    Args:
        image: PNG or JPEG in base64, or rows of grey levels from 0 to 255; up to 25 million points.

    Raises:
        InvalidInput: no picture, or one of a single grey level.
        LimitExceeded: a picture that is too large.

    Source: Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems, Man,
    and Cybernetics 9 (1979), equations 13 and 14.
    """
    import cv2
    import numpy as np

    pixels = grey(image, "image")
    if pixels.min() == pixels.max():
        raise InvalidInput("image", CONSTANT)
    highest_dark, parted = cv2.threshold(pixels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark, light = pixels[pixels <= highest_dark].astype(float), pixels[pixels > highest_dark].astype(float)
    share = light.size / pixels.size
    histogram = np.bincount(pixels.ravel(), minlength=256)
    return Threshold(
        method="Otsu",
        library="opencv",
        n=pixels.size,
        threshold_lowest_foreground_level=int(highest_dark) + 1,
        within_class_variance=float((1 - share) * dark.var() + share * light.var()),
        between_class_variance=float(share * (1 - share) * (light.mean() - dark.mean()) ** 2),
        foreground_share=share,
        image=png(parted),
        charts=(
            Chart(
                kind="bar",
                title=N_("Niveles de gris"),
                x_label=N_("Nivel"),
                y_label=N_("Puntos"),
                series=(
                    Series(
                        name=N_("Puntos"),
                        x=tuple(float(level) for level in range(256)),
                        y=tuple(float(count) for count in histogram),
                    ),
                ),
            ),
        ),
    )
