"""The policy's sentences for translators: Babel's extractor of `why` in policy files."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO


def extract(
    file: IO[bytes], keywords: Mapping[str, object], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Each `why` of the policy in `file`, in Babel's form `(line, function, message, comments)`."""
    for rule in tomllib.load(file).get("hold", ()):
        yield 0, "N_", rule["why"], [f"policy rule {rule['id']}"]
