"""A chain of models that behaves as one (*modelo de reserva*): if one fails, the next answers.

Every candidate is bound before it is asked, so tools and structure are never lost on the
way. Every switch is visible: the answer's `response_metadata["fallback"]` lists it, and a
stream that broke after some tokens announces the new start (`restart`), so that a reader
replaces what it has shown. Retries of one model are its SDK's business.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias, TypedDict, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tracers._streaming import _StreamingCallbackHandler
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from agents.models.breaker import Breaker
from agents.models.endings import lasting, lasting_async, lasting_stream
from agents.models.failures import provider_errors, reason_of
from core.errors import OutsideUnavailable
from core.i18n import N_

SILENT: Final[RunnableConfig] = {"callbacks": []}  # the chain reports tokens itself, once


Switch = TypedDict("Switch", {"from": str, "to": str, "reason": str})
"""One step down the chain: from which model to which, and why."""


@dataclass
class Candidate:
    """One model of the chain, and whether it may be asked now."""

    name: str
    model: BaseChatModel
    breaker: Breaker = field(default_factory=Breaker)


def switches_of(message: BaseMessage) -> list[Switch]:
    """The switches `{from, to, reason}` that led to `message`; empty if the first model answered."""
    return list(message.response_metadata.get("fallback", ()))


class WithFallback(BaseChatModel):
    """The chain. It never answers itself; it asks its candidates in order."""

    candidates: list[Any] = Field(exclude=True)

    @property
    def _llm_type(self) -> str:
        return "soriano-fallback"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"models": [c.name for c in self.candidates]}

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind `tools` to every candidate; each gets them in its own form when it is asked."""
        functions = [convert_to_openai_tool(tool) for tool in tools]
        return cast(
            "Runnable[LanguageModelInput, AIMessage]",
            self.bind(tools=functions, tool_choice=tool_choice, **kwargs),
        )

    def with_structured_output(
        self, schema: Any, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Answers that fit `schema`: an answer that does not is asked again once, then the next model."""
        from agents.models.structured import structured  # it imports this file's chain steps

        return structured(self.candidates, schema, include_raw=include_raw, options={"method": "json_schema", **kwargs})

    def _should_stream(self, *, async_api: bool, run_manager: Any = None, **kwargs: Any) -> bool:
        # `astream` passes stream=True and gets pieces with restarts; `ainvoke` under a streaming
        # run reports the pieces itself, because only the last attempt may enter the answer.
        return bool(kwargs.get("stream")) and async_api

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        steps, switches = steps_of(self.candidates)
        for candidate, following in steps:
            try:
                model = bound(candidate.model, kwargs)
                message = lasting(partial(model.invoke, config=SILENT, stop=stop), messages)
            except provider_errors() as error:
                switches.append(step_down(candidate, following, error))
                continue
            return _result(candidate, message, switches)
        raise AssertionError("the last candidate either answers or raises")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        handlers = run_manager.handlers if run_manager else []
        if run_manager is None or not any(isinstance(h, _StreamingCallbackHandler) for h in handlers):
            return await self._answered(messages, stop, kwargs)
        whole: AIMessageChunk | None = None
        async for piece in self._astream(messages, stop, **kwargs):
            piece.message.id = f"lc_run--{run_manager.run_id}"
            await run_manager.on_llm_new_token(str(piece.message.content), chunk=piece)
            chunk = cast("AIMessageChunk", piece.message)
            restarts = chunk.response_metadata.get("restart", False)
            whole = None if restarts else chunk if whole is None else whole + chunk
        if whole is None:
            raise OutsideUnavailable(what=N_("el modelo de lenguaje"))
        return ChatResult(generations=[ChatGeneration(message=_message(whole))])

    async def _answered(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> ChatResult:
        steps, switches = steps_of(self.candidates)
        for candidate, following in steps:
            try:
                model = bound(candidate.model, kwargs)
                message = await lasting_async(partial(model.ainvoke, config=SILENT, stop=stop), messages)
            except provider_errors() as error:
                switches.append(step_down(candidate, following, error))
                continue
            return _result(candidate, message, switches)
        raise AssertionError("the last candidate either answers or raises")

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        kwargs.pop("stream", None)
        steps, switches = steps_of(self.candidates)
        for candidate, following in steps:
            begun = False
            try:
                model = bound(candidate.model, kwargs)
                async for chunk in lasting_stream(partial(model.astream, config=SILENT, stop=stop), messages):
                    begun = begun or bool(chunk.content or getattr(chunk, "tool_call_chunks", None))
                    yield ChatGenerationChunk(message=_marked(chunk, switches))
            except provider_errors() as error:
                switches.append(step_down(candidate, following, error))
                if begun:
                    yield ChatGenerationChunk(message=_restart(switches))
                continue
            candidate.breaker.succeeded()
            return


Steps: TypeAlias = list[tuple[Candidate, Candidate | None]]


def steps_of(candidates: Sequence[Candidate]) -> tuple[Steps, list[Switch]]:
    """The candidates to ask, each with its successor, and the switches past those left alone.

    The last is asked even if its circuit is open: there is nobody after it.
    """
    asked: list[Candidate] = []
    switches: list[Switch] = []
    for candidate, following in zip(candidates, [*candidates[1:], None], strict=True):
        if following is None or candidate.breaker.allows():
            asked.append(candidate)
        else:
            switches.append({"from": candidate.name, "to": following.name, "reason": "circuit_open"})
    return list(zip(asked, [*asked[1:], None], strict=True)), switches


def bound(model: BaseChatModel, kwargs: Mapping[str, Any]) -> Runnable[LanguageModelInput, Any]:
    """`model` with the tools and options of this call, in its own provider's form."""
    options = {key: value for key, value in kwargs.items() if value is not None}
    tools = options.pop("tools", None)
    if tools:
        return model.bind_tools(tools, **options)
    return model.bind(**options) if options else model


def step_down(candidate: Candidate, following: Candidate | None, error: Exception) -> Switch:
    """The switch to `following`.

    Raises:
        OutsideUnavailable: nobody is left to ask.
    """
    candidate.breaker.failed()
    if following is None:
        raise OutsideUnavailable(what=N_("el modelo de lenguaje")) from error
    return {"from": candidate.name, "to": following.name, "reason": reason_of(error)}


def _result(candidate: Candidate, message: AIMessage, switches: list[Switch]) -> ChatResult:
    candidate.breaker.succeeded()
    if switches:
        message.response_metadata = {**message.response_metadata, "fallback": switches}
    return ChatResult(generations=[ChatGeneration(message=message)])


def _marked(chunk: AIMessageChunk, switches: list[Switch]) -> AIMessageChunk:
    """The last chunk carries the switches; merged chunks would repeat them otherwise."""
    if switches and chunk.chunk_position == "last":
        chunk.response_metadata = {**chunk.response_metadata, "fallback": list(switches)}
    return chunk


def _restart(switches: list[Switch]) -> AIMessageChunk:
    return AIMessageChunk(content="", response_metadata={"restart": True, "switch": switches[-1]})


def _message(whole: AIMessageChunk) -> AIMessage:
    return AIMessage(
        content=whole.content,
        tool_calls=whole.tool_calls,
        invalid_tool_calls=whole.invalid_tool_calls,
        usage_metadata=whole.usage_metadata,
        response_metadata=whole.response_metadata,
        id=whole.id,
        additional_kwargs=whole.additional_kwargs,
    )
