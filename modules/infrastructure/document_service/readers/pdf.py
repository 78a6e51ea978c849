"""PDF files: their text, the fields of their forms, and pages that are only images by OCR."""

from io import BytesIO
from typing import Any, Final

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers import ocr
from modules.infrastructure.document_service.readers.found import LONGEST_PAGE, MOST_PAGES, Found, Page, Refused

SCALE: Final = 200 / 72  # 200 dots an inch
TELLING: Final = 3  # fewer letters than this on a page are a stray mark, not its text


def read(content: bytes) -> Found:
    """The text of every page; what a form was filled in with stands on a page of its own.

    Raises:
        Refused: it is encrypted or damaged, or has only images and there is no Tesseract.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(Problem.ENCRYPTED)
        count = len(reader.pages)
        pages = [Page(reader.pages[number].extract_text()[:LONGEST_PAGE]) for number in range(min(count, MOST_PAGES))]
        form = [Page(fields, "formulario")] if (fields := _form(reader)) else []
    except Refused:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise Refused(Problem.DAMAGED) from error
    if not pages:
        raise Refused(Problem.DAMAGED)
    pages, unread = _with_images_read(content, pages)
    return Found(pages + form, unread=unread + max(count - MOST_PAGES, 0))


def _form(reader: Any) -> str:
    fields = reader.get_form_text_fields(full_qualified_name=True) or {}
    return "\n".join(f"{name}: {value}" for name, value in fields.items() if value)[:LONGEST_PAGE]


def _with_images_read(content: bytes, pages: list[Page]) -> tuple[list[Page], int]:
    """The pages with those that had no text read from their image; and how many had to stay unread."""
    bare = [number for number, page in enumerate(pages) if len(page.text.strip()) < TELLING]
    if not bare:
        return pages, 0
    try:
        ocr.languages()
    except Refused:
        if len(bare) == len(pages):
            raise
        return pages, len(bare)
    found = list(pages)
    for number in bare[: ocr.MOST_PAGES]:
        found[number] = ocr.recognised(_rendered(content, number))
    return found, max(len(bare) - ocr.MOST_PAGES, 0)


def _rendered(content: bytes, number: int) -> Any:
    import pypdfium2  # type: ignore[import-untyped]

    try:
        page = pypdfium2.PdfDocument(content)[number]
        width, height = page.get_size()
        scale = min(SCALE, (ocr.FOR_READING / max(width * height, 1)) ** 0.5)
        return page.render(scale=scale, grayscale=True).to_pil()
    except pypdfium2.PdfiumError as error:
        raise Refused(Problem.DAMAGED) from error
