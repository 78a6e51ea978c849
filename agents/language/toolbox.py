"""The tools bound to a call, as the offline model knows them (*herramientas a mano*)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from agents.language.acts import change_asked, does
from agents.language.matching import Match, Matcher
from agents.language.reading import Mention, Reader, Scene
from agents.language.schemas import Argument, arguments_of
from agents.language.slots import fill
from agents.language.texts import NAMED
from agents.language.tongue import tongue
from knowledge.words import words
from tools.tool import Tool

EXAMPLES: Final = re.compile(r"\n+(?:Ejemplos|Examples):\s*\n((?:- .+(?:\n|$))+)")
KNOWN: Final = 0.37  # likeness from which a clause is taken to ask for a tool
CLEAR: Final = 0.75  # likeness that needs no comparison with the next tool
CLOSE: Final = 0.02  # two tools this near are both possible
KIND_OF: Final = {kind: kind for kind in ("quote", "policy", "receipt", "claim", "payment")}  # codes that name one
CONSIDERED: Final = 6  # tools whose arguments are compared too
REMEMBERED: Final = 200  # rankings kept
GIVEN: Final = 0.1  # each value of the clause that fills an argument speaks for the tool
GIVEN_MOST: Final = 0.3
NEEDS: Final = 0.1  # a record that the tool needs and the clause does not name
HOMELESS: Final = 0.4  # a name that the tool has no use for
SPEECHLESS: Final = ("list", "object")
PLAIN_NAMES: Final = NAMED | {"first_name", "last_name"}  # any name fills these; it says nothing
UNUSED: Final = 0.15  # a record that the tool has no use for
UNSPOKEN: Final = 0.35  # data that the tool needs and nobody says in a sentence: rows, a matrix
ANY_DAY: Final = date(2026, 1, 1)  # only whether there is a date matters here
ACCEPTS: Final = 0.06  # a tool that takes the kind of record the clause names is a bit more likely
REFUSES: Final = 0.2  # one that takes other records, but not that kind, is less


@dataclass(frozen=True)
class BoundTool:
    """One bound tool: how to call it, what to say it for, and what it needs."""

    name: str
    summary: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...]
    title: str = ""

    @property
    def refs(self) -> frozenset[str]:
        """The kinds of record its arguments name."""
        return frozenset(a.ref for a in self.arguments if a.ref)

    @property
    def searches(self) -> bool:
        """Whether it looks for something by words."""
        return any(a.name in NAMED for a in self.arguments)

    @property
    def enters(self) -> bool:
        """Whether it enters somebody by name."""
        return any(a.name in ("first_name", "company_name") for a in self.arguments)

    @property
    def known_words(self) -> frozenset[str]:
        """Words by which requests for it are recognised; they are never its search terms."""
        return frozenset(w for example in self.examples for w in words(example))

    def example(self, locale: str) -> str:
        """An example request in `locale`, or in any language; the summary if it has none."""
        same = [e for e in self.examples if tongue(e) == locale]
        return next(iter(same or self.examples), self.summary)

    def value_words(self) -> str:
        """The words people use for the values of its choices."""
        return " ".join(way for a in self.arguments if a.kind == "enum" for said in a.words.values() for way in said)

    def vocabulary(self) -> str:
        """The words of its summary and of its arguments' slots."""
        slots = (
            " ".join((*a.cues, *a.units, *(w for said in a.words.values() for w in said), a.description))
            for a in self.arguments
        )
        return " ".join((self.summary, *slots))


def known_tool(tool: Tool) -> BoundTool:
    """A tool of the catalogue as it is known when bound."""
    return BoundTool(tool.name, tool.summary, tool.examples, tuple(arguments_of(tool.schema)), tool.title)


def bound_tool(function: Mapping[str, Any]) -> BoundTool:
    """The tool in OpenAI's form, whose description ends with example requests."""
    body = function.get("function", function)
    description = str(body.get("description", ""))
    listed = EXAMPLES.search(description + "\n")
    examples = tuple(line.removeprefix("- ").strip() for line in listed.group(1).splitlines()) if listed else ()
    return BoundTool(
        str(body["name"]),
        description.partition("\n")[0],
        examples,
        tuple(arguments_of(body.get("parameters", {}))),
        str(body.get("parameters", {}).get("title", "")),
    )


