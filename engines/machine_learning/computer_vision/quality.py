"""Whether a photograph serves, whether two pictures are one, and how much they differ."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.contract import Caution, Computed, NonNegative, Share, operation
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded
from engines.machine_learning.computer_vision.images import SMALLER, Picture, coloured, grey, shrunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Problem = Literal["small", "blurred", "glare", "dark", "overexposed", "flat"]

SIDE: Final = 1024  # at which sharpness is measured, so that it does not depend on the camera
WINDOW: Final = 11
MOST_OTHERS: Final = 5_000
HASH: Final = re.compile(r"[0-9a-f]{16}")
ROUGH: Final = N_("Los umbrales son orientativos: ajústelos con fotos suyas que hayan servido y que no.")
SAME_SIZE: Final = N_("debe medir lo mismo que la otra imagen")
NOT_LISTED: Final = N_("debe contener imágenes en base64 o huellas de 16 cifras hexadecimales")
FLAT_HASH: Final = N_("La imagen apenas tiene dibujo: su huella se parece a la de cualquier otra lisa.")


class ImageMetrics(Computed):
    """How much two pictures differ: mean squared error of grey levels, its ratio to the peak in decibels, SSIM.

    `psnr_db` is None for equal pictures, whose ratio is infinite.
    """

    mse: float
    psnr_db: float | None
    ssim: float


class PhotoQuality(Computed):
    """Whether a photograph serves as evidence of damage.

    Sharpness is the variance of the Laplacian; `glare_share` that of burnt-out points without colour,
    `dark_share` that of nearly black ones; brightness and contrast (standard deviation) are of grey levels.
    """

    acceptable: bool
    problems: list[Problem]
    width: int
    height: int
    sharpness: float
    glare_share: float
    dark_share: float
    brightness: float
    contrast: float


class Duplicates(Computed):
    """The print of a photograph, 16 hexadecimal digits, and its distance, 0 to 64 bits, to each other one.

    `duplicates` are positions in `others`, the nearest first.
    """

    hash: str
    distances: list[int]
    duplicates: list[int]


@operation(
    "Diferencia entre dos imágenes",
    examples=(
        "¿Cuánto difieren estas dos imágenes? Dame el error cuadrático, el PSNR y el SSIM",
        "Compare two images: MSE, PSNR and SSIM",
    ),
    heavy=True,
)
def image_metrics(a: Picture, b: Picture) -> ImageMetrics:
    """Measure how much two pictures of one size differ.

    Args:
        a: PNG or JPEG in base64, or grey levels from 0 to 255, at least 11 points wide and high.
        b: the other picture, of the same size.

    Raises:
        InvalidInput: no pictures, or of different sizes.
        InsufficientData: fewer than 11 points a side.
        LimitExceeded: a picture that is too large.

    Source: Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", IEEE Transactions on Image Processing 13 (2004), equation 13, Gaussian window of 11, sigma 1.5.
    """
    import cv2
    import numpy as np

    x, y = grey(a, "a").astype(np.float64), grey(b, "b").astype(np.float64)
    if x.shape != y.shape:
        raise InvalidInput("b", SAME_SIZE)
    if min(x.shape) < WINDOW:
        raise InsufficientData("a", WINDOW, min(x.shape))
    edge = WINDOW // 2

    def blurred(values: Any) -> Any:
        return cv2.GaussianBlur(values, (WINDOW, WINDOW), 1.5)[edge:-edge, edge:-edge]

    mse = float(((x - y) ** 2).mean())
    mx, my = blurred(x), blurred(y)
    vx, vy, xy = blurred(x * x) - mx**2, blurred(y * y) - my**2, blurred(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mx * my + c1) * (2 * xy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return ImageMetrics(
        method="grey levels, Gaussian window of 11",
        library="opencv",
        n=x.size,
        mse=mse,
        psnr_db=float(10 * np.log10(255**2 / mse)) if mse > 0 else None,
        ssim=float(alike.mean()),
    )


@operation(
    "Calidad de una fotografía",
    examples=(
        "¿Sirve esta foto del siniestro o está borrosa, oscura o con reflejos?",
        "Check the quality of this claim photo: blur, glare, size",
    ),
    heavy=True,
)
def photo_quality(
    image: Picture,
    least_sharpness: NonNegative = 60.0,
    most_glare: Share = 0.10,
    most_dark: Share = 0.60,
    least_contrast: NonNegative = 12.0,
    least_side: Annotated[int, Field(ge=1, le=10_000)] = 600,
) -> PhotoQuality:
    """Judge whether a photograph is sharp, lit and large enough to see damage on it.

    Args:
        image: PNG or JPEG in base64, or grey levels, up to 25 million points.
        least_sharpness: variance of the Laplacian, with the longer side at 1,024 points, under which it is blurred.
        most_glare: share of burnt-out points, 0 to 1.
        most_dark: share of points nearly black, 0 to 1.
        least_contrast: standard deviation of grey levels, 0 to 127.
        least_side: points of the shorter side.

    Raises:
        InvalidInput: no picture.
        InsufficientData: fewer than three points a side.
        LimitExceeded: a picture that is too large.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000 (variance of the
    Laplacian); thresholds are ours.
    """
    import cv2
    import numpy as np

    whole = coloured(image, "image")
    height, width = whole.shape[:2]
    if min(height, width) < 3:
        raise InsufficientData("image", 3, min(height, width))
    pixels = shrunk(whole, SIDE)
    plain = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    spread = pixels.max(axis=2).astype(int) - pixels.min(axis=2)
    sharpness = float(cv2.Laplacian(plain, cv2.CV_64F).var())
    glare = float(((plain >= 250) & (spread <= 20)).mean())
    dark = float((plain <= 30).mean())
    brightness, contrast = float(plain.mean()), float(np.std(plain))
    checks: dict[Problem, bool] = {
        "small": min(width, height) < least_side,
        "blurred": sharpness < least_sharpness,
        "glare": glare > most_glare,
        "dark": dark > most_dark,
        "overexposed": brightness > 235,
        "flat": contrast < least_contrast,
    }
    problems = [problem for problem, found in checks.items() if found]
    return PhotoQuality(
        method="variance of the Laplacian at 1,024 points",
        library="opencv",
        acceptable=not problems,
        problems=problems,
        width=width,
        height=height,
        sharpness=sharpness,
        glare_share=glare,
        dark_share=dark,
        brightness=brightness,
        contrast=contrast,
        warnings=(Caution(text=ROUGH),),
    )


@operation(
    "Fotografía repetida",
    examples=(
        "¿Es esta foto la misma que ya se presentó en otro siniestro? Búscala entre estas huellas",
        "Detect a duplicate claim photo by perceptual hash",
    ),
    heavy=True,
)
def duplicate_photo(
    image: Picture, others: list[str] | None = None, most_distance: Annotated[int, Field(ge=0, le=64)] = 10
) -> Duplicates:
    """Find which other photographs show the same picture, even resized, recompressed or a little retouched.

    A crop, a turn or a mirror image escapes it; very plain pictures resemble each other.

    Args:
        image: PNG or JPEG in base64, or grey levels, up to 25 million points.
        others: pictures in base64, or prints (`hash`) kept from earlier ones, up to 5,000; without them
            only the print is computed.
        most_distance: bits, 0 to 64, up to which two prints are of one picture.

    Raises:
        InvalidInput: no picture, or something else among the others.
        LimitExceeded: a picture that is too large, or too many.

    Source: Zauner, "Implementation and benchmarking of perceptual image hash functions" (Hagenberg, 2010),
    section 3.2.1 (DCT hash): 32 x 32 points, the 8 x 8 lowest frequencies but the mean, against their median.
    """
    given = others or []
    if len(given) > MOST_OTHERS:
        raise LimitExceeded("others", MOST_OTHERS, len(given), SMALLER)
    own, drawn = _print(grey(image, "image"))
    distances = [(own ^ _of(other)).bit_count() for other in given]
    near = sorted((i for i, d in enumerate(distances) if d <= most_distance), key=lambda i: distances[i])
    return Duplicates(
        method="DCT hash of 64 bits, Hamming distance",
        library="opencv",
        n=len(given),
        hash=f"{own:016x}",
        distances=distances,
        duplicates=near,
        warnings=() if drawn else (Caution(text=FLAT_HASH),),
    )


def _of(other: str) -> int:
    if HASH.fullmatch(other.lower()):
        return int(other, 16)
    try:
        return _print(grey(other, "others"))[0]
    except InvalidInput as error:
        raise InvalidInput("others", NOT_LISTED) from error


def _print(pixels: "NDArray[np.uint8]") -> tuple[int, bool]:
    """The print, and whether there is enough of a drawing for it to mean something."""
    import cv2
    import numpy as np

    small = cv2.resize(cv2.GaussianBlur(pixels, (7, 7), 0), (32, 32), interpolation=cv2.INTER_AREA)
    waves = cv2.dct(small.astype(np.float32))[:8, :8].ravel()
    waves[0] = 0.0  # the mean level says nothing of the drawing
    bits = waves > np.median(waves)
    return int("".join("1" if bit else "0" for bit in bits), 2), bool(small.std() > 4)
