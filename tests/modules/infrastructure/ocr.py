"""Whether tests of OCR can run: they skip only where nobody promised that they would."""

import os
import shutil

import pytest

needs_ocr = pytest.mark.skipif(
    shutil.which("tesseract") is None and not os.environ.get("CI"), reason="no tesseract: install tesseract-ocr-spa"
)
