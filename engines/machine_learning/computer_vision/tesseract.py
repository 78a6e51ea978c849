"""Reading print with the program Tesseract (*reconocimiento óptico de caracteres*)."""

import os
import shutil
import subprocess
from functools import cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from engines.contract import Quoted
from engines.errors import N_, InvalidInput, MissingProgram

Tongue: TypeAlias = Literal["spa", "eng", "spa+eng", "cat", "glg", "eus", "por", "fra", "deu"]
SECONDS: Final = 60
READ_BEST: Final = 9_000_000  # points: an A4 page at 300 dots an inch
EMPTY: Final = N_("no contiene texto que se pueda leer")
SLOW: Final = N_("no se ha podido leer en un minuto; recórtela o redúzcala")
UNREAD: Final = N_("el lector de texto no admite esta imagen")


class Read(NamedTuple):
    """One word: its text, its box in points, its confidence from 0 to 100, and the line it stands in."""

    text: Quoted
    left: int
    top: int
    width: int
    height: int
    confidence: float
    line: tuple[int, int, int]


def words(pixels: Any, lang: Tongue, psm: int) -> list[Read]:
    """The words on a page of grey levels, in reading order.

    Raises:
        MissingProgram: Tesseract or the language is not installed.
        InvalidInput: it finds no text, or cannot read the picture in a minute.
    """
    import cv2

    _require(lang)
    share = min(1.0, (READ_BEST / (pixels.shape[0] * pixels.shape[1])) ** 0.5)
    small = pixels if share == 1 else cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    try:
        done = subprocess.run(
            ["tesseract", "stdin", "stdout", "-l", lang, "--psm", str(psm), "tsv"],
            input=cv2.imencode(".png", small)[1].tobytes(),
            capture_output=True,
            check=False,
            timeout=SECONDS,
            # Its threads hinder more than they help on pages, and would take every core.
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise InvalidInput("image", SLOW) from error
    if done.returncode != 0:
        raise InvalidInput("image", UNREAD)
    found = _rows(done.stdout.decode("utf-8", "replace"), share)
    if not found:
        raise InvalidInput("image", EMPTY)
    return found


def text_of(read: list[Read]) -> str:
    """The words in lines, and the lines in blocks with an empty line between."""
    lines: dict[tuple[int, int, int], list[str]] = {}
    for word in read:
        lines.setdefault(word.line, []).append(word.text)
    blocks: dict[tuple[int, int], list[str]] = {}
    for (block, paragraph, _), said in lines.items():
        blocks.setdefault((block, paragraph), []).append(" ".join(said))
    return "\n\n".join("\n".join(block) for block in blocks.values())


def _rows(table: str, share: float) -> list[Read]:
    found = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t", 11)
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            left, top, width, height = (round(int(cell) / share) for cell in cells[6:10])
            block, paragraph, line = (int(cell) for cell in cells[2:5])
            confidence = min(100.0, max(0.0, float(cells[10])))
            found.append(Read(cells[11].strip(), left, top, width, height, confidence, (block, paragraph, line)))
    return found


def _require(lang: Tongue) -> None:
    if shutil.which("tesseract") is None:
        raise MissingProgram("image", "tesseract", "apt install tesseract-ocr tesseract-ocr-spa")
    there = _languages()
    for one in lang.split("+"):
        if one not in there:
            raise MissingProgram("lang", f"tesseract ({one})", f"apt install tesseract-ocr-{one}")


@cache
def _languages() -> frozenset[str]:
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False, timeout=SECONDS)
    return frozenset(listed.stdout.split())
