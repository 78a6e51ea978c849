"""What a picture must be before anything looks at it, and how a picture is given back.

A picture comes as base64 text of a PNG, a JPEG or (where text is read) a PDF, or as rows of grey
levels from 0 to 255. It is refused before it is unpacked if it is too large.
"""

import base64
import binascii
import math
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engines.arrays import matrix
from engines.contract import Matrix
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Pixels = NDArray[np.uint8]

Picture: TypeAlias = str | Matrix
"""A picture as base64 text, or as rows of grey levels."""

MOST_POINTS: Final = 25_000_000
MOST_LETTERS: Final = 40_000_000  # 30 MB of file
MOST_PAGES: Final = 50
DOTS: Final = 200 / 72  # a PDF's points become 200 dots an inch
SMALLER: Final = N_("redúzcala o recórtela")
SPLIT: Final = N_("divida el documento")
NOT_BASE64: Final = N_("debe ser una imagen en base64")
NOT_A_PICTURE: Final = N_("no es una imagen PNG o JPEG que se pueda leer")
NOT_A_DOCUMENT: Final = N_("no es un PDF que se pueda leer")
NO_PAGE: Final = N_("el documento no tiene esa página")
NOT_LEVELS: Final = N_("debe contener niveles de gris enteros de 0 a 255")


def octets(image: str, argument: str) -> bytes:
    """The file that base64 text holds; the beginning of a data URL is left out.

    Raises:
        InvalidInput: no base64.
        LimitExceeded: more than 30 MB.
    """
    text = image.partition(",")[2] if image.startswith("data:") else image
    if len(text) > MOST_LETTERS:
        raise LimitExceeded(argument, MOST_LETTERS, len(text), SMALLER)
    try:
        found = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(argument, NOT_BASE64) from error
    if not found:
        raise InvalidInput(argument, NOT_BASE64)
    return found


def opened(image: str, argument: str) -> "Image":
    """The picture of a PNG or JPEG file, unpacked, with what its camera wrote into it.

    Raises:
        InvalidInput: another kind of file, or a damaged one.
        LimitExceeded: more than 25 million points.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        found = Image.open(BytesIO(octets(image, argument)), formats=("PNG", "JPEG"))
        _admit(found.width, found.height, argument)
        found.load()
    except (LimitExceeded, InvalidInput):
        raise
    except Image.DecompressionBombError as error:
        raise LimitExceeded(argument, MOST_POINTS, 2 * MOST_POINTS, SMALLER) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        raise InvalidInput(argument, NOT_A_PICTURE) from error
    return found


def coloured(image: Picture, argument: str, page: int = 1) -> "Pixels":
    """The picture as (height, width, 3) blue, green and red, the right way up, on white.

    Raises:
        InvalidInput: no picture, or a page that is not there.
        LimitExceeded: more than 25 million points, or 50 pages.
    """
    import numpy as np

    if not isinstance(image, str):
        return np.repeat(levels(image, argument)[:, :, None], 3, axis=2)
    from PIL import Image, ImageOps

    data = octets(image, argument)
    if data[:1024].lstrip().startswith(b"%PDF"):
        found = _rendered(data, argument, page)
    elif page != 1:
        raise InvalidInput("page", NO_PAGE)
    else:
        found = ImageOps.exif_transpose(opened(image, argument))
    if found.mode.startswith("I"):  # scans of sixteen bits, which Pillow would cut off at 255
        found = Image.fromarray((np.asarray(found, dtype=np.uint32) >> 8).astype(np.uint8))
    if found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info:
        layer = found.convert("RGBA")
        found = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.ascontiguousarray(np.asarray(found.convert("RGB"), dtype=np.uint8)[:, :, ::-1])


def grey(image: Picture, argument: str, page: int = 1) -> "Pixels":
    """The picture as (height, width) grey levels (ITU-R BT.601), the right way up."""
    if not isinstance(image, str):
        return levels(image, argument)
    import cv2
    import numpy as np

    return np.asarray(cv2.cvtColor(coloured(image, argument, page), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def levels(rows: Matrix, argument: str) -> "Pixels":
    """Rows of grey levels as an array of whole numbers from 0 to 255."""
    import numpy as np

    found = matrix(rows, argument, least=1)
    _admit(found.shape[1], found.shape[0], argument)
    if found.min() < 0 or found.max() > 255 or (found != np.floor(found)).any():
        raise InvalidInput(argument, NOT_LEVELS)
    return found.astype(np.uint8)


def shrunk(pixels: Any, side: int) -> Any:
    """`pixels` made smaller so that its longer side is at most `side`; never larger."""
    import cv2

    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    share = side / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def png(pixels: Any) -> str:
    """`pixels` as base64 text of a PNG file."""
    import cv2

    done, held = cv2.imencode(".png", pixels)
    if not done:
        raise InvalidInput("image", NOT_A_PICTURE)
    return base64.b64encode(held.tobytes()).decode("ascii")


def _admit(width: int, height: int, argument: str) -> None:
    if width < 1 or height < 1:
        raise InvalidInput(argument, NOT_A_PICTURE)
    if width * height > MOST_POINTS:
        raise LimitExceeded(argument, MOST_POINTS, width * height, SMALLER)


def _rendered(data: bytes, argument: str, page: int) -> "Image":
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise InvalidInput(argument, NOT_A_DOCUMENT) from error
    try:
        if len(document) > MOST_PAGES:
            raise LimitExceeded(argument, MOST_PAGES, len(document), SPLIT)
        if not 1 <= page <= len(document):
            raise InvalidInput("page", NO_PAGE)
        sheet = document[page - 1]
        width, height = sheet.get_size()
        if width <= 0 or height <= 0:
            raise InvalidInput(argument, NOT_A_DOCUMENT)
        scale = min(DOTS, math.sqrt(MOST_POINTS / (width * height)) * 0.99)
        found: Image = sheet.render(scale=scale).to_pil()
        return found
    except pypdfium2.PdfiumError as error:
        raise InvalidInput(argument, NOT_A_DOCUMENT) from error
    finally:
        document.close()
