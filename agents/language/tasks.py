"""The tasks of a request (*tareas*): its clauses, each with the tool it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    """The tasks in order; clauses that nobody understood; tools between which the person must choose."""

    tasks: list[Task] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubtful: list[BoundTool] = field(default_factory=list)


def tasks_of(request: Request, toolbox: Toolbox) -> Planned:
    """The tasks of `request`; a clause that only adds details belongs to the task beside it."""
    planned = Planned()
    waiting = ""  # details said before the first task: «Tengo a Ana Ruiz al teléfono. Dime qué debe»
    for clause in clauses(request.root.said):
        named = mentioned(clause, request.mentions)
        tools = toolbox.understood(clause, named)
        if len(tools) > 1:
            tools = _preferred(tools, request, toolbox)
        if len(tools) > 1:
            planned.doubtful = planned.doubtful or tools
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
    if not planned.tasks and not planned.doubtful:
        whole = toolbox.understood(request.root.said, request.root.mentions)
        planned.tasks, planned.lost = [Task(request.root.said, tool) for tool in whole[:1]], []
    if planned.tasks:
        planned.doubtful = []
    return planned


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
