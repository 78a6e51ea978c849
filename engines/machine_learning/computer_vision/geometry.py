"""Papers photographed aslant or scanned askew, put straight."""

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import Field

from engines.arrays import CONSTANT
from engines.contract import Computed, Real, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.machine_learning.computer_vision.images import MOST_POINTS, SMALLER, Picture, coloured, grey, png, shrunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Corners: TypeAlias = Annotated[list[tuple[Real, Real]], Field(min_length=4, max_length=4)]
"""Four corners (x, y) in points, one after the other round the figure."""

IN_LINE: Final = N_("debe tener cuatro esquinas en orden, sin tres en línea")
NO_SHEET: Final = N_("no se distingue un papel de cuatro esquinas; indíquelas en «from»")
LEAST_SHARE: Final = 0.1  # of the picture that a sheet must cover to be taken for one
SIDE: Final = 800


class Rectified(Computed):
    """How points of the old picture become those of the new one.

    `matrix` is the homography by rows, nine numbers with a last 1: (x', y', w)ᵀ = M (x, y, 1)ᵀ, divided
    by w. `corners` are those used. `image` is the new picture as a PNG in base64, if one was given.
    """

    matrix: list[float]
    corners: list[tuple[float, float]]
    width: int
    height: int
    image: str | None


class Deskewed(Computed):
    """A page with level lines. `angle` is by how many degrees its text rose to the right; `image` a PNG in base64."""

    angle: float
    image: str


@operation(
    "Enderezar un documento fotografiado",
    examples=(
        "Endereza la foto de este documento a partir de sus cuatro esquinas (corrige la perspectiva)",
        "Rectify the perspective of this photographed document from its four corners",
    ),
    heavy=True,
)
def rectify(
    from_: Annotated[Corners | None, Field(alias="from")] = None,
    to: Corners | None = None,
    image: Picture | None = None,
) -> Rectified:
    """Undo the perspective of a flat paper by the four corners where it is and those where it shall be.

    Args:
        from_: where the corners are, in points of the picture from its top left; found in the picture if
            left out (the largest bright or dark figure of four sides).
        to: where they shall be, in the same order; an upright rectangle of the sides' lengths if left out.
        image: PNG or JPEG in base64, or grey levels, up to 25 million points; without it only the
            matrix is computed.

    Raises:
        InvalidInput: neither corners nor a picture; corners in line or crossing; no sheet to be found.
        LimitExceeded: a picture that is too large, or a new one that would be.

    Source: Hartley & Zisserman, "Multiple View Geometry in Computer Vision" (2nd ed. 2003), section 4.1
    (direct linear transformation with four points).
    """
    import cv2
    import numpy as np

    pixels = None if image is None else coloured(image, "image")
    if from_ is None:
        if pixels is None:
            raise InvalidInput("from", N_("indique las cuatro esquinas o una imagen"))
        start = _sheet(pixels)
    else:
        start = _convex(from_, "from")
    goal = _upright(start) if to is None else _convex(to, "to")
    found = np.asarray(cv2.getPerspectiveTransform(start.astype(np.float32), goal.astype(np.float32)))
    width, height = (max(1, int(np.ceil(goal[:, axis].max()))) for axis in (0, 1))
    turned = None
    if pixels is not None:
        if width * height > MOST_POINTS:
            raise LimitExceeded("to", MOST_POINTS, width * height, SMALLER)
        turned = png(cv2.warpPerspective(pixels, found, (width, height), borderValue=(255, 255, 255)))
    return Rectified(
        method="given corners" if from_ is not None else "largest four-sided contour",
        library="opencv",
        matrix=[float(v) for v in (found / found[2, 2]).ravel()],
        corners=[(float(x), float(y)) for x, y in start],
        width=width,
        height=height,
        image=turned,
    )


