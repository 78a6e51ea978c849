"""Structured answers over a chain of models: what does not fit is asked again once, then passed on.

Bounds (`max_length`, `ge`) are checked here by pydantic, since no provider's grammar does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from agents.models.failures import provider_errors
from agents.models.fallback import Candidate, Switch, step_down, steps_of
from core.errors import OutsideUnavailable
from core.i18n import N_


class Answer(TypedDict):
    """What a provider's structured call gives."""

    raw: AIMessage
    parsed: Any
    parsing_error: Exception | None


def structured(
    candidates: Sequence[Candidate], schema: Any, *, include_raw: bool, options: Mapping[str, Any]
) -> Runnable[LanguageModelInput, Any]:
    """A runnable that answers with a `schema`, or with `{raw, parsed, parsing_error}` if `include_raw`.

    Raises, when run:
        OutsideUnavailable: no model of the chain answered.
    """

    def formed(candidate: Candidate) -> Runnable[LanguageModelInput, Any]:
        return candidate.model.with_structured_output(schema, include_raw=True, **options)

    async def ask(input: LanguageModelInput, config: RunnableConfig) -> Any:
        messages = _messages(input)
        steps, switches = steps_of(candidates)
        for candidate, following in steps:
            try:
                answer: Answer = await formed(candidate).ainvoke(messages, config)
                if answer["parsing_error"] is not None:
                    answer = await formed(candidate).ainvoke([*messages, *_again(answer)], config)
            except provider_errors() as error:
                switches.append(step_down(candidate, following, error))
                continue
            if _fits(answer, candidate, following, switches):
                return _done(answer, switches, include_raw)
        raise OutsideUnavailable(what=N_("el modelo de lenguaje"))

    def ask_blocking(input: LanguageModelInput, config: RunnableConfig) -> Any:
        messages = _messages(input)
        steps, switches = steps_of(candidates)
        for candidate, following in steps:
            try:
                answer: Answer = formed(candidate).invoke(messages, config)
                if answer["parsing_error"] is not None:
                    answer = formed(candidate).invoke([*messages, *_again(answer)], config)
            except provider_errors() as error:
                switches.append(step_down(candidate, following, error))
                continue
            if _fits(answer, candidate, following, switches):
                return _done(answer, switches, include_raw)
        raise OutsideUnavailable(what=N_("el modelo de lenguaje"))

    return cast("Runnable[LanguageModelInput, Any]", RunnableLambda(ask_blocking, ask))


def _messages(input: LanguageModelInput) -> list[BaseMessage]:
    if isinstance(input, str):
        return [HumanMessage(input)]
    if isinstance(input, PromptValue):
        return input.to_messages()
    return [m if isinstance(m, BaseMessage) else HumanMessage(str(m)) for m in input]


def _again(answer: Answer) -> list[BaseMessage]:
    said = str(answer["raw"].content or answer["raw"].tool_calls)
    problem = str(answer["parsing_error"])[:800]
    return [AIMessage(said), HumanMessage(f"La respuesta no cumple el esquema. Corríjala entera: {problem}")]


def _fits(answer: Answer, candidate: Candidate, following: Candidate | None, switches: list[Switch]) -> bool:
    """Whether the answer may be given; a misshapen one of the last model may, with its error."""
    candidate.breaker.succeeded()
    if answer["parsing_error"] is None or following is None:
        return True
    switches.append({"from": candidate.name, "to": following.name, "reason": "invalid_answer"})
    return False


def _done(answer: Answer, switches: list[Switch], include_raw: bool) -> Any:
    if switches:
        raw = answer["raw"]
        raw.response_metadata = {**raw.response_metadata, "fallback": switches}
    if include_raw:
        return answer
    if answer["parsing_error"] is not None:
        raise answer["parsing_error"]
    return answer["parsed"]
