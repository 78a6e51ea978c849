"""What a task is read against (*contexto de la tarea*): records near by, made, or spoken of before."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from agents.language.codes import NAMING, codes
from agents.language.dialogue import Dialogue, Step, Turn
from agents.language.names import proper_names
from agents.language.reading import Scene
from agents.language.requests import Request
from agents.language.tasks import Task, mentioned
from knowledge.words import fold

REMEMBERED: Final = 6  # turns that a pointing word can reach back
CODED: Final = ("quote", "policy", "receipt", "claim", "payment")  # kinds whose numbers people read in our answers


def scene_for(task: Task, dialogue: Dialogue, request: Request) -> Scene:
    """The scene of `task`."""
    here = mentioned(task.clause, request.mentions)
    position = request.root.said.find(task.clause[:40])
    others = [m for m in request.mentions if m not in here]
    # The nearest record named before the clause, then those named after it.
    others.sort(key=lambda m: _distance(fold(request.root.said).find(fold(m.words)), position))
    steps = [step for turn in request.turns for step in turn.steps]
    return Scene(
        today=dialogue.today,
        mentions=request.mentions,
        near=_by_kind((m.kind, m.id) for m in others),
        made=_by_kind(chain.from_iterable(_single(step) for step in reversed(steps))),
        earlier=_by_kind(_remembered(request.before)),
        follows=position > 0,
    )


def _distance(at: int, position: int) -> tuple[bool, int]:
    return at > position, abs(position - at)


def _by_kind(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, value in pairs:
        found.setdefault(kind, [])
        if value not in found[kind]:
            found[kind].append(value)
    return found


def _single(step: Step) -> Iterator[tuple[str, str]]:
    """Records that a result names alone of their kind; a list of several points to none."""
    for kind, values in step.refs.items():
        if len(values) == 1:
            yield kind, values[0]


def _remembered(before: tuple[Turn, ...]) -> Iterator[tuple[str, str]]:
    for turn in reversed(before[-REMEMBERED:]):
        used = {str(value) for step in turn.steps for value in step.args.values()}
        yield from ((m.kind, m.id) for other in before for m in other.mentions if m.id in used)
        for step in reversed(turn.steps):
            yield from _single(step)
        found = codes(turn.answer)
        for kind in CODED:
            named = [code.value for code in found if code.kind in NAMING[kind] and code.kind != "id"]
            if len(set(named)) == 1:
                yield kind, named[0]
        kinds = Counter(mention.kind for mention in turn.mentions)
        yield from ((m.kind, m.id) for m in turn.mentions if kinds[m.kind] == 1)
        if not turn.mentions:  # a history of bare texts: whole names still say who it was about
            names = [name.text for name in proper_names(turn.said) if " " in name.text]
            yield from (("customer", name) for name in names if len(names) == 1)
