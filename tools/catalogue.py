"""The catalogue: all tools that are loaded, as an immutable snapshot.

A change of modules builds a new catalogue and swaps it; a call in flight ends on the one
it began with.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from core.errors import NotFound
from core.i18n import N_
from tools.tool import Tool
from tools.words import words

LENGTH: Final = 0.4  # how much a long text counts against its tool; many examples are ways of asking, not noise


@dataclass(frozen=True)
class Catalogue:
    """Tools by name, and the panels that modules contribute."""

    tools: Mapping[str, Tool]
    panels: Mapping[str, tuple[Callable[..., Any], ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, tools: Iterable[Tool], panels: Mapping[str, tuple[Callable[..., Any], ...]] | None = None
    ) -> "Catalogue":
        """A catalogue of `tools`.

        Raises:
            ValueError: two tools have one name; both modules are named.
        """
        found: dict[str, Tool] = {}
        for tool in sorted(tools, key=lambda t: t.name):
            if tool.name in found:
                raise ValueError(f"tool {tool.name} is defined by {found[tool.name].module} and {tool.module}")
            found[tool.name] = tool
        return cls(MappingProxyType(found), MappingProxyType(dict(panels or {})))

    def get(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            NotFound: no loaded module has it.
        """
        found = self.tools.get(name)
        if found is None:
            raise NotFound(what=N_("la herramienta"), ref=name)
        return found

    def of_modules(self, ids: Iterable[str]) -> tuple[Tool, ...]:
        """The tools of the modules `ids`; ids of modules that are not loaded give none."""
        wanted = set(ids)
        return tuple(t for t in self.tools.values() if t.module in wanted)

    @cached_property
    def version(self) -> str:
        """Digest of all names, classes, permissions and schemas."""
        facts = [(t.name, t.risk, t.permission, t.schema) for t in self.tools.values()]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @cached_property
    def _index(self) -> "Index":
        return Index(list(self.tools.values()))

    def search(self, text: str, among: Sequence[Tool] | None = None, limit: int = 10) -> list[tuple[Tool, float]]:
        """Tools that answer `text`, best first, with their scores; only those `among`, if given."""
        allowed = None if among is None else {t.name for t in among}
        ranked = self._index.rank(text)
        return [(t, s) for t, s in ranked if s > 0 and (allowed is None or t.name in allowed)][:limit]

    def best(self, text: str) -> str:
        """The name of the tool that `text` fits best; "" if none fits."""
        found = self.search(text, limit=1)
        return found[0][0].name if found else ""


class Index:
    """BM25 over each tool's names, summary and example requests."""

    def __init__(self, tools: list[Tool]) -> None:
        """Index `tools`."""
        # bm25s brings scipy: 0.4 s that a command which searches nothing never pays.
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG as it is imported
        self.tools = tools
        self.vocabulary: dict[str, int] = {}
        documents = [self._document(tool) for tool in tools]
        for document in documents:
            for word in document:
                self.vocabulary.setdefault(word, len(self.vocabulary))
        self.bm25 = bm25s.BM25(b=LENGTH)
        ids = [[self.vocabulary[w] for w in document] for document in documents]
        self.bm25.index((ids, self.vocabulary), show_progress=False)

    @staticmethod
    def _document(tool: Tool) -> list[str]:
        named = f"{tool.name.replace('_', ' ')} {tool.title} {tool.summary}"
        return words(f"{named} {' '.join(tool.examples)}")

    def rank(self, text: str) -> list[tuple[Tool, float]]:
        """All tools with their scores for `text`, best first, ties by name."""
        ids = [self.vocabulary[w] for w in words(text) if w in self.vocabulary]
        if not ids:
            return []
        scores = self.bm25.get_scores_from_ids(ids)
        pairs = [(tool, float(score)) for tool, score in zip(self.tools, scores, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0].name))
