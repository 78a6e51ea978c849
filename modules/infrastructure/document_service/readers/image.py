"""Images of documents: scans and photographs, each of their frames a page."""

from io import BytesIO

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers import ocr
from modules.infrastructure.document_service.readers.found import Found, Refused


def read(content: bytes) -> Found:
    """The text on the image.

    Raises:
        Refused: it has more than 50 million points, is damaged, or there is no Tesseract.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # we count ourselves, before anything is decoded
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG", "TIFF", "WEBP")) as image:
            frames = getattr(image, "n_frames", 1)
            pages = []
            for number in range(min(frames, ocr.MOST_PAGES)):
                image.seek(number)
                if image.width * image.height > ocr.MOST_POINTS:
                    raise Refused(Problem.HUGE_IMAGE)
                image.draft("L", image.size)
                pages.append(ocr.recognised(ImageOps.exif_transpose(image)))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Refused(Problem.DAMAGED) from error
    return Found(pages, unread=max(frames - ocr.MOST_PAGES, 0))
