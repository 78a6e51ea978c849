"""What the offline model says (*respuestas*): put together from typed results, never canned.

Facts come from the results' own sentences (`_told`) or from their fields; our words only
join them, ask, or say plainly what did not work.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agents.language.dialogue import Step
from agents.language.schemas import Argument
from agents.language.slots import Choice
from agents.language.toolbox import BoundTool, Toolbox
from agents.roster import ROSTER
from core.i18n import LOCALES, N_, translate

LISTED: Final = 10
OFFERED: Final = 4
TITLES: Final = 8
NOT_UNDERSTOOD: Final = N_("No he entendido la petición.")
NOT_UNDERSTOOD_PART: Final = N_("No he entendido esta parte: «{part}».")
CANNOT: Final = N_("No puedo hacer «{part}»: ninguna de mis herramientas lo hace. No se ha cambiado nada.")
COULD: Final = N_("Lo que sí puedo hacer, por ejemplo: {examples}.")
NO_TOOL: Final = N_("Aquí no tengo ninguna herramienta para eso.")
CAN_HELP: Final = N_("Puedo ayudar, por ejemplo, con: {examples}.")
GREETING: Final = N_("Hola.")
ABLE: Final = N_("Esto es lo que puedo hacer por usted, entre otras cosas: {tasks}.")
WELCOME: Final = N_("De nada.")
LET_BE: Final = N_("De acuerdo, no hago nada más con esa petición.")
WHICH: Final = N_("«{words}» puede ser: {options}. ¿Cuál de ellos?")
WHICH_ONE: Final = N_("¿Cuál de ellos?")
WHICH_TASK: Final = N_("¿Qué necesita exactamente: {options}?")
NEEDED: Final = N_("Para «{task}» me falta:")
MISSING_FIELD: Final = N_("¿Qué valor tiene «{field}»?")
PENDING: Final = N_("«{tool}» queda pendiente de aprobación ({id}): debe decidir {approver}. No se ha hecho todavía.")
LATER: Final = N_("Queda para después de esa decisión: {parts}.")
NOT_DONE: Final = N_("No se ha hecho: {parts}.")
DISSENT: Final = N_("Discrepa {who}: {said}")
SILENT: Final = N_("No ha podido opinar {who} ({cause}).")
NOTHING: Final = N_("No hay resultados.")
MORE: Final = N_("… y {count} más.")
ALL_DONE: Final = N_("Hecho.")
FAILED: Final = N_("No se ha podido completar la operación.")


def not_understood(toolbox: Toolbox, said: str, locale: str) -> str:
    """That the request was not understood, and what the tools at hand can do."""
    sentence = translate(NOT_UNDERSTOOD, locale)
    offer = offered(toolbox, said, locale)
    return f"{sentence} {offer}" if offer else f"{sentence} {translate(NO_TOOL, locale)}"


def cannot(toolbox: Toolbox, clauses: Sequence[str], said: str, locale: str) -> str:
    """That the change asked for is out of reach, and what is not."""
    refused = [translate(CANNOT, locale, part=clause.rstrip(" .")) for clause in clauses]
    return " ".join(
        [*refused, *([translate(COULD, locale, examples=near)] if (near := _examples(toolbox, said, locale)) else [])]
    )


def offered(toolbox: Toolbox, said: str, locale: str) -> str:
    """Examples of the tools at hand, those most like `said` first; "" without tools."""
    examples = _examples(toolbox, said, locale)
    return translate(CAN_HELP, locale, examples=examples) if examples else ""


def _examples(toolbox: Toolbox, said: str, locale: str) -> str:
    near = [match.label for match in toolbox.rank(said)] if said else []
    names = list(dict.fromkeys([*near, *toolbox.tools]))[:OFFERED]
    return ", ".join(f"«{toolbox.tools[name].example(locale)}»" for name in names)


def able(toolbox: Toolbox, locale: str) -> str:
    """What the tools at hand do, by their titles, in one sentence; "" without tools."""
    titles = [translate(tool.title, locale) for tool in toolbox.tools.values() if tool.title][:TITLES]
    tasks = "; ".join(title[:1].lower() + title[1:] for title in titles)
    return translate(ABLE, locale, tasks=tasks) if tasks else offered(toolbox, "", locale)


def question_for(argument: Argument, locale: str) -> str:
    """The question for one missing argument."""
    if argument.ask:
        return translate(argument.ask, locale)
    label = argument.description or argument.name.replace("_", " ")
    return translate(MISSING_FIELD, locale, field=label)


def asks(tool: BoundTool, missing: Sequence[Argument], locale: str) -> str:
    """The questions for all that a tool still needs: one plainly, several as a list."""
    questions = [question_for(argument, locale) for argument in missing]
    if len(questions) == 1:
        return questions[0]
    head = translate(NEEDED, locale, task=tool.example(locale))
    return "\n".join((head, *(f"- {question}" for question in questions)))


def asked_in(answer: str, tool: BoundTool) -> list[Argument]:
    """The arguments of `tool` that `answer` asks for, in either language."""
    return [
        argument for argument in tool.arguments if any(question_for(argument, locale) in answer for locale in LOCALES)
    ]


def which(choice: Choice, locale: str) -> str:
    """The question which of several records is meant."""
    options = "; ".join(dict.fromkeys(option.label for option in choice.options))
    return translate(WHICH, locale, words=choice.words, options=options)


def which_task(tools: Sequence[BoundTool], locale: str) -> str:
    """The question which of several tasks is meant."""
    joiner = " o " if locale == "es" else " or "
    return translate(WHICH_TASK, locale, options=joiner.join(f"«{tool.example(locale)}»" for tool in tools))


def told(step: Step, locale: str) -> str:
    """What a step's result says: the error, the pending decision, its own sentence, or its fields."""
    if step.error is not None:
        return str(step.error.get("message") or translate(FAILED, locale))
    if step.approval is not None:
        number = str(step.approval.get("approval_id") or step.approval.get("id"))
        own = str((step.result or {}).get("_told") or "")
        approver = step.approval.get("approver") or step.approval.get("approver_role") or "?"
        pending = translate(PENDING, locale, tool=step.approval.get("title") or step.tool, id=number, approver=approver)
        return own or pending
    own = str((step.result or {}).get("_told") or "").strip()
    return own or rendered(step.result, locale)


