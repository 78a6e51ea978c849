"""The tasks of a request (*tareas*): its clauses, each with the tool it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.language.acts import change_asked
from agents.language.clauses import clauses
from agents.language.dialogue import Turn
from agents.language.reading import Mention
from agents.language.requests import STARTERS, Request, gives_value
from agents.language.toolbox import BoundTool, Toolbox
from knowledge.words import fold, words


@dataclass
class Task:
    """One clause of a request and the tool it asks for."""

    clause: str
    tool: BoundTool


@dataclass
class Planned:
    """The tasks in order; clauses that nobody understood; tools between which the person must choose.

    `refused` are the clauses that order a change which no tool at hand can make.
    """

    tasks: list[Task] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubtful: list[BoundTool] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def tasks_of(request: Request, toolbox: Toolbox) -> Planned:
    """The tasks of `request`; a clause that only adds details belongs to the task beside it."""
    planned = Planned()
    waiting = ""  # details said before the first task: «Tengo a Ana Ruiz al teléfono. Dime qué debe»
    for clause in shared_object(clauses(request.root.said), request, toolbox):
        named = mentioned(clause, request.mentions)
        tools = toolbox.understood(clause, named)
        if len(tools) > 1:
            tools = _preferred(tools, request, toolbox)
        if len(tools) > 1:
            planned.doubtful = planned.doubtful or tools
            continue
        if not tools and change_asked(clause):
            planned.refused.append(clause)
            continue
        if not tools:
            waiting = _add_detail(planned, clause, waiting, named)
            continue
        text = f"{waiting} {clause}".strip()
        waiting = ""
        if planned.tasks and planned.tasks[-1].tool is tools[0] and not named:
            planned.tasks[-1].clause += f", {text}"
        else:
            planned.tasks.append(Task(text, tools[0]))
    if not planned.tasks and not planned.doubtful and not planned.refused:
        whole = toolbox.understood(request.root.said, request.root.mentions)
        planned.tasks, planned.lost = [Task(request.root.said, tool) for tool in whole[:1]], []
    if planned.tasks:
        planned.doubtful = []
    return planned


def shared_object(parts: list[str], request: Request, toolbox: Toolbox) -> list[str]:
    """`parts` with the object of «cotiza y emite el seguro» given to the first verb.

    The second verb keeps it too, unless it says enough alone: «emite» then takes what the first made.
    """
    shared: list[str] = []
    for part in parts:
        verb = shared[-1] if shared else ""
        if verb and len(words(verb)) == 1 and fold(verb) in STARTERS and len(words(part)) > 1:
            own, _, thing = part.partition(" ")
            shared[-1] = f"{verb} {thing}"
            first = toolbox.understood(shared[-1], mentioned(thing, request.mentions))
            alone = toolbox.understood(own)
            part = own if alone and [tool.name for tool in alone] != [tool.name for tool in first] else part
        shared.append(part)
    return shared


def mentioned(text: str, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Those of `mentions` whose words stand in `text`."""
    flat = fold(text)
    return tuple(m for m in mentions if fold(m.words) in flat)


def _preferred(tools: list[BoundTool], request: Request, toolbox: Toolbox) -> list[BoundTool]:
    """The one that a later reply is like, where two were equally possible."""
    for reply in request.replies:
        ranked = [m.label for m in toolbox.rank(reply.said, reply.mentions)]
        chosen = [tool for name in ranked for tool in tools if tool.name == name]
        if chosen:
            return chosen[:1]
    return tools


def _add_detail(planned: Planned, clause: str, waiting: str, named: Sequence[Mention]) -> str:
    """Put a clause without a task of its own where it belongs; gives what still waits for a task."""
    begins = next(iter(words(clause)), "") in STARTERS
    details = gives_value(Turn(clause, tuple(named)))
    if planned.tasks and (details or not begins):
        planned.tasks[-1].clause += f", {clause}"
    elif begins and not details:
        planned.lost.append(clause)
    else:
        return f"{waiting} {clause}.".strip()
    return waiting
