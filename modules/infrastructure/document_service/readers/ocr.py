"""Reading images (*reconocimiento de texto*) with Tesseract, in Spanish and English."""

import shutil
import subprocess
from functools import cache
from io import BytesIO
from typing import Any, Final

from modules.infrastructure.document_service.problems import Problem
from modules.infrastructure.document_service.readers.found import Page, Refused

LANGUAGES: Final = ("spa", "eng")
MOST_POINTS: Final = 50_000_000  # of an image that is opened at all (ASVS 5.2.6)
FOR_READING: Final = 9_000_000  # an A4 page at 300 dots an inch
MOST_PAGES: Final = 4  # that are read from images: the 20 seconds allow no more on a small machine


@cache
def languages() -> str:
    """The languages to read in, as Tesseract takes them.

    Raises:
        Refused: it is not installed, or not for Spanish.
    """
    if shutil.which("tesseract") is None:
        raise Refused(Problem.NO_OCR)
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False).stdout.split()
    if "spa" not in listed:
        raise Refused(Problem.NO_OCR)
    return "+".join(language for language in LANGUAGES if language in listed)


def recognised(image: Any, title: str = "") -> Page:
    """The text on `image` (of Pillow), with the mean confidence of its words.

    Raises:
        Refused: there is no Tesseract, or the image is beyond it.
    """
    grey = image.convert("L")
    points = grey.width * grey.height
    if points > FOR_READING:
        grey = grey.reduce(1 + int((points / FOR_READING) ** 0.5))
    held = BytesIO()
    grey.save(held, "PNG", compress_level=1)
    done = subprocess.run(
        ["tesseract", "-", "-", "-l", languages(), "--psm", "3", "tsv"],
        input=held.getvalue(),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise Refused(Problem.DAMAGED if done.returncode > 0 else Problem.TOO_LARGE)
    return _page(done.stdout.decode("utf-8", "replace"), title)


def _page(tsv: str, title: str) -> Page:
    """Lines and paragraphs again from Tesseract's table of words."""
    lines: dict[tuple[str, ...], list[str]] = {}
    confidences = []
    for row in tsv.splitlines()[1:]:
        level, page, block, paragraph, line, _, _, _, _, _, confidence, word = row.split("\t", 11)
        if level == "5" and word.strip():
            lines.setdefault((page, block, paragraph, line), []).append(word)
            confidences.append(int(confidence.partition(".")[0]))
    mean = round(sum(confidences) / len(confidences)) if confidences else 0
    paragraphs: dict[tuple[str, ...], list[str]] = {}
    for key, words in lines.items():
        paragraphs.setdefault(key[:3], []).append(" ".join(words))
    return Page("\n\n".join("\n".join(part) for part in paragraphs.values()), title, mean)