def rendered(result: Any, locale: str) -> str:
    """A typed result without a sentence of its own, as lines of fields."""
    if isinstance(result, Mapping):
        shown = {k: v for k, v in result.items() if not str(k).startswith("_") and v not in (None, "", [], {})}
        if not shown:
            return translate(NOTHING if any(isinstance(v, list) for v in result.values()) else ALL_DONE, locale)
        lists = [(k, v) for k, v in shown.items() if isinstance(v, list)]
        plain = [f"{_label(k)}: {_value(v)}" for k, v in shown.items() if not isinstance(v, list | Mapping)]
        return "\n".join([*plain, *(rendered(v, locale) for _, v in lists)]) or translate(ALL_DONE, locale)
    if isinstance(result, list):
        if not result:
            return translate(NOTHING, locale)
        rows = ["- " + _row(row) for row in result[:LISTED]]
        return "\n".join(rows + ([translate(MORE, locale, count=len(result) - LISTED)] if len(result) > LISTED else []))
    return str(result)


def _label(key: str) -> str:
    return str(key).replace("_", " ").capitalize()


def _value(value: Any) -> str:
    return str(value)


def _row(row: Any) -> str:
    if isinstance(row, Mapping):
        return " · ".join(
            _value(v)
            for k, v in row.items()
            if not isinstance(v, list | Mapping) and v not in (None, "") and k not in ("id", "version")
        )
    return _value(row)


def advice_lines(advice: Mapping[str, Any] | None, locale: str) -> list[str]:
    """Who disagrees and who is missing: said before anything else."""
    if not advice:
        return []
    lines = [
        translate(DISSENT, locale, who=_title(d.get("specialist", ""), locale), said=d.get("text", ""))
        for d in advice.get("dissent", ())
    ]
    lines += [
        translate(
            SILENT, locale, who=_title(m.get("specialist", ""), locale), cause=m.get("cause") or m.get("status", "")
        )
        for m in advice.get("missing", ())
        if m.get("status") != "skipped"
    ]
    return lines


def _title(specialist: str, locale: str) -> str:
    known = ROSTER.specialists.get(specialist)
    return translate(known.title, locale) if known else specialist


def joined(parts: Sequence[str]) -> str:
    """`parts` as paragraphs, none twice."""
    return "\n\n".join(dict.fromkeys(part.strip() for part in parts if part and part.strip()))