class Toolbox:
    """All tools of a call, and which of them a clause asks for."""

    def __init__(self, tools: Sequence[BoundTool]) -> None:
        """Index the examples of `tools`."""
        self.tools = {tool.name: tool for tool in tools}
        self._matcher = Matcher(
            {tool.name: tool.examples or (tool.summary,) for tool in tools},
            {tool.name: tool.vocabulary() for tool in tools},
            {tool.name: tool.value_words() for tool in tools},
        )
        self._ranked: dict[tuple[str, tuple[Mention, ...]], list[Match]] = {}

    def rank(self, clause: str, mentions: Sequence[Mention] = ()) -> list[Match]:
        """The tools that `clause` may ask for, best first."""
        key = (clause, tuple(mentions))
        if key not in self._ranked:
            if len(self._ranked) > REMEMBERED:
                self._ranked.clear()
            self._ranked[key] = self._rank(clause, mentions)
        return self._ranked[key]

    def _rank(self, clause: str, mentions: Sequence[Mention]) -> list[Match]:
        ranked = self._matcher.rank(clause, [m.words for m in mentions])[:CONSIDERED]
        reader = Reader(clause, Scene(ANY_DAY, tuple(mentions)))
        fitted = [Match(m.label, m.score + self._fit(self.tools[m.label], reader), m.example) for m in ranked]
        return sorted(fitted, key=lambda match: (-match.score, match.label))

    @staticmethod
    def _fit(tool: BoundTool, reader: Reader) -> float:
        """How well the values in the clause fit the tool's arguments, for or against it."""
        kinds = {m.kind for m in reader.mentions} | {KIND_OF[c.kind] for c in reader.codes if c.kind in KIND_OF}
        score = 0.0
        if kinds:
            score += ACCEPTS if tool.refs & kinds else -REFUSES if tool.refs else -UNUSED * (not tool.searches)
        filled = fill(tool.arguments, [reader.text], reader.scene)
        by_path = {argument.path: argument for argument in tool.arguments}
        telling = {p for p, a in by_path.items() if not a.ref and not a.whole and a.name not in PLAIN_NAMES}
        given = telling & filled.values.keys()
        score += min(GIVEN * len(given), GIVEN_MOST)
        if not (tool.refs or tool.searches or tool.enters) and reader.free_names():
            score -= HOMELESS
        if any(
            a.required and a.kind in SPEECHLESS and not a.slot and p not in filled.values for p, a in by_path.items()
        ):
            score -= UNSPOKEN
        return score - NEEDS * sum(bool(a.ref) for a in filled.missing)

    def understood(self, clause: str, mentions: Sequence[Mention] = ()) -> list[BoundTool]:
        """The tool that `clause` asks for; several if they are equally like; none if nothing is."""
        ranked = [match for match in self.rank(clause, mentions) if match.score >= KNOWN]
        verb = change_asked(clause)
        if verb:
            ranked = [match for match in ranked if does(self.tools[match.label].examples, verb)]
        if not ranked:
            return []
        best = ranked[0].score
        near = [m for m in ranked[1:3] if best - m.score < CLOSE and best < CLEAR]
        return [self.tools[m.label] for m in (ranked[0], *near)]

    def unknown_words(self, clause: str, mentions: Sequence[Mention] = (), to: Sequence[str] = ()) -> list[str]:
        """The telling words of `clause` that none of the tools called `to` knows, or none at all."""
        known = frozenset[str]().union(*(self._matcher.words[name] for name in to if name in self.tools))
        known = known or self._matcher.vocabulary
        return [w for w in self._matcher.read(clause, [m.words for m in mentions]) if w not in known]


def toolbox(functions: Sequence[Mapping[str, Any]]) -> Toolbox:
    """The toolbox of bound `functions`; built once for each set of them."""
    return _toolbox(json.dumps(list(functions), sort_keys=True, default=str))


@lru_cache(maxsize=64)
def _toolbox(functions: str) -> Toolbox:
    return Toolbox([bound_tool(function) for function in json.loads(functions)])
