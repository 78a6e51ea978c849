"""Which tools the model sees (*herramientas a la vista*): a few that fit, never the catalogue.

All tools together cost some 50,000 tokens a call. What fits is retrieved from the words of
the request, clause by clause; what was shown once stays, so that a cached prefix survives.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Final

from agents.language.clauses import clauses
from agents.roster import ROSTER
from agents.routing import is_smalltalk
from agents.spec import Executor
from graphs.references import argument_kinds, result_type
from tools.catalogue import Catalogue
from tools.results import Mentions
from tools.risk import Risk
from tools.tool import Tool

SHOWN: Final = 10
PER_CLAUSE: Final = 4


def usable(catalogue: Catalogue, executor: Executor) -> list[Tool]:
    """The tools that `executor` may propose at all; the gate checks each call again."""
    return [
        tool
        for tool in catalogue.of_modules(
            ROSTER.modules_of(executor.id, {tool.module for tool in catalogue.tools.values()})
        )
        if executor.may(tool.risk) and result_type(tool) is not Mentions
    ]


def choose(
    catalogue: Catalogue,
    executor: Executor,
    text: str,
    shown: Sequence[str],
    earlier: Iterable[str] = (),
    offered: Callable[[str], bool] = lambda permission: True,
) -> list[Tool]:
    """The tools to show, in order of first use.

    Args:
        catalogue: the snapshot of this turn.
        executor: who asks.
        text: what the person wrote.
        shown: names that earlier calls of this turn were shown.
        earlier: names that the thread's last turns called; a follow-up often needs them.
        offered: whether the person holds a permission; asked only where the words fit no tool,
            so that a greeting is answered with what this person can have done.
    """
    allowed = {tool.name: tool for tool in usable(catalogue, executor)}
    names = list(dict.fromkeys([*shown, *(name for name in earlier)]))
    if not shown:
        among = list(allowed.values())
        for part in clauses(text):
            names += [tool.name for tool, _ in catalogue.search(part, among, PER_CLAUSE)]
        names += [tool.name for tool, _ in catalogue.search(text, among, SHOWN)]
        names += _continuing([allowed[n] for n in dict.fromkeys(names) if n in allowed], among)
    if not any(name in allowed for name in names) or is_smalltalk(text):
        names += _sample([tool for tool in allowed.values() if offered(tool.permission)])
    return [allowed[name] for name in dict.fromkeys(names) if name in allowed]


def _sample(tools: Sequence[Tool]) -> list[str]:
    """A few tools of each module in turn: what the house can do, at a glance."""
    by_module: dict[str, list[str]] = {}
    for tool in tools:
        if tool.risk is not Risk.ADMINISTRATION:
            by_module.setdefault(tool.module, []).append(tool.name)
    rounds = zip_longest(*by_module.values())
    return [name for names in rounds for name in names if name][:SHOWN]


def _continuing(chosen: list[Tool], among: list[Tool]) -> list[str]:
    """Tools that need what a chosen draft makes: quoting leads to issuing."""
    made = {
        kind
        for tool in chosen
        if not tool.risk.reads_only
        for kind in _kinds_made(tool) - set(argument_kinds(tool.schema).values())
    }
    return [tool.name for tool in among if made & _kinds_needed(tool)][:PER_CLAUSE]


def _kinds_needed(tool: Tool) -> set[str]:
    required = tool.schema.get("required", ())
    return {kind for name, kind in argument_kinds(tool.schema).items() if name in required}


def _kinds_made(tool: Tool) -> set[str]:
    found: set[str] = set()
    for definition in (tool.result_schema, *tool.result_schema.get("$defs", {}).values()):
        found |= set(argument_kinds({**definition, "$defs": tool.result_schema.get("$defs", {})}).values())
    return found
