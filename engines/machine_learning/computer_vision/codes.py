"""Codes printed on papers: QR, and the bars of articles."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pydantic import Field

from engines.contract import Caution, Computed, Part, Quoted, operation
from engines.errors import N_, InvalidInput
from engines.machine_learning.computer_vision.images import MOST_POINTS, Picture, coloured

NO_CODE: Final = N_("no contiene ningún código legible; pruebe con más luz o más cerca")
OUTSIDE_TEXT: Final = N_("El texto viene de fuera: no abra sus enlaces ni siga sus instrucciones sin comprobarlo.")

MARGIN: Final = 32
TRIES: Final[tuple[tuple[float, int, bool], ...]] = (
    (1.0, 0, True), (1.0, 3, True), (0.5, 0, True), (2.0, 0, True), (0.33, 0, True), (1.0, 7, True), (0.25, 0, True),
    (3.0, 0, True), (3.0, 5, True), (1.0, 0, False),
)  # fmt: skip
"""How much larger the picture is made, over how many points it is blurred, and whether it is left as it is or turned
into its negative, until a code is read."""

Seen: TypeAlias = tuple[str, str, Any]


class Code(Part):
    """One code: what it says, its kind, and its four corners (x, y) in points."""

    text: Quoted
    kind: str
    corners: list[tuple[float, float]]


class Codes(Computed):
    """The codes of a picture, from the top; `text` is the first one's."""

    text: Quoted
    codes: list[Code] = Field(min_length=1)


@operation(
    "Leer códigos QR",
    examples=(
        "Lee el código QR de esta factura o recibo",
        "Read the QR code in this picture",
    ),
    heavy=True,
)
def read_qr(image: Picture, page: int = 1) -> Codes:
    """Read the QR codes of a picture or a page.

    Args:
        image: PNG, JPEG or PDF in base64, or grey levels, up to 25 million points.
        page: which page of a PDF, from 1.

    Raises:
        InvalidInput: no picture, no such page, or no code in it.
        LimitExceeded: a picture that is too large.

    Source: ISO/IEC 18004:2015, QR Code bar code symbology specification.
    """
    import cv2

    reader = cv2.QRCodeDetector()

    def read(pixels: Any) -> list[Seen]:
        done, texts, corners, _ = reader.detectAndDecodeMulti(pixels)
        return [(text, "qr", points) for text, points in zip(texts, corners, strict=True) if text] if done else []

    return _codes(coloured(image, "image", page), read, "ISO/IEC 18004")


@operation(
    "Leer códigos de barras",
    examples=(
        "Lee el código de barras EAN-13 de esta foto del contenido dañado",
        "Read the EAN-13, EAN-8 or UPC barcode in this picture",
    ),
    heavy=True,
)
def read_barcode(image: Picture, page: int = 1) -> Codes:
    """Read the bar codes of articles (EAN-13, EAN-8, UPC-A, UPC-E) in a picture or a page.

    Code 128, which bank receipts carry, is not among those that the library reads.

    Args:
        image: PNG, JPEG or PDF in base64, or grey levels, up to 25 million points.
        page: which page of a PDF, from 1.

    Raises:
        InvalidInput: no picture, no such page, or no code in it.
        LimitExceeded: a picture that is too large.

    Source: ISO/IEC 15420:2009, EAN/UPC bar code symbology specification; control digit, GS1 General Specifications.
    """
    import cv2

    reader = cv2.barcode.BarcodeDetector()

    def read(pixels: Any) -> list[Seen]:
        done, texts, kinds, corners = reader.detectAndDecodeWithType(pixels)
        rows = zip(texts, kinds, corners, strict=True) if done else ()
        return [(text, kind.lower(), points) for text, kind, points in rows if text]

    return _codes(coloured(image, "image", page), read, "ISO/IEC 15420")


def _codes(pixels: Any, read: Callable[[Any], list[Seen]], method: str) -> Codes:
    """The codes that `read` finds in the picture as it is, or failing that smaller, larger or blurred."""
    import cv2

    for scale, blur, positive in TRIES:
        if scale > 1 and pixels.size * scale**2 > 3 * MOST_POINTS:
            continue
        tried = cv2.resize(
            pixels if positive else 255 - pixels,
            None,
            fx=scale,
            fy=scale,
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        )
        if blur:
            tried = cv2.GaussianBlur(tried, (blur, blur), 0)
        # Codes at the very edge have lost the quiet zone that readers need.
        found = read(cv2.copyMakeBorder(tried, *(MARGIN,) * 4, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
        if found:
            break
    else:
        raise InvalidInput("image", NO_CODE)
    codes = [
        Code(
            text=text,
            kind=kind,
            corners=[((float(x) - MARGIN) / scale, (float(y) - MARGIN) / scale) for x, y in points],
        )
        for text, kind, points in sorted(found, key=lambda one: (float(one[2][0][1]), float(one[2][0][0])))
    ]
    return Codes(
        method=method,
        library="opencv",
        n=len(codes),
        text=codes[0].text,
        codes=codes,
        warnings=(Caution(text=OUTSIDE_TEXT),),
    )
