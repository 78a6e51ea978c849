"""What to do next in a turn (*siguiente paso*): the next calls, a question, or the answer.

The whole plan is made again at every call from the conversation alone, so the model keeps
no state: which tasks the person asked for, which are done, what the next one needs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from agents.language import answers
from agents.language.codes import NAMING, codes
from agents.language.dialogue import Dialogue, Step
from agents.language.lexicon import GIVE_UP, GREETINGS, HELP
from agents.language.reading import Mention
from agents.language.requests import Request, current_request
from agents.language.scenes import scene_for
from agents.language.slots import Choice, Filled, answer, fill
from agents.language.tasks import Planned, Task, tasks_of
from agents.language.tongue import tongue_of
from agents.language.toolbox import Toolbox
from core.i18n import translate
from knowledge.words import STOP, fold, words

MOST_CALLS: Final = 5  # the same task for several named records
CODE: Final = re.compile(r"\([^()\s]+\)")  # «Raquel Gómez Gil (73291013H)»
LISTED: Final = re.compile(r":\s+([^:]+;[^:]+?)\.\s")
ORDINALS: Final = (
    ("primero", "primera", "first", "1"),
    ("segundo", "segunda", "second", "2"),
    ("tercero", "tercera", "third", "3"),
    ("cuarto", "cuarta", "fourth", "4"),
    ("quinto", "quinta", "fifth", "5"),
)


@dataclass(frozen=True)
class Reply:
    """What the model does: calls, or says something."""

    text: str = ""
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass
class Progress:
    """How far a request has come: what was said of what is done, and what is left."""

    told: list[str] = field(default_factory=list)
    left: list[Task] = field(default_factory=list)
    stopped: Step | None = None
    failed: Task | None = None


def respond(dialogue: Dialogue, toolbox: Toolbox) -> Reply:
    """The next step of the current turn."""
    said = dialogue.current.said
    locale = tongue_of(turn.said for turn in dialogue.turns)
    if _only_greets(said):
        return Reply(_greeting(said, toolbox, locale))
    if " ".join(words(said)) in HELP:
        return Reply(answers.able(toolbox, locale) or translate(answers.NO_TOOL, locale))
    if " ".join(words(said)) in GIVE_UP and len(dialogue.turns) > 1:
        return Reply(translate(answers.LET_BE, locale))
    request = current_request(dialogue, toolbox)
    planned = tasks_of(request, toolbox)
    if planned.doubtful:
        return Reply(answers.which_task(planned.doubtful, locale))
    if not planned.tasks and planned.refused:
        return Reply(answers.cannot(toolbox, planned.refused, request.root.said, locale))
    if not planned.tasks:
        return Reply(answers.not_understood(toolbox, said, locale))
    # «¿Y los de Luis?» asks once more for the last thing only.
    tasks = planned.tasks[-1:] if request.again else planned.tasks
    progress = _progress(tasks, request, dialogue, locale)
    if progress.stopped is None and progress.left:
        return _next(progress, dialogue, request, toolbox, locale)
    return Reply(_final(progress, planned, dialogue, locale))


def _only_greets(said: str) -> bool:
    found = words(said)
    return bool(found) and all(w in GREETINGS or w in STOP for w in found) and any(w in GREETINGS for w in found)


def _greeting(said: str, toolbox: Toolbox, locale: str) -> str:
    thanked = {"gracias", "thanks", "thank", "cheers"} & set(words(said))
    opening = translate(answers.WELCOME if thanked else answers.GREETING, locale)
    return opening if thanked else f"{opening} {answers.able(toolbox, locale)}".strip()


def _progress(tasks: Sequence[Task], request: Request, dialogue: Dialogue, locale: str) -> Progress:
    """Match the calls of the request with its tasks, in order."""
    progress = Progress()
    steps = [step for turn in request.turns for step in turn.steps if step.result is not None]
    current = {id(step) for step in dialogue.current.steps}
    for number, task in enumerate(tasks):
        mine = [step for step in steps if step.tool == task.tool.name]
        # An error of an earlier turn was answered since; the call may be made again.
        mine = [step for step in mine if step.error is None or id(step) in current]
        if not mine:
            progress.left = list(tasks[number:])
            return progress
        taken = mine if number == _last_of(tasks, task) else mine[:1]
        steps = [step for step in steps if not any(step is one for one in taken)]
        progress.told += [answers.told(step, locale) for step in taken if id(step) in current or step.approval]
        stopping = [step for step in taken if step.error is not None or step.approval is not None]
        if stopping:
            progress.stopped, progress.failed, progress.left = stopping[0], task, list(tasks[number + 1 :])
            return progress
    return progress


def _last_of(tasks: Sequence[Task], task: Task) -> int:
    return max(number for number, other in enumerate(tasks) if other.tool.name == task.tool.name)


def _next(progress: Progress, dialogue: Dialogue, request: Request, toolbox: Toolbox, locale: str) -> Reply:
    """The calls of the next task, or a question for what it and the later ones need."""
    task, later = progress.left[0], progress.left[1:]
    filled = _filled(task, dialogue, request)
    if filled.choices:
        return Reply(answers.joined([*progress.told, answers.which(filled.choices[0], locale)]))
    questions = [answers.asks(task.tool, filled.missing, locale)] if filled.missing else []
    if not progress.told:  # nothing is done yet: better to ask for all now than to stop half-way
        for other in later:
            # A record may still come out of an earlier task's result; a value will not.
            needed = [a for a in _filled(other, dialogue, request).missing if not a.ref]
            questions += [answers.asks(other.tool, needed, locale)] if needed else []
    if questions:
        return Reply(answers.joined([*progress.told, *questions]))
    return Reply(calls=_calls(task, filled))


def _filled(task: Task, dialogue: Dialogue, request: Request) -> Filled:
    scene = scene_for(task, dialogue, request)
    filled = Filled()
    if request.replies:  # «la de Bilbao» chooses between the records that the clause may mean
        doubtful = fill(task.tool.arguments, [task.clause], scene).choices + _refused_choices(task, request)
        for choice in (c for c in doubtful if c.argument.path not in filled.values):
            _settle(choice, request, filled)
    for reply, asked in request.answers_for(task.tool):
        part = answer(task.tool.arguments, asked, reply.said, scene)
        filled.values = {**part.values, **filled.values}
        filled.several = {**part.several, **filled.several}
        filled.choices += part.choices
    filled.choices = [c for c in filled.choices if c.argument.path not in filled.values]
    return fill(task.tool.arguments, [task.clause], scene, task.tool.known_words, filled)


def _refused_choices(task: Task, request: Request) -> list[Choice]:
    """The records among which a tool could not choose, each called by the code that names it.

    A past that is only text tells them too: «… puede ser: A; B. ¿Cuál de ellos?».
    """
    found = []
    for step in (step for turn in request.turns for step in turn.steps if step.tool == task.tool.name):
        listed = str((step.error or {}).get("choices") or "")
        found += _choice_of(task, listed, str((step.error or {}).get("field") or ""))
    for turn in request.turns[:-1]:
        listed_there = LISTED.search(turn.answer)
        if not turn.steps and listed_there and turn.answer.rstrip().endswith("?"):
            found += _choice_of(task, listed_there.group(1), "")
    return found


def _choice_of(task: Task, listed: str, field_name: str) -> list[Choice]:
    """The choice among the records `listed`, for the argument that the error blamed or that they fit."""
    labels = [label.strip() for label in listed.split(";") if label.strip()]
    options = tuple(Mention("", _called(label), label, "") for label in labels)
    kinds = {code.kind for option in options for code in codes(option.id)}
    refs = [a for a in task.tool.arguments if a.name == field_name]
    if not refs and not field_name:
        refs = [a for a in task.tool.arguments if a.name in kinds or (a.ref and kinds & set(NAMING.get(a.ref, ())))]
        refs = refs or [a for a in task.tool.arguments if a.ref]
    return [Choice(refs[0], "", options)] if len(options) > 1 and refs else []


def _called(label: str) -> str:
    """What a listed record is called by: its code, or what stands in brackets, or the whole."""
    named = [code.value for code in codes(label) if code.kind not in ("phone", "email")]
    return named[0] if named else (CODE.search(label) or [label])[0].strip("()")


def _settle(choice: Choice, request: Request, filled: Filled) -> None:
    """Take the option that a reply singles out: «la segunda», «el de Bilbao»."""
    for reply in request.replies:
        said = set(words(reply.said))
        counted = [n for n, names in enumerate(ORDINALS) if said & set(names)]
        common = [len(said & (set(words(option.label)) - set(words(choice.words)) - STOP)) for option in choice.options]
        best = [n for n, count in enumerate(common) if count and count == max(common)]
        picked = best if len(best) == 1 else counted
        if len(picked) == 1 and picked[0] < len(choice.options):
            filled.values[choice.argument.path] = choice.options[picked[0]].id
            return


def _calls(task: Task, filled: Filled) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """One call; one for each record where several are named."""
    if not filled.several:
        return ((task.tool.name, filled.args()),)
    paths = list(filled.several)
    combined = []
    for ids in list(product(*(filled.several[path] for path in paths)))[:MOST_CALLS]:
        one = Filled(values={**filled.values, **dict(zip(paths, ids, strict=True))})
        combined.append((task.tool.name, one.args()))
    return tuple(combined)


def _final(progress: Progress, planned: Planned, dialogue: Dialogue, locale: str) -> str:
    parts = [*answers.advice_lines(dialogue.current.advice, locale), *progress.told]
    stopped = progress.stopped
    if stopped is not None and stopped.error is not None:
        field_name = fold(str(stopped.error.get("field") or stopped.error.get("detail", {}).get("field", "")))
        parts += [q for q in (_question_about(progress, field_name, stopped, locale),) if q]
    asks = bool(parts) and parts[-1].rstrip().endswith("?")  # the rest waits for the answer, it is not refused
    if progress.left and not asks:
        template = answers.LATER if stopped is not None and stopped.approval is not None else answers.NOT_DONE
        parts.append(translate(template, locale, parts="; ".join(f"«{task.clause}»" for task in progress.left)))
    parts += [translate(answers.NOT_UNDERSTOOD_PART, locale, part=part) for part in planned.lost]
    parts += [translate(answers.CANNOT, locale, part=part) for part in planned.refused]
    return answers.joined(parts)


def _question_about(progress: Progress, field_name: str, stopped: Step, locale: str) -> str:
    """The question for the argument that an error blames; "" if it blames none or asks itself."""
    error = stopped.error or {}
    if "?" in str(error.get("message", "")):
        return ""
    if error.get("choices"):
        return translate(answers.WHICH_ONE, locale)
    if not field_name:
        return ""
    task = progress.failed
    found = [a for a in task.tool.arguments if a.name == field_name] if task else []
    return answers.question_for(found[0], locale) if found and found[0].ask else ""