def _convex(corners: list[tuple[float, float]], argument: str) -> "Floats":
    """The corners, if going round them one always turns to the same side."""
    import numpy as np

    points = np.array(corners, dtype=np.float64)
    if np.abs(points).max() > 1e6:
        raise InvalidInput(argument, N_("contiene coordenadas imposibles en una imagen"))
    sides = np.roll(points, -1, axis=0) - points
    ahead = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * ahead[:, 1] - sides[:, 1] * ahead[:, 0]
    scale = max(float((sides**2).sum(axis=1).max()), 1e-12)
    if (np.abs(turns) < 1e-6 * scale).any() or abs(np.sign(turns).sum()) != 4:
        raise InvalidInput(argument, IN_LINE)
    return points


def _upright(corners: "Floats") -> "Floats":
    import numpy as np

    lengths = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = max(lengths[0], lengths[2]), max(lengths[1], lengths[3])
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def _sheet(pixels: Any) -> "Floats":
    """The corners of the largest figure of four sides: top left, top right, bottom right, bottom left."""
    import cv2
    import numpy as np

    small = shrunk(pixels, SIDE)
    plain = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    _, parted = cv2.threshold(plain, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(plain, 50, 150), np.ones((3, 3), np.uint8))
    shapes = [c for seen in (parted, 255 - parted, edges)
              for c in cv2.findContours(seen, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]]  # fmt: skip
    area = (small.shape[0] - 1) * (small.shape[1] - 1)  # between the centres of its points, as contours go
    for shape in sorted(shapes, key=cv2.contourArea, reverse=True):
        if not LEAST_SHARE * area < cv2.contourArea(shape):
            break
        round_it = cv2.approxPolyDP(shape, 0.02 * cv2.arcLength(shape, True), True)
        # The frame of the picture itself is no sheet.
        if len(round_it) == 4 and cv2.isContourConvex(round_it) and cv2.contourArea(round_it) < 0.98 * area:
            points = round_it.reshape(4, 2).astype(float) * (pixels.shape[1] / small.shape[1])
            total, apart = points.sum(axis=1), points[:, 1] - points[:, 0]
            order = [total.argmin(), apart.argmin(), total.argmax(), apart.argmax()]
            if len(set(order)) == 4:
                return np.array(points[order])
    raise InvalidInput("image", NO_SHEET)


@operation(
    "Nivelar un escaneo torcido",
    examples=(
        "Corrige la inclinación de esta página escaneada torcida",
        "Deskew this scanned page and tell me the angle",
    ),
    heavy=True,
)
def deskew(image: Picture, most: Annotated[float, Field(gt=0, le=45)] = 15.0) -> Deskewed:
    """Find by how much a page of text was turned, and turn it back.

    The angle is the one at which the rows of ink stand out most from the gaps between the lines.

    Args:
        image: PNG or JPEG in base64, or grey levels, up to 25 million points.
        most: largest angle looked for, in degrees to either side.

    Raises:
        InvalidInput: no picture, or one of a single grey level.
        LimitExceeded: a picture that is too large.

    Source: Postl, "Detection of linear oblique structures and skew scan in digitized documents", ICPR 1986
    (projection profile, squared differences of neighbouring rows).
    """
    import cv2
    import numpy as np

    whole = coloured(image, "image")
    small = shrunk(grey(image, "image"), SIDE)
    if small.min() == small.max():
        raise InvalidInput("image", CONSTANT)
    _, ink = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if ink.mean() > 127:  # light text on dark
        ink = 255 - ink

    def sharpness(angle: float) -> float:
        rows = _turned(ink, -angle, 0).sum(axis=1, dtype=np.float64)
        return float((np.diff(rows) ** 2).sum())

    best = 0.0
    for step, reach in ((1.0, most), (0.1, 1.0), (0.02, 0.1)):
        tried = np.clip(np.arange(best - reach, best + reach + step / 2, step), -most, most)
        best = float(max(tried, key=lambda angle: (round(sharpness(angle), 6), -abs(angle))))
    return Deskewed(
        method="projection profile", library="opencv", angle=round(best, 2), image=png(_turned(whole, -best, 255))
    )


def _turned(pixels: Any, degrees: float, paper: int) -> Any:
    """`pixels` turned counter-clockwise about its centre, the corners filled with `paper`."""
    import cv2

    height, width = pixels.shape[:2]
    about = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    return cv2.warpAffine(pixels, about, (width, height), flags=cv2.INTER_LINEAR, borderValue=(paper,) * 3)
