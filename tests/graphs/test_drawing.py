"""The page about the graphs shows them as they are."""

from pathlib import Path

from graphs.drawing import page

PAGE = Path(__file__).parent.parent.parent / "docs" / "graphs.md"


def test_the_page_is_current():
    """Rewrite it by `python -m graphs.drawing > docs/graphs.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()
