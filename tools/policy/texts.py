"""The policy's sentences for translators: Babel's extractor of policy files."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO


def extract(
    file: IO[bytes], keywords: Mapping[str, object], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Reasons and role titles of the policy in `file`, in Babel's form `(line, function, message, comments)`."""
    said = tomllib.load(file)
    for rule in said.get("hold", ()):
        yield 0, "N_", rule["why"], [f"policy rule {rule['id']}"]
    for name, role in said.get("roles", {}).items():
        yield 0, "N_", role["title"], [f"role {name}"]
