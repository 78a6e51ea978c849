"""What readers find, and how they refuse; the bounds within which they work."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from modules.infrastructure.document_service.problems import Problem

MOST_PAGES: Final = 500
MOST_SIGNS: Final = 1_000_000  # characters of one document
LONGEST_PAGE: Final = 20_000
FLOWING_PAGE: Final = 3_000  # what counts as a page where the file has none


class Refused(Exception):
    """The file is not read, and why."""

    def __init__(self, problem: Problem) -> None:
        """Refuse because of `problem`."""
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True)
class Page:
    """The text of one page; `confidence` in per cent, if it was read from an image."""

    text: str
    title: str = ""
    confidence: int | None = None


@dataclass
class Found:
    """All that was read; `unread` pages were left out because there are too many of them."""

    pages: list[Page]
    unread: int = 0
    attachments: list[str] = field(default_factory=list)


def flowing(text: str, title: str = "") -> Iterator[Page]:
    """`text` cut into pages at the ends of its lines."""
    page: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        for start in range(0, len(line), FLOWING_PAGE):
            part = line[start : start + FLOWING_PAGE]
            if size + len(part) > FLOWING_PAGE and page:
                yield Page("".join(page).rstrip(), title)
                page, size = [], 0
            page.append(part)
            size += len(part)
    if "".join(page).strip():
        yield Page("".join(page).rstrip(), title)
