"""The policy's sentences for translators: Babel's extractor of its tables and rules."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO

from tools.policy.rules import ANNOTATION


def extract(
    file: IO[bytes], keywords: Mapping[str, object], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Role titles, or reasons of rules, in Babel's form `(line, function, message, comments)`."""
    text = file.read().decode()
    if '@id("' in text:
        yield from (_reason(number, line) for number, line in enumerate(text.splitlines(), 1) if "@why(" in line)
        return
    for name, role in tomllib.loads(text).get("roles", {}).items():
        yield 0, "N_", role["title"], [f"role {name}"]


def _reason(number: int, line: str) -> tuple[int, str, str, list[str]]:
    found = ANNOTATION.search(line)
    assert found is not None
    return number, "N_", found[2], ["rule of the policy"]
